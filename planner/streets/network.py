"""The street network of one city: frozen arrays, ready to be stored and memory-mapped.

Nodes are junctions and dead ends; edges are the undirected streets between them with their full
geometry. Every edge holds a run of vertices from its node ``u`` to its node ``v``, both included;
what changes along a street (its name, its kind, steps) is kept with the vertices, one value for
the piece that begins there, so that nothing is lost where several ways were merged into one edge.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, fields
from enum import IntEnum, IntFlag
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import StoreError
from planner.streets.contraction import CORE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

FORMAT_VERSION: Final = 6

_ABANDONED_S: Final = 3600.0


class WayFlag(IntFlag):
    """What a walker may have to know of a piece of street."""

    STEPS = 1
    RAISED_KERB = 2
    WHEELCHAIR_NO = 4
    FERRY = 8
    BEYOND = 16
    """Not in OSMnx's walking network."""
    CLOSED = 32
    """In OSMnx's walking network, but closed to walkers: in no other network."""


NO_FLAGS: Final = WayFlag(0)

NOT_STEP_FREE: Final = WayFlag.STEPS | WayFlag.RAISED_KERB | WayFlag.WHEELCHAIR_NO
"""Flags that a step-free way avoids."""


class WayKind(IntEnum):
    """What a piece of street is, for the words of a way without a name."""

    STREET = 0
    FOOTPATH = 1
    STEPS = 2
    PEDESTRIAN = 3
    PATH = 4
    TRACK = 5
    SERVICE = 6
    CROSSING = 7
    INDOOR = 8
    SQUARE = 9


