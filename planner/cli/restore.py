"""``flaneur restore``: a home put back from one file."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.context import session


@click.command("restore")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what your home holds.")
@click.pass_context
def command(ctx: click.Context, file: Path, *, force: bool) -> None:
    """Put a home back from FILE, made by "flaneur backup"; it is checked first."""
    from planner.library.homefile import restore

    run = session(ctx)
    with run.progress("Unpacking") as report:
        done = restore(run.home, file, overwrite=force, report=report)
    count = len(done.files)
    run.say(f"Restored {count} {'file' if count == 1 else 'files'} to {run.home.root}.")
