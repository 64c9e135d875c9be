"""How well each way of understanding takes labelled requests apart, in one table.

    .venv/bin/python scripts/score_understanding.py [FILE.jsonl ...] [--model NAME] [--adapter FILE]

FILE defaults to rd/dev.jsonl of the real data ($FLANEUR_DATA, else ../shared/data) and to the
requests of tests/language. The ways: rules alone; the model as it comes, with examples in its
prompt; the model as it was taught; that and the rules, as `flaneur plan` does it. Numbers and times
are read by rules in each. --adapter takes another file than the one that is shipped.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.config import find_home
from planner.evaluation.rd import Part, Prediction, read_labelled, score
from planner.language import rules
from planner.language.decomposition import decompose, taught_to, understand
from planner.language.engine import Engine
from planner.language.guard import guard
from planner.language.merge import measured_by_rules
from planner.language.registry import resolve_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain import Request
    from planner.evaluation.rd import Labelled

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("FLANEUR_DATA", ROOT.parent / "shared" / "data"))
OWN = ROOT / "tests" / "language" / "requests.jsonl"
NOW = dt.datetime(2026, 11, 23, 9)
COLUMNS = ("sub_f1", "full_f1", "neg_f1", "start_acc", "end_acc", "hours_acc", "exact")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", type=Path, nargs="*", default=[DATA / "rd" / "dev.jsonl", OWN])
    parser.add_argument("--model", help="a model's name (default: the one that plan uses)")
    parser.add_argument("--adapter", type=Path, help="a LoRA file to lay over the model")
    parser.add_argument("--no-zero-shot", action="store_true", help="leave out the untaught model")
    options = parser.parse_args()
    model = resolve_model(options.model, find_home().models)
    ways: dict[str, Callable[[str], Request]] = {
        "rules": lambda text: understand(text, now=NOW).request
    }
    if model is not None:
        plain = Engine(replace(model, adapters=()))
        if not options.no_zero_shot:
            ways[f"{model.name}, examples in its prompt"] = lambda text: alone(plain, text)
        if options.adapter is not None:
            adapters = tuple(replace(each, path=options.adapter) for each in model.adapters)
            model = replace(model, adapters=adapters)
        taught = Engine(model)
        if taught_to(taught) is not None:
            ways[f"{model.name}, taught"] = lambda text: alone(taught, text)
            ways[f"{model.name}, taught, and rules"] = lambda text: (
                understand(text, now=NOW, engine=taught).request
            )
        else:
            ways[f"{model.name} and rules"] = lambda text: (
                understand(text, now=NOW, engine=plain).request
            )
    for file in options.files:
        rows = read_labelled(file)
        total = sum(len(row.subrequests) for row in rows)
        print(f"\n{file.name}: {len(rows)} requests, {total} sub-requests\n")
        print(f"{'':40}" + "".join(f"{name:>11}" for name in COLUMNS) + f"{'s/request':>11}")
        for name, way in ways.items():
            began = time.perf_counter()
            made = {row.id: predict(row, way(row.request)) for row in rows}
            seconds = (time.perf_counter() - began) / len(rows)
            figures = score(rows, made)
            cells = "".join(f"{figures[column] or 0.0:>11.2f}" for column in COLUMNS)
            print(f"{name:40}{cells}{seconds:>11.3f}", flush=True)


def alone(engine: Engine, text: str) -> Request:
    """What a model makes of a request, guarded; numbers and times by rules."""
    request = rules.decompose(text, now=NOW)
    found = guard(text, decompose(engine, text).subrequests)
    numbers = measured_by_rules(request)
    own = tuple(each for each in found if each not in numbers)
    return replace(request, subrequests=(*own, *numbers))


def predict(row: Labelled, request: Request) -> Prediction:
    return Prediction(
        row.id,
        tuple(Part(each.pos, each.neg, each.mustsee, each.type) for each in request.subrequests),
        request.hours,
        f"{request.start_time:%H:%M}" if request.start_time else None,
        request.stops,
    )


if __name__ == "__main__":
    main()
