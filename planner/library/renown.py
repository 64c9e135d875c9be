"""How widely a place is known, as far as a map tells.

OpenStreetMap rates nothing, but it shows who was noticed: places with an encyclopaedia's article,
and places that people bothered to name in many languages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.domain import Place

ARTICLES = ("wikidata", "wikipedia")
ARTICLE_WORTH = 2
FULL = 10


def renown(place: Place) -> float:
    """Return how widely a place is known, from 0 to 1."""
    languages = sum(1 for key in place.names if ":" not in key)
    articles = sum(ARTICLE_WORTH for key in ARTICLES if key in place.tags)
    return min(1.0, (languages + articles) / FULL)
