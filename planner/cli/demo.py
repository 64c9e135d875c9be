"""``flaneur demo``: a first walk, with nothing to download or configure."""

from __future__ import annotations

import datetime as dt

import click

from planner.cli.context import session

DEMO_REQUEST = (
    "Start at Helsinki Cathedral, see Ateneum and Amos Rex, a quiet park and one good coffee, "
    "no shopping, four hours"
)
WEDNESDAY = 2
NEXT_COMMANDS = (
    'flaneur plan "old churches, a bookshop and lunch, from 10 to 14 on Saturday"',
    'flaneur plan "surprise me" --hours 2 --start "Senate Square" --loop',
    "flaneur plans list",
)


@click.command("demo")
@click.option("--model", metavar="NAME|none", help='The language model; "none" for rules alone.')
@click.pass_context
def command(ctx: click.Context, model: str | None) -> None:
    """Set up central Helsinki where it is missing, and plan a sample walk there."""
    from rich.text import Text

    from planner import cities
    from planner.cli.plan import plan
    from planner.domain import Wishes

    run = session(ctx)
    run.out.print(Text(f"> {DEMO_REQUEST}\n", style="bold"))
    # On a Wednesday morning both museums are open, whenever the demo is run.
    ahead = (WEDNESDAY - run.now.weekday() - 1) % 7 + 1
    day = run.now.date() + dt.timedelta(days=ahead)
    wishes = Wishes(date=day, start_time=dt.time(10))
    plan(run, DEMO_REQUEST, wishes, city=cities.DEMO_NAME, model=model)
    run.out.print(Text("\nTry next:"))
    for line in NEXT_COMMANDS:
        run.out.print(Text(f"  {line}"), soft_wrap=True)
