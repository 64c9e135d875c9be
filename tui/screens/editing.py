"""Editing a walk in place: each key is an edit, each edit a plan that shows what it changed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.screens.dialogs import Ask, Choose, Find, Trouble
from tui.screens.walk import WalkScreen
from tui.widgets.map import MapView
from tui.wording import cost_words, sign_of

if TYPE_CHECKING:
    from textual.binding import BindingType

    from planner.itinerary.document import AnchorPart, StopPart
    from planner.itinerary.editing import Edit
    from tui.screens.dialogs import Row

_UNFOUND = (
    "Try a shorter word, another spelling, or a kind such as café or park. What the map of the "
    "city lacks you can add yourself: Esc, then L, then a; or i for a whole list."
)
_NO_OTHER = (
    "No other place answers the same wish, is on the way and open then. Esc goes back; from there "
    "a adds a place that you name, x takes this one out, and c gives the walk more hours."
)
STAY_STEP_MIN = 15
SHORTEST_STAY_MIN = 5
_ELSEWHERE = "elsewhere"


class Editing(WalkScreen):
    """The edits of a walk, one key each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "lock", "Lock", id="plan.lock"),
        Binding("x,delete", "remove", "Remove", key_display="x", id="plan.remove"),
        Binding("s", "swap", "Swap", id="plan.swap"),
        Binding("a", "add", "Add", id="plan.add"),
        Binding("t", "stay", "Stay", id="plan.stay"),
        Binding(
            "greater_than_sign", "longer", "Longer", show=False, key_display=">", id="plan.longer"
        ),
        Binding(
            "less_than_sign", "shorter", "Shorter", show=False, key_display="<", id="plan.shorter"
        ),
        Binding("K,shift+up", "earlier", "Earlier", show=False, id="plan.earlier"),
        Binding("J,shift+down", "later", "Later", show=False, id="plan.later"),
        Binding("n", "now", "Now", id="plan.now"),
    ]

    @work(exclusive=True, group="plan")
    async def edit(self, edit: Edit) -> None:
        """Change the plan, and show what that changed."""
        history = self.history
        if history is None:
            return
        self.hush.set()
        before = history.plan
        self.set_busy("Planning anew …")
        try:
            after = await self.desk.revise(before, edit)
        except FlaneurError as error:
            self.trouble(error)
            return
        finally:
            self.set_busy("")
        old = {stop.place_id for stop in before.stops}
        new = frozenset(stop.place_id for stop in after.stops) - old
        self.put(history.edited(edit, lambda _plan, _edit: after), before, new=new)

    def _stop(self) -> str | None:
        """Return the chosen stop's place; where none is chosen, say how to choose one."""
        if self.history is not None and self.chosen_id is None:
            words = "No stop is chosen: Tab goes to the list of stops, ↑ and ↓ choose one."
            self.notify(words, severity="warning", markup=False)
        return self.chosen_id

    def _is_locked(self, place_id: str, then: str, *, in_place: bool = False) -> bool:
        """Return whether a stop is locked, and if so, say what to do.

        Parameters
        ----------
        place_id
            The stop.
        then
            What can be done once it is not locked any more.
        in_place
            Whether it matters only that it is held where it is.
        """
        from planner.itinerary.editing import edits_of, standing

        if self.history is None:
            return False
        document = self.history.plan
        held = standing(edits_of(document))
        if place_id not in (held.in_place if in_place else held.locked):
            return False
        name = next(stop.name for stop in document.stops if stop.place_id == place_id)
        where = " in its place" if in_place else ""
        self.app.push_screen(
            Trouble(
                f"{name} is locked{where}: you asked to keep it so.",
                f"In the list of stops, press l until its ⚿ is gone; then {then}.",
            )
        )
        return True

    def action_lock(self) -> None:
        """Lock the chosen stop, then its place too, then let it go again."""
        from planner.itinerary.editing import Lock, Unlock, edits_of, standing

        place_id = self._stop()
        if self.history is None or place_id is None:
            return
        held = standing(edits_of(self.history.plan))
        if place_id in held.in_place:
            self.edit(Unlock(place_id=place_id))
        else:
            self.edit(Lock(place_id=place_id, in_place=place_id in held.locked))

    def action_remove(self) -> None:
        """Take the chosen stop out."""
        from planner.itinerary.editing import Remove

        place_id = self._stop()
        if place_id is not None and not self._is_locked(place_id, "x takes it out"):
            self.edit(Remove(place_id=place_id))

    def action_swap(self) -> None:
        """Choose what should stand where the chosen stop stands."""
        from planner.itinerary.editing import Swap

        place_id = self._stop()
        if self.history is None or place_id is None:
            return
        if self._is_locked(place_id, "s swaps it"):
            return
        document = self.history.plan
        name = next(stop.name for stop in document.stops if stop.place_id == place_id)

        async def rows() -> list[Row]:
            found = await self.desk.alternatives(document, place_id)
            return [
                (each.place_id, each.name, f"{each.category} · {cost_words(each, worth)}")
                for each in found
            ]

        def swapped(other: str | None) -> None:
            if other is not None:
                self.edit(Swap(place_id=place_id, other_id=other))

        worth = document.totals.score
        self.app.push_screen(Choose(f"Instead of {clean(name)}", rows, _NO_OTHER), swapped)

    def action_add(self) -> None:
        """Add the place that is marked on the map, or find one; it goes where it fits best."""
        from planner.itinerary.editing import Add

        if self.history is None:
            return
        at = self.chosen
        document = self.history.plan
        day = 1 if at is None else document.stops[at].day

        def added(place_id: str | None) -> None:
            if place_id is not None:
                self.edit(Add(place_id=place_id, day=day))

        drawing = self.query_one(MapView)
        if drawing.has_focus and drawing.marked is not None:
            added(drawing.marked.place_id)
            return

        async def search(words: str) -> list[Row]:
            hits = await self.desk.search(words, document.city)
            return [
                (place_id, hit.holding.name, hit.holding.category or "")
                for hit in hits
                if hit.holding.position is not None
                and (place_id := await self.desk.walk_id(document.city, hit.holding))
            ]

        self.app.push_screen(Find("Add to the walk", search, _UNFOUND), added)

    def action_stay(self) -> None:
        """Say how long to stay at the chosen stop."""
        minutes = self._minutes()
        if minutes is None:
            return

        def said(words: str | None) -> None:
            if words is not None:
                digits = "".join(each for each in words if each.isdigit())
                self._stay(int(digits[:4]) if digits else 0)

        self.app.push_screen(Ask("Stay how many minutes?", str(minutes), "such as 45"), said)

    def action_longer(self) -> None:
        """Stay a quarter of an hour longer."""
        if (minutes := self._minutes()) is not None:
            self._stay(minutes + STAY_STEP_MIN)

    def action_shorter(self) -> None:
        """Stay a quarter of an hour less."""
        if (minutes := self._minutes()) is not None:
            self._stay(max(minutes - STAY_STEP_MIN, SHORTEST_STAY_MIN))

    def _minutes(self) -> int | None:
        at = self.chosen
        if self.history is None or at is None:
            return None
        stop = self.history.plan.stops[at]
        stay = dt.datetime.fromisoformat(stop.depart) - dt.datetime.fromisoformat(stop.visit_from)
        return round(stay.total_seconds() / 60)

    def _stay(self, minutes: int) -> None:
        from planner.itinerary.editing import Stay

        if (place_id := self.chosen_id) is not None:
            self.edit(Stay(place_id=place_id, minutes=minutes))

    def action_earlier(self) -> None:
        """Visit the chosen stop before the one before it."""
        self._move(-1)

    def action_later(self) -> None:
        """Visit the chosen stop after the one after it."""
        self._move(1)

    def _move(self, by: int) -> None:
        from planner.itinerary.editing import Move, days_of

        at = self.chosen
        if self.history is None or at is None:
            return
        document = self.history.plan
        stop = document.stops[at]
        ids = [each.place_id for each in days_of(document)[stop.day]]
        to = ids.index(stop.place_id) + by
        if self._is_locked(stop.place_id, "J and K move it", in_place=True):
            return
        if 0 <= to < len(ids):
            self.edit(Move(place_id=stop.place_id, to=to))

    @work(exclusive=True, group="now")
    async def action_now(self) -> None:
        """Plan the rest anew from here and now."""
        from planner.itinerary.editing import HereNow, date_of

        if self.history is None:
            return
        document = self.history.plan
        rows: list[Row] = []
        if document.start is not None:
            rows.append(("start", document.start.name, "where the walk starts"))
        rows += [
            (str(number), f"{sign_of(number + 1)} {stop.name}", f"there at {stop.arrive[11:16]}")
            for number, stop in enumerate(document.stops)
        ]
        rows.append((_ELSEWHERE, "Somewhere else", "a place of this city"))
        where = await self.app.push_screen_wait(Choose("Where are you?", rows))
        at: AnchorPart | StopPart | None
        if where is None:
            return
        if where == _ELSEWHERE:
            at = await self._somewhere()
        elif where == "start":
            at = document.start
        else:
            at = document.stops[int(where)]
        if at is None:
            return
        clock = f"{self.desk.now:%H:%M}"
        time = await self.app.push_screen_wait(Ask("What time is it?", clock, "such as 14:20"))
        if time is not None:
            day = document.stops[int(where)].day if where.isdigit() else 1
            date = date_of(document, day, self.desk.now)
            self.edit(HereNow(lat=at.lat, lon=at.lon, time=time, name=at.name, date=date))

    async def _somewhere(self) -> AnchorPart | None:
        """Ask for a place by its name, or for the one that is marked on the map."""
        from planner.itinerary.document import AnchorPart

        if self.history is None:
            return None
        city = self.history.plan.city
        found: dict[str, AnchorPart] = {}

        async def search(words: str) -> list[Row]:
            found.clear()
            for number, hit in enumerate(await self.desk.search(words, city)):
                position = hit.holding.position
                if position is not None:
                    found[str(number)] = AnchorPart(
                        place_id=None, name=hit.holding.name, lat=position.lat, lon=position.lon
                    )
            return [(key, each.name, "") for key, each in found.items()]

        key = await self.app.push_screen_wait(Find("Where are you?", search))
        return found.get(key or "")
