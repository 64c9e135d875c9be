"""``flaneur doctor``: what this machine offers, and what to do about what is missing."""

from __future__ import annotations

import click

from planner.cli.context import print_value, session

FAILED = 1


@click.command("doctor")
@click.option("--repair", is_flag=True, help="Mend what can be mended first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, *, repair: bool, as_json: bool) -> int:
    """Check this machine, the models, the cities and the library."""
    from planner import health

    run = session(ctx)
    if repair:
        for each in health.repair(run.home, now=run.now):
            run.hint(f"Repaired: {each}.")
    with run.progress("Checking") as report:
        checks = health.examine(run.home, report=report)
    if as_json:
        print_value({"checks": checks})
    else:
        from planner.drawing.lettering import speaks_unicode
        from planner.drawing.tables import checks_table

        run.out.print(checks_table(checks, ascii=not speaks_unicode(run.out.encoding)))
    return FAILED if any(check.status == "fail" for check in checks) else 0
