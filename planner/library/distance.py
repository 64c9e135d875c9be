"""Distances between places of one town."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.domain import Position

METRES_A_DEGREE = 111_195.0
"""Metres a degree of latitude, on a sphere of 6,371 km."""


def metres_apart(one: Position, other: Position) -> float:
    """Return the distance of two near positions in metres, on a flat map true around them."""
    middle = math.radians((one.lat + other.lat) / 2)
    across = (one.lon - other.lon) * math.cos(middle)
    return math.hypot(one.lat - other.lat, across) * METRES_A_DEGREE
