"""``flaneur eval tours``, ``walks``, ``itinera`` and ``all``: walks held against other methods."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.context import print_value, session
from planner.cli.options import AS_JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.cli.context import Session
    from planner.evaluation.measured import MethodRow, Results
    from planner.language.embeddings import Embedder
    from planner.language.engine import Engine

DATA_VARIABLE = "FLANEUR_DATA"
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MODEL = click.option(
    "--model", metavar="NAME|none", help='The language model; "none" leaves out what asks one.'
)
_SEED = click.option("--seed", type=int, default=0, show_default=True, help="Seed of all draws.")
_FRESH = click.option("--fresh", is_flag=True, help="Measure anew what an earlier run has kept.")
_REQUESTS = click.option(
    "--requests", type=click.IntRange(min=1), metavar="N", help="At most so many requests."
)
_DIGITS = {"am": 1, "walk_m": 0, "tokens": 0}
_COLUMNS = ("rr", "precision", "f1", "pairs_f1", "am", "ol", "ol_walked", "fr", "walk_m")


@click.command("tours")
@click.option(
    "--data",
    "folder",
    metavar="DIR",
    required=True,
    type=FOLDER,
    help="Visits of real people: POI-CITY.csv beside userVisits-CITY.csv.",
)
@_MODEL
@_REQUESTS
@_SEED
@_FRESH
@AS_JSON
@click.pass_context
def tours(
    ctx: click.Context,
    folder: Path,
    model: str | None,
    requests: int | None,
    seed: int,
    *,
    fresh: bool,
    as_json: bool,
) -> None:
    """Plan walks that real people made, left out one at a time and asked for in words.

    --requests counts for each city.
    """
    from planner.evaluation.tours import Extent, run_tours

    run = session(ctx)
    whole = Extent()
    extent = whole
    if requests is not None:
        extent = Extent(requests, min(whole.some, requests), min(whole.few, requests))
    with _ready(run, model) as (embedder, engine), run.progress("tours") as step:
        results = run_tours(
            folder,
            embedder.encode,
            engine=engine,
            seed=seed,
            extent=extent,
            kept=_kept(run, "tours", fresh=fresh),
            tell=step,
        )
    _show(run, results, as_json=as_json)


@click.command("walks")
@click.option(
    "--data",
    "folder",
    metavar="DIR",
    type=FOLDER,
    help=f"The real data, for Monaco and Rome; ${DATA_VARIABLE} by default, else Helsinki alone.",
)
@_MODEL
@_REQUESTS
@_SEED
@_FRESH
@AS_JSON
@click.pass_context
def walks(
    ctx: click.Context,
    folder: Path | None,
    model: str | None,
    requests: int | None,
    seed: int,
    *,
    fresh: bool,
    as_json: bool,
) -> None:
    """Answer generated requests over real cities, on their streets."""
    from planner.evaluation.walks import REQUESTS, open_towns, run_walks
    from planner.evaluation.whole import WHOLE

    run = session(ctx)
    count = requests or REQUESTS
    data = folder or Path(os.environ.get(DATA_VARIABLE, "."))
    with _ready(run, model) as (embedder, engine), run.progress("walks") as step:
        results = run_walks(
            open_towns(run.home.ensure(), data, embedder),
            data,
            engine=engine,
            seed=seed,
            count=count,
            few=min(count, WHOLE.few_walks),
            kept=_kept(run, "walks", fresh=fresh),
            tell=step,
        )
    _show(run, results, as_json=as_json)


@click.command("itinera")
@click.option(
    "--places",
    metavar="FILE.csv",
    required=True,
    type=FILE,
    help="The paper's table of places: id, name, longitude, latitude, rating, category, context.",
)
@click.option(
    "--itineraries",
    metavar="FILE.csv",
    required=True,
    type=FILE,
    help="Its table of walks: user_request, itinerary.",
)
@_MODEL
@_SEED
@_FRESH
@AS_JSON
@click.pass_context
def itinera(
    ctx: click.Context,
    places: Path,
    itineraries: Path,
    model: str | None,
    seed: int,
    *,
    fresh: bool,
    as_json: bool,
) -> None:
    """Answer the requests of ItiNera's tables (appendix B), for whoever owns such data."""
    from planner.evaluation.itinera import run_itinera

    run = session(ctx)
    with _ready(run, model) as (embedder, engine), run.progress("itinera") as step:
        results = run_itinera(
            places,
            itineraries,
            embedder.encode,
            engine=engine,
            seed=seed,
            kept=_kept(run, "itinera", fresh=fresh),
            tell=step,
        )
    _show(run, results, as_json=as_json)


