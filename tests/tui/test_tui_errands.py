"""Work that a process of its own does: its words, its refusals, and its end at any moment."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from planner import cities
from planner.config import Home
from planner.errors import FlaneurError
from tui.errands import DEMO, StoppedError, send

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = dt.datetime(2026, 11, 25, 9)
AT_ONCE_S = 0.5


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", tmp_path / "cache").ensure()


def sent(
    home: Home,
    *arguments: str,
    tell: Callable[[float | None, str], None] = lambda _share, _words: None,
    stop: asyncio.Event | None = None,
) -> tuple[str, ...]:
    async def run() -> tuple[str, ...]:
        return await send(home, NOW, arguments, tell, stop or asyncio.Event())

    return asyncio.run(run())


def files(home: Home) -> set[str]:
    """Every file of a person; the caches are made again where they are missing."""
    found = {str(each.relative_to(home.root)) for each in home.root.rglob("*") if each.is_file()}
    return {each for each in found if not each.startswith(("cache/", "library.sqlite-"))}


def test_a_city_in_the_making_is_gone_at_once_and_leaves_nothing(home: Home) -> None:
    stop, stopped_at = asyncio.Event(), []
    before = files(home)

    def tell(share: float | None, words: str) -> None:
        # Somewhere within the streets, where nothing is told for a while.
        if share and share > 0 and not stopped_at:
            assert words
            stopped_at.append(time.monotonic())
            stop.set()

    with pytest.raises(StoppedError):
        sent(home, *DEMO, tell=tell, stop=stop)
    assert time.monotonic() - stopped_at[0] < AT_ONCE_S
    assert cities.names(home) == []
    assert files(home) - before <= {"library.sqlite"}


def test_a_refusal_is_told_in_its_own_words(home: Home, tmp_path: Path) -> None:
    with pytest.raises(FlaneurError) as refused:
        sent(home, "city", "add", "porto", str(tmp_path / "nothing.osm.pbf"))
    assert "nothing.osm.pbf" in refused.value.problem
    assert not isinstance(refused.value, StoppedError)


def test_a_process_that_was_ended_by_others_is_told_of(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(FlaneurError, match="ended before it was done"):
        sent(home, *DEMO)


def test_it_ends_with_the_one_that_sent_it(home: Home) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import tui.errands as e; e._done = lambda *_: __import__('time').sleep(600); e.main()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(b"{}\n")
    process.stdin.flush()
    time.sleep(0.2)
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(30) == 1
