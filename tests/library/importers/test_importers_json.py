"""GeoJSON of any origin, Takeout's other files, Swarm."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from planner.domain import Position
from planner.errors import UnreadableFileError
from planner.library.importers.jsonstream import BrokenJsonError, pieces

if TYPE_CHECKING:
    from collections.abc import Callable


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


POINT = {"type": "Point", "coordinates": [24.95, 60.17, 12.0]}


def test_tags_and_names_of_openstreetmap_are_read(read_text: Callable) -> None:
    only = read_text(
        "p.geojson",
        collection(
            {
                **feature(POINT, name="Kiasma", amenity="arts_centre", tourism="museum", opening_hours="Tu 10:00-18:00"),
                "id": "way/123",
            }
        ).replace('"name"', '"name:sv": "Nutidskonst", "name"'),
    ).only  # fmt: skip
    assert only.position == Position(60.17, 24.95)
    assert only.names == {"sv": "Nutidskonst"}
    assert only.category == "museum"
    assert only.tags["tourism"] == "museum"
    assert only.opening_hours == "Tu 10:00-18:00"
    assert only.osm == "way/123"


@pytest.mark.parametrize(
    ("geometry", "lat", "lon"),
    [
        ({"type": "LineString", "coordinates": [[24.0, 60.0], [24.2, 60.0]]}, 60.0, 24.1),
        ({"type": "Polygon", "coordinates": [[[24, 60], [25, 60], [25, 61], [24, 61], [24, 60]]]}, 60.5, 24.5),
        ({"type": "MultiPoint", "coordinates": [[24.5, 60.5]]}, 60.5, 24.5),
        ({"type": "MultiPolygon", "coordinates": [[[[24, 60], [25, 60], [25, 61], [24, 61], [24, 60]]]]}, 60.5, 24.5),
        ({"type": "GeometryCollection", "geometries": [POINT]}, 60.17, 24.95),
    ],
)  # fmt: skip
def test_every_geometry_becomes_a_point_on_it(
    geometry: Any, lat: float, lon: float, read_text: Callable
) -> None:
    only = read_text("p.geojson", collection(feature(geometry, name="X"))).only
    assert only.position.lat == pytest.approx(lat)
    assert only.position.lon == pytest.approx(lon)


def test_a_feature_a_geometry_and_a_list_of_objects_are_read(read_text: Callable) -> None:
    assert read_text("p.json", json.dumps(feature(POINT, title="Solo"))).only.name == "Solo"
    assert read_text("p.json", json.dumps(POINT)).only.position == Position(60.17, 24.95)
    objects = [
        {"name": "A", "lat": 60.1, "lng": 24.9},
        {"title": "B", "location": {"lat": 60, "lon": 25}},
    ]
    got = read_text("p.json", json.dumps(objects))
    assert got.names == ["A", "B"]
    assert got.findings[1].position == Position(60.0, 25.0)


def test_a_feature_without_geometry_is_kept_without_position(read_text: Callable) -> None:
    assert read_text("p.geojson", collection(feature(None, name="Lost"))).only.position is None


def test_bad_features_are_refused_alone(read_text: Callable) -> None:
    text = (
        '{"features": [{"type": "Feature", "properties": {"name": "nan"}, "geometry": {"type": "Point", "coordinates": [NaN, 60]}},'
        '{"type": "Feature", "properties": {"name": "good"}, "geometry": {"type": "Point", "coordinates": [24, 60]}},'
        '{"type": "Feature", "properties": {"name": "swapped"}, "geometry": {"type": "Point", "coordinates": [60, 124]}},'
        '{"type": "Feature", "properties": {"name": "far"}, "geometry": {"type": "Polygon", "coordinates": [[[1, 1], [1e400, 2], [3, 1], [1, 1]]]}},'
        '{"type": "Feature", "properties": {"name": "odd"}, "geometry": {"type": "Circle", "coordinates": [1, 2]}},'
        '{"type": "Feature", "properties": {"name": "text"}, "geometry": {"type": "Point", "coordinates": ["a", "b"]}},'
        ' 7, {"type": "Feature", "properties": null, "geometry": null}], "type": "FeatureCollection"}'
    )  # fmt: skip
    got = read_text("p.geojson", text)
    assert got.names == ["good"]
    assert [refusal.row for refusal in got.refusals] == [1, 3, 4, 5, 6, 7, 8]
    assert "seem to be swapped" in got.refusals[1].reason


def test_properties_that_are_no_tags_are_kept_as_notes(read_text: Callable) -> None:
    only = read_text(
        "p.geojson",
        collection(feature(POINT, name="X", **{"Good for": "rain", "marker-color": "#f00"})),
    ).only
    assert only.notes == "Good for: rain"


def test_labelled_places_and_reviews_of_takeout(read_text: Callable) -> None:
    home = read_text(
        "Labelled places.json", collection(feature(POINT, name="Home", address="Katu 1"))
    ).only
    assert (home.name, home.address) == ("Home", "Katu 1")
    review = read_text(
        "Reviews.json",
        collection(
            feature(
                POINT,
                date="2024-03-02T10:00:00Z",
                five_star_rating_published=4,
                google_maps_url="http://maps.google.com/?cid=1",
                location={"name": "Engel", "address": "Katu 2"},
                review_text_published="Fine buns",
            )
        ),
    )
    assert review.format == "takeout"
    assert review.only.rating == 4
    assert review.only.visited is True
    assert review.only.notes == "Fine buns"


def test_the_old_form_of_saved_places(read_text: Callable) -> None:
    only = read_text(
        "Saved Places.json",
        collection(
            feature(
                {"type": "Point", "coordinates": [0, 0]},
                **{
                    "Google Maps URL": "http://maps.google.com/?cid=1",
                    "Location": {
                        "Address": "Katu 3",
                        "Business Name": "Regatta",
                        "Geo Coordinates": {"Latitude": "60.18", "Longitude": "24.91"},
                        "Country Code": "FI",
                    },
                    "Published": "2019-01-02T03:04:05Z",
                    "Title": "Cafe Regatta",
                },
            )
        ),
    ).only
    assert only.name == "Regatta"
    assert only.position == Position(60.18, 24.91)
    assert only.address == "Katu 3"
    assert only.added == dt.date(2019, 1, 2)


def test_the_archive_of_takeout_is_read_whole(read_text: Callable) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("Takeout/archive_browser.html", "<html></html>")
        zipped.writestr(
            "Takeout/Maps (your places)/Saved Places.json",
            collection(
                feature(
                    POINT, google_maps_url="http://maps.google.com/?cid=1", location={"name": "A"}
                )
            ),
        )
        zipped.writestr(
            "Takeout/Saved/Want to go.csv",
            "Title,Note,URL,Tags,Comment\nB,,https://www.google.com/maps/place/B/data=1,,\n",
        )
        zipped.writestr("Takeout/Other/settings.json", '{"language": "en"}')
    got = read_text("takeout.zip", buffer.getvalue())
    assert got.format == "takeout"
    assert got.names == ["A", "B"]
    assert got.findings[1].labels == ("Want to go",)


LIST = "Title,Note,URL,Tags,Comment\n{},,https://www.google.com/maps/place/{}/data=1,,\n"


def zipped_lists(*texts: str) -> bytes:
    """An archive of lists, stored as they are, so that a test can damage one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for number, text in enumerate(texts):
            ending = "csv" if text.startswith("Title") else "json"
            zipped.writestr(f"Takeout/Saved/list {number}.{ending}", text)
    return buffer.getvalue()


