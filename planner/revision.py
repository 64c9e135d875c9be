"""The next plan of a plan and an edit.

What a person did not touch stays as it is: an edit of one stop leaves the order of the others, and
other days, alone, and takes as few of them out as the hours allow, never one that is locked. Only
"I am here now" plans the rest anew. An edit that cannot be had is refused with the reason, and the
plan stays.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from planner.domain import (
    Anchor,
    Appointment,
    Position,
    Request,
    Settings,
    SubRequest,
    Wishes,
)
from planner.errors import FlaneurError
from planner.itinerary.conflict import conflicts
from planner.itinerary.editing import (
    Add,
    HereNow,
    Lock,
    Move,
    Remove,
    Stay,
    Swap,
    Unlock,
    days_of,
    edits_of,
    standing,
)
from planner.itinerary.objective import contributions
from planner.itinerary.schedule import ANYTHING_GOES, DayWalk, Timeline
from planner.language.succession import order_rules
from planner.optimiser import feasible, optimise
from planner.retrieval.binding import bind
from planner.solving import Answer, lenient, solve_case
from planner.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.domain import BoundRequest
    from planner.itinerary.document import AnchorPart, PlanDocument, StopPart
    from planner.itinerary.editing import Edit, Standing
    from planner.itinerary.schedule import WalkProblem
    from planner.pipeline import Planner
    from planner.solving import Case

LONGEST_STAY_MIN = 12 * 60
MOST_DROPPED = 3
ALTERNATIVES = 3
LOOKED_AT = 12
"""So many of the best alike are planned to find the three that cost least."""


class EditRefusedError(FlaneurError, ValueError):
    """An edit that no walk can follow, or that would move what is locked."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A place that may stand where a stop stands.

    ``cost`` is what the plan loses by it, below zero where it gains; ``walk_m`` how much longer
    the way becomes.
    """

    place_id: str
    name: str
    category: str
    cost: float
    walk_m: float


def revise(planner: Planner, document: PlanDocument, edit: Edit) -> PlanDocument:
    """Return the plan after an edit, verified like any other, with the edit written into it.

    Parameters
    ----------
    planner
        The planner of the plan's city.
    document
        A plan with stops.
    edit
        What to change.

    Raises
    ------
    EditRefusedError
        If the edit speaks of a place that is not there, would move what is locked, or leaves no
        walk that holds.
    """
    if not document.stops:
        raise EditRefusedError("There is no walk to edit.", "Plan one first.")
    draft = _Draft.of(planner, document, edit)
    if isinstance(edit, HereNow):
        return draft.rest()
    return draft.changed()


def alternatives(
    planner: Planner, document: PlanDocument, place_id: str
) -> tuple[Alternative, ...]:
    """Return up to three places alike that could stand where a stop stands, the cheapest first.

    Alike is what answers a wish that the stop answers, then what is of its category, then of its
    family; where that is not enough, what else retrieval offered.

    Parameters
    ----------
    planner, document
        The plan, and the planner of its city.
    place_id
        The stop's.
    """
    stop = _stop(document, place_id)
    draft = _Draft.of(planner, document, Lock(place_id=place_id))
    there = {each.place_id for each in document.stops}
    gone = draft.standing.removed
    kind = planner.catalogue.category(stop.category)
    category = planner.catalogue.category
    alike = [
        each
        for each in draft.case.candidates
        if each.place.id not in there | gone and category(each.place.category).role == kind.role
    ]
    alike.sort(
        key=lambda each: (
            not set(each.serves) & set(stop.serves),
            each.place.category != stop.category,
            category(each.place.category).group != kind.group,
            -each.score,
            each.place.id,
        )
    )
    found: list[Alternative] = []
    for each in alike[:LOOKED_AT]:
        try:
            swapped = revise(planner, document, Swap(place_id=place_id, other_id=each.place.id))
        except EditRefusedError:
            continue
        found.append(
            Alternative(
                each.place.id,
                each.place.name,
                each.place.category,
                round(document.totals.score - swapped.totals.score, 4),
                round(swapped.totals.walk_m - document.totals.walk_m, 1),
            )
        )
    return tuple(sorted(found, key=lambda each: (each.cost, each.place_id))[:ALTERNATIVES])


def _stop(document: PlanDocument, place_id: str) -> StopPart:
    for stop in document.stops:
        if stop.place_id == place_id:
            return stop
    raise EditRefusedError("That place is no stop of this walk.", "Choose one of its stops.")


@dataclass(frozen=True)
class _Draft:
    """A plan on its way to the next one."""

    planner: Planner
    document: PlanDocument
    edit: Edit
    standing: Standing
    case: Case

    @staticmethod
    def of(planner: Planner, document: PlanDocument, edit: Edit) -> _Draft:
        """State anew what the plan was made from, with what its edits ask for."""
        _refuse_the_impossible(planner, document, edit)
        settings = settings_of(document)
        if isinstance(edit, HereNow):
            moment = _moment(settings, edit.time)
            visited = tuple(
                stop.place_id
                for stop in document.stops
                if dt.datetime.fromisoformat(stop.visit_from) <= moment
            )
            edit = msgspec.structs.replace(edit, visited=visited)
            settings = _rest_of(settings, moment, len(visited))
        after = standing((*edits_of(document), edit))
        bound = _bound(planner, document, settings, after, edit)
        case = planner.case(bound, settings, Stopwatch())
        offered = {each.place.id for each in case.candidates}
        wanted = (*(stop.place_id for stop in document.stops), *sorted(after.added))
        missing = [each for each in wanted if each not in offered | after.removed]
        if missing:
            more = replace(bound, required=(*bound.required, *dict.fromkeys(missing)))
            case = replace(planner.case(more, settings, Stopwatch()), bound=bound)
        required = {*bound.required, *after.added, *after.locked} - after.removed
        return _Draft(
            planner,
            document,
            edit,
            after,
            replace(
                _without_served(case, document, edit),
                candidates=tuple(
                    replace(each, required=each.place.id in required) for each in case.candidates
                ),
                stays={
                    place_id: (minutes * 60, minutes * 60, minutes * 60)
                    for place_id, minutes in after.minutes.items()
                },
            ),
        )

    # --- edits of one day ---

    def changed(self) -> PlanDocument:
        """Return the plan with the edit's day planned anew, in its order."""
        day, order, free = self._wanted()
        walks = {each: self._kept(each) for each in range(1, self.case.settings.days + 1)}
        if isinstance(self.edit, Lock | Unlock):
            stated = [self._as_it_was(each) for each in walks if walks[each]]
        else:
            stated = [
                self._as_it_was(each) if each != day else self._day(day, order, free)
                for each in walks
                if walks[each] or each == day
            ]
        return self._document(tuple(stated))

    def _kept(self, day: int) -> tuple[StopPart, ...]:
        return days_of(self.document).get(day, ())

    def _wanted(self) -> tuple[int, tuple[str, ...], str | None]:
        """Return the edited day, its stops in order, and one that may stand anywhere."""
        edit = self.edit
        if isinstance(edit, Add):
            ids = [stop.place_id for stop in self._kept(edit.day)]
            if edit.at is None:
                return edit.day, (*ids, edit.place_id), edit.place_id
            ids.insert(min(max(edit.at, 0), len(ids)), edit.place_id)
            return edit.day, tuple(ids), None
        assert not isinstance(edit, HereNow)  # noqa: S101 - planned by rest()
        day = _stop(self.document, edit.place_id).day
        ids = [stop.place_id for stop in self._kept(day)]
        at = ids.index(edit.place_id)
        if isinstance(edit, Remove):
            ids.pop(at)
        elif isinstance(edit, Swap):
            ids[at] = edit.other_id
        elif isinstance(edit, Move):
            ids.insert(min(max(edit.to, 0), len(ids) - 1), ids.pop(at))
        return day, tuple(ids), None

    def _day(self, day: int, order: tuple[str, ...], free: str | None) -> DayWalk:
        """Plan one day with some stops in an order, dropping as few as must be."""
        if not order:
            raise EditRefusedError(
                "A walk needs at least one stop.", "Add another one first, or plan anew."
            )
        must = {each.place.id for each in self.case.candidates if each.required}
        if isinstance(self.edit, Move | Stay):
            must.add(self.edit.place_id)
        spare = [place_id for place_id in order if place_id not in must]
        known = {stop.place_id: stop.score for stop in self.document.stops}
        spare.sort(key=lambda place_id: (known.get(place_id, 0.0), place_id))
        for dropped in _subsets(spare, MOST_DROPPED):
            left = tuple(place_id for place_id in order if place_id not in dropped)
            if not left:
                break
            stated = self._stated(day, left, free)
            if not feasible(replace(stated, rules=ANYTHING_GOES)):
                continue
            for problem in lenient(stated):
                if not feasible(problem):
                    continue
                found = optimise(
                    problem, seconds=self.planner.seconds, seed=self.case.settings.seed
                )
                if found is not None:
                    free_to_go = self._freed(problem)
                    worths = contributions(free_to_go, found.timed)
                    return DayWalk(day, free_to_go, found.timed, worths)
        raise self._refusal(day, order, free)

    def _stated(self, day: int, order: tuple[str, ...], free: str | None) -> WalkProblem:
        """State a day's problem with some stops, all of them and in their order."""
        chain = tuple(place_id for place_id in order if place_id != free)
        at = {stop.place_id: n for n, stop in enumerate(self._kept(day))}
        held = {each: at[each] for each in self.standing.in_place if each in at}
        case = replace(_case_of(self.case, frozenset(order)), chains=(chain,), positions=held)
        whole = case.problem(self.planner.catalogue, day)
        served = {stop.place_id: stop.serves for stop in self.document.stops}
        keep: dict[str, int] = {}
        for i, visit in enumerate(whole.visits):
            place_id = visit.candidate.place.id
            # A place that may answer two wishes answers the one that it answered before.
            if place_id in order and (
                place_id not in keep or visit.candidate.serves == served.get(place_id)
            ):
                keep[place_id] = i
        problem = _narrowed(whole, sorted(keep.values()))
        forced = tuple(
            replace(visit, candidate=replace(visit.candidate, required=True))
            for visit in problem.visits
        )
        # An edit is the person's own word: how many stops there are is theirs to say.
        return replace(problem, visits=forced, stops=None, caps={})

    def _freed(self, problem: WalkProblem) -> WalkProblem:
        """Return a problem in which must-sees alone are required."""
        must = {each.place.id for each in self.case.candidates if each.required}
        visits = tuple(
            replace(
                visit,
                candidate=replace(visit.candidate, required=visit.candidate.place.id in must),
            )
            for visit in problem.visits
        )
        return replace(problem, visits=visits)

    def _as_it_was(self, day: int) -> DayWalk:
        """Return a day's walk with the times and worths that the plan gives it."""
        stops = self._kept(day)
        problem = self._freed(self._stated(day, tuple(stop.place_id for stop in stops), None))
        index = {visit.candidate.place.id: i for i, visit in enumerate(problem.visits)}
        begin = self.case.settings.start + dt.timedelta(days=day - 1)

        def since(text: str) -> int:
            return round((dt.datetime.fromisoformat(text) - begin).total_seconds())

        legs = [leg for leg in self.document.legs if leg.day == day]
        home = sum(leg.duration_s for leg in legs if leg.target == "end")
        timed = Timeline(
            tuple(index[stop.place_id] for stop in stops),
            tuple(since(stop.arrive) for stop in stops),
            tuple(since(stop.visit_from) for stop in stops),
            tuple(since(stop.depart) for stop in stops),
            since(stops[-1].depart) + home,
            sum(leg.duration_s for leg in legs),
        )
        kept = next(
            (each for each in lenient(problem) if _tasteful(each, timed)), lenient(problem)[-1]
        )
        return DayWalk(day, kept, timed, tuple(stop.score for stop in stops))

    def _refusal(self, day: int, order: tuple[str, ...], free: str | None) -> EditRefusedError:
        problem = replace(self._stated(day, order, free), rules=ANYTHING_GOES)
        settings = replace(
            self.case.settings, start=self.case.settings.start + dt.timedelta(days=day - 1)
        )
        reasons = conflicts(problem, settings, self.case.bound, feasible)
        text = reasons[0].text
        return EditRefusedError(
            f"That does not fit: {text}.", "Unlock or remove something, or give it more time."
        )

    # --- the rest of the day ---

    def rest(self) -> PlanDocument:
        """Plan what is left of the day from where one is, anew; what is locked stays."""
        locked = tuple(
            stop.place_id for stop in self.document.stops if stop.place_id in self.standing.locked
        )
        ahead = [s.place_id for s in self.document.stops if s.place_id not in self.standing.removed]
        case = replace(
            self.case,
            chains=(locked,) if len(locked) > 1 else (),
            positions={each: ahead.index(each) for each in self.standing.in_place if each in ahead},
        )
        answer = solve_case(
            case, self.planner.catalogue, seconds=self.planner.seconds, compare=False
        )
        if not answer.walks:
            problem = replace(answer.problem, rules=ANYTHING_GOES)
            reasons = conflicts(problem, case.settings, case.bound, feasible)
            raise EditRefusedError(
                f"From {case.settings.start:%H:%M} on no walk holds: {reasons[0].text}.",
                "Unlock something, or end later.",
            )
        return self._signed(self.planner.compose(answer))

    # --- documents ---

    def _document(self, walks: tuple[DayWalk, ...]) -> PlanDocument:
        chosen = {place_id for walk in walks for place_id in walk.place_ids}
        missed = [place_id for place_id in self.case.bound.required if place_id not in chosen]
        if missed:
            names = " and ".join(self.planner.city.places[each].name for each in missed)
            raise EditRefusedError(f"{names} would be missing.", "Remove it first.")
        at = {place_id: n for walk in walks for n, place_id in enumerate(walk.place_ids)}
        case = replace(
            self.case,
            chains=tuple(walk.place_ids for walk in walks),
            positions={each: at[each] for each in self.standing.in_place if each in at},
            settings=replace(self.case.settings, stops=None),
            counts={},
        )
        value = math.fsum(worth for walk in walks for worth in walk.worths)
        same = len({walk.problem.rules for walk in walks}) == 1
        patient = any(walk.problem.max_wait_s is None for walk in walks)
        problem = replace(
            walks[0].problem,
            rules=walks[0].problem.rules if same else ANYTHING_GOES,
            max_wait_s=None if patient else walks[0].problem.max_wait_s,
        )
        # Nothing is claimed of other walks: what the person chose is not for the solver to judge.
        answer = Answer(case, problem, walks, value, proven=False)
        return self._signed(self.planner.compose(answer))

    def _signed(self, document: PlanDocument) -> PlanDocument:
        """Return a plan with the edits that led to it; one that does not hold is refused."""
        if document.violations:
            raise EditRefusedError(
                f"That does not hold: {document.violations[0].text}", "Try another edit."
            )
        return msgspec.structs.replace(
            document,
            plan_id=self.document.plan_id,
            edits=(*edits_of(self.document), self.edit),
        )


