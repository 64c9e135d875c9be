"""The page claims what its tables bear out, and no more; figures are drawn the same each time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from planner.evaluation.judge import Verdict
from planner.evaluation.measured import Measured, Results, same_requests, summed_up
from planner.evaluation.report import Run, difference, page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def rows(
    rr: Sequence[float], *, am: float = 0.0, fr: float = 0.0, seconds: float = 0.5
) -> list[Measured]:
    return [
        Measured(
            f"{n}", ("a", "b"), rr=each, precision=each, f1=each, pairs_f1=each,
            am=am, ol=am / 100, ol_walked=am / 100, fr=fr, walk_m=1000.0 + 100 * n,
            seconds=seconds, prompt=3, completion=1,
        )
        for n, each in enumerate(rr)
    ]  # fmt: skip


def toured(*, random: float, paper: float) -> Results:
    """Ours finds a half in Here and in There."""
    ours = [0.4, 0.6] * 10
    found = {}
    for city in ("Here", "There"):
        found[city, "random"] = rows([random] * 20, am=120.0)
        found[city, "model alone"] = rows([0.0] * 5, fr=0.4)
        found[city, "paper"] = rows([paper + 0.3 * (-1) ** (n // 2) for n in range(20)], am=9.0)
        found[city, "without PPR"] = rows([0.1] * 20)
        found[city, "ours"] = rows(ours)
    return Results("tours", found)


def test_rows_are_means_with_intervals() -> None:
    row = summed_up("Here", "x", [*rows([0.0, 1.0], am=10.0), Measured("9", rr=0.5)])
    assert (row.rr, row.am, row.requests) == (0.5, 10.0, 3)
    assert row.intervals["rr"][0] < 0.5 < row.intervals["rr"][1]
    assert row.tokens == pytest.approx(8 / 3)
    assert row.served is None


def test_methods_are_compared_over_the_same_requests() -> None:
    ours, theirs = rows([0.5, 0.7, 0.9]), [Measured("2", rr=0.1), Measured("0", rr=0.4)]
    assert same_requests(ours, theirs, "rr") == ([0.5, 0.9], [0.4, 0.1])
    results = Results("tours", {("Here", "ours"): ours, ("Here", "x"): theirs})
    found = difference(results, "x", "rr", "Here")
    assert found is not None
    assert (found.mean, found.count) == (pytest.approx(0.45), 2)
    assert difference(results, "nobody", "rr") is None


def test_the_page_says_what_is_sure_and_nothing_else() -> None:
    text = page(Run("flaneur eval all", "tiny", quick=False, tours=toured(random=0.1, paper=0.5)))
    assert "| random | 2 of 2 | 2 of 2 | 2 of 2 |" in text
    assert "| paper | 0 of 2 | 0 of 2 | 0 of 2 |" in text
    assert "*without PPR*: surely worse than ours in RR, F1, pairs-F1." in text
    assert "AM of ours over all cities is 0.0; no baseline's is lower." in text
    assert "FR of ours is 0.00, of the model alone 0.40." in text
    assert "**This is a sample**" not in text
    assert "## A judge" not in text


def test_the_page_says_where_ours_is_worse() -> None:
    text = page(Run("flaneur eval all", None, quick=True, tours=toured(random=0.9, paper=0.5)))
    assert "| random | 0 of 2 | 0 of 2 | 0 of 2 |" in text
    assert "| random | -0.400 [" in text
    assert "**This is a sample**" in text
    assert "none; rows that need one are missing" in text


def test_tables_have_as_many_cells_as_columns() -> None:
    walked = Results("walks", {("all", name): rows([0.5, 0.6]) for name in ("paper", "ours")})
    verdicts = (Verdict("places", 4, 2, 4, 0.5, None), Verdict("walk", 1, 0, 9, 0.8, 0.9))
    run = Run(
        "flaneur eval all", "tiny", quick=False, tours=toured(random=0.1, paper=0.5),
        walks=walked, verdicts=verdicts, contests=1, repetitions=10,
        figures=(("A figure", "images/a.svg"),),
    )  # fmt: skip
    text = page(run)
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        widths = {line.count("|") for line in block.splitlines()}
        assert len(widths) == 1, block
    assert "| places | 0.50 | 4 | 2 | 4 | 0.50 |  |" in text
    assert "weak evidence" in text.casefold()
    assert "61 %" in text
    assert "![A figure](images/a.svg)" in text
    assert "\n\n\n" not in text


def test_figures_are_drawn_and_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from planner.evaluation import figures

    results = toured(random=0.1, paper=0.5)
    figures.quality_against_distance(results, tmp_path / "quality.svg")
    figures.order_by_method([results], tmp_path / "order.svg")
    ours = figures.Drawn(
        "ours: 2 stops", [(10.0, 50.0), (10.1, 50.1)], [(10.0, 50.0), (10.1, 50.1)]
    )
    figures.walks_side_by_side([("parks", ours, ours)], tmp_path / "walks.svg")
    first = (tmp_path / "quality.svg").read_bytes()
    figures.quality_against_distance(results, tmp_path / "quality.svg")
    assert (tmp_path / "quality.svg").read_bytes() == first
    for name in ("quality", "order", "walks"):
        drawn = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314 - our own file
        assert "dc:date" not in drawn
