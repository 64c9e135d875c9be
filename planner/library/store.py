"""A person's own database, ``library.sqlite``: saved plans and settings.

Every change is one transaction; other processes of the same person wait for each other. Before
the form of the database changes, a copy is laid beside it.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import os
import sqlite3
import sys
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from planner.errors import StoreError, UnknownPlanError
from planner.library import migrations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from sqlite_utils import Database

_WAIT_S = 15.0
# No vowels, so that no id is a word; no signs that are mistaken for each other.
_LETTERS = "23456789bcdfghjkmnpqrstvwxz"
_SHORTEST_ID = 3


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What a list of saved plans shows; ``created`` and ``date`` are ISO 8601."""

    id: str
    created: str
    city: str
    date: str
    request: str
    stops: int
    walk_m: float
    elapsed_s: int


_ROW = ", ".join(PlanRow.__slots__)


class Store:
    """A person's database. Open it with :meth:`open`; close it after use."""

    def __init__(self, path: Path, db: Database) -> None:
        self.path = path
        self._db = db

    @staticmethod
    def open(path: Path | str, *, now: dt.datetime | None = None) -> Store:
        """Open the database, made if it is missing and brought to the present form if older.

        Parameters
        ----------
        path
            The file; its folder is made if missing, for its owner only.
        now
            The time noted with a change of form; the clock's where None.

        Raises
        ------
        StoreError
            If the file cannot be opened, read or written, or is of a newer version.
        """
        path = Path(path)
        with _explained(path):
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, mode=0o700)
            # Made here so that at no moment anybody else may read it.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            # Transactions are begun and ended by hand, in one place.
            connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA synchronous = FULL")
                store = Store(path, _database(connection))
                store._migrate(now or dt.datetime.now(dt.UTC).replace(tzinfo=None))
            except BaseException:
                connection.close()
                raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def save_plan(
        self,
        *,
        created: dt.datetime,
        city: str,
        date: dt.date,
        request: str,
        stops: int,
        walk_m: float,
        elapsed_s: int,
        document: str | Callable[[str], str],
        seed: int = 0,
        frame: str = "",
    ) -> str:
        """Save a plan and return its id.

        The id follows from ``created``, ``city``, ``date``, ``request``, ``seed`` and ``frame``
        alone, as short as it can be without being another plan's; saving the same again replaces
        it.

        Parameters
        ----------
        document
            The plan as JSON text, or a function that makes it from the id.
        frame
            Whatever else makes it another plan than one of the same words at the same time, such
            as the options it was made with.

        Raises
        ------
        StoreError
            If it cannot be written; then nothing was changed.
        """
        moment = created.isoformat(timespec="seconds")
        key = "\0".join((moment, city, date.isoformat(), request, str(seed), frame))
        fingerprint = hashlib.blake2b(key.encode("utf-8", "surrogatepass")).hexdigest()
        with self._transaction():
            plan_id = self._free_id(fingerprint)
            self._db["plans"].upsert(
                {
                    "id": plan_id,
                    "created": moment,
                    "city": city,
                    "date": date.isoformat(),
                    "request": request.encode("utf-8", "replace").decode("utf-8"),
                    "stops": stops,
                    "walk_m": walk_m,
                    "elapsed_s": elapsed_s,
                    "fingerprint": fingerprint,
                    "document": document(plan_id) if callable(document) else document,
                },
                pk="id",
            )
        return plan_id

    def plans(self) -> tuple[PlanRow, ...]:
        """Return all saved plans, the newest first.

        Raises
        ------
        StoreError
            If the database is damaged.
        """
        rows = self._rows(f"SELECT {_ROW} FROM plans ORDER BY created DESC, id")  # noqa: S608 - constant
        return tuple(PlanRow(*row) for row in rows)

    def plan(self, plan_id: str) -> str:
        """Return the JSON text of a saved plan.

        Raises
        ------
        UnknownPlanError
            If there is none; the message names ids that look like it.
        """
        wanted = plan_id.strip().lower()
        rows = self._rows("SELECT document FROM plans WHERE id = ?", wanted)
        if rows:
            return str(rows[0][0])
        ids = [str(row[0]) for row in self._rows("SELECT id FROM plans ORDER BY created DESC")]
        near = difflib.get_close_matches(wanted, ids, n=3, cutoff=0.5)
        raise UnknownPlanError(
            f"There is no saved plan {plan_id!r}.",
            f"Did you mean {' or '.join(near)}?"
            if near
            else "List the saved plans with: flaneur plans list.",
        )

    def setting(self, key: str) -> str | None:
        """Return a setting, None if it was never made."""
        rows = self._rows("SELECT value FROM settings WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_setting(self, key: str, value: str | None) -> None:
        """Keep a setting, or forget it with None.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        with self._transaction():
            if value is None:
                self._db["settings"].delete_where("key = ?", [key])
            else:
                self._db["settings"].upsert({"key": key, "value": value}, pk="key")

    def problems(self) -> tuple[str, ...]:
        """Return what SQLite finds wrong with the file; empty if it is sound."""
        try:
            rows = self._db.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.Error as error:
            return (str(error),)
        return tuple(str(row[0]) for row in rows if row[0] != "ok")

    def _free_id(self, fingerprint: str) -> str:
        """Return the id of a plan saved before under the fingerprint, otherwise a new one."""
        rows = self._rows("SELECT id FROM plans WHERE fingerprint = ?", fingerprint)
        if rows:
            return str(rows[0][0])
        number = int(fingerprint, 16)
        letters = ""
        while True:
            number, rest = divmod(number, len(_LETTERS))
            letters += _LETTERS[rest]
            wanted = f"p{letters}"
            if len(letters) >= _SHORTEST_ID and not self._rows(
                "SELECT 1 FROM plans WHERE id = ?", wanted
            ):
                return wanted

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with _explained(self.path):
            return list(self._db.execute(query, values).fetchall())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Do all or nothing; whoever comes second waits from the start, not half-way."""
        with _explained(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def _migrate(self, now: dt.datetime) -> None:
        newer = migrations.unknown(self._db)
        if newer:
            raise StoreError(
                f"The library {self.path} was made by a newer version of flaneur ({newer[-1]}).",
                "Install the newer version, or use another folder with --home.",
            )
        fresh = not self._db.table_names()
        for step in migrations.pending(self._db):
            if not fresh:
                self._back_up(step.__name__)
            with self._transaction():
                # Another process may have done it while this one waited.
                if step.__name__ not in migrations.applied(self._db):
                    migrations.run(self._db, step, now=now)

    def _back_up(self, step: str) -> None:
        """Lay a copy beside the database, named after the change that it precedes."""
        target = self.path.with_name(f"{self.path.stem}.before-{step}{self.path.suffix}")
        os.close(os.open(target, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(target)) as copy:
            self._db.conn.backup(copy)


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
def _explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into what a person can act on."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            step = "Another flaneur is writing to it; try again when that is done."
        elif "readonly" in text or "unable to open" in text:
            step = "Make the file and its folder writable, or use another folder with --home."
        elif "full" in text:
            step = "Make room on the disk and try again; nothing was changed."
        else:
            step = "Run flaneur doctor to see what is wrong with it."
        raise StoreError(f"The library {path} cannot be used: {text}.", step) from error
    except sqlite3.Error as error:
        raise StoreError(
            f"The library {path} is damaged: {error}.",
            "Put a copy of it in its place (copies lie beside it), or move it away to begin anew.",
        ) from error
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(
            f"The library {path} cannot be opened: {error.strerror or error}.",
            "Make the file and its folder writable, or use another folder with --home.",
        ) from error
