"""Which ways people may walk on, read from OpenStreetMap tags.

``osmnx`` is the walking filter of OSMnx 2.1 (Boeing 2025), which is written as Overpass
conditions: a value is excluded when a regular expression is found **anywhere** in it, so that
``motor`` stands for every motorway and ``no`` for ``foot=unknown`` too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from planner.streets.network import WayFlag, WayKind

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME_LENGTH: Final = 200

OSMNX_EXCLUDES: Final[Mapping[str, str]] = {
    "area": "yes",
    "access": "private",
    "highway": (
        "abandoned|bus_guideway|construction|cycleway|motor|no|planned|"
        "platform|proposed|raceway|razed|rest_area|services"
    ),
    "foot": "no",
    "service": "private",
    "sidewalk": "separate",
    "sidewalk:both": "separate",
    "sidewalk:left": "separate",
    "sidewalk:right": "separate",
}
_EXCLUDES: Final = tuple((key, re.compile(value)) for key, value in OSMNX_EXCLUDES.items())

_KINDS: Final[Mapping[str, WayKind]] = {
    "footway": WayKind.FOOTPATH,
    "steps": WayKind.STEPS,
    "pedestrian": WayKind.PEDESTRIAN,
    "path": WayKind.PATH,
    "bridleway": WayKind.PATH,
    "track": WayKind.TRACK,
    "service": WayKind.SERVICE,
    "corridor": WayKind.INDOOR,
    "elevator": WayKind.INDOOR,
    "escalator": WayKind.STEPS,
}


@dataclass(frozen=True, slots=True)
class Walkway:
    """What is kept of a way's tags."""

    kind: WayKind
    flags: WayFlag
    name: str


def in_osmnx(tags: Mapping[str, str]) -> bool:
    """Tell whether OSMnx's walking network holds a way with these tags."""
    if "highway" not in tags:
        return False
    return not any(key in tags and pattern.search(tags[key]) for key, pattern in _EXCLUDES)


def walkway(tags: Mapping[str, str]) -> Walkway:
    """Return what walkers should know of a way that is in the network."""
    highway = tags.get("highway", "")
    kind = _KINDS.get(highway, WayKind.STREET)
    flags = WayFlag(0)
    if highway in {"steps", "escalator"}:
        flags |= WayFlag.STEPS
    elif kind is WayKind.FOOTPATH and tags.get("footway") == "crossing":
        kind = WayKind.CROSSING
    if tags.get("wheelchair") == "no":
        flags |= WayFlag.WHEELCHAIR_NO
    return Walkway(kind, flags, clean_name(tags.get("name", "")))


def clean_name(name: str) -> str:
    """Return a street name without control characters, as one line of bounded length.

    Map data is anybody's text: what could steer a terminal or break a line is dropped.
    """
    words = " ".join(name.split())
    return "".join(char for char in words if char.isprintable())[:MAX_NAME_LENGTH].strip()
