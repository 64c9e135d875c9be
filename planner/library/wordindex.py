"""The full text of places: every script, accents folded, slips of the pen forgiven.

Words are folded by :func:`planner.library.words.fold` on both sides and indexed by SQLite's FTS5.
Scripts written without spaces are split into their signs, and asked for as a run of them. A word
that the library does not know as it stands is read as the words it may have been meant for: those
it begins, those that hold it ("kirkko" in "tuomiokirkko"), and those a slip or two away.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from planner.library.catalogue import Catalogue
from planner.library.words import fold, singular

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from numpy.typing import NDArray

    class Rows(Protocol):
        """A database that can be asked and changed."""

        def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
            """Return what a query finds."""

        def run(self, statement: str, *values: object) -> int:
            """Change something."""

        def state(self) -> object:
            """Return what differs once anything was changed."""

    from planner.domain import Place
    from planner.library.holdings import Holding

_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])"
)
_INSERT = "INSERT INTO place_words (rowid, names, kinds, labels, words) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Words:
    """A place's text, folded, by how much a match in it tells."""

    names: str
    kinds: str
    labels: str
    words: str


def folded(text: str) -> str:
    """Return folded text, signs of scripts without spaces apart."""
    plain = fold(text)
    return plain if plain.isascii() else " ".join(_UNSPACED.sub(r" \1 ", plain).split())


def words_of(place: Holding | Place) -> Words:
    """Return the text of a place by which it is found."""
    description = getattr(place, "description", "") or place.tags.get("description", "")
    labels = getattr(place, "labels", ())
    told = (place.notes, description, place.address or "", *place.tags.values())
    return Words(
        names=f" {_NAME_BREAK} ".join(
            dict.fromkeys(
                folded(name)
                for value in (place.name, *place.names.values())
                for name in value.split(";")
            )
        ),
        kinds=_kinds(place.category) if place.category else "",
        labels=folded(" ; ".join(labels)) if labels else "",
        words=folded(" ; ".join(text for text in told if text)),
    )


def add_words(db: Rows, number: int, words: Words) -> None:
    """Enter a place's text under its row number."""
    db.run(_INSERT, number, words.names, words.kinds, words.labels, words.words)


def drop_words(db: Rows, number: int) -> None:
    """Take a place's text out again."""
    db.run("DELETE FROM place_words WHERE rowid = ?", number)


@lru_cache(maxsize=1024)
def _kinds(category: str) -> str:
    known = Catalogue.load().categories.get(category)
    if known is None:
        return folded(category.replace("_", " "))
    return folded(" ; ".join((known.label, *known.aliases)))


_WEIGHTS = (1.0, 0.75, 0.75, 0.5)
_EXACT, _BEGINS, _HOLDS, _SLIP = 1.0, 0.85, 0.65, 0.75
_WHOLE_NAME = 0.35
"""What a name is worth that is asked for in full."""
_SHORTEST_SLIP, _TWO_SLIPS = 5, 8
_SHORTEST_HELD = 4
_SHORTEST_BEGUN = 2
_MOST_READINGS = 24
_MOST_WORDS = 12
_LONGEST = 1000
_NAMED = 1.2
"""A score that only a name reaches which is asked for as good as in full."""
_CANDIDATES = 150
_FEW = 10
_COMMON = 3000
"""A word that stands in more places than this is common."""
_NAME_BREAK = "|"
_SMALL = frozenset(
    {"a", "an", "and", "at", "by", "de", "der", "die", "for", "in", "la", "le", "near", "of"}
    | {"on", "or", "place", "places", "some", "something", "somewhere", "that", "the", "to"}
    | {"where", "with"}
)


@dataclass(frozen=True, slots=True)
class TextHit:
    """A place found by its text: its row number, and how well it answers, 0 to about 1.35."""

    number: int
    score: float


class _Fits(dict[str, float]):
    """How well words of places answer one word of a question, worked out once for each."""

    def __init__(self, word: str, readings: Mapping[str, float], *, begins: bool) -> None:
        super().__init__(readings)
        self._word, self._begins = word, begins

    def __missing__(self, word: str) -> float:
        fit = _BEGINS if self._begins and word.startswith(self._word) else 0.0
        self[word] = fit
        return fit


@dataclass(frozen=True, slots=True)
class _Asked:
    """A word of a question, and the words of the library it may mean with how likely that is.

    ``places`` says in about how many places it stands.
    """

    word: str
    readings: tuple[str, ...]
    begins: bool
    fits: _Fits
    places: int

    @property
    def expression(self) -> str:
        """The word in the language of FTS5."""
        terms = [f'"{word}"' for word in self.readings]
        if self.begins:
            terms.append(f'"{self.word}" *')
        return f"({' OR '.join(terms)})"


