"""One's own places and those of the city, searched as one types."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, Input, Static
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean, clean_name
from planner.errors import FlaneurError
from tui.screens.dialogs import Choice
from tui.screens.lists import ListScreen

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from planner.library.holdings import Holding

_PATIENCE_S = 0.15


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
