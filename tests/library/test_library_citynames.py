"""Names of an installed city: carried by its file, compiled anew where they are stale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain import Place, Position
from planner.library import naming
from planner.library.arrayfolder import load, save
from planner.library.catalogue import Catalogue
from planner.library.cityfile import CityFile
from planner.library.citynames import PREFIX, open_names
from planner.library.cityplaces import CityPlaces
from planner.library.naming import NameIndex

if TYPE_CHECKING:
    from pathlib import Path

PLACES = (
    Place("1", "Ateneum", Position(60.17, 24.94), "museum"),
    Place("2", "Kiasma", Position(60.172, 24.937), "museum"),
)


def city(folder: Path, *, stale: bool = False, carried: bool = True) -> CityFile:
    arrays = NameIndex(PLACES).to_arrays()
    if stale:
        arrays["stamp"] = arrays["stamp"] + np.uint64(1)
    return CityFile.create(
        folder / "x.flaneur",
        name="x",
        places=PLACES,
        arrays={PREFIX + key: value for key, value in arrays.items()} if carried else {},
        meta={},
    )


def asked(folder: Path, file: CityFile) -> str | None:
    names = open_names(folder / "cache", file, CityPlaces(file.path), Catalogue.load())
    assert not (folder / "cache").exists() or list((folder / "cache").iterdir())
    found = names.best("the Ateneum")
    return found and found.place_id


@pytest.mark.parametrize("state", ["carried", "stale", "missing"])
def test_names_are_found_and_the_next_process_maps_them(
    tmp_path: Path, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = city(tmp_path, stale=state == "stale", carried=state != "missing")
    assert asked(tmp_path, file) == "1"
    (folder,) = (tmp_path / "cache").iterdir()
    monkeypatch.setattr(naming, "compile_names", None)
    assert asked(tmp_path, file) == "1"
    assert isinstance(load(folder)["lat"].base, np.memmap)


def test_names_that_are_carried_are_not_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = city(tmp_path)
    monkeypatch.setattr(naming, "compile_names", None)
    assert asked(tmp_path, file) == "1"


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    file = city(tmp_path)
    assert asked(tmp_path, file) == "1"
    (folder,) = (tmp_path / "cache").iterdir()
    (folder / "lat.npy").write_bytes(b"\x93NUMPY")
    assert asked(tmp_path, file) == "1"
    assert len(load(folder)["lat"]) == 2


def test_a_cache_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file is in the way")
    file = city(tmp_path)
    names = open_names(tmp_path / "cache", file, CityPlaces(file.path), Catalogue.load())
    assert names.best("Kiasma") is not None


def test_arrays_of_a_folder_come_back(tmp_path: Path) -> None:
    arrays = {"a.b": np.arange(5), "none": np.zeros((0, 3), dtype=np.float32)}
    save(tmp_path / "folder", arrays)
    found = load(tmp_path / "folder")
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    with pytest.raises(ValueError, match="read-only"):
        found["a.b"][0] = 1
    assert load(tmp_path / "absent") == {}
