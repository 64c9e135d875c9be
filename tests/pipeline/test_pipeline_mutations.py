"""Plans that were tampered with: whatever is changed, the verifier objects.

Two kinds of mutants: the published plan with something else in it, and a whole plan that was laid
out anew, with ways and times that agree with one another, but breaks one promise. The table of
``docs/optimiser.md`` lists them.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from msgspec import UNSET
from msgspec.structs import replace as but

from planner.domain import Wishes
from planner.itinerary.schedule import Timeline
from planner.itinerary.verifier import verify
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.itinerary.document import PlanDocument
    from planner.itinerary.evidence import GroundTruth
    from planner.itinerary.schedule import DayWalk
    from planner.language.embeddings import Embedder
    from planner.pipeline import City
    from planner.solving import Answer

NOW = dt.datetime(2026, 11, 25, 9)
TABLE = Path(__file__).parents[2] / "docs" / "optimiser.md"
TRIES = 3
"""So many mutants of each plan; ten of each are counted in the document."""
TIMES = ("arrive", "visit_from", "depart")
REQUESTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("old churches, a quiet park and somewhere for lunch", {}),
    ("see Ateneum and Amos Rex, one good coffee, no shops", {"hours": 6, "start": "Senaatintori"}),
    ("coffee first, then a park, end with a bar", {"hours": 8, "start_time": dt.time(11)}),
    ("parks and bookshops", {"start": "Senaatintori", "loop": True, "stops": 4}),
    ("art", {"at": (("Ateneum", dt.time(13)),), "hours": 5, "end": "Central Railway Station"}),
    ("museums and parks", {"days": 2, "hours": 4, "must": ("Kiasma",), "end": "Senaatintori"}),
)


@dataclass(frozen=True)
class Sample:
    """A plan that holds, what it is held against, and what it was laid out from."""

    planner: Planner
    document: PlanDocument
    answer: Answer
    truth: GroundTruth

    def stop(self, n: int, **changes: Any) -> PlanDocument:
        stops = list(self.document.stops)
        stops[n] = but(stops[n], **changes)
        return but(self.document, stops=tuple(stops))

    def leg(self, n: int, **changes: Any) -> PlanDocument:
        legs = list(self.document.legs)
        legs[n] = but(legs[n], **changes)
        return but(self.document, legs=tuple(legs))

    def any_stop(self, rng: random.Random) -> int:
        return rng.randrange(len(self.document.stops))

    def any_leg(self, rng: random.Random) -> int:
        return rng.randrange(len(self.document.legs))

    def laid_out(self, change: Callable[[DayWalk], DayWalk]) -> PlanDocument:
        """Return the whole plan with its first day's walk changed, ways and times in keeping."""
        walks = (change(self.answer.walks[0]), *self.answer.walks[1:])
        return self.planner.compose(replace(self.answer, walks=walks))


Mutation: TypeAlias = "Callable[[Sample, random.Random], PlanDocument | None]"
MUTATIONS: dict[str, Mutation] = {}


def mutation(words: str) -> Callable[[Mutation], Mutation]:
    def keep(function: Mutation) -> Mutation:
        MUTATIONS[words] = function
        return function

    return keep


def later(text: str, seconds: int) -> str:
    return (dt.datetime.fromisoformat(text) + dt.timedelta(seconds=seconds)).isoformat()


def timed(walk: DayWalk, sequence: list[int], stays: list[int], waits: list[int]) -> DayWalk:
    """Lay out a sequence with its stays, whatever the doors say."""
    problem, now, here = walk.problem, 0, walk.problem.start
    arrive, enter, depart, walked = [], [], [], 0
    for i, stay, wait in zip(sequence, stays, waits, strict=True):
        way = 0 if here is None else problem.seconds[here][i] or 0
        arrive.append(now + way)
        enter.append(now + way + wait)
        now += way + wait + stay
        walked += way
        depart.append(now)
        here = i
    home = 0 if problem.end is None or here is None else problem.seconds[here][problem.end] or 0
    line = Timeline(
        tuple(sequence), tuple(arrive), tuple(enter), tuple(depart), now + home, walked + home
    )
    return replace(walk, timed=line, worths=tuple(1.0 for _ in sequence))


def anew(walk: DayWalk, **changes: list[int]) -> DayWalk:
    was = walk.timed
    given = {
        "sequence": [*was.sequence],
        "stays": [*was.stays],
        "waits": [b - a for a, b in zip(was.arrive, was.enter, strict=True)],
    }
    return timed(walk, **{**given, **changes})


# --- times ---


