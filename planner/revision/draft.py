"""A plan on its way to the next one."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from planner.impossibility import case_of, possible
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
from planner.itinerary.wording import listed
from planner.optimiser import optimise
from planner.revision.premises import bound_of, rest_of, settings_of, without_served
from planner.revision.refusal import EditRefusedError, refuse_the_impossible, stop_of
from planner.revision.shortlist import narrowed, subsets
from planner.solving import Answer, lenient, solve_case
from planner.stopwatch import Stopwatch

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument, StopPart
    from planner.itinerary.editing import Edit, Standing
    from planner.itinerary.schedule import WalkProblem
    from planner.pipeline import Planner
    from planner.solving import Case

MOST_DROPPED = 3


@dataclass(frozen=True)
class Draft:
    """A plan on its way to the next one."""

    planner: Planner
    document: PlanDocument
    edit: Edit
    standing: Standing
    case: Case

    @staticmethod
    def of(planner: Planner, document: PlanDocument, edit: Edit) -> Draft:
        """State anew what the plan was made from, with what its edits ask for."""
        refuse_the_impossible(planner, document, edit)
        settings = settings_of(document)
        if isinstance(edit, HereNow):
            edit, settings = rest_of(document, settings, edit)
        after = standing((*edits_of(document), edit))
        bound = bound_of(planner, document, settings, after, edit)
        case = planner.case(bound, settings, Stopwatch())
        offered = {each.place.id for each in case.candidates}
        wanted = (*(stop.place_id for stop in document.stops), *sorted(after.added))
        missing = [each for each in wanted if each not in offered | after.removed]
        if missing:
            more = replace(bound, required=(*bound.required, *dict.fromkeys(missing)))
            case = replace(planner.case(more, settings, Stopwatch()), bound=bound)
        required = {*bound.required, *after.added, *after.locked} - after.removed
        return Draft(
            planner,
            document,
            edit,
            after,
            replace(
                without_served(case, document, edit),
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
        day = stop_of(self.document, edit.place_id).day
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
        for dropped in subsets(spare, MOST_DROPPED):
            left = tuple(place_id for place_id in order if place_id not in dropped)
            if not left:
                break
            stated = self._stated(day, left, free)
            if not possible(replace(stated, rules=ANYTHING_GOES)):
                continue
            for problem in lenient(stated):
                if not possible(problem):
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
        case = replace(case_of(self.case, frozenset(order)), chains=(chain,), positions=held)
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
        problem = narrowed(whole, sorted(keep.values()))
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
        reasons = conflicts(problem, settings, self.case.bound, possible)
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
            reasons = conflicts(problem, case.settings, case.bound, possible)
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
            names = listed([self.planner.city.places[each].name for each in missed])
            raise EditRefusedError(
                f"That would leave no room for {names}, which you asked for.",
                "Take it out of the walk first, or shorten another stay.",
            )
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
            text = document.violations[0].text.rstrip(".")
            raise EditRefusedError(
                f"With that the walk would not hold: {text}.",
                "Give it more time, remove a stop, or leave it as it is.",
            )
        # What is left of one day among several is a plan of its own; the whole one stays saved.
        same = document.settings.days == self.document.settings.days
        return msgspec.structs.replace(
            document,
            plan_id=self.document.plan_id if same else None,
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
