"""A plan on the screen: the same for a fresh plan and a saved one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.cli.context import Session
    from planner.itinerary.document import PlanDocument


def print_plan(run: Session, document: PlanDocument) -> None:
    """Print a plan as text for people, with the city's streets behind the walk."""
    from planner import cities
    from planner.drawing.report import plan_report

    streets = cities.street_lines(run.home, document)
    encoding = run.out.encoding.lower().replace("-", "")
    run.out.print(
        plan_report(
            document, width=run.out.width, streets=streets, ascii=not encoding.startswith("utf")
        )
    )
