"""The application: its screens, its keys and themes, and what it keeps between two starts."""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen
from textual.worker import WorkerFailed

from planner.errors import FlaneurError, UsageError
from tui.desk import ASKED, KEPT_REQUESTS, TOLD, Desk
from tui.framing import options_of, repeated_of, values_of
from tui.screens.dialogs import Trouble
from tui.screens.plan import PlanScreen
from tui.themes import THEMES
from tui.widgets.timeline import CHOOSES, MOVES
from tui.wishing import Chip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType
    from textual.dom import DOMNode

    from planner.cli.context import Session
    from planner.itinerary.document import PlanDocument
    from tui.picture import Ability

THEME = "tui.theme"
"""The setting that keeps the theme."""
FRAME = "tui.frame"
"""The setting that keeps the options of the last request, and what was pinned."""
FILTER = "tui.library"
"""The setting that keeps which places the library shows."""
_NOT_BY_NAME = {"app.palette", "app.quit", *(each.id for each in (*MOVES, CHOOSES))}
"""What the palette does not offer: a step in a list that one would have to look up by its name."""
_TURN_S = 0.0005
_OF_THE_DAY = {"--date", "--start-time"}
_TALL = 34
SCREENS = {
    "plans": ("plans", "PlansScreen"),
    "library": ("library", "LibraryScreen"),
    "cities": ("cities", "CitiesScreen"),
    "models": ("models", "ModelsScreen"),
    "machine": ("doctor", "DoctorScreen"),
    "settings": ("settings", "SettingsScreen"),
}
"""Where each screen is; it is loaded when one goes there."""


