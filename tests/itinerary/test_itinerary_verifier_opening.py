"""Opening hours are read a second time, and both readings agree on what real tags say."""

from __future__ import annotations

import datetime as dt
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain import Position
from planner.itinerary.opening import read_opening
from planner.library.hours import state_during

HELSINKI = Position(60.17, 24.94)
DATA = Path(os.environ.get("FLANEUR_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
WEDNESDAY = dt.datetime(2026, 11, 25)


def at(clock: str, minutes: int = 30) -> tuple[dt.datetime, dt.datetime]:
    begin = dt.datetime.combine(WEDNESDAY, dt.time.fromisoformat(clock))
    return begin, begin + dt.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("raw", "clock", "expected"),
    [
        ("Mo-Fr 10:00-18:00", "10:00", "yes"),
        ("Mo-Fr 10:00-18:00", "17:30", "yes"),
        ("Mo-Fr 10:00-18:00", "17:31", "no"),
        ("Mo-Fr 10:00-18:00", "09:45", "no"),
        ("Mo,Tu 10:00-18:00", "12:00", "no"),
        ("Mo-Su 10:00-18:00 unknown", "12:00", "unknown"),
        ('Mo-Fr 10:00-18:00 "ask at the door"', "12:00", "unknown"),
        ('Mo-Fr 10:00-18:00 open "lunch"', "12:00", "yes"),
        ('Mo-Fr 10:00-12:00 || "by appointment"', "15:00", "unknown"),
        ("Mo-Fr 10:00-18:00; SH off", "12:00", "unknown"),
        ("Mo-Fr 10:00-18:00; SH off", "20:00", "no"),
        ("SH 10:00-18:00", "12:00", "unknown"),
        ("Mo-Fr,SH 10:00-18:00", "12:00", "yes"),
        ("sunrise-sunset", "12:00", "yes"),
        ("sunrise-sunset", "18:00", "no"),
        ("Tu 20:00-26:00", "01:00", "yes"),
    ],
)
def test_values_of_the_grammar(raw: str, clock: str, expected: str) -> None:
    assert read_opening(raw, *at(clock), HELSINKI) == (expected, True)


@pytest.mark.parametrize(
    ("raw", "clock", "expected"),
    [
        ("Mo-Fr 10:00\u201318:00", "12:00", "yes"),
        ("Mo-Fr 10.00-18.00", "18:00", "no"),
        ("Mo-Fr 10-18", "12:00", "yes"),
        ("Mo-Tu 10-18 We 10-12 & 13-15", "12:15", "no"),
        ("Mo-Tu 10-18 We 10-12 & 13-15", "14:00", "yes"),
        ("Mon-Fri 9am - 5:30pm; Sat 10-4pm", "17:00", "yes"),
        ("Mo-Fr 16:00-, Sa 14:00-", "12:00", "no"),
        ("open 24 hours", "03:00", "yes"),
        ("8-6:30", "12:00", "unknown"),
        ("Mo-Fr 3-7", "04:00", "unknown"),
        ("Mo-Fr 12am-3pm", "13:00", "unknown"),
        ("Mo-Fr", "12:00", "yes"),
        ("call first", "12:00", "unknown"),
        ("+358 9 1234 567", "12:00", "unknown"),
        ("", "12:00", "unknown"),
        ("12:00-25:00-", "12:00", "unknown"),
    ],
)
def test_values_that_break_the_grammar(raw: str, clock: str, expected: str) -> None:
    state, strict = read_opening(raw, *at(clock), HELSINKI)
    assert state == expected
    assert strict == (raw == "Mo-Fr")


def test_no_value_is_unknown() -> None:
    assert read_opening(None, *at("12:00"), HELSINKI) == ("unknown", True)


def test_a_stay_of_no_length_is_judged_by_its_moment() -> None:
    assert read_opening("Mo-Fr 10:00-18:00", *at("12:00", 0), HELSINKI).state == "yes"
    assert read_opening("Mo-Fr 10:00-18:00", *at("18:00", 0), HELSINKI).state == "no"


def test_holidays_are_those_of_the_place() -> None:
    christmas = (dt.datetime(2026, 12, 25, 12), dt.datetime(2026, 12, 25, 13))
    assert read_opening("Mo-Su 10:00-18:00; PH off", *christmas, HELSINKI).state == "no"


@settings(max_examples=200, deadline=None)
@given(
    raw=st.text(max_size=30)
    | st.lists(
        st.sampled_from(
            [*("Mo", "-", "Fr", " ", ",", "10", ":", "00", "18", "pm", ";", '"', "SH")]
        ),
        max_size=12,
    ).map("".join)
)
def test_no_tag_raises(raw: str) -> None:
    assert read_opening(raw, *at("12:00"), HELSINKI).state in {"yes", "no", "unknown"}


def test_both_readings_agree_on_real_values() -> None:
    path = DATA / "hours" / "osm-values.tsv"
    if not path.is_file():
        pytest.skip("the real opening hours are not here; set FLANEUR_DATA to the folder of data")
    rng = random.Random(7)
    differing = []
    for line in path.read_text("utf-8").splitlines():
        raw = line.split("\t")[2]
        for _ in range(4):
            begin = WEDNESDAY + dt.timedelta(minutes=5 * rng.randrange(0, 12 * 24 * 90))
            end = begin + dt.timedelta(minutes=rng.choice([20, 45, 90]))
            planned = state_during(raw, begin, end, HELSINKI)
            state, strict = read_opening(raw, begin, end, HELSINKI)
            if planned != state and (strict or planned != "unknown"):
                differing.append((raw, begin, end, planned, state))
    assert differing == []
