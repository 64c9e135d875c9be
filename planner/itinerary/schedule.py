"""When each stop is reached, entered and left, and whether a sequence of stops holds at all.

Seconds count from the start of the walk. A place whose opening hours are unknown may be visited
at any time; one whose hours are known is entered only while the whole stay fits into a window.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain import Candidate

MAX_WAIT_S = 45 * 60
"""Nobody stands before a closed door for longer than this."""
ORDINARY_SPEED_MS = 4.8 / 3.6


Windows: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A candidate as the schedule sees it.

    A place that may answer two wishes at two times of the day stands as two visits, of which a
    walk holds at most one.

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
    only
        Windows, ends included, in which a visit must begin by the person's own words ("dinner at
        seven"); ``None`` for any time.
    meal_hours
        Windows, ends included, in which a meal begins by the rules of taste; ``None`` for any
        time.
    """

    candidate: Candidate
    stays: tuple[int, int, int]
    windows: Windows | None = None
    role: str = "none"
    suits: Windows = ()
    only: Windows | None = None
    meal_hours: Windows | None = None

    def entries(self, stay: int, *, in_meal_hours: bool = False) -> Windows | None:
        """Return the windows, ends included, in which a stay may begin; ``None`` for any time.

        Parameters
        ----------
        stay
            Its length in seconds: the whole of it fits into one opening window.
        in_meal_hours
            Whether the rules of taste about meal hours hold.
        """
        found = None
        if self.windows is not None:
            found = tuple((a, b - stay) for a, b in self.windows if b - a >= stay)
        limits = (self.only, self.meal_hours if in_meal_hours else None)
        for limit in (each for each in limits if each is not None):
            if found is None:
                found = limit
                continue
            pairs = ((max(a, c), min(b, d)) for a, b in found for c, d in limit)
            found = tuple((a, b) for a, b in pairs if a <= b)
        return found

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
    """The paper's rules of taste (prompt F.4), as the person's own words leave them.

    ``meals_any_time`` lifts a rule of our own: a meal begins in the hours for meals.
    """

    cafes_and_bars: int = 2
    bars_anywhere: bool = False
    cafe_may_end: bool = False
    meals_may_follow: bool = False
    meals_any_time: bool = False

    def allows(self, roles: Sequence[str], *, complete: bool = False) -> bool:
        """Whether a run of roles keeps the rules; the last-stop rule only once complete."""
        if sum(role in LIGHT_ROLES for role in roles) > self.cafes_and_bars:
            return False
        if not all(self.may_follow(*pair) for pair in itertools.pairwise(roles)):
            return False
        return not (complete and roles and roles[-1] == "cafe" and not self.cafe_may_end)

    def may_follow(self, before: str, after: str) -> bool:
        """Whether a stop of one role may come right behind a stop of another."""
        if before == "bar" and after != "bar" and not self.bars_anywhere:
            return False
        return not (before == after == "meal" and not self.meals_may_follow)


