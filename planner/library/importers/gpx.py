"""GPX 1.0 and 1.1: waypoints of any device, OsmAnd's favourites, Garmin's extensions.

Only waypoints are places. Tracks and routes are ways: they are counted and told. Figures of the
measurement (satellites, precision, heart rate) say nothing of a place and are left out.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from planner.library.importers import fields
from planner.library.importers.drafts import RECORD_KEYS, Draft, is_osm_key, take
from planner.library.importers.xmlplaces import read_places
from planner.library.importers.xmlstream import Tally

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from planner.library.catalogue import Catalogue
    from planner.library.findings import Finding, Refusal
    from planner.library.importers.drafts import Remarks
    from planner.library.importers.xmlstream import Node

UNLOCATED = "unlocated"
"""The element, inside the extensions of our own exports, of a place without a position."""

_KEPT = frozenset({"wpt", UNLOCATED})
_COUNTED = frozenset({"trk", "rte", "trkpt", "rtept"})
# The one of several keys that a bare value of OsmAnd most likely belongs to.
_KEYS_BY_USE = ("amenity", "shop", "tourism", "leisure", "historic", "natural", "man_made", "place")
_MEASURED = frozenset({"TrackPointExtension", "TrackPointExtensionV2", "DisplayMode"})
_OSMAND_OWN = frozenset({"amenity_origin", "calendar_event", "pickup_date", "profile", "trkpt_idx"})
_DATES = {"creation_date": "added", "visited_date": "visits"}
_TYPES_THAT_SAY_NOTHING = frozenset({"user", "waypoint", "wpt"})
_ADDRESS = ("StreetAddress", "PostalCode", "City", "State", "Country")


def read(
    stream: IO[str], name: str, *, remarks: Remarks, catalogue: Catalogue
) -> Iterator[Finding | Refusal]:
    """Yield what the waypoints of a GPX text tell.

    Parameters
    ----------
    stream
        The text, decoded.
    name
        The file's name, for messages.

    Raises
    ------
    UnreadableFileError
        If it is no well-formed XML, no GPX, or tries what attacks try.
    """
    tally = Tally()
    rows = 0
    for item in read_places(
        stream,
        name,
        "gpx",
        lambda record, row: _draft(record.node, row, catalogue),
        kept=_KEPT,
        counted=_COUNTED,
        tally=tally,
        remarks=remarks,
        catalogue=catalogue,
    ):
        rows += 1
        yield item
    _tell(tally, rows, remarks)


def _tell(tally: Tally, rows: int, remarks: Remarks) -> None:
    ways = [
        f"{_counted(tally.counts[name], word)} ({_counted(tally.counts.get(point, 0), 'point')})"
        for name, word, point in (("trk", "track", "trkpt"), ("rte", "route", "rtept"))
        if tally.counts.get(name)
    ]
    if ways:
        none = "" if rows else " It holds no waypoints, so there is nothing to import."
        remarks.add(f"Tracks and routes are ways, not places: {' and '.join(ways)} left out.{none}")


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' if number != 1 else ''}"


def _draft(node: Node, row: int, catalogue: Catalogue) -> Draft:
    draft = Draft(row=row, name=node.child_text("name"))
    if node.name != UNLOCATED:
        lat, lon = (fields.number(node.attributes.get(key, "")) for key in ("lat", "lon"))
        if lat is None or lon is None:
            raise fields.ValueRefusedError("its position is no number of degrees")
        draft.position = fields.position(lat, lon)
    own = [
        child for child in (node.child("extensions") or node).children if child.name == "flaneur"
    ]
    if own:
        draft.decided = True
        for child in own[0].children:
            if child.name in RECORD_KEYS:
                take(draft, child.name, child.text)
        return draft
    for key in ("desc", "cmt"):
        draft.notes.append(fields.note(node.child_text(key)))
    draft.added = fields.day(node.child_text("time"))
    link = node.child("link")
    draft.url = (
        link.attributes.get("href") if link is not None else node.child_text("url")
    ) or None
    words = node.child_text("type")
    if words.casefold() not in _TYPES_THAT_SAY_NOTHING:
        draft.labels.append(words)
    for key, tag in (("ele", "ele"), ("src", "source"), ("sym", "marker_icon")):
        draft.tag(tag, node.child_text(key))
    extensions = node.child("extensions")
    if extensions is not None:
        _extend(draft, extensions, catalogue)
    return draft


def _extend(draft: Draft, extensions: Node, catalogue: Catalogue) -> None:
    subtype = ""
    for child in extensions.children:
        if child.name in _MEASURED:
            continue
        if child.name == "WaypointExtension":
            _garmin(draft, child)
        elif child.name == "amenity_subtype":
            subtype = child.text
        elif not child.children:
            _osmand(draft, child.name, child.text)
    if subtype:
        _subtype(draft, subtype, catalogue)


def _garmin(draft: Draft, extension: Node) -> None:
    draft.labels += [category.text for category in extension.all("Category")]
    address = extension.child("Address")
    if address is not None:
        parts = [address.child_text(key) for key in _ADDRESS]
        draft.address = ", ".join(part for part in parts if part) or None
    phone = extension.first("PhoneNumber")
    if phone is not None:
        draft.tag("phone", phone.text)


def _osmand(draft: Draft, key: str, text: str) -> None:
    """Take one extension of OsmAnd, or a flat one of anybody else."""
    if not text or key in _OSMAND_OWN or key == "amenity_type":
        return
    if key in _DATES:
        _date(draft, _DATES[key], fields.day(text))
    elif key == "address":
        draft.address = text
    elif key == "hidden":
        draft.labels += ["hidden"] if fields.yes_no(text) else []
    elif key in {"icon", "color", "background"}:
        draft.tags["marker_" + key.replace("color", "colour")] = text
    elif key in {"amenity_name", "name"}:
        draft.names.setdefault("alt", text)
    else:
        _any(draft, key.removeprefix("osm_tag_").removeprefix("amenity_"), text)


def _date(draft: Draft, kind: str, day: dt.date | None) -> None:
    if day is not None and kind == "added":
        draft.added = day
    elif day is not None:
        draft.visited = True
        draft.visits.append(day)


def _any(draft: Draft, key: str, text: str) -> None:
    # XML allows no colon inside a name: OsmAnd writes "name_-_en".
    tag = key.replace("_-_", ":").replace("_+_", ":")
    if is_osm_key(tag):
        draft.tag(tag, text)
    else:
        draft.notes.append(f"{tag}: {text}")


def _subtype(draft: Draft, subtype: str, catalogue: Catalogue) -> None:
    """Find the tag of OpenStreetMap that OsmAnd's bare value belongs to."""
    known = catalogue.tag_values
    for key in _KEYS_BY_USE:
        if f"{key}={subtype}" in known:
            draft.tags.setdefault(key, subtype)
            return
    draft.tags.setdefault("osmand_type", subtype)
