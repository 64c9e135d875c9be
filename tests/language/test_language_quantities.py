"""Numbers, times and dates in the many ways people say them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.language.quantities import fold, read_quantities, weather_of

if TYPE_CHECKING:
    from planner.language.quantities import Quantities

# A Monday.
NOW = dt.datetime(2026, 11, 23, 9, 0)


def read(text: str) -> Quantities:
    return read_quantities(text, now=NOW)


def wishes(text: str) -> list[str]:
    return [text[q.wish_start : q.wish_end] for q in read(text).found if q.asks]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("three hours", 3),
        ("90 min", 1.5),
        ("2-3 hrs", 3),
        ("two to three hours", 3),
        ("an hour or two", 2),
        ("one and half hour", 1.5),
        ("an hour and three quarters", 1.75),
        ("two hours and twenty minutes", 2.33),
        ("one-and-a-half hours", 1.5),
        ("three-ish hours", 3),
        ("noon - 3.30", 3.5),
        ("seven ish to ten ish tonight", 3),
        ("twenty past nine to eleven", 1.67),
        ("arrive 0915, depart 1300", 3.75),
        ("start 10, finish 13", 3),
        ("gets in at 11.05 and leaves again at 16.20", 5.25),
        ("from 15h to 18h", 3),
        ("two and a half hours", 2.5),
        ("an hour and a half", 1.5),
        ("2h30", 2.5),
        ("2 h 15 min", 2.25),
        ("2½ hours", 2.5),
        ("1,5 h", 1.5),
        ("half an hour", 0.5),
        ("three quarters of an hour", 0.75),
        ("twenty minutes", 0.33),
        ("half a day", 4),
        ("a whole day", 8),
        ("Helsinki in a day", 8),
        ("a couple of hours", 2),
        ("cpl hrs", 2),
        ("no more than four hours", 4),
        ("from 11 until 3", 4),
        ("between 11:00 and 15:30", 4.5),
        ("Half eight till noon", 3.5),
        ("10am-2pm", 4),
        ("six till nine this evening", 3),
        ("starting at 2, done by five", 3),
        ("afternoon", 4),
        ("tomorrow morning", 3.5),
    ],
)
def test_lengths(text: str, hours: float) -> None:
    assert read(text).hours == hours


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("at 17:30", "17:30"),
        ("start 13:00", "13:00"),
        ("from noon", "12:00"),
        ("from quarter past two until five", "14:15"),
        ("start at half ten", "10:30"),
        ("half nine start", "09:30"),
        ("leaving around quarter to six", "17:45"),
        ("from 9 to 12", "09:00"),
        ("from 3 o'clock on", "15:00"),
        ("between 1 and 3 pm", "13:00"),
        ("starting at 7 in the morning", "07:00"),
        ("tonight at 9", "21:00"),
        ("a walk in the evening", "18:00"),
        ("three hours in the afternoon", "13:00"),
    ],
)
def test_start_times(text: str, time: str) -> None:
    start = read(text).start_time
    assert start is not None
    assert start.strftime("%H:%M") == time


@pytest.mark.parametrize(
    "text",
    [
        "done by five",
        "dinner at 8",
        "my bus goes at 15:20",
        "good morning!",
        "a nightcap",
        "twenty minutes from the station",
        "ten museums",
        "from Kiasma to Oodi",
        "Cafe Bar No9",
    ],
)
def test_what_is_no_start_and_no_length(text: str) -> None:
    found = read(text)
    assert (found.hours, found.start_time) == (None, None)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("on 2027-06-12", "2027-06-12"),
        ("12 June", "2027-06-12"),
        ("on the 5th of December", "2026-12-05"),
        ("December 5", "2026-12-05"),
        ("24.12.2026", "2026-12-24"),
        ("on Monday", "2026-11-23"),
        ("Saturday", "2026-11-28"),
        ("this sun", "2026-11-29"),
        ("today", "2026-11-23"),
        ("tomorrow", "2026-11-24"),
        ("the day after tomorrow", "2026-11-25"),
    ],
)
def test_dates(text: str, date: str) -> None:
    assert read(text).date == dt.date.fromisoformat(date)


@pytest.mark.parametrize("text", ["next month", "till Sunday", "30 February", "a walk in the sun"])
def test_no_date(text: str) -> None:
    assert read(text).date is None


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("four stops", 4),
        ("no more than five stops", 5),
        ("3 stops max", 3),
        ("6 places", 6),
        ("half a dozen stops", 6),
        ("Two museums", None),
        ("places to eat", None),
    ],
)
def test_stops(text: str, stops: int | None) -> None:
    assert read(text).stops == stops


@pytest.mark.parametrize(
    ("text", "copied"),
    [
        ("about four hours", ["four hours"]),
        ("no more than five stops", ["five stops"]),
        ("max 3 km, please", ["max 3 km"]),
        ("budget 60 euros", ["budget 60 euros"]),
        ("from 10 to 14 on Saturday", []),
        ("done by five", ["done by five"]),
        ("from 2, done by five", []),
        ("three hours in the morning", ["three hours"]),
        ("Half a day", ["Half a day"]),
    ],
)
def test_the_words_a_wish_copies(text: str, copied: list[str]) -> None:
    assert wishes(text) == copied


def test_the_verb_of_a_start_time_stays_for_the_place() -> None:
    text = "start at 10 at Kiasma"
    (found,) = read(text).found
    assert text[found.start : found.end] == " at 10"


@pytest.mark.parametrize(
    ("text", "weather"),
    [
        ("it will rain, so indoors", "rain"),
        ("rainy day", "rain"),
        ("it is freezing", "cold"),
        ("in this heat", "hot"),
        ("we don't mind the rain", None),
        ("hot chocolate and a cold brew", None),
        ("training", None),
    ],
)
def test_weather(text: str, weather: str | None) -> None:
    assert weather_of(text) == weather


@given(st.text(max_size=200))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(
    st.lists(
        st.sampled_from(
            [
                "half",
                "a",
                "to",
                "12",
                "3",
                "quarter",
                "past",
                "hour",
                "hours",
                "until",
                "from",
                "and",
                "-",
                ":",
                ".",
                "of",
                "day",
                "June",
                "5th",
                "am",
                "pm",
                "stops",
            ]
        ),
        max_size=25,
    ).map(" ".join)
)
def test_any_mix_of_time_words_is_read_in_bounds(text: str) -> None:
    found = read(text)
    assert found.hours is None or 0 < found.hours <= 24
    assert all(0 <= q.start <= q.end <= len(text) for q in found.found)
    assert all(a.end <= b.start for a, b in zip(found.found, found.found[1:], strict=False))


@pytest.mark.parametrize(
    ("text", "hours", "start"),
    [
        ("pubs friday 6pm til midnight", 6.0, dt.time(18)),
        ("pubs from 18 until 24", 6.0, dt.time(18)),
        ("bars from 9pm to 1am", 4.0, dt.time(21)),
        ("8 to 10 pm", 2.0, dt.time(20)),
        ("20:00 to 23:30 beer", 3.5, dt.time(20)),
        ("from 10 to 14", 4.0, dt.time(10)),
        ("from midnight to 2am", 2.0, dt.time(0)),
    ],
)
def test_nights_out(text: str, hours: float, start: dt.time) -> None:
    read = read_quantities(text, now=dt.datetime(2026, 11, 25, 9))
    assert (read.hours, read.start_time) == (hours, start)
