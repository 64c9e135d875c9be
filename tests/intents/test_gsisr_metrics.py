"""The three metrics on cases computed by hand."""

from __future__ import annotations

import math

import pytest

from planner.intents.gsisr.decoding import answers, utilities
from planner.intents.gsisr.metrics import acc_1, edit_distance, ndcg_3, nes, scores
from planner.intents.gsisr.rows import Call, holds

RIDE = Call("tool_1", "here", "order")
RIDE_HOME = Call("tool_1", "here", "home")
DRIVE = Call("tool_2", "here", "order")
ORDER = Call("tool_8")
WEATHER = Call("tool_9")
FOOD_NEAR = Call("tool_5", "here", "", "near", "food")
FOOD_FAR = Call("tool_5", "here", "", "city", "food")
SIGHTS = Call("tool_5", "here", "", "city", "sight")
LABEL = (RIDE, ORDER, FOOD_NEAR, WEATHER)


@pytest.mark.parametrize(
    ("predicted", "due"),
    [(LABEL, 1.0), ((RIDE_HOME, ORDER), 0.0), ((ORDER, RIDE), 0.0), ((), 0.0)],
)
def test_acc_1_wants_tool_and_parameters(predicted: tuple[Call, ...], due: float) -> None:
    assert acc_1(predicted, LABEL) == due


SECOND, THIRD = 1 / math.log2(3), 1 / math.log2(4)
IDEAL = 1 + SECOND + THIRD


@pytest.mark.parametrize(
    ("predicted", "due"),
    [
        (LABEL, 1.0),
        # Order within the label does not count, nor do parameters beside the tag.
        ((WEATHER, RIDE_HOME, FOOD_FAR), 1.0),
        # Another tag is another intent.
        ((SIGHTS, RIDE, WEATHER), (SECOND + THIRD) / IDEAL),
        ((RIDE, DRIVE, SIGHTS), 1 / IDEAL),
        # The fourth is too late.
        ((DRIVE, SIGHTS, DRIVE, RIDE), 0.0),
        ((RIDE,), 1 / IDEAL),
        ((), 0.0),
    ],
)
def test_ndcg_3(predicted: tuple[Call, ...], due: float) -> None:
    assert ndcg_3(predicted, LABEL) == pytest.approx(due)


def test_the_ideal_of_a_short_label_is_its_length() -> None:
    assert ndcg_3((RIDE, ORDER), (ORDER, RIDE)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("predicted", "distance"),
    [
        (LABEL, 0.0),
        ((RIDE_HOME, ORDER, FOOD_NEAR, WEATHER), 0.3),
        ((DRIVE, ORDER, FOOD_NEAR, WEATHER), 1.0),
        ((RIDE, ORDER, SIGHTS, WEATHER), 0.3),
        # One is missing; one is too many.
        ((RIDE, ORDER, WEATHER), 1.0),
        ((RIDE, ORDER, SIGHTS, FOOD_NEAR, WEATHER), 1.0),
        # Two exchanged: no cheaper way than two substitutions, or a deletion and an insertion.
        ((ORDER, RIDE, FOOD_NEAR, WEATHER), 2.0),
        ((), 4.0),
    ],
)
def test_edit_distance_and_nes(predicted: tuple[Call, ...], distance: float) -> None:
    assert edit_distance(predicted, LABEL) == pytest.approx(distance)
    longest = max(len(predicted), len(LABEL))
    assert nes(predicted, LABEL) == pytest.approx(1 - distance / longest)


def test_means_over_rows() -> None:
    found = scores([LABEL, (DRIVE, SIGHTS)], [LABEL, LABEL])
    assert (found.acc_1, found.rows) == (0.5, 2)
    assert found.ndcg_3 == pytest.approx(0.5)
    # Tool 2 for 1, tool 5 for 8 or after an insertion its tag alone: 1 + 1 + 0.3 + 1 = 3.3.
    assert found.nes == pytest.approx((1 + (1 - 3.3 / 4)) / 2)


def test_no_rows_have_no_score() -> None:
    with pytest.raises(ValueError, match="no rows"):
        scores([], [])


def test_utilities_of_all_pairs_are_the_metrics_of_each() -> None:
    given = [LABEL, (DRIVE, SIGHTS), (WEATHER, RIDE_HOME, FOOD_FAR), (RIDE, SIGHTS, FOOD_NEAR) * 2]
    labels = [LABEL, (ORDER, RIDE, WEATHER), (SIGHTS, FOOD_NEAR, WEATHER, ORDER, RIDE)]
    found = utilities(given, labels)
    for n, one in enumerate(given):
        for m, label in enumerate(labels):
            due = acc_1(one, label) + ndcg_3(one, label) + nes(one, label)
            assert found[n, m] == pytest.approx(due, abs=1e-5)


def test_answers_keep_the_rules() -> None:
    twice = (RIDE, DRIVE, WEATHER)
    found = answers([LABEL, twice])
    assert LABEL in found
    assert (RIDE, WEATHER, FOOD_NEAR, ORDER) in found
    assert all(holds(calls) for calls in found)
    assert twice not in found
