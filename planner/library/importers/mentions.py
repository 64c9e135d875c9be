"""Places that a post names, and why it recommends each (ItiNera, appendix E, without a network).

Two sources of names. A gazetteer finds every name that is known, exactly; it always runs where one
is given. The form of the text finds names that are not known: what follows a pin, leads a list
item, stands in bold or as a heading beside names that are known, or is a capitalised phrase with a
word of kind ("Moonlight Tea House") or after words such as "at". A language model may propose
more; of what it says only names and words that stand in the post are kept.

Every description is cut from the post's own sentences.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from planner.library.findings import LONGEST_NAME
from planner.library.importers import fields
from planner.library.importers.drafts import Draft, finished
from planner.library.importers.limits import MOST_CANDIDATES
from planner.library.importers.passages import (
    URL,
    address_after,
    leads,
    rest_of,
    shortest,
    standing,
    without_case,
)
from planner.library.importers.phrases import (
    EDGES,
    NameSense,
    all_capital,
    begins_sentence,
    lexicon,
    sentence_at,
    tokens_of,
)
from planner.library.importers.prose import is_pinned, without_bullet
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from planner.library.catalogue import Catalogue
    from planner.library.findings import Finding, Refusal
    from planner.library.importers.drafts import Remarks
    from planner.library.importers.phrases import Token
    from planner.library.importers.prose import Block, BlockKind
    from planner.library.naming import NameIndex


class Span(Protocol):
    """A known name in a text: ``text[start:end]``."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where the text goes on."""

    @property
    def name(self) -> str:
        """The name as it is known: of "Kiasmassa", "Kiasma"."""

    @property
    def kind(self) -> str:
        """``"area"`` for streets, districts and stations, which say where something else is."""


class Proposal(NamedTuple):
    """A place that a language model read out of a post, and what it says of it."""

    name: str
    description: str = ""


Gazetteer: TypeAlias = "Callable[[str], Iterable[Span]]"
"""Finds the names of known places in a text, exactly; spans do not overlap."""

Propose: TypeAlias = "Callable[[str, Sequence[str]], Iterable[Proposal]]"
"""Given a post and the names found so far, proposes places and describes those found."""

_BULLET = "\u2022 "
_KNOWN_SHARE = 1 / 3
_CAPITAL_SHARE = 1 / 2
_MOST_SAID = 4

_MOST_COMPARED = 100


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


def in_cities(indexes: Iterable[NameIndex]) -> Gazetteer | None:
    """Return a gazetteer of the names of several cities, None if there is no city.

    Where names of two cities overlap, the longer counts.
    """
    held = tuple(indexes)
    if not held:
        return None

    def find(text: str) -> list[Span]:
        from planner.library.gazetteer import find_names

        spans = [span for index in held for span in find_names(text, index)]
        spans.sort(key=lambda span: (span.start - span.end, span.start))
        kept: list[Span] = []
        for span in spans:
            if not any(_meet((span.start, span.end), (each.start, each.end)) for each in kept):
                kept.append(span)
        return kept

    return find


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
    mentions = reader.mentions(blocks, remarks)
    if propose is not None:
        _add_proposals(mentions, propose, blocks)
    if not mentions:
        remarks.add("No names of places were found in the text.")
    for mention in sorted(mentions, key=lambda each: (each.row, each.order)):
        draft = Draft(
            row=mention.row, name=mention.name, description=shortest(mention.descriptions)
        )
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


class _Known(NamedTuple):
    """A known name in a block, and what it is."""

    start: int
    end: int
    name: str
    is_area: bool


@dataclass(frozen=True, slots=True)
class _Post:
    """A post with what is known of it before its names are gathered.

    Attributes
    ----------
    known
        For each block, where known names stand in it.
    siblings, led
        For each kind and level of blocks, how many there are and how many hold a known name.
    stress_tells
        Whether what the post stresses is names, as far as that is known.
    """

    blocks: Sequence[Block]
    known: Sequence[Sequence[_Known]]
    siblings: Counter[tuple[BlockKind, int]]
    led: Counter[tuple[BlockKind, int]]
    stress_tells: bool

    def supports(self, block: Block) -> bool:
        """Whether enough of the entries beside this one hold a name that is known."""
        key = (block.kind, block.level)
        return self.siblings[key] > 1 and self.led[key] >= _KNOWN_SHARE * self.siblings[key]

    def following(self, number: int) -> str:
        """Return the first paragraph after a heading, before the next one."""
        for block in self.blocks[number + 1 : number + 4]:
            if block.kind in {"heading", "title"}:
                return ""
            if len(block.text.split()) > 2:  # noqa: PLR2004 - "Museum", "€€" say nothing
                return block.text
        return ""


