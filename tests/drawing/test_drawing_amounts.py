"""Distances, durations and times in words."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.drawing.amounts import (
    format_bytes,
    format_clock,
    format_count,
    format_date,
    format_distance,
    format_duration,
    format_hours,
)


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (0, "0 m"),
        (4.4, "4 m"),
        (9.8, "10 m"),
        (412.3, "410 m"),
        (994.9, "990 m"),
        (995.1, "1.0 km"),
        (2917, "2.9 km"),
        (9949, "9.9 km"),
        (9960, "10 km"),
        (12345, "12 km"),
    ],
)
def test_distances(metres: float, words: str) -> None:
    assert format_distance(metres) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 min"),
        (3, "1 min"),
        (309, "5 min"),
        (3569, "59 min"),
        (3571, "1 h"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (13920, "3 h 52 min"),
        (90000, "25 h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1, "1 hour"), (4.0, "4 hours"), (2.5, "2 h 30 min"), (0.2, "12 min"), (26, "26 hours")],
)
def test_hours(hours: float, words: str) -> None:
    assert format_hours(hours) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23T10:12:00", "10:12"),
        ("2026-11-23T10:12:59", "10:12"),
        ("09:05", "09:05"),
        (dt.datetime(2026, 11, 23, 0, 0, tzinfo=dt.UTC), "00:00"),
        (dt.time(23, 59), "23:59"),
    ],
)
def test_clocks(moment: str | dt.datetime | dt.time, words: str) -> None:
    assert format_clock(moment) == words


@pytest.mark.parametrize("text", ["", "later", "25:00", "2026-11-23T"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|hour"):
        format_clock(text)


def test_dates_carry_their_weekday() -> None:
    assert format_date("2026-11-25") == "Wednesday 25 November 2026"


@given(st.dates())
def test_dates_agree_with_the_calendar(date: dt.date) -> None:
    weekday, day, month, year = format_date(date).split()
    assert weekday == date.strftime("%A")
    assert month == date.strftime("%B")
    assert (int(day), int(year)) == (date.day, date.year)


def test_counts_agree_with_their_noun() -> None:
    assert format_count(1, "stop") == "1 stop"
    assert format_count(1200, "stop") == "1,200 stops"
    assert format_count(2, "city", "cities") == "2 cities"


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_812_345, "9.8 MB"), (98_000_000, "98 MB"),
     (4.5e9, "4.5 GB"), (2e12, "2.0 TB"), (5e15, "5000 TB")],
)  # fmt: skip
def test_sizes(size: int, words: str) -> None:
    assert format_bytes(size) == words
