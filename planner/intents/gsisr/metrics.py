"""Acc@1, NDCG@3 and NES, as GPlan defines them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.intents.gsisr.rows import Call

TOP = 3
OTHER_PARAMETERS = 0.3
"""What it costs to put a call in the place of one of the same tool."""
DISCOUNTS = tuple(1 / math.log2(rank + 1) for rank in range(1, TOP + 1))


@dataclass(frozen=True, slots=True)
class Scores:
    """The three metrics, each from 0 to 1, and how many rows they speak of."""

    acc_1: float
    ndcg_3: float
    nes: float
    rows: int


def acc_1(predicted: Sequence[Call], label: Sequence[Call]) -> float:
    """Return 1 if the first call is the labelled one, tool and parameters, else 0."""
    return float(bool(predicted) and bool(label) and predicted[0] == label[0])


def ndcg_3(predicted: Sequence[Call], label: Sequence[Call]) -> float:
    """Return the discounted gain of the first three calls.

    One counts if any labelled call has the same tool and the same tag; the best there is are
    three such, or as many as the label has calls.
    """
    known = {call.key for call in label}
    gained = sum(
        discount
        for call, discount in zip(predicted[:TOP], DISCOUNTS, strict=False)
        if call.key in known
    )
    ideal = sum(DISCOUNTS[: min(TOP, len(label))])
    return gained / ideal if ideal else 0.0


def edit_distance(predicted: Sequence[Call], label: Sequence[Call]) -> float:
    """Return the least cost of turning one sequence into the other.

    An insertion or a deletion costs 1, another tool 1, other parameters of the same tool 0.3.
    """
    above = [float(n) for n in range(len(label) + 1)]
    for n, call in enumerate(predicted, 1):
        row = [float(n)]
        for m, due in enumerate(label, 1):
            row.append(min(above[m] + 1, row[-1] + 1, above[m - 1] + exchange(call, due)))
        above = row
    return above[-1]


def exchange(call: Call, due: Call) -> float:
    """Return what it costs to put one call in the place of another."""
    if call == due:
        return 0.0
    return OTHER_PARAMETERS if call.tool == due.tool else 1.0


def nes(predicted: Sequence[Call], label: Sequence[Call]) -> float:
    """Return one less the edit distance over the length of the longer sequence."""
    longest = max(len(predicted), len(label))
    return 1.0 - edit_distance(predicted, label) / longest if longest else 1.0


def scores(predicted: Sequence[Sequence[Call]], labels: Sequence[Sequence[Call]]) -> Scores:
    """Return the means over rows.

    Raises
    ------
    ValueError
        If there are none, or not as many predictions as labels.
    """
    pairs = list(zip(predicted, labels, strict=True))
    if not pairs:
        raise ValueError("there are no rows to score")
    return Scores(
        acc_1=fmean(acc_1(p, due) for p, due in pairs),
        ndcg_3=fmean(ndcg_3(p, due) for p, due in pairs),
        nes=fmean(nes(p, due) for p, due in pairs),
        rows=len(pairs),
    )
