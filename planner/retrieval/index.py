"""The embeddings of a city's places, searchable by inner product (FAISS).

Every search is exact. Up to some thousand places FAISS compares the vectors themselves. Larger
cities are searched in two steps: FAISS ranks codes of one byte a number, which are a quarter of
the size, and the best of them are compared by their vectors. How far a code may be from its vector
is known, so it is known too whether anything that was not compared could have been better; if so,
more are compared.

A city's rows lie in files that are memory-mapped (:mod:`planner.retrieval.shelf`); a person's own
places are rows in memory beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from planner.retrieval.table import Mark, PlaceTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from planner.domain import Place

    Rows = NDArray[np.int64]
    Vectors = NDArray[np.float32]

FLAT_LIMIT: Final = 8192
"""Rows up to which FAISS holds a copy of the vectors themselves."""
_POOL: Final = 128
_POOL_SHARE: Final = 3
_POOL_GROWTH: Final = 4


class Places(Protocol):
    """The places behind the rows of one block."""

    def at(self, rows: Sequence[int]) -> list[Place]:
        """Return the places of some rows."""

    def ids(self, rows: Sequence[int]) -> list[str]:
        """Return the ids of the places of some rows."""

    def row(self, place_id: str) -> int | None:
        """Return the row of a place."""


@dataclass(frozen=True, eq=False)
class Codes:
    """Vectors as one signed byte a number.

    Attributes
    ----------
    scale
        What the vectors were multiplied with before they were rounded.
    residual
        The longest difference between a vector and what its code stands for.
    longest
        The length of the longest vector.
    opened
        Gives the FAISS index over the codes; called at the first search.
    """

    scale: float
    residual: float
    longest: float
    opened: Callable[[], Any]

    @cached_property
    def index(self) -> Any:  # noqa: ANN401 - the library ships no types
        """The FAISS index over the codes."""
        return self.opened()

    def asked(self, query: Vectors) -> tuple[Vectors, float, float]:
        """Return a query for the codes, the unit of the answers, and how wrong they may be.

        The query is made of whole numbers as well: some builds of FAISS compare bytes with bytes
        and would cut its fractions off. With ``q'`` and ``x'`` for what is rounded,
        ``|qx - q'x'| <= |q| |x - x'| + |q - q'| |x'|``.
        """
        largest = float(np.abs(query).max(initial=0.0))
        scale = 127.0 / largest if largest > 0 else 1.0
        rounded: Vectors = np.rint(query * np.float32(scale))
        apart = float(np.linalg.norm(query - rounded / np.float32(scale)))
        slack = float(np.linalg.norm(query)) * self.residual + apart * (
            self.longest + self.residual
        )
        # Sums of float32 have an error of their own, far below this.
        return rounded, scale * self.scale, slack + 1e-5


@dataclass(frozen=True, eq=False)
class Block:
    """Rows that lie together: vectors, what each row is, and whatever FAISS searches.

    ``codes`` is what :func:`codes_of` made of the vectors; without it FAISS searches the vectors.
    """

    places: Places
    table: PlaceTable
    vectors: Vectors
    codes: Codes | None = None

    @cached_property
    def _flat(self) -> Any:  # noqa: ANN401 - the library ships no types
        index = faiss_library().IndexFlatIP(self.vectors.shape[1])
        index.add(np.ascontiguousarray(self.vectors))
        return index

    def nearest(
        self, query: Vectors, k: int, wanted: NDArray[np.bool_] | None
    ) -> tuple[Rows, Vectors]:
        """Return the rows most similar to a query among those wanted, best first."""
        count = len(self.table) if wanted is None else int(np.count_nonzero(wanted))
        k = min(k, count)
        if k == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        parameters = None if wanted is None or count == len(wanted) else _only(wanted)
        if self.codes is None:
            found, rows = self._flat.search(query[None], k, params=parameters)
            return _ordered(rows[0], found[0])
        asked, unit, slack = self.codes.asked(query)
        pool = min(count, _POOL_SHARE * k + _POOL)
        while True:
            about, rows = self.codes.index.search(asked[None], pool, params=parameters)
            similarity = _products(self.vectors.take(rows[0], axis=0), query)
            ranked, values = _ordered(rows[0], similarity)
            if np.abs(about[0] / unit - similarity).max() > slack:
                # Not what codes may say: a build of FAISS that computes otherwise. Ask it nothing.
                among = np.flatnonzero(wanted) if wanted is not None else np.arange(count)
                ranked, values = _ordered(among, _products(self.vectors[among], query))
                return ranked[:k], values[:k]
            if pool == count or values[k - 1] >= about[0][-1] / unit + slack:
                return ranked[:k], values[:k]
            pool = min(count, _POOL_GROWTH * pool)


class PlaceIndex:
    """An exact inner-product index over unit vectors, one row a place.

    Parameters
    ----------
    blocks
        One or more runs of rows; a row's number counts through all of them.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = tuple(blocks)
        self._starts = np.cumsum([0, *(len(block.table) for block in blocks)])
        self.table = blocks[0].table
        for block in blocks[1:]:
            self.table = self.table.beside(block.table)
        self.hidden = self.table.marked(Mark.HIDDEN)

    @staticmethod
    def of(places: Iterable[Place], embeddings: Vectors) -> PlaceIndex:
        """Return the index of places in memory.

        Parameters
        ----------
        places
            The places, no id twice.
        embeddings
            Float32 array of shape (places, dimension), rows of length one.

        Raises
        ------
        ValueError
            If the two do not have the same number of rows.
        """
        return PlaceIndex([_block_of(tuple(places), embeddings)])

    def with_own(self, places: Iterable[Place], embeddings: Vectors) -> PlaceIndex:
        """Return the index with more places beside these, or instead of those of the same id.

        Parameters
        ----------
        places, embeddings
            As in :meth:`of`.
        """
        added = tuple(places)
        base = self._blocks[0]
        replaced = [row for place in added if (row := base.places.row(place.id)) is not None]
        hiding = Block(base.places, base.table.hiding(replaced), base.vectors, base.codes)
        # What FAISS searches does not depend on what is hidden: a copy made before is kept.
        if "_flat" in base.__dict__:
            hiding.__dict__["_flat"] = base.__dict__["_flat"]
        return PlaceIndex([hiding, _block_of(added, embeddings)])

    def with_renown(self, renown: NDArray[np.float64]) -> PlaceIndex:
        """Return the index with another word on how widely its places are known.

        Parameters
        ----------
        renown
            From 0 to 1, shape (rows,).
        """
        blocks = []
        for block, begin, end in zip(
            self._blocks, self._starts[:-1].tolist(), self._starts[1:].tolist(), strict=True
        ):
            told = replace(block, table=replace(block.table, renown=renown[begin:end]))
            if "_flat" in block.__dict__:
                told.__dict__["_flat"] = block.__dict__["_flat"]
            blocks.append(told)
        return PlaceIndex(blocks)

    def __len__(self) -> int:
        return int(len(self.table) - np.count_nonzero(self.hidden))

    def nearest(
        self, query: Vectors, k: int, wanted: NDArray[np.bool_] | None = None
    ) -> tuple[Rows, Vectors]:
        """Return the rows most similar to a query, best first, with their similarity.

        Parameters
        ----------
        query
            A unit vector of shape (dimension,).
        k
            How many; fewer come back where there are fewer.
        wanted
            (rows,) which rows may be found; all where absent. Hidden ones never are.
        """
        query = np.ascontiguousarray(query, dtype=np.float32)
        if wanted is None and self.hidden.any():
            wanted = ~self.hidden
        elif wanted is not None:
            wanted = wanted & ~self.hidden
        found = []
        for block, begin, end in zip(
            self._blocks, self._starts[:-1], self._starts[1:], strict=True
        ):
            part = None if wanted is None else wanted[begin:end]
            rows, values = block.nearest(query, k, part)
            found.append((rows + begin, values))
        rows, values = _ordered(
            np.concatenate([rows for rows, _ in found]),
            np.concatenate([values for _, values in found]),
        )
        return rows[:k], values[:k]

    def similarity(self, query: Vectors, rows: Rows) -> Vectors:
        """Return the similarity of given rows to a query, shape (len(rows),)."""
        values = np.empty(len(rows), dtype=np.float32)
        for block, begin, end in zip(
            self._blocks, self._starts[:-1], self._starts[1:], strict=True
        ):
            here = (rows >= begin) & (rows < end)
            if here.any():
                vectors = block.vectors.take(rows[here] - begin, axis=0)
                values[here] = _products(vectors, query.astype(np.float32))
        return values

    def row(self, place_id: str) -> int | None:
        """Return the row of a place, ``None`` if it has none."""
        for block, begin in reversed(list(zip(self._blocks, self._starts[:-1], strict=True))):
            row = block.places.row(place_id)
            if row is not None:
                return int(begin) + int(row)
        return None

    def vector(self, place_id: str) -> Vectors | None:
        """Return the vector of a place, ``None`` if it has none."""
        row = self.row(place_id)
        if row is None:
            return None
        at = int(np.searchsorted(self._starts, row, side="right")) - 1
        vector: Vectors = np.array(self._blocks[at].vectors[row - int(self._starts[at])])
        return vector

    def ids(self, rows: Sequence[int]) -> list[str]:
        """Return the ids of the places of some rows."""
        return self._gather(rows, lambda places, inner: places.ids(inner))

    def places(self, rows: Sequence[int]) -> list[Place]:
        """Return the places of some rows."""
        return self._gather(rows, lambda places, inner: places.at(inner))

    def _gather(self, rows: Sequence[int], read: Any) -> list[Any]:  # noqa: ANN401 - of two kinds
        if len(self._blocks) == 1:
            gathered: list[Any] = read(self._blocks[0].places, rows)
            return gathered
        found: dict[int, Any] = {}
        for block, begin, end in zip(
            self._blocks, self._starts[:-1].tolist(), self._starts[1:].tolist(), strict=True
        ):
            inner = [row - begin for row in rows if begin <= row < end]
            if inner:
                found.update(
                    zip((row + begin for row in inner), read(block.places, inner), strict=True)
                )
        return [found[row] for row in rows]


