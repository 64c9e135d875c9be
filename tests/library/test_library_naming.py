"""Names bound to places, or not at all."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library.naming import NameIndex

if TYPE_CHECKING:
    from collections.abc import Mapping


def _place(
    number: int, name: str, category: str, names: Mapping[str, str] | None = None, lat: float = 60.0
) -> Place:
    return Place(str(number), name, Position(lat, 25.0), category, names or {})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Helsinki Cathedral", "Helsingin tuomiokirkko"),
        ("helsinki cathedral", "Helsingin tuomiokirkko"),
        ("Suurkirkko", "Helsingin tuomiokirkko"),
        ("Ateneum", "Ateneum"),
        ("ateneum", "Ateneum"),
        ("Ateneum Art Museum", "Ateneum"),
        ("Atheneum", "Ateneum"),
        ("Amos Rex", "Amos Rex"),
        ("Senate Square", "Senaatintori"),
        ("Helsinki Senate Square", "Senaatintori"),
        ("Сенатская площадь", "Senaatintori"),
        ("the Old Market Hall", "Vanha Kauppahalli"),
        ("Old Market Hall", "Vanha Kauppahalli"),
        ("Central Station", "Helsingin päärautatieasema"),
        ("Central Railway Station", "Helsingin päärautatieasema"),
        ("Market Square", "Kauppatori"),
        ("Kauppatori", "Kauppatori"),
        ("Esplanadi", "Esplanadinpuisto"),
        ("Esplanade Park", "Esplanadinpuisto"),
        ("Kaisaniemi Park", "Kaisaniemen puisto"),
        ("Kaisaniemenpuisto", "Kaisaniemen puisto"),
        ("Old Church Park", "Vanha kirkkopuisto"),
        ("Old Church", "Vanha kirkko"),
        ("Oodi", "Helsingin keskustakirjasto Oodi"),
        ("Oodi library", "Helsingin keskustakirjasto Oodi"),
        ("Academic Bookstore", "Akateeminen Kirjakauppa"),
        ("Café Engel", "Cafe Engel"),
        ("Ekberg", "Cafe Ekberg"),
        ("hotel kamp", "Hotel Kämp"),
        ("Stockman", "Stockmann"),
        ("Forum", "Forum"),
        ("Three Smiths statue", "Kolme seppää"),
        ("Kaisaniemi Botanic Garden", "Kaisaniemen kasvitieteellinen puutarha"),
        ("Swedish Theater", "Svenska Teatern"),
        ("Railway Square", "Rautatientori"),
        ("Mcdonald’s", "McDonald's"),
        ("Bank of Finland", "Suomen Pankki"),
    ],
)
def test_names_find_their_places(
    helsinki_places: tuple[Place, ...], helsinki_names: NameIndex, text: str, name: str
) -> None:
    match = helsinki_names.best(text)
    assert match is not None
    assert {p.name for p in helsinki_places if p.id == match.place_id} == {name}
    assert helsinki_names.is_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hogwarts Castle", "Atlantis Tower", "Bar That Never Existed", "Hotel Hogwarts", "Eiffel Tower",
        "Cafe Hogwarts", "Kiasma Castle", "Senate Tower", "Ateneum Zoo", "Esplanadi Castle",
        "Sibelius Monument", "National Museum of Finland", "Uspenski Cathedral", "Old Castle",
        "Helsinki Zoo", "Kallio Church", "Narnia", "Central Park", "Grand Hotel",
        "street art", "museum", "museums", "coffee", "good coffee", "quiet park", "cathedral", "station",
        "the cathedral", "market", "picnic", "power", "mango", "Design", "relaxed", "wine bar",
        "Helsinki", "Finland", "local places", "my hotel", "", "a", "!!!", "🙂", "art",
    ],
)  # fmt: skip
def test_what_names_no_place_is_bound_to_none(helsinki_names: NameIndex, text: str) -> None:
    assert helsinki_names.best(text) is None
    assert not helsinki_names.is_name(text)


def test_every_plan_request_of_the_issue_is_told_apart(helsinki_names: NameIndex) -> None:
    names = [text for text in ("Helsinki Cathedral", "Ateneum", "Amos Rex", "a quiet park",
                               "one good coffee", "shopping") if helsinki_names.is_name(text)]  # fmt: skip
    assert names == ["Helsinki Cathedral", "Ateneum", "Amos Rex"]


def test_of_equal_names_the_one_worth_a_walk_wins() -> None:
    index = NameIndex([_place(1, "Linna", "parking"), _place(2, "Linna", "castle")])
    assert [match.place_id for match in index.find("linna")] == ["2", "1"]


def test_near_decides_between_branches() -> None:
    index = NameIndex(
        [_place(1, "Robert's", "cafe", lat=60.0), _place(2, "Robert's", "cafe", lat=60.1)]
    )
    match = index.best("Roberts", near=Position(60.09, 25.0))
    assert match is not None
    assert match.place_id == "2"


def test_the_whole_name_beats_a_part_of_another() -> None:
    index = NameIndex([_place(1, "Kiasma Theatre", "theatre"), _place(2, "Kiasma", "museum")])
    found = index.find("Kiasma")
    assert found[0].place_id == "2"


def test_brackets_and_lists_are_names_of_their_own() -> None:
    index = NameIndex(
        [_place(1, "Asema (M)", "station"), _place(2, "X", "theatre", {"loc": "Svenskan;Ruotsi"})]
    )
    assert [index.find(text)[0].place_id for text in ("Asema", "svenskan", "Ruotsi")] == [
        "1",
        "2",
        "2",
    ]


@given(st.text(max_size=60))
def test_any_text_may_be_asked(text: str) -> None:
    index = NameIndex(
        [_place(1, "Ateneum", "museum", {"en": "Ateneum Art Museum"}), _place(2, text, "cafe")]
    )
    for match in index.find(text):
        assert 0 <= match.score <= 100
        assert match.place_id in {"1", "2"}


@given(
    st.text(alphabet=string.ascii_lowercase, min_size=6, max_size=12),
    st.sampled_from(["{} ", " {}", "The {}", "{}!"]),
)
def test_a_name_is_found_whatever_case_and_signs_surround_it(core: str, form: str) -> None:
    index = NameIndex([_place(1, f"{core.capitalize()} Zephyrion", "museum")])
    match = index.best(form.format(f"{core.upper()} zephyrion"))
    assert match is not None
    assert match.score >= 96
