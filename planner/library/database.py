"""SQLite under a person's library: how it is opened, and what it says, in words to act on."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from planner.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database

BACKUPS = "backups"
_WAIT_S = 15.0
_LEAST_ROOM = 1 << 16
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


def connected(path: Path) -> Database:
    """Open a database with the settings of every library.

    Raises
    ------
    sqlite3.Error
        If it cannot be opened.
    """
    # Transactions are begun and ended by hand, in one place.
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        return _database(connection)
    except BaseException:
        connection.close()
        raise


def _database(connection: sqlite3.Connection) -> Database:
    """Wrap a connection, without the half second that pandas takes to be imported.

    sqlite-utils imports it where it is installed, to know its types; no value of ours is one.
    """
    absent = "pandas" not in sys.modules
    if absent:
        sys.modules["pandas"] = cast("Any", None)
    try:
        from sqlite_utils import Database
    finally:
        if absent:
            del sys.modules["pandas"]
    return Database(connection, execute_plugins=False)


@contextmanager
def explained(path: Path, *, files: bool = True) -> Iterator[None]:
    """Turn what SQLite and, with ``files``, the system say into what a person can act on."""
    try:
        yield
    except sqlite3.Error as error:
        raise explanation(error, path) from error
    except StoreError:
        raise
    except OSError as error:
        if not files:
            raise
        step = "Make the file and its folder writable, or use another folder with --home."
        if error.errno in _NO_ROOM:
            step = "Make room on the disk and try again; nothing was changed."
        raise StoreError(
            f"The library {path} cannot be used: {error.strerror or error}.", step
        ) from error


def _is_full(path: Path) -> bool:
    """Whether no room is left; SQLite calls it a disk I/O error where its side files do not fit."""
    try:
        return shutil.disk_usage(path.parent).free < _LEAST_ROOM
    except OSError:
        return False


def explanation(error: sqlite3.Error, path: Path) -> StoreError:
    """Return in words what SQLite says, with what to do about it."""
    if not isinstance(error, sqlite3.OperationalError):
        return StoreError(
            f"The library {path} is damaged: {error}.",
            "Run flaneur doctor --repair, or put a copy from "
            f"{path.parent / BACKUPS} in its place.",
        )
    text = str(error)
    if "locked" in text or "busy" in text:
        step = "Another flaneur is writing to it; try again when that is done."
    elif "readonly" in text or "unable to open" in text:
        step = "Make the file and its folder writable, or use another folder with --home."
    elif "full" in text or ("I/O" in text and _is_full(path)):
        step = "Make room on the disk and try again; nothing was changed."
    else:
        step = "Run flaneur doctor to see what is wrong with it."
    return StoreError(f"The library {path} cannot be used: {text}.", step)
