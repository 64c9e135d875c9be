"""The exact teacher: the best sequence there is, of any intents and any places within reach.

The table policy proposes sequences before it knows of places. The teacher looks at both at once:
every order of up to four intents, each at every place on offer, is worth looking at unless it is
known that nothing behind it can beat what was found (branch and bound). It is slower than the
policy, and what it finds is what the policy is measured by, and what a student is taught.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from planner.guidance.fitting import KM_COST, WAIT_COST, factor
from planner.intents.policy import LEAST, LONGEST, alone, behind, out_of_order, share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.intents.context import Context
    from planner.intents.vocabulary import Intent
    from planner.itinerary.schedule import WalkProblem

GRID_MIN = 10
"""Minutes between the times at which an upper bound looks at a weight."""
GRID_SLACK = 1.08
"""How much more a weight may be between two of these times."""


Times: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Taught:
    """What the teacher found best.

    Attributes
    ----------
    keys, visits
        The intents and the visits that serve them, in order.
    times
        For each, the seconds of walking there, when the stay begins and when it ends.
    value
        What the walk is worth by the table.
    nodes
        How many beginnings of walks were looked at.
    whole
        Whether all were, so that nothing better is left.
    """

    keys: tuple[str, ...]
    visits: tuple[int, ...]
    times: tuple[Times, ...]
    value: float
    nodes: int
    whole: bool


@dataclass(frozen=True, slots=True)
class _Begun:
    """The beginning of a walk and what it is worth."""

    value: float = 0.0
    keys: tuple[str, ...] = ()
    visits: tuple[int, ...] = ()
    times: tuple[Times, ...] = ()


_NOTHING = _Begun()


class Teacher:
    """One search over intents and places.

    Parameters
    ----------
    problem
        The places as visits.
    intents
        For each visit, the intents that it may serve.
    context
        When and in which circumstances.
    most_nodes
        After so many beginnings of walks, the search gives up being whole.
    """

    def __init__(
        self,
        problem: WalkProblem,
        intents: Sequence[Sequence[Intent]],
        context: Context,
        *,
        most_nodes: int = 200_000,
    ) -> None:
        self.problem = problem
        self.context = context
        self.most_nodes = most_nodes
        self.nodes = 0
        self.pairs = [(i, intent) for i, served in enumerate(intents) for intent in served]
        self.factors = [factor(visit.candidate.score) for visit in problem.visits]
        self.limits = self._limits()
        self._weights: dict[tuple[str, int], float] = {}
        self._best = _NOTHING

    def best(self, known: float = 0.0) -> Taught:
        """Return the best walk.

        Parameters
        ----------
        known
            The value of a walk that is known already; what is worth less is not looked for.
        """
        self._best = _Begun(known - 1e-9)
        self._from(0, self.problem.start, _NOTHING)
        best = self._best
        whole = self.nodes < self.most_nodes
        return Taught(best.keys, best.visits, best.times, max(best.value, 0.0), self.nodes, whole)

    def _limits(self) -> Mapping[str, float]:
        """Return for each intent what it can be worth at most, at its best place and time."""
        found: dict[str, float] = {}
        times = [
            self.context.now + dt.timedelta(minutes=minute)
            for minute in range(0, self.context.left_min, GRID_MIN)
        ]
        for i, intent in self.pairs:
            highest = max(
                alone(intent, self.context, at) * share(intent, self.context, at, intent.minutes[1])
                for at in times
            )
            limit = GRID_SLACK * highest * self.factors[i]
            found[intent.key] = max(found.get(intent.key, 0.0), limit)
        return found

    def _bound(self, keys: tuple[str, ...], steps: int) -> float:
        left = sorted((v for key, v in self.limits.items() if key not in keys), reverse=True)
        return sum(left[:steps])

    def _from(self, now: int, here: int | None, begun: _Begun) -> None:
        steps = LONGEST - len(begun.keys)
        if not steps or self.nodes >= self.most_nodes:
            return
        if begun.value + self._bound(begun.keys, steps) <= self._best.value:
            return
        reached = [
            (gained, i, intent.key, times)
            for i, intent in self.pairs
            if i not in begun.visits
            and intent.key not in begun.keys
            and not out_of_order(begun.keys, intent)
            and (found := self._visit(i, intent, now, here, begun.keys)) is not None
            for gained, times in (found,)
        ]
        # The most promising first, so that what cannot be better is known soon.
        for gained, i, key, times in sorted(reached, key=lambda each: (-each[0], *each[1:3])):
            self.nodes += 1
            more = _Begun(
                begun.value + gained,
                (*begun.keys, key),
                (*begun.visits, i),
                (*begun.times, times),
            )
            if more.value + self._bound(more.keys, steps - 1) <= self._best.value:
                continue
            if more.value > self._best.value and self.problem.tastes(more.visits):
                self._best = more
            self._from(times[2], i, more)

    def _visit(
        self, i: int, intent: Intent, now: int, here: int | None, keys: tuple[str, ...]
    ) -> tuple[float, Times] | None:
        """Return what a visit adds and its times, if it can be made for that intent."""
        problem = self.problem
        step = 0 if here is None else problem.seconds[here][i]
        if step is None or i in problem.unreachable:
            return None
        arrive = now + step
        for stay in dict.fromkeys(problem.visits[i].stays[1::-1]):
            enter = problem.entry(i, arrive, stay)
            if enter is None or enter + stay > problem.budget_s:
                continue
            if problem.max_wait_s is not None and enter - arrive > problem.max_wait_s:
                continue
            at = self.context.now + dt.timedelta(minutes=enter // 60)
            weight = self._weight(intent, enter // 60, at)
            weight *= behind(intent, (*self.context.done, *keys))
            if weight < LEAST:
                return None
            metres = 0.0 if here is None else problem.leg_m(here, i)
            gained = weight * share(intent, self.context, at, stay // 60) * self.factors[i]
            gained -= KM_COST * metres / 1000 + WAIT_COST * (enter - arrive) / 3600
            return (gained, (step, enter, enter + stay)) if gained > 0 else None
        return None

    def _weight(self, intent: Intent, minute: int, at: dt.datetime) -> float:
        key = (intent.key, minute)
        if key not in self._weights:
            self._weights[key] = alone(intent, self.context, at)
        return self._weights[key]
