"""The places of a city, ready to be searched by words: made once, kept in the cache."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from planner.files import PRIVATE_FOLDER
from planner.library.cityfile import CityFile
from planner.library.search import Corpus, fill_from_city
from planner.library.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "words-"
_FORM = 1
_EMBEDDINGS = "embeddings"
_SPACE = "space"


@contextlib.contextmanager
def open_city_words(path: Path, cache: Path, space: str | None) -> Iterator[Corpus]:
    """Open the places of a city for searching.

    Parameters
    ----------
    path
        The city file.
    cache
        A folder that is safe to delete; what is made is kept there under the city's content.
    space
        The name of the space of questions; a city of another is searched by words alone.

    Raises
    ------
    UnreadableFileError
        If the city file is damaged.
    StoreError
        If the cache cannot be written.
    """
    with CityFile.open(path) as city:
        made_by = city.meta.get(_SPACE, "")
        target = cache / f"{_PREFIX}{city.content[:24]}-{_FORM}.sqlite"
        if not target.is_file():
            _make(city, target, made_by)
    with Store.open(target) as store:
        yield Corpus(store.places, made_by if space == made_by else None)


def _make(city: CityFile, target: Path, space: str) -> None:
    target.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".words-", dir=target.parent) as folder:
        beside = Path(folder) / target.name
        with Store.open(beside) as store:
            fill_from_city(store.places, city.places(), city.array(_EMBEDDINGS), space)
        # Closing folds the log into the file, so that it can be moved as one.
        os.replace(beside, target)  # noqa: PTH105 - its meaning here is to replace
