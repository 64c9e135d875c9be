"""What a planner is held against: walks by chance, by popularity, by nearness, and the paper's IP.

None of these reads the request: they know where the walk begins and ends, how many stops it has or
how long it may take, and how popular each place is.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.spatial.orienteering.instance import NO_WAY, Instance, Node, VisitOption
from planner.spatial.orienteering.solver import search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NAMES: Final = ("random", "most popular", "nearest neighbour", "IP")
"""As they stand in tables, in the order in which they stand there."""
SECONDS: Final = 0.3
"""How long the orienteering problem is searched where nothing is proven before."""
_UTILITY: Final = 100.0


@dataclass(frozen=True, slots=True)
class Field:
    """What may be chosen from, and what a walk has to keep to.

    Attributes
    ----------
    metres
        On foot between the places, then from and to the start and the end where those are given.
    popularity
        One for each place.
    stays
        Usual ones, in seconds.
    start, end
        Rows of the given ends.
    stops
        How many exactly; ``None`` for as many as the time allows.
    budget_s
        The time.
    speed_ms
        On foot.
    """

    metres: NDArray[np.float64]
    popularity: tuple[float, ...]
    stays: tuple[int, ...]
    start: int | None
    end: int | None
    stops: int | None
    budget_s: int
    speed_ms: float

    def __len__(self) -> int:
        return len(self.popularity)

    def elapsed(self, order: Sequence[int]) -> float:
        """Return the seconds that a walk takes, ways and usual stays."""
        ends = ([] if self.start is None else [self.start], [] if self.end is None else [self.end])
        path = [*ends[0], *order, *ends[1]]
        ways = sum(self.metres[a, b] for a, b in itertools.pairwise(path))
        return float(ways) / self.speed_ms + sum(self.stays[i] for i in order)


def chosen(name: str, field: Field, *, draw: str, seed: int = 0) -> tuple[int, ...]:
    """Return the walk of a rival, as rows of a field.

    Parameters
    ----------
    name
        One of :data:`NAMES`.
    field
        What may be chosen from.
    draw
        Seed of the draw by chance, another one for each request.
    seed
        Seed of the search for the most popularity in the time.

    Raises
    ------
    ValueError
        If there is no rival of that name.
    """
    match name:
        case "random":
            return at_random(field, draw)
        case "most popular":
            return most_popular(field)
        case "nearest neighbour":
            return nearest(field)
        case "IP":
            return orienteering(field, seed=seed)
    raise ValueError(f"There is no rival {name!r}; there are {', '.join(NAMES)}.")


def at_random(field: Field, seed: str) -> tuple[int, ...]:
    """Visit places in an order drawn by chance."""
    order = list(range(len(field)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a draw of places, no secret
    return _fill(field, order)


def most_popular(field: Field) -> tuple[int, ...]:
    """Visit the most popular places, the most popular first."""
    return _fill(field, sorted(range(len(field)), key=lambda i: (-field.popularity[i], i)))


def nearest(field: Field) -> tuple[int, ...]:
    """Go to the nearest place each time; without a start, from the most popular one."""
    left = set(range(len(field)))
    order: list[int] = []
    here = field.start
    while left:
        if here is None:
            step = max(left, key=lambda i: (field.popularity[i], -i))
        else:
            way = field.metres[here]
            step = min(left, key=lambda i: (way[i], i))
        left.remove(step)
        order.append(step)
        here = step
    return _fill(field, order)


def orienteering(field: Field, *, seconds: float = SECONDS, seed: int = 0) -> tuple[int, ...]:
    """Solve the paper's IP: the most popularity in the time (orienteering).

    Nothing in it speaks of the length of a walk that fits. Where the number of stops does not fit
    into the time at all, the time is that of the nearest-neighbour walk.
    """
    beside = nearest(field)
    budget = field.budget_s
    if field.stops is not None:
        budget = max(budget, int(field.elapsed(beside)) + 60 * len(beside))
    size = len(field)
    most = max(field.popularity, default=0.0) or 1.0
    rows = [*range(size), field.start, field.end]
    steps = np.zeros((size + 2, size + 2), dtype=np.int64)
    for a, origin in enumerate(rows):
        for b, target in enumerate(rows):
            if origin is not None and target is not None and a != b:
                metres = field.metres[origin, target]
                found = np.isfinite(metres)
                steps[a, b] = round(metres / field.speed_ms) if found else NO_WAY
    nodes = tuple(
        Node((VisitOption(0, budget - stay, stay, _UTILITY * worth / most),))
        if budget > stay
        else Node(())
        for stay, worth in zip(field.stays, field.popularity, strict=True)
    )
    instance = Instance(
        nodes=nodes,
        seconds=steps,
        arc_cost=np.zeros((size + 2, size + 2)),
        budget_s=budget,
        min_stops=min(field.stops or 0, size),
        max_stops=field.stops,
    )
    solution = search(instance, seconds=seconds, seed=seed).solution
    return beside if solution is None else solution.sequence


def _fill(field: Field, order: Sequence[int]) -> tuple[int, ...]:
    """Take so many from an order, or what fits into the time behind what was taken."""
    if field.stops is not None:
        return tuple(order[: field.stops])
    taken: list[int] = []
    for each in order:
        if field.elapsed([*taken, each]) <= field.budget_s:
            taken.append(each)
    return tuple(taken)