@click.command("all")
@click.option(
    "--data",
    "folder",
    metavar="DIR",
    required=True,
    envvar=DATA_VARIABLE,
    type=FOLDER,
    help=f"The real data, with tours/flickr in it; ${DATA_VARIABLE} by default.",
)
@click.option(
    "--output",
    metavar="FILE.md",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("docs/evaluation.md"),
    show_default=True,
    help="The page; its figures go into images/ beside it.",
)
@click.option("--quick", is_flag=True, help="A sample only, in some minutes.")
@_MODEL
@_SEED
@_FRESH
@AS_JSON
@click.pass_context
def everything(
    ctx: click.Context,
    folder: Path,
    output: Path,
    model: str | None,
    seed: int,
    *,
    quick: bool,
    fresh: bool,
    as_json: bool,
) -> None:
    """Measure tours and walks, let a judge compare, and write the page with its figures.

    A run that is interrupted goes on where it stopped.
    """
    from planner.evaluation.whole import QUICK, WHOLE, evaluate

    run = session(ctx)
    command = f"flaneur eval all --data DIR{' --quick' if quick else ''}"
    command += f" --model {model}" if model else ""
    command += f" --seed {seed}" if seed else ""
    with _ready(run, model) as (embedder, engine), run.progress("evaluation") as step:
        found = evaluate(
            run.home.ensure(),
            folder,
            output,
            embedder,
            engine=engine,
            command=command,
            size=QUICK if quick else WHOLE,
            seed=seed,
            kept=_kept(run, "", fresh=fresh).parent,
            tell=step,
        )
    if as_json:
        suites = [each for each in (found.tours, found.walks) if each is not None]
        print_value({each.suite: {"rows": each.rows()} for each in suites})
        return
    run.say(f"Wrote {output}.")


@contextlib.contextmanager
def engine_of(run: Session, model: str | None) -> Iterator[Engine | None]:
    """Open the language model of that name, else the one in use; ``None`` for "none"."""
    from planner.language.engine import Engine
    from planner.language.registry import resolve_model

    settings = run.home.model_settings()
    chosen = resolve_model(model or settings.name, run.home.models)
    if chosen is None:
        yield None
        return
    with Engine(chosen, gpu_layers=settings.gpu_layers) as engine:
        yield engine


@contextlib.contextmanager
def _ready(run: Session, model: str | None) -> Iterator[tuple[Embedder, Engine | None]]:
    """Open the embeddings and the language model."""
    from planner.language.embeddings import Embedder

    run.home.ensure()
    with engine_of(run, model) as engine:
        yield Embedder.default(), engine


def _kept(run: Session, suite: str, *, fresh: bool) -> Path:
    """Return the file in which a suite's results are kept; without any where that is wished."""
    folder = run.home.root / "cache" / "evaluation"
    if fresh:
        for file in folder.glob(f"{suite}*.jsonl"):
            file.unlink()
    return folder / f"{suite}.jsonl"


def _show(run: Session, results: Results, *, as_json: bool) -> None:
    from planner.evaluation.measured import summed_up

    rows = results.rows()
    if as_json:
        print_value({"rows": rows})
        return
    shown = [name for name in _COLUMNS if any(getattr(row, name) is not None for row in rows)]
    for group in results.groups:
        _print(run, group, shown)
        for method in results.methods:
            found = results.by.get((group, method), ())
            if found:
                _print_row(run, summed_up(group, method, found), shown)


def _print(run: Session, group: str, shown: list[str]) -> None:
    from rich.text import Text

    head = f"{group:<24}{'n':>6}" + "".join(f"{name:>11}" for name in (*shown, "seconds"))
    run.out.print(Text(head), soft_wrap=True)


def _print_row(run: Session, row: MethodRow, shown: list[str]) -> None:
    from rich.text import Text

    cells = (_cell(getattr(row, name), _DIGITS.get(name, 3)) for name in (*shown, "seconds"))
    line = f"{row.method:<24}{row.requests:>6}" + "".join(f"{cell:>11}" for cell in cells)
    run.out.print(Text(line), soft_wrap=True)


def _cell(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
