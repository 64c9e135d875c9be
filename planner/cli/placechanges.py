"""``flaneur places add``, ``edit``, ``merge`` and others that change what is held of a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from planner.cli.context import print_value, session
from planner.cli.options import AS_JSON, SIGNED, parse_at
from planner.cli.placeprinting import show_one, show_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.domain import Position
    from planner.library.holdings import Holding

    Command = TypeVar("Command", bound=Callable[..., Any])

NOTHING = "none"


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


@click.command("add", context_settings=SIGNED)
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
    show_one(run, holding, as_json=as_json)
    if holding.position is None:
        run.hint(f"Say where it is with: flaneur places locate {holding.id} LAT,LON")


@click.command("edit")
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
    show_one(run, holding, as_json=as_json)


@click.command("locate", context_settings=SIGNED)
@click.argument("place_id", metavar="ID")
@click.argument("position", metavar="LAT,LON", callback=parse_at)
@AS_JSON
@click.pass_context
def locate(ctx: click.Context, place_id: str, position: Position, *, as_json: bool) -> None:
    """Say where a place is."""
    run = session(ctx)
    show_one(run, run.store.places.locate(place_id, position), as_json=as_json)


@click.command("merge")
@click.argument("kept", metavar="ID")
@click.argument("other", metavar="ID")
@AS_JSON
@click.pass_context
def merge(ctx: click.Context, kept: str, other: str, *, as_json: bool) -> None:
    """Make two places one; the first keeps its id and name."""
    from planner.library.merging import merge as merge_places

    run = session(ctx)
    show_one(run, merge_places(run.store.places, kept, other, now=run.now), as_json=as_json)


@click.command("unmerge")
@click.argument("place_id", metavar="ID")
@AS_JSON
@click.pass_context
def unmerge(ctx: click.Context, place_id: str, *, as_json: bool) -> None:
    """Undo the last merge into a place; both are as they were."""
    from planner.library.merging import unmerge as unmerge_places

    run = session(ctx)
    show_places(run, unmerge_places(run.store.places, place_id), as_json=as_json, empty="")


@click.command("remove")
@click.argument("place_id", metavar="ID")
@click.pass_context
def remove(ctx: click.Context, place_id: str) -> None:
    """Remove a place from your library, or all you hold of a place of the map."""
    from planner.cli.placesearch import held_id

    run = session(ctx)
    gone = run.store.places.remove(held_id(run, place_id))
    run.say(f"Removed {gone.name} ({gone.id}).")


@click.command("anchor", context_settings=SIGNED)
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
