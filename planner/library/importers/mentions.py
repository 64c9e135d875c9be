"""Places that a post names, and why it recommends each (ItiNera, appendix E, without a network).

Two sources of names. A gazetteer finds every name that is known, exactly; it always runs where one
is given. The form of the text finds names that are not known: what follows a pin, leads a list
item, stands in bold or as a heading beside names that are known, or is a capitalised phrase with a
word of kind ("Moonlight Tea House") or after words such as "at". A language model may propose
more; of what it says only names and words that stand in the post are kept.

Every description is cut from the post's own sentences.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from planner.library.findings import DESCRIPTION_WORDS, LONGEST_NAME
from planner.library.importers import fields
from planner.library.importers.drafts import Draft, finished
from planner.library.importers.limits import MOST_CANDIDATES
from planner.library.importers.prose import is_pinned, without_bullet
from planner.library.readings import take_apart
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from planner.library.catalogue import Catalogue
    from planner.library.findings import Finding, Refusal
    from planner.library.importers.drafts import Remarks
    from planner.library.importers.prose import Block


class Span(Protocol):
    """A known name in a text: ``text[start:end]``."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where the text goes on."""


class Proposal(NamedTuple):
    """A place that a language model read out of a post, and what it says of it."""

    name: str
    description: str = ""


Gazetteer: TypeAlias = "Callable[[str], Iterable[Span]]"
"""Finds the names of known places in a text, exactly; spans do not overlap."""

Propose: TypeAlias = "Callable[[str, Sequence[str]], Iterable[Proposal]]"
"""Given a post and the names found so far, proposes places and describes those found."""

_TOKEN = re.compile(r"[^\W_][\w]*(?:['’.\-][\w]+)*")
_SENTENCE = re.compile(
    r"(?<=[.!?…。！？])[\"”’)\]]*\s+(?=[\"“‘(\[]*[^\W\d_a-z])|\s*\u2028\s*|(?<=[。！？])"
)
_LEAD_END = re.compile(r"\s+[–—\-|→]+\s+|\s*[–—|→]\s+|:\s+|\s*[:(]|,\s|\.\s|;\s")
_SLASH = re.compile(r"\s*/\s*")
_JOINERS = frozenset(
    ["of", "the", "and", "de", "la", "le", "les", "du", "des", "di", "da", "del", "della", "dei", "von", "der", "den", "zu", "zum", "am", "an", "&", "y", "e", "et", "och", "ja", "til", "na", "nad", "i"]
)
_WEAK_ENDS = _JOINERS | {"and"}
_STREET = re.compile(r"([^\W\d_][\w .'’-]{2,60}?\s\d{1,4}[a-zA-Z]?)(?=\s*[,).;–—-]|\s*$)")
_URL = re.compile(r"(?:https?://|geo:)[^\s<>\"')\]]+", re.IGNORECASE)
_EMOJI = re.compile(r"[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\u20e3]+")
_EDGES = " \t\"'“”‘’«»()[]{}*_~`#.,;:!?–—-|→•"
_MOST_NAME_WORDS = 8
_KNOWN_SHARE = 1 / 3
_SENTENCES = 40_000


@dataclass(frozen=True, slots=True)
class _Words:
    cues: frozenset[str]
    strong: frozenset[str]
    common: frozenset[str]
    peoples: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper() or (
            self.text[0].isalpha() and not self.text[0].islower() and not self.text[0].isascii()
        )


@dataclass(slots=True)
class _Mention:
    """A name with what the post says around it."""

    name: str
    row: int
    order: int
    known: bool
    descriptions: list[str] = field(default_factory=list)
    links: tuple[str, ...] = ()
    address: str = ""


def extract(
    blocks: Sequence[Block],
    *,
    remarks: Remarks,
    catalogue: Catalogue,
    gazetteer: Gazetteer | None = None,
    propose: Propose | None = None,
) -> Iterator[Finding | Refusal]:
    """Yield the places that the blocks of a post name, in the order in which they are named.

    Parameters
    ----------
    blocks
        The post, taken apart.
    remarks
        Told where nothing was found, and where no gazetteer helped.
    gazetteer
        Finds known names; without it, only the form of the text tells.
    propose
        A language model that may propose and describe.
    """
    if gazetteer is None:
        remarks.add("No city is installed: names were found by the form of the text alone.")
    reader = _Reader(catalogue, gazetteer)
    mentions = reader.mentions(blocks)
    if propose is not None:
        _add_proposals(mentions, propose, blocks)
    if not mentions:
        remarks.add("No names of places were found in the text.")
    for mention in sorted(mentions, key=lambda each: (each.row, each.order))[:MOST_CANDIDATES]:
        draft = Draft(row=mention.row, name=mention.name, description=_best(mention))
        draft.address = mention.address or None
        if len(mention.links) == 1:
            draft.url = mention.links[0]
            pair = fields.pair_of_link(mention.links[0])
            if pair is not None:
                try:
                    draft.position = fields.position(*pair)
                except fields.ValueRefusedError:
                    draft.position = None
        found = finished(draft, remarks, catalogue)
        if found is not None:
            yield found


