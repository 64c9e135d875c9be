"""How people really type: slips, no capitals, no commas, dialects; done to pieces of a request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

    from planner.language.teaching.expansion import Piece

_NEAR_KEYS: Final[dict[str, str]] = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o",
    "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc",
    "y": "tu", "z": "x",
}  # fmt: skip
_LONG_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_COMMON: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "scots": (
        (r"\bto\b", "tae"), (r"\bfrom\b", "fae"), (r"\bwith\b", "wi"), (r"\bno\b", "nae"),
        (r"\ba small\b", "a wee"), (r"\bdon't\b", "dinnae"), (r"\bcan't\b", "cannae"),
        (r"\bof\b", "o'"), (r"\bI'm\b", "ah'm"), (r"\bwould\b", "wid"), (r"\bnothing\b", "nuthin"),
        (r"\bstroll\b", "dander"), (r"\bstart\b", "stairt"), (r"\bsomething\b", "summat"),
        (r"\byour\b", "yer"), (r"\bwant\b", "wantin"),
    ),
    "north": (
        (r"\bnothing\b", "nowt"), (r"\banything\b", "owt"), (r"\bsomething\b", "summat"),
        (r"\bthe\b", "t'"), (r"\bwalk\b", "mooch"), (r"\bI want\b", "I'm after"),
        (r"\bmy\b", "me"), (r"\bisn't\b", "in't"), (r"\bvery\b", "dead"),
    ),
    "text": (
        (r"\byou\b", "u"), (r"\bare\b", "r"), (r"\bplease\b", "plz"), (r"\band\b", "n"),
        (r"\bwith\b", "w/"), (r"\bwithout\b", "w/o"), (r"\bfor\b", "4"), (r"\bwant to\b", "wanna"),
        (r"\bgoing to\b", "gonna"), (r"\bbecause\b", "cuz"), (r"\btonight\b", "2nite"),
        (r"\bgive me\b", "gimme"), (r"\bhours\b", "hrs"), (r"\bdon't\b", "dont"),
        (r"\bI am\b", "im"), (r"\bthanks\b", "thx"), (r"\babout\b", "abt"),
    ),
    "learner": (
        (r"\bI'd like\b", "I would like to have"), (r"\bthe \b", ""), (r"\ba \b", ""),
        (r"\bsee\b", "to see"), (r"\bI want\b", "I am wanting"), (r"\bwe want\b", "we are wishing"),
        (r"\bno\b", "not any"), (r"\bplease\b", "please kindly"), (r"\bstart\b", "to start"),
        (r"\bin the end\b", "at last"), (r"\bdon't like\b", "am not liking"),
    ),
    "aussie": (
        (r"\bthis afternoon\b", "this arvo"), (r"\bbreakfast\b", "brekkie"),
        (r"\bI'd like\b", "keen for"), (r"\bI want\b", "keen on"), (r"\bgood\b", "ripper"),
        (r"\bthanks\b", "ta mate"),
    ),
    "southern": (
        (r"\bwe want\b", "we're fixin' to get"), (r"\byou\b", "y'all"), (r"\bisn't\b", "ain't"),
        (r"\bI want\b", "I reckon I want"), (r"\bwalking\b", "walkin'"), (r"\bgoing\b", "goin'"),
        (r"\bstarting\b", "startin'"), (r"\bending\b", "endin'"),
    ),
}  # fmt: skip


def roughen(pieces: list[Piece], random: Random) -> None:
    """Make pieces look typed by somebody in a hurry, from somewhere, in place."""
    if random.random() < 0.15:
        _speak(pieces, random.choice(tuple(_COMMON)), random)
    if random.random() < 0.2:
        _slip(pieces, random)
    if random.random() < 0.12:
        for piece in pieces:
            if piece.wish is None:
                piece.text = re.sub(r"\band\b", random.choice(("&", "+", "n", "an")), piece.text)
    style = random.random()
    _punctuate(pieces, random)
    if style < 0.3:
        for piece in pieces:
            piece.text = piece.text.lower()
    elif style < 0.315:
        for piece in pieces:
            piece.text = piece.text.upper()
    elif style < 0.88:
        _capitalise(pieces)


def _speak(pieces: list[Piece], manner: str, random: Random) -> None:
    for pattern, instead in _COMMON[manner]:
        if random.random() < 0.25:
            continue
        for piece in pieces:
            if piece.wish is None:
                piece.text = re.sub(pattern, instead, piece.text)


def _slip(pieces: list[Piece], random: Random) -> None:
    """Mistype one to three words."""
    for _ in range(random.choice((1, 1, 2, 3))):
        piece = random.choice(pieces)
        words = list(_LONG_WORD.finditer(piece.text))
        if words:
            word = random.choice(words)
            wrong = _mistype(word.group(), random)
            piece.text = piece.text[: word.start()] + wrong + piece.text[word.end() :]


def _mistype(word: str, random: Random) -> str:
    at = random.randrange(1, len(word) - 1)
    kind = random.randrange(5)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    if kind == 3:
        return word[:at] + random.choice(_NEAR_KEYS.get(word[at].lower(), "e")) + word[at + 1 :]
    vowel = re.search(r"[aeiou]", word[1:])
    return word if vowel is None else word[: vowel.start() + 1] + word[vowel.end() + 1 :]


def _punctuate(pieces: list[Piece], random: Random) -> None:
    if random.random() < 0.14:
        for piece in pieces:
            piece.text = re.sub(r"['’]", "", piece.text)
    elif random.random() < 0.1:
        for piece in pieces:
            piece.text = piece.text.replace("'", "’")
    share = random.random()
    if share < 0.07:
        for piece in pieces:
            if piece.wish is None:
                piece.text = re.sub(r"[,;.!?:]", "", piece.text)
    elif share < 0.12:
        for piece in pieces:
            if piece.wish is None:
                piece.text = re.sub(
                    r", ", random.choice(("\n", "; ", " - ", ",", "... ")), piece.text
                )


def _capitalise(pieces: list[Piece]) -> None:
    """Begin each sentence with a capital letter."""
    fresh = True
    for piece in pieces:
        letters = list(piece.text)
        for at, letter in enumerate(letters):
            if letter.isalnum():
                if fresh:
                    letters[at] = letter.upper()
                fresh = False
            elif letter in ".!?" and (at + 1 == len(letters) or letters[at + 1].isspace()):
                fresh = True
        piece.text = "".join(letters)
