"""A home of its own for each test, and the command line called in this process."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner import cities, cli
from planner.config import find_home
from planner.language.embeddings import Embedder
from planner.library.cityfile import EMBEDDINGS, CityFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.config import Home

NOW = "2026-11-25T09:00"


@pytest.fixture
def home(tmp_path: Path, demo_home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own with the demo city."""
    monkeypatch.setenv("FLANEUR_OSM_CACHE", str(demo_home.street_cache))
    monkeypatch.setenv("FLANEUR_HOME", str(tmp_path / "home"))
    made = find_home().ensure()
    name = f"{cities.DEMO_NAME}{cities.ENDING}"
    shutil.copy(demo_home.cities / name, made.cities / name)
    return made


@pytest.fixture(scope="session")
def demo_vectors(demo_home: Home) -> Mapping[str, NDArray[np.float32]]:
    """The vectors of the demo city's places, by the text that each was made from."""
    with CityFile.open(cities.path_of(demo_home, cities.DEMO_NAME)) as file:
        vectors = np.array(file.array(EMBEDDINGS))
        return dict(zip((place.context for place in file.places()), vectors, strict=True))


@pytest.fixture
def embedded_before(
    demo_vectors: Mapping[str, NDArray[np.float32]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was embedded for the demo city is not embedded again, which takes most of an import."""
    encode = Embedder.encode

    def recall(
        self: Embedder, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        new = [text for text in texts if text not in demo_vectors]
        vectors = {**demo_vectors, **dict(zip(new, encode(self, new), strict=True))}
        if progress is not None:
            progress(len(texts))
        return np.array([vectors[text] for text in texts], np.float32).reshape(-1, self.dimension)

    monkeypatch.setattr(Embedder, "encode", recall)


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["--now", NOW, *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call
