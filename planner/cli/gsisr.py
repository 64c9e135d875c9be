"""``flaneur eval gsisr``: sequences of intents on rows of GPlan's public test set."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.context import print_value, session
from planner.cli.options import AS_JSON

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("gsisr")
@click.option("--data", metavar="FILE.csv", required=True, type=FILE, help="The rows to predict.")
@click.option(
    "--train",
    metavar="FILE.csv",
    type=FILE,
    help="Rows to learn from first (default: what is shipped; the rows to predict never are).",
)
@click.option(
    "--predictions",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was predicted, one JSON object a line.",
)
@AS_JSON
@click.pass_context
def command(
    ctx: click.Context, data: Path, train: Path | None, predictions: Path | None, *, as_json: bool
) -> None:
    """Predict which services to offer in which order: Acc@1, NDCG@3 and NES."""
    from planner.evaluation.gsisr import run_gsisr

    run = session(ctx)
    found = run_gsisr(data, train=train, predictions=predictions)
    figures = {"acc@1": found.acc_1, "ndcg@3": found.ndcg_3, "nes": found.nes}
    if as_json:
        print_value(
            {**{name: round(value, 4) for name, value in figures.items()}, "rows": found.rows}
        )
        return
    for name, value in figures.items():
        run.out.print(f"{name:<8}{value:>8.3f}")
    run.out.print(f"{'rows':<8}{found.rows:>8}")
