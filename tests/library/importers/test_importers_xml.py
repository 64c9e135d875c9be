"""KML, KMZ and GPX of the programs that people use, and their oddities."""

from __future__ import annotations

import datetime as dt
import io
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest

from planner.domain import Position
from planner.errors import UnreadableFileError
from planner.library import importers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORGANIC = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://earth.google.com/kml/2.2">
<Document>
  <Style id="placemark-blue"><IconStyle><Icon><href>x.png</href></Icon></IconStyle></Style>
  <name>Summer</name>
  <visibility>1</visibility>
  <ExtendedData xmlns:mwm="https://omaps.app">
    <mwm:name><mwm:lang code="default">Summer</mwm:lang></mwm:name>
    <mwm:lastModified>2024-05-01T00:00:00Z</mwm:lastModified>
  </ExtendedData>
  <Placemark>
    <name>Our castle</name>
    <description>Bring a torch</description>
    <TimeStamp><when>2024-05-02T10:00:00Z</when></TimeStamp>
    <styleUrl>#placemark-blue</styleUrl>
    <Point><coordinates>24.9242,60.326859</coordinates></Point>
    <ExtendedData xmlns:mwm="https://omaps.app">
      <mwm:name>
        <mwm:lang code="default">Olavinlinna</mwm:lang>
        <mwm:lang code="sv">Olofsborg</mwm:lang>
      </mwm:name>
      <mwm:description><mwm:lang code="default">Bring a torch</mwm:lang></mwm:description>
      <mwm:featureTypes>
        <mwm:value>historic-castle</mwm:value>
        <mwm:value>historic-memorial</mwm:value>
        <mwm:value>amenity-place_of_worship-christian</mwm:value>
      </mwm:featureTypes>
      <mwm:customName><mwm:lang code="default">Our castle</mwm:lang></mwm:customName>
      <mwm:icon>Sights</mwm:icon>
      <mwm:visibility>1</mwm:visibility>
    </ExtendedData>
  </Placemark>
</Document>
</kml>"""


def test_organic_maps_gives_names_kinds_and_pins(read_text: Callable) -> None:
    only = read_text("Summer.kml", ORGANIC).only
    assert only.name == "Our castle"
    assert only.names == {"alt": "Olavinlinna", "sv": "Olofsborg"}
    assert only.notes == "Bring a torch"
    assert only.labels == ("Summer",)
    assert only.tags["historic"] == "castle;memorial"
    assert only.tags["amenity"] == "place_of_worship"
    assert only.tags["marker_colour"] == "blue"
    assert only.tags["marker_icon"] == "Sights"
    assert only.category is not None
    assert only.added == dt.date(2024, 5, 2)


MY_MAPS = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Helsinki trip</name>
<Folder><name>Day 1</name>
<Placemark><name>Löyly</name>
<description><![CDATA[<img src="https://x/y.jpg" height="200" /><br><br>sauna &amp; sea<br><a href="https://www.loylyhelsinki.fi/">site</a>]]></description>
<styleUrl>#icon-1577-0288D1-nodesc</styleUrl>
<ExtendedData><Data name="gx_media_links"><value><![CDATA[https://x/y.jpg]]></value></Data>
<Data name="Rating"><value>4</value></Data><Data name="Go with"><value>Anna</value></Data></ExtendedData>
<Point><coordinates>
            24.9302,60.1526,0
          </coordinates></Point></Placemark>
</Folder>
<Folder><name>Day 2</name><Folder><name>Rain</name>
<Placemark><name>By address</name><address>Katu 1, Helsinki</address></Placemark>
</Folder></Folder>
<Placemark><name>Track</name><gx:Track xmlns:gx="http://www.google.com/kml/ext/2.2"><gx:coord>24 60 0</gx:coord></gx:Track></Placemark>
<NetworkLink><Link><href>https://evil.example/more.kml</href></Link></NetworkLink>
</Document></kml>"""


