"""Orienteering with time windows: Solomon's and Cordeau's instances, and a check of answers.

The files and their rounding are those of Righini & Salani (2009) and Montemanni & Gambardella
(2009): distances are truncated to one decimal (Solomon) or two (Cordeau), and travel takes as long
as the distance. Everything is counted in whole tenths or hundredths.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import UnreadableFileError
from planner.spatial.orienteering.instance import Instance, Node, VisitOption

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

BEST_KNOWN = "best_known.csv"
SOLOMON = 4
"""What the files' first number says of Solomon's instances; Cordeau's have 5 and 6."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One instance; point 0 is the depot, where a route starts and ends.

    ``distance`` has shape (n + 1, n + 1); ``stay``, ``opens`` and ``closes`` (of the beginning of a
    visit) share its unit, a tenth or hundredth of the file's.
    """

    name: str
    distance: NDArray[np.int64]
    stay: tuple[int, ...]
    profit: tuple[float, ...]
    opens: tuple[int, ...]
    closes: tuple[int, ...]

    def instance(self) -> Instance:
        """State the problem for the solver: node i is the file's point i + 1."""
        n = len(self.profit) - 1
        rows = [*range(1, n + 1), 0, 0]
        return Instance(
            nodes=tuple(
                Node((VisitOption(self.opens[i], self.closes[i], self.stay[i], self.profit[i]),))
                for i in range(1, n + 1)
            ),
            seconds=self.distance[np.ix_(rows, rows)],
            arc_cost=np.zeros((n + 2, n + 2)),
            budget_s=self.closes[0],
        )


def read(path: Path) -> Benchmark:
    """Read an instance.

    Raises
    ------
    UnreadableFileError
        If the file is not of this format.
    """
    try:
        rows = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
        header, points = rows[0], [row for row in rows[2:] if row]
        unit = 10 if int(header[0]) == SOLOMON else 100
        points = [points[i] for i in range(int(header[2]) + 1)]
        places = [(Decimal(row[1]), Decimal(row[2])) for row in points]
        return Benchmark(
            name=path.stem,
            distance=np.array(
                [[_truncated(a, b, unit) for b in places] for a in places], dtype=np.int64
            ),
            stay=tuple(int(Decimal(row[3]) * unit) for row in points),
            profit=tuple(float(row[4]) for row in points),
            opens=tuple(int(Decimal(row[-2]) * unit) for row in points),
            closes=tuple(int(Decimal(row[-1]) * unit) for row in points),
        )
    except (OSError, ValueError, IndexError, InvalidOperation) as error:
        raise UnreadableFileError(
            f"{path} is no orienteering instance ({error}).",
            "Give a folder of Solomon's or Cordeau's instances.",
        ) from error


def _truncated(a: tuple[Decimal, Decimal], b: tuple[Decimal, Decimal], unit: int) -> int:
    square = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
    return math.isqrt(int(square * unit * unit))


def best_known(folder: Path, routes: int = 1) -> dict[str, float]:
    """Read the best scores known, by instance; empty where the folder has no table.

    Raises
    ------
    UnreadableFileError
        If the table lacks a column or holds no numbers.
    """
    path = folder / BEST_KNOWN
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {
                row["instance"]: float(row["best_known_score"])
                for row in csv.DictReader(file)
                if int(row["m_routes"]) == routes
            }
    except (KeyError, ValueError, TypeError) as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {error}.",
            "It needs the columns instance, m_routes and best_known_score.",
        ) from error


def score(path: Path, route: Sequence[int]) -> float:
    """Walk a route through the file itself and return its score.

    Shares no code with the solver nor with :func:`read`.

    Parameters
    ----------
    path
        The instance.
    route
        Points in order, without the depot.

    Raises
    ------
    ValueError
        If the route visits a point twice or comes too late anywhere.
    """
    lines = path.read_text(encoding="ascii").splitlines()
    decimals = 1 if lines[0].split()[0] == "4" else 2
    points = {}
    for line in lines[2:]:
        fields = line.split()
        if fields:
            points[int(fields[0])] = [float(field) for field in fields]
    if len(set(route)) != len(route) or 0 in route:
        raise ValueError(f"{path.stem}: a point is visited twice")
    clock, here, total = 0.0, points[0], 0.0
    for i in (*route, 0):
        there = points[i]
        away = math.hypot(here[1] - there[1], here[2] - there[2])
        # A distance such as 5 must not be cut to 4.9 because of how floats are kept.
        clock += math.floor(away * 10**decimals + 1e-7) / 10**decimals
        if clock > there[-1] + 1e-6:
            raise ValueError(f"{path.stem}: point {i} is reached at {clock}, after {there[-1]}")
        clock = max(clock, there[-2]) + there[3]
        total += there[4]
        here = there
    return total
