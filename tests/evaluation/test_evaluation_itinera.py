"""The paper's two tables, for whoever owns such data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from planner.errors import UnreadableFileError
from planner.evaluation import rivals
from planner.evaluation.itinera import VARIANTS, read_itineraries, read_places, run_itinera

if TYPE_CHECKING:
    from pathlib import Path

    from planner.language.embeddings import Embedder

PLACES = """\
id,name,address,city,description,longitude,latitude,rating,category,context
1,Old Hall,1 High St,Town,"A hall, very old",10.000,50.000,4.5,museum,"Old Hall, museum, a hall"
2,Green Park,,Town,Trees,10.004,50.000,4.9,park,
3,Third Wave,,Town,Coffee,10.008,50.001,3.9,cafe,
4,Glass House,,Town,Plants,10.012,50.000,,botanical garden,
5,Nobody Knows,,Town,,10.016,50.000,1.0,site,
"""
ITINERARIES = """\
user_request,itinerary
"a park and a museum, two hours","[1, 2]"
"coffee","[3]"
"""


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    places, itineraries = tmp_path / "poi.csv", tmp_path / "itinerary.csv"
    places.write_text(PLACES, encoding="utf-8")
    itineraries.write_text(ITINERARIES, encoding="utf-8")
    return places, itineraries


def test_the_tables_are_read(tables: tuple[Path, Path]) -> None:
    places = read_places(tables[0])
    assert {place.id: place.category for place in places.values()} == {
        "1": "museum",
        "2": "park",
        "3": "cafe",
        "4": "botanical_garden",
        "5": "place",
    }
    assert (places["2"].position.lat, places["2"].position.lon) == (50.0, 10.004)
    assert (places["1"].rating, places["4"].rating) == (4.5, None)
    assert places["1"].context == "Old Hall, museum, a hall"
    assert places["2"].context == "Green Park, Trees, park"
    asked = read_itineraries(tables[1], frozenset(places))
    assert [each.walk for each in asked] == [("1", "2"), ("3",)]


@pytest.mark.parametrize(
    ("table", "old", "new", "words"),
    [
        (0, "10.004", "east", "line 3"),
        (0, "latitude", "north", "no column latitude"),
        (0, "10.004,50.000", "10.004,150.000", "no position on earth"),
        (1, "[3]", "[3, 99]", "no place has the id 99"),
        (1, "[3]", "three", "no list such as"),
        (1, "[3]", "[]", "is empty"),
        (1, ITINERARIES.split("\n", 1)[1], "", "holds no request"),
    ],
)
def test_damaged_tables_are_refused(
    tables: tuple[Path, Path], table: int, old: str, new: str, words: str
) -> None:
    path = tables[table]
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=words):
        read_itineraries(tables[1], frozenset(read_places(tables[0])))


def test_every_method_answers(
    tables: tuple[Path, Path], embedder: Embedder, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.jsonl"
    results = run_itinera(*tables, embedder.encode, kept=kept)
    assert results.methods == (*rivals.NAMES, *VARIANTS)
    ours = results.of("ours")
    assert ours[0].rr == 1.0
    assert "3" in ours[1].stops
    assert all(row.fr == 0.0 for row in ours)
    again = run_itinera(*tables, embedder.encode, kept=kept)
    assert again.of("ours") == ours
