"""Reading the walkways of an OpenStreetMap extract, streamed, with bounded memory.

libosmium (pyosmium) decodes the file and resolves node positions outside Python; Python sees only
ways that are tagged as streets. The file is read twice, first its nodes, then its ways, because
many exports put ways before the nodes they use. Ways are cut where a node is missing or lies
outside the box, never joined across the gap.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import UnreadableFileError
from planner.streets.network import WayFlag
from planner.streets.walkways import in_osmnx, walkway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    BBox = tuple[float, float, float, float]
    Progress = Callable[[str, float], None]

DISK_INDEX_BYTES: Final = 192 * 1024 * 1024
"""Compressed size above which node positions are kept in a file instead of in memory."""

DEGREE: Final = 10_000_000
"""OpenStreetMap's unit of position: 1e-7 degrees."""

_MISSING: Final = 2**31 - 1
_GAP: Final = -(2**62)
_BATCH: Final = 200_000
_ENDINGS: Final = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".xml", ".o5m", ".opl")


@dataclass(frozen=True, slots=True)
class Walkways:
    """Straight pieces of walkways between two OSM nodes each; n nodes, s pieces.

    Attributes
    ----------
    node_id, lat, lon
        (n,) OSM ids, ascending, and degrees.
    u, v
        (s,) indices into the nodes.
    kind, flags, name, seconds
        (s,) of each piece; ``name`` indexes ``names``, -1 without one.
    names
        Every name once, in order of first appearance.
    """

    node_id: npt.NDArray[np.int64]
    lat: npt.NDArray[np.float64]
    lon: npt.NDArray[np.float64]
    u: npt.NDArray[np.int64]
    v: npt.NDArray[np.int64]
    kind: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.uint8]
    name: npt.NDArray[np.int32]
    seconds: npt.NDArray[np.float32]
    names: tuple[str, ...]


def read_walkways(
    path: Path, *, bbox: BBox | None = None, progress: Progress | None = None
) -> Walkways:
    """Read every walkway of an extract.

    Parameters
    ----------
    path
        A file that libosmium reads: ``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``.
    bbox
        West, south, east, north in degrees; nodes outside are left away.
    progress
        Called with what is being done and how much of the reading is done, 0 to 1.

    Raises
    ------
    UnreadableFileError
        If the file is not an OpenStreetMap extract, is truncated or empty, holds no streets, or
        none inside the box.
    """
    path = Path(path)
    _check_file(path)
    tell = progress or _silent
    try:
        with tempfile.TemporaryDirectory(prefix="flaneur-nodes-") as folder:
            pieces = _stream(path, bbox, tell, Path(folder))
    except (RuntimeError, ValueError) as error:
        raise _unreadable(path, error) from error
    except OSError as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {error.strerror or error}.", "Check the file and try again."
        ) from error
    return _compact(path, pieces, bbox)


def _silent(_what: str, _done: float) -> None:
    """Say nothing."""


def _check_file(path: Path) -> None:
    """Raise UnreadableFileError for what is no readable file, before libosmium sees its name.

    libosmium would fetch a name that begins like an address, so only existing files pass.
    """
    if path.is_dir():
        raise UnreadableFileError(f"{path} is a folder.", "Name one extract file.")
    if not path.is_file():
        raise UnreadableFileError(
            f"There is no file {path}.", "Check the path; extracts end in .osm.pbf or .osm."
        )
    if path.stat().st_size == 0:
        raise UnreadableFileError(f"{path} is empty.", "Fetch the extract again.")
    if not path.name.lower().endswith(_ENDINGS):
        raise UnreadableFileError(
            f"{path} does not look like an OpenStreetMap extract by its name.",
            "Supported are .osm.pbf, .osm, .osm.gz and .osm.bz2.",
        )


def _unreadable(path: Path, error: Exception) -> UnreadableFileError:
    text = str(error)
    cut_short = any(mark in text for mark in ("EOF", "truncated", "unclosed", "no element found"))
    if cut_short or "read close failed" in text or "end of stream" in text:
        problem = f"{path} ends too early; it seems to be truncated ({text})."
        return UnreadableFileError(problem, "Fetch the extract again.")
    return UnreadableFileError(
        f"{path} is not a readable OpenStreetMap extract ({text}).",
        "Supported are .osm.pbf, .osm, .osm.gz and .osm.bz2.",
    )


