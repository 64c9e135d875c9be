"""Saved pages (``.html``, ``.mhtml``) taken apart into blocks: what was written, not the frame.

Nothing of a page is run or fetched; links are kept as text.
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.errors import UnreadableFileError
from planner.library.importers.fields import is_map_link, tidy
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
_STRESSED = "b, strong, em, i, mark, u"
_LEAST_CONTENT = 200
_MOST_NODES = 2_000_000


def html_blocks(text: str) -> list[Block]:
    """Return the blocks of an HTML text."""
    from selectolax.lexbor import LexborHTMLParser

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
        text = _own_text(node)
        if not text:
            continue
        kind, level = _kind(node, lists)
        stressed = tuple(
            dict.fromkeys(
                part
                for part in (tidy(each.text()) for each in (*node.css(_STRESSED), *_mapped(node)))
                if part in text
            )
        )
        links = tuple(each.attributes.get("href") or "" for each in node.css("a"))
        yield Block(kind, text, 0, level, tuple(part for part in stressed if part), links)


def _mapped(node: LexborNode) -> list[LexborNode]:
    """Return the links to maps: what they are on is a name. Other links may be on anything."""
    return [each for each in node.css("a") if is_map_link(each.attributes.get("href") or "")]


def _own_text(node: LexborNode) -> str:
    """Return a block's text without that of the blocks inside it, which come by themselves."""
    parts: list[str] = []
    signs = 0
    pending = list(_children(node))[::-1]
    while pending and signs < LONGEST_BLOCK:
        child = pending.pop()
        if child.tag == "-text":
            content = child.text_content or ""
            parts.append(content)
            signs += len(content)
        elif child.tag == "br":
            parts.append(" \u2028 ")
        elif child.tag not in _BLOCKS and child.tag not in {"ul", "ol", "table", "dl"}:
            pending.extend(list(_children(child))[::-1])
        else:
            parts.append(" ")
    return tidy("".join(parts), limit=LONGEST_BLOCK)


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