def test_a_damaged_file_of_an_archive_is_left_out_whole_and_named(read_text: Callable) -> None:
    # Two places are sound before the file breaks off; none of it may come in.
    whole = collection(feature(POINT, name="A"), feature(POINT, name="B"), feature(POINT, name="C"))
    cut = whole[: whole.index('"C"')]
    packed = zipped_lists(LIST.format("First", "First"), cut, LIST.format("Last", "Last"))
    got = read_text("takeout.zip", packed)
    assert got.names == ["First", "Last"]
    assert [finding.row for finding in got.findings] == [1, 2]
    assert [refusal.row for refusal in got.refusals] == [None]
    assert "list 1.json was left out whole: " in got.refusals[0].reason


def test_a_file_of_an_archive_whose_bytes_rotted_is_left_out_whole(read_text: Callable) -> None:
    packed = zipped_lists(LIST.format("First", "First"), LIST.format("Last", "Last"))
    got = read_text("takeout.zip", packed.replace(b"\nFirst", b"\nWorst", 1))
    assert got.names == ["Last"]
    assert "list 0.csv was left out whole: list 0.csv in takeout.zip is damaged" in (
        got.refusals[0].reason
    )


def test_an_archive_without_a_sound_file_is_refused(read_text: Callable) -> None:
    packed = zipped_lists(LIST.format("First", "First"), LIST.format("First", "First"))
    with pytest.raises(UnreadableFileError, match="No file in takeout") as caught:
        read_text("takeout.zip", packed.replace(b"\nFirst", b"\nWorst"))
    assert caught.value.next_step


