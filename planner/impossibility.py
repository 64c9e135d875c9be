"""What cannot be had: seen at once where it is plain, explained in words, with ways out that work.

Most impossible requests are seen to be so without a search (:mod:`planner.itinerary.possibility`);
a solver is asked about the others. Every way out that is offered was planned before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain import Relaxation
from planner.itinerary import conflict
from planner.itinerary.multiday import day_conflicts
from planner.itinerary.objective import Preferences
from planner.itinerary.possibility import assess
from planner.itinerary.relaxation import Means, relaxations
from planner.itinerary.schedule import ANYTHING_GOES, DayWalk
from planner.optimiser import DEFAULT_SECONDS, feasible, optimise
from planner.solving import Answer, lenient, solve_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.domain import BoundRequest, Settings, Violation
    from planner.itinerary.conflict import Feasible
    from planner.itinerary.relaxation import Change
    from planner.itinerary.schedule import WalkProblem
    from planner.library.catalogue import Catalogue
    from planner.solving import Case

OWN_OR_NOT = "any place instead of your own ones only"
NEW_OR_NOT = "places that you have visited as well"
COUNTING = Preferences(
    wish=0.0,
    counted=0.0,
    again=1.0,
    again_to_eat=1.0,
    unasked=1.0,
    stop=-100.0,
    km_walked=0.0,
    hour_waited=0.0,
    ill_timed=1.0,
    lingering=1.0,
)
"""Under these a walk is worth its number of stops."""
COUNTING_SECONDS = 0.15
FOUND_SECONDS = 0.15
FILLED_S = 10 * 3600
"""On longer walks, a wait that is too long is not filled with other stops."""
EFFECT_SHARE = 0.125
"""Of the time for a search, for a walk that shows what a change brings."""
ASKED_WHY = 10
ASKED_FOR_CHANGES = 6
"""So often a solver is asked whether there is a walk, where that is not plain."""
SHORT_HOURS = 1.5
"""Within fewer hours a walk may be too long even where nothing must be seen."""


def possible(problem: WalkProblem) -> bool:
    """Whether a problem has a walk; a solver is asked where it is not plain.

    Parameters
    ----------
    problem
        The problem.
    """
    plain = assess(problem).holds
    return _searched(problem) if plain is None else plain


def _searched(problem: WalkProblem) -> bool:
    if problem.stops is not None and problem.stops > len(problem.required):
        return most_stops(problem) >= problem.stops
    if feasible(problem):
        return True
    # A stop on the way may shorten a wait that is too long where one goes straight.
    fillable = bool(problem.required) and problem.budget_s <= FILLED_S
    return fillable and optimise(problem, seconds=FOUND_SECONDS) is not None


class Asking:
    """Says whether problems have walks, and asks a solver only so often.

    Parameters
    ----------
    most
        How often; what is not plain behind that counts as impossible.
    """

    def __init__(self, most: int) -> None:
        self._left = most

    def __call__(self, problem: WalkProblem) -> bool:
        """Whether a problem has a walk, as far as is known."""
        plain = assess(problem).holds
        if plain is not None or not self._left:
            return bool(plain)
        self._left -= 1
        return _searched(problem)


def most_stops(problem: WalkProblem) -> int:
    """Return how many stops the longest walk has that is found; 0 where none is.

    Parameters
    ----------
    problem
        The problem, whose own number of stops is not looked at.
    """
    found = optimise(replace(problem, stops=None), seconds=COUNTING_SECONDS, preferences=COUNTING)
    return 0 if found is None else len(found.timed.sequence)


def is_impossible(case: Case, catalogue: Catalogue) -> bool:
    """Whether it is plain, without a search, that no walk answers a case.

    Parameters
    ----------
    case
        The request.
    catalogue
        For stays and roles.
    """
    if case.settings.mode == "paper":
        return False
    if case.settings.days > 1:
        return _no_day_holds(case, catalogue)
    musts = any(each.required for each in case.candidates)
    if not musts and case.settings.stops is None and case.settings.hours >= SHORT_HOURS:
        return False
    problem = replace(case.problem(catalogue), rules=ANYTHING_GOES)
    return bool(problem.visits) and assess(problem).holds is False


def _days_of(case: Case, catalogue: Catalogue) -> tuple[WalkProblem, ...]:
    return tuple(
        replace(case.problem(catalogue, day), rules=ANYTHING_GOES)
        for day in range(1, case.settings.days + 1)
    )


def _no_day_holds(case: Case, catalogue: Catalogue) -> bool:
    """Whether must-sees cannot be shared out among days, or one has no walk at all."""
    musts = frozenset(each.place.id for each in case.candidates if each.required)
    if musts:
        problems = _days_of(case_of(case, musts), catalogue)
        return bool(day_conflicts(problems, case.settings))
    if case.settings.hours >= SHORT_HOURS:
        return False
    alone = (replace(problem, stops=None) for problem in _days_of(case, catalogue))
    return any(bool(problem.visits) and assess(problem).holds is False for problem in alone)


def solved(case: Case, catalogue: Catalogue, seconds: float) -> Answer:
    """Return a walk for a case, begun from one that holds where the search finds none by itself.

    Parameters
    ----------
    case
        The request.
    catalogue
        For stays and roles.
    seconds
        How long to search where nothing is proven before.
    """
    answer = solve_case(case, catalogue, seconds=seconds, compare=False)
    return answer if answer.walks else recovered(answer, catalogue, seconds)


def recovered(answer: Answer, catalogue: Catalogue, seconds: float) -> Answer:
    """Return an answer without walks with one, where it is plain that there is one.

    Parameters
    ----------
    answer
        What came of a search that found nothing.
    catalogue
        For stays and roles.
    seconds
        How long to search on from the walk that holds.
    """
    case = answer.case
    if answer.walks or case.settings.days > 1 or case.settings.mode == "paper":
        return answer
    for problem in lenient(case.problem(catalogue)):
        known = assess(problem).walk
        if known is None:
            continue
        found = optimise(problem, seconds=seconds, seed=case.settings.seed, warm=known.sequence)
        if found is not None:
            walk = DayWalk(1, problem, found.timed, found.worths)
            return Answer(case, problem, (walk,), found.bound, found.proven)
    return answer


@dataclass(frozen=True)
class Explainer:
    """Says of a case without a walk why there is none, and what would make one.

    Parameters
    ----------
    catalogue
        For stays and roles.
    seconds
        How long a search may take.
    remeasure
        Finds and measures anew what may answer a changed request.
    """

    catalogue: Catalogue
    seconds: float
    remeasure: Callable[[BoundRequest, Settings], Case]

    def conflicts(self, case: Case) -> tuple[Violation, ...]:
        """Return why there is no walk, most telling first; never empty."""
        problems = _days_of(case, self.catalogue)
        if case.settings.days > 1:
            found = day_conflicts(problems, case.settings)
            if found:
                return found
        asking = Asking(ASKED_WHY)
        return conflict.conflicts(problems[0], case.settings, case.bound, asking)

    def relaxations(self, case: Case) -> tuple[Relaxation, ...]:
        """Return changes under which there is a walk, each planned before it is offered."""
        problem = replace(case.problem(self.catalogue), rules=ANYTHING_GOES)
        asking = Asking(ASKED_FOR_CHANGES)
        means = Means(
            effect=lambda change: self._outcome(changed(case, change), asking),
            feasible=asking,
            most_stops=most_stops,
        )
        return (*relaxations(problem, case.settings, means), *self._more_places(case))

    def _more_places(self, case: Case) -> Iterator[Relaxation]:
        """Try what the walk could be if it were not kept to own or to new places."""
        bound = case.bound
        tries = (
            (bound.own_only, replace(bound, own_only=False), OWN_OR_NOT, ("--from", "all")),
            (bound.new_only, replace(bound, new_only=False), NEW_OR_NOT, ("--not-new-only",)),
        )
        for asked, wider, words, options in tries:
            if not asked:
                continue
            effect = self._outcome(self.remeasure(wider, case.settings), possible)
            if effect is not None:
                yield Relaxation(words, effect, options)

    def _outcome(self, case: Case, asking: Feasible) -> str | None:
        """Say what walks a case allows, or ``None`` if it allows none."""
        if not self._hopeful(case, asking):
            return None
        answer = solved(case, self.catalogue, EFFECT_SHARE * max(self.seconds, DEFAULT_SECONDS))
        if not answer.walks:
            # On a busy machine it may take longer than a moment to find a walk.
            answer = solved(case, self.catalogue, 2 * DEFAULT_SECONDS)
        if not answer.walks:
            return None
        stops = sum(len(walk.timed.sequence) for walk in answer.walks)
        minutes = round(sum(walk.timed.finish for walk in answer.walks) / 60)
        took = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004
        return f"a walk of {stops} {'stop' if stops == 1 else 'stops'} in {took}"

    def _hopeful(self, case: Case, asking: Feasible) -> bool:
        """Whether a case may have a walk: what must be seen is looked at first, and alone."""
        if case.settings.days > 1:
            return not _no_day_holds(case, self.catalogue)
        musts = frozenset(each.place.id for each in case.candidates if each.required)
        if musts:
            alone = replace(case, settings=replace(case.settings, stops=None))
            problem = case_of(alone, musts).problem(self.catalogue)
            if assess(replace(problem, rules=ANYTHING_GOES)).holds is False:
                return False
        problem = case.problem(self.catalogue)
        return bool(problem.visits) and asking(replace(problem, rules=ANYTHING_GOES))


def changed(case: Case, change: Change) -> Case:
    """Return a case under a change of its frame, its must-sees, its dates or its ends.

    Parameters
    ----------
    case, change
        The request, and what is changed of it.
    """
    bound = replace(
        case.bound,
        appointments=tuple(
            replace(each, at=change.times.get(each.place_id, each.at))
            for each in case.bound.appointments
            if each.place_id not in change.without
        ),
    )
    candidates = tuple(
        replace(each, required=each.required and each.place.id not in change.without)
        for each in case.candidates
    )
    after = replace(case, bound=bound, settings=change.settings, candidates=candidates)
    for name, place_id in change.moved.items():
        row = case.row(place_id)
        at = case.start if name == "start" else case.end
        metres = after.metres.copy()
        metres[at, :], metres[:, at] = metres[row, :], metres[:, row]
        after = replace(after, metres=metres)
    return after


def case_of(case: Case, ids: frozenset[str]) -> Case:
    """Return a case with some of its candidates only, to state a problem from.

    Parameters
    ----------
    case
        The request.
    ids
        The places that stay.
    """
    keep = [i for i, each in enumerate(case.candidates) if each.place.id in ids]
    rows = [*keep, *(row for row in (case.start, case.end) if row is not None)]
    n = len(keep)
    return replace(
        case,
        candidates=tuple(case.candidates[i] for i in keep),
        metres=case.metres[rows][:, rows],
        start=None if case.start is None else n,
        end=None if case.end is None else n + (case.start is not None),
    )
