"""The words of a small model: a closed vocabulary of its domain, one token a word.

Circumstances, prospects, reasons, latent tokens and intents are all written in it, so that a sample
is as short as it can be, and what a model says can always be read. The domain is intents unless a
:class:`Lexicon` of another one is handed along.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from planner.intents.context import DAYS
from planner.intents.distill.curriculum import BLOCKS, LATENT
from planner.intents.distill.samples import END, LEFT, LEVELS, LIGHT
from planner.intents.vocabulary import Vocabulary

SKIES = ("dry", "rain", "hot", "cold")
TRIGGERS = ("hungry", "thirsty", "tired", "rain_starts", "ticket")
WORDS = (
    "offers", "min", "from", "until", "at", "walk", "stay", "open", "hours", "unknown", "left",
    "due", "dark", "stops", "most", "for", "under", "roof", "workday", "weekend", "holiday",
    "walked:far", "rain", "hot", "cold",
)  # fmt: skip
_WORD = re.compile(r"<[^<>]+>|[^\s<>]+")
FRAME = (
    "<pad>",
    END,
    "<THOUGHT>",
    "</THOUGHT>",
    *(f"<{block}>" for block in BLOCKS),
    *(f"</{block}>" for block in BLOCKS),
    *LATENT,
)
"""What every lexicon begins with: the words around reasons and the latent ones."""


@dataclass(frozen=True)
class Lexicon:
    """The words of a model; the number of one is its place.

    Attributes
    ----------
    words
        Each once; they begin with :data:`FRAME`.

    Raises
    ------
    ValueError
        If they begin otherwise, or a word stands there twice.
    """

    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.words[: len(FRAME)] != FRAME:
            raise ValueError("a lexicon begins with the words around reasons")
        if len(set(self.words)) != len(self.words):
            raise ValueError("a lexicon has each word once")

    @cached_property
    def digest(self) -> str:
        """A short name; a model of another lexicon is not for this program."""
        return hashlib.sha256("\n".join(self.words).encode()).hexdigest()[:16]

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the numbers of a text's words.

        Raises
        ------
        ValueError
            If a word is not in the lexicon.
        """
        try:
            return tuple(self._numbers[word] for word in split(text))
        except KeyError as error:
            raise ValueError(f"the vocabulary of intents has no word {error}") from error

    def decode(self, numbers: tuple[int, ...]) -> str:
        """Return the words of numbers, a space between two."""
        return " ".join(self.words[number] for number in numbers)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.words)}


def split(text: str) -> list[str]:
    """Return the words of a text."""
    return _WORD.findall(text)


@lru_cache(maxsize=1)
def intents_lexicon() -> Lexicon:
    """Return the words of intents."""
    keys = tuple(intent.key for intent in Vocabulary.load())
    levels = range(len(LEVELS) + 1)
    return Lexicon(
        (
            *FRAME,
            *keys,
            *DAYS,
            *WORDS,
            *(f"{hour}h" for hour in range(24)),
            *(f":{minute:02}" for minute in range(60)),
            *(str(number) for number in range(100)),
            *(f"{hundreds}00+" for hundreds in range(1, 9)),
            *(f"left:{minutes}" for minutes in LEFT),
            *(f"light:{minutes}" for minutes in LIGHT),
            *(f"sky:{sky}" for sky in SKIES),
            *(f"trigger:{trigger}" for trigger in TRIGGERS),
            *(f"done:{key}" for key in keys),
            *(f"likes:{key}" for key in keys),
            *(f"now{now}best{best}" for now in levels for best in levels),
        )
    )


def words() -> tuple[str, ...]:
    """Return all words of intents."""
    return intents_lexicon().words


def digest() -> str:
    """Return the short name of the words of intents."""
    return intents_lexicon().digest


def encode(text: str) -> tuple[int, ...]:
    """Return the numbers of a text about intents; see :meth:`Lexicon.encode`."""
    return intents_lexicon().encode(text)


def decode(numbers: tuple[int, ...]) -> str:
    """Return the words of numbers, a space between two."""
    return intents_lexicon().decode(numbers)
