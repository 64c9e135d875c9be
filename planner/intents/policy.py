"""The table policy: what to do next by hour, day, weather, time left and what was done.

No model is asked. The table (``intents.toml``) gives each intent a weight at the hour at which it
would begin; factors stand for the rest of the circumstances, and each can be read off. A sequence
is worth the sum of its intents' weights, longer stays counting a little more than shorter ones,
and the best sequences are found by a beam search over the clock.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from planner.intents.context import SATURDAY
from planner.intents.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from planner.intents.context import Context, Trigger
    from planner.intents.vocabulary import Intent

LEAST = 0.05
"""An intent below this weight is not proposed."""
LONGEST = 4
"""Intents in one sequence; beyond that, the hour has changed and one asks anew."""
WAY_MIN = 8
"""Minutes on foot between two places, before any place is known."""
BEAM = 60
STAY_POWER = 0.75
ORDINARY_MIN = 30
AN_HOUR_LATER = 0.93
AGAIN, SAME_FAMILY = 0.1, 0.4
"""What an intent keeps of its weight once it, or one of its family, was done."""
MEAL_AGAIN = 0.05
LIKED = 1.5
WALKED_LONG_M = 8000
IN_THE_DARK = 0.06
_SITTING = frozenset({"coffee", "rest", "lunch", "dinner", "breakfast", "bar"})
_TRIGGERS: Mapping[Trigger, Mapping[str, float]] = {
    "hungry": {"breakfast": 2.0, "lunch": 2.5, "dinner": 2.5, "bite": 5.0},
    "thirsty": {"coffee": 2.0, "sweet": 2.0, "bar": 1.5},
    "tired": {"coffee": 1.8, "rest": 4.0, "park": 1.3},
    "rain starts": {},
    "ticket": {},
}
TICKET_WEIGHT = 0.6
TICKET_MIN = 45


@dataclass(frozen=True, slots=True)
class Step:
    """An intent and when it would begin; ``weight`` is what the table makes of it then."""

    intent: Intent
    begins: dt.datetime
    weight: float


@dataclass(frozen=True, slots=True)
class Sequence:
    """Intents in order, their keys, and what they are worth together."""

    steps: tuple[Step, ...]
    value: float
    keys: tuple[str, ...]


def weight(intent: Intent, context: Context, at: dt.datetime, done: Collection[str] = ()) -> float:
    """Return how likely an intent is, begun at a time.

    Parameters
    ----------
    intent
        The intent.
    context
        The circumstances.
    at
        When it would begin; its hour, and what time is left then, count.
    done
        Keys of intents that come before it, beside those of the context.
    """
    return alone(intent, context, at) * behind(intent, (*context.done, *done))


def alone(intent: Intent, context: Context, at: dt.datetime) -> float:
    """Return how likely an intent is at a time, whatever was done before.

    Parameters
    ----------
    intent, context, at
        As in :func:`weight`.
    """
    left = context.left_min - (at - context.now).total_seconds() / 60
    if left < intent.minutes[0]:
        return 0.0
    found = intent.at(at.hour + at.minute / 60)
    if intent.key == "transit" and "ticket" in context.triggers and left <= TICKET_MIN:
        found = TICKET_WEIGHT
    for name, holds in (
        ("weekend", at.weekday() >= SATURDAY),
        ("holiday", context.holiday),
        (_sky(context), True),
    ):
        if holds:
            found *= intent.factors.get(name, 1.0)
    if left < intent.minutes[1]:
        found *= 0.7
    found *= _trigger_factor(intent, context)
    if intent.setting == "outdoor" and context.dark(at):
        found *= IN_THE_DARK
    return found


def alone_by_minute(intent: Intent, context: Context, minutes: int) -> NDArray[np.float64]:
    """Return what :func:`alone` does for each of the next minutes, from now on.

    Parameters
    ----------
    intent, context
        As in :func:`weight`.
    minutes
        How many; the first is now.
    """
    ahead = np.arange(minutes)
    left = context.left_min - ahead
    hour = context.now.hour + context.now.minute / 60 + ahead / 60
    corners, heights = zip(*intent.hours, strict=True)
    lines = [np.interp(hour % 24 + days, corners, heights, 0.0, 0.0) for days in (0, 24)]
    found: NDArray[np.float64] = np.maximum(*lines)
    if intent.key == "transit" and "ticket" in context.triggers:
        found = np.where(left <= TICKET_MIN, TICKET_WEIGHT, found)
    factor = _trigger_factor(intent, context) * intent.factors.get(_sky(context), 1.0)
    if context.holiday:
        factor *= intent.factors.get("holiday", 1.0)
    found = found * factor
    weekday = (context.now.weekday() + hour // 24) % 7
    found = np.where(weekday >= SATURDAY, found * intent.factors.get("weekend", 1.0), found)
    found = np.where(left < intent.minutes[1], 0.7 * found, found)
    if intent.setting == "outdoor" and context.daylight is not None:
        times = [(each - context.now).total_seconds() / 60 for each in context.daylight]
        dark = (ahead < times[0]) | (ahead > times[1])
        found = np.where(dark, IN_THE_DARK * found, found)
    return np.where(left < intent.minutes[0], 0.0, found)


def ever(intent: Intent, context: Context) -> bool:
    """Whether there is a time left at which an intent would be proposed."""
    times = (
        context.now + dt.timedelta(minutes=minute) for minute in range(0, context.left_min, WAY_MIN)
    )
    return any(alone(intent, context, at) >= LEAST for at in times)


def _trigger_factor(intent: Intent, context: Context) -> float:
    """Return what does not change with the hour: what came up, what is liked, tired feet."""
    found = LIKED if intent.key in context.likes else 1.0
    for trigger in context.triggers:
        found *= _TRIGGERS[trigger].get(intent.key, 1.0)
    if context.walked_m >= WALKED_LONG_M and intent.key in _SITTING:
        found *= 1.3
    return found


def worth(
    intent: Intent,
    context: Context,
    at: dt.datetime,
    stay_min: float,
    done: Collection[str] = (),
) -> float:
    """Return what doing an intent is worth: its weight, longer stays counting a little more.

    Parameters
    ----------
    intent, context, at, done
        As in :func:`weight`.
    stay_min
        Minutes that it takes; beyond a usual stay, no minute counts.
    """
    return weight(intent, context, at, done) * share(intent, context, at, stay_min)


def share(intent: Intent, context: Context, at: dt.datetime, stay_min: float) -> float:
    """Return what a stay makes of a weight: longer ones count more, later ones a little less."""
    later = (at - context.now).total_seconds() / 3600
    return stay_share(intent, stay_min) * math.pow(AN_HOUR_LATER, later)


def stay_share(intent: Intent, stay_min: float) -> float:
    """Return what the length of a stay alone makes of a weight; 1 for half an hour."""
    return math.pow(min(stay_min, intent.minutes[1]) / ORDINARY_MIN, STAY_POWER)


def _sky(context: Context) -> str:
    return "rain" if "rain starts" in context.triggers else context.weather


def behind(intent: Intent, done: Collection[str]) -> float:
    """Return the share of a weight that is left behind what was done."""
    found = 1.0
    for key in done:
        found *= _behind(intent.key, key)
    return found


@cache
def _behind(key: str, done: str) -> float:
    """Return what one intent leaves of the weight of another, or of its own."""
    vocabulary = Vocabulary.load()
    if done not in vocabulary or key not in vocabulary:
        return 1.0
    intent, before = vocabulary[key], vocabulary[done]
    if key == done:
        return MEAL_AGAIN if intent.family == "eat" else AGAIN
    if {key, done} == {"coffee", "breakfast"}:
        return SAME_FAMILY
    if before.family != intent.family:
        return 1.0
    # Breakfast does not spoil dinner, but a bite and lunch are one meal.
    if intent.family == "eat":
        far = "breakfast" in {key, done} or {key, done} == {"lunch", "dinner"}
        return 1.0 if far else MEAL_AGAIN
    return SAME_FAMILY


def sequences(
    context: Context,
    vocabulary: Vocabulary | None = None,
    *,
    available: Collection[str] | None = None,
    ways: Mapping[str, int] | None = None,
    longest: int = LONGEST,
    least: float = LEAST,
) -> tuple[Sequence, ...]:
    """Return the best sequence for each first intent, best first.

    Parameters
    ----------
    context
        The circumstances.
    vocabulary
        The intents; the shipped ones where absent.
    available
        Keys of the intents that some place within reach serves; all where absent.
    ways
        For an intent that comes first, minutes on foot to its nearest place; :data:`WAY_MIN` where
        absent. With little time left, a dinner next door fits in, and one further off does not.
    longest
        How many intents a sequence has at most.
    least
        The weight below which an intent is not proposed.
    """
    table = vocabulary or Vocabulary.load()
    intents = [each for each in table if available is None or each.key in available]
    best: dict[str, Sequence] = {}
    kept: dict[tuple[str, dt.datetime], float] = {}
    beam = [(Sequence((), 0.0, ()), context.now)]
    for _ in range(longest):
        longer: list[tuple[Sequence, dt.datetime]] = []
        for known, clock in beam:
            done = known.keys
            for intent in intents:
                if intent.key in done or out_of_order(done, intent):
                    continue
                way = WAY_MIN if done or ways is None else ways.get(intent.key, WAY_MIN)
                begins = clock + dt.timedelta(minutes=way)
                left = context.left_min - (begins - context.now).total_seconds() / 60
                at = (intent.key, begins)
                if at not in kept:
                    kept[at] = alone(intent, context, begins)
                found = kept[at] * behind(intent, (*context.done, *done)) if kept[at] else 0.0
                if found < least:
                    continue
                stay = min(intent.minutes[1], left)
                gained = found * share(intent, context, begins, stay)
                step = Step(intent, begins, found)
                sequence = Sequence((*known.steps, step), known.value + gained, (*done, intent.key))
                longer.append((sequence, begins + dt.timedelta(minutes=stay)))
                first = sequence.keys[0]
                if first not in best or sequence.value > best[first].value:
                    best[first] = sequence
        longer.sort(key=lambda each: (-each[0].value, each[0].keys))
        beam = _spread(longer)
    return tuple(sorted(best.values(), key=lambda each: (-each.value, each.keys)))


def out_of_order(keys: tuple[str, ...], intent: Intent) -> bool:
    """Whether an intent cannot follow on others: nothing but the night follows the night."""
    last = Vocabulary.load()[keys[-1]].family if keys else ""
    return last == "night" and intent.family not in {"night", "way"}


def _spread(
    longer: list[tuple[Sequence, dt.datetime]],
) -> list[tuple[Sequence, dt.datetime]]:
    """Keep the best, but some of each first intent."""
    kept: list[tuple[Sequence, dt.datetime]] = []
    firsts: dict[str, int] = {}
    for each in longer:
        first = each[0].keys[0]
        if firsts.get(first, 0) < max(3, BEAM // 12):
            firsts[first] = firsts.get(first, 0) + 1
            kept.append(each)
    return kept


def reason(step: Step, context: Context) -> str:
    """Say in one sentence why an intent stands where it does."""
    words = step.intent.because
    sky = _sky(context)
    if sky != "dry" and step.intent.factors.get(sky, 1.0) > 1.0 and step.intent.setting == "indoor":
        words = {"rain": "it rains", "hot": "it is hot", "cold": "it is cold"}[sky]
        words += ", and this is under a roof"
    elif step.intent.key in context.likes:
        words += ", and you like such places"
    label = step.intent.label
    return f"{label[0].upper()}{label[1:]}: {words}."
