"""The application over a desk that answers at once, with a real walk on real streets."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from planner.cli.context import Session
from planner.config import Home
from planner.itinerary.document import (
    ConflictPart,
    NarrativePart,
    RelaxationPart,
    TotalsPart,
    decode,
)
from planner.itinerary.editing import Remove, edits_of
from planner.revision import Alternative
from tui.app import FlaneurApp
from tui.desk import Desk
from tui.widgets.ground import Ground, Projection, StreetLabel, _Lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.errors import FlaneurError
    from planner.itinerary.document import PlanDocument

DRAWN = Path(__file__).parents[1] / "drawing"
NOW = dt.datetime(2026, 11, 25, 9)
TELLING = "You set out from the cathedral.\nThe walk is over at two."


@pytest.fixture(scope="session")
def walk() -> PlanDocument:
    return decode((DRAWN / "helsinki_walk.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def impossible(walk: PlanDocument) -> PlanDocument:
    return msgspec.structs.replace(
        walk,
        status="infeasible",
        stops=(),
        legs=(),
        totals=TotalsPart(),
        left_out=(),
        narrative=NarrativePart(),
        conflicts=(ConflictPart(constraint="hours", text="Ateneum is closed on Mondays."),),
        relaxations=(
            RelaxationPart(
                change="go on Wednesday",
                effect="a walk of 4 stops",
                options=("--date", "2026-11-25"),
            ),
        ),
    )


@pytest.fixture(scope="session")
def ground() -> Ground:
    """The streets around the walk, and a square of water with a park in it."""
    runs = json.loads((DRAWN / "helsinki_streets.json").read_text(encoding="utf-8"))
    projection = Projection(24.945, 60.170)
    lines = [projection.metres(np.array(run)[:, 0], np.array(run)[:, 1]) for run in runs]
    pieces = np.vstack([np.hstack((line[:-1], line[1:])) for line in lines if len(line) > 1])
    corners = np.array([[-200.0, -200], [200, -200], [200, 200], [-200, 200], [-200, -200]])
    rim = np.hstack((corners[:-1], corners[1:]))
    return Ground(
        projection,
        _Lines.of(pieces, np.full(len(pieces), 1000.0)),
        _Lines.of(rim, np.full(len(rim), 1e8)),
        ((3, (-200.0, -200.0, 200.0, 200.0), rim), (1, (-100.0, -100.0, 100.0, 100.0), rim / 2)),
        (StreetLabel("Aleksanterinkatu", 0.0, 0.0, 900.0),),
        (-2000.0, -2000.0, 2000.0, 2000.0),
    )


class QuickDesk(Desk):
    """Answers at once; planning itself is tested elsewhere."""

    def __init__(self, walk: PlanDocument, ground: Ground, home: Path) -> None:
        super().__init__(Session(Home(home, home / "cache"), NOW))
        self.walk = walk
        self.drawn = ground
        self.asked: list[tuple[str, Any]] = []
        self.edits: list[Any] = []
        self.kept: dict[str, str | None] = {}
        self.fails: FlaneurError | None = None

    async def plan(self, text: str, wishes: Any, city: str | None = None) -> PlanDocument:  # noqa: ARG002
        self.asked.append((text, wishes))
        if self.fails is not None:
            raise self.fails
        return msgspec.structs.replace(self.walk, request=text)

    async def revise(self, document: PlanDocument, edit: Any) -> PlanDocument:
        if self.fails is not None:
            raise self.fails
        self.edits.append(edit)
        stops = document.stops
        if isinstance(edit, Remove):
            stops = tuple(stop for stop in stops if stop.place_id != edit.place_id)
        return msgspec.structs.replace(document, stops=stops, edits=(*edits_of(document), edit))

    async def alternatives(self, document: PlanDocument, place_id: str) -> Any:  # noqa: ARG002
        return (Alternative("osm:node/1", "Café Engel", "cafe", 0.01, 120.0),)

    async def narrate(self, document: PlanDocument, on_text: Any, cancel: Any) -> PlanDocument:  # noqa: ARG002
        on_text(TELLING)
        return msgspec.structs.replace(
            document, narrative=NarrativePart(summary=TELLING, by="template")
        )

    async def ground(self, city: str) -> Ground:  # noqa: ARG002
        return self.drawn

    async def model_name(self) -> str:
        return "rules"

    async def current_city(self) -> str | None:
        return "helsinki"

    async def setting(self, key: str) -> str | None:
        return self.kept.get(key)

    async def set_setting(self, key: str, value: str | None) -> None:
        self.kept[key] = value

    async def save(self, document: PlanDocument) -> PlanDocument:
        return msgspec.structs.replace(document, plan_id="ptst")


class StockedDesk(QuickDesk):
    """Has the demo city and places of its own; only the planning is quick."""

    async def walk_name(self, city: str, holding: Any) -> str | None:  # noqa: ARG002
        return None if holding.position is None else str(holding.name)


MINE = (
    ("Akateeminen kirjakauppa", (60.1682, 24.9437), "bookshop", "marble hall"),
    ("Café Engel", (60.1690, 24.9518), "cafe", ""),
    ("Old hat shop", (60.1650, 24.9400), None, "closed down?"),
    ("Old [b]Bookshop", (60.1720, 24.9420), "bookshop", ""),
    ("Atlantis Tower", None, None, ""),
)


@pytest.fixture
def stocked(walk: PlanDocument, ground: Ground, tmp_path: Path, demo_home: Home) -> StockedDesk:
    """A desk whose home has the demo city and five places of its own."""
    import os

    from planner.domain import Position
    from planner.library.holdings import Holding
    from planner.library.store import Store

    home = Home(tmp_path / "home", demo_home.street_cache).ensure()
    for city in demo_home.cities.iterdir():
        os.link(city, home.cities / city.name)
    with Store.open(home.library) as store:
        for name, at, kind, notes in MINE:
            position = None if at is None else Position(*at)
            store.places.add(
                Holding("", name, position, kind, notes=notes, first_seen="2026-11-20T10:00:00")
            )
    desk = StockedDesk(walk, ground, home.root)
    desk.session = Session(home, NOW)
    return desk


@pytest.fixture
def stocked_app(stocked: StockedDesk, monkeypatch: pytest.MonkeyPatch) -> FlaneurApp:
    monkeypatch.delenv("NO_COLOR", raising=False)
    return FlaneurApp(stocked)


@pytest.fixture
def desk(walk: PlanDocument, ground: Ground, tmp_path: Path) -> QuickDesk:
    return QuickDesk(walk, ground, tmp_path)


@pytest.fixture
def app(desk: QuickDesk, monkeypatch: pytest.MonkeyPatch) -> FlaneurApp:
    monkeypatch.delenv("NO_COLOR", raising=False)
    return FlaneurApp(desk)


@pytest.fixture
def shown() -> Callable[[FlaneurApp], str]:
    """What a person sees, as lines of text."""

    def text(app: FlaneurApp) -> str:
        rows = app.screen._compositor.render_strips()
        return "\n".join("".join(part.text for part in row).rstrip() for row in rows)

    return text