LIGHT_ROLES = frozenset({"cafe", "bar"})
NO_LIMIT = 99
"""More cafés and bars than any walk holds."""
ANYTHING_GOES = TasteRules(
    cafes_and_bars=10**6,
    bars_anywhere=True,
    cafe_may_end=True,
    meals_may_follow=True,
    meals_any_time=True,
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
    rules
        The rules of taste.
    metres
        Walking metres, like ``seconds``; by an ordinary pace where they are not given.
    before
        Pairs of sets of visits: each chosen one of the first comes before each of the second.
    first, last
        Visits that can only be the first, or the last, stop.
    positions
        For a visit, the one place in the order that it can have, counted from 0.
    max_wait_s
        The longest wait before one door; ``None`` for no limit.
    unreachable
        Visits that no street leads to.
    daily
        Of the wishes with a stated count, those whose count is a day's ("lunch").
    """

    visits: tuple[Visit, ...]
    seconds: tuple[tuple[int | None, ...], ...]
    budget_s: int
    start: int | None = None
    end: int | None = None
    stops: int | None = None
    caps: Mapping[int, int] = field(default_factory=dict)
    wishes: frozenset[int] = frozenset()
    rules: TasteRules = field(default_factory=TasteRules)
    metres: tuple[tuple[float | None, ...], ...] | None = None
    before: tuple[tuple[frozenset[int], frozenset[int]], ...] = ()
    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    positions: Mapping[int, int] = field(default_factory=dict)
    max_wait_s: int | None = MAX_WAIT_S
    daily: frozenset[int] = frozenset()
    unreachable: frozenset[int] = frozenset()

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

    @property
    def candidates(self) -> int:
        """How many different places there are."""
        return len({visit.candidate.place.id for visit in self.visits})

    def leg_m(self, before: int, after: int) -> float:
        """Return the metres between two rows that a way joins."""
        if self.metres is None:
            return (self.seconds[before][after] or 0) * ORDINARY_SPEED_MS
        return self.metres[before][after] or 0.0

    def entries(self, i: int, stay: int) -> Windows | None:
        """Return the windows in which a stay at a visit may begin; ``None`` for any time."""
        return self.visits[i].entries(stay, in_meal_hours=not self.rules.meals_any_time)

    def entry(self, i: int, arrive: int, stay: int) -> int | None:
        """Return the earliest second at which a stay can begin, or ``None``."""
        entries = self.entries(i, stay)
        if entries is None:
            return arrive
        return next((max(arrive, a) for a, b in entries if arrive <= b), None)

    def tastes(self, sequence: Sequence[int], *, complete: bool = True) -> bool:
        """Whether a sequence keeps the rules of taste."""
        return self.rules.allows([self.visits[i].role for i in sequence], complete=complete)

    def ordered(self, sequence: Sequence[int]) -> bool:
        """Whether a sequence keeps the order that the person asked for."""
        if any(i in self.first for i in sequence[1:]) or any(i in self.last for i in sequence[:-1]):
            return False
        at = {i: n for n, i in enumerate(sequence)}
        if any(at.get(i, n) != n for i, n in self.positions.items()):
            return False
        return all(
            max((at[i] for i in early if i in at), default=-1)
            < min((at[i] for i in late if i in at), default=len(sequence))
            for early, late in self.before
        )


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


@dataclass(frozen=True, slots=True)
class DayWalk:
    """One day's problem and its walk; ``worths`` says what each stop adds."""

    day: int
    problem: WalkProblem
    timed: Timeline
    worths: tuple[float, ...]

    @property
    def place_ids(self) -> tuple[str, ...]:
        """The places in order."""
        return tuple(self.problem.visits[i].candidate.place.id for i in self.timed.sequence)


def timeline(
    problem: WalkProblem,
    sequence: Sequence[int],
    stays: Sequence[int],
    *,
    not_before: Sequence[int] | None = None,
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
    not_before
        Seconds before which a stay does not begin, where one prefers to wait.
    """
    now, walked, here = 0, 0, problem.start
    arrive: list[int] = []
    enter: list[int] = []
    depart: list[int] = []
    for n, (i, stay) in enumerate(zip(sequence, stays, strict=True)):
        if here is not None:
            step = problem.seconds[here][i]
            if step is None:
                return None
            now += step
            walked += step
        floor = now if not_before is None else max(now, not_before[n])
        begin = problem.entry(i, floor, stay)
        if begin is None:
            return None
        if problem.max_wait_s is not None and begin - now > problem.max_wait_s:
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


def settle(
    problem: WalkProblem,
    sequence: Sequence[int],
    *,
    stays: Sequence[int] | None = None,
    not_before: Sequence[int] | None = None,
    fill: float = 0.95,
) -> Timeline | None:
    """Time a sequence with stays that adapt to the time there is.

    Usual stays where they fit, shorter ones where they must be, and longer ones where time is
    left over: until ``fill`` of the budget is spent, in equal steps from the first stop on, so
    that no stop takes all the slack. No stop loses a time of day that suits it.

    Parameters
    ----------
    problem
        The walk's frame.
    sequence
        Indices of visits in order.
    stays
        Stays to begin with, in seconds; usual ones, else short ones, where none are given.
    not_before
        Seconds before which a stay does not begin, as in :func:`timeline`.
    fill
        The share of the budget that longer stays may use.
    """
    lengths = [problem.visits[i].stays[1] for i in sequence] if stays is None else [*stays]
    current = timeline(problem, sequence, lengths, not_before=not_before)
    if current is None and stays is None:
        lengths = [problem.visits[i].stays[0] for i in sequence]
        current = timeline(problem, sequence, lengths, not_before=not_before)
    if current is None:
        return None
    step = 5 * 60
    limit = fill * problem.budget_s

    def suited(timed: Timeline) -> list[bool]:
        pairs = zip(sequence, timed.enter, strict=True)
        return [problem.visits[i].suited(enter) for i, enter in pairs]

    well = suited(current)
    # Usual stays come first for everyone; only then does anyone stay long.
    for level in (1, 2):
        growing = True
        while growing:
            growing = False
            for n, i in enumerate(sequence):
                if lengths[n] >= problem.visits[i].stays[level]:
                    continue
                longer = [*lengths]
                longer[n] = min(lengths[n] + step, problem.visits[i].stays[level])
                trial = timeline(problem, sequence, longer, not_before=not_before)
                if trial is None or (level > 1 and trial.finish > limit):
                    continue
                if all(now or not was for was, now in zip(well, suited(trial), strict=True)):
                    lengths, current, growing = longer, trial, True
    return current
