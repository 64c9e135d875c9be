"""A person's places as tables and as JSON: lists, one place, and what an import did."""

# ruff: noqa: A002 - "ascii" is the word people know

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from planner.drawing.lettering import clean
from planner.library.holdings import UNKNOWN_CATEGORY
from planner.library.search import shown_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.console import RenderableType

    from planner.library.arrivals import Arrival, ImportReport
    from planner.library.holdings import Holding
    from planner.library.places import FixedPoint

_LISTED = 20
_NARROWEST_NAME = 12
_WIDEST_NAME = 30
_WIDEST_KIND = 18
_ROOMY = 76
_SPACIOUS = 100
_SIGNS = {"added": "+", "merged": "=", "unlocated": "?", "refused": "!"}
_SAID = {
    "added": "added",
    "merged": "one with a place that is there",
    "unlocated": "added, but nobody knows where it is",
    "refused": "not read",
}


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place, as ``places list --json`` has it."""

    id: str
    name: str
    names: dict[str, str]
    lat: float | None
    lon: float | None
    category: str
    tags: dict[str, str]
    notes: str
    favourite: bool
    visited: bool
    never: bool
    opening_hours: str | None
    sources: list[dict[str, Any]]
    description: str
    labels: list[str]
    rating: float | None
    visit_minutes: int | None
    address: str | None
    url: str | None
    osm: str | None
    own: bool
    first_seen: str
    visits: list[str]
    merged_from: list[str]


def place_row(holding: Holding) -> PlaceRow:
    """Return what JSON says of a place."""
    at = holding.position
    return PlaceRow(
        id=shown_id(holding),
        name=holding.name,
        names=dict(holding.names),
        lat=None if at is None else at.lat,
        lon=None if at is None else at.lon,
        category=holding.category or UNKNOWN_CATEGORY,
        tags=dict(holding.tags),
        notes=holding.notes,
        favourite=holding.favourite,
        visited=holding.visited,
        never=holding.never,
        opening_hours=holding.opening_hours,
        sources=[
            {"file": each.file, "row": each.row, "format": each.format} for each in holding.sources
        ],
        description=holding.description,
        labels=list(holding.labels),
        rating=holding.rating,
        visit_minutes=holding.visit_minutes,
        address=holding.address,
        url=holding.url,
        osm=holding.osm,
        own=holding.own,
        first_seen=holding.first_seen,
        visits=[day.isoformat() for day in holding.visits],
        merged_from=list(holding.merged_from),
    )


def places_table(
    holdings: Iterable[Holding],
    label: Callable[[str | None], str],
    *,
    width: int = 100,
    ascii: bool = False,
) -> RenderableType:
    """Return places as a table; what they are comes before where they are and what was noted.

    Parameters
    ----------
    holdings
        The places, in the order to show.
    label
        Says a category in words.
    width
        Columns of characters there are; where they are few, only id, name and kind are told.
    ascii
        Use no character beyond ASCII.
    """
    table = _table()
    table.add_column("Place", no_wrap=True, style="bold")
    table.add_column("Name", overflow="fold", min_width=_NARROWEST_NAME, max_width=_WIDEST_NAME)
    table.add_column("Kind", overflow="fold", max_width=_WIDEST_KIND)
    table.add_column("", no_wrap=True)
    if roomy := width >= _ROOMY:
        table.add_column("Where", no_wrap=True)
    if noted := width >= _SPACIOUS:
        # Only notes have no width of their own: they take what the others leave.
        table.expand = True
        table.add_column("Notes", ratio=1, no_wrap=True, overflow="crop" if ascii else "ellipsis")
    for each in holdings:
        at = each.position
        where = "unknown" if at is None else f"{at.lat:.5f},{at.lon:.5f}"
        notes = " ".join((each.description or each.notes).split())
        table.add_row(
            _text(shown_id(each), ascii=ascii),
            _text(each.name, ascii=ascii),
            _text(label(each.category), ascii=ascii),
            _text(_marks(each, ascii=ascii), ascii=ascii),
            *([where] if roomy else []),
            *([_text(notes, ascii=ascii)] if noted else []),
        )
    return table


def place_sheet(
    holding: Holding, label: Callable[[str | None], str], *, ascii: bool = False
) -> RenderableType:
    """Return all that is known of a place, a line for each thing that is."""
    at = holding.position
    hours = holding.opening_hours or ""
    if hours and holding.hours_corrected:
        hours += " (set by you)"
    marks = [mark for mark in ("favourite", "visited", "never") if getattr(holding, mark)]
    lines = {
        "Kind": label(holding.category),
        "Where": "unknown" if at is None else f"{at.lat:.6f},{at.lon:.6f}",
        "Address": holding.address or "",
        "Also called": "; ".join(f"{name} ({key})" for key, name in holding.names.items()),
        "Marks": ", ".join(marks),
        "Rating": "" if holding.rating is None else f"{holding.rating:g} of 5",
        "Stay": "" if holding.visit_minutes is None else f"{holding.visit_minutes} min",
        "Hours": hours,
        "Labels": ", ".join(holding.labels),
        "Notes": " / ".join(holding.notes.splitlines()),
        "Description": holding.description,
        "Been there": ", ".join(day.isoformat() for day in holding.visits),
        "Link": holding.url or "",
        "On the map": holding.osm or "",
        "From": "; ".join(
            each.file + ("" if each.row is None else f", row {each.row}")
            for each in holding.sources
        ),
        "Merged from": ", ".join(holding.merged_from),
        "Since": holding.first_seen[:10],
    }
    table = _table(headed=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for name, value in lines.items():
        if value:
            table.add_row(name, _text(value, ascii=ascii))
    title = _text(f"{holding.name}  ({shown_id(holding)})", ascii=ascii)
    title.stylize("bold")
    return Group(title, table)


def anchors_table(points: Sequence[FixedPoint], *, ascii: bool = False) -> RenderableType:
    """Return fixed points as a table."""
    table = _table()
    table.add_column("Name", style="bold", overflow="fold")
    table.add_column("Where", no_wrap=True)
    table.add_column("Place", no_wrap=True)
    for each in points:
        where = f"{each.position.lat:.5f},{each.position.lon:.5f}"
        table.add_row(_text(each.name, ascii=ascii), where, each.place or "")
    return table


def import_table(report: ImportReport, *, every: bool, ascii: bool = False) -> RenderableType:
    """Return what an import did, or would do, row by row.

    Parameters
    ----------
    report
        What it did.
    every
        Show every row that is told; otherwise only those that want a person's eye.
    ascii
        Use no character beyond ASCII.
    """
    rows = [each for each in report.arrivals if every or each.outcome in {"unlocated", "refused"}]
    table = _table()
    table.add_column("Row", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("Name", overflow="fold", ratio=2)
    table.add_column("What becomes of it", overflow="fold", ratio=3)
    shown = rows if every else rows[:_LISTED]
    for each in shown:
        table.add_row(
            "" if each.row is None else str(each.row),
            _SIGNS[each.outcome],
            _text(each.name, ascii=ascii),
            _text(_told(each), ascii=ascii),
        )
    more = sum((report.unlocated, len(report.refused))) - len(shown)
    if not every and more > 0:
        return Group(table, Text(f"... and {more:,} more like these."))
    return table


def _told(arrival: Arrival) -> str:
    if arrival.outcome == "refused":
        return f"not read: {arrival.reason}"
    words = _SAID[arrival.outcome]
    if arrival.outcome == "merged" and arrival.into:
        words = f"one with {arrival.into} ({arrival.id})"
    if arrival.osm:
        words += f"; on the map {arrival.osm}"
    if arrival.reason and arrival.reason != "read before":
        words += f": {arrival.reason}"
    if arrival.candidates:
        names = " or ".join(dict.fromkeys(name for _id, name in arrival.candidates[:3]))
        words += f"; perhaps {names}"
    return words


def _marks(holding: Holding, *, ascii: bool) -> str:
    signs = ("*", "v", "x") if ascii else ("★", "✓", "✗")
    held = (holding.favourite, holding.visited, holding.never)
    return "".join(sign for sign, is_so in zip(signs, held, strict=True) if is_so)


def _table(*, headed: bool = True) -> Table:
    return Table(
        box=None, show_header=headed, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0)
    )


def _text(words: str, *, ascii: bool) -> Text:
    """Return untrusted words as text: nothing in them is markup."""
    return Text(clean(words, ascii=ascii))
