"""Findings linked to the places they mean, or to none."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library.findings import Finding
from planner.library.linking import SURE, Ground, link, resolve
from planner.library.naming import NameIndex
from planner.library.toponyms import read_toponyms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VARIANTS = Path(__file__).parent / "variants.tsv"
METRE = 1 / 111_195.0


def _place(
    number: int,
    name: str,
    category: str,
    north: float = 0.0,
    names: Mapping[str, str] | None = None,
    **tags: str,
) -> Place:
    """A place so many metres north of a corner."""
    tags = {key.replace("__", ":"): value for key, value in tags.items()}
    position = Position(60.0 + north * METRE, 25.0)
    return Place(str(number), name, position, category, names or {}, tags)


def _ground(places: Iterable[Place], *, towns: Iterable[str] = ("Helsinki",)) -> Ground:
    places = tuple(places)
    return Ground("helsinki", NameIndex(places, towns=towns), {place.id: place for place in places})


def _north(metres: float) -> Position:
    return Position(60.0 + metres * METRE, 25.0)


@pytest.fixture(scope="module")
def helsinki_ground(helsinki_places: tuple[Place, ...], helsinki_extract: Path) -> Ground:
    names = NameIndex(helsinki_places, areas=read_toponyms(helsinki_extract))
    return Ground("helsinki", names, {place.id: place for place in helsinki_places})


def _rows(half: str) -> list[dict[str, str]]:
    with VARIANTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if row["half"] == half]


@pytest.mark.parametrize(("half", "recall"), [("dev", 0.97), ("blind", 0.9), ("hard", 0.85)])
def test_names_written_in_other_ways_find_their_places(
    helsinki_ground: Ground, half: str, recall: float
) -> None:
    right = wrong = meant = 0
    for row in _rows(half):
        meant += bool(row["name"])
        found = link(Finding(row["text"]), [helsinki_ground])
        if found is not None:
            place = helsinki_ground.places[found.place_id]
            good = place.name == row["name"] and row["category"] in {"", place.category}
            right, wrong = right + good, wrong + (not good)
    assert right / meant >= recall
    assert right / (right + wrong) >= 0.97


def test_a_saved_list_without_positions_is_linked(
    helsinki_ground: Ground, data_folder: Path
) -> None:
    with (data_folder / "places" / "takeout-list-helsinki.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Title"]]
    found = {row["Title"]: link(Finding(row["Title"]), [helsinki_ground]) for row in rows}
    assert {title: each and each.name for title, each in found.items()} == {
        "Ateneum Art Museum": "Ateneum",
        "Helsinki Cathedral": "Helsingin tuomiokirkko",
        "Old Market Hall": "Vanha Kauppahalli",
        "Café Engel": "Cafe Engel",
        "Academic Bookstore": "Akateeminen Kirjakauppa",
        "Bar That Never Existed": None,
    }
    assert all(each is None or each.confidence >= SURE for each in found.values())


def test_a_position_tells_branches_of_a_chain_apart() -> None:
    ground = _ground(
        [_place(1, "Espresso House", "cafe", 0.0), _place(2, "Espresso House", "cafe", 150.0)]
    )
    for metres, meant in ((-10, "1"), (20, "1"), (160, "2"), (135, "2")):
        found = link(Finding("Espresso House", position=_north(metres)), [ground])
        assert found is not None
        assert found.place_id == meant
    between = resolve(Finding("Espresso House", position=_north(72)), [ground])
    assert between.link is None
    assert {each.place_id for each in between.candidates} == {"1", "2"}


def test_a_branch_that_is_not_on_the_map_is_not_linked_to_the_next_one() -> None:
    ground = _ground([_place(1, "R-kioski", "kiosk", 0.0, brand="R-kioski")])
    assert link(Finding("R-kioski", position=_north(170)), [ground]) is None
    assert link(Finding("R-kioski", position=_north(60)), [ground]) is not None


def test_a_position_may_be_off_by_a_hundred_metres() -> None:
    ground = _ground([_place(1, "Ateneum", "museum", 0.0, {"en": "Ateneum Art Museum"})])
    found = link(Finding("Ateneum Art Museum", position=_north(100)), [ground])
    assert found is not None
    assert found.metres == pytest.approx(100, abs=1)
    assert "100 m away" in found.reason
    assert link(Finding("Ateneum Art Museum", position=_north(3000)), [ground]) is None


def test_a_name_beside_another_place_is_not_that_place() -> None:
    ground = _ground([_place(1, "Cafe Ekberg", "cafe", 0.0)])
    assert link(Finding("Hotel Haven", position=_north(3)), [ground]) is None
    assert link(Finding("Cafe Strindberg", position=_north(3)), [ground]) is None


def test_a_longer_name_at_the_very_spot_is_the_place() -> None:
    ground = _ground([_place(1, "Cafe Ekberg", "cafe", 0.0)])
    found = link(Finding("Ekberg 1852 Bakery & Café", position=_north(10)), [ground])
    assert found is not None


def test_kinds_that_exclude_each_other_are_not_linked() -> None:
    ground = _ground([_place(1, "Kappeli", "restaurant", 0.0)])
    assert link(Finding("Kappeli", position=_north(5), category="parking"), [ground]) is None
    assert link(Finding("Kappeli", position=_north(5), category="cafe"), [ground]) is not None


def test_namesakes_without_a_position_are_listed_and_not_linked() -> None:
    ground = _ground([_place(1, "R-kioski", "kiosk", 0.0), _place(2, "R-Kioski", "kiosk", 900.0)])
    linking = resolve(Finding("R-kioski"), [ground])
    assert linking.link is None
    assert {each.place_id for each in linking.candidates} == {"1", "2"}
    assert linking.reason == "2 places of that name"


def test_an_address_tells_namesakes_apart() -> None:
    ground = _ground(
        [
            _place(
                1, "Fafa's", "kebab", 0.0, addr__street="Iso Roobertinkatu", addr__housenumber="2"
            ),
            _place(2, "Fafa's", "kebab", 900.0, addr__street="Pieni Roobertinkatu"),
        ]
    )
    address = "Iso Roobertinkatu 2, 00120 Helsinki, Finland"
    found = link(Finding("Fafa's", address=address), [ground])
    assert found is not None
    assert found.place_id == "1"
    assert link(Finding("Fafa's", notes="the one in Pieni Roobertinkatu"), [ground]) is not None
    assert link(Finding("Fafa's", address="Kauppakatu 1, 33210 Tampere"), [ground]) is None


def test_the_square_is_meant_and_not_the_car_park_under_it() -> None:
    ground = _ground(
        [_place(1, "Senaatintori", "parking", 0.0), _place(2, "Senaatintori", "square", 40.0)]
    )
    found = link(Finding("Senaatintori"), [ground])
    assert found is not None
    assert found.place_id == "2"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Cafe Ekberg, Helsinki, Finland", "1"), ("Cafe Ekberg - Helsinki", "1"),
        ("Cafe Ekberg (café)", "1"), ("Cafe Ekberg, Bulevardi 9", "1"), ("Cafe Ekberg Kamppi", "1"),
        ("Cafe Ekberg, Turku", None), ("Cafe Ekberg Tampere", None), ("Cafe Ekberg (hotel)", None),
    ],
)  # fmt: skip
def test_what_follows_a_name_must_say_the_same_place(text: str, meant: str | None) -> None:
    ground = _ground(
        [
            _place(1, "Cafe Ekberg", "cafe", 0.0, addr__street="Bulevardi", addr__housenumber="9"),
            _place(2, "Kamppi", "district", 500.0),
        ]
    )
    ground = Ground(
        ground.name,
        ground.names,
        {
            each.id: each
            if each.id != "1"
            else Place(
                "1", each.name, each.position, each.category, {}, each.tags, "Bulevardi 9, Helsinki"
            )
            for each in ground.places.values()
        },
    )
    found = link(Finding(text), [ground])
    assert (found and found.place_id) == meant


def test_of_two_cities_the_one_that_is_spoken_of_counts() -> None:
    one = _ground([_place(1, "Stockmann", "department_store")])
    two = Ground(
        "turku",
        NameIndex([_place(9, "Stockmann", "department_store")], towns=["Turku"]),
        {"9": _place(9, "Stockmann", "department_store")},
    )
    unsure = resolve(Finding("Stockmann"), [one, two])
    assert unsure.link is None
    assert {each.ground for each in unsure.candidates} == {"helsinki", "turku"}
    told = resolve(Finding("Stockmann", notes="when in Turku"), [one, two])
    assert told.link is not None
    assert told.link.ground == "turku"


def test_the_object_of_the_map_needs_no_name() -> None:
    place = Place("osm:node/5", "Kiasma", Position(60, 25), "museum", osm="node/5")
    ground = Ground("helsinki", NameIndex([place]), {place.id: place})
    found = link(Finding("Museum of contemporary things", osm="node/5"), [ground])
    assert found is not None
    assert found.confidence == 1.0


@given(st.text(max_size=80), st.booleans())
def test_any_finding_may_be_asked_for(text: str, placed: bool) -> None:
    ground = _ground([_place(1, "Ateneum", "museum"), _place(2, "Picnic", "cafe", 80.0)])
    finding = Finding(text, position=_north(0) if placed else None)
    linking = resolve(finding, [ground])
    for each in (*linking.candidates, *([linking.link] if linking.link else [])):
        assert 0 <= each.confidence <= 1
        assert math.isfinite(each.confidence)
        assert each.place_id in {"1", "2"}
