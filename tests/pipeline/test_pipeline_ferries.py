"""A walk over two shores that only a ferry joins."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import pytest

from planner import cities
from planner.config import Home
from planner.domain import Wishes
from planner.itinerary.document import encode
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner
from planner.streets.ferries import BOARDING_S

if TYPE_CHECKING:
    from pathlib import Path

    from planner.language.embeddings import Embedder
    from planner.pipeline import City

LAT, LON = 60.17, 24.94
NOW = dt.datetime(2026, 11, 23, 9, 0)
NODES = {1: (0, 0), 2: (100, 0), 3: (900, 0), 4: (1000, 0), 5: (20, 10), 6: (990, 10)}
WAYS = [
    ((1, 2), {"highway": "footway", "name": "Itäranta"}),
    ((2, 3), {"route": "ferry", "name": "Lautta", "duration": "00:15"}),
    ((3, 4), {"highway": "footway", "name": "Länsiranta"}),
]
SIGHTS = {5: "Rannan museo", 6: "Saaren museo"}


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Planner:
    folder = tmp_path_factory.mktemp("ferry")
    return Planner(_city(folder, embedder), embedder.encode, Catalogue.load())


def _city(folder: Path, embedder: Embedder) -> City:
    lines = ['<?xml version="1.0"?>', '<osm version="0.6">']
    for number, (east, north) in NODES.items():
        lat, lon = LAT + north / 111_195, LON + east / 55_315
        tags = {"tourism": "museum", "name": SIGHTS[number]} if number in SIGHTS else {}
        lines.append(f'<node id="{number}" lat="{lat:.7f}" lon="{lon:.7f}">{_tags(tags)}</node>')
    for number, (refs, tags) in enumerate(WAYS, start=1):
        nodes = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{number}">{nodes}{_tags(tags)}</way>')
    extract = folder / "shores.osm"
    extract.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    home = Home(folder / "home", folder / "cache").ensure()
    cities.build("shores", extract, home, embedder)
    return cities.open_city(home, "shores")


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items())


def test_a_walk_over_the_water_rides_in_the_ferry_s_own_time(planner: Planner) -> None:
    both = Wishes(must=tuple(SIGHTS.values()), hours=6, pace_kmh=3.6)
    plan = planner.plan("two museums", both, now=NOW)
    assert plan.status == "ok"
    assert plan.violations == ()
    (leg,) = [leg for leg in plan.legs if leg.afloat[0]]
    ride_m, ride_s = leg.afloat
    assert ride_m == pytest.approx(800, abs=2)
    assert ride_s == pytest.approx(900 + BOARDING_S, abs=1)
    assert leg.duration_s == pytest.approx(leg.distance_m - ride_m + ride_s, abs=1)
    assert any("by the ferry Lautta" in step for step in leg.steps)
    on_foot = sum(each.distance_m - each.afloat[0] for each in plan.legs)
    assert plan.totals.walk_m == pytest.approx(on_foot, abs=0.2)
    assert '"ride_m"' in encode(plan)
    told = planner.narrate(plan).narrative.summary or ""
    assert "on foot and by ferry" in told


def test_a_walk_on_one_shore_says_nothing_of_ferries(planner: Planner) -> None:
    plan = planner.plan("one museum", Wishes(must=("Rannan museo",), stops=1), now=NOW)
    assert plan.status == "ok"
    assert '"ride_m"' not in encode(plan)
