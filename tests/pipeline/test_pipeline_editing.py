"""Plans edited by hand: what is locked stays, what is not touched stays, and every plan holds."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from planner.domain import Wishes
from planner.itinerary.document import decode, encode
from planner.itinerary.editing import (
    Add,
    HereNow,
    History,
    Lock,
    Move,
    Remove,
    Stay,
    Swap,
    Unlock,
    date_of,
    edits_of,
    standing,
)
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner
from planner.revision import EditRefusedError, alternatives, revise

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from planner.itinerary.editing import Edit
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

NOW = dt.datetime(2026, 11, 25, 9)
REQUESTS = (
    ("old churches, a quiet park and somewhere for lunch", Wishes()),
    ("see Ateneum and Amos Rex, one good coffee", Wishes(hours=6)),
    ("museums, then a park, end with a bar", Wishes(hours=8, start_time=dt.time(11))),
    ("parks and bookshops", Wishes(start="Senaatintori", loop=True)),
    ("museums and parks", Wishes(days=2, hours=5)),
    ("art", Wishes(at=(("Ateneum", dt.time(13)),), hours=5)),
)


@pytest.fixture(scope="module")
def planner(helsinki: City, embedder: Embedder) -> Planner:
    return Planner(helsinki, embedder.encode, Catalogue.load(), seconds=0.1)


@pytest.fixture(scope="module")
def plans(planner: Planner) -> list[PlanDocument]:
    found = [planner.plan(text, wishes, now=NOW) for text, wishes in REQUESTS]
    assert [plan.status for plan in found] == ["ok"] * len(found)
    assert not any(plan.violations for plan in found)
    return found


@pytest.fixture(scope="module")
def plan(plans: list[PlanDocument]) -> PlanDocument:
    return plans[0]


def ids(document: PlanDocument, day: int | None = None) -> list[str]:
    return [stop.place_id for stop in document.stops if day in {None, stop.day}]


def test_a_removed_stop_is_gone_and_the_others_keep_their_order(
    planner: Planner, plan: PlanDocument
) -> None:
    for place_id in ids(plan):
        shorter = revise(planner, plan, Remove(place_id=place_id))
        assert ids(shorter) == [each for each in ids(plan) if each != place_id]
        assert shorter.violations == ()


def test_what_is_locked_is_not_removed_swapped_or_moved(
    planner: Planner, plan: PlanDocument
) -> None:
    first, second = ids(plan)[:2]
    locked = revise(planner, plan, Lock(place_id=first, in_place=True))
    assert ids(locked) == ids(plan)
    assert locked.stops[0].required
    for edit in (Remove(place_id=first), Move(place_id=first, to=1), Move(place_id=second, to=0)):
        with pytest.raises(EditRefusedError):
            revise(planner, locked, edit)
    freed = revise(planner, locked, Unlock(place_id=first))
    assert first not in ids(revise(planner, freed, Remove(place_id=first)))


def test_a_moved_stop_is_where_it_was_moved_to(planner: Planner, plan: PlanDocument) -> None:
    last = ids(plan)[-1]
    moved = revise(planner, plan, Move(place_id=last, to=1))
    assert ids(moved)[1] == last
    assert [each for each in ids(moved) if each != last] == ids(plan)[:-1]


def test_a_stay_is_as_long_as_was_said(planner: Planner, plan: PlanDocument) -> None:
    for minutes in (7, 45):
        stop = plan.stops[1]
        changed = revise(planner, plan, Stay(place_id=stop.place_id, minutes=minutes))
        found = next(each for each in changed.stops if each.place_id == stop.place_id)
        stay = dt.datetime.fromisoformat(found.depart) - dt.datetime.fromisoformat(found.visit_from)
        assert stay == dt.timedelta(minutes=minutes)
        assert changed.violations == ()


def test_a_stay_that_leaves_no_time_for_what_is_locked_is_refused(
    planner: Planner, plan: PlanDocument
) -> None:
    document = plan
    for place_id in ids(plan):
        document = revise(planner, document, Lock(place_id=place_id))
    with pytest.raises(EditRefusedError, match="does not fit"):
        revise(planner, document, Stay(place_id=ids(plan)[0], minutes=235))


def test_alternatives_are_alike_and_what_they_cost_is_told(
    planner: Planner, plan: PlanDocument
) -> None:
    stop = next(each for each in plan.stops if each.serves)
    found = alternatives(planner, plan, stop.place_id)
    assert 1 <= len(found) <= 3
    assert not {each.place_id for each in found} & set(ids(plan))
    assert [each.cost for each in found] == sorted(each.cost for each in found)
    swapped = revise(planner, plan, Swap(place_id=stop.place_id, other_id=found[0].place_id))
    at = ids(plan).index(stop.place_id)
    assert ids(swapped)[at] == found[0].place_id
    assert plan.totals.score - swapped.totals.score == pytest.approx(found[0].cost, abs=1e-3)


def test_an_added_place_is_in_where_it_fits_best(planner: Planner, plan: PlanDocument) -> None:
    place = planner.library.find("Ateneum")
    assert place is not None
    longer = revise(planner, plan, Add(place_id=place.id))
    assert place.id in ids(longer)
    rest = [each for each in ids(longer) if each != place.id]
    assert rest == [each for each in ids(plan) if each in rest]
    there = revise(planner, plan, Add(place_id=place.id, at=1))
    assert ids(there)[1] == place.id


def test_from_here_and_now_the_rest_is_planned_anew(planner: Planner, plan: PlanDocument) -> None:
    stop = plan.stops[-1]
    kept = revise(planner, plan, Lock(place_id=stop.place_id))
    here = HereNow(lat=60.1690, lon=24.9400, time="11:20")
    rest = revise(planner, kept, here)
    assert rest.violations == ()
    assert rest.settings.start_time == "11:20"
    assert rest.settings.hours == pytest.approx(plan.settings.hours - 4 / 3, abs=1e-3)
    assert rest.start is not None
    assert stop.place_id in ids(rest)
    behind = {s.place_id for s in plan.stops if s.visit_from[11:16] <= "11:20"}
    assert behind
    assert not behind & set(ids(rest))
    assert not behind & set(
        ids(revise(planner, rest, HereNow(lat=60.1690, lon=24.94, time="11:40")))
    )


def test_the_rest_of_one_of_several_days_leaves_the_other_days_their_places(
    planner: Planner, plans: list[PlanDocument]
) -> None:
    plan = plans[4]
    morning = dt.datetime.fromisoformat(plan.settings.date) + dt.timedelta(days=1)
    first = next(stop for stop in plan.stops if stop.day == 2)
    here = HereNow(
        lat=first.lat, lon=first.lon, time=first.depart[11:16], date=f"{morning:%Y-%m-%d}"
    )
    rest = revise(planner, plan, here)
    assert rest.violations == ()
    assert (rest.settings.date, rest.settings.days) == (here.date, 1)
    assert rest.settings.start_time == here.time
    assert rest.plan_id is None
    assert {stop.day for stop in rest.stops} == {1}
    assert rest.stops[-1].depart <= f"{morning.replace(hour=15):%Y-%m-%dT%H:%M:%S}"
    assert not set(ids(rest)) & {first.place_id, *ids(plan, 1)}
    reasons = {each.reason for each in rest.left_out if each.name in {s.name for s in plan.stops}}
    assert reasons >= {"excluded by “the walk so far”", "excluded by “another day of the plan”"}
    again = revise(planner, rest, Remove(place_id=ids(rest)[-1]))
    assert ids(again) == ids(rest)[:-1]


def test_what_is_locked_on_the_day_stays_and_other_days_locks_do_not_count(
    planner: Planner, plans: list[PlanDocument]
) -> None:
    other, today = ids(plans[4], 1)[-1], ids(plans[4], 2)[-1]
    plan = revise(planner, plans[4], Lock(place_id=other))
    plan = revise(planner, plan, Lock(place_id=today))
    rest = revise(planner, plan, HereNow(lat=60.17, lon=24.94, time="10:30", date="2026-11-26"))
    assert today in ids(rest)
    assert other not in ids(rest)


def test_a_walk_of_new_places_stays_one_when_its_rest_is_planned_anew(
    helsinki: City, embedder: Embedder
) -> None:
    seen = {
        place.id: replace(place, visited=True)
        for place in helsinki.places.values()
        if place.category in {"museum", "gallery"}
    }
    index = helsinki.index.with_own(
        seen.values(), embedder.encode([place.name for place in seen.values()])
    )
    city = replace(helsinki, places={**helsinki.places, **seen}, index=index)
    planner = Planner(city, embedder.encode, Catalogue.load(), seconds=0.1)
    plan = planner.plan("museums and parks", Wishes(new_only=True, hours=5), now=NOW)
    assert plan.status == "ok"
    assert plan.violations == ()
    assert plan.settings.new_only is True
    rest = revise(planner, plan, HereNow(lat=60.169, lon=24.94, time="11:00"))
    assert rest.violations == ()
    assert rest.settings.new_only is True
    assert not set(ids(rest)) & set(seen)
    # What the person puts in by hand is their own word.
    ateneum = next(place.id for place in seen.values() if place.name == "Ateneum")
    swap = Swap(place_id=ids(plan)[-1], other_id=ateneum)
    assert ids(revise(planner, plan, swap))[-1] == ateneum


@pytest.mark.parametrize(
    ("time", "date", "why"),
    [
        ("11:00", None, "2 days"),
        ("11:00", "2026-11-27", "Friday at 11:00"),
        ("09:00", "2026-11-26", "Thursday at 09:00"),
        ("15:00", "2026-11-25", "10:00 to 15:00"),
        ("11:00", "tomorrow", "no date"),
    ],
)
def test_a_moment_outside_all_walks_of_a_plan_is_refused(
    planner: Planner, plans: list[PlanDocument], time: str, date: str | None, why: str
) -> None:
    with pytest.raises(EditRefusedError, match=why):
        revise(planner, plans[4], HereNow(lat=60.17, lon=24.94, time=time, date=date))


def test_the_day_that_it_is_is_that_of_the_clock_else_that_of_the_stop(
    plan: PlanDocument, plans: list[PlanDocument]
) -> None:
    assert date_of(plan, 1, NOW) is None
    assert date_of(plans[4], 1, NOW + dt.timedelta(days=1)) == "2026-11-26"
    assert date_of(plans[4], 2, NOW - dt.timedelta(days=9)) == "2026-11-26"


@pytest.mark.parametrize(
    "edit",
    [
        Remove(place_id="nowhere"),
        Add(place_id="nowhere"),
        Stay(place_id="nowhere", minutes=10),
        HereNow(lat=60.17, lon=24.94, time="25:99"),
        HereNow(lat=60.17, lon=24.94, time="23:30"),
    ],
)
def test_an_edit_of_what_is_not_there_is_refused(
    planner: Planner, plan: PlanDocument, edit: Edit
) -> None:
    with pytest.raises(EditRefusedError):
        revise(planner, plan, edit)


def test_other_days_stay_as_they_are(planner: Planner, plans: list[PlanDocument]) -> None:
    plan = plans[4]
    changed = revise(planner, plan, Remove(place_id=ids(plan, 2)[0]))
    assert [s for s in changed.stops if s.day == 1] == [s for s in plan.stops if s.day == 1]
    assert ids(changed, 2) == ids(plan, 2)[1:]


def test_edits_are_undone_redone_and_replayed(planner: Planner, plan: PlanDocument) -> None:
    def step(document: PlanDocument, edit: Edit) -> PlanDocument:
        return revise(planner, document, edit)

    history = History.of(plan)
    for edit in (Lock(place_id=ids(plan)[0]), Remove(place_id=ids(plan)[1])):
        history = history.edited(edit, step)
    assert edits_of(history.plan) == history.edits
    assert history.undone().undone().undone().plan == plan
    assert history.undone().redone() == history
    assert ids(history.replayed(step).plan) == ids(history.plan)
    other = history.undone().edited(Stay(place_id=ids(plan)[0], minutes=20), step)
    assert len(other.edits) == 2
    assert decode(encode(history.plan)) == history.plan


def random_edit(rng: random.Random, planner: Planner, document: PlanDocument) -> Edit:
    stop = rng.choice(document.stops)
    there = set(ids(document))
    pool = [place_id for place_id in planner.city.places if place_id not in there]
    at = dt.datetime.fromisoformat(document.stops[0].arrive)
    at += dt.timedelta(minutes=rng.randrange(0, 90))
    date = date_of(document, stop.day, at.replace(year=2000))
    edits: list[Edit] = [
        Lock(place_id=stop.place_id),
        Lock(place_id=stop.place_id, in_place=True),
        Unlock(place_id=stop.place_id),
        Remove(place_id=stop.place_id),
        Swap(place_id=stop.place_id, other_id=rng.choice(pool)),
        Add(place_id=rng.choice(pool), day=stop.day, at=rng.choice([None, 0, 1, 2])),
        Move(place_id=stop.place_id, to=rng.randrange(len(document.stops))),
        Stay(place_id=stop.place_id, minutes=rng.randrange(5, 120)),
        HereNow(lat=stop.lat, lon=stop.lon, time=f"{at:%H:%M}", date=date),
    ]
    return rng.choice(edits)


def follow(planner: Planner, document: PlanDocument, seed: int, steps: int = 2) -> int:
    """Make random edits; return how many were made and not refused."""
    rng, made = random.Random(seed), 0
    for _ in range(steps):
        edit = random_edit(rng, planner, document)
        before = standing(edits_of(document))
        try:
            after = revise(planner, document, edit)
        except EditRefusedError:
            continue
        made += 1
        assert after.violations == ()
        assert edits_of(after)[:-1] == edits_of(document)
        made_edit = edits_of(after)[-1]
        visited: set[str] = set()
        if isinstance(made_edit, HereNow):
            visited = {*made_edit.visited, *made_edit.elsewhere}
        released = {edit.place_id} if isinstance(edit, Unlock) else set()
        locked = (before.locked & set(ids(document))) - released - visited
        assert locked <= set(ids(after))
        order = [each for each in ids(document) if each in locked]
        moved = edit.place_id if isinstance(edit, Move) else None
        assert [each for each in ids(after) if each in locked and each != moved] == [
            each for each in order if each != moved
        ]
        for place_id in before.in_place & locked:
            day = next(stop.day for stop in document.stops if stop.place_id == place_id)
            shift = sum(each in visited for each in ids(document, day))
            now_on = next(stop.day for stop in after.stops if stop.place_id == place_id)
            assert ids(after, now_on).index(place_id) == ids(document, day).index(place_id) - shift
        document = after
    return made


@pytest.mark.parametrize("seed", range(25))
def test_random_edits_never_move_what_is_locked_and_never_break_a_walk(
    planner: Planner, plans: list[PlanDocument], seed: int
) -> None:
    follow(planner, plans[seed % len(plans)], seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 1000, 50))
def test_a_thousand_random_edit_sequences(
    planner: Planner, plans: list[PlanDocument], first: int
) -> None:
    seeds = range(first, first + 50)
    made = [follow(planner, plans[seed % len(plans)], seed, steps=5) for seed in seeds]
    assert sum(made) > len(seeds)
