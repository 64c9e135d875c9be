"""From what is known of a request to the walk that answers it, one day or several.

In mode ``optimal`` every candidate that retrieval offered goes to the solver, and the bound that is
told speaks of all of them. In mode ``paper`` the published method chooses. Rules of taste are ours
and give way one after the other where no walk keeps them all; what the person said never does.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.itinerary.objective import contributions, options
from planner.itinerary.problem import Frame, pose
from planner.itinerary.schedule import ANYTHING_GOES, DayWalk
from planner.optimiser import DEFAULT_SECONDS, feasible, optimise
from planner.published import published_walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain import BoundRequest, Candidate, Settings
    from planner.itinerary.schedule import TasteRules, WalkProblem
    from planner.language.engine import LanguageModel
    from planner.library.catalogue import Catalogue
    from planner.optimiser import Optimised
    from planner.streets.attachment import Attachments
    from planner.streets.network import WayFlag

TEAM_ROUNDS = 3


@dataclass(frozen=True)
class Case:
    """One request on its way: what is known of it before stops are chosen.

    ``start`` and ``end`` are rows of ``metres`` behind the candidates'. ``stays``, ``chains``
    and ``positions`` are what edits ask for beyond the request; see
    :class:`planner.itinerary.problem.Frame`. ``unreachable`` are ids that no street leads to.
    """

    bound: BoundRequest
    settings: Settings
    avoid: WayFlag
    candidates: tuple[Candidate, ...]
    attachments: Attachments
    metres: NDArray[np.float64]
    start: int | None
    end: int | None
    counts: Mapping[int, int]
    wishes: frozenset[int]
    stays: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    chains: tuple[tuple[str, ...], ...] = ()
    positions: Mapping[str, int] = field(default_factory=dict)
    unreachable: frozenset[str] = frozenset()

    def row(self, name: str) -> int:
        """Return the row of a place id, of ``"start"`` or of ``"end"``.

        Raises
        ------
        KeyError
            If there is no such row.
        """
        found = self._rows.get(name)
        if found is None:
            raise KeyError(name)
        return found

    @property
    def _rows(self) -> dict[str, int | None]:
        rows: dict[str, int | None] = {each.place.id: i for i, each in enumerate(self.candidates)}
        return {**rows, "start": self.start, "end": self.end}

    def problem(self, catalogue: Catalogue, day: int = 1) -> WalkProblem:
        """State the problem of one of the days.

        Parameters
        ----------
        catalogue
            For stays and roles.
        day
            Counted from 1.
        """
        settings = self.settings
        if settings.days > 1:
            morning = settings.start + dt.timedelta(days=day - 1)
            settings = replace(settings, start=morning, stops=_share(settings, day), days=1)
        frame = Frame(
            settings=settings,
            bound=self.bound,
            counts=self.counts,
            wishes=self.wishes,
            has_start=self.start is not None,
            has_end=self.end is not None,
            stays=self.stays,
            chains=self.chains,
            positions=self.positions,
            unreachable=self.unreachable,
        )
        return pose(frame, self.candidates, self.metres, catalogue)


def _share(settings: Settings, day: int) -> int | None:
    """Return how many of the stops are due on a day."""
    if settings.stops is None:
        return None
    whole, rest = divmod(settings.stops, settings.days)
    return whole + (day <= rest)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a case: a walk for each day, or none.

    Attributes
    ----------
    case, problem
        What was asked; the first day's problem, under the rules of taste that were kept.
    walks
        One for each day; empty where there is no walk.
    bound
        No walks through any of the candidates are worth more together.
    proven
        Whether the walks reach the bound.
    """

    case: Case
    problem: WalkProblem
    walks: tuple[DayWalk, ...] = ()
    bound: float = 0.0
    proven: bool = False

    @property
    def value(self) -> float:
        """What the walks are worth together."""
        return sum(sum(walk.worths) for walk in self.walks)

    @property
    def rules(self) -> TasteRules:
        """The rules of taste that were kept."""
        return self.problem.rules


def lenient(problem: WalkProblem) -> tuple[WalkProblem, ...]:
    """Return a problem with ever fewer rules of taste, beginning with all of them."""
    rules = (problem.rules, replace(problem.rules, meals_any_time=True), ANYTHING_GOES)
    return tuple(replace(problem, rules=each) for each in dict.fromkeys(rules))


def solve_case(
    case: Case,
    catalogue: Catalogue,
    *,
    seconds: float = DEFAULT_SECONDS,
    engine: LanguageModel | None = None,
    compare: bool = True,
) -> Answer:
    """Choose, order and time the stops of a case.

    Parameters
    ----------
    case
        The request.
    catalogue
        For stays and roles.
    seconds
        How long to search where nothing is proven before.
    engine
        The language model, which chooses in mode ``paper``.
    compare
        Whether the published method's walk is looked at for a better one where nothing is proven.
    """
    problem = case.problem(catalogue)
    if case.settings.mode == "paper":
        return _published(case, problem, catalogue, engine, seconds)
    if case.settings.days > 1:
        return _several_days(case, catalogue, seconds)
    for stated in lenient(problem):
        found = _best_walk(case, stated, catalogue, seconds, compare=compare)
        if found is not None:
            walk = DayWalk(1, stated, found.timed, found.worths)
            return Answer(case, stated, (walk,), found.bound, found.proven)
    return Answer(case, problem)


