"""``flaneur backup``: a whole home in one file."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.context import session


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--no-models", is_flag=True, help="Leave out the model files, which are large.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_context
def command(ctx: click.Context, file: Path, *, no_models: bool, force: bool) -> None:
    """Write your whole home to FILE: places, plans, settings, cities and models."""
    from planner.drawing.amounts import format_bytes
    from planner.errors import StoreError
    from planner.library.homefile import back_up

    run = session(ctx)
    if file.exists() and not force:
        raise StoreError(f"{file} is there already.", "Choose another name, or add --force.")
    with run.progress("Packing your home") as report:
        done = back_up(run.home.ensure(), file, now=run.now, models=not no_models, report=report)
    count = len(done.files)
    run.say(f"{count} {'file' if count == 1 else 'files'}, {format_bytes(done.bytes)}, in {file}.")
    for each in done.left_out:
        run.hint(f"Left out: {each}.")
