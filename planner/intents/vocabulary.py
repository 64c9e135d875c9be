"""The intents there are, and how they map to the category catalogue and back."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Setting: TypeAlias = Literal["indoor", "outdoor", "either"]
CONDITIONS = ("weekend", "holiday", "rain", "hot", "cold")
"""What may lift or lower the weight of an intent as a whole."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Something a person may want to do next.

    Attributes
    ----------
    key
        Its slug ("coffee").
    label, wish
        A word or two for people; the words under which a walk looks for it.
    categories
        Keys of the catalogue's categories that serve it.
    family
        Doing one of a family makes the others less likely for a while.
    setting
        Under a roof or not.
    minutes
        A short, a usual and a long stay.
    hours
        Corners (hour of the day, weight) of a line; hours count on past midnight.
    factors
        For some of :data:`CONDITIONS`, what the weight is multiplied with.
    because
        Why now, for people.
    """

    key: str
    label: str
    wish: str
    categories: frozenset[str]
    family: str
    setting: Setting
    minutes: tuple[int, int, int]
    hours: tuple[tuple[float, float], ...]
    factors: Mapping[str, float] = field(default_factory=dict)
    because: str = ""

    def at(self, hour: float) -> float:
        """Return the weight at an hour of the day, before any factor.

        Parameters
        ----------
        hour
            From 0; an hour after midnight also counts as one of the evening before.
        """
        return max(_on_line(self.hours, hour % 24), _on_line(self.hours, hour % 24 + 24))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All intents by key. Get the shipped one with :meth:`load`."""

    intents: Mapping[str, Intent]

    @staticmethod
    def load() -> Vocabulary:
        """Return the vocabulary that is shipped, read once a process."""
        return _shipped()

    @staticmethod
    def parse(text: str) -> Vocabulary:
        """Read a vocabulary from TOML text.

        Raises
        ------
        ValueError
            If the text is not TOML, or the hours of an intent do not rise.
        """
        entries = tomllib.loads(text)["intent"]
        return Vocabulary({key: _intent(key, entry) for key, entry in entries.items()})

    def __iter__(self) -> Iterator[Intent]:
        return iter(self.intents.values())

    def __len__(self) -> int:
        return len(self.intents)

    def __getitem__(self, key: str) -> Intent:
        return self.intents[key]

    def __contains__(self, key: object) -> bool:
        return key in self.intents

    def serving(self, category: str) -> tuple[Intent, ...]:
        """Return the intents that a kind of place serves, in the order of the table.

        Parameters
        ----------
        category
            A key of the category catalogue.
        """
        return tuple(each for each in self if category in each.categories)


@lru_cache(maxsize=1)
def _shipped() -> Vocabulary:
    text = (resources.files("planner.intents") / "intents.toml").read_text("utf-8")
    return Vocabulary.parse(text)


def _intent(key: str, entry: Mapping[str, Any]) -> Intent:
    hours = tuple((float(hour), float(weight)) for hour, weight in entry["hours"])
    if any(late[0] <= early[0] for early, late in pairwise(hours)):
        raise ValueError(f"the hours of the intent {key} do not rise: {hours}")
    short, usual, long = entry["minutes"]
    return Intent(
        key=key,
        label=entry["label"],
        wish=entry["wish"],
        categories=frozenset(entry["categories"]),
        family=entry["family"],
        setting=entry["setting"],
        minutes=(short, usual, long),
        hours=hours,
        factors={name: float(entry[name]) for name in CONDITIONS if name in entry},
        because=entry["because"],
    )


def _on_line(corners: tuple[tuple[float, float], ...], hour: float) -> float:
    """Return the height of a line through corners; nothing outside of them."""
    for (left, low), (right, high) in pairwise(corners):
        if left <= hour <= right:
            return low + (high - low) * (hour - left) / (right - left)
    return 0.0
