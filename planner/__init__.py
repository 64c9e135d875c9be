"""Flâneur plans a walk through a city from one sentence, offline.

The way through is in :mod:`planner.pipeline`; the values that travel are in
:mod:`planner.domain`.
"""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: what reads it takes a tenth of a start."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("flaneur")
    except PackageNotFoundError:  # pragma: no cover - a source tree that was never installed
        return "0.0.0"
