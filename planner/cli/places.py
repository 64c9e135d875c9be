"""``flaneur places``: a person's own places, from any file they have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from planner.cli.context import parse_now, print_value, session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.cli.context import Session
    from planner.domain import Position
    from planner.library.arrivals import ImportReport
    from planner.library.holdings import Holding
    from planner.library.search import Filter

    Command = TypeVar("Command", bound=Callable[..., Any])

FILE = click.Path(dir_okay=False, path_type=Path)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
# A latitude of the southern half of the earth begins like an option.
SIGNED = {"ignore_unknown_options": True}
FORMATS = ("auto", "csv", "geojson", "kml", "kmz", "gpx", "takeout", "swarm", "text", "image")
NOTHING = "none"


@click.group("places")
def command() -> None:
    """Keep your own places, from any file you have."""


def parse_at(_ctx: object, _param: object, value: str | None) -> Position | None:
    """Read LAT,LON."""
    if value is None:
        return None
    from planner.retrieval.binding import parse_position

    position = parse_position(value)
    if position is None:
        raise click.BadParameter(f'"{value}" is not LAT,LON in degrees, such as 60.1699,24.9384.')
    return position


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
        print_value(_report_value(report))
        return
    _print_report(run, report, dry_run=dry_run)


def _report_value(report: ImportReport) -> dict[str, object]:
    return {
        "file": report.file,
        "format": report.format,
        "read": report.read,
        "added": report.added,
        "merged": report.merged,
        "unlocated": report.unlocated,
        "refused": report.refused,
        "mapping": report.mapping,
        "remarks": report.remarks,
        "rows": report.arrivals,
    }


def _print_report(run: Session, report: ImportReport, *, dry_run: bool) -> None:
    from planner.drawing.lettering import speaks_unicode
    from planner.drawing.places import import_table

    would = "would be " if dry_run else ""
    counted = {
        f"{would}added": report.added,
        f"{would}one with a place that is there": report.merged,
        f"{would}added without a position": report.unlocated,
        "not read": len(report.refused),
    }
    said = ", ".join(f"{count:,} {what}" for what, count in counted.items() if count)
    rows = "row" if report.read == 1 else "rows"
    run.say(f"{report.file} ({report.format}): {report.read:,} {rows}; {said or 'nothing in it'}.")
    used = [f"{heading} is {field}" for heading, field in report.mapping.items() if field]
    if used:
        run.hint(f"Headings: {', '.join(used)}.")
    unused = [heading for heading, field in report.mapping.items() if not field]
    if unused:
        run.hint(f"Not used: {', '.join(unused)}.")
    for remark in report.remarks:
        run.hint(remark)
    if report.arrivals and (dry_run or report.unlocated or report.refused):
        run.out.print(
            import_table(report, every=dry_run, ascii=not speaks_unicode(run.out.encoding))
        )
    if report.unlocated and not dry_run:
        run.hint("Say where a place is with: flaneur places locate ID LAT,LON")
    if dry_run:
        run.hint("Nothing was changed.")


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
    """List your own places, in the order in which they came."""
    run = session(ctx)
    filter_ = filter_of(**chosen)
    held = (
        holding
        for holding in run.store.places.all()
        if filter_.admits(holding) and not (unlocated and holding.position is not None)
    )
    empty = "Nothing yet. Try: flaneur places import FILE"
    if next(iter(run.store.places.all()), None) is not None:
        empty = "None of your places is like that."
    _show(run, held, as_json=as_json, empty=empty)


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
    _show(run, (hit.holding for hit in hits), as_json=as_json, empty="Nothing answers to that.")


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
    _show_one(run, look_up(run, place_id), as_json=as_json)


# ------------------------------------------------------------------------------------------ change


def describing(command_: Command) -> Command:
    """Give a command the options that describe a place."""
    options = (
        click.option("--category", metavar="KIND", help='Its kind, such as "bookshop".'),
        click.option("--note", metavar="TEXT", help="What you want to remember."),
        click.option("--address", metavar="TEXT", help="Its address."),
        click.option("--url", metavar="TEXT", help="A link to it."),
        click.option("--hours", metavar="TEXT", help='Opening hours, such as "Mo-Fr 08:00-18:00".'),
        click.option("--minutes", metavar="N", help="How long you stay there."),
        click.option("--rating", metavar="0..5", help="How good it is."),
        click.option("--label", "labels", metavar="WORD", multiple=True, help="A label."),
        click.option("--favourite/--not-favourite", default=None, help="It weighs more in plans."),
        click.option("--never/--not-never", default=None, help="It is never proposed."),
        click.option("--visited/--not-visited", default=None, help="You have been there."),
    )
    for option in reversed(options):
        command_ = option(command_)
    return command_


@command.command("add", context_settings=SIGNED)
@click.argument("name")
@click.option("--at", "position", metavar="LAT,LON", callback=parse_at, help="Where it is.")
@describing
@AS_JSON
@click.pass_context
def add(
    ctx: click.Context,
    /,
    name: str,
    position: Position | None,
    *,
    as_json: bool,
    **told: Any,  # noqa: ANN401
) -> None:
    """Add the place NAME; without --at it is looked up in the installed cities."""
    from planner.cli.placeimport import add_place
    from planner.library.words import clean

    run = session(ctx)
    labels = tuple(dict.fromkeys(clean(label, limit=80) for label in told["labels"]))
    changes = _changes(told)
    if labels:
        changes["labels"] = labels
    holding = add_place(run, name, position, changes)
    _show_one(run, holding, as_json=as_json)
    if holding.position is None:
        run.hint(f"Say where it is with: flaneur places locate {holding.id} LAT,LON")


@command.command("edit")
@click.argument("place_id", metavar="ID")
@click.option("--name", metavar="TEXT", help="What it is called; the old name stays as another.")
@describing
@AS_JSON
@click.pass_context
def edit(
    ctx: click.Context,
    /,
    place_id: str,
    name: str | None,
    *,
    as_json: bool,
    **told: Any,  # noqa: ANN401
) -> None:
    """Change what is held of a place: your own, or one of the map.

    "none" takes a value away. A --label is added, or taken away with a minus before it.
    """
    from planner.cli.placesearch import hold

    run = session(ctx)
    changes = _changes(told)
    with run.store.transaction():
        holding = hold(run, place_id)
        changes.update(_more_changes(holding, name, told["labels"]))
        holding = run.store.places.edit(holding.id, **changes)
    _show_one(run, holding, as_json=as_json)


@command.command("locate", context_settings=SIGNED)
@click.argument("place_id", metavar="ID")
@click.argument("position", metavar="LAT,LON", callback=parse_at)
@AS_JSON
@click.pass_context
def locate(ctx: click.Context, place_id: str, position: Position, *, as_json: bool) -> None:
    """Say where a place is."""
    run = session(ctx)
    _show_one(run, run.store.places.locate(place_id, position), as_json=as_json)


@command.command("merge")
@click.argument("kept", metavar="ID")
@click.argument("other", metavar="ID")
@AS_JSON
@click.pass_context
def merge(ctx: click.Context, kept: str, other: str, *, as_json: bool) -> None:
    """Make two places one; the first keeps its id and name."""
    from planner.library.merging import merge as merge_places

    run = session(ctx)
    _show_one(run, merge_places(run.store.places, kept, other, now=run.now), as_json=as_json)


@command.command("unmerge")
@click.argument("place_id", metavar="ID")
@AS_JSON
@click.pass_context
def unmerge(ctx: click.Context, place_id: str, *, as_json: bool) -> None:
    """Undo the last merge into a place; both are as they were."""
    from planner.library.merging import unmerge as unmerge_places

    run = session(ctx)
    _show(run, unmerge_places(run.store.places, place_id), as_json=as_json, empty="")


@command.command("remove")
@click.argument("place_id", metavar="ID")
@click.pass_context
def remove(ctx: click.Context, place_id: str) -> None:
    """Remove a place from your library, or all you hold of a place of the map."""
    from planner.cli.placesearch import held_id

    run = session(ctx)
    gone = run.store.places.remove(held_id(run, place_id))
    run.say(f"Removed {gone.name} ({gone.id}).")


@command.command("anchor", context_settings=SIGNED)
@click.argument("name", required=False)
@click.argument("target", metavar="ID|LAT,LON", required=False)
@click.option("--remove", "gone", is_flag=True, help="Forget the fixed point NAME.")
@AS_JSON
@click.pass_context
def anchor(
    ctx: click.Context, name: str | None, target: str | None, *, gone: bool, as_json: bool
) -> None:
    """Name a fixed point, such as "hotel" or "home"; without arguments, list them.

    It can then be said in a request: "start at my hotel".
    """
    from planner.cli.placesearch import set_anchor
    from planner.errors import UnknownPlaceError

    if gone and name is None:
        raise click.UsageError("Say which: flaneur places anchor NAME --remove.")
    run = session(ctx)
    places = run.store.places
    if name is not None and gone:
        if not places.remove_anchor(name):
            raise UnknownPlaceError(
                f'There is no fixed point "{name}".', "List them with: flaneur places anchor"
            )
        run.say(f'"{name}" is forgotten.')
        return
    if name is not None and target is None:
        raise click.UsageError("Say where it is: flaneur places anchor NAME ID, or NAME LAT,LON.")
    if name is not None and target is not None:
        set_anchor(run, name, target)
    points = places.anchors()
    if as_json:
        print_value(
            [{"name": p.name, "lat": p.position.lat, "lon": p.position.lon, "place_id": p.place}
             for p in points]
        )  # fmt: skip
    elif not points:
        run.hint("No fixed point yet. Try: flaneur places anchor hotel 60.1699,24.9384")
    else:
        from planner.drawing.lettering import speaks_unicode
        from planner.drawing.places import anchors_table

        run.out.print(anchors_table(points, ascii=not speaks_unicode(run.out.encoding)))


# ----------------------------------------------------------------------------------------- helpers


def _changes(told: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that the options speak of; "none" takes a value away."""
    from planner.library.words import clean

    changes: dict[str, Any] = {}
    for option, field in (
        ("note", "notes"),
        ("address", "address"),
        ("url", "url"),
        ("hours", "opening_hours"),
        ("minutes", "visit_minutes"),
        ("rating", "rating"),
        ("category", "category"),
    ):
        value = told[option]
        if value is None:
            continue
        empty = "" if field == "notes" else None
        changes[field] = empty if value.casefold() == NOTHING else _value(field, clean(value))
    if "opening_hours" in changes:
        changes["hours_corrected"] = changes["opening_hours"] is not None
    for mark in ("favourite", "never", "visited"):
        if told[mark] is not None:
            changes[mark] = told[mark]
    if told["visited"] is False:
        changes["visits"] = ()
    return changes


