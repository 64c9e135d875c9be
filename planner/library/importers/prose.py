"""Texts taken apart into blocks: headings, list items, paragraphs, each with what it stresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from planner.library.importers.fields import is_map_link, plain, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BlockKind: TypeAlias = Literal["title", "heading", "item", "paragraph"]

LONGEST_BLOCK = 20_000
_PIN = "\U0001f4cd\U0001f4cc\U0001f5fa\U0001f6a9"
_BULLET = re.compile(
    rf"^\s*(?:[-*+•‣▪◦●○·–—→➜➤✔✓✅☑★⭐]\s+|[{_PIN}]|\(?\d{{1,3}}[.):]\s+|\d{{1,3}}\ufe0f?\u20e3\s*|#\d{{1,3}}\s+)"
)
_SENTENCE_END = re.compile(r"[.!?…]['\"”’)]*$")
_SHORT_LINE_WORDS = 8
_LIST_SHARE = 0.6
_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_BLANK = re.compile(r"\n[ \t\r]*\n")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a text.

    Attributes
    ----------
    row
        The line that it begins in, or its number where the source has no lines; counted from 1.
    level
        Of a heading, 1 to 6; of an item, the number of its list: items of one list belong together.
    strong
        What is in bold or italics, or is linked to a map, as written.
    links
        The links in it.
    """

    kind: BlockKind
    text: str
    row: int
    level: int = 0
    strong: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def plain_blocks(text: str) -> list[Block]:
    """Return the blocks of a text without markup: a message, a copied post, a list of names."""
    lines = text.splitlines()
    filled = [line for line in lines if line.strip()]
    short = sum(_is_short(line) for line in filled)
    bullets = sum(_BULLET.match(line) is not None for line in filled)
    # One name a line: every line is an item, though none has a bullet.
    bare_list = bullets == 0 and len(filled) > 1 and short >= _LIST_SHARE * len(filled)
    blocks: list[Block] = []
    paragraph: list[str] = []
    began, listed = 1, 0

    def close() -> None:
        if paragraph:
            blocks.extend(_cut("paragraph", " ".join(paragraph), began))
            paragraph.clear()

    for row, line in enumerate(lines, start=1):
        if not line.strip():
            close()
            listed += 1
            continue
        if _BULLET.match(line) or (bare_list and _is_short(line)):
            close()
            blocks.extend(_cut("item", line, row, level=0 if bare_list else listed))
            continue
        if bullets > 1 and not paragraph and _is_short(line):
            # A short line above bullets is what they are about.
            blocks.extend(_cut("heading" if blocks else "title", line, row, level=1))
            continue
        if not paragraph:
            began = row
        paragraph.append(line.strip())
    close()
    return blocks


def markdown_blocks(text: str) -> list[Block]:
    """Return the blocks of a Markdown text."""
    from markdown_it import MarkdownIt

    # Raw HTML in Markdown is text with tags to us; nothing of it is ever shown as HTML.
    tokens = MarkdownIt("commonmark", {"maxNesting": 20}).parse(text)
    headings = sum(token.type == "heading_open" and token.tag == "h1" for token in tokens)
    blocks: list[Block] = []
    lists = depth = level = 0
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists += depth == 0
            depth += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
        elif token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "inline" and token.content.strip():
            row = (token.map[0] if token.map else 0) + 1
            strong, links, written = _inline(token.children or ())
            kind: BlockKind = "paragraph"
            if level:
                kind = "title" if level == 1 and headings == 1 else "heading"
            elif depth:
                kind = "item"
            for part in (
                written.split("\n") if kind == "paragraph" and _is_lines(written) else (written,)
            ):
                piece: BlockKind = "item" if kind == "paragraph" and _BULLET.match(part) else kind
                blocks += _cut(piece, part, row, level=level or lists, strong=strong, links=links)
    return blocks


def _inline(children: Sequence[object]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return what is stressed, the links, and the whole text of a line of Markdown."""
    strong: list[str] = []
    links: list[str] = []
    parts: list[str] = []
    open_at: list[int] = []
    for child in children:
        kind = getattr(child, "type", "")
        if kind in {"strong_open", "em_open", "link_open"}:
            open_at.append(len(parts))
            if kind == "link_open":
                links.append(str(getattr(child, "attrs", {}).get("href", "")))
        elif kind in {"strong_close", "em_close", "link_close"} and open_at:
            stressed = "".join(parts[open_at.pop() :])
            # What a link to a map is on is a name; another link may be on anything.
            if kind != "link_close" or is_map_link(links[-1]):
                strong.append(tidy(stressed))
        elif kind in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif kind in {"text", "code_inline"}:
            parts.append(str(getattr(child, "content", "")))
    return tuple(text for text in strong if text), tuple(links), "".join(parts)


def _is_lines(text: str) -> bool:
    """Whether the lines of a paragraph are pieces of their own: pins, numbers."""
    return sum(_BULLET.match(line) is not None for line in text.split("\n")) > 0


def _is_short(line: str) -> bool:
    return len(line.split()) <= _SHORT_LINE_WORDS and not _SENTENCE_END.search(line.strip())


def _cut(
    kind: BlockKind,
    text: str,
    row: int,
    *,
    level: int = 0,
    strong: tuple[str, ...] = (),
    links: tuple[str, ...] = (),
) -> Iterator[Block]:
    """Yield a block; several where it is endless, so that no step meets a text without bounds."""
    text = plain(text) if "<" in text else text
    for start in range(0, len(text), LONGEST_BLOCK):
        part = tidy(text[start : start + LONGEST_BLOCK], limit=LONGEST_BLOCK)
        if part:
            yield Block(kind, part, row, level, strong, links)


def is_pinned(text: str) -> bool:
    """Whether a line begins with the pin that posts put before a place."""
    return text.lstrip()[:1] in set(_PIN)


def without_bullet(text: str) -> tuple[str, bool]:
    """Return a line without its bullets, numbers and pins, and whether it had a number or pin."""
    marked = False
    while True:
        found = _BULLET.match(text)
        if found is None or not found[0].strip():
            return text.strip(), marked
        marked = marked or any(sign.isdigit() or sign in _PIN for sign in found[0])
        text = text[found.end() :].lstrip("\ufe0f ")
