"""The plan screen: a sentence in, a walk out, and everything one may do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.framing import wishes_of
from tui.screens.dialogs import Ask, Choose, Trouble
from tui.screens.editing import Editing
from tui.screens.returning import Returning
from tui.screens.taking import Taking
from tui.screens.varying import Varying
from tui.sights import FOUND, KINDS, LIKED, NONE, OWN, sights_of, sights_that_answer
from tui.widgets.chips import Chips
from tui.widgets.keyline import KeyLine
from tui.widgets.map import MapView
from tui.widgets.request import EXAMPLES, RequestLine
from tui.widgets.timeline import Timeline
from tui.wishing import chips_of, with_pinned
from tui.wording import change_words, city_words, frame_words, proof_words

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from planner.itinerary.document import PlanDocument
    from tui.widgets.ground import Ground
    from tui.wishing import Chip

NO_CITY = (
    "No city is here yet. Your first request sets up central Helsinki from a map that is installed "
    "with flaneur, which takes about half a minute, once. Another city comes from an OpenStreetMap "
    "extract: C, then a, adds it."
)
_RARE = ("plan.vary", "plan.export", "plan.frame", "plan.now", "plan.map")
"""Keys that are not told of at the foot where there is no room: one does well without for long."""
_BAR = 20
_NEEDS_STOPS = {
    "lock", "remove", "swap", "add", "stay", "longer", "shorter", "earlier", "later", "now",
    "save", "export", "code", "copy", "vary", "filter", "picture",
}  # fmt: skip
_TYPING = {"request", "frame", "map", "visit"} | _NEEDS_STOPS | {"undo", "redo"}


class PlanScreen(Taking, Varying, Returning, Editing):
    """A request, the walk that answers it in time and on the map, and its telling."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,i", "request", "Request", key_display="/", id="plan.request"),
        Binding("c", "frame", "Frame", id="plan.frame"),
        Binding("u", "undo", "Undo", id="plan.undo"),
        Binding("U,ctrl+r", "redo", "Redo", key_display="U", show=False, id="plan.redo"),
        Binding("m", "map", "Map", id="plan.map"),
        Binding("o", "filter", "On the map", show=False, id="plan.filter"),
        Binding("V", "picture", "Picture", show=False, id="plan.picture"),
        Binding("escape", "stop", "Stop", show=False, id="plan.stop"),
        Binding("P", "visit('plans')", "Plans", show=False, id="go.plans"),
        Binding("L", "visit('library')", "Places", show=False, id="go.library"),
        Binding("C", "visit('cities')", "Cities", show=False, id="go.cities"),
        Binding("M", "visit('models')", "Models", show=False, id="go.models"),
        Binding("D", "visit('machine')", "This machine", show=False, id="go.machine"),
        Binding("S", "visit('settings')", "Settings", show=False, id="go.settings"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._ground: Ground | None = None
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
        yield KeyLine(_RARE)

    def on_mount(self) -> None:
        """Show what there is at once, and fetch the rest behind the first frame."""
        self.query_one(Chips).show([])
        self._show_status()
        self._show_examples()
        self.query_one(RequestLine).focus()

    # --- what the screen knows ---

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what applies now: letters are letters while one types."""
        del parameters
        if action in _TYPING and self.is_typing:
            return False
        if action in _NEEDS_STOPS:
            return self.history is not None and not self.is_busy
        if action == "undo":
            return self.can_undo
        if action == "redo":
            return self.can_redo
        return True

    @property
    def has_begun(self) -> bool:
        """Whether something was asked, or is being typed."""
        return self.is_busy or self.document is not None or bool(self.query_one(RequestLine).value)

    # --- beginning ---

    def restore(
        self,
        document: PlanDocument | None,
        asked: list[str],
        city: str | None,
        model: str,
        frame: tuple[list[str], tuple[Chip, ...]] = ([], ()),
    ) -> None:
        """Take over what an earlier session left."""
        self.query_one(RequestLine).recall(asked)
        self._city, self._model = city, model
        if not self.options:
            self.options, self.pinned = frame
        if city is None:
            self.query_one("#words", Static).update(NO_CITY)
        if document is not None and self.document is None and not self.is_busy:
            self.query_one(RequestLine).value = self.asked_for = document.request
            self.open_plan(document, tell=False)
        self._show_status()

    def open_plan(
        self, document: PlanDocument, *, tell: bool, against: PlanDocument | None = None
    ) -> None:
        """Put a plan on the screen.

        Parameters
        ----------
        document
            The plan.
        tell
            Whether to have it told anew; otherwise its own words are shown.
        against
            The plan that it takes the place of, to show what changed.
        """
        from planner.itinerary.editing import History

        self.hush.set()
        if self.document is not None and self.document.city != document.city:
            self.query_one(MapView).mark(())
        if document.status == "ok" and document.stops:
            self.history, self.refused = History.of(document), None
        else:
            self.history, self.refused = None, document
        self.changed, new = "", frozenset[str]()
        if against is not None and against.stops and document.stops:
            self.changed = change_words(against, document)
            new = frozenset(stop.place_id for stop in document.stops)
            new -= {stop.place_id for stop in against.stops}
        self.take_words(document)
        self.show_plan(document, new=new)
        self._draw_ground()
        if document.stops:
            self.query_one(Timeline).focus()
            if tell:
                self.tell(document)

    def change_city(self, name: str) -> None:
        """Plan in another city from now on; the walk on the screen stays."""
        self._city = name
        self._show_status()
        # That there is none stands where a walk is told.
        self.show_words()

    def change_model(self, name: str) -> None:
        """Let another model tell from now on, or none."""
        self._model = name
        self._show_status()

    def show_saved(self, document: PlanDocument) -> None:
        """Put a saved plan on the screen, as it was told then."""
        self.remember()
        self.query_one(RequestLine).value = self.asked_for = document.request
        self.off = ()
        self._city = document.city
        self.open_plan(document, tell=not document.narrative.summary)

    # --- asking ---

    @on(Input.Submitted, "#request")
    def _asked(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.ask(event.value)

    def ask(self, text: str) -> None:
        """Plan what a sentence says, with what is pinned."""
        text = with_pinned(text, self.pinned)
        is_same = text.casefold() == self.asked_for.casefold()
        self._plan(text, list(self.options), self.off if is_same else (), is_change=is_same)

    def replan(self, text: str, options: list[str], *, off: tuple[Chip, ...] = ()) -> None:
        """Plan a request that was changed, and show what that changes."""
        self._plan(text, options, off, is_change=True)

    @work(exclusive=True, group="plan")
    async def _plan(
        self, text: str, options: list[str], off: tuple[Chip, ...], *, is_change: bool
    ) -> None:
        self.hush.set()
        line = self.query_one(RequestLine)
        line.value = text
        line.remember(text)
        self.app.keep_requests(line.asked)
        before = self.document
        try:
            wishes = wishes_of(options)
            self.set_busy("Looking for the best walk …")
            document = await self.desk.plan(text, wishes, self._city)
        except FlaneurError as error:
            self.trouble(error)
            return
        finally:
            self.set_busy("")
        self.remember()
        self.options, self.off, self.asked_for = options, off, text
        self._city = document.city
        self.open_plan(document, tell=True, against=before if is_change else None)
        self.app.keep_plan(document)
        self.keep_frame()

    def take(self, document: PlanDocument, options: list[str]) -> None:
        """Put another walk on the screen; undo brings back the one before."""
        before = self.document
        self.remember()
        self.options = options
        self.query_one(RequestLine).value = self.asked_for = document.request
        self.open_plan(document, tell=not document.narrative.summary, against=before)
        self.app.keep_plan(document)
        self.keep_frame()

    def keep_frame(self) -> None:
        """Keep the options and what is pinned for the next start."""
        self.app.keep_frame(self.options, self.pinned)

    def set_busy(self, words: str) -> None:
        """Say what is being done; nothing, once it is done."""
        self.is_busy = bool(words)
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
        if not self.is_busy:
            return
        line = Text(f" {clean(words)}", "bold", no_wrap=True, overflow="ellipsis")
        if share is not None:
            filled = round(share * _BAR)
            line.append(f"  {'█' * filled}{'░' * (_BAR - filled)} {share:.0%}")
        self.query_one("#proof", Static).update(line)

    # --- hushing ---

    @on(RequestLine.Left)
    def _left(self) -> None:
        """Leave the request line for the walk."""
        self.hush.set()
        self.query_one(Timeline).focus()

    def action_stop(self) -> None:
        """Stop the model; what it has not told yet is told plainly."""
        self.hush.set()
        if self.has_class("wide-map"):
            self.action_map()

    # --- showing ---

    def show_plan(self, document: PlanDocument, *, new: frozenset[str] = frozenset()) -> None:
        """Show a plan in all parts of the screen, new stops marked."""
        self._show_status()
        self.show_chips()
        timeline, drawing = self.query_one(Timeline), self.query_one(MapView)
        if document.stops:
            timeline.show(document, new=new)
            drawing.chosen = timeline.chosen
        else:
            self._show_refusal(document)
            drawing.chosen = None
        drawing.show(document if document.stops else None, self._ground)
        self._show_proof()
        self.show_words()
        self.refresh_bindings()

    def come_back_to(self, document: PlanDocument) -> None:
        """Show a plan of an earlier request, and its city."""
        self._city = document.city
        self.show_plan(document)
        self._draw_ground()

    def show_chips(self) -> None:
        """Show the chips as they are now."""
        document = self.document
        chips = () if document is None else chips_of(document, off=self.off, pinned=self.pinned)
        self.query_one(Chips).show(chips)

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
        """Set the lines anew in another width."""
        self._show_status()
        self._show_proof()

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
        line = Text(" ", no_wrap=True, overflow="ellipsis")
        if document is not None and not self.is_busy:
            from planner.itinerary.editing import edits_of

            line.append(proof_words(document, edited=bool(edits_of(document))), "bold")
            if self.changed:
                # What changed is never cut off by what stands before it.
                beside = line.cell_len + cell_len(self.changed) + 3 <= self.app.size.width
                line.append("   " if beside else "\n ")
                line.append(self.changed, "bold yellow")
        self.query_one("#proof", Static).update(line)

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
        now = self.document
        self.query_one(MapView).show(now if now is not None and now.stops else None, self._ground)

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
        elif kind == "relax" and self.refused is not None:
            change = self.refused.relaxations[int(number)]
            self.replan(self.asked_for, [*self.options, *change.options], off=self.off)

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
            if options is None:
                return
            text = self.asked_for or self.query_one(RequestLine).value
            if text.strip():
                self.replan(text, options, off=self.off)
            else:
                self.options = options
                self.keep_frame()

        self.app.push_screen(FrameScreen(self.options), framed)

    def change_frame(self) -> None:
        """Change day, hours, ends, pace and weather."""
        self.action_frame()

    @work(exclusive=True, group="now")
    async def action_filter(self) -> None:
        """Choose which other places the map shows."""
        document = self.document
        if document is None:
            return
        rows = [
            (NONE, "Nothing else", "the walk alone"),
            (OWN, "My places", "what is in the library"),
            (LIKED, "Favourites", ""),
            *((key, name, examples) for key, name, examples, _ in KINDS),
            (FOUND, "What words find …", "a name, a kind, what it is like"),
        ]
        which = await self.app.push_screen_wait(Choose("Show on the map", rows))
        if which is None:
            return
        try:
            if which == FOUND:
                words = await self.app.push_screen_wait(Ask("Show what?", "", "such as old trees"))
                if words is None:
                    return
                found = await sights_that_answer(self.desk, document.city, words)
            else:
                found = await sights_of(self.desk, document.city, which)
        except FlaneurError as error:
            self.trouble(error)
            return
        drawing = self.query_one(MapView)
        drawing.mark(found)
        drawing.focus()
        if which != NONE:
            many = f"{len(found):,} places" if len(found) != 1 else "1 place"
            self.notify(f"{many} on the map: . and , go through them, a adds one.")

    def action_picture(self) -> None:
        """Show the map as a real picture, where the terminal shows such."""
        from tui.picture import reasons

        history, ground = self.history, self._ground
        if self.app.pictures in {"off", "missing", "none"}:
            self.app.push_screen(Trouble(*reasons(self.app.pictures)))
        elif history is not None and ground is not None:
            from tui.screens.picture import PictureScreen

            self.app.push_screen(PictureScreen(history.plan, ground, self.chosen))

    def action_visit(self, name: str) -> None:
        """Go to another screen."""
        self.app.visit(name)
