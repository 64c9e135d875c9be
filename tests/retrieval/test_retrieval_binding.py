"""Names bound to places; dislikes told apart into hard and soft ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.domain import Place, Position, Request, SubRequest, Wishes
from planner.errors import UnknownPlaceError
from planner.library.catalogue import Catalogue
from planner.library.naming import NameIndex
from planner.retrieval.binding import Library, bind, parse_position, with_wishes

if TYPE_CHECKING:
    from planner.domain import BoundRequest

PLACES = (
    Place("1", "Ateneum", Position(60.1700, 24.9440), "museum"),
    Place("2", "Kiasma", Position(60.1720, 24.9370), "museum"),
    Place(
        "3",
        "Helsingin tuomiokirkko",
        Position(60.1704, 24.9522),
        "cathedral",
        names={"en": "Helsinki Cathedral"},
    ),
    Place("4", "Kaisaniemen puisto", Position(60.1750, 24.9460), "park"),
    Place("5", "Café Ursula", Position(60.1570, 24.9640), "cafe"),
    Place("6", "Teerenpeli", Position(60.1690, 24.9330), "bar"),
)


@pytest.fixture(scope="module")
def library() -> Library:
    places = {place.id: place for place in PLACES}
    return Library("helsinki", places, NameIndex(PLACES), Catalogue.load())


def bound(library: Library, *subrequests: SubRequest, wishes: Wishes | None = None) -> BoundRequest:
    wishes = wishes or Wishes()
    return bind(with_wishes(Request("text", subrequests), wishes), wishes, library)


def test_must_sees_start_and_end_are_bound(library: Library) -> None:
    found = bound(
        library,
        SubRequest("Helsinki Cathedral", mustsee=True, type="start"),
        SubRequest("ateneum", mustsee=True),
        SubRequest("parks"),
        SubRequest("Kiasma", mustsee=True, type="end"),
    )
    assert found.start is not None
    assert found.start.name == "Helsingin tuomiokirkko"
    assert found.end is not None
    assert found.end.place is PLACES[1]
    assert found.required == ("1",)
    assert found.place_ids == (("3",), ("1",), (), ("2",))


def test_a_name_nobody_knows_is_reported_with_what_follows(library: Library) -> None:
    found = bound(
        library,
        SubRequest("Atlantis Tower", mustsee=True),
        SubRequest("my hotel", mustsee=True, type="start"),
    )
    assert [each.name for each in found.unbound] == ["Atlantis Tower", "my hotel"]
    assert "--start" in found.unbound[1].reason
    assert found.required == ()
    assert found.start is None


@pytest.mark.parametrize(
    "wishes", [Wishes(start="Hogwarts"), Wishes(end="Hogwarts"), Wishes(must=("Hogwarts",))]
)
def test_an_option_with_a_name_nobody_knows_is_an_error(library: Library, wishes: Wishes) -> None:
    with pytest.raises(UnknownPlaceError, match=r"Hogwarts.*LAT,LON"):
        bound(library, wishes=wishes)


def test_an_option_replaces_the_words(library: Library) -> None:
    found = bound(
        library,
        SubRequest("Ateneum", mustsee=True, type="start"),
        wishes=Wishes(start="Kiasma", loop=True),
    )
    assert found.start is not None
    assert found.end is not None
    assert found.start.place is found.end.place is PLACES[1]


def test_of_two_places_of_one_name_an_id_tells_which_is_meant() -> None:
    twins = tuple(
        Place(f"osm:node/{n}", "Kahvila", Position(60.17, 24.94 + n / 100), "cafe") for n in (1, 2)
    )
    places = {place.id: place for place in twins}
    library = Library("helsinki", places, NameIndex(twins), Catalogue.load())
    for place in twins:
        assert bound(library, wishes=Wishes(must=(place.id,))).required == (place.id,)


def test_a_position_is_a_start_but_no_stop(library: Library) -> None:
    found = bound(library, wishes=Wishes(start="60.17,24.94"))
    assert found.start is not None
    assert found.start.place is None
    assert found.start.position == Position(60.17, 24.94)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("60.17,24.94", Position(60.17, 24.94)),
        (" -33.9 , 151.2 ", Position(-33.9, 151.2)),
        ("60.17;24.94", Position(60.17, 24.94)),
        ("95,24", None),
        ("60,190", None),
        ("Ateneum", None),
        ("60.17", None),
    ],
)
def test_positions(text: str, position: Position | None) -> None:
    assert parse_position(text) == position


def test_a_disliked_kind_is_excluded(library: Library) -> None:
    found = bound(library, SubRequest("places", neg="museums", type="itinerary"))
    assert "museum" in found.excluded_categories
    assert found.excluded_by["museum"] == "museums"
    assert found.disliked == ()


def test_a_disliked_place_is_excluded(library: Library) -> None:
    found = bound(library, SubRequest("Kiasma", neg="Ateneum", mustsee=True))
    assert found.excluded_ids == {"1"}
    assert found.required == ("2",)


def test_a_mood_only_weighs(library: Library) -> None:
    found = bound(library, SubRequest("places", neg="crowds", type="itinerary"))
    assert found.excluded_categories == frozenset()
    assert found.disliked == ("crowds",)


def test_what_is_also_asked_for_is_not_excluded(library: Library) -> None:
    found = bound(
        library,
        SubRequest("places", neg="loud bars", type="itinerary"),
        SubRequest("small wine bar"),
    )
    assert "bar" in found.excluded_categories
    assert not library.catalogue.named("small wine bar") & found.excluded_categories


def test_a_named_museum_stays_when_museums_are_disliked(library: Library) -> None:
    found = bound(
        library,
        SubRequest("places", neg="museums", type="itinerary"),
        SubRequest("Ateneum", mustsee=True),
    )
    assert found.required == ("1",)
    assert "museum" in found.excluded_categories


def test_avoiding_by_option_wins_over_the_words(library: Library) -> None:
    found = bound(
        library, SubRequest("Ateneum", mustsee=True), wishes=Wishes(avoid=("Ateneum", "bars"))
    )
    assert found.required == ()
    assert found.excluded_ids == {"1"}
    assert "bar" in found.excluded_categories


def test_the_cathedral_is_the_one_that_everybody_knows(library: Library) -> None:
    found = bound(library, SubRequest("cathedral", mustsee=True, type="start"))
    assert found.start is not None
    assert found.start.place is PLACES[2]


def test_a_kind_is_a_wish_and_no_must_see(library: Library) -> None:
    found = bound(library, SubRequest("museum", mustsee=True))
    assert found.required == ()
    assert found.unbound == ()
    assert not found.request.subrequests[0].mustsee
