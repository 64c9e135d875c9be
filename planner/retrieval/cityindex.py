"""The index of an installed city: mapped from the cache, written there on first use.

Vectors of different models do not mix: a city that another model embedded than the one that will
embed requests is embedded anew, once, and the result lies in the cache beside the city's own.
"""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING, Protocol

from planner.errors import StoreError
from planner.library.cityfile import EMBEDDINGS, SPACE, damaged
from planner.library.cityplaces import CityPlaces
from planner.retrieval import shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from planner.library.cityfile import CityFile
    from planner.retrieval.index import PlaceIndex

    class Encoder(Protocol):
        """Turns texts into unit vectors, telling how many are done."""

        @property
        def space(self) -> str:
            """Names the space of the vectors."""

        def encode(
            self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
        ) -> NDArray[np.float32]:
            """Encode texts."""


FOLDER_PREFIX = "places-"


def open_index(
    cache: Path,
    file: CityFile,
    places: CityPlaces,
    encoder: Encoder | None = None,
    *,
    bundled: str,
    report: Callable[[float, str], None] | None = None,
) -> PlaceIndex:
    """Open the index of a city.

    Parameters
    ----------
    cache
        The folder in which it is kept; it is safe to delete.
    file, places
        The city.
    encoder
        What will embed requests. Where absent, the city's own vectors are taken.
    bundled
        The name of the model that embedded cities of the time before they named one.
    report
        Told how far embedding anew is: a share between 0 and 1, and what is being done.

    Raises
    ------
    UnreadableFileError
        If the city is damaged.
    StoreError
        If the cache cannot be written.
    """
    other = encoder
    if encoder is not None and _is_of(file.meta.get(SPACE), encoder.space, bundled):
        other = None
    folder = cache / _folder_name(file, None if other is None else other.space)
    if folder.is_dir():
        try:
            return shelf.open_index(folder, places)
        except StoreError:
            # A cache may be thrown away: what it held is in the city file.
            shutil.rmtree(folder, ignore_errors=True)
    everything = CityPlaces(file.path)
    try:
        if other is None:
            dimension = file.shape(EMBEDDINGS)[1]
            chunks: Iterable[NDArray[np.float32]] = file.portions(EMBEDDINGS)
        else:
            vectors = _embedded(other, everything, file.name, report)
            chunks, dimension = (vectors,), vectors.shape[1]
        shelf.save(folder, everything.values(), chunks, dimension)
    except (ValueError, IndexError) as error:
        raise damaged(file.path, error) from error
    finally:
        everything.close()
    return shelf.open_index(folder, places)


def _embedded(
    encoder: Encoder,
    places: CityPlaces,
    city: str,
    report: Callable[[float, str], None] | None,
) -> NDArray[np.float32]:
    texts = [place.context for place in places.values()]

    def embedded(done: int) -> None:
        if report is not None:
            report(done / len(texts), f"Embedding {city} with another model")

    return encoder.encode(texts, progress=embedded)


def _is_of(city: str | None, wanted: str, bundled: str) -> bool:
    """Whether a city's vectors are of the space wanted."""
    return wanted.startswith(f"{bundled}@") if city is None else city == wanted


def _folder_name(file: CityFile, space: str | None) -> str:
    """Name the folder after what is in it."""
    name = FOLDER_PREFIX + file.content
    if space is None:
        return name
    return f"{name}-{hashlib.blake2b(space.encode(), digest_size=8).hexdigest()}"
