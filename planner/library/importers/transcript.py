"""Transcripts of videos (``.srt``, ``.vtt``) taken apart into blocks of what was said together."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from planner.library.importers.fields import tidy
from planner.library.importers.prose import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIMES = re.compile(
    r"^\s*((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})\s*-->\s*((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})"
)
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_SOUND = re.compile(r"[\[(♪][^\])♪]{0,80}[\])♪]")
_PAUSE_S = 2.5
_BLOCK_WORDS = 60
_ENDED = re.compile(r"[.!?…][\"”’)]*$")


def blocks(text: str) -> list[Block]:
    """Return the blocks of a transcript; a row is the number of a cue.

    Cues that scroll, so that each line is said twice, are put together. Broken times are no reason
    to lose what was said.
    """
    found: list[Block] = []
    words: list[str] = []
    began, ended = 1, 0.0

    def close() -> None:
        if words:
            found.append(Block("paragraph", " ".join(words), began))
            words.clear()

    said: list[str] = []
    for number, (start, stop, lines) in enumerate(_cues(text), start=1):
        fresh = [line for line in lines if line not in said]
        said = lines or said
        if not fresh:
            ended = stop
            continue
        full = len(words) > _BLOCK_WORDS and _ENDED.search(words[-1]) is not None
        if start - ended > _PAUSE_S or full or len(words) > 3 * _BLOCK_WORDS:
            close()
        if not words:
            began = number
        words += " ".join(fresh).split()
        ended = stop
    close()
    return found


def _cues(text: str) -> Iterator[tuple[float, float, list[str]]]:
    """Yield start, end and lines of each cue."""
    start = stop = 0.0
    lines: list[str] = []
    note = False
    met = False
    for line in text.splitlines():
        found = _TIMES.match(line)
        if found is not None or "-->" in line:
            if lines and lines[-1].strip().isdigit():
                lines.pop()
            if met and lines:
                yield start, stop, lines
            lines, met, note = [], True, False
            if found is not None:
                start, stop = _seconds(found[1]), _seconds(found[2])
            continue
        if line.startswith(("NOTE", "STYLE", "REGION")) and not lines:
            note = True
        if not line.strip():
            note = False
            continue
        spoken = tidy(_SOUND.sub(" ", html.unescape(_TAG.sub("", line))))
        if met and not note and (spoken or line.strip().isdigit()):
            lines.append(spoken)
    if met and lines:
        yield start, stop, lines


def _seconds(time: str) -> float:
    total = 0.0
    for part in time.replace(",", ".").split(":"):
        total = 60 * total + float(part)
    return total
