"""Two plans side by side: what they share, what only one of them has, and what each costs."""

# ruff: noqa: A002 - "ascii" is the word people know

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from planner.drawing.amounts import format_distance, format_duration
from planner.drawing.lettering import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from planner.itinerary.document import PlanDocument, StopPart


@dataclass(frozen=True, slots=True)
class PlanSide:
    """One of two plans: what it costs, and the stops that the other does not have."""

    id: str | None
    city: str
    date: str
    request: str
    stops: int
    walk_m: float
    walk_s: int
    visit_s: int
    wait_s: int
    elapsed_s: int
    only: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans and the stops that both have, in the order of the first.

    ``same_order`` tells whether those come in the same order in both.
    """

    plans: tuple[PlanSide, PlanSide]
    both: tuple[str, ...]
    same_order: bool


def compare(one: PlanDocument, other: PlanDocument) -> Comparison:
    """Hold two plans against each other."""
    first, second = ([stop.place_id for stop in each.stops] for each in (one, other))
    shared = [place_id for place_id in first if place_id in second]
    names = {stop.place_id: stop.name for stop in one.stops}
    return Comparison(
        (_side(one, second), _side(other, first)),
        tuple(names[place_id] for place_id in shared),
        shared == [place_id for place_id in second if place_id in first],
    )


def _side(plan: PlanDocument, other: Sequence[str]) -> PlanSide:
    totals = plan.totals
    return PlanSide(
        id=plan.plan_id,
        city=plan.city,
        date=plan.settings.date,
        request=plan.request,
        stops=len(plan.stops),
        walk_m=totals.walk_m,
        walk_s=totals.walk_s,
        visit_s=totals.visit_s,
        wait_s=totals.wait_s,
        elapsed_s=totals.elapsed_s,
        only=tuple(stop.name for stop in plan.stops if stop.place_id not in other),
    )


def comparison_table(
    one: PlanDocument, other: PlanDocument, *, ascii: bool = False
) -> RenderableType:
    """Return two plans side by side; a stop that both have is marked in both.

    Parameters
    ----------
    one, other
        The plans.
    ascii
        Use no character beyond ASCII.
    """
    compared = compare(one, other)
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", style="dim", no_wrap=True)
    for side in compared.plans:
        table.add_column(_text(side.id or "", ascii=ascii), overflow="fold", ratio=1)
    rows = {
        "Request": [side.request for side in compared.plans],
        "City": [side.city for side in compared.plans],
        "Date": [side.date for side in compared.plans],
        "Stops": [str(side.stops) for side in compared.plans],
        "On foot": [format_distance(side.walk_m) for side in compared.plans],
        "At stops": [format_duration(side.visit_s) for side in compared.plans],
        "Waiting": [format_duration(side.wait_s) for side in compared.plans],
        "In all": [format_duration(side.elapsed_s) for side in compared.plans],
    }
    for name, values in rows.items():
        table.add_row(name, *(_text(value, ascii=ascii) for value in values))
    shared = {stop.place_id for stop in one.stops} & {stop.place_id for stop in other.stops}
    for n in range(max(len(one.stops), len(other.stops))):
        cells = [
            _stop(each.stops[n], shared, ascii=ascii) if n < len(each.stops) else Text("")
            for each in (one, other)
        ]
        table.add_row("Walk" if n == 0 else "", *cells)
    return table


def _stop(stop: StopPart, shared: set[str], *, ascii: bool) -> Text:
    sign = "=" if stop.place_id in shared else " "
    return _text(f"{sign} {stop.arrive[11:16]} {stop.name}", ascii=ascii)


def _text(words: str, *, ascii: bool) -> Text:
    return Text(clean(words, ascii=ascii))
