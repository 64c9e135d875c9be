"""A city's rows in files that are memory-mapped: written once, from the city file, to the cache.

They lie by category, so that places of one kind are read together. ``number`` tells which row of
the city file each is, ``row`` the way back.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import StoreError
from planner.files import publish_folder
from planner.library.arrayfolder import mapped
from planner.retrieval.index import FLAT_LIMIT, Block, Codes, PlaceIndex, codes_of, faiss_library
from planner.retrieval.table import PlaceTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.domain import Place
    from planner.library.cityplaces import CityPlaces

VERSION: Final = 2
_CHUNK: Final = 4096
# What each array holds, as NumPy's codes of kind and size; categories are as long as they are.
_ARRAYS: Final = {
    "about": "f8",
    "vectors": "f4",
    "number": "i4",
    "row": "i4",
    "kinds": "U",
    "kind": "i2",
    "renown": "f8",
    "marks": "u1",
    "id_start": "i8",
    "id_bytes": "u1",
}
_CODES: Final = "codes.faiss"


def save(
    folder: Path, places: Iterable[Place], chunks: Iterable[NDArray[np.float32]], dimension: int
) -> None:
    """Write a city's rows to a folder, all or nothing.

    Parameters
    ----------
    folder
        Where to; if it is there already it is left as it is.
    places
        The city's places in the order of the file.
    chunks
        Their vectors in the same order, as arrays of shape (some, dimension).
    dimension
        The length of a vector.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    ValueError
        If there are more or fewer vectors than places.
    """
    with _explained(folder):
        publish_folder(folder, lambda made: _write(made, places, chunks, dimension))


def _write(
    folder: Path, places: Iterable[Place], chunks: Iterable[NDArray[np.float32]], dimension: int
) -> None:
    ids: list[bytes] = []

    def noted() -> Iterator[Place]:
        for place in places:
            ids.append(place.id.encode("utf-8", "surrogatepass"))
            yield place

    table = PlaceTable.of(noted())
    count = len(table)
    # Categories in the order of their keys, places of one category in the order of the file.
    ranks = np.argsort(np.argsort(np.array(table.kinds, dtype=np.str_)))
    order = np.lexsort((np.arange(count), ranks[table.kind] if count else table.kind))
    row = np.empty(count, dtype=np.int32)
    row[order] = np.arange(count, dtype=np.int32)
    vectors = _blank(folder / "vectors.npy", count, dimension)
    done = 0
    for chunk in chunks:
        if done + len(chunk) > count:
            raise ValueError(f"more than {count} vectors")
        vectors[row[done : done + len(chunk)]] = chunk
        done += len(chunk)
    if done != count:
        raise ValueError(f"{done} vectors for {count} places")
    if isinstance(vectors, np.memmap):
        vectors.flush()
    scale = residual = longest = 0.0
    if count > FLAT_LIMIT:
        scale, residual, longest = _write_codes(folder / _CODES, vectors)
    sorted_ids = [ids[number] for number in order]
    arrays: dict[str, NDArray[Any]] = {
        "about": np.array([VERSION, scale, residual, longest], dtype=np.float64),
        "number": (order + 1).astype(np.int32),
        "row": row,
        "kinds": np.array(table.kinds, dtype=np.str_),
        "kind": table.kind[order],
        "renown": table.renown[order],
        "marks": table.marks[order],
        "id_start": np.cumsum([0, *map(len, sorted_ids)], dtype=np.int64),
        "id_bytes": np.frombuffer(b"".join(sorted_ids), dtype=np.uint8),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def _blank(path: Path, count: int, dimension: int) -> NDArray[np.float32]:
    """Return a new file as an array, to be filled without holding it in memory."""
    if count == 0:  # what is empty cannot be mapped
        empty = np.zeros((0, dimension), dtype=np.float32)
        np.save(path, empty, allow_pickle=False)
        return empty
    mapped: NDArray[np.float32] = np.lib.format.open_memmap(
        path, mode="w+", dtype=np.float32, shape=(count, dimension)
    )
    return mapped


def _write_codes(path: Path, vectors: NDArray[np.float32]) -> tuple[float, float, float]:
    chunks = [vectors[at : at + _CHUNK] for at in range(0, len(vectors), _CHUNK)]
    codes = codes_of(chunks, len(vectors))
    faiss_library().write_index(codes.index, str(path))
    return codes.scale, codes.residual, codes.longest


def open_index(folder: Path, places: CityPlaces) -> PlaceIndex:
    """Open the rows that :func:`save` wrote: memory-mapped, nothing is parsed.

    Parameters
    ----------
    folder
        The folder.
    places
        The city's places, of the same file; what is of a kind that they do not know is sorted
        anew.

    Raises
    ------
    StoreError
        If the folder is not there, incomplete, damaged or of another version.
    """
    with _explained(folder):
        try:
            arrays = {name: mapped(folder / f"{name}.npy") for name in _ARRAYS}
            codes = None
            version, scale, residual, longest = arrays["about"].tolist()
            if version != VERSION:
                raise ValueError("it is of another version")  # noqa: TRY301 - one way out
            _check(arrays)
            if scale and (folder / _CODES).stat().st_size < arrays["vectors"].size:
                raise ValueError("its codes are incomplete")  # noqa: TRY301 - one way out
        except (ValueError, EOFError, KeyError) as error:
            raise StoreError(
                f"The index of places in {folder} cannot be read: {error}.",
                "Delete that folder; it is written again from the city.",
            ) from error
    if scale:
        codes = Codes(scale, residual, longest, partial(_map_codes, folder / _CODES))
    table = PlaceTable(
        tuple(arrays["kinds"].tolist()), arrays["kind"], arrays["renown"], arrays["marks"]
    )
    shelved = _Shelved(
        places, arrays["number"], arrays["row"], arrays["id_start"], arrays["id_bytes"]
    )
    strange = {key for key in table.kinds if not places.knows(key)}
    if strange:
        rows = np.flatnonzero(table.of_kinds(strange))
        table = table.resorted(rows, [place.category for place in shelved.at(rows.tolist())])
    return PlaceIndex([Block(shelved, table, arrays["vectors"], codes)])


def _check(arrays: dict[str, NDArray[Any]]) -> None:
    """Raise ValueError unless the arrays' lengths fit each other (their contents are not read)."""
    for name, code in _ARRAYS.items():
        if not arrays[name].dtype.str[1:].startswith(code):
            raise ValueError(f"{name} is of another kind")
    count = len(arrays["kind"])
    fits = all(len(arrays[name]) == count for name in ("number", "row", "renown", "marks"))
    if (
        not fits
        or arrays["vectors"].shape[:1] != (count,)
        or arrays["vectors"].ndim != 2  # noqa: PLR2004
        or len(arrays["id_start"]) != count + 1
        or int(arrays["id_start"][-1]) != len(arrays["id_bytes"])
    ):
        raise ValueError("its arrays do not fit each other")


