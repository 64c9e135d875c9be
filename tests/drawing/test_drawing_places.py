"""Tables of a person's places: what they are is readable, whatever was noted of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.domain import Position
from planner.drawing.places import places_table
from planner.library.holdings import Holding

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

    Printer = Callable[[RenderableType, int], str]

LONG = "Click on the blue link! " * 100


@pytest.mark.parametrize("width", [40, 60, 80, 92, 100, 140])
def test_endless_notes_take_no_room_from_names_and_ids(printed: Printer, width: int) -> None:
    held = [
        Holding(id="m4q6", name="Café Engel", notes=LONG, position=Position(60.16891, 24.95174)),
        Holding(id="osm:node/2133722044", name="N" * 300, position=Position(-37.42229, -122.0822)),
    ]
    table = places_table(held, lambda _category: "sushi and Japanese restaurant", width=width)
    lines = printed(table, width).splitlines()
    first = next(line for line in lines if line.startswith("m4q6"))
    assert "Café Engel" in first
    assert any(line.startswith("osm:node/2133722044 ") for line in lines)
    assert sum(line.count("N") for line in lines) >= 300
    assert ("60.16891,24.95174" in first) == (width >= 80)
    assert ("Click" in first) == (width >= 140)
    assert max(len(line) for line in lines) <= width
