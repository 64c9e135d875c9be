"""Lists with what is known of the chosen entry: plans, places, cities, models, this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option

from planner.drawing.amounts import format_bytes, format_count, format_distance, format_duration
from planner.drawing.lettering import clean, clean_name
from planner.errors import FlaneurError
from tui.screens.dialogs import Choice, Confirm, Trouble
from tui.wording import city_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from planner.library.holdings import Holding
    from planner.library.store import PlanRow
    from tui.app import FlaneurApp

_PATIENCE_S = 0.15
_SIGNS = {"ok": "✓", "warn": "!", "fail": "✗"}


class ListScreen(Screen[None]):
    """A heading, a list, and what is known of the chosen entry."""

    app: FlaneurApp
    HEADING = ""
    NOTHING = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "Back", key_display="Esc", id="list.back"),
    ]

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Static(Text(f" {self.HEADING}", "bold"), classes="heading")
        with Horizontal(classes="body"):
            yield Choice(id="rows", classes="list")
            with VerticalScroll(classes="detail"):
                yield Static(id="detail")
        yield Static("", id="note", classes="note")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Fetch the list behind the first frame."""
        self.fetch()

    @work(exclusive=True, group="fetch")
    async def fetch(self) -> None:
        """Show the list as it is now."""
        note = self.query_one("#note", Static)
        try:
            options = await self.options()
        except FlaneurError as error:
            note.update(Text(str(error)))
            return
        rows = self.query_one("#rows", Choice)
        at = rows.highlighted or 0
        rows.clear_options()
        rows.add_options(options)
        note.update("" if options else self.NOTHING)
        self.query_one("#detail", Static).update("")
        if options:
            rows.highlighted = min(at, len(options) - 1)
        self.refresh_bindings()
        if not isinstance(self.focused, Input):
            rows.focus()

    async def options(self) -> list[Option]:
        """Return the entries."""
        raise NotImplementedError

    def detail(self, key: str) -> RenderableType:
        """Return what is known of an entry."""
        del key
        return ""

    def show_progress(self, share: float | None, words: str) -> None:
        """Show how far a long step is."""
        done = "" if share is None else f" {share:.0%}"
        self.query_one("#note", Static).update(Text(f"{clean(words)}{done}"))

    @property
    def chosen(self) -> str | None:
        """The chosen entry."""
        rows = self.query_one("#rows", Choice)
        at = rows.highlighted
        return None if at is None else rows.get_option_at_index(at).id

    @on(OptionList.OptionHighlighted, "#rows")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id is not None:
            self.query_one("#detail", Static).update(self.detail(event.option.id))

    def action_back(self) -> None:
        """Go back to the plan."""
        self.app.pop_screen()

    def trouble(self, error: FlaneurError) -> None:
        """Explain what went wrong."""
        self.app.push_screen(Trouble(error.problem, error.next_step))


class PlansScreen(ListScreen):
    """The saved walks."""

    HEADING = "Saved walks"
    NOTHING = "No walk is saved yet: w on the plan screen saves one."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="plans.open"),
        Binding("d", "duplicate", "Duplicate", id="plans.duplicate"),
        Binding("x,delete", "remove", "Remove", key_display="x", id="plans.remove"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, PlanRow] = {}

    async def options(self) -> list[Option]:
        """Return the saved walks, the newest first."""
        self._rows = {row.id: row for row in await self.app.desk.saved()}
        return [
            Option(
                Text.assemble(
                    (f"{row.id:<8}", "bold"), f"{row.date}  {city_words(row.city)}  ",
                    (clean(row.request), "dim"),
                    no_wrap=True, overflow="ellipsis",
                ),
                id=row.id,
            )
            for row in self._rows.values()
        ]  # fmt: skip

    def detail(self, key: str) -> RenderableType:
        """Return what a walk amounts to."""
        row = self._rows[key]
        return Text.assemble(
            (clean(row.request), "bold"),
            f"\n\n{city_words(row.city)}, {row.date}\n{format_count(row.stops, 'stop')}\n",
            f"{format_distance(row.walk_m)} on foot\n{format_duration(row.elapsed_s)}\n",
            (f"made {row.created}", "dim"),
        )

    @on(OptionList.OptionSelected, "#rows")
    def _opened(self, _event: OptionList.OptionSelected) -> None:
        self.action_open()

    @work(exclusive=True, group="act")
    async def action_open(self) -> None:
        """Put the walk on the plan screen."""
        if (plan_id := self.chosen) is None:
            return
        try:
            document = await self.app.desk.load(plan_id)
        except FlaneurError as error:
            self.trouble(error)
            return
        self.app.pop_screen()
        self.app.show_plan(document)

    @work(exclusive=True, group="act")
    async def action_duplicate(self) -> None:
        """Save a copy."""
        if (plan_id := self.chosen) is not None:
            try:
                copy = await self.app.desk.duplicate_plan(plan_id)
            except FlaneurError as error:
                self.trouble(error)
                return
            self.notify(f"Saved a copy as {copy}.", markup=False)
            self.fetch()

    @work(exclusive=True, group="act")
    async def action_remove(self) -> None:
        """Remove the walk, if that is meant."""
        if (plan_id := self.chosen) is None:
            return
        if await self.app.push_screen_wait(Confirm(f"Remove the saved walk {plan_id} for good?")):
            try:
                await self.app.desk.remove_plan(plan_id)
            except FlaneurError as error:
                self.trouble(error)
                return
            self.fetch()


