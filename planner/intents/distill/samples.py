"""A training sample: the circumstances, the reasons block by block, and the sequence.

The reasons are written from facts of a carried-out walk, never from a model: CONTEXT says what
binds, STRATEGY what follows from it, and one STEP an intent why it stands where it does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from planner.intents.context import DAYS
from planner.intents.policy import WALKED_LONG_M
from planner.intents.vocabulary import Vocabulary

if TYPE_CHECKING:
    from planner.intents.context import Context

Split: TypeAlias = Literal["train", "held-out weeks", "held-out city"]
HELD_OUT_WEEKS = 5
"""Every so manieth week of the year is never trained on."""
MEAL_TIMES = (("lunch", 11.5, 14.0), ("dinner", 18.0, 21.0))
END = "<end>"
OFFERS = 14
"""Intents of a prompt that it says the prospects of, at most."""
LEVELS = (0.0, 0.06, 0.12, 0.2, 0.32, 0.48, 0.7, 1.0, 1.5)
"""What a prospect is worth is told as how many of these it exceeds."""
LEFT = (*range(5, 60, 5), *range(60, 240, 10), *range(240, 841, 30))
LIGHT = tuple(range(0, 301, 30))
"""Minutes that are left, and minutes of daylight, are told as the last of these not above them."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An intent as it was carried out: where its times and its ways are known.

    Attributes
    ----------
    key
        The intent.
    begins, ends
        The stay.
    walk_min
        Minutes on foot to get there.
    closes
        When the place closes, if that is known.
    """

    key: str
    begins: dt.datetime
    ends: dt.datetime
    walk_min: int
    closes: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an intent could add to a walk from here and now.

    Attributes
    ----------
    key
        The intent.
    now, best
        What it is worth if it comes first, its way taken off, and at its best time, without a way.
    """

    key: str
    now: float
    best: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A prompt and what is to be answered.

    Attributes
    ----------
    prompt
        The circumstances and prospects in words of the small vocabulary; see :func:`prompt_of`.
    blocks
        The reasons: CONTEXT, STRATEGY, then a STEP for each intent.
    sequence
        The intents' keys.
    value
        What the sequence is worth by the table, carried out.
    """

    prompt: str
    blocks: tuple[str, ...]
    sequence: tuple[str, ...]
    value: float

    def __post_init__(self) -> None:
        if len(self.blocks) != len(self.sequence) + 2:
            raise ValueError(f"{len(self.sequence)} intents with {len(self.blocks)} blocks")

    @property
    def answer(self) -> str:
        """The sequence, closed by a word of its own."""
        return " ".join((*self.sequence, END))

    @property
    def digest(self) -> str:
        """A short name by which two samples with one prompt are told to be the same."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()[:16]


def prompt_of(context: Context, prospects: tuple[Prospect, ...]) -> str:
    """Return what a student is told: each factor of the moment, then what there is around.

    Parameters
    ----------
    context
        The circumstances.
    prospects
        The intents that can be served within reach, the most promising first.
    """
    day = "holiday" if context.holiday else "weekend" if context.weekend else "workday"
    words = [DAYS[context.now.weekday()], day, _clock(context.now)]
    words += [f"left:{_last(LEFT, context.left_min)}", f"sky:{context.weather}"]
    if context.daylight is not None:
        until = (context.daylight[1] - context.now).total_seconds() / 60
        words.append(f"light:{0 if context.dark(context.now) else _last(LIGHT, until)}")
    if context.walked_m >= WALKED_LONG_M:
        words.append("walked:far")
    words += [f"done:{key}" for key in sorted(set(context.done))]
    words += [f"likes:{key}" for key in sorted(context.likes)]
    words += [f"trigger:{each.replace(' ', '_')}" for each in sorted(context.triggers)]
    words.append("offers")
    for each in prospects[:OFFERS]:
        words += [each.key, f"now{_level(each.now)}best{_level(each.best)}"]
    return " ".join(words)


def sample_of(
    context: Context, prospects: tuple[Prospect, ...], deeds: tuple[Deed, ...], value: float
) -> Sample:
    """Write the sample of a walk that was carried out.

    Parameters
    ----------
    context, prospects
        The circumstances, and what there is around.
    deeds
        What was done, in order; at least one thing.
    value
        What it is worth.

    Raises
    ------
    ValueError
        If nothing was done.
    """
    if not deeds:
        raise ValueError("a sample needs at least one intent")
    steps = tuple(_step(deed, context) for deed in deeds)
    return Sample(
        prompt=prompt_of(context, prospects),
        blocks=(_binding(context), _strategy(context, deeds), *steps),
        sequence=tuple(deed.key for deed in deeds),
        value=round(value, 4),
    )


def split_of(context: Context, *, held_out_city: bool) -> Split:
    """Return what a sample is for; cities and weeks that are held out are never trained on."""
    if held_out_city:
        return "held-out city"
    week = context.now.isocalendar().week
    return "held-out weeks" if week % HELD_OUT_WEEKS == 0 else "train"


def _binding(context: Context) -> str:
    until = context.now + dt.timedelta(minutes=context.left_min)
    words = [_minutes(context.left_min), "from", _clock(context.now), "until", _clock(until)]
    words += [
        f"{name} due"
        for name, begins, ends in MEAL_TIMES
        if _spans(context, begins, ends) and not {name, "bite"} & set(context.done)
    ]
    if context.weather != "dry":
        words.append(context.weather)
    if context.dark(context.now):
        words.append("dark")
    words += [f"done:{key}" for key in sorted(set(context.done))]
    words += [f"trigger:{each.replace(' ', '_')}" for each in sorted(context.triggers)]
    return " ".join(words)


def _spans(context: Context, begins: float, ends: float) -> bool:
    start = context.now.hour + context.now.minute / 60
    return start < ends and start + context.left_min / 60 > begins


def _strategy(context: Context, deeds: tuple[Deed, ...]) -> str:
    table = Vocabulary.load()
    spent = round(sum((deed.ends - deed.begins).total_seconds() for deed in deeds) / 60)
    walked = sum(deed.walk_min for deed in deeds)
    longest = max(deeds, key=lambda deed: deed.ends - deed.begins)
    words = [f"{len(deeds)} stops stay {_minutes(spent)} walk {_minutes(walked)}"]
    words.append(f"most for {longest.key}")
    if context.weather != "dry" and all(table[d.key].setting != "outdoor" for d in deeds):
        words.append("under roof")
    words += [f"likes:{deed.key}" for deed in deeds if deed.key in context.likes]
    return " ".join(words)


def _step(deed: Deed, context: Context) -> str:
    stay = round((deed.ends - deed.begins).total_seconds() / 60)
    left = max(0, context.left_min - round((deed.ends - context.now).total_seconds() / 60))
    shut = f"open until {_clock(deed.closes)}" if deed.closes else "hours unknown"
    return (
        f"{deed.key} at {_clock(deed.begins)} walk {_minutes(deed.walk_min)} "
        f"stay {_minutes(stay)} {shut} left {_minutes(left)}"
    )


def _clock(at: dt.datetime) -> str:
    return f"{at.hour}h :{at.minute:02}"


def _minutes(count: int) -> str:
    hundreds, rest = divmod(count, 100)
    return f"{100 * hundreds}+ {rest} min" if hundreds else f"{rest} min"


def _last(steps: tuple[int, ...], value: float) -> int:
    return steps[max(0, bisect_right(steps, value) - 1)]


def _level(worth: float) -> int:
    return sum(worth > level for level in LEVELS)
