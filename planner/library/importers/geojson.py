"""GeoJSON of any origin, our own included, and lists of objects with a latitude and longitude."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from planner.errors import UnreadableFileError
from planner.library.findings import Refusal
from planner.library.importers import fields
from planner.library.importers.drafts import Draft, finished, is_osm_key, take, texts_of
from planner.library.importers.headings import TAG, meaning
from planner.library.importers.jsonstream import BrokenJsonError, pieces
from planner.library.importers.shapes import point_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from planner.library.catalogue import Catalogue
    from planner.library.findings import Finding
    from planner.library.importers.drafts import Remarks

_LISTS = frozenset({"features", "elements", "places", "items", "results", "bookmarks", "data"})
# How a map draws a feature says nothing of the place.
_DRAWING = ("marker-", "stroke", "fill", "styleUrl", "styleHash", "icon-", "label-", "_umap")
_GEOMETRIES = frozenset(
    [
        "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
        "GeometryCollection",
    ]
)  # fmt: skip


def read(
    stream: IO[str],
    name: str,
    *,
    remarks: Remarks,
    catalogue: Catalogue,
    drafted: Callable[[Mapping[str, Any], int], Draft] | None = None,
) -> Iterator[Finding | Refusal]:
    """Yield what the features of a file tell.

    Parameters
    ----------
    stream
        The text, at its start.
    name
        The file's name, for messages.
    drafted
        Makes a draft of a feature and its number; by default what GeoJSON in general says.

    Raises
    ------
    UnreadableFileError
        If the text is no JSON.
    """
    make = drafted or draft_of
    row = 0
    for feature in features(stream, name):
        row += 1
        if not isinstance(feature, dict):
            yield Refusal(row, "it is no feature")
            continue
        try:
            draft = make(feature, row)
        except fields.ValueRefusedError as error:
            yield Refusal(row, f"{called(feature)}{error}")
            continue
        found = finished(draft, remarks, catalogue)
        yield found if found is not None else Refusal(row, "it has neither a name nor a position")


def features(stream: IO[str], name: str) -> Iterator[Any]:
    """Yield the features of a collection, or the one of a file that is a feature itself.

    Raises
    ------
    UnreadableFileError
        If the text is no JSON.
    """
    own: dict[str, Any] = {}
    listed = False
    try:
        for piece in pieces(stream, _LISTS):
            if piece.inside:
                listed = True
                yield piece.value
            elif len(piece.path) == 1:
                own[piece.path[0]] = piece.value
    except BrokenJsonError as error:
        raise UnreadableFileError(
            f"{name} is no sound JSON: {error}.", "Export or save the file once more."
        ) from error
    if not listed and own.get("type") in _GEOMETRIES:
        yield {"type": "Feature", "geometry": own, "properties": {}}
    elif not listed and (own.get("type") == "Feature" or "geometry" in own):
        yield own


def draft_of(feature: Mapping[str, Any], row: int) -> Draft:
    """Return what a feature says.

    Raises
    ------
    ValueRefusedError
        If its position makes no sense.
    """
    geometry = feature.get("geometry")
    properties = feature.get("properties", feature if geometry is None else {})
    if not isinstance(properties, dict):
        properties = {}
    draft = Draft(row=row, decided="flaneur_id" in properties)
    degrees = fill(draft, properties)
    identity = feature.get("id")
    if draft.osm is None and isinstance(identity, str):
        draft.osm = fields.osm_object(identity) if "/" in identity else None
    if draft.osm is None and feature.get("type") in {"node", "way", "relation"}:
        draft.osm = fields.osm_object(f"{feature['type']}/{identity}")
    if isinstance(geometry, dict):
        draft.position = point_of(geometry)
    elif geometry is not None and "geometry" in feature:
        raise fields.ValueRefusedError("its geometry is none")
    elif len(degrees) == 2:  # noqa: PLR2004 - latitude and longitude
        lat, lon = (fields.degrees(str(degrees[key])) for key in ("lat", "lon"))
        if lat is None or lon is None:
            raise fields.ValueRefusedError("its coordinates are no numbers")
        draft.position = fields.position(lat, lon)
    if draft.position is None and draft.url:
        pair = fields.pair_of_link(draft.url)
        draft.position = fields.position(*pair) if pair is not None else None
    return draft


def fill(draft: Draft, properties: Mapping[str, Any]) -> dict[str, object]:
    """Put properties into a draft; return what they give as latitude and longitude, unread."""
    degrees: dict[str, object] = {}
    for key, value in properties.items():
        field = meaning(key)
        if value is None or value == "" or key.startswith(_DRAWING):
            continue
        if isinstance(value, dict):
            _fill_mapping(draft, key, field, value, degrees)
        elif isinstance(value, list):
            _fill_list(draft, key, field, value)
        elif field in {"lat", "lon"} and field not in degrees:
            degrees[field] = value
        elif field.startswith(TAG):
            draft.tag(key, str(value))
        elif not (field and _is_taken(draft, field, value)):
            _keep(draft, key, value)
    return degrees


def _fill_list(draft: Draft, key: str, field: str, value: Sequence[object]) -> None:
    if field in {"labels", "visits"}:
        take(draft, field, value)
        return
    texts = texts_of(value)
    if texts:
        draft.notes.append(f"{key}: {', '.join(texts)}")


def called(feature: Mapping[str, Any]) -> str:
    """Return the name of a refused feature and a colon, so that a person finds it again."""
    properties = feature.get("properties")
    if isinstance(properties, dict):
        for key, value in properties.items():
            if meaning(key) == "name" and isinstance(value, str) and value.strip():
                return f"{fields.tidy(value, limit=60)}: "
    return ""


def _is_taken(draft: Draft, field: str, value: object) -> bool:
    if field == "position":
        pair = fields.pair(str(value)) if isinstance(value, str) else None
        if pair is not None and draft.position is None:
            draft.position = fields.position(*pair)
        return pair is not None
    if field in {"street", "housenumber", "postcode", "city", "country"}:
        draft.tag(f"addr:{field}", str(value))
        return True
    if field == "name" and draft.name:
        return False
    if field == "rating" and fields.rating(value) is None:
        return False
    return take(draft, field, value)


def _keep(draft: Draft, key: str, value: object) -> None:
    """Keep what is no field of ours: as a tag where it looks like one, else among the notes."""
    text = str(value)
    if isinstance(value, bool):
        text = "yes" if value else "no"
    if is_osm_key(key):
        draft.tag(key, text)
    elif isinstance(value, str):
        draft.notes.append(f"{key}: {text}")


def _fill_mapping(
    draft: Draft, key: str, field: str, value: Mapping[str, Any], degrees: dict[str, object]
) -> None:
    if key == "tags":
        for tag, text in value.items():
            if isinstance(text, str | int | float):
                draft.tag(str(tag), str(text))
    elif field in {"names", "osm_tags"}:
        take(draft, field, value)
    else:
        # Coordinates inside an object of their own: {"location": {"lat": 60.17, "lng": 24.94}}.
        for part, number in value.items():
            inner = meaning(str(part))
            if inner in {"lat", "lon"} and isinstance(number, int | float):
                degrees.setdefault(inner, number)
            elif inner in {"name", "address"} and isinstance(number, str):
                _is_taken(draft, inner, number)