def _tasteful(problem: WalkProblem, timed: Timeline) -> bool:
    """Whether a walk keeps the rules of taste of its problem."""
    entries = (
        problem.entries(i, stay) for i, stay in zip(timed.sequence, timed.stays, strict=True)
    )
    return problem.tastes(timed.sequence) and all(
        windows is None or any(a <= enter <= b for a, b in windows)
        for windows, enter in zip(entries, timed.enter, strict=True)
    )


def _without_served(case: Case, document: PlanDocument, edit: Edit) -> Case:
    """Return a case without the wishes that the stops behind have served already."""
    if not isinstance(edit, HereNow):
        return case
    used = Counter(
        wish for stop in document.stops if stop.place_id in edit.visited for wish in stop.serves
    )
    counts = {wish: max(count - used[wish], 0) for wish, count in case.counts.items()}
    return replace(case, wishes=case.wishes - set(used), counts=counts)


def _moment(settings: Settings, time: str) -> dt.datetime:
    """Return when a time of day comes on a walk.

    Raises
    ------
    EditRefusedError
        If it is no time, or the walk is over by then.
    """
    try:
        at = dt.datetime.combine(settings.start.date(), dt.time.fromisoformat(time))
    except ValueError as error:
        raise EditRefusedError(f'"{time}" is no time.', "Write it like 14:20.") from error
    if at < settings.start:
        at += dt.timedelta(days=1)
    if at >= settings.latest_end:
        raise EditRefusedError(
            f"The walk is over at {settings.latest_end:%H:%M}.", "Plan another one."
        )
    return at