_DTYPES: Final[Mapping[str, str]] = {
    "node_lat": "<f8",
    "node_lon": "<f8",
    "edge_u": "<i4",
    "edge_v": "<i4",
    "edge_length": "<f8",
    "edge_flags": "|u1",
    "edge_name": "<i4",
    "vertex_start": "<i8",
    "vertex_lat": "<f8",
    "vertex_lon": "<f8",
    "vertex_m": "<f8",
    "vertex_name": "<i4",
    "vertex_kind": "|u1",
    "vertex_flags": "|u1",
    "node_part": "<i4",
    "half_start": "<i4",
    "half_to": "<i4",
    "half_edge": "<i4",
    "rank": "<i2",
    "up_start": "<i4",
    "up_to": "<i4",
    "up_m": "<f8",
    "ride_a": "<i4",
    "ride_b": "<i4",
    "ride_s": "<f8",
    "ride_m": "<f8",
    "ride_name": "<i4",
    "ride_start": "<i8",
    "ride_lat": "<f8",
    "ride_lon": "<f8",
    "name_start": "<i8",
    "name_bytes": "|u1",
    "block_frame": "<f8",
    "block_key": "<i8",
    "block_start": "<i8",
    "cell_frame": "<f8",
    "cell_key": "<i8",
    "cell_start": "<i8",
    "cell_vertex": "<i4",
}


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """The walking network of a city as arrays; N nodes, E undirected edges, V vertices.

    Attributes
    ----------
    node_lat, node_lon
        (N,) degrees WGS 84.
    edge_u, edge_v
        (E,) end nodes; equal for a loop. Parallel edges are kept.
    edge_length
        (E,) metres, great-circle, summed over the vertices.
    edge_flags
        (E,) union of the :class:`WayFlag` of all pieces.
    edge_name
        (E,) index of the name that covers most of the edge, -1 without one.
    vertex_start
        (E + 1,) where the vertices of each edge begin.
    vertex_lat, vertex_lon, vertex_m
        (V,) degrees, and metres along the edge from ``u``.
    vertex_name, vertex_kind, vertex_flags
        (V,) of the piece from this vertex to the next one of the edge; the last vertex of an edge
        repeats the piece before it.
    node_part
        (N,) which part of the streets a node is in; only ferries lead from one part to another.
    half_start, half_to, half_edge
        Compressed sparse rows: half-edges ``half_start[n]:half_start[n + 1]`` leave node n, lead
        to ``half_to`` and belong to ``half_edge``. Every edge has two.
    rank, up_start, up_to, up_m
        The network as a :class:`~planner.streets.contraction.Hierarchy`, by which distances over
        all streets are found quickly.
    ride_a, ride_b, ride_s, ride_m, ride_name
        (R,) ferries: the nodes where they land, seconds with boarding, metres, index of the name.
    ride_start, ride_lat, ride_lon
        Where the points of each ride begin, and their degrees, from ``a`` to ``b``.
    name_start, name_bytes
        Street names, UTF-8, one after the other.
    block_frame, block_key, block_start
        The order of the nodes: by squares of some hundred metres, row by row. Frame (south, west,
        degrees of latitude and of longitude a block), sorted keys of the blocks that hold
        something, and where the nodes of each begin.
    cell_frame, cell_key, cell_start, cell_vertex
        A grid over the pieces that places may attach to: frame (south, west, degrees of latitude
        and of longitude a cell), sorted keys of the cells that hold something, and for each
        the first vertices of its pieces.
    """

    node_lat: npt.NDArray[np.float64]
    node_lon: npt.NDArray[np.float64]
    edge_u: npt.NDArray[np.int32]
    edge_v: npt.NDArray[np.int32]
    edge_length: npt.NDArray[np.float64]
    edge_flags: npt.NDArray[np.uint8]
    edge_name: npt.NDArray[np.int32]
    vertex_start: npt.NDArray[np.int64]
    vertex_lat: npt.NDArray[np.float64]
    vertex_lon: npt.NDArray[np.float64]
    vertex_m: npt.NDArray[np.float64]
    vertex_name: npt.NDArray[np.int32]
    vertex_kind: npt.NDArray[np.uint8]
    vertex_flags: npt.NDArray[np.uint8]
    node_part: npt.NDArray[np.int32]
    half_start: npt.NDArray[np.int32]
    half_to: npt.NDArray[np.int32]
    half_edge: npt.NDArray[np.int32]
    rank: npt.NDArray[np.int16]
    up_start: npt.NDArray[np.int32]
    up_to: npt.NDArray[np.int32]
    up_m: npt.NDArray[np.float64]
    ride_a: npt.NDArray[np.int32]
    ride_b: npt.NDArray[np.int32]
    ride_s: npt.NDArray[np.float64]
    ride_m: npt.NDArray[np.float64]
    ride_name: npt.NDArray[np.int32]
    ride_start: npt.NDArray[np.int64]
    ride_lat: npt.NDArray[np.float64]
    ride_lon: npt.NDArray[np.float64]
    name_start: npt.NDArray[np.int64]
    name_bytes: npt.NDArray[np.uint8]
    block_frame: npt.NDArray[np.float64]
    block_key: npt.NDArray[np.int64]
    block_start: npt.NDArray[np.int64]
    cell_frame: npt.NDArray[np.float64]
    cell_key: npt.NDArray[np.int64]
    cell_start: npt.NDArray[np.int64]
    cell_vertex: npt.NDArray[np.int32]

    @property
    def node_count(self) -> int:
        """Number of junctions and dead ends."""
        return len(self.node_lat)

    @property
    def edge_count(self) -> int:
        """Number of streets between them, each counted once."""
        return len(self.edge_u)

    @property
    def directed_edge_count(self) -> int:
        """Number of edges as OSMnx counts them: each street once in either direction."""
        return len(self.half_to)

    @cached_property
    def core_count(self) -> int:
        """Number of nodes at the top of the hierarchy."""
        return int(np.count_nonzero(self.rank == CORE))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every street name once; decoded on first use."""
        return tuple(self.name(i) or "" for i in range(len(self.name_start) - 1))

    def name(self, index: int) -> str | None:
        """Return the street name at an index, ``None`` for -1."""
        if index < 0:
            return None
        begin, end = int(self.name_start[index]), int(self.name_start[index + 1])
        return bytes(self.name_bytes[begin:end]).decode("utf-8", "replace")

    def bbox(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north of all streets, in degrees."""
        return (
            float(self.vertex_lon.min()),
            float(self.vertex_lat.min()),
            float(self.vertex_lon.max()),
            float(self.vertex_lat.max()),
        )

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return every array by name, with the format's version: all that must be stored."""
        arrays: dict[str, npt.NDArray[Any]] = {"version": np.array([FORMAT_VERSION], dtype="<i4")}
        for field in fields(self):
            arrays[field.name] = getattr(self, field.name)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> StreetNetwork:
        """Return the network whose arrays were stored; nothing is copied.

        Parameters
        ----------
        arrays
            As :meth:`to_arrays` gave them.

        Raises
        ------
        StoreError
            If an array is missing, of another type or of a length that does not fit the others.
        """
        version = arrays.get("version")
        if version is None or version.shape != (1,) or int(version[0]) != FORMAT_VERSION:
            raise StoreError(
                "The street graph is of a version that this program does not read.",
                "Add the city again from its extract.",
            )
        for name, dtype in _DTYPES.items():
            array = arrays.get(name)
            if array is None or array.ndim != 1 or array.dtype != np.dtype(dtype):
                raise _damaged(f"the array '{name}' is missing or of another kind")
        chosen = {name: arrays[name] for name in _DTYPES}
        network = cls(**chosen)
        _check_lengths(network)
        return network

    def check(self) -> None:
        """Read every array once and see that no number points outside: for files of strangers.

        Raises
        ------
        StoreError
            If an index leads nowhere, or a row of starts does not ascend from 0.
        """
        nodes, edges, vertices = self.node_count, self.edge_count, len(self.vertex_lat)
        names = len(self.name_start) - 1
        within = (
            (self.edge_u, 0, nodes),
            (self.edge_v, 0, nodes),
            (self.half_to, 0, nodes),
            (self.half_edge, 0, edges),
            (self.rank, 0, CORE + 1),
            (self.up_to, 0, nodes),
            (self.edge_name, -1, names),
            (self.vertex_name, -1, names),
            (self.vertex_kind, 0, len(WayKind)),
            (self.cell_vertex, 0, vertices - 1),
            (self.node_part, 0, nodes),
            (self.ride_a, 0, nodes),
            (self.ride_b, 0, nodes),
            (self.ride_name, -1, names),
        )
        starts = (
            self.vertex_start,
            self.half_start,
            self.up_start,
            self.name_start,
            self.block_start,
            self.cell_start,
            self.ride_start,
        )
        measures = (
            *(self.node_lat, self.node_lon, self.vertex_lat, self.vertex_lon, self.vertex_m),
            *(self.ride_s, self.ride_m, self.ride_lat, self.ride_lon),
        )
        sound = (
            all(not len(a) or (a.min() >= low and a.max() < high) for a, low, high in within)
            and all(int(start[0]) == 0 and (np.diff(start) >= 0).all() for start in starts)
            and (np.diff(self.vertex_start) > 1).all()
            and all(np.isfinite(a).all() for a in (*measures, self.edge_length, self.cell_frame))
            and bool((self.ride_s >= 0).all() and (np.diff(self.ride_start) > 1).all())
            and bool((self.edge_length >= 0).all() and (self.up_m >= 0).all())
            and bool((self.cell_frame[2:] > 0).all() and (self.block_frame[2:] > 0).all())
        )
        if not sound or not self._climbs():
            raise _damaged("its numbers do not fit each other")

    def _climbs(self) -> bool:
        """Tell whether every link of the hierarchy leads up, or along the core."""
        below = np.repeat(self.rank, np.diff(self.up_start))
        above = self.rank[self.up_to]
        return bool(((below < above) | (below == CORE)).all())

    def save_folder(self, folder: Path) -> None:
        """Write the network's arrays to a folder, all or nothing.

        The arrays are written beside the folder and moved there in one step, so that a reader finds
        either the whole network or none. A folder that is already there is left as it is: its name
        is expected to stand for its content.

        Raises
        ------
        StoreError
            If the folder cannot be written.
        """
        folder = Path(folder)
        if folder.is_dir():
            return
        try:
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sweep(folder)
            made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
            try:
                for name, array in self.to_arrays().items():
                    with _private_file(made / f"{name}.npy") as descriptor:
                        np.save(descriptor, np.ascontiguousarray(array), allow_pickle=False)
                        descriptor.flush()
                        os.fsync(descriptor.fileno())
                with contextlib.suppress(FileExistsError, NotADirectoryError):
                    made.rename(folder)
            except OSError:
                if not folder.is_dir():  # otherwise another process was first: the same content
                    raise
            finally:
                shutil.rmtree(made, ignore_errors=True)
        except OSError as error:
            raise StoreError(
                f"The street graph cannot be written to {folder}: {error.strerror or error}.",
                "Make room or choose another folder with --home.",
            ) from error

    @classmethod
    def open_folder(cls, folder: Path) -> StreetNetwork:
        """Open a network that :meth:`save_folder` wrote: memory-mapped, nothing is parsed.

        Raises
        ------
        StoreError
            If the folder is not there, incomplete or damaged.
        """
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name in ("version", *_DTYPES):
            try:
                arrays[name] = np.load(
                    Path(folder) / f"{name}.npy", mmap_mode="r", allow_pickle=False
                )
            except (OSError, ValueError, EOFError) as error:
                raise StoreError(
                    f"The street graph in {folder} cannot be read: {error}.",
                    "Delete that folder; it is written again from the city.",
                ) from error
        return cls.from_arrays(arrays)


