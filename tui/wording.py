"""A plan in the short words of the screen: chips, proof, timeline lines, and what an edit did."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from planner.drawing.amounts import format_clock, format_count, format_distance, format_duration
from planner.drawing.lettering import clean, clean_name, fit, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.itinerary.document import LegPart, PlanDocument, StopPart
    from planner.itinerary.editing import Standing
    from planner.revision import Alternative

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PACES = {3.6: "slow", 4.8: "normal", 5.6: "fast"}
_CIRCLED = 20
_OPEN_STYLES = {"yes": "green", "no": "bold red", "unknown": "yellow"}


def city_words(name: str) -> str:
    """Return a city's name as one writes it."""
    shown = clean_name(name)
    return shown.title() if shown.islower() else shown


def short_date(date: dt.date) -> str:
    """Return a date as "Wed 25 Nov"."""
    return f"{_DAYS[date.weekday()]} {date.day} {_MONTHS[date.month - 1]}"


def frame_words(document: PlanDocument) -> str:
    """Return city, day, hours, pace and weather of a plan."""
    said = document.settings
    begin = dt.datetime.fromisoformat(f"{said.date}T{said.start_time}")
    end = begin + dt.timedelta(hours=said.hours)
    parts = [
        city_words(document.city),
        short_date(begin.date()),
        f"{begin:%H:%M}–{end:%H:%M}",
        f"{_PACES.get(said.pace_kmh, f'{said.pace_kmh:g} km/h')} pace",
        clean(said.weather),
    ]
    if said.days > 1:
        parts.insert(2, f"{said.days} days")
    if said.step_free:
        parts.append("step-free")
    return " · ".join(parts)


def proof_words(document: PlanDocument, *, edited: bool = False) -> str:
    """Return how good the walk is known to be, and what it amounts to."""
    if document.status == "infeasible":
        return "no walk can be all of this"
    totals, known = document.totals, document.optimality
    if edited:
        proof = "edited by you"
    elif known.proven:
        proof = "best possible"
    elif known.gap:
        proof = f"within {max(known.gap, 0.1):.2g} %"
        if known.loose is True:
            proof += " of a loose bound"
    else:
        proof = "not compared"
    parts = [
        proof,
        format_count(len(document.stops), "stop"),
        f"{format_distance(totals.walk_m)} on foot",
        format_duration(totals.elapsed_s),
    ]
    if totals.wait_s:
        parts.append(f"{format_duration(totals.wait_s)} waiting")
    if document.left_out:
        parts.append(f"left out: {len(document.left_out)}")
    return " · ".join(parts)


def sign_of(number: int) -> str:
    """Return the sign of a stop, counted from 1."""
    return chr(ord("①") + number - 1) if number <= _CIRCLED else str(number)


def stop_lines(
    document: PlanDocument, index: int, width: int, standing: Standing, *, mark: str = ""
) -> Text:
    """Return a stop as lines of the timeline.

    Parameters
    ----------
    document, index
        The plan, and which of its stops.
    width
        Columns that no line exceeds.
    standing
        What the person's edits ask for: locks are shown.
    mark
        A word beside the stay, such as that an edit has just put the stop in.
    """
    from planner.drawing.timeline import category_words, opening_words

    stop = document.stops[index]
    begin, leave = (dt.datetime.fromisoformat(each) for each in (stop.visit_from, stop.depart))
    minutes = f"{format_duration((leave - begin).total_seconds())}"
    sign = sign_of(index + 1)
    lock = ""
    if stop.place_id in standing.in_place:
        lock = " ⚿ here"
    elif stop.place_id in standing.locked:
        lock = " ⚿"
    elif stop.place_id in standing.added:
        lock = " +"
    mark = f" {mark}" if mark else ""
    tail = f"{lock}{mark}  {minutes}"
    lead = f"{format_clock(stop.arrive)} {sign} "
    room = max(width - cell_len(lead) - cell_len(tail), 4)
    name = fit(clean_name(stop.name), room)
    lines = [
        Text.assemble(
            (format_clock(stop.arrive), "bold"),
            f" {sign} ",
            (name, "bold"),
            " " * max(room - cell_len(name), 0),
            (tail, "bold yellow" if lock or mark else ""),
        )
    ]
    hours = opening_words(stop)
    rail = f"{format_clock(leave)} │ "
    body = max(width - len(rail), 8)
    kind = fit(category_words(stop.category), max(body - cell_len(hours) - 3, 3))
    lines.append(Text.assemble((rail, "dim"), f"{kind} · ", (hours, _OPEN_STYLES[stop.open])))
    asides = []
    if stop.visit_from > stop.arrive:
        arrived = dt.datetime.fromisoformat(stop.arrive)
        waiting = format_duration((begin - arrived).total_seconds())
        asides.append(f"wait {waiting}, in from {begin:%H:%M}")
    asides.extend(_reasons(document, stop))
    for aside in asides:
        lines.extend(
            Text.assemble(("      │ ", "dim"), (words, "italic"))
            for words in wrap(clean(aside), body)
        )
    return Text("\n").join(lines)


