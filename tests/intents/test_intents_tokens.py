"""The words of the small model, and what a table's weights are minute by minute."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from planner.intents.context import Context
from planner.intents.distill.curriculum import BLOCKS, LATENT, parts_of
from planner.intents.distill.samples import Deed, Prospect, prompt_of, sample_of
from planner.intents.distill.tokens import FRAME, Lexicon, decode, digest, encode, words
from planner.intents.policy import alone, alone_by_minute
from planner.intents.vocabulary import Vocabulary

NOON = dt.datetime(2026, 11, 25, 12)
TABLE = Vocabulary.load()


def test_each_word_stands_once_and_the_latent_ones_are_there() -> None:
    assert len(set(words())) == len(words())
    assert set(LATENT) < set(words())
    assert {intent.key for intent in TABLE} < set(words())


@pytest.mark.parametrize("faded", [0, 1, 3, len(BLOCKS)])
@pytest.mark.parametrize("minutes", [5, 99, 240, 840])
def test_any_sample_is_written_in_these_words(faded: int, minutes: int) -> None:
    context = Context(
        NOON,
        left_min=minutes,
        weather="hot",
        walked_m=9000,
        done=("coffee", "museum"),
        likes=frozenset({"park", "bar"}),
        triggers=("rain starts", "ticket"),
        daylight=(NOON.replace(hour=8), NOON.replace(hour=15)),
    )
    deeds = tuple(
        Deed(key, NOON, NOON + dt.timedelta(minutes=3), 1, NOON.replace(hour=23, minute=59))
        for key in ("lunch", "transit")
    )
    prospects = tuple(Prospect(intent.key, 9.0, 0.0) for intent in TABLE)
    sample = sample_of(context, prospects, deeds, 1.0)
    text = " ".join(part.text for part in parts_of(sample, faded))
    numbers = encode(text)
    assert encode(decode(numbers)) == numbers
    assert decode(encode(sample.prompt)) == sample.prompt
    assert decode(encode(sample.blocks[2])) == sample.blocks[2]


def test_a_word_that_is_none_of_these_is_refused() -> None:
    with pytest.raises(ValueError, match="xylophone"):
        encode("museum xylophone")


def test_the_numbers_of_the_shipped_words_stay() -> None:
    # The model under models/ was taught these; another digest means to teach it again.
    assert digest() == "a4adea23329b4abe"


def test_another_lexicon_numbers_its_own_words() -> None:
    own = Lexicon((*FRAME, "tool_9", "trigger:hotel"))
    assert own.encode("trigger:hotel <STEP_1:2> tool_9") == (
        len(FRAME) + 1,
        FRAME.index("<STEP_1:2>"),
        len(FRAME),
    )
    assert own.decode(own.encode("tool_9 <end>")) == "tool_9 <end>"
    assert own.digest != digest()
    with pytest.raises(ValueError, match="museum"):
        own.encode("museum")


@pytest.mark.parametrize("wrong", [("tool_9", *FRAME), (*FRAME, "tool_9", "tool_9")])
def test_a_lexicon_has_its_frame_first_and_each_word_once(wrong: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="lexicon"):
        Lexicon(wrong)


def test_what_must_not_matter_is_not_told() -> None:
    context = Context(NOON, left_min=95, walked_m=3000, done=("coffee", "park"))
    told = prompt_of(context, ())
    turned = Context(NOON, left_min=95, walked_m=3100, done=("park", "coffee"))
    later = Context(NOON + dt.timedelta(days=7), left_min=95, walked_m=3000, done=context.done)
    assert prompt_of(turned, ()) == prompt_of(later, ()) == told
    assert prompt_of(Context(NOON, left_min=95, weather="rain"), ()) != told


@pytest.mark.parametrize(
    "context",
    [
        Context(NOON, left_min=240, weather="rain", likes=frozenset({"museum"})),
        Context(
            dt.datetime(2026, 11, 27, 22, 15),
            left_min=300,
            holiday=True,
            walked_m=9000,
            triggers=("thirsty", "ticket"),
            daylight=(dt.datetime(2026, 11, 27, 8, 43), dt.datetime(2026, 11, 27, 15, 31)),
        ),
        Context(dt.datetime(2026, 6, 6, 6, 50), left_min=61, weather="hot", triggers=("hungry",)),
    ],
)
def test_weights_by_the_minute_are_the_table_s(context: Context) -> None:
    minutes = context.left_min + 1
    for intent in TABLE:
        by_minute = alone_by_minute(intent, context, minutes)
        one_by_one = [
            alone(intent, context, context.now + dt.timedelta(minutes=minute))
            for minute in range(minutes)
        ]
        np.testing.assert_allclose(by_minute, one_by_one, atol=1e-9, err_msg=intent.key)
