"""What every command shares: the home, the clock, and how to talk to a person."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from planner.cli.interruption import heed
from planner.config import find_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    from rich.console import Console

    from planner.config import Home
    from planner.library.store import Store

    class Progress(Protocol):
        """Tells how far a long step is."""

        def __call__(self, share: float, doing: str | None = None) -> None:
            """Report a share between 0 and 1 and what is being done."""


CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
DEFAULT_WIDTH = 100
NARROWEST = 40


@dataclass(frozen=True)
class Session:
    """One run of the command line."""

    home: Home
    now: dt.datetime
    verbose: bool = False

    @staticmethod
    def open(home: str | None, now: object, *, verbose: bool) -> Session:
        """Begin a session; nothing is read or written yet."""
        moment = now if isinstance(now, dt.datetime) else dt.datetime.now().astimezone()
        return Session(find_home(home), moment.replace(tzinfo=None, microsecond=0), verbose)

    @cached_property
    def store(self) -> Store:
        """The person's library, made where it is missing."""
        from planner.library.store import Store

        self.home.ensure()
        return Store.open(self.home.library)

    def close(self) -> None:
        """Let go of the library, if this run opened it."""
        opened: Store | None = self.__dict__.pop("store", None)
        if opened is not None:
            opened.close()

    @cached_property
    def out(self) -> Console:
        """Standard output: results."""
        return _console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """Standard error: progress, hints and warnings."""
        return _console(stderr=True)

    def say(self, text: str) -> None:
        """Say what was done, on standard output."""
        from rich.text import Text

        from planner.drawing.lettering import clean

        self.out.print(Text(clean(text)), soft_wrap=True)

    def hint(self, text: str) -> None:
        """Say something beside the result, on standard error."""
        from rich.text import Text

        self.err.print(Text(text, style="dim"))

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Show how far a long step is, on a terminal only.

        Yields a function that takes a share between 0 and 1 and, optionally, what is being done.
        """
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            console=self.err,
            transient=True,
            disable=not self.err.is_terminal,
        )
        heed()
        with bar:
            task = bar.add_task(title, total=1.0)

            def report(share: float, doing: str | None = None) -> None:
                heed()
                bar.update(task, completed=share, description=doing or title)

            yield report
        heed()


def _console(*, stderr: bool) -> Console:
    import shutil

    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    columns = shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns
    return Console(
        file=stream, stderr=stderr, width=max(columns, NARROWEST), highlight=False, markup=False
    )


def print_json(text: str) -> None:
    """Write JSON to standard output, and nothing else."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def print_value(value: object) -> None:
    """Write a value as JSON to standard output."""
    import msgspec

    print_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def session(ctx: click.Context) -> Session:
    """Return the session of a command."""
    found = ctx.find_object(Session)
    if found is None:  # pragma: no cover - the group always sets it
        raise RuntimeError("a command ran outside the flaneur group")
    return found
