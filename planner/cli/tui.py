"""``flaneur tui``: the terminal application."""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import click

from planner.cli.context import session
from planner.cli.interruption import leave_to_others
from planner.errors import UsageError

INTERFACE = "tui.app"
"""Named, not imported: nothing in planner depends on the application over it."""


@click.command("tui")
@click.option("--model", metavar="NAME|none", help='The language model; "none" for rules alone.')
@click.pass_context
def command(ctx: click.Context, model: str | None) -> None:
    """Open the terminal application: plan, look, change, keep."""
    if not has_terminal():
        raise UsageError(
            "The terminal application needs a terminal for its input and output.",
            'Without one use a command, such as: flaneur plan "old churches and a coffee".',
        )
    leave_to_others()
    root = ctx.find_root()
    # Nothing of what is loaded now is garbage; the application goes on to look for some.
    gc.disable()
    import_module(INTERFACE).open_app(
        session(ctx), moving=root.params.get("now") is None, model=model
    )


def has_terminal() -> bool:
    """Tell whether somebody sits in front of a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()
