"""How sure a mean is: bootstrap intervals, and paired ones for the difference of two methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DRAWS: Final = 2000
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, between what ends 95 of 100 means of redrawn samples lie, and of how many values."""

    mean: float
    low: float
    high: float
    count: int


def interval(values: Sequence[float], *, seed: int = 0) -> Interval | None:
    """Return the mean of values with its bootstrap interval; ``None`` of none.

    Parameters
    ----------
    values
        One a request.
    seed
        For the draws.
    """
    sample = np.asarray(values, dtype=np.float64)
    if not len(sample):
        return None
    low, high = _between(sample, seed)
    return Interval(float(sample.mean()), low, high, len(sample))


def paired(ours: Sequence[float], theirs: Sequence[float], *, seed: int = 0) -> Interval | None:
    """Return the mean difference of two methods over the same requests, with its interval.

    Parameters
    ----------
    ours, theirs
        One value a request, in the same order.
    seed
        For the draws.

    Raises
    ------
    ValueError
        If they are not of the same requests.
    """
    if len(ours) != len(theirs):
        raise ValueError("two methods must be compared over the same requests")
    return interval([a - b for a, b in zip(ours, theirs, strict=True)], seed=seed)


def _between(sample: NDArray[np.float64], seed: int) -> tuple[float, float]:
    draws = np.random.default_rng(seed).integers(0, len(sample), size=(DRAWS, len(sample)))
    means = sample[draws].mean(axis=1)
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)
