#!/usr/bin/env python3
"""Grow the forest for GSISR from labelled rows, and measure it beside other methods.

scripts/train_gsisr.py --data FILE.csv                 grows models/intents-gsisr.npz
scripts/train_gsisr.py --data FILE.csv --table         five folds of every method, no file written
scripts/train_gsisr.py --data FILE.csv --picd FOLDER   five folds of a small model, with latent
                                                       reasons and with the sequence alone

With `--picd` the networks of the folds are left in FOLDER; a run that was stopped teaches only
those that are missing. It needs the extra "train"; the same seed teaches the same networks.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from planner.evaluation.gsisr import METHODS, MODEL_FILE, compare
from planner.evaluation.picd import Pupils, Recipe
from planner.files import publish
from planner.intents.gsisr.forest import grow
from planner.intents.gsisr.rows import read_rows

if TYPE_CHECKING:
    from planner.evaluation.gsisr import FoldRow, Method
    from planner.guidance.schooling import Mode

MODES: dict[Mode, str] = {"sequence": "sequence only", "latent": "latent reasons (PICD)"}
MODELS = Path(__file__).parent.parent / "models"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="Labelled rows.")
    parser.add_argument("--out", type=Path, default=MODELS / MODEL_FILE, help="The forest.")
    parser.add_argument("--table", action="store_true", help="Measure on five folds instead.")
    parser.add_argument("--picd", type=Path, metavar="FOLDER", help="Measure small models instead.")
    parser.add_argument("--seed", type=int, default=0, help="Of folds and forests.")
    given = parser.parse_args()
    rows = read_rows(given.data)
    began = time.perf_counter()
    if given.table or given.picd:
        methods = dict(METHODS) if given.table else {}
        if given.picd:
            methods |= small_models(given.picd, given.seed)
        print("| method | Acc@1 | NDCG@3 | NES |\n| --- | --- | --- | --- |")
        compare(rows, seed=given.seed, tell=show, methods=methods)
    else:
        forest = grow(rows, seed=given.seed)
        publish(given.out, forest.save)
        print(f"{given.out}: {given.out.stat().st_size:,} bytes from {len(rows)} rows")
    print(f"{time.perf_counter() - began:.0f} s")


def small_models(folder: Path, seed: int) -> dict[str, Method]:
    methods: dict[str, Method] = {}
    for mode, name in MODES.items():
        pupils = Pupils(mode, folder, Recipe(seed=seed), tell=log)
        methods[f"small model, {name}"] = pupils.likeliest
        methods[f"small model, {name}, best expected"] = pupils.expected
    return methods


def log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def show(row: FoldRow) -> None:
    means = (row.acc_1, row.ndcg_3, row.nes)
    cells = (f"{mean:.3f} ± {spread:.3f}" for mean, spread in zip(means, row.spread, strict=True))
    print(f"| {row.method} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
