"""A person's places in their database: look up, add, change, remove; and fixed points by name.

Each change is one transaction and keeps the full text in step. What is merged into what stands in
:mod:`planner.library.merging`, what a file brings in :mod:`planner.library.arrivals`.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.domain import Position
from planner.errors import FlaneurError, UnknownPlaceError
from planner.library.holdings import Holding, check_position, checked, embedded_text
from planner.library.placerows import (
    COLUMNS,
    INSERT,
    INSERT_SOURCE,
    SELECT,
    as_text,
    holding_of,
    row_of,
)
from planner.library.shortids import short_id
from planner.library.wordindex import add_words, drop_words, words_of
from planner.library.words import clean, fold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from planner.domain import Place
    from planner.library.store import Store

MAP_PREFIX = "osm:"
"""How the ids of a city's places begin; those of own places never do."""
_ID = re.compile(r"m[2-9a-z]{3,40}")


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """A point with a name of the person's own; ``place`` is the id of a place, if it is one."""

    name: str
    position: Position
    place: str | None = None


class Places:
    """The places of a person's library; get it as :attr:`planner.library.store.Store.places`."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __len__(self) -> int:
        return int(self.store.rows("SELECT count(*) FROM places WHERE own")[0][0])

    def find(self, place_id: str) -> Holding | None:
        """Return a holding by its id, ``None`` if there is none."""
        rows = self.store.rows(f"{SELECT} WHERE id = ?", _asked(place_id))
        return holding_of(rows[0]) if rows else None

    def get(self, place_id: str) -> Holding:
        """Return a holding by its id.

        Raises
        ------
        UnknownPlaceError
            If there is none; the message names ids that look like it, or what it was merged into.
        """
        found = self.find(place_id)
        if found is not None:
            return found
        wanted = _asked(place_id)
        kept = self.store.rows("SELECT kept FROM merges WHERE absorbed = ?", wanted)
        if kept:
            into = kept[0][0]
            step = f"It was merged into {into}; undo that with: flaneur places unmerge {into}"
        else:
            ids = [str(row[0]) for row in self.store.rows("SELECT id FROM places LIMIT 20000")]
            near = difflib.get_close_matches(wanted, ids, n=3, cutoff=0.6)
            step = (
                f"Did you mean {' or '.join(near)}?"
                if near
                else 'Find it with: flaneur places search "ITS NAME".'
            )
        raise UnknownPlaceError(f"There is no place {clean(place_id)!r} in your library.", step)

    def resolve(self, place_id: str) -> str:
        """Return the id under which a place is held now, after whatever it was merged into."""
        seen = {_asked(place_id)}
        at = _asked(place_id)
        while rows := self.store.rows("SELECT kept FROM merges WHERE absorbed = ?", at):
            at = str(rows[0][0])
            if at in seen:
                break
            seen.add(at)
        return at

    def of_map(self, osm: str) -> Holding | None:
        """Return what is held of an object of the map, such as ``"node/123"``."""
        rows = self.store.rows(f"{SELECT} WHERE osm = ? ORDER BY own DESC, number LIMIT 1", osm)
        return holding_of(rows[0]) if rows else None

    def all(self, *, own: bool = True) -> Iterator[Holding]:
        """Yield the holdings in the order in which they came; with ``own``, no mere marks."""
        query = f"{SELECT} {'WHERE own' if own else ''} ORDER BY number"
        for row in self.store.stream(query):
            yield holding_of(row)

    def count_marked_on_map(self) -> int:
        """Return how many places of the map are a favourite, visited, or never to be proposed."""
        query = "SELECT count(*) FROM places WHERE NOT own AND (favourite OR visited OR never)"
        return int(self.store.rows(query)[0][0])

    def numbered(self, numbers: Iterable[int]) -> dict[int, Holding]:
        """Return holdings by their row numbers in the database; those that are not there lack."""
        text = json.dumps([int(number) for number in numbers])
        query = f"{SELECT} WHERE number IN (SELECT value FROM json_each(?))"  # noqa: S608
        return {int(row[-1]): holding_of(row) for row in self.store.rows(query, text)}

    def within(self, bbox: tuple[float, float, float, float]) -> tuple[Holding, ...]:
        """Return the holdings in a box (west, south, east, north) in degrees, marks as well."""
        west, south, east, north = bbox
        query = f"{SELECT} WHERE lat BETWEEN ? AND ? AND lon BETWEEN ? AND ? ORDER BY number"
        return tuple(holding_of(row) for row in self.store.rows(query, south, north, west, east))

    def numbers_within(self, bbox: tuple[float, float, float, float]) -> tuple[int, ...]:
        """Return the row numbers of the holdings in a box, ascending, as in :meth:`within`."""
        west, south, east, north = bbox
        query = (
            "SELECT number FROM places WHERE lat BETWEEN ? AND ? AND lon BETWEEN ? AND ? "
            "ORDER BY number"
        )
        rows = self.store.rows(query, south, north, west, east)
        return tuple(int(number) for (number,) in rows)

    def unlocated(self) -> tuple[Holding, ...]:
        """Return the holdings without a position, in the order in which they came."""
        return tuple(
            holding_of(row)
            for row in self.store.rows(f"{SELECT} WHERE lat IS NULL ORDER BY number")
        )

    def add(self, holding: Holding, *, wanted: str | None = None) -> Holding:
        """Add a holding and return it with its id; the id that it comes with is not used.

        Parameters
        ----------
        holding
            What is held.
        wanted
            An id that it had before, in a library that was exported: it gets it back if that is
            free.

        Raises
        ------
        FlaneurError
            If a value makes no sense.
        StoreError
            If it cannot be written.
        """
        checked(holding)
        with self.store.transaction():
            if wanted is None or not _ID.fullmatch(wanted) or self._is_taken(wanted):
                wanted = self.new_id(holding)
            return self.insert(dataclasses.replace(holding, id=wanted))

    def edit(self, place_id: str, **changes: Any) -> Holding:  # noqa: ANN401 - any field
        """Change fields of a holding and return it.

        Raises
        ------
        UnknownPlaceError
            If there is none.
        FlaneurError
            If a value makes no sense.
        """
        with self.store.transaction():
            return self.replace(dataclasses.replace(self.get(place_id), **changes))

    def locate(self, place_id: str, position: Position) -> Holding:
        """Say where a place is.

        Raises
        ------
        UnknownPlaceError
            If there is no such place.
        FlaneurError
            If that is no point on the earth.
        """
        return self.edit(place_id, position=position)

    def remove(self, place_id: str) -> Holding:
        """Remove a holding with its visits, sources and merges, and return what it was.

        A fixed point at it stays where it is.

        Raises
        ------
        UnknownPlaceError
            If there is none.
        """
        with self.store.transaction():
            holding = self.get(place_id)
            self.delete(holding.id)
            # What was merged into it goes as well, and what was merged into that.
            self.store.run("DELETE FROM merges WHERE kept = ?", holding.id)
            while self.store.run(
                "DELETE FROM merges WHERE kept NOT IN "
                "(SELECT id FROM places UNION SELECT absorbed FROM merges)"
            ):
                pass
            self.store.run("DELETE FROM apart WHERE ? IN (one, other)", holding.id)
            self.store.run("UPDATE anchors SET place = NULL WHERE place = ?", holding.id)
        return holding

    def mark(self, place: Place, *, now: dt.datetime, **changes: Any) -> Holding:  # noqa: ANN401
        """Keep something about a place of the map: a mark, a note, a correction.

        Parameters
        ----------
        place
            A place of a city; or an own one, which is then simply changed.
        now
            When it is first held.
        **changes
            Fields of :class:`planner.library.holdings.Holding`.

        Raises
        ------
        FlaneurError
            If a value makes no sense.
        """
        with self.store.transaction():
            held = self.find(place.id) or (self.of_map(place.osm) if place.osm else None)
            if held is None:
                bare = Holding(
                    id="",
                    name=place.name,
                    position=place.position,
                    category=place.category,
                    names=place.names,
                    address=place.address,
                    osm=place.osm,
                    own=False,
                    first_seen=now.isoformat(timespec="seconds"),
                )
                held = self.add(bare)
            return self.replace(dataclasses.replace(held, **changes))

    def visit(self, place_id: str, day: dt.date, *, plan: str | None = None) -> bool:
        """Note that the person was there; false if that day was noted before.

        Raises
        ------
        UnknownPlaceError
            If there is no such holding.
        """
        with self.store.transaction():
            holding = self.get(place_id)
            number = self._number(holding.id)
            new = self.store.run(
                "INSERT OR IGNORE INTO visits (place, date, plan) VALUES (?, ?, ?)",
                number,
                day.isoformat(),
                plan,
            )
            self.store.run("UPDATE places SET visited = 1 WHERE number = ?", number)
        return bool(new)

    def unvisit(self, plan: str) -> int:
        """Take back the visits of a plan, and return how many there were."""
        with self.store.transaction():
            numbers = [
                number
                for (number,) in self.store.rows("SELECT place FROM visits WHERE plan = ?", plan)
            ]
            self.store.run("DELETE FROM visits WHERE plan = ?", plan)
            for number in numbers:
                self.store.run(
                    "UPDATE places SET visited = EXISTS "
                    "(SELECT 1 FROM visits WHERE place = number) WHERE number = ?",
                    number,
                )
        return len(numbers)

    def set_anchor(self, name: str, position: Position, place: str | None = None) -> FixedPoint:
        """Name a fixed point, such as "hotel"; a name that is taken is given to the new one.

        Raises
        ------
        FlaneurError
            If the name has no letter, or that is no point on the earth.
        """
        key = fold(clean(name, limit=80))
        if not key:
            raise FlaneurError("A fixed point needs a name.", 'Such as "hotel" or "home".')
        check_position(position)
        with self.store.transaction():
            self.store.run(
                "INSERT OR REPLACE INTO anchors (name, place, lat, lon) VALUES (?, ?, ?, ?)",
                key,
                place,
                position.lat,
                position.lon,
            )
        return FixedPoint(key, position, place)

    def anchors(self) -> tuple[FixedPoint, ...]:
        """Return the fixed points by name; one at a place is where that place is now."""
        rows = self.store.rows(
            "SELECT a.name, coalesce(p.lat, a.lat), coalesce(p.lon, a.lon), a.place "
            "FROM anchors a LEFT JOIN places p ON p.id = a.place ORDER BY a.name"
        )
        return tuple(FixedPoint(name, Position(lat, lon), place) for name, lat, lon, place in rows)

    def remove_anchor(self, name: str) -> bool:
        """Forget a fixed point; false if there is none of that name."""
        with self.store.transaction():
            return bool(self.store.run("DELETE FROM anchors WHERE name = ?", fold(name)))

    # ------------------------------------------------------- for the library's own modules

    def new_id(self, holding: Holding) -> str:
        """Return a free id that follows from what a holding is and where it came from."""
        at = holding.position
        parts = (
            holding.name,
            "" if at is None else f"{at.lat:.6f},{at.lon:.6f}",
            *(f"{source.file}:{source.row}" for source in holding.sources),
        )
        fingerprint = hashlib.blake2b("\0".join(parts).encode("utf-8", "replace")).hexdigest()
        return short_id("m", fingerprint, self._is_taken)

    def _is_taken(self, place_id: str) -> bool:
        query = (
            "SELECT 1 FROM places WHERE id = ? UNION ALL SELECT 1 FROM merges WHERE absorbed = ?"
        )
        return bool(self.store.rows(query, place_id, place_id))

    def insert(self, holding: Holding) -> Holding:
        """Write a new holding as it stands, inside the caller's transaction."""
        number = self.store.insert(INSERT, *row_of(holding))
        self._write_lists(number, holding)
        return holding

    def replace(self, holding: Holding) -> Holding:
        """Write a holding over the one with its id, inside the caller's transaction."""
        checked(holding)
        number = self._number(holding.id)
        sets = ", ".join(f"{name.strip()} = ?" for name in COLUMNS.split(","))
        with self.store.transaction():
            plans = self.plans_of(holding.id)
            if embedded_text(self.get(holding.id)) != embedded_text(holding):
                self.store.run("DELETE FROM embeddings WHERE place = ?", number)
            statement = f"UPDATE places SET {sets} WHERE number = ?"  # noqa: S608 - constants
            self.store.run(statement, *row_of(holding), number)
            self.store.run("DELETE FROM place_sources WHERE place = ?", number)
            self.store.run("DELETE FROM visits WHERE place = ?", number)
            drop_words(self.store, number)
            self._write_lists(number, holding, plans)
        return holding

    def delete(self, place_id: str) -> None:
        """Delete a holding's rows, inside the caller's transaction."""
        number = self._number(place_id)
        for table in ("place_sources", "visits", "embeddings"):
            self.store.run(f"DELETE FROM {table} WHERE place = ?", number)  # noqa: S608 - constants
        drop_words(self.store, number)
        self.store.run("DELETE FROM places WHERE number = ?", number)

    def _number(self, place_id: str) -> int:
        return int(self.store.rows("SELECT number FROM places WHERE id = ?", place_id)[0][0])

    def _write_lists(
        self, number: int, holding: Holding, plans: Mapping[str, str | None] | None = None
    ) -> None:
        for each in holding.sources:
            self.store.run(INSERT_SOURCE, number, each.file, each.row, each.format)
        if holding.visits:
            known = plans or {}
            days = [day.isoformat() for day in holding.visits]
            self.store.run_many(
                "INSERT OR IGNORE INTO visits (place, date, plan) VALUES (?, ?, ?)",
                ((number, day, known.get(day)) for day in days),
            )
        add_words(self.store, number, words_of(holding))

    def write_missing_words(self) -> None:
        """Enter the text of places that have none, such as those of an older library."""
        rows = self.store.rows(
            "SELECT number FROM places WHERE number NOT IN (SELECT rowid FROM place_words)"
        )
        with self.store.transaction():
            for number, holding in self.numbered(number for (number,) in rows).items():
                add_words(self.store, number, words_of(holding))

    def drop_empty_marks(self) -> None:
        """Remove marks that say nothing any more, inside the caller's transaction."""
        rows = self.store.rows(
            "SELECT id FROM places WHERE NOT (own OR favourite OR visited OR never) AND notes = '' "
            "AND description = '' AND rating IS NULL AND visit_minutes IS NULL "
            "AND NOT hours_corrected AND labels = '[]' "
            "AND id NOT IN (SELECT place FROM anchors WHERE place IS NOT NULL)"
        )
        for (place_id,) in rows:
            self.delete(place_id)

    def plans_of(self, place_id: str) -> dict[str, str | None]:
        """Return the days spent at a place (ISO 8601) and the plan of each, where it had one."""
        rows = self.store.rows(
            "SELECT date, plan FROM visits WHERE place = (SELECT number FROM places WHERE id = ?)",
            place_id,
        )
        return {str(day): plan for day, plan in rows}

    def set_plans(self, place_id: str, plans: Mapping[str, str | None]) -> None:
        """Say of which plans days were that are noted already, where none is known."""
        self.store.run_many(
            "UPDATE visits SET plan = coalesce(plan, ?) WHERE date = ? AND place = "
            "(SELECT number FROM places WHERE id = ?)",
            ((plan, day, place_id) for day, plan in plans.items()),
        )

    def snapshot(self, holding: Holding) -> str:
        """Return all that is stored of a holding, as JSON, to be laid back by :meth:`lay_back`."""
        visits = self.store.rows(
            "SELECT date, plan FROM visits WHERE place = "
            "(SELECT number FROM places WHERE id = ?) ORDER BY date",
            holding.id,
        ) or [(day.isoformat(), None) for day in holding.visits]
        anchors = self.store.rows("SELECT name FROM anchors WHERE place = ?", holding.id)
        return as_text(
            {
                "row": row_of(holding),
                "sources": [[each.file, each.row, each.format] for each in holding.sources],
                "visits": [list(each) for each in visits],
                "merged": list(holding.merged_from),
                "anchors": [name for (name,) in anchors],
            }
        )

    def lay_back(self, holding: Holding, snapshot: str) -> None:
        """Write a holding that a snapshot was taken of, inside the caller's transaction.

        Plans of its visits and fixed points at it come from the snapshot.
        """
        told = json.loads(snapshot)
        if self.find(holding.id) is None:
            self.insert(holding)
        else:
            self.replace(holding)
        number = self._number(holding.id)
        for day, plan in told["visits"]:
            statement = "UPDATE visits SET plan = ? WHERE place = ? AND date = ?"
            self.store.run(statement, plan, number, day)
        for name in told["anchors"]:
            self.store.run("UPDATE anchors SET place = ? WHERE name = ?", holding.id, name)


def _asked(place_id: str) -> str:
    return place_id.strip().lower()
