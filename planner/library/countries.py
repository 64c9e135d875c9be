"""Which country's public holidays hold at a place, kept with a city so that it is known at once.

Finding a country by its borders takes opening-hours-py a good part of a second in every process.
A city file therefore notes the country of every cell of a hundredth of a degree that holds a
place. The country is told by its calendar: two places with the same holidays need no telling apart.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import string
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planner.domain import Position

Cell: TypeAlias = tuple[float, float]

NOWHERE = ""
"""The country of a place whose holidays nobody knows."""
_SPAN = dt.datetime(2020, 1, 1), dt.datetime(2035, 1, 1)
# The middle and the corners of a cell.
_CELL = ((0.0, 0.0), (-0.005, -0.005), (-0.005, 0.005), (0.005, -0.005), (0.005, 0.005))
_CODE = re.compile(r"(?:[A-Z]{2})?")
_LONGEST_NOTE = 1_000_000
# What opened cities noted; the same cell always has the same country.
_NOTED: dict[Cell, str] = {}


def _cell_of(position: Position) -> Cell:
    """Return the cell of a position: latitude and longitude to a hundredth of a degree."""
    return round(position.lat, 2), round(position.lon, 2)


def country_at(position: Position) -> str | None:
    """Return the ISO code noted for a place, :data:`NOWHERE`, or ``None`` if none was noted."""
    return _NOTED.get(_cell_of(position))


def note_of(positions: Iterable[Position]) -> str:
    """Return what a city file should note: the country of every cell, as JSON.

    Cells that a border may cross are left out: there every place is looked up by itself.
    """
    calendars = _calendars()
    cells: dict[str, list[Cell]] = {}
    for cell in sorted({_cell_of(position) for position in positions}):
        points = ((cell[0] + down, cell[1] + over) for down, over in _CELL)
        codes = {calendars.get(_calendar_at(round(x, 3), round(y, 3)), NOWHERE) for x, y in points}
        if len(codes) == 1:
            cells.setdefault(codes.pop(), []).append(cell)
    return json.dumps(cells, separators=(",", ":"))


def remember(note: str | None) -> None:
    """Take in what a city file notes; whatever is no such note is left aside."""
    if not note or len(note) > _LONGEST_NOTE:
        return
    try:
        cells: Mapping[str, list[list[float]]] = json.loads(note)
        found = {
            (float(lat), float(lon)): code
            for code, places in cells.items()
            for lat, lon in places
            if _CODE.fullmatch(code)
        }
    except (ValueError, TypeError, AttributeError, RecursionError):
        return
    _NOTED.update(found)


@lru_cache(maxsize=4096)
def _calendar_at(lat: float, lon: float) -> tuple[dt.datetime, ...]:
    return _holidays(coords=(lat, lon), auto_timezone=False)


@lru_cache(maxsize=1)
def _calendars() -> Mapping[tuple[dt.datetime, ...], str]:
    """Return for the holidays of every country that the library knows its code."""
    found: dict[tuple[dt.datetime, ...], str] = {}
    for letters in product(string.ascii_uppercase, repeat=2):
        code = "".join(letters)
        holidays = _holidays(country=code)
        if holidays:
            found.setdefault(holidays, code)
    return found


def _holidays(**where: Any) -> tuple[dt.datetime, ...]:  # noqa: ANN401 - the library's own options
    """Return the public holidays of some years, none where the library knows no calendar."""
    from opening_hours import OpeningHours

    try:
        runs = OpeningHours("PH", **where).intervals(*_SPAN)
        return tuple(
            moment.replace(tzinfo=None)
            for begin, end, state, _note in runs
            if str(state) == "open"
            for moment in (begin, end)
        )
    except Exception:  # noqa: BLE001 - it raises several kinds, all for a code it does not know
        return ()
