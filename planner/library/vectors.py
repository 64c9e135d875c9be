"""The embeddings of a person's places: made for what is new, kept with the place, found by meaning.

A vector is kept until the place's words change, so that ten new places cost ten embeddings. They
are kept with 16 bits a number; similarities differ by less than 0.001 from those of 32 bits.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from planner.library.holdings import embedded_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from planner.library.places import Places

    Encode: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]

_AT_ONCE = 256
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
    on_done
        Told how many are done.
    """
    query = (
        "SELECT number FROM places WHERE number NOT IN "
        "(SELECT place FROM embeddings WHERE space = ?) ORDER BY number"
    )
    numbers = iter([int(number) for (number,) in places.store.rows(query, space)])
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


class VectorIndex:
    """Finds row numbers by meaning; a byte a number, so that 100,000 places need 40 MB.

    Parameters
    ----------
    numbers
        Row numbers, ascending.
    vectors
        Their unit vectors, shape (len(numbers), dimension).
    """

    def __init__(self, numbers: NDArray[np.int64], vectors: NDArray[Any]) -> None:
        self.numbers = numbers
        self._index: Any = None
        if len(numbers):
            import faiss

            dimension = vectors.shape[1]
            self._index = faiss.IndexScalarQuantizer(
                dimension, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
            )
            sample = vectors[:: max(1, len(vectors) // 20_000)]
            self._index.train(np.ascontiguousarray(sample, dtype=np.float32))
            for start in range(0, len(vectors), 8192):
                part = vectors[start : start + 8192]
                self._index.add(np.ascontiguousarray(part, dtype=np.float32))

    def find(
        self, query: NDArray[np.float32], k: int, *, among: Iterable[int] | None = None
    ) -> tuple[tuple[int, float], ...]:
        """Return the ``k`` row numbers nearest to a unit vector, with their similarity.

        Parameters
        ----------
        query
            Shape (dimension,).
        k
            How many at most.
        among
            Only these row numbers.
        """
        if self._index is None:
            return ()
        import faiss

        parameters = None
        most = len(self.numbers)
        if among is not None:
            wanted = np.fromiter(among, dtype=np.int64)
            rows = np.flatnonzero(np.isin(self.numbers, wanted, assume_unique=True))
            most = len(rows)
            # The selector does not keep the array alive that it looks into.
            selector = faiss.IDSelectorBatch(rows)
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg] # its wrapper takes fields
        k = min(k, most)
        if k == 0:
            return ()
        asked = np.ascontiguousarray(query.reshape(1, -1), dtype=np.float32)
        values, rows_found = self._index.search(asked, k, params=parameters)
        return tuple(
            (int(self.numbers[row]), float(value))
            for row, value in zip(rows_found[0], values[0], strict=True)
            if row >= 0
        )

    def similarities(self, query: NDArray[np.float32], numbers: Sequence[int]) -> dict[int, float]:
        """Return how near given row numbers are to a unit vector; those not known lack."""
        if self._index is None or not numbers:
            return {}
        wanted = np.asarray(numbers, dtype=np.int64)
        at = np.searchsorted(self.numbers, wanted)
        there = at < len(self.numbers)
        there[there] = self.numbers[at[there]] == wanted[there]
        rows = np.ascontiguousarray(at[there], dtype=np.int64)
        if not len(rows):
            return {}
        values = self._index.reconstruct_batch(rows) @ query.astype(np.float32)
        return dict(zip(wanted[there].tolist(), values.tolist(), strict=True))
