"""The whole way from a sentence to a verified walk; the only file that knows every stage.

Each stage is called once with one typed value and returns the next. A complete, verified plan
stands before the language model is asked to tell it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from planner.domain import Leg
from planner.errors import FlaneurError
from planner.frame import frame_of, unread
from planner.itinerary import composition, conflict
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
from planner.itinerary.problem import Frame, pose
from planner.itinerary.relaxation import relaxations
from planner.itinerary.schedule import ANYTHING_GOES
from planner.itinerary.selection import choose
from planner.itinerary.verifier import Allowances, GroundTruth, StreetTruth, verify
from planner.language.counts import is_quantity, stated_count
from planner.retrieval.binding import Library, bind, with_wishes
from planner.retrieval.preference import retrieve
from planner.spatial.arrangement import arrange
from planner.stopwatch import Stopwatch
from planner.streets.network import NO_FLAGS, NOT_STEP_FREE
from planner.streets.pieces import walkable_arrays

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from planner.domain import (
        BoundRequest,
        Candidate,
        LeftOut,
        Place,
        Position,
        Settings,
        Violation,
        Wishes,
    )
    from planner.itinerary.schedule import Timeline, WalkProblem
    from planner.language.engine import LanguageModel
    from planner.library.catalogue import Catalogue
    from planner.library.naming import NameIndex
    from planner.retrieval.index import PlaceIndex
    from planner.retrieval.preference import Encoder
    from planner.spatial.arrangement import Arrangement
    from planner.streets.attachment import Attachments
    from planner.streets.network import StreetNetwork, WayFlag

LONG_REQUEST = 600
"""Characters above which names in a request must be spelt as the library has them."""


@dataclass(frozen=True)
class City:
    """An opened city: its places, their names and embeddings, and its streets."""

    name: str
    places: Mapping[str, Place]
    names: NameIndex
    index: PlaceIndex
    streets: StreetNetwork
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
class _Case:
    """One request on its way: what is known of it before stops are chosen."""

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


@dataclass(frozen=True)
class _Solution:
    """A request's problem and the walk that was chosen; ``rows`` are rows of the case."""

    case: _Case
    rows: tuple[int, ...]
    problem: WalkProblem
    timed: Timeline | None


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
    """

    city: City
    encode: Encoder
    catalogue: Catalogue
    engine: LanguageModel | None = None

    def plan(self, text: str, wishes: Wishes, *, now: dt.datetime) -> PlanDocument:
        """Plan one walk.

        Parameters
        ----------
        text
            The request, as typed.
        wishes
            What options said.
        now
            The local moment at which the person asks.

        Returns
        -------
        PlanDocument
            A verified plan without narrative, or the reasons why there is none.

        Raises
        ------
        FlaneurError
            If nothing was asked for, or an option names something that does not exist.
        """
        if not text.strip() and not (wishes.must or wishes.start or wishes.end or wishes.stops):
            raise FlaneurError(
                "The request is empty.",
                'Say what you would like, such as "old churches and one good coffee, 3 hours".',
            )
        watch = Stopwatch()
        with watch.stage("understand"):
            from planner.language.decomposition import understand

            understanding = understand(
                text, now=now, engine=self.engine, is_name=self._name_test(text)
            )
            request = with_wishes(understanding.request, wishes)
            settings = frame_of(request, wishes, now)
            bound = bind(request, wishes, self._library)
        case = self._case(bound, settings, watch)
        with watch.stage("optimise"):
            solution = self._solve(case)
            if solution.timed is None:
                document = self._infeasible(solution)
            else:
                document = self._compose(solution, solution.timed)
        return msgspec.structs.replace(
            document,
            cost=CostPart(
                seconds=watch.part(),
                prompt_tokens=understanding.cost.prompt,
                cached_tokens=understanding.cost.cached,
                completion_tokens=understanding.cost.completion,
            ),
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
    def _library(self) -> Library:
        return Library(self.city.name, self.city.places, self.city.names, self.catalogue)

    def _case(self, bound: BoundRequest, settings: Settings, watch: Stopwatch) -> _Case:
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
        places = [i for i in themes if subrequests[i].type == "place"]
        counts = {
            i: count
            for i in places
            if not subrequests[i].mustsee
            and (count := stated_count(bound.request.text, subrequests[i].pos)) is not None
        }
        wishes = frozenset(i for i in places if not subrequests[i].mustsee)
        return _Case(
            bound, settings, avoid, candidates, attachments, metres, start, end, counts, wishes
        )

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

    def _solve(self, case: _Case) -> _Solution:
        """Choose, order and time stops among what was measured."""
        arrangement = self._arrangement(case)
        rows = [*arrangement.rows, *(row for row in (case.start, case.end) if row is not None)]
        frame = Frame(
            settings=case.settings,
            bound=case.bound,
            counts=case.counts,
            wishes=case.wishes,
            has_start=case.start is not None,
            has_end=case.end is not None,
        )
        candidates = [case.candidates[i] for i in arrangement.rows]
        problem = pose(frame, candidates, case.metres[np.ix_(rows, rows)], self.catalogue)
        timed = choose(problem, arrangement.orders)
        if timed is None:
            # The rules of taste are ours, the wishes the person's: these go first.
            lenient = replace(problem, rules=ANYTHING_GOES)
            found = choose(lenient, arrangement.orders)
            if found is not None:
                problem, timed = lenient, found
        return _Solution(case, arrangement.rows, problem, timed)

    def _arrangement(self, case: _Case) -> Arrangement:
        categories = [self.catalogue.category(each.place.category) for each in case.candidates]
        return arrange(
            case.metres,
            scores=[each.score for each in case.candidates],
            required=[i for i, each in enumerate(case.candidates) if each.required],
            answers=[
                [i for i, each in enumerate(case.candidates) if wish in each.serves]
                for wish in sorted(case.wishes)
            ],
            unhurried=[i for i, each in enumerate(categories) if each.group == "culture"],
            nightlife=[i for i, each in enumerate(categories) if each.role == "bar"],
            start=case.start,
            end=case.end,
            seed=case.settings.seed,
        )

    def _compose(self, solution: _Solution, timed: Timeline) -> PlanDocument:
        case, problem = solution.case, solution.problem
        rows = [*solution.rows, *(row for row in (case.start, case.end) if row is not None)]

        def leg(origin: str, before: int, target: str, after: int) -> Leg:
            from planner.streets.travel import journey

            way = journey(
                self.city.streets,
                case.attachments,
                rows[before],
                rows[after],
                speed_ms=case.settings.speed_ms,
                avoid=case.avoid,
            )
            return Leg(
                origin=origin,
                target=target,
                distance_m=way.distance_m,
                duration_s=problem.seconds[before][after] or 0,
                path=way.path,
                steps=way.steps,
                ride_m=way.ride_m,
                ride_s=way.ride_s,
            )

        itinerary = composition.compose(
            timed,
            problem,
            settings=case.settings,
            bound=case.bound,
            catalogue=self.catalogue,
            leg=leg,
        )
        missing = (
            *unread(case.bound.request),
            *left_out(
                problem,
                timed,
                bound=case.bound,
                settings=case.settings,
                offered=case.candidates,
                places=self.city.places,
            ),
        )
        totals = composition.totals_part(itinerary)
        document = PlanDocument(
            status="ok",
            city=self.city.name,
            request=case.bound.request.text,
            settings=composition.settings_part(case.settings),
            understood=composition.understood_part(case.bound),
            start=composition.anchor_part(case.bound.start),
            end=composition.anchor_part(case.bound.end),
            stops=tuple(composition.stop_part(stop) for stop in itinerary.stops),
            legs=tuple(composition.leg_part(leg) for leg in itinerary.legs),
            totals=totals,
            optimality=composition.optimality_part(problem, totals.score),
            left_out=_left_out_parts(missing),
        )
        return msgspec.structs.replace(
            document, violations=_conflict_parts(verify(document, truth=self.truth(solution)))
        )

    def truth(self, solution: _Solution) -> GroundTruth:
        """Return what a plan of this solution is verified against."""
        case, rules = solution.case, solution.problem.rules
        return GroundTruth(
            places=self.city.places,
            streets=self.city.street_truth(case.avoid, case.settings.speed_ms),
            excluded_categories=case.bound.excluded_categories,
            excluded_ids=case.bound.excluded_ids,
            required=case.bound.required,
            start=case.bound.start,
            end=case.bound.end,
            settings=case.settings,
            counts=case.counts,
            kinds=catalogued_kinds(self.catalogue.own),
            allowances=Allowances(
                cafes_and_bars=rules.cafes_and_bars,
                bars_anywhere=rules.bars_anywhere,
                cafe_may_end=rules.cafe_may_end,
                meals_may_follow=rules.meals_may_follow,
            ),
        )

    def _infeasible(self, solution: _Solution) -> PlanDocument:
        case = solution.case
        reasons = conflict.conflicts(solution.problem, case.settings)
        return PlanDocument(
            status="infeasible",
            city=self.city.name,
            request=case.bound.request.text,
            settings=composition.settings_part(case.settings),
            understood=composition.understood_part(case.bound),
            start=composition.anchor_part(case.bound.start),
            end=composition.anchor_part(case.bound.end),
            left_out=_left_out_parts(case.bound.unbound),
            conflicts=_conflict_parts(reasons),
            relaxations=tuple(
                RelaxationPart(change=each.change, effect=each.effect, options=each.options)
                for each in relaxations(
                    solution.problem,
                    case.settings,
                    lambda settings, without: self._effect(case, settings, without),
                )
            ),
        )

    def _effect(self, case: _Case, settings: Settings, without: frozenset[str]) -> str | None:
        """Say what walk a changed frame allows, or ``None`` if it allows none."""
        candidates = tuple(
            replace(each, required=each.required and each.place.id not in without)
            for each in case.candidates
        )
        solution = self._solve(replace(case, settings=settings, candidates=candidates))
        if solution.timed is None:
            return None
        stops = len(solution.timed.sequence)
        minutes = round(solution.timed.finish / 60)
        took = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004
        return f"a walk of {stops} {'stop' if stops == 1 else 'stops'} in {took}"


def _left_out_parts(missing: Iterable[LeftOut]) -> tuple[LeftOutPart, ...]:
    return tuple(LeftOutPart(name=each.name, reason=each.reason) for each in missing)


def _conflict_parts(violations: Iterable[Violation]) -> tuple[ConflictPart, ...]:
    return tuple(
        ConflictPart(constraint=each.constraint, place_id=each.place_id, text=each.text)
        for each in violations
    )
