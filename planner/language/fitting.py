"""Whether a model fits this machine, and which one would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.errors import ModelError
from planner.language.gguf import read_head
from planner.language.memory import GB, needed_bytes

if TYPE_CHECKING:
    from planner.language.registry import ModelFile


class TooLargeError(ModelError):
    """A model needs more memory than is free."""


def memory_of(model: ModelFile, *, gpu_layers: int = 0) -> int:
    """Return the memory that a model takes with its longest context, in bytes.

    Raises
    ------
    ModelError
        If its file cannot be read.
    """
    head = read_head(model.path)
    return needed_bytes(
        head,
        model.path.stat().st_size + sum(each.path.stat().st_size for each in model.adapters),
        context=model.context,
        n_batch=model.n_batch,
        gpu_layers=gpu_layers,
    )


def refuse_if_too_large(model: ModelFile, *, free: int, gpu_layers: int = 0) -> None:
    """Refuse a model that does not fit, and say what would.

    Parameters
    ----------
    model
        The model.
    free
        Memory that is free, in bytes.
    gpu_layers
        Layers that go to a graphics card, -1 for all.

    Raises
    ------
    TooLargeError
        If it needs more than that.
    ModelError
        If its file cannot be read.
    """
    need = memory_of(model, gpu_layers=gpu_layers)
    if need <= free:
        return
    raise TooLargeError(
        f"The model {model.name} needs {need / GB:.1f} GB of memory, and {free / GB:.1f} GB are "
        "free.",
        _what_fits(model, free),
    )


def _what_fits(model: ModelFile, free: int) -> str:
    from planner.language.registry import known_models

    for known in sorted(known_models(), key=lambda each: -each.bytes):
        if known.memory_gb * GB <= free and known.bytes < model.path.stat().st_size:
            return (
                f"{known.title} would fit with {known.memory_gb:g} GB (--model {known.name}); or "
                "close other programs."
            )
    return "Close other programs, or plan without a model (--model none)."
