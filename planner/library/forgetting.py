"""Gone, when asked: nothing of it stays readable in any file of the home.

Backups of the library, logs and caches go as well whatever is forgotten, since they may hold it.
Cities and models are nobody's and stay.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Literal, TypeAlias

from planner.errors import StoreError
from planner.library.database import BACKUPS
from planner.library.placerows import without_visits
from planner.library.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from planner.config import Home

What: TypeAlias = Literal["history", "plans", "places", "all"]

_PLACES = (
    "place_sources", "visits", "embeddings", "merges", "apart", "anchors", "place_words", "places",
)  # fmt: skip
_BESIDE = ("", "-wal", "-shm", "-journal")
_CHUNK = 1 << 20


def forget(home: Home, what: Iterable[What]) -> None:
    """Forget a part of what a person keeps, or all of it.

    Parameters
    ----------
    home
        Whose.
    what
        ``"history"``: where the person was, what they asked for on the screen, and the logs.
        ``"plans"``: saved walks, and the one on the screen. ``"places"``: the library with marks
        and fixed points. ``"all"``: these, settings and the person's own kinds of places.

    Raises
    ------
    StoreError
        If a file cannot be changed, or the library is open elsewhere.
    """
    wanted = frozenset(what)
    try:
        if "all" in wanted:
            for suffix in _BESIDE:
                _shred(home.library.with_name(home.library.name + suffix))
            for path in (home.config, home.catalogue):
                _shred(path)
        elif home.library.exists():
            _forget_in_library(home, wanted)
        _forget_copies(home)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise StoreError(
            f"Not all of it could be removed: {error.filename}: {error.strerror or error}.",
            "Mend the permissions of your home and say it again.",
        ) from error


def _forget_in_library(home: Home, wanted: frozenset[What]) -> None:
    with Store.open(home.library) as store:
        with store.transaction():
            if wanted & {"plans", "history"}:
                # What the terminal application keeps for its next start: requests and a plan.
                store.run("DELETE FROM settings WHERE key LIKE 'tui.%'")
            if "plans" in wanted:
                store.run("DELETE FROM plans")
                store.run("UPDATE visits SET plan = NULL")
                _rewrite_snapshots(store, _without_plans)
            if "history" in wanted:
                store.run("DELETE FROM visits")
                store.run("UPDATE places SET visited = 0")
                _rewrite_snapshots(store, without_visits)
                # A mark that said nothing but "visited" now says nothing at all.
                store.places.drop_empty_marks()
            if "places" in wanted:
                for table in _PLACES:
                    store.run(f"DELETE FROM {table}")  # noqa: S608 - constants
        store.scrub()


def _rewrite_snapshots(store: Store, change: Callable[[str], str]) -> None:
    rows = store.rows("SELECT number, before, other, after FROM merges")
    store.run_many(
        "UPDATE merges SET before = ?, other = ?, after = ? WHERE number = ?",
        ((*map(change, snapshots), number) for number, *snapshots in rows),
    )


def _without_plans(snapshot: str) -> str:
    told = json.loads(snapshot)
    told["visits"] = [[day, None] for day, _plan in told["visits"]]
    return json.dumps(told, ensure_ascii=False)


def _forget_copies(home: Home) -> None:
    """Remove copies of the library, logs and caches; the form of former versions as well."""
    former = home.root.glob(f"{home.library.stem}.before-*")
    for path in (*former, home.root / BACKUPS, home.root / "logs", home.root / "cache"):
        if path.is_dir() and not path.is_symlink():
            for inner in path.rglob("*"):
                if inner.is_file():
                    _shred(inner)
            shutil.rmtree(path)
        else:
            _shred(path)


def _shred(path: Path) -> None:
    """Overwrite a file and remove it; of a link, only the link."""
    if path.is_symlink():
        path.unlink()
        return
    if not path.is_file():
        return
    left = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        while left > 0:
            left -= file.write(bytes(min(left, _CHUNK)))
        os.fsync(file.fileno())
    path.unlink()
