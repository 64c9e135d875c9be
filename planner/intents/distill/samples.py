"""A training sample: the circumstances, the reasons block by block, and the sequence.

The reasons are written from facts of a carried-out walk, never from a model: CONTEXT says what
binds, STRATEGY what follows from it, and one STEP an intent why it stands where it does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from planner.intents.vocabulary import Vocabulary

if TYPE_CHECKING:
    import datetime as dt

    from planner.intents.context import Context

Split: TypeAlias = Literal["train", "held-out weeks", "held-out city"]
HELD_OUT_WEEKS = 5
"""Every so manieth week of the year is never trained on."""
MEAL_TIMES = (("lunch", 11.5, 14.0), ("dinner", 18.0, 21.0))


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
class Sample:
    """A prompt and what is to be answered.

    Attributes
    ----------
    prompt
        The line of a context.
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
        """The sequence as JSON."""
        return json.dumps(list(self.sequence), separators=(",", ":"))

    @property
    def digest(self) -> str:
        """A short name by which two samples with one prompt are told to be the same."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()[:16]


def sample_of(context: Context, deeds: tuple[Deed, ...], value: float) -> Sample:
    """Write the sample of a walk that was carried out.

    Parameters
    ----------
    context
        The circumstances.
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
        prompt=context.text(),
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
    parts = [f"{context.left_min} minutes from {context.now:%H:%M}"]
    meals = [
        name
        for name, begins, ends in MEAL_TIMES
        if _spans(context, begins, ends) and not {name, "bite"} & set(context.done)
    ]
    parts += [f"{name} falls into them" for name in meals]
    if context.weather != "dry":
        parts.append({"rain": "rain", "hot": "heat", "cold": "cold"}[context.weather])
    if context.dark(context.now):
        parts.append("dark")
    if context.done:
        parts.append(f"done: {', '.join(context.done)}")
    if context.triggers:
        parts.append(", ".join(context.triggers))
    return "; ".join(parts)


def _spans(context: Context, begins: float, ends: float) -> bool:
    start = context.now.hour + context.now.minute / 60
    return start < ends and start + context.left_min / 60 > begins


def _strategy(context: Context, deeds: tuple[Deed, ...]) -> str:
    table = Vocabulary.load()
    spent = sum((deed.ends - deed.begins).total_seconds() / 60 for deed in deeds)
    walked = sum(deed.walk_min for deed in deeds)
    longest = max(deeds, key=lambda deed: deed.ends - deed.begins)
    stops = "1 stop" if len(deeds) == 1 else f"{len(deeds)} stops"
    parts = [f"{stops}, {spent:.0f} minutes there and {walked} on foot"]
    parts.append(f"most time for {longest.key}")
    if context.weather != "dry" and all(table[d.key].setting != "outdoor" for d in deeds):
        parts.append("all under a roof")
    liked = [deed.key for deed in deeds if deed.key in context.likes]
    if liked:
        parts.append(f"liked: {', '.join(liked)}")
    return "; ".join(parts)


def _step(deed: Deed, context: Context) -> str:
    stay = (deed.ends - deed.begins).total_seconds() / 60
    left = context.left_min - (deed.ends - context.now).total_seconds() / 60
    shut = f"open until {deed.closes:%H:%M}" if deed.closes else "hours unknown or none"
    return (
        f"{deed.key} {deed.begins:%H:%M}: {deed.walk_min} min on foot, {stay:.0f} min, "
        f"{shut}, {left:.0f} min left"
    )
