"""Travelling salesman problems in TSPLIB's format (Reinelt 1991)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from planner.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Point = tuple[float, float]

OPTIMA = "optima.txt"
GEO_RADIUS = 6378.388
GEO_PI = 3.141592
"""TSPLIB's own values, with which its optima were computed."""


def read(path: Path) -> NDArray[np.int64]:
    """Read the distances of a problem, of shape (n, n).

    Raises
    ------
    UnreadableFileError
        If the file is not of this format, or of a kind that is not symmetric.
    """
    try:
        fields, sections = _parse(path.read_text(encoding="utf-8", errors="replace"))
        n = int(fields["DIMENSION"])
        kind = fields["EDGE_WEIGHT_TYPE"]
        if kind == "EXPLICIT":
            matrix = _explicit(fields["EDGE_WEIGHT_FORMAT"], sections["EDGE_WEIGHT_SECTION"], n)
        else:
            matrix = _from_points(_points(sections["NODE_COORD_SECTION"], n), DISTANCES[kind])
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise UnreadableFileError(
            f"{path} is no symmetric TSPLIB problem ({error!r}).", "Give a folder of .tsp files."
        ) from error
    return matrix


def optima(folder: Path) -> dict[str, float]:
    """Read known optimal lengths: lines such as ``berlin52 : 7542``; empty without such a file."""
    path = folder / OPTIMA
    if not path.is_file():
        return {}
    found = re.findall(r"^\s*(\S+)\s*:\s*(\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: float(length) for name, length in found}


def length(path: Path, tour: Sequence[int]) -> int:
    """Return the length of a closed tour through all nodes of a file.

    Raises
    ------
    ValueError
        If the tour misses a node or visits one twice.
    """
    distance = read(path)
    if sorted(tour) != list(range(len(distance))):
        raise ValueError(f"{path.stem}: not every node is visited once")
    return sum(int(distance[tour[k - 1], tour[k]]) for k in range(len(tour)))


def _parse(text: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the header's fields, and the words of each section."""
    fields: dict[str, str] = {}
    sections: dict[str, list[str]] = {}
    words: list[str] | None = None
    for line in text.splitlines():
        entry = line.strip()
        if not entry or entry == "EOF":
            continue
        if entry.endswith("_SECTION"):
            words = sections.setdefault(entry, [])
        elif ":" in entry:
            name, _, value = entry.partition(":")
            fields[name.strip()] = value.strip()
        elif words is not None:
            words += entry.split()
    return fields, sections


def _points(words: Sequence[str], n: int) -> list[Point]:
    rows = [words[3 * k : 3 * k + 3] for k in range(n)]
    return [(float(x), float(y)) for _, x, y in rows]


def _from_points(
    points: Sequence[Point], distance: Callable[[Point, Point], int]
) -> NDArray[np.int64]:
    matrix = np.zeros((len(points), len(points)), np.int64)
    for i, one in enumerate(points):
        for j in range(i):
            matrix[i, j] = matrix[j, i] = distance(one, points[j])
    return matrix


def _explicit(form: str, words: Sequence[str], n: int) -> NDArray[np.int64]:
    numbers = np.array([int(float(word)) for word in words], np.int64)
    if form == "FULL_MATRIX":
        matrix = numbers.reshape(n, n)
        if not np.array_equal(matrix, matrix.T):
            raise ValueError("the distances differ by direction")
        return matrix
    diagonal = 0 if "DIAG" in form else 1
    # By columns, the one triangle reads as the other does by rows.
    upper = form.startswith("UPPER") == form.endswith("ROW")
    rows, columns = np.triu_indices(n, diagonal) if upper else np.tril_indices(n, -diagonal)
    matrix = np.zeros((n, n), np.int64)
    matrix[rows, columns] = numbers
    matrix[columns, rows] = numbers
    np.fill_diagonal(matrix, 0)
    return matrix


def _nint(value: float) -> int:
    return int(value + 0.5)


def _euclidean(a: Point, b: Point) -> int:
    return _nint(math.dist(a, b))


def _rounded_up(a: Point, b: Point) -> int:
    return math.ceil(math.dist(a, b))


def _pseudo_euclidean(a: Point, b: Point) -> int:
    return math.ceil(math.sqrt(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) / 10))


def _manhattan(a: Point, b: Point) -> int:
    return _nint(abs(a[0] - b[0]) + abs(a[1] - b[1]))


def _largest(a: Point, b: Point) -> int:
    return max(_nint(abs(a[0] - b[0])), _nint(abs(a[1] - b[1])))


def _radians(value: float) -> float:
    """Degrees and minutes, written as DDD.MM."""
    degrees = int(value)
    return GEO_PI * (degrees + 5 * (value - degrees) / 3) / 180


def _geographical(a: Point, b: Point) -> int:
    (lat1, lon1), (lat2, lon2) = ((_radians(x), _radians(y)) for x, y in (a, b))
    q1, q2, q3 = math.cos(lon1 - lon2), math.cos(lat1 - lat2), math.cos(lat1 + lat2)
    return int(GEO_RADIUS * math.acos(0.5 * ((1 + q1) * q2 - (1 - q1) * q3)) + 1)


DISTANCES: dict[str, Callable[[Point, Point], int]] = {
    "EUC_2D": _euclidean,
    "CEIL_2D": _rounded_up,
    "ATT": _pseudo_euclidean,
    "MAN_2D": _manhattan,
    "MAX_2D": _largest,
    "GEO": _geographical,
}
