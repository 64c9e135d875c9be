"""Rows of GSISR as lessons: facts as words, reasons templated from them, services as words.

The public rows carry no reasoning. What is written here in its place follows from the row and its
label by fixed rules: CONTEXT says what binds, STRATEGY what the label does about it in all, and a
STEP for each service which facts of the row speak for it.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.intents.context import DAYS
from planner.intents.distill.samples import Sample
from planner.intents.distill.tokens import FRAME, Lexicon, split
from planner.intents.gsisr.features import (
    ACTS,
    KINDS,
    NUMBERED,
    PLACES,
    TRIGGERS,
    features,
)
from planner.intents.gsisr.rows import ONE_OF, Call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from planner.intents.gsisr.rows import Row

_HOURS_TO = (-399.0, -24.0, -6.0, -2.0, -0.5, 0.0, 3.0, 12.0, 24.0)
_AGO = (1.5, 3.5, 8.5, 24.5, 98.0)
GRADED: Mapping[str, tuple[float, ...]] = {
    "hour": (5, 8, 10, 11.5, 14, 17, 19, 21, 23),
    "days to": (-50, -0.5, 0.5, 1.5, 3.5),
    "nights": (-0.5, 0.5, 1.5, 3.5),
    **{f"hours to {n}": _HOURS_TO for n in (5, 6, 7)},
    **dict.fromkeys(("same city", "at the place", "home city"), (0.5,)),
    **{f"profile {n}": (-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5) for n in NUMBERED},
    "deeds": (0.5, 3.5, 6.5, 9.5),
    "deeds lately": (0.5, 2.5, 5.5),
    "deeds there": (0.5, 1.5, 3.5),
    "last ago": _AGO,
    "there ago": _AGO,
    "last where": (-0.5, 0.5, 1.5, 2.5, 3.5),
    "habit most": (0.5, 4.5, 20.5),
}
"""Facts that are always told, as the number of these that they reach."""
COUNTED: Mapping[str, tuple[float, ...]] = {
    "deeds here": (0.5, 1.5),
    **{f"deeds {where}": (0.5, 4.5) for where in PLACES},
    **{f"kind {kind}": (0.5, 2.5) for kind in KINDS},
    **{f"habit {kind}": (0.5, 2.5) for kind in KINDS},
}
"""Facts that are told from the first of these on."""
FLAGS: tuple[str, ...] = (
    *(f"trigger {name}" for name in TRIGGERS),
    *("same district", "order at home", "home unknown", "at home", "home district", "at work"),
    *("work district", "work unknown", "works at home", "last there", "habit there", "habit here"),
    *(f"here {kind}" for kind in (*KINDS, "unknown")),
    *(f"class {n}" for n in "012345"),
    *(f"{act} {where}" for act in ACTS for where in ("last", "there")),
    *(f"kind {kind} last" for kind in KINDS),
)
"""Facts that are told where they hold."""
BINDING = ("trigger", "hour", "same_city", "days_to", "at_the_place", "home_city", "nights", "here")
"""What CONTEXT tells, as beginnings of words."""
FOR_TOOL: Mapping[str, tuple[str, ...]] = {
    "tool_1": ("at_the_place", "same_city", "hours_to_6", "hour:"),
    "tool_2": ("at_the_place", "same_city", "trigger", "hour:"),
    "tool_3": ("same_city", "days_to", "here_station"),
    "tool_4": ("here_station", "same_district", "hour:"),
    "tool_5": (),
    "tool_6": ("deeds_there", "there_ago", "last_where"),
    "tool_7": ("here", "last_there"),
    "tool_8": ("trigger", "hours_to_5", "days_to"),
    "tool_9": ("same_city", "home_city", "days_to"),
    "tool_10": ("hours_to_7", "at_the_place", "there_ago"),
}
"""What speaks for a service, as beginnings of words."""
FOR_VALUE: Mapping[str, tuple[str, ...]] = {
    "家": ("at_home", "home_district", "hour:"),
    "公司": ("at_work", "work_district", "work_unknown", "hour:"),
    "订单目的地": ("at_the_place", "same_district"),
    "用户短期意向": ("last_where", "kind", "last_ago"),
    "调用猜你去哪模型": ("habit_here", "habit_most"),
    "美食": ("hour:", "kind_food", "habit_food"),
    "景点": ("nights", "kind_sight", "home_city"),
    "购物": ("kind_mall", "here_mall", "habit_mall"),
    "休闲娱乐": ("hour:", "kind_leisure", "habit_leisure"),
    "酒店": ("kind_hotel", "home_city", "hour:"),
    "加油站": ("trigger", "here_fuel", "kind_fuel"),
    "充电站": ("trigger", "here_charging", "kind_charging"),
    "停车场": ("kind_parking", "here_parking"),
    "商圈": ("here_district",),
    "全城": ("nights", "same_city"),
}
"""What speaks for a parameter's value."""
SPEAKING = 5
"""Facts of a STEP, at most."""


