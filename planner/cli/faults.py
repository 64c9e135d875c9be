"""Faults of the program itself: kept in a log for a report, told to the person in one line."""

from __future__ import annotations

import datetime as dt
import traceback
from typing import TYPE_CHECKING

import click

from planner import __version__
from planner.config import find_home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def record(error: Exception, arguments: Sequence[str] | None) -> str:
    """Write an unexpected error to the log and return what to tell the person.

    The log holds the program's own lines only: an exception's message may quote what the person
    typed, so it is left out, as are the arguments.
    """
    del arguments
    where = traceback.extract_tb(error.__traceback__)
    lines = [f"{dt.datetime.now().astimezone().isoformat()} flaneur {__version__}"]
    lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in where]
    lines.append(f"  {type(error).__name__}")
    path = _log(lines)
    place = f"{where[-1].name}, line {where[-1].lineno}" if where else "unknown"
    report = f" Details for a report are in {path}." if path else ""
    return (
        f"something inside flaneur failed ({type(error).__name__} in {place}); "
        f"your data was not changed.{report}"
    )


def _log(lines: Sequence[str]) -> Path | None:
    context = click.get_current_context(silent=True)
    home = context.obj.home if context is not None and context.obj else find_home()
    path: Path = home.root / "logs" / "flaneur.log"
    try:
        home.folder(path.parent)
        with open(path, "a", encoding="utf-8", opener=_private) as file:
            file.write("\n".join(lines) + "\n")
    except Exception:  # noqa: BLE001 - a log that cannot be written must not hide the fault
        return None
    return path


def _private(name: str, flags: int) -> int:
    import os

    return os.open(name, flags, 0o600)
