"""Whose public holidays hold where, noted with a city."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from planner.domain import Position
from planner.library import countries, hours

if TYPE_CHECKING:
    from collections.abc import Iterator

HELSINKI, NICE, BANGKOK = Position(60.17, 24.94), Position(43.7, 7.26), Position(13.75, 100.5)
MONACO, BEAUSOLEIL = Position(43.738, 7.424), Position(43.7425, 7.4239)


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(countries, "_NOTED", {})
    hours._parse.cache_clear()
    yield
    hours._parse.cache_clear()


def test_a_city_notes_its_country() -> None:
    note = countries.note_of([HELSINKI, NICE, BANGKOK])
    assert countries.country_at(HELSINKI) is None
    countries.remember(note)
    assert countries.country_at(HELSINKI) == "FI"
    assert countries.country_at(NICE) == "FR"
    assert countries.country_at(BANGKOK) == countries.NOWHERE


def test_where_a_border_may_run_every_place_is_looked_up() -> None:
    assert json.loads(countries.note_of([MONACO, BEAUSOLEIL])) == {}
    devote = dt.datetime(2027, 1, 27, 12)
    assert hours.state_at("Mo-Su 10:00-18:00; PH off", devote, MONACO).open == "no"
    assert hours.state_at("Mo-Su 10:00-18:00; PH off", devote, NICE).open == "yes"


@pytest.mark.parametrize("position", [HELSINKI, NICE, BANGKOK])
@pytest.mark.parametrize("raw", ["Mo-Sa 10:00-18:00; PH off", "PH 12:00-14:00", "sunrise-sunset; PH off"])  # fmt: skip
def test_a_noted_country_gives_the_hours_that_borders_give(raw: str, position: Position) -> None:
    year = dt.datetime(2027, 1, 1), dt.datetime(2028, 1, 1)
    by_border = hours.timetable(raw, *year, position)
    countries.remember(countries.note_of([position]))
    assert hours.timetable(raw, *year, position) == by_border


@pytest.mark.parametrize(
    "note", [None, "", "{", "[]", "[[" * 900, '{"FI": 3}', '{"Finland": [[60.17, 24.94]]}', '{"FI": [["x", 1]]}']
)  # fmt: skip
def test_a_note_that_is_none_is_left_aside(note: str | None) -> None:
    countries.remember(note)
    assert countries.country_at(HELSINKI) is None
