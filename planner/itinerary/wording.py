"""Lengths of time and names, as reasons say them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def span(seconds: int, *, up: bool = True) -> str:
    """Write a length in hours and minutes; what is needed is rounded up.

    Parameters
    ----------
    seconds
        The length.
    up
        Whether a started minute counts whole.
    """
    minutes = math.ceil(seconds / 60) if up else round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h" if not rest else f"{hours} h {rest} min"


def walked(metres: float) -> str:
    """Write a way on foot: to ten metres, and to a tenth of a kilometre from one on."""
    tens = 10 * round(metres / 10)
    return f"{tens} m" if tens < 1000 else f"{metres / 1000:.1f} km"  # noqa: PLR2004 - a kilometre


def listed(names: Sequence[str]) -> str:
    """Write names one after the other, the last with an "and"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def closed_as(name: str, reason: str) -> str:
    """Say of a place that it is closed on Mondays, or that it closes at five."""
    return f"{name} {reason}" if reason.startswith("closes") else f"{name} is {reason}"
