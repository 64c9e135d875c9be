"""A person's own database, ``library.sqlite``: their places, saved plans and settings.

Every change is one transaction; other processes of the same person wait for each other. Before
the form of the database changes, and before every import, a copy is laid into ``backups/``.
What is deleted is overwritten in the file.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from planner.errors import StoreError, UnknownPlanError
from planner.files import PRIVATE_FILE, PRIVATE_FOLDER
from planner.library import migrations
from planner.library.database import BACKUPS, connected, explained, explanation
from planner.library.shortids import short_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from sqlite_utils import Database

    from planner.library.places import Places

KEPT_BACKUPS = 5
"""How many backups of each kind (before a change of form, before an import) are kept."""


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
        with explained(path):
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, mode=PRIVATE_FOLDER)
            # Made here so that at no moment anybody else may read it.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
            store = Store(path, connected(path))
            try:
                store._migrate(now or dt.datetime.now(dt.UTC).replace(tzinfo=None))
            except BaseException:
                store.close()
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
        with self.transaction():
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
        rows = self.rows(f"SELECT {_ROW} FROM plans ORDER BY created DESC, id")  # noqa: S608 - constant
        return tuple(PlanRow(*row) for row in rows)

    def plan(self, plan_id: str) -> str:
        """Return the JSON text of a saved plan.

        Raises
        ------
        UnknownPlanError
            If there is none; the message names ids that look like it.
        """
        wanted = plan_id.strip().lower()
        rows = self.rows("SELECT document FROM plans WHERE id = ?", wanted)
        if rows:
            return str(rows[0][0])
        ids = [str(row[0]) for row in self.rows("SELECT id FROM plans ORDER BY created DESC")]
        near = difflib.get_close_matches(wanted, ids, n=3, cutoff=0.5)
        raise UnknownPlanError(
            f"There is no saved plan {plan_id!r}.",
            f"Did you mean {' or '.join(near)}?"
            if near
            else "List the saved plans with: flaneur plans list.",
        )

    def setting(self, key: str) -> str | None:
        """Return a setting, None if it was never made."""
        rows = self.rows("SELECT value FROM settings WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_setting(self, key: str, value: str | None) -> None:
        """Keep a setting, or forget it with None.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        with self.transaction():
            if value is None:
                self._db["settings"].delete_where("key = ?", [key])
            else:
                self._db["settings"].upsert({"key": key, "value": value}, pk="key")

    def scrub(self) -> None:
        """Leave nothing of what was deleted in the file, or beside it.

        The full text is built anew, the file is written anew, and its log is emptied.

        Raises
        ------
        StoreError
            If another process holds the library, or the disk is too full for a second copy.
        """
        with explained(self.path):
            self._db.execute("INSERT INTO place_words (place_words) VALUES ('rebuild')")
            self._db.execute("VACUUM")
            ((busy, *_frames),) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if busy:
            raise StoreError(
                f"The library {self.path} is open elsewhere, so its log cannot be emptied.",
                "Close every other flaneur and say it again.",
            )

    def problems(self) -> tuple[str, ...]:
        """Return what SQLite finds wrong with the file; empty if it is sound."""
        try:
            rows = self._db.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.Error as error:
            return (str(error),)
        return tuple(str(row[0]) for row in rows if row[0] != "ok")

    @cached_property
    def places(self) -> Places:
        """The person's own places."""
        from planner.library.places import Places

        return Places(self)

    def duplicate_plan(
        self, plan_id: str, document: Callable[[str, str], str], *, now: dt.datetime
    ) -> str:
        """Save a copy of a plan and return its id.

        Parameters
        ----------
        plan_id
            The plan to copy.
        document
            Makes the copy's JSON text from that of the plan and from the copy's id.
        now
            When the copy is made.

        Raises
        ------
        UnknownPlanError
            If there is no such plan.
        StoreError
            If it cannot be written.
        """
        text = self.plan(plan_id)
        with self.transaction():
            rows = self.rows(f"SELECT {_ROW} FROM plans WHERE id = ?", plan_id.strip().lower())  # noqa: S608
            old = PlanRow(*rows[0])
            ((copies,),) = self.rows("SELECT count(*) FROM plans WHERE request = ?", old.request)
            return self.save_plan(
                created=now,
                city=old.city,
                date=dt.date.fromisoformat(old.date),
                request=old.request,
                stops=old.stops,
                walk_m=old.walk_m,
                elapsed_s=old.elapsed_s,
                document=lambda own: document(text, own),
                frame=f"copy {copies} of {old.id}",
            )

    def remove_plan(self, plan_id: str) -> None:
        """Remove a saved plan; days spent at its stops stay.

        Raises
        ------
        UnknownPlanError
            If there is none.
        StoreError
            If it cannot be written.
        """
        self.plan(plan_id)
        with self.transaction():
            self.run("DELETE FROM plans WHERE id = ?", plan_id.strip().lower())

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds.

        Raises
        ------
        StoreError
            If the database cannot be read.
        """
        try:
            return list(self._db.conn.execute(query, values))
        except sqlite3.Error as error:
            raise explanation(error, self.path) from error

    def stream(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Yield what a query finds, row by row, for what may be long.

        Raises
        ------
        StoreError
            If the database cannot be read.
        """
        try:
            yield from self._db.conn.execute(query, values)
        except sqlite3.Error as error:
            raise explanation(error, self.path) from error

    def state(self) -> object:
        """Return what differs once anything was changed, by this process or by another."""
        ((version,),) = self.rows("PRAGMA data_version")
        return version, self._db.conn.total_changes

    def run(self, statement: str, *values: object) -> int:
        """Run a statement that changes something, and return how many rows it changed.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        try:
            return int(self._db.conn.execute(statement, values).rowcount)
        except sqlite3.Error as error:
            raise explanation(error, self.path) from error

    def insert(self, statement: str, *values: object) -> int:
        """Run a statement that adds a row, and return the row's number.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        try:
            return int(self._db.conn.execute(statement, values).lastrowid)
        except sqlite3.Error as error:
            raise explanation(error, self.path) from error

    def run_many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Run a statement once for each row of values.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        with explained(self.path):
            self._db.conn.executemany(statement, rows)

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """Do all or nothing; whoever comes second waits from the start, not half-way.

        Within another transaction it is a part of that one.

        Parameters
        ----------
        keep
            False to undo everything at the end: a rehearsal.

        Raises
        ------
        StoreError
            If it cannot be written; then nothing was changed.
        """
        with explained(self.path, files=False):
            if self._db.conn.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT" if keep else "ROLLBACK")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise

    def is_worth_a_copy(self) -> bool:
        """Whether there is anything in it that a person would miss."""
        return bool(
            self.rows(
                "SELECT 1 FROM places UNION ALL SELECT 1 FROM plans UNION ALL "
                "SELECT 1 FROM anchors LIMIT 1"
            )
        )

    def back_up(self, reason: str) -> Path | None:
        """Lay a copy into ``backups/``, whole or not at all; older ones make room for it.

        Parameters
        ----------
        reason
            What it precedes: "import", or the name of a change of form. Of each kind,
            :data:`KEPT_BACKUPS` stay.

        Returns
        -------
        Path | None
            The copy, or ``None`` where there is nothing yet to lose.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        with explained(self.path):
            folder = self.path.parent / BACKUPS
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            kind = "import" if reason == "import" else "change"
            older = sorted(folder.glob(f"{self.path.stem}-{kind}-*{self.path.suffix}"))
            last = int(older[-1].stem.split("-")[2]) if older else 0
            name = f"{self.path.stem}-{kind}-{last + 1:06}"
            if kind == "change":
                name += f"-{reason}"
            target = folder / f"{name}{self.path.suffix}"
            self.copy_to(target)
            for path in older[: max(0, len(older) + 1 - KEPT_BACKUPS)]:
                path.unlink(missing_ok=True)
        return target

    def copy_to(self, target: Path) -> None:
        """Write a copy of the whole database, whole or not at all, as one file.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        with explained(target):
            handle, text = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            os.close(handle)
            beside = Path(text)
            try:
                with closing(sqlite3.connect(beside)) as copy:
                    self._db.conn.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")
                beside.replace(target)
            finally:
                for ending in ("", "-wal", "-shm", "-journal"):
                    beside.with_name(beside.name + ending).unlink(missing_ok=True)

    def _free_id(self, fingerprint: str) -> str:
        """Return the id of a plan saved before under the fingerprint, otherwise a new one."""
        rows = self.rows("SELECT id FROM plans WHERE fingerprint = ?", fingerprint)
        if rows:
            return str(rows[0][0])
        return short_id(
            "p",
            fingerprint,
            lambda wanted: bool(self.rows("SELECT 1 FROM plans WHERE id = ?", wanted)),
        )

    def _migrate(self, now: dt.datetime) -> None:
        newer = migrations.unknown(self._db)
        if newer:
            raise StoreError(
                f"The library {self.path} was made by a newer version of flaneur ({newer[-1]}).",
                "Install the newer version, or use another folder with --home.",
            )
        fresh = not self._db.table_names()
        pending = migrations.pending(self._db)
        if pending and not fresh:
            self.back_up(pending[0].__name__)
        for step in pending:
            with self.transaction():
                # Another process may have done it while this one waited.
                if step.__name__ not in migrations.applied(self._db):
                    migrations.run(self._db, step, now=now)
        if pending and not fresh:
            self.places.write_missing_words()
