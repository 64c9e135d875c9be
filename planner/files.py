"""Files that appear whole or not at all, private to their owner.

What is written has no name until it is complete, where the system can do that (Linux's unnamed
files): even a process that is killed leaves nothing behind. Elsewhere a hidden file beside the
target is renamed at the end.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
CHUNK = 1 << 20
ABANDONED_S = 3600.0


def publish(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file so that it is at its place whole, or whatever was there before still is.

    Parameters
    ----------
    path
        Where to; its folder is made where it is missing. A file that is there is replaced.
    write
        Writes the content.

    Raises
    ------
    OSError
        If it cannot be written; then nothing was changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    if not _publish_unnamed(path, write):
        _publish_renamed(path, write)
    _sync(path.parent)


def publish_copy(source: Path, path: Path) -> None:
    """Copy a file so that the copy is at its place whole or not at all.

    Raises
    ------
    OSError
        If it cannot be read or written; then nothing was changed.
    """
    with source.open("rb") as opened:
        publish(path, lambda file: shutil.copyfileobj(opened, file, CHUNK))


def publish_folder(folder: Path, write: Callable[[Path], object]) -> None:
    """Write a folder of files so that a reader finds either all of it or none.

    It is made beside its place and moved there in one step. A folder that is already there is left
    as it is: its name is expected to stand for its content. What killed processes left beside it
    an hour ago or longer is removed.

    Parameters
    ----------
    folder
        Where to; the folder that it is in is made where it is missing.
    write
        Writes the files into the folder it is given.

    Raises
    ------
    OSError
        If it cannot be written; then nothing was changed.
    """
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*"):
        if left.is_dir() and time.time() - left.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        write(made)
        for path in made.iterdir():
            path.chmod(PRIVATE_FILE)
            _sync(path)
        with contextlib.suppress(FileExistsError, NotADirectoryError):
            made.rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another process was first: the same content
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _publish_unnamed(path: Path, write: Callable[[IO[bytes]], object]) -> bool:
    """Write an unnamed file and name it at the end; false where the system has no such thing."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not Path("/proc/self/fd").is_dir():
        return False
    try:
        handle = os.open(path.parent, flag | os.O_RDWR, PRIVATE_FILE)
    except OSError:
        return False
    with os.fdopen(handle, "w+b") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
        try:
            _name(file.fileno(), path)
        except OSError:
            file.seek(0)
            _publish_renamed(path, lambda copy: shutil.copyfileobj(file, copy, CHUNK))
    return True


def _name(handle: int, path: Path) -> None:
    """Give an unnamed file its name; a name that is taken is taken over."""
    root = os.open("/", os.O_RDONLY)
    try:
        # Only with a folder handle does Python follow the link to the file itself.
        source = f"/proc/self/fd/{handle}"
        try:
            os.link(source, path, src_dir_fd=root, follow_symlinks=True)
        except FileExistsError:
            beside = path.with_name(f".{path.name}.{os.getpid()}")
            os.link(source, beside, src_dir_fd=root, follow_symlinks=True)
            beside.replace(path)
    finally:
        os.close(root)


def _publish_renamed(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    handle, text = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(text)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """See to it that a name survives a power cut, where folders can be synced."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
