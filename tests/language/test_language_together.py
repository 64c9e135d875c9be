"""The rules and the taught model together, on labelled requests and the answers it gave to them.

The answers were written by ``scripts/score_understanding.py --record``, so that no model is needed
here; they hold for the adapter whose hash stands at their head.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.evaluation.rd import read_labelled, run_rd
from planner.language.answers import Completion, TokenCost
from planner.language.chat import Adapter
from planner.language.decomposition import understand

if TYPE_CHECKING:
    from planner.evaluation.rd import Labelled
    from planner.language.answers import Ending
    from planner.language.chat import Conversation

HERE = Path(__file__).parent
ADAPTER = HERE.parents[1] / "models" / "adapters" / "smollm2-decomposition.gguf"
NOW = dt.datetime(2026, 11, 23, 9)
SETS = ("requests", "unseen", "manners")
BARS = (
    "sub_f1", "full_f1", "neg_f1", "start_acc", "end_acc", "hours_acc", "start_time_acc",
    "stops_acc", "exact",
)  # fmt: skip
# Requests of up to this many words are to cost fewer tokens than this.
WORDS, TOKENS = 40, 150


class Recorded:
    """A model that gives the answers that were written down."""

    name = "recorded"
    lead = False
    adapters = (Adapter("decomposition", ADAPTER, "", ""),)

    def complete(self, conversation: Conversation, **_: object) -> Completion:
        answer, ending, tokens = answers()[conversation.request]
        return Completion(answer, ending, TokenCost(tokens, 0, 0))


class Saying(Recorded):
    """A model that gives one answer to every request."""

    def __init__(self, answer: str, ending: Ending) -> None:
        self.answer, self.ending = answer, ending

    def complete(self, conversation: Conversation, **_: object) -> Completion:  # noqa: ARG002 - the protocol's
        return Completion(self.answer, self.ending, TokenCost(9, 0, 9))


@cache
def answers() -> dict[str, tuple[str, Ending, int]]:
    lines = (HERE / "taught.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    rows = [json.loads(line) for line in lines]
    return {row["request"]: (row["answer"], row["ending"], row["tokens"]) for row in rows}


@cache
def scored(name: str, *, taught: bool) -> dict[str, float]:
    rows = read_labelled(HERE / f"{name}.jsonl")
    report, _ = run_rd(rows, now=NOW, engine=Recorded() if taught else None)
    return {bar: value for bar in BARS if (value := report.metrics[bar]) is not None}


def test_the_answers_are_of_the_adapter_that_is_shipped() -> None:
    first = json.loads((HERE / "taught.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert hashlib.sha256(ADAPTER.read_bytes()).hexdigest() == first["adapter"]


@pytest.mark.parametrize("name", SETS)
def test_with_the_model_nothing_is_worse_than_by_rules_alone(name: str) -> None:
    alone, together = scored(name, taught=False), scored(name, taught=True)
    assert {bar: value for bar, value in together.items() if value < alone[bar]} == {}
    assert together["sub_f1"] > alone["sub_f1"]


@pytest.mark.parametrize(
    ("name", "least"), [("requests", 0.92), ("unseen", 0.84), ("manners", 0.86)]
)
def test_what_is_reached_is_held(name: str, least: float) -> None:
    assert scored(name, taught=True)["sub_f1"] >= least


def test_a_request_costs_few_tokens() -> None:
    short = [tokens for text, (_, _, tokens) in answers().items() if len(text.split()) <= WORDS]
    assert len(short) > len(answers()) // 2
    assert max(short) < TOKENS


@pytest.mark.parametrize("name", SETS)
def test_the_labels_are_words_of_their_request(name: str) -> None:
    def strange(row: Labelled) -> list[str]:
        said = row.request.casefold()
        spans = [span for part in row.subrequests for span in (part.pos, part.neg) if span]
        return [span for span in spans if span != "places" and span.casefold() not in said]

    assert [
        (row.id, strange(row)) for row in read_labelled(HERE / f"{name}.jsonl") if strange(row)
    ] == []


@pytest.mark.slow
def test_no_answer_to_any_request_brings_in_words_that_were_not_said() -> None:
    chance = random.Random(6)
    texts = sorted(answers())
    words = [word for text in texts for word in text.split()]
    for _ in range(10_000):
        said = chance.choice(texts).split()
        some = [chance.choice(words) for _ in range(chance.randint(0, 20))]
        text = " ".join(chance.choice([said, some, said + some, chance.sample(said, len(said))]))
        answer, ending, _ = answers()[chance.choice(texts)]
        request = understand(text, now=NOW, engine=Saying(answer, ending)).request
        given = " ".join(text.split())
        for sub in request.subrequests:
            spans = [sub.neg] if sub.pos == "places" and sub.neg else [sub.pos, sub.neg]
            assert all(span is None or span in given for span in spans), (text, sub)
            assert sub.pos in given or sub.pos == "places"