class _Reader:
    """Walks through a post once and gathers names."""

    def __init__(self, catalogue: Catalogue, gazetteer: Gazetteer | None) -> None:
        self._sense = NameSense(catalogue)
        self._gazetteer = gazetteer

    def mentions(self, blocks: Sequence[Block], remarks: Remarks) -> list[_Mention]:
        """Return every place named, once."""
        post = self._surveyed(blocks)
        found = _Found()
        for number, block in enumerate(blocks):
            following = post.following(number) if block.kind in {"heading", "title"} else ""
            for start, end, known in self._names(post, number):
                name = block.text[start:end]
                called = without_case(name, known) if known else name
                # What a heading names, the text under it describes; a lead, the rest of its line.
                told = block.kind in {"heading", "title"}
                said = following if told else rest_of(sentence_at(block.text, start), name)
                mention = _Mention(called[:LONGEST_NAME], block.row, start, bool(known))
                mention.descriptions += [said] if said else []
                if block.kind == "item":
                    mention.address = address_after(block.text, name)
                links = (*block.links, *URL.findall(block.text))
                mention.links = tuple(link for link in links if fields.pair_of_link(link))
                self._add(found, mention)
                if len(found.mentions) >= MOST_CANDIDATES:
                    remarks.add(
                        f"It names more than {MOST_CANDIDATES:,} places; the rest is left out."
                    )
                    return found.mentions
        return found.mentions

    def _surveyed(self, blocks: Sequence[Block]) -> _Post:
        known = [self._known(block) for block in blocks]
        siblings = Counter((block.kind, block.level) for block in blocks)
        led = Counter(
            (block.kind, block.level) for block, spans in zip(blocks, known, strict=True) if spans
        )
        stressed = hits = 0
        for block, spans in zip(blocks, known, strict=True):
            names = {block.text[span.start : span.end] for span in spans}
            stressed += len(block.strong)
            if self._gazetteer is None:
                hits += sum(map(all_capital, block.strong))
            else:
                hits += sum(any(name in text for name in names) for text in block.strong)
        share = _KNOWN_SHARE if self._gazetteer is not None else _CAPITAL_SHARE
        return _Post(blocks, known, siblings, led, stressed > 1 and hits >= share * stressed)

    def _known(self, block: Block) -> list[_Known]:
        if self._gazetteer is None:
            return []
        # What leads an item or a heading is a name even where it is an everyday word: the bullet
        # that the markup took away says so.
        bullet = _BULLET if block.kind in {"heading", "item"} else ""
        text = bullet + block.text
        found = [
            _Known(span.start - len(bullet), span.end - len(bullet), span.name, span.kind == "area")
            for span in self._gazetteer(text)
        ]
        return sorted(each for each in found if 0 <= each.start < each.end <= len(block.text))

    def _names(self, post: _Post, number: int) -> Iterator[tuple[int, int, str]]:
        """Yield the names in a block: where they stand, and the known name, empty for others."""
        block = post.blocks[number]
        formed = list(self._formed(post, block))
        taken: list[tuple[int, int]] = []
        for known in post.known[number]:
            wider = self._widened(block, known.start, known.end)
            if wider in taken:
                continue
            taken.append(wider)
            # A street or a district in running text says where something is; at the head of an
            # item or in bold it is what the post is about.
            if (
                not known.is_area
                or wider != known[:2]
                or any(_meet(wider, each) for each in formed)
            ):
                yield *wider, known.name if wider == known[:2] else ""
        for each in formed:
            if not any(_meet(each, other) for other in taken):
                taken.append(each)
                yield *each, ""

    @staticmethod
    def _widened(block: Block, start: int, end: int) -> tuple[int, int]:
        """Return the whole name that a known one is a part of: "Ateneum Secret Garden".

        Only capitalised words right beside it belong to it; before it, none that begins a sentence.
        """
        text = block.text
        tokens = tokens_of(text)
        inside = [n for n, token in enumerate(tokens) if token.start < end and token.end > start]
        if not inside:
            return start, end
        first, last = inside[0], inside[-1]
        while last + 1 < len(tokens) and _belongs(text, tokens[last].end, tokens[last + 1]):
            last += 1
        if block.kind == "paragraph":
            while (
                first > 0
                and not begins_sentence(text, tokens[first - 1].start)
                and _belongs(text, tokens[first - 1].end, tokens[first - 1], tokens[first].start)
            ):
                first -= 1
        return min(start, tokens[first].start), max(end, tokens[last].end)

    def _formed(self, post: _Post, block: Block) -> Iterator[tuple[int, int]]:
        """Yield where names stand that the form of the text shows."""
        if block.kind in {"heading", "item"} or is_pinned(block.text):
            yield from self._led(post, block)
        for text in block.strong:
            plain = text.strip(EDGES)
            at = block.text.find(plain) if plain else -1
            if at < 0 or not self._sense.is_name(plain):
                continue
            if self._sense.has_kind(plain) or (all_capital(plain) and post.stress_tells):
                yield at, at + len(plain)
        if block.kind != "title":
            yield from self._sense.phrases(block.text)

    def _led(self, post: _Post, block: Block) -> Iterator[tuple[int, int]]:
        """Yield where names stand at the head of a heading, an item or a line with a pin."""
        lead, marked = without_bullet(block.text)
        in_bare_list = block.kind == "item" and block.level == 0
        shown = marked or in_bare_list or is_pinned(block.text) or post.supports(block)
        stressed = {text.strip(EDGES) for text in block.strong}
        alone = post.siblings[block.kind, block.level] < 2  # noqa: PLR2004 - others beside it
        for start, end in leads(block, lead):
            name = block.text[start:end]
            certain = shown or name in stressed
            if self._sense.is_name(name, shown=certain) and (
                certain
                or self._sense.is_titled(name)
                or (self._gazetteer is None and not alone and all_capital(name))
            ):
                yield start, end

    def _add(self, found: _Found, mention: _Mention) -> None:
        """Add a mention, to the same place if it was named before."""
        words = frozenset(fold(mention.name).split())
        core = frozenset(word for word in words if not self._sense.has_kind(word))
        other = found.same(words, core, known=mention.known)
        if other is None:
            found.enter(mention, words, core)
            return
        if len(other.descriptions) < _MOST_SAID:
            other.descriptions += mention.descriptions
        other.links = tuple(dict.fromkeys((*other.links, *mention.links)))
        other.address = other.address or mention.address
        if len(words) > len(fold(other.name).split()) and not other.known:
            other.name = mention.name
        other.known = other.known or mention.known


