"""Walks under every kind of constraint, the published mode, and plans that were tampered with."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from planner.domain import Wishes
from planner.itinerary.document import encode
from planner.itinerary.verifier import verify
from planner.language.subset import choose_subset
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from planner.itinerary.evidence import GroundTruth
    from planner.language.embeddings import Embedder
    from planner.pipeline import City
    from planner.solving import Answer

NOW = dt.datetime(2026, 11, 25, 9)


class Witness(Planner):
    """A planner that keeps what its plans are verified against."""

    def truth(self, answer: Answer) -> GroundTruth:
        found = super().truth(answer)
        object.__setattr__(self, "kept", found)
        return found


@pytest.fixture(scope="module")
def planner(helsinki: City, embedder: Embedder) -> Witness:
    return Witness(helsinki, embedder.encode, Catalogue.load(), seconds=0.2)


def plan(planner: Planner, text: str, **wishes: Any) -> PlanDocument:
    document = planner.plan(text, Wishes(**wishes), now=NOW)
    assert document.status == "ok", document.conflicts
    if document.settings.mode == "optimal":
        assert document.violations == ()
    return document


def served(document: PlanDocument, wish: int) -> list[int]:
    return [n for n, stop in enumerate(document.stops) if wish in stop.serves]


def test_the_bound_speaks_of_every_candidate_and_of_the_score(planner: Planner) -> None:
    document = plan(planner, "museums, a park and lunch")
    optimality = document.optimality
    assert optimality.candidates >= 60
    assert optimality.bound >= document.totals.score - 1e-4
    gap = 100 * (optimality.bound - document.totals.score) / optimality.bound
    assert optimality.gap == pytest.approx(max(gap, 0), abs=0.01)
    assert optimality.proven <= (optimality.gap == 0)


def test_coffee_comes_first_lunch_halfway_and_the_bar_last(planner: Planner) -> None:
    text = "coffee first, then museums, lunch halfway and end with a bar"
    document = plan(planner, text, hours=8, start_time=dt.time(11))
    wishes = [each.pos for each in document.understood.subrequests]
    coffee, bar = (wishes.index(name) for name in ("coffee", "bar"))
    assert served(document, coffee)[0] == 0
    assert served(document, bar)[-1] == len(document.stops) - 1
    lunch = next(n for n, words in enumerate(wishes) if "lunch" in words)
    begins = [
        dt.datetime.fromisoformat(document.stops[n].visit_from) for n in served(document, lunch)
    ]
    assert begins
    for begin in begins:
        assert dt.time(13, 24) <= begin.time() <= dt.time(16, 12)


def test_an_appointment_is_kept_to_the_minute(planner: Planner) -> None:
    document = plan(planner, "a park and coffee", at=(("Ateneum", dt.time(12, 30)),))
    stop = next(stop for stop in document.stops if stop.name == "Ateneum")
    assert stop.visit_from == "2026-11-25T12:30:00"
    assert stop.required
    assert "12:30" in stop.why
    assert "appointments" in encode(document)


def test_of_two_times_for_one_place_the_later_word_counts(planner: Planner) -> None:
    at = (("Ateneum", dt.time(3)), ("Ateneum", dt.time(13)))
    document = plan(planner, "a park", at=at)
    assert any(stop.visit_from == "2026-11-25T13:00:00" for stop in document.stops)


def test_back_by_is_kept(planner: Planner) -> None:
    document = plan(planner, "museums and parks, back at the Senate Square by 16:00")
    assert document.settings.hours == 6
    assert document.end is not None
    last = dt.datetime.fromisoformat(document.stops[-1].depart)
    assert last + dt.timedelta(seconds=document.legs[-1].duration_s) <= dt.datetime(
        2026, 11, 25, 16
    )


@pytest.mark.parametrize("stops", [1, 4])
def test_exactly_so_many_stops(planner: Planner, stops: int) -> None:
    assert len(plan(planner, "museums and parks", stops=stops, hours=6).stops) == stops


def test_days_begin_each_morning_and_share_nothing(planner: Planner) -> None:
    document = plan(
        planner, "museums, parks and lunch", days=3, hours=5, start="Senaatintori", must=("Kiasma",)
    )
    assert document.settings.days == 3
    ids = [stop.place_id for stop in document.stops]
    assert len(ids) == len(set(ids))
    for day in (1, 2, 3):
        stops = [stop for stop in document.stops if stop.day == day]
        legs = [leg for leg in document.legs if leg.day == day]
        assert stops
        assert len(legs) == len(stops)
        assert legs[0].origin == "start"
        date = (dt.date(2026, 11, 25) + dt.timedelta(days=day - 1)).isoformat()
        assert {stop.arrive[:10] for stop in stops} == {date}
    assert sum(stop.name == "Kiasma" for stop in document.stops) == 1


def test_several_days_find_the_day_on_which_a_must_see_is_open(planner: Planner) -> None:
    # On Monday all three are closed, or open late.
    document = plan(
        planner, "parks", date=dt.date(2026, 11, 30), days=2, must=("Ateneum", "Kiasma")
    )
    assert {stop.day for stop in document.stops if stop.required} == {2}


REQUESTS = (
    ("old churches, a quiet park and somewhere for lunch", {}),
    ("see Ateneum and Amos Rex, one good coffee", {"hours": 6}),
    ("museums, then a park, end with a bar", {"hours": 8, "start_time": dt.time(11)}),
    ("parks and bookshops", {"start": "Senaatintori", "loop": True}),
    ("art", {"at": (("Ateneum", dt.time(13)),), "hours": 5}),
    ("museums and parks", {"days": 2, "hours": 5}),
)


@pytest.mark.parametrize(("text", "options"), REQUESTS[:4])
def test_no_plan_is_worth_less_than_the_published_one_where_that_holds(
    planner: Planner, text: str, options: dict[str, Any]
) -> None:
    paper = plan(planner, text, **options, mode="paper")
    assert paper.settings.mode == "paper"
    assert paper.stops
    if not paper.violations:
        assert plan(planner, text, **options).totals.score >= paper.totals.score - 1e-3
    assert paper.optimality.bound >= paper.totals.score - 1e-4


def test_the_published_mode_reports_what_it_breaks(planner: Planner) -> None:
    found = [
        violation.constraint
        for text in ("galleries and museums", "old churches and lunch", "bars and museums", "art")
        for violation in plan(
            planner, text, mode="paper", date=dt.date(2026, 11, 30), start_time=dt.time(7)
        ).violations
    ]
    assert "opening_hours" in found


def test_a_model_picks_numbers_of_the_list() -> None:
    class Fake:
        name, lead = "fake", True

        def complete(self, conversation: Any, **given: Any) -> Any:
            assert "3. C - park, 20 min" in conversation.request
            assert 'from3 ::= "3"' in given["grammar"]
            return type("Answer", (), {"text": "1, 3, 9, x"})()

    listed = [(name, "park", 20) for name in "ABC"]
    assert choose_subset(Fake(), "parks", listed, hours=2) == (0, 2)  # type: ignore[arg-type]


def later(text: str, minutes: int) -> str:
    return (dt.datetime.fromisoformat(text) + dt.timedelta(minutes=minutes)).isoformat()


def shift_a_time(document: PlanDocument, rng: random.Random) -> PlanDocument | None:
    n = rng.randrange(len(document.stops))
    field = rng.choice(["arrive", "visit_from", "depart"])
    stop = document.stops[n]
    return with_stop(
        document, n, **{field: later(getattr(stop, field), rng.choice([-45, -7, 7, 45]))}
    )


def swap_two_stops(document: PlanDocument, rng: random.Random) -> PlanDocument | None:
    stops = list(document.stops)
    a, b = rng.sample(range(len(stops)), 2)
    stops[a], stops[b] = stops[b], stops[a]
    return msgspec.structs.replace(document, stops=tuple(stops))


def turn_the_order(document: PlanDocument, rng: random.Random) -> PlanDocument | None:
    return msgspec.structs.replace(document, stops=document.stops[::-1])


def drop_a_must_see(document: PlanDocument, rng: random.Random) -> PlanDocument | None:
    must = [n for n, stop in enumerate(document.stops) if stop.required]
    if not must:
        return None
    n = rng.choice(must)
    return msgspec.structs.replace(document, stops=(*document.stops[:n], *document.stops[n + 1 :]))


def stretch_a_leg(document: PlanDocument, rng: random.Random) -> PlanDocument | None:
    n = rng.randrange(len(document.legs))
    leg = document.legs[n]
    longer = msgspec.structs.replace(leg, distance_m=leg.distance_m + rng.choice([-40, 3, 300]))
    legs = (*document.legs[:n], longer, *document.legs[n + 1 :])
    return msgspec.structs.replace(document, legs=legs)


def move_an_appointment(document: PlanDocument, rng: random.Random) -> PlanDocument | None:
    if document.appointments is msgspec.UNSET:
        return None
    dated = document.appointments[0].place_id
    n = next(n for n, stop in enumerate(document.stops) if stop.place_id == dated)
    stop = document.stops[n]
    times = {field: later(getattr(stop, field), 20) for field in ("visit_from", "depart")}
    return with_stop(document, n, **times)


def cut_a_stay(document: PlanDocument, rng: random.Random) -> PlanDocument | None:
    n = rng.randrange(len(document.stops))
    return with_stop(document, n, depart=document.stops[n].visit_from)


def with_stop(document: PlanDocument, n: int, **changes: Any) -> PlanDocument:
    stop = msgspec.structs.replace(document.stops[n], **changes)
    stops = (*document.stops[:n], stop, *document.stops[n + 1 :])
    return msgspec.structs.replace(document, stops=stops)


TAMPERINGS = (
    shift_a_time,
    swap_two_stops,
    turn_the_order,
    drop_a_must_see,
    stretch_a_leg,
    move_an_appointment,
    cut_a_stay,
)


@pytest.mark.parametrize(("text", "options"), REQUESTS)
def test_whatever_is_changed_about_a_plan_the_verifier_objects(
    planner: Witness, text: str, options: dict[str, Any]
) -> None:
    document = plan(planner, text, **options)
    truth = planner.kept  # type: ignore[attr-defined]
    assert verify(document, truth=truth) == ()
    rng, seen = random.Random(text), set()
    for tamper in TAMPERINGS * 4:
        found = tamper(document, rng)
        if found is not None:
            seen.add(tamper)
            assert verify(found, truth=truth), tamper.__name__
    assert len(seen) >= 5


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("appointment", "date"),
        ("order", "was to come first"),
        ("meal_hours", "meal"),
        ("wait", "waits"),
        ("lock", "locked"),
        ("count", "asks for"),
    ],
)
def test_each_promise_is_checked_by_itself(planner: Witness, kind: str, words: str) -> None:
    from planner.domain import Appointment, OrderRule
    from planner.itinerary.evidence import Allowances

    document = plan(planner, "museums, parks and lunch", hours=5)
    truth = planner.kept  # type: ignore[attr-defined]
    last = document.stops[-1]
    wish = next(stop for stop in document.stops[1:] if stop.serves and 0 not in stop.serves).serves[
        0
    ]
    changed = {
        "appointment": {"appointments": (Appointment(last.place_id, dt.time(3)),)},
        "order": {"order": (OrderRule("first", wish),)},
        "meal_hours": {"allowances": Allowances(meal_hours=((3, 4),))},
        "wait": {"allowances": Allowances(longest_wait_s=-1)},
        "lock": {"positions": {last.place_id: len(document.stops)}},
        "count": {"counts": {wish: 0}},
    }[kind]
    found = verify(document, truth=replace(truth, **changed))
    assert any(each.constraint == kind and words in each.text for each in found)
