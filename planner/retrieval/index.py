"""The embeddings of a city's places, searchable by inner product (FAISS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class PlaceIndex:
    """An exact inner-product index over unit vectors, one row a place.

    Parameters
    ----------
    place_ids
        Ids of the places, in the order of the rows.
    embeddings
        Float32 array of shape (places, dimension), rows of length one.

    Raises
    ------
    ValueError
        If the two do not have the same number of rows.
    """

    def __init__(self, place_ids: Sequence[str], embeddings: NDArray[np.float32]) -> None:
        import faiss

        if embeddings.ndim != 2 or len(place_ids) != len(embeddings):  # noqa: PLR2004
            raise ValueError(f"{len(place_ids)} places but embeddings of shape {embeddings.shape}")
        self.place_ids = tuple(place_ids)
        self._embeddings = np.ascontiguousarray(embeddings, dtype=np.float32)
        self._rows = {place_id: row for row, place_id in enumerate(self.place_ids)}
        self._index = faiss.IndexFlatIP(embeddings.shape[1])
        self._index.add(self._embeddings)

    def __len__(self) -> int:
        return len(self.place_ids)

    def search(self, query: NDArray[np.float32], k: int) -> tuple[tuple[str, float], ...]:
        """Return the ``k`` places most similar to a query, best first, with their similarity.

        Parameters
        ----------
        query
            A unit vector of shape (dimension,).
        k
            How many; fewer come back from a smaller index.
        """
        k = min(k, len(self))
        if k == 0:
            return ()
        similarities, rows = self._index.search(query.reshape(1, -1).astype(np.float32), k)
        return tuple(
            (self.place_ids[row], float(value))
            for row, value in zip(rows[0], similarities[0], strict=True)
        )

    def similarity(
        self, query: NDArray[np.float32], place_ids: Sequence[str]
    ) -> NDArray[np.float32]:
        """Return the similarity of given places to a query, shape (len(place_ids),)."""
        rows = [self._rows[place_id] for place_id in place_ids]
        similarities: NDArray[np.float32] = self._embeddings[rows] @ query.astype(np.float32)
        return similarities
