"""Keeping a walk and taking it along: saved, in a file, as a code for a telephone, as a command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.framing import command_line
from tui.screens.dialogs import Ask, Choose, Confirm
from tui.screens.walk import WalkScreen
from tui.widgets.request import RequestLine

if TYPE_CHECKING:
    from textual.binding import BindingType

    from planner.itinerary.document import PlanDocument
    from tui.app import FlaneurApp
    from tui.screens.dialogs import Row

FORMATS: tuple[Row, ...] = (
    (".gpx", "GPX", "track and stops for OsmAnd, Organic Maps, Garmin"),
    (".kml", "KML", "for maps on the desk"),
    (".geojson", "GeoJSON", "for programs"),
    (".ics", "Calendar", "one event a stop, with time and place"),
    (".html", "Page", "with its map, to print on one or two sheets"),
    (".md", "Markdown", "the walk in words"),
    (".json", "JSON", "all that is known of the plan"),
)


async def take_along(app: FlaneurApp, document: PlanDocument) -> Path | None:
    """Ask for format and file, write the plan, and return where it is.

    Parameters
    ----------
    app
        The application that asks.
    document
        A plan with a walk.

    Raises
    ------
    FlaneurError
        If it cannot be written.
    """
    ending = await app.push_screen_wait(Choose("Take it along as", FORMATS))
    if ending is None:
        return None
    name = f"{document.city}-{document.settings.date}{ending}"
    said = await app.push_screen_wait(
        Ask("Write it to which file?", str(Path.home() / name), f"a name that ends in {ending}")
    )
    if said is None:
        return None
    path, is_there = _target(said, name)
    if is_there and not await app.push_screen_wait(Confirm(f"Replace {clean(str(path))}?")):
        return None
    desk = app.desk

    def write() -> None:
        from planner.export import export

        export(desk.session.home, document, path, now=desk.now)

    await desk.do(lambda _run: write())
    return path


def _target(said: str, name: str) -> tuple[Path, bool]:
    """Return which file some words mean, and whether it is there."""
    path = Path(said).expanduser()
    path = path / name if path.is_dir() else path
    return path, path.exists()


class Taking(WalkScreen):
    """What one does with a walk that is as one likes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "save", "Save", id="plan.save"),
        Binding("e", "export", "Export", id="plan.export"),
        Binding("Q", "code", "QR code", show=False, id="plan.code"),
        Binding("y", "copy", "Copy as command", show=False, id="plan.copy"),
    ]

    def action_copy(self) -> None:
        """Copy the command that plans the same walk."""
        line = command_line(self.query_one(RequestLine).value, self.options)
        self.app.copy_to_clipboard(line)
        self.notify(clean(line), title="Copied", markup=False)

    @work(exclusive=True, group="save")
    async def action_save(self) -> None:
        """Keep the plan among the saved ones."""
        history = self.history
        if history is None:
            return
        try:
            kept = await self.desk.save(history.plan)
        except FlaneurError as error:
            self.trouble(error)
            return
        if self.history is history:
            plans = list(history.plans)
            plans[history.at] = kept
            self.history = replace(history, plans=tuple(plans))
            self.app.keep_plan(kept)
        self.notify(f"Saved as {kept.plan_id}.", markup=False)

    @work(exclusive=True, group="now")
    async def action_export(self) -> None:
        """Write the walk to a file for a map, a calendar or paper."""
        if self.history is None:
            return
        try:
            path = await take_along(self.app, self.history.plan)
        except FlaneurError as error:
            self.trouble(error)
            return
        if path is not None:
            self.notify(clean(str(path)), title="Written", markup=False)

    def action_code(self) -> None:
        """Show where the chosen stop is, as a code that a telephone reads."""
        from tui.screens.code import CodeScreen

        at = self.chosen
        if self.history is not None and at is not None:
            self.app.push_screen(CodeScreen(self.history.plan.stops[at], at + 1))
