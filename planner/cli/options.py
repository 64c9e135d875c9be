"""Values of options that several commands share, read and checked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from planner.domain import Position

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
# A latitude of the southern half of the earth begins like an option.
SIGNED = {"ignore_unknown_options": True}


def parse_now(_ctx: object, _param: object, value: str | None) -> dt.datetime | None:
    """Read a moment: a local time without zone."""
    if value is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f'"{value}" is no moment such as 2026-11-25T09:30.') from error
    return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment


def parse_date(_ctx: object, _param: object, value: str | None) -> dt.date | None:
    """Read YYYY-MM-DD."""
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f'"{value}" is no date such as 2026-11-25.') from error


def parse_time(_ctx: object, _param: object, value: str | None) -> dt.time | None:
    """Read HH:MM."""
    if value is None:
        return None
    try:
        return clock_time(value)
    except ValueError as error:
        raise click.BadParameter(f'"{value}" is no time such as 09:30.') from error


def clock_time(text: str) -> dt.time:
    """Return the time that a text such as "09:30" says.

    Raises
    ------
    ValueError
        If it says none.
    """
    return dt.datetime.strptime(text, "%H:%M").time()


def parse_at(_ctx: object, _param: object, value: str | None) -> Position | None:
    """Read LAT,LON."""
    if value is None:
        return None
    from planner.retrieval.binding import parse_position

    position = parse_position(value)
    if position is None:
        raise click.BadParameter(f'"{value}" is not LAT,LON in degrees, such as 60.1699,24.9384.')
    return position
