"""Distances on the ground, vectorised.

Lengths are great-circle lengths on a sphere of OSMnx's radius, so that every figure can be checked
against OSMnx's own. Nearness is judged in a plane that touches the sphere at the point asked
about, which over the few hundred metres to a street is exact to millimetres.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

EARTH_RADIUS_M = 6_371_009.0
METRES_PER_DEGREE = math.radians(1.0) * EARTH_RADIUS_M

Floats: TypeAlias = npt.NDArray[np.float64]


def great_circle(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Return great-circle distances in metres between points given in degrees (haversine)."""
    y1, y2 = np.radians(lat1), np.radians(lat2)
    dx = np.radians(lon2) - np.radians(lon1)
    h = np.sin((y2 - y1) / 2) ** 2 + np.cos(y1) * np.cos(y2) * np.sin(dx / 2) ** 2
    arcs: Floats = 2 * np.arcsin(np.sqrt(np.minimum(1.0, h))) * EARTH_RADIUS_M
    return arcs


def path_length(path: Sequence[tuple[float, float]]) -> float:
    """Return the great-circle length in metres of a run of (lon, lat)."""
    lon, lat = np.array(path, dtype=np.float64).reshape(-1, 2).T
    return float(great_circle(lat[:-1], lon[:-1], lat[1:], lon[1:]).sum())


def bearing(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the compass bearing from one point to another near it, in degrees from north."""
    east = (lon2 - lon1) * math.cos(math.radians((lat1 + lat2) / 2))
    return math.degrees(math.atan2(east, lat2 - lat1)) % 360.0


def plane(lat: Floats, lon: Floats, lat0: float, lon0: float) -> tuple[Floats, Floats]:
    """Project points to metres east and north of (lat0, lon0)."""
    x = (np.asarray(lon) - lon0) * (METRES_PER_DEGREE * math.cos(math.radians(lat0)))
    y = (np.asarray(lat) - lat0) * METRES_PER_DEGREE
    return x, y
