"""Kinds of places: from OpenStreetMap tags, and from the words people use.

The kinds stand in ``catalogue.toml`` beside this module, whose head explains the form; a person may
lay a file of their own over it (:mod:`planner.library.cataloguefile`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rapidfuzz.distance import OSA

from planner.library import cataloguefile
from planner.library.kinds import Attribute, Category, Cost, Mood, Preference, Role, TimeOfDay
from planner.library.words import clean, stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from planner.domain import Place
    from planner.library.kinds import Answer

__all__ = ["UNKNOWN", "Catalogue", "Category", "Cost", "Mention", "Mood", "Role", "TimeOfDay"]

UNKNOWN = "place"
"""The category of a place of which nobody knows what kind it is."""
_ANSWERS: tuple[Answer, ...] = ("yes", "limited", "no")
_WHERE = frozenset(
    {"near", "by", "beside", "behind", "opposite", "overlooking", "around", "along", "within"}
    | {"in", "at", "on", "inside", "outside", "off", "under", "over"}
)
_SHORTEST_MENDED = 6
_LONGEST_ALIAS = 5


@dataclass(frozen=True, slots=True)
class Mention:
    """What a person's words name.

    Attributes
    ----------
    keys
        Keys of the categories named.
    kinds
        The stretches of words that named them, folded.
    qualifiers
        Words that say how the kind should be ("quiet", "cheap").
    rest
        Words that are neither: a phrase with a rest names more than a kind.
    """

    keys: frozenset[str]
    kinds: tuple[str, ...]
    qualifiers: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether the phrase names a kind and, adjectives apart, nothing else."""
        return bool(self.keys) and not self.rest

    @property
    def bare(self) -> bool:
        """Whether the phrase names a kind with no adjective and nothing else."""
        return self.whole and not self.qualifiers


