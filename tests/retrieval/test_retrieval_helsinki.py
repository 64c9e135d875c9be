"""Searching the demo city finds what comparing every vector finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner import cities
from planner.library.cityfile import EMBEDDINGS, CityFile
from planner.retrieval import index as index_module
from planner.retrieval.index import PlaceIndex

if TYPE_CHECKING:
    from planner.config import Home
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

TEXTS = (
    "street art", "old churches", "somewhere to think", "a good bakery", "traces of the war",
    "romantic", "Jugendstil", "vanhoja taloja", "北京", "", "interesting sights and museums",
)  # fmt: skip


@pytest.mark.parametrize("coded", [False, True])
def test_real_places_are_found_as_by_comparing_all(
    helsinki: City,
    demo_home: Home,
    embedder: Embedder,
    monkeypatch: pytest.MonkeyPatch,
    *,
    coded: bool,
) -> None:
    with CityFile.open(cities.path_of(demo_home, cities.DEMO_NAME)) as file:
        places, vectors = file.places(), np.array(file.array(EMBEDDINGS))
    index = helsinki.index
    if coded:
        monkeypatch.setattr(index_module, "FLAT_LIMIT", 0)
        index = PlaceIndex.of(places, vectors)
    row_of = {place.id: index.row(place.id) for place in places}
    for query in embedder.encode(TEXTS):
        exact = vectors @ query
        for kinds in (None, {"church", "cafe", "bakery"}, {"museum"}):
            among = [
                n for n, place in enumerate(places) if kinds is None or place.category in kinds
            ]
            for k in (1, 60, 200, 5000):
                ranked = sorted(among, key=lambda n: -exact[n])
                best = ranked[:k]
                wanted = None if kinds is None else index.table.of_kinds(kinds)
                rows, similarity = index.nearest(query, k, wanted)
                np.testing.assert_allclose(similarity, exact[best], atol=2e-6)
                # Whatever is not equally similar to another comes in the same order.
                steps = np.diff(exact[ranked], prepend=2, append=-2) < -1e-5
                for at in np.flatnonzero(steps[:-1] & steps[1:])[: len(best)]:
                    if at < len(best):
                        assert rows[at] == row_of[places[best[at]].id]
