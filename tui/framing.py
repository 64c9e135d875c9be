"""The frame of a walk as the options of ``flaneur plan``: one grammar for screen and command."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import click

from planner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain import Wishes

FLAGS = ("--loop", "--step-free", "--new-only")
FIELDS = (
    "--date", "--start-time", "--hours", "--start", "--end", "--stops", "--days", "--pace",
    "--weather", "--from",
)  # fmt: skip
REPEATED = ("--must", "--at", "--avoid", "--forgo")
_LOOSE = re.compile(r"^(?:and|then)\s+|\s+(?:and|then)$", re.IGNORECASE)
_DEFAULTS = {"--days": "1", "--pace": "normal", "--from": "all"}


def parsed(options: Sequence[str]) -> dict[str, Any]:
    """Return what some options of ``flaneur plan`` say, checked as the command checks them.

    Raises
    ------
    UsageError
        If one of them makes no sense.
    """
    from planner.cli.plan import command

    try:
        return command.make_context("plan", [*options, "--", "a walk"]).params
    except click.ClickException as error:
        raise UsageError(error.format_message(), "Change the frame of the walk.") from error


def wishes_of(options: Sequence[str]) -> Wishes:
    """Return what some options of ``flaneur plan`` wish for.

    Raises
    ------
    UsageError
        If they make no sense, or exclude each other.
    """
    from planner.cli.plan import wishes_of as wished

    try:
        return wished(parsed(options))
    except click.ClickException as error:
        raise UsageError(error.format_message(), "Change the frame of the walk.") from error


def values_of(options: Sequence[str]) -> dict[str, str]:
    """Return the last word of each option that takes one, and "yes" for flags that are set."""
    found: dict[str, str] = {}
    tokens = iter(options)
    for token in tokens:
        if token in FLAGS:
            found[token] = "yes"
        elif token == "--not-new-only":  # noqa: S105 - an option
            found.pop("--new-only", None)
        elif token in FIELDS:
            found[token] = next(tokens, "")
        elif token in REPEATED:
            next(tokens, "")
    return {key: value for key, value in found.items() if _DEFAULTS.get(key) != value}


def repeated_of(options: Sequence[str]) -> list[str]:
    """Return the options that may be said more than once, as they stand."""
    found: list[str] = []
    tokens = iter(options)
    for token in tokens:
        if token in REPEATED:
            found += [token, next(tokens, "")]
        elif token in FIELDS:
            next(tokens, "")
    return found


def options_of(values: dict[str, str], repeated: Sequence[str] = ()) -> list[str]:
    """Return options from their values; an empty value leaves an option out."""
    found: list[str] = []
    for option in FIELDS:
        if value := values.get(option, "").strip():
            found += [option, value]
    found += [flag for flag in FLAGS if values.get(flag)]
    return [*found, *repeated]


def seeing(options: Sequence[str], places: Sequence[str]) -> list[str]:
    """Return options under which a walk sees some places; those it had to see before give way."""
    others = repeated_of(options)
    kept = [
        token
        for option, value in zip(others[::2], others[1::2], strict=True)
        if option not in {"--must", "--forgo"}
        for token in (option, value)
    ]
    musts = [token for place in places for token in ("--must", place)]
    return options_of(values_of(options), [*kept, *musts])


def command_line(text: str, options: Sequence[str]) -> str:
    """Return the command that plans the same walk."""
    return shlex.join(["flaneur", "plan", text, *options])


def without(text: str, words: str) -> str:
    """Return a request without some of its words, with its commas put in order."""
    pattern = r"(?:\b(?:and|then|with|no|without|start(?:ing)? at|end(?:ing)? at)\s+)?"
    pattern += r"\s+".join(re.escape(word) for word in words.split())
    left = re.sub(pattern, "", text, count=1, flags=re.IGNORECASE)
    parts = [_LOOSE.sub("", " ".join(part.split())) for part in left.split(",")]
    kept = [part for part in parts if part and part.casefold() not in {"and", "then", "a", "the"}]
    return ", ".join(kept)
