"""Names of places found in running text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library.gazetteer import find_names
from planner.library.naming import NameIndex

if TYPE_CHECKING:
    from collections.abc import Mapping


def _place(number: int, name: str, category: str, names: Mapping[str, str] | None = None) -> Place:
    return Place(str(number), name, Position(60.0, 25.0 + number / 1000), category, names or {})


CITY = NameIndex(
    [
        _place(1, "Kiasma", "museum"),
        _place(2, "Ateneum", "museum", {"en": "Ateneum Art Museum"}),
        _place(3, "Senaatintori", "square", {"en": "Helsinki Senate Square"}),
        _place(4, "Cafe Ekberg", "cafe"),
        _place(5, "Story", "cafe"),
        _place(6, "Day", "shop"),
        _place(7, "Espresso House", "cafe"),
        _place(8, "Espresso House", "cafe"),
        _place(9, "Old Market Hall", "marketplace", {"fi": "Vanha kauppahalli"}),
        _place(10, "Vanha kirkko", "church", {"en": "Old Church"}),
        _place(11, "Vanha kirkkopuisto", "park"),
        _place(12, "Hotel St. George", "hotel"),
        _place(13, "Kluuvi", "district"),
        _place(14, "Albert Edelfelt", "artwork"),
        _place(15, "Pyhä kirkko", "church"),
        _place(16, "D'Wok & Co", "fast_food"),
        _place(17, "Сенатская площадь", "square"),
        _place(18, "東京", "restaurant"),
        _place(19, "Café Aalto", "cafe"),
    ],
    towns=["Helsinki"],
)


def _found(text: str) -> list[str]:
    for mention in find_names(text, CITY):
        assert text[mention.start : mention.end].strip()
    return [text[each.start : each.end] for each in find_names(text, CITY)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("We went to Kiasma and then to the Ateneum Art Museum.", ["Kiasma", "Ateneum Art Museum"]),
        ("Kiasmassa oli ihanaa; Senaatintorilla soi, Ateneumin näyttely ja Kiasman kahvila.",
         ["Kiasmassa", "Senaatintorilla", "Ateneumin", "Kiasman"]),
        ("Kiasma's café, Ekberg’s buns", ["Kiasma's", "Ekberg’s"]),
        ("Old Church Park is behind the Old Church.", ["Old Church Park", "Old Church"]),
        ("have coffee at Café Ekberg, then Helsinki Senate Square", ["Café Ekberg", "Helsinki Senate Square"]),
        ("Stay at Hotel St. George. Eat at D'Wok & Co.", ["Hotel St. George", "D'Wok & Co"]),
        ("1. Story - a lovely place\n2. Kiasma: art", ["Story", "Kiasma"]),
        ("Гуляли: Сенатская площадь и музей", ["Сенатская площадь"]),
        ("the old market hall by the harbour", ["old market hall"]),
        ("lunch in Old Market\nHall", []),
        ("a long line that was wrapped in the middle of the name Old Market\nHall today", ["Old Market\nHall"]),
    ],
)  # fmt: skip
def test_names_are_found(text: str, names: list[str]) -> None:
    assert _found(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "A Day in Helsinki", "Story has it that it rains.", "On the third day we rested.", "Park, Café, Market",
        "the market, a park and a café", "Kiasma Hotel is full", "the Ateneum Zoo", "New York Day Trips",
        "Stockmann and Amos Rex", "Alvar Aalto's chairs", "paintings by Albert Edelfelt", "old", "Hall", "",
        "The Church. Old people", "Senate",
    ],
)  # fmt: skip
def test_what_is_no_name_is_not_found(text: str) -> None:
    assert _found(text) == []


def test_a_statue_is_found_where_it_is_said_to_be_one() -> None:
    assert _found("meet at the statue of Albert Edelfelt") == ["Albert Edelfelt"]


def test_namesakes_are_all_given() -> None:
    (mention,) = find_names("an Espresso House on every corner", CITY)
    assert set(mention.place_ids) == {"7", "8"}


def test_districts_are_told_from_places() -> None:
    kinds = {each.name: each.kind for each in find_names("Kiasma is not in Kluuvi.", CITY)}
    assert kinds == {"Kiasma": "place", "Kluuvi": "area"}


def test_a_post_gives_what_is_there_and_invents_nothing(helsinki_names: NameIndex) -> None:
    post = (
        "# Two slow days in Helsinki\n\n"
        "Start early at Café Engel, right across from the white church: the cinnamon buns are huge, "
        "and on a quiet morning you get the window seat. Walk up the steps of Helsinki Cathedral, "
        "which is more beautiful outside than in, and don't wait for the tour groups. Power through "
        "the crowd at the gift shop of the Ateneum Art Museum and give it two hours; the pictures of "
        "Albert Edelfelt are the highlight. Story has it that the salmon soup in the Old Market Hall "
        "is 100 years old, and it tastes like it, in a good way.\n\n"
        "After lunch we browsed the Academic Bookstore, a marble temple of books, and rested at Bar "
        "That Never Existed, which had the best negronis of the trip. Happy and tired we went on to "
        "the Museum of Silly Hats, a gem! Kids love the top floor of Oodi, which feels like a living "
        "room with a view. Markets, parks and coffee: the city has them all, and the design shops are "
        "a story of their own. Take a day more if you can."
    )
    found = [post[each.start : each.end] for each in find_names(post, helsinki_names)]
    assert found == [
        "Café Engel", "Helsinki Cathedral", "Ateneum Art Museum", "Old Market Hall",
        "Academic Bookstore", "Oodi",
    ]  # fmt: skip


@given(st.text(max_size=300))
def test_any_text_may_be_read(text: str) -> None:
    before = 0
    for mention in find_names(text, CITY):
        assert before <= mention.start < mention.end <= len(text)
        assert mention.place_ids
        before = mention.end


def test_the_work_grows_with_the_length_of_the_text() -> None:
    """Count steps, not seconds: ten times the text must not cost more than some twelve times."""

    def steps(text: str) -> int:
        count = 0

        def tick(_frame: object, _event: str, _arg: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(tick)
        try:
            find_names(text, CITY)
        finally:
            sys.setprofile(None)
        return count

    text = "We saw Kiasma and Old Church Park Market Hall Café Day Story Ateneum. "
    find_names(text, CITY)
    assert steps(text * 200) <= 12 * steps(text * 20)
