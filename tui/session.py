"""A session whose words go to the screen, and commands done in this very process."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from planner.cli.context import DEFAULT_WIDTH, Session
from planner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import click
    from rich.console import Console

    from planner.cli.context import Progress


def tell_nobody(_share: float | None, _words: str) -> None:
    """Tell nobody."""


class Halt(BaseException):
    """Raised where progress is told, once a person has stopped what is under way."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class DeskSession(Session):
    """A session whose words and progress go to the screen instead of a terminal's streams."""

    tell: Callable[[float | None, str], None] = tell_nobody
    is_stopped: Callable[[], bool] = _never
    said: list[str] = field(default_factory=list)

    @cached_property
    def out(self) -> Console:
        """Where tables go: nowhere, since screens draw their own."""
        from rich.console import Console

        return Console(file=io.StringIO(), width=DEFAULT_WIDTH)

    def say(self, text: str) -> None:
        """Keep what a command says was done."""
        self.said.append(text)

    def hint(self, text: str) -> None:
        """Say something beside the result."""
        self.said.append(text)
        self.tell(None, text)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Show how far a long step is."""

        def report(share: float, doing: str | None = None) -> None:
            # At its end it is done, and too late to stop.
            if share < 1 and self.is_stopped():
                raise Halt
            self.tell(share, doing or title)

        report(0.0)
        yield report
        self.tell(1.0, "")


def understood(run: Session, arguments: tuple[str, ...]) -> tuple[click.Command, click.Context]:
    """Return a command of two words with what follows it, read but not done.

    Raises
    ------
    UsageError
        If the words make no sense to it.
    """
    from importlib import import_module

    import click

    group, name, *rest = arguments
    commands: click.Group = import_module(f"planner.cli.{group}").command
    command = commands.commands[name]
    try:
        return command, command.make_context(name, rest, obj=run)
    except click.ClickException as error:
        raise UsageError(error.format_message()) from error


def invoke(run: Session, arguments: tuple[str, ...]) -> object:
    """Do what a command of two words does, in this very process.

    Raises
    ------
    UsageError
        If the words make no sense to it.
    FlaneurError
        If it refuses.
    """
    import click

    command, context = understood(run, arguments)
    try:
        with context:
            return command.invoke(context)
    except click.ClickException as error:
        raise UsageError(error.format_message()) from error
