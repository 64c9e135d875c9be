"""The places of a city file, read when they are asked for.

A city may have a hundred thousand places, of which a walk needs a few hundred. Opening it reads
none; each is read from the file on first use, and what was read last is kept.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Mapping, ValuesView
from functools import cached_property
from typing import TYPE_CHECKING, Any

from planner.library.cityfile import COLUMNS, damaged, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from planner.domain import Place
    from planner.library.catalogue import Catalogue

KEPT = 4096
"""How many places are kept in memory."""


class CityPlaces(Mapping[str, "Place"]):
    """A city's places by id, with a person's own laid over and beside them.

    Order is that of the file, own places that are not in it at the end.

    Parameters
    ----------
    path
        A city file that was found to be sound by :meth:`CityFile.open`. It stays open, so that
        another that takes its place on the disk is not mistaken for it.
    own
        Places that replace those of the same id, or come in addition.
    catalogue
        Sorts anew what is of a kind that it does not know; where absent, kinds are as in the file.

    Raises
    ------
    UnreadableFileError
        If the file cannot be opened; reading may raise it later.
    """

    def __init__(
        self,
        path: Path | _Reader,
        own: Iterable[Place] = (),
        *,
        catalogue: Catalogue | None = None,
    ) -> None:
        self._reader = path if isinstance(path, _Reader) else _Reader(path, catalogue)
        self._own = {place.id: place for place in own}

    def with_own(self, own: Iterable[Place]) -> CityPlaces:
        """Return the same city with these places laid over and beside its own."""
        return CityPlaces(self._reader, own)

    def close(self) -> None:
        """Let go of the file; values that were read stay good."""
        self._reader.close()

    @property
    def own(self) -> Mapping[str, Place]:
        """What lies over the city."""
        return self._own

    def __getitem__(self, place_id: str) -> Place:
        found = self._own.get(place_id) or self._reader.by_id(place_id)
        if found is None:
            raise KeyError(place_id)
        return found

    def __contains__(self, place_id: object) -> bool:
        if not isinstance(place_id, str):
            return False
        return place_id in self._own or self._reader.by_id(place_id) is not None

    def __iter__(self) -> Iterator[str]:
        seen = set()
        for (place_id,) in self._reader.stream("SELECT id FROM places ORDER BY number"):
            seen.add(place_id)
            yield str(place_id)
        yield from (place_id for place_id in self._own if place_id not in seen)

    def __len__(self) -> int:
        ((count,),) = self._reader.rows("SELECT count(*) FROM places")
        ((common,),) = self._reader.rows(
            "SELECT count(*) FROM places WHERE id IN (SELECT value FROM json_each(?))",
            json.dumps(list(self._own)),
        )
        return int(count) + len(self._own) - int(common)

    def values(self) -> ValuesView[Place]:
        """Return all places; they pass by one at a time and are not kept."""
        return _Passing(self)

    def passing(self) -> Iterator[Place]:
        """Yield all places in order, in one reading of the file."""
        seen = set()
        query = f"SELECT {COLUMNS} FROM places ORDER BY number"  # noqa: S608 - constant
        for row in self._reader.stream(query):
            seen.add(row[0])
            yield self._own.get(row[0]) or self._reader.place(row)
        yield from (place for place_id, place in self._own.items() if place_id not in seen)

    def of_kinds(self, kinds: Iterable[str]) -> tuple[Place, ...]:
        """Return the places of some categories, in no order that means anything."""
        wanted = frozenset(kinds)
        rows = self._reader.rows(
            f"SELECT {COLUMNS} FROM places WHERE category IN (SELECT value FROM json_each(?))",  # noqa: S608
            json.dumps(sorted(wanted | self._reader.strange)),
        )
        found = (self._reader.place(row) for row in rows if row[0] not in self._own)
        return tuple(place for place in (*found, *self._own.values()) if place.category in wanted)

    def within(
        self, bbox: tuple[float, float, float, float], kinds: Iterable[str]
    ) -> tuple[Place, ...]:
        """Return the places of some categories in a box, in no order that means anything.

        Parameters
        ----------
        bbox
            West, south, east, north.
        kinds
            Keys of categories.
        """
        west, south, east, north = bbox
        wanted = frozenset(kinds)
        rows = self._reader.rows(
            f"SELECT {COLUMNS} FROM places WHERE lat BETWEEN ? AND ? AND lon BETWEEN ? AND ? "  # noqa: S608
            "AND category IN (SELECT value FROM json_each(?))",
            south,
            north,
            west,
            east,
            json.dumps(sorted(wanted | self._reader.strange)),
        )
        found = (self._reader.place(row) for row in rows if row[0] not in self._own)
        return tuple(
            place for place in (*found, *_inside(self._own, bbox)) if place.category in wanted
        )

    def of_osm(self, objects: Iterable[str]) -> tuple[Place, ...]:
        """Return the city's places that stand for objects of the map such as ``"node/123"``."""
        rows = self._reader.rows(
            f"SELECT {COLUMNS} FROM places WHERE osm IN (SELECT value FROM json_each(?))",  # noqa: S608
            json.dumps(sorted(set(objects))),
        )
        return tuple(self._reader.place(row) for row in rows)

    def at(self, numbers: Sequence[int]) -> list[Place]:
        """Return the city's own places of some rows of the file, in the order of the numbers.

        Raises
        ------
        UnreadableFileError
            If there is no such row.
        """
        return self._reader.by_number(numbers)

    def knows(self, kind: str) -> bool:
        """Whether places of this kind are left as the file has them."""
        return self._reader.catalogue is None or kind in self._reader.catalogue

    def number(self, place_id: str) -> int | None:
        """Return the row of the file that holds a place, ``None`` if none does."""
        rows = self._reader.rows("SELECT number FROM places WHERE id = ?", place_id)
        return int(rows[0][0]) if rows else None