@dataclass(slots=True)
class _Found:
    """The places named so far, to be found by their words."""

    mentions: list[_Mention] = field(default_factory=list)
    _whole: dict[frozenset[str], _Mention] = field(default_factory=dict)
    _core: dict[frozenset[str], _Mention] = field(default_factory=dict)
    _parts: dict[str, list[tuple[frozenset[str], _Mention]]] = field(default_factory=dict)

    def enter(self, mention: _Mention, words: frozenset[str], core: frozenset[str]) -> None:
        """Add a place that was not named before."""
        self.mentions.append(mention)
        self._whole.setdefault(words, mention)
        if core == words:
            self._core.setdefault(core, mention)
        for word in words:
            self._parts.setdefault(word, []).append((words, mention))

    def same(self, words: frozenset[str], core: frozenset[str], *, known: bool) -> _Mention | None:
        """Return the place that these words name too, in a shorter or longer form of its name.

        "Regatta" after "Café Regatta", and "Löyly Sauna" after "Löyly": a longer form may add no
        more than kinds. Two names that are both known are two places.
        """
        same = self._whole.get(words)
        if same is not None or not words:
            return same
        longer = self._core.get(core)
        if longer is not None and not (known and longer.known):
            return longer
        rarest = min((self._parts.get(word, ()) for word in words), key=len)
        for other, mention in rarest[:_MOST_COMPARED]:
            if words < other and not (known and mention.known):
                return mention
        return None


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two stretches of a text overlap."""
    return one[0] < other[1] and other[0] < one[1]


def _belongs(text: str, end: int, token: Token, start: int | None = None) -> bool:
    """Whether a capitalised word right beside a name is a part of it.

    ``end`` is where the earlier of the two ends; ``start`` where the later begins, by default the
    token's own.
    """
    beside = text[end : token.start if start is None else start]
    folded = fold(token.text)
    said = lexicon()
    return (
        beside in {" ", "-"}
        and token.is_capital
        and folded not in said.common
        and folded not in said.cues
    )


def _add_proposals(mentions: list[_Mention], propose: Propose, blocks: Sequence[Block]) -> None:
    """Take what a model proposes, as far as it stands in the post."""
    post = "\n".join(block.text for block in blocks)
    words = set(fold(post).split())
    for proposal in propose(post, [mention.name for mention in mentions]):
        surface, row, order = standing(proposal.name, blocks)
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
            own = said if honest else rest_of(sentence_at(block.text, order), surface)
            mentions.append(
                _Mention(surface, row, order, known=False, descriptions=[own] if own else [])
            )
