"""``flaneur plan``: one walk from one sentence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from planner.cli.context import print_json, session
from planner.cli.options import clock_time, parse_date, parse_time

if TYPE_CHECKING:
    from planner.cli.context import Session
    from planner.domain import Weather, Wishes
    from planner.itinerary.document import PlanDocument

INFEASIBLE = 3
PACES = {"slow": 3.6, "normal": 4.8, "fast": 5.6}


def _dates(
    _ctx: object, _param: object, values: tuple[str, ...]
) -> tuple[tuple[str, dt.time], ...]:
    return tuple(_appointment(value) for value in values)


def _appointment(value: str) -> tuple[str, dt.time]:
    place, at, time = value.rpartition("@")
    try:
        return place.strip(), clock_time(time.strip() if at else "")
    except ValueError as error:
        text = f'"{value}" is no appointment such as "Ateneum@14:30".'
        raise click.BadParameter(text) from error


@click.command("plan")
@click.argument("request", nargs=-1)
@click.option("--city", metavar="NAME", help="The city (default: the one in use).")
@click.option("--date", metavar="YYYY-MM-DD", callback=parse_date, help="The day (default: today).")
@click.option(
    "--start-time",
    metavar="HH:MM",
    callback=parse_time,
    help="When the walk begins (default: 10:00, or the next quarter of an hour today).",
)
@click.option(
    "--hours",
    metavar="H",
    type=click.FloatRange(min=0, min_open=True),
    help="How long it may take (default: as understood, else 4).",
)
@click.option("--start", metavar="PLACE|LAT,LON", help="Where it begins.")
@click.option("--end", metavar="PLACE|LAT,LON", help="Where it ends.")
@click.option("--loop", is_flag=True, help="End where it begins.")
@click.option("--stops", metavar="N", type=click.IntRange(min=1), help="Exactly this many stops.")
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(min=1, max=14),
    default=1,
    show_default=True,
    help="A walk on each of so many days, from the same time and start.",
)
@click.option(
    "--pace",
    type=click.Choice(list(PACES)),
    default="normal",
    show_default=True,
    help="Walking pace: 3.6, 4.8 or 5.6 km/h.",
)
@click.option(
    "--step-free",
    is_flag=True,
    help="No steps, no kerb marked as raised, nothing marked as closed to wheelchairs.",
)
@click.option(
    "--weather",
    type=click.Choice(["dry", "rain", "hot", "cold"]),
    help="Anything but dry favours what is indoors (default: as understood, else dry).",
)
@click.option("--must", metavar="PLACE", multiple=True, help="A place to see. Repeatable.")
@click.option(
    "--at",
    metavar="PLACE@HH:MM",
    multiple=True,
    callback=_dates,
    help="An appointment: the visit begins at that time. Repeatable.",
)
@click.option(
    "--avoid", metavar="WORD", multiple=True, help="A place or kind to avoid. Repeatable."
)
@click.option(
    "--forgo",
    metavar="PLACE",
    multiple=True,
    help="A place that need not be seen after all. Repeatable.",
)
@click.option(
    "--from",
    "source",
    type=click.Choice(["all", "mine"]),
    default="all",
    show_default=True,
    help="mine: only places of your own library (must-sees apart).",
)
@click.option(
    "--new-only/--not-new-only",
    default=False,
    help="Nothing that you have visited (must-sees apart).",
)
@click.option(
    "--mode",
    type=click.Choice(["optimal", "paper"]),
    default="optimal",
    show_default=True,
    help="paper: the ItiNera method as published, for comparison.",
)
@click.option(
    "--model", metavar="NAME|none", help='The language model; "none" plans by rules alone.'
)
@click.option("--no-narrative", is_flag=True, help="Leave out the telling.")
@click.option("--seed", metavar="N", type=int, default=0, help="The same seed, the same plan.")
@click.option("--save/--no-save", default=True, show_default=True, help="Keep the plan.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the walk to a file too, as plans export does.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, /, request: tuple[str, ...], **options: Any) -> int:  # noqa: ANN401
    """Plan one walk from a REQUEST in your own words.

    \b
    flaneur plan "quiet bookshops and one good coffee, start at the cathedral, four hours"
    """  # noqa: D301 - the character itself keeps the line as it is
    run = session(ctx)
    output: Path | None = options["output"]
    if output is not None:
        from planner.itinerary.exporters import check_ending

        check_ending(output)
    document = plan(
        run,
        " ".join(request),
        wishes_of(options),
        city=options["city"],
        model=options["model"],
        narrative=not options["no_narrative"],
        save=options["save"],
        as_json=options["as_json"],
    )
    if output is not None:
        _write(run, document, output)
    return 0 if document.status == "ok" else INFEASIBLE


def _write(run: Session, document: PlanDocument, output: Path) -> None:
    """Write the walk to a file, if there is one to write."""
    from planner.export import export

    if document.status != "ok":
        run.hint(f"{output} was not written: there is no walk to take along.")
        return
    export(run.home, document, output, now=run.now)
    run.hint(f"Written to {output}.")


def wishes_of(options: dict[str, Any]) -> Wishes:
    """Return what the options say."""
    from planner.domain import Wishes

    if options["loop"] and options["end"]:
        raise click.UsageError("--loop and --end exclude each other: a loop ends where it begins.")
    days, stops = options["days"], options["stops"]
    if days > 1 and options["mode"] == "paper":
        raise click.UsageError("--mode paper plans one day; leave out --days.")
    if stops is not None and stops < days:
        raise click.UsageError(f"--stops {stops} leaves one of --days {days} without a stop.")
    return Wishes(
        date=options["date"],
        start_time=options["start_time"],
        hours=options["hours"],
        start=options["start"],
        end=options["end"],
        loop=options["loop"],
        stops=stops,
        days=days,
        pace_kmh=PACES[options["pace"]],
        step_free=options["step_free"],
        weather=cast("Weather | None", options["weather"]),
        must=options["must"],
        at=options["at"],
        avoid=options["avoid"],
        forgo=options["forgo"],
        own_only=options["source"] == "mine",
        new_only=options["new_only"],
        mode=options["mode"],
        seed=options["seed"],
    )


def plan(
    run: Session,
    text: str,
    wishes: Wishes,
    *,
    city: str | None = None,
    model: str | None = None,
    narrative: bool = True,
    save: bool = True,
    as_json: bool = False,
) -> PlanDocument:
    """Plan, print and keep one walk; the plan is printed before the model tells it."""
    from planner.cli.printing import print_narrative, print_plan
    from planner.cli.setup import open_planner
    from planner.itinerary.document import encode

    planner = open_planner(run, city, model)
    with run.progress("Planning") as report:
        document = planner.plan(text, wishes, now=run.now, report=report)
    if save and document.status == "ok":
        document = keep(run, document)
    if as_json:
        if narrative:
            document = planner.narrate(document)
    else:
        print_plan(run, document)
        if narrative and document.stops:
            document = print_narrative(run, planner, document)
    if save and narrative and document.status == "ok":
        document = keep(run, document)
    if as_json:
        print_json(encode(document))
    elif document.plan_id:
        run.hint(f"Saved as {document.plan_id}: flaneur plans show {document.plan_id}")
    return document


def keep(run: Session, document: PlanDocument) -> PlanDocument:
    """Save a plan, or save it again with what was added, and return it with its id."""
    from msgspec.structs import replace

    from planner.itinerary.document import encode

    plan_id = run.store.save_plan(
        created=run.now,
        city=document.city,
        date=dt.date.fromisoformat(document.settings.date),
        request=document.request,
        stops=len(document.stops),
        walk_m=document.totals.walk_m,
        elapsed_s=document.totals.elapsed_s,
        document=lambda given: encode(replace(document, plan_id=given), indent=0),
        seed=document.settings.seed,
        frame=repr((document.settings, document.start, document.end, document.understood)),
    )
    return replace(document, plan_id=plan_id)
