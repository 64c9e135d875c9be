"""Streets cut where they may not be walked."""

from __future__ import annotations

import numpy as np
import pytest

from planner.streets.pieces import _open_runs


@pytest.mark.parametrize(
    ("shut", "runs"),
    [
        ("...", [(5, 8)]),
        ("x..", [(6, 8)]),
        ("..x", [(5, 7)]),
        (".x.", [(5, 6), (7, 8)]),
        ("xxx", []),
        (".xx.x", [(5, 6), (8, 9)]),
    ],
)
def test_runs_of_open_pieces(shut: str, runs: list[tuple[int, int]]) -> None:
    flags = np.array([False] * 5 + [sign == "x" for sign in shut] + [True])
    assert _open_runs(flags, 5, 5 + len(shut)) == runs
