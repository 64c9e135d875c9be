"""The command line: options in, text or JSON out; no logic of its own.

Nothing heavy is imported before a command needs it, so that ``flaneur --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, NoReturn

import click

from planner.cli.context import CONTEXT_SETTINGS, Session
from planner.cli.interruption import heeded
from planner.cli.options import parse_now
from planner.errors import FlaneurError

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
COMPLETION = "_FLANEUR_COMPLETE"
"""Set by a shell that asks what may follow."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called or listed."""

    # A module may not be called as the built-in function is.
    MODULES: ClassVar = {"eval": "evaluation", "next": "following"}
    COMMANDS = (
        "demo",
        "plan",
        "next",
        "plans",
        "places",
        "city",
        "backup",
        "restore",
        "forget",
        "models",
        "eval",
        "doctor",
        "tui",
    )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which people meet them."""
        del ctx
        return list(self.COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command by name."""
        del ctx
        if cmd_name not in self.COMMANDS:
            return None
        from importlib import import_module

        module = self.MODULES.get(cmd_name, cmd_name)
        command: click.Command = import_module(f"planner.cli.{module}").command
        return command


def _show_version(ctx: click.Context, _param: object, value: bool) -> None:  # noqa: FBT001 - click
    """Answer ``--version``."""
    if value and not ctx.resilient_parsing:
        from planner import __version__

        click.echo(f"flaneur, version {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings=CONTEXT_SETTINGS,
    epilog='Start with "flaneur demo", or: flaneur plan "old churches and one good coffee"',
)
@click.option(
    "--home",
    metavar="DIR",
    type=click.Path(file_okay=False),
    help="Where all your data lives (default: $FLANEUR_HOME, else the user-data folder).",
)
@click.option(
    "--now",
    metavar="ISO",
    callback=parse_now,
    help="Plan as of this moment, such as 2026-11-25T09:30 (default: the clock).",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say more on standard error.")
@click.pass_context
def cli(ctx: click.Context, home: str | None, now: object, *, verbose: bool) -> None:
    """Plan a walk through a city from one sentence, on your own laptop, with no network.

    Nothing you type, own or visit leaves this machine.
    """
    ctx.obj = Session.open(home, now, verbose=verbose)
    ctx.call_on_close(ctx.obj.close)
    if ctx.invoked_subcommand is None:
        from planner.cli.tui import command, has_terminal

        if has_terminal():
            ctx.invoke(command)
        else:
            click.echo(ctx.get_help())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments
        What follows ``flaneur``; the process's own arguments where absent.
    """
    try:
        with heeded():
            result = cli.main(
                args=None if arguments is None else list(arguments),
                prog_name="flaneur",
                standalone_mode=False,
            )
            sys.stdout.flush()
    except SystemExit as leaving:
        # So click and rich leave where nobody reads on; the shell's completion leaves so, too.
        if leaving.code != 1 or COMPLETION in os.environ:
            raise
        return _hush()
    except (KeyboardInterrupt, click.exceptions.Abort):
        # Where it was raised in code made from a string (as libraries make classes), "python -m"
        # takes it for unhandled whatever comes of it, until other such code is run.
        exec("")  # noqa: S102
        return _say("Interrupted; nothing was left half-written.", INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - no traceback may reach a person
        return _explain(error, arguments)
    return result if isinstance(result, int) else 0


def _explain(error: Exception, arguments: Sequence[str] | None) -> int:
    """Say what went wrong in words for a person, and return the exit code."""
    if isinstance(error, FlaneurError):
        return _say(str(error), error.exit_code)
    if isinstance(error, click.ClickException):
        error.show(sys.stderr)
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        return _hush()
    from planner.cli.faults import record

    return _say(record(error, arguments), 1)


def _hush() -> int:
    """Say no more, since the reader went away ("flaneur plans list | head"): no error of ours."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        # What is still held back would be written when Python ends, and fail aloud.
        with suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    return 0


def _say(message: str, code: int) -> int:
    click.echo(f"flaneur: {message}", err=True)
    return code


def main() -> NoReturn:
    """Entry point of the console script."""
    from planner.offline import seal

    seal()
    sys.exit(run())