class WordIndex:
    """Finds places of one database by their text.

    Parameters
    ----------
    db
        A database with the tables ``places``, ``place_words`` and ``place_vocabulary``.
    """

    def __init__(self, db: Rows) -> None:
        self._db = db
        self._state: object = None
        self._known: dict[str, int] = {}
        self._terms: list[str] = []
        self._by_length: dict[int, tuple[list[str], NDArray[np.uint64]]] = {}
        self._all = ""

    def find(self, query: str, *, limit: int = 50, where: str = "") -> tuple[TextHit, ...]:
        """Return the places that answer a question best.

        Parameters
        ----------
        query
            What a person typed.
        limit
            How many at most.
        where
            A condition on the columns of ``places`` (as ``p``), in SQL, made by the program.
        """
        asked = self._asked(query)
        if not asked:
            return self._find_signs(query, limit, where)
        hits = [TextHit(int(row[0]), _score(asked, row[1:])) for row in self._all_of(asked, where)]
        named = any(hit.score > _NAMED for hit in hits)
        if len(asked) > 1 and len(hits) < min(limit, _FEW) and not named:
            known = {hit.number for hit in hits}
            hits += [
                TextHit(int(row[0]), _score(asked, row[1:]))
                for row in self._match(_any_of(asked), where)
                if row[0] not in known
            ]
        hits.sort(key=lambda hit: (-hit.score, hit.number))
        return tuple(hit for hit in hits[:limit] if hit.score > 0)

    def _all_of(self, asked: Sequence[_Asked], where: str) -> list[tuple[Any, ...]]:
        expression = " AND ".join(each.expression for each in asked)
        if min(each.places for each in asked) <= _COMMON:
            return self._match(expression, where)
        # To rank all that match would take longer than a person waits; names tell most.
        rows = self._match(f"names : ({expression})", where)
        known = {row[0] for row in rows}
        others = self._match(expression, where, ranked=False)
        return rows + [row for row in others if row[0] not in known]

    def _match(self, expression: str, where: str, *, ranked: bool = True) -> list[tuple[Any, ...]]:
        # The nested query ranks; reading the text of all that match would take longer.
        joined = f"JOIN places p ON p.number = place_words.rowid AND {where}" if where else ""
        order = "ORDER BY bm25(place_words, 10.0, 5.0, 5.0, 1.0)" if ranked else ""
        found = (
            f"SELECT place_words.rowid AS n FROM place_words {joined} "  # noqa: S608 - made here
            f"WHERE place_words MATCH ? {order} LIMIT ?"
        )
        columns = "w.rowid, w.names, w.kinds, w.labels, w.words"
        query = f"SELECT {columns} FROM ({found}) f JOIN place_words w ON w.rowid = f.n"  # noqa: S608
        return self._db.rows(query, expression, _CANDIDATES)

    def _find_signs(self, query: str, limit: int, where: str) -> tuple[TextHit, ...]:
        """Find names without any letter, such as an emoji."""
        signs = query.strip()[:_LONGEST]
        if not signs:
            return ()
        rows = self._db.rows(
            f"SELECT number FROM places p WHERE instr(name, ?) {'AND ' + where if where else ''} "  # noqa: S608
            "ORDER BY length(name), number LIMIT ?",
            signs,
            limit,
        )
        return tuple(TextHit(int(number), 1.0) for (number,) in rows)

    def _asked(self, query: str) -> tuple[_Asked, ...]:
        self._refresh()
        words = list(dict.fromkeys(folded(query[:_LONGEST]).split()))
        telling = [word for word in words if word not in _SMALL] or words
        return tuple(self._read(word) for word in telling[:_MOST_WORDS])

    def _read(self, word: str) -> _Asked:
        readings = {word: _EXACT}
        single = singular(word)
        for other in (single, f"{single}s"):
            if other in self._known:
                readings.setdefault(other, 0.95)
        if word not in self._known and word.isalpha():
            if len(word) >= _SHORTEST_SLIP:
                readings.update(self._slips(word))
            if len(word) >= _SHORTEST_HELD:
                for held in self._holding(word, _MOST_READINGS - len(readings)):
                    readings.setdefault(held, _HOLDS)
        elif len(word) >= _SHORTEST_HELD:
            for held in self._holding(word, _MOST_READINGS - len(readings)):
                readings.setdefault(held, _HOLDS)
        begins = len(word) >= _SHORTEST_BEGUN
        stand = sum(self._known.get(reading, 0) for reading in readings)
        if begins:
            first = bisect_left(self._terms, word)
            last = bisect_left(self._terms, word + "\U0010ffff", lo=first)
            stand += sum(self._known[term] for term in self._terms[first : min(last, first + 500)])
        fits = _Fits(word, readings, begins=begins)
        return _Asked(word, tuple(readings), begins, fits, stand)

    def _slips(self, word: str) -> dict[str, float]:
        """Return known words that a slip or two of the pen make of this one."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        most = 2 if len(word) >= _TWO_SLIPS else 1
        found: list[tuple[str, int, int]] = []
        for length in range(len(word) - most, len(word) + most + 1):
            near = self._alike(word, length, most)
            found += process.extract(
                word, near, scorer=OSA.distance, score_cutoff=most, limit=_MOST_READINGS // 2
            )
        found.sort(key=lambda each: each[1])
        best = found[: _MOST_READINGS // 2]
        return {other: _SLIP - 0.1 * (slips - 1) for other, slips, _at in best}

    def _alike(self, word: str, length: int, slips: int) -> list[str]:
        """Return known words of a length that share all but a few signs with this one.

        A slip adds, drops, swaps or changes a sign, so it changes the set of signs by two at most.
        """
        terms, signs = self._by_length.get(length, ((), None))
        if signs is None:
            return []
        apart = np.bitwise_count(signs ^ np.uint64(_signs(word)))
        return [terms[at] for at in np.flatnonzero(apart <= 2 * slips).tolist()]

    def _holding(self, word: str, most: int) -> list[str]:
        """Return known words that this one is a part of, but does not begin."""
        found: list[str] = []
        at = self._all.find(word)
        while at >= 0 and len(found) < most:
            start = self._all.rfind("\n", 0, at) + 1
            end = self._all.find("\n", at)
            if start < at:
                found.append(self._all[start:end])
            at = self._all.find(word, end)
        return found

    def _refresh(self) -> None:
        """Read the vocabulary, if the database changed since it was read."""
        state = self._db.state()
        if state == self._state:
            return
        self._known = dict(self._db.rows("SELECT term, doc FROM place_vocabulary"))
        self._terms = sorted(self._known)
        self._all = "\n" + "\n".join(self._terms) + "\n"
        by_length: dict[int, list[str]] = {}
        for term in self._terms:
            by_length.setdefault(len(term), []).append(term)
        self._by_length = {
            length: (terms, np.array([_signs(term) for term in terms], dtype=np.uint64))
            for length, terms in by_length.items()
        }
        self._state = state


def _signs(word: str) -> int:
    """Return the set of a word's signs as bits."""
    bits = 0
    for sign in word:
        bits |= 1 << (ord(sign) & 63)
    return bits


