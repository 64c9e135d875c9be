"""Ctrl-C that somebody else's code caught and forgot."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from planner import cli
from planner.cli import demo, interruption
from planner.cli.context import session
from planner.cli.interruption import heed, heeded, leave_to_others

if TYPE_CHECKING:
    from planner.cli.context import Session


def pressed_and_forgotten() -> None:
    """Press Ctrl-C inside code that takes every error for its own."""
    with contextlib.suppress(BaseException):
        signal.raise_signal(signal.SIGINT)


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The demo as a command that goes on behind a Ctrl-C, with what it came to."""
    done: list[str] = []

    @click.command("demo")
    @click.pass_context
    def command(ctx: click.Context) -> None:
        run: Session = session(ctx)
        with run.progress("Working") as step:
            step(0.1)
            done.append("began")
            pressed_and_forgotten()
            step(0.5)
            done.append("went on")

    monkeypatch.setattr(demo, "command", command)
    return done


def test_it_is_heeded_at_the_next_step(
    forgetful: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["demo"]) == 130
    assert forgetful == ["began"]
    assert "Interrupted" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_run_does_not_end_the_next() -> None:
    with pytest.raises(KeyboardInterrupt), heeded():
        signal.raise_signal(signal.SIGINT)
    with heeded():
        heed()


def test_who_minds_the_keyboard_keeps_it() -> None:
    with heeded():
        leave_to_others()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_another_thread_changes_no_signals() -> None:
    seen: list[object] = []

    def work() -> None:
        with heeded():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
    assert interruption.heed() is None


def test_one_inside_code_made_from_a_string_leaves_with_130_too(tmp_path: Path) -> None:
    """``python -m`` would else end as one who was killed."""
    (tmp_path / "pressed.py").write_text(
        "from planner import cli\n"
        "cli.cli.main = lambda **_: exec('raise KeyboardInterrupt')\n"
        "cli.main()\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pressed"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        130, "flaneur: Interrupted; nothing was left half-written.\n",
    )  # fmt: skip
