"""The walk on a real picture of its city."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Static

from planner.drawing.lettering import clean_name
from tui.picture import legend_of, picture_of
from tui.widgets.grid import CREDIT

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from planner.itinerary.document import PlanDocument
    from tui.widgets.ground import Ground

_FOOT = 3


class PictureScreen(Screen[None]):
    """A picture that fills the terminal, over the names of the stops.

    Parameters
    ----------
    document, ground, chosen
        The walk, its city, and the stop that stands out.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,V", "leave", "Leave", id="picture.leave"),
    ]

    def __init__(self, document: PlanDocument, ground: Ground, chosen: int | None) -> None:
        super().__init__()
        self._document, self._ground, self._chosen = document, ground, chosen

    def compose(self) -> ComposeResult:
        """Leave room for the picture, over its words."""
        yield Container(id="picture")
        names = [clean_name(stop.name) for stop in self._document.stops]
        yield Static(
            Text.assemble(legend_of(names), (f"\n{CREDIT} · Esc goes back", "dim")), id="legend"
        )

    async def on_mount(self) -> None:
        """Draw the picture in the size that there is."""
        await self._draw()

    async def on_resize(self) -> None:
        """Draw it anew in another size."""
        await self._draw()

    async def _draw(self) -> None:
        import asyncio

        from textual_image._terminal import get_cell_size
        from textual_image.widget import Image

        cell = get_cell_size()
        columns, rows = self.app.size.width, max(self.app.size.height - _FOOT, 1)
        colours = self.app.theme_variables
        drawn = await asyncio.to_thread(
            picture_of,
            self._document,
            self._ground,
            (columns * cell.width, rows * cell.height),
            colours,
            self._chosen,
        )
        frame = self.query_one("#picture", Container)
        await frame.remove_children()
        await frame.mount(Image(drawn))

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
