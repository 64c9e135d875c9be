"""How alike two descriptions of a place are, and whether they mean one.

What a map, a saved list and a post say of one place differs in words, in metres and in detail. Two
branches of a chain differ in hardly more. So the name alone never makes two into one where both
say where they are.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from rapidfuzz import fuzz

from planner.library.catalogue import Catalogue
from planner.library.distance import metres_apart
from planner.library.matching import kind_fits
from planner.library.readings import dictionary, sound, take_apart
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain import Position
    from planner.library.readings import Reading

Answer: TypeAlias = Literal["same", "apart", "unsure"]

_ALIKE = 0.85
_PART_LIKE = 0.6
_OFTEN_CHAINS = frozenset({"food", "drink", "shopping", "errand", "stay"})
_BRANCH_M, _SPOT_M, _WIDE_SPOT_M, _FAR_M = 50.0, 100.0, 300.0, 140.0
_PART_M = 40.0
_WIDE_GROUPS = frozenset({"nature", "area", "transport"})
_TELLING = ("brand:wikidata", "brand", "branch", "operator:branch")
_MOST_NAMES = 16
_DISTINCT = 4
_SLIP = 88.0
_SLIP_MIN_LETTERS = 5
_EATING = frozenset({"food", "drink"})


class Described(Protocol):
    """What a finding, a holding and a place have in common."""

    @property
    def name(self) -> str:
        """As its source has it."""

    @property
    def names(self) -> Mapping[str, str]:
        """Other names by language or usage."""

    @property
    def position(self) -> Position | None:
        """Where it is, if that is told."""

    @property
    def category(self) -> str | None:
        """A key of the catalogue, if that is told."""

    @property
    def tags(self) -> Mapping[str, str]:
        """As in OpenStreetMap."""

    @property
    def address(self) -> str | None:
        """Its address, if that is told."""

    @property
    def osm(self) -> str | None:
        """The object of the map that it is, if it is one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two descriptions mean one place, how sure that is (0 to 1), and why."""

    answer: Answer
    confidence: float
    reason: str

    @property
    def same(self) -> bool:
        """Whether they surely mean one."""
        return self.answer == "same"


def same_place(
    a: Described,
    b: Described,
    *,
    towns: frozenset[str] = frozenset(),
    catalogue: Catalogue | None = None,
) -> Verdict:
    """Tell whether two descriptions mean one place; the order of the two is no matter.

    Parameters
    ----------
    a, b
        Places, findings or holdings.
    towns
        Folded names of the town that they lie in, which names may carry or leave out.
    catalogue
        The kinds of places; the shipped ones where None.
    """
    kinds = catalogue or Catalogue.load()
    like = likeness(a, b, towns, kinds)
    verdict = _of_the_map(a, b) or _ruled_out(a, b, like, kinds)
    if verdict is not None:
        return verdict
    if a.position is None or b.position is None:
        return _by_name(a, b, like)
    return _by_distance(a, b, like, metres_apart(a.position, b.position), kinds)


def _of_the_map(a: Described, b: Described) -> Verdict | None:
    if not a.osm or not b.osm:
        return None
    if a.osm == b.osm:
        return Verdict("same", 1.0, "the same object of the map")
    return Verdict("apart", 0.95, "two objects of the map")


def _ruled_out(a: Described, b: Described, like: float, kinds: Catalogue) -> Verdict | None:
    if like < _PART_LIKE:
        return Verdict("apart", 1.0 - like / 2, "other names")
    if not may_be_one_kind(a.category, b.category, kinds):
        return Verdict("apart", 0.9, "other kinds of places")
    told = _told_apart(a, b)
    return None if told is None else Verdict("apart", 0.9, told)


def _by_name(a: Described, b: Described, like: float) -> Verdict:
    if like < _ALIKE:
        return Verdict("unsure", 0.5, "a part of the name, and one does not say where it is")
    if a.position != b.position and any(key in each.tags for each in (a, b) for key in _TELLING):
        return Verdict("unsure", 0.5, "a chain, and one does not say where it is")
    return Verdict("same", 0.8 * like, "the same name, and nothing speaks against it")


def _by_distance(a: Described, b: Described, like: float, away: float, kinds: Catalogue) -> Verdict:
    groups = {
        kinds.category(category).group
        for category in (a.category, b.category)
        if category and category in kinds
    }
    wide = bool(groups) and groups <= _WIDE_GROUPS
    chain = not groups or bool(groups & _OFTEN_CHAINS)
    chain = chain or any(key in each.tags for each in (a, b) for key in _TELLING)
    near = _WIDE_SPOT_M if wide else _BRANCH_M if chain else _SPOT_M
    where = f"{away:.0f} m apart"
    if like < _ALIKE:
        if away <= _PART_M:
            return Verdict("same", like, f"a part of the name, {where}")
        return Verdict("apart" if away > _FAR_M else "unsure", 0.6, f"a part of the name, {where}")
    if away <= near:
        return Verdict("same", like * (1 - away / near / 5), f"the same name, {where}")
    if away > max(_FAR_M, near):
        return Verdict("apart", 0.9, f"namesakes {where}")
    return Verdict("unsure", 0.5, f"the same name, but {where}")


def _told_apart(a: Described, b: Described) -> str | None:
    """Return what the two say of themselves that cannot both be true of one place."""
    for key in _TELLING:
        ours, theirs = fold(a.tags.get(key, "")), fold(b.tags.get(key, ""))
        if ours and theirs and ours != theirs:
            return f"another {key.partition(':')[0]}"
    street, number = "addr:street", "addr:housenumber"
    if (
        number in a.tags
        and number in b.tags
        and fold(a.tags.get(street, "")) == fold(b.tags.get(street, ""))
        and not set(fold(a.tags[number]).split()) & set(fold(b.tags[number]).split())
    ):
        return "another house of the street"
    return None


def may_be_one_kind(one: str | None, other: str | None, catalogue: Catalogue) -> bool:
    """Whether a place may be called both kinds; what is not known speaks against nothing."""
    if one is None or other is None or one == other:
        return True
    if one not in catalogue or other not in catalogue:
        return True
    first, second = catalogue.category(one), catalogue.category(other)
    if first.vague or second.vague or first.group == second.group:
        return True
    if {first.group, second.group} <= _EATING:
        return True
    return any(
        kind_fits(catalogue, word, category.key)
        for category, word in ((first, second.label), (second, first.label))
    )


def likeness(a: Described, b: Described, towns: frozenset[str], catalogue: Catalogue) -> float:
    """Return how alike the names of two places are, 0 to 1, whichever languages they share."""
    categories = tuple(category for category in (a.category, b.category) if category)
    return max(
        _alike(one, other, categories, catalogue)
        for one, other in itertools.product(_readings(a, towns), _readings(b, towns))
    )


def _readings(thing: Described, towns: frozenset[str]) -> list[Reading]:
    texts = [part for name in (thing.name, *thing.names.values()) for part in name.split(";")]
    unique = dict.fromkeys(text.strip() for text in texts)
    return [_reading(text, towns) for text in itertools.islice(unique, _MOST_NAMES)]


def _reading(text: str, towns: frozenset[str]) -> Reading:
    reading = take_apart(text, towns)
    # A name of signs alone ("\N{SLIGHTLY SMILING FACE}") is compared as it is.
    return reading if reading.folded else replace(reading, folded=text.casefold())


def _alike(
    one: Reading, other: Reading, categories: tuple[str, ...], catalogue: Catalogue
) -> float:
    """Return how alike two names are; the order of the two is no matter."""
    whole = _alike_whole(one, other)
    if whole is not None:
        return whole
    core, other_core = sorted(one.core), sorted(other.core)
    extra = set(one.kinds) ^ set(other.kinds)
    if not core or not other_core:
        return 0.0
    if not all(kind_fits(catalogue, word, each) for word in extra for each in categories):
        return 0.0
    if core == other_core:
        return 0.93 if categories or not extra else 0.8
    heard = [[sound(word) for word in words] for words in (core, other_core)]
    if heard[0] == heard[1] or _slips(core, other_core):
        return 0.88
    return _part(set(core), set(other_core))


def _slips(core: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two runs of sorted words differ by slips of the pen."""
    return len(core) == len(other) and all(
        x == y or (min(len(x), len(y)) >= _SLIP_MIN_LETTERS and fuzz.ratio(x, y) >= _SLIP)
        for x, y in zip(core, other, strict=True)
    )


def _alike_whole(one: Reading, other: Reading) -> float | None:
    """Return how alike two names are that hold the same words, None if they do not."""
    if one.folded == other.folded:
        return 1.0
    if not one.words or not other.words:
        return 0.0
    if one.local == other.local or one.folded.replace(" ", "") == other.folded.replace(" ", ""):
        return 0.98
    return 0.97 if sorted(one.words) == sorted(other.words) else None


def _part(core: set[str], other: set[str]) -> float:
    """Return how much of the longer name the shorter one is, 0 if it is no part of it."""
    shorter, longer = sorted((core, other), key=len)
    small = dictionary().small
    shared = {word for word in shorter if word in longer and word not in small}
    if shared != shorter or sum(map(len, shared)) < _DISTINCT:
        return 0.0
    share = sum(map(len, shared)) / max(sum(map(len, longer)), 1)
    return 0.55 + 0.25 * share
