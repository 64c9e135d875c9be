"""Whether llama.cpp computes a model rightly on this machine.

A broken path of llama.cpp gives no error, only worse answers: on processors with AMX, Q4_1 weights
are computed wrongly in batches of 32 tokens and more. A fixed text is therefore scored at the batch
size in use and at a large one, and the figures are held against a known one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from planner.language.engine import Engine
from planner.language.registry import SAFE_BATCH

if TYPE_CHECKING:
    from planner.language.registry import ModelFile

TOLERANCE: Final = 0.05
LARGE_BATCH: Final = 128
# Plain English that any model predicts well, long enough for more than one large batch.
TEXT: Final = (
    "A walk is a good way to get to know a city. You can stop where you like, look at the "
    "buildings, and talk to people. It is also good for your health: many doctors say that you "
    "should walk for at least thirty minutes every day. Before you set out, look at a map and "
    "choose a few places that you would like to see. Wear comfortable shoes, take a bottle of "
    "water with you, and check the weather, because it may rain in the afternoon. When you are "
    "tired, sit down on a bench in a park or have a cup of coffee and a piece of cake. Most "
    "museums are closed on Mondays, but churches and libraries are usually open. In the evening "
    "you can eat in a small restaurant near the river and watch the sun go down behind the old "
    "bridge before you take the bus home."
)


class Scorer(Protocol):
    """What the self-test needs of an engine."""

    def mean_nll(self, text: str, *, n_batch: int) -> float:
        """Return the mean negative log-likelihood of a text, in nats a token."""


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """What the self-test found.

    Attributes
    ----------
    ok
        Whether the model is right at the batch size in use.
    detail
        What was found, in words for a person; names the broken path if there is one.
    nll
        Nats a token at the batch size in use.
    large_nll
        The same at a large batch size.
    expected
        The figure that both were held against.
    n_batch
        The batch size in use.
    broken
        The paths that are wrong: ``"in use"``, ``"large batches"``.
    """

    ok: bool
    detail: str
    nll: float
    large_nll: float
    expected: float
    n_batch: int
    broken: tuple[str, ...] = ()


def self_test(model: ModelFile, *, engine: Scorer | None = None) -> SelfTestResult:
    """Score the fixed text with a model; takes a second or so with a small one.

    Parameters
    ----------
    model
        The model and its settings. Where its registry entry knows no figure, small batches are
        taken for right.
    engine
        A loaded engine of this model; without one the model is loaded for the test.

    Raises
    ------
    ModelError
        If the model cannot be loaded.
    """
    if engine is None:
        with Engine(model) as own:
            return _scored(model, own)
    return _scored(model, engine)


def _scored(model: ModelFile, engine: Scorer) -> SelfTestResult:
    nll = engine.mean_nll(TEXT, n_batch=model.n_batch)
    large = engine.mean_nll(TEXT, n_batch=LARGE_BATCH) if model.n_batch < LARGE_BATCH else nll
    expected = model.reference_nll
    known = expected is not None
    if expected is None:
        small = min(model.n_batch, SAFE_BATCH)
        expected = nll if small == model.n_batch else engine.mean_nll(TEXT, n_batch=small)
    broken = tuple(
        path
        for path, value in (("in use", nll), ("large batches", large))
        if not _near(value, expected)
    )
    return SelfTestResult(
        ok="in use" not in broken,
        detail=_detail(model, nll, large, expected, broken, known=known),
        nll=nll,
        large_nll=large,
        expected=expected,
        n_batch=model.n_batch,
        broken=broken,
    )


def _near(value: float, expected: float) -> bool:
    # A value that is no number is near nothing.
    return abs(value - expected) <= TOLERANCE * expected


def _detail(
    model: ModelFile,
    nll: float,
    large: float,
    expected: float,
    broken: tuple[str, ...],
    *,
    known: bool,
) -> str:
    against = "the known figure" if known else "small batches"
    if "in use" in broken:
        return (
            f"{model.name} is computed wrongly here in batches of {model.n_batch}: {nll:.2f} nats "
            f"a token instead of {expected:.2f} ({against})."
        )
    if broken:
        return (
            f"{model.name} is right in batches of {model.n_batch} ({nll:.2f} nats a token), which "
            f"are in use; batches of {LARGE_BATCH} are wrong here ({large:.2f}) and are not used."
        )
    if not known and model.n_batch <= SAFE_BATCH:
        return (
            f"{model.name} gives {nll:.2f} nats a token whatever the size of a batch; no figure "
            "is known to hold that against."
        )
    return f"{model.name} is right here: {nll:.2f} nats a token, as by {against}."
