"""The benchmark of finding places runs and says everything in its last line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from planner import cities
from planner.config import Home

SCRIPT = Path(__file__).parents[2] / "scripts" / "bench_retrieval.py"


def test_the_last_line_holds_every_figure(demo_home: Home, tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "cache").ensure()
    shutil.copy(cities.path_of(demo_home, cities.DEMO_NAME), home.cities)
    done = subprocess.run(
        [sys.executable, SCRIPT, "--home", tmp_path, "--places", "9000", "--runs", "3"],
        check=True,
        capture_output=True,
        text=True,
    )
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["embedding"]["one_ms"] > 0
    assert figures["opening"].keys() == {cities.DEMO_NAME, "made-up"}
    assert figures["opening"]["made-up"]["places"] == 9000
    assert len(figures["retrieval"]) == 4
    assert all(each["p50_ms"] <= each["p95_ms"] for each in figures["retrieval"].values())
    assert figures["retrieval"]["made-up, open wishes"]["least_candidates"] >= 200