class LibraryScreen(ListScreen):
    """One's own places and those of the city, searched as one types."""

    HEADING = "Places"
    NOTHING = "Nothing here. Your own places come from files: flaneur places import FILE"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", id="library.search"),
        Binding("f", "mark('favourite')", "Favourite", id="library.favourite"),
        Binding("v", "mark('visited')", "Visited", id="library.visited"),
        Binding("n", "mark('never')", "Never", id="library.never"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, Holding] = {}

    def compose(self) -> ComposeResult:
        """Lay out a search line over the list."""
        yield Static(Text(f" {self.HEADING}", "bold"), classes="heading")
        yield Input(placeholder="search by name, kind or what it is like", compact=True)
        with Horizontal(classes="body"):
            yield Choice(id="rows", classes="list")
            with VerticalScroll(classes="detail"):
                yield Static(id="detail")
        yield Static("", id="note", classes="note")
        yield Footer(show_command_palette=False, compact=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Letters are letters while one types."""
        del parameters
        return not (action in {"search", "mark"} and isinstance(self.focused, Input))

    async def options(self) -> list[Option]:
        """Return what the search line finds; without words, one's own places."""
        from planner.library.search import shown_id

        words = self.query_one(Input).value.strip()
        if words:
            await asyncio.sleep(_PATIENCE_S)
            found = [hit.holding for hit in await self.app.desk.search(words)]
        else:
            found = list(await self.app.desk.own_places())
        self._found = {shown_id(each): each for each in found}
        return [Option(self._line(each), id=key) for key, each in self._found.items()]

    def _line(self, holding: Holding) -> Text:
        marks = "".join(
            sign
            for sign, is_so in zip(
                "★✓✗", (holding.favourite, holding.visited, holding.never), strict=True
            )
            if is_so
        )
        return Text.assemble(
            (clean_name(holding.name), "bold"),
            f" {marks}  " if marks else "  ",
            (clean(holding.category or ""), "dim"),
            no_wrap=True,
            overflow="ellipsis",
        )

    def detail(self, key: str) -> RenderableType:
        """Return all that is known of a place."""
        from planner.drawing.places import place_sheet

        return place_sheet(self._found[key], lambda category: clean(category or "place"))

    @on(Input.Changed)
    def _typed(self, _event: Input.Changed) -> None:
        self.fetch()

    @on(Input.Submitted)
    def _entered(self, _event: Input.Submitted) -> None:
        self.query_one("#rows", Choice).focus()

    def action_search(self) -> None:
        """Go to the search line."""
        self.query_one(Input).focus()

    @work(exclusive=True, group="act")
    async def action_mark(self, mark: str) -> None:
        """Set a mark of the chosen place, or take it away."""
        key = self.chosen
        if key is None:
            return
        try:
            is_so = bool(getattr(self._found[key], mark))
            await self.app.desk.mark(key, **{mark: not is_so})
        except FlaneurError as error:
            self.trouble(error)
            return
        self.fetch()


class CitiesScreen(ListScreen):
    """The installed cities."""

    HEADING = "Cities"
    NOTHING = "No city is here yet. Enter sets up central Helsinki."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "use", "Use", id="cities.use"),
    ]

    async def options(self) -> list[Option]:
        """Return the installed cities."""
        rows = await self.app.desk.cities()
        if not rows:
            return [Option(Text("Set up central Helsinki", "bold"), id=" demo")]
        return [
            Option(
                Text.assemble(
                    ("● " if row.current else "  ", "bold"),
                    (city_words(row.name), "bold"),
                    f"  {format_count(row.places, 'place')} · {format_bytes(row.bytes)}",
                    " · in use" if row.current else "",
                ),
                id=row.name,
            )
            for row in rows
        ]

    def detail(self, key: str) -> RenderableType:
        """Say what choosing does."""
        if key == " demo":
            return Text("Builds the demo city from a map that is installed with flaneur.")
        return Text("Enter: plan in this city from now on.")

    @on(OptionList.OptionSelected, "#rows")
    def _opened(self, _event: OptionList.OptionSelected) -> None:
        self.action_use()

    @work(exclusive=True, group="act")
    async def action_use(self) -> None:
        """Plan in this city from now on."""
        if (name := self.chosen) is None:
            return
        try:
            if name == " demo":
                name = await self.app.desk.set_up_demo()
            await self.app.desk.use_city(name)
        except FlaneurError as error:
            self.trouble(error)
            return
        self.app.change_city(name)
        self.fetch()


class MachineScreen(ListScreen):
    """What this machine offers, and what to do about what is missing."""

    HEADING = "This machine"

    def __init__(self) -> None:
        super().__init__()
        self._fixes: dict[str, str] = {}

    async def options(self) -> list[Option]:
        """Return the checks, which take a few seconds."""
        rows = await self.app.desk.examine()
        self._fixes = {
            f"check{number}": f"{row.detail}\n\n{f'→ {row.fix}' if row.fix else ''}"
            for number, row in enumerate(rows)
        }
        return [
            Option(
                Text.assemble(
                    (f"{_SIGNS.get(row.status, '?')} {row.status:<5}", "bold"),
                    (row.name, "bold"),
                    ("  " + clean(row.detail), "dim"),
                    no_wrap=True,
                    overflow="ellipsis",
                ),
                id=f"check{number}",
            )
            for number, row in enumerate(rows)
        ]

    def detail(self, key: str) -> RenderableType:
        """Return what was found, and the next step."""
        return Text(self._fixes[key].strip())


class ModelsScreen(ListScreen):
    """The language models on this machine."""

    HEADING = "Language models"
    NOTHING = "No model is here; walks are planned by rules, which need none."

    async def options(self) -> list[Option]:
        """Return the models."""
        return [
            Option(
                Text.assemble(
                    ("● " if is_current else "  ", "bold"),
                    (clean(name), "bold"),
                    f"  {format_bytes(size)}",
                    " · in use" if is_current else "",
                ),
                id=name,
            )
            for name, size, is_current in await self.app.desk.models()
        ]
