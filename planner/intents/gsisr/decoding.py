"""From a guess at the label to the sequence that is best to answer with.

What is known of a row is how likely each labelled sequence is. The answer is the sequence whose
three metrics are highest on the mean over that guess (minimum Bayes risk): what is likely first
comes first, what is surely somewhere comes among the first three, and the rest falls into place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.intents.gsisr.metrics import DISCOUNTS, TOP, exchange
from planner.intents.gsisr.rows import holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.intents.gsisr.rows import Call

    Calls = tuple[Call, ...]
    Floats = NDArray[np.float32]


def answers(labels: Sequence[Calls]) -> tuple[Calls, ...]:
    """Return what may be answered: every label, and each with two of its later calls exchanged."""
    found = set(labels)
    for label in set(labels):
        for late in range(2, len(label)):
            for early in range(1, late):
                changed = list(label)
                changed[early], changed[late] = changed[late], changed[early]
                found.add(tuple(changed))
    kept = sorted(calls for calls in found if holds(calls))
    return tuple(kept or sorted(set(labels)))


def utilities(given: Sequence[Calls], labels: Sequence[Calls]) -> Floats:
    """Return what each answer scores on each label, the three metrics added up.

    Parameters
    ----------
    given
        n sequences, none empty.
    labels
        m sequences, none empty.

    Returns
    -------
    NDArray
        Of shape (n, m), from 0 to 3.
    """
    calls = sorted({call for each in (*given, *labels) for call in each})
    number = {call: n for n, call in enumerate(calls)}
    answered, due = _padded(given, number), _padded(labels, number)
    first = (answered[:, :1] == due[:, 0][None]).astype(np.float32)
    found: Floats = first + _gains(answered, due, calls) + _alike(answered, due, calls)
    return found


def _padded(sequences: Sequence[Calls], number: dict[Call, int]) -> NDArray[np.int64]:
    longest = max(len(each) for each in sequences)
    found = np.full((len(sequences), longest), -1, dtype=np.int64)
    for row, each in enumerate(sequences):
        found[row, : len(each)] = [number[call] for call in each]
    return found


def _gains(answered: NDArray[np.int64], due: NDArray[np.int64], calls: Sequence[Call]) -> Floats:
    keys = {key: n for n, key in enumerate(sorted({call.key for call in calls}))}
    key_of = np.array([keys[call.key] for call in calls])
    holding = np.zeros((len(due), len(keys)), dtype=np.float32)
    for row, each in enumerate(due):
        holding[row, key_of[each[each >= 0]]] = 1.0
    gained = np.zeros((len(answered), len(due)), dtype=np.float32)
    for rank in range(min(TOP, answered.shape[1])):
        there = answered[:, rank] >= 0
        gained[there] += DISCOUNTS[rank] * holding[:, key_of[answered[there, rank]]].T
    lengths = (due >= 0).sum(axis=1)
    ideal = np.array([sum(DISCOUNTS[: min(TOP, n)]) for n in lengths], dtype=np.float32)
    return gained / ideal


def _alike(answered: NDArray[np.int64], due: NDArray[np.int64], calls: Sequence[Call]) -> Floats:
    """Edit distances of all pairs at once, one cell of the table after the other."""
    cost = np.array([[exchange(a, b) for b in calls] for a in calls], dtype=np.float32)
    lengths, due_lengths = (answered >= 0).sum(axis=1), (due >= 0).sum(axis=1)
    shape = (len(answered), len(due))
    above = [np.full(shape, m, dtype=np.float32) for m in range(due.shape[1] + 1)]
    distance = np.zeros(shape, dtype=np.float32)
    for n in range(1, answered.shape[1] + 1):
        row = [np.full(shape, n, dtype=np.float32)]
        costs = cost[np.maximum(answered[:, n - 1], 0)]
        for m in range(1, due.shape[1] + 1):
            exchanged = above[m - 1] + costs[:, np.maximum(due[:, m - 1], 0)]
            row.append(np.minimum(np.minimum(above[m], row[m - 1]) + 1, exchanged))
        above = row
        ends = lengths == n
        for m in np.unique(due_lengths):
            cell = np.ix_(ends, due_lengths == m)
            distance[cell] = row[m][cell]
    longest = np.maximum(lengths[:, None], due_lengths[None])
    return np.asarray(1 - distance / longest, dtype=np.float32)
