"""The whole way from a sentence to a verified walk; the only file that knows every stage.

Each stage is called once with one typed value and returns the next. A complete, verified plan
stands before the language model is asked to tell it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import msgspec

from planner.domain import Leg
from planner.errors import FlaneurError
from planner.frame import frame_of, past, unread
from planner.impossibility import Explainer, is_impossible, recovered
from planner.itinerary import composition
from planner.itinerary.document import (
    ConflictPart,
    CostPart,
    LeftOutPart,
    NarrativePart,
    PlanDocument,
    RelaxationPart,
)
from planner.itinerary.evidence import catalogued_kinds
from planner.itinerary.omission import left_out
from planner.itinerary.problem import meal_hours_of_day
from planner.itinerary.verifier import Allowances, GroundTruth, StreetTruth, verify
from planner.language.counts import is_quantity, stated_count
from planner.language.succession import order_rules
from planner.meaning import asks_by_option, known_words, refuse_nonsense, with_nearness
from planner.optimiser import DEFAULT_SECONDS
from planner.retrieval.binding import Library, bind, with_wishes
from planner.retrieval.preference import DEFAULT_LIMITS, retrieve
from planner.retrieval.table import Mark
from planner.solving import Answer, Case, solve_case
from planner.stopwatch import Stopwatch
from planner.streets.network import NO_FLAGS, NOT_STEP_FREE
from planner.streets.pieces import walkable_arrays

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain import (
        Anchor,
        BoundRequest,
        LeftOut,
        Place,
        Position,
        Settings,
        Violation,
        Wishes,
    )
    from planner.itinerary.document import SettingsPart
    from planner.language.decomposition import Understanding
    from planner.language.engine import LanguageModel
    from planner.library.catalogue import Catalogue
    from planner.library.naming import NameIndex
    from planner.retrieval.index import PlaceIndex
    from planner.retrieval.preference import Encoder, Limits
    from planner.streets.attachment import Attachments
    from planner.streets.network import StreetNetwork, WayFlag

LONG_REQUEST = 600
"""Characters above which names in a request must be spelt as the library has them."""


@dataclass(frozen=True)
class City:
    """An opened city: its places, their names and embeddings, and its streets.

    ``fixed`` holds points that the person gave a name of their own, such as "hotel".
    """

    name: str
    places: Mapping[str, Place]
    names: NameIndex
    index: PlaceIndex
    streets: StreetNetwork
    fixed: Mapping[str, Anchor] = field(default_factory=dict)
    _truths: dict[tuple[WayFlag, float], StreetTruth] = field(default_factory=dict, repr=False)

    def street_truth(self, avoid: WayFlag, speed_ms: float) -> StreetTruth:
        """Return the raw street arrays that the verifier measures anew, kept for the next plan.

        Parameters
        ----------
        avoid
            Pieces with any of these flags are cut out.
        speed_ms
            Walking speed in metres a second, to set ferries beside ways on foot.
        """
        key = (avoid, speed_ms if len(self.streets.ride_a) else 0.0)
        kept = self._truths.get(key)
        if kept is None:
            kept = StreetTruth(**walkable_arrays(self.streets, avoid, speed_ms=speed_ms))
            self._truths[key] = kept
        return kept


@dataclass(frozen=True)
class Planner:
    """Plans walks in one city.

    Parameters
    ----------
    city
        The opened city.
    encode
        Turns texts into unit vectors of the space of the city's embeddings.
    catalogue
        The category catalogue.
    engine
        The language model, or ``None`` to plan by rules alone.
    seconds
        How long the optimiser searches where it proves nothing before.
    limits
        How many candidates retrieval offers.
    knows
        Whether a word stands whole in the vocabulary of what encodes; without it no word of a
        request is held to mean nothing.
    """

    city: City
    encode: Encoder
    catalogue: Catalogue
    engine: LanguageModel | None = None
    seconds: float = DEFAULT_SECONDS
    limits: Limits = DEFAULT_LIMITS
    knows: Callable[[str], bool] | None = None

    def plan(
        self,
        text: str,
        wishes: Wishes,
        *,
        now: dt.datetime,
        report: Callable[[float, str], None] | None = None,
    ) -> PlanDocument:
        """Plan one walk.

        Parameters
        ----------
        text
            The request, as typed.
        wishes
            What options said.
        now
            The local moment at which the person asks.
        report
            Told how far this is, between 0 and 1, and what is being done.

        Returns
        -------
        PlanDocument
            A verified plan without narrative, or the reasons why there is none.

        Raises
        ------
        FlaneurError
            If nothing was asked for, or nothing of it is understood, or an option names something
            that does not exist.
        """
        if not text.strip() and not asks_by_option(wishes):
            raise FlaneurError(
                "The request is empty.",
                'Say what you would like, such as "old churches and one good coffee, 3 hours".',
            )
        tell = report or (lambda _share, _doing: None)
        watch = Stopwatch()
        tell(0.0, "Reading the request")
        with watch.stage("understand"):
            understanding, bound, settings = self.understood(text, wishes, now=now)
        refuse_nonsense(understanding.request, wishes)
        tell(0.2, "Looking for the best walk")
        case = self.case(bound, settings, watch)
        with watch.stage("optimise"):
            answer = self._answer(case)
            if answer.walks:
                document = self.compose(answer)
            else:
                tell(0.5, "No walk can be all of this; looking for what would work")
                document = self._infeasible(case)
        return msgspec.structs.replace(
            document,
            left_out=(*_left_out_parts(past(settings, now)), *document.left_out),
            cost=CostPart(
                seconds=watch.part(),
                prompt_tokens=understanding.cost.prompt,
                cached_tokens=understanding.cost.cached,
                completion_tokens=understanding.cost.completion,
            ),
        )

    def understood(
        self, text: str, wishes: Wishes, *, now: dt.datetime
    ) -> tuple[Understanding, BoundRequest, Settings]:
        """Understand a request and bind its names; parameters as :meth:`plan`.

        Returns
        -------
        tuple
            What was understood and what that cost, the request bound to the city, and its frame.
        """
        from planner.language.decomposition import understand

        understanding = understand(text, now=now, engine=self.engine, is_name=self._name_test(text))
        if self.knows is not None:
            known = known_words(
                understanding.request,
                knows=self.knows,
                catalogue=self.catalogue,
                index=self.city.index,
                encode=self.encode,
            )
            understanding = replace(understanding, request=known)
        request = with_wishes(understanding.request, wishes)
        order = order_rules(text, request.subrequests, now=now)
        settings = frame_of(request, wishes, now, order)
        bound = with_nearness(bind(request, wishes, self.library), self.library)
        bound = replace(bound, order=order)
        return understanding, self._shaped(bound, settings), settings

    def _shaped(self, bound: BoundRequest, settings: Settings) -> BoundRequest:
        """Return a request that names nothing to see with what its hours suggest."""
        from planner.intents.shaping import Ground, shaped

        table = self.city.index.table
        liked = set(table.kind[table.marked(Mark.FAVOURITE)].tolist())
        return shaped(
            bound,
            settings,
            self.catalogue,
            themes=[i for i in range(len(bound.request.subrequests)) if self._is_theme(i, bound)],
            ground=Ground(frozenset(table.kinds), frozenset(table.kinds[n] for n in liked)),
        )

    def narrate(
        self,
        document: PlanDocument,
        *,
        on_text: Callable[[str], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> PlanDocument:
        """Return a plan with its narrative; the plan itself stays as it is.

        Parameters
        ----------
        document
            A plan; one without stops is returned unchanged.
        on_text
            Gets the words as they come.
        cancel
            Asked while the model writes; true stops it.
        """
        if not document.stops:
            return document
        from planner.language.narration import narrate
        from planner.telling import facts_of

        began = time.perf_counter()
        told = narrate(
            facts_of(document, self.catalogue), engine=self.engine, on_text=on_text, cancel=cancel
        )
        spent = round(time.perf_counter() - began, 3)
        cost = document.cost
        return msgspec.structs.replace(
            document,
            narrative=NarrativePart(summary=told.text, by=told.by),
            cost=CostPart(
                seconds=msgspec.structs.replace(
                    cost.seconds, narrate=spent, total=round(cost.seconds.total + spent, 3)
                ),
                prompt_tokens=cost.prompt_tokens + told.cost.prompt,
                cached_tokens=cost.cached_tokens + told.cost.cached,
                completion_tokens=cost.completion_tokens + told.cost.completion,
            ),
        )

    def _name_test(self, text: str) -> Callable[[str], bool]:
        """Return what tells a name in a request; a long text is held to the letter."""
        to_the_letter = len(text) > LONG_REQUEST
        return lambda words: self.city.names.is_name(words, to_the_letter=to_the_letter)

    @property
    def library(self) -> Library:
        """What names are bound to."""
        return Library(
            self.city.name, self.city.places, self.city.names, self.catalogue, self.city.fixed
        )

    def case(self, bound: BoundRequest, settings: Settings, watch: Stopwatch) -> Case:
        """Find and measure what may answer a request.

        Parameters
        ----------
        bound, settings
            The request and its frame.
        watch
            Counts the seconds.
        """
        subrequests = bound.request.subrequests
        with watch.stage("retrieve"):
            themes = [i for i, each in enumerate(subrequests) if self._is_theme(i, bound)]
            candidates = retrieve(
                bound,
                themes=themes,
                places=self.city.places,
                index=self.city.index,
                encode=self.encode,
                catalogue=self.catalogue,
                weather=settings.weather,
                limits=replace(self.limits, own_only=bound.own_only, new_only=bound.new_only),
                walked=lambda origins, targets: self._on_foot(origins, targets, settings),
            )
        with watch.stage("matrix"):
            positions = [each.place.position for each in candidates]
            start = end = None
            if bound.start is not None:
                start = len(positions)
                positions.append(bound.start.position)
            if bound.end is not None:
                end = len(positions)
                positions.append(bound.end.position)
            avoid = NOT_STEP_FREE if settings.step_free else NO_FLAGS
            attachments, metres = self._measure(positions, avoid, settings.speed_ms)
        self._refuse_unreachable_anchors(bound, attachments, start, end)
        # Who asks for "something historical" wants at least one stop of the kind.
        asked = {i: near.wish for i, near in bound.near.items()}
        places = [
            i
            for i in themes
            if (words := asked.get(i, subrequests[i].pos))
            and (subrequests[i].type == "place" or self.catalogue.named_wholly(words))
        ]
        counts = {
            i: count
            for i in places
            if not subrequests[i].mustsee
            and (count := stated_count(bound.request.text, subrequests[i].pos)) is not None
        } | dict.fromkeys(bound.proposed, 1)
        wishes = frozenset(i for i in places if not subrequests[i].mustsee)
        if settings.stops is not None and len(wishes) == 1 and not counts:
            # "Exactly three stops: museums" asks for three museums.
            counts = dict.fromkeys(wishes, settings.stops)
        return Case(
            bound,
            settings,
            avoid,
            candidates,
            attachments,
            metres,
            start,
            end,
            counts,
            wishes,
            unreachable=frozenset(
                each.place.id for i, each in enumerate(candidates) if attachments.edge[i] < 0
            ),
        )

    def _on_foot(
        self, origins: Sequence[Position], targets: Sequence[Position], settings: Settings
    ) -> NDArray[np.float64]:
        avoid = NOT_STEP_FREE if settings.step_free else NO_FLAGS
        _, metres = self._measure([*origins, *targets], avoid, settings.speed_ms)
        return metres[: len(origins), len(origins) :]

    def _measure(
        self, positions: list[Position], avoid: WayFlag, speed_ms: float
    ) -> tuple[Attachments, NDArray[np.float64]]:
        from planner.streets.attachment import attach
        from planner.streets.travel import paced_matrix

        attachments = attach(self.city.streets, positions, avoid=avoid)
        return attachments, paced_matrix(
            self.city.streets, attachments, speed_ms=speed_ms, avoid=avoid
        )

    def _is_theme(self, i: int, bound: BoundRequest) -> bool:
        """Whether a sub-request asks for something to see, not just for a length or a time."""
        each = bound.request.subrequests[i]
        if each.type in {"start", "end"}:
            return False
        return each.type == "place" or not is_quantity(each.pos)

    def _refuse_unreachable_anchors(
        self, bound: BoundRequest, attachments: Attachments, start: int | None, end: int | None
    ) -> None:
        for row, anchor, option in ((start, bound.start, "--start"), (end, bound.end, "--end")):
            if row is not None and anchor is not None and attachments.edge[row] < 0:
                raise FlaneurError(
                    f'"{anchor.name}" is not near any street of {self.city.name}.',
                    f"Choose a {option[2:]} inside the city: {option} PLACE or {option} LAT,LON.",
                )

    def compose(self, answer: Answer) -> PlanDocument:
        """Return the plan of an answer that has walks, with whatever the verifier objects to.

        Parameters
        ----------
        answer
            The walks.
        """
        case = answer.case

        def leg(origin: str, target: str, seconds: int, day: int) -> Leg:
            from planner.streets.travel import journey

            way = journey(
                self.city.streets,
                case.attachments,
                case.row(origin),
                case.row(target),
                speed_ms=case.settings.speed_ms,
                avoid=case.avoid,
            )
            return Leg(
                origin=origin,
                target=target,
                distance_m=way.distance_m,
                duration_s=seconds,
                path=way.path,
                day=day,
                steps=way.steps,
                ride_m=way.ride_m,
                ride_s=way.ride_s,
            )

        itinerary = composition.compose(
            answer.walks,
            settings=case.settings,
            bound=case.bound,
            catalogue=self.catalogue,
            leg=leg,
        )
        missing = (
            *unread(case.bound.request, case.bound.order),
            *left_out(
                answer.walks,
                bound=case.bound,
                settings=case.settings,
                offered=case.candidates,
                places=self.city.places,
                counts=case.counts,
            ),
        )
        totals = composition.totals_part(itinerary)
        document = msgspec.structs.replace(
            self._asked(case, "ok"),
            intents=composition.intent_parts(itinerary, case.bound),
            stops=tuple(composition.stop_part(stop) for stop in itinerary.stops),
            legs=tuple(composition.leg_part(leg) for leg in itinerary.legs),
            totals=totals,
            optimality=msgspec.structs.replace(
                composition.optimality_part(
                    totals.score,
                    answer.bound,
                    proven=answer.proven,
                    candidates=len(case.candidates),
                ),
                loose=True if case.settings.days > 1 and not answer.proven else msgspec.UNSET,
            ),
            left_out=_left_out_parts(missing),
        )
        return msgspec.structs.replace(
            document, violations=_conflict_parts(verify(document, truth=self.truth(answer)))
        )

    def _asked(self, case: Case, status: Literal["ok", "infeasible"]) -> PlanDocument:
        """Return a document with what was asked for, and no answer in it yet."""
        return PlanDocument(
            status=status,
            city=self.city.name,
            request=case.bound.request.text,
            settings=_settings_part(case),
            understood=composition.understood_part(case.bound),
            appointments=composition.appointment_parts(case.bound),
            start=composition.anchor_part(case.bound.start),
            end=composition.anchor_part(case.bound.end),
        )

    def truth(self, answer: Answer) -> GroundTruth:
        """Return what a plan of this answer is verified against."""
        case, rules = answer.case, answer.rules
        return GroundTruth(
            places=self.city.places,
            streets=self.city.street_truth(case.avoid, case.settings.speed_ms),
            excluded_categories=case.bound.excluded_categories,
            excluded_ids=case.bound.excluded_ids,
            own_only=case.bound.own_only,
            new_only=case.bound.new_only,
            required=tuple(
                dict.fromkeys(
                    (
                        *case.bound.required,
                        *(each.place.id for each in case.candidates if each.required),
                    )
                )
            ),
            start=case.bound.start,
            end=case.bound.end,
            settings=case.settings,
            counts=case.counts,
            daily=answer.problem.daily,
            order=case.bound.order,
            appointments=case.bound.appointments,
            positions=case.positions,
            chains=case.chains,
            kinds=catalogued_kinds(self.catalogue.own),
            allowances=Allowances(
                cafes_and_bars=rules.cafes_and_bars,
                bars_anywhere=rules.bars_anywhere,
                cafe_may_end=rules.cafe_may_end,
                meals_may_follow=rules.meals_may_follow,
                meal_hours=meal_hours_of_day(answer.problem, case.bound),
                longest_wait_s=answer.problem.max_wait_s,
                stays={
                    place_id: (short / 60, long / 60)
                    for place_id, (short, _, long) in case.stays.items()
                },
            ),
        )

    def _answer(self, case: Case) -> Answer:
        """Return the best walks that are found for a case; none where there are none."""
        if is_impossible(case, self.catalogue):
            return Answer(case, case.problem(self.catalogue))
        answer = solve_case(case, self.catalogue, seconds=self.seconds, engine=self.engine)
        return recovered(answer, self.catalogue, self.seconds)

    def _infeasible(self, case: Case) -> PlanDocument:
        explainer = Explainer(
            self.catalogue,
            self.seconds,
            lambda bound, settings: self.case(bound, settings, Stopwatch()),
        )
        return msgspec.structs.replace(
            self._asked(case, "infeasible"),
            left_out=_left_out_parts(case.bound.unbound),
            conflicts=_conflict_parts(explainer.conflicts(case)),
            relaxations=tuple(
                RelaxationPart(change=each.change, effect=each.effect, options=each.options)
                for each in explainer.relaxations(case)
            ),
        )


def _settings_part(case: Case) -> SettingsPart:
    return msgspec.structs.replace(
        composition.settings_part(case.settings),
        own_only=case.bound.own_only or msgspec.UNSET,
        new_only=case.bound.new_only or msgspec.UNSET,
    )


def _left_out_parts(missing: Iterable[LeftOut]) -> tuple[LeftOutPart, ...]:
    return tuple(LeftOutPart(name=each.name, reason=each.reason) for each in missing)


def _conflict_parts(violations: Iterable[Violation]) -> tuple[ConflictPart, ...]:
    return tuple(
        ConflictPart(constraint=each.constraint, place_id=each.place_id, text=each.text)
        for each in violations
    )
