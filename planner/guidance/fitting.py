"""A sequence of intents fitted to places: every choice is looked at, so the best one is known.

A sequence has at most four intents with a few places each, some hundred walks in all. They are
walked depth first, each stop as early as it can be, and what is worth most by the table is kept.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.intents.policy import behind, worth
from planner.itinerary.schedule import DayWalk, settle, timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from planner.intents.context import Context
    from planner.intents.policy import Sequence as IntentSequence
    from planner.itinerary.schedule import Timeline, WalkProblem

KM_COST = 0.3
"""What a kilometre on foot takes off, in units of the table's value."""
WAIT_COST = 1.0
"""What an hour before a closed door takes off."""
PLACE_SHARE = 0.6
"""How much of an intent's worth depends on the place that serves it."""
USED = 0.4
"""What a place keeps of its own worth that another alternative already leads to."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Places for a sequence, in its order.

    Attributes
    ----------
    visits
        Indices of visits; the first of them for the first intent, and so on.
    worths
        What each adds, its way taken off.
    """

    visits: tuple[int, ...]
    worths: tuple[float, ...]

    @property
    def value(self) -> float:
        """What the walk is worth by the table."""
        return sum(self.worths)


def fit(
    problem: WalkProblem,
    sequence: IntentSequence,
    context: Context,
    *,
    layers: Sequence[Sequence[int]],
    used: frozenset[str] = frozenset(),
    whole: bool = False,
) -> Fit | None:
    """Return the best places for a sequence of intents, or for as much of it as can be done.

    Parameters
    ----------
    problem
        The places as visits.
    sequence, context
        What is to be done, and when.
    layers
        For each intent of the sequence, the visits that serve it.
    used
        Ids of places that another alternative leads to; others are preferred.
    whole
        Whether all of it must be done, even where less would be worth more.
    """
    return _Search(problem, sequence, context, layers, used).best(len(layers) if whole else 1)


class Feasibility:
    """Says of beginnings of sequences whether there are places at which they can be carried out.

    What is known of a beginning is kept, so that each longer one asks for its last intent alone.

    Parameters
    ----------
    problem
        The places as visits.
    context
        When, and in which circumstances.
    serving
        For each intent, the visits that serve it.
    steps
        Intents as a sequence; its times are not looked at.
    """

    def __init__(
        self,
        problem: WalkProblem,
        context: Context,
        serving: Mapping[str, Sequence[int]],
        steps: Callable[[Sequence[str]], IntentSequence],
    ) -> None:
        self._problem, self._context = problem, context
        self._serving, self._steps = serving, steps
        self._walks: dict[tuple[str, ...], list[tuple[tuple[int, ...], int]]] = {
            (): [((), 0)],
        }

    def __call__(self, keys: tuple[str, ...], *, complete: bool) -> bool:
        """Whether intents in their order can be carried out.

        Parameters
        ----------
        keys
            The intents.
        complete
            Whether nothing follows them; a rule of taste for the last stop holds only then.
        """
        walks = self._reached(keys)
        return any(self._problem.tastes(visits, complete=complete) for visits, _ in walks)

    def _reached(self, keys: tuple[str, ...]) -> list[tuple[tuple[int, ...], int]]:
        """Return the places of every walk through some intents, and when it leaves the last."""
        if keys in self._walks:
            return self._walks[keys]
        layer = len(keys) - 1
        layers = [self._serving.get(key, ()) for key in keys]
        search = _Search(self._problem, self._steps(keys), self._context, layers, frozenset())
        found = [
            ((*visits, i), leaves)
            for visits, now in self._reached(keys[:-1])
            for i, _, leaves in search.following(layer, now, visits)
        ]
        self._walks[keys] = found
        return found


