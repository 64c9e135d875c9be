"""A network survives being stored, opens without being read, and says when it is damaged."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.errors import StoreError
from planner.streets.network import StreetNetwork

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def network(drawn: Callable[..., StreetNetwork]) -> StreetNetwork:
    """A crossing of four streets."""
    points = [(0.0, 0.0), (100.0, 0.0), (-100.0, 0.0), (0.0, 100.0), (0.0, -100.0)]
    return drawn(points, [(0, 1), (0, 2), (0, 3), (0, 4)])


def same(a: StreetNetwork, b: StreetNetwork) -> bool:
    ours, theirs = a.to_arrays(), b.to_arrays()
    return ours.keys() == theirs.keys() and all(
        np.array_equal(ours[name], theirs[name]) and ours[name].dtype == theirs[name].dtype
        for name in ours
    )


def test_arrays_carry_everything(helsinki: StreetNetwork, network: StreetNetwork) -> None:
    for one in (helsinki, network):
        again = StreetNetwork.from_arrays(one.to_arrays())
        assert same(one, again)
        assert again.names == one.names
    assert "Mannerheimintie" in helsinki.names
    assert network.names == ()
    assert helsinki.name(-1) is None


def test_a_folder_gives_the_network_back_memory_mapped(
    helsinki: StreetNetwork, network: StreetNetwork, tmp_path: Path
) -> None:
    for name, one in (("helsinki", helsinki), ("crossing", network)):
        folder = tmp_path / "cache" / name
        one.save_folder(folder)
        again = StreetNetwork.open_folder(folder)
        assert same(one, again)
        assert isinstance(again.vertex_lat, np.memmap)
        with pytest.raises(ValueError, match="read-only"):
            again.vertex_lat[0] = 0.0


def test_a_folder_is_private_whole_and_written_once(network: StreetNetwork, tmp_path: Path) -> None:
    folder = tmp_path / "streets"
    network.save_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    network.save_folder(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["streets"]


def test_nothing_stays_behind_when_writing_fails(
    network: StreetNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def full(_descriptor: int) -> None:
        written.append(1)
        if len(written) > 5:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        network.save_folder(tmp_path / "streets")
    assert list(tmp_path.iterdir()) == []


def test_a_second_writer_at_the_same_moment_does_no_harm(
    network: StreetNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "streets"
    real = os.fsync

    def meanwhile(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", real)
        network.save_folder(folder)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", meanwhile)
    network.save_folder(folder)
    assert same(StreetNetwork.open_folder(folder), network)
    assert [path.name for path in tmp_path.iterdir()] == ["streets"]


@pytest.mark.parametrize("harm", ["missing", "cut", "noise", "type", "length", "version"])
def test_a_damaged_folder_is_refused(network: StreetNetwork, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "streets"
    network.save_folder(folder)
    victim = folder / "vertex_lat.npy"
    if harm == "missing":
        victim.unlink()
    elif harm == "cut":
        victim.write_bytes(victim.read_bytes()[:-8])
    elif harm == "noise":
        victim.write_bytes(b"\x00" * 300)
    elif harm == "type":
        np.save(victim, network.vertex_lat.astype(np.float32))
    elif harm == "length":
        np.save(victim, network.vertex_lat[:-1])
    else:
        np.save(folder / "version.npy", np.array([99], dtype=np.int32))
    with pytest.raises(StoreError) as caught:
        StreetNetwork.open_folder(folder)
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("edge_u", 5),
        ("edge_v", -1),
        ("half_to", 99),
        ("half_edge", 4),
        ("edge_name", 0),
        ("vertex_kind", 77),
        ("cell_vertex", 2**30),
        ("vertex_start", 3),
        ("node_lat", np.nan),
        ("edge_length", -1.0),
        ("rank", -1),
        ("up_to", 5),
        ("up_m", np.nan),
    ],
)
def test_numbers_that_lead_nowhere_are_found(
    network: StreetNetwork, name: str, value: float
) -> None:
    network.check()
    arrays = {key: array.copy() for key, array in network.to_arrays().items()}
    arrays[name][0] = value
    with pytest.raises(StoreError, match="do not fit"):
        StreetNetwork.from_arrays(arrays).check()


def test_a_hierarchy_that_leads_down_is_found(helsinki: StreetNetwork) -> None:
    helsinki.check()
    arrays = dict(helsinki.to_arrays())
    arrays["rank"] = arrays["rank"][::-1].copy()
    with pytest.raises(StoreError, match="do not fit"):
        StreetNetwork.from_arrays(arrays).check()


def test_what_a_killed_process_left_is_swept_away_after_an_hour(
    network: StreetNetwork, tmp_path: Path
) -> None:
    old, new = tmp_path / ".streets.old", tmp_path / ".streets.new"
    for left in (old, new):
        left.mkdir()
        (left / "node_lat.npy").write_bytes(b"half")
    os.utime(old, (0, 0))
    network.save_folder(tmp_path / "streets")
    assert not old.exists()
    assert new.exists()


def test_counts_and_box(network: StreetNetwork) -> None:
    assert (network.node_count, network.edge_count, network.directed_edge_count) == (5, 4, 8)
    west, south, east, north = network.bbox()
    assert west < 24.94 < east
    assert south < 60.17 < north
