"""The names of an installed city: compiled once, then mapped from the cache.

A city file carries its compiled names. Where it is older than them, or they were compiled with
another version's dictionary, they are compiled anew at the first question. Either way they are
laid into the cache, from which the next process maps them.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from typing import TYPE_CHECKING, Any

from planner.library import arrayfolder
from planner.library.cityfile import CityFile
from planner.library.nametable import NameTable
from planner.library.naming import NameIndex
from planner.library.readings import dictionary

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.library.catalogue import Catalogue
    from planner.library.cityplaces import CityPlaces

PREFIX = "names."
"""What the names' arrays are called in a city file."""
FOLDER_PREFIX = "names-"


def open_names(cache: Path, file: CityFile, places: CityPlaces, catalogue: Catalogue) -> NameIndex:
    """Return a city's names; nothing is read before the first question.

    Parameters
    ----------
    cache
        The folder in which compiled names are kept; it is safe to delete.
    file
        The city; it may be closed afterwards.
    places
        Its places.
    catalogue
        The kinds of places as this person has them.
    """
    path, content = file.path, file.content

    def arrays() -> dict[str, NDArray[Any]]:
        made_of = f"{dictionary().stamp} {catalogue.own}"
        digest = hashlib.blake2b(made_of.encode("utf-8", "surrogatepass"), digest_size=8)
        folder = cache / f"{FOLDER_PREFIX}{content}-{digest.hexdigest()}"
        found = _sound(folder)
        if found is None:
            shutil.rmtree(folder, ignore_errors=True)
            found = _carried(path)
            if catalogue.own or NameTable.from_arrays(found) is None:
                found = NameIndex.renewed(found, places.values(), catalogue=catalogue).to_arrays()
            # A cache that cannot be written costs time, and nothing else.
            with contextlib.suppress(OSError):
                arrayfolder.save(folder, found)
        return found

    return NameIndex.deferred(arrays, places.values, catalogue=catalogue)


def _sound(folder: Path) -> dict[str, NDArray[Any]] | None:
    try:
        arrays = arrayfolder.load(folder)
    except (OSError, ValueError, EOFError):
        return None
    return arrays if NameTable.from_arrays(arrays) is not None else None


def _carried(path: Path) -> dict[str, NDArray[Any]]:
    """Return the compiled names that a city file carries, empty where it has none."""
    with CityFile.open(path) as file:
        return {
            name.removeprefix(PREFIX): file.array(name)
            for name in file.array_names()
            if name.startswith(PREFIX)
        }
