"""A walk through Helsinki to draw, and how drawings are printed and compared.

``helsinki_walk.json`` is a plan whose paths run along real streets; ``helsinki_streets.json`` holds
runs of (lon, lat) of the named streets around it. Both © OpenStreetMap contributors, ODbL 1.0.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import pytest
from rich.console import Console

from planner.itinerary.document import (
    ConflictPart,
    LeftOutPart,
    NarrativePart,
    RelaxationPart,
    TotalsPart,
    decode,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

    from planner.itinerary.document import PlanDocument

HERE = Path(__file__).parent
UPDATE = "FLANEUR_UPDATE_SNAPSHOTS"

Printer: TypeAlias = "Callable[[RenderableType, int], str]"


@pytest.fixture(scope="session")
def walk() -> PlanDocument:
    """Five stops in central Helsinki, from the cathedral, without a fixed end."""
    return decode((HERE / "helsinki_walk.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def streets() -> list[list[tuple[float, float]]]:
    """The streets around the walk."""
    runs = json.loads((HERE / "helsinki_streets.json").read_text(encoding="utf-8"))
    return [[(lon, lat) for lon, lat in run] for run in runs]


@pytest.fixture(scope="session")
def impossible(walk: PlanDocument) -> PlanDocument:
    """The same wish on a day on which it cannot be met."""
    return msgspec.structs.replace(
        walk,
        status="infeasible",
        settings=msgspec.structs.replace(walk.settings, date="2026-11-23", start_time="09:00"),
        stops=(),
        legs=(),
        totals=TotalsPart(),
        left_out=(LeftOutPart(name="Ateneum", reason="closed on Mondays"),),
        narrative=NarrativePart(),
        conflicts=(
            ConflictPart(
                constraint="opening hours",
                place_id="ateneum",
                text="Ateneum is closed on Mondays, and you asked to see it.",
            ),
            ConflictPart(
                constraint="opening hours",
                place_id="amos-rex",
                text="Amos Rex opens at 11:00, but four hours are over before its visit would end.",
            ),
        ),
        relaxations=(
            RelaxationPart(
                change="go on Wednesday 25 November instead of Monday 23 November",
                effect="all of it fits, in 3 h 53 min",
                options=("--date", "2026-11-25", "--start-time", "10:00"),
            ),
            RelaxationPart(
                change="end at the hotel's door",
                effect="",
                options=("--end", "Hotel Kämp; rm -rf $HOME"),
            ),
        ),
    )


@pytest.fixture(scope="session")
def printed() -> Printer:
    """How a renderable comes out on a plain terminal of a width, without trailing blanks."""

    def show(renderable: RenderableType, width: int) -> str:
        out = io.StringIO()
        console = Console(
            file=out, width=width, height=200, color_system=None, legacy_windows=False, _environ={}
        )
        console.print(renderable)
        return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"

    return show


@pytest.fixture(scope="session")
def same_as_snapshot() -> Callable[[str, str], None]:
    """Compare text with a committed file; with the environment variable set, write it instead."""

    def compare(name: str, text: str) -> None:
        path = HERE / "snapshots" / f"{name}.txt"
        if os.environ.get(UPDATE):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no snapshot {name}: look at the output, then set {UPDATE}=1"
        assert text == path.read_text(encoding="utf-8"), f"if this is meant, set {UPDATE}=1"

    return compare
