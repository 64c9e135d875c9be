"""The training loop on a network of toy size: it learns, goes on where it stopped, and stops whole."""

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from planner.errors import ModelError
from planner.language.teaching.dataset import Sample, batches
from planner.language.teaching.lora import LINEARS, Shape, Taught, Weights
from planner.language.teaching.training import Progress, Workers, cosine_rate, train

WORDS = 24
FOREVER = 3600.0


def toy(seed: int = 1) -> Taught:
    shape = Shape(2, 32, 4, 2, 1e-5, 10_000.0, 64)
    rng = np.random.default_rng(seed)
    sizes = {
        "attn_q": (32, 32), "attn_k": (16, 32), "attn_v": (16, 32), "attn_output": (32, 32),
        "ffn_gate": (64, 32), "ffn_up": (64, 32), "ffn_down": (32, 64),
    }  # fmt: skip
    tensors = {"token_embd.weight": rng.normal(size=(WORDS, 32)), "output_norm.weight": np.ones(32)}
    for layer in range(2):
        for linear in LINEARS:
            values = rng.normal(size=sizes[linear]) / math.sqrt(sizes[linear][1])
            tensors[f"blk.{layer}.{linear}.weight"] = values
        for norm in ("attn_norm", "ffn_norm"):
            tensors[f"blk.{layer}.{norm}.weight"] = np.ones(32)
    weights = Weights(shape, {name: each.astype(np.float32) for name, each in tensors.items()})
    return Taught(weights, seed=seed, rank=8, alpha=16.0)


def copying(seed: int) -> Iterator[Sample]:
    rng = random.Random(seed)
    while True:
        said = tuple(rng.randrange(3, WORDS) for _ in range(3))
        yield Sample((1, *said, 2), (said[0], said[0], 2))


def epoch(number: int) -> Iterator[Sequence[Sample]]:
    return batches(itertools.islice(copying(number), 256), tokens=256, seed=number)


def losses(checkpoint: Path, network: Taught, epochs: int, **given: object) -> list[float]:
    seen: list[Progress] = []
    train(
        network,
        epoch,
        seconds=FOREVER,
        checkpoint=checkpoint,
        rate=lambda _: 1e-2,
        report=seen.append,
        epochs=epochs,
        **given,  # type: ignore[arg-type]
    )
    return [progress.loss for progress in seen]


def test_it_learns_to_copy_and_leaves_the_frozen_part_alone(tmp_path: Path) -> None:
    network = toy()
    frozen = {name: part.clone() for name, part in network._frozen.items()}
    found = losses(tmp_path / "run.npz", network, 12)
    assert np.mean(found[-5:]) < 0.5 * np.mean(found[:5])
    assert all((frozen[name] == part).all() for name, part in network._frozen.items())


def test_the_same_seed_teaches_the_same_whatever_the_count_of_threads(tmp_path: Path) -> None:
    one = losses(tmp_path / "one.npz", toy(), 1, threads=1)
    two = losses(tmp_path / "two.npz", toy(), 1, threads=2)
    assert one == pytest.approx(two, rel=1e-3)


def test_a_run_that_was_interrupted_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole = losses(tmp_path / "whole.npz", toy(), 2)
    stopped: list[float] = []

    def interrupt(progress: Progress) -> None:
        stopped.append(progress.loss)
        if progress.step == 3:
            raise KeyboardInterrupt

    first = train(
        toy(), epoch, seconds=FOREVER, checkpoint=tmp_path / "parts.npz",
        rate=lambda _: 1e-2, report=interrupt, epochs=2,
    )  # fmt: skip
    assert first.step in {2, 3}
    rest = losses(tmp_path / "parts.npz", toy(seed=1), 2)
    assert [*stopped, *rest] == pytest.approx(whole, rel=1e-3)


def test_answers_count_by_their_weights(tmp_path: Path) -> None:
    sample = Sample((1, 5, 2), (6, 7, 2))
    workers = Workers(1)
    try:
        network = toy()
        plain, _ = workers.gradient(network, [sample])
        first, _ = workers.gradient(network, [replace(sample, weights=(1.0, 0.0, 0.0))])
        rest, _ = workers.gradient(network, [replace(sample, weights=(0.0, 1.0, 1.0))])
    finally:
        workers.close()
    assert plain == pytest.approx((first + 2 * rest) / 3, rel=1e-5)


def test_padding_changes_nothing() -> None:
    workers = Workers(1)
    short, long = Sample((1, 5, 2), (6, 2)), Sample((1, 5, 9, 11, 4, 2), (6, 8, 4, 2))
    try:
        together, _ = workers.gradient(toy(), [short, long])
        alone = [workers.gradient(toy(), [each])[0] for each in (short, long)]
    finally:
        workers.close()
    assert together == pytest.approx((2 * alone[0] + 4 * alone[1]) / 6, rel=1e-5)


def test_a_loss_that_is_no_number_is_told(tmp_path: Path) -> None:
    network = toy()
    state = network.state()
    state["blk.0.attn_q.weight.lora_b"][:] = np.nan
    network.load(state)
    with pytest.raises(ModelError, match="no number"):
        losses(tmp_path / "run.npz", network, 1)


def test_the_rate_rises_then_falls() -> None:
    rates = [cosine_rate(Progress(share=share)) for share in (0.0, 0.03, 0.5, 1.0)]
    assert rates[0] < rates[2] < rates[1]
    assert rates[3] == pytest.approx(0.02 * rates[1], rel=0.01)


def test_batches_hold_what_they_may_and_lose_nothing() -> None:
    samples = [Sample((1,) * (1 + n % 9), (2,) * (1 + n % 5)) for n in range(300)]
    made = list(batches(samples, tokens=60, seed=1, pool=128))
    assert sorted(s.length for b in made for s in b) == sorted(s.length for s in samples)
    assert all(len(batch) * max(s.length for s in batch) <= 60 for batch in made)
