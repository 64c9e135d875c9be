"""What the catalogue says of a kind of place, of a property, and of a preference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from planner.domain import Place

Setting: TypeAlias = Literal["indoor", "outdoor", "either"]
Role: TypeAlias = Literal["cafe", "bar", "meal", "none"]
TimeOfDay: TypeAlias = Literal["morning", "midday", "afternoon", "evening", "night"]
Cost: TypeAlias = Literal["free", "low", "mid", "high", "unknown"]
Mood: TypeAlias = Literal["quiet", "lively", "family", "romantic", "rainy-day"]
Serving: TypeAlias = Literal[
    "breakfast", "lunch", "dinner", "snack", "sweets", "coffee", "tea", "beer", "wine", "cocktails"
]
Answer: TypeAlias = Literal["yes", "limited", "no", "unknown"]
Weights: TypeAlias = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of place.

    Attributes
    ----------
    key
        Its slug ("bookshop").
    label, phrase
        A word or two for people; what it is, for the sentence that is embedded.
    tags
        OSM ``key=value`` strings it answers for; ``"a=b & c=d"`` needs both.
    minutes
        A short, a usual and a long stay.
    setting
        Under a roof or not.
    role
        What the rules of taste about food and drink take it for.
    times
        When it makes sense to go.
    group
        The family it belongs to ("shopping", "nature", ...).
    appeal
        How worth a stop it is when nobody asked for it, 0 to 1; 0 is never offered unasked.
    aliases
        Words people use for it, in the singular.
    vague
        True if any better-known category of the same object should win.
    cost
        What a visit roughly costs a person.
    mood
        What it is usually like, and whom or what it suits.
    serves
        Which meals and drinks one gets there.
    nameless
        ``None`` if only named objects count. Otherwise an object without a name counts as well
        ("Toilet"), and of those nearer to each other than so many metres one is kept.
    """

    key: str
    label: str
    phrase: str
    tags: tuple[str, ...]
    minutes: tuple[int, int, int]
    setting: Setting
    role: Role
    times: tuple[TimeOfDay, ...]
    group: str
    appeal: float
    aliases: tuple[str, ...] = ()
    vague: bool = False
    cost: Cost = "unknown"
    mood: tuple[Mood, ...] = ()
    serves: tuple[Serving, ...] = ()
    nameless: float | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A property that tags may tell of a place ("wheelchair", "diet:vegan").

    Attributes
    ----------
    key
        Its slug.
    says
        For every answer but "unknown", how to say it ("step-free").
    answers
        For a ``key=value`` of OSM, the answer it gives; a value of ``*`` stands for any.
    keys
        The OSM keys in ``answers``.
    """

    key: str
    says: Mapping[Answer, str]
    answers: Mapping[tuple[str, str], Answer]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preference:
    """What a person's words say about any kind of place ("quiet", "with kids", "free").

    Weights are from -1 (speaks against a place) to 1 (speaks for it).

    Attributes
    ----------
    key
        Its slug.
    words
        Phrases that say it, in the singular.
    attribute
        For a property, what "yes" is worth; "no" is worth the opposite. Where tags answer, they
        alone count; the rest is what is usual for the kind of place.
    mood, cost, setting, role, category
        What the kind's moods, its cost and so on are worth; they are added up.
    serving
        True if it speaks of places with food or drink alone.
    need
        True if a place known to meet it is wanted rather than one of which nothing is known.
    weather
        The weather of a walk that brings it in without a word.
    """

    key: str
    words: tuple[str, ...]
    attribute: Weights = field(default_factory=dict)
    mood: Weights = field(default_factory=dict)
    cost: Weights = field(default_factory=dict)
    setting: Weights = field(default_factory=dict)
    role: Weights = field(default_factory=dict)
    category: Weights = field(default_factory=dict)
    serving: bool = False
    need: bool = False
    weather: str | None = None


NAMELESS_TAG = "noname"
"""The tag, as on OpenStreetMap, of a thing that has no name; such a place is called by its kind."""


def is_nameless(place: Place) -> bool:
    """Whether a place is a thing without a name, called after its kind ("Toilet")."""
    return place.tags.get(NAMELESS_TAG) == "yes"
