"""Figures of the evaluation, as SVG: quality against distance, order, and walks side by side."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from planner.errors import FlaneurError
from planner.evaluation.measured import summed_up
from planner.files import publish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.evaluation.measured import MethodRow, Results

    Line = Sequence[tuple[float, float]]

OURS_COLOUR: Final = "#0072b2"
PAPER_COLOUR: Final = "#d55e00"
OTHER_COLOUR: Final = "#8a8a8a"
_STREETS: Final = "#d8d8d8"
_LAST: Final = 99


@dataclass(frozen=True, slots=True)
class Drawn:
    """One walk to draw: what is said of it, its stops and its way, both as (lon, lat)."""

    title: str
    stops: Line
    way: Line


def require() -> None:
    """See that figures can be drawn, before anything is measured for them.

    Raises
    ------
    FlaneurError
        If matplotlib is missing.
    """
    _pyplot()


def quality_against_distance(results: Results, path: Path) -> None:
    """Draw F1 over the kilometres that a method's walks have, with intervals.

    Parameters
    ----------
    results
        Of a suite with agreement to measure.
    path
        Where the figure goes.
    """
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(7.2, 4.6))
    for row in _over_all(results):
        if row.f1 is None or row.walk_m is None:
            continue
        low, high = row.intervals["f1"]
        near, far = row.intervals["walk_m"]
        colour = _colour(row.method)
        axes.errorbar(
            row.walk_m / 1000,
            row.f1,
            xerr=[[(row.walk_m - near) / 1000], [(far - row.walk_m) / 1000]],
            yerr=[[row.f1 - low], [high - row.f1]],
            fmt="o",
            color=colour,
            markersize=5,
            linewidth=1,
        )
        axes.annotate(
            row.method,
            (row.walk_m / 1000, row.f1),
            xytext=(5, 4),
            textcoords="offset points",
            fontsize=8,
            color=colour,
        )
    axes.set_xlabel("kilometres on foot, mean")
    axes.set_ylabel("F1 of the stops between the ends, mean")
    axes.set_ylim(bottom=0)
    _finish(axes)
    _save(figure, path)


def order_by_method(suites: Sequence[Results], path: Path) -> None:
    """Draw AM and OL of every method, one row of bars a suite.

    Parameters
    ----------
    suites
        What was measured.
    path
        Where the figure goes.
    """
    plt = _pyplot()
    figure, grid = plt.subplots(
        len(suites), 2, figsize=(8.4, 3.6 * len(suites)), squeeze=False, layout="constrained"
    )
    for line, results in zip(grid, suites, strict=True):
        rows = [row for row in _over_all(results) if row.am is not None][::-1]
        for axes, name, label in (
            (line[0], "am", "AM, metres a stop"),
            (line[1], "ol", "OL, crossings a walk"),
        ):
            means = [getattr(row, name) for row in rows]
            spans = [row.intervals[name] for row in rows]
            axes.barh(
                [row.method for row in rows],
                means,
                xerr=[
                    [mean - span[0] for mean, span in zip(means, spans, strict=True)],
                    [span[1] - mean for mean, span in zip(means, spans, strict=True)],
                ],
                color=[_colour(row.method) for row in rows],
                error_kw={"linewidth": 1},
            )
            axes.set_xlabel(label)
            axes.tick_params(labelsize=8)
            if name == "ol":
                axes.set_yticklabels([])
            _finish(axes)
        line[0].set_title(f"suite {results.suite}", fontsize=9, loc="left")
    _save(figure, path)


def walks_side_by_side(pairs: Sequence[tuple[str, Drawn, Drawn]], path: Path) -> None:
    """Draw walks beside those of the paper's method for the same request.

    Parameters
    ----------
    pairs
        The request, our walk and theirs.
    path
        Where the figure goes.
    """
    plt = _pyplot()
    figure, grid = plt.subplots(
        len(pairs), 2, figsize=(8.4, 4.2 * len(pairs)), squeeze=False, layout="constrained"
    )
    for line, (request, ours, theirs) in zip(grid, pairs, strict=True):
        for axes, drawn, colour in (
            (line[0], ours, OURS_COLOUR),
            (line[1], theirs, PAPER_COLOUR),
        ):
            for way, shade, width in (
                (theirs.way if drawn is ours else ours.way, _STREETS, 1.0),
                (drawn.way, colour, 1.6),
            ):
                axes.plot([x for x, _ in way], [y for _, y in way], color=shade, linewidth=width)
            for number, (x, y) in enumerate(drawn.stops, start=1):
                axes.plot(x, y, "o", color=colour, markersize=9)
                axes.annotate(
                    f"{min(number, _LAST)}",
                    (x, y),
                    color="white",
                    fontsize=6,
                    ha="center",
                    va="center",
                )
            axes.set_aspect(1 / _narrowing(drawn.stops))
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_xlabel(drawn.title, fontsize=8)
        line[0].set_title(request, fontsize=9, loc="left")
    _save(figure, path)


def _narrowing(points: Line) -> float:
    """Return how much shorter a degree of longitude is than one of latitude."""
    return math.cos(math.radians(points[0][1])) if points else 1.0


def _over_all(results: Results) -> list[MethodRow]:
    return [summed_up("all", method, results.of(method)) for method in results.methods]


def _colour(method: str) -> str:
    if method.startswith("ours"):
        return OURS_COLOUR
    return PAPER_COLOUR if method.startswith("paper") else OTHER_COLOUR


def _pyplot() -> Any:  # noqa: ANN401 - the library is optional
    try:
        import matplotlib as mpl
    except ImportError:
        raise FlaneurError(
            "Figures need matplotlib, which is not installed.",
            'Install it: pip install "flaneur[figures]"',
        ) from None
    mpl.use("svg")
    # The same figures from the same figures: no date in a file, and no ids by chance.
    mpl.rcParams["svg.hashsalt"] = "flaneur"
    mpl.rcParams["font.size"] = 9
    import matplotlib.pyplot as plt

    return plt


def _finish(axes: Any) -> None:  # noqa: ANN401 - as above
    axes.spines[["top", "right"]].set_visible(False)


def _save(figure: Any, path: Path) -> None:  # noqa: ANN401 - as above
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None}, bbox_inches="tight")
    _pyplot().close(figure)
    # What an editor strips at the ends of lines would otherwise change with each run.
    text = "\n".join(line.rstrip() for line in drawn.getvalue().splitlines()) + "\n"
    publish(path, lambda file: file.write(text.encode("utf-8")))
    path.chmod(0o644)
