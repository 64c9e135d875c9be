"""The promise that nothing leaves the machine, and where a person's data lives."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from planner.config import ModelSettings, find_home
from planner.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from planner.config import Home


def sealed(code: str) -> subprocess.CompletedProcess[str]:
    program = f"from planner.offline import seal; seal()\n{code}"
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_a_sealed_process_opens_no_internet_socket(family: str) -> None:
    done = sealed(f"import socket; socket.socket(socket.{family})")
    assert "flaneur opens no internet connection" in done.stderr


def test_a_sealed_process_still_talks_to_itself() -> None:
    done = sealed(
        "import asyncio, socket\n"
        "socket.socketpair()\n"
        "async def main(): return 7\n"
        "print(asyncio.run(main()))"
    )
    assert done.stdout.strip() == "7", done.stderr


def test_hub_clients_are_told_to_stay_offline() -> None:
    done = sealed("import os; print(os.environ['HF_HUB_OFFLINE'])")
    assert done.stdout.strip() == "1"


def test_the_home_is_where_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLANEUR_HOME", str(tmp_path / "variable"))
    monkeypatch.delenv("FLANEUR_OSM_CACHE", raising=False)
    assert find_home(tmp_path / "option").root == tmp_path / "option"
    assert find_home().root == tmp_path / "variable"
    assert find_home().street_cache == tmp_path / "variable" / "cache"
    monkeypatch.setenv("FLANEUR_OSM_CACHE", str(tmp_path / "osm"))
    assert find_home().street_cache == tmp_path / "osm"
    monkeypatch.delenv("FLANEUR_HOME")
    assert find_home().root.name == "flaneur"


def test_finding_a_home_touches_nothing(tmp_path: Path) -> None:
    find_home(tmp_path / "home")
    assert list(tmp_path.iterdir()) == []


def test_a_home_is_private(tmp_path: Path) -> None:
    home = find_home(tmp_path / "home").ensure()
    for folder in (home.root, home.cities, home.models, home.street_cache):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_home_that_cannot_be_made_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="--home"):
        find_home(tmp_path / "file" / "home").ensure()


def configured(tmp_path: Path, text: str | bytes) -> Home:
    home = find_home(tmp_path).ensure()
    home.config.write_bytes(text if isinstance(text, bytes) else text.encode())
    return home


def test_model_settings(tmp_path: Path) -> None:
    assert find_home(tmp_path).model_settings() == ModelSettings()
    home = configured(tmp_path, '[model]\nname = "big"\ngpu_layers = -1\n')
    assert home.model_settings() == ModelSettings("big", -1)


@pytest.mark.parametrize(
    "text",
    ["[model", b"\xff\xfe", "[model]\nname = 3\n", '[model]\ngpu_layers = "all"\n'],
)
def test_settings_that_make_no_sense_are_named(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(StoreError, match=r"config\.toml"):
        configured(tmp_path, text).model_settings()
