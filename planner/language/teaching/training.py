"""The training loop: any samples, any schedule; by the clock, resumable, stopped without harm.

The learning rate follows the wall clock, not the count of steps, because a laptop that is used
for other things beside does not keep a pace. Time in which it sleeps is not counted.
"""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import torch

    from planner.language.teaching.dataset import Sample
    from planner.language.teaching.lora import Taught

PEAK_RATE: Final = 8e-4
_WARM_UP: Final = 0.03
_FLOOR: Final = 0.02
_BETAS: Final = (0.9, 0.99)
_LONGEST_STEP: Final = 1.0
# In seconds; a step that took longer had a machine that slept, or a process that was held.
_LONGEST_WORK: Final = 90.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: steps and samples done, seconds worked, the share of them, the loss."""

    step: int = 0
    samples: int = 0
    epoch: int = 0
    seconds: float = 0.0
    share: float = 0.0
    loss: float = math.nan


def cosine_rate(progress: Progress, *, peak: float = PEAK_RATE) -> float:
    """Rise for the first 3 % of the time, then fall along a cosine to 2 % of the peak."""
    if progress.share < _WARM_UP:
        return peak * max(progress.share / _WARM_UP, 0.02)
    fallen = min((progress.share - _WARM_UP) / (1 - _WARM_UP), 1.0)
    return peak * (_FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * fallen)) / 2)


def answer_loss(network: Taught, batch: Sequence[Sample]) -> tuple[torch.Tensor, float]:
    """Return the weighted sum of the negative log-likelihoods of answers, in nats, and the weight.

    The output layer, half of a small model's work, is computed where an answer's token follows
    and nowhere else.
    """
    import torch
    from torch.nn import functional

    longest = max(sample.length for sample in batch)
    tokens = torch.zeros(len(batch), longest - 1, dtype=torch.long)
    rows: list[int] = []
    columns: list[int] = []
    followers: list[int] = []
    weights: list[float] = []
    for row, sample in enumerate(batch):
        whole = (*sample.prompt, *sample.answer)
        tokens[row, : len(whole) - 1] = torch.tensor(whole[:-1])
        rows += [row] * len(sample.answer)
        columns += range(len(sample.prompt) - 1, len(whole) - 1)
        followers += sample.answer
        weights += sample.weights or (1.0,) * len(sample.answer)
    scores = network.logits(network.hidden(tokens)[rows, columns])
    losses = functional.cross_entropy(scores, torch.tensor(followers), reduction="none")
    each = torch.tensor(weights)
    return (losses * each).sum(), float(each.sum())


def train(
    network: Taught,
    epoch: Callable[[int], Iterator[Sequence[Sample]]],
    *,
    seconds: float,
    checkpoint: Path,
    rate: Callable[[Progress], float] = cosine_rate,
    report: Callable[[Progress], None] = lambda _: None,
    epochs: int = 1_000_000,
    save_every: float = 180.0,
    threads: int = 2,
) -> Progress:
    """Teach until the time is up, the epochs are over, or somebody presses Ctrl-C.

    Parameters
    ----------
    network
        What learns; a checkpoint that is there already is taken up where it ended.
    epoch
        Makes the batches of an epoch, counted from 0: the place for a curriculum.
    seconds
        Time to work, over all runs of this checkpoint.
    checkpoint
        An ``.npz`` file, replaced whole every ``save_every`` seconds and at the end.
    rate
        The learning rate for where the run stands.
    report
        Told after every step.
    threads
        Cores to work on.

    Returns
    -------
    Progress
        Where the run ended.
    """
    import torch

    optimiser = torch.optim.AdamW(
        list(network.parameters.values()), lr=0.0, betas=_BETAS, weight_decay=0.0
    )
    progress = _resume(network, optimiser, checkpoint)
    done_in_epoch = progress.step if progress.epoch == 0 else 0
    workers = Workers(threads)
    last = saved = time.monotonic()
    try:
        for number in range(progress.epoch, epochs):
            skip, done_in_epoch = done_in_epoch, 0
            for index, batch in enumerate(epoch(number)):
                if index < skip:
                    continue
                now = time.monotonic()
                worked = progress.seconds + min(now - last, _LONGEST_WORK)
                last, share = now, worked / seconds
                progress = replace(progress, epoch=number, seconds=worked, share=share)
                if share >= 1:
                    return progress
                loss = _step(network, optimiser, workers, batch, rate(progress))
                progress = replace(
                    progress,
                    step=progress.step + 1,
                    samples=progress.samples + len(batch),
                    loss=loss,
                )
                report(progress)
                if time.monotonic() - saved > save_every:
                    _save(network, optimiser, progress, checkpoint)
                    saved = time.monotonic()
    except KeyboardInterrupt:
        return progress
    finally:
        workers.close()
        _save(network, optimiser, progress, checkpoint)
    return progress


class Workers:
    """Threads that each work through a part of a batch, one core each.

    Parts of one product on several threads wait for each other at its end, at the cost of most of
    the work on a machine that has other things to do; parts of a batch meet once a step.
    """

    def __init__(self, count: int) -> None:
        import torch

        self.count = count
        torch.set_num_threads(1)
        self._pool = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))

    def gradient(
        self, network: Taught, batch: Sequence[Sample]
    ) -> tuple[float, list[torch.Tensor]]:
        """Return a batch's loss and its gradient by the low-rank parts, in their order."""
        parts = [batch[index :: self.count] for index in range(self.count)]
        made = list(self._pool.map(partial(_part, network), [part for part in parts if part]))
        whole = sum(weight for _, weight, _ in made)
        gradients = [sum(each) / whole for each in zip(*(each for _, _, each in made), strict=True)]
        return sum(loss for loss, _, _ in made) / whole, gradients

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()