@dataclass(frozen=True, slots=True)
class _Rule:
    """One string of a category's ``tags``, taken apart."""

    category: Category
    conditions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All kinds of places. Get the one that is shipped with :meth:`load`.

    ``qualifiers`` are adjectives that say how a kind should be, ``fillers`` words that never
    change what a phrase names; both as :func:`planner.library.words.stems`. ``attributes`` and
    ``preferences`` are by key. ``own`` is the text of the person's own file, empty without one.
    """

    categories: Mapping[str, Category]
    _rules: Mapping[tuple[str, str], tuple[_Rule, ...]] = field(repr=False)
    _words: Mapping[tuple[str, ...], frozenset[str]] = field(repr=False)
    qualifiers: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    attributes: Mapping[str, Attribute] = field(default_factory=dict, repr=False)
    preferences: Mapping[str, Preference] = field(default_factory=dict, repr=False)
    own: str = field(default="", repr=False)

    @staticmethod
    def load(own: Path | None = None, *, cache: Path | None = None) -> Catalogue:
        """Return the catalogue that is shipped, read once a process.

        Parameters
        ----------
        own
            A person's own file to lay over it, if there is one at that path.
        cache
            A folder in which the next process finds the catalogue read and checked.

        Raises
        ------
        UnreadableFileError
            If the person's own file says something that cannot be.
        """
        text = "" if own is None else cataloguefile.read_own(own)
        return _loaded(text, "" if own is None or not text else str(own), cache)

    @staticmethod
    def parse(text: str, own: str = "", *, own_name: str = "your catalogue") -> Catalogue:
        """Read a catalogue from TOML text, and a person's own to lay over it.

        Raises
        ------
        ValueError
            If a text is not TOML or breaks the form; it is an ``UnreadableFileError``, which says
            where.
        """
        return _build(cataloguefile.tables(text, own, own_name=own_name, cache=None), own)

    def __iter__(self) -> Iterator[Category]:
        return iter(self.categories.values())

    def __contains__(self, key: object) -> bool:
        return key in self.categories

    @property
    def osm_keys(self) -> frozenset[str]:
        """The OSM keys that any category asks for first."""
        return frozenset(key for key, _value in self._rules)

    @property
    def tag_values(self) -> frozenset[str]:
        """Every OSM ``key=value`` that some category knows."""
        return frozenset(
            f"{key}={value}"
            for rules in self._rules.values()
            for rule in rules
            for key, value in rule.conditions
            if value != "*"
        )

    @property
    def nameless_tags(self) -> frozenset[tuple[str, str]]:
        """The OSM keys and values of what counts without a name."""
        return frozenset(
            rule.conditions[0]
            for rules in self._rules.values()
            for rule in rules
            if rule.category.nameless is not None and rule.conditions[0][1] != "*"
        )

    def category(self, key: str) -> Category:
        """Return the category of a key.

        A key that is not known, such as one of another person's catalogue, stands for a place of
        unknown kind.

        Raises
        ------
        KeyError
            If the catalogue has neither.
        """
        found = self.categories.get(key)
        return self.categories[UNKNOWN] if found is None else found

    def placed(self, place: Place) -> Place:
        """Return a place whose kind this catalogue does not know sorted anew by its tags."""
        if place.category in self.categories:
            return place
        found = self.classify(place.tags)
        return replace(place, category=UNKNOWN if found is None else found.key)

    def in_group(self, group: str) -> frozenset[str]:
        """Return the keys of a group."""
        return frozenset(c.key for c in self.categories.values() if c.group == group)

    def with_role(self, role: Role) -> frozenset[str]:
        """Return the keys of all categories with a role."""
        return frozenset(c.key for c in self.categories.values() if c.role == role)

    def classify(self, tags: Mapping[str, str]) -> Category | None:
        """Return the category of an object with these OSM tags, or None.

        A rule of several tags beats the rule of one of them; a known kind beats a vague one;
        then the kind most worth a walk wins, an object's first value counting more than its
        second (``cuisine=sushi;thai``).
        """
        values = {
            key: [part.strip() for part in value.split(";")] if ";" in value else [value]
            for key, value in tags.items()
        }
        matches: list[tuple[_Rule, int]] = []
        for key, options in values.items():
            for place, option in enumerate(options):
                for rule in self._rules.get((key, option), ()):
                    later = _position(rule, values)
                    if later is not None:
                        matches.append((rule, later + place))
            if (key, "*") in self._rules:
                matches += [
                    (rule, 0)
                    for rule in self._rules[key, "*"]
                    if _position(rule, values) is not None
                ]
        if not matches:
            return None
        strict = [
            (rule, place)
            for rule, place in matches
            if not any(set(rule.conditions) < set(other.conditions) for other, _place in matches)
        ]
        best, _place = max(
            strict,
            key=lambda match: (
                not match[0].category.vague,
                match[0].category.appeal - 0.2 * match[1],
                len(match[0].conditions),
            ),
        )
        return best.category

    def mention(self, text: str) -> Mention:
        """Take a person's words apart into kinds, adjectives and the rest.

        The longest run of words that is known wins: "shopping malls" are malls, not shops. What
        follows a kind and says where ("near the market square") names none. Where no kind is
        found, a slip of the pen is forgiven: "chruches" are churches.
        """
        words = stems(text)
        found = self._mention(words)
        if found.keys or not found.rest:
            return found
        mended = tuple(self._mended(word) if word in found.rest else word for word in words)
        return found if mended == words else self._mention(mended)

    def _mended(self, word: str) -> str:
        """Return the one known word that a long unknown one misses by a single slip."""
        if len(word) < _SHORTEST_MENDED:
            return word
        near = [
            run[0]
            for run in self._words
            if len(run) == 1
            and run[0][0] == word[0]
            and OSA.distance(run[0], word, score_cutoff=1) == 1
        ]
        return near[0] if len(near) == 1 else word

    def _is_small(self, word: str) -> bool:
        return word in self.qualifiers or word in self.fillers or word.isdigit()

    def _mention(self, words: tuple[str, ...]) -> Mention:
        keys: set[str] = set()
        kinds: list[str] = []
        qualifiers: list[str] = []
        rest: list[str] = []
        at = 0
        while at < len(words):
            if keys and words[at] in _WHERE:
                # "Cafés near the market square" asks for cafés, not for squares.
                rest += [each for each in words[at + 1 :] if not self._is_small(each)]
                break
            for length in range(min(_LONGEST_ALIAS, len(words) - at), 0, -1):
                run = words[at : at + length]
                if run in self._words:
                    keys |= self._words[run]
                    kinds.append(" ".join(run))
                    at += length
                    break
            else:
                word = words[at]
                if word in self.qualifiers:
                    qualifiers.append(word)
                elif word not in self.fillers and not word.isdigit():
                    rest.append(word)
                at += 1
        return Mention(frozenset(keys), tuple(kinds), tuple(qualifiers), tuple(rest))

    def named(self, text: str) -> frozenset[str]:
        """Return the keys of the categories that a person's words name anywhere in them.

        "Museums" gives every kind of museum, "shops" every kind of shop, "crowds" nothing.
        """
        return self.mention(text).keys

    def named_wholly(self, text: str) -> frozenset[str]:
        """Return the keys as :meth:`named`, but only if the phrase names nothing else.

        "Loud bars" and "a good bakery" do; "lunch near the station's clock" does not.
        """
        mention = self.mention(text)
        return mention.keys if mention.whole else frozenset()


def _position(rule: _Rule, values: Mapping[str, list[str]]) -> int | None:
    """Return how far back the rule's further values stand in theirs, None where it fails."""
    sum_ = 0
    for key, wanted in rule.conditions[1:]:
        options = values.get(key)
        if options is None:
            return None
        if wanted == "*":
            continue
        if wanted not in options:
            return None
        sum_ += options.index(wanted)
    return sum_


