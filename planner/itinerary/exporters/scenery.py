"""What lies around a walk on its map: streets, water, parks, squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Line: TypeAlias = "tuple[tuple[float, float], ...]"
"""A run of (lon, lat) in degrees."""
Area: TypeAlias = "tuple[Line, ...]"
"""The rims of one area, its holes among them."""


@dataclass(frozen=True, slots=True)
class Scenery:
    """The city around a walk; all of it is only drawn where it can be seen."""

    streets: tuple[Line, ...] = ()
    water: tuple[Area, ...] = ()
    parks: tuple[Area, ...] = ()
    squares: tuple[Area, ...] = ()
    shores: tuple[Line, ...] = ()
    rivers: tuple[Line, ...] = ()