def _rest_of(settings: Settings, moment: dt.datetime, visited: int) -> Settings:
    """Return the frame of what is left of a walk."""
    if settings.days > 1:
        raise EditRefusedError(
            "The rest of one day among several cannot be planned.", "Plan that day by itself."
        )
    left = (settings.latest_end - moment).total_seconds() / 3600
    stops = None if settings.stops is None else max(settings.stops - visited, 1)
    return replace(settings, start=moment, hours=round(left, 4), stops=stops)


def _refuse_the_impossible(planner: Planner, document: PlanDocument, edit: Edit) -> None:
    """Refuse an edit that speaks of what is not there, or moves what is locked."""
    before = standing(edits_of(document))
    if isinstance(edit, Add | Swap):
        new = edit.place_id if isinstance(edit, Add) else edit.other_id
        if new not in planner.city.places:
            raise EditRefusedError("That place is not in this city.", "Choose another one.")
        if any(stop.place_id == new for stop in document.stops):
            name = planner.city.places[new].name
            raise EditRefusedError(f"{name} is a stop already.", "Choose another place.")
    if isinstance(edit, Add):
        if not 1 <= edit.day <= document.settings.days:
            raise EditRefusedError(f"There is no day {edit.day}.", "Choose one of the plan's days.")
        return
    if isinstance(edit, HereNow):
        return
    name = _stop(document, edit.place_id).name
    if isinstance(edit, Remove | Swap) and edit.place_id in before.locked:
        raise EditRefusedError(f"{name} is locked.", "Unlock it first.")
    if isinstance(edit, Move) and edit.place_id in before.in_place:
        raise EditRefusedError(f"{name} is locked in its place.", "Unlock it first.")
    if isinstance(edit, Stay) and not 1 <= edit.minutes <= LONGEST_STAY_MIN:
        raise EditRefusedError(
            f"A stay of {edit.minutes} minutes makes no sense.", "Choose 1 to 720 minutes."
        )