def cell_keys(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the keys of grid cells; cells left of and below the frame have keys of their own."""
    return (rows << 32) + columns


def _check_lengths(network: StreetNetwork) -> None:
    """Raise StoreError unless the arrays' lengths fit each other (their contents are not read)."""
    nodes, edges = len(network.node_lat), len(network.edge_u)
    vertices, blocks, cells = (
        len(network.vertex_lat),
        len(network.block_key),
        len(network.cell_key),
    )
    rides = len(network.ride_a)
    expected = {
        "node_lon": nodes,
        "half_start": nodes + 1,
        "half_to": 2 * edges,
        "half_edge": 2 * edges,
        "rank": nodes,
        "up_start": nodes + 1,
        "up_m": len(network.up_to),
        "vertex_start": edges + 1,
        "block_frame": 4,
        "block_start": blocks + 1,
        "cell_frame": 4,
        "cell_start": cells + 1,
        **dict.fromkeys(("edge_v", "edge_length", "edge_flags", "edge_name"), edges),
        **dict.fromkeys(("vertex_lon", "vertex_m", "vertex_name", "vertex_kind"), vertices),
        "vertex_flags": vertices,
        "node_part": nodes,
        **dict.fromkeys(("ride_b", "ride_s", "ride_m", "ride_name"), rides),
        "ride_start": rides + 1,
        "ride_lon": len(network.ride_lat),
    }
    fits = all(len(getattr(network, name)) == length for name, length in expected.items())
    fits = fits and len(network.name_start) > 0
    ends = (
        (network.vertex_start, network.vertex_lat),
        (network.half_start, network.half_to),
        (network.up_start, network.up_to),
        (network.name_start, network.name_bytes),
        (network.block_start, network.node_lat),
        (network.cell_start, network.cell_vertex),
        (network.ride_start, network.ride_lat),
    )
    if not fits or not nodes or any(int(start[-1]) != len(rows) for start, rows in ends):
        raise _damaged("its arrays do not fit each other")


def _damaged(what: str) -> StoreError:
    return StoreError(
        f"The street graph is damaged: {what}.", "Add the city again from its extract."
    )


def _sweep(folder: Path) -> None:
    """Remove what killed processes left beside a folder an hour ago or longer."""
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*"):
        if left.is_dir() and time.time() - left.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)


def _private_file(path: Path) -> Any:  # noqa: ANN401 - a binary file object, whose type is private
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
