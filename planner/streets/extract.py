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

    from planner.streets.walkways import Walkway

    BBox = tuple[float, float, float, float]
    Progress = Callable[[str, float], None]

DISK_INDEX_BYTES: Final = 192 * 1024 * 1024
"""Compressed size above which node positions are kept in a file instead of in memory."""

DEGREE: Final = 10_000_000
"""OpenStreetMap's unit of position: 1e-7 degrees."""

_MISSING: Final = 2**31 - 1
_GAP: Final = -(2**62)
_BATCH: Final = 200_000
_INDEX_ENTRY_BYTES: Final = 16
_NODES_SHARE: Final = 0.4
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
    kind, flags, name
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
        pieces = _stream(path, bbox, tell)
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
    """Way nodes in reading order (reference, position in 1e-7 degrees, number of the way)."""

    refs: list[int] = field(default_factory=list)
    xs: list[int] = field(default_factory=list)
    ys: list[int] = field(default_factory=list)
    ways: list[int] = field(default_factory=list)
    walkways: list[Walkway] = field(default_factory=list)


@dataclass(slots=True)
class _Pieces:
    """What the stream gave, before nodes are numbered."""

    refs: list[npt.NDArray[np.int64]] = field(default_factory=list)
    xs: list[npt.NDArray[np.int32]] = field(default_factory=list)
    ys: list[npt.NDArray[np.int32]] = field(default_factory=list)
    ways: list[npt.NDArray[np.int64]] = field(default_factory=list)
    rows: list[tuple[int, int, int]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    kerbs: list[int] = field(default_factory=list)
    highways: int = 0
    walkways: int = 0
    drafts: int = 0

    def add(self, batch: _Batch, bbox: BBox | None) -> None:
        """Add way nodes; where one is missing or outside the box, a gap stands for it.

        Of a whole country only what lies in the box is kept, of ways as of nodes.
        """
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
        used, renumbered = np.unique(way[keep], return_inverse=True)
        self.ways.append(renumbered.reshape(-1) + len(self.rows))
        for number in used.tolist():
            one = batch.walkways[number]
            name = self.names.setdefault(one.name, len(self.names)) if one.name else -1
            self.rows.append((int(one.kind), int(one.flags), name))
        self.walkways += len(batch.walkways)
        self.drafts += int((ref < 0).sum())


def _stream(path: Path, bbox: BBox | None, tell: Progress) -> _Pieces:
    """Read nodes into a position index, then the ways with their positions."""
    import osmium

    file = osmium.io.File(str(path.resolve()))
    if osmium.io.Reader(file, osmium.osm.NOTHING).header().has_multiple_object_versions:
        raise ValueError("it holds the history of its objects")
    tell("reading nodes", 0.0)
    index = _position_index(osmium, on_disk=path.stat().st_size > DISK_INDEX_BYTES)
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
    ways = (
        osmium.FileProcessor(file, osmium.osm.WAY)
        .with_filter(osmium.filter.KeyFilter("highway"))
        .with_filter(locations)
    )
    expected = max(1, index.used_memory() // _INDEX_ENTRY_BYTES)

    def reading(way_nodes: int) -> None:
        # Most nodes of most files belong to buildings, so this reaches the end a little early.
        tell("reading ways", _NODES_SHARE + (1 - _NODES_SHARE) * min(1.0, way_nodes / expected))

    _collect(pieces, ways, bbox, reading)
    return pieces


def _position_index(osmium: Any, *, on_disk: bool) -> Any:  # noqa: ANN401 - pyosmium has no types
    """Return an index from node to position, in memory or in a file that has no name any more."""
    if not on_disk:
        return osmium.index.create_map("sparse_mem_array")
    with tempfile.TemporaryDirectory(prefix="flaneur-nodes-") as folder:
        # The file lives as long as it is open, and goes whatever ends this process.
        return osmium.index.create_map(f"sparse_file_array,{Path(folder) / 'nodes'}")


def _collect(
    pieces: _Pieces, ways: Iterable[Any], bbox: BBox | None, reading: Callable[[int], None]
) -> None:
    """Take the nodes of every walkway, in batches that are cut to the box at once."""
    batch = _Batch()
    seen = 0
    reading(seen)
    for way in ways:
        pieces.highways += 1
        tags = dict(way.tags)
        if not in_osmnx(tags):
            continue
        number = len(batch.walkways)
        batch.walkways.append(walkway(tags))
        for node in way.nodes:
            batch.refs.append(node.ref)
            batch.xs.append(node.x)
            batch.ys.append(node.y)
            batch.ways.append(number)
        if len(batch.refs) >= _BATCH:
            pieces.add(batch, bbox)
            seen += len(batch.refs)
            reading(seen)
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
    rows = np.array(pieces.rows, dtype=np.int64).reshape(-1, 3)
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
        names=tuple(pieces.names),
    )


def _nothing(path: Path, pieces: _Pieces, bbox: BBox | None) -> UnreadableFileError:
    """Say why no street came out of a file that could be read."""
    if not pieces.walkways:
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
    if pieces.drafts:
        return UnreadableFileError(
            f"The streets of {path} are drafts that were never uploaded: their ids are negative.",
            "Use an extract of published data.",
        )
    return UnreadableFileError(
        f"The streets of {path} lack their nodes, so they have no position.",
        "Cut the extract with complete ways, for example with osmium extract.",
    )
