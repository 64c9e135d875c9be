"""KML and KMZ: Google My Maps, Google Earth, Organic Maps and our own exports.

Folders become labels. Links to other files are never followed; overlays are pictures, and recorded
tracks are ways: both are counted and told.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Any

from planner.library.importers import fields
from planner.library.importers.drafts import RECORD_KEYS, Draft, take
from planner.library.importers.headings import TAG, meaning
from planner.library.importers.shapes import point_of
from planner.library.importers.xmlplaces import read_places
from planner.library.importers.xmlstream import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.library.catalogue import Catalogue
    from planner.library.findings import Finding, Refusal
    from planner.library.importers.drafts import Remarks
    from planner.library.importers.xmlstream import Node, Record

_KEPT = frozenset({"Placemark"})
_COUNTED = frozenset({"NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "Tour"})
_SHAPES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Model"})
_TRACKS = frozenset({"Track", "MultiTrack"})
_AROUND = frozenset({"Document", "Folder"})
_PIN = re.compile(r"placemark-([a-z]+)|icon-(\w+?)-([0-9A-Fa-f]{6})(?:-|$)")
_COMMA = re.compile(r"\s*,\s*")
# What Google My Maps adds for itself.
_OWN_DATA = frozenset({"gx_media_links", "styleurl", "altitudemode", "tessellate", "extrude"})
_LANGUAGES = {"int_name": "int", "alt_name": "alt", "old_name": "old", "default": ""}
_DEEPEST = 8


def read(
    stream: IO[str], name: str, *, remarks: Remarks, catalogue: Catalogue, first_row: int = 1
) -> Iterator[Finding | Refusal]:
    """Yield what the placemarks of a KML text tell.

    Parameters
    ----------
    stream
        The text, decoded.
    name
        The file's name, for messages.
    first_row
        The number of the first placemark: an archive may hold several texts.

    Raises
    ------
    UnreadableFileError
        If it is no well-formed XML, no KML, or tries what attacks try.
    """
    tally = Tally()
    yield from read_places(
        stream,
        name,
        "kml",
        _draft,
        kept=_KEPT,
        counted=_COUNTED,
        tally=tally,
        remarks=remarks,
        catalogue=catalogue,
        first_row=first_row,
    )
    _tell(tally, remarks)


def _tell(tally: Tally, remarks: Remarks) -> None:
    links = tally.counts.get("NetworkLink", 0)
    if links:
        remarks.add(f"Links to other files were not followed ({links}).")
    overlays = sum(count for name, count in tally.counts.items() if name.endswith("Overlay"))
    if overlays:
        remarks.add(f"Overlays are pictures on the map, not places ({overlays} left out).")
    if tally.counts.get("Tour"):
        remarks.add(f"Tours are no places ({tally.counts['Tour']} left out).")


def _draft(record: Record, row: int) -> Draft:
    node = record.node
    data = _data(node)
    if data.pop("flaneur", "") == "1":
        # An export of ours says everything in its data.
        draft = Draft(row=row, decided=True)
        for key, value in data.items():
            if key in RECORD_KEYS:
                take(draft, key, value)
    else:
        draft = _foreign(record, row, data)
    draft.position = _position(node)
    if draft.position is None and draft.url and not draft.decided:
        pair = fields.pair_of_link(draft.url)
        draft.position = fields.position(*pair) if pair is not None else None
    return draft


def _foreign(record: Record, row: int, data: dict[str, str]) -> Draft:
    """Return what a placemark of another program says, but for its position."""
    node = record.node
    draft = Draft(row=row, name=fields.plain(node.child_text("name")))
    described = fields.note(node.child_text("description"))
    if described:
        draft.notes.append(described)
        draft.url = fields.first_link(node.child_text("description"))
    draft.address = node.child_text("address") or None
    draft.tag("phone", node.child_text("phoneNumber"))
    draft.labels = [
        title
        for name, title in zip(record.around, record.titles, strict=True)
        if name in _AROUND and title
    ]
    link = node.child("link")
    if link is not None:
        draft.url = link.attributes.get("href") or draft.url
    _style(draft, node.child_text("styleUrl"))
    stamp = node.first("when")
    if stamp is not None:
        day = fields.day(stamp.text)
        # Programs that know no time write the beginning of Unix's.
        draft.added = day if day is not None and day.year > 1970 else None  # noqa: PLR2004
    _organic(draft, node)
    for key, value in data.items():
        _take_data(draft, key, value, described)
    return draft


def _data(node: Node) -> dict[str, str]:
    """Return the custom data of a placemark: name to value."""
    extended = node.child("ExtendedData")
    if extended is None:
        return {}
    found: dict[str, str] = {}
    for each in extended.all("Data"):
        found.setdefault(each.attributes.get("name", ""), each.child_text("value"))
    for each in extended.all("SimpleData"):
        found.setdefault(each.attributes.get("name", ""), each.text)
    found.pop("", None)
    return found


def _take_data(draft: Draft, key: str, value: str, described: str) -> None:
    if not value or key.casefold() in _OWN_DATA:
        return
    field = meaning(key)
    if field.startswith(TAG):
        draft.tag(field.removeprefix(TAG), value)
    elif field in {
        "address",
        "url",
        "rating",
        "visited",
        "favourite",
        "never",
        "opening_hours",
        "opens",
        "closes",
        "osm",
        "added",
    }:
        if not take(draft, field, fields.plain(value)):
            draft.notes.append(f"{key}: {value}")
    elif field == "category":
        draft.kind = draft.kind or value
    elif field == "labels":
        draft.labels += [part.strip() for part in value.split(",")]
    elif field in {"lat", "lon", "position"} or (field == "name" and value == draft.name):
        return
    else:
        text = fields.note(value)
        if text and text not in described:
            draft.notes.append(text if field == "notes" else f"{key}: {text}")


def _style(draft: Draft, style: str) -> None:
    """Keep the colour and the sign of the pin, by which many people sort their places."""
    found = _PIN.search(style)
    if found is None:
        return
    colour = found[1] or f"#{found[3].lower()}"
    draft.tags["marker_colour"] = colour
    if found[2]:
        draft.tags["marker_icon"] = found[2]


def _organic(draft: Draft, node: Node) -> None:
    """Read what Organic Maps and its kin keep: names, kinds, pin."""
    extended = node.child("ExtendedData")
    if extended is None:
        return
    for part in ("name", "customName"):
        for code, text in _said(extended.child(part)):
            key = _LANGUAGES.get(code, code) or ("alt" if text != draft.name else "")
            if key:
                draft.names.setdefault(key, text)
    draft.notes += [text for _code, text in _said(extended.child("description"))]
    types = extended.child("featureTypes")
    for value in types.children if types is not None else ():
        _feature_type(draft, value.text)
    icon = extended.child_text("icon")
    if icon and icon != "None":
        draft.tags.setdefault("marker_icon", icon)


def _said(node: Node | None) -> list[tuple[str, str]]:
    """Return what an element says in each language: code and text."""
    return [
        (lang.attributes.get("code", ""), lang.text)
        for lang in (node.children if node is not None else ())
        if lang.name == "lang" and lang.text
    ]


def _feature_type(draft: Draft, text: str) -> None:
    """Read ``amenity-place_of_worship-christian`` as the tags that it was made of."""
    parts = text.split("-")
    for key, value in pairwise(parts):
        if key and value:
            before = draft.tags.get(key)
            draft.tags[key] = value if before in {None, value} else f"{before};{value}"


def _position(node: Node) -> Any:  # noqa: ANN401 - a position or None
    shapes = [child for child in node.children if child.name in _SHAPES]
    if not shapes:
        if any(child.name in _TRACKS for child in node.children):
            raise fields.ValueRefusedError("it is a recorded track, not a place")
        return None
    geometry = _geometry(shapes[0], 0)
    return point_of(geometry)


def _geometry(shape: Node, depth: int) -> dict[str, Any] | None:
    """Return an element's shape in the form of GeoJSON, None if it is empty."""
    if shape.name == "MultiGeometry":
        inner = [_geometry(child, depth + 1) for child in shape.children if child.name in _SHAPES]
        parts = [part for part in inner if part is not None]
        if depth > _DEEPEST or not parts:
            return None
        return parts[0] if len(parts) == 1 else {"type": "GeometryCollection", "geometries": parts}
    if shape.name in {"Model", "Polygon"}:
        return _model(shape) if shape.name == "Model" else _polygon(shape)
    run = _coordinates(shape)
    if not run:
        return None
    if shape.name == "Point" or len(run) == 1:
        return {"type": "Point", "coordinates": run[0]}
    return {"type": "LineString", "coordinates": run}


def _model(shape: Node) -> dict[str, Any] | None:
    place = shape.child("Location")
    lonlat = [place.child_text("longitude"), place.child_text("latitude")] if place else []
    return {"type": "Point", "coordinates": lonlat} if lonlat and all(lonlat) else None


def _polygon(shape: Node) -> dict[str, Any] | None:
    rings = [
        _coordinates(ring)
        for name in ("outerBoundaryIs", "innerBoundaryIs")
        for boundary in shape.all(name)
        for ring in boundary.all("LinearRing")
    ]
    rings = [ring for ring in rings if ring]
    return {"type": "Polygon", "coordinates": rings} if rings else None


def _coordinates(shape: Node) -> list[list[float]]:
    text = _COMMA.sub(",", shape.child_text("coordinates"))
    run: list[list[float]] = []
    for triple in text.split():
        parts = triple.split(",")
        numbers = [fields.number(part) for part in parts[:2]]
        if len(numbers) < 2 or None in numbers:  # noqa: PLR2004 - two degrees
            raise fields.ValueRefusedError(f"its coordinates {triple[:40]!r} are no numbers")
        run.append([number for number in numbers if number is not None])
    return run
