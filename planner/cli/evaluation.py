"""``flaneur eval``: how good the parts are, measured on instances of the field."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli.context import CONTEXT_SETTINGS, print_value, session
from planner.cli.evaluationsuites import FILE, FOLDER, engine_of, everything, itinera, tours, walks
from planner.cli.gsisr import command as gsisr
from planner.cli.options import AS_JSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.cli.context import Session
    from planner.evaluation.suites import Report, Row


@click.group("eval", context_settings=CONTEXT_SETTINGS)
def command() -> None:
    """Measure the parts on instances of the field."""


for each in (tours, walks, itinera, gsisr, everything):
    command.add_command(each)


@command.command("optw")
@click.option(
    "--data",
    "folder",
    metavar="DIR",
    required=True,
    type=FOLDER,
    help="Solomon's and Cordeau's orienteering instances, with best_known.csv.",
)
@click.option(
    "--seconds",
    metavar="S",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="Time for each instance.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the solver.")
@AS_JSON
@click.pass_context
def optw(ctx: click.Context, folder: Path, seconds: float, seed: int, *, as_json: bool) -> None:
    """Orienteering with time windows, one route: score and gap to the best known."""
    from planner.evaluation.suites import run_optw

    run = session(ctx)
    report = run_optw(folder, seconds, seed, tell=None if as_json else _teller(run))
    _finish(run, report, as_json=as_json)


@command.command("tsp")
@click.option(
    "--data",
    "folder",
    metavar="DIR",
    required=True,
    type=FOLDER,
    help="TSPLIB problems (.tsp), with optima.txt.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the solver.")
@AS_JSON
@click.pass_context
def tsp(ctx: click.Context, folder: Path, seed: int, *, as_json: bool) -> None:
    """Travelling salesman tours: length and gap to the optimum, under two seconds each."""
    from planner.evaluation.suites import run_tsp

    run = session(ctx)
    report = run_tsp(folder, seed=seed, tell=None if as_json else _teller(run))
    _finish(run, report, as_json=as_json)


@command.command("rd")
@click.option(
    "--data",
    "file",
    metavar="FILE",
    required=True,
    type=FILE,
    help="Labelled requests, one JSON object a line.",
)
@click.option("--model", metavar="NAME|none", help='The language model; "none" for rules alone.')
@click.option(
    "--predictions",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was understood, one JSON object a line.",
)
@AS_JSON
@click.pass_context
def rd(
    ctx: click.Context, file: Path, model: str | None, predictions: Path | None, *, as_json: bool
) -> None:
    """Take labelled requests apart, and say how much of them is understood."""
    from dataclasses import asdict

    import msgspec

    from planner.evaluation.rd import read_labelled, run_rd
    from planner.files import publish

    run = session(ctx)
    rows = read_labelled(file)
    with engine_of(run, model) as engine, run.progress("Understanding") as step:
        report, made = run_rd(
            rows, now=run.now, engine=engine, tell=lambda done: step(done / len(rows))
        )
    if predictions is not None:
        lines = b"".join(msgspec.json.encode(each) + b"\n" for each in made)
        publish(predictions, lambda out: out.write(lines))
    summary = asdict(report)
    figures = summary.pop("metrics")
    if as_json:
        print_value({**summary, **figures})
        return
    for name, value in {**summary, **figures}.items():
        shown = "; ".join(value) if isinstance(value, tuple) else value
        if shown not in (None, ""):
            _print(run, f"{name:<16}{shown:>12}")


def _teller(run: Session) -> Callable[[Row], None]:
    """Return what prints rows as they come, under a header."""
    _print(run, _line("instance", "score", "best known", "gap", "seconds"))

    def tell(row: Row) -> None:
        best = "-" if row.best_known is None else f"{row.best_known:g}"
        cells = (f"{row.score:g}", best, _percent(row.gap), f"{row.seconds:.2f}")
        _print(run, _line(row.instance, *cells))

    return tell


def _print(run: Session, line: str) -> None:
    from rich.text import Text

    from planner.drawing.lettering import clean

    # Cleaning would draw the columns together.
    run.out.print(Text(line if clean(line).split() == line.split() else clean(line)))


def _line(name: str, score: str, best: str, gap: str, seconds: str) -> str:
    return f"{name:<16}{score:>10}{best:>12}{gap:>10}{seconds:>10}"


def _percent(gap: float | None) -> str:
    return "-" if gap is None else f"{gap:.2f} %"


def _finish(run: Session, report: Report, *, as_json: bool) -> None:
    if as_json:
        print_value(report)
        return
    seconds = sum(row.seconds for row in report.instances) / len(report.instances)
    _print(run, _line("mean", "", "", _percent(report.mean_gap), f"{seconds:.2f}"))
    _print(run, _line("worst", "", "", _percent(report.worst_gap), ""))
