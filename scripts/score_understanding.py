"""How many sub-requests each way of understanding gets right on a file of labelled requests.

    .venv/bin/python scripts/score_understanding.py [FILE.jsonl] [--model NAME]

FILE defaults to rd/dev.jsonl of the real data ($FLANEUR_DATA, else ../shared/data). The scorer is
the one that lies beside the file (score.py).
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from planner.config import find_home
from planner.language.decomposition import decompose, understand
from planner.language.engine import Engine
from planner.language.guard import guard
from planner.language.registry import resolve_model

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("FLANEUR_DATA", ROOT.parent / "shared" / "data"))
NOW = dt.datetime(2026, 11, 23, 9)
COLUMNS = ("sub_f1", "full_f1", "neg_f1", "start_acc", "end_acc", "hours_acc", "exact")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path, nargs="?", default=DATA / "rd" / "dev.jsonl")
    parser.add_argument("--model", help="a model's name (default: the one that plan uses)")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines()]
    model = resolve_model(options.model, find_home().models)
    engine = None if model is None else Engine(model)

    ways = {"rules": lambda text: understand(text, now=NOW).request}
    if engine is not None:
        ways[f"{engine.name} alone, guarded"] = lambda text: alone(engine, text)
        ways[f"{engine.name} and rules"] = lambda text: (
            understand(text, now=NOW, engine=engine).request
        )
    total = sum(len(row["subrequests"]) for row in rows)
    print(
        f"{len(rows)} requests, {total} sub-requests, scorer {options.file.parent / 'score.py'}\n"
    )
    print(
        f"{'':34}{'right':>8}" + "".join(f"{name:>11}" for name in COLUMNS) + f"{'s/request':>11}"
    )
    for name, way in ways.items():
        began = time.perf_counter()
        predictions = [predict(row, way(row["request"])) for row in rows]
        seconds = (time.perf_counter() - began) / len(rows)
        score = scored(options.file, predictions)
        right = round(score["sub_r"] * total)
        cells = "".join(f"{score[column]:>11.2f}" for column in COLUMNS)
        print(f"{name:34}{right:>8}{cells}{seconds:>11.3f}")


def alone(engine: Engine, text: str):  # noqa: ANN201
    from dataclasses import replace

    request = understand(text, now=NOW).request
    return replace(request, subrequests=guard(text, decompose(engine, text).subrequests))


def predict(row, request):  # noqa: ANN001, ANN201
    return {
        "id": row["id"],
        "subrequests": [
            {"pos": each.pos, "neg": each.neg, "mustsee": each.mustsee, "type": each.type}
            for each in request.subrequests
        ],
        "hours": request.hours,
        "start_time": request.start_time and request.start_time.strftime("%H:%M"),
        "stops": request.stops,
    }


def scored(gold: Path, predictions: list[dict]) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "predictions.jsonl"
        file.write_text("\n".join(json.dumps(each) for each in predictions), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, gold.parent / "score.py", gold, file],
            check=True,
            capture_output=True,
            text=True,
        )
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
