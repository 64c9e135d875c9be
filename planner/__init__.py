"""Flâneur plans a walk through a city from one sentence, offline.

The way through is in :mod:`planner.pipeline`; the values that travel are in
:mod:`planner.domain`.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("flaneur")
except PackageNotFoundError:  # pragma: no cover - a source tree that was never installed
    __version__ = "0.0.0"
