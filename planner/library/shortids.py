"""Ids that people can read out and type."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# No vowels, so that no id is a word; no signs that are mistaken for each other.
_LETTERS = "23456789bcdfghjkmnpqrstvwxz"
_SHORTEST_ID = 3


def short_id(prefix: str, fingerprint: str, taken: Callable[[str], bool]) -> str:
    """Return the shortest free id that follows from a fingerprint in hexadecimal digits."""
    number = int(fingerprint, 16)
    letters = ""
    while True:
        number, rest = divmod(number, len(_LETTERS))
        letters += _LETTERS[rest]
        wanted = f"{prefix}{letters}"
        if len(letters) >= _SHORTEST_ID and not taken(wanted):
            return wanted