class FlaneurApp(App[None]):
    """Flâneur in a terminal.

    Parameters
    ----------
    desk
        Where the work is done.
    pictures
        What is known of the terminal's way with pictures.
    """

    CSS_PATH = "flaneur.tcss"
    TITLE = "Flâneur"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit"),
        Binding("ctrl+c", "interrupt", "Leave", show=False, priority=True, id="app.interrupt"),
        Binding("question_mark,f1", "keys", "Help", key_display="?", id="app.keys"),
        Binding("ctrl+p", "command_palette", "Palette", priority=True, id="app.palette"),
    ]

    def __init__(self, desk: Desk, *, pictures: Ability = "off") -> None:
        super().__init__()
        self.pictures = pictures
        self._begun = False
        self.desk = desk
        self.desk.tell = self._tell
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "no-colour" if os.environ.get("NO_COLOR") else "dark"
        self.plan_screen = PlanScreen()

    def get_default_screen(self) -> Screen[Any]:
        """Return the screen that opens first."""
        return self.plan_screen

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - as Textual has it
        """Put colours on what is there; before the first screen, have them ready for it."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def on_mount(self) -> None:
        """Fetch what takes time once the first frame stands."""
        self.call_after_refresh(self._begin)

    def on_resize(self) -> None:
        """Give the telling more room where there is some."""
        self.plan_screen.set_class(self.size.height >= _TALL, "-tall")

    @work(exclusive=True, group="begin")
    async def _begin(self) -> None:
        """Bring back what was there, and open the city before it is asked for."""
        try:
            said = await self.desk.interface()
            self.set_keymap(dict(said.keys))
            asked = (await self.desk.setting(ASKED) or "").splitlines()
            theme = said.theme or await self.desk.setting(THEME)
            city = await self.desk.current_city()
            model = await self.desk.model_name()
            document = await self._left_behind()
            if theme in self.available_themes and not os.environ.get("NO_COLOR"):
                self.theme = theme
            self._begun = True
            frame = frame_in(await self.desk.setting(FRAME))
            self.plan_screen.restore(document, asked, city, model, frame)
            # Whoever has asked already needs no welcome: the first request sets up the demo city.
            if city is None and document is None and not self.plan_screen.has_begun:
                self._welcome()
        except FlaneurError as error:
            self._begun = True
            self.push_screen(Trouble(error.problem, error.next_step))
        finally:
            self.desk.settled()

    def _welcome(self) -> None:
        """Say what this is and how to begin, where there is no city yet."""
        from tui.screens.welcome import EXTRACT, WelcomeScreen

        def begun(way: str | None) -> None:
            if way == EXTRACT:
                self.visit("cities")

        self.push_screen(WelcomeScreen(), begun)

    async def _left_behind(self) -> PlanDocument | None:
        from planner.itinerary.document import decode

        text = await self.desk.setting(TOLD)
        if not text:
            return None
        try:
            return decode(text)
        except FlaneurError:
            # Written by another version; the next plan takes its place.
            return None

    # --- screens ---

    def visit(self, name: str) -> None:
        """Go to a screen: plans, library, cities, models, machine or settings."""
        from importlib import import_module

        module, screen = SCREENS[name]
        self.push_screen(getattr(import_module(f"tui.screens.{module}"), screen)())

    def show_plan(self, document: PlanDocument) -> None:
        """Put a saved plan on the plan screen."""
        self.plan_screen.show_saved(document)
        self.keep_plan(document)

    def change_city(self, name: str) -> None:
        """Plan in another city from now on."""
        self.plan_screen.change_city(name)

    @work(exclusive=True, group="model")
    async def change_model(self) -> None:
        """Say which model is in use from now on."""
        try:
            self.plan_screen.change_model(await self.desk.model_name())
        except FlaneurError as error:
            self.push_screen(Trouble(error.problem, error.next_step))

    # --- what is kept ---

    @work(group="keep")
    async def keep_plan(self, document: PlanDocument) -> None:
        """Keep the plan on the screen for the next start."""
        from planner.itinerary.document import encode

        await self._kept(TOLD, encode(document, indent=0))

    @work(group="keep")
    async def keep_requests(self, asked: list[str]) -> None:
        """Keep what was asked for the next start."""
        await self._kept(ASKED, "\n".join(asked[-KEPT_REQUESTS:]))

    @work(group="keep")
    async def keep_frame(self, options: list[str], pinned: tuple[Chip, ...]) -> None:
        """Keep the frame of the walk for the next start."""
        held = [[chip.kind, chip.words] for chip in pinned]
        await self._kept(FRAME, json.dumps({"options": options, "pinned": held}))

    @work(group="keep")
    async def keep_filter(self, options: tuple[str, ...], *, everywhere: bool) -> None:
        """Keep which places the library shows for the next start."""
        await self._kept(FILTER, json.dumps({"options": options, "everywhere": everywhere}))

    async def kept_filter(self) -> tuple[tuple[str, ...], bool]:
        """Return which places the library showed: options, and whether the city's too.

        What no version of this program wrote, or none understands any more, is left out.
        """
        from tui.belongings import filter_of

        kept = await self.desk.setting(FILTER)
        try:
            said = json.loads(kept or "{}")
            options = tuple(str(each) for each in said.get("options", ()))
            await self.desk.do(lambda _run: filter_of(options))
            return options, bool(said.get("everywhere", True))
        except (ValueError, TypeError, AttributeError, UsageError):
            return (), True

    def watch_theme(self, theme: str) -> None:
        """Keep the theme for the next start."""
        if self._begun:
            self.keep_theme(theme)

    @work(group="keep")
    async def keep_theme(self, theme: str) -> None:
        """Keep the theme."""
        await self._kept(THEME, theme)

    async def _kept(self, key: str, value: str) -> None:
        try:
            await self.desk.set_setting(key, value)
        except FlaneurError as error:
            self.notify(str(error), severity="warning", markup=False)

    # --- leaving ---

    def action_interrupt(self) -> None:
        """Copy what is marked; where nothing is, leave, as in any other program."""
        # Lines and fields of text alike; the screen's own selection is another one.
        marked = getattr(self.focused, "selected_text", "") or self.screen.get_selected_text()
        if marked:
            self.copy_to_clipboard(marked)
        else:
            self.exit(return_code=0)

    # --- help, palette, trouble ---

    def action_keys(self) -> None:
        """Show the keys that apply now."""
        from tui.screens.help import help_on

        self.push_screen(help_on(self))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield what the palette offers: what applies now, themes, and leaving."""
        seen: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            if not binding.description or not active.enabled or not binding.id:
                continue
            if binding.action in seen or binding.id in _NOT_BY_NAME:
                continue
            seen.add(binding.action)

            def run(action: str = binding.action, node: Any = active.node) -> None:  # noqa: ANN401
                self.call_later(self.run_action, action, node)

            yield SystemCommand(binding.description, f"Key: {self.get_key_display(binding)}", run)
        for theme in THEMES:

            def put_on(name: str = theme.name) -> None:
                self.theme = name

            yield SystemCommand(f"Theme: {theme.name}", "Change the colours", put_on)
        yield SystemCommand("Quit", "Leave; everything is kept", self.exit)

    def _tell(self, share: float | None, words: str) -> None:
        """Show progress of the home's thread on the screen."""
        if self.is_running and words:
            self.call_later(self._show_progress, share, words)

    def _show_progress(self, share: float | None, words: str) -> None:
        for screen in reversed(self.screen_stack):
            show = getattr(screen, "show_progress", None)
            if show is not None:
                show(share, words)
                return

    def _handle_exception(self, error: Exception) -> None:
        """Explain what fails beside the screen, and go on; the screen's own faults end it."""
        if not isinstance(error, WorkerFailed):
            super()._handle_exception(error)
            return
        failed = [worker for worker in self.workers if worker.error is error.error]
        # What fails for a screen that is being left is nothing to tell of.
        if all(self._is_there(worker.node) for worker in failed):
            self._explain(error.error)

    def _is_there(self, node: DOMNode) -> bool:
        on = {each for each in node.ancestors_with_self if isinstance(each, Screen)}
        return self.is_running and on <= set(self.screen_stack)

    def _explain(self, error: BaseException) -> None:
        if isinstance(error, FlaneurError):
            self.push_screen(Trouble(error.problem, error.next_step))
            return
        from planner.cli.faults import record

        if isinstance(error, Exception):
            self.push_screen(Trouble(record(error, None)))


