"""A library looked over and mended.

What can be made again from the places themselves (the full text) is made again, and what belongs
to nothing is removed. Of a damaged file everything that can still be read is carried over into a
new one, and what a table lost is taken from the newest sound backup. The damaged file is kept.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.errors import StoreError
from planner.library.database import BACKUPS
from planner.library.migrations import WORDS
from planner.library.store import Store

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_CHILDREN = ("place_sources", "visits", "embeddings")
_CARRIED = (
    "plans", "settings", "places", "place_sources", "visits", "anchors", "merges", "apart",
    "embeddings",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong with a library; ``broken`` if the file itself is damaged."""

    text: str
    broken: bool = False


def examine(path: Path) -> tuple[Trouble, ...]:
    """Return what is wrong with a library; empty if it is sound.

    Raises
    ------
    StoreError
        If it cannot be opened for a reason that no repair mends: permissions, a newer version.
    """
    try:
        store = Store.open(path)
    except StoreError as error:
        if isinstance(error.__cause__, sqlite3.DatabaseError) and _is_damage(error.__cause__):
            return (Trouble(f"it cannot be opened: {error.__cause__}", broken=True),)
        raise
    with store:
        damage = store.problems()
        if damage:
            return tuple(Trouble(each, broken=True) for each in damage[:5])
        try:
            return tuple(_loose_ends(store))
        except StoreError as error:
            return (Trouble(str(error.__cause__ or error), broken=True),)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether an error speaks of the file's content, not of locks, rights or room."""
    return not isinstance(error, sqlite3.OperationalError) or "malformed" in str(error)


def _loose_ends(store: Store) -> Iterator[Trouble]:
    for table in _CHILDREN:
        ((count,),) = store.rows(
            f"SELECT count(*) FROM {table} WHERE place NOT IN (SELECT number FROM places)"  # noqa: S608
        )
        if count:
            yield Trouble(f"{count} rows of {table} belong to no place")
    ((count,),) = store.rows(
        "SELECT count(*) FROM anchors WHERE place IS NOT NULL "
        "AND place NOT IN (SELECT id FROM places)"
    )
    if count:
        yield Trouble(f"{count} fixed points are at a place that is gone")
    if not _words_are_sound(store):
        yield Trouble("the full text is not that of the places")


def _words_are_sound(store: Store) -> bool:
    try:
        store.run("INSERT INTO place_words (place_words) VALUES ('integrity-check')")
    except StoreError:
        return False
    ((apart,),) = store.rows(
        "SELECT (SELECT count(*) FROM places WHERE number NOT IN (SELECT rowid FROM place_words)) "
        "+ (SELECT count(*) FROM place_words WHERE rowid NOT IN (SELECT number FROM places))"
    )
    return not apart


def repair(path: Path, *, now: dt.datetime) -> tuple[str, ...]:
    """Mend a library, and return what was done in words; empty if nothing was wrong.

    Raises
    ------
    StoreError
        If it cannot be mended, or a file cannot be written.
    """
    troubles = examine(path)
    if not troubles:
        return ()
    if any(trouble.broken for trouble in troubles):
        return _salvage(path, now)
    with Store.open(path, now=now) as store:
        store.back_up("repair")
        done = []
        with store.transaction():
            for table in _CHILDREN:
                count = store.run(
                    f"DELETE FROM {table} WHERE place NOT IN (SELECT number FROM places)"  # noqa: S608
                )
                if count:
                    done.append(f"removed {count} rows of {table} that belonged to no place")
            count = store.run(
                "UPDATE anchors SET place = NULL WHERE place IS NOT NULL "
                "AND place NOT IN (SELECT id FROM places)"
            )
            if count:
                done.append(f"{count} fixed points stay where they are without their place")
            if not _words_are_sound(store):
                _write_words(store)
                done.append("wrote the full text anew")
    return tuple(done)


def _write_words(store: Store) -> None:
    """Make the full text of all places anew, whatever state it is in."""
    for table in ("place_vocabulary", "place_words"):
        store.run(f"DROP TABLE IF EXISTS {table}")
    for statement in WORDS:
        store.run(statement)
    store.places.write_missing_words()


