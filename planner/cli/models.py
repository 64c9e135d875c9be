"""``flaneur models``: the language model files of this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.context import print_value, session

if TYPE_CHECKING:
    from planner.cli.context import Session
    from planner.language.collection import ModelRow

FILE = click.Path(path_type=Path)


@click.group("models")
def command() -> None:
    """Manage language model files (GGUF); a walk is planned without any, too."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_models(ctx: click.Context, *, as_json: bool) -> None:
    """List the models that are here, and which one is in use."""
    from planner.language.collection import rows
    from planner.language.registry import how_to_add_a_model

    run = session(ctx)
    found = rows(run.home.models, current_name(run))
    if as_json:
        print_value(found)
        return
    if not found:
        run.hint(f"No language model is here; rules read the requests. {how_to_add_a_model()}")
        return
    _show(run, found)


@command.command("add")
@click.argument("name")
@click.argument("file", type=FILE, metavar="FILE.gguf")
@click.option("--link", is_flag=True, help="Link to FILE instead of copying it.")
@click.pass_context
def add(ctx: click.Context, name: str, file: Path, *, link: bool) -> None:
    """Take the model in FILE in and call it NAME.

    The file is checked first: a truncated one, or one that cannot answer requests, is refused. Its
    SHA-256 is noted for "flaneur models verify".
    """
    from planner.language import collection
    from planner.language.fitting import refuse_if_too_large
    from planner.language.memory import free_bytes
    from planner.language.registry import resolve_model

    run = session(ctx)
    run.home.ensure()
    with run.progress(f"Adding {name}") as report:
        row = collection.add(name, file, run.home.models, link=link, report=report)
    run.say(f"Added {row.name}: {row.bytes / 1e9:.2f} GB, SHA-256 {row.sha256}.")
    model = resolve_model(row.name, run.home.models)
    if model is not None:
        from planner.errors import ModelError

        try:
            refuse_if_too_large(model, free=free_bytes())
        except ModelError as error:
            run.hint(str(error))
    if current_name(run) != row.name:
        run.hint(f"Plan with it from now on: flaneur models use {row.name}")


@command.command("use")
@click.argument("name")
@click.pass_context
def use(ctx: click.Context, name: str) -> None:
    """Plan with the model NAME from now on; "none" plans by rules alone."""
    from planner.language.fitting import refuse_if_too_large
    from planner.language.memory import free_bytes
    from planner.language.registry import NO_MODEL, resolve_model

    run = session(ctx)
    run.home.ensure()
    if name == NO_MODEL:
        run.home.choose_model(NO_MODEL)
        run.say("Plans are now made by rules alone.")
        return
    model = resolve_model(name, run.home.models)
    if model is None:  # pragma: no cover - only "none" gives none
        return
    refuse_if_too_large(model, free=free_bytes(), gpu_layers=run.home.model_settings().gpu_layers)
    run.home.choose_model(model.name)
    run.say(f"Plans are now made with {model.name}.")


@command.command("verify")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def verify(ctx: click.Context, name: str | None, *, as_json: bool) -> int:
    """Read the model NAME whole, or all of them, and hold it against its SHA-256."""
    from dataclasses import replace

    from planner.language import collection

    run = session(ctx)
    with run.progress("Reading models") as report:
        found = collection.verify(run.home.models, name, report=report)
    current = current_name(run)
    found = tuple(replace(row, current=row.name == current) for row in found)
    if as_json:
        print_value(found)
    else:
        for row in found:
            run.say(f"{row.name}: {row.status}" + (f", SHA-256 {row.sha256}" * bool(row.sha256)))
    wrong = [row.name for row in found if row.status != "ok"]
    if wrong:
        run.hint(f"Copy {', '.join(wrong)} again from where it came from, or remove it.")
    return 1 if wrong else 0


@command.command("remove")
@click.argument("name")
@click.pass_context
def remove(ctx: click.Context, name: str) -> None:
    """Remove the model NAME; a file that was linked to stays where it is."""
    from planner.language import collection

    run = session(ctx)
    gone = collection.remove(run.home.models, name)
    run.say(f"Removed {gone}.")
    if run.home.model_settings().name == gone:
        run.home.choose_model(None)
        run.hint("It was in use; the default model is used from now on.")


def current_name(run: Session, asked: str | None = None) -> str | None:
    """Return the name of the model that a plan would use, if it is here and sound.

    Parameters
    ----------
    run
        The session.
    asked
        The model asked for on the way; the settings' or the default where absent.
    """
    from planner.errors import ModelError
    from planner.language.registry import resolve_model

    try:
        model = resolve_model(asked or run.home.model_settings().name, run.home.models)
    except ModelError:
        return None
    return None if model is None else model.name


def _show(run: Session, found: tuple[ModelRow, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    from planner.drawing.amounts import format_bytes
    from planner.drawing.lettering import clean

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Model", "In use", "Size", "Kind", "Context", "Status", "File"):
        right = title in {"Size", "Context"}
        table.add_column(
            title,
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=title not in {"Model", "File"},
        )
    for row in found:
        table.add_row(
            Text(clean(row.name), style="bold"),
            "yes" if row.current else "",
            format_bytes(row.bytes),
            Text(clean(row.architecture)),
            f"{row.context:,}" if row.context else "",
            row.status,
            Text(clean(Path(row.file).name)),
        )
    run.out.print(table)
