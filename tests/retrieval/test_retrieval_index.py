"""The index of places: exact, in memory or mapped, with a person's own places beside a city's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.errors import StoreError
from planner.library.catalogue import UNKNOWN, Catalogue
from planner.library.cityfile import CityFile
from planner.library.cityplaces import CityPlaces
from planner.retrieval import index as index_module
from planner.retrieval import shelf
from planner.retrieval.index import PlaceIndex, codes_of
from planner.retrieval.table import Mark, PlaceTable

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("museum", "park", "cafe", "clothes_shop", "no such kind")
# FAISS compares bytes with bytes where this suits the processor: a multiple of 64.
DIMENSION = 64


def places_of(count: int, prefix: str = "n") -> list[Place]:
    return [
        Place(
            f"{prefix}é{n}",
            f"Place {n}",
            Position(60, 25),
            KINDS[n * 7 % 5],
            tags={"tourism": "museum"},
            favourite=n % 11 == 0,
            never=n % 13 == 0,
        )
        for n in range(count)
    ]


def unit_vectors(count: int, seed: int = 1) -> np.ndarray:
    # Near each other, as sentences of one city are.
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION)) + 1.5
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def best(vectors: np.ndarray, query: np.ndarray, wanted: np.ndarray, k: int) -> list[float]:
    return sorted((vectors[wanted] @ query).tolist(), reverse=True)[:k]


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 400),
    k=st.integers(1, 60),
    seed=st.integers(0, 99),
    share=st.floats(0, 1),
    coarse=st.booleans(),
)
def test_every_search_is_exact(
    count: int, k: int, seed: int, share: float, *, coarse: bool
) -> None:
    vectors = unit_vectors(count, seed)
    if coarse:
        # The worst case for codes: nearly everything is nearly the same.
        vectors = unit_vectors(1)[[0] * count] + 1e-4 * vectors
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    wanted = np.random.default_rng(seed).random(count) < share
    query = unit_vectors(1, seed + 1000)[0]
    flat = PlaceIndex.of(places_of(count), vectors)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "FLAT_LIMIT", 0)
        coded = PlaceIndex.of(places_of(count), vectors)
        patch.setattr(index_module, "_POOL", 0)
        for index in (flat, coded):
            rows, similarity = index.nearest(query, k, wanted)
            assert wanted[rows].all()
            assert len(set(rows.tolist())) == len(rows)
            np.testing.assert_allclose(similarity, best(vectors, query, wanted, k), atol=2e-6)
            np.testing.assert_allclose(index.similarity(query, rows), similarity, atol=2e-6)


def test_codes_know_how_far_they_are_from_the_vectors() -> None:
    vectors = unit_vectors(500)
    codes = codes_of([vectors[:200], vectors[200:]], 500)
    decoded = codes.index.reconstruct_n(0, 500) / codes.scale
    assert np.linalg.norm(vectors - decoded, axis=1).max() <= codes.residual + 1e-6
    for query in unit_vectors(5, 2):
        asked, unit, slack = codes.asked(query)
        about, rows = codes.index.search(asked[None], 500)
        assert np.abs(about[0] / unit - vectors[rows[0]] @ query).max() <= slack < 0.1
    with pytest.raises(ValueError, match="500 vectors"):
        codes_of([vectors], 499)


def test_codes_that_say_what_they_may_not_are_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(index_module, "FLAT_LIMIT", 0)
    vectors, query = unit_vectors(900), unit_vectors(1, 7)[0]
    index = PlaceIndex.of(places_of(900), vectors)
    codes = index._blocks[0].codes
    assert codes is not None
    codes.__dict__["index"] = codes_of([-vectors], 900).index
    for wanted in (None, index.table.of_kinds({"park"})):
        everything = np.ones(900, dtype=bool) if wanted is None else wanted
        _, similarity = index.nearest(query, 9, wanted)
        np.testing.assert_allclose(similarity, best(vectors, query, everything, 9), atol=2e-6)


@pytest.fixture(params=[0, 10_000], ids=["codes", "flat"])
def mapped(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> PlaceIndex:
    monkeypatch.setattr(shelf, "FLAT_LIMIT", request.param)
    monkeypatch.setattr(index_module, "FLAT_LIMIT", request.param)
    file = tmp_path / "x.flaneur"
    CityFile.create(file, name="x", places=places_of(300), arrays={}, meta={}).close()
    places = CityPlaces(file)
    vectors = unit_vectors(300)
    shelf.save(tmp_path / "rows", places.values(), [vectors[:100], vectors[100:]], DIMENSION)
    return shelf.open_index(tmp_path / "rows", places)


def test_a_mapped_index_is_the_one_in_memory(mapped: PlaceIndex) -> None:
    memory = PlaceIndex.of(places_of(300), unit_vectors(300))
    for seed in range(5):
        query = unit_vectors(1, seed)[0]
        for kinds in ({"museum"}, {"park", "cafe"}, set(KINDS), set()):
            here, there = (
                index.nearest(query, 25, index.table.of_kinds(kinds)) for index in (mapped, memory)
            )
            assert mapped.ids(here[0].tolist()) == memory.ids(there[0].tolist())
            np.testing.assert_allclose(here[1], there[1], atol=1e-6)
            assert mapped.places(here[0].tolist()) == memory.places(there[0].tolist())
    for place in places_of(300)[::17]:
        row = mapped.row(place.id)
        assert row is not None
        assert mapped.ids([row]) == [place.id]
        assert mapped.table.kinds[mapped.table.kind[row]] == place.category
        assert bool(mapped.table.marked(Mark.NEVER)[row]) == place.never
        np.testing.assert_array_equal(mapped.vector(place.id), memory.vector(place.id))
    assert mapped.row("nothing") is None
    assert mapped.vector("nothing") is None
    assert len(mapped) == 300


def test_own_places_stand_beside_and_instead(mapped: PlaceIndex) -> None:
    query = unit_vectors(1, 3)[0]
    first = mapped.ids(mapped.nearest(query, 1)[0].tolist())[0]
    loved = replace(next(p for p in places_of(300) if p.id == first), favourite=True, notes="mine")
    new = Place("mine", "Mine", Position(60, 25), "my own kind", own=True)
    both = mapped.with_own([loved, new], np.array([mapped.vector(first), query]))
    rows, similarity = both.nearest(query, 3)
    assert both.ids(rows.tolist())[:2] == ["mine", first]
    assert similarity[0] == pytest.approx(1.0)
    assert both.places(rows.tolist())[1] is loved
    assert len(both) == 301
    assert both.row(first) != mapped.row(first)
    assert both.table.marked(Mark.FAVOURITE)[rows[1]]
    assert both.ids(both.nearest(query, 400)[0].tolist()).count(first) == 1
    assert both.ids(np.flatnonzero(both.table.of_kinds({"my own kind"})).tolist()) == ["mine"]
    assert len(mapped) == 300
    np.testing.assert_allclose(both.similarity(query, rows), similarity, atol=1e-6)


def test_kinds_that_nobody_knows_are_sorted_anew(tmp_path: Path) -> None:
    file = tmp_path / "x.flaneur"
    odd = [
        Place("tagged", "T", Position(60, 25), "of another person", tags={"tourism": "museum"}),
        Place("bare", "B", Position(60, 25), "of another person"),
        Place("park", "P", Position(60, 25), "park"),
    ]
    CityFile.create(file, name="x", places=odd, arrays={}, meta={}).close()
    shelf.save(tmp_path / "rows", CityPlaces(file).values(), [unit_vectors(3)], DIMENSION)
    places = CityPlaces(file, catalogue=Catalogue.load())
    table = shelf.open_index(tmp_path / "rows", places).table
    index = shelf.open_index(tmp_path / "rows", places)
    for place_id, kind in (("tagged", "museum"), ("bare", UNKNOWN), ("park", "park")):
        row = index.row(place_id)
        assert row is not None
        assert table.kinds[table.kind[row]] == kind == places[place_id].category
        assert [place.id for place in places.of_kinds({kind})] == [place_id]


@pytest.mark.parametrize("name", ["vectors.npy", "kinds.npy", "about.npy", "id_bytes.npy"])
@pytest.mark.parametrize("damage", ["missing", "cut", "other"])
def test_a_damaged_folder_is_refused(
    mapped: PlaceIndex, tmp_path: Path, name: str, damage: str
) -> None:
    path = tmp_path / "rows" / name
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[:100])
    elif damage == "other":
        np.save(path, np.zeros(7))
    with pytest.raises(StoreError):
        shelf.open_index(tmp_path / "rows", CityPlaces(tmp_path / "x.flaneur"))


def test_damaged_codes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "FLAT_LIMIT", 0)
    file = tmp_path / "x.flaneur"
    CityFile.create(file, name="x", places=places_of(50), arrays={}, meta={}).close()
    places = CityPlaces(file)
    shelf.save(tmp_path / "rows", places.values(), [unit_vectors(50)], DIMENSION)
    codes = tmp_path / "rows" / "codes.faiss"
    codes.write_bytes(b"x" * codes.stat().st_size)
    with pytest.raises(StoreError, match="cannot be read"):
        shelf.open_index(tmp_path / "rows", places).nearest(unit_vectors(1)[0], 3)
    codes.write_bytes(b"x")
    with pytest.raises(StoreError, match="incomplete"):
        shelf.open_index(tmp_path / "rows", places)


def test_vectors_must_be_as_many_as_places(tmp_path: Path) -> None:
    for count in (2, 4):
        with pytest.raises(ValueError, match="vectors"):
            shelf.save(tmp_path / "rows", places_of(3), [unit_vectors(count)], DIMENSION)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="3 places"):
        PlaceIndex.of(places_of(3), unit_vectors(2))


def test_an_empty_city_finds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "x.flaneur"
    CityFile.create(file, name="x", places=[], arrays={}, meta={}).close()
    shelf.save(tmp_path / "rows", [], [], DIMENSION)
    for index in (
        PlaceIndex.of([], np.ones((0, DIMENSION), dtype=np.float32)),
        shelf.open_index(tmp_path / "rows", CityPlaces(file)),
    ):
        rows, similarity = index.nearest(unit_vectors(1)[0], 5)
        assert len(rows) == len(similarity) == len(index) == 0
        assert index.places([]) == []


def test_tables_side_by_side_agree_on_kinds() -> None:
    table = PlaceTable.of(places_of(5)).beside(PlaceTable.of(places_of(7, "m")))
    assert [table.kinds[n] for n in table.kind] == [
        place.category for place in (*places_of(5), *places_of(7, "m"))
    ]
