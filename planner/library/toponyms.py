"""Names of the ground out of an OpenStreetMap file: districts, stations, stops.

Many of these are no places of a city file: the boundary of a district that the extract cuts off, or
the points at which trains stop. Their names matter all the same, as hotels, chapels and shops are
called after them: who says "Kamppi" means none of those.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.errors import UnreadableFileError
from planner.library.words import clean

if TYPE_CHECKING:
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


def read_toponyms(path: Path) -> tuple[str, ...]:
    """Return the names of districts, stations and stops in all languages, sorted.

    Parameters
    ----------
    path
        Any file that libosmium reads.

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
            tags = dict(thing.tags)
            if any(tags.get(key) in values for key, values in _VALUES.items()):
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
