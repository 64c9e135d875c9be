"""What a file would bring into the library, row by row, before anything of it is taken in."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean, clean_name
from planner.errors import FlaneurError
from tui.belongings import SHOWN, bring_in
from tui.errands import StoppedError
from tui.screens.dialogs import Choice, Choose, Trouble
from tui.screens.lists import Rows
from tui.widgets.keyline import KeyLine

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from planner.library.arrivals import Arrival, ImportReport
    from tui.app import FlaneurApp

_SIGNS = {"added": "+", "merged": "=", "unlocated": "?", "refused": "✗"}
_WORDS = {
    "added": "new",
    "merged": "one with a place that is there",
    "unlocated": "new, but nobody knows where",
    "refused": "not read",
}
_COUNTED = {
    "added": "new",
    "merged": "merged",
    "unlocated": "nowhere",
    "refused": "refused",
}
_STYLES = {"added": "green", "merged": "cyan", "unlocated": "yellow", "refused": "bold red"}
_VIEWS = ("", *_SIGNS)
_FORMATS = {
    "auto": "find out by what is in it",
    "csv": "a table",
    "geojson": "GeoJSON",
    "kml": "KML",
    "kmz": "KMZ",
    "gpx": "GPX waypoints",
    "takeout": "Google Takeout",
    "swarm": "Swarm or Foursquare",
    "text": "a post, page or transcript",
    "image": "a picture of a post",
}
_MORE = " more"
_BAR = 20


class ImportScreen(Screen[bool]):
    """A rehearsal of an import with what becomes of each row; then the import, if it is wanted.

    Parameters
    ----------
    path
        The file.
    """

    app: FlaneurApp

    CSS_PATH = "lists.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "accept", "Import", id="import.accept"),
        Binding("enter", "go_on", "Go on", show=False, id="import.on"),
        Binding("t", "view", "Show others", id="import.view"),
        Binding("o", "format", "Format", id="import.format"),
        Binding("escape,q", "leave", "Leave", key_display="Esc", id="import.leave"),
    ]

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = Path(path)
        self._form = "auto"
        self._view = ""
        self._limit = SHOWN
        self._report: ImportReport | None = None
        self._stop: threading.Event | None = None
        self._is_done = False
        self._changed = False

    def compose(self) -> ComposeResult:
        """Lay out the counts over the rows and what is known of the chosen one."""
        yield Static(
            Text(f" Import {clean(self._path.name)}", "bold"), classes="heading", id="heading"
        )
        yield Static("", id="counts")
        with Horizontal(classes="body"):
            yield Rows(id="rows", classes="list")
            with VerticalScroll(classes="detail", can_focus=False):
                yield Static(id="detail")
        yield Static("", id="note", classes="note")
        yield KeyLine()

    def on_mount(self) -> None:
        """Rehearse at once."""
        self._read(rehearse=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what applies now."""
        del parameters
        if action == "accept":
            return not self._is_done and self._stop is None and self._report is not None
        if action in {"view", "go_on"}:
            return self._stop is None and self._report is not None
        if action == "format":
            return self._stop is None and not self._is_done
        return True

    # --- reading ---

    @work(exclusive=True, group="read")
    async def _read(self, *, rehearse: bool) -> None:
        stop = self._stop = threading.Event()
        self._say("Reading; nothing is changed yet …" if rehearse else "Importing …")
        self.refresh_bindings()
        try:
            report = await bring_in(
                self.app.desk, self._path, self._form, rehearse=rehearse, stop=stop
            )
        except StoppedError as error:
            self._stop = None
            if self._report is None:
                self.dismiss(False)
                return
            self._show()
            self._say(f"{error}")
            return
        except FlaneurError as error:
            self._stop = None
            self._say("Esc leaves; o reads it as another kind of file.")
            self.app.push_screen(Trouble(error.problem, error.next_step))
            self.refresh_bindings()
            return
        self._stop, self._report = None, report
        if not rehearse:
            self._is_done = self._changed = True
        self._show()

    def show_progress(self, share: float | None, words: str) -> None:
        """Show how far the reading is."""
        if self._stop is None:
            return
        line = Text(f"{clean(words)}", no_wrap=True, overflow="ellipsis")
        if share:
            filled = round(share * _BAR)
            line.append(f"  {'█' * filled}{'░' * (_BAR - filled)} {share:.0%}")
        line.append("  Esc stops it", "dim")
        self.query_one("#note", Static).update(line)

    def _say(self, words: str) -> None:
        self.query_one("#note", Static).update(Text(clean(words)))

    # --- showing ---

    def _show(self) -> None:
        report = self._report
        if report is None:
            return
        self.query_one("#counts", Static).update(self._counts(report))
        rows = self.query_one("#rows", Choice)
        rows.clear_options()
        fitting = [
            number
            for number, each in enumerate(report.arrivals)
            if self._view in {"", each.outcome}
        ]
        rows.add_options(
            Option(_line(report.arrivals[number]), id=str(number))
            for number in fitting[: self._limit]
        )
        if self._limit < len(fitting):
            rows.add_option(Option(Text(f"  … {SHOWN} more", "bold"), id=_MORE))
        if rows.option_count:
            rows.highlighted = 0
        else:
            self.query_one("#detail", Static).update(self._about(report))
        self._say(
            "Enter goes back to your places."
            if self._is_done
            else "Nothing is changed yet: y imports, Esc leaves everything as it is."
        )
        rows.focus()
        self.refresh_bindings()

    def _counts(self, report: ImportReport) -> Text:
        counted = {
            "added": report.added,
            "merged": report.merged,
            "unlocated": report.unlocated,
            "refused": len(report.refused),
        }
        line = Text(f" {report.read:,} read ({clean(report.format)})", "bold")
        for outcome, count in counted.items():
            style = (
                "bold reverse" if outcome == self._view else _STYLES[outcome] if count else "dim"
            )
            line.append(" · ")
            line.append(f"{_SIGNS[outcome]} {count:,} {_COUNTED[outcome]}", style)
        return line

    @on(OptionList.OptionHighlighted, "#rows")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        report = self._report
        if report is None or event.option.id in {None, _MORE}:
            return
        words = _fate(report.arrivals[int(event.option.id or 0)])
        self.query_one("#detail", Static).update(Text.assemble(words, "\n\n", self._about(report)))

    def _about(self, report: ImportReport) -> Text:
        """Return what was understood of the file as a whole."""
        words = Text()
        used = [f"{heading} is {field}" for heading, field in report.mapping.items() if field]
        unused = [heading for heading, field in report.mapping.items() if not field]
        if used:
            words.append(f"Headings: {clean(', '.join(used))}.\n", "dim")
        if unused:
            words.append(f"Not used: {clean(', '.join(unused))}.\n", "dim")
        for remark in report.remarks:
            words.append(f"{clean(remark)}\n", "dim")
        return words

    @on(OptionList.OptionSelected, "#rows")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._open(event.option.id)

    def _open(self, row: str | None) -> None:
        if row == _MORE:
            self._limit += SHOWN
            self._show()
        else:
            self.action_accept()

    # --- deciding ---

    def action_go_on(self) -> None:
        """Show more rows where that is chosen, else take the file in or go back."""
        rows = self.query_one("#rows", Choice)
        at = rows.highlighted
        self._open(None if at is None else rows.get_option_at_index(at).id)

    def action_accept(self) -> None:
        """Take the file in; once that is done, go back."""
        if self._is_done:
            self.dismiss(self._changed)
        elif self._stop is None and self._report is not None:
            self._read(rehearse=False)

    def action_view(self) -> None:
        """Show the rows of one fate, then of the next, then all again."""
        self._view = _VIEWS[(_VIEWS.index(self._view) + 1) % len(_VIEWS)]
        self._limit = SHOWN
        self._show()

    @work(exclusive=True, group="act")
    async def action_format(self) -> None:
        """Read the file as another kind of file."""
        rows = [(name, name, words) for name, words in _FORMATS.items()]
        form = await self.app.push_screen_wait(Choose("What kind of file is it?", rows))
        if form is not None:
            self._form = form
            self._read(rehearse=True)

    def action_leave(self) -> None:
        """Stop what is under way, or leave everything as it is."""
        if self._stop is not None:
            self._stop.set()
            self._say("Stopping …")
        else:
            self.dismiss(self._changed)


