"""Check-ins, likes, tips and lists of Foursquare and Swarm, from their export or their API.

Many check-ins at one venue are one place, visited on many days.
"""

from __future__ import annotations

import datetime as dt
from typing import IO, TYPE_CHECKING, Any

from planner.errors import UnreadableFileError
from planner.library.findings import Refusal
from planner.library.importers import fields
from planner.library.importers.drafts import Draft, finished
from planner.library.importers.jsonstream import BrokenJsonError, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planner.library.catalogue import Catalogue
    from planner.library.findings import Finding
    from planner.library.importers.drafts import Remarks

SIGNS = ('"venue"', '"venueLikes"', '"timeZoneOffset"', "foursquare.com", "swarmapp.com")
"""What tells these files from other JSON."""

_OPENED = frozenset(
    [
        "response", "checkins", "items", "venues", "tips", "lists", "list", "listItems",
        "venueLikes", "venueOkays", "venueDislikes", "unconfirmedVisits", "expertise", "todos",
        "done",
    ]
)  # fmt: skip
_OPINIONS = {"venueLikes": "liked", "venueDislikes": "disliked", "venueOkays": "okay"}


def read(
    stream: IO[str], name: str, *, remarks: Remarks, catalogue: Catalogue
) -> Iterator[Finding | Refusal]:
    """Yield the venues of a file in the order in which they first occur.

    Raises
    ------
    UnreadableFileError
        If the text is no JSON.
    """
    venues: dict[str, Draft] = {}
    told = 0
    row = 0
    try:
        for piece in pieces(stream, _OPENED):
            if not piece.inside:
                continue
            row += 1
            for entry in _entries(piece.value):
                told += 1
                try:
                    problem = _take(entry, piece.path[-1:], row, venues)
                except fields.ValueRefusedError as error:
                    problem = str(error)
                if problem:
                    yield Refusal(row, f"{_called(entry)}{problem}")
    except BrokenJsonError as error:
        raise UnreadableFileError(
            f"{name} is no sound JSON: {error}.", "Export or save the file once more."
        ) from error
    if told > len(venues):
        remarks.add(f"{told:,} entries tell of {len(venues):,} venues.")
    for draft in venues.values():
        found = finished(draft, remarks, catalogue)
        if found is not None:
            yield found


def _entries(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield an entry, or those of the list that it is."""
    if not isinstance(value, dict):
        return
    inner = value.get("listItems")
    items = inner.get("items") if isinstance(inner, dict) else None
    if isinstance(items, list):
        for item in items:
            if isinstance(item, dict):
                yield {**item, "list": value.get("name")}
        return
    yield value


def _take(
    entry: Mapping[str, Any], path: tuple[str, ...], row: int, venues: dict[str, Draft]
) -> str:
    """Add an entry to its venue; return why that is impossible, empty if it was done."""
    venue = entry.get("venue")
    if not isinstance(venue, dict):
        venue = entry if "name" in entry else entry.get("location")
    if not isinstance(venue, dict):
        return "it names no venue"
    name = _text(venue, "name")
    where = venue.get("location")
    spots = [each for each in (where, entry, venue) if isinstance(each, dict)]
    pair = next((found for found in map(_degrees, spots) if found is not None), None)
    if not name and pair is None:
        return "its venue has neither a name nor a position"
    place = fields.position(*pair) if pair is not None else None
    key = _text(venue, "id") or f"{name} {pair}"
    draft = venues.get(key)
    if draft is None:
        draft = venues[key] = Draft(row=row, name=name)
    draft.position = draft.position or place
    _describe(draft, venue, where if isinstance(where, dict) else {})
    _judge(draft, entry, path)
    return ""


def _describe(draft: Draft, venue: Mapping[str, Any], where: Mapping[str, Any]) -> None:
    if draft.address is None:
        lines = where.get("formattedAddress")
        if isinstance(lines, list) and lines:
            draft.address = ", ".join(str(line) for line in lines if isinstance(line, str))
        else:
            parts = [_text(where, key) for key in ("address", "postalCode", "city", "country")]
            draft.address = ", ".join(part for part in parts if part) or None
    categories = venue.get("categories")
    if not draft.kind and isinstance(categories, list):
        named = [each for each in categories if isinstance(each, dict) and _text(each, "name")]
        named.sort(key=lambda each: not each.get("primary"))
        draft.kind = _text(named[0], "name") if named else ""
    draft.url = draft.url or _text(venue, "url") or _text(venue, "canonicalUrl") or None


def _judge(draft: Draft, entry: Mapping[str, Any], path: tuple[str, ...]) -> None:
    """Note what the person did and said there."""
    if entry.get("type") == "checkin" or (
        "createdAt" in entry and "venue" in entry and "text" not in entry and "list" not in entry
    ):
        draft.visited = True
        day = _local_day(entry)
        if day is not None:
            draft.visits.append(day)
            draft.added = min(draft.added, day) if draft.added is not None else day
    for key in ("shout", "text"):
        said = _text(entry, key)
        if said and said not in draft.notes:
            draft.notes.append(said)
    listed = _text(entry, "list")
    if listed:
        draft.labels.append(listed)
    for part in path:
        if part in _OPINIONS:
            draft.labels.append(_OPINIONS[part])


def _degrees(values: Mapping[str, Any]) -> tuple[float, float] | None:
    lat, lon = values.get("lat"), values.get("lng", values.get("lon"))
    if isinstance(lat, bool) or isinstance(lon, bool) or lat is None or lon is None:
        return None
    north, east = fields.number(str(lat)), fields.number(str(lon))
    if north is None or east is None:
        raise fields.ValueRefusedError("its coordinates are no numbers")
    return north, east


def _local_day(entry: Mapping[str, Any]) -> dt.date | None:
    """Return the day of a check-in where it happened, not in Greenwich."""
    created, offset = entry.get("createdAt"), entry.get("timeZoneOffset")
    if not isinstance(offset, int) or isinstance(offset, bool) or abs(offset) > 24 * 60:
        offset = 0
    try:
        if isinstance(created, int | float) and not isinstance(created, bool):
            moment = dt.datetime.fromtimestamp(created, dt.UTC)
        else:
            moment = dt.datetime.fromisoformat(str(created))
        return (moment + dt.timedelta(minutes=offset)).date()
    except (ValueError, OverflowError, OSError):
        return fields.day(created)


def _called(entry: Mapping[str, Any]) -> str:
    venue = entry.get("venue")
    name = _text(venue, "name") if isinstance(venue, dict) else _text(entry, "name")
    return f"{fields.tidy(name, limit=60)}: " if name else ""


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
