"""The embeddings of a person's places: made for what is new, kept with the place, found by meaning.

A vector is kept until the place's words change, so that ten new places cost ten embeddings. They
are kept with 16 bits a number; similarities differ by less than 0.001 from those of 32 bits.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from planner.library.holdings import embedded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from planner.library.places import Places

    Encode: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]

_AT_ONCE = 256
_PORTION = 8192
_COMPARED_IN_FULL = 1000
_KEPT_TYPE = np.dtype("<f2")


def count_pending(places: Places, space: str) -> int:
    """Return how many places have no embedding in a space yet."""
    return int(
        places.store.rows(
            "SELECT count(*) FROM places WHERE number NOT IN "
            "(SELECT place FROM embeddings WHERE space = ?)",
            space,
        )[0][0]
    )


def embed_pending(
    places: Places,
    space: str,
    encode: Encode,
    *,
    among: Collection[int] | None = None,
    on_done: Callable[[int], None] | None = None,
) -> int:
    """Embed the places that have no embedding yet, and return how many there were.

    Each portion is kept at once: an interruption loses little, and nothing else.

    Parameters
    ----------
    places
        The library.
    space
        The name of the model that ``encode`` runs; vectors of different models never mix.
    encode
        Turns texts into unit vectors, shape (texts, dimension).
    among
        Only these row numbers.
    on_done
        Told how many are done.
    """
    query = (
        "SELECT number FROM places WHERE number NOT IN "
        "(SELECT place FROM embeddings WHERE space = ?) ORDER BY number"
    )
    numbers = iter(
        int(number)
        for (number,) in places.store.rows(query, space)
        if among is None or number in among
    )
    done = 0
    while portion := list(islice(numbers, _AT_ONCE)):
        held = places.numbered(portion)
        vectors = encode([embedded_text(holding) for holding in held.values()])
        rows = zip(held, np.asarray(vectors, dtype=_KEPT_TYPE), strict=True)
        with places.store.transaction():
            places.store.run_many(
                "INSERT OR REPLACE INTO embeddings (place, space, vector) VALUES (?, ?, ?)",
                ((number, space, vector.tobytes()) for number, vector in rows),
            )
        done += len(held)
        if on_done is not None:
            on_done(done)
    return done


def load(places: Places, space: str) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Return row numbers, ascending, and their vectors, shape (places, dimension)."""
    store = places.store
    rows = store.rows("SELECT count(*), max(length(vector)) FROM embeddings WHERE space = ?", space)
    count, size = int(rows[0][0]), int(rows[0][1] or 0)
    numbers = np.empty(count, dtype=np.int64)
    vectors = np.empty((count, size // _KEPT_TYPE.itemsize), dtype=_KEPT_TYPE)
    query = "SELECT place, vector FROM embeddings WHERE space = ? ORDER BY place LIMIT ?"
    for at, (number, vector) in enumerate(store.stream(query, space, count)):
        numbers[at] = number
        vectors[at] = np.frombuffer(vector, dtype=_KEPT_TYPE)
    return numbers, vectors


def of(places: Places, space: str, numbers: Sequence[int]) -> dict[int, NDArray[np.float32]]:
    """Return the vectors of given row numbers; those that have none yet lack."""
    query = (
        "SELECT place, vector FROM embeddings WHERE space = ? "
        "AND place IN (SELECT value FROM json_each(?))"
    )
    rows = places.store.rows(query, space, json.dumps(list(numbers)))
    return {
        int(number): np.frombuffer(vector, dtype=_KEPT_TYPE).astype(np.float32)
        for number, vector in rows
    }


class VectorIndex:
    """Finds row numbers by meaning.

    Small libraries are compared in full. In large ones the signs of the numbers, a bit each,
    choose what is compared in full: 100,000 places then take two milliseconds and 80 MB (binary
    quantisation with rescoring; Yamada et al. 2021, arXiv:2106.00882).

    Parameters
    ----------
    numbers
        Row numbers, ascending.
    vectors
        Their unit vectors, shape (len(numbers), dimension).
    """

    def __init__(self, numbers: NDArray[np.int64], vectors: NDArray[np.float16]) -> None:
        self.numbers = numbers
        self._vectors = vectors
        self._middle = np.zeros(vectors.shape[1], dtype=np.float32)
        self._signs: NDArray[np.uint64] | None = None
        if len(numbers) > _COMPARED_IN_FULL and vectors.shape[1] % 64 == 0:
            # Embeddings lie to one side of the origin; around their middle, signs tell most.
            sample = vectors[:: max(1, len(vectors) // _COMPARED_IN_FULL)]
            self._middle = sample.astype(np.float32).mean(axis=0)
            self._signs = np.empty((vectors.shape[1] // 64, len(vectors)), dtype=np.uint64)
            for start in range(0, len(vectors), _PORTION):
                part = slice(start, start + _PORTION)
                self._signs[:, part] = self._signs_of(vectors[part]).T

    def find(
        self, query: NDArray[np.float32], k: int, *, among: NDArray[np.int64] | None = None
    ) -> tuple[tuple[int, float], ...]:
        """Return the ``k`` row numbers nearest to a unit vector, with their cosine.

        Parameters
        ----------
        query
            Shape (dimension,).
        k
            How many at most.
        among
            Only these row numbers.
        """
        if not len(self.numbers) or k <= 0:
            return ()
        rows = None if among is None else self._rows(among)
        if self._signs is not None and (rows is None or len(rows) > _COMPARED_IN_FULL):
            rows = self._likely(query, rows)
        values = _cosines(self._vectors if rows is None else self._vectors[rows], query)
        best = np.argsort(-values, kind="stable")[:k]
        numbers = self.numbers[best if rows is None else rows[best]]
        return tuple(zip(numbers.tolist(), values[best].tolist(), strict=True))

    def similarities(self, query: NDArray[np.float32], numbers: Sequence[int]) -> dict[int, float]:
        """Return how near given row numbers are to a unit vector; those not known lack."""
        rows = self._rows(np.asarray(numbers, dtype=np.int64))
        if not len(rows):
            return {}
        values = _cosines(self._vectors[rows], query)
        return dict(zip(self.numbers[rows].tolist(), values.tolist(), strict=True))

    def _likely(
        self, query: NDArray[np.float32], rows: NDArray[np.int64] | None
    ) -> NDArray[np.int64]:
        """Return the rows whose signs differ least from the query's."""
        assert self._signs is not None  # noqa: S101 - asked for by those who looked
        asked = self._signs_of(query.reshape(1, -1))[0]
        count = self._signs.shape[1] if rows is None else len(rows)
        apart = np.zeros(count, dtype=np.uint16)
        for signs, wanted in zip(self._signs, asked, strict=True):
            apart += np.bitwise_count((signs if rows is None else signs[rows]) ^ wanted)
        # Few distances are possible, so counting them is faster than sorting.
        enough = np.bincount(apart).cumsum() >= min(_COMPARED_IN_FULL, count)
        likely = np.flatnonzero(apart <= int(enough.argmax()))[: 2 * _COMPARED_IN_FULL]
        return likely if rows is None else rows[likely]

    def _signs_of(self, vectors: NDArray[Any]) -> NDArray[np.uint64]:
        return np.packbits(vectors > self._middle, axis=1).view(np.uint64)

    def _rows(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        at = np.searchsorted(self.numbers, numbers)
        there = at < len(self.numbers)
        there[there] = self.numbers[at[there]] == numbers[there]
        return at[there]


def _cosines(vectors: NDArray[np.float16], query: NDArray[np.float32]) -> NDArray[np.float32]:
    # Waking the threads of a matrix library takes longer than so small a product.
    values: NDArray[np.float32] = np.einsum(
        "ij,j->i", vectors.astype(np.float32), query.astype(np.float32)
    )
    return values
