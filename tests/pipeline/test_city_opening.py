"""A city opens without being read, and never with the vectors of another model."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner import cities
from planner.config import Home
from planner.errors import ModelError, StoreError, UnreadableFileError
from planner.language.embeddings import DEFAULT_NAME, Embedder
from planner.library.cityfile import CityFile
from planner.retrieval import cityindex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.pipeline import City


class Letters:
    """A model that knows a text by its letters."""

    dimension = 26

    def __init__(self, space: str = "letters@1") -> None:
        self.space = space
        self.seen = 0

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> np.ndarray:
        self.seen += len(texts)
        letters = "abcdefghijklmnopqrstuvwxyz"
        counts = np.array([[text.lower().count(letter) for letter in letters] for text in texts])
        if progress is not None:
            progress(len(texts))
        lengths = np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1)
        return (counts / lengths).astype(np.float32)


@pytest.fixture
def home(demo_home: Home, tmp_path: Path) -> Home:
    """A home with the demo city in it and nothing in its cache."""
    home = Home(tmp_path / "home", tmp_path / "cache").ensure()
    shutil.copy(cities.path_of(demo_home, cities.DEMO_NAME), home.cities)
    return home


def shelves(home: Home) -> list[Path]:
    return sorted(home.street_cache.glob(f"{cityindex.FOLDER_PREFIX}*"))


def older(home: Home, *keys: str) -> None:
    """Make the city one of the time before its file said these things."""
    with sqlite3.connect(cities.path_of(home, cities.DEMO_NAME)) as file:
        for key in keys:
            file.execute("DELETE FROM meta WHERE key = ?", [key])
        file.execute("DELETE FROM arrays WHERE name LIKE 'names.%'")
    file.close()


def same(here: City, there: City) -> None:
    assert dict(here.places) == dict(there.places)
    ids = list(here.places)[::50]
    for place_id in ids:
        np.testing.assert_array_equal(here.index.vector(place_id), there.index.vector(place_id))
    assert here.names.best("Ateneum") == there.names.best("Ateneum")


def test_it_opens_the_same_from_the_cache(home: Home, helsinki: City) -> None:
    for _ in range(2):
        same(cities.open_city(home, cities.DEMO_NAME), helsinki)
    assert len(shelves(home)) == 1


def test_older_files_open_and_their_vectors_are_the_bundled_models(
    home: Home, helsinki: City
) -> None:
    older(home, "content", "space")
    embedder = Embedder.default()
    embedder.encode = None  # type: ignore[method-assign,assignment]
    same(cities.open_city(home, cities.DEMO_NAME, encoder=embedder), helsinki)
    assert len(shelves(home)) == 1


@pytest.mark.parametrize("space_said", [True, False])
def test_a_city_of_another_model_is_embedded_anew_once(home: Home, *, space_said: bool) -> None:
    if not space_said:
        older(home, "space")
    encoder = Letters()
    told: list[float] = []
    city = cities.open_city(
        home, cities.DEMO_NAME, encoder=encoder, report=lambda share, _doing: told.append(share)
    )
    assert encoder.seen == len(city.places)
    assert told[-1] == 1.0
    place = next(iter(city.places.values()))
    np.testing.assert_allclose(
        city.index.vector(place.id), encoder.encode([place.context])[0], atol=1e-6
    )
    again = Letters()
    cities.open_city(home, cities.DEMO_NAME, encoder=again)
    assert again.seen == 0
    third = Letters("letters@2")
    cities.open_city(home, cities.DEMO_NAME, encoder=third)
    assert third.seen == len(city.places)
    own = cities.open_city(home, cities.DEMO_NAME)
    assert own.index.vector(place.id).shape == (384,)


@pytest.mark.parametrize("damage", ["vectors.npy", "kind.npy"])
def test_a_damaged_cache_is_made_again(home: Home, helsinki: City, damage: str) -> None:
    cities.open_city(home, cities.DEMO_NAME)
    (shelf,) = shelves(home)
    (shelf / damage).write_bytes(b"\x93NUMPY")
    same(cities.open_city(home, cities.DEMO_NAME), helsinki)


def test_a_city_with_too_few_vectors_is_damaged(home: Home) -> None:
    with sqlite3.connect(cities.path_of(home, cities.DEMO_NAME)) as file:
        file.execute("DELETE FROM places WHERE number = 1000")
    file.close()
    with pytest.raises(UnreadableFileError, match="damaged"):
        cities.open_city(home, cities.DEMO_NAME)
    assert shelves(home) == []


def test_removing_a_city_removes_its_cache(home: Home) -> None:
    from planner.library.store import Store

    cities.open_city(home, cities.DEMO_NAME)
    cities.open_city(home, cities.DEMO_NAME, encoder=Letters())
    assert len(shelves(home)) == 2
    with Store.open(home.library) as store:
        cities.remove(home, store, cities.DEMO_NAME)
    assert shelves(home) == []


def test_a_strangers_city_that_lies_about_its_content_is_refused(
    home: Home, tmp_path: Path
) -> None:
    stranger = tmp_path / "other.flaneur"
    with CityFile.open(cities.path_of(home, cities.DEMO_NAME)) as file:
        content = file.content
    shutil.copy(cities.path_of(home, cities.DEMO_NAME), stranger)
    with sqlite3.connect(stranger) as file_:
        file_.execute("UPDATE places SET name = 'Elsewhere' WHERE number = 1")
        file_.execute("UPDATE meta SET value = 'elsewhere' WHERE key = 'name'")
        file_.execute("UPDATE meta SET value = ? WHERE key = 'content'", [content])
    file_.close()
    with pytest.raises(UnreadableFileError, match="does not hold"):
        cities.import_file(home, stranger)
    assert cities.names(home) == [cities.DEMO_NAME]


def test_opening_reads_no_place_and_imports_nothing_heavy(home: Home) -> None:
    cities.open_city(home, cities.DEMO_NAME)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from planner import cities\n"
        "from planner.config import Home\n"
        "from planner.library import cityplaces\n"
        "def refuse(*rows): raise SystemExit('a place was read')\n"
        "cityplaces.place_of = refuse\n"
        f"home = Home(Path({str(home.root)!r}), Path({str(home.street_cache)!r}))\n"
        f"cities.open_city(home, {cities.DEMO_NAME!r})\n"
        "heavy = {'faiss', 'torch', 'sentence_transformers', 'osmnx', 'pandas', 'networkx'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_settings_name_another_model(tmp_path: Path) -> None:
    home = Home(tmp_path, tmp_path / "cache")
    assert home.embedding_folder() is None
    assert Embedder.configured(home.embedding_folder()).name == DEFAULT_NAME
    home.config.write_text('[embeddings]\nfolder = "mine"\n')
    assert home.embedding_folder() == tmp_path / "mine"
    with pytest.raises(ModelError, match="mine"):
        Embedder.configured(home.embedding_folder())
    home.config.write_text("[embeddings]\nfolder = 3\n")
    with pytest.raises(StoreError, match="folder"):
        home.embedding_folder()
