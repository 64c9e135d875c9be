"""A moment as arrays: intents at places, written out by the minute, for the compiled search."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

ROLES = 4
"""Kinds of roles for the rules of taste; a run of them is a number in base five, 0 for none."""
STAYS = 2
"""Stays that are tried at a place: the usual one, then the short one."""


class Moment(NamedTuple):
    """What the search knows; a *pair* is an intent at one of the places that serve it.

    Attributes
    ----------
    visit, intent, factor
        For each pair, its numbers, and the share of the intent's worth that the place brings about.
    stay_worth
        For each pair and stay, what the stay makes of a weight.
    weight
        For each intent and minute, its weight behind what was done before the walk.
    later
        For each minute, what a later time leaves of it.
    behind
        For an intent (row), what another one before it (column) leaves of its weight.
    follows
        Whether an intent (row) may follow right behind another one (column).
    stay_s, first_entry
        For each visit and stay, its seconds, and where its rows of ``entries`` begin; they end
        where the next ones begin. A row of -1, -1 stands for any time.
    entries
        First and last second at which a stay may begin.
    role
        For each visit, 1 to 4.
    tasteful
        For each run of roles, whether a walk of them is in taste.
    seconds, metres
        Ways; -1 seconds where there is none. The row behind the visits is where one stands.
    numbers
        Seconds of the whole walk, the longest wait, and the most beginnings that are looked at.
    costs
        What a kilometre and an hour of waiting take off, and the least weight.
    """

    visit: Ints
    intent: Ints
    factor: Floats
    stay_worth: Floats
    weight: Floats
    later: Floats
    behind: Floats
    follows: Flags
    stay_s: Ints
    first_entry: Ints
    entries: Ints
    role: Ints
    tasteful: Flags
    seconds: Ints
    metres: Floats
    numbers: tuple[int, int, int]
    costs: tuple[float, float, float]