@dataclass(frozen=True, eq=False)
class _InMemory:
    """Places that are held in memory."""

    all: tuple[Place, ...]
    rows: dict[str, int] = field(default_factory=dict)

    def at(self, rows: Sequence[int]) -> list[Place]:
        return [self.all[row] for row in rows]

    def ids(self, rows: Sequence[int]) -> list[str]:
        return [self.all[row].id for row in rows]

    def row(self, place_id: str) -> int | None:
        return self.rows.get(place_id)


def _block_of(places: tuple[Place, ...], embeddings: Vectors) -> Block:
    if embeddings.ndim != 2 or len(places) != len(embeddings):  # noqa: PLR2004
        raise ValueError(f"{len(places)} places but embeddings of shape {embeddings.shape}")
    vectors = np.ascontiguousarray(embeddings, dtype=np.float32)
    rows = {place.id: row for row, place in enumerate(places)}
    codes = codes_of([vectors], len(vectors)) if len(vectors) > FLAT_LIMIT else None
    return Block(_InMemory(places, rows), PlaceTable.of(places), vectors, codes)


def codes_of(chunks: Sequence[Vectors], count: int) -> Codes:
    """Return the codes of vectors that come in chunks.

    Parameters
    ----------
    chunks
        Arrays of shape (some, dimension); they are gone through twice.
    count
        How many vectors there are in all.
    """
    faiss = faiss_library()
    largest = max(float(np.abs(chunk).max(initial=0.0)) for chunk in chunks)
    scale = 127.0 / largest if largest > 0 else 1.0
    index = faiss.IndexScalarQuantizer(
        chunks[0].shape[1], faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
    )
    residual = longest = 0.0
    for chunk in chunks:
        rounded = np.rint(chunk * np.float32(scale))
        index.add(rounded)
        apart = np.linalg.norm(chunk - rounded / np.float32(scale), axis=1)
        residual = max(residual, float(apart.max(initial=0.0)))
        longest = max(longest, float(np.linalg.norm(chunk, axis=1).max(initial=0.0)))
    if index.ntotal != count:
        raise ValueError(f"{index.ntotal} vectors where there should be {count}")
    return Codes(scale, residual, longest, lambda: index)


def _only(wanted: NDArray[np.bool_]) -> Any:  # noqa: ANN401 - the library ships no types
    faiss = faiss_library()
    bits = np.packbits(wanted, bitorder="little")
    selector = faiss.IDSelectorBitmap(bits)
    return faiss.SearchParameters(sel=selector)


def _products(vectors: Vectors, query: Vectors) -> Vectors:
    """Return the inner products, one by one: BLAS would share out a millisecond among threads."""
    products: Vectors = np.vecdot(vectors, query)
    return products


def _ordered(rows: Rows, values: Vectors) -> tuple[Rows, Vectors]:
    """Return rows by falling value; of equal ones the earlier first."""
    order = np.lexsort((rows, -values))
    return rows[order].astype(np.int64), values[order].astype(np.float32)


def faiss_library() -> Any:  # noqa: ANN401 - the library ships no types
    """Return FAISS, imported at the first search."""
    import faiss

    # One thread: a search takes milliseconds, and threads that wait for each other on a busy
    # machine cost more than they give.
    faiss.omp_set_num_threads(1)
    return faiss
