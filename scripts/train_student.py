"""Teach a small model intents: lessons of the exact teacher, a Llama from scratch, a GGUF file.

    scripts/train_student.py OUT LESSONS.jsonl... --mode sequence|text|latent
    scripts/train_student.py OUT LESSONS.jsonl... --mode latent --begin A/checkpoint.npz
    scripts/train_student.py OUT LESSONS.jsonl... --mode latent --begin B/checkpoint.npz --prefer

OUT gets checkpoint.npz (a run that was stopped goes on from it), log.tsv and student.gguf.
`--begin` takes the weights of another run, as the curriculum does: reasons as text first, then
fading. `--prefer` learns from pairs instead: one factor changed, the older plan infeasible or
clearly worse. Needs the extra "train". The same seed sees the same lessons in the same order; how
many of them are seen depends on the machine, since the schedule follows the clock.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from planner.guidance.schooling import (
    STRUCTURE,
    Pupil,
    faded_by,
    lesson_of,
    preference_loss,
    preferences,
    rate_of,
    read_lessons,
    slices,
    write_student,
)
from planner.language.teaching.training import Progress, train

if TYPE_CHECKING:
    from collections.abc import Callable

PAIRS = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("lessons", type=Path, nargs="+")
    parser.add_argument("--mode", choices=["sequence", "text", "latent"], default="latent")
    parser.add_argument("--begin", type=Path, help="a checkpoint whose weights to begin with")
    parser.add_argument(
        "--polish", action="store_true", help="all blocks are latent from the start"
    )
    parser.add_argument("--prefer", action="store_true", help="learn from pairs")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--peak", type=float, default=2e-3, help="the learning rate at its highest")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=2000, help="a step, padding counted")
    given = parser.parse_args()
    given.first = STRUCTURE if given.polish else 0.0
    import torch

    given.out.mkdir(parents=True, exist_ok=True)
    network = Pupil(seed=given.seed, dtype=torch.bfloat16)
    if given.begin is not None:
        begin(network, given.begin)
    lines = read_lessons(given.lessons, "train")
    with (given.out / "log.tsv").open("a", encoding="utf-8", buffering=1) as log:
        report = reporter(log, given)
        (prefer if given.prefer else teach)(network, lines, given, report)
    write_student(network, given.out / "student.gguf", mode=given.mode, name="flaneur-intents")


def begin(network: Pupil, file: Path) -> None:
    """Take over the weights of a checkpoint."""
    with np.load(file) as arrays:
        network.load({name: arrays[name] for name in network.parameters})


def reporter(log, given: argparse.Namespace) -> Callable[[Progress], None]:  # noqa: ANN001
    if log.tell() == 0:
        log.write("step\tlessons\tseconds\tfaded\trate\tloss\n")

    def report(progress: Progress) -> None:
        if progress.step % 10 == 0:
            share = place(progress, given)
            rate = rate_of(given.mode, share, peak=given.peak)
            faded = faded_by(given.mode, share)
            log.write(
                f"{progress.step}\t{progress.samples}\t{progress.seconds:.0f}\t{faded}"
                f"\t{rate:.2e}\t{progress.loss:.4f}\n"
            )

    return report


def place(progress: Progress, given: argparse.Namespace) -> float:
    """Return where in the curriculum a run stands; polishing is the end of it."""
    return given.first + (1 - given.first) * progress.share


def teach(network: Pupil, lines: list, given: argparse.Namespace, report: Callable) -> None:
    lessons = [lesson_of(line) for line in lines]
    share = given.first

    def note(progress: Progress) -> None:
        nonlocal share
        share = place(progress, given)
        report(progress)

    ended = train(
        network,
        lambda number: slices(
            lessons,
            given.mode,
            faded_by(given.mode, share),
            number=number,
            seed=given.seed,
            tokens=given.tokens,
        ),
        seconds=given.minutes * 60,
        checkpoint=given.out / "checkpoint.npz",
        rate=lambda progress: rate_of(given.mode, place(progress, given), peak=given.peak),
        report=note,
        save_every=60.0,
        threads=given.threads,
    )
    print(
        f"{len(lessons)} lessons, {ended.step} steps, {ended.samples} seen, "
        f"{ended.seconds / 60:.1f} minutes, loss {ended.loss:.4f}"
    )


def prefer(network: Pupil, lines: list, given: argparse.Namespace, report: Callable) -> None:
    import torch

    torch.set_num_threads(given.threads)
    reference = Pupil(seed=given.seed, dtype=torch.bfloat16)
    reference.load(network.state())
    pairs = list(preferences(lines, given.mode))
    optimiser = torch.optim.AdamW(list(network.parameters.values()), betas=(0.9, 0.99))
    began, step, right = time.monotonic(), 0, 0.0
    while (share := (time.monotonic() - began) / (60 * given.minutes)) < 1:
        batch = Random(f"{given.seed} {step}").sample(pairs, PAIRS)  # noqa: S311 - nothing secret
        for group in optimiser.param_groups:
            group["lr"] = given.peak * (1 - share)
        loss, right = preference_loss(network, reference, batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(network.parameters.values()), 1.0)
        optimiser.step()
        step += 1
        seconds = time.monotonic() - began
        report(Progress(step, step * PAIRS, 0, seconds, share, float(loss.detach())))
    np.savez(given.out / "checkpoint.npz", **network.state())
    print(f"{len(pairs)} pairs, {step} steps, {right:.0%} of the last {PAIRS} the right way round")


if __name__ == "__main__":
    main()
