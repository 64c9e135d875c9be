"""Chips: what was understood, as parts of a sentence that can be changed, held and left out.

A request stays one sentence with some options, which the command line takes as well. What a person
does to a chip changes one or the other; nothing here plans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from planner.drawing.lettering import clean
from tui.framing import without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.itinerary.document import PlanDocument

_WISH_OF_A_DISLIKE = "places"
_PHRASES = {
    "start": "start at {}",
    "end": "end at {}",
    "must": "see {}",
    "without": "no {}",
    "wish": "{}",
    "whole": "{}",
}
_OPTIONS = {"start": "--start", "end": "--end", "must": "--must", "without": "--avoid"}
_SAID = {"start": r"\b(?:start|begin)", "end": r"\b(?:end|finish)"}


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that was understood.

    Attributes
    ----------
    kind
        ``start``, ``end``, ``must``, ``wish``, ``without``, ``whole`` (of the walk), ``frame``,
        ``proposed`` (what nobody said, though the hours suggest it) or ``unknown`` (words that
        nothing knows).
    words
        As they stand in the request.
    state
        ``pinned`` holds for the next requests too; ``off`` waits to be switched on again.
    """

    kind: str
    words: str
    state: Literal["on", "off", "pinned"] = "on"

    @property
    def label(self) -> str:
        """What a person reads."""
        if self.kind in {"start", "end"}:
            words = f"{self.kind}: {self.words}"
        else:
            words = {
                "must": f"see {self.words}",
                "without": f"– {self.words}",
                "proposed": f"+ {self.words}",
                "unknown": f"? {self.words}",
            }.get(self.kind, self.words)
        if self.state == "off":
            return f"(off: {words})"
        return f"[⚿ {words}]" if self.state == "pinned" else f"[{words}]"

    @property
    def phrase(self) -> str:
        """The chip as part of a sentence."""
        return _PHRASES.get(self.kind, "{}").format(self.words)

    def is_same(self, other: Chip) -> bool:
        """Whether another chip says the same, in whatever state."""
        return (self.kind, self.words.casefold()) == (other.kind, other.words.casefold())


def chips_of(
    document: PlanDocument, *, off: Sequence[Chip] = (), pinned: Sequence[Chip] = ()
) -> tuple[Chip, ...]:
    """Return the chips of a plan, and those that are switched off.

    Parameters
    ----------
    document
        The plan.
    off, pinned
        What the person switched off, and what they hold.
    """
    chips: list[Chip] = []
    for wish in document.understood.subrequests:
        words = clean(wish.pos)
        if wish.proposed is True:
            chips.append(Chip("proposed", words))
        elif wish.type in {"start", "end"}:
            chips.append(Chip(wish.type, words))
        elif wish.mustsee:
            chips.append(Chip("must", words))
        elif wish.neg is None or wish.pos != _WISH_OF_A_DISLIKE:
            chips.append(Chip("whole" if wish.type == "itinerary" else "wish", words))
        if wish.neg:
            chips.append(Chip("without", clean(wish.neg)))
    chips += [Chip("unknown", clean(words)) for words in document.understood.not_understood or ()]
    hours = document.settings.hours
    is_said = document.understood.hours in {None, hours}
    if not is_said or not any(chip.kind == "whole" for chip in chips):
        chips.append(Chip("frame", f"{hours:g} h"))

    def held(chip: Chip) -> Chip:
        is_pinned = any(chip.is_same(each) for each in pinned)
        return replace(chip, state="pinned") if is_pinned else chip

    shown = [held(chip) for chip in chips]
    shown += [each for each in off if not any(each.is_same(chip) for chip in shown)]
    return tuple(shown)


def left_out(text: str, options: Sequence[str], chip: Chip) -> tuple[str, list[str]] | None:
    """Return a request without what a chip says, ``None`` where nothing of it can go.

    Parameters
    ----------
    text, options
        The request and its options.
    chip
        What to leave out.
    """
    fewer = _without_option(options, _OPTIONS.get(chip.kind, ""), chip.words)
    if fewer is not None:
        return text, fewer
    if chip.kind == "must":
        # A name may be written in many ways; the planner knows which place is meant.
        return text, [*options, "--forgo", chip.words]
    if chip.kind == "proposed":
        # It stands nowhere in the words.
        return text, [*options, "--avoid", chip.words]
    shorter = without(text, chip.words)
    return None if not shorter or shorter == text else (shorter, list(options))


def put_back(text: str, options: Sequence[str], chip: Chip) -> tuple[str, list[str]]:
    """Return a request with what a chip says, which was left out before."""
    option = "--avoid" if chip.kind == "proposed" else "--forgo"
    fewer = _without_option(options, option, chip.words)
    if fewer is not None:
        return text, fewer
    return _joined(text, chip.phrase), list(options)


def reworded(
    text: str, options: Sequence[str], chip: Chip, words: str
) -> tuple[str, list[str]] | None:
    """Return a request in which a chip says something else, ``None`` where it cannot."""
    option = _OPTIONS.get(chip.kind, "")
    fewer = _without_option(options, option, chip.words)
    if fewer is not None:
        return text, [*fewer, option, words]
    if chip.kind == "proposed":
        return _joined(text, words), list(options)
    pattern = r"\s+".join(re.escape(word) for word in chip.words.split())
    changed = re.sub(pattern, lambda _found: words, text, count=1, flags=re.IGNORECASE)
    if changed != text:
        return changed, list(options)
    gone = left_out(text, options, chip)
    return None if gone is None else put_back(*gone, replace(chip, words=words))


def with_pinned(text: str, pinned: Sequence[Chip]) -> str:
    """Return a new request with what is held, where it does not say so itself."""
    for chip in pinned:
        said = re.search(_SAID[chip.kind], text, re.IGNORECASE) if chip.kind in _SAID else None
        if chip.kind != "frame" and said is None and chip.words.casefold() not in text.casefold():
            text = _joined(text, chip.phrase)
    return text


def _joined(text: str, phrase: str) -> str:
    return f"{text.rstrip(' ,.')}, {phrase}" if text.strip() else phrase


def _without_option(options: Sequence[str], option: str, words: str) -> list[str] | None:
    """Return options without one that says some words, ``None`` if there is none."""
    for at, token in enumerate(options):
        if token == option and option and options[at + 1].casefold() == words.casefold():
            return [*options[:at], *options[at + 2 :]]
    return None
