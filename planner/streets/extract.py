"""Reading the walkways of an OpenStreetMap extract, streamed, with bounded memory.

libosmium (pyosmium) decodes the file and resolves node positions outside Python; Python sees only
ways that are tagged as streets. The file is read twice, first its nodes, then its ways, because
many exports put ways before the nodes they use. Ways are cut where a node is missing or lies
outside the box, never joined across the gap. Squares that walkers cross, as closed ways or as
relations of ways, are turned into lines; one with a node missing or outside is left away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import UnreadableFileError
from planner.library.osmfile import DEGREE, in_box, open_file, position_index, refusing
from planner.streets.geodesy import great_circle
from planner.streets.network import WayFlag
from planner.streets.squares import Chain, Square, closed_rims, crossing_lines, rim_refs
from planner.streets.walkways import FERRY_MS, square, walkway

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from planner.library.osmfile import BBox
    from planner.streets.walkways import Walkway

    Progress = Callable[[str, float], None]

_GAP: Final = -(2**62)
_BATCH: Final = 200_000
_INDEX_ENTRY_BYTES: Final = 16
_NODES_SHARE: Final = 0.4


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
    ride_s
        (s,) seconds that a ferry takes for the piece, 0 where one walks.
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
    ride_s: npt.NDArray[np.float32]


def read_walkways(
    path: Path,
    *,
    bbox: BBox | None = None,
    progress: Progress | None = None,
    beyond: bool = True,
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
    beyond
        Whether what walkers know better than OSMnx counts: what is open or closed to them, squares
        that they cross, ferries that take them. Otherwise the walkways are OSMnx's and no others.

    Raises
    ------
    UnreadableFileError
        If the file is not an OpenStreetMap extract, is truncated or empty, holds no streets, or
        none inside the box.
    """
    with refusing(path):
        pieces = _stream(path, _Scope(bbox, beyond=beyond), progress or _silent)
    return _compact(path, pieces, bbox)


def _silent(_what: str, _done: float) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which walkways are wanted."""

    bbox: BBox | None
    beyond: bool

    @property
    def unwanted(self) -> WayFlag:
        """Flags of walkways that are left away."""
        return WayFlag.CLOSED if self.beyond else WayFlag.BEYOND

    def holds(self, x: npt.NDArray[np.int32], y: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """Tell which positions are known and lie in the box."""
        return in_box(x, y, self.bbox)


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
    rows: list[tuple[int, int, int, float]] = field(default_factory=list)
    squares: list[Square] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    kerbs: list[int] = field(default_factory=list)
    highways: int = 0
    walkways: int = 0
    drafts: int = 0

    def add(self, batch: _Batch, scope: _Scope) -> None:
        """Add way nodes; where one is missing or outside the box, a gap stands for it.

        Of a whole country only what lies in the box is kept, of ways as of nodes.
        """
        ref = np.array(batch.refs, dtype=np.int64)
        x, y = np.array(batch.xs, dtype=np.int32), np.array(batch.ys, dtype=np.int32)
        way = np.array(batch.ways, dtype=np.int64)
        there = scope.holds(x, y)
        keep = there.copy()
        keep[1:] |= ~there[1:] & there[:-1]  # one gap after a run is enough to end it
        self.refs.append(np.where(there, ref, _GAP)[keep])
        self.xs.append(x[keep])
        self.ys.append(y[keep])
        used, renumbered = np.unique(way[keep], return_inverse=True)
        self.ways.append(renumbered.reshape(-1) + len(self.rows))
        for number in used.tolist():
            self.add_row(batch.walkways[number])
        self.walkways += sum(not one.flags & WayFlag.FERRY for one in batch.walkways)
        self.drafts += int((ref < 0).sum())

    def add_row(self, one: Walkway) -> None:
        """Add what is kept of a way's tags."""
        name = self.names.setdefault(one.name, len(self.names)) if one.name else -1
        self.rows.append((int(one.kind), int(one.flags), name, one.ride_s))

    def add_squares(self) -> None:
        """Add the lines over squares; each is entered where it touches a way or another square."""
        rims = [rim_refs(one) for one in self.squares]
        if not rims:
            return
        shared, count = np.unique(np.concatenate(rims), return_counts=True)
        met = np.isin(shared, np.concatenate(self.refs))
        entrances = shared[met | (count > 1)]
        for one in self.squares:
            lines = crossing_lines(one, entrances)
            if lines is None:
                continue
            # Each line is a run of two nodes; a gap ends it.
            ends = np.stack([lines.a, lines.b, lines.b], axis=1).ravel()
            refs = lines.refs[ends]
            refs[2::3] = _GAP
            self.refs.append(refs)
            self.xs.append(lines.xs[ends])
            self.ys.append(lines.ys[ends])
            self.ways.append(np.full(len(ends), len(self.rows), dtype=np.int64))
            self.add_row(one.walkway)


