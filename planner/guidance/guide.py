"""From here and now: what to do next, bound to real places and verified (GPlan).

The table policy proposes sequences of intents; each is bound to places that are open and within
reach, timed by the optimiser along the streets, and held against the verifier like any plan. Where
nothing can be done, the answer says so, and what comes first.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from planner.domain import (
    BoundRequest,
    Candidate,
    OrderRule,
    Request,
    Settings,
    SubRequest,
)
from planner.errors import FlaneurError
from planner.guidance.document import NextDocument, Nothing
from planner.guidance.fitting import day_walk, fit
from planner.intents.context import Context
from planner.intents.policy import LEAST, Step, ever, reason, sequences
from planner.intents.policy import Sequence as IntentSequence
from planner.intents.supply import next_openings, supply
from planner.intents.vocabulary import Vocabulary
from planner.itinerary.document import CostPart, IntentPart, SecondsPart
from planner.library.cityplaces import places_within
from planner.library.hours import opening_windows
from planner.retrieval.table import Mark
from planner.solving import Answer, Case
from planner.streets.network import NO_FLAGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from planner.domain import Anchor, Place, Position, Weather
    from planner.guidance.fitting import Fit
    from planner.intents.supply import Offer, Opening
    from planner.intents.vocabulary import Intent
    from planner.itinerary.document import PlanDocument
    from planner.itinerary.schedule import WalkProblem
    from planner.pipeline import Planner

BY = "table"
ALTERNATIVES = 3
TRIED = 7
"""Sequences that are bound to places, to find the alternatives among."""
DEFAULT_HOURS = 3.0
LONGEST = dt.timedelta(hours=14)
REACH_SHARE, REACH_MIN = 0.4, 25
"""Of the time there is, and in minutes at most, what one walks to a place."""
FAR_KM = (1.0, 3.0, 10.0)
"""How far around one looks for what opens next, as long as nothing is found."""
PACE_KMH = 4.8


@dataclass(frozen=True, slots=True)
class Question:
    """Where and when somebody asks what to do next.

    Attributes
    ----------
    at
        Where they stand.
    now
        The local moment.
    until
        When they must be done; three hours later where absent.
    weather
        The weather.
    visited_today
        Ids of places where they were today; these are not offered again.
    """

    at: Anchor
    now: dt.datetime
    until: dt.datetime | None = None
    weather: Weather = "dry"
    visited_today: frozenset[str] = frozenset()


def until_of(clock: dt.time, now: dt.datetime) -> dt.datetime:
    """Return the moment that a time of day means: today, or in the night that follows.

    Raises
    ------
    FlaneurError
        If that time has passed today and is no hour of the coming night.
    """
    moment = dt.datetime.combine(now.date(), clock)
    if moment > now:
        return moment
    moment += dt.timedelta(days=1)
    if moment - now > LONGEST:
        raise FlaneurError(
            f"{clock:%H:%M} has passed; it is {now:%H:%M}.",
            "Name a later time: --until HH:MM",
        )
    return moment


@dataclass(frozen=True, slots=True)
class _Stated:
    """A sequence of intents as a walk's problem."""

    case: Case
    problem: WalkProblem
    sequence: IntentSequence


