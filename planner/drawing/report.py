"""A plan for people: what was understood, the walk in time and on the map, and what is left out."""

# ruff: noqa: A002 - "ascii" is the word people know

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import msgspec
from rich import box
from rich.cells import cell_len
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from planner.drawing.amounts import (
    format_count,
    format_date,
    format_distance,
    format_duration,
    format_hours,
)
from planner.drawing.lettering import clean, clean_name, fit, wrap
from planner.drawing.map import fitting_size, walk_map
from planner.drawing.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from planner.itinerary.document import PlanDocument, SubRequestPart

MIN_WIDTH: Final = 40

_WIDE: Final = 112
_BESIDE_WIDTH: Final = 60
_BESIDE_GAP: Final = 3
_PROSE_WIDTH: Final = 96
_LEAST_MAP: Final = 10
_MOST_MAP: Final = 24
_MOST_MAP_BESIDE: Final = 32
_FRAME: Final = 2
_NAMES_SHOWN: Final = 6
_WORDS_OF_A_WISH: Final = 48
_WISH_OF_A_DISLIKE: Final = "places"
_PACES: Final = {3.6: "slow pace", 5.6: "fast pace"}
_USUAL_PACE_KMH: Final = 4.8


def plan_report(
    document: PlanDocument,
    *,
    width: int,
    streets: Sequence[Sequence[tuple[float, float]]] | None = None,
    ascii: bool = False,
) -> RenderableType:
    """Return a plan as people read it.

    Nothing of the document is trusted: names are never markup, and no control character of them
    reaches the terminal.

    Parameters
    ----------
    document
        The plan, or what stands against it.
    width
        Columns that no line exceeds; less than 40 is taken as 40. From 112 on, the map stands
        beside the timeline.
    streets
        Runs of (lon, lat) that are drawn faintly on the map.
    ascii
        Use no character beyond ASCII.
    """
    page = _Page(max(width, MIN_WIDTH), ascii=ascii)
    sections: list[RenderableType] = [page.join([*_headline(document, page)])]
    if understood := [*_understood(document, page)]:
        sections.append(page.join(understood))
    if document.stops:
        sections += _walk(document, page, streets)
    told = document.narrative
    if told.summary and document.stops:
        sections.append(page.join(_told(told.summary, told.by, page)))
    if document.violations:
        texts = [part.text for part in document.violations]
        sections.append(page.join(page.listed("This walk breaks", texts, "bold red")))
    if document.conflicts:
        texts = [part.text for part in document.conflicts]
        sections.append(page.join(page.listed("What stands against it", texts, "bold red")))
    if document.relaxations:
        sections.append(page.join(_relaxations(document, page)))
    if document.left_out:
        sections.append(page.join(_left_out(document, page)))
    spaced: list[RenderableType] = []
    for section in sections:
        spaced += [Text(), section] if spaced else [section]
    return Group(*spaced)


class _Page:
    """Sets prose within a width, in the characters that the output can show."""

    def __init__(self, width: int, *, ascii: bool) -> None:
        self.width = width
        self.ascii = ascii
        self.dot = " - " if ascii else " · "
        self.dash = " - " if ascii else " — "
        self.bullet = "* " if ascii else "• "

    def clean(self, words: str) -> str:
        """Return untrusted words as one safe line."""
        return clean(words, ascii=self.ascii)

    def line(self, words: str, style: str = "") -> Text:
        """Return one line as it stands."""
        return Text(words, style, no_wrap=True, overflow="crop", end="")

    def prose(self, words: str, style: str = "", *, first: str = "") -> Iterator[Text]:
        """Yield lines of clean words, hung under the first one's beginning."""
        indent = cell_len(first)
        for number, part in enumerate(wrap(words, min(self.width, _PROSE_WIDTH) - indent)):
            line = self.line("")
            line.append(" " * indent if number else first)
            line.append(part, style)
            yield line

    def listed(self, heading: str, texts: Iterable[str], style: str = "bold") -> Iterator[Text]:
        """Yield a heading and one entry a text."""
        yield self.line(heading, style)
        for text in texts:
            yield from self.prose(self.clean(text), first=self.bullet)

    def join(self, lines: Iterable[Text]) -> Text:
        """Return lines as one text."""
        return Text("\n", no_wrap=True, overflow="crop").join(lines)


def _headline(document: PlanDocument, page: _Page) -> Iterator[Text]:
    """Yield city and day, and what the walk amounts to."""
    settings, totals = document.settings, document.totals
    city = clean_name(document.city, ascii=page.ascii)
    city = city.title() if city.islower() else city
    frame = [_date_words(settings.date), f"from {clean(settings.start_time)}"]
    frame.append(format_hours(settings.hours))
    if settings.pace_kmh != _USUAL_PACE_KMH:
        frame.append(_PACES.get(settings.pace_kmh, f"{settings.pace_kmh:g} km/h"))
    if settings.step_free:
        frame.append("step-free")
    if settings.weather != "dry":
        frame.append(f"{clean(settings.weather)} weather")
    if settings.mode == "paper":
        frame.append("as the paper plans")
    whole = page.dot.join([city, *frame])
    for number, words in enumerate(wrap(page.clean(whole), page.width)):
        line = page.line(words)
        if not number and words.startswith(city):
            line.stylize("bold", 0, len(city))
        yield line
    if document.status == "infeasible":
        yield page.line("No walk can be all of this.", "bold red")
        return
    walked = f"{format_distance(totals.walk_m)} on foot"
    parts = [format_count(len(document.stops), "stop"), walked, format_duration(totals.elapsed_s)]
    if totals.wait_s:
        parts.append(f"{format_duration(totals.wait_s)} of it waiting")
    yield from page.prose(page.dot.join(parts), "bold")