def _map_codes(path: Path) -> Any:  # noqa: ANN401 - the library ships no types
    faiss = faiss_library()
    # FAISS raises bare RuntimeErrors for whatever a file lacks.
    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise StoreError(
            f"The index of places in {path.parent} cannot be read.",
            "Delete that folder; it is written again from the city.",
        ) from error


@dataclass(frozen=True, eq=False)
class _Shelved:
    """The places of mapped rows, read from the city file."""

    places: CityPlaces
    number: NDArray[np.int32]
    to_row: NDArray[np.int32]
    id_start: NDArray[np.int64]
    id_bytes: NDArray[np.uint8]

    def at(self, rows: Sequence[int]) -> list[Place]:
        return self.places.at([int(self.number[row]) for row in rows])

    def ids(self, rows: Sequence[int]) -> list[str]:
        at = np.asarray(rows, dtype=np.int64)
        begins, ends = self.id_start[at].tolist(), self.id_start[at + 1].tolist()
        signs = self.id_bytes.data
        return [
            str(signs[begin:end], "utf-8", "surrogatepass")
            for begin, end in zip(begins, ends, strict=True)
        ]

    def row(self, place_id: str) -> int | None:
        number = self.places.number(place_id)
        return None if number is None else int(self.to_row[number - 1])


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The index of places in {folder} cannot be used: {error.strerror or error}.",
            "Make room or choose another folder with --home.",
        ) from error
