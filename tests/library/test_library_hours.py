"""Opening hours at a local time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library import hours
from planner.library.holdings import Holding, with_marks

if TYPE_CHECKING:
    from pathlib import Path

HELSINKI = Position(60.17, 24.95)
MONDAY = dt.datetime(2026, 11, 23)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def test_windows_are_clipped_to_the_range() -> None:
    start = MONDAY + 10 * HOUR
    assert hours.opening_windows("Mo-Fr 08:00-12:00,13:00-17:00", start, MONDAY + 14 * HOUR) == (
        (start, MONDAY + 12 * HOUR),
        (MONDAY + 13 * HOUR, MONDAY + 14 * HOUR),
    )


def test_closed_all_day_is_known_and_empty() -> None:
    assert hours.opening_windows("Tu-Su 10:00-17:00", MONDAY, MONDAY + DAY) == ()


@pytest.mark.parametrize(
    "raw", [None, "", "Seasonal, only summer time", "+423 232 48 18", '"by appointment"', "unknown"]
)
def test_what_nobody_can_say_is_unknown(raw: str | None) -> None:
    assert hours.opening_windows(raw, MONDAY, MONDAY + DAY) is None
    assert hours.state_during(raw, MONDAY, MONDAY + HOUR) == "unknown"


@pytest.mark.parametrize(
    ("raw", "start", "end", "state"),
    [
        ("Mo-Fr 10:00-18:00", 10, 18, "yes"),
        ("Mo-Fr 10:00-18:00", 17, 19, "no"),
        ("Mo-Fr 10:00-18:00", 18, 18, "no"),
        ("Mo-Fr 10:00-18:00", 10, 10, "yes"),
        ("24/7", 0, 30, "yes"),
        ('Mo-Fr 10:00-18:00; Mo 15:00-18:00 "on request"', 15, 16, "unknown"),
        ('Mo-Fr 10:00-18:00 open "ring twice"', 11, 12, "yes"),
        ("Mo-Fr 10:00-18:00 || unknown", 19, 20, "unknown"),
        ("Mo-Fr 10:00-18:00 || unknown", 11, 12, "yes"),
        ("Mo-Fr 10:00-18:00; SH off", 11, 12, "unknown"),
        ("Mo-Fr 10:00-18:00; SH off", 19, 20, "no"),
        ("Mo-Fr 09:00-18:00; SH 10:00-12:00", 10, 11, "yes"),
        ("Su 22:00-03:00", 1, 2, "yes"),
    ],
)
def test_a_stay_is_judged_as_a_whole(raw: str, start: int, end: int, state: str) -> None:
    assert hours.state_during(raw, MONDAY + start * HOUR, MONDAY + end * HOUR, HELSINKI) == state


def test_doubt_and_closedness_stay_apart() -> None:
    table = hours.timetable(
        "Mo 10:00-12:00; Mo 14:00-15:00 unknown, 10:00-12:00", MONDAY, MONDAY + DAY
    )
    assert table is not None
    assert table.open == ((MONDAY + 10 * HOUR, MONDAY + 12 * HOUR),)
    assert table.unknown == ((MONDAY + 14 * HOUR, MONDAY + 15 * HOUR),)


def test_public_holidays_are_those_of_the_country() -> None:
    christmas = dt.datetime(2026, 12, 25, 12)
    raw = "Mo-Su 10:00-18:00; PH off"
    assert hours.state_during(raw, christmas, christmas + HOUR, HELSINKI) == "no"
    assert hours.closed_reason(raw, christmas, HELSINKI) == "closed on 25 December"
    independence = dt.datetime(2027, 12, 6, 12)
    assert hours.state_during(raw, independence, independence + HOUR, HELSINKI) == "no"
    assert (
        hours.state_during(raw, independence, independence + HOUR, Position(48.86, 2.35)) == "yes"
    )


def test_the_sun_of_the_place_counts() -> None:
    noon, dusk = MONDAY + 12 * HOUR, MONDAY + 17 * HOUR
    assert hours.state_during("sunrise-sunset", noon, noon + HOUR, HELSINKI) == "yes"
    assert hours.state_during("sunrise-sunset", dusk, dusk + HOUR, HELSINKI) == "no"


@pytest.mark.parametrize(
    ("raw", "hour", "words"),
    [
        ("Tu, Fr 10:00-18:00; We-Th 10:00-20:00; Sa-Su 10:00-17:00", 10, "closed on Mondays"),
        ("Mo-Fr 11:00-18:00", 10, "closed until 11:00"),
        ("Mo-Fr 10:00-17:00", 12, "closes at 17:00"),
        ("Mo-Fr 10:00-17:00", 18, "closes at 17:00"),
        ("Fr-Su 22:00-04:00", 3, "closes at 04:00"),
        ("Fr-Su 22:00-04:00", 12, "closed on Mondays"),
        ("Jun-Aug 10:00-20:00", 12, "closed at this time of year"),
        ("off", 12, "closed"),
        ("24/7", 12, "open"),
        ("who knows", 12, "opening hours unknown"),
        ("", 12, "opening hours unknown"),
    ],
)
def test_closedness_in_words(raw: str, hour: int, words: str) -> None:
    assert hours.closed_reason(raw, MONDAY + hour * HOUR, HELSINKI) == words


def test_next_opening() -> None:
    assert hours.next_opening("We 10:00-12:00", MONDAY) == dt.datetime(2026, 11, 25, 10)
    assert hours.next_opening("off", MONDAY) is None


@pytest.mark.parametrize(
    ("raw", "hour", "open_", "until", "note"),
    [
        ("Mo-Fr 10:00-18:00", 12, "yes", "2026-11-23T18:00", "closes at 18:00"),
        ("Mo-Fr 10:00-18:00", 8, "no", "2026-11-23T10:00", "opens at 10:00"),
        ("Mo-Fr 10:00-18:00", 18, "no", "2026-11-24T10:00", "opens tomorrow 10:00"),
        ("Th 09:00-12:00", 12, "no", "2026-11-26T09:00", "opens on Thursday 09:00"),
        ("Jun-Aug 10:00-20:00", 12, "no", "2027-06-01T10:00", "opens on 1 June 2027 10:00"),
        ("Mo-Su 08:00-24:00", 12, "yes", "2026-11-24T00:00", "closes at midnight"),
        ("Mo 20:00-02:00", 22, "yes", "2026-11-24T02:00", "closes at 02:00"),
        ("Mo-Fr 10:00+", 12, "yes", "2026-11-24T00:00", "open; no closing time is given"),
        ("Mo 11:00-20:00+", 12, "yes", "2026-11-23T20:00", "closes at 20:00 or later"),
        ("sunrise-sunset", 12, "yes", "2026-11-23T15:35", "closes at 15:35"),
        ("24/7", 12, "yes", None, "always open"),
        ("off", 12, "no", None, "closed"),
        ("Mo-Sa 09:30–19:30", 12, "yes", "2026-11-23T19:30", "closes at 19:30"),
        ('"by appointment"', 12, "unknown", None, "opening hours uncertain (by appointment)"),
        ('Mo 15:00-18:00 "ring"', 12, "no", "2026-11-23T15:00", "closed; may open at 15:00 (ring)"),
        ('Mo 15:00-18:00 "ring"', 16, "unknown", "2026-11-23T18:00",
         "opening hours uncertain until 18:00 (ring)"),
        ("who knows", 12, "unknown", None, "opening hours unknown"),
        (None, 12, "unknown", None, "opening hours unknown"),
    ],
)  # fmt: skip
def test_the_state_at_a_moment_and_what_comes_next(
    raw: str | None, hour: int, open_: str, until: str | None, note: str
) -> None:
    found = hours.state_at(raw, MONDAY + hour * HOUR, HELSINKI)
    assert found.open == open_
    assert found.until == (None if until is None else dt.datetime.fromisoformat(until))
    assert found.note == note


def test_the_next_opening_leaps_over_a_holiday_of_the_country() -> None:
    # 7 December 2026 is a Monday; the day before is Finland's independence day, a Sunday.
    eve = dt.datetime(2026, 12, 24, 12)
    raw = "Mo-Fr 10:00-18:00; PH off"
    assert hours.state_at(raw, eve, HELSINKI).until == dt.datetime(2026, 12, 28, 10)
    assert hours.state_at(raw, eve, HELSINKI).open == "no"
    assert hours.state_at(raw, eve, Position(43.74, 7.42)).open == "yes"


def test_whether_a_countrys_holidays_are_known() -> None:
    for lat, lon in ((60.17, 24.94), (43.74, 7.42), (41.9, 12.5), (48.41, 15.6), (55.75, 37.62)):
        assert hours.knows_holidays(Position(lat, lon), 2026)
    assert not hours.knows_holidays(Position(13.75, 100.5), 2026)


def test_a_persons_own_correction_wins_over_the_map() -> None:
    mapped = Place("osm:node/1", "Bar", HELSINKI, "bar", opening_hours="Mo-Su 10:00-18:00",
                   osm="node/1")  # fmt: skip
    corrected = Holding("p1", "Bar", opening_hours="Tu-Su 12:00-20:00", hours_corrected=True,
                        osm="node/1", own=False)  # fmt: skip
    (place,) = with_marks([mapped], [corrected])
    noon = MONDAY + 13 * HOUR
    assert hours.state_at(mapped.opening_hours, noon, HELSINKI).open == "yes"
    assert hours.state_at(place.opening_hours, noon, HELSINKI).open == "no"
    # Hours that only came with an import do not.
    (kept,) = with_marks([mapped], [dataclasses.replace(corrected, hours_corrected=False)])
    assert kept.opening_hours == mapped.opening_hours


@pytest.mark.parametrize(
    ("raw", "same"),
    [
        ("Mo-Sa 09:30–19:30", "Mo-Sa 09:30-19:30"),
        ("Mo-Fr 09:00-1300 & 14:00-18:00", "Mo-Fr 09:00-13:00,14:00-18:00"),
        ("We-Fr 13:00-18:00 Sa 12:00-18:00", "We-Fr 13:00-18:00; Sa 12:00-18:00"),
        ("Mo-Th 11:00-23:00; Fr11:00-24:00", "Mo-Th 11:00-23:00; Fr 11:00-24:00"),
        ("Su-Th 15-00; Fr-Sa 15-02", "Su-Th 15:00-24:00; Fr-Sa 15:00-02:00"),
        ("Mon - Fri 9am - 5pm", "Mo-Fr 09:00-17:00"),
        ("Mo-Fr 16:00-, Sa 14:00-", "Mo-Fr 16:00+, Sa 14:00+"),
        ("Mo-Fr 9h30-18h", "Mo-Fr 09:30-18:00"),
        ("Open 24 hours", "24/7"),
    ],
)
def test_what_can_mean_one_thing_only_is_repaired(raw: str, same: str) -> None:
    week = MONDAY + 7 * DAY
    repaired = hours.opening_windows(raw, MONDAY, week)
    assert repaired
    assert repaired == hours.opening_windows(same, MONDAY, week)


@pytest.mark.parametrize(
    "raw",
    ["8-6:30", "Weekdays 7-3, Saturdays 7-6", "Open Daily from 11 to 7 (closed Tuesday)", "Mo-Fr 9-20;Sa 9-20 Su 9",
     "Mon - Fri 11am - 11pm, Sat 12am - 11pm", "Dec 10-12 off; Mo-Fr nine to five"],
)  # fmt: skip
def test_what_could_mean_two_things_is_left_alone(raw: str) -> None:
    assert not hours.is_readable(raw)


def test_real_values(data_folder: Path) -> None:
    lines = (data_folder / "hours" / "osm-values.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t", 2) for line in lines]
    assert all(hours.is_readable(raw) for _count, state, raw in rows if state == "ok")
    repaired = [raw for _count, state, raw in rows if state != "ok" and hours.is_readable(raw)]
    assert len(repaired) == 11
    # What is left could be meant in two ways, or tells of no hours at all.
    assert len([raw for _count, _state, raw in rows if not hours.is_readable(raw)]) == 9


SCRAPS = st.lists(
    st.sampled_from(["Mo", "-Fr", "SH", "PH", " ", "10:00", "-", "24/7", "off", "||", ";", ",", '"x"', "sunset", "+",
                     "unknown", "99", "week 1-53/2", "easter", "Jan 29-Feb 31", "open", "\x00", "9am", "2026"]),
    max_size=12,
).map("".join)  # fmt: skip


@given(
    st.one_of(SCRAPS, st.text(max_size=40)),
    st.datetimes(),
    st.timedeltas(dt.timedelta(days=-1), dt.timedelta(days=9)),
    st.one_of(st.none(), st.builds(Position, st.floats(), st.floats()), st.just(HELSINKI)),
)
def test_nothing_ever_raises(
    raw: str, start: dt.datetime, length: dt.timedelta, at: Position | None
) -> None:
    try:
        end = start + length
    except OverflowError:
        end = start
    windows = hours.opening_windows(raw, start, end, at)
    state = hours.state_during(raw, start, end, at)
    assert state in {"yes", "no", "unknown"}
    assert hours.closed_reason(raw, start, at)
    found = hours.state_at(raw, start, at)
    assert found.note
    assert found.until is None or found.until > start
    assert found.open == hours.state_during(raw, start, start, at)
    for opens, closes in windows or ():
        assert start <= opens < closes <= end


def test_days_torn_apart_by_a_space_share_their_hours() -> None:
    day = dt.datetime(2026, 11, 28)
    for raw in ("Mo-Fr 07:00-19:00; Sa, Su 09:00-16:00", "Th, Fr, Sa 09:00-16:00"):
        windows = hours.opening_windows(raw, day, day + dt.timedelta(days=1))
        assert windows == ((day.replace(hour=9), day.replace(hour=16)),)
    raw = "Mo-Fr 08:00-18:00, Sa 10:00-14:00"
    windows = hours.opening_windows(raw, day, day + dt.timedelta(days=1))
    assert windows == ((day.replace(hour=10), day.replace(hour=14)),)
