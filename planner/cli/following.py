"""``flaneur next``: from here and now, what to do next."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import click

from planner.cli.context import print_json, session
from planner.cli.options import parse_now, parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.cli.context import Session
    from planner.domain import Position, Weather
    from planner.guidance.document import NextDocument
    from planner.guidance.student import Student
    from planner.itinerary.document import PlanDocument

NOTHING = 3
NO_MODEL = "none"
AROUND_DEGREES = 0.2
"""How far around the person's own visits of today are looked for."""


@click.command("next")
@click.option(
    "--at", metavar="PLACE|LAT,LON", required=True, help="Where you are: a name or a position."
)
@click.option(
    "--now",
    metavar="ISO",
    callback=parse_now,
    help="The moment, such as 2026-11-25T14:00 (default: the clock).",
)
@click.option(
    "--until",
    metavar="HH:MM",
    callback=parse_time,
    help="When you must be done (default: in three hours).",
)
@click.option(
    "--weather",
    type=click.Choice(["dry", "rain", "hot", "cold"]),
    default="dry",
    show_default=True,
    help="Anything but dry favours what is indoors.",
)
@click.option("--city", metavar="NAME", help="The city (default: the one in use).")
@click.option(
    "--model",
    type=click.Choice(["intents", "none"]),
    help="intents: the small model's ideas beside the table's (default); none: the table alone.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    at: str,
    now: dt.datetime | None,
    until: dt.time | None,
    weather: str,
    city: str | None,
    model: str | None,
    *,
    as_json: bool,
) -> int:
    """Say what to do next, from where you are and now: three alternatives.

    \b
    flaneur next --at "Rautatientori" --until 17:00 --weather rain
    """  # noqa: D301 - the character itself keeps the line as it is
    from planner.cli.setup import open_planner
    from planner.guidance.document import encode
    from planner.guidance.guide import Guide
    from planner.guidance.question import Question, until_of

    run = session(ctx)
    moment = now or run.now
    ends = None if until is None else until_of(until, moment)
    planner = open_planner(run, city, NO_MODEL)
    anchor = planner.library.anchor(at)
    if anchor is None:
        raise planner.library.unknown(at, "--at")
    question = Question(
        at=anchor,
        now=moment,
        until=ends,
        weather=cast("Weather", weather),
        visited_today=_visited_on(run, moment.date(), anchor.position),
    )
    with _student(run, model) as student:
        found = Guide.of(planner, student).next(question)
    if as_json:
        print_json(encode(found))
    else:
        from rich.text import Text

        for line in _lines(found, anchor.name):
            run.out.print(Text(line), soft_wrap=True)
    return 0 if found.alternatives else NOTHING


@contextmanager
def _student(run: Session, model: str | None) -> Iterator[Student | None]:
    """Load the small model; where nobody asked for it by name, the table does without."""
    if model == NO_MODEL:
        yield None
        return
    from planner.errors import ModelError
    from planner.guidance.student import Student, shipped_student

    try:
        student = Student(shipped_student())
    except ModelError as error:
        if model is not None:
            raise
        run.hint(f"The table answers alone: {error}")
        yield None
        return
    with student:
        yield student


def _visited_on(run: Session, day: dt.date, here: Position) -> frozenset[str]:
    """Return the places around where the person was today, by their ids in the city."""
    box = (
        here.lon - AROUND_DEGREES,
        here.lat - AROUND_DEGREES,
        here.lon + AROUND_DEGREES,
        here.lat + AROUND_DEGREES,
    )
    today = [each for each in run.store.places.within(box) if day in each.visits]
    ids = {each.id for each in today}
    return frozenset(ids | {f"osm:{each.osm}" for each in today if each.osm})


def _lines(found: NextDocument, here: str) -> Iterator[str]:
    """Yield what was found as lines for people."""
    from planner.drawing.lettering import clean

    now = dt.datetime.fromisoformat(found.now)
    if not found.alternatives:
        yield clean(getattr(found.nothing, "text", ""))
        return
    yield f"{now:%A %H:%M}, at {clean(here)}:"
    for number, document in enumerate(found.alternatives, 1):
        yield ""
        yield f"{number}  {document.request}"
        yield from _stops(document)


def _stops(document: PlanDocument) -> Iterator[str]:
    from planner.drawing.amounts import format_clock, format_distance
    from planner.drawing.lettering import clean
    from planner.drawing.timeline import opening_words

    for stop, leg, intent in zip(document.stops, document.legs, document.intents, strict=True):
        times = f"{format_clock(stop.visit_from)}–{format_clock(stop.depart)}"
        walk = f"{max(1, round(leg.duration_s / 60))} min on foot"
        yield f"   {times}  {clean(stop.name)} ({walk}; {opening_words(stop)})"
        yield f"                {intent.reason}"
    last = document.stops[-1]
    distance = format_distance(document.totals.walk_m)
    yield f"   until {format_clock(last.depart)}, {distance} on foot"
