"""XML read piece by piece and without its dangers.

The parser (defusedxml over expat) refuses declared entities and follows nothing outside the file.
Only the elements that hold a place are kept, one at a time, and each within bounds: a track of
two thousand million points costs time, not memory.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from html.entities import html5
from typing import IO, TYPE_CHECKING, cast
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces

from planner.library.importers.limits import CHUNK, DEEPEST_XML, LARGEST_RECORD, MOST_PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.sax.xmlreader import AttributesNSImpl, IncrementalParser

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_OWN_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_LONGEST_REFERENCE = 40
# What XML 1.0 allows as a sign (section 2.2).
_LEGAL = ((9, 10), (13, 13), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
_LONGEST_KEPT_NAME = 4000


class BrokenXmlError(ValueError):
    """The text is no well-formed XML, or tries what is forbidden; the message says which."""


@dataclass(slots=True)
class Node:
    """An element that was kept; names come without their namespace."""

    name: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The element's own text."""
        return "".join(self.texts).strip()

    def child(self, name: str) -> Node | None:
        """Return the first child of a name."""
        return next((node for node in self.children if node.name == name), None)

    def child_text(self, name: str) -> str:
        """Return the text of the first child of a name, empty where there is none."""
        node = self.child(name)
        return node.text if node is not None else ""

    def all(self, name: str) -> Iterator[Node]:
        """Yield every element of a name inside this one, at any depth."""
        for node in self.children:
            if node.name == name:
                yield node
            yield from node.all(name)

    def first(self, name: str) -> Node | None:
        """Return the first element of a name at any depth."""
        return next(self.all(name), None)


@dataclass(frozen=True, slots=True)
class Record:
    """A kept element, whole, with the names of the elements around it from the root on.

    ``titles`` holds, for each element around it, the text of its child ``name``, where that came
    before; ``excess`` says which bound it broke (its node is then incomplete), empty for none.
    """

    node: Node
    around: tuple[str, ...]
    titles: tuple[str, ...]
    excess: str = ""


@dataclass(slots=True)
class Tally:
    """How often elements of some names were met without being kept."""

    counts: dict[str, int] = field(default_factory=dict)
    root: str = ""


def records(
    stream: IO[str], kept: frozenset[str], *, counted: frozenset[str] = frozenset(), tally: Tally
) -> Iterator[Record]:
    """Yield the elements of the given names, in the order in which they end.

    Parameters
    ----------
    stream
        The text, decoded; what the file declares of its encoding is not looked at.
    kept
        Local names of the elements to keep.
    counted
        Local names of elements to count, outside of those that are kept.
    tally
        Where the counts and the root's name are written.

    Raises
    ------
    BrokenXmlError
        If it is not well-formed, declares entities, refers to something outside, or nests deeper
        than :data:`planner.library.importers.limits.DEEPEST_XML`.
    """
    from defusedxml import DefusedXmlException, sax

    handler = _Handler(kept, counted, tally)
    parser = cast("IncrementalParser", sax.make_parser())
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(handler)
    try:
        for chunk in _mended(stream):
            parser.feed(chunk)
            while handler.ready:
                yield handler.ready.popleft()
        parser.close()
    except SAXParseException as error:
        raise BrokenXmlError(
            f"it is not well-formed XML in line {error.getLineNumber()}: {error.getMessage()}"
        ) from error
    except DefusedXmlException as error:
        raise BrokenXmlError(
            "it declares entities or refers to other files, as attacks do"
        ) from error
    except SAXException as error:
        raise BrokenXmlError(f"it is not well-formed XML: {error.getMessage()}") from error
    while handler.ready:
        yield handler.ready.popleft()


