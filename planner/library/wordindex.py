"""The full text of places: every script, accents folded, slips of the pen forgiven.

Words are folded by :func:`planner.library.words.fold` on both sides and indexed by SQLite's FTS5.
Scripts written without spaces are split into their signs, and asked for as a run of them. A word
that the library does not know as it stands is read as the words it may have been meant for: those
it begins, those that hold it ("kirkko" in "tuomiokirkko"), and those a slip or two away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from planner.library.catalogue import Catalogue
from planner.library.words import fold

if TYPE_CHECKING:
    from typing import Any, Protocol

    class Rows(Protocol):
        """A database that can be asked and changed."""

        def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
            """Return what a query finds."""

        def run(self, statement: str, *values: object) -> int:
            """Change something."""

    from planner.domain import Place
    from planner.library.holdings import Holding

_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])"
)
_INSERT = "INSERT INTO place_words (rowid, names, kinds, labels, words) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Words:
    """A place's text, folded, by how much a match in it tells."""

    names: str
    kinds: str
    labels: str
    words: str


def folded(text: str) -> str:
    """Return folded text, signs of scripts without spaces apart."""
    plain = fold(text)
    return plain if plain.isascii() else " ".join(_UNSPACED.sub(r" \1 ", plain).split())


def words_of(place: Holding | Place) -> Words:
    """Return the text of a place by which it is found."""
    description = getattr(place, "description", "") or place.tags.get("description", "")
    labels = getattr(place, "labels", ())
    told = (place.notes, description, place.address or "", *place.tags.values())
    return Words(
        names=folded(" ; ".join((place.name, *place.names.values()))),
        kinds=_kinds(place.category) if place.category else "",
        labels=folded(" ; ".join(labels)) if labels else "",
        words=folded(" ; ".join(text for text in told if text)),
    )


def add_words(db: Rows, number: int, words: Words) -> None:
    """Enter a place's text under its row number."""
    db.run(_INSERT, number, words.names, words.kinds, words.labels, words.words)


def drop_words(db: Rows, number: int) -> None:
    """Take a place's text out again."""
    db.run("DELETE FROM place_words WHERE rowid = ?", number)


@lru_cache(maxsize=1024)
def _kinds(category: str) -> str:
    known = Catalogue.load().categories.get(category)
    if known is None:
        return folded(category.replace("_", " "))
    return folded(" ; ".join((known.label, *known.aliases)))
