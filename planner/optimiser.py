"""A walk's problem handed to the solver, and its answer taken back.

The itinerary stage states the problem in visits, the spatial stage solves one of nodes and
seconds; this is the only place that knows both. The correspondence is exact: what the solver calls
the value of a walk is :func:`planner.itinerary.objective.worth` of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.itinerary.objective import (
    DEFAULT_PREFERENCES,
    contributions,
    kins,
    options,
    way_cost,
)
from planner.itinerary.schedule import Timeline, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.itinerary.objective import Preferences
    from planner.itinerary.schedule import WalkProblem
    from planner.spatial.orienteering.instance import Instance, Solution

DEFAULT_SECONDS = 1.0
"""How long a search goes on that proves nothing, by default."""
FEASIBILITY_SECONDS = 0.25
PATIENCE_S = 3.0
"""A plan may rather be so late, where the machine is busy, than be another one than last time."""
POLISH_SHARE = 0.06
"""Of the time for a search, for the best order of the stops that it found."""


@dataclass(frozen=True, slots=True)
class Optimised:
    """The best walk that was found, and how good a walk can be at most.

    Attributes
    ----------
    timed
        The walk, with stays that use the time there is.
    worths
        What each stop adds; they sum up to the value.
    bound
        No walk through any of the candidates is worth more.
    proven
        Whether the value reaches the bound.
    """

    timed: Timeline
    worths: tuple[float, ...]
    bound: float
    proven: bool

    @property
    def value(self) -> float:
        """What the walk is worth."""
        return sum(self.worths)


@dataclass(frozen=True, slots=True)
class Posed:
    """An instance, and the visit that each of its nodes stands for."""

    instance: Instance
    visits: tuple[int, ...]


def posed(
    problem: WalkProblem,
    preferences: Preferences = DEFAULT_PREFERENCES,
    *,
    only: Sequence[int] | None = None,
) -> Posed:
    """Return the solver's statement of a problem.

    Visits that can never be made are left out, unless they must be.

    Parameters
    ----------
    problem
        The walk's problem.
    preferences
        What a walk is worth.
    only
        The visits that may be made; all where none are given.
    """
    import numpy as np

    from planner.spatial.orienteering.instance import (
        NO_WAY,
        Group,
        Instance,
        Node,
        VisitOption,
    )

    ways = {
        i: options(problem, i, preferences)
        for i in (range(len(problem.visits)) if only is None else sorted(set(only)))
    }
    visits = tuple(i for i in ways if ways[i] or problem.visits[i].candidate.required)
    node_of = {i: n for n, i in enumerate(visits)}
    roles = [problem.visits[i].role for i in visits]
    rules = problem.rules
    size = len(visits) + 2
    seconds = np.zeros((size, size), dtype=np.int64)
    cost = np.zeros((size, size))
    allowed = np.ones((size, size), dtype=bool)
    rows = [*visits, problem.start, problem.end]
    for a, origin in enumerate(rows):
        for b, target in enumerate(rows):
            if origin is None or target is None or a == b:
                continue
            step = problem.seconds[origin][target]
            seconds[a, b] = NO_WAY if step is None else step
            cost[a, b] = (
                0.0 if step is None else way_cost(problem.leg_m(origin, target), preferences)
            )
    for a, role in enumerate(roles):
        for b, other in enumerate(roles):
            allowed[a, b] = rules.may_follow(role, other)
    nodes = tuple(
        Node(
            options=tuple(
                VisitOption(each.earliest, each.latest, each.stay, each.prize) for each in ways[i]
            ),
            required=problem.visits[i].candidate.required,
            min_position=problem.positions.get(i),
            max_position=0 if i in problem.first else problem.positions.get(i),
            last_only=i in problem.last,
            not_last=problem.visits[i].role == "cafe" and not rules.cafe_may_end,
        )
        for i in visits
    )
    groups = tuple(
        Group(
            members=frozenset(node_of[i] for i in kin.members if i in node_of),
            bonus=kin.bonus,
            penalties=kin.penalties,
            cap=kin.cap,
            at_least=kin.at_least,
        )
        for kin in kins(problem, preferences)
    )
    precedence = tuple(
        (
            frozenset(node_of[i] for i in early if i in node_of),
            frozenset(node_of[i] for i in late if i in node_of),
        )
        for early, late in problem.before
    )
    instance = Instance(
        nodes=nodes,
        seconds=seconds,
        arc_cost=cost,
        budget_s=problem.budget_s,
        allowed=allowed,
        groups=groups,
        before=tuple(pair for pair in precedence if all(pair)),
        max_wait_s=problem.max_wait_s,
        wait_cost=preferences.hour_waited / 3600,
        min_stops=problem.stops or 0,
        max_stops=problem.stops,
    )
    return Posed(instance, visits)


def optimise(
    problem: WalkProblem,
    *,
    seconds: float = DEFAULT_SECONDS,
    seed: int = 0,
    warm: Sequence[int] | None = None,
    another: Callable[[], Sequence[int] | None] | None = None,
    preferences: Preferences = DEFAULT_PREFERENCES,
) -> Optimised | None:
    """Return the best walk that is found, with what is known of the best there is.

    Parameters
    ----------
    problem
        The walk's problem.
    seconds
        How long to search where nothing is proven before.
    seed
        For the search.
    warm
        Visits in order, of a walk that may be worth beginning with.
    another
        Asked for one more such walk, where nothing is proven soon.
    preferences
        What a walk is worth.

    Returns
    -------
    Optimised or None
        ``None`` where no walk was found.
    """
    from planner.spatial.orienteering.solver import search

    if not problem.visits:
        return None
    stated = posed(problem, preferences)
    node_of = {i: n for n, i in enumerate(stated.visits)}

    def nodes(visits: Sequence[int] | None) -> tuple[int, ...] | None:
        """Return the nodes that visits stand for; ``None`` where one has none."""
        known = visits is not None and all(i in node_of for i in visits)
        return tuple(node_of[i] for i in visits) if known and visits is not None else None

    outcome = search(
        stated.instance,
        seconds=(1 - POLISH_SHARE) * seconds,
        seed=seed,
        warm=nodes(warm),
        another=None if another is None else lambda: nodes(another()),
        patience=PATIENCE_S,
    )
    found = outcome.solution
    if found is None:
        return None
    if not found.proven:
        # The order of the stops that were found, at least, is the best there is for them.
        alone = posed(problem, preferences, only=[stated.visits[n] for n in found.sequence])
        kept = replace(
            alone.instance,
            nodes=tuple(replace(node, required=True) for node in alone.instance.nodes),
        )
        polished = search(
            kept, seconds=POLISH_SHARE * seconds, seed=seed, patience=PATIENCE_S
        ).solution
        if polished is not None and polished.value > found.value:
            better = replace(polished, proven=False)
            return _taken(problem, alone, better, outcome.bound, preferences)
    return _taken(problem, stated, found, outcome.bound, preferences)


def _taken(
    problem: WalkProblem,
    stated: Posed,
    solution: Solution,
    bound: float,
    preferences: Preferences,
) -> Optimised:
    """Take a solution back, and let its stays use what time is left."""
    chosen = [
        stated.instance.nodes[n].options[k]
        for n, k in zip(solution.sequence, solution.options, strict=True)
    ]
    plain = Timeline(
        sequence=tuple(stated.visits[n] for n in solution.sequence),
        arrive=solution.arrive,
        enter=solution.enter,
        depart=solution.depart,
        finish=solution.finish,
        walk_s=solution.finish
        - sum(leave - come for come, leave in zip(solution.arrive, solution.depart, strict=True)),
    )
    settled = settle(
        problem,
        plain.sequence,
        stays=[option.stay for option in chosen],
        not_before=[option.earliest for option in chosen],
    )
    return Optimised(
        timed=settled or plain,
        worths=contributions(problem, plain, preferences),
        bound=max(bound, solution.value),
        proven=solution.proven,
    )


def feasible(problem: WalkProblem, *, seconds: float = FEASIBILITY_SECONDS, seed: int = 0) -> bool:
    """Whether any walk holds, whatever it is worth.

    Only must-sees and what a walk needs one of are looked at, unless a number of stops is asked
    for; without prizes and costs the first walk found is the best.
    """
    from planner.spatial.orienteering.solver import search

    required = problem.required
    if not problem.visits or len(required) > (problem.stops or len(required)):
        return False
    rules = problem.rules
    # A walk must not end with a café, so that a must-see café needs something behind it.
    ends = rules.cafe_may_end or all(problem.visits[i].role != "cafe" for i in required)
    alone = required and problem.stops in {None, len(required)} and ends
    needed = required if alone else None
    stated = posed(problem, only=needed)
    nodes = tuple(
        replace(node, options=tuple(replace(option, prize=0.0) for option in node.options))
        for node in stated.instance.nodes
    )
    plain = replace(
        stated.instance,
        nodes=nodes,
        arc_cost=stated.instance.arc_cost * 0.0,
        wait_cost=0.0,
        groups=tuple(replace(group, bonus=0.0, penalties=()) for group in stated.instance.groups),
    )
    return search(plain, seconds=seconds, seed=seed, patience=PATIENCE_S).solution is not None
