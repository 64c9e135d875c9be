"""A person's whole home in one file, and back.

The file is a ZIP archive with a list of contents (``flaneur-home.json``) that names every file
with its length and SHA-256. What is not on the list, is not as the list says, or is no file that a
home has, is refused, before anything of the home is touched.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import stat
import tempfile
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from planner import __version__
from planner.errors import StoreError, UnreadableFileError
from planner.files import publish, publish_copy
from planner.library.store import Store

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from planner.config import Home

    Report = Callable[[float, str], None]

LIST = "flaneur-home.json"
SCHEMA = 1
_LIBRARY = "library.sqlite"
_NAMES = re.compile(
    r"library\.sqlite|config\.toml|catalogue\.toml"
    r"|cities/[^\W_][\w .-]{0,59}\.flaneur|models/[^\W_][\w .+-]{0,199}"
)
_CHUNK = 1 << 20
_LONGEST_LIST = 4 << 20
_MOST_FILES = 10_000
# What is dense already is not packed again.
_DENSE = (".gguf", ".flaneur")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: file names relative to the home, and what was left out and why."""

    files: tuple[str, ...]
    bytes: int
    left_out: tuple[str, ...] = ()


def back_up(
    home: Home, target: Path, *, now: dt.datetime, models: bool = True, report: Report | None = None
) -> Contents:
    """Write a home into one file, whole or not at all.

    Caches, logs and automatic copies of the library are left out; so are models that are links to
    files elsewhere.

    Parameters
    ----------
    home
        The home.
    target
        The file; one that is there is replaced.
    now
        Noted in it.
    models
        Whether to take along the model files, which are large and can be had again.
    report
        Told how far it is.

    Raises
    ------
    StoreError
        If the home cannot be read or the file cannot be written.
    """
    chosen, left_out = _chosen(home, models=models)
    total = sum(path.stat().st_size for path in chosen.values()) or 1
    try:
        with tempfile.TemporaryDirectory(prefix="flaneur-", dir=target.absolute().parent) as folder:
            if home.library.exists():
                # A copy of one moment, whoever writes meanwhile.
                copy = Path(folder) / _LIBRARY
                with Store.open(home.library) as store:
                    store.copy_to(copy)
                chosen[_LIBRARY] = copy

            def write(file: IO[bytes]) -> None:
                _write(file, chosen, now, total, report)

            publish(target, write)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(
            f"The backup {target} cannot be written: {error.strerror or error}.",
            "Choose another place with enough room.",
        ) from error
    return Contents(tuple(sorted(chosen)), target.stat().st_size, left_out)


def _chosen(home: Home, *, models: bool) -> tuple[dict[str, Path], tuple[str, ...]]:
    chosen: dict[str, Path] = {}
    left_out: list[str] = []
    folders = ("cities", "models") if models else ("cities",)
    found = [home.library, home.config, home.catalogue]
    for folder in folders:
        if (home.root / folder).is_dir():
            found += sorted((home.root / folder).iterdir())
    for path in found:
        name = path.relative_to(home.root).as_posix()
        if path.is_symlink():
            left_out.append(f"{name}: a link to a file elsewhere")
        elif path.is_file() and not path.name.startswith("."):
            if _NAMES.fullmatch(name):
                chosen[name] = path
            else:
                left_out.append(f"{name}: no name that a home gives")
        elif path.is_dir():
            left_out.append(f"{name}: a folder")
    return chosen, tuple(left_out)


def _write(
    file: IO[bytes],
    chosen: dict[str, Path],
    now: dt.datetime,
    total: int,
    report: Report | None,
) -> None:
    listed: dict[str, dict[str, object]] = {}
    done = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, path in sorted(chosen.items()):
            digest, length = hashlib.sha256(), 0
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.external_attr = (stat.S_IFREG | 0o600) << 16
            dense = name.endswith(_DENSE)
            info.compress_type = zipfile.ZIP_STORED if dense else zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as entry:
                while part := source.read(_CHUNK):
                    digest.update(part)
                    length += len(part)
                    entry.write(part)
                    done += len(part)
                    if report is not None:
                        report(min(1.0, done / total), f"Packing {name}")
            listed[name] = {"bytes": length, "sha256": digest.hexdigest()}
        contents = {
            "schema": SCHEMA,
            "flaneur": __version__,
            "created": now.isoformat(timespec="seconds"),
            "files": listed,
        }
        archive.writestr(LIST, json.dumps(contents, ensure_ascii=False, indent=1))


def restore(
    home: Home, source: Path, *, overwrite: bool = False, report: Report | None = None
) -> Contents:
    """Put a home back from one file; everything is checked before anything is changed.

    Files of the home that the backup does not hold stay. A library that is replaced is copied into
    ``backups/`` first.

    Parameters
    ----------
    home
        Where to.
    source
        The file.
    overwrite
        Whether it may replace what is there.
    report
        Told how far it is.

    Raises
    ------
    UnreadableFileError
        If the file is no backup of a home, is damaged, or holds anything strange.
    StoreError
        If the home holds such files and ``overwrite`` is false, or cannot be written.
    """
    home.ensure()
    try:
        with (
            zipfile.ZipFile(source) as archive,
            tempfile.TemporaryDirectory(prefix=".restore-", dir=home.root) as folder,
        ):
            listed = _listed(archive, source)
            if not overwrite:
                _refuse_taken(home, listed)
            staged = Path(folder)
            _unpack(archive, source, listed, staged, report)
            _check_library(staged / _LIBRARY, source)
            for name in sorted(listed):
                if name != _LIBRARY:
                    _put(staged / name, home.root / name)
            if _LIBRARY in listed:
                _put_library(home, staged / _LIBRARY)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise _strange(source, f"it is damaged or no backup ({error})") from error
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(
            f"{source} cannot be restored: {error.strerror or error}.",
            "Check the path, the permissions and the room on the disk.",
        ) from error
    return Contents(tuple(sorted(listed)), source.stat().st_size)


