"""One's own places and those of the city: searched, filtered, marked, edited, walked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean, clean_name
from planner.errors import FlaneurError
from tui.belongings import SHOWN, Answer, Question, ask
from tui.framing import seeing
from tui.screens.dialogs import Choice, Reading
from tui.screens.keeping import Keeping
from tui.screens.lists import Rows
from tui.screens.placeforms import filter_fields, filter_options
from tui.widgets.keyline import KeyLine
from tui.widgets.map import MapView
from tui.widgets.placemap import PlaceMap, Spot
from tui.wording import city_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from planner.library.holdings import Holding
    from tui.screens.form import Values

_PATIENCE_S = 0.12
_MORE = " more"
_SIGNS = (("favourite", "★"), ("visited", "✓"), ("never", "✗"))


class LibraryScreen(Keeping):
    """A search line and a filter over a list of places, with a map of them and the chosen one."""

    HEADING = "Places"
    AUTO_FOCUS = "#rows"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", id="library.search"),
        Binding("enter", "details", "Details", show=False, priority=True, id="library.details"),
        Binding("space", "take", "Take", key_display="␣", id="library.take"),
        Binding("p", "plan", "Plan", id="library.plan"),
        Binding("F", "filter", "Filter", id="library.filter"),
        Binding("c", "clear", "Clear", show=False, id="library.clear"),
        Binding("s", "scope", "Yours/all", show=False, id="library.scope"),
        Binding("m", "map", "Map", show=False, id="library.map"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._options: tuple[str, ...] = ()
        self._all = True
        self._limit = SHOWN
        self._city: str | None = None
        self._own = 0
        self._begun = False
        self._is_restored = False

    def compose(self) -> ComposeResult:
        """Lay out search and filter over the list, the map and what is known."""
        yield Static(Text(f" {self.HEADING}", "bold"), classes="heading", id="heading")
        yield Input(placeholder="/ search by name, kind or what it is like", compact=True)
        yield Static("", id="filters")
        with Horizontal(classes="body"):
            yield Rows(id="rows", classes="list")
            with Vertical(classes="aside"):
                yield PlaceMap(id="map")
                with VerticalScroll(classes="detail", can_focus=False):
                    yield Static(id="detail")
        yield Static("", id="note", classes="note")
        yield KeyLine()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what applies now: letters are letters while one types."""
        del parameters
        if isinstance(self.focused, Input):
            return action not in _OWN_ACTIONS
        if action in _NEEDS_A_PLACE:
            return self.holding is not None
        if action == "unmerge":
            return self.holding is not None and bool(self.holding.merged_from)
        if action == "clear":
            return bool(self._options)
        return True

    @property
    def applies(self) -> object:
        """What it depends on which keys apply."""
        holding = self.holding
        return holding is not None, bool(holding and holding.merged_from), bool(self._options)

    # --- what is shown ---

    async def options(self) -> list[Option]:
        """Return what the search line and the filter find."""
        from planner.library.search import shown_id

        if not self._is_restored:
            self._options, self._all = await self.app.kept_filter()
            self._is_restored = True
        words = self.query_one(Input).value.strip()
        if words:
            await asyncio.sleep(_PATIENCE_S)
        self._city = await self.app.desk.current_city()
        city = self._city if self._all and (words or self._options) else None
        answer = await ask(self.app.desk, Question(words, self._options, city, self._limit))
        self.found = {shown_id(each): each for each in answer.places}
        self.labels, self._own = answer.labels, answer.own
        self.topic = (words, self._options)
        self.NOTHING = self._nothing(words)
        self._show_filters(answer)
        self.call_after_refresh(self._shown)
        return [*self._lines(), *([Option(_more_line(), id=_MORE)] if answer.more else [])]

    def _nothing(self, words: str) -> str:
        if words or self._options:
            return self._nothing_for(words)
        if self._own:
            return ""
        where = city_words(self._city) if self._city else "a city"
        return (
            "No place is yours yet. i brings in any list you have, a adds one, "
            f"/ searches {where}: what you mark, note or edit is kept."
        )

    def _nothing_for(self, words: str) -> str:
        """Return what was looked for in vain, and what one can do."""
        city = city_words(self._city) if self._city else ""
        where = f"your places and those of {city}" if self._all and city else "your places"
        asked = f" with the filter {' · '.join(_pairs(self._options))}" if self._options else ""
        steps = ["c clears the filter, F changes it"] if self._options else []
        if city and not self._all:
            steps.append(f"s looks in {city} too")
        steps.append("a adds a place, i brings in a list")
        if not words:
            return f"Nothing is found among {where}{asked}: {'; '.join(steps)}."
        return (
            f"Nothing is found for “{words}” among {where}{asked}. Try a shorter word or another "
            f"kind, such as café; or Enter, and then: {'; '.join(steps)}."
        )

    def _lines(self) -> list[Option]:
        return [Option(self._line(key, each), id=key) for key, each in self.found.items()]

    def _line(self, key: str, holding: Holding) -> Text:
        marks = "".join(sign for mark, sign in _SIGNS if getattr(holding, mark))
        taken = "✚ " if key in self.taken else "  "
        kind = self.labels.get(holding.category or "", "")
        asides = [kind] if kind else []
        if holding.position is None:
            asides.append("nobody knows where")
        if not holding.own:
            asides.append("map")
        return Text.assemble(
            (taken, "bold"),
            (clean_name(holding.name), "bold"),
            f" {marks}" if marks else "",
            (f"  {clean(' · '.join(asides))}", "dim"),
            no_wrap=True,
            overflow="ellipsis",
        )

    def detail(self, key: str) -> RenderableType:
        """Return all that is known of a place."""
        from planner.drawing.places import place_sheet

        if key == _MORE:
            return Text("Enter shows more of them.")
        return place_sheet(self.found[key], lambda kind: self.labels.get(kind or "", "unknown"))

    def _show_filters(self, answer: Answer) -> None:
        where = f"yours and {city_words(self._city)}" if self._all and self._city else "yours"
        asked = " · ".join(_pairs(self._options)) or "any kind, any mark"
        line = Text.assemble(
            (f" {where}", "bold"), (" (s)", "dim"), f" · {clean(asked)}", (" (F)", "dim")
        )
        if self._options:
            line.append("  c clears", "dim")
        line.no_wrap, line.overflow = True, "ellipsis"
        self.query_one("#filters", Static).update(line)
        shown = f"{len(answer.places):,}{'+' if answer.more else ''} shown"
        taken = f" · {len(self.taken)} taken for a walk: p plans it" if self.taken else ""
        heading = f" Places · {self._own:,} yours · {shown}{taken}"
        self.query_one("#heading", Static).update(Text(heading, "bold"))

    def _shown(self) -> None:
        """Show on the map what the list shows, and say what was done."""
        if not self.is_mounted:
            return
        if not self._begun:
            self._begun = True
            self._draw_ground()
        self._show_on_map()

    def _show_on_map(self) -> None:
        drawing = self.query_one(PlaceMap)
        spots = [
            Spot(number, each.name, each.position, key in self.taken)
            for number, (key, each) in enumerate(self.found.items())
            if each.position is not None
        ]
        drawing.show_places(spots, drawing.ground)
        drawing.choose_row(self.query_one("#rows", Choice).highlighted)

    @work(exclusive=True, group="ground")
    async def _draw_ground(self) -> None:
        if self._city is None:
            return
        try:
            ground = await self.app.desk.ground(self._city)
        except FlaneurError as error:
            self.say(str(error))
            return
        drawing = self.query_one(PlaceMap)
        drawing.show_places((), ground)
        self._show_on_map()
        self.say("" if self.found else self.NOTHING)

    @on(OptionList.OptionHighlighted, "#rows")
    def _on_the_map(self, event: OptionList.OptionHighlighted) -> None:
        self.query_one(PlaceMap).choose_row(event.option_index)
        self.offer()

    @on(MapView.Picked)
    def _picked(self, event: MapView.Picked) -> None:
        row = self.query_one(PlaceMap).row_of(event.index)
        if row is not None:
            self.query_one("#rows", Choice).highlighted = row

    @on(OptionList.OptionSelected, "#rows")
    def _opened(self, _event: OptionList.OptionSelected) -> None:
        self.action_details()

    def action_details(self) -> None:
        """Show all that is known of the chosen place, or more places."""
        key = self.chosen
        if key == _MORE:
            self._limit += SHOWN
            self.fetch()
        elif key is not None:
            self.app.push_screen(Reading(clean_name(self.found[key].name), self.detail(key)))

    # --- asking ---

    @on(Input.Changed)
    def _typed(self, _event: Input.Changed) -> None:
        self._limit = SHOWN
        self.fetch()

    @on(Input.Submitted)
    def _entered(self, _event: Input.Submitted) -> None:
        self.query_one("#rows", Choice).focus()

    def on_click(self, event: object) -> None:
        """Change the filter where it is shown."""
        if getattr(event, "widget", None) is self.query_one("#filters", Static):
            self.action_filter()

    def action_search(self) -> None:
        """Go to the search line."""
        self.query_one(Input).focus()

    def action_back(self) -> None:
        """Leave the search line or the wide map for the list, and the list for the plan."""
        if self.has_class("wide-map"):
            self.action_map()
        elif isinstance(self.focused, Input) and (self.found or self.focused.value):
            self.query_one("#rows", Choice).focus()
        else:
            super().action_back()

    def action_scope(self) -> None:
        """Look among one's own places alone, or among the city's too."""
        self._all = not self._all
        self._asked_for()

    @work(exclusive=True, group="act")
    async def action_filter(self) -> None:
        """Say what places have to be."""
        from tui.belongings import filter_of
        from tui.screens.form import Form

        async def tried(values: Values) -> None:
            options = filter_options(values)
            await self.app.desk.do(lambda _run: filter_of(options))

        values = await self.app.push_screen_wait(
            Form("Show only places that are …", filter_fields(self._options), tried)
        )
        if values is not None:
            self._options, self._limit = tuple(filter_options(values)), SHOWN
            self._asked_for()

    def action_clear(self) -> None:
        """Show places of any kind again."""
        self._options = ()
        self._asked_for()

    def _asked_for(self) -> None:
        """Show what is asked for from now on, at the next start too."""
        self.app.keep_filter(self._options, everywhere=self._all)
        self.fetch()

    def action_map(self) -> None:
        """Give the map the whole middle, or give it back."""
        self.toggle_class("wide-map")
        if self.has_class("wide-map"):
            self.query_one(PlaceMap).focus()
        else:
            self.query_one("#rows", Choice).focus()

    # --- walking ---

    def action_take(self) -> None:
        """Take the chosen place for a walk, or leave it."""
        key, holding = self.chosen, self.holding
        if key is None or holding is None:
            return
        if key in self.taken:
            del self.taken[key]
        else:
            self.taken[key] = holding
        rows = self.query_one("#rows", Choice)
        rows.replace_option_prompt(key, self._line(key, holding))
        self._show_filters(Answer(tuple(self.found.values()), _has_more(rows), self._own))
        self._show_on_map()
        rows.action_cursor_down()

    @work(exclusive=True, group="act")
    async def action_plan(self) -> None:
        """Plan a walk that sees what was taken, or else the chosen place."""
        wanted = list(self.taken.values()) or [each for each in (self.holding,) if each]
        if not wanted:
            return
        if self._city is None:
            self.trouble(FlaneurError("There is no city to walk in.", "Add one: C, then a."))
            return
        try:
            named = [(each, await self.app.desk.walk_name(self._city, each)) for each in wanted]
        except FlaneurError as error:
            self.trouble(error)
            return
        away = [clean_name(each.name) for each, name in named if name is None]
        names = [name for _, name in named if name is not None]
        if not names:
            self.trouble(
                FlaneurError(
                    f"No walk in {city_words(self._city)} leads to {', '.join(away)}.",
                    "Choose a place with a position in this city, or another city (C).",
                )
            )
            return
        if away:
            self.notify(f"Not in this city: {', '.join(away)}", severity="warning", markup=False)
        plan = self.app.plan_screen
        self.app.pop_screen()
        plan.options = seeing(plan.options, names)
        plan.ask("")


_NEEDS_A_PLACE = {"take", "plan", "mark", "edit", "note", "anchor", "merge", "forget"}
_OWN_ACTIONS = {
    "details", "search", "take", "plan", "filter", "clear", "scope", "mark", "edit", "note", "add",
    "anchor", "merge", "unmerge", "forget", "bring", "export", "map",
}  # fmt: skip


def _more_line() -> Text:
    return Text(f"  … {SHOWN} more", "bold")


def _has_more(rows: Choice) -> bool:
    count = rows.option_count
    return bool(count) and rows.get_option_at_index(count - 1).id == _MORE


def _pairs(options: tuple[str, ...]) -> list[str]:
    """Return a filter in words: each option with its value."""
    found: list[str] = []
    for token in options:
        if token.startswith("--"):
            found.append(token.removeprefix("--").replace("-", " "))
        else:
            found[-1] += f" {token}"
    return found
