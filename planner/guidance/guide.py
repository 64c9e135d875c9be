"""From here and now: what to do next, bound to real places and verified (GPlan).

The table policy, and the small model where it is asked, propose sequences of intents; each is bound
to places that are open and within reach, timed along the streets, and held against the verifier
like any plan. Where nothing can be done, the answer says so, and what comes first.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from planner.domain import (
    Candidate,
)
from planner.errors import FlaneurError
from planner.guidance.document import NextDocument
from planner.guidance.fitting import Feasibility, Fit, day_walk, fit
from planner.guidance.offering import BY, Offered, case_of
from planner.guidance.openings import nothing_to_do
from planner.guidance.surroundings import PACE_KMH, AsAsked
from planner.guidance.teacher import Teacher
from planner.intents.context import Context
from planner.intents.distill.samples import prompt_of
from planner.intents.policy import LEAST, Step, ever, reason, sequences
from planner.intents.policy import Sequence as IntentSequence
from planner.intents.supply import DETOUR, supply
from planner.intents.vocabulary import Vocabulary
from planner.itinerary.document import CostPart, IntentPart, SecondsPart
from planner.library.hours import opening_windows
from planner.retrieval.table import Mark
from planner.solving import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from planner.domain import Anchor, Place
    from planner.guidance.document import Nothing
    from planner.guidance.question import Question
    from planner.guidance.student import Student
    from planner.guidance.surroundings import Surroundings
    from planner.intents.supply import Offer
    from planner.intents.vocabulary import Intent
    from planner.itinerary.document import PlanDocument
    from planner.pipeline import Planner

STUDENT = "intents"
ALTERNATIVES = 3
TRIED = 7
"""Sequences that are bound to places, to find the alternatives among."""
DEFAULT_HOURS = 3.0
REACH_SHARE, REACH_MIN = 0.4, 25
"""Of the time there is, and in minutes at most, what one walks to a place."""


@dataclass(frozen=True)
class Guide:
    """Tells what to do next in a planner's city.

    Parameters
    ----------
    planner
        The planner of the city.
    vocabulary
        The intents.
    surroundings
        What is around a spot.
    student
        The small model whose sequences join those of the table, if any.
    """

    planner: Planner
    vocabulary: Vocabulary
    surroundings: Surroundings
    student: Student | None = None

    @staticmethod
    def of(planner: Planner, student: Student | None = None) -> Guide:
        """Return the guide of a planner, with the intents that are shipped."""
        vocabulary = Vocabulary.load()
        return Guide(planner, vocabulary, AsAsked(planner.city, vocabulary), student)

    def next(self, question: Question) -> NextDocument:
        """Return up to three alternatives, the best first, each verified.

        Parameters
        ----------
        question
            Where, when, until when and in which weather.

        Raises
        ------
        FlaneurError
            If no street of the city is near, or no time is left.
        """
        began = time.perf_counter()
        now = _whole_minute(question.now)
        until = question.until or now + dt.timedelta(hours=DEFAULT_HOURS)
        left = int((until - now).total_seconds() // 60)
        if left < 1:
            raise FlaneurError("No time is left.", "Name a later time: --until HH:MM")
        self._refuse_far_away(question.at)
        context = self.context(question, now, left)
        offered, proposed = self._proposed(question, context)
        found: tuple[PlanDocument, ...] = ()
        if offered is not None:
            alternatives = self._alternatives(question.at, offered, proposed, context)
            found = tuple(islice(alternatives, ALTERNATIVES))
        nothing: Nothing | msgspec.UnsetType = msgspec.UNSET
        if not found:
            nothing = nothing_to_do(
                self.planner, self.vocabulary, self.surroundings, question.at.position, context
            )
        return NextDocument(
            now=now.isoformat(),
            at=(question.at.position.lat, question.at.position.lon),
            alternatives=found,
            by=BY if self.student is None else f"{BY} and {STUDENT}",
            context=context.text(),
            nothing=nothing,
            seconds=round(time.perf_counter() - began, 3),
        )

    def _offers(self, question: Question, context: Context) -> dict[str, tuple[Offer, ...]]:
        """Return for each intent the places within reach that serve it."""
        speed = PACE_KMH / 3.6
        reach_m = min(context.left_min * REACH_SHARE, REACH_MIN) * 60 * speed
        return supply(
            self.surroundings.around(question.at.position, reach_m),
            context,
            self.planner.catalogue,
            self.vocabulary,
            reach_m=reach_m,
            speed_ms=speed,
            without=question.visited_today | _ids(question.at.place),
        )

    def _proposed(
        self, question: Question, context: Context
    ) -> tuple[Offered | None, tuple[IntentSequence, ...]]:
        """Return what is on offer, and the sequences that the table and the student propose."""
        offers = self._offers(question, context)
        keys = frozenset(offers)
        ways = {key: _minutes_to(each) for key, each in offers.items()}
        proposed = sequences(context, self.vocabulary, available=keys, ways=ways)[:TRIED]
        if not proposed:
            # Better a walk in the rain than none.
            proposed = sequences(context, self.vocabulary, available=keys, least=LEAST / 5)[:TRIED]
            used = {key for each in proposed for key in each.keys}
            few = {key: each for key, each in offers.items() if key in used}
            return self._offered(question.at, context, few), proposed
        likely = {key: each for key, each in offers.items() if ever(self.vocabulary[key], context)}
        offered = self._offered(question.at, context, likely)
        if offered is not None and self.student is not None:
            known = {each.keys for each in proposed}
            learned = (keys for keys in self._learned(offered, context) if keys not in known)
            proposed += tuple(self._sequence(keys, context) for keys in learned)
        return offered, proposed

    def _learned(self, offered: Offered, context: Context) -> tuple[tuple[str, ...], ...]:
        """Return the sequences that the student proposes."""
        prospects = Teacher(offered.problem, offered.intents, context).prospects()
        if self.student is None or not prospects:
            return ()
        keys = frozenset(each.key for each in prospects)
        prompt = prompt_of(context, prospects)
        possible = self.feasibility(offered, context)
        found = self.student.propose(prompt, keys, TRIED, possible=possible)
        return tuple(each.keys for each in found)

    def feasibility(self, offered: Offered, context: Context) -> Feasibility:
        """Return what says whether intents in their order can be carried out.

        Parameters
        ----------
        offered, context
            What is on offer, and when.
        """
        return Feasibility(
            offered.problem, context, offered.serving(), lambda keys: self._sequence(keys, context)
        )

    def proposals(
        self, question: Question, context: Context
    ) -> list[tuple[IntentSequence, Fit | None]]:
        """Return the sequences that are proposed, each with the best places for it.

        Parameters
        ----------
        question, context
            Where and when, and what is known of it.
        """
        offered, proposed = self._proposed(question, context)
        if offered is None:
            return []
        return [
            (each, fit(offered.problem, each, context, layers=offered.layers(each)))
            for each in proposed
        ]

    def carried_out(
        self, question: Question, context: Context, keys: Sequence[str]
    ) -> PlanDocument | None:
        """Return the verified plan of a sequence of intents, all of it.

        Parameters
        ----------
        question, context
            Where and when, and what is known of it.
        keys
            The intents in their order.

        Returns
        -------
        PlanDocument or None
            ``None`` where it cannot be carried out, or the verifier has something against it.
        """
        offered = self.everything(question, context)
        if offered is None or not keys:
            return None
        sequence = self._sequence(keys, context)
        layers = offered.layers(sequence)
        found = fit(offered.problem, sequence, context, layers=layers, whole=True)
        if found is None:
            return None
        return self._plan(question.at, offered, sequence, found, context)

    def _sequence(self, keys: Sequence[str], context: Context) -> IntentSequence:
        """Return intents in their order as a sequence; its times are found when it is bound."""
        steps = tuple(Step(self.vocabulary[key], context.now, 0.0) for key in keys)
        return IntentSequence(steps, 0.0, tuple(keys))

    def everything(self, question: Question, context: Context) -> Offered | None:
        """Return all that could be done next; ``None`` where nothing is on offer.

        Parameters
        ----------
        question, context
            Where and when, and what is known of it.
        """
        offers = {
            key: each
            for key, each in self._offers(question, context).items()
            if ever(self.vocabulary[key], context)
        }
        return self._offered(question.at, context, offers)

    def context(self, question: Question, now: dt.datetime, left_min: int) -> Context:
        """Return everything that is known of the circumstances.

        Parameters
        ----------
        question
            Where and when.
        now, left_min
            The whole minute, and the minutes that are left.
        """
        here = question.at.position
        midnight = dt.datetime.combine(now.date(), dt.time())
        tomorrow = midnight + dt.timedelta(days=1)
        sun = opening_windows("sunrise-sunset", midnight, tomorrow, here)
        place = question.at.place
        return Context(
            now=now,
            left_min=left_min,
            weather=question.weather,
            holiday=bool(opening_windows("PH 00:00-24:00", midnight, tomorrow, here)),
            position=here,
            at=None if place is None else place.category,
            done=self._done(question.visited_today),
            likes=self._intents_of(Mark.FAVOURITE),
            visited=self._kinds_of(Mark.VISITED),
            never=self._kinds_of(Mark.NEVER),
            daylight=sun[0] if sun else None,
        )

    def _done(self, visited: Collection[str]) -> tuple[str, ...]:
        places = self.planner.city.places
        kinds = [places[each].category for each in sorted(visited) if each in places]
        served = (self.vocabulary.serving(kind) for kind in kinds)
        return tuple(intents[0].key for intents in served if intents)

    def _kinds_of(self, mark: Mark) -> frozenset[str]:
        table = self.planner.city.index.table
        return frozenset(table.kinds[code] for code in set(table.kind[table.marked(mark)].tolist()))

    def _intents_of(self, mark: Mark) -> frozenset[str]:
        return frozenset(
            intent.key for kind in self._kinds_of(mark) for intent in self.vocabulary.serving(kind)
        )

    def _refuse_far_away(self, at: Anchor) -> None:
        from planner.streets.attachment import attach

        if attach(self.planner.city.streets, [at.position]).edge[0] < 0:
            raise FlaneurError(
                f"{at.name} is not near any street of {self.planner.city.name}.",
                'Name a place in the city: --at "PLACE" or --at LAT,LON; '
                "flaneur city list shows the cities that are here.",
            )

    def _offered(
        self, at: Anchor, context: Context, offers: Mapping[str, tuple[Offer, ...]]
    ) -> Offered | None:
        """State all places on offer as one problem; ways are measured once."""
        if not offers:
            return None
        chosen: dict[str, Candidate] = {}
        serving: dict[str, list[Intent]] = {}
        for wish, (key, each) in enumerate(offers.items()):
            for offer in each:
                place = offer.place
                chosen.setdefault(place.id, Candidate(place, offer.score, serves=(wish,)))
                serving.setdefault(place.id, []).append(self.vocabulary[key])
        candidates = tuple(chosen.values())
        places = tuple(each.place for each in candidates)
        attachments, metres = self.surroundings.ways(places, at.position)
        sequence = self._sequence(tuple(offers), context)
        case = case_of(sequence, at, context, candidates, (attachments, metres))
        problem = case.problem(self.planner.catalogue)
        intents = tuple(tuple(serving[each.candidate.place.id]) for each in problem.visits)
        return Offered(case, problem, intents)

    def _alternatives(
        self,
        at: Anchor,
        offered: Offered,
        proposed: Sequence[IntentSequence],
        context: Context,
    ) -> Iterator[PlanDocument]:
        """Yield verified plans, the best first, that lead to different places first."""
        used: frozenset[str] = frozenset()
        firsts: set[str] = set()
        left = [(each, offered.layers(each)) for each in proposed]
        while left:
            fits = [
                (each, layers, fit(offered.problem, each, context, layers=layers, used=used))
                for each, layers in left
            ]
            ranked = sorted(
                ((found.value, n) for n, (_, _, found) in enumerate(fits) if found is not None),
                key=lambda each: (-each[0], each[1]),
            )
            if not ranked:
                return
            chosen, _, found = fits[ranked[0][1]]
            # What was far behind at first is not what comes next.
            left = [fits[n][:2] for _, n in ranked[1 : TRIED + 1]]
            document = None
            if found is not None:
                document = self._plan(at, offered, chosen, found, context)
            if document is None or document.stops[0].place_id in firsts:
                continue
            firsts.add(document.stops[0].place_id)
            used |= {stop.place_id for stop in document.stops}
            yield document

    def _plan(
        self,
        at: Anchor,
        offered: Offered,
        sequence: IntentSequence,
        found: Fit,
        context: Context,
    ) -> PlanDocument | None:
        """Return the plan of a fitted sequence, if the verifier has nothing against it."""
        began = time.perf_counter()
        done = replace(sequence, steps=sequence.steps[: len(found.visits)])
        places = [offered.problem.visits[i].candidate for i in found.visits]
        rows = [offered.case.candidates.index(each) for each in places]
        rows.append(len(offered.case.candidates))
        ways = (offered.case.attachments.take(rows), offered.case.metres[np.ix_(rows, rows)])
        candidates = tuple(replace(each, serves=(n,)) for n, each in enumerate(places))
        case = case_of(done, at, context, candidates, ways)
        problem = case.problem(self.planner.catalogue)
        walk = day_walk(problem, Fit(tuple(range(len(places))), found.worths))
        if walk is None:
            return None
        answer = Answer(case, problem, (walk,), found.value, proven=True)
        document = self.planner.compose(answer)
        if document.violations:
            return None
        intents = []
        for stop, planned in zip(document.stops, sequence.steps, strict=False):
            begins = dt.datetime.fromisoformat(stop.visit_from)
            ends = dt.datetime.fromisoformat(stop.depart)
            part = IntentPart(
                category=stop.category,
                start=f"{begins:%H:%M}",
                end=f"{ends:%H:%M}",
                reason=reason(replace(planned, begins=begins), context),
            )
            intents.append(part)
        spent = round(time.perf_counter() - began, 3)
        return msgspec.structs.replace(
            document,
            request=", then ".join(step.intent.label for step in sequence.steps[: len(intents)]),
            intents=tuple(intents),
            stops=tuple(
                msgspec.structs.replace(stop, why=part.reason)
                for stop, part in zip(document.stops, intents, strict=True)
            ),
            left_out=(),
            cost=CostPart(seconds=SecondsPart(total=spent, optimise=spent, first_plan=spent)),
        )


def _whole_minute(now: dt.datetime) -> dt.datetime:
    """Return the next whole minute: nobody walks off before the answer is there."""
    late = now.second or now.microsecond
    return now.replace(second=0, microsecond=0) + dt.timedelta(minutes=1 if late else 0)


def _minutes_to(offers: Sequence[Offer]) -> int:
    """Return the minutes on foot to the nearest of some places, before its way is measured."""
    metres = DETOUR * min(offer.straight_m for offer in offers)
    return max(1, math.ceil(metres / (PACE_KMH / 3.6) / 60))


def _ids(place: Place | None) -> frozenset[str]:
    return frozenset() if place is None else frozenset({place.id})
