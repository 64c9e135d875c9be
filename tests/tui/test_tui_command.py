"""How the application is opened: by its name, by none, and not at all without a terminal."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    "numpy", "scipy", "torch", "osmium", "faiss", "llama_cpp", "numba", "shapely", "msgspec",
    "sqlite3", "importlib.metadata",
}  # fmt: skip
UNTIL_THE_FIRST_FRAME = """
import asyncio, datetime, pathlib, sys
import planner.cli.tui
from planner.cli.context import Session
from planner.config import Home
from tui.app import FlaneurApp
from tui.desk import Desk

def stop(app):
    print(*sys.modules, file=sys.__stdout__)
    app.exit()

FlaneurApp._begin = stop
home = pathlib.Path(sys.argv[1])
desk = Desk(Session(Home(home, home / "cache"), datetime.datetime(2026, 11, 25)))
asyncio.run(FlaneurApp(desk).run_async(headless=True, size=(120, 40)))
"""


def call(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "planner", "--home", str(home), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_terminal_no_command_means_help(tmp_path: Path) -> None:
    done = call(tmp_path)
    assert done.returncode == 0
    assert "Usage: flaneur" in done.stdout
    assert not any(tmp_path.iterdir())


def test_the_application_asks_for_a_terminal(tmp_path: Path) -> None:
    done = call(tmp_path, "tui")
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert done.stdout == ""


def test_nothing_heavy_stands_before_the_first_frame(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNTIL_THE_FIRST_FRAME, str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "tui.screens.plan" in done.stdout.split()
    assert not HEAVY & set(done.stdout.split())


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of other systems")
def test_it_opens_and_closes_in_a_real_terminal(tmp_path: Path) -> None:
    import pty

    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover - the child
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
        os.execv(sys.executable, [sys.executable, "-m", "planner", "--home", str(tmp_path)])  # noqa: S606 - the terminal is its own
    seen = ""
    while "offline" not in seen:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, f"nothing came: {seen!r}"
        seen += os.read(terminal, 65536).decode(errors="replace")
    os.write(terminal, b"\x11")
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:
            break
        if not more:
            break
        seen += more.decode(errors="replace")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert re.search(r"Flâneur", seen)
    assert "Traceback" not in seen
    # The other screen is left, and the cursor is there again.
    assert "\x1b[?1049l" in seen
    assert "\x1b[?25h" in seen