def facts(row: Row, traits: Sequence[str]) -> tuple[str, ...]:
    """Return what is told of a row, each fact a word.

    Parameters
    ----------
    row
        The row; its label is not looked at.
    traits
        The traits that count (:func:`planner.intents.gsisr.features.traits_of`).
    """
    found = features(row, traits)
    words = [_day(row)]
    words += [_word(f"{name}:{bisect_right(cuts, found[name])}") for name, cuts in GRADED.items()]
    for name, cuts in COUNTED.items():
        if reached := bisect_right(cuts, found[name]):
            words.append(_word(f"{name}:{reached}"))
    words += [_word(name) for name in FLAGS if found[name]]
    words += [_word(f"trait {n}:{found[f'trait {n}']:.0f}") for n in traits if found[f"trait {n}"]]
    return tuple(words)


def word_of(call: Call) -> str:
    """Return the word of a service with its parameters."""
    return f"{call.tool}/{call.origin}/{call.target}/{call.reach}/{call.tag}"


def call_of(word: str) -> Call:
    """Return the service of a word."""
    return Call(*word.split("/"))


def lesson_of(row: Row, traits: Sequence[str]) -> Sample:
    """Return a labelled row as a lesson.

    Parameters
    ----------
    row
        The row, with a label of nine services at most.
    traits
        The traits that count.
    """
    told = facts(row, traits)
    steps = tuple(_step(call, told) for call in row.label)
    return Sample(
        prompt=" ".join(told),
        blocks=(" ".join(_beginning(told, BINDING)), _strategy(row, told), *steps),
        sequence=tuple(word_of(call) for call in row.label),
        value=1.0,
    )


def lexicon_of(lessons: Sequence[Sample]) -> Lexicon:
    """Return the words of some lessons."""
    texts = (text for each in lessons for text in (each.prompt, *each.blocks, *each.sequence))
    known = {word for text in texts for word in split(text)}
    return Lexicon((*FRAME, *sorted(known - set(FRAME))))


def prompt_of(row: Row, traits: Sequence[str], lexicon: Lexicon) -> str:
    """Return what a model is told of a row; facts that it has no word for fall out."""
    known = set(lexicon.words)
    return " ".join(word for word in facts(row, traits) if word in known)


def thinned(lesson: Sample, random: Random, *, dropped: float) -> Sample:
    """Return a lesson without some of its facts, so that none of them alone is relied on.

    Parameters
    ----------
    lesson
        The lesson; its trigger stays.
    random
        Chooses.
    dropped
        The share of facts that fall out.
    """
    kept = (
        word
        for word in split(lesson.prompt)
        if random.random() >= dropped or word.startswith("trigger")
    )
    return replace(lesson, prompt=" ".join(kept))


def _day(row: Row) -> str:
    try:
        weekday = dt.datetime.fromisoformat(row.fields["currenttime"]).weekday()
    except ValueError:
        return "day:unknown"
    free = "1" in (row.fields.get("holidayflag"), row.fields.get("weekendflag"))
    return f"{DAYS[weekday]}:{'free' if free else 'work'}"


def _word(name: str) -> str:
    return name.replace(" ", "_")


def _beginning(told: Sequence[str], beginnings: Sequence[str]) -> list[str]:
    return [word for word in told if word.startswith(tuple(beginnings))]


def _strategy(row: Row, told: Sequence[str]) -> str:
    words = [f"services:{len(row.label)}", *_beginning(told, ("trigger",))]
    words.append(f"first:{row.label[0].tool}")
    words += [f"way:{call.tool}" for call in row.label if call.tool in ONE_OF]
    words += [f"to:{call.target}" for call in row.label if call.target]
    words += [f"tag:{tag}" for tag in dict.fromkeys(call.tag for call in row.label) if tag]
    return " ".join(words)


def _step(call: Call, told: Sequence[str]) -> str:
    speaking = list(FOR_TOOL.get(call.tool, ()))
    for value in (call.target, call.tag, call.reach):
        speaking += FOR_VALUE.get(value, ())
    return " ".join((word_of(call), *_beginning(told, speaking)[:SPEAKING]))
