"""``flaneur city``: the cities that are installed."""

from __future__ import annotations

import click

from planner.cli.context import print_json, session


@click.group("city")
def command() -> None:
    """See the cities that are installed."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_cities(ctx: click.Context, *, as_json: bool) -> None:
    """List the installed cities and what each holds."""
    from planner import cities

    run = session(ctx)
    found = cities.installed(run.home, current=cities.current_name(run.home, run.store))
    if as_json:
        import msgspec

        print_json(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        return
    if not found:
        run.hint('No city is installed yet. "flaneur demo" sets up central Helsinki.')
        return
    from planner.drawing.lettering import speaks_unicode
    from planner.drawing.tables import cities_table

    run.out.print(cities_table(found, ascii=not speaks_unicode(run.out.encoding)))
