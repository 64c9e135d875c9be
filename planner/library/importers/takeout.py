"""What Google Takeout gives of a person's map: saved places, labelled places, reviews, lists.

Saved places stand at 0,0 where Google has lost the position; then the link may tell it, or at
least a name. The CSV lists carry no coordinates at all; :mod:`planner.library.importers.table`
reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.library.importers import fields, geojson
from planner.library.importers.drafts import Draft
from planner.library.importers.shapes import point_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNS = ("google_maps_url", "Google Maps URL", "five_star_rating_published")
"""Keys that tell these files from other GeoJSON."""

_LOST = "no location information is available for this saved place"
_LINKS = ("google_maps_url", "Google Maps URL")
_KNOWN = frozenset(
    {"date", "published", "updated", "title", "comment", "location", "country_code"}
    | {"five_star_rating_published", "review_text_published", "questions", "name", "address"}
    | {link.casefold() for link in _LINKS}
)


def draft_of(feature: Mapping[str, Any], row: int) -> Draft:
    """Return what a feature of Takeout says; one of another form as any GeoJSON.

    Raises
    ------
    ValueRefusedError
        If its position makes no sense.
    """
    properties = feature.get("properties")
    if not isinstance(properties, dict):
        return geojson.draft_of(feature, row)
    own = {str(key).casefold(): value for key, value in properties.items()}
    draft = Draft(row=row)
    location = own.get("location")
    place = (
        {str(key).casefold(): value for key, value in location.items()}
        if isinstance(location, dict)
        else {}
    )
    draft.name = _first(place, "name", "business name") or _first(own, "title", "name")
    draft.address = _first(place, "address") or _first(own, "address") or None
    country = _first(place, "country_code", "country code")
    if country:
        draft.tags["addr:country"] = country
    draft.url = _first(own, *(link.casefold() for link in _LINKS)) or None
    draft.added = fields.day(own.get("date") or own.get("published") or own.get("updated"))
    comment = _first(own, "comment")
    if comment and comment.strip().rstrip(".").casefold() != _LOST:
        draft.notes.append(comment)
    _review(draft, own)
    for key, value in properties.items():
        if str(key).casefold() not in _KNOWN and isinstance(value, str | int | float):
            draft.notes.append(f"{key}: {value}")
    _locate(draft, feature, place)
    if draft.url and draft.name and draft.name == fields.name_of_link(draft.url):
        return draft
    if draft.url and not draft.name:
        draft.name = fields.name_of_link(draft.url)
    return draft


def _review(draft: Draft, own: Mapping[str, Any]) -> None:
    stars = own.get("five_star_rating_published")
    if stars is not None:
        draft.rating = fields.rating(stars)
        # Whoever rates a place was there.
        draft.visited = True
    text = _first(own, "review_text_published")
    if text:
        draft.notes.append(text)
    questions = own.get("questions")
    for each in questions if isinstance(questions, list) else ():
        if isinstance(each, dict):
            answer = _first(each, "selected_option") or _first(each, "rating")
            if answer and _first(each, "question"):
                draft.notes.append(f"{_first(each, 'question')}: {answer}")


def _locate(draft: Draft, feature: Mapping[str, Any], place: Mapping[str, Any]) -> None:
    geometry = feature.get("geometry")
    if isinstance(geometry, dict):
        draft.position = point_of(geometry)
    if draft.position is None:
        inner = place.get("geo coordinates")
        if isinstance(inner, dict):
            lat, lon = (fields.number(str(inner.get(key, ""))) for key in ("Latitude", "Longitude"))
            if lat is not None and lon is not None:
                draft.position = fields.position(lat, lon)
    if draft.position is None and draft.url:
        pair = fields.pair_of_link(draft.url)
        draft.position = fields.position(*pair) if pair is not None else None


def _first(values: Mapping[str, Any], *keys: str) -> str:
    for key in keys:
        value = values.get(key)
        if (
            isinstance(value, str | int | float)
            and not isinstance(value, bool)
            and str(value).strip()
        ):
            return str(value)
    return ""
