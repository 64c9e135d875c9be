"""A plan on the screen: the same for a fresh plan and a saved one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.cli.context import Session
    from planner.itinerary.document import PlanDocument
    from planner.pipeline import Planner


def print_plan(run: Session, document: PlanDocument) -> None:
    """Print a plan as text for people, with the city's streets behind the walk."""
    from planner import cities
    from planner.drawing.lettering import speaks_unicode
    from planner.drawing.report import plan_report

    run.out.print(
        plan_report(
            document,
            width=run.out.width,
            streets=cities.street_lines(run.home, document),
            ascii=not speaks_unicode(run.out.encoding),
        )
    )


def print_narrative(run: Session, planner: Planner, document: PlanDocument) -> PlanDocument:
    """Print the telling of a plan as it comes, and return the plan with it."""
    from rich.cells import cell_len
    from rich.text import Text

    column = 0

    def show(words: str) -> None:
        nonlocal column
        for word in re.findall(r"\n|[^\s]+|[^\S\n]+", words):
            width = cell_len(word)
            if word == "\n":
                column = 0
            elif word.isspace() and column == 0:
                continue
            elif column + width > run.out.width and not word.isspace():
                run.out.print()
                column = width
            else:
                column += width
            run.out.print(Text(word), end="", soft_wrap=True)

    run.out.print()
    told = planner.narrate(document, on_text=show)
    run.out.print()
    return told
