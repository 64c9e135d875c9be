"""What one can do with a place of one's own: mark, edit, merge, forget; bring in and take out."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding

from planner.drawing.amounts import format_count
from planner.drawing.lettering import clean, clean_name
from planner.errors import FlaneurError
from tui.belongings import Question, ask, change
from tui.screens.dialogs import Ask, Confirm, Find
from tui.screens.files import PickFile
from tui.screens.form import Form
from tui.screens.lists import FetchedScreen
from tui.screens.placeforms import NEW_PLACE, addition_of, changes_of, fields_of

if TYPE_CHECKING:
    from textual.binding import BindingType

    from planner.library.holdings import Holding
    from tui.screens.dialogs import Row
    from tui.screens.form import Values

_UNFOUND = (
    "Try a shorter part of its name. Only your own places are looked at; one of the map becomes "
    "yours once you mark, note or edit it."
)
_EXPORTS = (".csv", ".geojson", ".kml", ".gpx")


class Keeping(FetchedScreen):
    """A list of places that can be changed.

    Attributes
    ----------
    found
        The places of the list by the ids under which a person meets them.
    taken
        Those that were taken for a walk, in the order in which they were.
    labels
        Categories in words.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "mark('favourite')", "Favourite", show=False, id="library.favourite"),
        Binding("v", "mark('visited')", "Visited", show=False, id="library.visited"),
        Binding("n", "mark('never')", "Never", show=False, id="library.never"),
        Binding("e", "edit", "Edit", id="library.edit"),
        Binding("w", "note", "Note", show=False, id="library.note"),
        Binding("a", "add", "Add", show=False, id="library.add"),
        Binding("t", "anchor", "Name a fixed point", show=False, id="library.anchor"),
        Binding("equals_sign", "merge", "Merge", show=False, key_display="=", id="library.merge"),
        Binding("U", "unmerge", "Unmerge", show=False, id="library.unmerge"),
        Binding("x,delete", "forget", "Forget", show=False, key_display="x", id="library.forget"),
        Binding("i", "bring", "Import", id="library.import"),
        Binding("E", "export", "Export", show=False, id="library.export"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Holding] = {}
        self.taken: dict[str, Holding] = {}
        self.labels: dict[str, str] = {}

    @property
    def holding(self) -> Holding | None:
        """The chosen place."""
        return self.found.get(self.chosen or "")

    @work(exclusive=True, group="act")
    async def action_mark(self, mark: str) -> None:
        """Set a mark of the chosen place, or take it away."""
        key, holding = self.chosen, self.holding
        if key is None or holding is None:
            return
        not_ = "not-" if getattr(holding, mark) else ""
        await self._change(f"{clean_name(holding.name)}: {not_.replace('-', ' ')}{mark}.",
                           "edit", f"--{not_}{mark}", "--", key)  # fmt: skip

    async def _change(self, said: str, *arguments: str) -> bool:
        """Change the library and show it; return whether that went well."""
        try:
            words = await change(self.app.desk, *arguments)
        except FlaneurError as error:
            self.trouble(error)
            return False
        self.tell_later(" ".join((said, *words)).strip())
        self.fetch()
        return True

    @work(exclusive=True, group="act")
    async def action_edit(self) -> None:
        """Change what is held of the chosen place."""
        key, holding = self.chosen, self.holding
        if key is None or holding is None:
            return
        before = fields_of(holding, self.labels.get(holding.category or "", ""))

        async def save(values: Values) -> None:
            for arguments in changes_of(key, before, values):
                await change(self.app.desk, *arguments)

        title = f"{clean_name(holding.name)}: what you know of it"
        note = "An empty line takes a value away."
        if await self.app.push_screen_wait(Form(title, before, save, note)):
            self.tell_later(f"{clean_name(holding.name)} is changed.")
            self.fetch()

    @work(exclusive=True, group="act")
    async def action_note(self) -> None:
        """Write down something about the chosen place."""
        key, holding = self.chosen, self.holding
        if key is None or holding is None:
            return
        before = " ".join(holding.notes.split())
        title = f"Note on {clean_name(holding.name)}"
        words = await self.app.push_screen_wait(Ask(title, before, "e takes it away again"))
        if words is not None:
            await self._change("Noted.", "edit", "--note", words, "--", key)

    @work(exclusive=True, group="act")
    async def action_add(self) -> None:
        """Add a place that one knows of."""
        said: list[str] = []

        async def save(values: Values) -> None:
            said.extend(await change(self.app.desk, *addition_of(values)))

        note = "Without a position it is looked up by name in the installed cities."
        values = await self.app.push_screen_wait(Form("A new place", NEW_PLACE, save, note))
        if values is not None:
            self.tell_later(" ".join((f"{values['name']} is yours.", *said)))
            self.fetch()

    @work(exclusive=True, group="act")
    async def action_anchor(self) -> None:
        """Name the chosen place as a fixed point that requests can speak of."""
        key, holding = self.chosen, self.holding
        if key is None or holding is None:
            return
        name = await self.app.push_screen_wait(
            Ask(f"Call {clean_name(holding.name)} your …", "", "such as hotel: “start at my hotel”")
        )
        if name is not None:
            await self._change(f"“start at my {name}” now means {clean_name(holding.name)}.",
                               "anchor", "--", name, key)  # fmt: skip

    @work(exclusive=True, group="act")
    async def action_merge(self) -> None:
        """Make two places one: the two that were taken, or the chosen one and another."""
        pair = list(self.taken.items())
        if len(pair) != 2:  # noqa: PLR2004 - a pair
            key, holding = self.chosen, self.holding
            if key is None or holding is None:
                return
            other = await self.app.push_screen_wait(
                Find(f"What is one with {clean_name(holding.name)}?", self._own_named, _UNFOUND)
            )
            if other is None or other == key:
                return
            names = await self._own_named("")
            pair = [(key, holding)]
            name = next((words for each, words, _ in names if each == other), "the other")
        else:
            other, name = pair[1][0], clean_name(pair[1][1].name)
        kept = clean_name(pair[0][1].name)
        if await self.app.push_screen_wait(Confirm(f"Make “{name}” one with “{kept}”?")):
            done = await self._change(f"{name} is one with {kept} now; U undoes that.",
                                      "merge", "--", pair[0][0], other)  # fmt: skip
            if done:
                self.taken.clear()

    async def _own_named(self, words: str) -> list[Row]:
        answer = await ask(self.app.desk, Question(words))
        return [
            (each.id, clean_name(each.name), answer.labels.get(each.category or "", ""))
            for each in answer.places
            if each.own
        ]

    @work(exclusive=True, group="act")
    async def action_unmerge(self) -> None:
        """Undo the last merge into the chosen place."""
        if (key := self.chosen) is not None:
            await self._change("They are two places again.", "unmerge", "--", key)

    @work(exclusive=True, group="act")
    async def action_forget(self) -> None:
        """Remove what was taken, or else the chosen place, if that is meant."""
        gone = dict(self.taken)
        if not gone and self.chosen is not None and self.holding is not None:
            gone = {self.chosen: self.holding}
        if not gone:
            return
        what = format_count(len(gone), "place")
        if len(gone) == 1:
            what = f"“{clean_name(next(iter(gone.values())).name)}”"
        if not await self.app.push_screen_wait(Confirm(f"Forget {what}, and all you hold of it?")):
            return
        for key in gone:
            if not await self._change(f"Forgot {what}.", "remove", "--", key):
                break
            self.taken.pop(key, None)

    # --- in and out ---

    @work(exclusive=True, group="act")
    async def action_bring(self) -> None:
        """Import a file, after a look at what that would do."""
        from tui.screens.importing import ImportScreen

        path = await self.app.push_screen_wait(
            PickFile("Which file? Lists, saved places, waypoints, posts, images of posts")
        )
        if path is not None and await self.app.push_screen_wait(ImportScreen(path)):
            self.fetch()

    @work(exclusive=True, group="act")
    async def action_export(self) -> None:
        """Write one's own places to a file."""
        path = await self.app.push_screen_wait(
            PickFile("Write your places to …", endings=_EXPORTS, is_new=True)
        )
        if path is None:
            return
        force: tuple[str, ...] = ()
        if await asyncio.to_thread(os.path.exists, path):
            if not await self.app.push_screen_wait(Confirm(f"Write over {clean(path)}?")):
                return
            force = ("--force",)
        try:
            words = await self.app.desk.command("places", "export", *force, "--", path)
        except FlaneurError as error:
            self.trouble(error)
            return
        self.say(" ".join(words))
