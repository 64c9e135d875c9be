"""The benchmark of the streets runs on any extract and says everything in its last line."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.streets.building import build_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

SCRIPT = Path(__file__).parents[2] / "scripts" / "bench_streets.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_streets", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_last_line_holds_every_figure(extract: Callable[[str], Path]) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(extract("krems.osm.gz")), "--size", "12", "--seed", "3"],
        check=True,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    figures = json.loads(lines[-1])
    wanted = {
        "matrix_s",
        "networkx_s",
        "pandana_s",
        "osrm_s",
        "max_difference_m",
        "open_s",
        "import_s",
        "peak_mb",
    }
    assert wanted <= figures.keys()
    assert figures["max_difference_m"] < 0.1
    assert all(figures[name] > 0 for name in ("matrix_s", "networkx_s", "open_s", "import_s"))
    assert sum(line.startswith("|") for line in lines) > 8
    for name in ("pandana", "osrm"):
        assert (figures[f"{name}_s"] is None) == any(f"| {name} | absent" in line for line in lines)


def test_tiles_are_one_network(
    bench: ModuleType, osm_file: Callable[..., Path], tmp_path: Path
) -> None:
    points = [(0.0, 0.0), (300.0, 0.0), (300.0, 300.0), (0.0, 300.0)]
    footway = {"highway": "footway"}
    city = osm_file(points, [([1, 2, 3, 4, 1], footway), ([1, 3], footway)])
    one = build_network(city).network
    target = tmp_path / "three.osm.pbf"
    bench.write_tiles(city, target, 3)
    built = build_network(target)
    assert built.dropped_components == 0
    # The two paths between the tiles add to the length, and cut streets where they begin.
    between = built.network.edge_length[built.network.edge_length > 1000]
    assert len(between) == 2
    assert built.network.edge_length.sum() - between.sum() == pytest.approx(
        3 * one.edge_length.sum(), rel=1e-3
    )
    assert np.ptp(built.network.vertex_lon) > 2 * bench.TILE_GAP_DEGREES