def test_my_maps_gives_layers_notes_and_columns(read_text: Callable) -> None:
    got = read_text("trip.kml", MY_MAPS)
    sauna, address = got.findings
    assert sauna.position == Position(60.1526, 24.9302)
    assert sauna.labels == ("Helsinki trip", "Day 1")
    assert sauna.notes == "sauna & sea site; Go with: Anna"
    assert sauna.url == "https://www.loylyhelsinki.fi/"
    assert sauna.rating == 4
    assert sauna.tags["marker_colour"] == "#0288d1"
    assert address.position is None
    assert address.address == "Katu 1, Helsinki"
    assert address.labels == ("Helsinki trip", "Day 2", "Rain")
    assert "recorded track" in got.refusals[0].reason
    assert "Links to other files were not followed (1)." in got.remarks


def test_shapes_of_kml_become_points(read_text: Callable) -> None:
    text = """<kml><Placemark><name>Park</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
    24,60,0 25,60,0 25,61,0 24,61,0 24,60,0</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
    <Placemark><name>Street</name><LineString><coordinates>24,60 24.2, 60</coordinates></LineString></Placemark>
    <Placemark><name>Both</name><MultiGeometry><Point><coordinates>24,60</coordinates></Point></MultiGeometry></Placemark>
    <Placemark><name>Bad</name><Point><coordinates>north,60</coordinates></Point></Placemark>
    <Placemark><name>Wrong way round</name><Point><coordinates>60.17,124.94</coordinates></Point></Placemark></kml>"""
    got = read_text("p.kml", text)
    assert got.names == ["Park", "Street", "Both"]
    assert got.findings[0].position == Position(60.5, 24.5)
    assert got.findings[1].position.lon == pytest.approx(24.1)
    assert [refusal.row for refusal in got.refusals] == [4, 5]
    assert "seem to be swapped" in got.refusals[1].reason


def test_all_texts_of_an_archive_are_read_and_none_is_unpacked(
    tmp_path: Path, read: Callable
) -> None:
    path = tmp_path / "maps.kmz"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr(
            "doc.kml", "<kml><NetworkLink><Link><href>files/a.kml</href></Link></NetworkLink></kml>"
        )
        zipped.writestr("files/a.kml", "<kml><Placemark><name>A</name></Placemark></kml>")
        zipped.writestr(
            "../../never-unpacked.kml", "<kml><Placemark><name>B</name></Placemark></kml>"
        )
        zipped.writestr("files/pin.png", b"no picture")
    got = read(path)
    assert got.format == "kmz"
    assert got.names == ["A", "B"]
    assert [finding.row for finding in got.findings] == [1, 2]
    assert sorted(each.name for each in tmp_path.parent.rglob("never-unpacked.kml")) == []
    assert [each.name for each in tmp_path.iterdir()] == ["maps.kmz"]


OSMAND = """<?xml version='1.0' encoding='UTF-8'?>
<gpx version="1.1" creator="OsmAnd 4.7" xmlns="http://www.topografix.com/GPX/1/1" xmlns:osmand="https://osmand.net">
<wpt lat="60.17" lon="24.95"><time>2024-01-02T03:04:05Z</time><name>Engel</name><desc>&lt;p&gt;cake&lt;/p&gt;</desc><type>Cafés</type>
<extensions>
<osmand:amenity_type>sustenance</osmand:amenity_type><osmand:amenity_subtype>cafe</osmand:amenity_subtype>
<osmand:amenity_name_-_en>Cafe Engel</osmand:amenity_name_-_en>
<osmand:amenity_opening_hours>Mo-Su 08:00-22:00</osmand:amenity_opening_hours>
<osmand:osm_tag_wheelchair>yes</osmand:osm_tag_wheelchair>
<osmand:address>Aleksanterinkatu 26</osmand:address><osmand:hidden>true</osmand:hidden>
<osmand:visited_date>2024-05-06T07:08:09Z</osmand:visited_date>
</extensions></wpt></gpx>"""


def test_favourites_of_osmand_keep_what_the_map_knew(read_text: Callable) -> None:
    only = read_text("favorites.gpx", OSMAND).only
    assert only.category == "cafe"
    assert only.names == {"en": "Cafe Engel"}
    assert only.opening_hours == "Mo-Su 08:00-22:00"
    assert only.tags["wheelchair"] == "yes"
    assert only.address == "Aleksanterinkatu 26"
    assert only.labels == ("Cafés", "hidden")
    assert only.notes == "cake"
    assert (only.visited, only.visits) == (True, (dt.date(2024, 5, 6),))


