"""Fixtures that many tests share: the demo city, built once a run, and real data where it is.

``-n auto`` shares the tests out among processes, one a core; whatever is costly and the same for
all of them is made by the first that needs it, while the others wait for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from planner.config import Home

if TYPE_CHECKING:
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

ROOT = Path(__file__).parent.parent
# Each process holds the models and the city anew, a gigabyte and a half.
MOST_WORKERS = 4


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return what ``-n auto`` means: a process a core; with one core none beside this."""
    given = getattr(os, "sched_getaffinity", None)
    cores = len(given(0)) if given else os.cpu_count() or 1
    return 0 if cores == 1 else min(cores, MOST_WORKERS)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all its processes see."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Real data: $FLANEUR_DATA, else beside the checkout."""
    folder = Path(os.environ.get("FLANEUR_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real data is not here; set FLANEUR_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def street_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled streets of this process."""
    return tmp_path_factory.mktemp("osm_cache")


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The embedding model that a package carries."""
    from planner.language.embeddings import Embedder

    return Embedder.default()


@pytest.fixture(scope="session")
def demo_home(shared_folder: Path, street_cache: Path, embedder: Embedder) -> Home:
    """A home with the demo city in it; tests that write use their own."""
    from planner import cities

    home = Home(shared_folder / "demo", street_cache).ensure()
    with FileLock(shared_folder / "demo.lock"):
        if not cities.path_of(home, cities.DEMO_NAME).exists():
            cities.build(cities.DEMO_NAME, cities.demo_extract(), home, embedder)
    return home


@pytest.fixture(scope="session")
def helsinki(demo_home: Home) -> City:
    """The demo city, opened."""
    from planner import cities

    return cities.open_city(demo_home, cities.DEMO_NAME)
