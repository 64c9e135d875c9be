"""Where a stop is, as a code that a telephone's map reads from the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Static

from planner.drawing.lettering import clean, clean_name
from tui.wording import sign_of

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from planner.itinerary.document import StopPart


class CodeScreen(ModalScreen[None]):
    """A QR code beside the name of a stop.

    Parameters
    ----------
    stop, number
        The stop, and its number from 1.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "leave", "Leave", id="dialog.leave"),
    ]

    def __init__(self, stop: StopPart, number: int) -> None:
        super().__init__()
        self._stop, self._number = stop, number

    def compose(self) -> ComposeResult:
        """Lay out the code beside its words."""
        from planner.drawing.qr import qr_text
        from planner.itinerary.exporters.journey import geo_link

        stop = self._stop
        link = geo_link(stop.lat, stop.lon)
        with Horizontal(id="code"):
            yield Static(qr_text(link), id="modules")
            yield Static(
                Text.assemble(
                    (f"{sign_of(self._number)} {clean_name(stop.name)}\n\n", "bold"),
                    f"{clean(link)}\n\n",
                    ("Hold a telephone before it.\nEsc goes back", "dim"),
                ),
                id="beside",
            )

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss(None)
