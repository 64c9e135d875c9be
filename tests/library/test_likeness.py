"""Whether two descriptions mean one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library.findings import Finding
from planner.library.likeness import same_place

METRE = 1 / 111_195.0
TOWNS = frozenset({"helsinki", "helsingfors"})

_NAMES = st.sampled_from(
    ["Espresso House", "espresso house", "Cafe Ekberg", "Ekberg", "Ateneum", "Ateneum Art Museum",
     "Kiasma", "Museum of Modern Art Kiasma", "Old Market Hall", "Vanha Kauppahalli", "Hotel Kämp",
     "Kämp Spa", "Senaatintori", "Helsinki Senate Square", "Атенеум", "🙂", "A", "", "Kamppi Chapel"]
)  # fmt: skip
_KINDS = st.sampled_from([None, "cafe", "museum", "hotel", "square", "parking", "mystery"])


@st.composite
def described(draw: st.DrawFn) -> Finding:
    metres = draw(st.one_of(st.none(), st.floats(0, 2000)))
    return Finding(
        draw(_NAMES) or "x",
        position=None if metres is None else Position(60.0 + metres * METRE, 25.0),
        names=draw(st.dictionaries(st.sampled_from(["en", "fi"]), _NAMES, max_size=2)),
        category=draw(_KINDS),
        tags=draw(
            st.dictionaries(
                st.sampled_from(["brand", "addr:housenumber", "branch"]),
                st.sampled_from(["1", "2", "R-kioski"]),
                max_size=2,
            )
        ),
        osm=draw(st.sampled_from([None, "node/1", "node/2"])),
    )


def _placed(name: str, metres: float, category: str | None = "cafe", **more: object) -> Finding:
    return Finding(name, position=Position(60.0 + metres * METRE, 25.0), category=category, **more)  # type: ignore[arg-type]  # of the fields named


@given(described(), described())
def test_the_order_of_two_is_no_matter(a: Finding, b: Finding) -> None:
    assert same_place(a, b, towns=TOWNS) == same_place(b, a, towns=TOWNS)


@given(described())
def test_a_place_is_itself(a: Finding) -> None:
    assert same_place(a, a, towns=TOWNS).same


@given(_NAMES, st.floats(160, 5000), st.sampled_from(["cafe", "kiosk", "hotel", "museum"]))
def test_namesakes_far_from_each_other_are_apart(name: str, metres: float, kind: str) -> None:
    one, other = _placed(name or "x", 0, kind), _placed(name or "x", metres, kind)
    assert same_place(one, other, towns=TOWNS).answer == "apart"


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (_placed("Ateneum", 0, "museum"), _placed("Ateneum Art Museum", 90, None), "same"),
        (_placed("Vanha Kauppahalli", 0, "marketplace", names={"en": "Old Market Hall"}),
         _placed("Old Market Hall", 60, None), "same"),
        (_placed("Cafe Ekberg", 0), _placed("Ekberg", 30, None), "same"),
        (_placed("Espresso House", 0), _placed("Espresso House", 150), "apart"),
        (_placed("Espresso House", 0), _placed("Espresso House", 90), "unsure"),
        (_placed("R-kioski", 0, "kiosk", osm="node/1"), _placed("R-kioski", 20, "kiosk", osm="node/2"), "apart"),
        (_placed("Senaatintori", 0, "square"), _placed("Senaatintori", 10, "parking"), "apart"),
        (_placed("Subway", 0, tags={"branch": "Forum"}), _placed("Subway", 20, tags={"branch": "Kamppi"}), "apart"),
        (_placed("Fafa's", 0, tags={"addr:street": "Isokatu", "addr:housenumber": "2"}),
         _placed("Fafa's", 20, tags={"addr:street": "Isokatu", "addr:housenumber": "9"}), "apart"),
        (_placed("Alko", 0, "wine_shop", tags={"brand": "Alko"}), Finding("Alko"), "unsure"),
        (_placed("Kiasma", 0, "museum"), Finding("Kiasma"), "same"),
        (_placed("Kiasma", 0, "museum"), _placed("Kiasma Theatre", 15, "theatre"), "apart"),
        (_placed("Robert's Coffee", 0), _placed("Cafe Ekberg", 1), "apart"),
        (_placed("Esplanadi", 0, "park"), _placed("Esplanadi", 280, "park"), "same"),
    ],
)  # fmt: skip
def test_pairs(a: Finding, b: Finding, answer: str) -> None:
    assert same_place(a, b, towns=TOWNS).answer == answer


def test_names_of_signs_alone_are_told_apart() -> None:
    assert same_place(_placed("☕", 0), _placed("☕", 5)).same
    assert same_place(_placed("☕", 0), _placed("🍺", 5)).answer == "apart"


def test_places_of_a_map_and_findings_of_a_file_are_compared_alike() -> None:
    place = Place("osm:node/1", "Amos Rex", Position(60.0, 25.0), "museum", osm="node/1")
    verdict = same_place(place, _placed("Amos Rex", 50, None))
    assert verdict.same
    assert "50 m apart" in verdict.reason
