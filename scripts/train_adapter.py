"""Teach the embedded model to take requests apart: made-up requests, a LoRA, an adapter file.

    .venv/bin/python scripts/train_adapter.py OUT_FOLDER [--minutes 40] [--seed 6] [--threads 2]

OUT_FOLDER gets checkpoint.npz (a run that was stopped goes on from it), log.tsv and adapter.gguf.
Needs the extra "train". The same seed makes the same requests in the same order; how many of them
are seen depends on the machine, since the learning rate follows the clock.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from planner.language.registry import carried_file, known_models
from planner.language.teaching.dataset import Splitter, batches
from planner.language.teaching.export import write_adapter
from planner.language.teaching.generator import examples
from planner.language.teaching.lora import Taught, read_weights
from planner.language.teaching.training import train

if TYPE_CHECKING:
    from planner.language.teaching.training import Progress


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=1000, help="a step, padding counted")
    options = parser.parse_args()
    import torch

    base = next(model for model in known_models() if model.name == "smollm2")
    file = carried_file(base)
    if file is None:
        sys.exit(f"{base.title} is not installed. {base.fetch}")
    options.out.mkdir(parents=True, exist_ok=True)
    network = Taught(read_weights(file), seed=options.seed, dtype=torch.bfloat16)
    log = (options.out / "log.tsv").open("a", encoding="utf-8", buffering=1)
    if log.tell() == 0:
        log.write("step\tsamples\tseconds\tloss\n")

    def report(progress: Progress) -> None:
        row = (progress.step, progress.samples, f"{progress.seconds:.0f}", f"{progress.loss:.4f}")
        log.write("\t".join(map(str, row)) + "\n")

    with Splitter(file) as splitter:
        ended = train(
            network,
            lambda epoch: batches(
                (
                    splitter.decomposition(example.request, example.answer)
                    for example in examples(options.seed + epoch)
                ),
                tokens=options.tokens,
                seed=options.seed,
            ),
            seconds=options.minutes * 60,
            checkpoint=options.out / "checkpoint.npz",
            report=report,
            threads=options.threads,
        )
    print(f"{ended.step} steps, {ended.samples} requests, {ended.seconds / 60:.1f} minutes")
    write_adapter(network, options.out / "adapter.gguf", name="flaneur-decomposition")


if __name__ == "__main__":
    main()