@dataclass(slots=True)
class _Batch:
    """Way nodes in reading order: reference, position in 1e-7 degrees, number of their way."""

    refs: list[int] = field(default_factory=list)
    xs: list[int] = field(default_factory=list)
    ys: list[int] = field(default_factory=list)
    ways: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Pieces:
    """What the stream gave, before nodes are numbered."""

    refs: list[npt.NDArray[np.int64]] = field(default_factory=list)
    xs: list[npt.NDArray[np.int32]] = field(default_factory=list)
    ys: list[npt.NDArray[np.int32]] = field(default_factory=list)
    ways: list[npt.NDArray[np.int64]] = field(default_factory=list)
    way_rows: list[tuple[int, int, int, float]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    kerbs: list[int] = field(default_factory=list)
    highways: int = 0

    def add(self, batch: _Batch, bbox: BBox | None) -> None:
        """Add way nodes; where one is missing or outside the box, a gap stands for it."""
        ref = np.array(batch.refs, dtype=np.int64)
        x, y = np.array(batch.xs, dtype=np.int32), np.array(batch.ys, dtype=np.int32)
        way = np.array(batch.ways, dtype=np.int64)
        there = (x != _MISSING) & (y != _MISSING)
        if bbox is not None:
            west, south, east, north = (round(side * DEGREE) for side in bbox)
            there &= (x >= west) & (x <= east) & (y >= south) & (y <= north)
        keep = there.copy()
        keep[1:] |= ~there[1:] & there[:-1]  # one gap after a run is enough to end it
        self.refs.append(np.where(there, ref, _GAP)[keep])
        self.xs.append(x[keep])
        self.ys.append(y[keep])
        self.ways.append(way[keep])


def _stream(path: Path, bbox: BBox | None, tell: Progress, folder: Path) -> _Pieces:
    """Read nodes into a position index, then the ways with their positions."""
    import osmium

    file = osmium.io.File(str(path.resolve()))
    if osmium.io.Reader(file, osmium.osm.NOTHING).header().has_multiple_object_versions:
        raise ValueError("it is a history file")
    tell("reading nodes", 0.0)
    on_disk = path.stat().st_size > DISK_INDEX_BYTES
    index = osmium.index.create_map(
        f"sparse_file_array,{folder / 'nodes'}" if on_disk else "sparse_mem_array"
    )
    # One handler for both passes: it remembers that nodes came out of order and sorts them.
    locations = osmium.NodeLocationsForWays(index)
    locations.ignore_errors()
    pieces = _Pieces()
    nodes = (
        osmium.FileProcessor(file, osmium.osm.NODE)
        .with_filter(locations)
        .with_filter(osmium.filter.TagFilter(("kerb", "raised")))
    )
    pieces.kerbs.extend(node.id for node in nodes)
    tell("reading ways", 0.4)
    ways = (
        osmium.FileProcessor(file, osmium.osm.WAY)
        .with_filter(osmium.filter.KeyFilter("highway"))
        .with_filter(locations)
    )
    _collect(pieces, ways, bbox)
    return pieces


def _collect(pieces: _Pieces, ways: Iterable[Any], bbox: BBox | None) -> None:
    """Take the nodes of every walkway, in batches that are cut to the box at once."""
    batch = _Batch()
    for way in ways:
        pieces.highways += 1
        tags = dict(way.tags)
        if not in_osmnx(tags):
            continue
        described = walkway(tags)
        name = pieces.names.setdefault(described.name, len(pieces.names)) if described.name else -1
        number = len(pieces.way_rows)
        pieces.way_rows.append((int(described.kind), int(described.flags), name, 0.0))
        for node in way.nodes:
            batch.refs.append(node.ref)
            batch.xs.append(node.x)
            batch.ys.append(node.y)
            batch.ways.append(number)
        if len(batch.refs) >= _BATCH:
            pieces.add(batch, bbox)
            batch = _Batch()
    pieces.add(batch, bbox)


def _compact(path: Path, pieces: _Pieces, bbox: BBox | None) -> Walkways:
    """Give the nodes numbers and turn runs of nodes into pieces."""
    refs = np.concatenate(pieces.refs)
    owners = np.concatenate(pieces.ways)
    real = refs != _GAP
    linked = real[:-1] & real[1:] & (owners[:-1] == owners[1:]) & (refs[:-1] != refs[1:])
    if not linked.any():
        raise _nothing(path, pieces, bbox)
    first = np.flatnonzero(linked)
    ids, where, inverse = np.unique(
        np.concatenate([refs[first], refs[first + 1]]), return_index=True, return_inverse=True
    )
    at = np.concatenate([first, first + 1])[where]
    u, v = inverse[: len(first)], inverse[len(first) :]
    rows = np.array(pieces.way_rows, dtype=np.float64).reshape(-1, 4)
    flags = rows[owners[first], 1].astype(np.uint8)
    kerb = np.isin(ids, np.array(pieces.kerbs, dtype=np.int64))
    flags[kerb[u] | kerb[v]] |= np.uint8(WayFlag.RAISED_KERB)
    return Walkways(
        node_id=ids,
        lat=np.concatenate(pieces.ys)[at] / DEGREE,
        lon=np.concatenate(pieces.xs)[at] / DEGREE,
        u=u,
        v=v,
        kind=rows[owners[first], 0].astype(np.uint8),
        flags=flags,
        name=rows[owners[first], 2].astype(np.int32),
        seconds=rows[owners[first], 3].astype(np.float32),
        names=tuple(pieces.names),
    )


def _nothing(path: Path, pieces: _Pieces, bbox: BBox | None) -> UnreadableFileError:
    """Say why no street came out of a file that could be read."""
    if not pieces.way_rows:
        kinds = "no streets that people may walk on" if pieces.highways else "no streets"
        return UnreadableFileError(
            f"There are {kinds} in this file: {path}.",
            "Choose an extract with the ways of a city, not only its points.",
        )
    if bbox is not None:
        west, south, east, north = bbox
        return UnreadableFileError(
            f"No street of {path} lies within {west},{south},{east},{north}.",
            "The box is west,south,east,north in degrees; check it against the extract.",
        )
    return UnreadableFileError(
        f"The streets of {path} lack their nodes, so they have no position.",
        "Cut the extract with complete ways, for example with osmium extract.",
    )