@mutation("a time of a stop is shifted")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    n, field = sample.any_stop(rng), rng.choice(TIMES)
    moment = getattr(sample.document.stops[n], field)
    return sample.stop(n, **{field: later(moment, rng.choice([-900, -60, -2, 2, 60, 900]))})


@mutation("all times from a stop on are shifted")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    n, by = sample.any_stop(rng), rng.choice([-300, 300])
    stops = tuple(
        but(stop, **{field: later(getattr(stop, field), by) for field in TIMES})
        if at >= n
        else stop
        for at, stop in enumerate(sample.document.stops)
    )
    return but(sample.document, stops=stops)


@mutation("a stay is cut, and time is waited instead")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    def change(walk: DayWalk) -> DayWalk:
        stays = [*walk.timed.stays]
        waits = [0] * len(stays)
        waits[0], stays[0] = stays[0] - 60, 60
        return anew(walk, stays=stays, waits=waits)

    return sample.laid_out(change)


@mutation("the walk is laid out longer than its hours")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    def change(walk: DayWalk) -> DayWalk:
        stays = [*walk.timed.stays]
        stays[-1] += walk.problem.budget_s
        return anew(walk, stays=stays)

    return sample.laid_out(change)


# --- stops and their order ---


@mutation("two stops are swapped")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    stops = [*sample.document.stops]
    if len(stops) < 2:
        return None
    a, b = rng.sample(range(len(stops)), 2)
    stops[a], stops[b] = stops[b], stops[a]
    return but(sample.document, stops=tuple(stops))


@mutation("the order is broken that the words give, times in keeping")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    if not {rule.kind for rule in sample.truth.order} & {"first", "last", "before"}:
        return None

    def change(walk: DayWalk) -> DayWalk:
        sequence = [walk.timed.sequence[-1], *walk.timed.sequence[:-1]]
        return anew(walk, sequence=sequence)

    return sample.laid_out(change)


@mutation("a must-see is dropped")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    left = tuple(stop for stop in sample.document.stops if not stop.required)
    return None if len(left) == len(sample.document.stops) else but(sample.document, stops=left)


@mutation("a must-see is dropped, ways and times in keeping")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    day = next((n for n, w in enumerate(sample.answer.walks) if _musts(w)), None)
    if day is None or len(sample.answer.walks[day].timed.sequence) < 2:
        return None
    walk = sample.answer.walks[day]
    kept = [n for n, i in enumerate(walk.timed.sequence) if i not in _musts(walk)[:1]]
    shorter = timed(
        walk,
        [walk.timed.sequence[n] for n in kept],
        [walk.timed.stays[n] for n in kept],
        [0 for _ in kept],
    )
    walks = (*sample.answer.walks[:day], shorter, *sample.answer.walks[day + 1 :])
    return sample.planner.compose(replace(sample.answer, walks=walks))


def _musts(walk: DayWalk) -> list[int]:
    return [i for i in walk.timed.sequence if walk.problem.visits[i].candidate.required]


@mutation("a stop more or less than asked for, ways and times in keeping")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    if sample.document.settings.stops is None:
        return None

    def change(walk: DayWalk) -> DayWalk:
        n = len(walk.timed.sequence) - 1
        return timed(walk, [*walk.timed.sequence[:n]], [*walk.timed.stays[:n]], [0] * n)

    return sample.laid_out(change)


@mutation("a place comes twice")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    def change(walk: DayWalk) -> DayWalk:
        again = walk.timed.sequence[0]
        stays = [*walk.timed.stays, walk.timed.stays[0]]
        return timed(walk, [*walk.timed.sequence, again], stays, [0] * len(stays))

    return sample.laid_out(change)


@mutation("another place stands in for a stop")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    there = {stop.place_id for stop in sample.document.stops}
    other = rng.choice([place for key, place in sample.truth.places.items() if key not in there])
    return sample.stop(
        sample.any_stop(rng),
        place_id=other.id,
        name=other.name,
        lat=other.position.lat,
        lon=other.position.lon,
        category=other.category,
        osm=other.osm,
        opening_hours=other.opening_hours,
    )


