"""Steps from an older form of a person's database to the present one.

Each is a small named function, run once and in order, and noted in the table ``_migrations``.
A step that has been released is never changed; a new one is added below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from sqlite_utils import Database

TABLE = "_migrations"
_WORDS_TABLE = (
    "CREATE VIRTUAL TABLE place_words USING fts5(names, kinds, labels, words, "
    'tokenize = "unicode61 remove_diacritics 2")'
)
WORDS = (
    _WORDS_TABLE,
    "CREATE VIRTUAL TABLE place_vocabulary USING fts5vocab(place_words, row)",
)
"""The full text of places, which can be made again from them."""


def m001_plans(db: Database) -> None:
    """Add saved plans: what a list of them shows, and the whole document."""
    db["plans"].create(
        {
            "id": str,
            "created": str,
            "city": str,
            "date": str,
            "request": str,
            "stops": int,
            "walk_m": float,
            "elapsed_s": int,
            "fingerprint": str,
            "document": str,
        },
        pk="id",
        not_null={
            "created", "city", "date", "request", "stops", "walk_m", "elapsed_s", "fingerprint",
            "document",
        },
    )  # fmt: skip
    db["plans"].create_index(["fingerprint"], unique=True)
    db["plans"].create_index(["created"])


def m002_settings(db: Database) -> None:
    """Add what a person chose once, such as the current city."""
    db["settings"].create({"key": str, "value": str}, pk="key", not_null={"value"})


def m003_places(db: Database) -> None:
    """Add a person's own places: what is held of each, its sources, and days spent there."""
    db["places"].create(
        {
            "number": int, "id": str, "name": str, "lat": float, "lon": float, "category": str,
            "names": str, "tags": str, "labels": str, "notes": str, "description": str,
            "rating": float, "favourite": int, "visited": int, "never": int, "visit_minutes": int,
            "opening_hours": str, "hours_corrected": int, "address": str, "url": str, "osm": str,
            "own": int, "first_seen": str,
        },
        pk="number",
        not_null={
            "id", "name", "names", "tags", "labels", "notes", "description", "favourite",
            "visited", "never", "hours_corrected", "own", "first_seen",
        },
    )  # fmt: skip
    db["places"].create_index(["id"], unique=True)
    db["places"].create_index(["lat", "lon"])
    db["places"].create_index(["osm"])
    place = [("place", "places", "number")]
    db["place_sources"].create(
        {"place": int, "file": str, "row": int, "format": str},
        foreign_keys=place,
        not_null={"place", "file", "format"},
    )
    db["place_sources"].create_index(["place"])
    db["place_sources"].create_index(["file", "row"])
    db["visits"].create(
        {"place": int, "date": str, "plan": str},
        foreign_keys=place,
        not_null={"place", "date"},
    )
    db["visits"].create_index(["place", "date"], unique=True)
    db["visits"].create_index(["plan"])


def m004_anchors(db: Database) -> None:
    """Add fixed points with a name of the person's own, such as "hotel"."""
    db["anchors"].create(
        {"name": str, "place": str, "lat": float, "lon": float}, pk="name", not_null={"lat", "lon"}
    )


def m005_merges(db: Database) -> None:
    """Add what was merged into what, as it was before, and what must stay apart."""
    db["merges"].create(
        {"number": int, "kept": str, "absorbed": str, "at": str, "by": str,
         "before": str, "other": str, "after": str},
        pk="number",
        not_null={"kept", "absorbed", "at", "by", "before", "other", "after"},
    )  # fmt: skip
    db["merges"].create_index(["kept"])
    db["merges"].create_index(["absorbed"])
    db["apart"].create({"one": str, "other": str}, pk=("one", "other"))


def m006_words(db: Database) -> None:
    """Add the full text of places, and their embeddings."""
    for statement in WORDS:
        db.execute(statement)
    db["embeddings"].create(
        {"place": int, "space": str, "vector": bytes},
        pk=("place", "space"),
        foreign_keys=[("place", "places", "number")],
        not_null={"vector"},
    )


MIGRATIONS: tuple[Callable[[Database], None], ...] = (
    m001_plans,
    m002_settings,
    m003_places,
    m004_anchors,
    m005_merges,
    m006_words,
)


def applied(db: Database) -> tuple[str, ...]:
    """Return the names of the steps that were run, in order."""
    if not db[TABLE].exists():
        return ()
    return tuple(str(row["name"]) for row in db[TABLE].rows_where(order_by="rowid"))


def pending(db: Database) -> tuple[Callable[[Database], None], ...]:
    """Return the steps still to run, in order."""
    done = set(applied(db))
    return tuple(step for step in MIGRATIONS if step.__name__ not in done)


def unknown(db: Database) -> tuple[str, ...]:
    """Return steps that were run and that this version does not know: it is older."""
    known = {step.__name__ for step in MIGRATIONS}
    return tuple(name for name in applied(db) if name not in known)


def run(db: Database, step: Callable[[Database], None], *, now: dt.datetime) -> None:
    """Run one step and note it, inside the caller's transaction."""
    step(db)
    db[TABLE].insert(
        {"name": step.__name__, "applied": now.isoformat(timespec="seconds")},
        columns={"name": str, "applied": str},
    )
