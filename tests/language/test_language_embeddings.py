"""Sentence embeddings: real vectors from the bundled model, and clear words where it is missing."""

import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from planner.errors import ModelError
from planner.language import embeddings
from planner.language.embeddings import DEFAULT_NAME, Embedder

needs_model = pytest.mark.skipif(
    importlib.util.find_spec(embeddings.CARRIER) is None,
    reason="the package that carries the sentence-embedding model is not installed",
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.default()


@needs_model
def test_vectors_are_unit_float32_in_the_order_of_the_texts(embedder: Embedder) -> None:
    # Lengths fall, so that the sorting inside must be undone.
    texts = ["a museum of modern art with a long description " * 4, "an art museum", "beer"]
    vectors = embedder.encode(texts)
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(embedder.encode([text])[0], vector, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


WORDS = [
    *(
        "quiet",
        "park",
        "Ateneum",
        "café",
        "Übergrößenträger",
        "naïve",
        "Москва",
        "北京市",
        "カフェ",
    ),
    *(
        "서울",
        "مقهى",
        "☕️",
        "🌳",
        "👩\u200d👩\u200d👧",
        "\u200d",
        "straße",
        "ŒUVRE",
        "l'église",
        "İstanbul",
    ),
    *("\x00", "\x1b[31m", "[SEP]", "[CLS]", "[MASK]", "xyzzyqwertyuiop", "123.45", "€5", "a-b_c"),
    *("e\u0301", "ﬁ", "½", "ไทย", "हिन्दी"),
]


def varied_texts() -> list[str]:
    """500 texts: empty and endless, any words in any order, any signs at all."""
    rng = random.Random(1)
    blocks = ((32, 127), (160, 0x2FFF), (0x3000, 0xD7FF), (0x1F000, 0x1FAFF))
    texts = ["", " ", "\n", ".", "a", "🙂" * 400, "x" * 5000, "word " * 2000, "北京" * 300]
    texts += [" ".join(rng.choices(WORDS, k=rng.choice((1, 2, 3, 5, 8)))) for _ in range(388)]
    texts += [" ".join(rng.choices(WORDS, k=200)) for _ in range(3)]
    return texts + [
        "".join(chr(rng.randrange(*rng.choice(blocks))) for _ in range(rng.randrange(1, 20)))
        for _ in range(100)
    ]


@needs_model
def test_both_runtimes_compute_the_same_vectors(
    embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = varied_texts()
    assert len(texts) == 500
    monkeypatch.setattr(embeddings, "_LIGHT_WORK", 10**9)
    light = embedder.encode(texts)
    monkeypatch.setattr(embeddings, "_LIGHT_WORK", -1)
    reference = embedder.encode(texts)
    cosines = np.einsum("ij,ij->i", light, reference)
    assert cosines.min() > 1 - 1e-5


@needs_model
def test_no_texts_vector_depends_on_its_company(embedder: Embedder) -> None:
    texts = ["a museum", "b", "park " * 100, "", "a museum"]
    together = embedder.encode(texts)
    np.testing.assert_array_equal(together[0], together[4])
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(embedder.encode([text])[0], vector, atol=1e-6)


@pytest.fixture
def copied_model(tmp_path: Path) -> Path:
    """The bundled model in a folder whose settings a test may change."""
    source = Embedder.default().folder
    for path in source.rglob("*"):
        target = tmp_path / path.relative_to(source)
        if path.is_dir():
            target.mkdir()
        elif path.suffix == ".json":
            target.write_bytes(path.read_bytes())
        else:
            target.symlink_to(path)
    return tmp_path


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@needs_model
def test_a_model_of_another_kind_goes_through_the_library(copied_model: Path) -> None:
    change(copied_model / "config.json", hidden_act="relu")
    other = Embedder(copied_model)
    assert other.slow_because == "its activation is relu"
    ours = Embedder.default()
    assert ours.slow_because is None
    assert other.encode(["a park"])[0] @ ours.encode(["a park"])[0] < 0.999


@needs_model
def test_words_put_before_every_text_are_left_to_the_library(copied_model: Path) -> None:
    change(
        copied_model / "config_sentence_transformers.json",
        prompts={"query": "query: "},
        default_prompt_name="query",
    )
    other = Embedder(copied_model)
    assert other.slow_because is not None
    assert other.encode(["a park"])[0] @ Embedder.default().encode(["a park"])[0] < 0.999


@needs_model
def test_a_space_is_named_after_what_changes_a_vector(copied_model: Path) -> None:
    ours = Embedder.default()
    same = Embedder(copied_model, ours.name)
    assert same.space == ours.space
    change(copied_model / "config_sentence_transformers.json", __version__={"pytorch": "9"})
    assert Embedder(copied_model, ours.name).space == ours.space
    change(copied_model / "sentence_bert_config.json", max_seq_length=128)
    assert Embedder(copied_model, ours.name).space != ours.space


@needs_model
def test_other_weights_are_another_space(copied_model: Path) -> None:
    weights = copied_model / "model.safetensors"
    content = bytearray(weights.read_bytes())
    numbers = np.frombuffer(content, dtype=np.uint8)[20_000:]
    numbers[::1000] ^= 1
    weights.unlink()
    weights.write_bytes(content)
    assert Embedder(copied_model, DEFAULT_NAME).space != Embedder.default().space


@needs_model
def test_a_few_texts_do_not_load_what_takes_seconds() -> None:
    code = (
        "import sys\n"
        "from planner.language.embeddings import Embedder\n"
        "assert Embedder.default().encode(['quiet park', 'coffee']).shape == (2, 384)\n"
        "sys.exit(bool({'torch', 'sentence_transformers', 'transformers', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0


@needs_model
@pytest.mark.parametrize("kept", [0, 7, 5000, 1_000_000])
def test_a_truncated_model_is_refused(copied_model: Path, kept: int) -> None:
    weights = copied_model / "model.safetensors"
    content = weights.read_bytes()[:kept]
    weights.unlink()
    weights.write_bytes(content)
    with pytest.raises(ModelError, match="damaged or incomplete"):
        Embedder(copied_model).encode(["text"])


@needs_model
def test_no_text_gives_no_rows(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, embedder.dimension)


@needs_model
def test_progress_counts_up_to_all(embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_CHUNK", 2)
    seen: list[int] = []
    embedder.encode(["a", "b", "c", "d", "e"], progress=seen.append)
    assert seen == [2, 4, 5]


@needs_model
def test_loading_prints_nothing_and_calls_no_hub() -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise SystemExit('a socket was opened')\n"
        "from planner.language.embeddings import Embedder\n"
        "e = Embedder.default()\n"
        "import asyncio, ssl\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "assert e.encode(['quiet park']).shape == (1, 384)\n"
    )
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env=clean,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_model
def test_the_library_prints_nothing_and_calls_no_hub() -> None:
    # As above, with texts enough that sentence-transformers is worth its import.
    code = (
        "import socket, asyncio, ssl\n"
        "from planner.language import embeddings\n"
        "embeddings._LIGHT_WORK = 0\n"
        "def refuse(*a, **k): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "assert embeddings.Embedder.default().encode(['quiet park']).shape == (1, 384)\n"
    )
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env=clean,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_the_module_loads_nothing_heavy() -> None:
    code = (
        "import sys, planner.language.embeddings\n"
        "sys.exit(bool({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0


def test_a_missing_carrier_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "CARRIER", "no_such_carrier_of_embeddings")
    with pytest.raises(ModelError, match="Install the package no-such-carrier-of-embeddings"):
        Embedder.default()


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"modules\.json"):
        Embedder(tmp_path)


@needs_model
def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[{]", encoding="utf-8")
    with pytest.raises(ModelError, match="damaged or incomplete"):
        Embedder(tmp_path, "broken").encode(["text"])