def _best_walk(
    case: Case, problem: WalkProblem, catalogue: Catalogue, seconds: float, *, compare: bool
) -> Optimised | None:
    """Search; where nothing is proven soon, look at the published method's walk, too."""

    def published() -> tuple[int, ...] | None:
        known = published_walk(case.metres, problem, catalogue, start=case.start, end=case.end)
        return None if known is None else known.sequence

    seed = case.settings.seed
    return optimise(problem, seconds=seconds, seed=seed, another=published if compare else None)


def _published(
    case: Case,
    problem: WalkProblem,
    catalogue: Catalogue,
    engine: LanguageModel | None,
    seconds: float,
) -> Answer:
    """Let the published method choose; the solver only says how good a walk could be."""
    timed = published_walk(
        case.metres,
        problem,
        catalogue,
        start=case.start,
        end=case.end,
        engine=engine,
        text=case.bound.request.text,
        seed=case.settings.seed,
    )
    if timed is None or not timed.sequence:
        return Answer(case, problem)
    worths = contributions(problem, timed)
    best = optimise(problem, seconds=seconds, seed=case.settings.seed)
    bound = max(sum(worths), best.bound if best is not None else 0.0)
    walk = DayWalk(1, problem, timed, worths)
    proven = best is not None and best.proven and bound <= sum(worths) + 1e-6
    return Answer(case, problem, (walk,), bound, proven)


def _several_days(case: Case, catalogue: Catalogue, seconds: float) -> Answer:
    """Plan several days (team orienteering): each day anew, given what the others visit.

    Every day begins as the best walk through what is left; then each in turn is solved again with
    the candidates that the others do not visit, as long as that is worth more. The bound is the
    sum of what each day could be worth alone.
    """
    days = range(1, case.settings.days + 1)
    problems = {day: case.problem(catalogue, day) for day in days}
    share = seconds / (len(days) * (TEAM_ROUNDS + 1))
    for rules in (each.rules for each in lenient(problems[1])):
        stated = {day: replace(problem, rules=rules) for day, problem in problems.items()}
        walks = _team(case, stated, share)
        if walks is None:
            continue
        alone = [
            optimise(_free(problem), seconds=share, seed=case.settings.seed)
            for problem in stated.values()
        ]
        value = sum(sum(walk.worths) for walk in walks)
        bound = max(value, sum(each.bound for each in alone if each is not None))
        return Answer(case, stated[1], walks, bound, proven=bound <= value + 1e-6)
    return Answer(case, problems[1])


def _free(problem: WalkProblem) -> WalkProblem:
    """Return a day's problem without must-sees, which any of the days may hold."""
    visits = tuple(
        replace(visit, candidate=replace(visit.candidate, required=False))
        if visit.candidate.required
        else visit
        for visit in problem.visits
    )
    return replace(problem, visits=visits, stops=None)


def _team(
    case: Case, problems: Mapping[int, WalkProblem], seconds: float
) -> tuple[DayWalk, ...] | None:
    """Return a walk for each day, or ``None`` if none was found."""
    assigned = _assigned(problems)
    if assigned is None:
        return None
    walks: dict[int, DayWalk] = {}
    for round_ in range(TEAM_ROUNDS):
        changed = False
        for day in problems:
            others = [walk for other, walk in walks.items() if other != day]
            problem = _left_for(problems[day], others, assigned[day])
            found = optimise(problem, seconds=seconds, seed=case.settings.seed)
            if found is None:
                if round_ == 0:
                    return None
                continue
            before = walks.get(day)
            if before is None or found.value > sum(before.worths) + 1e-6:
                walks[day] = DayWalk(day, problem, found.timed, found.worths)
                changed = True
        if not changed:
            break
    return tuple(walks[day] for day in problems)


def _assigned(problems: Mapping[int, WalkProblem]) -> dict[int, frozenset[str]] | None:
    """Give each must-see to a day on which it is open, the busiest least."""
    load = Counter(dict.fromkeys(problems, 0))
    given: dict[int, set[str]] = {day: set() for day in problems}
    first = next(iter(problems.values()))
    open_on = {
        i: [day for day, problem in problems.items() if options(problem, i)] for i in first.required
    }
    for i in sorted(first.required, key=lambda i: (len(open_on[i]), -first.visits[i].stays[1], i)):
        place_id = first.visits[i].candidate.place.id
        for day in sorted(open_on[i], key=lambda day: (load[day], day)):
            trial = _left_for(problems[day], [], frozenset(given[day] | {place_id}))
            if feasible(trial):
                given[day].add(place_id)
                load[day] += first.visits[i].stays[1]
                break
        else:
            return None
    return {day: frozenset(ids) for day, ids in given.items()}


def _left_for(
    problem: WalkProblem, others: Sequence[DayWalk], required: frozenset[str]
) -> WalkProblem:
    """Return a day's problem with what the other days leave of it."""
    taken = {
        walk.problem.visits[i].candidate.place.id for walk in others for i in walk.timed.sequence
    }
    used = Counter(
        wish
        for walk in others
        for i in walk.timed.sequence
        for wish in walk.problem.visits[i].candidate.serves
        if not walk.problem.visits[i].candidate.required
    )
    caps = {
        wish: cap if wish in problem.daily else max(cap - used[wish], 0)
        for wish, cap in problem.caps.items()
    }
    visits = []
    for visit in problem.visits:
        candidate = visit.candidate
        if candidate.required and candidate.place.id not in required:
            visits.append(replace(visit, only=(), candidate=replace(candidate, required=False)))
        elif candidate.place.id in taken and candidate.place.id not in required:
            visits.append(replace(visit, only=()))
        else:
            visits.append(visit)
    return replace(problem, visits=tuple(visits), caps=caps)