class _Reader:
    """Walks through a post once and gathers names."""

    def __init__(self, catalogue: Catalogue, gazetteer: Gazetteer | None) -> None:
        self._catalogue = catalogue
        self._gazetteer = gazetteer

    def mentions(self, blocks: Sequence[Block]) -> list[_Mention]:
        """Return every place named, once."""
        known = [self._known(block.text) for block in blocks]
        found: list[_Mention] = []
        for number, (block, spans) in enumerate(zip(blocks, known, strict=True)):
            following = self._following(blocks, number)
            for name, order, is_known in self._names(blocks, number, spans, known):
                sentence = _sentence_at(block.text, order)
                # What a heading names, the text under it describes; a lead, the rest of its line.
                said = following if block.kind in {"heading", "title"} else _rest(sentence, name)
                mention = _Mention(name, block.row, order, is_known, [said] if said else [])
                if block.kind == "item":
                    mention.address = _address(block.text, name)
                mention.links = tuple(
                    link
                    for link in (*block.links, *_URL.findall(block.text))
                    if fields.pair_of_link(link)
                )
                _merge(found, mention, self._kinds)
                if len(found) >= MOST_CANDIDATES:
                    return found
        return found

    def _known(self, text: str) -> list[tuple[int, int]]:
        if self._gazetteer is None:
            return []
        spans = sorted((span.start, span.end) for span in self._gazetteer(text))
        return [(start, end) for start, end in spans if 0 <= start < end <= len(text)]

    @staticmethod
    def _following(blocks: Sequence[Block], number: int) -> str:
        """Return the first paragraph after a heading, before the next one."""
        for block in blocks[number + 1 : number + 4]:
            if block.kind in {"heading", "title"}:
                return ""
            if len(block.text.split()) > 2:  # noqa: PLR2004 - "Museum", "€€" say nothing
                return block.text
        return ""

    def _names(
        self,
        blocks: Sequence[Block],
        number: int,
        spans: Sequence[tuple[int, int]],
        known: Sequence[Sequence[tuple[int, int]]],
    ) -> Iterator[tuple[str, int, bool]]:
        """Yield the names in a block: text, place in the block, whether it is known."""
        block = blocks[number]
        taken: list[tuple[int, int]] = []
        for start, end in spans:
            wider = self._widened(block, start, end)
            taken.append(wider)
            yield block.text[wider[0] : wider[1]], wider[0], wider == (start, end)
        for start, end in self._formed(blocks, number, known):
            if not any(start < other_end and other_start < end for other_start, other_end in taken):
                taken.append((start, end))
                yield block.text[start:end], start, False

    def _widened(self, block: Block, start: int, end: int) -> tuple[int, int]:
        """Return the whole name that a known one is a part of: "Ateneum Secret Garden".

        Only capitalised words right beside it belong to it; before it, none that begins a sentence.
        """
        tokens = _tokens(block.text)
        inside = [n for n, token in enumerate(tokens) if token.start < end and token.end > start]
        if not inside:
            return start, end
        first, last = inside[0], inside[-1]
        while last + 1 < len(tokens) and self._goes_on(block.text, tokens[last], tokens[last + 1]):
            last += 1
        if block.kind not in {"heading", "title", "item"}:
            while (
                first > 0
                and self._goes_on(block.text, tokens[first - 1], tokens[first], back=True)
                and not _begins_sentence(block.text, tokens[first - 1].start)
            ):
                first -= 1
        return min(start, tokens[first].start), max(end, tokens[last].end)

    @staticmethod
    def _goes_on(text: str, one: _Token, other: _Token, *, back: bool = False) -> bool:
        added = one if back else other
        beside = text[one.end : other.start]
        folded = fold(added.text)
        return (
            beside in {" ", "-"}
            and added.is_capital
            and folded not in _lexicon().common
            and folded not in _lexicon().cues
        )

    def _formed(
        self,
        blocks: Sequence[Block],
        number: int,
        known: Sequence[Sequence[tuple[int, int]]],
    ) -> Iterator[tuple[int, int]]:
        """Yield where names stand that the form of the text shows."""
        block = blocks[number]
        lead, marked = without_bullet(block.text)
        if block.kind in {"heading", "item"} or is_pinned(block.text):
            bare_list = block.kind == "item" and block.level == 0
            shown = marked or bare_list or is_pinned(block.text)
            stressed = {text.strip(_EDGES) for text in block.strong}
            siblings = _siblings(blocks, number)
            support = _support(siblings, known)
            for start, end in _leads(block, lead):
                name = block.text[start:end]
                certain = shown or support or name in stressed
                if self._is_name(name, shown=certain) and (
                    certain
                    or self._kinds(name)
                    or (self._gazetteer is None and len(siblings) > 1 and _all_capital(name))
                ):
                    yield start, end
        for text in block.strong:
            bare = text.strip(_EDGES)
            at = block.text.find(bare) if bare else -1
            if (
                at >= 0
                and self._is_name(bare)
                and (
                    self._kinds(bare) or (_all_capital(bare) and self._stress_tells(blocks, known))
                )
            ):
                yield at, at + len(bare)
        if block.kind != "title":
            yield from self._phrases(block)

    def _stress_tells(
        self, blocks: Sequence[Block], known: Sequence[Sequence[tuple[int, int]]]
    ) -> bool:
        """Whether the post puts names in bold: enough of them are known, or look like names."""
        if self._gazetteer is not None:
            return _strong_support(blocks, known)
        stressed = [text for block in blocks for text in block.strong]
        return sum(map(_all_capital, stressed)) > max(1, len(stressed) // 2)

    def _phrases(self, block: Block) -> Iterator[tuple[int, int]]:
        """Yield capitalised phrases of running text that are places by their kind or a cue."""
        text = block.text
        tokens = _tokens(text)
        at = 0
        while at < len(tokens):
            if not tokens[at].is_capital:
                at += 1
                continue
            last = at
            while last + 1 < len(tokens):
                step = _step(text, tokens, last)
                if step is None:
                    break
                last = step
            first = at
            at = last + 1
            begins = _begins_sentence(text, tokens[first].start)
            # Inside a sentence a capital is the name's own: "the Summer Theatre".
            while begins and first <= last and fold(tokens[first].text) in _lexicon().common:
                first += 1
            while last >= first and fold(tokens[last].text) in _WEAK_ENDS:
                last -= 1
            if first > last:
                continue
            words = tokens[first : last + 1]
            name = _bare(text[words[0].start : words[-1].end])
            cue = (
                fold(tokens[first - 1].text)
                if first > 0 and _is_beside(text, tokens[first - 1], words[0])
                else ""
            )
            if first > 1 and cue == "the":
                cue = fold(tokens[first - 2].text)
            if self._is_place(name, len(words), cue, begins=begins):
                yield words[0].start, words[0].start + len(name)

    def _is_place(self, name: str, words: int, cue: str, *, begins: bool) -> bool:
        lexicon = _lexicon()
        told = words > 1 or cue in lexicon.strong
        if not self._is_name(name, shown=told and not begins) or fold(name) in lexicon.peoples:
            return False
        if words > 1 and self._kinds(name):
            return True
        if self._compound(name):
            return not begins or words > 1
        if words > 1:
            return cue in lexicon.cues
        return cue in lexicon.strong and len(name) > 2  # noqa: PLR2004 - "TV", "UK"

    def _is_name(self, name: str, *, shown: bool = False) -> bool:
        """Whether words may be a proper name: capitals, and more than kinds and common words.

        Where the form already shows that a place is meant (``shown``), words of kind alone are
        enough, as in "Market Square" or "Kauppatori"; a single English one never is.
        """
        tokens = _tokens(name)
        if not tokens or len(tokens) > _MOST_NAME_WORDS or "?" in name or "!" in name.rstrip("!"):
            return False
        lexicon = _lexicon()
        if not any(token.is_capital and fold(token.text) not in lexicon.common for token in tokens):
            return False
        rest = [
            folded
            for token in tokens
            if (folded := fold(token.text)) not in lexicon.common
            and folded not in lexicon.peoples
            and folded not in _JOINERS
            and not folded.isdigit()
        ]
        if not rest:
            return False
        if self._compound(name):
            return True
        if shown and _all_capital(name) and (len(rest) > 1 or not self._catalogue.named(rest[0])):
            return True
        if shown and self._kinds(name) and not self._catalogue.named_wholly(name):
            return True
        mention = self._catalogue.mention(" ".join(rest))
        own = [word for word in mention.rest if not take_apart(word, frozenset()).kinds]
        if own:
            return True
        # "Moonlight Tea House" is made of everyday words; capitals throughout make it a name.
        return len(rest) > 2 and _all_capital(name) and bool(mention.keys)  # noqa: PLR2004

    def _kinds(self, name: str) -> bool:
        """Whether a name holds a word of kind in any language: "Kahvila", "Museum", "-puisto"."""
        return bool(take_apart(name, frozenset()).kinds) or bool(self._catalogue.named(name))

    @staticmethod
    def _compound(name: str) -> bool:
        """Whether a single word is a name with its kind in it: "Lintulahdenpuisto"."""
        if " " in name:
            return False
        reading = take_apart(name, frozenset())
        return bool(reading.kinds) and bool(reading.core)


def _merge(found: list[_Mention], mention: _Mention, kinds: Callable[[str], bool]) -> None:
    """Add a mention, to the same place if it was named before."""
    words = set(fold(mention.name).split())
    for other in found:
        before = set(fold(other.name).split())
        same = words == before
        less = words < before and not (mention.known and other.known)
        more = before < words and not (mention.known and other.known)
        if more:
            # "Löyly", and later "Löyly Sauna": only a kind was added.
            more = all(kinds(word) for word in words - before)
        if same or less or more:
            other.descriptions += mention.descriptions
            other.known = other.known or mention.known
            other.links = tuple(dict.fromkeys((*other.links, *mention.links)))
            other.address = other.address or mention.address
            if more and not other.known:
                other.name = mention.name
            return
    mention.name = mention.name[:LONGEST_NAME]
    found.append(mention)


def _add_proposals(mentions: list[_Mention], propose: Propose, blocks: Sequence[Block]) -> None:
    """Take what a model proposes, as far as it stands in the post."""
    post = "\n".join(block.text for block in blocks)
    words = set(fold(post).split())
    for proposal in propose(post, [mention.name for mention in mentions]):
        surface, row, order = _where(proposal.name, blocks)
        if not surface:
            continue
        said = fields.note(proposal.description)
        honest = bool(said) and set(fold(said).split()) <= words
        same = next((each for each in mentions if fold(each.name) == fold(surface)), None)
        if same is not None:
            if honest:
                same.descriptions.insert(0, said)
        elif any(sign.isupper() for sign in surface):
            block = next(each for each in blocks if each.row == row)
            own = said if honest else _rest(_sentence_at(block.text, order), surface)
            mentions.append(
                _Mention(surface, row, order, known=False, descriptions=[own] if own else [])
            )


def _where(name: str, blocks: Sequence[Block]) -> tuple[str, int, int]:
    """Return a name as the post writes it, with its row and place; empty if it is not there."""
    wanted = fold(name).split()
    if not wanted:
        return "", 0, 0
    for block in blocks:
        tokens = _tokens(block.text)
        folded = [fold(token.text) for token in tokens]
        for at in range(len(tokens) - len(wanted) + 1):
            if folded[at : at + len(wanted)] == wanted:
                start, end = tokens[at].start, tokens[at + len(wanted) - 1].end
                return block.text[start:end], block.row, start
    return "", 0, 0


def _leads(block: Block, lead: str) -> Iterator[tuple[int, int]]:
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
        bare = _bare(_EMOJI.sub(" ", part))
        at = block.text.find(bare, start) if bare else -1
        if at >= 0:
            yield at, at + len(bare)


def _siblings(blocks: Sequence[Block], number: int) -> list[int]:
    """Return the numbers of the blocks of the same list, or the headings of the same level."""
    block = blocks[number]
    return [
        n
        for n, other in enumerate(blocks)
        if other.kind == block.kind and other.level == block.level
    ]


def _support(siblings: Sequence[int], known: Sequence[Sequence[tuple[int, int]]]) -> bool:
    """Whether enough of a list's other entries lead with a name that is known."""
    hits = sum(bool(known[n]) for n in siblings)
    return len(siblings) > 1 and hits >= _KNOWN_SHARE * len(siblings)


def _strong_support(blocks: Sequence[Block], known: Sequence[Sequence[tuple[int, int]]]) -> bool:
    """Whether enough of what the post stresses is known."""
    stressed = hits = 0
    for block, spans in zip(blocks, known, strict=True):
        names = {block.text[start:end] for start, end in spans}
        for text in block.strong:
            stressed += 1
            hits += any(name in text for name in names)
    return stressed > 1 and hits >= _KNOWN_SHARE * stressed


def _step(text: str, tokens: Sequence[_Token], at: int) -> int | None:
    """Return the last token of the next part of a capitalised phrase, None where it ends."""
    following = tokens[at + 1]
    if not _is_beside(text, tokens[at], following):
        return None
    if following.is_capital or following.text.isdigit():
        return at + 1
    folded = following.text.casefold()
    if folded in _JOINERS and folded not in {"and", "the", "ja", "och", "et", "y", "e", "i"}:
        end = at + 1
        while end + 1 < len(tokens) and tokens[end + 1].text.casefold() in {
            "the",
            "la",
            "le",
            "les",
            "der",
            "den",
        }:
            end += 1
        if (
            end + 1 < len(tokens)
            and tokens[end + 1].is_capital
            and _is_beside(text, tokens[end], tokens[end + 1])
        ):
            return end + 1
    return None


def _is_beside(text: str, one: _Token, other: _Token) -> bool:
    return text[one.end : other.start] in {" ", "-", " & ", "’", "'"}


def _begins_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip("\"“‘'([* \u2028")
    return not before or before[-1] in ".!?…:;\n•–—" or at == 0


def _tokens(text: str) -> list[_Token]:
    return [_Token(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]


def _bare(text: str) -> str:
    """Return a name without what surrounds it, and without the English genitive."""
    bare = text.strip(_EDGES + "\ufe0f\u2028")
    for ending in ("'s", "’s"):
        bare = bare.removesuffix(ending)
    return bare


def _all_capital(name: str) -> bool:
    """Whether all words but small ones are capitalised."""
    tokens = [token for token in _tokens(name) if token.text.casefold() not in _JOINERS]
    return bool(tokens) and all(token.is_capital or token.text.isdigit() for token in tokens)


def _sentence_at(text: str, at: int) -> str:
    start = 0
    for found in _SENTENCE.finditer(text[:_SENTENCES]):
        if found.start() >= at:
            return text[start : found.start()]
        start = found.end()
    return text[start:]


def _rest(sentence: str, name: str) -> str:
    """Return what a sentence says: all of it, or what follows where the name only leads it."""
    lead, _marked = without_bullet(sentence)
    if lead.startswith(name):
        rest = lead[len(name) :]
        if not rest.strip(_EDGES):
            return ""
        if rest.lstrip()[:1] in set("–—-:|→(,"):
            rest = rest.strip(_EDGES)
            address = _STREET.match(rest)
            return rest[address.end() :].strip(_EDGES) if address is not None else rest
    parts = [part.strip(_EDGES) for part in _SLASH.split(lead)]
    return "" if len(parts) > 1 and name in parts else lead


def _address(text: str, name: str) -> str:
    """Return the street and number that follow a name in its line, empty if none do."""
    after = text[text.find(name) + len(name) :]
    if after.lstrip()[:1] not in {",", "("}:
        return ""
    found = _STREET.match(after.lstrip(" ,("))
    return found[1] if found is not None else ""


def _best(mention: _Mention) -> str:
    """Return at most thirty words of the post about a place: whole sentences where they fit."""
    said = [
        text
        for text in dict.fromkeys(fields.note(_URL.sub(" ", text)) for text in mention.descriptions)
        if text
    ]
    if not said:
        return ""
    first = said[0]
    words = first.split()
    if len(words) <= DESCRIPTION_WORDS:
        return first
    kept = ""
    for sentence in _SENTENCE.split(first):
        longer = f"{kept} {sentence}".strip()
        if len(longer.split()) > DESCRIPTION_WORDS:
            break
        kept = longer
    return kept or " ".join(words[:DESCRIPTION_WORDS])


@lru_cache(maxsize=1)
def _lexicon() -> _Words:
    file = resources.files("planner.library.importers") / "mentions.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))

    def words(key: str) -> frozenset[str]:
        return frozenset(fold(word) for word in data[key].split())

    return _Words(words("cues"), words("strong"), words("common"), words("peoples"))