@dataclass(frozen=True)
class Guide:
    """Tells what to do next in a planner's city.

    Parameters
    ----------
    planner
        The planner of the city.
    vocabulary
        The intents.
    """

    planner: Planner
    vocabulary: Vocabulary

    @staticmethod
    def of(planner: Planner) -> Guide:
        """Return the guide of a planner, with the intents that are shipped."""
        return Guide(planner, Vocabulary.load())

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
        offers = self._offers(question, context)
        proposed = sequences(context, self.vocabulary, available=frozenset(offers))[:TRIED]
        if not proposed:
            # Better a walk in the rain than none.
            proposed = sequences(
                context, self.vocabulary, available=frozenset(offers), least=LEAST / 5
            )[:TRIED]
        stated = list(self._cases(question.at, context, proposed, offers)) if proposed else []
        found = tuple(islice(self._alternatives(stated, context), ALTERNATIVES))
        nothing: Nothing | msgspec.UnsetType = msgspec.UNSET
        if not found:
            nothing = self._nothing(question.at.position, context)
        return NextDocument(
            now=now.isoformat(),
            at=(question.at.position.lat, question.at.position.lon),
            alternatives=found,
            by=BY,
            context=context.text(),
            nothing=nothing,
            seconds=round(time.perf_counter() - began, 3),
        )

    def _offers(self, question: Question, context: Context) -> dict[str, tuple[Offer, ...]]:
        """Return for each intent the places within reach that serve it."""
        speed = PACE_KMH / 3.6
        reach_m = min(context.left_min * REACH_SHARE, REACH_MIN) * 60 * speed
        return supply(
            self._around(question.at.position, reach_m),
            context,
            self.planner.catalogue,
            self.vocabulary,
            reach_m=reach_m,
            speed_ms=speed,
            without=question.visited_today | _ids(question.at.place),
        )

    def proposals(
        self, question: Question, context: Context
    ) -> list[tuple[WalkProblem, IntentSequence]]:
        """Return the sequences that the table proposes, each as a problem of places.

        Parameters
        ----------
        question, context
            Where and when, and what is known of it.
        """
        offers = self._offers(question, context)
        proposed = sequences(context, self.vocabulary, available=frozenset(offers))[:TRIED]
        cases = self._cases(question.at, context, proposed, offers) if proposed else ()
        return [(each.problem, each.sequence) for each in cases]

    def everything(
        self, question: Question, context: Context
    ) -> tuple[WalkProblem, list[tuple[Intent, ...]]] | None:
        """State all that could be done next as one problem, for the teacher.

        Parameters
        ----------
        question, context
            Where and when, and what is known of it.

        Returns
        -------
        tuple or None
            The places as visits, and the intents that each may serve; ``None`` where nothing is on
            offer.
        """
        offers = {
            key: each
            for key, each in self._offers(question, context).items()
            if ever(self.vocabulary[key], context)
        }
        if not offers:
            return None
        steps = tuple(Step(self.vocabulary[key], context.now, 1.0) for key in offers)
        stated = next(
            self._cases(question.at, context, [IntentSequence(steps, 0.0, tuple(offers))], offers)
        )
        serving: dict[str, list[Intent]] = {}
        for key, each in offers.items():
            for offer in each:
                serving.setdefault(offer.place.id, []).append(self.vocabulary[key])
        visits = stated.problem.visits
        return stated.problem, [tuple(serving[each.candidate.place.id]) for each in visits]

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

    def _around(self, here: Position, reach_m: float) -> tuple[Place, ...]:
        """Return the places in a square around a position that serve any intent."""
        high = reach_m / 111_195.0
        wide = high / max(math.cos(math.radians(here.lat)), 0.01)
        bbox = (here.lon - wide, here.lat - high, here.lon + wide, here.lat + high)
        kinds = frozenset(kind for intent in self.vocabulary for kind in intent.categories)
        return places_within(self.planner.city.places, bbox, kinds)

    def _refuse_far_away(self, at: Anchor) -> None:
        from planner.streets.attachment import attach

        if attach(self.planner.city.streets, [at.position]).edge[0] < 0:
            raise FlaneurError(
                f"{at.name} is not near any street of {self.planner.city.name}.",
                'Name a place in the city: --at "PLACE" or --at LAT,LON; '
                "flaneur city list shows the cities that are here.",
            )

    def _cases(
        self,
        at: Anchor,
        context: Context,
        proposed: Sequence[IntentSequence],
        offers: Mapping[str, tuple[Offer, ...]],
    ) -> Iterator[_Stated]:
        """State each sequence of intents as a walk's problem; ways are measured once for all."""
        from planner.streets.attachment import attach
        from planner.streets.travel import paced_matrix

        keys = dict.fromkeys(key for sequence in proposed for key in sequence.keys)
        places = {each.place.id: each.place for key in keys for each in offers[key]}
        rows = {place_id: row for row, place_id in enumerate(places)}
        positions = [*(place.position for place in places.values()), at.position]
        attachments = attach(self.planner.city.streets, positions)
        speed = PACE_KMH / 3.6
        metres = paced_matrix(self.planner.city.streets, attachments, speed_ms=speed)
        for sequence in proposed:
            candidates = _candidates(sequence, offers)
            chosen = [*(rows[each.place.id] for each in candidates), len(places)]
            taken = attachments.take(chosen)
            case = Case(
                bound=_request(sequence, at),
                settings=Settings(
                    start=context.now,
                    hours=round(context.left_min / 60, 4),
                    pace_kmh=PACE_KMH,
                    weather=context.weather,
                ),
                avoid=NO_FLAGS,
                candidates=candidates,
                attachments=taken,
                metres=metres[chosen][:, chosen],
                start=len(candidates),
                end=None,
                counts=dict.fromkeys(range(len(sequence.steps)), 1),
                wishes=frozenset(range(len(sequence.steps))),
                unreachable=frozenset(
                    each.place.id for i, each in enumerate(candidates) if taken.edge[i] < 0
                ),
            )
            yield _Stated(case, case.problem(self.planner.catalogue), sequence)

    def _alternatives(self, stated: list[_Stated], context: Context) -> Iterator[PlanDocument]:
        """Yield verified plans, the best first, that lead to different places first."""
        used: frozenset[str] = frozenset()
        firsts: set[str] = set()
        left = stated
        while left:
            fits = [(each, fit(each.problem, each.sequence, context, used=used)) for each in left]
            ranked = sorted(
                ((found.value, n) for n, (_, found) in enumerate(fits) if found is not None),
                key=lambda each: (-each[0], each[1]),
            )
            if not ranked:
                return
            chosen, found = fits[ranked[0][1]]
            left = [each for each in left if each is not chosen]
            document = None if found is None else self._plan(chosen, found, context)
            if document is None or document.stops[0].place_id in firsts:
                continue
            firsts.add(document.stops[0].place_id)
            used |= {stop.place_id for stop in document.stops}
            yield document

    def _plan(self, stated: _Stated, found: Fit, context: Context) -> PlanDocument | None:
        """Return the plan of a fitted sequence, if the verifier has nothing against it."""
        began = time.perf_counter()
        walk = day_walk(stated.problem, found)
        if walk is None:
            return None
        answer = Answer(stated.case, stated.problem, (walk,), found.value, proven=True)
        document = self.planner.compose(answer)
        if document.violations:
            return None
        intents = []
        for stop, planned in zip(document.stops, stated.sequence.steps, strict=False):
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
            request=", then ".join(
                step.intent.label for step in stated.sequence.steps[: len(intents)]
            ),
            intents=tuple(intents),
            stops=tuple(
                msgspec.structs.replace(stop, why=part.reason)
                for stop, part in zip(document.stops, intents, strict=True)
            ),
            left_out=(),
            cost=CostPart(seconds=SecondsPart(total=spent, optimise=spent, first_plan=spent)),
        )

    def _nothing(self, here: Position, context: Context) -> Nothing:
        """Say why nothing can be done, and what opens next."""
        opening: Opening | None = None
        for km in FAR_KM:
            found = next_openings(
                self._around(here, km * 1000), context, self.planner.catalogue, self.vocabulary
            )
            opening = min(
                found,
                key=lambda each: (max(each.opens, context.now), each.straight_m),
                default=None,
            )
            if opening is not None:
                break
        if opening is None:
            return Nothing(
                text="Nothing that can be visited now is within reach, and no place around "
                "here says when it opens."
            )
        walk_s = self._walk_s(here, opening.place.position)
        way = "" if walk_s is None else f", {max(1, round(walk_s / 60))} min on foot"
        name = opening.place.name
        if opening.opens <= context.now:
            text = f"Nothing within reach fits into {context.left_min} min; open now: {name}{way}."
        elif opening.open_now:
            text = (
                f"Nothing within reach suits {context.now:%H:%M}; "
                f"from {opening.opens:%H:%M} on: {name}{way}."
            )
        else:
            day = "" if opening.opens.date() == context.now.date() else "tomorrow "
            text = (
                f"Nothing open within reach; nearest opens {day}at {opening.opens:%H:%M}: "
                f"{name}{way}."
            )
        return Nothing(
            text=text,
            place_id=opening.place.id,
            opens=opening.opens.isoformat(),
            walk_s=walk_s,
        )

    def _walk_s(self, here: Position, there: Position) -> int | None:
        from planner.streets.attachment import attach
        from planner.streets.travel import paced_matrix

        attachments = attach(self.planner.city.streets, [here, there])
        metres = float(
            paced_matrix(self.planner.city.streets, attachments, speed_ms=PACE_KMH / 3.6)[0, 1]
        )
        return round(metres / (PACE_KMH / 3.6)) if math.isfinite(metres) else None