class _Search:
    """One search through the places of one sequence."""

    def __init__(
        self,
        problem: WalkProblem,
        sequence: IntentSequence,
        context: Context,
        layers: Sequence[Sequence[int]],
        used: frozenset[str],
    ) -> None:
        self.problem = problem
        self.sequence = sequence
        self.context = context
        self.factors = [
            factor(visit.candidate.score, reused=visit.candidate.place.id in used)
            for visit in problem.visits
        ]
        self.layers = layers
        self._worth: dict[tuple[int, int, int], float] = {}
        self.found: tuple[float, tuple[int, ...], tuple[float, ...]] | None = None

    def best(self, least: int) -> Fit | None:
        """Return the best walk of at least so many stops."""
        self._from(0, 0, (), (), least)
        return None if self.found is None else Fit(self.found[1], self.found[2])

    def _from(
        self,
        layer: int,
        now: int,
        chosen: tuple[int, ...],
        worths: tuple[float, ...],
        least: int,
    ) -> None:
        if layer == len(self.layers):
            return
        for i, value, leaves in self.following(layer, now, chosen):
            more = (*chosen, i)
            added = (*worths, value)
            total = sum(added)
            better = self.found is None or total > self.found[0] + 1e-9
            if better and len(more) >= least and self.problem.tastes(more):
                self.found = (total, more, added)
            self._from(layer + 1, leaves, more, added, least)

    def following(
        self, layer: int, now: int, chosen: tuple[int, ...]
    ) -> Iterator[tuple[int, float, int]]:
        """Yield the visits that can serve the next intent, what each adds, and when it is left."""
        problem = self.problem
        here = chosen[-1] if chosen else problem.start
        for i in self.layers[layer]:
            step = 0 if here is None else problem.seconds[here][i]
            if step is None or i in problem.unreachable or i in chosen:
                continue
            entered = self._entered(i, now + step)
            if entered is None:
                continue
            enter, stay = entered
            metres = 0.0 if here is None else problem.leg_m(here, i)
            value = self.worth(layer, enter, stay) * self.factors[i]
            value -= KM_COST * metres / 1000 + WAIT_COST * (enter - now - step) / 3600
            if value > 0:
                yield i, value, enter + stay

    def _entered(self, i: int, arrive: int) -> tuple[int, int] | None:
        """Return when a visit begins and how long it lasts: a usual stay, else a short one."""
        problem = self.problem
        for stay in dict.fromkeys(problem.visits[i].stays[1::-1]):
            enter = problem.entry(i, arrive, stay)
            if enter is None or enter + stay > problem.budget_s:
                continue
            if problem.max_wait_s is None or enter - arrive <= problem.max_wait_s:
                return enter, stay
        return None

    def worth(self, layer: int, enter: int, stay: int) -> float:
        """Return what an intent is worth, to the minute; each asked for once."""
        key = (layer, enter // 60, stay // 60)
        if key not in self._worth:
            at = self.context.now + dt.timedelta(minutes=key[1])
            intent = self.sequence.steps[layer].intent
            found = worth(intent, self.context, at, key[2])
            done = self.sequence.keys[:layer]
            self._worth[key] = found * behind(intent, done)
        return self._worth[key]


def factor(score: float, *, reused: bool = False) -> float:
    """Return the share of an intent's worth that a place of a score brings about."""
    own = min(score, 1.5) * (USED if reused else 1.0)
    return 1.0 - PLACE_SHARE + PLACE_SHARE * own


def day_walk(problem: WalkProblem, found: Fit) -> DayWalk | None:
    """Return the walk through places in order, with stays that use the time there is."""
    timed = settle(problem, found.visits) or _short_where_needed(problem, found.visits)
    return None if timed is None else DayWalk(1, problem, timed, found.worths)


def _short_where_needed(problem: WalkProblem, visits: tuple[int, ...]) -> Timeline | None:
    """Time a walk with as many usual stays as fit, from the first on."""
    stays: list[int] = []
    rest: Mapping[int, int] = {i: problem.visits[i].stays[0] for i in visits}
    for n, i in enumerate(visits):
        usual = [*stays, problem.visits[i].stays[1], *(rest[j] for j in visits[n + 1 :])]
        fits = timeline(problem, visits, usual) is not None
        stays.append(problem.visits[i].stays[1] if fits else rest[i])
    return timeline(problem, visits, stays)
