"""What this machine offers, and what to do about what is missing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding
from textual.widgets import Static
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.belongings import mend
from tui.screens.dialogs import Choice, Confirm
from tui.screens.lists import ListScreen

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.binding import BindingType

    from planner.drawing.tables import CheckRow

_SIGNS = {"ok": "✓", "warn": "!", "fail": "✗"}
_STYLES = {"ok": "green", "warn": "bold yellow", "fail": "bold red"}


class DoctorScreen(ListScreen):
    """The checks of this machine, each shown as soon as it is made."""

    HEADING = "This machine"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "fetch", "Check again", id="machine.check"),
        Binding("R", "repair", "Repair", id="machine.repair"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[CheckRow] = []
        self._is_checking = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what applies now."""
        del parameters
        return action not in {"fetch", "repair"} or not self._is_checking

    @work(exclusive=True, group="fetch")
    async def fetch(self) -> None:
        """Make every check anew, and show each finding at once."""
        self._rows, self._is_checking = [], True
        self.query_one("#rows", Choice).clear_options()
        self.query_one("#detail", Static).update("")
        self.refresh_bindings()
        try:
            found = await self.app.desk.examine(self._tell)
        except FlaneurError as error:
            self.say(str(error))
            return
        finally:
            self._is_checking = False
            self.refresh_bindings()
        for row in found[len(self._rows) :]:
            self._add(row)
        counted = Counter(row.status for row in found)
        told = [f"{counted[each]} {each}" for each in _SIGNS if counted[each]]
        wrong = counted["warn"] + counted["fail"]
        self.say(f"{', '.join(told)}." + (" The next step stands beside each." if wrong else ""))

    def _tell(self, row: CheckRow) -> None:
        """Hear of a finding, on the thread that makes the checks."""
        self.call_later(self._hear, row)

    def _hear(self, row: CheckRow) -> None:
        if self._is_checking and self.is_mounted:
            self._add(row)

    def _add(self, row: CheckRow) -> None:
        rows = self.query_one("#rows", Choice)
        rows.add_option(Option(_line(row), id=f"check{len(self._rows)}"))
        self._rows.append(row)
        if len(self._rows) == 1:
            rows.highlighted = 0
            rows.focus()

    def detail(self, key: str) -> RenderableType:
        """Return what was found, and the next step."""
        row = self._rows[int(key.removeprefix("check"))]
        words = Text.assemble((clean(row.name), "bold"), f"\n{clean(row.detail)}")
        if row.fix:
            words.append(f"\n\n→ {clean(row.fix)}", "bold")
        return words

    def action_fetch(self) -> None:
        """Make every check anew."""
        self.fetch()

    @work(exclusive=True, group="act")
    async def action_repair(self) -> None:
        """Mend what can be mended, if that is meant."""
        question = "Mend the library and close the home to others, where that is needed?"
        if not await self.app.push_screen_wait(Confirm(question)):
            return
        try:
            done = await mend(self.app.desk)
        except FlaneurError as error:
            self.trouble(error)
            return
        self.app.desk.reopen()
        said = "; ".join(clean(each) for each in done)
        self.notify(f"Repaired: {said}." if done else "Nothing had to be mended.", markup=False)
        self.fetch()


def _line(row: CheckRow) -> Text:
    return Text.assemble(
        (f"{_SIGNS.get(row.status, '?')} {row.status:<5}", _STYLES.get(row.status, "bold")),
        (clean(row.name), "bold"),
        (f"  {clean(row.detail)}", "dim"),
        no_wrap=True,
        overflow="ellipsis",
    )