def _whole_minute(now: dt.datetime) -> dt.datetime:
    """Return the next whole minute: nobody walks off before the answer is there."""
    late = now.second or now.microsecond
    return now.replace(second=0, microsecond=0) + dt.timedelta(minutes=1 if late else 0)


def _request(sequence: IntentSequence, at: Anchor) -> BoundRequest:
    """State a sequence of intents as wishes in their order."""
    wishes = tuple(SubRequest(step.intent.wish) for step in sequence.steps)
    order = tuple(
        OrderRule("before", wish, other=wish + 1) for wish in range(len(sequence.steps) - 1)
    )
    text = ", then ".join(step.intent.label for step in sequence.steps)
    return BoundRequest(
        request=Request(text=text, subrequests=wishes, by=BY),
        place_ids=tuple(() for _ in wishes),
        start=at,
        order=order,
    )


def _candidates(
    sequence: IntentSequence, offers: Mapping[str, tuple[Offer, ...]]
) -> tuple[Candidate, ...]:
    """Return the places for the intents of a sequence; each serves one of them alone."""
    found: dict[str, Candidate] = {}
    # What has fewest places to choose among chooses first.
    order = sorted(range(len(sequence.steps)), key=lambda i: len(offers[sequence.keys[i]]))
    for wish in order:
        for offer in offers[sequence.keys[wish]]:
            found.setdefault(offer.place.id, Candidate(offer.place, offer.score, serves=(wish,)))
    return tuple(found.values())


def _ids(place: Place | None) -> frozenset[str]:
    return frozenset() if place is None else frozenset({place.id})
