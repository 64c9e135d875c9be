"""Wishes that say where they are to be: the anchor is found, and the way on foot weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain import BoundRequest, LeftOut, Near, Place, Position, Request, SubRequest
from planner.library.catalogue import Catalogue
from planner.library.naming import NameIndex
from planner.retrieval.binding import Library
from planner.retrieval.index import PlaceIndex
from planner.retrieval.nearness import closeness, located, on_foot
from planner.retrieval.preference import retrieve

if TYPE_CHECKING:
    from collections.abc import Sequence

CATALOGUE = Catalogue.load()
NORTH = 0.001  # degrees, 111 m


def cafe(key: str, steps: float) -> Place:
    return Place(key, f"Café {key}", Position(60.17 + steps * NORTH, 24.94), "cafe")


STATION = Place("s", "Päärautatieasema", Position(60.17, 24.94), "station")
PLACES = {each.id: each for each in (STATION, cafe("far", 40), cafe("near", 1), cafe("middle", 8))}


@pytest.fixture
def library() -> Library:
    return Library("porvoo", PLACES, NameIndex(PLACES.values()), CATALOGUE)


def where(library: Library, anchor: str, *, any_one: bool = False) -> Near | LeftOut:
    return located(anchor, any_one=any_one, library=library, wish="café", said=f"near {anchor}")


def test_an_anchor_is_a_name_or_the_best_known_of_its_kind(library: Library) -> None:
    for anchor in ("Päärautatieasema", "station"):
        found = where(library, anchor)
        assert isinstance(found, Near)
        assert found.name == STATION.name
        assert found.positions == (STATION.position,)


def test_any_one_of_a_kind_is_each_of_them(library: Library) -> None:
    found = where(library, "café", any_one=True)
    assert isinstance(found, Near)
    assert len(found.positions) == 3


def test_an_unknown_anchor_is_told(library: Library) -> None:
    found = where(library, "Blorpistan")
    assert isinstance(found, LeftOut)
    assert found.name == "near Blorpistan"
    assert "no place of that name in Porvoo" in found.reason
    none = where(library, "cathedral")
    assert isinstance(none, LeftOut)
    assert "none on the map" in none.reason


def test_some_hotel_is_not_mine(library: Library) -> None:
    found = where(library, "my café")
    assert isinstance(found, LeftOut)
    assert 'flaneur places anchor "café" PLACE' in found.reason


def test_nearness_halves_every_three_hundred_metres() -> None:
    found = closeness(np.array([0.0, 300.0, 600.0, np.inf]))
    np.testing.assert_allclose(found, [1.0, 0.5, 0.25, 0.0])


def found(wish: str, near: Near | None, detour: float = 0.0) -> list[tuple[str, float | None]]:
    vectors = np.tile(np.array([0.6, 0.8], dtype=np.float32), (len(PLACES), 1))
    bound = BoundRequest(
        Request("text", (SubRequest(wish),)), ((),), near={} if near is None else {0: near}
    )

    def walked(origins: Sequence[Position], targets: Sequence[Position]) -> np.ndarray:
        straight = np.array([[abs(t.lat - o.lat) * 111_195 for t in targets] for o in origins])
        # A river lies before the nearest one.
        return np.where(straight < 200, straight + detour, straight)

    candidates = retrieve(
        bound,
        themes=[0],
        places=PLACES,
        index=PlaceIndex.of(PLACES.values(), vectors),
        encode=lambda texts: np.repeat(vectors[:1], len(texts), axis=0),
        catalogue=CATALOGUE,
        walked=walked,
    )
    return [(each.place.id, each.near.get(0)) for each in candidates if 0 in each.serves]


def test_the_nearest_comes_first_and_the_farthest_still_answers() -> None:
    near = Near("café", STATION.name, (STATION.position,))
    order = found("café near the station", near)
    assert [key for key, _ in order] == ["near", "middle", "far"]
    assert [round(metres or 0, -1) for _, metres in order] == [110, 890, 4450]


def test_ways_on_foot_count_and_not_straight_lines() -> None:
    near = Near("café", STATION.name, (STATION.position,))
    assert found("café near the station", near, detour=3000)[0][0] == "middle"


def test_without_an_anchor_no_way_is_measured() -> None:
    assert {metres for _, metres in found("café near the station", None)} == {None}


def test_of_several_anchors_the_next_one_counts() -> None:
    near = Near("café", "a park", (Position(60.0, 24.94), STATION.position))
    metres = on_foot(
        near,
        [PLACES["near"].position],
        lambda origins, targets: np.array(
            [[abs(t.lat - o.lat) * 111_195 for t in targets] for o in origins]
        ),
    )
    assert metres[0] == pytest.approx(111, abs=1)


def test_the_kind_is_read_from_the_wish_alone() -> None:
    near = Near("café", STATION.name, (STATION.position,))
    assert "s" not in [key for key, _ in found("café near the station", near)]
