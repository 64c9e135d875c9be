"""When each stop is reached, entered and left, and whether a sequence of stops holds at all.

Seconds count from the start of the walk. A place whose opening hours are unknown may be visited
at any time; one whose hours are known is entered only while the whole stay fits into a window.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain import Candidate

MAX_WAIT_S = 45 * 60
"""Nobody stands before a closed door for longer than this."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A candidate as the schedule sees it.

    Attributes
    ----------
    candidate
        The place with its score.
    stays
        Short, usual and long stay, in seconds.
    windows
        Opening windows as (open, close) seconds from the start of the walk; ``None`` when the
        hours are unknown.
    role
        The catalogue's role for the rules of taste: ``"cafe"``, ``"bar"``, ``"meal"`` or
        ``"none"``.
    suits
        Windows, in the same seconds, at which one likes to come; empty for any time.
    """

    candidate: Candidate
    stays: tuple[int, int, int]
    windows: tuple[tuple[int, int], ...] | None = None
    role: str = "none"
    suits: tuple[tuple[int, int], ...] = ()

    def entry(self, arrive: int, stay: int) -> int | None:
        """Return the earliest second at which a stay can begin, or ``None``."""
        if self.windows is None:
            return arrive
        for opens, closes in self.windows:
            begin = max(arrive, opens)
            if begin + stay <= closes:
                return begin
        return None

    def opens_within(self, budget_s: int) -> bool:
        """Whether a short stay fits into the hours at all."""
        return self.windows is None or any(
            min(closes, budget_s) - max(opens, 0) >= self.stays[0] for opens, closes in self.windows
        )

    def suited(self, at: int) -> bool:
        """Whether one likes to come at this second."""
        return not self.suits or any(begin <= at < end for begin, end in self.suits)


@dataclass(frozen=True, slots=True)
class TasteRules:
    """The paper's rules of taste (prompt F.4), as the person's own words leave them."""

    cafes_and_bars: int = 2
    bars_anywhere: bool = False
    cafe_may_end: bool = False
    meals_may_follow: bool = False

    def allows(self, roles: Sequence[str], *, complete: bool = False) -> bool:
        """Whether a run of roles keeps the rules; the last-stop rule only once complete."""
        if sum(role in {"cafe", "bar"} for role in roles) > self.cafes_and_bars:
            return False
        for before, after in itertools.pairwise(roles):
            if before == "bar" and after != "bar" and not self.bars_anywhere:
                return False
            if before == after == "meal" and not self.meals_may_follow:
                return False
        return not (complete and roles and roles[-1] == "cafe" and not self.cafe_may_end)


ANYTHING_GOES = TasteRules(
    cafes_and_bars=10**6, bars_anywhere=True, cafe_may_end=True, meals_may_follow=True
)
"""No rules of taste, for wishes that cannot be met under any."""


@dataclass(frozen=True, slots=True)
class WalkProblem:
    """Everything that choosing and timing stops needs to know.

    Attributes
    ----------
    visits
        The candidates; index ``i`` is row ``i`` of ``seconds``.
    seconds
        Walking seconds between candidates and anchors, ``None`` where there is no way.
    budget_s
        The walk ends at the latest this many seconds after it began.
    start, end
        Rows of the fixed start and end, if any.
    stops
        The exact number of stops, if asked for.
    caps
        For a wish with a stated count ("one coffee"), how many stops may serve it.
    wishes
        The sub-requests that ask for at least one stop.
    """

    visits: tuple[Visit, ...]
    seconds: tuple[tuple[int | None, ...], ...]
    budget_s: int
    start: int | None = None
    end: int | None = None
    stops: int | None = None
    caps: dict[int, int] = field(default_factory=dict)
    wishes: frozenset[int] = frozenset()
    rules: TasteRules = field(default_factory=TasteRules)

    @property
    def required(self) -> tuple[int, ...]:
        """Indices of the must-sees."""
        return tuple(i for i, visit in enumerate(self.visits) if visit.candidate.required)

    @property
    def answers(self) -> tuple[int, ...]:
        """Indices of visits that a walk must hold one of; all where nothing was wished for."""
        found = tuple(
            i
            for i, visit in enumerate(self.visits)
            if visit.candidate.required or self.wishes.intersection(visit.candidate.serves)
        )
        return found or tuple(range(len(self.visits)))

    def tastes(self, sequence: Sequence[int], *, complete: bool = True) -> bool:
        """Whether a sequence keeps the rules of taste."""
        return self.rules.allows([self.visits[i].role for i in sequence], complete=complete)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A sequence of visits with its times, in seconds from the start of the walk."""

    sequence: tuple[int, ...]
    arrive: tuple[int, ...]
    enter: tuple[int, ...]
    depart: tuple[int, ...]
    finish: int
    walk_s: int

    @property
    def wait_s(self) -> int:
        """Seconds spent waiting for doors to open."""
        return sum(self.enter) - sum(self.arrive)

    @property
    def stays(self) -> tuple[int, ...]:
        """The length of each stay."""
        return tuple(leave - enter for enter, leave in zip(self.enter, self.depart, strict=True))


def timeline(
    problem: WalkProblem, sequence: Sequence[int], stays: Sequence[int]
) -> Timeline | None:
    """Walk a sequence with given stays as early as possible; ``None`` where it does not hold.

    Parameters
    ----------
    problem
        Walking times, windows and the budget.
    sequence
        Indices of visits in order.
    stays
        The length of each stay, in seconds.
    """
    now, walked, here = 0, 0, problem.start
    arrive: list[int] = []
    enter: list[int] = []
    depart: list[int] = []
    for i, stay in zip(sequence, stays, strict=True):
        if here is not None:
            step = problem.seconds[here][i]
            if step is None:
                return None
            now += step
            walked += step
        begin = problem.visits[i].entry(now, stay)
        if begin is None or begin - now > MAX_WAIT_S:
            return None
        arrive.append(now)
        enter.append(begin)
        now = begin + stay
        depart.append(now)
        here = i
    if problem.end is not None and here is not None:
        step = problem.seconds[here][problem.end]
        if step is None:
            return None
        now += step
        walked += step
    if now > problem.budget_s:
        return None
    return Timeline(tuple(sequence), tuple(arrive), tuple(enter), tuple(depart), now, walked)


def settle(problem: WalkProblem, sequence: Sequence[int], *, fill: float = 0.95) -> Timeline | None:
    """Time a sequence with stays that adapt to the time there is.

    Usual stays where they fit, shorter ones where they must be, and longer ones where time is
    left over: until ``fill`` of the budget is spent, in equal steps from the first stop on, so
    that no stop takes all the slack.

    Parameters
    ----------
    problem
        The walk's frame.
    sequence
        Indices of visits in order.
    fill
        The share of the budget that longer stays may use.
    """
    stays = [problem.visits[i].stays[1] for i in sequence]
    current = timeline(problem, sequence, stays)
    if current is None:
        stays = [problem.visits[i].stays[0] for i in sequence]
        current = timeline(problem, sequence, stays)
        if current is None:
            return None
    step = 5 * 60
    limit = fill * problem.budget_s
    # Usual stays come first for everyone; only then does anyone stay long.
    for level in (1, 2):
        growing = True
        while growing:
            growing = False
            for n, i in enumerate(sequence):
                if stays[n] >= problem.visits[i].stays[level]:
                    continue
                longer = [*stays]
                longer[n] = min(stays[n] + step, problem.visits[i].stays[level])
                trial = timeline(problem, sequence, longer)
                if trial is not None and (level == 1 or trial.finish <= limit):
                    stays, current, growing = longer, trial, True
    return current
