"""Lists of plans, cities and checks."""

# ruff: noqa: A002 - arguments are fixtures and parameters by name

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from planner.drawing.tables import (
    CheckRow,
    CityRow,
    checks_table,
    cities_table,
    plans_table,
)
from planner.library.store import PlanRow

if TYPE_CHECKING:
    from collections.abc import Callable

PLANS = (
    PlanRow(
        id="k7f3q2",
        created="2026-11-20T10:00:00",
        city="Helsinki",
        date="2026-11-25",
        request="Start at Helsinki Cathedral, see Ateneum and Amos Rex, a quiet park, four hours",
        stops=5,
        walk_m=3020.6,
        elapsed_s=13966,
    ),
    PlanRow(
        id="m1x8zz",
        created="2026-11-21T10:00:00",
        city="東京 [red]\x1b[31m",
        date="2026-11-26",
        request="[bold]café[/]",
        stops=12,
        walk_m=12020,
        elapsed_s=3600,
    ),
)
CITIES = (
    CityRow("Helsinki", True, 1200, 2459, 6634, (24.93, 60.16, 24.95, 60.18), 9_812_345),
    CityRow("Porto", False, 12000, 64358, 170000, (-8.7, 41.1, -8.5, 41.2), 98_000_000),
)
CHECKS = (
    CheckRow("Processor", "ok", "2 cores, AVX2", ""),
    CheckRow("Language model", "warn", "None is installed.", "flaneur models add NAME FILE.gguf"),
    CheckRow("Database", "fail", "library.sqlite is damaged", "flaneur doctor --repair"),
    CheckRow("Sky", "blue", "\x1b[2Jclear", ""),
)


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("width", [80, 120])
def test_lists_look_as_they_did(
    printed: Callable[[Any, int], str],
    same_as_snapshot: Callable[[str, str], None],
    width: int,
    ascii: bool,
) -> None:
    tables = (
        plans_table(PLANS, ascii=ascii),
        cities_table(CITIES, ascii=ascii),
        checks_table(CHECKS, ascii=ascii),
    )
    text = "\n".join(printed(table, width) for table in tables)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert not ascii or text.isascii()
    same_as_snapshot(f"tables_{width}{'_ascii' if ascii else ''}", text)


def test_the_request_gives_way_before_anything_else(printed: Callable[[Any, int], str]) -> None:
    _, first, second = printed(plans_table(PLANS), 80).splitlines()
    assert first.split()[:3] == ["k7f3q2", "2026-11-25", "Helsinki"]
    assert "3.0 km  3 h 53 min  Start at" in first
    assert first.endswith("…")
    assert second.endswith("[bold]café[/]")
    assert "\x1b" not in second


def test_every_check_that_is_not_well_says_what_to_do(printed: Callable[[Any, int], str]) -> None:
    text = printed(checks_table(CHECKS), 80)
    assert "✗ fail  Database" in text
    assert "→ flaneur doctor --repair" in text
    assert text.count("→") == 2
    assert "? blue  Sky             [2Jclear" in text


def test_empty_lists_say_what_to_do_next(printed: Callable[[Any, int], str]) -> None:
    assert "flaneur plan" in printed(plans_table(()), 80)
    assert "flaneur demo" in printed(cities_table(()), 80)
