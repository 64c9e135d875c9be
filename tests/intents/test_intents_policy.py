from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from planner.domain import Position
from planner.intents.context import Context
from planner.intents.policy import reason, sequences, weight
from planner.intents.vocabulary import Vocabulary

TABLE = Vocabulary.load()
WEDNESDAY = dt.datetime(2026, 11, 25, 10)
PLAIN = Context(WEDNESDAY, left_min=240)
EATEN = {"breakfast", "lunch", "dinner", "bite"}


def at(hour: float, **changes: object) -> Context:
    now = WEDNESDAY.replace(hour=0) + dt.timedelta(hours=hour)
    return replace(PLAIN, now=now, **changes)  # type: ignore[arg-type]


def best(context: Context) -> tuple[str, ...]:
    return sequences(context)[0].keys


def test_the_context_says_every_factor() -> None:
    context = Context(
        WEDNESDAY,
        left_min=90,
        weather="rain",
        position=Position(60.16991, 24.93841),
        at="station",
        walked_m=3200,
        done=("coffee",),
        likes=frozenset({"museum", "bookshop"}),
        visited=frozenset({"park"}),
        never=frozenset({"bar"}),
        triggers=("rain starts", "hungry"),
        daylight=(WEDNESDAY.replace(hour=8, minute=43), WEDNESDAY.replace(hour=15, minute=31)),
    )
    assert context.text() == (
        "2026-11-25 wed workday 10:00 left=90 sky=rain pos=60.170,24.938 at=station walked=3200 "
        "done=coffee likes=bookshop,museum visited=park never=bar trigger=rain_starts,hungry "
        "sun=08:43/15:31"
    )


def test_two_contexts_that_differ_have_two_texts() -> None:
    texts = {
        PLAIN.text(),
        at(11).text(),
        replace(PLAIN, weather="hot").text(),
        replace(PLAIN, holiday=True).text(),
        replace(PLAIN, left_min=30).text(),
    }
    assert len(texts) == 5


@pytest.mark.parametrize("hour", [9, 11.5, 13, 15, 18.5, 20])
def test_meals_come_at_meal_times_and_once(hour: float) -> None:
    for sequence in sequences(at(hour)):
        times = [(step.intent.key, step.begins.hour) for step in sequence.steps]
        assert all(11 <= h < 15 for key, h in times if key == "lunch")
        assert all(17 <= h < 23 for key, h in times if key == "dinner")
        assert sum(key in EATEN - {"breakfast"} for key in sequence.keys) <= 1


@pytest.mark.parametrize("hour", range(6, 17))
def test_no_bar_in_the_morning_or_the_afternoon(hour: float) -> None:
    short = at(hour, left_min=60)
    assert all("bar" not in sequence.keys for sequence in sequences(short))


def test_the_bar_is_last() -> None:
    keys = best(at(18.5, left_min=300))
    assert keys[-1] == "bar"


def test_rain_keeps_one_under_a_roof() -> None:
    wet = at(13.5, weather="rain")
    assert {step.intent.setting for each in sequences(wet) for step in each.steps} <= {
        "indoor",
        "either",
    }
    assert any("park" in each.keys or "sight" in each.keys for each in sequences(at(13.5)))


def test_rain_that_starts_counts_as_rain() -> None:
    assert sequences(at(13.5, triggers=("rain starts",)))[0].keys == best(at(13.5, weather="rain"))


def test_nothing_under_the_open_sky_in_the_dark() -> None:
    sun = (WEDNESDAY.replace(hour=8), WEDNESDAY.replace(hour=15))
    dark = at(18, daylight=sun)
    assert all(step.intent.setting != "outdoor" for each in sequences(dark) for step in each.steps)
    assert any("park" in each.keys for each in sequences(at(18)))


def test_what_was_done_is_not_done_again() -> None:
    assert best(at(10))[0] == "coffee"
    assert best(at(10, done=("coffee",)))[0] != "coffee"


def test_breakfast_spoils_no_dinner_but_a_bite_does() -> None:
    evening = at(18, left_min=240)
    seven = evening.now.replace(hour=19)
    plain = weight(TABLE["dinner"], evening, seven)
    assert weight(TABLE["dinner"], evening, seven, ("breakfast",)) == plain > 0
    assert weight(TABLE["dinner"], evening, seven, ("bite",)) < 0.1 * plain


def test_a_liked_intent_comes_forward() -> None:
    def worth(context: Context) -> float:
        return max(each.value for each in sequences(context) if each.keys[0] == "bookshop")

    assert worth(at(14, likes=frozenset({"bookshop"}))) > worth(at(14))


def test_the_hungry_eat_first() -> None:
    assert best(at(12.2, triggers=("hungry",)))[0] == "lunch"


def test_twenty_minutes_hold_short_things_only() -> None:
    for sequence in sequences(at(15, left_min=20)):
        assert sum(step.intent.minutes[0] for step in sequence.steps) <= 20
    assert all("museum" not in each.keys for each in sequences(at(15, left_min=20)))


def test_a_ticket_ends_in_transit() -> None:
    soon = at(16, left_min=30, triggers=("ticket",))
    assert any("transit" in each.keys for each in sequences(soon))
    assert all("transit" not in each.keys for each in sequences(at(16, left_min=30)))


def test_only_what_is_available_is_proposed() -> None:
    found = sequences(PLAIN, available={"park", "coffee"})
    assert {key for each in found for key in each.keys} == {"park", "coffee"}


def test_in_the_small_hours_there_is_nothing() -> None:
    assert sequences(at(5)) == () or all(
        step.begins.hour >= 6 for each in sequences(at(5)) for step in each.steps
    )


def test_sequences_begin_differently_and_the_best_is_first() -> None:
    found = sequences(PLAIN)
    firsts = [each.keys[0] for each in found]
    assert len(set(firsts)) == len(firsts) > 3
    assert [each.value for each in found] == sorted((each.value for each in found), reverse=True)


def test_reasons_speak_of_the_weather_only_where_it_counts() -> None:
    wet = at(13.5, weather="rain")
    step = next(s for s in sequences(wet)[0].steps if s.intent.key == "museum")
    assert "it rains" in reason(step, wet)
    assert "rain" not in reason(step, at(13.5))


def test_with_little_time_what_is_next_door_fits_in() -> None:
    late = Context(dt.datetime(2026, 11, 25, 21), left_min=45)
    firsts = {each.keys[0] for each in sequences(late, ways={"dinner": 2})}
    assert "dinner" in firsts
    assert "dinner" not in {each.keys[0] for each in sequences(late)}
    assert "dinner" not in {each.keys[0] for each in sequences(late, ways={"dinner": 9})}
