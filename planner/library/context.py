"""The sentence about a place that is embedded (ItiNera, appendix B).

It names the place in every language that helps, says what it is and where, and turns telling tags
into words, so that a wish finds a place by meaning and not only by category.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.library.words import clean, fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.domain import Place
    from planner.library.catalogue import Category

# The embedding model reads 256 pieces; names in other scripts cost several a word.
LIMIT = 420
_DESCRIPTION_LIMIT = 160
_OTHER_NAMES = ("en", "alt", "alt:en", "short", "loc", "int", "official", "old")

# Tags whose value is worth a word of its own, and how to say it.
_PHRASES: Mapping[tuple[str, str], str] = {
    ("outdoor_seating", "yes"): "tables outside",
    ("wheelchair", "yes"): "step-free",
    ("internet_access", "wlan"): "free wifi",
    ("fee", "no"): "free entry",
    ("microbrewery", "yes"): "brews its own beer",
    ("organic", "only"): "organic",
    ("organic", "yes"): "organic",
    ("diet:vegan", "yes"): "vegan dishes",
    ("diet:vegan", "only"): "vegan only",
    ("diet:vegetarian", "yes"): "vegetarian dishes",
    ("diet:vegetarian", "only"): "vegetarian only",
    ("diet:gluten_free", "yes"): "gluten-free dishes",
    ("second_hand", "only"): "second-hand",
    ("second_hand", "yes"): "also second-hand",
    ("live_music", "yes"): "live music",
    ("dog", "yes"): "dogs welcome",
    ("kids_area", "yes"): "room for children to play",
    ("breakfast", "yes"): "breakfast",
    ("lunch", "yes"): "lunch",
    ("garden:type", "botanical"): "botanical collection",
    ("heritage", "2"): "listed heritage",
    ("heritage", "1"): "world heritage",
}
# Tags whose value says something as it stands, with the words before it.
_TELLING: Mapping[str, str] = {
    "cuisine": "",
    "museum": "",
    "artwork_type": "",
    "artist_name": "by ",
    "architect": "architect ",
    "building:architecture": "style ",
    "theatre:genre": "",
    "theatre:type": "",
    "music:genre": "",
    "religion": "",
    "denomination": "",
    "sport": "",
    "clothes": "clothes for ",
    "garden:style": "style ",
    "memorial": "",
    "historic": "historic ",
    "material": "",
    "species": "",
    "subject": "about ",
    "start_date": "from ",
}
_MEANINGLESS = frozenset({"yes", "no", "unknown", "fixme", "other", "memorial", "building"})


def context_sentence(place: Place, category: Category) -> str:
    """Return the sentence about a place that is embedded.

    It has the form "NAME (OTHER NAMES): LABEL, PHRASE; telling tags; address", at most
    :data:`LIMIT` signs, cut between its parts.
    """
    parts = [f"{_names(place)}: {category.label}, {category.phrase}"]
    telling = _telling(place.tags)
    if telling:
        parts.append(", ".join(telling))
    description = place.tags.get("description:en") or place.tags.get("description", "")
    if description:
        parts.append(clean(description, limit=_DESCRIPTION_LIMIT))
    if place.address:
        parts.append(clean(place.address, limit=80))
    text = parts[0][:LIMIT]
    for part in parts[1:]:
        if len(text) + len(part) + 2 <= LIMIT - 1:
            text = f"{text}; {part}"
    return f"{text.rstrip('.')}."


def _names(place: Place) -> str:
    seen = {fold(place.name)}
    others: list[str] = []
    for key in _OTHER_NAMES:
        for name in place.names.get(key, "").split(";"):
            if name.strip() and fold(name) not in seen:
                seen.add(fold(name))
                others.append(clean(name, limit=60))
    own = clean(place.name, limit=100)
    return f"{own} ({', '.join(others[:4])})" if others else own


def _telling(tags: Mapping[str, str]) -> list[str]:
    words: list[str] = []
    for key, before in _TELLING.items():
        values = [value.strip().replace("_", " ") for value in tags.get(key, "").split(";")]
        words += [before + value for value in values[:4] if value and value not in _MEANINGLESS]
    words += [phrase for (key, value), phrase in _PHRASES.items() if tags.get(key) == value]
    return list(dict.fromkeys(clean(word, limit=60) for word in words))
