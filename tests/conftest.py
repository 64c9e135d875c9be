"""Fixtures that many tests share: the demo city, built once a run, and real data where it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.config import Home

if TYPE_CHECKING:
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Real data: $FLANEUR_DATA, else beside the checkout."""
    folder = Path(os.environ.get("FLANEUR_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real data is not here; set FLANEUR_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def street_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled streets of this run."""
    return tmp_path_factory.mktemp("osm_cache")


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The embedding model that a package carries."""
    from planner.language.embeddings import Embedder

    return Embedder.default()


@pytest.fixture(scope="session")
def demo_home(
    tmp_path_factory: pytest.TempPathFactory, street_cache: Path, embedder: Embedder
) -> Home:
    """A home with the demo city in it; tests that write use their own."""
    from planner import cities

    home = Home(tmp_path_factory.mktemp("home"), street_cache).ensure()
    cities.build(cities.DEMO_NAME, cities.demo_extract(), home, embedder)
    return home


@pytest.fixture(scope="session")
def helsinki(demo_home: Home) -> City:
    """The demo city, opened."""
    from planner import cities

    return cities.open_city(demo_home, cities.DEMO_NAME)
