"""Another walk of the same request, held against the one on the screen."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.framing import options_of, repeated_of, values_of, wishes_of
from tui.screens.compare import CompareScreen
from tui.screens.dialogs import Choose, Trouble
from tui.screens.walk import WalkScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from planner.itinerary.document import PlanDocument
    from tui.screens.dialogs import Row

_SAVED = 5
_SHORTEST_H = 1.0


def variants(document: PlanDocument, options: Sequence[str]) -> list[tuple[Row, list[str]]]:
    """Return what else one may ask for: a row each, and its options.

    Parameters
    ----------
    document
        The walk on the screen.
    options
        Its options.
    """
    said = document.settings
    repeated = repeated_of(options)

    def having(option: str, value: str) -> list[str]:
        return options_of({**values_of(options), option: value}, repeated)

    found: list[tuple[Row, list[str]]] = [
        (
            ("other", "Other places", "the same wish, none of these stops but what must be seen"),
            options_of(
                values_of(options),
                [
                    *repeated,
                    *(
                        token
                        for stop in document.stops
                        if not stop.required
                        for token in ("--avoid", stop.name)
                    ),
                ],
            ),
        ),
        (
            ("longer", "An hour more", f"{said.hours + 1:g} h"),
            having("--hours", f"{said.hours + 1:g}"),
        ),
    ]
    if said.hours > _SHORTEST_H:
        less = max(said.hours - 1, _SHORTEST_H)
        found.append((("shorter", "An hour less", f"{less:g} h"), having("--hours", f"{less:g}")))
    slow = values_of(options).get("--pace") != "slow"
    pace = ("slow", "At a slow pace", "3.6 km/h") if slow else ("normal", "At a normal pace", "")
    found.append((("pace", pace[1], pace[2]), having("--pace", pace[0])))
    weather = "rain" if said.weather != "rain" else "dry"
    found.append((("weather", f"For {weather} weather", ""), having("--weather", weather)))
    return found


class Varying(WalkScreen):
    """Two variants of a request side by side."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "vary", "Compare", id="plan.vary"),
    ]

    @work(exclusive=True, group="now")
    async def action_vary(self) -> None:
        """Plan another walk of the request, and put both side by side."""
        if self.history is None:
            return
        document = self.history.plan
        offered = variants(document, self.options)
        rows = [row for row, _ in offered]
        if self.history.at:
            rows.insert(0, ("first", "Before your edits", "as it was planned first"))
        try:
            saved = [row for row in await self.desk.saved() if row.city == document.city]
            rows += [
                (f"saved:{row.id}", f"Saved walk {row.id}", clean(row.request))
                for row in saved
                if row.id != document.plan_id
            ][:_SAVED]
            key = await self.app.push_screen_wait(Choose("Compare this walk with", rows))
            if key is None:
                return
            options = next((each for row, each in offered if row[0] == key), self.options)
            title = next(row[1] for row in rows if row[0] == key)
            other = await self._other(key, options)
        except FlaneurError as error:
            self.trouble(error)
            return
        if not other.stops:
            reason = other.conflicts[0].text if other.conflicts else "No other walk was found."
            self.app.push_screen(Trouble(reason, "Compare with something else."))
            return
        taken = await self.app.push_screen_wait(
            CompareScreen(document, other, ("On the screen", title))
        )
        if taken == 1:
            self.take(other, options)

    async def _other(self, key: str, options: list[str]) -> PlanDocument:
        """Return the walk that was chosen to compare with."""
        if key == "first" and self.history is not None:
            return self.history.plans[0]
        if key.startswith("saved:"):
            return await self.desk.load(key.removeprefix("saved:"))
        self.set_busy("Planning the other walk …")
        try:
            city = None if self.document is None else self.document.city
            return await self.desk.plan(self.asked_for, wishes_of(options), city)
        finally:
            self.set_busy("")

    @abstractmethod
    def take(self, document: PlanDocument, options: list[str]) -> None:
        """Put another walk on the screen; undo brings back the one before."""
