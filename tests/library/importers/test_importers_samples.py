"""Every sample of other programs' files: counts, names, places and notes, as checked by hand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from planner.domain import Position

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.library.findings import Finding

# file: format, findings, with a position, a part of what is said of what is no place
EXPECTED = {
    "KML_Samples.kml": ("kml", 20, 19, "Overlays are pictures"),
    "Mojstrovka.gpx": ("gpx", 0, 0, "1 track (184 points) left out. It holds no waypoints"),
    "basecamp.gpx": ("gpx", 2, 2, "1 track (2 points) and 1 route (2 points)"),
    "geocaching.gpx": ("gpx", 9, 9, ""),
    "google_saved_places_2025.json": ("takeout", 3, 2, ""),
    "gpx1.0_with_all_fields.gpx": ("gpx", 2, 2, "2 tracks (1 point) and 2 routes (5 points)"),
    "gpx1.1_with_all_fields.gpx": ("gpx", 2, 2, "2 tracks (1 point) and 2 routes (5 points)"),
    "gpx_with_garmin_extension.gpx": ("gpx", 1, 1, ""),
    "kml-points.kml": ("kml", 9, 9, ""),
    "osmand2.gpx": ("gpx", 2, 2, ""),
    "small_world.kmz": ("kmz", 0, 0, "Links to other files were not followed (1)"),
    "takeout-list-helsinki.csv": ("takeout", 6, 0, ""),
    "unicode_with_bom.gpx": ("gpx", 1, 1, ""),
}


@pytest.fixture
def samples(data_folder: Path) -> Path:
    return data_folder / "places"


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_gives_all_its_places(name: str, samples: Path, read: Callable) -> None:
    format_, count, located, said = EXPECTED[name]
    got = read(samples / name)
    assert got.format == format_
    assert len(got.findings) == count
    assert sum(finding.position is not None for finding in got.findings) == located
    assert not got.refusals
    assert said in " ".join(got.remarks)
    assert bool(got.remarks) == bool(said)


def test_no_sample_is_left_out(samples: Path) -> None:
    assert {path.name for path in samples.iterdir()} == set(EXPECTED)


def named(findings: list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.name == name)


def test_saved_places_are_found_by_position_link_or_name(samples: Path, read: Callable) -> None:
    eye, pin, vatican = read(samples / "google_saved_places_2025.json").findings
    assert eye.name == "London Eye"
    assert eye.position == Position(51.5031864, -0.1195192)
    assert eye.address is not None
    assert eye.address.startswith("Riverside Building")
    assert eye.added == dt.date(2025, 11, 17)
    # Two of three stand at 0,0: one link has degrees, the other only a name.
    assert pin.position == Position(41.993752, 5.326894)
    assert vatican.name == "00120 Vatican City"
    assert vatican.position is None
    assert not pin.notes
    assert not vatican.notes


def test_a_list_of_google_keeps_notes_tags_and_comments(samples: Path, read: Callable) -> None:
    got = read(samples / "takeout-list-helsinki.csv")
    assert got.names == [
        "Ateneum Art Museum", "Helsinki Cathedral", "Old Market Hall", "Café Engel",
        "Academic Bookstore", "Bar That Never Existed",
    ]  # fmt: skip
    assert [finding.row for finding in got.findings] == [3, 4, 5, 6, 7, 8]
    assert named(got.findings, "Helsinki Cathedral").notes == "white steps at sunset"
    assert named(got.findings, "Café Engel").notes == "breakfast, window seat"
    assert "food" in named(got.findings, "Old Market Hall").labels
    assert "books" in named(got.findings, "Academic Bookstore").labels
    assert got.mapping == {
        "Title": "name", "Note": "notes", "URL": "url", "Tags": "labels", "Comment": "notes",
    }  # fmt: skip


def test_favourites_of_osmand_keep_group_kind_and_tags(samples: Path, read: Callable) -> None:
    base, brigade = read(samples / "osmand2.gpx").findings
    assert base.name == "Jednostka Wojskowa Nr 4393 i 4395"
    assert base.position == Position(52.0027434, 19.1427702)
    assert base.labels == ("Testowa",)
    assert base.tags["icao"] == "EPLY"
    assert base.tags["marker_colour"] == "#00ff00"
    assert base.address == "Brak określonego adresu"
    assert brigade.name == "Ochotnicza Straż Pożarna w Kaszewach Kościelnych"
    assert brigade.tags["amenity"] == "fire_station"


def test_every_field_of_a_waypoint_is_kept(samples: Path, read: Callable) -> None:
    for name, url in (
        ("gpx1.0_with_all_fields.gpx", None),
        ("gpx1.1_with_all_fields.gpx", "http://link3"),
    ):
        full, bare = read(samples / name).findings
        assert full.name == "example name"
        assert full.position == Position(12.3, 45.6)
        assert full.notes.startswith("example desc; example cmt")
        assert full.url == url
        assert full.labels == ("example type",)
        assert full.tags["ele"] == "75.1"
        assert full.tags["source"] == "example src"
        assert full.tags["marker_icon"] == "example sym"
        assert full.added == dt.date(2013, 1, 2)
        assert bare.name == "Place at 13.40000, 46.70000"
        assert bare.position == Position(13.4, 46.7)


def test_garmin_gives_its_categories(samples: Path, read: Callable) -> None:
    first, second = read(samples / "basecamp.gpx").findings
    assert (first.name, second.name) == ("Hwy 119", "Hwy 72")
    assert first.labels == ("Unlisted Data",)
    assert first.tags == {"marker_icon": "Flag, Blue"}


def test_geocaches_come_from_gpx_and_kml_alike(samples: Path, read: Callable) -> None:
    gpx = read(samples / "geocaching.gpx").findings
    kml = read(samples / "kml-points.kml").findings
    assert [finding.name for finding in gpx] == [finding.name for finding in kml]
    assert gpx[6].notes == "Shy's Hill by FireFighterEng33"
    for one, other in zip(gpx, kml, strict=True):
        assert one.url == other.url
        assert one.position.lat == pytest.approx(other.position.lat, abs=1e-6)
        assert one.position.lon == pytest.approx(other.position.lon, abs=1e-6)
    assert kml[0].labels == ("GPS device", "Waypoints")


def test_lines_areas_and_placeless_placemarks_of_google_earth(
    samples: Path, read: Callable
) -> None:
    findings = read(samples / "KML_Samples.kml").findings
    assert named(findings, "Simple placemark").position == Position(
        37.42228990140251, -122.0822035425683
    )
    assert named(findings, "Simple placemark").labels == ("KML Samples", "Placemarks")
    html = named(findings, "Descriptive HTML")
    assert html.position is None
    assert html.notes.startswith("Click on the blue link! Placemark descriptions")
    assert "<" not in html.notes
    pentagon = named(findings, "The Pentagon").position
    # On the building, and not in its court.
    assert pentagon.lat == pytest.approx(38.871, abs=0.002)
    assert pentagon.lon == pytest.approx(-77.056, abs=0.003)
    assert sum("Paths" in finding.labels for finding in findings) == 6
    assert sum("Polygons" in finding.labels for finding in findings) == 9


def test_a_mark_of_byte_order_is_no_part_of_the_file(samples: Path, read: Callable) -> None:
    only = read(samples / "unicode_with_bom.gpx").only
    assert only.name == "test"
    assert only.position == Position(43.309634, 3.515386)
    assert only.notes == "test desc; 69.26474016"
    assert only.tags["ele"] == "-14.6"
