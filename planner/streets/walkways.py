"""Which ways people may walk on, read from OpenStreetMap tags.

``osmnx`` is the walking filter of OSMnx 2.1 (Boeing 2025), which is written as Overpass
conditions: a value is excluded when a regular expression is found **anywhere** in it, so that
``motor`` stands for every motorway and ``no`` for ``foot=unknown`` too.

Walkers know more than that filter: ways that it closes although they are open on foot, such as
cycleways with pavements, squares, piers and ferries, and ways that it leaves open although nobody
may walk there. Both are marked, so that OSMnx's own network can be told apart at any time.
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
    "cycleway": WayKind.PATH,
    "platform": WayKind.FOOTPATH,
    "track": WayKind.TRACK,
    "service": WayKind.SERVICE,
    "corridor": WayKind.INDOOR,
    "elevator": WayKind.INDOOR,
    "escalator": WayKind.STEPS,
}


_OPEN: Final = frozenset({"yes", "designated", "permissive", "official"})
_SHUT: Final = frozenset({"no", "private"})
_NOT_ON_FOOT: Final = re.compile(
    "abandoned|bus_guideway|construction|motor|no|planned|proposed|raceway|razed|rest_area|services"
)
_SIDEWALKS: Final = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
_SQUARES: Final = frozenset({"pedestrian", "footway", "path", "living_street", "platform"})

FERRY_MS: Final = 2.5
"""Metres a second of a ferry that says nothing of its duration: 9 km/h, as of small city boats."""

_CLOCK: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})")
_ISO: Final = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,3})M)?(?:(\d{1,4})S)?")
_MAX_RIDE_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Walkway:
    """What is kept of a way's tags; ``ride_s`` is how long a ferry takes, 0 if that is not said."""

    kind: WayKind
    flags: WayFlag
    name: str
    ride_s: float = 0.0


def in_osmnx(tags: Mapping[str, str]) -> bool:
    """Tell whether OSMnx's walking network holds a way with these tags."""
    if "highway" not in tags:
        return False
    return not any(key in tags and pattern.search(tags[key]) for key, pattern in _EXCLUDES)


def walkway(tags: Mapping[str, str]) -> Walkway | None:
    """Return what walkers should know of a way, ``None`` if it is none of theirs.

    Of its flags, ``BEYOND`` says that OSMnx's network does not hold it and ``CLOSED`` that OSMnx's
    network holds it but nobody may walk there.
    """
    if in_osmnx(tags):
        return _described(tags, WayFlag.CLOSED if _is_shut(tags) else WayFlag(0))
    if _is_opened(tags) or _is_pier(tags):
        return _described(tags, WayFlag.BEYOND)
    if "highway" not in tags and tags.get("route") == "ferry" and not _is_shut(tags):
        name = clean_name(tags.get("name", ""))
        flags = WayFlag.FERRY | WayFlag.BEYOND
        return Walkway(WayKind.STREET, flags, name, duration_s(tags.get("duration", "")))
    return None


def square(tags: Mapping[str, str]) -> Walkway | None:
    """Return what walkers should know of an area that they may cross, ``None`` for other areas."""
    if tags.get("highway") not in _SQUARES or _is_shut(tags):
        return None
    flags = WayFlag.BEYOND
    if tags.get("wheelchair") == "no":
        flags |= WayFlag.WHEELCHAIR_NO
    return Walkway(WayKind.SQUARE, flags, clean_name(tags.get("name", "")))


def _is_shut(tags: Mapping[str, str]) -> bool:
    """Tell whether walkers are kept out; what is said of them goes before what is said of all."""
    foot = tags.get("foot")
    return foot in _SHUT or (foot not in _OPEN and tags.get("access") in _SHUT)


def _is_opened(tags: Mapping[str, str]) -> bool:
    """Tell whether a street that OSMnx leaves out is open to walkers in so many words."""
    return (
        "highway" in tags
        and tags.get("foot") in _OPEN
        and tags.get("area") != "yes"
        and not _NOT_ON_FOOT.search(tags["highway"])
        and not any(tags.get(key) == "separate" for key in _SIDEWALKS)
    )


def _is_pier(tags: Mapping[str, str]) -> bool:
    return (
        tags.get("man_made") == "pier"
        and "highway" not in tags
        and tags.get("area") != "yes"
        and not _is_shut(tags)
    )


def _described(tags: Mapping[str, str], flags: WayFlag) -> Walkway:
    highway = tags.get("highway", "footway")
    kind = _KINDS.get(highway, WayKind.STREET)
    if highway in {"steps", "escalator"}:
        flags |= WayFlag.STEPS
    elif kind is WayKind.FOOTPATH and tags.get("footway") == "crossing":
        kind = WayKind.CROSSING
    if tags.get("wheelchair") == "no":
        flags |= WayFlag.WHEELCHAIR_NO
    return Walkway(kind, flags, clean_name(tags.get("name", "")))


def duration_s(text: str) -> float:
    """Return the seconds that a ``duration`` tag says: ``HH:MM``, minutes, or ISO 8601; else 0."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 4:  # noqa: PLR2004 - up to a week
        seconds = 60.0 * int(text)
    elif clock := _CLOCK.fullmatch(text):
        hours, middle, last = (int(part or 0) for part in clock.groups())
        whole = clock.group(1) is not None
        seconds = 3600 * hours + 60 * middle + last if whole else 3600 * middle + 60 * last
    elif (iso := _ISO.fullmatch(text)) and any(iso.groups()):
        hours, minutes, rest = (int(part or 0) for part in iso.groups())
        seconds = 3600 * hours + 60 * minutes + rest
    else:
        return 0.0
    return float(seconds) if seconds <= _MAX_RIDE_S else 0.0


def clean_name(name: str) -> str:
    """Return a street name without control characters, as one line of bounded length.

    Map data is anybody's text: what could steer a terminal or break a line is dropped.
    """
    words = " ".join(name.split())
    return "".join(char for char in words if char.isprintable())[:MAX_NAME_LENGTH].strip()
