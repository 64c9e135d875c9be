"""The installed cities."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from planner.drawing.amounts import format_bytes, format_count
from planner.errors import FlaneurError
from tui.screens.lists import ListScreen
from tui.wording import city_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.binding import BindingType


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
