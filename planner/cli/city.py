"""``flaneur city``: cities made from OpenStreetMap extracts, each one portable file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.context import print_value, session

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.cities import BBox, Built

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("city")
def command() -> None:
    """Add, choose, move and remove cities."""


def _bbox(_ctx: object, _param: object, value: str | None) -> BBox | None:
    if value is None:
        return None
    try:
        west, south, east, north = (float(part) for part in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f'"{value}" is not W,S,E,N in degrees.') from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - the earth
        raise click.BadParameter(
            f'"{value}" is no box: west and south come first, then east, north.'
        )
    return west, south, east, north


@command.command("add")
@click.argument("name")
@click.argument("file", type=FILE)
@click.option(
    "--bbox", metavar="W,S,E,N", callback=_bbox, help="Only what lies in this box, in degrees."
)
@click.option("--around", metavar="LAT,LON", help="Only what lies around this point.")
@click.option(
    "--radius",
    metavar="KM",
    type=click.FloatRange(min=0, min_open=True, max=500),
    help="How far around, in kilometres.",
)
@click.pass_context
def add(
    ctx: click.Context,
    name: str,
    file: Path,
    bbox: BBox | None,
    around: str | None,
    radius: float | None,
) -> None:
    """Make the city NAME from the OpenStreetMap extract FILE.

    FILE may be .osm.pbf, .osm, .osm.gz or .osm.bz2. From the extract of a country, cut one city
    with --bbox, or with --around and --radius.
    """
    from planner import cities
    from planner.errors import UnreadableFileError
    from planner.language.embeddings import Embedder

    run = session(ctx)
    box = _around(around, radius) if around or radius else bbox
    if bbox is not None and box is not bbox:
        raise click.UsageError("--bbox and --around exclude each other.")
    cities.check_name(name)
    cities.refuse_taken(run.home, name)
    if not file.is_file():
        raise UnreadableFileError(f"There is no file {file}.", "Check the path.")
    embedder = Embedder.configured(run.home.embedding_folder())
    with run.progress(f"Adding {name}") as report:
        built = cities.build(name, file, run.home, embedder, bbox=box, report=report)
    run.say(f"Added {name}: {built.places:,} places, {built.nodes:,} street nodes.")
    _say_what_is_missing(run.hint, built)


def _around(around: str | None, radius: float | None) -> BBox:
    from planner.library.distance import box_around
    from planner.retrieval.binding import parse_position

    if around is None or radius is None:
        raise click.UsageError("--around LAT,LON and --radius KM go together.")
    position = parse_position(around)
    if position is None:
        raise click.BadParameter(f'"{around}" is not LAT,LON in degrees.')
    return box_around(position.lat, position.lon, radius)


def _say_what_is_missing(hint: Callable[[str], None], built: Built) -> None:
    if built.dropped_nodes:
        parts = "part" if built.dropped_components == 1 else "parts"
        hint(
            f"{built.dropped_nodes:,} points of {built.dropped_components:,} {parts} of the street "
            "network are not connected to the rest and were left out."
        )
    if not built.places:
        hint("It holds no named places of a kind that a walk visits.")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_cities(ctx: click.Context, *, as_json: bool) -> None:
    """List the installed cities and what each holds."""
    from planner import cities

    run = session(ctx)
    found = cities.installed(run.home, current=cities.current_name(run.home, run.store))
    if as_json:
        print_value(found)
        return
    if not found:
        run.hint('No city is installed yet. "flaneur demo" sets up central Helsinki.')
        return
    from planner.drawing.lettering import speaks_unicode
    from planner.drawing.tables import cities_table

    run.out.print(cities_table(found, ascii=not speaks_unicode(run.out.encoding)))


@command.command("use")
@click.argument("name")
@click.pass_context
def use(ctx: click.Context, name: str) -> None:
    """Plan in the city NAME from now on."""
    from planner import cities

    run = session(ctx)
    cities.use(run.home, run.store, name)
    run.say(f"Plans are now made in {name}.")


@command.command("remove")
@click.argument("name")
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """Remove the city NAME; saved plans stay."""
    from planner import cities

    run = session(ctx)
    cities.remove(run.home, run.store, name)
    run.say(f"Removed {name}.")


@command.command("export")
@click.argument("name")
@click.argument("file", type=FILE)
@click.pass_context
def export(ctx: click.Context, name: str, file: Path) -> None:
    """Write the city NAME to FILE, for another machine."""
    from planner import cities

    run = session(ctx)
    cities.export(run.home, name, file)
    run.say(f"Wrote {name} to {file}.")


@command.command("import")
@click.argument("file", type=FILE)
@click.pass_context
def import_city(ctx: click.Context, file: Path) -> None:
    """Install a city from FILE, as "city export" wrote it."""
    from planner import cities

    run = session(ctx)
    name = cities.import_file(run.home, file)
    run.say(f"Installed {name}.")