def _listed(archive: zipfile.ZipFile, source: Path) -> dict[str, dict[str, Any]]:
    """Return the list of contents, once it agrees with what is in the archive."""
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if LIST not in names or len(names) > _MOST_FILES or len(set(names)) != len(names):
        raise _strange(source, "it is no backup made by flaneur backup")
    contents = _contents(archive, source)
    listed: dict[str, dict[str, Any]] = contents["files"]
    if set(names) != {LIST, *listed}:
        raise _strange(source, "its list of contents is not what is in it")
    for info in infos:
        name = info.filename
        kind = stat.S_IFMT(info.external_attr >> 16)
        if name != LIST and not _NAMES.fullmatch(name):
            raise _strange(source, f"it holds {name[:80]!r}, which no home has")
        if kind not in {0, stat.S_IFREG} or info.flag_bits & 0x1:
            raise _strange(source, f"{name!r} in it is no plain file")
        if name != LIST and info.file_size != listed[name]["bytes"]:
            raise _strange(source, f"{name!r} in it is not as long as it says")
    return listed


def _contents(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    with archive.open(LIST) as entry:
        text = entry.read(_LONGEST_LIST + 1)
    try:
        contents = json.loads(text)
        schema, listed = contents["schema"], contents["files"]
        plain = len(text) <= _LONGEST_LIST and all(
            isinstance(each["bytes"], int) and isinstance(each["sha256"], str)
            for each in listed.values()
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _strange(source, "its list of contents cannot be read") from error
    if schema != SCHEMA or not plain:
        made_by = str(contents.get("flaneur", "another version"))[:40]
        raise _strange(source, f"it was made by a version that this one does not know ({made_by})")
    checked: dict[str, Any] = contents
    return checked


def _unpack(
    archive: zipfile.ZipFile,
    source: Path,
    listed: dict[str, dict[str, Any]],
    staged: Path,
    report: Report | None,
) -> None:
    total = sum(each["bytes"] for each in listed.values())
    if shutil.disk_usage(staged).free < total:
        raise StoreError(
            f"{source} needs {total / 1e9:.1f} GB, and the disk has not that much room.",
            "Make room on the disk and try again; nothing was changed.",
        )
    done = 0
    for name, told in sorted(listed.items()):
        digest, length = hashlib.sha256(), 0
        target = staged / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with archive.open(name) as entry, target.open("xb") as file:
            target.chmod(0o600)
            for part in _parts(entry):
                length += len(part)
                if length > told["bytes"]:
                    raise _strange(source, f"{name!r} in it is longer than it says")
                digest.update(part)
                file.write(part)
                done += len(part)
                if report is not None:
                    report(done / max(total, 1), f"Unpacking {name}")
        if length != told["bytes"] or digest.hexdigest() != told["sha256"]:
            raise _strange(source, f"{name!r} in it is damaged")


def _parts(entry: IO[bytes]) -> Iterator[bytes]:
    while part := entry.read(_CHUNK):
        yield part


def _check_library(path: Path, source: Path) -> None:
    """Refuse a library that is damaged, made by a newer version, or no library."""
    if not path.exists():
        return
    try:
        with Store.open(path) as store:
            problems = store.problems()
    except StoreError as error:
        reason = error.problem.replace(str(path), _LIBRARY)
        raise _strange(source, f"its library cannot be used: {reason}") from error
    if problems:
        raise _strange(source, f"its library is damaged: {problems[0]}")


def _refuse_taken(home: Home, listed: dict[str, Any]) -> None:
    taken = [name for name in listed if (home.root / name).exists()]
    if taken == [_LIBRARY]:
        # Looking at an empty home makes an empty library.
        with Store.open(home.library) as store:
            if not store.is_worth_a_copy():
                return
    if taken:
        raise StoreError(
            f"{home.root} holds {', '.join(sorted(taken)[:4])} already.",
            "Restore into another folder with --home DIR, or add --force to replace what is there.",
        )


def _put(staged: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        staged.replace(target)
    except OSError:
        publish_copy(staged, target)


def _put_library(home: Home, staged: Path) -> None:
    """Copy a library over the one of the home, in one transaction of its own."""
    if not home.library.exists():
        staged.replace(home.library)
        return
    with Store.open(home.library) as store:
        if store.is_worth_a_copy():
            store.back_up("restore")
    try:
        with (
            closing(sqlite3.connect(staged)) as new,
            closing(sqlite3.connect(home.library, timeout=15)) as old,
        ):
            new.backup(old)
            old.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise StoreError(
            f"The library {home.library} cannot be replaced: {error}.",
            "Close every other flaneur and try again.",
        ) from error


def _strange(source: Path, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{source} is refused: {why}.", "Nothing was changed. Use a file made by: flaneur backup."
    )