CHECKIN = {
    "id": "1",
    "createdAt": 1703980800,  # 2023-12-31 00:00 in Greenwich
    "type": "checkin",
    "timeZoneOffset": -300,
    "shout": "best pie",
    "venue": {
        "id": "v1",
        "name": "Pie Place",
        "location": {"lat": 40.75, "lng": -73.99, "address": "607 9th Ave", "city": "New York"},
        "categories": [{"name": "Bakery", "primary": True}],
    },
}


def test_checkins_at_one_venue_are_one_place_visited_on_local_days(read_text: Callable) -> None:
    later = {**CHECKIN, "id": "2", "createdAt": "2024-02-03 12:00:00.000000", "shout": ""}
    bare = {
        "id": "3",
        "createdAt": "2024-02-04 12:00:00.000000",
        "type": "checkin",
        "timeZoneOffset": 0,
        "venue": {"id": "v2", "name": "Elsewhere"},
    }
    got = read_text("checkins.json", json.dumps({"count": 3, "items": [CHECKIN, later, bare]}))
    assert got.format == "swarm"
    pie, elsewhere = got.findings
    assert pie.position == Position(40.75, -73.99)
    assert pie.visited is True
    assert pie.visits == (dt.date(2023, 12, 30), dt.date(2024, 2, 3))
    assert pie.notes == "best pie"
    assert pie.category == "bakery"
    assert pie.address == "607 9th Ave, New York"
    assert elsewhere.position is None
    assert any("3 entries tell of 2 venues" in remark for remark in got.remarks)


def test_checkins_of_the_api_and_a_bad_one(read_text: Callable) -> None:
    bad = {
        **CHECKIN,
        "venue": {"id": "v3", "name": "Off the map", "location": {"lat": 140, "lng": 3}},
    }
    got = read_text(
        "api.json", json.dumps({"response": {"checkins": {"count": 2, "items": [CHECKIN, bad]}}})
    )
    assert got.names == ["Pie Place"]
    assert got.refusals[0].row == 2
    assert got.refusals[0].reason.startswith("Off the map: its latitude 140")


def test_tips_likes_and_lists_of_foursquare(read_text: Callable) -> None:
    venue = {"id": "v1", "name": "Kolme Kruunua", "url": "https://kolme.fi"}
    tips = {
        "items": [
            {
                "id": "t",
                "createdAt": "2020-01-01 00:00:00",
                "text": "Order the meatballs",
                "venue": venue,
            }
        ]
    }
    only = read_text("tips.json", json.dumps(tips)).only
    assert only.notes == "Order the meatballs"
    assert only.visited is None
    ratings = {"venueLikes": [venue], "venueDislikes": [{"id": "v9", "name": "Loud Bar"}]}
    liked, disliked = read_text("venueRatings.json", json.dumps(ratings)).findings
    assert (liked.labels, disliked.labels) == (("liked",), ("disliked",))
    lists = {"items": [{"id": "l", "name": "Soup", "listItems": {"items": [{"venue": venue}]}}]}
    assert read_text("lists.json", json.dumps(lists)).only.labels == ("Soup",)


@pytest.mark.parametrize(
    "text",
    ['{"type": "FeatureCollection", "features": [{"type"', '{"features": [1, 2', "{'a': 1}", '{"features": [}', '[{"a": 1}] trailing', '{"a" 1}'],
)  # fmt: skip
def test_broken_json_is_refused_whole(text: str, read_text: Callable) -> None:
    with pytest.raises(UnreadableFileError, match="no sound JSON"):
        read_text("p.geojson", text)


def test_pieces_are_the_same_however_the_text_is_cut() -> None:
    value = {
        "a": [1.5, -20, True],
        "features": [{"n": '\u00e9\\"x', "v": 12345}, None, [], 7],
        "z": {"b": "c"},
    }
    text = json.dumps(value, ensure_ascii=True, indent=1)

    class Slow(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            return super().read(min(size or 1, 3))

    fast = list(pieces(io.StringIO(text), frozenset({"features"})))
    slow = list(pieces(Slow(text), frozenset({"features"})))
    assert fast == slow
    assert [piece.value for piece in fast if piece.inside] == value["features"]
    assert {piece.path: piece.value for piece in fast if not piece.inside} == {
        ("a",): value["a"],
        ("z",): value["z"],
    }


def test_a_piece_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.library.importers.jsonstream.LARGEST_RECORD", 1000)
    with pytest.raises(BrokenJsonError, match="longer than 1,000 signs"):
        list(pieces(io.StringIO('{"a": "' + "x" * 1_000_000 + '"}'), frozenset()))
