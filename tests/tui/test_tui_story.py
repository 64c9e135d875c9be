"""The whole story in a real terminal: a first start, a walk, its edits, a file, and the next day."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING

import gpxpy
import pytest

from planner.library.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE_S = 300.0
REQUEST = "see Ateneum and Amos Rex, a quiet park and one good coffee, no shopping, four hours"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed here"),
]


class Tmux:
    """A terminal that nobody sits in front of, with a shell in it."""

    def __init__(self, folder: Path) -> None:
        self._name = f"flaneur-{uuid.uuid4().hex[:8]}"
        self._environment = {
            **{key: value for key, value in os.environ.items() if key not in {"TMUX", "NO_COLOR"}},
            "HOME": str(folder),
            "SHELL": "/bin/sh",
        }
        self._call("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", "/bin/sh")

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._name, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return self._call("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        """Press keys as tmux names them."""
        self._call("send-keys", *keys)

    def type(self, words: str) -> None:
        """Type words."""
        self._call("send-keys", "-l", words)

    def until(self, holds: Callable[[str], bool], what: str) -> str:
        """Wait for something to stand on the screen, and return the screen."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            text = self.text
            if holds(text):
                return text
            time.sleep(0.1)
        raise AssertionError(f"Waited in vain for {what}:\n{self.text}")

    def sees(self, *words: str) -> str:
        """Wait for words."""
        return self.until(lambda text: all(each in text for each in words), " and ".join(words))

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        self._call("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self) -> None:
        """End the terminal with all that is in it."""
        subprocess.run(
            ["tmux", "-L", self._name, "kill-server"], env=self._environment, check=False
        )


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    folder = tmp_path / "person"
    folder.mkdir()
    tmux = Tmux(folder)
    yield tmux
    tmux.close()


def started(terminal: Tmux, home: Path) -> None:
    """Start the application as a person does; the shell says how it ended."""
    program = f"{sys.executable} -m planner --home {home} --now 2026-11-25T09:00 tui --model none"
    terminal.type(f"clear; {program}; echo ended with $?")
    terminal.press("Enter")
    terminal.sees("● offline")


def left(terminal: Tmux, key: str) -> None:
    """Leave the application; the shell is there again, and echoes what is typed."""
    terminal.press(key)
    terminal.sees("ended with 0")
    terminal.type("echo $((6*7))")
    terminal.press("Enter")
    screen = terminal.sees("42")
    assert "Traceback" not in screen
    assert "echo $((6*7))" in screen


def emptied(terminal: Tmux, text: str, words: str) -> bool:
    """Empty a line that holds some words, once it takes keys; tell whether it is empty."""
    if words not in text:
        return True
    terminal.press("C-u")
    return False


def test_the_whole_story(terminal: Tmux, tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "walk.gpx"
    # The first start: what this is, and the demo city.
    started(terminal, home)
    terminal.sees("Welcome to Flâneur", "Set up central Helsinki")
    terminal.press("Enter")
    terminal.until(lambda text: "Welcome" not in text and "Helsinki" in text, "the demo city")
    # A request.
    terminal.type(REQUEST)
    terminal.sees(REQUEST)
    terminal.press("Enter")
    before = terminal.sees("stops ·", "Ateneum", "Amos Rex", "OpenStreetMap")
    terminal.sees("you set out")
    # Another size, and back: nothing is lost.
    terminal.resize(80, 24)
    terminal.sees("Ateneum", "stops ·")
    terminal.resize(120, 40)
    # An edit, taken back and made again.
    terminal.press("<")
    terminal.sees("edited by you")
    terminal.press("u")
    terminal.until(lambda text: "edited by you" not in text, "the walk of before")
    terminal.press("U")
    after = terminal.sees("edited by you")
    assert before != after
    # Saved, and taken along.
    terminal.press("w")
    terminal.sees("Saved as")
    terminal.press("e")
    terminal.sees("Take it along as")
    terminal.press("Enter")
    terminal.sees("Write it to which file?")
    terminal.until(lambda text: emptied(terminal, text, "helsinki-2026-11-25.gpx"), "a line")
    terminal.type(str(file))
    terminal.sees(file.name)
    terminal.press("Enter")
    terminal.until(lambda _text: file.exists(), "the file")
    left(terminal, "C-q")
    # The next start: the same walk, with its edit, its request and its history.
    started(terminal, home)
    terminal.sees("edited by you", "Ateneum", REQUEST[:40])
    terminal.press("P")
    terminal.sees("Saved walks", "2026-11-25")
    terminal.press("Enter")
    terminal.sees("edited by you", "Amos Rex")
    left(terminal, "C-c")

    with Store.open(home / "library.sqlite") as store:
        (row,) = store.plans()
        kept = json.loads(store.plan(row.id))
    assert [each["edit"] for each in kept["edits"]] == ["stay"]
    gpx = gpxpy.parse(file.read_text())
    names = [f"{number}. {stop['name']}" for number, stop in enumerate(kept["stops"], start=1)]
    assert [point.name for point in gpx.waypoints][-len(names) :] == names
