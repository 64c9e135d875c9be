"""Places found by words and by meaning."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library.cityfile import CityFile
from planner.library.citywords import open_city_words
from planner.library.holdings import Holding
from planner.library.search import Corpus, Filter, Search, chance, shown_id
from planner.library.store import Store
from planner.library.vectors import VectorIndex, count_pending, embed_pending
from planner.library.wordindex import WordIndex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

NOW = dt.datetime(2026, 11, 25, 9, 30)
HELD = {
    "Café Engel": {"category": "cafe", "notes": "window seat", "favourite": True},
    "Tuomiokirkko": {"category": "church", "names": {"en": "Helsinki Cathedral"}},
    "Straßenbahn Museum": {"category": "museum", "visited": True},
    "東京 喫茶店": {"category": "cafe"},
    "Пушкинский музей": {"category": "museum"},
    "ร้านกาแฟ": {},
    "مطعم بيروت": {},
    "🍕": {},
    "Old Market Hall": {"labels": ("food", "salmon soup")},
    "Market Square": {"opening_hours": "Mo-Fr 06:30-18:00"},
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home" / "library.sqlite", now=NOW) as opened:
        for n, (name, told) in enumerate(HELD.items()):
            position = Position(60.16 + n * 0.002, 24.95)
            opened.places.add(Holding(id="", name=name, position=position, **told))  # type: ignore[arg-type]
        yield opened


def names(store: Store, query: str, filter_: Filter | None = None) -> list[str]:
    search = Search(Corpus(store.places), held=store.places)
    return [hit.holding.name for hit in search.find(query, filter_=filter_ or Filter())]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("cafe engel", "Café Engel"),
        ("CAFE  engle", "Café Engel"),
        ("engel", "Café Engel"),
        ("eng", "Café Engel"),
        ("kirkko", "Tuomiokirkko"),
        ("helsinki cathedal", "Tuomiokirkko"),
        ("strassenbahn", "Straßenbahn Museum"),
        ("喫茶", "東京 喫茶店"),
        ("京", "東京 喫茶店"),
        ("музеи", "Пушкинский музей"),
        ("กาแฟ", "ร้านกาแฟ"),
        ("مطعم", "مطعم بيروت"),
        ("🍕", "🍕"),
        ("salmon soup", "Old Market Hall"),
        ("window seat", "Café Engel"),
        ("market square", "Market Square"),
        ("the market hall", "Old Market Hall"),
    ],
)
def test_a_place_is_found_by(store: Store, query: str, first: str) -> None:
    assert names(store, query)[:1] == [first]


@pytest.mark.parametrize(
    "query", ["", "   ", "xylophone", "of the", '"', "NEAR(", "a* OR b", "'--"]
)
def test_what_nothing_answers_to_finds_nothing(store: Store, query: str) -> None:
    assert names(store, query) == []


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=40))
def test_any_question_is_answered(store: Store, query: str) -> None:
    WordIndex(store).find(query.encode("utf-8", "ignore").decode())


def test_kinds_are_found_by_the_words_people_use(store: Store) -> None:
    assert set(names(store, "coffee shop")) >= {"Café Engel", "東京 喫茶店"}


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (Filter(favourite=True), ["Café Engel"]),
        (Filter(categories=frozenset({"church"})), []),
        (Filter(near=Position(60.16, 24.95), radius_m=100), ["Café Engel"]),
        (Filter(near=Position(60.17, 24.95), radius_m=100), []),
        (Filter(visited=True), []),
    ],
)
def test_filters_choose(store: Store, filter_: Filter, expected: list[str]) -> None:
    assert names(store, "engel", filter_) == expected


def test_labels_and_hours_choose(store: Store) -> None:
    assert names(store, "market", Filter(label="FOOD")) == ["Old Market Hall"]
    monday = dt.datetime(2026, 11, 23, 12)
    assert names(store, "market", Filter(open_at=monday)) == ["Market Square"]
    assert names(store, "market", Filter(open_at=monday.replace(hour=20))) == []


def test_what_is_changed_or_removed_is_found_so(store: Store) -> None:
    search = Search(Corpus(store.places), held=store.places)
    engel = search.find("engel")[0].holding
    store.places.edit(engel.id, name="Zebra Bar", names={})
    assert [hit.holding.name for hit in search.find("zebra")] == ["Zebra Bar"]
    assert not search.find("engel")
    store.places.remove(engel.id)
    assert not search.find("zebra")


# ----------------------------------------------------------------------------------- meaning

AXES = {"read": 0, "eat": 1, "pray": 2}


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """A meaning of three directions: what one does at a place."""
    vectors = np.full((len(texts), 64), 1e-3, dtype=np.float32)
    told = {"book": "read", "library": "read", "quiet": "read", "market": "eat", "church": "pray"}
    for row, text in enumerate(texts):
        for word, axis in told.items():
            if word in text.casefold():
                vectors[row, AXES[axis]] += 1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_ten_new_places_cost_ten_embeddings(store: Store) -> None:
    seen: list[str] = []

    def counting(texts: Sequence[str]) -> NDArray[np.float32]:
        seen.extend(texts)
        return encode(texts)

    assert embed_pending(store.places, "m", counting) == len(HELD)
    assert embed_pending(store.places, "m", counting) == 0
    seen.clear()
    for n in range(10):
        store.places.add(Holding(id="", name=f"New {n}"))
    assert embed_pending(store.places, "m", counting) == 10
    assert len(seen) == 10
    held = next(store.places.all())
    store.places.edit(held.id, favourite=False)
    assert count_pending(store.places, "m") == 0
    store.places.edit(held.id, notes="a library")
    assert count_pending(store.places, "m") == 1
    assert count_pending(store.places, "other") == len(HELD) + 10


def test_meaning_finds_what_no_word_says(store: Store) -> None:
    quiet = store.places.add(Holding(id="", name="Rikhardinkatu", notes="library"))
    embed_pending(store.places, "m", encode)
    search = Search(
        Corpus(store.places, "m"), encode=lambda text: encode([text])[0], held=store.places
    )
    assert search.find("a quiet corner")[0].holding.id == quiet.id
    assert search.find("engel")[0].holding.name == "Café Engel"
    assert search.find("quiet", filter_=Filter(favourite=True)) == ()


@pytest.mark.parametrize(
    ("likenesses", "found"),
    [
        ((0.6, 0.5, 0.4), ["Like 0.6", "Like 0.5"]),
        ((0.36, 0.3), ["Like 0.36", "Like 0.3"]),
        # The best of a dozen places is as like as this to anything.
        ((0.26, 0.2), []),
    ],
)
def test_what_is_alike_by_chance_alone_is_no_answer(
    store: Store, likenesses: Sequence[float], found: list[str]
) -> None:
    def likened(texts: Sequence[str]) -> NDArray[np.float32]:
        """One direction for the question; a place says how far it points there."""
        told = [re.search(r"0\.\d+", text) for text in texts]
        along = [
            float(each[0]) if each else float(text == "hmm")
            for each, text in zip(told, texts, strict=True)
        ]
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        vectors[:, 0] = along
        vectors[:, 1] = np.sqrt(1 - np.square(along))
        return vectors

    for likeness in likenesses:
        store.places.add(Holding(id="", name=f"Like {likeness}"))
    embed_pending(store.places, "m", likened)
    search = Search(
        Corpus(store.places, "m"), encode=lambda text: likened([text])[0], held=store.places
    )
    assert [hit.holding.name for hit in search.find("hmm")] == found
    assert search.find("engel")[0].holding.name == "Café Engel"


def test_more_places_are_more_alike_by_chance() -> None:
    assert 0.2 == chance(0) == chance(1) < chance(30) < chance(300) < chance(10_000) < 0.5


def test_signs_choose_what_full_vectors_would() -> None:
    rng = np.random.default_rng(1)
    middles = rng.standard_normal((60, 384))
    vectors = middles[rng.integers(0, 60, 6000)] + 0.6 * rng.standard_normal((6000, 384)) + 0.3
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = np.arange(10, 6010)
    index = VectorIndex(numbers, vectors.astype(np.float16))
    found = 0
    for query in vectors[::300].astype(np.float32):
        exact = set(numbers[np.argsort(-(vectors @ query))[:50]].tolist())
        found += len(exact & {number for number, _ in index.find(query, 50)})
    assert found >= 0.98 * 50 * 20
    some = numbers[100:110]
    assert {n for n, _ in index.find(vectors[0].astype(np.float32), 50, among=some)} == set(
        some.tolist()
    )
    values = index.similarities(vectors[5].astype(np.float32), [15, 9, 99_999])
    assert values == pytest.approx({15: 1.0}, abs=2e-3)


def test_an_empty_library_answers(tmp_path: Path) -> None:
    with Store.open(tmp_path / "library.sqlite") as store:
        search = Search(
            Corpus(store.places, "m"), encode=lambda text: encode([text])[0], held=store.places
        )
        assert search.find("anything") == ()


# ---------------------------------------------------------------------------------- the city


@pytest.fixture
def city(tmp_path: Path) -> Path:
    places = [
        Place("osm:node/1", "Ateneum", Position(60.17, 24.944), "museum", osm="node/1"),
        Place("osm:node/2", "Engel Bar", Position(60.18, 24.94), "bar", osm="node/2"),
    ]
    path = tmp_path / "town.flaneur"
    vectors = encode([place.name for place in places])
    CityFile.create(
        path, name="town", places=places, arrays={"embeddings": vectors}, meta={"space": "m"}
    ).close()
    return path


def test_one_search_finds_both_and_a_place_once(store: Store, city: Path, tmp_path: Path) -> None:
    mark = store.places.mark(
        Place("osm:node/2", "Engel Bar", Position(60.18, 24.94), "bar", osm="node/2"),
        now=NOW,
        favourite=True,
        notes="live jazz",
    )
    with open_city_words(city, tmp_path / "cache", "m") as town:
        search = Search(Corpus(store.places), town, held=store.places)
        hits = search.find("engel")
        assert sorted(hit.holding.name for hit in hits) == ["Café Engel", "Engel Bar"]
        ids = {shown_id(hit.holding) for hit in hits}
        assert "osm:node/2" in ids
        assert mark.id not in ids
        assert [hit.holding.name for hit in search.find("ateneum")] == ["Ateneum"]
        assert [hit.holding.name for hit in search.find("jazz")] == ["Engel Bar"]
        marked = search.find("engel bar", filter_=Filter(favourite=True))
        assert "Engel Bar" in {hit.holding.name for hit in marked}
        assert search.find("ateneum", filter_=Filter(favourite=True)) == ()
    made = list((tmp_path / "cache").iterdir())
    with open_city_words(city, tmp_path / "cache", "m") as town:
        assert Search(Corpus(store.places), town, held=store.places).find("ateneum")
    assert [path.name for path in made] == [path.name for path in (tmp_path / "cache").iterdir()]


def test_a_city_of_another_model_is_searched_by_words(
    store: Store, city: Path, tmp_path: Path
) -> None:
    with open_city_words(city, tmp_path / "cache", "other") as town:
        search = Search(
            Corpus(store.places, "other"), town, lambda _: np.ones(7, np.float32), held=store.places
        )
        assert search.find("ateneum")[0].holding.name == "Ateneum"


def test_a_place_linked_to_the_map_is_found_once(store: Store, city: Path, tmp_path: Path) -> None:
    own = store.places.add(
        dataclasses.replace(Holding(id="", name="Ateneum Art Museum"), osm="node/1")
    )
    with open_city_words(city, tmp_path / "cache", "m") as town:
        hits = Search(Corpus(store.places), town, held=store.places).find("ateneum")
        assert [shown_id(hit.holding) for hit in hits] == [own.id]
