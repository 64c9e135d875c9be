"""Sentences from frames: choices, lists and slots become words that know which wish they are.

A request is a list of pieces; a piece that is (a part of) a wish carries the number of that wish.
Whatever later happens to the text (typos, case, dialect) happens to pieces, so that the words of
a wish are always the request's own.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Role: TypeAlias = Literal["start", "end", "see", "place", "walk", "avoid", "neg"]

_FOLDER: Final = Path(__file__).parent
_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_OPTION: Final = re.compile(r"\[([^\[\]]*)\]")
_SLOT: Final = re.compile(r"\{(\w+)\}")
_JOINS: Final = (" and ", " and ", " and ", ", ", ", ", " & ", " + ", " / ", ", then ", " plus ")
_VOWELS: Final = "aeiouAEIOU"
_HOUSES: Final = (
    "Cafe", "Bar", "Bakery", "Bookshop", "Records", "Books", "Coffee", "Gallery", "Kitchen",
    "Deli", "Inn", "Hotel",
)  # fmt: skip
# Names get the same article in speech that these heads carry.
_ARTICLE_SHARE: Final = 0.5


@dataclass(slots=True)
class Piece:
    """Some text and the number of the wish whose words it is, if any."""

    text: str
    wish: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a piece's words are: a role, and for a dislike of one place the wish it belongs to."""

    role: Role
    host: int | None = None


@dataclass(slots=True)
class Draft:
    """A request in the making."""

    pieces: list[Piece] = field(default_factory=list)
    wishes: dict[int, Wish] = field(default_factory=dict)


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, Any]:
    """Return the words of ``words.toml``, its choices split, with the names of ``names.txt``."""
    tables: dict[str, Any] = tomllib.loads((_FOLDER / "words.toml").read_text(encoding="utf-8"))
    mapped = (_FOLDER / "names.txt").read_text(encoding="utf-8").splitlines()

    def split(value: object) -> object:
        if isinstance(value, dict):
            return {key: split(each) for key, each in value.items()}
        text = str(value)
        if "\n" in text:
            return tuple(filter(None, text.strip().split("\n")))
        return tuple(text.split("|")) if "|" in text else tuple(text.split())

    words: dict[str, Any] = {key: split(value) for key, value in tables.items()}
    words["mapped"] = tuple(line for line in mapped if line and not line.startswith("#"))
    return words


