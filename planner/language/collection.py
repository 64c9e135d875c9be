"""The model files of one home: taken in, listed, checked again, removed.

Each file that was taken in has a record with its size and SHA-256, so that a change is noticed.
Files that a person put into the folder by hand work too; they get a record when they are verified.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from planner.errors import ModelError, StoreError
from planner.files import CHUNK, PRIVATE_FOLDER, publish
from planner.language.gguf import read_head
from planner.language.registry import ENDING, NO_MODEL, known_models, present_models

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.language.gguf import GgufHead
    from planner.language.registry import KnownModel

    Report = Callable[[float], object]

Status: TypeAlias = Literal["ok", "missing", "changed"]

RECORDS: Final = "registry.json"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SCHEMA: Final = 1
# Architectures that turn texts into vectors, or images into tokens; none of them answers.
_NO_ANSWER: Final = ("bert", "nomic-bert", "jina-bert", "roberta", "clip", "t5encoder", "mmproj")


class Record(msgspec.Struct, frozen=True):
    """What is known of a file: written when it was taken in or verified."""

    file: str
    bytes: int
    sha256: str
    modified_ns: int
    settings: str | None = None


class _Records(msgspec.Struct, frozen=True):
    schema: int = _SCHEMA
    models: dict[str, Record] = {}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model, as ``models list --json`` has it."""

    name: str
    file: str
    bytes: int
    sha256: str | None
    architecture: str
    context: int
    current: bool
    status: Status


def check_usable(path: Path) -> GgufHead:
    """Return the head of a file that can answer requests.

    Raises
    ------
    ModelError
        If it is no whole GGUF file of an instruct model that runs here; the message says why.
    """
    head = read_head(path)
    reason = _unsuited(head)
    if reason:
        raise ModelError(
            f"{path} cannot be used: {reason}.",
            "Use the instruct variant of a language model, in one GGUF file.",
        )
    from planner.language.llamacpp import refusal

    refused = refusal(path)
    if refused:
        raise ModelError(
            f"{path} cannot be used: llama.cpp refuses it ({refused}).",
            "It may need a newer llama-cpp-python, or the file is damaged.",
        )
    return head


def add(
    name: str, source: Path, folder: Path, *, link: bool = False, report: Report | None = None
) -> ModelRow:
    """Take a model file in.

    Parameters
    ----------
    name
        What to call it: letters, digits, dots, hyphens and underscores.
    source
        The GGUF file.
    folder
        The folder of a home that holds model files; it is made where it is missing.
    link
        Whether to link to the file instead of copying it.
    report
        Told the share of the file that is read.

    Returns
    -------
    ModelRow
        The model; never current by this alone.

    Raises
    ------
    ModelError
        If the name is taken or no name, or the file cannot be used.
    StoreError
        If there is no room for it, or it cannot be written.
    """
    name = name.removesuffix(ENDING)
    if not _NAME.fullmatch(name) or name == NO_MODEL:
        raise ModelError(
            f'"{name}" cannot be the name of a model.',
            "Use letters, digits, dots, hyphens and underscores, a letter or digit first.",
        )
    target = folder / f"{name}{ENDING}"
    taken = _recorded(folder).get(name)
    if target.exists() or target.is_symlink() or taken is not None:
        raise ModelError(
            f"There is already a model called {name}.",
            f"Choose another name, or remove it first: flaneur models remove {name}",
        )
    head = check_usable(source)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        size = source.stat().st_size
        if link:
            digest = sha256_of(source, report)
            target.symlink_to(source.resolve())
        else:
            _require_room(folder, size)
            digest = _copied(source, target, report)
        record = Record(
            target.name,
            size,
            digest,
            target.stat().st_mtime_ns,
            settings=_recognised(name, source, size, digest),
        )
    except OSError as error:
        raise StoreError(
            f"The model cannot be put into {folder}: {error.strerror or error}.",
            "Check the folder's permissions and the space on its disk.",
        ) from error
    _note(folder, {name: record})
    return _row(name, target, record, head, "ok")


