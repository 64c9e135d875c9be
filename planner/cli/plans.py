"""``flaneur plans``: the walks that were saved."""

from __future__ import annotations

import click

from planner.cli.context import print_json, print_value, session


@click.group("plans")
def command() -> None:
    """See saved walks again."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_plans(ctx: click.Context, *, as_json: bool) -> None:
    """List saved plans, the newest first."""
    run = session(ctx)
    rows = run.store.plans()
    if as_json:
        print_value(rows)
        return
    if not rows:
        run.hint('No plan is saved yet. Try: flaneur plan "old churches and one good coffee"')
        return
    from planner.drawing.lettering import speaks_unicode
    from planner.drawing.tables import plans_table

    run.out.print(plans_table(rows, ascii=not speaks_unicode(run.out.encoding)))


@command.command("show")
@click.argument("plan_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(ctx: click.Context, plan_id: str, *, as_json: bool) -> None:
    """Show a saved plan."""
    from planner.itinerary.document import decode, encode

    run = session(ctx)
    document = decode(run.store.plan(plan_id), origin=f"Plan {plan_id}")
    if as_json:
        print_json(encode(document))
        return
    from planner.cli.printing import print_plan

    print_plan(run, document)
