"""The plan screen: a sentence in, a walk out, and everything one may do with it."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.framing import command_line, wishes_of, without
from tui.screens.dialogs import Ask, Choose, Find, Trouble
from tui.widgets.chips import Chips
from tui.widgets.map import MapView
from tui.widgets.request import EXAMPLES, RequestLine
from tui.widgets.timeline import Timeline
from tui.wording import (
    change_words,
    chips_of,
    city_words,
    cost_words,
    frame_words,
    left_out_lines,
    proof_words,
    sign_of,
)

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from planner.itinerary.document import PlanDocument
    from planner.itinerary.editing import Edit, History
    from tui.app import FlaneurApp
    from tui.desk import Desk
    from tui.screens.dialogs import Row
    from tui.widgets.ground import Ground

NO_CITY = (
    "No city is here yet. Your first request sets up central Helsinki from a map that is installed "
    "with flaneur, which takes about half a minute, once. Another city comes from an OpenStreetMap "
    "extract: flaneur city add NAME FILE"
)
_STAY_STEP_MIN = 15
_BAR = 20
_NEEDS_STOPS = {
    "lock", "remove", "swap", "add", "stay", "longer", "shorter", "earlier", "later", "now",
    "save", "copy",
}  # fmt: skip
_TYPING = {"request", "frame", "map", "visit"} | _NEEDS_STOPS | {"undo", "redo", "narrower"}


class PlanScreen(Screen[None]):
    """A request, the walk that answers it in time and on the map, and its telling."""

    app: FlaneurApp

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,i", "request", "Request", key_display="/", id="plan.request"),
        Binding("c", "frame", "Frame", id="plan.frame"),
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
        Binding("u", "undo", "Undo", id="plan.undo"),
        Binding("U,ctrl+r", "redo", "Redo", key_display="U", show=False, id="plan.redo"),
        Binding("n", "now", "Now", id="plan.now"),
        Binding("w", "save", "Save", id="plan.save"),
        Binding("m", "map", "Map", id="plan.map"),
        Binding("y", "copy", "Copy as command", show=False, id="plan.copy"),
        Binding("escape", "stop", "Stop", show=False, id="plan.stop"),
        Binding("P", "visit('plans')", "Plans", show=False, id="go.plans"),
        Binding("L", "visit('library')", "Places", show=False, id="go.library"),
        Binding("C", "visit('cities')", "Cities", show=False, id="go.cities"),
        Binding("M", "visit('models')", "Models", show=False, id="go.models"),
        Binding("D", "visit('machine')", "This machine", show=False, id="go.machine"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.options: list[str] = []
        self.history: History | None = None
        self._refused: PlanDocument | None = None
        self._ground: Ground | None = None
        self._told = ""
        self._by = ""
        self._changed = ""
        self._hush = threading.Event()
        self._is_telling = False
        self._is_busy = False
        self._city: str | None = None
        self._model = ""

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield Static(id="status")
        with Horizontal(id="asking"):
            yield Static("❯ ", id="prompt")
            yield RequestLine(id="request")
        yield Chips(id="chips")
        with Horizontal(id="walk"):
            with Vertical(id="left"):
                yield Timeline(id="timeline")
            yield MapView(id="map")
        yield Static(id="proof")
        with VerticalScroll(id="telling"):
            yield Static(id="words")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Show what there is at once, and fetch the rest behind the first frame."""
        self.query_one(Chips).show([])
        self._show_status()
        self._show_examples()
        self.query_one(RequestLine).focus()

    # --- what the screen knows ---

    @property
    def desk(self) -> Desk:
        """Where the work is done."""
        return self.app.desk

    @property
    def document(self) -> PlanDocument | None:
        """The plan on the screen, with stops or with the reasons why it has none."""
        return self._refused if self.history is None else self.history.plan

    @property
    def _is_typing(self) -> bool:
        return isinstance(self.focused, Input)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what applies now: letters are letters while one types."""
        del parameters
        if action in _TYPING and self._is_typing:
            return False
        if action in _NEEDS_STOPS:
            return self.history is not None and not self._is_busy
        if action == "undo":
            return self.history is not None and self.history.at > 0
        if action == "redo":
            return self.history is not None and self.history.at < len(self.history.edits)
        return True

    # --- beginning ---

    def restore(
        self, document: PlanDocument | None, asked: list[str], city: str | None, model: str
    ) -> None:
        """Take over what an earlier session left."""
        self.query_one(RequestLine).recall(asked)
        self._city, self._model = city, model
        if city is None:
            self.query_one("#words", Static).update(NO_CITY)
        if document is not None and self.document is None and not self._is_busy:
            self.query_one(RequestLine).value = document.request
            self.open_plan(document, tell=False)
        self._show_status()

    def open_plan(self, document: PlanDocument, *, tell: bool) -> None:
        """Put a plan on the screen.

        Parameters
        ----------
        document
            The plan.
        tell
            Whether to have it told anew; otherwise its own words are shown.
        """
        from planner.itinerary.editing import History

        self._hush.set()
        if document.status == "ok" and document.stops:
            self.history, self._refused = History.of(document), None
        else:
            self.history, self._refused = None, document
        self._changed = ""
        self._told = document.narrative.summary or ""
        self._by = document.narrative.by
        self._show(document)
        if document.stops:
            self.query_one(Timeline).focus()
            self._draw_ground()
            if tell:
                self._tell(document)

    def change_city(self, name: str) -> None:
        """Plan in another city from now on; the walk on the screen stays."""
        self._city = name
        self._show_status()

    def show_saved(self, document: PlanDocument) -> None:
        """Put a saved plan on the screen, as it was told then."""
        self.query_one(RequestLine).value = document.request
        self._city = document.city
        self.open_plan(document, tell=not document.narrative.summary)

    # --- asking ---

    @on(Input.Submitted, "#request")
    def _asked(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.ask(event.value)

    def ask(self, text: str) -> None:
        """Plan what a sentence says."""
        line = self.query_one(RequestLine)
        line.value = text
        line.remember(text)
        self.app.keep_requests(line.asked)
        self._plan(text)

    @work(exclusive=True, group="plan")
    async def _plan(self, text: str) -> None:
        self._hush.set()
        try:
            wishes = wishes_of(self.options)
            self._set_busy("Looking for the best walk …")
            document = await self.desk.plan(text, wishes, self._city)
        except FlaneurError as error:
            self._trouble(error)
            return
        finally:
            self._set_busy("")
        self._city = document.city
        self.open_plan(document, tell=True)
        self.app.keep_plan(document)

    def _trouble(self, error: FlaneurError) -> None:
        self._set_busy("")
        self.app.push_screen(Trouble(error.problem, error.next_step))

    def _set_busy(self, words: str) -> None:
        self._is_busy = bool(words)
        if words:
            self.query_one("#proof", Static).update(Text(f" {words}", "bold"))
        else:
            self._show_proof()
        self.refresh_bindings()

    def show_progress(self, share: float | None, words: str) -> None:
        """Show how far a long step is.

        Parameters
        ----------
        share
            Between 0 and 1; ``None`` for a hint.
        words
            What is being done.
        """
        if not self._is_busy:
            return
        line = Text(f" {clean(words)}", "bold", no_wrap=True, overflow="ellipsis")
        if share is not None:
            filled = round(share * _BAR)
            line.append(f"  {'█' * filled}{'░' * (_BAR - filled)} {share:.0%}")
        self.query_one("#proof", Static).update(line)

    # --- telling ---

    @work(exclusive=True, group="tell")
    async def _tell(self, document: PlanDocument) -> None:
        hush = self._hush = threading.Event()
        loop = asyncio.get_running_loop()
        self._told, self._by, self._is_telling = "", "", True
        self._show_words()

        def hear(piece: str) -> None:
            loop.call_soon_threadsafe(self._heard, hush, piece)

        try:
            told = await self.desk.narrate(document, hear, hush.is_set)
        except FlaneurError as error:
            self._changed = str(error)
            told = None
        if hush is not self._hush:
            return
        self._is_telling = False
        if told is not None and self.history is not None and self.history.plan is document:
            from dataclasses import replace

            plans = list(self.history.plans)
            plans[self.history.at] = told
            self.history = replace(self.history, plans=tuple(plans))
            self._told, self._by = told.narrative.summary or "", told.narrative.by
            self.app.keep_plan(told)
        self._show_words()

    def _heard(self, hush: threading.Event, piece: str) -> None:
        if hush is self._hush and self.is_mounted:
            self._told += piece
            self._show_words()

    def action_stop(self) -> None:
        """Stop the model; what it has not told yet is told plainly."""
        self._hush.set()
        if self.has_class("wide-map"):
            self.action_map()

    # --- showing ---

    def _show(self, document: PlanDocument, *, new: frozenset[str] = frozenset()) -> None:
        self._show_status()
        self.query_one(Chips).show(
            [*chips_of(document), ("frame", f"{document.settings.hours:g} h")]
        )
        timeline, drawing = self.query_one(Timeline), self.query_one(MapView)
        if document.stops:
            timeline.show(document, new=new)
            drawing.chosen = timeline.chosen
        else:
            self._show_refusal(document)
            drawing.chosen = None
        drawing.show(document if document.stops else None, self._ground)
        self._show_proof()
        self._show_words()
        self.refresh_bindings()

    def _show_status(self) -> None:
        document = self.document
        if document is not None:
            frame = frame_words(document)
        else:
            frame = city_words(self._city) if self._city else "no city yet"
        line = Text.assemble((" Flâneur ", "bold reverse"), "  ", frame)
        model = self._model or "…"
        line.no_wrap, line.overflow = True, "ellipsis"
        tail = f"  {model}  ● offline "
        room = self.app.size.width - len(tail)
        line.truncate(room, overflow="ellipsis", pad=True)
        self.query_one("#status", Static).update(line.append(tail, "dim"))

    def on_resize(self) -> None:
        """Set the status anew in another width."""
        self._show_status()

    def _show_examples(self) -> None:
        timeline = self.query_one(Timeline)
        timeline.clear()
        timeline.add_option(Option(Text("Say what you would like, or take one:"), disabled=True))
        for number, example in enumerate(EXAMPLES):
            timeline.add_option(Option(Text(f"❯ {example}", "bold"), id=f"example:{number}"))

    def _show_refusal(self, document: PlanDocument) -> None:
        timeline = self.query_one(Timeline)
        timeline.clear()
        timeline.add_option(Option(Text("What stands against it", "bold red"), disabled=True))
        for each in document.conflicts:
            timeline.add_option(Option(Text(f"• {clean(each.text)}"), disabled=True))
        if document.relaxations:
            timeline.add_option(
                Option(Text("\nWhat would work (Enter takes it)", "bold green"), disabled=True)
            )
        for number, change in enumerate(document.relaxations):
            words = Text.assemble((clean(change.change), "bold"), f" — {clean(change.effect)}")
            timeline.add_option(Option(words, id=f"relax:{number}"))
        timeline.action_first()
        timeline.focus()

    def _show_proof(self) -> None:
        document = self.document
        line = Text(" ")
        if document is not None and not self._is_busy:
            from planner.itinerary.editing import edits_of

            line.append(proof_words(document, edited=bool(edits_of(document))), "bold")
            if self._changed:
                line.append(f"   {self._changed}", "bold yellow")
        line.no_wrap, line.overflow = True, "ellipsis"
        self.query_one("#proof", Static).update(line)

    def _show_words(self) -> None:
        document = self.document
        words = Text()
        for paragraph in self._told.splitlines():
            words.append(f"{clean(paragraph)}\n")
        if self._is_telling:
            words.append("▌ Esc stops\n", "dim")
        elif self._told and self._by not in {"", "template"}:
            words.append(f"(told by {clean(self._by)})\n", "dim")
        if document is not None:
            for line in left_out_lines(document):
                words.append("Left out: ", "bold")
                words.append(f"{line}\n", "dim")
            for broken in document.violations:
                words.append(f"This walk breaks: {clean(broken.text)}\n", "bold red")
        words.rstrip()
        self.query_one("#words", Static).update(words)

    @work(exclusive=True, group="ground")
    async def _draw_ground(self) -> None:
        document = self.document
        if document is None:
            return
        try:
            self._ground = await self.desk.ground(document.city)
        except FlaneurError:
            # A saved plan of a city that is not here any more is shown without its streets.
            self._ground = None
        self.query_one(MapView).show(self.document, self._ground)

    # --- choosing ---

    @on(Timeline.Chosen)
    def _chosen(self, event: Timeline.Chosen) -> None:
        self.query_one(MapView).choose(event.index)

    @on(MapView.Picked)
    def _picked(self, event: MapView.Picked) -> None:
        self.query_one(Timeline).choose(event.index)

    @on(OptionList.OptionSelected, "#timeline")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        kind, _, number = (event.option.id or "").partition(":")
        if kind == "example":
            self.ask(EXAMPLES[int(number)])
        elif kind == "relax" and self._refused is not None:
            self.options += self._refused.relaxations[int(number)].options
            self.ask(self._refused.request)

    @on(Chips.Asked)
    def _chip(self, event: Chips.Asked) -> None:
        line = self.query_one(RequestLine)
        words = event.words.removeprefix("– ").removeprefix("see ")
        words = words.removeprefix("start: ").removeprefix("end: ")
        if event.kind == "frame":
            self.action_frame()
        elif event.action == "drop":
            if event.kind == "must":
                self.options += ["--forgo", words]
                self.ask(line.value)
            else:
                self.ask(without(line.value, words) or line.value)
        else:
            at = line.value.casefold().find(words.casefold())
            line.focus()
            if at >= 0:
                from textual.widgets.input import Selection

                line.selection = Selection(at, at + len(words))

    def action_request(self) -> None:
        """Go to the request line."""
        self.query_one(RequestLine).focus()

    def action_map(self) -> None:
        """Give the map the whole middle, or give it back."""
        self.toggle_class("wide-map")
        target = MapView if self.has_class("wide-map") else Timeline
        self.query_one(target).focus()

    def action_frame(self) -> None:
        """Change day, hours, ends, pace and weather."""
        from tui.screens.frame import FrameScreen

        def framed(options: list[str] | None) -> None:
            if options is not None:
                self.options = options
                text = self.query_one(RequestLine).value
                if text.strip():
                    self.ask(text)

        self.app.push_screen(FrameScreen(self.options), framed)

    def action_visit(self, name: str) -> None:
        """Go to another screen."""
        self.app.visit(name)

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
            self._trouble(error)
            return
        if self.history is history:
            from dataclasses import replace

            plans = list(history.plans)
            plans[history.at] = kept
            self.history = replace(history, plans=tuple(plans))
            self.app.keep_plan(kept)
        self.notify(f"Saved as {kept.plan_id}.", markup=False)

    # --- editing ---

    @work(exclusive=True, group="plan")
    async def edit(self, edit: Edit) -> None:
        """Change the plan, and show what that changed."""
        history = self.history
        if history is None:
            return
        self._hush.set()
        before = history.plan
        self._set_busy("Planning anew …")
        try:
            after = await self.desk.revise(before, edit)
        except FlaneurError as error:
            self._trouble(error)
            return
        finally:
            self._set_busy("")
        old = {stop.place_id for stop in before.stops}
        new = frozenset(stop.place_id for stop in after.stops) - old
        self._put(history.edited(edit, lambda _plan, _edit: after), before, new=new)

    def _put(
        self, history: History, before: PlanDocument, *, new: frozenset[str] = frozenset()
    ) -> None:
        """Show another state of the plan's history, and what is different."""
        self.history = history
        document = history.plan
        self._changed = change_words(before, document)
        self._told = document.narrative.summary or ""
        self._by = document.narrative.by
        self._show(document, new=new)
        self.app.keep_plan(document)
        if not self._told:
            self._tell(document)

    def _chosen_stop(self) -> str | None:
        return self.query_one(Timeline).chosen_id

    def action_lock(self) -> None:
        """Lock the chosen stop, then its place too, then let it go again."""
        from planner.itinerary.editing import Lock, Unlock, edits_of, standing

        place_id = self._chosen_stop()
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

        if (place_id := self._chosen_stop()) is not None:
            self.edit(Remove(place_id=place_id))

    def action_swap(self) -> None:
        """Choose what should stand where the chosen stop stands."""
        from planner.itinerary.editing import Swap

        place_id = self._chosen_stop()
        if self.history is None or place_id is None:
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
        self.app.push_screen(Choose(f"Instead of {clean(name)}", rows), swapped)

    def action_add(self) -> None:
        """Find a place and put it where it fits best."""
        from planner.itinerary.editing import Add

        at = self.query_one(Timeline).chosen
        if self.history is None:
            return
        document = self.history.plan
        day = 1 if at is None else document.stops[at].day

        async def search(words: str) -> list[Row]:
            hits = await self.desk.search(words, document.city)
            return [
                (place_id, hit.holding.name, hit.holding.category or "")
                for hit in hits
                if hit.holding.position is not None
                and (place_id := await self.desk.walk_id(document.city, hit.holding))
            ]

        def added(place_id: str | None) -> None:
            if place_id is not None:
                self.edit(Add(place_id=place_id, day=day))

        self.app.push_screen(Find("Add to the walk", search), added)

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
            self._stay(minutes + _STAY_STEP_MIN)

    def action_shorter(self) -> None:
        """Stay a quarter of an hour less."""
        if (minutes := self._minutes()) is not None:
            self._stay(max(minutes - _STAY_STEP_MIN, 5))

    def _minutes(self) -> int | None:
        import datetime as dt

        at = self.query_one(Timeline).chosen
        if self.history is None or at is None:
            return None
        stop = self.history.plan.stops[at]
        stay = dt.datetime.fromisoformat(stop.depart) - dt.datetime.fromisoformat(stop.visit_from)
        return round(stay.total_seconds() / 60)

    def _stay(self, minutes: int) -> None:
        from planner.itinerary.editing import Stay

        if (place_id := self._chosen_stop()) is not None:
            self.edit(Stay(place_id=place_id, minutes=minutes))

    def action_earlier(self) -> None:
        """Visit the chosen stop before the one before it."""
        self._move(-1)

    def action_later(self) -> None:
        """Visit the chosen stop after the one after it."""
        self._move(1)

    def _move(self, by: int) -> None:
        from planner.itinerary.editing import Move, days_of

        at = self.query_one(Timeline).chosen
        if self.history is None or at is None:
            return
        document = self.history.plan
        stop = document.stops[at]
        ids = [each.place_id for each in days_of(document)[stop.day]]
        to = ids.index(stop.place_id) + by
        if 0 <= to < len(ids):
            self.edit(Move(place_id=stop.place_id, to=to))

    def action_undo(self) -> None:
        """Take the last edit back."""
        if self.history is not None and self.history.at > 0:
            self._hush.set()
            self._put(self.history.undone(), self.history.plan)

    def action_redo(self) -> None:
        """Make the edit again that was taken back."""
        if self.history is not None and self.history.at < len(self.history.edits):
            self._hush.set()
            self._put(self.history.redone(), self.history.plan)

    @work(exclusive=True, group="now")
    async def action_now(self) -> None:
        """Plan the rest anew from here and now."""
        from planner.itinerary.editing import HereNow

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
        where = await self.app.push_screen_wait(Choose("Where are you?", rows))
        if where is None:
            return
        clock = f"{self.desk.now:%H:%M}"
        time = await self.app.push_screen_wait(Ask("What time is it?", clock, "such as 14:20"))
        if time is None:
            return
        at = document.start if where == "start" else document.stops[int(where)]
        if at is not None:
            self.edit(HereNow(lat=at.lat, lon=at.lon, time=time, name=at.name))
