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


@command.command("duplicate")
@click.argument("plan_id", metavar="ID")
@click.pass_context
def duplicate(ctx: click.Context, plan_id: str) -> None:
    """Save a copy of a plan under an id of its own."""
    import msgspec

    from planner.itinerary.document import decode, encode

    run = session(ctx)

    def copied(text: str, own: str) -> str:
        document = decode(text, origin=f"Plan {plan_id}")
        return encode(msgspec.structs.replace(document, plan_id=own), indent=0)

    copy = run.store.duplicate_plan(plan_id, copied, now=run.now)
    run.say(f"Saved a copy of {plan_id} as {copy}.")


@command.command("compare")
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def compare(ctx: click.Context, one: str, other: str, *, as_json: bool) -> None:
    """Show two plans side by side: what they share, and what each costs."""
    from planner.drawing.comparison import compare as compare_plans
    from planner.drawing.comparison import comparison_table
    from planner.itinerary.document import decode

    run = session(ctx)
    first, second = (decode(run.store.plan(each), origin=f"Plan {each}") for each in (one, other))
    if as_json:
        print_value(compare_plans(first, second))
        return
    from planner.drawing.lettering import speaks_unicode

    run.out.print(comparison_table(first, second, ascii=not speaks_unicode(run.out.encoding)))


@command.command("done")
@click.argument("plan_id", metavar="ID")
@click.option("--undo", is_flag=True, help="The walk was not taken after all.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def done(ctx: click.Context, plan_id: str, *, undo: bool, as_json: bool) -> None:
    """Note that a walk was taken: its stops are visited, on its day."""
    import datetime as dt

    from planner.domain import Place, Position
    from planner.itinerary.document import decode
    from planner.library.outings import Outing, note_visits

    run = session(ctx)
    document = decode(run.store.plan(plan_id), origin=f"Plan {plan_id}")
    wanted = plan_id.strip().lower()
    if undo:
        count = run.store.places.unvisit(wanted)
        run.say(f"{count} {'visit' if count == 1 else 'visits'} of plan {wanted} taken back.")
        return
    outings = [
        Outing(
            Place(
                id=stop.place_id,
                name=stop.name,
                position=Position(stop.lat, stop.lon),
                category=stop.category,
                osm=stop.osm,
            ),
            dt.datetime.fromisoformat(stop.visit_from).date(),
        )
        for stop in document.stops
    ]
    noted = note_visits(run.store.places, outings, plan=wanted, now=run.now)
    if as_json:
        print_value(noted)
    elif not noted:
        run.hint("That plan has no stops.")
    else:
        new = sum(each.new for each in noted)
        run.say(f"Visited: {', '.join(each.name for each in noted)}.")
        if new < len(noted):
            run.hint(f"{len(noted) - new} of them were noted before.")


@command.command("remove")
@click.argument("plan_id", metavar="ID")
@click.pass_context
def remove(ctx: click.Context, plan_id: str) -> None:
    """Remove a saved plan; what was visited stays noted."""
    run = session(ctx)
    run.store.remove_plan(plan_id)
    run.say(f"Removed plan {plan_id}.")
