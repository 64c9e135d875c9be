"""A walk as Markdown (CommonMark): for notes, messages and version control."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from planner.drawing.amounts import format_clock, format_date
from planner.itinerary.exporters.journey import CREDIT, geo_link
from planner.library.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.itinerary.exporters.journey import Day, Journey, Visit, Way

# Signs that may begin markup within a line, and those that many programs make links of.
_MARKUP: Final = re.compile(r"[\\`*_\[\]<>|~&$#@!]|:(?=//)|(?<=www)\.", re.IGNORECASE)
# What makes a list, a heading or a rule at the beginning of a line.
_OPENING: Final = re.compile(r"^(?:[-+=]|\d+(?=[.)]))")


def compose(journey: Journey) -> str:
    """Return the text of a Markdown file."""
    return "\n".join(_lines(journey)).rstrip("\n") + "\n"


def _lines(journey: Journey) -> Iterator[str]:
    yield from (f"# {_words(journey.title)}", "")
    if journey.request:
        yield from (f"> {_words(journey.request)}", "")
    yield from (f"**{_words(journey.facts)}**", "")
    for paragraph in journey.told:
        yield from (_words(paragraph), "")
    for day in journey.days:
        if len(journey.days) > 1:
            yield from (f"## Day {day.number}, {format_date(day.date)}", "")
        yield from _day(day)
    left = journey.document.left_out
    if left:
        yield from ("## Left out", "")
        yield from (f"- {_words(clean(part.name))}: {_words(clean(part.reason))}" for part in left)
        yield ""
    yield CREDIT


def _day(day: Day) -> Iterator[str]:
    if day.start is not None:
        yield f"- {format_clock(day.start.moment)} **{_words(day.start.name)}**, start"
    for visit in day.visits:
        if (way := day.way_to(visit.stop.place_id)) is not None:
            yield from _way(way)
        yield from _visit(visit)
    if day.end is not None:
        if (way := day.way_to("end")) is not None:
            yield from _way(way)
        yield f"- {format_clock(day.end.moment)} **{_words(day.end.name)}**, end"
    yield ""


def _visit(visit: Visit) -> Iterator[str]:
    stop = visit.stop
    link = geo_link(stop.lat, stop.lon)
    yield f"- {visit.times} **{visit.number}\\. {_words(visit.name)}**"
    for line in (visit.facts, visit.waiting, visit.why):
        if line:
            yield f"  - {_words(line)}"
    yield f"  - [{link.removeprefix('geo:').replace(',', ', ')}]({link})"


def _way(way: Way) -> Iterator[str]:
    yield f"- *{_words(way.words)}*"
    yield from (f"  - {_words(step)}" for step in way.steps)


def _words(text: str) -> str:
    """Return words of a stranger that Markdown shows as they are."""
    escaped = _MARKUP.sub(lambda found: f"\\{found[0]}", text)
    return _OPENING.sub(
        lambda found: f"{found[0]}\\" if found[0][0].isdigit() else f"\\{found[0]}", escaped
    )
