"""A taught model beside the rules: asked without a prompt, heard where the rules have no word."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.domain import SubRequest, SubRequestType
from planner.language import rules
from planner.language.answers import Completion, Ending, TokenCost
from planner.language.chat import Adapter, Conversation
from planner.language.decomposition import (
    MOST_TAUGHT_TOKENS,
    MOST_WISHES,
    decompose,
    taught_to,
    understand,
)
from planner.language.guard import PLACES, guard
from planner.language.merge import merge_taught

NOW = dt.datetime(2026, 11, 20, 9)
ADAPTER = Adapter("decomposition", Path("taught.gguf"), "<", ">")


class Taught:
    """A model that was taught the task and gives one answer."""

    name = "taught"
    lead = False
    adapters = (Adapter("narration", Path("other.gguf"), "<", ">"), ADAPTER)

    def __init__(self, answer: str, ending: Ending = "end") -> None:
        self.answer = answer
        self.ending = ending

    def complete(
        self,
        conversation: Conversation,
        *,
        max_tokens: int,
        grammar: str | None = None,
        temperature: float = 0.0,
        seed: int = 0,  # noqa: ARG002 - the protocol's
        watch: Callable[[str], bool] | None = None,
        cancel: Callable[[], bool] | None = None,  # noqa: ARG002
    ) -> Completion:
        assert conversation.adapter == ADAPTER
        assert (conversation.constant, grammar, temperature) == ((), None, 0.0)
        assert max_tokens == MOST_TAUGHT_TOKENS
        assert watch is not None
        said = ""
        for letter in self.answer:
            said += letter
            if watch(said):
                return Completion(said, "enough", TokenCost(9, 0, 7, 0.1))
        return Completion(said, self.ending, TokenCost(9, 0, 7, 0.1))


def wishes(text: str, answer: str) -> list[tuple[str, str, str | None]]:
    request = understand(text, now=NOW, engine=Taught(answer)).request
    assert request.by == "taught"
    marks = {True: "!", False: ""}
    return [(each.type + marks[each.mustsee], each.pos, each.neg) for each in request.subrequests]


def test_the_adapter_of_the_task_is_chosen() -> None:
    assert taught_to(Taught("")) == ADAPTER


def test_a_model_that_goes_round_in_circles_is_stopped() -> None:
    read = decompose(Taught("place bar\n" * 30), "a bar")
    assert read.subrequests == (SubRequest("bar", type="place"),)
    many = "".join(f"place thing {n}\n" for n in range(30))
    assert len(decompose(Taught(many), "things").subrequests) == MOST_WISHES


def test_a_line_that_is_cut_off_is_left_out() -> None:
    read = decompose(
        Taught("place bar\nsee Old Mar", ending="length"), "a bar, the Old Market Hall"
    )
    assert [each.pos for each in read.subrequests] == ["bar"]


def test_words_left_over_are_read_as_the_model_reads_them() -> None:
    # The rules know no thing among the first; alone they take it for something to stop at.
    assert rules.decompose("frob the coast, a museum", now=NOW).subrequests[0].type == "place"
    assert wishes("frob the coast, a museum", "walk frob the coast\nplace museum") == [
        ("itinerary", "frob the coast", None),
        ("place", "museum", None),
    ]
    # Nor does an unknown word say how to walk.
    assert wishes("blorp, a museum", "walk blorp\nplace museum") == [
        ("place", "blorp", None),
        ("place", "museum", None),
    ]


def test_left_over_words_are_refused_only_where_their_sentence_refuses_something() -> None:
    assert wishes("blorps ought not, a museum", "avoid blorps\nplace museum") == [
        ("itinerary", PLACES, "blorps"),
        ("place", "museum", None),
    ]
    assert wishes("blorps, a museum", "avoid blorps\nplace museum") == [
        ("place", "blorps", None),
        ("place", "museum", None),
    ]


def test_a_dislike_ends_where_the_model_ends_it() -> None:
    text = "no malls of blorp"
    assert wishes(text, "avoid malls") == [("itinerary", PLACES, "malls")]
    # What it wishes for besides, it has read otherwise; and "anything" alone says nothing.
    assert wishes(text, "avoid malls\nplace blorp") == [("itinerary", PLACES, "malls of blorp")]
    assert wishes("avoid anything loud", "avoid anything") == [
        ("itinerary", PLACES, "anything loud")
    ]


def test_a_small_model_alone_says_not_where_a_walk_begins() -> None:
    text = "frobnicating at Zorbl Hall we begin"
    assert not [each for each in wishes(text, "start Zorbl Hall") if each[0].startswith("start")]


def test_a_thing_that_leads_to_a_name_is_no_wish_of_its_own() -> None:
    text = "dinosaurs at the Natural History Museum"
    assert wishes(text, "place dinosaurs\nsee Natural History Museum") == [
        ("place!", "Natural History Museum", None)
    ]


def test_a_leftover_of_the_rules_that_the_model_passes_over_goes() -> None:
    text = "a museum if you can frobnicate"
    assert ("place", "museum", None) in wishes(text, "place museum")
    assert wishes(text, "place museum") == [("place", "museum", None)]


@pytest.mark.parametrize("answer", ["none", "", "see Nothing There", "walk walk walk"])
def test_a_model_that_read_nothing_changes_nothing(answer: str) -> None:
    text = "Start at Oodi, good coffee but no chain, no hills, two hours"
    alone = rules.decompose(text, now=NOW).subrequests
    assert understand(text, now=NOW, engine=Taught(answer)).request.subrequests == alone


def test_what_the_rules_read_by_a_cue_stays() -> None:
    text = "Start at Oodi, a museum but no chain, no hills, two hours"
    alone = rules.decompose(text, now=NOW).subrequests
    answer = "end Oodi\navoid museum\nplace chain\nplace hills\nsee two hours"
    assert understand(text, now=NOW, engine=Taught(answer)).request.subrequests == alone


def test_a_name_at_the_head_of_a_sentence_needs_a_second_reader() -> None:
    text = "Zorbl, then a museum"
    assert wishes(text, "see Zorbl\nplace museum") == [
        ("place!", "Zorbl", None),
        ("place", "museum", None),
    ]
    lower = wishes(text.lower(), "see zorbl\nplace museum")
    assert ("place!", "zorbl", None) not in lower


def test_a_dislike_beside_a_wish_is_taken_over_unless_it_is_read_already() -> None:
    museum, fuller = SubRequest("museum"), SubRequest("museum", "dinosaurs")
    unread = replace(rules.decompose("a museum, dinosaurs grok", now=NOW), subrequests=(museum,))
    assert merge_taught(unread, (fuller,), whole=True) == (fuller,)
    read = rules.decompose("a museum. No dinosaurs.", now=NOW)
    assert merge_taught(read, (fuller,), whole=True) == read.subrequests


def test_what_is_invented_never_arrives() -> None:
    assert wishes("a museum", "place museum\nsee Eiffel Tower\navoid crowds") == [
        ("place", "museum", None)
    ]


ROLES: tuple[SubRequestType, ...] = ("start", "end", "place", "itinerary")
TEXT = "Start at Oodi, a museum but no chain, blorp frobnicates, no hills, Zorbl Hall for two hours"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_joined_reading_keeps_to_its_bounds(data: st.DataObject) -> None:
    words = st.sampled_from(TEXT.replace(",", "").split())
    span = st.lists(words, min_size=1, max_size=3).map(" ".join)
    subs = data.draw(
        st.lists(
            st.builds(SubRequest, span, st.none() | span, st.booleans(), st.sampled_from(ROLES)),
            max_size=14,
        )
    )
    request = rules.decompose(TEXT, now=NOW)
    joined = merge_taught(request, guard(TEXT, subs), whole=True)
    assert len(joined) <= 12
    assert [each.type for each in joined].count("start") == 1
    assert [each.type for each in joined].count("end") <= 1
    assert all(each.pos == PLACES or each.pos in TEXT for each in joined)
    assert {each for each in request.subrequests if each.neg} <= set(joined)
