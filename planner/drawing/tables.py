"""Small tables for lists: saved plans, cities, and the checks of this machine."""

# ruff: noqa: A002 - "ascii" is the word people know

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from planner.drawing.amounts import format_bytes, format_distance, format_duration
from planner.drawing.lettering import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from planner.library.store import PlanRow

_STATUS_STYLES: Final = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_STATUS_SIGNS: Final = {"ok": "✓", "warn": "!", "fail": "✗"}
_STATUS_SIGNS_ASCII: Final = {"ok": "+", "warn": "!", "fail": "x"}


@dataclass(frozen=True, slots=True)
class CityRow:
    """An installed city, as ``city list --json`` has it."""

    name: str
    current: bool
    places: int
    nodes: int
    edges: int
    bbox: tuple[float, float, float, float]
    bytes: int


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of ``doctor``: ``status`` is ok, warn or fail; ``fix`` may be empty."""

    name: str
    status: str
    detail: str
    fix: str


def plans_table(rows: Sequence[PlanRow], *, ascii: bool = False) -> RenderableType:
    """Return saved plans as a table, or a sentence if there are none.

    Parameters
    ----------
    rows
        The plans, in the order to show.
    ascii
        Use no character beyond ASCII.
    """
    if not rows:
        return Text("No plans are saved yet. Make one with: flaneur plan REQUEST")
    table = _table()
    table.add_column("Plan", no_wrap=True, style="bold")
    table.add_column("Walk on", no_wrap=True)
    table.add_column("City", overflow="fold")
    table.add_column("Stops", justify="right", no_wrap=True)
    table.add_column("On foot", justify="right", no_wrap=True)
    table.add_column("Time", justify="right", no_wrap=True)
    table.add_column("Request")
    for row in rows:
        table.add_row(
            _text(row.id, ascii=ascii),
            _text(row.date, ascii=ascii),
            _text(row.city, ascii=ascii),
            str(row.stops),
            format_distance(row.walk_m),
            format_duration(row.elapsed_s),
            _one_line(row.request, ascii=ascii),
        )
    return table


def cities_table(rows: Sequence[CityRow], *, ascii: bool = False) -> RenderableType:
    """Return installed cities as a table, or a sentence if there are none.

    Parameters
    ----------
    rows
        The cities, in the order to show.
    ascii
        Use no character beyond ASCII.
    """
    if not rows:
        return Text("No city is installed yet. Set up the bundled one with: flaneur demo")
    table = _table()
    table.add_column("City", overflow="fold", style="bold")
    table.add_column("Places", justify="right", no_wrap=True)
    table.add_column("Crossings", justify="right", no_wrap=True)
    table.add_column("Streets", justify="right", no_wrap=True)
    table.add_column("Size", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_row(
            _text(row.name, ascii=ascii),
            f"{row.places:,}",
            f"{row.nodes:,}",
            f"{row.edges:,}",
            format_bytes(row.bytes),
            "in use" if row.current else "",
        )
    return table


def checks_table(rows: Sequence[CheckRow], *, ascii: bool = False) -> RenderableType:
    """Return the checks of a machine as a table, with what to do about each that is not well.

    Parameters
    ----------
    rows
        The checks, in the order to show.
    ascii
        Use no character beyond ASCII.
    """
    signs = _STATUS_SIGNS_ASCII if ascii else _STATUS_SIGNS
    table = _table(headed=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", style="bold", max_width=24)
    table.add_column(overflow="fold", ratio=1)
    for row in rows:
        style = _STATUS_STYLES.get(row.status, "")
        detail = _text(row.detail, ascii=ascii)
        if fix := clean(row.fix, ascii=ascii):
            detail.append(f"\n{'->' if ascii else '→'} {fix}", style)
        sign = Text(f"{signs.get(row.status, '?')} {clean(row.status)}", style)
        table.add_row(sign, _text(row.name, ascii=ascii), detail)
    return table


def _table(*, headed: bool = True) -> Table:
    """Return an empty table without rules: the columns alone."""
    return Table(
        box=None, show_header=headed, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0)
    )


def _one_line(words: str, *, ascii: bool) -> Text:
    """Return untrusted words that are cut rather than broken.

    The column itself stays breakable, since the table then takes room from it before the others.
    """
    text = _text(words, ascii=ascii)
    text.no_wrap, text.overflow = True, "crop" if ascii else "ellipsis"
    return text


def _text(words: str, *, ascii: bool) -> Text:
    """Return untrusted words as text: nothing in them is markup."""
    return Text(clean(words, ascii=ascii))