def places_of_kinds(places: Mapping[str, Place], kinds: Iterable[str]) -> Iterable[Place]:
    """Return the places of some categories, without reading a whole city for them.

    Parameters
    ----------
    places
        A city's places, or any places by id.
    kinds
        Keys of categories.
    """
    wanted = frozenset(kinds)
    if not wanted:
        return ()
    if isinstance(places, CityPlaces):
        return places.of_kinds(wanted)
    return tuple(place for place in places.values() if place.category in wanted)


def places_within(
    places: Mapping[str, Place], bbox: tuple[float, float, float, float], kinds: Iterable[str]
) -> tuple[Place, ...]:
    """Return the places of some categories in a box, without reading a whole city for them.

    Parameters
    ----------
    places
        A city's places, or any places by id.
    bbox
        West, south, east, north.
    kinds
        Keys of categories.
    """
    wanted = frozenset(kinds)
    if isinstance(places, CityPlaces):
        return places.within(bbox, wanted)
    return tuple(place for place in _inside(places, bbox) if place.category in wanted)


def _inside(
    places: Mapping[str, Place], bbox: tuple[float, float, float, float]
) -> Iterator[Place]:
    west, south, east, north = bbox
    for place in places.values():
        if south <= place.position.lat <= north and west <= place.position.lon <= east:
            yield place


class _Passing(ValuesView["Place"]):
    """All places, one after the other."""

    def __init__(self, places: CityPlaces) -> None:
        super().__init__(places)
        self._places = places

    def __iter__(self) -> Iterator[Place]:
        return self._places.passing()


class _Reader:
    """One connection to a city file; it may be shared by threads."""

    def __init__(self, path: Path, catalogue: Catalogue | None) -> None:
        self._path = path
        self.catalogue = catalogue
        self._lock = threading.RLock()
        try:
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise damaged(path, error) from error
        self._kept: OrderedDict[str, Place] = OrderedDict()
        self._ids: dict[int, str] = {}

    @cached_property
    def strange(self) -> frozenset[str]:
        """The categories of the file that the catalogue does not know."""
        if self.catalogue is None:
            return frozenset()
        found = {category for (category,) in self.rows("SELECT DISTINCT category FROM places")}
        return frozenset(key for key in found if key not in self.catalogue)

    def by_id(self, place_id: str) -> Place | None:
        with self._lock:
            kept = self._kept.get(place_id)
            if kept is not None:
                self._kept.move_to_end(place_id)
                return kept
            query = f"SELECT number, {COLUMNS} FROM places WHERE id = ?"  # noqa: S608 - constant
            rows = self.rows(query, place_id)
            return self._keep(rows[0]) if rows else None

    def by_number(self, numbers: Sequence[int]) -> list[Place]:
        with self._lock:
            found: dict[int, Place] = {}
            missing = []
            for number in numbers:
                kept = self._kept.get(self._ids.get(number, ""))
                if kept is None:
                    missing.append(number)
                else:
                    found[number] = kept
            query = (
                f"SELECT number, {COLUMNS} FROM places "  # noqa: S608 - constant
                "WHERE number IN (SELECT value FROM json_each(?))"
            )
            if missing:
                for row in self.rows(query, json.dumps(missing)):
                    found[row[0]] = self._keep(row)
            try:
                return [found[number] for number in numbers]
            except KeyError as error:
                raise damaged(self._path, f"there is no row {error}") from error

    def place(self, row: tuple[Any, ...]) -> Place:
        try:
            place = place_of(row)
        except (ValueError, TypeError) as error:
            raise damaged(self._path, error) from error
        return place if self.catalogue is None else self.catalogue.placed(place)

    def rows(self, query: str, *values: str | float) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise damaged(self._path, error) from error

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield rows without holding all of them."""
        try:
            with self._lock:
                cursor = self._connection.execute(query)
            while True:
                with self._lock:
                    rows = cursor.fetchmany(1024)
                if not rows:
                    return
                yield from rows
        except sqlite3.Error as error:
            raise damaged(self._path, error) from error

    def _keep(self, row: tuple[Any, ...]) -> Place:
        number, *rest = row
        place = self.place(tuple(rest))
        self._kept[place.id] = place
        self._ids[number] = place.id
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        if len(self._ids) > 2 * KEPT:
            self._ids = {n: key for n, key in self._ids.items() if key in self._kept}
        return place

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def __del__(self) -> None:
        # A connection that was never made has nothing to close.
        if hasattr(self, "_connection"):
            self._connection.close()
