"""The language models on this machine: added, checked, chosen, removed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.widgets.option_list import Option

from planner.drawing.amounts import format_bytes
from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.belongings import model_rows
from tui.errands import StoppedError
from tui.screens.dialogs import Ask, Choose, Confirm
from tui.screens.files import PickFile
from tui.screens.lists import UsedScreen

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.binding import BindingType

    from planner.language.collection import ModelRow

NO_MODEL = "none"
_WORDS = {
    "ok": "sound, as far as a look at its head tells; v reads it whole",
    "missing": "its file is not there any more; x forgets it",
    "changed": "not the file that was taken in; copy it again from where it came from, or x",
}
_SIGNS = {"ok": "✓", "missing": "✗", "changed": "!"}


class ModelsScreen(UsedScreen):
    """The language models; the first entry is to do without."""

    HEADING = "Language models"
    BEGINS = frozenset({"use", "add"})
    OF_ONE = frozenset({"verify", "remove"})

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "use", "Use", priority=True, id="models.use"),
        Binding("a", "add", "Add", id="models.add"),
        Binding("v", "verify", "Verify", id="models.verify"),
        Binding("x,delete", "remove", "Remove", key_display="x", id="models.remove"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, ModelRow] = {}

    @property
    def is_there(self) -> bool:
        """Whether what is chosen is there, and not on offer."""
        return (self.chosen or NO_MODEL) != NO_MODEL

    async def options(self) -> list[Option]:
        """Return the models."""
        self._rows = {row.name: row for row in await model_rows(self.app.desk)}
        is_none = not any(row.current for row in self._rows.values())
        return [
            *(Option(_line(row), id=name) for name, row in self._rows.items()),
            Option(
                Text.assemble(
                    ("● " if is_none else "  ", "bold"),
                    ("none", "bold"),
                    "  rules alone",
                    " · in use" if is_none else "",
                ),
                id=NO_MODEL,
            ),
        ]

    def detail(self, key: str) -> RenderableType:
        """Return what is known of a model."""
        if key == NO_MODEL:
            return Text(
                "Walks are planned by rules, which need no model: complete and checked, but what "
                "you mean between the words is heard less, and the telling is plain.\n\n"
                "A model reads requests better and tells the walk. a adds one from a GGUF file."
            )
        row = self._rows[key]
        lines = [
            ("File", clean(row.file)),
            ("Size", format_bytes(row.bytes)),
            ("Kind", clean(row.architecture)),
            ("Context", f"{row.context:,} tokens" if row.context else ""),
            ("SHA-256", row.sha256 or "not noted yet; v notes it"),
            ("Status", f"{_SIGNS.get(row.status, '?')} {row.status}: {_WORDS[row.status]}"),
        ]
        words = Text(clean(row.name), "bold")
        for label, value in lines:
            if value:
                words.append(f"\n{label:<9}", "dim")
                words.append(value, "not bold")
        return words

    @work(exclusive=True, group="act")
    async def action_use(self) -> None:
        """Plan with this model from now on."""
        if (name := self.chosen) is None:
            return
        try:
            words = await self.app.desk.command("models", "use", "--", name)
        except FlaneurError as error:
            self.trouble(error)
            return
        self._changed(" ".join(words))

    def _changed(self, words: str) -> None:
        # What was asked for at the start gives way to what is chosen now.
        self.app.desk.model = None
        self.app.desk.forget_planners()
        self.app.change_model()
        self.tell_later(words)
        self.fetch()

    @work(exclusive=True, group="act")
    async def action_add(self) -> None:
        """Take a model file in."""
        path = await self.app.push_screen_wait(PickFile("Which model file?", endings=(".gguf",)))
        if path is None:
            return
        name = await self.app.push_screen_wait(Ask("Call it …", Path(path).stem))
        if name is None:
            return
        how = await self.app.push_screen_wait(
            Choose(
                "Copy it, or link to it?",
                [
                    ("copy", "Copy it", "it is safe when the file moves; it takes the room twice"),
                    ("link", "Link to it", "it takes no room, and has to stay where it is"),
                ],
            )
        )
        if how is None:
            return
        link = ("--link",) if how == "link" else ()
        await self._long("models", "add", *link, "--", name, path)

    @work(exclusive=True, group="act")
    async def action_verify(self) -> None:
        """Read the model whole, and hold it against what is known of it."""
        if (name := self.chosen) is not None:
            await self._long("models", "verify", "--", name)

    async def _long(self, *arguments: str) -> None:
        """Do something that takes a while and can be stopped."""
        self.stop = asyncio.Event()
        self.offer()
        try:
            words = await self.app.desk.errand(*arguments, stop=self.stop)
        except StoppedError as error:
            words = (error.problem,)
        except FlaneurError as error:
            self.end_long()
            self.trouble(error)
            return
        self.end_long()
        self.tell_later(" ".join(words))
        self.fetch()

    @work(exclusive=True, group="act")
    async def action_remove(self) -> None:
        """Remove the model, if that is meant."""
        if (name := self.chosen) is None:
            return
        if not await self.app.push_screen_wait(Confirm(f"Remove the model {clean(name)}?")):
            return
        try:
            words = await self.app.desk.command("models", "remove", "--", name)
        except FlaneurError as error:
            self.trouble(error)
            return
        self._changed(" ".join(words))


def _line(row: ModelRow) -> Text:
    return Text.assemble(
        ("● " if row.current else "  ", "bold"),
        (clean(row.name), "bold"),
        f"  {format_bytes(row.bytes)}",
        "" if row.status == "ok" else f" · {_SIGNS[row.status]} {row.status}",
        " · in use" if row.current else "",
        no_wrap=True,
        overflow="ellipsis",
    )
