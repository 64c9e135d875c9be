"""Made-up requests with the lines that a model should answer; endless, seeded, reproducible.

The labels follow the convention of the decomposition's line format: numbers, times and limits are
left out of them, since rules read those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Final

from planner.language.grammar import BAR, NOTHING
from planner.language.teaching.expansion import Expander, Piece, frames
from planner.language.teaching.noise import roughen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.language.teaching.expansion import Draft

_LONGEST_WORDS: Final = 95
_MOST_LINES: Final = 10
_SILENT_SHARE: Final = 0.1
_WHOLE_SHARE: Final = 0.42
_CLAUSE_WEIGHTS: Final = {
    "start": 0.1, "end": 0.1, "both": 0.05, "loop": 0.03, "see": 0.19, "place": 0.2,
    "placeneg": 0.13, "seeneg": 0.04, "walk": 0.11, "walkneg": 0.02, "avoid": 0.21,
}  # fmt: skip
_JOINTS: Final = (
    ". ", ". ", ". ", ", ", ", ", ", ", ", and ", " and ", ", then ", "; ", ". Also ", ", plus ",
    " - ", ". Oh and ", ". Then ", "! ", ", also ", ". And ",
)  # fmt: skip
_AGAINST: Final = (". ", ", ", " but ", ", but ", ". But ", "; ", " though ")
_FIRST: Final = frozenset({"start", "both", "loop"})


@dataclass(frozen=True, slots=True)
class Example:
    """A request and the lines that take it apart."""

    request: str
    answer: str


def examples(seed: int) -> Iterator[Example]:
    """Make requests without end; the same seed makes the same ones.

    Parameters
    ----------
    seed
        Decides everything.
    """
    random = Random(seed)
    while True:
        made = _example(Random(random.getrandbits(64)))
        if made is not None:
            yield made


def _example(random: Random) -> Example | None:
    expander = Expander(random)
    share = random.random()
    if share < _SILENT_SHARE:
        _ask_nothing(expander)
    elif share < _SILENT_SHARE + _WHOLE_SHARE:
        _ask_whole(expander)
    else:
        _ask_in_clauses(expander)
    draft = expander.draft
    _articles(draft.pieces)
    _punctuation(draft.pieces, random)
    roughen(draft.pieces, random)
    request = "".join(piece.text for piece in draft.pieces).strip()
    answer = _lines(draft)
    fits = len(request.split()) <= _LONGEST_WORDS and answer.count("\n") < _MOST_LINES
    return Example(request, answer) if request and fits else None


def _ask_nothing(expander: Expander) -> None:
    random, silent = expander.random, frames()["silent"]
    share = random.random()
    if share < 0.68:
        expander.say(random.choice(silent["none"]))
    elif share < 0.85:
        expander.say(random.choice(silent["injection"]))
    else:
        expander.say(random.choice(silent["opener"]))
    if random.random() < 0.3:
        expander.say(". ")
        expander.say(random.choice(silent[random.choice(("tail", "reason", "quantity"))]))


def _ask_whole(expander: Expander) -> None:
    random = expander.random
    silent = frames()["silent"]
    if random.random() < 0.12:
        expander.say(random.choice(silent[random.choice(("opener", "quantity", "injection"))]))
        expander.say(random.choice((". ", ". ", ", ", ": ", "! ")))
    expander.say(random.choice(frames()["whole"]["text"]))
    if random.random() < 0.15:
        ended = expander.draft.pieces[-1].text[-1:] in ".!?"
        expander.say(" " if ended else random.choice((". ", ", ", " ", ", ")))
        expander.say(random.choice(silent[random.choice(("tail", "quantity", "quantity"))]))


def _ask_in_clauses(expander: Expander) -> None:
    random, clause, silent = expander.random, frames()["clause"], frames()["silent"]
    rows: list[str] = []
    for _ in range(random.choices((1, 2, 3, 4), (0.2, 0.37, 0.3, 0.13))[0]):
        row = random.choices(tuple(_CLAUSE_WEIGHTS), tuple(_CLAUSE_WEIGHTS.values()))[0]
        anchors = {"both", "loop"}
        clash = row in rows or (
            (row in anchors | {"start", "end"} and anchors & set(rows))
            or (row in anchors and {"start", "end"} & set(rows))
        )
        if not clash or row in {"see", "place", "avoid"}:
            rows.append(row)
    if random.random() < 0.6:
        rows.sort(key=lambda row: (row not in _FIRST, row == "end"))
    parts = [(row, clause[row]) for row in rows]
    for table, share in (("quantity", 0.22), ("tail", 0.1), ("reason", 0.05), ("injection", 0.04)):
        if random.random() < share:
            parts.insert(random.randrange(len(parts) + 1), (table, silent[table]))
    if random.random() < 0.16:
        parts.insert(0, ("opener", silent["opener"]))
    for index, (row, choices) in enumerate(parts):
        if index:
            before = parts[index - 1][0]
            if row == "injection" or before in {"opener", "injection"}:
                joint = random.choice((". ", "! ", ". ", ", "))
            elif (row == "avoid") != (before == "avoid") and random.random() < 0.35:
                joint = random.choice(_AGAINST)
            else:
                joint = random.choice(_JOINTS)
            expander.draft.pieces.append(Piece(joint))
        expander.say(random.choice(choices))


def _punctuation(pieces: list[Piece], random: Random) -> None:
    last = pieces[-1]
    if last.text[-1:] not in ".!?":
        pieces.append(Piece(random.choices((".", "", "!", "?"), (0.52, 0.4, 0.06, 0.02))[0]))


def _articles(pieces: list[Piece]) -> None:
    """Make "a" and "an" suit the word that follows, mostly."""
    for piece, after in pairwise(pieces):
        match = re.search(r"\b([Aa])n? $", piece.text)
        if match and after.text:
            article = match.group(1) + ("n " if after.text[0] in "aeiouAEIOU" else " ")
            piece.text = piece.text[: match.start()] + article


def _lines(draft: Draft) -> str:
    """Write the wishes in the order in which they are said."""
    words = {p.wish: _one_line(p.text) for p in draft.pieces if p.wish is not None}
    dislikes = {
        wish.host: words[number]
        for number, wish in draft.wishes.items()
        if wish.role == "neg" and wish.host is not None
    }
    places = [p.wish for p in draft.pieces if p.wish is not None]
    lines: list[str] = []
    for number in places:
        wish = draft.wishes[number]
        if wish.role == "neg":
            if wish.host is None:
                lines.append(f"avoid {words[number]}")
            continue
        dislike = dislikes.get(number)
        lines.append(f"{wish.role} {words[number]}" + (BAR + dislike if dislike else ""))
        if wish.role == "start" and draft.wishes.get(number + 1) == type(wish)("end", number):
            lines.append(f"end {words[number]}")
    return "\n".join(lines) or NOTHING


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
