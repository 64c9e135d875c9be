"""What a column or property is called in people's files, in many languages (``headings.toml``)."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources

from planner.library.importers.drafts import is_osm_key
from planner.library.words import fold

_LONGEST_HEADING = 100
_ENDING = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OSM_COLUMNS = frozenset(
    [
        "amenity", "shop", "tourism", "leisure", "historic", "natural", "cuisine", "building",
        "office", "craft", "sport", "religion", "website", "phone", "email", "wheelchair",
        "fee", "internet_access", "brand", "operator", "wikidata", "wikipedia", "image",
        "alt_name", "old_name", "short_name", "official_name", "int_name", "loc_name",
    ]
)  # fmt: skip
TAG = "tag:"


def meaning(heading: str) -> str:
    """Return the field that a heading or key stands for, empty if none.

    Fields are those of ``headings.toml``; a key of OpenStreetMap gives ``"tag:"`` and the key.
    """
    plain = heading.strip()
    if not plain or len(plain) > _LONGEST_HEADING:
        return ""
    known = _known()
    for text in (plain, _ENDING.sub("", plain), _WORDS.sub(" ", plain)):
        folded = fold(text)
        if folded in known:
            return known[folded]
    if plain == "@id":
        return "osm"
    if plain in _OSM_COLUMNS or (":" in plain and is_osm_key(plain)):
        return f"{TAG}{plain}"
    return ""


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    file = resources.files("planner.library.importers") / "headings.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return {fold(alias): name for name, aliases in data.items() for alias in (*aliases, name)}
