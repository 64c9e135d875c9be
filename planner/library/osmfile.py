"""Opening OpenStreetMap extracts: which files are read, and why others are refused."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    BBox = tuple[float, float, float, float]

DISK_INDEX_BYTES: Final = 192 * 1024 * 1024
"""Compressed size above which node positions are kept in a file instead of in memory."""

DEGREE: Final = 10_000_000
"""OpenStreetMap's unit of position: 1e-7 degrees."""

MISSING: Final = 2**31 - 1
"""The position of a node that the file lacks."""

_ENDINGS: Final = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".xml", ".o5m", ".opl")


@contextlib.contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Read a file in this block: what cannot be read is refused with a reason for people.

    Raises
    ------
    UnreadableFileError
        If the file is not there, no extract, truncated or empty.
    """
    check_file(path)
    try:
        yield
    except UnreadableFileError:
        raise
    except (RuntimeError, ValueError) as error:
        raise unreadable(path, error) from error
    except OSError as error:
        raise UnreadableFileError(
            f"{path} cannot be read: {error.strerror or error}.", "Check the file and try again."
        ) from error


def open_file(path: Path) -> Any:  # noqa: ANN401 - pyosmium has no types
    """Return libosmium's handle of a file; one with the history of its objects is a ValueError."""
    import osmium

    file = osmium.io.File(str(path.resolve()))
    if osmium.io.Reader(file, osmium.osm.NOTHING).header().has_multiple_object_versions:
        raise ValueError("it holds the history of its objects")
    return file


def in_box(
    x: npt.NDArray[np.int32], y: npt.NDArray[np.int32], bbox: BBox | None
) -> npt.NDArray[np.bool_]:
    """Tell which positions are known and lie in a box."""
    there: npt.NDArray[np.bool_] = (x != MISSING) & (y != MISSING)
    if bbox is not None:
        west, south, east, north = (round(side * DEGREE) for side in bbox)
        there &= (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return there


def position_index(path: Path) -> Any:  # noqa: ANN401 - pyosmium has no types
    """Return an index from node to position, in memory or in a file that has no name any more."""
    import osmium

    if path.stat().st_size <= DISK_INDEX_BYTES:
        return osmium.index.create_map("sparse_mem_array")
    with tempfile.TemporaryDirectory(prefix="flaneur-nodes-") as folder:
        # The file lives as long as it is open, and goes whatever ends this process.
        return osmium.index.create_map(f"sparse_file_array,{Path(folder) / 'nodes'}")


def check_file(path: Path) -> None:
    """Raise UnreadableFileError for what is no readable file, before libosmium sees its name.

    libosmium would fetch a name that begins like an address, so only existing files pass.
    """
    if path.is_dir():
        raise UnreadableFileError(f"{path} is a folder.", "Name one extract file.")
    if not path.is_file():
        raise UnreadableFileError(
            f"There is no file {path}.", "Check the path; extracts end in .osm.pbf or .osm."
        )
    if path.stat().st_size == 0:
        raise UnreadableFileError(f"{path} is empty.", "Fetch the extract again.")
    if not path.name.lower().endswith(_ENDINGS):
        raise UnreadableFileError(
            f"{path} does not look like an OpenStreetMap extract by its name.",
            "Supported are .osm.pbf, .osm, .osm.gz and .osm.bz2.",
        )


def unreadable(path: Path, error: Exception) -> UnreadableFileError:
    """Return what to tell a person whose file libosmium refused."""
    text = str(error)
    cut_short = any(mark in text for mark in ("EOF", "truncated", "unclosed", "no element found"))
    if cut_short or "read close failed" in text or "end of stream" in text:
        problem = f"{path} ends too early; it seems to be truncated ({text})."
        return UnreadableFileError(problem, "Fetch the extract again.")
    return UnreadableFileError(
        f"{path} is not a readable OpenStreetMap extract ({text}).",
        "Supported are .osm.pbf, .osm, .osm.gz and .osm.bz2.",
    )
