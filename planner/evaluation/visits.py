"""Visits of real people, as tour recommendation publishes them (Lim et al. 2018).

A folder holds two tables a city, ``POI-CITY.csv`` and ``userVisits-CITY-….csv``: places with a
theme, and one row for each photograph that somebody took at one of them. Photographs of one person
that lie near each other in time share a sequence; the places of a sequence, each once and in the
order in which they were first seen, are a *tour*.
"""

from __future__ import annotations

import csv
import operator
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from planner.domain import Position
from planner.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LEAST_STOPS: Final = 3
"""A tour has a first place, a last one, and something between them."""
CITIES: Final[Mapping[str, str]] = {
    "Buda": "Budapest",
    "Delh": "Delhi",
    "Edin": "Edinburgh",
    "Glas": "Glasgow",
    "Melb": "Melbourne",
    "Osak": "Osaka",
    "Pert": "Perth",
    "Toro": "Toronto",
    "Vien": "Vienna",
}
"""What the short names of published files stand for; any other is shown as it is."""
_PLACES: Final = re.compile(r"POI-(?P<city>[\w ]+)\.csv", re.IGNORECASE)
_VISITS: Final = re.compile(r"userVisits-(?P<city>[\w ]+?)(?:-\w+)?\.csv", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attraction:
    """A place of the table: its number there, its name in plain letters, and its theme."""

    id: str
    name: str
    position: Position
    theme: str


@dataclass(frozen=True, slots=True)
class Tour:
    """The places that one person saw one after the other, each once."""

    id: str
    person: str
    stops: tuple[str, ...]

    @property
    def interior(self) -> tuple[str, ...]:
        """What lies between the first place and the last."""
        return self.stops[1:-1]


@dataclass(frozen=True, slots=True)
class TourCity:
    """A city's attractions by id, and everybody's visits to them.

    ``seen`` holds for each person the attractions where they took a photograph; ``tours`` are the
    sequences of at least :data:`LEAST_STOPS` attractions.
    """

    name: str
    attractions: Mapping[str, Attraction]
    tours: tuple[Tour, ...]
    seen: Mapping[str, frozenset[str]]

    def popularity(self, without: str | None = None) -> dict[str, int]:
        """Return how many persons saw each attraction, one of them left out.

        Parameters
        ----------
        without
            Whose visits do not count.
        """
        counts = dict.fromkeys(self.attractions, 0)
        for person, places in self.seen.items():
            if person != without:
                for place in places:
                    counts[place] += 1
        return counts


def read_cities(folder: Path) -> tuple[TourCity, ...]:
    """Read every city of a folder, by name.

    Raises
    ------
    UnreadableFileError
        If there is none, or a table is not what it should be.
    """
    places = {
        match["city"]: path
        for path in sorted(folder.iterdir())
        if (match := _PLACES.fullmatch(path.name))
    }
    visits = {
        match["city"]: path
        for path in sorted(folder.iterdir())
        if (match := _VISITS.fullmatch(path.name))
    }
    pairs = sorted(places.keys() & visits.keys())
    if not pairs:
        raise UnreadableFileError(
            f"{folder} holds no visits: no POI-CITY.csv beside a userVisits-CITY.csv.",
            "Give the folder with the two tables of each city.",
        )
    found = [_read_city(city, places[city], visits[city]) for city in pairs]
    return tuple(sorted(found, key=lambda city: city.name))


def _read_city(short: str, places: Path, visits: Path) -> TourCity:
    attractions: dict[str, Attraction] = {}
    same: dict[str, str] = {}
    for each in _attractions(places, CITIES.get(short, short)):
        # One palace stands in the table of Vienna twice.
        known = next((old.id for old in attractions.values() if _is_one(old, each)), each.id)
        same[each.id] = known
        attractions.setdefault(known, each)
    photographs: dict[tuple[str, str], list[tuple[int, int, str]]] = defaultdict(list)
    seen: dict[str, set[str]] = defaultdict(set)
    rows = _rows(visits, ("userID", "dateTaken", "poiID", "seqID"))
    for number, (person, taken, listed, sequence) in enumerate(rows):
        place = same.get(listed)
        if place is None:
            raise _unreadable(visits, number, f"no place has the number {listed}")
        when = int(_number(taken, visits, number))
        photographs[person, sequence].append((when, number, place))
        seen[person].add(place)
    tours = []
    for (person, sequence), shots in photographs.items():
        stops = tuple(dict.fromkeys(place for _, _, place in sorted(shots)))
        if len(stops) >= LEAST_STOPS:
            tours.append(Tour(f"{short} {sequence}", person, stops))
    if not tours:
        raise UnreadableFileError(
            f"{visits} holds no sequence of {LEAST_STOPS} places.", "Give whole tables."
        )
    return TourCity(
        CITIES.get(short, short),
        attractions,
        tuple(tours),
        {person: frozenset(places) for person, places in seen.items()},
    )


def _is_one(one: Attraction, other: Attraction) -> bool:
    return (one.name, one.position, one.theme) == (other.name, other.position, other.theme)


def _attractions(path: Path, city: str) -> Iterator[Attraction]:
    rows = list(_rows(path, ("poiID", "poiName", "lat", "long", "theme")))
    names = _plain_names([row[1] for row in rows], city)
    for number, (place, _, north, east, theme) in enumerate(rows):
        lat, lon = _number(north, path, number), _number(east, path, number)
        if abs(lat) > 90 or abs(lon) > 180:  # noqa: PLR2004 - the limits of latitude and longitude
            raise _unreadable(path, number, "that is no position on earth")
        yield Attraction(place, names[number], Position(lat, lon), theme)


def _plain_names(raw: Sequence[str], city: str) -> list[str]:
    """Return names as people say them: no underscores, and "(Toronto)" only to tell two apart."""
    aside = re.compile(rf"\s*(\([^()]*\)|,\s*{re.escape(city)})$")
    whole = [" ".join(unquote(name).replace("_", " ").split()) for name in raw]
    brief = [aside.sub("", name) or name for name in whole]
    bearers: dict[str, set[str]] = defaultdict(set)
    for short, name in zip(brief, whole, strict=True):
        bearers[short].add(name)
    return [
        short if len(bearers[short]) == 1 else name
        for short, name in zip(brief, whole, strict=True)
    ]


def _rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield some columns of a table that is separated by semicolons or commas."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            separator = ";" if ";" in head else ","
            columns = next(csv.reader([head], delimiter=separator), [])
            missing = [name for name in needed if name not in columns]
            if missing:
                raise UnreadableFileError(
                    f"{path} has no column {' and no '.join(missing)}.",
                    "Give a table as it was published.",
                )
            take = operator.itemgetter(*(columns.index(name) for name in needed))
            for number, row in enumerate(csv.reader(file, delimiter=separator)):
                if not row:
                    continue
                if len(row) < len(columns):
                    raise _unreadable(path, number, "a value is missing")
                yield tuple(map(str.strip, take(row)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"{path} cannot be read: {error}.") from error


def _number(text: str, path: Path, row: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise _unreadable(path, row, f'"{text[:40]}" is no number') from None


def _unreadable(path: Path, row: int, why: str) -> UnreadableFileError:
    # The header is the first line of the file.
    return UnreadableFileError(
        f"{path} cannot be read, line {row + 2}: {why}.", "Give a table as it was published."
    )