@mutation("a disliked place is added, ways and times in keeping")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    walk = sample.answer.walks[0]
    kinds = sample.truth.excluded_categories
    i = next(
        (n for n, visit in enumerate(walk.problem.visits) if n not in walk.timed.sequence), None
    )
    other = next((p for p in sample.truth.places.values() if p.category in kinds), None)
    if i is None or other is None:
        return None
    visits = [*walk.problem.visits]
    visits[i] = replace(visits[i], candidate=replace(visits[i].candidate, place=other))
    problem = replace(walk.problem, visits=tuple(visits))
    case = sample.answer.case
    row = case.row(walk.problem.visits[i].candidate.place.id)
    candidates = tuple(
        replace(each, place=other) if n == row else each for n, each in enumerate(case.candidates)
    )
    stays = [*walk.timed.stays, 1800]
    longer = timed(
        replace(walk, problem=problem), [*walk.timed.sequence, i], stays, [0] * len(stays)
    )
    answer = replace(sample.answer, case=replace(case, candidates=candidates))
    return sample.planner.compose(replace(answer, walks=(longer, *answer.walks[1:])))


@mutation("a wish with a number is served once too often")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    for wish, most in sample.truth.counts.items():
        stops = tuple(
            but(stop, serves=tuple({*stop.serves, wish})) if not stop.required else stop
            for stop in sample.document.stops
        )
        if sum(wish in stop.serves and not stop.required for stop in stops) > most * 2:
            return but(sample.document, stops=stops)
    return None


@mutation("a stop is moved to another day")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    n = sample.any_stop(rng)
    return sample.stop(n, day=sample.document.stops[n].day + rng.choice([-1, 1]))


@mutation("a mark of a must-see is set or taken away")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    n = sample.any_stop(rng)
    return sample.stop(n, required=not sample.document.stops[n].required)


@mutation("a stop serves a wish that was never made")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    wishes = len(sample.document.understood.subrequests)
    return sample.stop(sample.any_stop(rng), serves=(wishes + rng.randrange(3),))


# --- places ---


@mutation("a fact of a place is wrong")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    n = sample.any_stop(rng)
    stop = sample.document.stops[n]
    wrong = (
        {"name": stop.name + "!"},
        {"lat": stop.lat + 1e-4},
        {"category": "park" if stop.category != "park" else "zoo"},
        {"osm": "node/1"},
        {"opening_hours": "Mo-Su 00:00-24:00" if stop.opening_hours != "24/7" else None},
    )
    return sample.stop(n, **rng.choice(wrong))


@mutation("an opening state is wrong")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    n = sample.any_stop(rng)
    stop = sample.document.stops[n]
    return sample.stop(n, open=rng.choice([s for s in ("yes", "no", "unknown") if s != stop.open]))


@mutation("the walk is laid out at night, before closed doors")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    if not any(
        stop.open == "yes" and stop.opening_hours != "24/7" for stop in sample.document.stops
    ):
        return None
    case = sample.answer.case
    night = case.settings.start.replace(hour=1)
    shifted = replace(case, settings=replace(case.settings, start=night))
    return sample.planner.compose(replace(sample.answer, case=shifted))


# --- ways ---


@mutation("a way is stretched")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    n = sample.any_leg(rng)
    metres = sample.document.legs[n].distance_m + rng.choice([-40, -3, 3, 300])
    return sample.leg(n, distance_m=metres)


@mutation("a way is said to take longer, times and totals in keeping")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    document, leg = sample.document, sample.document.legs[-1]
    by = rng.choice([-20, 20, 200])
    n = len(document.stops) - 1
    found = sample.leg(len(document.legs) - 1, duration_s=leg.duration_s + by)
    if leg.target != "end":
        stop = document.stops[n]
        times = {field: later(getattr(stop, field), by) for field in TIMES}
        found = but(found, stops=(*document.stops[:n], but(stop, **times)))
    totals = document.totals
    longer = but(totals, walk_s=totals.walk_s + by, elapsed_s=totals.elapsed_s + by)
    return but(found, totals=longer)


@mutation("a way on foot becomes a ride, lengths and totals in keeping")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    n = sample.any_leg(rng)
    ride = round(sample.document.legs[n].distance_m / 2, 1)
    if not ride:
        return None
    speed = sample.document.settings.pace_kmh / 3.6
    found = sample.leg(n, ride_m=ride, ride_s=ride / speed)
    totals = but(found.totals, walk_m=round(found.totals.walk_m - ride, 1))
    return but(found, totals=totals)


@mutation("a path leaves the streets")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    n = sample.any_leg(rng)
    path = [*sample.document.legs[n].path]
    if len(path) < 5:
        return None
    at = rng.randrange(2, len(path) - 2)
    path[at] = (path[at][0] + 4e-4, path[at][1] + 2e-4)
    return sample.leg(n, path=tuple(path))


@mutation("a path is that of another way")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    a, b = rng.sample(range(len(sample.document.legs)), 2)
    return sample.leg(a, path=sample.document.legs[b].path)


