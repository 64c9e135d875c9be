"""The walk in time: stops and the ways between them, one of which is chosen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.wording import anchor_line, leg_lines, stop_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events
    from textual.binding import BindingType

    from planner.itinerary.document import PlanDocument

NARROWEST = 28


MOVES = (
    Binding("down,j", "cursor_down", "Down", show=False, id="list.down"),
    Binding("up,k", "cursor_up", "Up", show=False, id="list.up"),
    Binding("pagedown", "page_down", "Page down", show=False, id="list.page_down"),
    Binding("pageup", "page_up", "Page up", show=False, id="list.page_up"),
    Binding("home,g", "first", "First", show=False, id="list.first"),
    Binding("end,G", "last", "Last", show=False, id="list.last"),
)
"""How one moves in a list. Lists inherit no keys of Textual's, which could not be others."""
CHOOSES = Binding("enter", "select", "Choose", show=False, id="list.choose")


class Paged(OptionList):
    """A list that stays where it is when there is no room to show a page of it."""

    def action_page_up(self) -> None:
        """Choose what is a page above."""
        # A list without room has no lines, and Textual looks for one among them.
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """Choose what is a page below."""
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]


class Timeline(Paged, inherit_bindings=False):
    """Stops with their times, ways with their streets."""

    BINDINGS: ClassVar[list[BindingType]] = [*MOVES, CHOOSES]

    @dataclass
    class Chosen(Message):
        """A stop or a way was chosen: the index of a stop, or of the stop that a way leads to."""

        index: int
        is_way: bool
        timeline: Timeline

        @property
        def control(self) -> Timeline:
            """The timeline that tells it."""
            return self.timeline

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as Textual has it
        super().__init__(id=id)
        self._document: PlanDocument | None = None
        self._new: frozenset[str] = frozenset()
        self._mark = "new"
        self._width = 0

    def show(
        self, document: PlanDocument, *, new: frozenset[str] = frozenset(), mark: str = "new"
    ) -> None:
        """Show a plan; what was chosen stays chosen, if it is still there.

        Parameters
        ----------
        document
            A plan with stops.
        new
            Ids of stops to mark, such as those that an edit has just put in.
        mark
            The word that marks them.
        """
        chosen = self.chosen_id
        self._document, self._new, self._mark = document, new, mark
        self._fill()
        ids = [stop.place_id for stop in document.stops]
        self.choose(ids.index(chosen) if chosen in ids else 0)

    def clear(self) -> None:
        """Show nothing."""
        self._document = None
        self.clear_options()

    @property
    def chosen(self) -> int | None:
        """The index of the chosen stop, or of the stop that the chosen way leads to."""
        if self._document is None or self.highlighted is None:
            return None
        kind, _, number = (self.get_option_at_index(self.highlighted).id or "").partition(":")
        if kind not in {"stop", "leg"}:
            return None
        return min(int(number), len(self._document.stops) - 1)

    @property
    def chosen_id(self) -> str | None:
        """The chosen stop's place."""
        at = self.chosen
        return None if at is None or self._document is None else self._document.stops[at].place_id

    def choose(self, index: int) -> None:
        """Choose a stop by its index."""
        for at in range(self.option_count):
            if self.get_option_at_index(at).id == f"stop:{index}":
                self.highlighted = at
                return

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Tell what was chosen."""
        kind, _, number = (event.option.id or "").partition(":")
        if kind in {"stop", "leg"}:
            self.post_message(self.Chosen(int(number), kind == "leg", self))

    def on_resize(self, _event: events.Resize) -> None:
        """Set the lines anew in another width."""
        if self._document is not None and self._room() != self._width:
            at = self.highlighted
            self._fill()
            self.highlighted = at

    def _room(self) -> int:
        return max(self.scrollable_content_region.width - 2, NARROWEST)

    def _fill(self) -> None:
        self._width = self._room()
        self.clear_options()
        self.add_options(self._laid_out())

    def _laid_out(self) -> Iterator[Option]:
        from planner.itinerary.editing import edits_of, standing

        document, width = self._document, self._width
        if document is None:
            return
        held = standing(edits_of(document))
        legs = {(leg.day, leg.target): leg for leg in document.legs}
        day = 0
        for index, stop in enumerate(document.stops):
            leg = legs.get((stop.day, stop.place_id))
            if stop.day != day:
                day = stop.day
                if document.settings.days > 1:
                    yield Option(f"Day {day}", disabled=True)
                if document.start is not None:
                    begin = dt.datetime.fromisoformat(stop.arrive)
                    begin -= dt.timedelta(seconds=leg.duration_s if leg else 0)
                    words = anchor_line("start", f"{begin:%H:%M}", document.start.name, width)
                    yield Option(words, disabled=True)
            if leg is not None:
                yield Option(leg_lines(leg, width), id=f"leg:{index}")
            mark = self._mark if stop.place_id in self._new else ""
            lines = stop_lines(document, index, width, held, mark=mark)
            yield Option(lines, id=f"stop:{index}")
            home = legs.get((day, "end"))
            is_last = index + 1 == len(document.stops) or document.stops[index + 1].day != day
            if is_last and home is not None and document.end is not None:
                yield Option(leg_lines(home, width), disabled=True)
                over = dt.datetime.fromisoformat(stop.depart)
                over += dt.timedelta(seconds=home.duration_s)
                words = anchor_line("end", f"{over:%H:%M}", document.end.name, width)
                yield Option(words, disabled=True)
