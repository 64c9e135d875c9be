"""``flaneur plans``: the walks that were saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.context import print_json, print_value, session

if TYPE_CHECKING:
    from planner.cli.context import Session
    from planner.itinerary.document import PlanDocument


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
@click.option(
    "--qr",
    "stop",
    metavar="N",
    type=click.IntRange(min=1),
    help="Show stop N alone, as a QR code for a telephone's map.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(ctx: click.Context, plan_id: str, *, stop: int | None, as_json: bool) -> None:
    """Show a saved plan."""
    from planner.itinerary.document import decode, encode

    run = session(ctx)
    document = decode(run.store.plan(plan_id), origin=f"Plan {plan_id}")
    if stop is not None:
        if as_json:
            raise click.UsageError("--qr and --json exclude each other.")
        _show_code(run, document, stop)
        return
    if as_json:
        print_json(encode(document))
        return
    from planner.cli.printing import print_plan

    print_plan(run, document)


def _show_code(run: Session, document: PlanDocument, number: int) -> None:
    """Print where a stop is as a code that a telephone reads."""
    from planner.drawing.lettering import speaks_unicode
    from planner.drawing.qr import qr_text
    from planner.errors import UsageError
    from planner.itinerary.exporters.journey import geo_link

    if number > len(document.stops):
        raise UsageError(
            f"The plan has {len(document.stops)} stops, not {number}.",
            "Choose one that its timeline numbers.",
        )
    stop = document.stops[number - 1]
    link = geo_link(stop.lat, stop.lon)
    run.out.print(qr_text(link, ascii=not speaks_unicode(run.out.encoding)))
    run.say(f"{number}. {stop.name}: {link}")


@command.command("export")
@click.argument("plan_id", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def export(ctx: click.Context, plan_id: str, file: Path) -> None:
    """Write a plan for a map, a calendar or paper.

    FILE's ending tells the format: .gpx, .kml, .geojson, .ics, .md, .html or .json.
    """
    from planner.export import export as export_plan
    from planner.itinerary.document import decode
    from planner.itinerary.exporters import check_ending

    run = session(ctx)
    check_ending(file)
    document = decode(run.store.plan(plan_id), origin=f"Plan {plan_id}")
    export_plan(run.home, document, file, now=run.now)
    run.say(f"Wrote plan {plan_id} to {file}.")


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
