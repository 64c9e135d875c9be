"""``flaneur forget``: gone, when asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from planner.cli.context import session

if TYPE_CHECKING:
    from planner.library.forgetting import What


@click.command("forget")
@click.option("--history", is_flag=True, help="Where you were and when, and the logs.")
@click.option("--plans", is_flag=True, help="All saved plans.")
@click.option("--places", is_flag=True, help="Your places, marks, notes and fixed points.")
@click.option("--all", "everything", is_flag=True, help="All of these, and your settings.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def command(
    ctx: click.Context, *, history: bool, plans: bool, places: bool, everything: bool, yes: bool
) -> None:
    """Remove what you name so that nothing of it stays readable in your home.

    Backups inside the home, logs and caches go with it. Cities and models stay, and so does every
    file that you made elsewhere with "backup" or "export".
    """
    from planner.library.forgetting import forget

    run = session(ctx)
    chosen = {"history": history, "plans": plans, "places": places, "all": everything}
    what: list[What] = [name for name, is_chosen in chosen.items() if is_chosen]  # type: ignore[misc] # the keys are those
    if not what:
        raise click.UsageError("Say what: --history, --plans, --places or --all.")
    if not yes and sys.stdin.isatty():
        click.confirm(f"Forget {' and '.join(what)} for good?", abort=True, err=True)
    forget(run.home, what)
    run.say(f"Forgotten: {', '.join(what)}.")