def frame_in(text: str | None) -> tuple[list[str], tuple[Chip, ...]]:
    """Return the options and pinned chips of a kept frame.

    The day and the hour of then are left out: they were of that day. So is a frame that no version
    of this program wrote.
    """
    try:
        kept = json.loads(text or "{}")
        values = values_of(kept.get("options", []))
        repeated = repeated_of(kept.get("options", []))
        pinned = tuple(
            Chip(str(kind), str(words), "pinned") for kind, words in kept.get("pinned", [])
        )
    except (ValueError, TypeError, AttributeError):
        return [], ()
    lasting = {key: value for key, value in values.items() if key not in _OF_THE_DAY}
    return options_of(lasting, repeated), pinned


def open_app(session: Session, *, moving: bool, model: str | None = None) -> None:
    """Open the application and return when it is left.

    Parameters
    ----------
    session
        The home and the clock.
    moving
        Whether the clock moves on; otherwise it stands at the session's moment.
    model
        The language model's name, ``"none"``, or ``None`` for the default.
    """
    clock = _local_now if moving else None
    # A key goes through some ten turns of the loop, and each may wait so long for other threads.
    sys.setswitchinterval(_TURN_S)
    FlaneurApp(Desk(session, clock, model, set_aside), pictures=_pictures(session)).run()


def set_aside() -> None:
    """Look for garbage no more in what is loaded by now.

    A city and its streets are a million values that stay; to look through them takes a tenth of a
    second, in which no key is answered.
    """
    gc.freeze()
    gc.enable()


def _pictures(session: Session) -> Ability:
    """Return what the terminal does with pictures, where they are asked for."""
    try:
        wanted = session.home.interface_settings().pictures
    except FlaneurError:
        # What is wrong with the config is told once there is a screen to tell it on.
        return "off"
    if not wanted:
        return "off"
    from tui.picture import ability

    return ability()


def _local_now() -> dt.datetime:
    return dt.datetime.now().astimezone().replace(tzinfo=None, microsecond=0)