def test_garmin_gives_address_and_phone(read_text: Callable) -> None:
    only = read_text(
        "g.gpx",
        """<gpx xmlns:gpxx="x"><wpt lat="60" lon="24"><name>A</name><extensions><gpxx:WaypointExtension>
        <gpxx:Categories><gpxx:Category>Food</gpxx:Category></gpxx:Categories>
        <gpxx:Address><gpxx:StreetAddress>Katu 1</gpxx:StreetAddress><gpxx:City>Turku</gpxx:City></gpxx:Address>
        <gpxx:PhoneNumber>+358 1</gpxx:PhoneNumber></gpxx:WaypointExtension></extensions></wpt></gpx>""",
    ).only
    assert only.labels == ("Food",)
    assert only.address == "Katu 1, Turku"
    assert only.tags == {"phone": "+358 1"}


def test_signs_that_xml_forbids_do_not_cost_the_file(read_text: Callable) -> None:
    got = read_text(
        "p.gpx",
        '<gpx><wpt lat="60" lon="24"><name>a\x1b[2Jb&#27;c&#0;&nbsp;d&eacute; &amp; &lt;e&gt;</name></wpt></gpx>',
    )
    assert "\x1b" not in got.only.name
    assert got.only.name.endswith("dé & <e>")


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("UTF-8", "cp1252"),
        ("ISO-8859-1", "latin-1"),
        ("UTF-16", "utf-16"),
        ("windows-1251", "cp1251"),
    ],
)
def test_an_encoding_is_believed_only_where_it_holds(
    declared: str, real: str, read_text: Callable
) -> None:
    name = "Музей искусства" if real == "cp1251" else "Café Ylä-Töölö"
    text = f'<?xml version="1.0" encoding="{declared}"?><gpx><wpt lat="60" lon="24"><name>{name}</name></wpt></gpx>'
    assert read_text("p.gpx", text.encode(real)).names == [name]


def test_waypoints_without_sound_positions_are_refused_alone(read_text: Callable) -> None:
    got = read_text(
        "p.gpx",
        '<gpx><wpt lat="x" lon="1"><name>A</name></wpt><wpt lat="1"/><wpt lat="91" lon="1"/>'
        '<wpt lat="NaN" lon="1"/><wpt lat="60" lon="24"><name>B</name></wpt></gpx>',
    )
    assert got.names == ["B"]
    assert [refusal.row for refusal in got.refusals] == [1, 2, 3, 4]


def test_a_track_of_any_length_needs_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "track.gpx"
    with path.open("w") as file:
        file.write("<gpx><trk><trkseg>")
        file.writelines(
            f'<trkpt lat="60.{n}" lon="24.{n}"><ele>1</ele></trkpt>' for n in range(8_000)
        )
        file.write('</trkseg></trk><wpt lat="60" lon="24"><name>end</name></wpt></gpx>')
    tracemalloc.start()
    items = list(importers.read(path).items)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(items) == 1
    assert peak < 3_500_000


@pytest.mark.parametrize("name", ["p.gpx", "p.kml"])
def test_another_root_is_refused_with_a_next_step(name: str, read_text: Callable) -> None:
    with pytest.raises(UnreadableFileError, match=r"no (GPX|KML)"):
        read_text(name, "<osm><node lat='1' lon='2'/></osm>", format=name[2:])


def test_a_torn_file_is_refused_whole(read_text: Callable) -> None:
    with pytest.raises(UnreadableFileError, match="line 2"):
        read_text("p.gpx", '<gpx><wpt lat="60" lon="24"><name>a</name></wpt>\n<wpt lat="60"')


def test_an_archive_that_is_torn_is_refused(read_text: Callable) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(
            "doc.kml", "<kml>" + "<Placemark><name>x</name></Placemark>" * 500 + "</kml>"
        )
    data = bytearray(buffer.getvalue())
    with pytest.raises(UnreadableFileError, match="no sound archive"):
        read_text("a.kmz", bytes(data[: len(data) // 2]))
    data[60:90] = b"\xff" * 30
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_text("b.kmz", bytes(data))