def _case_of(case: Case, ids: frozenset[str]) -> Case:
    """Return a case with some of its candidates only, to state a problem from."""
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


def _narrowed(problem: WalkProblem, keep: Sequence[int]) -> WalkProblem:
    """Return a problem with some of its visits only."""
    new = {i: n for n, i in enumerate(keep)}
    n = len(problem.visits)
    anchors = [row for row in (problem.start, problem.end) if row is not None]
    rows = [*keep, *anchors]

    def some(ids: frozenset[int]) -> frozenset[int]:
        return frozenset(new[i] for i in ids if i in new)

    pairs = tuple((some(early), some(late)) for early, late in problem.before)
    start, end = problem.start, problem.end
    return replace(
        problem,
        visits=tuple(problem.visits[i] for i in keep),
        seconds=tuple(tuple(problem.seconds[a][b] for b in rows) for a in rows),
        metres=None
        if problem.metres is None
        else tuple(tuple(problem.metres[a][b] for b in rows) for a in rows),
        start=None if start is None else start - n + len(keep),
        end=None if end is None else end - n + len(keep),
        before=tuple(pair for pair in pairs if all(pair)),
        first=some(problem.first),
        last=some(problem.last),
        positions={new[i]: at for i, at in problem.positions.items() if i in new},
        unreachable=some(problem.unreachable),
    )


