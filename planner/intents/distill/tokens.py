"""The words of the small model: a closed vocabulary of this domain, one token a word.

Circumstances, prospects, reasons, latent tokens and intents are all written in it, so that a sample
is as short as it can be, and what a model says can always be read.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

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


@lru_cache(maxsize=1)
def words() -> tuple[str, ...]:
    """Return all words; the number of one is its place."""
    keys = tuple(intent.key for intent in Vocabulary.load())
    levels = range(len(LEVELS) + 1)
    return (
        "<pad>",
        END,
        "<THOUGHT>",
        "</THOUGHT>",
        *(f"<{block}>" for block in BLOCKS),
        *(f"</{block}>" for block in BLOCKS),
        *LATENT,
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


@lru_cache(maxsize=1)
def _numbers() -> dict[str, int]:
    return {word: number for number, word in enumerate(words())}


@lru_cache(maxsize=1)
def digest() -> str:
    """Return a short name of the vocabulary; a model of another one is not for this program."""
    return hashlib.sha256("\n".join(words()).encode()).hexdigest()[:16]


def encode(text: str) -> tuple[int, ...]:
    """Return the numbers of a text's words.

    Raises
    ------
    ValueError
        If a word is not in the vocabulary.
    """
    numbers = _numbers()
    try:
        return tuple(numbers[word] for word in _WORD.findall(text))
    except KeyError as error:
        raise ValueError(f"the vocabulary of intents has no word {error}") from error


def decode(numbers: tuple[int, ...]) -> str:
    """Return the words of numbers, a space between two."""
    known = words()
    return " ".join(known[number] for number in numbers)
