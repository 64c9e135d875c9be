"""What may be said of a walk, and whether a sentence keeps to it.

Names and tags come from maps and files of unknown hands. They are data: control characters and
markup are taken out before they reach a model, a terminal or a page, and no word of them is ever
followed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from planner.domain import OpenState

_LONGEST: Final = 120
_MARKUP: Final = re.compile(r"[<>\[\]{}|*_#`\\~^=\"“”]")
_WORD: Final = re.compile(r"\w+(?:[-'’]\w+)*")
_NUMBER: Final = re.compile(r"\d+(?:[.:,]\d+)*")
_ALLOWED_MARKS: Final = frozenset(" .,;:!?'’()-–&/éèêáàâíóöäåøæüñç")
_WRONG_ARTICLE: Final = re.compile(
    r"\ba (?=[aeio])(?!one\b|eu)|\ban (?=[bcdfgjklmnpqrstvwxyz])", re.IGNORECASE
)
_REPEATABLE_LENGTH: Final = 3


# The plain words in which any stop may be told. Words that would give a reason ("wish", "asked",
# "way", "quiet") are not among them: those have to come from the stop's own facts.
TELLING_WORDS: Final = frozenset(
    """
    a about after all also an and are as at away be because before both break breath but by can
    chance come comes day do each eat enjoy enough every explore fits for from get give gives go
    good great here in inside into is it its just leave let like linger little long look lovely
    make makes many may moment more next nice of on once or other out outside over own part
    pause place places pleasant plenty quick rest right see sight simple sit so some soon spot
    stand stands stay step stop stops stroll such take takes taste that the their them then
    there these they this through time to too toward towards turn up us visit waits walk walker
    walking welcome well what when where which while with within worth you your yourself offer
    offers ideal fine short brief
    """.split()  # noqa: SIM905 - a list of words reads better than two hundred strings
)

# What most reasons are made of; the rest of a reason says which one it is.
REASON_WORDS: Final = frozenset({"answer", "answers", "asked", "wish", "wished", "name"})


def plain(text: str, longest: int = _LONGEST) -> str:
    """Return a text as harmless words on one line, cut to a length.

    Control and direction characters and markup go; a web address keeps no working form.
    """
    text = unicodedata.normalize("NFC", text)
    # Letters, marks, numbers, punctuation, symbols and spaces stay; C* is control and unassigned.
    text = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in text)
    text = _MARKUP.sub("", text).replace("://", " ")
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class StopFacts:
    """What may be said of one stop.

    Attributes
    ----------
    name, category
        The place's name, and the label of its category in lower case ("art museum").
    arrive
        Local time as HH:MM.
    stay_minutes
        How long the visit is.
    why
        Why the stop is in the walk: a sentence, or empty.
    about
        What such a place is for, in a few words, or empty.
    open
        Whether it is open during the stay.
    streets
        Names of the streets walked to get there, in order.
    walk_m, walk_minutes, by_ferry
        The way there: metres on foot, minutes in all, whether part of it is by ferry.
    """

    name: str
    category: str
    arrive: str
    stay_minutes: int
    why: str = ""
    about: str = ""
    open: OpenState = "unknown"
    streets: tuple[str, ...] = ()
    walk_m: float = 0.0
    walk_minutes: int = 0
    by_ferry: bool = False


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What may be said of a walk: its frame, its stops in order, its totals.

    ``begin`` and ``finish`` are local times as HH:MM.
    """

    city: str
    date: dt.date
    begin: str
    finish: str
    stops: tuple[StopFacts, ...]
    walk_m: float
    start_name: str | None = None
    end_name: str | None = None
    end_walk_minutes: int = 0
    end_by_ferry: bool = False


def objection(sentence: str, stop: StopFacts, facts: PlanFacts) -> str | None:
    """Say why a model's sentence about a stop must not be shown, or return ``None``.

    Every name and number in it has to be a fact of this stop; every other word has to be a word
    of its facts or one of the plain words in which a walk is told, since a small model that may
    use any word soon tells of kings and centuries.
    """
    for found in (
        _odd_character(sentence),
        _foreign_number(sentence, stop),
        _foreign_name(sentence, stop, facts),
        _other_stop(sentence, stop, facts),
        _foreign_word(sentence, stop, facts),
        _clumsy(sentence),
        _lost_reason(sentence, stop),
    ):
        if found:
            return found
    return None


