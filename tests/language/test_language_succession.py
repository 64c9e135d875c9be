"""Order words and times: read where they are plain, left alone where they are not."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.language.rules import decompose
from planner.language.succession import deadline, order_rules

NOW = dt.datetime(2026, 11, 25, 9)


def read(text: str) -> list[tuple[str, ...]]:
    """Rules as words: the kind, the wish, and what it speaks of."""
    names = {"ateneum", "kiasma", "market square"}
    request = decompose(text, now=NOW, is_name=lambda words: words.casefold() in names)
    wishes = [each.pos for each in request.subrequests]
    found = []
    for rule in order_rules(text, request.subrequests, now=NOW):
        rest = (
            (wishes[rule.other],)
            if rule.other is not None
            else (f"{rule.at:%H:%M}",)
            if rule.at is not None
            else ()
        )
        found.append((rule.kind, wishes[rule.wish], *rest))
    return found


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("coffee first and museums", {("first", "coffee")}),
        ("start with a coffee, museums", {("first", "coffee")}),
        ("first a church and later parks", {("first", "church")}),
        ("museums and end with a bar", {("last", "bar")}),
        ("finally a beer", {("last", "beer")}),
        ("parks, a bar to finish", {("last", "bar")}),
        ("museum then cafe then park", {("before", "museum", "cafe"), ("before", "cafe", "park")}),
        ("museum followed by a park", {("before", "museum", "park")}),
        ("museums, lunch halfway", {("halfway", "lunch halfway")}),
        ("dinner at 7pm, museums", {("at", "dinner", "19:00")}),
        ("dinner at 8", {("at", "dinner", "20:00")}),
        ("museums, coffee around 11:30", {("at", "coffee", "11:30")}),
        ("Ateneum at 14:00 and lunch at 1", {("at", "Ateneum", "14:00"), ("at", "lunch", "13:00")}),
        ("parks and museums", set()),
        ("churches, lunch and a good coffee", set()),
        ("start at the cathedral, museums and a park", set()),
        ("finish at the Market Square, museums", set()),
        ("museums plus a park", set()),
    ],
)
def test_order_words(text: str, rules: set[tuple[str, ...]]) -> None:
    assert set(read(text)) == rules


def test_what_contradicts_an_earlier_word_is_dropped() -> None:
    found = read("coffee first, a museum first")
    assert [rule for rule in found if rule[0] == "first"] == [("first", "coffee")]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("museums, back by 18:00", 18 * 60),
        ("be done by six", 18 * 60),
        ("parks until 14:30", 14 * 60 + 30),
        ("museums and parks", None),
    ],
)
def test_deadlines(text: str, minutes: int | None) -> None:
    assert deadline(text, now=NOW) == minutes


@settings(deadline=None, max_examples=80)
@given(
    st.lists(
        st.sampled_from(
            [
                "coffee",
                "museum",
                "park",
                "bar",
                "lunch",
                "first",
                "then",
                "last",
                "finally",
                "before",
                "after",
                "halfway",
                "at",
                "7pm",
                ",",
                ".",
                "and",
                "a",
            ]
        ),
        max_size=14,
    )
)
def test_rules_speak_of_wishes_and_run_in_no_circle(words: list[str]) -> None:
    text = " ".join(words)
    request = decompose(text, now=NOW)
    rules = order_rules(text, request.subrequests, now=NOW)
    count = len(request.subrequests)
    after: dict[int, set[int]] = {}
    for rule in rules:
        assert 0 <= rule.wish < count
        if rule.other is not None:
            assert 0 <= rule.other < count
            after.setdefault(rule.wish, set()).add(rule.other)
    for wish in after:
        reached, waiting = set(), [wish]
        while waiting:
            for each in after.get(waiting.pop(), set()) - reached:
                reached.add(each)
                waiting.append(each)
        assert wish not in reached
