"""The saved walks: opened, copied and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from planner.drawing.amounts import format_count, format_distance, format_duration
from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.screens.dialogs import Choose, Confirm
from tui.screens.lists import FetchedScreen
from tui.wording import city_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.binding import BindingType

    from planner.library.store import PlanRow


class PlansScreen(FetchedScreen):
    """The saved walks."""

    HEADING = "Saved walks"
    NOTHING = "No walk is saved yet: w on the plan screen saves one."

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="plans.open"),
        Binding("d", "duplicate", "Duplicate", id="plans.duplicate"),
        Binding("space", "take", "Mark", id="plans.mark"),
        Binding("c", "compare", "Compare", id="plans.compare"),
        Binding("e", "export", "Export", id="plans.export"),
        Binding("x,delete", "remove", "Remove", key_display="x", id="plans.remove"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, PlanRow] = {}
        self._marked: str | None = None

    async def options(self) -> list[Option]:
        """Return the saved walks, the newest first."""
        self._rows = {row.id: row for row in await self.app.desk.saved()}
        return [Option(self._line(row), id=row.id) for row in self._rows.values()]

    def _line(self, row: PlanRow) -> Text:
        return Text.assemble(
            ("✚ " if row.id == self._marked else "  ", "bold"),
            (f"{row.id:<8}", "bold"),
            f"{row.date}  {city_words(row.city)}  ",
            (clean(row.request), "dim"),
            no_wrap=True,
            overflow="ellipsis",
        )

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

    def action_take(self) -> None:
        """Mark the walk as the one to compare with, or take the mark away."""
        self._marked = None if self._marked == self.chosen else self.chosen
        self.fetch()

    @work(exclusive=True, group="act")
    async def action_compare(self) -> None:
        """Put the walk beside the marked one, or beside one that is chosen now."""
        from tui.screens.compare import CompareScreen

        if (plan_id := self.chosen) is None:
            return
        other = self._marked if self._marked in self._rows else None
        if other is None or other == plan_id:
            rows = [
                (row.id, f"{row.id}  {row.date}", row.request)
                for row in self._rows.values()
                if row.id != plan_id
            ]
            other = await self.app.push_screen_wait(Choose(f"Compare {plan_id} with", rows))
        if other is None:
            return
        try:
            plans = (await self.app.desk.load(plan_id), await self.app.desk.load(other))
        except FlaneurError as error:
            self.trouble(error)
            return
        titles = (f"Saved walk {plan_id}", f"Saved walk {other}")
        taken = await self.app.push_screen_wait(CompareScreen(*plans, titles))
        if taken is not None:
            self.app.pop_screen()
            self.app.show_plan(plans[taken])

    @work(exclusive=True, group="act")
    async def action_export(self) -> None:
        """Write the walk to a file."""
        from tui.screens.taking import take_along

        if (plan_id := self.chosen) is None:
            return
        try:
            path = await take_along(self.app, await self.app.desk.load(plan_id))
        except FlaneurError as error:
            self.trouble(error)
            return
        if path is not None:
            self.notify(clean(str(path)), title="Written", markup=False)

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
