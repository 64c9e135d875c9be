"""Places of any origin written to a file that is there whole or not at all."""

from __future__ import annotations

import datetime as dt
from typing import IO, TYPE_CHECKING, Final, TypeAlias

from planner import files
from planner.domain import Place
from planner.errors import StoreError, UsageError
from planner.library.catalogue import Catalogue
from planner.library.exporters import geojson, gpx, kml, table
from planner.library.findings import Finding
from planner.library.holdings import Holding
from planner.library.importers.drafts import Draft, Remarks, finished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Exported: TypeAlias = Holding | Place | Finding
"""What can be written: a place of a person's library, of a city, or of another file."""

_WRITERS: Final[dict[str, Callable[[Iterable[Finding], IO[bytes]], int]]] = {
    ".csv": table.write,
    ".geojson": geojson.write,
    ".json": geojson.write,
    ".kml": kml.write,
    ".kmz": kml.write_zipped,
    ".gpx": gpx.write,
}

ENDINGS: Final = tuple(_WRITERS)
"""The endings that :func:`write` knows."""


def write(places: Iterable[Exported], path: Path, *, catalogue: Catalogue | None = None) -> int:
    """Write places to a file in the format of its ending.

    Parameters
    ----------
    places
        In any order, which is kept; walked through once.
    path
        Where to; a file that is there is replaced once the new one is complete.
    catalogue
        The kinds of places; the shipped ones where absent.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    UsageError
        If the ending tells no format that is known.
    StoreError
        If the file cannot be written; then whatever was there before still is.
    """
    ending = path.suffix.casefold()
    if ending not in _WRITERS:
        raise UsageError(
            f"{path.name} does not tell a format by its ending.",
            f"Use one of {', '.join(ENDINGS)}.",
        )
    written = 0

    def fill(file: IO[bytes]) -> None:
        nonlocal written
        written = _WRITERS[ending](_findings(places, catalogue or Catalogue.load()), file)

    try:
        files.publish(path, fill)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Choose a folder that you may write to and that has room.",
        ) from error
    return written


def _findings(places: Iterable[Exported], catalogue: Catalogue) -> Iterator[Finding]:
    """Yield places as findings, safe to write into any format."""
    for place in places:
        yield place if isinstance(place, Finding) else as_finding(place, catalogue)


def as_finding(place: Holding | Place, catalogue: Catalogue) -> Finding:
    """Return a place as the finding that reading its export gives, but for the row."""
    draft = Draft(name=place.name, position=place.position, decided=True, id=place.id)
    draft.names = dict(place.names)
    draft.kind = (
        place.category if place.category is not None and place.category in catalogue else ""
    )
    draft.tags = dict(place.tags)
    draft.notes = [place.notes] if place.notes else []
    draft.rating = place.rating
    draft.visit_minutes = place.visit_minutes
    draft.opening_hours = place.opening_hours
    draft.address = place.address
    draft.osm = place.osm
    # What nobody said is not written: an import leaves it as it is there.
    draft.favourite, draft.visited, draft.never = (
        True if said else None for said in (place.favourite, place.visited, place.never)
    )
    if isinstance(place, Holding):
        draft.labels = list(place.labels)
        draft.description = place.description
        draft.url = place.url
        draft.visits = list(place.visits)
        draft.added = _day(place.first_seen)
    made = finished(draft, Remarks(), catalogue)
    if isinstance(made, Finding):
        return made
    # A place always has a name, if only its id.
    return Finding(name=place.id, position=place.position, id=place.id)


def _day(moment: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(moment[:10])
    except ValueError:
        return None
