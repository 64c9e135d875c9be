"""What is written is read back whole, in every format; nothing half-written is ever there."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
import stat
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.errors import StoreError, UsageError
from planner.library import importers
from planner.library.catalogue import Catalogue
from planner.library.exporters import ENDINGS, write
from planner.library.exporters.writing import as_finding
from planner.library.findings import Finding
from planner.library.holdings import Holding
from planner.library.words import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMATS = (".csv", ".geojson", ".kml", ".kmz", ".gpx")
KINDS = Catalogue.load()

FULL = Finding(
    name='=Café "Engel", Kallio',
    row=None,
    position=Position(60.169856, 24.952314),
    names={"fi": "Kahvila Engel", "alt:en": "Angel; Café"},
    category="cafe",
    tags={"amenity": "cafe", "addr:street": "Katu;tie", "note": "a=b; c=d"},
    labels=("cake; quiet", "[1]", "rainy day"),
    notes="<b>not markup</b> & -5 °C, said: “mmm” 🧁",
    description="sit by the window",
    rating=4.5,
    favourite=True,
    visited=False,
    never=None,
    visit_minutes=45,
    opening_hours='Mo-Fr 08:00-22:00; PH off "ask"',
    address="'=Aleksanterinkatu 26",
    url="https://engel.fi/?a=b&c=d",
    visits=(dt.date(2020, 1, 2), dt.date(2024, 2, 29)),
    osm="node/25",
    id="mabc",
    added=dt.date(2019, 12, 31),
)


def read_back(path: Path) -> list[Finding]:
    reading = importers.read(path)
    items = list(reading.items)
    assert all(isinstance(item, Finding) for item in items), items
    return [dataclasses.replace(item, row=None) for item in items if isinstance(item, Finding)]


@pytest.mark.parametrize("ending", FORMATS)
def test_every_field_comes_back(ending: str, tmp_path: Path) -> None:
    bare = Finding("Nowhere 東京")
    path = tmp_path / f"out{ending}"
    assert write([FULL, bare], path) == 2
    assert read_back(path) == [FULL, bare]


@pytest.mark.parametrize("ending", FORMATS)
def test_a_note_of_more_lines_than_are_looked_at_first_comes_back(
    ending: str, tmp_path: Path
) -> None:
    long = Finding("Kiasma", position=Position(60.1719, 24.9366), notes="0\n|" * 500 + "0", id="k")
    path = tmp_path / f"out{ending}"
    write([long], path)
    assert read_back(path) == [long]


# Everything a library may hold, and more: any script, control signs, emoji, empty and endless.
texts = st.text(max_size=60) | st.text(
    "aé東🧁'\"<>&=+-@;,|\t\n\x00\x1b\u202e\u2028[]{}() .0", max_size=30
)
endless = st.builds(
    lambda text, count: text * count, st.text(min_size=1, max_size=5), st.integers(200, 3000)
)
degrees = st.builds(
    Position,
    st.floats(-90, 90, allow_nan=False),
    st.floats(-180, 180, allow_nan=False),
).filter(lambda place: (place.lat, place.lon) != (0, 0))
holdings = st.builds(
    Holding,
    id=st.text("23456789bcdf", min_size=4, max_size=8),
    name=texts.filter(clean) | endless.filter(clean),
    position=st.none() | degrees,
    category=st.none() | st.sampled_from(sorted(KINDS.categories)),
    names=st.dictionaries(st.sampled_from(["fi", "en", "alt", "alt:en", "old"]), texts, max_size=3),
    tags=st.dictionaries(texts, texts, max_size=3),
    labels=st.lists(texts, max_size=3).map(tuple),
    notes=texts | endless,
    description=texts,
    rating=st.none() | st.integers(0, 10).map(lambda halves: halves / 2),
    favourite=st.booleans(),
    visited=st.booleans(),
    never=st.booleans(),
    visit_minutes=st.none() | st.integers(1, 600),
    opening_hours=st.none() | texts,
    address=st.none() | texts,
    url=st.none() | st.just("https://x.fi/a?b=c&d=%20") | texts,
    osm=st.none() | st.builds(lambda n: f"way/{n}", st.integers(1, 10**18)),
    first_seen=st.sampled_from(["", "2024-05-06", "2024-05-06T07:08:09"]),
    visits=st.lists(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), max_size=3, unique=True).map(tuple),
)  # fmt: skip


@pytest.mark.parametrize("ending", FORMATS)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(held=st.lists(holdings, max_size=4, unique_by=lambda holding: holding.id))
def test_any_library_comes_back(ending: str, held: Sequence[Holding], tmp_path: Path) -> None:
    path = tmp_path / f"out{ending}"
    write(held, path)
    expected = [as_finding(holding, KINDS) for holding in held]
    if held:
        # A waypoint needs a position: in GPX, places without one come last.
        assert {each.id: each for each in read_back(path)} == {each.id: each for each in expected}
    for holding, finding in zip(held, expected, strict=True):
        # The yardstick itself: what is written is the library's, made safe.
        assert finding.name == clean(holding.name, limit=300)
        assert finding.position == holding.position
        assert (finding.category, finding.rating, finding.id) == (
            holding.category,
            holding.rating,
            holding.id,
        )
        assert (finding.favourite or False) == holding.favourite


@pytest.mark.parametrize("ending", FORMATS)
def test_an_empty_library_is_written_and_read(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{ending}"
    assert write([], path) == 0
    assert list(importers.read(path).items) == []


def test_places_of_a_city_can_be_written(tmp_path: Path) -> None:
    place = Place(
        "osm:node/1", "Oodi", Position(60.17, 24.93), "library", osm="node/1", visited=True
    )
    write([place], tmp_path / "o.geojson")
    (only,) = read_back(tmp_path / "o.geojson")
    assert (only.name, only.osm, only.category, only.visited) == ("Oodi", "node/1", "library", True)


def test_other_programs_find_what_they_know(tmp_path: Path) -> None:
    for ending in FORMATS:
        write([FULL], tmp_path / f"o{ending}")
    with (tmp_path / "o.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["lat"], row["lon"], row["visited"]) == ("60.169856", "24.952314", "no")
    # No spreadsheet runs a name as a formula.
    assert row["name"].startswith("'=")
    feature = json.loads((tmp_path / "o.geojson").read_text())["features"][0]
    assert feature["geometry"] == {"type": "Point", "coordinates": [24.952314, 60.169856]}
    kml = (tmp_path / "o.kml").read_text()
    assert '<name>=Café "Engel", Kallio</name>' in kml
    assert "<coordinates>24.952314,60.169856</coordinates>" in kml
    assert zipfile.ZipFile(tmp_path / "o.kmz").namelist() == ["doc.kml"]
    gpx = (tmp_path / "o.gpx").read_text()
    assert '<wpt lat="60.169856" lon="24.952314">' in gpx
    assert "<type>cake; quiet</type>" in gpx


def test_the_same_places_make_the_same_file(tmp_path: Path) -> None:
    for ending in FORMATS:
        write([FULL], tmp_path / f"a{ending}")
        write([FULL], tmp_path / f"b{ending}")
        assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("before")

    def places() -> Any:
        yield FULL
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        write(places(), path)
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["o.csv"]


def test_what_is_written_is_private(tmp_path: Path) -> None:
    write([FULL], tmp_path / "o.kml")
    assert stat.S_IMODE((tmp_path / "o.kml").stat().st_mode) == 0o600


def test_an_unknown_ending_and_an_unwritable_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not tell a format"):
        write([FULL], tmp_path / "o.docx")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        write([FULL], tmp_path / "file" / "o.csv")
    assert set(FORMATS) <= set(ENDINGS)


@pytest.mark.parametrize("ending", FORMATS)
def test_lines_of_notes_and_a_name_told_twice_come_back(ending: str, tmp_path: Path) -> None:
    held = Holding(
        id="mabc",
        name="Café Engel",
        names={"en": "Café Engel", "fi": "Kahvila Engel"},
        notes="window seat\nclosed in July\n- cake",
    )
    path = tmp_path / f"out{ending}"
    write([held], path)
    (found,) = read_back(path)
    assert found.notes == held.notes
    assert found.names == held.names