class _Handler(ContentHandler):
    """Builds the elements that are kept, within bounds."""

    def __init__(self, kept: frozenset[str], counted: frozenset[str], tally: Tally) -> None:
        super().__init__()
        self.ready: deque[Record] = deque()
        self._kept = kept
        self._counted = counted
        self._tally = tally
        self._path: list[str] = []
        self._titles: list[list[str]] = []
        self._open: list[Node] = []
        self._depth_of_record = 0
        self._signs = 0
        self._parts = 0
        self._excess = ""

    def startElementNS(  # noqa: N802 - SAX's name
        self,
        name: tuple[str | None, str],
        qname: str | None,  # noqa: ARG002 - SAX gives it
        attrs: AttributesNSImpl,
    ) -> None:
        local = name[1]
        if len(self._path) >= DEEPEST_XML:
            raise BrokenXmlError(f"its elements nest deeper than {DEEPEST_XML}")
        if not self._path:
            self._tally.root = local
        self._path.append(local)
        self._titles.append([])
        if self._open:
            self._add(local, attrs)
        elif local in self._kept:
            self._signs, self._parts, self._excess = 0, 0, ""
            self._depth_of_record = len(self._path)
            self._open = [Node(local, _attributes(attrs))]
        elif local in self._counted:
            self._tally.counts[local] = self._tally.counts.get(local, 0) + 1

    def _add(self, local: str, attrs: AttributesNSImpl) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            self._excess = f"it has more than {MOST_PARTS:,} parts"
        if self._excess:
            return
        node = Node(local, _attributes(attrs))
        self._open[-1].children.append(node)
        self._open.append(node)

    def endElementNS(  # noqa: N802 - SAX's name
        self,
        name: tuple[str | None, str],  # noqa: ARG002 - SAX gives it
        qname: str | None,  # noqa: ARG002 - SAX gives it
    ) -> None:
        if self._open:
            depth = len(self._path) - self._depth_of_record
            if depth == 0:
                around = tuple(self._path[:-1])
                titles = tuple("".join(parts).strip() for parts in self._titles[:-1])
                self.ready.append(Record(self._open[0], around, titles, self._excess))
                self._open = []
            elif len(self._open) == depth + 1:
                # After an excess, elements are met that were never opened here.
                self._open.pop()
        self._path.pop()
        self._titles.pop()

    def characters(self, content: str) -> None:
        if self._open:
            self._signs += len(content)
            if self._signs > LARGEST_RECORD:
                self._excess = f"it is longer than {LARGEST_RECORD:,} signs"
            if not self._excess:
                self._open[-1].texts.append(content)
        elif len(self._path) > 1 and self._path[-1] == "name":
            title = self._titles[-2]
            if sum(map(len, title)) < _LONGEST_KEPT_NAME:
                title.append(content)


def _attributes(attrs: AttributesNSImpl) -> dict[str, str]:
    return {name[1]: value for name, value in attrs.items()}


def _mended(stream: IO[str]) -> Iterator[str]:
    """Yield the text without the signs that XML forbids, and with the entities of HTML resolved.

    One such sign in one name would otherwise cost the whole file.
    """
    rest = ""
    while chunk := stream.read(CHUNK):
        text = rest + chunk
        # A reference may be cut in two at the end of what was read.
        cut = text.rfind("&", len(text) - _LONGEST_REFERENCE)
        if cut >= 0 and ";" not in text[cut:]:
            text, rest = text[:cut], text[cut:]
        else:
            rest = ""
        yield _REFERENCE.sub(_resolved, _ILLEGAL.sub("\ufffd", text))
    yield _REFERENCE.sub(_resolved, _ILLEGAL.sub("\ufffd", rest))


def _resolved(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name is not None:
        if name in _OWN_ENTITIES:
            return found[0]
        signs = html5.get(f"{name};", found[0])
        return (
            "".join("&amp;" if s == "&" else "&lt;" if s == "<" else s for s in signs)
            if signs != found[0]
            else signs
        )
    code = int(decimal) if decimal is not None else int(hexadecimal, 16)
    return found[0] if any(first <= code <= last for first, last in _LEGAL) else "\ufffd"
