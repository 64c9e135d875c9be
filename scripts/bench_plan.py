"""Seconds that a person waits: start-up, first import of the demo city, cold and warm plans.

    .venv/bin/python scripts/bench_plan.py [--runs N]

Cold commands are whole processes. Their peer in the same run is the least that such a process can
cost: a bare interpreter for ``--help``, the import of sentence-transformers for a plan. Warm plans
are measured inside one process, without a model, beside the time of their optimising stage.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REQUEST = (
    "Start at Helsinki Cathedral, see Ateneum and Amos Rex, a quiet park and one good coffee, "
    "no shopping, four hours"
)
NOW = "2026-11-25T09:00"


def process(arguments: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(arguments, check=True, capture_output=True, env=environment)
    return time.perf_counter() - began


def median(times: list[float]) -> float:
    return statistics.median(times)


def warm(home_folder: Path, runs: int) -> tuple[float, float]:
    """Return seconds of a warm plan without narrative, and of its optimising stage alone."""
    from planner import cities
    from planner.config import find_home
    from planner.domain import Wishes
    from planner.language.embeddings import Embedder
    from planner.library.catalogue import Catalogue
    from planner.pipeline import Planner

    city = cities.open_city(find_home(home_folder), cities.DEMO_NAME)
    planner = Planner(city, Embedder.default().encode, Catalogue.load())
    now = dt.datetime.fromisoformat(NOW)
    planner.plan(REQUEST, Wishes(), now=now)
    whole, optimising = [], []
    for _ in range(runs):
        began = time.perf_counter()
        document = planner.plan(REQUEST, Wishes(), now=now)
        whole.append(time.perf_counter() - began)
        optimising.append(document.cost.seconds.optimise)
    return median(whole), median(optimising)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    flaneur = [sys.executable, "-m", "planner"]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "FLANEUR_HOME": folder}
        environment.pop("FLANEUR_OSM_CACHE", None)
        plan = [*flaneur, "--now", NOW, "plan", REQUEST, "--model", "none", "--no-save"]
        first = process(plan, environment)
        cold = median([process(plan, environment) for _ in range(3)])
        import_alone = median(
            [process([sys.executable, "-c", "import sentence_transformers"], environment)] * 1
        )
        help_time = median([process([*flaneur, "--help"], environment) for _ in range(runs)])
        bare = median([process([sys.executable, "-c", "pass"], environment) for _ in range(runs)])
        whole, optimising = warm(Path(folder), runs)
    rows = [
        ("flaneur --help", help_time, 0.3, "a bare interpreter", bare),
        ("plan --model none, cold", cold, 12.0, "import sentence_transformers", import_alone),
        ("plan, warm, no model", whole, 1.0, "its optimising stage", optimising),
        ("first import and plan", first, 42.0, "the same plan, imported", cold),
        ("import of the demo city", first - cold, 30.0, "the plan alone", cold),
    ]
    print(
        f"{'':28}{'seconds':>9}{'limit':>8}   {'peer in the same run':32}{'seconds':>9}{'ratio':>8}"
    )
    for name, seconds, limit, peer, peer_seconds in rows:
        ratio = seconds / peer_seconds
        print(f"{name:28}{seconds:>9.3f}{limit:>8.1f}   {peer:32}{peer_seconds:>9.3f}{ratio:>8.2f}")


if __name__ == "__main__":
    main()
