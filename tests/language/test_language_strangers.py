"""Words that nothing understands make no wish, and are told; words that somebody knows do not."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from planner.evaluation.rd import read_labelled
from planner.language.rules import decompose
from planner.language.strangers import Knowledge, is_nonsense, without_strangers
from planner.library.catalogue import Catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from planner.domain import Request
    from planner.language.embeddings import Embedder

NOW = dt.datetime(2026, 11, 23, 9)
CATALOGUE = Catalogue.load()


@pytest.fixture
def knowledge(embedder: Embedder) -> Knowledge:
    return Knowledge(
        lambda word: embedder.knows(word) or bool(CATALOGUE.named(word)), lambda _word: False
    )


def read(text: str, knowledge: Knowledge) -> Request:
    return without_strangers(decompose(text, now=NOW), knowledge)


def wishes(request: Request) -> list[str]:
    return [each.pos for each in request.subrequests]


@pytest.mark.parametrize(
    "text", ["blorp zzz qwrt", "blorp", "please give me some florble", "BLORP ZZZ", "???", "asdf"]
)
def test_pure_nonsense_is_nonsense(text: str, knowledge: Knowledge) -> None:
    found = read(text, knowledge)
    assert found.subrequests == ()
    assert is_nonsense(found)


@pytest.mark.parametrize(
    "text",
    [
        "surprise me",
        "a nice afternoon",
        "2 hours",
        "anything",
        "museums",
        "Kiasma",
        "寿司",
        "from 10 to 12",
    ],
)
def test_an_open_request_is_none(text: str, knowledge: Knowledge) -> None:
    found = read(text, knowledge)
    assert not is_nonsense(found)
    assert found.strange == ()


@pytest.mark.parametrize(
    ("text", "kept", "strange"),
    [
        ("bookshops and blorp", ["bookshops"], ("blorp",)),
        ("a blorp afternoon with churches", ["afternoon", "churches"], ()),
        ("a good blorp, then a park", ["park"], ("blorp",)),
        ("a florbly café", ["florbly café"], ("florbly",)),
        ("museums, qwrtz", ["museums"], ("qwrtz",)),
        ("brutalism and bookbinding", ["brutalism", "bookbinding"], ()),
        ("bookshps", ["bookshps"], ()),
    ],
)
def test_what_is_understood_stays_and_the_rest_is_told(
    text: str, kept: list[str], strange: tuple[str, ...], knowledge: Knowledge
) -> None:
    found = read(text, knowledge)
    assert wishes(found) == kept
    if strange:
        assert found.strange == strange


def test_a_word_of_a_name_here_is_no_stranger(embedder: Embedder) -> None:
    here = Knowledge(embedder.knows, lambda word: word == "kirjakauppa")
    assert wishes(read("a kirjakauppa", here)) == ["kirjakauppa"]


def test_names_and_dislikes_are_left_alone(knowledge: Knowledge) -> None:
    found = read("Cafés and Blorpistan, no florbles", knowledge)
    assert wishes(found) == ["Cafés", "Blorpistan", "places"]
    assert found.strange == ()


def test_of_real_requests_no_word_is_listed(data_folder: Path, knowledge: Knowledge) -> None:
    rows = read_labelled(data_folder / "rd" / "dev.jsonl")
    told = {row.request: read(row.request, knowledge).strange for row in rows}
    assert {text: words for text, words in told.items() if words} == {}
    assert not any(is_nonsense(read(row.request, knowledge)) for row in rows if row.subrequests)