def _words(text: str) -> list[str]:
    return _WORD.findall(plain(text))


def _odd_character(sentence: str) -> str | None:
    for char in sentence:
        if not (char.isalnum() or char in _ALLOWED_MARKS):
            return f"the character {char!r}"
    return None


def _foreign_number(sentence: str, stop: StopFacts) -> str | None:
    known = set(_NUMBER.findall(" ".join(_all_texts(stop))))
    for number in _NUMBER.findall(sentence):
        if number not in known:
            return f"the number {number}"
    return None


def _foreign_name(sentence: str, stop: StopFacts, facts: PlanFacts) -> str | None:
    names = [_lower(text) for text in (*_all_texts(stop), facts.city)]
    run: list[str] = []
    ends = [*_WORD.finditer(sentence), None]
    last_end = 0
    for index, match in enumerate(ends):
        joined = match is not None and sentence[last_end : match.start()].strip(" ") == ""
        if run and (match is None or not joined or not _is_name(match.group())):
            if not _within(run, names) and not (index == len(run) and _begins_plainly(run, names)):
                return f"the name {' '.join(run)}"
            run = []
        if match is not None and _is_name(match.group()):
            run.append(match.group())
        last_end = match.end() if match is not None else last_end
    return None


def _begins_plainly(run: list[str], names: list[list[str]]) -> bool:
    """Whether a run only begins a sentence, whose first word is written large in any case."""
    return run[0].casefold() in TELLING_WORDS and (len(run) == 1 or _within(run[1:], names))


def _other_stop(sentence: str, stop: StopFacts, facts: PlanFacts) -> str | None:
    own, said = _lower(stop.name), _lower(sentence)
    for other in facts.stops:
        name = _lower(other.name)
        if name != own and _within(name, [said]) and not _within(name, [own]):
            return f"another stop, {other.name}"
    return None


def _foreign_word(sentence: str, stop: StopFacts, facts: PlanFacts) -> str | None:
    known = {word for text in (*_all_texts(stop), facts.city) for word in _lower(text)}
    for word in _lower(sentence):
        if word not in known and word not in TELLING_WORDS and not _NUMBER.fullmatch(word):
            return f"the word {word}"
    return None


def _clumsy(sentence: str) -> str | None:
    """Find what a small model's slips look like: a wrong article, a word again and again."""
    if _WRONG_ARTICLE.search(sentence):
        return "a wrong article"
    long_words = [word for word in _lower(sentence) if len(word) > _REPEATABLE_LENGTH]
    if len(set(long_words)) < len(long_words):
        return "a word said twice"
    return None


def _lost_reason(sentence: str, stop: StopFacts) -> str | None:
    """Find that a word of the reason is gone, though the sentence stands in its place."""
    wanted = {word for word in _lower(stop.why) if len(word) > _REPEATABLE_LENGTH}
    wanted -= TELLING_WORDS | REASON_WORDS
    lost = wanted - set(_lower(sentence))
    return f"the reason's {min(lost)} is lost" if lost else None


def _all_texts(stop: StopFacts) -> tuple[str, ...]:
    return (stop.name, stop.category, stop.why, stop.about, stop.arrive, *stop.streets)


def _lower(text: str) -> list[str]:
    return [word.casefold() for word in _words(text)]


def _is_name(word: str) -> bool:
    """Whether a word is written large, or in a script that has no small letters."""
    return word[0].isupper() or any(
        char.isalpha() and not unicodedata.name(char, "").startswith("LATIN") for char in word
    )


def _within(run: Iterable[str], names: list[list[str]]) -> bool:
    wanted = [word.casefold() for word in run]
    size = len(wanted)
    return any(
        name[first : first + size] == wanted
        for name in names
        for first in range(len(name) - size + 1)
    )