def rows(folder: Path, current: str | None = None) -> tuple[ModelRow, ...]:
    """Return all models of this machine, the carried ones too.

    A file whose size is another one has changed. Where only its date is, it is read whole: copies
    of a home have new dates.

    Parameters
    ----------
    folder
        The folder of a home that holds model files.
    current
        The name of the model in use.
    """
    records, found = _recorded(folder), present_models(folder)
    made = []
    for name in dict.fromkeys((*found, *records)):
        path, record = found.get(name), records.get(name)
        status = _status(path, record)
        made.append(replace(_row(name, path, record, _head(path), status), current=name == current))
    return tuple(made)


def verify(
    folder: Path, name: str | None = None, *, report: Report | None = None
) -> tuple[ModelRow, ...]:
    """Read model files whole, and hold them against what is recorded or known of them.

    Parameters
    ----------
    folder
        The folder of a home that holds model files.
    name
        One model; by default all.
    report
        Told the share of all files that is read.

    Raises
    ------
    ModelError
        If there is no model of that name.
    """
    records, found = _recorded(folder), present_models(folder)
    names = list(dict.fromkeys((*found, *records)))
    if name is not None:
        names = [_exactly(name, names)]
    known = {model.name: model for model in known_models()}
    total = sum(found[each].stat().st_size for each in names if each in found) or 1
    read, made, new = 0, [], {}
    for each in names:
        path, record = found.get(each), records.get(each)
        if path is None:
            made.append(_row(each, None, record, None, "missing"))
            continue
        size, begun = path.stat().st_size, read

        def tell(share: float, size: int = size, begun: int = begun) -> None:
            if report is not None:
                report((begun + share * size) / total)

        digest = sha256_of(path, tell)
        read += size
        expected = record.sha256 if record else _known_digest(known.get(each), path)
        status: Status = "ok" if expected in {None, digest} else "changed"
        if status == "ok" and path.parent == folder:
            settings = record.settings if record else None
            new[each] = Record(path.name, size, digest, path.stat().st_mtime_ns, settings)
        made.append(replace(_row(each, path, record, _head(path), status), sha256=digest))
    if new:
        _note(folder, new)
    return tuple(made)


def remove(folder: Path, name: str) -> str:
    """Remove a model's file or link and its record, and return its name.

    The file that a link leads to stays.

    Raises
    ------
    ModelError
        If there is no such model, or it came with an installed package.
    StoreError
        If it cannot be removed.
    """
    records, found = _recorded(folder), present_models(folder)
    name = _exactly(name, list(dict.fromkeys((*found, *records))))
    path, record = found.get(name), records.get(name)
    if record is None and path is not None and path.parent != folder:
        raise ModelError(
            f"The model {name} came with an installed package.",
            "Plan without it by --model none, or uninstall the package that carries it.",
        )
    target = folder / (record.file if record else f"{name}{ENDING}")
    if path is not None and path.parent == folder:
        target = path
    try:
        target.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"{target} cannot be removed: {error.strerror or error}.", "Remove it by hand."
        ) from error
    _write(folder, {each: row for each, row in records.items() if each != name})
    return name


