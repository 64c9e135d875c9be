"""Words for a way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.domain import Position
from planner.streets.attachment import attach
from planner.streets.building import build_network
from planner.streets.network import WayKind
from planner.streets.routing import route

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LAT, LON = 60.17, 24.94
PER_LAT = 1 / 111_195.08
PER_LON = PER_LAT / 0.49744


def place(east_m: float, north_m: float) -> Position:
    return Position(LAT + north_m * PER_LAT, LON + east_m * PER_LON)


@pytest.fixture
def steps_of(osm_file: Callable[..., Path]) -> Callable[..., tuple[str, ...]]:
    """Draw streets and describe the way from the first point to the last."""

    def describe(
        points: Sequence[tuple[float, float]],
        ways: Sequence[tuple[Sequence[int], Mapping[str, str]]],
    ) -> tuple[str, ...]:
        network = build_network(osm_file(points, ways)).network
        attachments = attach(network, [place(*points[0]), place(*points[-1])])
        return route(network, attachments, 0, 1).steps

    return describe


def street(name: str) -> dict[str, str]:
    return {"highway": "residential", "name": name}


def test_turns_are_named_by_the_street_they_lead_into(
    steps_of: Callable[..., tuple[str, ...]],
) -> None:
    points = [(0.0, 0.0), (0.0, 220.0), (150.0, 220.0), (150.0, 100.0), (150.0, -1000.0)]
    ways = [
        ([1, 2], street("Unioninkatu")),
        ([2, 3], street("Aleksanterinkatu")),
        ([3, 4], street("Mikonkatu")),
        ([4, 5], street("Kluuvikatu")),
    ]
    assert steps_of(points, ways) == (
        "head north on Unioninkatu, 220 m",
        "right into Aleksanterinkatu, 150 m",
        "right into Mikonkatu, 120 m",
        "straight on along Kluuvikatu, 1.1 km",
    )
    assert steps_of(points[::-1], [(refs, tags) for refs, tags in mirrored(ways)])[-2:] == (
        "left into Aleksanterinkatu, 150 m",
        "left into Unioninkatu, 220 m",
    )


def mirrored(
    ways: Sequence[tuple[Sequence[int], Mapping[str, str]]],
) -> list[tuple[list[int], Mapping[str, str]]]:
    return [([6 - ref for ref in refs], tags) for refs, tags in ways]


def test_a_bend_of_one_street_is_no_turn_but_a_corner_is(
    steps_of: Callable[..., tuple[str, ...]],
) -> None:
    bend = [(0.0, 0.0), (0.0, 100.0), (60.0, 190.0)]
    assert steps_of(bend, [([1, 2], street("Kaari")), ([2, 3], street("Kaari"))]) == (
        "head north on Kaari, 210 m",
    )
    # A junction, at which the unnamed path that goes on turns left.
    corner = [(0.0, 0.0), (0.0, 100.0), (200.0, 100.0), (-100.0, 100.0)]
    path = {"highway": "path"}
    assert steps_of(corner, [([1, 2], path), ([2, 3], path), ([2, 4], path)]) == (
        "head north on a path, 100 m",
        "left onto a path, 100 m",
    )


def test_steps_are_said_and_short_crossings_are_not(
    steps_of: Callable[..., tuple[str, ...]],
) -> None:
    points = [(0.0, 0.0), (100.0, 0.0), (109.0, 0.0), (200.0, 0.0), (200.0, 12.0), (200.0, 90.0)]
    ways = [
        ([1, 2], street("Itäkatu")),
        ([2, 3], {"highway": "footway", "footway": "crossing"}),
        ([3, 4], street("Itäkatu")),
        ([4, 5], {"highway": "steps"}),
        ([5, 6], street("Ylätie")),
    ]
    assert steps_of(points, ways) == (
        "head east on Itäkatu, 200 m",
        "left onto the steps, 10 m",
        "straight on along Ylätie, 80 m",
    )


def test_every_kind_of_street_has_a_word() -> None:
    from planner.streets.directions import _WORDS

    assert set(_WORDS) == set(WayKind)
