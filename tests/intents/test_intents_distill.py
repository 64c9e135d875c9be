from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from planner.intents.context import Context
from planner.intents.distill.counterfactuals import idle, pair_of, telling
from planner.intents.distill.curriculum import (
    BLOCKS,
    LATENT,
    Rates,
    Weights,
    faded_at,
    latent_of,
    loss_of,
    parts_of,
)
from planner.intents.distill.samples import Deed, Prospect, Sample, sample_of, split_of
from planner.intents.policy import sequences

TEN = dt.datetime(2026, 11, 25, 10)
CONTEXT = Context(
    TEN, left_min=180, weather="rain", done=("breakfast",), likes=frozenset({"museum"})
)


def deed(key: str, begins: int, ends: int, closes: dt.datetime | None = None) -> Deed:
    minute = dt.timedelta(minutes=1)
    return Deed(key, TEN + begins * minute, TEN + ends * minute, 4, closes)


DEEDS = (
    deed("museum", 5, 80, TEN.replace(hour=18)),
    deed("lunch", 90, 145),
)
PROSPECTS = (Prospect("museum", 1.2, 1.4), Prospect("lunch", 0.0, 0.9))


@pytest.fixture
def sample() -> Sample:
    return sample_of(CONTEXT, PROSPECTS, DEEDS, 3.21)


def test_reasons_are_facts_of_the_walk(sample: Sample) -> None:
    assert sample.blocks == (
        "100+ 80 min from 10h :00 until 13h :00 lunch due rain done:breakfast",
        "2 stops stay 100+ 30 min walk 8 min most for museum under roof likes:museum",
        "museum at 10h :05 walk 4 min stay 75 min open until 18h :00 left 100+ 0 min",
        "lunch at 11h :30 walk 4 min stay 55 min hours unknown left 35 min",
    )
    assert sample.prompt == (
        "wed workday 10h :00 left:180 sky:rain done:breakfast likes:museum "
        "offers museum now8best8 lunch now0best7"
    )
    assert sample.answer == "museum lunch <end>"


def test_a_sample_has_a_reason_for_each_intent() -> None:
    with pytest.raises(ValueError, match="blocks"):
        Sample("prompt", ("a", "b"), ("museum",), 1.0)
    with pytest.raises(ValueError, match="at least one"):
        sample_of(CONTEXT, PROSPECTS, (), 0.0)


def test_weeks_and_cities_are_held_out() -> None:
    weeks = {
        split_of(replace(CONTEXT, now=TEN + dt.timedelta(weeks=n)), held_out_city=False)
        for n in range(5)
    }
    assert weeks == {"train", "held-out weeks"}
    assert split_of(CONTEXT, held_out_city=True) == "held-out city"


def test_one_more_block_fades_each_epoch(sample: Sample) -> None:
    assert len(LATENT) == len(set(LATENT)) == 33
    whole = "".join(part.text for part in parts_of(sample, faded_at(1)))
    assert whole.count("<STEP_") == 2
    assert not any(token in whole for token in LATENT)
    second = "".join(part.text for part in parts_of(sample, faded_at(2)))
    assert latent_of("CONTEXT") in second
    assert sample.blocks[0] not in second
    assert sample.blocks[1] in second
    last = parts_of(sample, faded_at(99))
    assert [part.kind for part in last] == [
        "prompt", "reason", *["latent"] * 4, "reason", "sequence",
    ]  # fmt: skip
    assert not any(block in part.text for block in sample.blocks for part in last)
    assert last[-1].text == sample.answer


def test_the_sequence_never_changes_while_reasons_fade(sample: Sample) -> None:
    answers = {parts_of(sample, n)[-1].text for n in range(len(BLOCKS) + 1)}
    assert answers == {sample.answer}


def test_the_rate_stays_until_the_structure_stands_and_then_falls() -> None:
    rates = Rates()
    assert [rates.at(n, 0.0) for n in (0, 8, 9)] == [5e-6, 5e-6, 1e-6]
    assert rates.at(9, 0.5) == pytest.approx(5e-7)
    assert rates.at(9, 1.0) == pytest.approx(0.0)
    with pytest.raises(ValueError, match="counted from 1"):
        faded_at(0)


def test_the_loss_weighs_reasons_and_sequence_apart() -> None:
    losses = [("prompt", 9.0), ("reason", 2.0), ("latent", 4.0), ("sequence", 1.0)]
    # Reasons: (2 + 3 x 4) / 4 = 3.5; the sequence: 1; the prompt is not learned.
    weights = Weights(latent=3.0, reasoning_part=0.25, sequence_part=0.75)
    assert loss_of(losses, weights) == pytest.approx(0.25 * 3.5 + 0.75)
    assert loss_of([("prompt", 9.0)]) == 0.0


def test_a_telling_change_changes_one_factor() -> None:
    for change in telling(CONTEXT, "museum"):
        context = change.context
        changed = {
            "hour": context.now.time() != TEN.time(),
            "weekday": context.now.weekday() != TEN.weekday() and context.now.time() == TEN.time(),
            "weather": context.weather != "rain",
            "left": context.left_min != 180,
            "done": context.done != CONTEXT.done,
        }
        assert changed[change.factor]
        others = [name for name in ("weather", "left", "done") if name != change.factor]
        assert not any(changed[name] for name in others)


def test_an_idle_change_changes_the_prompt_and_not_the_table() -> None:
    texts = [each.text() for each in idle(replace(CONTEXT, done=("breakfast", "park")))]
    assert len(set(texts)) == 3
    known = sequences(CONTEXT)[0].keys
    assert all(sequences(each)[0].keys == known for each in idle(CONTEXT))


def test_a_pair_needs_an_old_plan_that_is_surely_worse() -> None:
    best = (("coffee",), 2.0)
    worse = pair_of("moment", best=best, old=(("park",), 1.0))
    assert worse is not None
    assert (worse.chosen, worse.rejected) == (("coffee",), ("park",))
    assert pair_of("moment", best=best, old=(("park",), None)) is not None
    assert pair_of("moment", best=best, old=(("park",), 1.9)) is None
    assert pair_of("moment", best=best, old=(("coffee",), 1.0)) is None
