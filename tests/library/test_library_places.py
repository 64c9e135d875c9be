"""A person's places: kept, changed, merged and taken apart, and taken in from files."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.domain import Place, Position, Source
from planner.errors import FlaneurError, UnknownPlaceError, UnreadableFileError
from planner.library.arrivals import as_holding, receive
from planner.library.findings import Finding, Reading, Refusal
from planner.library.holdings import Holding, as_place, with_marks
from planner.library.linking import Linking
from planner.library.merging import merge, unmerge
from planner.library.store import Store
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.library.places import Places

NOW = dt.datetime(2026, 11, 25, 9, 30)
DAY = dt.date(2026, 11, 20)
ENGEL = Holding(
    id="", name="Café Engel", position=Position(60.1692, 24.9522), category="cafe",
    names={"fi": "Kahvila Engel"}, tags={"outdoor_seating": "yes"}, labels=("breakfast",),
    notes="window seat", rating=4.5, favourite=True, visit_minutes=40, visits=(DAY,),
    visited=True, sources=(Source("mine.csv", 4, "csv"),), first_seen="2026-01-02T03:04:05",
)  # fmt: skip
ATENEUM_OSM = Place(
    "osm:way/1", "Ateneum", Position(60.1702, 24.9440), "art-museum", osm="way/1",
    opening_hours="Tu-Su 10:00-18:00", context="Ateneum: art museum.",
)  # fmt: skip


class ByName:
    """The simplest linker: one name, one place."""

    def __init__(self, *on_map: Place) -> None:
        self.by_name: dict[str, str] = {}
        self.map = {fold(place.name): place for place in on_map}

    def held(self, holding: Holding) -> str | None:
        return self.by_name.get(fold(holding.name))

    def on_map(self, finding: Finding) -> tuple[Place | None, Linking]:
        return self.map.get(fold(finding.name)), Linking(None, "by its name")

    def know(self, holding: Holding) -> None:
        self.by_name[fold(holding.name)] = holding.id


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home" / "library.sqlite", now=NOW) as opened:
        yield opened


@pytest.fixture
def places(store: Store) -> Places:
    return store.places


def csv(*findings: Finding | Refusal, file: str = "mine.csv") -> Reading:
    return Reading(file, "csv", findings)


def test_a_place_is_kept_as_it_was(places: Places) -> None:
    added = places.add(ENGEL)
    assert added == dataclasses.replace(ENGEL, id=added.id)
    assert places.get(added.id.upper()) == added
    assert list(places.all()) == [added]
    assert len(places) == 1
    assert added.id.startswith("m")
    assert ":" not in added.id


TEXT = st.text(min_size=1, max_size=60).filter(lambda text: text.strip())


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=TEXT,
    notes=st.text(max_size=200),
    position=st.none() | st.builds(Position, st.floats(-90, 90), st.floats(-180, 180)),
    names=st.dictionaries(TEXT, TEXT, max_size=4),
    labels=st.lists(TEXT, max_size=3),
    visits=st.lists(st.dates(), max_size=3),
)
def test_any_text_in_any_script_survives(store: Store, **values: Any) -> None:
    def encodable(text: str) -> str:
        return text.encode("utf-8", "ignore").decode() or "x"

    holding = Holding(
        id="",
        name=encodable(values["name"]),
        notes=encodable(values["notes"]),
        position=values["position"],
        names={encodable(key): encodable(name) for key, name in values["names"].items()},
        labels=tuple(dict.fromkeys(map(encodable, values["labels"]))),
        visits=tuple(sorted(set(values["visits"]))),
    )
    if not holding.name.strip():
        return
    added = store.places.add(holding)
    assert store.places.get(added.id) == dataclasses.replace(holding, id=added.id)
    store.places.remove(added.id)
    assert store.rows("SELECT count(*) FROM place_words WHERE place_words MATCH ?", '"x"') == [(0,)]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "x" * 301},
        {"position": Position(91, 0)},
        {"position": Position(float("nan"), 0)},
        {"rating": 6},
        {"visit_minutes": 0},
    ],
)
def test_what_makes_no_sense_is_refused(places: Places, changes: dict[str, Any]) -> None:
    with pytest.raises(FlaneurError) as caught:
        places.add(dataclasses.replace(ENGEL, **changes))
    assert caught.value.next_step
    assert list(places.all()) == []


def test_an_unknown_place_names_near_ids(places: Places) -> None:
    added = places.add(ENGEL)
    with pytest.raises(UnknownPlaceError, match=added.id):
        places.get(added.id + "z")


def test_a_place_is_changed_found_by_box_and_removed(places: Places, store: Store) -> None:
    added = places.add(dataclasses.replace(ENGEL, position=None))
    assert places.unlocated() == (added,)
    places.locate(added.id, Position(60.1, 24.9))
    assert places.unlocated() == ()
    assert [each.id for each in places.within((24, 60, 25, 61))] == [added.id]
    places.edit(added.id, notes="closed on Mondays", never=True)
    assert places.get(added.id).never
    places.remove(added.id)
    assert places.find(added.id) is None
    for table in ("place_sources", "visits", "place_words"):
        assert store.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608


def test_a_mark_on_the_map_is_no_place_of_ones_own(places: Places) -> None:
    marked = places.mark(ATENEUM_OSM, now=NOW, favourite=True, notes="free on Fridays")
    again = places.mark(ATENEUM_OSM, now=NOW, rating=5.0)
    assert marked.id == again.id
    assert list(places.all()) == []
    (held,) = places.all(own=False)
    assert (held.favourite, held.rating, held.notes) == (True, 5.0, "free on Fridays")
    (place,) = with_marks([ATENEUM_OSM], [held])
    assert (place.id, place.favourite, place.own) == ("osm:way/1", True, False)
    assert place.opening_hours == "Tu-Su 10:00-18:00"
    assert "free on Fridays" in place.context


def test_own_hours_win_only_when_set_by_hand(places: Places) -> None:
    held = places.mark(ATENEUM_OSM, now=NOW, opening_hours="Mo 10:00-12:00")
    assert with_marks([ATENEUM_OSM], [held])[0].opening_hours == "Tu-Su 10:00-18:00"
    held = places.edit(held.id, hours_corrected=True)
    assert with_marks([ATENEUM_OSM], [held])[0].opening_hours == "Mo 10:00-12:00"


def test_own_places_follow_those_of_the_map_and_the_unlocated_stay_at_home(places: Places) -> None:
    engel = places.add(ENGEL)
    nowhere = places.add(dataclasses.replace(ENGEL, name="Somewhere", position=None))
    both = with_marks([ATENEUM_OSM], [engel, nowhere])
    assert [place.id for place in both] == ["osm:way/1", engel.id]
    place = as_place(engel)
    assert place is not None
    assert (place.own, place.visit_minutes, place.rating) == (True, 40, 4.5)
    assert "window seat" in place.context


def test_days_are_noted_once_and_taken_back(places: Places) -> None:
    held = places.mark(ATENEUM_OSM, now=NOW)
    assert places.visit(held.id, DAY, plan="pabc")
    assert not places.visit(held.id, DAY, plan="pabc")
    assert places.get(held.id).visits == (DAY,)
    places.edit(held.id, notes="a note does not lose the plan")
    assert places.unvisit("pabc") == 1
    assert not places.get(held.id).visited


def test_fixed_points_follow_their_place(places: Places) -> None:
    hotel = places.add(dataclasses.replace(ENGEL, name="Hotel Torni"))
    places.set_anchor("My  Hotel", hotel.position or Position(0, 0), hotel.id)
    places.locate(hotel.id, Position(60.0, 24.0))
    (point,) = places.anchors()
    assert (point.name, point.position, point.place) == ("my hotel", Position(60.0, 24.0), hotel.id)
    places.remove(hotel.id)
    assert places.anchors()[0].place is None
    assert places.remove_anchor("MY HOTEL")
    assert places.anchors() == ()


# ----------------------------------------------------------------------------------- merging

OTHER = Holding(
    id="", name="Kahvila Engel Oy", position=Position(60.1693, 24.9523), notes="cash only",
    names={"fi": "Engel"}, labels=("list",), never=True, visits=(dt.date(2025, 1, 1),),
    sources=(Source("other.gpx", 1, "gpx"),), first_seen="2025-01-01T00:00:00",
)  # fmt: skip


def test_a_merge_loses_nothing(places: Places) -> None:
    kept, other = places.add(ENGEL), places.add(OTHER)
    both = merge(places, kept.id, other.id, now=NOW)
    assert both.name == "Café Engel"
    assert both.names == {"fi": "Kahvila Engel", "alt": "Kahvila Engel Oy; Engel"}
    assert both.notes == "window seat\ncash only"
    assert both.labels == ("breakfast", "list")
    assert (both.favourite, both.never) == (True, True)
    assert both.visits == (dt.date(2025, 1, 1), DAY)
    assert both.sources == (*ENGEL.sources, *OTHER.sources)
    assert both.first_seen == "2025-01-01T00:00:00"
    assert both.merged_from == (other.id,)
    assert list(places.all()) == [both]
    assert places.resolve(other.id) == kept.id
    with pytest.raises(UnknownPlaceError, match=f"merged into {kept.id}"):
        places.get(other.id)


def test_an_unmerge_restores_both_exactly(places: Places, store: Store) -> None:
    kept, other = places.add(ENGEL), places.add(OTHER)
    third = places.add(dataclasses.replace(OTHER, name="Engel's", position=None))
    places.visit(other.id, DAY + dt.timedelta(1), plan="pxyz")
    places.set_anchor("breakfast", Position(1, 2), other.id)
    other = places.get(other.id)
    before = {
        table: sorted(store.rows(f"SELECT * FROM {table}"), key=str)  # noqa: S608
        for table in ("anchors",)
    }
    merge(places, kept.id, other.id, now=NOW)
    merge(places, kept.id, third.id, now=NOW)
    assert unmerge(places, kept.id)[1] == third
    assert unmerge(places, kept.id) == (kept, other)
    assert {each.id: each for each in places.all()} == {
        each.id: each for each in (kept, other, third)
    }
    assert places.plans_of(other.id)["2026-11-21"] == "pxyz"
    assert sorted(store.rows("SELECT * FROM anchors"), key=str) == before["anchors"]
    with pytest.raises(FlaneurError, match="Nothing was merged"):
        unmerge(places, kept.id)


def test_what_was_changed_since_a_merge_stays(places: Places) -> None:
    kept, other = places.add(ENGEL), places.add(OTHER)
    merge(places, kept.id, other.id, now=NOW)
    places.edit(kept.id, rating=2.0, labels=("breakfast", "list", "later"))
    places.visit(kept.id, dt.date(2026, 1, 1))
    restored, apart = unmerge(places, kept.id)
    assert restored == dataclasses.replace(
        kept, rating=2.0, labels=("breakfast", "later"), visits=(dt.date(2026, 1, 1), DAY)
    )
    assert apart == other


def test_a_chain_of_merges_comes_apart_in_turn(places: Places) -> None:
    first, second = places.add(ENGEL), places.add(OTHER)
    third = places.add(dataclasses.replace(OTHER, name="Third"))
    merge(places, second.id, third.id, now=NOW)
    merge(places, first.id, second.id, now=NOW)
    assert places.resolve(third.id) == first.id
    unmerge(places, first.id)
    assert places.get(second.id).merged_from == (third.id,)
    assert unmerge(places, second.id) == (second, third)


def test_one_place_is_not_merged_with_itself(places: Places) -> None:
    kept = places.add(ENGEL)
    with pytest.raises(FlaneurError, match="one place already"):
        merge(places, kept.id, kept.id, now=NOW)


def test_what_is_removed_takes_what_was_merged_into_it(places: Places, store: Store) -> None:
    first, second = places.add(ENGEL), places.add(OTHER)
    third = places.add(dataclasses.replace(OTHER, name="Third"))
    other = places.add(dataclasses.replace(OTHER, name="Fourth"))
    fifth = places.add(dataclasses.replace(OTHER, name="Fifth"))
    merge(places, other.id, fifth.id, now=NOW)
    merge(places, second.id, third.id, now=NOW)
    merge(places, first.id, second.id, now=NOW)
    places.remove(first.id)
    assert store.rows("SELECT absorbed FROM merges") == [(fifth.id,)]


# ------------------------------------------------------------------------------------ arrivals

CAFE = Finding("Café Engel", row=2, position=Position(60.1692, 24.9522), notes="window seat")
CHURCH = Finding("Kallion kirkko", row=3, rating=5.0)


def test_an_import_adds_and_tells(places: Places) -> None:
    report = receive(places, csv(CAFE, CHURCH, Refusal(4, "no name")), linker=ByName(), now=NOW)
    assert (report.read, report.added, report.merged, report.unlocated) == (3, 1, 0, 1)
    assert report.refused == (Refusal(4, "no name"),)
    assert [(each.row, each.outcome) for each in report.arrivals] == [
        (2, "added"), (3, "unlocated"), (4, "refused"),
    ]  # fmt: skip
    assert [each.name for each in places.all()] == ["Café Engel", "Kallion kirkko"]
    assert next(places.all()).sources == (Source("mine.csv", 2, "csv"),)


def test_a_rehearsal_tells_the_same_and_changes_nothing(places: Places, store: Store) -> None:
    reading = csv(CAFE, CHURCH, dataclasses.replace(CAFE, row=9, notes="again"))
    told = receive(places, reading, linker=ByName(), now=NOW, rehearse=True)
    assert list(places.all(own=False)) == []
    assert not (store.path.parent / "backups").exists()
    assert receive(places, reading, linker=ByName(), now=NOW) == told
    assert told.merged == 1


def test_the_same_file_again_changes_nothing(places: Places, store: Store) -> None:
    linker = ByName()
    reading = csv(CAFE, CHURCH, dataclasses.replace(CAFE, row=9, notes="again"))
    receive(places, reading, linker=linker, now=NOW)
    before = list(places.all())
    for again in (linker, ByName()):
        report = receive(places, reading, linker=again, now=NOW + dt.timedelta(1))
        assert (report.added, report.merged) == (0, 3)
    assert list(places.all()) == before
    assert store.rows("SELECT count(*) FROM merges") == [(1,)]


def test_a_list_that_has_grown_brings_only_what_is_new(places: Places) -> None:
    linker = ByName()
    receive(places, csv(CAFE, CHURCH), linker=linker, now=NOW)
    moved = [dataclasses.replace(each, row=(each.row or 0) + 1) for each in (CAFE, CHURCH)]
    new = Finding("Oodi", row=2, position=Position(60.17, 24.93))
    report = receive(places, csv(new, *moved), linker=linker, now=NOW)
    assert (report.added, report.merged) == (1, 2)
    held = {each.name: each for each in places.all()}
    assert held["Café Engel"].sources == (Source("mine.csv", 3, "csv"),)
    assert held["Café Engel"].merged_from == ()


def test_another_file_that_means_the_same_becomes_one_and_comes_apart(places: Places) -> None:
    linker = ByName()
    receive(places, csv(CAFE), linker=linker, now=NOW)
    (before,) = places.all()
    other = dataclasses.replace(CAFE, notes="cash only", row=1)
    receive(places, csv(other, file="post.html"), linker=linker, now=NOW)
    (both,) = places.all()
    assert [each.file for each in both.sources] == ["mine.csv", "post.html"]
    assert both.notes == "window seat\ncash only"
    restored, apart = unmerge(places, both.id)
    assert restored == before
    assert apart.notes == "cash only"
    # What was taken apart by hand stays apart.
    report = receive(places, csv(other, file="post.html"), linker=linker, now=NOW)
    assert report.merged == 1
    assert sorted(each.notes for each in places.all()) == ["cash only", "window seat"]


def test_a_place_of_the_map_lends_what_the_file_lacks(places: Places) -> None:
    mark = places.mark(ATENEUM_OSM, now=NOW, favourite=True)
    finding = Finding("ateneum", row=2, notes="the stairs")
    report = receive(places, csv(finding), linker=ByName(ATENEUM_OSM), now=NOW)
    assert (report.added, report.merged) == (1, 0)
    (held,) = places.all()
    assert held.id == mark.id
    assert (held.osm, held.position, held.category) == ("way/1", ATENEUM_OSM.position, "art-museum")
    assert (held.favourite, held.notes) == (True, "the stairs")


def test_a_file_that_breaks_half_way_leaves_nothing(places: Places) -> None:
    def items() -> Iterator[Finding]:
        yield CAFE
        raise UnreadableFileError("The file ends in the middle.")

    with pytest.raises(UnreadableFileError):
        receive(places, Reading("a.csv", "csv", items()), linker=ByName(), now=NOW)
    assert list(places.all()) == []


def test_what_a_file_says_is_cleaned(places: Places) -> None:
    finding = Finding("\x1b[31mRed\x1b[0m \u202eBar", notes="one\x07\ntwo", labels=("\x00a",))
    held = as_holding(finding, None, now=NOW)
    assert held.name == "[31mRed[0m Bar"
    assert held.notes == "one\ntwo"
    assert held.labels == ("a",)


def test_every_import_is_preceded_by_a_copy_and_few_are_kept(places: Places, store: Store) -> None:
    linker = ByName()
    for n in range(8):
        receive(places, csv(Finding(f"Bar {n}"), file=f"{n}.csv"), linker=linker, now=NOW)
    copies = sorted((store.path.parent / "backups").iterdir())
    assert [path.name for path in copies] == [f"library-import-{n:06}.sqlite" for n in range(3, 8)]
    with Store.open(copies[-1]) as copy:
        assert len(copy.places) == 7


def test_an_exported_id_is_given_back_only_if_it_is_free(places: Places) -> None:
    linker = ByName()
    mine = Finding("Oodi", row=2, id="mq2w")
    receive(places, csv(mine), linker=linker, now=NOW)
    assert places.get("mq2w").name == "Oodi"
    strange = [
        Finding("Another", row=3, id="mq2w"),
        Finding("Third", row=4, id="osm:node/1"),
        Finding("Fourth", row=5, id="'; DROP TABLE places"),
    ]
    assert receive(places, csv(*strange), linker=linker, now=NOW).unlocated == 3
    assert places.get("mq2w").name == "Oodi"
    assert len(places) == 4
    assert all(holding.id.startswith("m") for holding in places.all())
