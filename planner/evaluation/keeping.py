"""Results kept between runs: each under a hash of all that it depends on.

A run that was interrupted goes on where it stopped, and one after a change of code, data or model
begins anew. Each result is a line of its own, written whole before the next is begun.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import msgspec

import planner
from planner.errors import StoreError
from planner.files import PRIVATE_FILE, PRIVATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.language.registry import ModelFile

_Result = TypeVar("_Result", bound=msgspec.Struct)

_BESIDE: Final = frozenset({"cli", "drawing", "exporters", "importers"})
"""Parts of the program that no result depends on."""
_READERS: Final = frozenset({"report.py", "figures.py", "whole.py", "keeping.py"})
_CHUNK: Final = 1 << 20


class _Line(msgspec.Struct, frozen=True):
    key: str
    result: msgspec.Raw


class Kept(Generic[_Result]):
    """The results of one suite.

    Parameters
    ----------
    file
        Where they are; ``None`` keeps them nowhere.
    kind
        What a result is.

    Raises
    ------
    StoreError
        If the file cannot be read.
    """

    def __init__(self, file: Path | None, kind: type[_Result]) -> None:
        self._file = file
        self._kind = kind
        self._lines: dict[str, bytes] = {}
        if file is None or not file.exists():
            return
        try:
            whole = file.read_bytes()
        except OSError as error:
            raise _unwritable(file, error) from error
        for line in whole.splitlines():
            # The last line of a run that was killed may be half a line.
            with contextlib.suppress(msgspec.DecodeError):
                read = msgspec.json.decode(line, type=_Line)
                self._lines[read.key] = bytes(read.result)

    def get(self, key: str) -> _Result | None:
        """Return what is kept under a key, if anything."""
        line = self._lines.get(key)
        if line is None:
            return None
        try:
            return msgspec.json.decode(line, type=self._kind)
        except msgspec.DecodeError:
            return None

    def put(self, key: str, result: _Result) -> None:
        """Keep a result.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        line = msgspec.json.encode(result)
        self._lines[key] = line
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
            with os.fdopen(descriptor, "r+b") as file:
                end = file.seek(0, os.SEEK_END)
                if end and file.seek(end - 1) is not None and file.read(1) != b"\n":
                    file.write(b"\n")
                file.write(msgspec.json.encode(_Line(key, msgspec.Raw(line))) + b"\n")
        except OSError as error:
            raise _unwritable(self._file, error) from error


def key_of(*parts: str) -> str:
    """Return the key of a result that depends on some texts and on nothing else."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()


@cache
def code_digest() -> str:
    """Return a hash of the program, as far as results depend on it."""
    root = Path(planner.__file__).parent
    files = [
        path
        for path in sorted(root.rglob("*"))
        if path.suffix in {".py", ".toml"}
        and not _BESIDE & {*path.relative_to(root).parts}
        and path.name not in _READERS
    ]
    return _digest(files, root)


def data_digest(files: Iterable[Path]) -> str:
    """Return a hash of the content of files, by their names."""
    return _digest(sorted(files, key=lambda path: path.name), None)


def model_digest(model: ModelFile | None) -> str:
    """Return what tells a model from another: its size, its two ends, and what was taught to it.

    A model of gigabytes is not read whole each time; its head names every tensor.
    """
    if model is None:
        return ""
    try:
        size = model.path.stat().st_size
        with model.path.open("rb") as file:
            head = file.read(_CHUNK)
            file.seek(max(size - _CHUNK, 0))
            ends = hashlib.blake2b(head + file.read(_CHUNK), digest_size=16).hexdigest()
        taught = _digest([adapter.path for adapter in model.adapters], None)
    except OSError as error:
        raise StoreError(
            f"The model file {model.path} cannot be read: {error.strerror or error}.",
            "Run: flaneur models verify",
        ) from error
    return f"{model.name} {size} {ends} {taught}"


def _digest(files: Iterable[Path], root: Path | None) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for path in files:
        name = path.name if root is None else path.relative_to(root).as_posix()
        digest.update(name.encode() + b"\0")
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
        digest.update(b"\0")
    return digest.hexdigest()


def _unwritable(file: Path, error: OSError) -> StoreError:
    return StoreError(
        f"The results in {file} cannot be kept: {error.strerror or error}.",
        "Make room, or mend the permissions of that folder.",
    )
