"""Two walks side by side: what both have, what only one of them has, and which one to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Static

from planner.drawing.lettering import clean, clean_name
from planner.errors import FlaneurError
from tui.widgets.keyline import KeyLine
from tui.widgets.map import MapView
from tui.widgets.timeline import Timeline
from tui.wording import change_words, frame_words, proof_words

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from planner.itinerary.document import PlanDocument
    from tui.app import FlaneurApp

_TALL = 34
_ONLY = "only here"


class CompareScreen(Screen[int | None]):
    """Two walks in columns; the one that is taken is the answer: 0, 1 or none.

    Parameters
    ----------
    one, other
        The walks, each with stops.
    titles
        What each is.
    """

    app: FlaneurApp

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back", key_display="Esc", id="compare.leave"),
        Binding("left,h", "side(0)", "Left", show=False, id="compare.left"),
        Binding("right,l", "side(1)", "Right", show=False, id="compare.right"),
        Binding("tab", "other", "The other", id="compare.other"),
        # The heading tells of it.
        Binding("enter", "take", "Take this one", show=False, priority=True, id="compare.take"),
    ]

    def __init__(
        self,
        one: PlanDocument,
        other: PlanDocument,
        titles: tuple[str, str] = ("This", "The other"),
    ) -> None:
        super().__init__()
        self._plans = (one, other)
        self._titles = titles

    def compose(self) -> ComposeResult:
        """Lay out both walks over what is different."""
        words = " Two walks side by side · Enter takes one · Esc keeps what is there"
        yield Static(Text(words, "bold"), classes="heading")
        with Horizontal(id="sides"):
            for at, (plan, title) in enumerate(zip(self._plans, self._titles, strict=True)):
                with Vertical(classes="side"):
                    yield Static(self._about(plan, title), classes="about")
                    yield Timeline(id=f"side{at}")
                    yield MapView(id=f"map{at}")
        yield Static(self._difference(), id="difference")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show both walks at once; their maps follow."""
        ids = [{stop.place_id for stop in plan.stops} for plan in self._plans]
        for at, plan in enumerate(self._plans):
            only = frozenset(ids[at] - ids[1 - at])
            self.query_one(f"#side{at}", Timeline).show(plan, new=only, mark=_ONLY)
        self.query_one("#side0").focus()
        self._draw_grounds()

    def on_resize(self, event: events.Resize) -> None:
        """Show maps where there is room for them."""
        self.set_class(event.size.height >= _TALL, "-tall")

    @staticmethod
    def _about(plan: PlanDocument, title: str) -> Text:
        return Text.assemble(
            (f"{clean(title)}\n", "bold"),
            f"{frame_words(plan)}\n",
            (proof_words(plan), "bold"),
        )

    def _difference(self) -> Text:
        from planner.drawing.comparison import compare

        found = compare(*self._plans)
        words = Text.assemble(("On the right: ", "bold"), change_words(*self._plans))
        if found.both:
            names = ", ".join(clean_name(name) for name in found.both)
            order = "" if found.same_order else ", in another order"
            words.append("\nIn both: ", "bold").append(f"{names}{order}")
        return words

    @work(exclusive=True)
    async def _draw_grounds(self) -> None:
        for at, plan in enumerate(self._plans):
            try:
                ground = await self.app.desk.ground(plan.city)
            except FlaneurError:
                continue
            self.query_one(f"#map{at}", MapView).show(plan, ground)

    @on(Timeline.Chosen)
    def _chosen(self, event: Timeline.Chosen) -> None:
        at = (event.control.id or "").removeprefix("side")
        self.query_one(f"#map{at}", MapView).choose(event.index)

    @property
    def _side(self) -> int:
        focused = self.focused
        return 1 if focused is not None and (focused.id or "").endswith("1") else 0

    def action_side(self, at: int) -> None:
        """Go to one of the walks."""
        self.query_one(f"#side{at}").focus()

    def action_other(self) -> None:
        """Go to the other walk."""
        self.action_side(1 - self._side)

    def action_take(self) -> None:
        """Take the walk that has the focus."""
        self.dismiss(self._side)

    def action_leave(self) -> None:
        """Take neither."""
        self.dismiss(None)