def _value(field: str, text: str) -> object:
    if field == "category":
        from planner.library.catalogue import Catalogue

        kinds = Catalogue.load()
        found = {text} & kinds.categories.keys() or set(kinds.named_wholly(text))
        if len(found) != 1:
            some = f" It may be {', '.join(sorted(found)[:6])}." if found else ""
            raise click.BadParameter(f'"{text}" names no single kind of place.{some}')
        return found.pop()
    if field == "opening_hours":
        from planner.library.hours import is_readable

        if not is_readable(text):
            raise click.BadParameter(f'"{text}" are no hours such as "Mo-Fr 08:00-18:00; Sa off".')
    try:
        return {"visit_minutes": int, "rating": float}.get(field, str)(text)
    except ValueError as error:
        raise click.BadParameter(f'"{text}" is no number.') from error


def _more_changes(holding: Holding, name: str | None, labels: Iterable[str]) -> dict[str, Any]:
    from planner.library.words import clean

    changes: dict[str, Any] = {}
    wanted = dict.fromkeys(holding.labels)
    for label in labels:
        if label.startswith("-"):
            wanted.pop(clean(label[1:], limit=80), None)
        else:
            wanted[clean(label, limit=80)] = None
    if tuple(wanted) != holding.labels:
        changes["labels"] = tuple(wanted)
    if name is not None and clean(name) != holding.name:
        old = "; ".join(each for each in (holding.names.get("alt"), holding.name) if each)
        changes["name"] = clean(name, limit=301)
        changes["names"] = {**holding.names, "alt": old}
    return changes


def _show(run: Session, held: Iterable[Holding], *, as_json: bool, empty: str) -> None:
    from planner.drawing.places import place_row, places_table

    if as_json:
        print_value([place_row(holding) for holding in held])
        return
    from planner.drawing.lettering import speaks_unicode

    listed = list(held)
    if not listed:
        run.hint(empty)
        return
    plain = not speaks_unicode(run.out.encoding)
    run.out.print(places_table(listed, _label, width=run.out.width, ascii=plain))


def _show_one(run: Session, holding: Holding, *, as_json: bool) -> None:
    from planner.drawing.places import place_row, place_sheet

    if as_json:
        print_value(place_row(holding))
        return
    from planner.drawing.lettering import speaks_unicode

    run.out.print(place_sheet(holding, _label, ascii=not speaks_unicode(run.out.encoding)))


def _label(category: str | None) -> str:
    from planner.library.catalogue import Catalogue

    known = Catalogue.load().categories.get(category or "")
    return "unknown" if known is None or category is None else known.label


def _places(count: int) -> str:
    return "place" if count == 1 else "places"
