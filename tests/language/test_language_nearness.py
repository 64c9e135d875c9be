"""Words that say where a wish should be, and words that only look like it."""

from __future__ import annotations

import datetime as dt

import pytest

from planner.language.nearness import nearness
from planner.language.rules import decompose

NOW = dt.datetime(2026, 11, 23, 9)


@pytest.mark.parametrize(
    ("span", "wish", "anchor"),
    [
        ("café near the station", "café", "station"),
        ("lunch close to the cathedral", "lunch", "cathedral"),
        ("bookshop by the river", "bookshop", "river"),
        ("lunch place near Stockmann", "lunch place", "Stockmann"),
        ("bar within walking distance of the hotel", "bar", "hotel"),
        ("dinner around the corner from Kiasma", "dinner", "Kiasma"),
        ("lunch a stone's throw from the market square", "lunch", "market square"),
        ("pub five minutes from the station", "pub", "station"),
        ("coffee in the vicinity of the library", "coffee", "library"),
        ("bakery opposite the opera house", "bakery", "opera house"),
        ("breakfast near my hotel", "breakfast", "my hotel"),
        ("near the station for lunch", "lunch", "station"),
        ("near the cathedral", "", "cathedral"),
        ("pub not far from Oodi with a terrace", "pub", "Oodi"),
    ],
)
def test_a_wish_is_told_from_where_it_should_be(span: str, wish: str, anchor: str) -> None:
    found = nearness(span)
    assert found is not None
    assert (found.wish, found.anchor) == (wish, anchor)
    assert found.said in span
    assert found.anchor in found.said


@pytest.mark.parametrize("span", ["café near a park", "any bench near some water"])
def test_an_indefinite_anchor_is_any_of_its_kind(span: str) -> None:
    found = nearness(span)
    assert found is not None
    assert found.any_one


@pytest.mark.parametrize(
    "span",
    ["", "café", "museums nearby", "lunch near me", "coffee near here", "bars around town", "near"],
)
def test_what_leans_on_no_place_says_nothing(span: str) -> None:
    assert nearness(span) is None


@pytest.mark.parametrize("span", ["books by Tove Jansson", "dinner by candlelight", "a bar behind"])
def test_words_with_other_meanings_are_not_sure(span: str) -> None:
    found = nearness(span)
    assert found is None or not found.sure


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("lunch close to the cathedral", ["lunch close to the cathedral"]),
        ("coffee next to Oodi and a park", ["coffee next to Oodi", "park"]),
        ("a stone's throw from the harbour, dinner", ["stone's throw from the harbour", "dinner"]),
    ],
)
def test_a_place_to_be_near_is_no_end_and_no_stop(text: str, spans: list[str]) -> None:
    read = decompose(text, now=NOW).subrequests
    assert [each.pos for each in read] == spans
    assert not any(each.mustsee for each in read)


@pytest.mark.parametrize(
    ("text", "kind"), [("start near the station", "start"), ("finish near the harbour", "end")]
)
def test_a_start_near_something_is_a_start(text: str, kind: str) -> None:
    assert [each.type for each in decompose(text, now=NOW).subrequests] == [kind]