def _subsets(ids: Sequence[str], most: int) -> Iterator[frozenset[str]]:
    """Yield sets to drop, the smallest first, and of one size the least worth first."""
    for size in range(min(most, len(ids)) + 1):
        for dropped in itertools.combinations(ids, size):
            yield frozenset(dropped)


def settings_of(document: PlanDocument) -> Settings:
    """Return the frame that a plan was made for."""
    said = document.settings
    return Settings(
        start=dt.datetime.fromisoformat(f"{said.date}T{said.start_time}"),
        hours=said.hours,
        stops=said.stops,
        pace_kmh=said.pace_kmh,
        step_free=said.step_free,
        weather=said.weather,  # type: ignore[arg-type]  # a plan's weather is one of them
        days=said.days,
        seed=said.seed,
    )


def _anchor(planner: Planner, part: AnchorPart | None) -> Anchor | None:
    if part is None:
        return None
    place = None if part.place_id is None else planner.city.places.get(part.place_id)
    return Anchor(part.name, Position(part.lat, part.lon), place)


def _bound(
    planner: Planner, document: PlanDocument, settings: Settings, after: Standing, edit: Edit
) -> BoundRequest:
    """Bind the plan's request again, with what its edits ask for."""
    understood = document.understood
    request = Request(
        document.request,
        tuple(
            SubRequest(each.pos, each.neg, mustsee=each.mustsee, type=each.type)
            for each in understood.subrequests
        ),
        stops=understood.stops,
        by=understood.by,
    )
    bound = bind(request, Wishes(), planner.library)
    there = {stop.place_id for stop in document.stops}
    wanted = [
        place_id
        for place_id in (*bound.required, *(s.place_id for s in document.stops if s.required))
        if place_id in there
    ]
    required = dict.fromkeys((*wanted, *sorted(after.added)))
    dates = () if document.appointments is msgspec.UNSET else document.appointments
    served = {
        wish for stop in document.stops if stop.place_id in after.moved for wish in stop.serves
    }
    under_way = any(isinstance(each, HereNow) for each in (*edits_of(document), edit))
    order = tuple(
        rule
        for rule in order_rules(document.request, request.subrequests, now=settings.start)
        if not {rule.wish, rule.other} & served
        and not (under_way and rule.kind in {"first", "halfway"})
    )
    return replace(
        bound,
        required=tuple(each for each in required if each not in after.removed),
        excluded_ids=(bound.excluded_ids | after.removed) - after.added,
        excluded_by={**dict.fromkeys(after.removed, "your edit"), **bound.excluded_by},
        start=Anchor(edit.name, Position(edit.lat, edit.lon))
        if isinstance(edit, HereNow)
        else _anchor(planner, document.start),
        end=_anchor(planner, document.end),
        order=order,
        appointments=tuple(
            Appointment(each.place_id, dt.time.fromisoformat(each.at))
            for each in dates
            if each.place_id not in after.removed and each.place_id in there
        ),
    )