def sha256_of(path: Path, report: Report | None = None) -> str:
    """Return the SHA-256 of a file, telling how much of it is read.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    digest, size, read = hashlib.sha256(), path.stat().st_size or 1, 0
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
            read += len(piece)
            if report is not None:
                report(read / size)
    return digest.hexdigest()


def settings_of(path: Path) -> str | None:
    """Return the known model whose settings suit a file that was taken in under another name."""
    for record in _recorded(path.parent).values():
        if record.file == path.name:
            return record.settings
    return None


def _unsuited(head: GgufHead) -> str:
    """Say why a sound file is of no use here, or return an empty text."""
    if head.kind == "adapter":
        return "it holds an adapter (LoRA), which needs its model"
    if head.parts > 1:
        return f"it is one of {head.parts} parts; join them first (llama-gguf-split --merge)"
    if head.kind not in {"", "model"} or head.architecture in _NO_ANSWER:
        what = head.architecture or head.kind
        return f"its kind, {what}, turns texts or images into vectors and cannot answer"
    if not head.vocabulary:
        return "it carries no vocabulary"
    if not head.chat:
        return "it carries no chat template, so it is no instruct model"
    return ""


def _recognised(name: str, source: Path, size: int, digest: str) -> str | None:
    for model in known_models():
        if name == model.name:
            return None
        if source.name in model.files or digest == model.sha256 or size == model.bytes:
            return model.name
    return None


def _known_digest(model: KnownModel | None, path: Path) -> str | None:
    """Return the registry's digest, which holds for the file of its size alone."""
    return model.sha256 if model is not None and path.stat().st_size == model.bytes else None


def _require_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        raise StoreError(
            f"The model takes {size / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free in {folder}.",
            "Link to it instead of copying: --link.",
        )


def _copied(source: Path, target: Path, report: Report | None) -> str:
    """Copy a file so that it is there whole or not at all, and return its SHA-256."""
    digest, size = hashlib.sha256(), source.stat().st_size or 1

    def write(file: IO[bytes]) -> None:
        read = 0
        with source.open("rb") as opened:
            while piece := opened.read(CHUNK):
                digest.update(piece)
                file.write(piece)
                read += len(piece)
                if report is not None:
                    report(read / size)

    publish(target, write)
    return digest.hexdigest()


def _status(path: Path | None, record: Record | None) -> Status:
    if path is None:
        return "missing"
    if record is None:
        return "ok"
    state = path.stat()
    if state.st_size != record.bytes:
        return "changed"
    if state.st_mtime_ns == record.modified_ns:
        return "ok"
    return "ok" if sha256_of(path) == record.sha256 else "changed"


def _head(path: Path | None) -> GgufHead | None:
    with contextlib.suppress(ModelError):
        return read_head(path) if path is not None else None
    return None


def _row(
    name: str, path: Path | None, record: Record | None, head: GgufHead | None, status: Status
) -> ModelRow:
    known = next((model for model in known_models() if model.name == name), None)
    digest = record.sha256 if record else None
    if record is None and path is not None:
        digest = _known_digest(known, path)
    size = path.stat().st_size if path is not None else record.bytes if record else 0
    return ModelRow(
        name=name,
        file=str(path) if path is not None else (record.file if record else ""),
        bytes=size,
        sha256=digest,
        architecture=head.architecture if head else "",
        context=head.context if head else 0,
        current=False,
        status=status if head or path is None else "changed",
    )


def _exactly(name: str, names: list[str]) -> str:
    wanted = name.casefold().removesuffix(ENDING)
    for each in names:
        if each.casefold() == wanted:
            return each
    here = ", ".join(names) or "no model"
    raise ModelError(
        f"There is no model called {name!r} here; there is: {here}.", "Choose one of these."
    )


def _recorded(folder: Path) -> dict[str, Record]:
    """Return the records; a damaged file of them is as good as none and is written anew."""
    try:
        return msgspec.json.decode((folder / RECORDS).read_bytes(), type=_Records).models
    except (OSError, msgspec.DecodeError):
        return {}


def _note(folder: Path, new: dict[str, Record]) -> None:
    _write(folder, {**_recorded(folder), **new})


def _write(folder: Path, records: dict[str, Record]) -> None:
    text = msgspec.json.format(msgspec.json.encode(_Records(models=records)), indent=2)
    path = folder / RECORDS
    if not records and not path.exists():
        return
    try:
        publish(path, lambda file: file.write(text + b"\n"))
    except OSError as error:
        raise StoreError(
            f"{os.fspath(path)} cannot be written: {error.strerror or error}.",
            "Check the folder's permissions.",
        ) from error
