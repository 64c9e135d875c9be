"""Arrays as files of a folder, memory-mapped: nothing is read before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.files import publish_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_ENDING = ".npy"


def save(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to a folder, all or nothing; one that is already there is left as it is.

    Raises
    ------
    OSError
        If it cannot be written.
    """

    def write(made: Path) -> None:
        for name, array in arrays.items():
            np.save(made / f"{name}{_ENDING}", np.ascontiguousarray(array), allow_pickle=False)

    publish_folder(folder, write)


def load(folder: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a folder by name, mapped; none where there is no such folder.

    Raises
    ------
    OSError, ValueError, EOFError
        If a file cannot be read, or is no array.
    """
    return {path.name.removesuffix(_ENDING): mapped(path) for path in folder.glob(f"*{_ENDING}")}


def mapped(path: Path) -> NDArray[Any]:
    """Return the array of a file, mapped and read-only.

    Raises
    ------
    OSError, ValueError, EOFError
        If the file cannot be read, or is no array.
    """
    try:
        # As a plain array: every slice of NumPy's memmap class costs some microseconds more.
        array: NDArray[Any] = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except ValueError:
        # What holds nothing cannot be mapped.
        array = np.load(path, allow_pickle=False)
    return array
