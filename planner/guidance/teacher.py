"""The exact teacher: the best sequence there is, of any intents and any places within reach.

The table policy proposes sequences before it knows of places. The teacher looks at both at once:
every order of up to four intents, each at every place on offer, is worth looking at unless it is
known that nothing behind it can beat what was found (branch and bound). What it finds is what the
policy is measured by, and what a student is taught. Weights are written out by the minute first, so
that the search itself is compiled.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from planner.guidance.fitting import KM_COST, WAIT_COST, factor
from planner.intents.distill.samples import Prospect
from planner.intents.policy import (
    AN_HOUR_LATER,
    LEAST,
    LONGEST,
    alone_by_minute,
    behind,
    out_of_order,
    stay_share,
)
from planner.spatial.orienteering.moments import STAYS, Moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.intents.context import Context
    from planner.intents.vocabulary import Intent
    from planner.itinerary.schedule import TasteRules, WalkProblem

NO_WAIT_LIMIT = 10**9
ROLES = ("none", "cafe", "bar", "meal")
MOST_NODES = 20_000_000

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
        most_nodes: int = MOST_NODES,
    ) -> None:
        self.pairs = [
            (i, intent)
            for i, served in enumerate(intents)
            if i not in problem.unreachable
            for intent in served
        ]
        self.intents = {intent.key: intent for _, intent in self.pairs}
        self._numbers = {key: n for n, key in enumerate(self.intents)}
        self._moment = _moment(problem, self.pairs, context, most_nodes)

    def best(self, known: float = 0.0) -> Taught:
        """Return the best walk.

        Parameters
        ----------
        known
            The value of a walk that is known already; what is worth less is not looked for.
        """
        return self._search(LONGEST, known, ())

    def carried(self, keys: Sequence[str]) -> Taught | None:
        """Return the best places for a sequence of intents, all of it.

        Parameters
        ----------
        keys
            The intents in their order.

        Returns
        -------
        Taught or None
            ``None`` where it cannot be carried out as a whole.
        """
        if not keys or len(keys) > LONGEST or any(key not in self._numbers for key in keys):
            return None
        found = self._search(len(keys), 0.0, tuple(self._numbers[key] for key in keys))
        return found if len(found.keys) == len(keys) else None

    def prospects(self) -> tuple[Prospect, ...]:
        """Return what each intent could add, the best first."""
        found = dict.fromkeys(self.intents, (0.0, 0.0))
        for pair, (_, intent) in enumerate(self.pairs):
            now, best = _prospect(self._moment, pair)
            known = found[intent.key]
            found[intent.key] = (max(known[0], now), max(known[1], best))
        each = (Prospect(key, *both) for key, both in found.items() if max(both) > 0)
        return tuple(sorted(each, key=lambda one: (-max(one.now, one.best), one.key)))

    def _search(self, longest: int, known: float, script: tuple[int, ...]) -> Taught:
        from planner.spatial.orienteering.kernels.sequences import best_walk

        if not self.pairs:
            return Taught((), (), (), 0.0, 0, whole=True)
        value, length, pairs, times, nodes, whole = best_walk(
            self._moment, longest, known - 1e-9, np.array(script, np.int64)
        )
        chosen = [self.pairs[pair] for pair in pairs[:length].tolist()]
        return Taught(
            tuple(intent.key for _, intent in chosen),
            tuple(visit for visit, _ in chosen),
            tuple((a, b, c) for a, b, c in times[:length].tolist()),
            max(float(value), 0.0),
            int(nodes),
            bool(whole),
        )


def _moment(
    problem: WalkProblem,
    pairs: Sequence[tuple[int, Intent]],
    context: Context,
    most_nodes: int,
) -> Moment:
    """Write out everything that the compiled search asks for."""
    table = list({intent.key: intent for _, intent in pairs}.values())
    number = {intent.key: n for n, intent in enumerate(table)}
    minutes = range(problem.budget_s // 60 + 1)
    weight = np.array(
        [
            behind(intent, context.done) * alone_by_minute(intent, context, len(minutes))
            for intent in table
        ]
    )
    stays = [visit.stays[1::-1] for visit in problem.visits]
    stay_worth = [[stay_share(intent, s // 60) for s in stays[i]] for i, intent in pairs]
    entries, first = [], [0]
    for i, both in enumerate(stays):
        for stay in both:
            windows = problem.entries(i, stay)
            entries += [(-1, -1)] if windows is None else [each for each in windows if each[1] >= 0]
            first.append(len(entries))
    rows = [*range(len(problem.visits)), problem.start]
    seconds = np.zeros((len(rows), len(rows)), np.int64)
    metres = np.zeros((len(rows), len(rows)))
    for a, row in enumerate(rows):
        if row is None:
            continue
        for b, column in enumerate(rows[:-1]):
            way = problem.seconds[row][column]
            seconds[a, b] = -1 if way is None else way
            metres[a, b] = 0.0 if way is None else problem.leg_m(row, column)
    wait = NO_WAIT_LIMIT if problem.max_wait_s is None else problem.max_wait_s
    return Moment(
        visit=np.array([i for i, _ in pairs], np.int64),
        intent=np.array([number[intent.key] for _, intent in pairs], np.int64),
        factor=np.array([factor(problem.visits[i].candidate.score) for i, _ in pairs]),
        stay_worth=np.array(stay_worth).reshape(-1, 2),
        weight=weight,
        later=AN_HOUR_LATER ** (np.array(minutes) / 60),
        behind=np.array([[behind(intent, (done.key,)) for done in table] for intent in table]),
        follows=np.array(
            [[not out_of_order((done.key,), intent) for done in table] for intent in table]
        ),
        stay_s=np.array(stays, np.int64),
        first_entry=np.array(first, np.int64),
        entries=np.array(entries, np.int64).reshape(-1, 2),
        role=np.array([1 + ROLES.index(visit.role) for visit in problem.visits], np.int64),
        tasteful=_tasteful(problem.rules),
        seconds=seconds,
        metres=metres,
        numbers=(problem.budget_s, wait, most_nodes),
        costs=(KM_COST, WAIT_COST, LEAST),
    )


def _prospect(moment: Moment, pair: int) -> tuple[float, float]:
    """Return what a pair adds if it comes first, and at its best time without its way."""
    budget, longest_wait, _ = moment.numbers
    km_cost, wait_cost, least = moment.costs
    visit, weights = moment.visit[pair], moment.weight[moment.intent[pair]]
    walk = int(moment.seconds[-1, visit])
    if walk < 0:
        return 0.0, 0.0
    now = best = 0.0
    first = True
    for stay in range(STAYS):
        length = int(moment.stay_s[visit, stay])
        share = float(moment.stay_worth[pair, stay] * moment.factor[pair])
        row = int(visit) * STAYS + stay
        windows = moment.entries[moment.first_entry[row] : moment.first_entry[row + 1]].tolist()
        if windows == [[-1, -1]]:
            windows = [[0, budget]]
        last = (budget - length) // 60
        for opens, closes in windows:
            minutes = slice(max(walk, opens) // 60, min(last, closes // 60) + 1)
            each = weights[minutes] * moment.later[minutes]
            each = each[weights[minutes] >= least]
            best = max(best, share * float(each.max(initial=0.0)))
        enter = next((max(walk, opens) for opens, closes in windows if walk <= closes), None)
        if not first or enter is None or enter + length > budget or enter - walk > longest_wait:
            continue
        first = False
        if weights[enter // 60] >= least:
            gain = share * float(weights[enter // 60] * moment.later[enter // 60])
            gain -= km_cost * float(moment.metres[-1, visit]) / 1000
            now = max(0.0, gain - wait_cost * (enter - walk) / 3600)
    return now, best


@lru_cache(maxsize=8)
def _tasteful(rules: TasteRules) -> np.ndarray:
    """Return for each run of roles, as a number in base five, whether the rules allow it."""
    base = len(ROLES) + 1
    found = np.zeros(base**LONGEST, np.bool_)
    for length in range(1, LONGEST + 1):
        for run in itertools.product(range(len(ROLES)), repeat=length):
            at = 0
            for role in run:
                at = at * base + role + 1
            found[at] = rules.allows([ROLES[role] for role in run], complete=True)
    return found
