"""A given sequence of stops, timed in the best way, in plain Python.

Slow and simple beside the compiled search; for callers that need the best options and times of one
sequence, and for what the search hands out.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planner.spatial.orienteering.instance import Instance


MOST_PARTS = 500
"""Ways to come to a stop that are followed; without late doors there are far fewer."""


@dataclass(frozen=True, slots=True)
class Timing:
    """A sequence with its options and times; see :class:`~.instance.Solution` for the fields."""

    sequence: tuple[int, ...]
    options: tuple[int, ...]
    arrive: tuple[int, ...]
    enter: tuple[int, ...]
    depart: tuple[int, ...]
    finish: int
    value: float


@dataclass(frozen=True, slots=True)
class _Part:
    options: tuple[int, ...] = ()
    arrive: tuple[int, ...] = ()
    enter: tuple[int, ...] = ()
    depart: tuple[int, ...] = ()
    value: float = 0.0

    @property
    def time(self) -> int:
        return self.depart[-1] if self.depart else 0


def in_order(instance: Instance, sequence: Sequence[int]) -> bool:
    """Whether a sequence keeps every rule that does not speak of time or presence."""
    n = len(sequence)
    if len(set(sequence)) != n:
        return False
    path = (instance.start, *sequence, instance.end)
    if not all(instance.may_follow(a, b) for a, b in itertools.pairwise(path)):
        return False
    for position, i in enumerate(sequence):
        node = instance.nodes[i]
        low = node.min_position or 0
        high = n if node.max_position is None else node.max_position
        if not low <= position <= high:
            return False
        last = position == n - 1
        if (node.last_only and not last) or (node.not_last and last):
            return False
    place = {i: position for position, i in enumerate(sequence)}
    return all(
        max((place[i] for i in first if i in place), default=-1)
        < min((place[i] for i in second if i in place), default=n)
        for first, second in instance.before
    )


def complete(instance: Instance, sequence: Sequence[int]) -> bool:
    """Whether a sequence has everything it must have, and nothing too often."""
    chosen = set(sequence)
    if len(chosen) < instance.min_stops:
        return False
    if instance.max_stops is not None and len(chosen) > instance.max_stops:
        return False
    if any(node.required and i not in chosen for i, node in enumerate(instance.nodes)):
        return False
    for group in instance.groups:
        count = len(group.members & chosen)
        if count < group.at_least or (group.cap is not None and count > group.cap):
            return False
    return True


def time(
    instance: Instance, sequence: Sequence[int], options: Sequence[int | None] | None = None
) -> Timing | None:
    """Return a sequence with the options that make it worth most.

    Parameters
    ----------
    instance
        The problem.
    sequence
        Nodes in order.
    options
        The option to take at each stop, where one is given and not ``None``.

    Returns
    -------
    :
        ``None`` if the sequence breaks a rule or cannot be walked in time.
    """
    if not (in_order(instance, sequence) and complete(instance, sequence)):
        return None
    parts = [_Part()]
    here = instance.start
    opens = _opens(instance, sequence)
    for position, i in enumerate(sequence):
        fixed = None if options is None else options[position]
        step = int(instance.seconds[here, i])
        cost = float(instance.arc_cost[here, i])
        parts = _best(
            [
                longer
                for part in parts
                for k in range(len(instance.nodes[i].options))
                if fixed is None or k == fixed
                if (longer := _visit(instance, part, i, k, step, cost)) is not None
            ],
            instance,
            opens[position + 1],
        )
        here = i
    home = int(instance.seconds[here, instance.end])
    done = [part for part in parts if part.time + home <= instance.budget_s]
    if not done:
        return None
    best = min(done, key=lambda part: (-part.value, part.time, part.options))
    chosen = frozenset(sequence)
    worth = sum(group.worth(len(group.members & chosen)) for group in instance.groups)
    return Timing(
        sequence=tuple(sequence),
        options=best.options,
        arrive=best.arrive,
        enter=best.enter,
        depart=best.depart,
        finish=best.time + home,
        value=best.value - float(instance.arc_cost[here, instance.end]) + worth,
    )


def inserted(instance: Instance, sequence: Sequence[int], i: int) -> Timing | None:
    """Return the best walk that has one more stop and the others in their order.

    ``None`` if there is no place for it.
    """
    found = [
        timing
        for p in range(len(sequence) + 1)
        if (timing := time(instance, (*sequence[:p], i, *sequence[p:]))) is not None
    ]
    return _worth_most(found)


def replaced(
    instance: Instance, sequence: Sequence[int], position: int, others: Iterable[int]
) -> list[Timing]:
    """Return the walks with another stop in the place of one, the best first.

    Parameters
    ----------
    instance
        The problem.
    sequence
        Nodes in order.
    position
        The stop that gives way, counted from 0.
    others
        Nodes that may take its place; those on the walk already are passed over.
    """
    found = [
        timing
        for i in others
        if i not in sequence
        if (timing := time(instance, (*sequence[:position], i, *sequence[position + 1 :])))
        is not None
    ]
    return sorted(found, key=lambda timing: (-timing.value, timing.sequence))


def _worth_most(found: Sequence[Timing]) -> Timing | None:
    return min(found, key=lambda timing: (-timing.value, timing.sequence), default=None)


def _visit(instance: Instance, part: _Part, i: int, k: int, step: int, cost: float) -> _Part | None:
    option = instance.nodes[i].options[k]
    arrive = part.time + step
    enter = max(arrive, option.earliest)
    wait = enter - arrive
    if enter > option.latest or enter + option.stay > instance.budget_s:
        return None
    if instance.max_wait_s is not None and wait > instance.max_wait_s:
        return None
    return _Part(
        (*part.options, k),
        (*part.arrive, arrive),
        (*part.enter, enter),
        (*part.depart, enter + option.stay),
        part.value + option.prize - cost - instance.wait_cost * wait,
    )


def _opens(instance: Instance, sequence: Sequence[int]) -> list[int]:
    """Return, for each stop and the end, when the last door from there on has opened."""
    opens = [0]
    for i in reversed(sequence):
        opens.append(max(opens[-1], *(option.earliest for option in instance.nodes[i].options)))
    return opens[::-1]


def _best(parts: list[_Part], instance: Instance, opens: int) -> list[_Part]:
    """Drop what is later and worth no more.

    While a door may still open, to be early can mean to wait longer, or too long.
    """
    parts.sort(key=lambda part: (part.time, -part.value, part.options))
    kept: list[_Part] = []
    longest = opens if instance.max_wait_s is None else instance.max_wait_s
    rate = instance.wait_cost
    # The best of those that may wait for a door, waiting added; and of those that need not.
    early = late = -math.inf
    for part in parts:
        surely = max(early - rate * min(part.time, opens), late)
        if surely >= part.value or (kept and kept[-1].time == part.time):
            continue
        kept.append(part)
        if part.time >= opens:
            late = max(late, part.value)
        elif part.time >= opens - longest:
            early = max(early, part.value + rate * part.time)
    # Doors that open late can leave more ways to come there than are worth following.
    return kept if len(kept) <= MOST_PARTS else sorted(kept, key=_promise)[:MOST_PARTS]


def _promise(part: _Part) -> tuple[float, int, tuple[int, ...]]:
    return -part.value, part.time, part.options
