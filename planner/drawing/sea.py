"""The sea, which OpenStreetMap has no area for: what lies to the right of the coast.

Coasts are mapped as lines with the land on their left. An extract cuts them at its border, so that
neither a sea nor most islands close. Here the coast and the border of a box cut the box into faces,
and each face is sea or land by the side of the coast that it lies on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Line: TypeAlias = Sequence[tuple[float, float]]

REACH: Final = 0.1
"""An end of a coast this near to the border (as a share of the shorter side) goes on to it."""
AGREEMENT: Final = 0.9
"""So much of the coast around a face has to call it sea."""
_ASIDE: Final = 1e-6
"""How far beside a line one looks for what lies there, as a share of the shorter side."""


def sea_within(
    coast: Sequence[Line], box: tuple[float, float, float, float]
) -> tuple[tuple[Floats, ...], ...]:
    """Return the sea in a box.

    Parameters
    ----------
    coast
        Lines of (lon, lat) in degrees, with land on their left, as OpenStreetMap has them; an
        island is a line that ends where it begins.
    box
        West, south, east, north in degrees.

    Returns
    -------
    areas
        For each area its rims, (n, 2) longitude and latitude: the outer one, then those of its
        islands. Empty where there is no coast, or where the coast says no more than that it is
        there: a face that part of its coast calls land stays land.
    """
    import shapely

    west, south, east, north = box
    if not coast or west >= east or south >= north:
        return ()
    shrink = max(math.cos(math.radians((south + north) / 2)), 0.01)
    scale = np.array([shrink, 1.0])
    frame = shapely.box(west * shrink, south, east * shrink, north)
    shorter = min((east - west) * shrink, north - south)
    lines = [
        shapely.linestrings(np.asarray(line, dtype=np.float64) * scale)
        for line in coast
        if len(line) > 1
    ]
    merged = shapely.line_merge(shapely.multilinestrings(lines), directed=True)
    whole = [_carried_on(line, frame, REACH * shorter) for line in shapely.get_parts(merged)]
    inside = shapely.intersection(np.array(whole, dtype=object), frame)
    pieces = [
        part
        for part in shapely.get_parts(inside)
        if shapely.get_type_id(part) == shapely.GeometryType.LINESTRING
    ]
    if not pieces:
        return ()
    net = shapely.union_all([*pieces, shapely.boundary(frame)])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    is_sea = _judged(faces, pieces, _ASIDE * shorter)
    return tuple(
        tuple(
            shapely.get_coordinates(ring) / scale
            for ring in (shapely.get_exterior_ring(face), *face.interiors)
        )
        for face in faces[is_sea]
    )


def _carried_on(line: Any, frame: Any, reach: float) -> Any:  # noqa: ANN401 - shapely's geometries
    """Return a line whose ends within reach of the border go on to it, and a little beyond."""
    import shapely

    points = shapely.get_coordinates(line)
    if (points[0] == points[-1]).all():
        return line
    west, south, east, north = shapely.bounds(frame)
    ends = []
    for x, y in (points[0], points[-1]):
        ways = ((x - west, -1, 0), (east - x, 1, 0), (y - south, 0, -1), (north - y, 0, 1))
        away, across, up = min(ways)
        is_near = 0 <= away <= reach and west <= x <= east and south <= y <= north
        beyond = 1.01 * away + 1e-9
        ends.append([(x + across * beyond, y + up * beyond)] if is_near else [])
    return shapely.linestrings(np.array([*ends[0], *points.tolist(), *ends[1]]))


def _judged(faces: NDArray[Any], pieces: Sequence[Any], aside: float) -> NDArray[np.bool_]:
    """Return which faces are sea: those that lie to the right of the coast around them."""
    import shapely

    runs = [shapely.get_coordinates(piece) for piece in pieces]
    begin = np.vstack([run[:-1] for run in runs])
    step = np.vstack([run[1:] for run in runs]) - begin
    length = np.hypot(step[:, 0], step[:, 1])
    begin, step, length = begin[length > 0], step[length > 0], length[length > 0]
    to_right = np.column_stack((step[:, 1], -step[:, 0])) / length[:, None] * aside
    middle = begin + step / 2
    tree = shapely.STRtree(faces)
    votes = np.zeros((2, len(faces)))
    for side, points in enumerate((middle + to_right, middle - to_right)):
        point, face = tree.query(shapely.points(points), predicate="within")
        np.add.at(votes[side], face, length[point])
    sea, land = votes
    judged: NDArray[np.bool_] = (sea > 0) & (sea >= AGREEMENT * (sea + land))
    return judged