# Read once a process for each text that is laid over the shipped one.
_LOADED: dict[str, Catalogue] = {}


def _loaded(own: str, own_name: str, cache: Path | None) -> Catalogue:
    found = _LOADED.get(own)
    if found is None:
        shipped = cataloguefile.shipped_text()
        tables = cataloguefile.tables(shipped, own, own_name=own_name, cache=cache)
        found = _LOADED[own] = _build(tables, own)
    return found


def _build(tables: cataloguefile.Tables, own: str) -> Catalogue:
    categories: dict[str, Category] = {}
    for key, entry in tables["category"].items():
        merged = {**tables["group"][entry["group"]], **entry}
        short, usual, long = merged["minutes"]
        categories[key] = Category(
            key=key,
            label=clean(merged["label"]),
            phrase=clean(merged["phrase"]),
            tags=tuple(merged["tags"]),
            minutes=(short, usual, long),
            setting=merged["setting"],
            role=merged.get("role", "none"),
            times=tuple(merged["times"]),
            group=merged["group"],
            appeal=float(merged["appeal"]),
            aliases=tuple(merged.get("aliases", ())),
            vague=merged.get("vague", False),
            cost=merged["cost"],
            mood=tuple(merged.get("mood", ())),
            serves=tuple(merged.get("serves", ())),
            nameless=merged.get("nameless"),
        )
    speech = tables["speech"]
    return Catalogue(
        categories,
        _rules(categories.values()),
        _words(categories, tables),
        frozenset(stems(speech.get("qualifiers", ""))),
        frozenset(stems(speech.get("fillers", ""))),
        {key: _attribute(key, entry) for key, entry in tables["attribute"].items()},
        {key: _preference(key, entry) for key, entry in tables["preference"].items()},
        own,
    )


def _attribute(key: str, entry: Mapping[str, Any]) -> Attribute:
    answers: dict[tuple[str, str], Answer] = {}
    for answer in _ANSWERS:
        for tag in entry[answer]:
            name, _sign, value = tag.partition("=")
            answers[name, value] = answer
    return Attribute(
        key=key,
        says={answer: clean(text) for answer, text in entry["says"].items()},
        answers=answers,
        keys=tuple(dict.fromkeys(name for name, _value in answers)),
    )


def _preference(key: str, entry: Mapping[str, Any]) -> Preference:
    return Preference(key=key, **{**entry, "words": tuple(entry["words"])})


def _rules(categories: Iterable[Category]) -> dict[tuple[str, str], tuple[_Rule, ...]]:
    index: dict[tuple[str, str], list[_Rule]] = {}
    for category in categories:
        for tag in category.tags:
            pairs = [part.strip().partition("=") for part in tag.split("&")]
            conditions = tuple((key, value) for key, _sign, value in pairs)
            index.setdefault(conditions[0], []).append(_Rule(category, conditions))
    return {first: tuple(rules) for first, rules in index.items()}


def _words(
    categories: Mapping[str, Category], tables: cataloguefile.Tables
) -> dict[tuple[str, ...], frozenset[str]]:
    words: dict[tuple[str, ...], set[str]] = {}
    for category in categories.values():
        # What nothing on a map is, nobody can ask for by its label.
        labels = (category.label,) if category.tags else ()
        for alias in (*labels, *category.aliases):
            words.setdefault(stems(alias), set()).add(category.key)
    # Words for several kinds say exactly which; they replace what an alias says.
    for text, targets in tables["words"].items():
        words[stems(text)] = {
            key for target in targets for key in cataloguefile.expand(target, tables)
        }
    return {run: frozenset(keys) for run, keys in words.items() if run}
