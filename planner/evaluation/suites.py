"""Suites of instances: each solved, checked by code of its own, and held to what is known."""

from __future__ import annotations

import time as clock
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.errors import UnreadableFileError
from planner.evaluation import optw, tsp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TSP_SECONDS = 1.8


@dataclass(frozen=True, slots=True)
class Row:
    """One instance: ``gap`` to the best known score in percent, ``None`` where none is known."""

    instance: str
    score: float
    best_known: float | None
    gap: float | None
    seconds: float
    bound: float | None = None
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """All instances of a folder; ``mean_gap`` and ``worst_gap`` over those with a known score."""

    instances: tuple[Row, ...]
    mean_gap: float | None
    worst_gap: float | None

    @staticmethod
    def of(rows: list[Row]) -> Report:
        """Sum up rows."""
        gaps = [row.gap for row in rows if row.gap is not None]
        mean = sum(gaps) / len(gaps) if gaps else None
        return Report(tuple(rows), mean, max(gaps, default=None))


def run_optw(
    folder: Path, seconds: float, seed: int = 0, *, tell: Callable[[Row], None] | None = None
) -> Report:
    """Solve every orienteering instance of a folder, one route each.

    Parameters
    ----------
    folder
        Files that end in ``.txt``, and a table of the best scores known.
    seconds
        For each instance.
    seed
        Of the solver's chance.
    tell
        Called with each row as it is done.

    Raises
    ------
    UnreadableFileError
        If the folder holds no instance, or a file is none.
    """
    from planner.spatial.orienteering.solver import solve, warm_up

    known = optw.best_known(folder)
    warm_up()
    rows = []
    for path in _files(folder, ".txt"):
        began = clock.perf_counter()
        solution = solve(optw.read(path).instance(), seconds=seconds, seed=seed)
        took = clock.perf_counter() - began
        route = [i + 1 for i in solution.sequence] if solution else []
        score = optw.score(path, route)
        best = known.get(path.stem)
        rows.append(
            Row(
                path.stem,
                score,
                best,
                None if not best else 100 * (best - score) / best,
                round(took, 3),
                bound=solution.bound if solution else None,
                proven=solution.proven if solution else False,
            )
        )
        if tell is not None:
            tell(rows[-1])
    return Report.of(rows)


def run_tsp(
    folder: Path,
    seconds: float = TSP_SECONDS,
    seed: int = 0,
    *,
    tell: Callable[[Row], None] | None = None,
) -> Report:
    """Find a short tour of every TSPLIB problem of a folder; parameters as :func:`run_optw`.

    Raises
    ------
    UnreadableFileError
        If the folder holds no problem, or a file is none.
    """
    from planner.spatial.orienteering.tours import shortest_tour, warm_up

    known = tsp.optima(folder)
    warm_up()
    rows = []
    for path in _files(folder, ".tsp"):
        distance = tsp.read(path)
        began = clock.perf_counter()
        tour, _ = shortest_tour(distance, seconds=seconds, seed=seed)
        took = clock.perf_counter() - began
        found = float(tsp.length(path, tour))
        best = known.get(path.stem)
        gap = None if not best else 100 * (found - best) / best
        rows.append(Row(path.stem, found, best, gap, round(took, 3)))
        if tell is not None:
            tell(rows[-1])
    return Report.of(rows)


def _files(folder: Path, ending: str) -> Iterator[Path]:
    paths = sorted(path for path in folder.glob(f"*{ending}") if path.name != tsp.OPTIMA)
    if not paths:
        raise UnreadableFileError(
            f"{folder} holds no file that ends in {ending}.", "Give a folder of instances."
        )
    yield from paths