def _reasons(document: PlanDocument, stop: StopPart) -> Iterator[str]:
    """Yield why a stop is there."""
    if stop.why:
        yield stop.why
        return
    wishes = document.understood.subrequests
    served = [clean(wishes[each].pos) for each in stop.serves if each < len(wishes)]
    if served:
        yield f"For “{'”, “'.join(served)}”."


def leg_lines(leg: LegPart, width: int) -> Text:
    """Return a way between two stops as a line of the timeline."""
    from planner.telling import streets_of

    how = " · by ferry" if leg.afloat[0] else ""
    words = f"{format_distance(leg.distance_m)} · {format_duration(leg.duration_s)}{how}"
    streets = ", ".join(clean(street) for street in streets_of(leg))
    if streets:
        words = f"{words} · {streets}"
    return Text.assemble(("      ┊ ", "dim"), (fit(words, max(width - 8, 8)), "cyan"))


def anchor_line(which: str, clock: str, name: str, width: int) -> Text:
    """Return the line of the start or the end."""
    sign = "◉" if which == "start" else "◎"
    room = max(width - 8 - len(which) - 2, 4)
    shown = fit(clean_name(name), room)
    return Text.assemble(
        (clock, "bold"), f" {sign} ", shown, " " * max(room - cell_len(shown), 0), (which, "dim")
    )


def left_out_lines(document: PlanDocument) -> list[str]:
    """Return what is not in the walk, the names of one reason together."""
    reasons: dict[str, list[str]] = {}
    for part in document.left_out:
        reasons.setdefault(clean(part.reason), []).append(clean_name(part.name))
    return [
        f"{', '.join(dict.fromkeys(names))} — {reason}" if reason else ", ".join(names)
        for reason, names in reasons.items()
    ]


def cost_words(alternative: Alternative, worth: float) -> str:
    """Return what a swap costs: a share of the walk's worth, and metres on foot."""
    share = 100 * alternative.cost / worth if worth else 0.0
    if abs(share) < 0.5:  # noqa: PLR2004 - half of what is shown
        value = "as good"
    elif share > 0:
        value = f"{share:.0f} % less worth"
    else:
        value = f"{-share:.0f} % more worth"
    sign = "+" if alternative.walk_m >= 0 else "−"
    return f"{value} · {sign}{format_distance(abs(alternative.walk_m))}"


def change_words(before: PlanDocument, after: PlanDocument) -> str:
    """Return what an edit changed, in one line."""
    old = {stop.place_id: clean_name(stop.name) for stop in before.stops}
    new = {stop.place_id: clean_name(stop.name) for stop in after.stops}
    parts = []
    if gone := [name for place_id, name in old.items() if place_id not in new]:
        parts.append(f"out: {', '.join(gone)}")
    if come := [name for place_id, name in new.items() if place_id not in old]:
        parts.append(f"in: {', '.join(come)}")
    order = [each for each in old if each in new] != [each for each in new if each in old]
    if order:
        parts.append("another order")
    metres = after.totals.walk_m - before.totals.walk_m
    if abs(metres) >= 10:  # noqa: PLR2004 - less is not worth a word
        parts.append(f"{'+' if metres > 0 else '−'}{format_distance(abs(metres))} on foot")
    seconds = after.totals.elapsed_s - before.totals.elapsed_s
    if abs(seconds) >= 60:  # noqa: PLR2004 - a minute
        parts.append(f"{'+' if seconds > 0 else '−'}{format_duration(abs(seconds))}")
    return " · ".join(parts) or "nothing else changed"
