"""Saved pages (``.html``, ``.mhtml``) taken apart into blocks: what was written, not the frame.

Nothing of a page is run or fetched; links are kept as text.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.errors import UnreadableFileError
from planner.library.importers.fields import is_map_link, tidy
from planner.library.importers.limits import DEEPEST_HTML
from planner.library.importers.prose import LONGEST_BLOCK, Block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

    from planner.library.importers.prose import BlockKind

_FRAME = (
    "script, style, template, noscript, svg, nav, footer, aside, form, button, iframe, select, "
    "[role=navigation], [role=banner], [role=contentinfo], [aria-hidden=true], [hidden]"
)
_CONTENT = ("article", "main", "[role=main]")
_BLOCKS = frozenset(
    [
        "h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "blockquote", "figcaption", "td", "th",
        "dt", "dd", "div", "section", "article", "main", "pre", "body", "header", "address",
        "summary",
    ]
)  # fmt: skip
_STRESSED = frozenset({"b", "strong", "em", "i", "mark", "u"})
_LISTS = frozenset({"ul", "ol", "table", "dl"})
_MOST_STRESSED = 100
_TAGS = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_ENDLESS = frozenset(
    [
        "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "option", "br", "hr", "img",
        "wbr", "input", "meta", "link", "source", "area", "col", "base", "embed", "track",
        "param", "path",
    ]
)  # fmt: skip
_LEAST_CONTENT = 200
_MOST_NODES = 2_000_000


class BrokenPageError(ValueError):
    """A page is built as no real one is; the message says how."""


def html_blocks(text: str) -> list[Block]:
    """Return the blocks of an HTML text.

    Raises
    ------
    BrokenPageError
        If it nests deeper than :data:`planner.library.importers.limits.DEEPEST_HTML`: parsing
        would take hours.
    """
    from selectolax.lexbor import LexborHTMLParser

    if _depth(text) > DEEPEST_HTML:
        raise BrokenPageError(f"its elements nest deeper than {DEEPEST_HTML:,}")
    tree = LexborHTMLParser(text)
    root = tree.body
    if root is None:
        return []
    for node in root.css(_FRAME):
        node.decompose()
    for selector in _CONTENT:
        found = root.css(selector)
        if len(found) == 1 and len(found[0].text(deep=True)) >= _LEAST_CONTENT:
            root = found[0]
            break
    titles = len(root.css("h1"))
    blocks: list[Block] = []
    for row, block in enumerate(_blocks(root), start=1):
        is_title = block.kind == "heading" and block.level == 1 and titles == 1
        kind: BlockKind = "title" if is_title else block.kind
        blocks.append(replace(block, kind=kind, row=row))
    return blocks


def mhtml_blocks(data: bytes, name: str) -> list[Block]:
    """Return the blocks of a page that was saved as one file.

    Raises
    ------
    UnreadableFileError
        If there is no page in it.
    """
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for number, part in enumerate(message.walk()):
        if number > 10_000:  # noqa: PLR2004 - no page is made of so many
            break
        if part.get_content_type() in {"text/html", "application/xhtml+xml"}:
            raw = part.get_payload(decode=True)
            if isinstance(raw, bytes) and raw.strip():
                return html_blocks(_decoded(raw, part.get_content_charset()))
    raise UnreadableFileError(
        f"{name} holds no page.", "Save the page once more, as HTML or as one file."
    )


def _depth(text: str) -> int:
    """Return about how deep a page nests; elements that need no end are not counted."""
    depth = deepest = 0
    for found in _TAGS.finditer(text):
        if found[2].casefold() not in _ENDLESS:
            depth = max(0, depth + (-1 if found[1] else 1))
            deepest = max(deepest, depth)
    return deepest


def _decoded(raw: bytes, charset: str | None) -> str:
    import io

    from planner.library.importers import encoding

    if charset is not None:
        try:
            return raw.decode(charset)
        except (LookupError, UnicodeDecodeError):
            pass
    return raw.decode(encoding.detect(lambda: io.BytesIO(raw)).name, "replace")


def _blocks(root: LexborNode) -> Iterator[Block]:
    """Yield the innermost blocks in the order of the page."""
    lists: dict[int, int] = {}
    for number, node in enumerate(root.traverse(include_text=False)):
        if number > _MOST_NODES:
            return
        if node.tag not in _BLOCKS:
            continue
        text, stressed, links = _own(node)
        if text:
            kind, level = _kind(node, lists)
            kept = tuple(dict.fromkeys(part for part in stressed if part and part in text))
            yield Block(kind, text, 0, level, kept, tuple(links))


def _own(node: LexborNode) -> tuple[str, list[str], list[str]]:
    """Return a block's text, what is stressed in it, and its links.

    Blocks inside it are left out: they come by themselves.
    """
    parts: list[str] = []
    stressed: list[str] = []
    links: list[str] = []
    signs = 0
    pending = list(_children(node))[::-1]
    while pending and signs < LONGEST_BLOCK:
        child = pending.pop()
        tag = child.tag or ""
        if tag == "-text":
            content = child.text_content or ""
            parts.append(content)
            signs += len(content)
        elif tag == "br" or tag in _BLOCKS or tag in _LISTS:
            parts.append(" \u2028 " if tag == "br" else " ")
        else:
            link = (child.attributes.get("href") or "") if tag == "a" else ""
            # What a link to a map is on is a name; another link may be on anything.
            if (tag in _STRESSED or is_map_link(link)) and len(stressed) < _MOST_STRESSED:
                stressed.append(tidy(child.text()))
            if link:
                links.append(link)
            pending.extend(list(_children(child))[::-1])
    return tidy("".join(parts), limit=LONGEST_BLOCK), stressed, links


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _kind(node: LexborNode, lists: dict[int, int]) -> tuple[BlockKind, int]:
    tag = node.tag or ""
    if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():  # noqa: PLR2004 - h1 to h6
        return "heading", int(tag[1])
    if tag in {"li", "dt", "td"}:
        parent = node.parent
        key = parent.mem_id if parent is not None else 0
        return "item", lists.setdefault(key, len(lists) + 1)
    return "paragraph", 0
