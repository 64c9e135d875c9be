"""A plan written to a file that is there whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from planner import files
from planner.errors import StoreError, UsageError
from planner.itinerary.document import encode
from planner.itinerary.exporters import geojson, gpx, html, ics, kml, markdown
from planner.itinerary.exporters.journey import journey_of
from planner.itinerary.exporters.scenery import Scenery

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from planner.itinerary.document import PlanDocument
    from planner.itinerary.exporters.journey import Journey

    Compose = Callable[[Journey, dt.datetime, Scenery], str | bytes]

_COMPOSERS: Final[dict[str, Compose]] = {
    ".gpx": lambda journey, now, _: gpx.compose(journey, now=now),
    ".kml": lambda journey, _now, _: kml.compose(journey),
    ".geojson": lambda journey, _now, _: geojson.compose(journey),
    ".ics": lambda journey, now, _: ics.compose(journey, now=now),
    ".md": lambda journey, _now, _: markdown.compose(journey),
    ".html": lambda journey, _now, scenery: html.compose(journey, scenery=scenery),
    ".json": lambda journey, _now, _: encode(journey.document) + "\n",
}

ENDINGS: Final = tuple(_COMPOSERS)
"""The endings that :func:`write` knows."""


def check_ending(path: Path) -> str:
    """Return the ending that tells a file's format.

    Raises
    ------
    UsageError
        If it tells no format that is known.
    """
    ending = path.suffix.casefold()
    if ending not in _COMPOSERS:
        raise UsageError(
            f"{path.name} does not tell a format by its ending.",
            f"Use one of {', '.join(ENDINGS)}.",
        )
    return ending


def write(
    document: PlanDocument,
    path: Path,
    *,
    now: dt.datetime,
    scenery: Scenery | Callable[[], Scenery] | None = None,
) -> None:
    """Write a plan to a file in the format of its ending.

    Every time and distance is the plan's own, every name is taken as the words of a stranger, and
    every format names the source of the map.

    Parameters
    ----------
    document
        A plan with a walk.
    path
        Where to; a file that is there is replaced once the new one is complete.
    now
        The moment of writing, local without a zone, for formats that note it.
    scenery
        What the map of a page shows around the walk, or what finds it; asked for a page alone.

    Raises
    ------
    UsageError
        If the ending tells no format that is known.
    NoWalkError
        If the plan holds no walk.
    UnreadableFileError
        If the plan was damaged.
    StoreError
        If the file cannot be written; then whatever was there before still is.
    """
    ending = check_ending(path)
    journey = journey_of(document)
    around = Scenery()
    if ending == ".html" and scenery is not None:
        around = scenery if isinstance(scenery, Scenery) else scenery()
    text = _COMPOSERS[ending](journey, now, around)
    data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    try:
        files.publish(path, lambda file: file.write(data))
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Choose a folder that you may write to and that has room.",
        ) from error