def _any_of(asked: Sequence[_Asked]) -> str:
    """Return what asks for any of the words; common ones only where no rare one is there."""
    rarest_first = sorted(asked, key=lambda each: each.places)
    chosen = [rarest_first[0]]
    stand = chosen[0].places
    for each in rarest_first[1:]:
        stand += each.places
        if stand > _COMMON:
            break
        chosen.append(each)
    return " OR ".join(each.expression for each in chosen)


def _score(asked: Sequence[_Asked], texts: Sequence[str]) -> float:
    """Return how well a place's text answers: each word by the best field that holds it."""
    fields = [text.split() for text in texts]
    total = 0.0
    in_name = True
    for each in asked:
        fit = each.fits.__getitem__
        best = name = max(map(fit, fields[0]), default=0.0)
        for words, weight in zip(fields[1:], _WEIGHTS[1:], strict=True):
            if weight > best and words:
                best = max(best, weight * max(map(fit, words)))
        in_name = in_name and name > 0
        total += best
    score = total / len(asked)
    return score + _WHOLE_NAME * _share_of_name(asked, texts[0]) if in_name else score


def _share_of_name(asked: Sequence[_Asked], names: str) -> float:
    """Return how much of a name is asked for, of the name that is asked for most."""
    best = 0.0
    for name in names.split(_NAME_BREAK):
        words = name.split()
        if words and all(max(map(each.fits.__getitem__, words)) > 0 for each in asked):
            found = sum(max(each.fits[word] for each in asked) for word in words)
            best = max(best, found / len(words))
    return best