def _part(network: Taught, batch: Sequence[Sample]) -> tuple[float, float, list[torch.Tensor]]:
    """Return the summed loss of a part of a batch, its weight, and the gradient of the sum."""
    import torch

    loss, weight = answer_loss(network, batch)
    if not torch.isfinite(loss):
        raise ModelError("The training went astray: its loss is no number.", "Lower the rate.")
    gradient = torch.autograd.grad(loss, list(network.parameters.values()))
    return float(loss.detach()), weight, list(gradient)


def _step(
    network: Taught,
    optimiser: torch.optim.Optimizer,
    workers: Workers,
    batch: Sequence[Sample],
    rate: float,
) -> float:
    import torch

    for group in optimiser.param_groups:
        group["lr"] = rate
    loss, gradient = workers.gradient(network, batch)
    parameters = list(network.parameters.values())
    for parameter, part in zip(parameters, gradient, strict=True):
        parameter.grad = part
    torch.nn.utils.clip_grad_norm_(parameters, _LONGEST_STEP)
    optimiser.step()
    return loss


def _save(
    network: Taught, optimiser: torch.optim.Optimizer, progress: Progress, file: Path
) -> None:
    """Write everything a run needs to go on, then put it in the place of the last one."""
    arrays: dict[str, Any] = dict(network.state())
    for name, part in network.parameters.items():
        state = optimiser.state.get(part)
        if state:
            arrays[f"{name}.first"] = state["exp_avg"].numpy()
            arrays[f"{name}.second"] = state["exp_avg_sq"].numpy()
    arrays["progress"] = np.array(
        [progress.step, progress.samples, progress.epoch, progress.seconds, progress.share]
    )
    unfinished = file.with_suffix(".part.npz")
    np.savez(unfinished, **arrays)
    unfinished.replace(file)


def _resume(network: Taught, optimiser: torch.optim.Optimizer, file: Path) -> Progress:
    import torch

    if not file.is_file():
        return Progress()
    with np.load(file) as arrays:
        network.load({name: arrays[name] for name in network.parameters})
        step, samples, epoch, seconds, share = arrays["progress"].tolist()
        for name, part in network.parameters.items():
            if f"{name}.first" in arrays:
                optimiser.state[part] = {
                    "step": torch.tensor(float(step)),
                    "exp_avg": torch.from_numpy(arrays[f"{name}.first"]),
                    "exp_avg_sq": torch.from_numpy(arrays[f"{name}.second"]),
                }
    return Progress(int(step), int(samples), int(epoch), seconds, share)