@lru_cache(maxsize=1)
def frames() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the frames of ``frames.toml``, by table and row."""
    tables = tomllib.loads((_FOLDER / "frames.toml").read_text(encoding="utf-8"))
    return {
        table: {row: tuple(text.strip().split("\n")) for row, text in rows.items()}
        for table, rows in tables.items()
    }


def choose(text: str, random: Random) -> str:
    """Resolve the choices ``(a|b)`` and options ``[a]`` of a frame, innermost first."""
    while True:
        match = _OPTION.search(text) or _CHOICE.search(text)
        inner = _CHOICE.search(text)
        if match is None:
            return text
        if inner is not None:
            picked = random.choice(inner.group(1).split("|"))
            text = text[: inner.start()] + picked + text[inner.end() :]
            continue
        kept = random.choice(match.group(1).split("|")) if random.random() < 0.5 else ""
        text = text[: match.start()] + kept + text[match.end() :]


class Expander:
    """Fills the slots of frames for one request; one topic runs through it, no name comes twice.

    Parameters
    ----------
    random
        Where every choice comes from.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.words = vocabulary()
        self.topic = random.choice(self.words["topics"]["order"])
        self.draft = Draft()
        self._said: set[str] = set()
        self._slots: dict[str, Callable[[], object]] = {
            **{name: self._silent(name) for name in ("city", "dur", "part", "clock", "day")},
            **{name: self._silent(name) for name in ("stops", "limit", "ref", "thing")},
            "start": lambda: self._anchor("start"),
            "end": lambda: self._anchor("end"),
            "loop": self._loop,
            "see": lambda: self._name("see"),
            "sees1": lambda: self._name("see"),
            "sees": lambda: self._list(lambda: self._name("see"), (0.55, 0.3, 0.15)),
            "place": lambda: self._kind(article=True),
            "one": lambda: self._kind("one"),
            "many": lambda: self._kind("many"),
            "mass": lambda: self._kind("mass"),
            "places": lambda: self._list(lambda: self._kind(article=True), (0.45, 0.33, 0.22)),
            "places0": lambda: self._list(self._several, (0.4, 0.35, 0.25)),
            "nearplace": lambda: self._kind("one", article=True, near=True),
            "mix": lambda: self._list(self._either, (0, 0.45, 0.35, 0.2)),
            "walk": lambda: self._theme(random.choice(("adjective", "phrase", "phrase"))),
            "adj": lambda: self._theme("adjective"),
            "sights": lambda: self._say(self._fresh(self.words["topics"]["sights"]), "place"),
            "walkpos": lambda: self._theme("plain"),
            "company": lambda: self._theme("company"),
            "diet": lambda: self._theme("diet"),
            "occasion": lambda: self._theme("occasion"),
            "area": self._area,
            "where": lambda: self._say(self._fresh(self.words["areas"]["where"]), "walk"),
            "av": lambda: self._unwanted("avoid"),
            "avs1": lambda: self._unwanted("avoid"),
            "avs": lambda: self._list(
                lambda: self._unwanted("avoid"), (0.55, 0.33, 0.12), (" or ", " and ", ", ", " & ")
            ),
            "ava": lambda: self._quality("avoid", self.words["dislikes"]["adjective"]),
            "avn": lambda: self._name("avoid"),
            "avnames": lambda: self._list(
                lambda: self._name("avoid"), (0.75, 0.25), (" and ", " or ", ", ")
            ),
            "avf": lambda: self._say(self._fresh(self.words["dislikes"]["food"]), "avoid"),
            "avf1": lambda: self._say(
                self._fresh(self.words["dislikes"]["food"]).removesuffix("s"), "avoid"
            ),
            "neg": lambda: self._unwanted("neg"),
            "neg2": self._two_unwanted,
            "negn": lambda: self._with_article(
                self._fresh(self.words["dislikes"]["one"]), "neg", indefinite=True
            ),
            "nega": lambda: self._quality("neg", self.words["qualities"]["bad"]),
            "negname": lambda: self._name("neg"),
        }

    def say(self, frame: str) -> None:
        """Add a frame's words to the request."""
        first = len(self.draft.wishes)
        self._fill(choose(frame, self.random))
        self._settle_hosts(first)

    def _fill(self, text: str) -> None:
        at = 0
        for match in _SLOT.finditer(text):
            self._plain(text[at : match.start()])
            at = match.end()
            name = match.group(1)
            if name.endswith("clause"):
                table = "clause"
                self.say(self.random.choice(frames()[table][name.removesuffix("clause")]))
            elif name in {"opener", "tail", "reason", "quantity", "injection", "none"}:
                self.say(self.random.choice(frames()["silent"][name]))
            elif name in {"placeneg", "seeneg", "walkneg"}:
                self.say(self.random.choice(frames()["clause"][name]))
            else:
                self._slots[name]()
        self._plain(text[at:])

    def _settle_hosts(self, first: int) -> None:
        """Give each dislike of one place the wish said nearest before it, else the next one."""
        made = self.draft.wishes
        for number in range(first, len(made)):
            if made[number].role != "neg" or made[number].host is not None:
                continue
            free = [n for n in range(first, len(made)) if made[n].role in {"see", "place", "walk"}]
            before = [n for n in free if n < number]
            if free:
                made[number] = Wish("neg", before[-1] if before else free[0])

    def _plain(self, text: str) -> None:
        if text:
            self.draft.pieces.append(Piece(text))

    def _say(self, text: str, role: Role) -> int:
        number = len(self.draft.wishes)
        self.draft.wishes[number] = Wish(role)
        self.draft.pieces.append(Piece(text, number))
        return number

    def _fresh(self, among: tuple[str, ...]) -> str:
        for _ in range(8):
            word = self.random.choice(among)
            if word.casefold() not in self._said:
                break
        self._said.add(word.casefold())
        return word

    def _with_article(self, text: str, role: Role, *, indefinite: bool = False) -> int:
        if text.startswith("the "):
            self._plain("the ")
            text = text.removeprefix("the ")
        elif indefinite and not text[0].isupper():
            self._plain("an " if text[0] in _VOWELS else "a ")
        return self._say(text, role)

    def _list(
        self,
        one: Callable[[], object],
        shares: tuple[float, ...],
        joins: tuple[str, ...] = _JOINS,
    ) -> None:
        """Say one to several things; the comma before the last joiner comes and goes."""
        count = self.random.choices(range(1, len(shares) + 1), shares)[0]
        join = self.random.choice(joins)
        inner = join if join in {" / ", " & ", " + ", ", then "} else ", "
        for index in range(count):
            if index:
                last = index == count - 1
                comma = "," if last and count > 2 and self.random.random() < 0.3 else ""
                self._plain((comma + join if not join.startswith(",") else join) if last else inner)
            one()

    def _silent(self, name: str) -> Callable[[], None]:
        def fill() -> None:
            if name == "ref":
                self._plain(self.random.choice(("", "the ")) + self.name().removeprefix("the "))
            elif name == "city":
                self._plain(self.random.choice(self.words["cities"]["text"]))
            else:
                row = {"dur": "duration"}.get(name, name)
                self._plain(self.random.choice(self.words["quantities"][row]))

        return fill

    # -- names -----------------------------------------------------------------------------------

    def name(self) -> str:
        """Return a name: well known, from a map, or invented."""
        share = self.random.random()
        if share < 0.28:
            return self._fresh(self.words["names"]["real"])
        if share < 0.45:
            return self._fresh(self.words["mapped"])
        return self._invented()

    def _invented(self) -> str:
        names, pick = self.words["names"], self.random.choice
        kind = self.random.randrange(13)
        surname, first = pick(names["surname"]), pick(names["first"])
        head, thing = pick(names["city_head"]), pick(names["thing"])
        if kind <= 2:
            name = f"{pick(names['adjective'])} {head}"
        elif kind == 3:
            name = f"{pick((surname, first + ' ' + surname, surname + 's'))} {head}"
        elif kind == 4:
            saint = pick(names["saint"])
            name = (
                pick(("St ", "St. ", "Saint ")) + saint + pick(("'s", "", "'s Church", " Church"))
            )
        elif kind == 5:
            name = pick(("The ", "the "))
            name += f"{pick(names['adjective'])} {pick(names['animal'])}"
        elif kind == 6:
            joiner = pick((" & ", " and ", " + "))
            name = f"{thing}{joiner}{pick(names['thing'])}"
        elif kind == 7:
            name = f"{pick(names['street'])} {pick(names['street_head'])}"
        elif kind <= 9:
            name = pick(names["foreign"]).format(s=surname, f=first)
        elif kind == 10:
            name = pick(names["coined"])
        elif kind == 11:
            places = "Cafe|Bar|Bakery|Bookshop|Records|Books|Coffee|Gallery|Kitchen|Deli|Inn|Hotel"
            name = (
                f"{pick((thing, first, surname, first + chr(39) + 's'))} {pick(places.split('|'))}"
            )
            name += pick(("", "", "", f" No{self.random.randrange(1, 20)}", " 42"))
        else:
            name = f"{pick(names['street'])} {head}"
        if kind in {0, 1, 2, 3, 12} and self.random.random() < _ARTICLE_SHARE:
            name = "the " + name
        return name

    def _name(self, role: Role) -> None:
        self._with_article(self.name(), role)

    def _anchor(self, role: Role) -> None:
        share = self.random.random()
        if share < 0.68:
            self._name(role)
        elif share < 0.93:
            self._with_article(self._fresh(self.words["anchors"]["text"]), role)
        else:
            names = self.words["names"]
            street = (
                f"{self.random.choice(names['street'])} {self.random.choice(names['street_head'])}"
            )
            self._say(f"{self.random.randrange(1, 120)} {street}", role)

    def _loop(self) -> None:
        before = len(self.draft.wishes)
        self._anchor("start")
        number = len(self.draft.wishes)
        # The same words are the end too.
        self.draft.wishes[number] = Wish("end", before)

    # -- kinds -----------------------------------------------------------------------------------

    def _table(self, row: str) -> tuple[str, ...]:
        topic = self.topic
        if self.random.random() < 0.3:
            topic = self.random.choice(self.words["topics"]["order"])
        table: tuple[str, ...] = self.words["topic"][topic][row]
        return table

    def _several(self) -> None:
        self._kind(self.random.choice(("many", "many", "mass")))

    def _either(self) -> None:
        if self.random.random() < 0.5:
            self._name("see")
        else:
            self._kind(article=True)

    def _kind(self, row: str = "", *, article: bool = False, near: bool = False) -> None:
        random = self.random
        row = row or random.choices(("one", "many", "mass"), (0.5, 0.3, 0.2))[0]
        words = self._fresh(self._table(row))
        qualified = random.random() < 0.25 and not words.startswith("some")
        if qualified:
            words = f"{random.choice(self.words['qualities']['place'])} {words}"
        elif row == "many" and random.random() < 0.07:
            words = f"{random.choice(('two', 'three', '2', 'Two'))} {words}"
        if near:
            link = random.choice((" near ", " close to ", " around ", " next to ", " by ", " in "))
            other = random.choice(self.words["areas"]["names"]) if link == " in " else self.name()
            words += link + other
        elif random.random() < 0.1:
            words += random.choice(self.words["qualities"]["after"])
        if article:
            self._plain(self._determiner(row, words))
            if qualified and random.random() < 0.12:
                self._plain(random.choice(self.words["qualities"]["degree"]))
        self._say(words, "place")

    def _determiner(self, row: str, words: str) -> str:
        random = self.random
        if row == "one":
            indefinite = "an " if words[0] in _VOWELS else "a "
            return random.choices((indefinite, "some ", "one ", "any "), (0.88, 0.04, 0.05, 0.03))[
                0
            ]
        if words.casefold().startswith(("some", "two", "three", "2")):
            return ""
        return random.choices(("", "some ", "a bit of ", "a few "), (0.6, 0.36, 0.02, 0.02))[0]

    # -- themes and dislikes ---------------------------------------------------------------------

    def _theme(self, row: str) -> None:
        text = self._fresh(self.words["themes"][row])
        if row in {"company", "occasion"}:
            match = re.match(r"(?:my|our|the|a|an) ", text)
            if match:
                self._plain(match.group())
                text = text[match.end() :]
        self._say(text, "walk")

    def _area(self) -> None:
        row = self.random.choice(("names", "common"))
        self._with_article(self._fresh(self.words["areas"][row]), "walk")

    def _unwanted(self, role: Role) -> None:
        random = self.random
        share = random.random()
        if role == "neg" or share < 0.35:
            text = self._fresh(self._table("bad"))
        elif share < 0.92:
            text = self._fresh(self.words["dislikes"]["many"])
        else:
            quality = random.choice(self.words["qualities"]["bad"])
            text = f"{quality} {self._fresh(self._table('many'))}"
        self._say(text, role)

    def _two_unwanted(self) -> None:
        one, other = self._fresh(self._table("bad")), self._fresh(self.words["dislikes"]["many"])
        self._say(one + self.random.choice((" or ", " and ")) + other, "neg")

    def _quality(self, role: Role, among: tuple[str, ...]) -> None:
        text = self._fresh(among)
        if text.startswith("too "):
            self._plain("too ")
        self._say(text.removeprefix("too "), role)
