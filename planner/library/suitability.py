"""How well a place suits what a person's words say of any place: "quiet", "with kids", "free".

Such words name no kind of place, and an embedding hears them but faintly. They are read into
:class:`Wants`, and each place is weighed against them: by what its own tags tell, and where these
are silent, by what is usual for its kind (its moods, its cost, whether it has a roof). What the
words are and what they weigh stands in the catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from planner.library.attributes import answer
from planner.library.catalogue import Catalogue
from planner.library.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planner.domain import Place, Weather
    from planner.library.kinds import Category, Preference

_LONGEST_PHRASE = 5
_NO_PREFERENCE = "none"
# What undoes a word that follows at once or after one more: "no kids", "not too quiet".
_UNDOING = frozenset({"no", "not", "without", "never", "avoid", "skip", "non", "dont", "isnt"})
_UNDOING_REACH = 2
_PARTS = re.compile(r"[,.;:!?()\n]|\bbut\b", re.IGNORECASE)
_LIMITED = 0.3
_USUALLY: Mapping[str, str] = {
    "quiet": "usually quiet",
    "lively": "usually lively",
    "family": "good with children",
    "romantic": "romantic",
    "rainy-day": "good on a rainy day",
    "free": "usually free",
    "low": "low prices",
    "mid": "middling prices",
    "high": "usually expensive",
    "indoor": "under a roof",
    "outdoor": "in the open air",
}


@dataclass(frozen=True, slots=True)
class Wants:
    """What a person's words, and the weather, say of any place; empty says nothing."""

    preferences: tuple[Preference, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.preferences)

    @property
    def need(self) -> bool:
        """Whether a place that is known to meet them is wanted: a diet."""
        return any(each.need for each in self.preferences)

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the preferences."""
        return frozenset(each.key for each in self.preferences)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a place suits: -1 (not at all) to 1 (just right), 0 where nothing is known.

    ``reason`` is a phrase for what weighs most in the direction of the score ("step-free"), empty
    at 0.
    """

    score: float = 0.0
    reason: str = ""


NO_FIT = Fit()


def wants_of(text: str, *, weather: Weather = "dry", catalogue: Catalogue | None = None) -> Wants:
    """Read what words say of any place.

    Parameters
    ----------
    text
        A request, or a part of one.
    weather
        The weather of the walk, which may speak for a roof without a word.
    catalogue
        The kinds and preferences; the shipped ones where absent.
    """
    kinds = catalogue or Catalogue.load()
    phrases = _phrases(_Key(kinds))
    said = frozenset[str]().union(*(_said(stems(part), phrases) for part in _PARTS.split(text)))
    return Wants(
        tuple(
            each
            for key, each in kinds.preferences.items()
            if key in said or (weather != "dry" and each.weather == weather)
        )
    )


def suitability(
    place: Place, category: Category, words: str | Wants, *, catalogue: Catalogue | None = None
) -> float:
    """Return how well a place suits a person's words, -1 to 1; 0 where nothing is known.

    Parameters
    ----------
    place, category
        The place and its kind.
    words
        The words, or what was read of them: read them once for many places.
    catalogue
        The kinds and properties; the shipped ones where absent.
    """
    return fit(place, category, words, catalogue=catalogue).score


def fit(
    place: Place, category: Category, words: str | Wants, *, catalogue: Catalogue | None = None
) -> Fit:
    """Return how well a place suits a person's words, and why, as :func:`suitability`."""
    kinds = catalogue or Catalogue.load()
    wants = wants_of(words, catalogue=kinds) if isinstance(words, str) else words
    if not wants:
        return NO_FIT
    fits = [_fit(each, place, category, kinds) for each in wants.preferences]
    total = sum(each.score for each in fits)
    if not total:
        return NO_FIT
    strongest = max(fits, key=lambda each: each.score if total > 0 else -each.score)
    return Fit(max(-1.0, min(1.0, total)), strongest.reason)


def usual(category: Category, wants: Wants) -> float:
    """Return how well a kind of place usually suits, -1 to 1, before any place's own tags."""
    total = sum(_usual(each, category).score for each in wants.preferences)
    return max(-1.0, min(1.0, total))


def _fit(preference: Preference, place: Place, category: Category, kinds: Catalogue) -> Fit:
    if preference.serving and not category.serves:
        return NO_FIT
    told = [_told(key, weight, place, kinds) for key, weight in preference.attribute.items()]
    known = [each for each in told if each is not None]
    return max(known, key=lambda each: abs(each.score)) if known else _usual(preference, category)


def _told(key: str, weight: float, place: Place, kinds: Catalogue) -> Fit | None:
    """Return what a place's own tags say of a property that is wanted."""
    attribute = kinds.attributes[key]
    found = answer(attribute, place)
    if found == "unknown":
        return None
    share = {"yes": 1.0, "limited": _LIMITED, "no": -1.0}[found]
    return Fit(weight * share, attribute.says.get(found, ""))


def _usual(preference: Preference, category: Category) -> Fit:
    """Return what a preference makes of a kind of place."""
    if preference.serving and not category.serves:
        return NO_FIT
    parts = [
        *((preference.mood.get(mood, 0.0), _USUALLY[mood]) for mood in category.mood),
        (preference.cost.get(category.cost, 0.0), _USUALLY.get(category.cost, "")),
        (preference.setting.get(category.setting, 0.0), _USUALLY.get(category.setting, "")),
        (preference.role.get(category.role, 0.0), f"a {category.label}"),
        (preference.category.get(category.key, 0.0), f"a {category.label}"),
    ]
    total = max(-1.0, min(1.0, sum(weight for weight, _reason in parts)))
    if not total:
        return NO_FIT
    return Fit(total, max(parts, key=lambda part: part[0] if total > 0 else -part[0])[1])


class _Key:
    """A catalogue as a key of a cache: by identity, since it is big and never changes."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.catalogue is self.catalogue


@lru_cache(maxsize=4)
def _phrases(kinds: _Key) -> Mapping[tuple[str, ...], frozenset[str]]:
    """Return for every phrase the preferences that it says."""
    phrases: dict[tuple[str, ...], set[str]] = {}
    for preference in kinds.catalogue.preferences.values():
        for words in preference.words:
            phrases.setdefault(stems(words), set()).add(preference.key)
    return {run: frozenset(keys) for run, keys in phrases.items() if run}


def _said(
    words: tuple[str, ...], phrases: Mapping[tuple[str, ...], frozenset[str]]
) -> frozenset[str]:
    """Return the keys of all preferences that words say, the longest phrase first."""
    found: set[str] = set()
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            keys = phrases.get(words[at : at + length])
            if keys is not None:
                if not _undone(words[max(0, at - _UNDOING_REACH) : at]):
                    found |= keys
                at += length
                break
        else:
            at += 1
    return frozenset(found - {_NO_PREFERENCE})


def _undone(before: Iterable[str]) -> bool:
    return any(word in _UNDOING for word in before)
