"""Names of the ground out of an OpenStreetMap file: districts, stations, stops.

Many of these are no places of a city file: the boundary of a district that the extract cuts off, or
the points at which trains stop. Their names matter all the same, as hotels, chapels and shops are
called after them: who says "Kamppi" means none of those.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from planner.errors import UnreadableFileError
from planner.library.words import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KEYS = ("boundary", "place", "railway", "public_transport")
_VALUES = {
    "railway": frozenset({"station", "halt", "stop", "tram_stop", "subway_entrance"}),
    "public_transport": frozenset({"station", "stop_area"}),
    "boundary": frozenset({"administrative", "place"}),
    "place": frozenset(
        {"suburb", "neighbourhood", "quarter", "borough", "village", "town", "city_block"}
    ),
}
_NAME = re.compile(r"^(?:(?:alt|loc|short|official|int)_)?name(?::[a-z]{2,3})?$")
_LONGEST = 120
_LEAST_LEVEL = 8


def read_toponyms(
    path: Path, bbox: tuple[float, float, float, float] | None = None
) -> tuple[str, ...]:
    """Return the names of districts, stations and stops in all languages, sorted.

    Parameters
    ----------
    path
        Any file that libosmium reads.
    bbox
        West, south, east, north in degrees: points outside are left out. Boundaries are taken
        wherever they are, as their shape is not built for their name alone.

    Raises
    ------
    UnreadableFileError
        If it cannot be read.
    """
    import osmium
    from osmium.filter import KeyFilter

    names: set[str] = set()
    try:
        named = osmium.FileProcessor(str(path)).with_filter(KeyFilter(*_KEYS))
        for thing in named.with_filter(KeyFilter("name")):
            if bbox is not None and thing.is_node() and not _within(thing.location, bbox):
                continue
            tags = dict(thing.tags)
            if any(tags.get(key) in values for key, values in _VALUES.items()) and _is_near(tags):
                names |= {
                    clean(part, limit=_LONGEST)
                    for key, value in tags.items()
                    if _NAME.match(key)
                    for part in value.split(";")
                }
    except (RuntimeError, OSError, ValueError) as error:
        raise UnreadableFileError(
            f"{path.name} cannot be read as OpenStreetMap data.", "It may be cut off."
        ) from error
    return tuple(sorted(names - {""}))


def _is_near(tags: Mapping[str, str]) -> bool:
    """Whether a thing is no boundary, or that of a town or less."""
    if tags.get("boundary") != "administrative":
        return True
    level = tags.get("admin_level", "")
    return level.isdecimal() and int(level) >= _LEAST_LEVEL


def _within(location: Any, bbox: tuple[float, float, float, float]) -> bool:  # noqa: ANN401 - osmium
    if not location.valid():
        return False
    return bool(bbox[0] <= location.lon <= bbox[2] and bbox[1] <= location.lat <= bbox[3])
