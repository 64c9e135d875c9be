"""A home of its own for each test, and the command line called in this process."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from planner import cities, cli
from planner.config import find_home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["--now", NOW, *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call
