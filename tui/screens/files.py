"""Choose a file by typing its path, with what is there shown beneath."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static
from textual.widgets.option_list import Option

from planner.drawing.amounts import format_bytes
from planner.drawing.lettering import clean
from tui.screens.dialogs import Choice, Dialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widgets import OptionList

    Entry = tuple[Path, int | None]

_LISTED = 200


class PickFile(Dialog):
    """Ask for a file; the answer is its path.

    Parameters
    ----------
    title
        The question.
    endings
        Endings of what is shown, such as ``".gguf"``; every file where there are none.
    value
        What stands there at first; the folder one is in where absent.
    is_new
        Whether it is a file to be written, which need not be there.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "into_list", "Files", show=False, id="files.down"),
        Binding("tab", "complete", "Complete", show=False, priority=True, id="files.complete"),
    ]

    def __init__(
        self,
        title: str,
        *,
        endings: Sequence[str] = (),
        value: str | None = None,
        is_new: bool = False,
    ) -> None:
        super().__init__()
        self._title, self._endings, self._is_new = title, tuple(endings), is_new
        self._value = f"{Path.cwd()}/" if value is None else value
        self._entries: list[Entry] = []

    def compose(self) -> ComposeResult:
        """Lay out the path over what is there."""
        hint = "Enter writes it" if self._is_new else "Enter takes it"
        with Vertical(classes="panel tall"):
            yield Static(Text(self._title, "bold"), classes="title")
            yield Input(self._value, compact=True, select_on_focus=False)
            yield Choice(id="answers")
            yield Static("", id="objection")
            yield Static(Text(f"{hint} · Tab completes · ↓ to the list · Esc leaves", "dim"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what is there now."""
        self.query_one("#objection", Static).update("")
        self._look(event.value)

    @work(exclusive=True)
    async def _look(self, words: str) -> None:
        self._entries = await asyncio.to_thread(entries, words, self._endings)
        answers = self.query_one("#answers", Choice)
        answers.clear_options()
        answers.add_options(
            Option(_line(path, size), id=str(number))
            for number, (path, size) in enumerate(self._entries)
        )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the file, or go into the folder."""
        path = typed(event.value)
        if path.is_dir():
            self._go(path)
        elif self._is_new:
            self._take_new(path)
        elif path.is_file():
            self.dismiss(str(path))
        elif len(self._entries) == 1:
            self._choose(self._entries[0][0])
        else:
            self._object(f"There is no file {path}.")

    def _take_new(self, path: Path) -> None:
        if self._endings and path.suffix.casefold() not in self._endings:
            self._object(f"Its name has to end in {', '.join(self._endings)}.")
        elif not path.parent.is_dir():
            self._object(f"There is no folder {path.parent}.")
        else:
            self.dismiss(str(path))

    def _object(self, words: str) -> None:
        self.query_one("#objection", Static).update(Text(clean(words), "bold"))

    def _go(self, folder: Path) -> None:
        line = self.query_one(Input)
        line.value = f"{str(folder).rstrip('/')}/"
        line.cursor_position = len(line.value)
        line.focus()

    def _choose(self, path: Path) -> None:
        if path.is_dir():
            self._go(path)
        elif self._is_new:
            line = self.query_one(Input)
            line.value = str(path)
            line.cursor_position = len(line.value)
            line.focus()
        else:
            self.dismiss(str(path))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the file, or go into the folder."""
        self._choose(self._entries[int(event.option.id or 0)][0])

    def action_into_list(self) -> None:
        """Go to what is there."""
        self.query_one("#answers", Choice).focus()

    def action_complete(self) -> None:
        """Write out what all that is there begins with."""
        names = [f"{path}/" if size is None else str(path) for path, size in self._entries]
        line = self.query_one(Input)
        common = _common(names)
        if len(common) > len(str(typed(line.value))):
            line.value = common
            line.cursor_position = len(common)
        line.focus()


def typed(words: str) -> Path:
    """Return the path that was typed; one that begins anew after ``/`` counts from there."""
    for begin in ("//", "/~"):
        if begin in words:
            words = words[words.rindex(begin) + 1 :]
    return Path(words.strip()).expanduser()


def entries(words: str, endings: Sequence[str] = ()) -> list[Entry]:
    """Return the folders and files that a path in the making may become, folders first.

    Each stands with its size in bytes, a folder with ``None``.

    Parameters
    ----------
    words
        What was typed: a folder with ``/`` at its end, or the beginning of a name in it.
    endings
        Endings of the files to return; every one where there are none.
    """
    path = typed(words)
    folder, begin = (path, "") if words.endswith("/") else (path.parent, path.name)
    found: list[tuple[bool, str, Path]] = []
    try:
        for path in folder.iterdir():
            name = path.name
            if name.startswith(".") and not begin.startswith("."):
                continue
            if not name.casefold().startswith(begin.casefold()):
                continue
            is_file = not path.is_dir()
            if is_file and endings and not name.casefold().endswith(tuple(endings)):
                continue
            found.append((is_file, name.casefold(), path))
    except OSError:
        return []
    return [
        (path, _size(path) if is_file else None) for is_file, _, path in sorted(found)[:_LISTED]
    ]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        # It leads nowhere, or went away meanwhile.
        return 0


def _line(path: Path, size: int | None) -> Text:
    if size is None:
        return Text.assemble("▸ ", (f"{clean(path.name)}/", "bold"), no_wrap=True)
    tail = (f"  {format_bytes(size)}", "dim")
    return Text.assemble("  ", clean(path.name), tail, no_wrap=True, overflow="ellipsis")


def _common(names: Sequence[str]) -> str:
    """Return what all names begin with."""
    if not names:
        return ""
    low, high = min(names), max(names)
    same = 0
    while same < len(low) and low[same] == high[same : same + 1]:
        same += 1
    return low[:same]
