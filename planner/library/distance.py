"""Distances between places of one town."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.domain import Position

METRES_A_DEGREE = 111_195.0
"""Metres a degree of latitude, on a sphere of 6,371 km."""
_EARTH_RADIUS_KM = 6371.009


def metres_apart(one: Position, other: Position) -> float:
    """Return the distance of two near positions in metres, on a flat map true around them."""
    middle = math.radians((one.lat + other.lat) / 2)
    across = (one.lon - other.lon) * math.cos(middle)
    return math.hypot(one.lat - other.lat, across) * METRES_A_DEGREE


def box_around(lat: float, lon: float, radius_km: float) -> tuple[float, float, float, float]:
    """Return the box (west, south, east, north) that holds a circle."""
    north = math.degrees(radius_km / _EARTH_RADIUS_KM)
    east = north / max(math.cos(math.radians(lat)), 0.01)
    return lon - east, lat - north, lon + east, lat + north