def _line(arrival: Arrival) -> Text:
    row = "" if arrival.row is None else str(arrival.row)
    return Text.assemble(
        (f"{row:>5} ", "dim"),
        (f"{_SIGNS[arrival.outcome]} ", _STYLES[arrival.outcome]),
        (clean_name(arrival.name), "bold") if arrival.name else ("—", "dim"),
        (f"  {clean(arrival.reason)}" if arrival.outcome == "refused" else "", "dim"),
        no_wrap=True,
        overflow="ellipsis",
    )


def _fate(arrival: Arrival) -> Text:
    """Return what becomes of a row, in words."""
    words = Text.assemble((clean_name(arrival.name) or f"Row {arrival.row}", "bold"), "\n")
    words.append(f"{_SIGNS[arrival.outcome]} ", _STYLES[arrival.outcome])
    words.append(f"{_WORDS[arrival.outcome]}\n")
    if arrival.outcome == "merged" and arrival.into:
        words.append(f"With: {clean_name(arrival.into)} ({arrival.id})\n")
    if arrival.osm:
        words.append(f"On the map: {clean(arrival.osm)}\n")
    if arrival.reason:
        words.append(f"Because: {clean(arrival.reason)}\n")
    if arrival.candidates:
        names = dict.fromkeys(clean_name(name) for _, name in arrival.candidates)
        words.append(f"Perhaps: {', '.join(names)}\n")
    return words
