"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import IO, TYPE_CHECKING

import pytest

from planner.files import publish, publish_copy, publish_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="needs unnamed files (Linux)")
def test_a_killed_writer_leaves_nothing_behind(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from planner.files import publish\n"
        "def write(file):\n"
        "    file.write(b'half' * 1000); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
        f"publish(Path({str(tmp_path / 'file')!r}), write)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(params=["unnamed", "renamed"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of writing: with unnamed files, and as systems without them do it."""
    if request.param == "renamed":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return str(request.param)


def test_content_and_mode(tmp_path: Path, way: str) -> None:
    path = tmp_path / "folder" / "file"
    publish(path, lambda file: file.write(b"content"))
    assert path.read_bytes() == b"content"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_an_existing_file_is_replaced(tmp_path: Path, way: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    publish(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, way: str, error: type[BaseException]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(file: IO[bytes]) -> None:
        file.write(b"half")
        raise error

    with pytest.raises(error):
        publish(path, fail)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_copy(tmp_path: Path, way: str) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 3_000_000)
    publish_copy(source, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()


def test_a_copy_of_nothing(tmp_path: Path, way: str) -> None:
    with pytest.raises(FileNotFoundError):
        publish_copy(tmp_path / "nothing", tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder"

    def fail(folder: Path) -> None:
        (folder / "a").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        publish_folder(target, fail)
    assert list((tmp_path / "new").iterdir()) == []
    publish_folder(target, lambda folder: (folder / "a").write_text("whole"))
    publish_folder(target, lambda folder: (folder / "a").write_text("never written"))
    assert (target / "a").read_text() == "whole"
    assert stat.S_IMODE((target / "a").stat().st_mode) == 0o600
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["folder"]


def test_who_comes_second_finds_the_first_ones_folder(tmp_path: Path) -> None:
    target = tmp_path / "folder"

    def second(folder: Path) -> None:
        publish_folder(target, lambda other: (other / "a").write_text("first"))
        (folder / "a").write_text("second")

    publish_folder(target, second)
    assert (target / "a").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_what_was_killed_long_ago_is_swept(tmp_path: Path) -> None:
    left, fresh = tmp_path / ".folder.old", tmp_path / ".folder.new"
    left.mkdir()
    fresh.mkdir()
    os.utime(left, (0, 0))
    publish_folder(tmp_path / "folder", lambda folder: (folder / "a").touch())
    assert {path.name for path in tmp_path.iterdir()} == {"folder", ".folder.new"}