def _stream(path: Path, scope: _Scope, tell: Progress) -> _Pieces:
    """Read nodes into a position index, then the ways with their positions."""
    import osmium

    file = open_file(path)
    tell("reading nodes", 0.0)
    index = position_index(path)
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
        .with_filter(osmium.filter.KeyFilter("highway", "route", "man_made"))
        .with_filter(locations)
    )
    expected = max(1, index.used_memory() // _INDEX_ENTRY_BYTES)

    def reading(way_nodes: int) -> None:
        # Most nodes of most files belong to buildings, so this reaches the end a little early.
        tell("reading ways", _NODES_SHARE + (1 - _NODES_SHARE) * min(1.0, way_nodes / expected))

    _collect(pieces, ways, scope, reading)
    if scope.beyond and pieces.walkways:
        related = _related_squares(osmium, file)
        chains = _chains_of(osmium, file, locations, related, scope)
        for one in related:
            outer = closed_rims(chains[way] for way in one.outer if way in chains)
            inner = closed_rims(chains[way] for way in one.inner if way in chains)
            if outer and all(way in chains for way in (*one.outer, *one.inner)):
                pieces.squares.append(Square(one.walkway, outer, inner))
        pieces.add_squares()
    return pieces


@dataclass(frozen=True, slots=True)
class _Related:
    """A square that a relation describes: the ids of the ways of its rims and its holes' rims."""

    walkway: Walkway
    outer: tuple[int, ...]
    inner: tuple[int, ...]


def _related_squares(osmium: Any, file: Any) -> list[_Related]:  # noqa: ANN401 - no types
    """Read the squares that are relations of ways."""
    relations = osmium.FileProcessor(file, osmium.osm.RELATION).with_filter(
        osmium.filter.KeyFilter("highway")
    )
    found: list[_Related] = []
    for relation in relations:
        tags = dict(relation.tags)
        one = square(tags) if tags.get("type") == "multipolygon" else None
        if one is not None:
            ways = [(member.ref, member.role) for member in relation.members if member.type == "w"]
            inner = tuple(ref for ref, role in ways if role == "inner")
            found.append(_Related(one, tuple(ref for ref, role in ways if role != "inner"), inner))
    return found


def _chains_of(
    osmium: Any,  # noqa: ANN401 - no types
    file: Any,  # noqa: ANN401
    locations: Any,  # noqa: ANN401
    related: Sequence[_Related],
    scope: _Scope,
) -> dict[int, Chain]:
    """Read the ways of relations, those that are wholly known and in the box."""
    wanted = {way for one in related for way in (*one.outer, *one.inner)}
    if not wanted:
        return {}
    ways = (
        osmium.FileProcessor(file, osmium.osm.WAY)
        .with_filter(osmium.filter.IdFilter(wanted))
        .with_filter(locations)
    )
    chains = ((way.id, _chain(way, scope)) for way in ways)
    return {number: chain for number, chain in chains if chain is not None}


def _chain(way: Any, scope: _Scope) -> Chain | None:  # noqa: ANN401 - pyosmium has no types
    """Return the nodes of a way, ``None`` if one of them is missing or outside the box."""
    nodes = [(node.ref, node.x, node.y) for node in way.nodes]
    if not nodes:
        return None
    refs, xs, ys = zip(*nodes, strict=True)
    inside = scope.holds(np.array(xs, dtype=np.int32), np.array(ys, dtype=np.int32))
    return Chain(refs, xs, ys) if inside.all() else None


def _collect(
    pieces: _Pieces, ways: Iterable[Any], scope: _Scope, reading: Callable[[int], None]
) -> None:
    """Take the nodes of every walkway, in batches that are cut to the box at once."""
    batch = _Batch()
    unwanted = scope.unwanted
    seen = 0
    reading(seen)
    for way in ways:
        tags = dict(way.tags)
        pieces.highways += "highway" in tags
        if scope.beyond and tags.get("area") == "yes":
            _collect_square(pieces, way, tags, scope)
            continue
        one = walkway(tags)
        if one is None or one.flags & unwanted:
            continue
        number = len(batch.walkways)
        batch.walkways.append(one)
        for node in way.nodes:
            batch.refs.append(node.ref)
            batch.xs.append(node.x)
            batch.ys.append(node.y)
            batch.ways.append(number)
        if len(batch.refs) >= _BATCH:
            pieces.add(batch, scope)
            seen += len(batch.refs)
            reading(seen)
            batch = _Batch()
    pieces.add(batch, scope)


def _collect_square(
    pieces: _Pieces,
    way: Any,  # noqa: ANN401 - pyosmium has no types
    tags: Mapping[str, str],
    scope: _Scope,
) -> None:
    """Keep a closed way that is an area which walkers cross."""
    one = square(tags)
    chain = _chain(way, scope) if one is not None else None
    rims = closed_rims([chain]) if chain is not None else ()
    if one is not None and rims:
        pieces.squares.append(Square(one, rims))


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
    owner = owners[first]
    kind, way_flags, name, way_s = (np.array(column) for column in zip(*pieces.rows, strict=True))
    flags = way_flags[owner].astype(np.uint8)
    if (flags & np.uint8(WayFlag.FERRY)).all():
        raise _nothing(path, pieces, bbox)
    lat, lon = np.concatenate(pieces.ys)[at] / DEGREE, np.concatenate(pieces.xs)[at] / DEGREE
    kerb = np.isin(ids, np.array(pieces.kerbs, dtype=np.int64))
    flags[kerb[u] | kerb[v]] |= np.uint8(WayFlag.RAISED_KERB)
    return Walkways(
        node_id=ids,
        lat=lat,
        lon=lon,
        u=u,
        v=v,
        kind=kind[owner].astype(np.uint8),
        flags=flags,
        name=name[owner].astype(np.int32),
        names=tuple(pieces.names),
        ride_s=_ride_seconds(owner, flags, great_circle(lat[u], lon[u], lat[v], lon[v]), way_s),
    )


def _ride_seconds(
    owner: npt.NDArray[np.int64],
    flags: npt.NDArray[np.uint8],
    metres: npt.NDArray[np.float64],
    way_s: npt.NDArray[np.float64],
) -> npt.NDArray[np.float32]:
    """Share the time of every ferry out over its pieces, by their lengths."""
    whole = np.bincount(owner, weights=metres, minlength=len(way_s))
    pace = np.where((way_s > 0) & (whole > 0), way_s / np.maximum(whole, 1e-9), 1 / FERRY_MS)
    afloat = (flags & np.uint8(WayFlag.FERRY)) != 0
    return np.where(afloat, metres * pace[owner], 0.0).astype(np.float32)


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
