"""``flaneur places``: a person's own places, from any file they have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from planner.cli.context import print_value, session
from planner.cli.options import AS_JSON, parse_at, parse_now
from planner.cli.placechanges import add, anchor, edit, locate, merge, remove, unmerge
from planner.cli.placeprinting import print_report, report_value, show_one, show_places

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain import Position
    from planner.library.search import Filter

    Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(dir_okay=False, path_type=Path)
FORMATS = ("auto", "csv", "geojson", "kml", "kmz", "gpx", "takeout", "swarm", "text", "image")


@click.group("places")
def command() -> None:
    """Keep your own places, from any file you have."""


for each in (add, edit, locate, merge, unmerge, remove, anchor):
    command.add_command(each)


def filtering(command_: Command) -> Command:
    """Give a command the options that choose among places."""
    options = (
        click.option("--category", metavar="KIND", help='Only this kind, such as "museums".'),
        click.option("--near", metavar="LAT,LON", callback=parse_at, help="Only around here."),
        click.option(
            "--radius",
            metavar="KM",
            type=click.FloatRange(min=0, min_open=True, max=20_000),
            default=1.0,
            show_default=True,
            help="How far around.",
        ),
        click.option(
            "--open-at",
            metavar="ISO",
            callback=parse_now,
            help="Only what is open then, such as 2026-11-25T19:00.",
        ),
        click.option("--visited/--not-visited", default=None, help="Only where you were, or not."),
        click.option("--favourite", is_flag=True, default=None, help="Only favourites."),
        click.option("--never", is_flag=True, default=None, help="Only what is never proposed."),
        click.option("--label", metavar="WORD", help="Only with this label."),
    )
    for option in reversed(options):
        command_ = option(command_)
    return command_


def filter_of(
    *,
    category: str | None,
    near: Position | None,
    radius: float,
    open_at: Any,  # noqa: ANN401 - a date and time, checked by its option
    visited: bool | None,
    favourite: bool | None,
    never: bool | None,
    label: str | None,
) -> Filter:
    """Return what the options of :func:`filtering` ask for."""
    from planner.library.catalogue import Catalogue
    from planner.library.search import Filter

    keys = None
    if category is not None:
        kinds = Catalogue.load()
        keys = frozenset({category}) & kinds.categories.keys() or kinds.named(category)
        if not keys:
            raise click.BadParameter(f'"{category}" names no kind of place.')
    return Filter(
        categories=keys,
        near=near,
        radius_m=radius * 1000,
        open_at=open_at,
        visited=visited,
        favourite=favourite or None,
        never=never or None,
        label=label,
    )


# --------------------------------------------------------------------------------------- in and out


@command.command("import")
@click.argument("file", type=FILE)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    default="auto",
    show_default=True,
    help="What the file is.",
)
@click.option("--dry-run", is_flag=True, help="Show exactly what would happen; change nothing.")
@click.option(
    "--model",
    metavar="NAME|none",
    help="A language model that reads posts too (default: none; names are found without one).",
)
@AS_JSON
@click.pass_context
def import_(
    ctx: click.Context,
    file: Path,
    format_: str,
    *,
    dry_run: bool,
    model: str | None,
    as_json: bool,
) -> None:
    """Take the places of FILE into your library.

    Lists, saved places and waypoints of any origin; posts, transcripts and images that name places.
    A place that is there already stays one place. What has no position is looked up by name in the
    installed cities.
    """
    from planner.cli.placeimport import import_file

    run = session(ctx)
    report = import_file(run, file, format_, rehearse=dry_run, model=model)
    if as_json:
        print_value(report_value(report))
        return
    print_report(run, report, dry_run=dry_run)


@command.command("export")
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_context
def export(ctx: click.Context, file: Path, *, force: bool) -> None:
    """Write your places to FILE: .csv, .geojson, .kml or .gpx.

    An import of that file brings all of them back.
    """
    from planner.errors import FlaneurError
    from planner.library.exporters import write

    run = session(ctx)
    if file.exists() and not force:
        raise FlaneurError(f"{file} is there already.", "Choose another name, or add --force.")
    holdings = tuple(run.store.places.all())
    write(holdings, file)
    run.say(f"Wrote {len(holdings):,} {_places(len(holdings))} to {file}.")


# ------------------------------------------------------------------------------------ see and find


@command.command("list")
@filtering
@click.option("--unlocated", is_flag=True, help="Only places without a position.")
@AS_JSON
@click.pass_context
def list_places(ctx: click.Context, /, *, unlocated: bool, as_json: bool, **chosen: Any) -> None:  # noqa: ANN401
    """List your own places, in the order in which they came.

    With --favourite, --visited or --never, also places of the map that you marked so.
    """
    run = session(ctx)
    places = run.store.places
    filter_ = filter_of(**chosen)
    held = (
        holding
        for holding in places.all(own=not filter_.is_for_marked)
        if filter_.admits(holding) and not (unlocated and holding.position is not None)
    )
    empty = "Nothing yet. Try: flaneur places import FILE"
    if filter_.is_for_marked or next(iter(places.all()), None) is not None:
        empty = "None of your places is like that."
    show_places(run, held, as_json=as_json, empty=empty)
    marked = places.count_marked_on_map()
    if marked and not filter_.is_for_marked and not as_json:
        run.hint(
            f"You marked {marked:,} {_places(marked)} of the map too: "
            "list them with --favourite, --visited or --never."
        )


@command.command("search")
@click.argument("query")
@filtering
@click.option("--city", metavar="NAME", help="Another city than the one in use.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    metavar="N",
    help="How many at most.",
)
@AS_JSON
@click.pass_context
def search(
    ctx: click.Context,
    /,
    query: str,
    city: str | None,
    limit: int,
    *,
    as_json: bool,
    **chosen: Any,  # noqa: ANN401
) -> None:
    """Find places by QUERY: your own, and those of the city in use.

    By name, kind, label and note, forgiving slips of the pen, and by meaning.
    """
    from planner.cli.placesearch import find

    run = session(ctx)
    hits = find(run, query, filter_=filter_of(**chosen), city=city, limit=limit)
    show_places(
        run,
        (hit.holding for hit in hits),
        as_json=as_json,
        empty="Nothing is like that; try other words.",
    )


@command.command("index")
@click.pass_context
def index(ctx: click.Context) -> None:
    """Make every place findable by its meaning; an import of few places does that itself."""
    from planner.cli.placeimport import embed_all

    run = session(ctx)
    count = embed_all(run)
    run.say(f"{count:,} {_places(count)} embedded." if count else "Nothing new.")


@command.command("show")
@click.argument("place_id", metavar="ID")
@AS_JSON
@click.pass_context
def show(ctx: click.Context, place_id: str, *, as_json: bool) -> None:
    """Show all that is known of a place."""
    from planner.cli.placesearch import look_up

    run = session(ctx)
    show_one(run, look_up(run, place_id), as_json=as_json)


def _places(count: int) -> str:
    return "place" if count == 1 else "places"