def _salvage(path: Path, now: dt.datetime) -> tuple[str, ...]:
    """Carry what can be read of a damaged file into a new one that takes its place."""
    folder = path.parent / BACKUPS
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = folder / f"{path.stem}-damaged-{now:%Y%m%d-%H%M%S}{path.suffix}"
    fresh = path.with_name(f".{path.stem}.mended{path.suffix}")
    _remove(fresh)
    done = [f"kept the damaged file as {BACKUPS}/{kept.name}"]
    try:
        with Store.open(fresh, now=now) as store:
            carried, lost = _carry(store, path)
            done.append(f"carried over {_counted(carried)}")
            if lost:
                backup = _newest_sound(folder, path)
                if backup is None:
                    done.append(f"could not read all of {', '.join(lost)}, and there is no backup")
                else:
                    added, _ = _carry(store, backup, tables=lost)
                    done.append(f"took {_counted(added)} from {BACKUPS}/{backup.name}")
            with store.transaction():
                for table in _CHILDREN:
                    store.run(
                        f"DELETE FROM {table} WHERE place NOT IN (SELECT number FROM places)"  # noqa: S608
                    )
                _write_words(store)
        os.replace(path, kept)  # noqa: PTH105 - its meaning here is to replace
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        os.replace(fresh, path)  # noqa: PTH105 - as above
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(
            f"The library {path} cannot be mended: {error.strerror or error}.",
            "Make room on the disk and see that you may write to its folder.",
        ) from error
    finally:
        _remove(fresh)
    return tuple(done)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _carry(
    store: Store, source: Path, tables: Iterable[str] = _CARRIED
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Copy rows that are not there yet, and return how many of each table, and which lack some."""
    carried: dict[str, int] = {}
    lost: list[str] = []
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old:
        for table in tables:
            columns = [str(row[1]) for row in store.rows(f"PRAGMA table_info({table})")]
            rows, whole = _readable(old, table, columns)
            names = ", ".join(f'"{name}"' for name in columns)
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
            before = store.rows(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608
            with store.transaction():
                for row in rows:
                    with suppress(StoreError):
                        store.run(statement, *row)
            carried[table] = store.rows(f"SELECT count(*) FROM {table}")[0][0] - before  # noqa: S608
            if not whole:
                lost.append(table)
    return carried, tuple(lost)


def _readable(
    old: sqlite3.Connection, table: str, columns: list[str]
) -> tuple[list[tuple[Any, ...]], bool]:
    """Return the rows that can be read, from both ends of a table; and whether that is all."""
    names = ", ".join(f'"{name}"' for name in columns)
    found: dict[int, tuple[Any, ...]] = {}
    for order in ("ASC", "DESC"):
        query = f"SELECT rowid, {names} FROM {table} NOT INDEXED ORDER BY rowid {order}"  # noqa: S608
        try:
            for number, *row in old.execute(query):
                found[number] = tuple(row)
        except sqlite3.Error:
            continue
        return [found[number] for number in sorted(found)], True
    return [found[number] for number in sorted(found)], False


def _newest_sound(folder: Path, path: Path) -> Path | None:
    copies = folder.glob(f"{path.stem}-*{path.suffix}")
    newest_first = sorted(copies, key=lambda each: each.stat().st_mtime, reverse=True)
    for copy in newest_first:
        if "-damaged-" in copy.name:
            continue
        with (
            suppress(sqlite3.Error),
            closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as opened,
        ):
            if opened.execute("PRAGMA integrity_check").fetchone() == ("ok",):
                return copy
    return None


def _counted(carried: dict[str, int]) -> str:
    places, plans = carried.get("places", 0), carried.get("plans", 0)
    words = [
        f"{count} {name if count != 1 else name[:-1]}"
        for name, count in (("places", places), ("plans", plans))
        if count or name in carried
    ]
    return " and ".join(words) or "what was left"
