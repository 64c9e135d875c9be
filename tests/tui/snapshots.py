"""Pictures of screens, kept as SVG and held against what the application shows now.

    FLANEUR_SNAPSHOTS=write .venv/bin/python -m pytest tests/tui -k snapshot

writes them anew; look at what changed before you commit it. They lie in ``tests/tui/snapshots`` and
open in any browser. What changes without a change of ours (ids, fonts, frames) is left out.
"""

from __future__ import annotations

import difflib
import html
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.widgets import Input

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from textual.pilot import Pilot

FOLDER = Path(__file__).parent / "snapshots"
WRITE = "FLANEUR_SNAPSHOTS"
WIDE, NARROW = (120, 40), (80, 24)
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_CLIPS = re.compile(r'<clipPath id="[^"]*-line-\d+">.*?</clipPath>', re.DOTALL)
_CUT = re.compile(r' (?:clip-path="url\(#[^"]*-line-\d+\)"|shape-rendering="crispEdges")')
_RECT = re.compile(
    r'<rect fill="([^"]+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="24.65"/>'
)
_ID = re.compile(r"terminal-\d+-")
_WORDS = re.compile(r'<text class="s-r\d+" x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')


def drawn(svg: str) -> str:
    """Return a picture without what differs between two runs, one element a line."""
    svg = _ID.sub("s-", _CUT.sub("", _CLIPS.sub("", _FONTS.sub("", svg))))
    svg = re.sub(r">\s*<(?!/)", ">\n<", svg)
    return "\n".join(_joined(line.rstrip() for line in svg.splitlines() if line.strip())) + "\n"


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines in which neighbours of one colour are one rectangle: a third of the size."""
    fill, y, begin, end = "", "", 0.0, 0.0
    for line in [*lines, ""]:
        found = _RECT.fullmatch(line)
        at = float(found[2]) if found else 0.0
        if found and (found[1], found[3]) == (fill, y) and abs(at - end) < 0.2:
            end = at + float(found[4])
            continue
        if fill:
            width = f"{end - begin:.1f}"
            yield f'<rect fill="{fill}" x="{begin:g}" y="{y}" width="{width}" height="24.65"/>'
            fill = ""
        if found:
            fill, y, begin, end = found[1], found[3], at, at + float(found[4])
        elif line:
            yield line


def words(svg: str) -> list[str]:
    """Return the lines of text in a picture, for telling two of them apart."""
    lines: dict[float, str] = {}
    for x, y, text in _WORDS.findall(svg):
        line = lines.get(float(y), "")
        lines[float(y)] = line.ljust(round(float(x) / 12.2)) + html.unescape(text)
    return [lines[y].replace("\xa0", " ").rstrip() for y in sorted(lines)]


async def hold(pilot: Pilot[Any], name: str) -> None:
    """Hold the screen against its picture, which is named after it and its size.

    Raises
    ------
    AssertionError
        If it looks different, or there is no picture of it yet.
    """
    app = pilot.app
    for line in app.screen.query(Input):
        line.cursor_blink = False
    app.clear_notifications()
    await pilot.pause()
    width, height = app.size
    path = FOLDER / f"{name}-{width}x{height}.svg"
    now = drawn(app.export_screenshot(title="", simplify=True))
    if os.environ.get(WRITE) == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")
        return
    then = path.read_text(encoding="utf-8") if path.exists() else ""
    if now == then:
        return
    told = difflib.unified_diff(words(then), words(now), "then", "now", lineterm="", n=1)
    changed = "\n".join(told) or "the words are the same, but not colours or places"
    raise AssertionError(f"{path.name} looks different ({WRITE}=write writes it anew):\n{changed}")
