"""What a post writes around a name: the head of a line, the rest of a sentence, an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planner.library.findings import DESCRIPTION_WORDS
from planner.library.importers import fields
from planner.library.importers.phrases import EDGES, SENTENCE, bare, tokens_of
from planner.library.importers.prose import without_bullet
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from planner.library.importers.prose import Block

_LEAD_END = re.compile(r"\s+[–—\-|→]+\s+|\s*[–—|→]\s+|:\s+|\s*[:(]|,\s|\.\s|;\s")
_SLASH = re.compile(r"\s*/\s*")
_STREET = re.compile(r"([^\W\d_][\w .'’-]{2,60}?\s\d{1,4}[a-zA-Z]?)(?=\s*[,).;–—-]|\s*$)")
URL = re.compile(r"(?:https?://|geo:)[^\s<>\"')\]]+", re.IGNORECASE)
_EMOJI = re.compile(r"[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\u20e3]+")
_STEM = 4


def without_case(name: str, known: str) -> str:
    """Return a name without the endings of its case: "Kauppatorilla" is Kauppatori.

    Words that the known name has with another ending are taken from it; where a word has no
    counterpart, as in a translation, the name stays as the post has it.
    """
    own = {fold(word): word for word in known.split()}
    words: list[str] = []
    for word in name.split():
        folded = fold(word)
        alike = [
            other
            for other in own
            if folded == other or folded.startswith(other[: max(_STEM, len(other) - 2)])
        ]
        if not alike:
            return name
        words.append(word if folded in own else own[max(alike, key=len)])
    return " ".join(words)


def standing(name: str, blocks: Sequence[Block]) -> tuple[str, int, int]:
    """Return a name as the post writes it, with its row and place; empty if it is not there."""
    wanted = fold(name).split()
    if not wanted:
        return "", 0, 0
    for block in blocks:
        tokens = tokens_of(block.text)
        folded = [fold(token.text) for token in tokens]
        for at in range(len(tokens) - len(wanted) + 1):
            if folded[at : at + len(wanted)] == wanted:
                start, end = tokens[at].start, tokens[at + len(wanted) - 1].end
                return block.text[start:end], block.row, start
    return "", 0, 0


def leads(block: Block, lead: str) -> Iterator[tuple[int, int]]:
    """Yield where the names at the head of a heading or item stand."""
    start = block.text.rfind(lead) if lead else 0
    found = _LEAD_END.search(lead)
    head = lead[: found.start()] if found is not None and found.start() > 0 else lead
    if (
        found is not None
        and fold(head).split()[-1:]
        and (
            fold(head).split()[-1] in {"stop", "day", "no", "number", "tip"}
            or fold(head).split()[-1].isdigit()
        )
    ):
        # "Stop 2: Café Engel", "Day 1 – Suomenlinna".
        rest = lead[found.end() :]
        start += found.end()
        found = _LEAD_END.search(rest)
        head = rest[: found.start()] if found is not None and found.start() > 0 else rest
    for part in _SLASH.split(head):
        name = bare(_EMOJI.sub(" ", part))
        at = block.text.find(name, start) if name else -1
        if at >= 0:
            yield at, at + len(name)


def rest_of(sentence: str, name: str) -> str:
    """Return what a sentence says: all of it, or what follows where the name only leads it."""
    lead, _marked = without_bullet(sentence)
    if lead.startswith(name):
        rest = lead[len(name) :]
        if not rest.strip(EDGES):
            return ""
        if rest.lstrip()[:1] in set("–—-:|→(,"):
            rest = rest.strip(EDGES)
            address = _STREET.match(rest)
            return rest[address.end() :].strip(EDGES) if address is not None else rest
    parts = [part.strip(EDGES) for part in _SLASH.split(lead)]
    return "" if len(parts) > 1 and name in parts else lead


def address_after(text: str, name: str) -> str:
    """Return the street and number that follow a name in its line, empty if none do."""
    after = text[text.find(name) + len(name) :]
    if after.lstrip()[:1] not in {",", "("}:
        return ""
    found = _STREET.match(after.lstrip(" ,("))
    return found[1] if found is not None else ""


def shortest(descriptions: Iterable[str]) -> str:
    """Return at most thirty words of the post about a place: whole sentences where they fit."""
    said = [
        text
        for text in dict.fromkeys(fields.note(URL.sub(" ", text)) for text in descriptions)
        if text
    ]
    if not said:
        return ""
    first = said[0]
    words = first.split()
    if len(words) <= DESCRIPTION_WORDS:
        return first
    kept = ""
    for sentence in SENTENCE.split(first):
        longer = f"{kept} {sentence}".strip()
        if len(longer.split()) > DESCRIPTION_WORDS:
            break
        kept = longer
    return kept or " ".join(words[:DESCRIPTION_WORDS])
