"""One walk of one method, measured; and what many of them come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from planner.evaluation.resampling import interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MEASURES: Final = ("rr", "precision", "f1", "pairs_f1", "am", "ol", "ol_walked", "fr")
"""What the suites measure, by the names of the published JSON."""
FURTHER: Final = ("walk_m", "served", "broken", "stops")


class Measured(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one method made of one request.

    A measure is ``None`` where it says nothing: a walk without stops has no order, and only who
    names places in words can fail to.

    Attributes
    ----------
    request
        Which one.
    stops
        Ids of the places, in order.
    rr, precision, f1, pairs_f1
        Agreement with the walk that somebody made.
    am
        Metres for each stop beyond the shortest order.
    ol, ol_walked
        Crossings of the straight lines between the stops, and of the way on foot.
    fr
        The share of the names given that no place has.
    walk_m
        Metres on foot.
    served
        The share of the wishes that some stop answers.
    broken
        How many promises the walk breaks: doors closed, hours passed.
    seconds, prompt, cached, completion
        What it cost.
    """

    request: str
    stops: tuple[str, ...] = ()
    rr: float | None = None
    precision: float | None = None
    f1: float | None = None
    pairs_f1: float | None = None
    am: float | None = None
    ol: float | None = None
    ol_walked: float | None = None
    fr: float | None = None
    walk_m: float | None = None
    served: float | None = None
    broken: float | None = None
    seconds: float = 0.0
    prompt: int = 0
    cached: int = 0
    completion: int = 0


class MethodRow(msgspec.Struct, frozen=True):
    """A method over many requests: means, and between what the interval of each lies."""

    group: str
    method: str
    requests: int
    rr: float | None
    precision: float | None
    f1: float | None
    pairs_f1: float | None
    am: float | None
    ol: float | None
    ol_walked: float | None
    fr: float | None
    walk_m: float | None
    served: float | None
    broken: float | None
    seconds: float
    tokens: float
    intervals: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Results:
    """All that a suite measured: by group (a city) and method, over requests in one order."""

    suite: str
    by: Mapping[tuple[str, str], Sequence[Measured]]

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, in the order in which they came."""
        return tuple(dict.fromkeys(group for group, _ in self.by))

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods, in the order in which they came."""
        return tuple(dict.fromkeys(method for _, method in self.by))

    def of(self, method: str) -> list[Measured]:
        """Return what a method made of the requests of all groups."""
        return [each for (_, name), rows in self.by.items() if name == method for each in rows]

    def rows(self) -> list[MethodRow]:
        """Return a row for each method of each group."""
        return [summed_up(group, method, rows) for (group, method), rows in self.by.items()]


def summed_up(group: str, method: str, rows: Sequence[Measured]) -> MethodRow:
    """Return the means of a method over requests."""
    found = {name: interval(values(rows, name)) for name in (*MEASURES, *FURTHER[:-1])}
    means: dict[str, float | None] = {
        name: None if each is None else each.mean for name, each in found.items()
    }
    count = max(len(rows), 1)
    return MethodRow(
        group=group,
        method=method,
        requests=len(rows),
        seconds=sum(row.seconds for row in rows) / count,
        tokens=sum(row.prompt + row.completion for row in rows) / count,
        intervals={name: (each.low, each.high) for name, each in found.items() if each is not None},
        **means,
    )


def values(rows: Iterable[Measured], name: str) -> list[float]:
    """Return what is known of a measure, one value a request that has one."""
    found = (getattr(row, name) for row in rows)
    return [float(value) for value in found if value is not None]


def same_requests(
    ours: Sequence[Measured], theirs: Sequence[Measured], name: str
) -> tuple[list[float], list[float]]:
    """Return a measure of two methods over the requests that both have it for, in one order."""
    other = {row.request: getattr(row, name) for row in theirs}
    pairs = [
        (float(value), float(other[row.request]))
        for row in ours
        if (value := getattr(row, name)) is not None and other.get(row.request) is not None
    ]
    return [one for one, _ in pairs], [two for _, two in pairs]
