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


MIGRATIONS: tuple[Callable[[Database], None], ...] = (m001_plans, m002_settings)


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