@mutation("a way is missing, or stands twice")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    legs = [*sample.document.legs]
    n = sample.any_leg(rng)
    changed = rng.choice([legs[:n] + legs[n + 1 :], [*legs, legs[n]]])
    return but(sample.document, legs=tuple(changed))


# --- the frame ---


@mutation("an appointment is moved in the plan's list")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    dates = sample.document.appointments
    if dates is UNSET:
        return None
    moved = rng.choice([(), (but(dates[0], at="13:30"),)])  # type: ignore[index]
    return but(sample.document, appointments=moved)


@mutation("an appointment is missed, ways and times in keeping")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    if not sample.truth.appointments:
        return None

    def change(walk: DayWalk) -> DayWalk:
        waits = [b - a for a, b in zip(walk.timed.arrive, walk.timed.enter, strict=True)]
        waits[0] += 600
        return anew(walk, waits=waits)

    return sample.laid_out(change)


@mutation("the start or the end is another")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    role = rng.choice(["start", "end"])
    part = getattr(sample.document, role)
    if part is None:
        first = sample.document.stops[0]
        anchor = sample.document.end or sample.document.start
        if anchor is None:
            return None
        return but(sample.document, **{role: but(anchor, lat=first.lat, lon=first.lon)})
    wrong: list[Any] = [None, but(part, name="elsewhere"), but(part, lat=part.lat + 1e-3)]
    return but(sample.document, **{role: rng.choice(wrong)})


@mutation("a setting is another")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    said = sample.document.settings
    wrong = (
        {"hours": said.hours + 1},
        {"start_time": "09:45"},
        {"date": "2026-11-28"},
        {"pace_kmh": 5.6},
        {"step_free": not said.step_free},
        {"days": said.days + 1},
        {"stops": (said.stops or 9) + 1},
        {"weather": "rain"},
        {"seed": said.seed + 1},
    )
    return but(sample.document, settings=but(said, **rng.choice(wrong)))


@mutation("a total is wrong")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    totals = sample.document.totals
    name = rng.choice(["walk_m", "walk_s", "visit_s", "wait_s", "elapsed_s", "score"])
    by = rng.choice([-5, 5, 100])
    return but(sample.document, totals=but(totals, **{name: getattr(totals, name) + by}))


@mutation("the bound or the gap is wrong")
def _(sample: Sample, rng: random.Random) -> PlanDocument | None:
    document, said = sample.document, sample.document.optimality
    wrong = (
        {"bound": document.totals.score - 1},
        {"bound": said.bound + 1},
        {"gap": said.gap + 1},
        {"proven": True, "bound": said.bound + 1, "gap": 5.0},
        {"candidates": len(document.stops) - 1 or 99},
    )
    chosen = rng.choice(wrong[:4] if len(document.stops) < 2 else wrong)
    return but(document, optimality=but(said, **chosen))


@pytest.fixture(scope="module")
def samples(helsinki: City, embedder: Embedder) -> list[Sample]:
    found: list[Sample] = []

    class Witness(Planner):
        def truth(self, answer: Answer) -> GroundTruth:
            truth = super().truth(answer)
            kept.append((answer, truth))
            return truth

    kept: list[tuple[Answer, GroundTruth]] = []
    planner = Witness(helsinki, embedder.encode, Catalogue.load(), seconds=0.2)
    for text, options in REQUESTS:
        kept.clear()
        document = planner.plan(text, Wishes(**options), now=NOW)
        assert document.status == "ok", document.conflicts
        assert document.violations == ()
        answer, truth = kept[-1]
        assert verify(document, truth=truth) == ()
        found.append(Sample(planner, document, answer, truth))
    return found


def tried(sample: Sample, words: str, seed: int) -> bool | None:
    """Make a mutant; return whether the verifier objects, ``None`` where there is no such mutant."""
    found = MUTATIONS[words](sample, random.Random(f"{words} {seed}"))
    if found is None:
        return None
    # A plan that owns up to what it breaks would be too easy to catch.
    return bool(verify(but(found, violations=()), truth=sample.truth))


@pytest.mark.parametrize("words", MUTATIONS)
def test_the_verifier_objects_to_every_mutant(samples: list[Sample], words: str) -> None:
    caught = [tried(sample, words, seed) for sample in samples for seed in range(TRIES)]
    made = [each for each in caught if each is not None]
    assert made
    assert all(made)


def test_the_document_lists_every_mutation() -> None:
    rows = re.findall(r"^\| (.+?) \| (\d+) of (\d+) \|$", TABLE.read_text("utf-8"), re.MULTILINE)
    assert [words for words, _, _ in rows] == list(MUTATIONS)
    assert all(caught == made for _, caught, made in rows)