def _date_words(date: str) -> str:
    """Return the date with its weekday, or as it stands where it is none."""
    try:
        return format_date(date)
    except ValueError:
        return clean(date)


def _understood(document: PlanDocument, page: _Page) -> Iterator[Text]:
    """Yield what was understood of the request."""
    wishes = [wish for wish in document.understood.subrequests if wish.proposed is not True]
    strange = document.understood.not_understood
    groups = {
        "must see": [wish.pos for wish in wishes if wish.type == "place" and wish.mustsee],
        "wishes": [wish.pos for wish in wishes if _is_wish(wish) and wish.type == "place"],
        "the walk": [wish.pos for wish in wishes if _is_wish(wish) and wish.type == "itinerary"],
        "without": [wish.neg for wish in wishes if wish.neg],
        "start at": [wish.pos for wish in wishes if wish.type == "start"],
        "end at": [wish.pos for wish in wishes if wish.type == "end"],
        "not understood": () if strange is msgspec.UNSET else strange,
    }
    said = [f"{what} {_enumerated(group, page)}" for what, group in groups.items() if group]
    if said:
        by = page.clean(document.understood.by)
        yield from page.prose(f"Understood by {by}: {page.dot.join(said)}", "dim")
    proposed = [wish.pos for wish in document.understood.subrequests if wish.proposed is True]
    if proposed:
        yield from page.prose(
            f"Proposed, since you left it open: {_enumerated(proposed, page)}", "dim"
        )


def _enumerated(words: Sequence[str], page: _Page) -> str:
    """Return the first few of some untrusted words, each kept short."""
    unlike = list(dict.fromkeys(page.clean(part) for part in words))
    shown = [fit(part, _WORDS_OF_A_WISH, ascii=page.ascii) for part in unlike[:_NAMES_SHOWN]]
    more = len(unlike) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _is_wish(wish: SubRequestPart) -> bool:
    """Tell whether a sub-request wishes for something that it does not name."""
    only_dislike = wish.neg is not None and wish.pos == _WISH_OF_A_DISLIKE
    return not wish.mustsee and not only_dislike and wish.type in {"place", "itinerary"}


def _walk(
    document: PlanDocument,
    page: _Page,
    streets: Sequence[Sequence[tuple[float, float]]] | None,
) -> list[RenderableType]:
    """Return timeline and map: beside each other where there is room, else the one below."""
    wide = page.width >= _WIDE
    across = _BESIDE_WIDTH if wide else page.width
    stops = timeline(document, width=across, ascii=page.ascii)
    columns = (page.width - across - _BESIDE_GAP if wide else page.width) - _FRAME
    length = len(stops.plain.splitlines())
    most = min(max(length - _FRAME, _LEAST_MAP), _MOST_MAP_BESIDE) if wide else _MOST_MAP
    fitted, height = fitting_size(document, width=columns, least=_LEAST_MAP, most=most)
    columns = columns if wide else fitted
    drawing = walk_map(document, width=columns, height=height, streets=streets, ascii=page.ascii)
    framed = Panel(
        drawing.text(),
        box=box.ASCII if page.ascii else box.ROUNDED,
        border_style="dim",
        padding=0,
        width=columns + _FRAME,
    )
    if not wide:
        return [stops, framed]
    beside = Table.grid(padding=0)
    beside.add_column(width=across + _BESIDE_GAP, no_wrap=True)
    beside.add_column(width=columns + _FRAME, no_wrap=True)
    beside.add_row(stops, framed)
    return [beside]


def _told(summary: str, by: str, page: _Page) -> Iterator[Text]:
    """Yield the narrative, paragraph by paragraph."""
    for paragraph in summary.splitlines():
        if words := page.clean(paragraph):
            yield from page.prose(words)
    if by != "template":
        yield from page.prose(f"(told by {page.clean(by)})", "dim")


def _left_out(document: PlanDocument, page: _Page) -> Iterator[Text]:
    """Yield what is left out, the names of one reason together."""
    reasons: dict[str, list[str]] = {}
    for part in document.left_out:
        name = clean_name(part.name, ascii=page.ascii)
        reasons.setdefault(page.clean(part.reason), []).append(name)
    entries = []
    for reason, names in reasons.items():
        listed = _enumerated(names, page)
        entries.append(f"{listed}{page.dash}{reason}" if reason else listed)
    return page.listed("Left out", entries)


def _relaxations(document: PlanDocument, page: _Page) -> Iterator[Text]:
    """Yield the changes that would work, each with the options to type."""
    yield page.line("What would work", "bold green")
    for part in document.relaxations:
        change, effect = page.clean(part.change), page.clean(part.effect)
        yield from page.prose(
            f"{change}{page.dash}{effect}" if effect else change, first=page.bullet
        )
        for line in _command_lines([page.clean(token) for token in part.options], page.width - 8):
            yield page.line(f"    {line}", "bold cyan")


def _command_lines(options: Sequence[str], width: int) -> Iterator[str]:
    """Yield options as a shell takes them; a line that goes on ends in a backslash.

    Only a single option wider than the page is broken within.
    """
    line = ""
    for token in map(shlex.quote, options):
        joined = f"{line} {token}" if line else token
        if line and cell_len(joined) > width:
            *pieces, last = wrap(line, width)
            yield from (*pieces, f"{last} \\")
            joined = token
        line = joined
    yield from wrap(line, width) if line else ()
