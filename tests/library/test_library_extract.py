"""Places out of real and broken OpenStreetMap files."""

from __future__ import annotations

import gzip
import itertools
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from planner.errors import UnreadableFileError
from planner.library.extract import read_places
from planner.library.kinds import is_nameless
from planner.library.naming import NameIndex

if TYPE_CHECKING:
    from pathlib import Path

    from planner.domain import Place

HEAD = '<?xml version="1.0"?><osm version="0.6">'


def _node(number: int, lat: float, lon: float, **tags: str) -> str:
    inner = "".join(
        f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items()
    )
    return f'<node id="{number}" version="1" lat="{lat}" lon="{lon}">{inner}</node>'


def _way(number: int, refs: list[int], **tags: str) -> str:
    inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    inner += "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
    return f'<way id="{number}" version="1">{inner}</way>'


def _file(folder: Path, *parts: str) -> Path:
    path = folder / "town.osm"
    path.write_text(HEAD + "".join(parts) + "</osm>", encoding="utf-8")
    return path


CORNERS = (
    _node(1, 60.0, 25.0),
    _node(2, 60.0, 25.001),
    _node(3, 60.001, 25.001),
    _node(4, 60.001, 25.0),
)
RING = [1, 2, 3, 4, 1]


def test_helsinki_has_the_expected_places(helsinki_places: tuple[Place, ...]) -> None:
    assert 1150 <= len(helsinki_places) <= 1350
    assert 500 <= sum(place.opening_hours is not None for place in helsinki_places) <= 560
    assert len({place.id for place in helsinki_places}) == len(helsinki_places)
    assert all(place.name and place.context and place.osm for place in helsinki_places)
    assert all(place.id == f"osm:{place.osm}" for place in helsinki_places)


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Helsingin tuomiokirkko", "cathedral"),
        ("Ateneum", "museum"),
        ("Amos Rex", "museum"),
        ("Senaatintori", "square"),
        ("Esplanadinpuisto", "park"),
        ("Kaisaniemen puisto", "park"),
        ("Kauppatori", "square"),
        ("Vanha Kauppahalli", "marketplace"),
        ("Helsingin päärautatieasema", "station"),
        ("Helsingin keskustakirjasto Oodi", "library"),
        ("Akateeminen Kirjakauppa", "bookshop"),
    ],
)
def test_known_places_are_of_their_kind(
    helsinki_places: tuple[Place, ...], name: str, category: str
) -> None:
    assert category in {place.category for place in helsinki_places if place.name == name}


def test_names_address_and_hours_are_kept(helsinki_places: tuple[Place, ...]) -> None:
    cathedral = next(p for p in helsinki_places if p.name == "Helsingin tuomiokirkko")
    assert cathedral.names["en"] == "Helsinki Cathedral"
    assert cathedral.names["old"] == "Suurkirkko"
    assert cathedral.opening_hours == "Jun-Aug: Su-Sa 09:00-24:00; Sep-May: Su-Sa 09:00-18:00"
    assert "Helsinki Cathedral" in cathedral.context
    assert not any(key.startswith("name") for key in cathedral.tags)
    assert any(p.address and "00100 Helsinki" in p.address for p in helsinki_places)


def test_the_station_is_one_place(helsinki_places: tuple[Place, ...]) -> None:
    stations = [place for place in helsinki_places if place.category == "station"]
    assert [place.name for place in stations] == ["Helsingin päärautatieasema"]


def test_a_point_inside_its_building_joins_it_and_keeps_its_tags(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        *CORNERS,
        _node(9, 60.0005, 25.0005, name="Muse", tourism="museum", opening_hours="24/7"),
        _way(5, RING, name="Muse", tourism="museum", building="yes"),
    )
    (place,) = read_places(path)
    assert place.opening_hours == "24/7"
    assert place.tags["building"] == "yes"


def test_two_branches_of_a_chain_in_one_house_stay_two(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        _node(8, 60.0, 25.0, name="Kahvi", amenity="cafe"),
        _node(9, 60.0001, 25.0, name="Kahvi", amenity="cafe"),
    )
    assert len(read_places(path)) == 2


def test_a_namesake_of_another_kind_or_far_away_stays(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        *CORNERS,
        _node(8, 60.0005, 25.0005, name="Muse", amenity="cafe"),
        _node(9, 60.005, 25.0005, name="Muse", tourism="museum"),
        _way(5, RING, name="Muse", tourism="museum"),
    )
    assert Counter(place.category for place in read_places(path)) == {"museum": 2, "cafe": 1}


def test_what_one_asks_for_on_the_way_needs_no_name(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        *CORNERS,
        _node(8, 60.01, 25.0, amenity="toilets", fee="no"),
        _node(9, 60.02, 25.0, amenity="toilets", access="private"),
        _node(10, 60.03, 25.0, amenity="restaurant"),
        _node(11, 60.04, 25.0, amenity="drinking_water"),
        _node(12, 60.05, 25.0, internet_access="wlan", amenity="cafe"),
        _way(5, RING, leisure="playground"),
    )
    found = {place.name: place for place in read_places(path)}
    assert found.keys() == {"Toilet", "Drinking water", "Playground"}
    assert all(is_nameless(place) for place in found.values())
    assert found["Toilet"].osm == "node/8"
    assert found["Toilet"].tags["fee"] == "no"
    assert found["Playground"].osm == "way/5"
    # No one can name them, so nothing is taken for their names.
    assert NameIndex(found.values()).best("Toilet") is None


def test_of_like_things_close_together_one_is_kept(tmp_path: Path) -> None:
    benches = [_node(20 + n, 60.0 + n * 0.0001, 25.0, amenity="bench") for n in range(40)]
    path = _file(tmp_path, *benches)
    places = read_places(path)
    north = sorted(place.position.lat for place in places)
    assert 3 <= len(places) <= 5
    assert all(after - before >= 0.001 for before, after in itertools.pairwise(north))
    # A named one stands for those beside it.
    path = _file(tmp_path, _node(9, 60.0, 25.0, amenity="bench", name="Aino's bench"), *benches[:9])
    assert [place.name for place in read_places(path)] == ["Aino's bench"]


def test_a_name_beside_noname_is_a_name(tmp_path: Path) -> None:
    path = _file(tmp_path, _node(9, 60.0, 25.0, amenity="bench", name="Eino", noname="yes"))
    assert not is_nameless(read_places(path)[0])


def test_the_point_of_a_bent_area_lies_inside(tmp_path: Path) -> None:
    import shapely

    ring = [(0, 0), (0, 9), (1, 9), (1, 1), (9, 1), (9, 0)]
    nodes = [_node(n, 60 + y / 1000, 25 + x / 1000) for n, (x, y) in enumerate(ring, start=1)]
    path = _file(tmp_path, *nodes, _way(5, [1, 2, 3, 4, 5, 6, 1], name="Bent", leisure="park"))
    (place,) = read_places(path)
    shape = shapely.Polygon([(25 + x / 1000, 60 + y / 1000) for x, y in ring])
    assert shape.contains(shapely.Point(place.position.lon, place.position.lat))


def test_a_relation_cut_off_by_the_extract_is_still_found(tmp_path: Path) -> None:
    relation = (
        '<relation id="7" version="1"><member type="way" ref="5" role="outer"/>'
        '<member type="way" ref="6" role="outer"/><tag k="type" v="multipolygon"/>'
        '<tag k="name" v="Tori"/><tag k="place" v="square"/></relation>'
    )
    (place,) = read_places(_file(tmp_path, *CORNERS, _way(5, [1, 2, 3]), relation))
    assert place.osm == "relation/7"
    assert 60.0 <= place.position.lat <= 60.001


def test_unnamed_gone_and_unknown_things_are_left_out(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        _node(1, 60.0, 25.0, amenity="cafe"),
        _node(2, 60.0, 25.0, name="Office", office="company"),
        _node(3, 60.0, 25.0, name="Empty", shop="vacant"),
        _node(4, 60.0, 25.0, name="Was", amenity="cafe", disused="yes"),
    )
    assert read_places(path) == ()


def test_the_box_keeps_what_lies_in_it(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        _node(1, 60.0, 25.0, name="In", amenity="cafe"),
        _node(2, 61.0, 25.0, name="Out", amenity="cafe"),
    )
    assert [place.name for place in read_places(path, bbox=(24.9, 59.9, 25.1, 60.1))] == ["In"]


def test_control_signs_never_travel_on(tmp_path: Path) -> None:
    path = _file(
        tmp_path, _node(1, 60.0, 25.0, name="A&#x202E;B&#x9;C&#x85;", amenity="cafe", x__y="&#x9;")
    )
    (place,) = read_places(path)
    assert place.name == "AB C"


def test_progress_is_told(helsinki_extract: Path) -> None:
    seen: list[int] = []
    read_places(helsinki_extract, bbox=(0, 0, 1, 1), progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] > 2000


@pytest.mark.parametrize("name", ["x.osm.pbf", "x.osm", "x.osm.gz", "x.osm.bz2", "x.txt"])
@pytest.mark.parametrize("content", [b"", b"hello world", b"<html></html>"])
def test_what_is_no_osm_file_is_refused_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=name):
        read_places(path)


def test_cut_off_files_and_entities_are_refused(tmp_path: Path, helsinki_extract: Path) -> None:
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(helsinki_extract.read_bytes()[:200_000])
    bomb = tmp_path / "bomb.osm"
    bomb.write_text('<!DOCTYPE x [<!ENTITY a "aaaa">]><osm version="0.6">&a;</osm>')
    packed = tmp_path / "cut.osm.gz"
    packed.write_bytes(gzip.compress(HEAD.encode() + b"</osm>" * 1)[:-12])
    for path in (cut, bomb, packed, tmp_path / "missing.osm"):
        with pytest.raises(UnreadableFileError) as caught:
            read_places(path)
        assert caught.value.next_step


@pytest.mark.parametrize(
    ("file", "least"),
    [
        ("amsterdam-fragment.osm.pbf", 3),
        ("barcelona-eixample.osm", 300),
        ("darmstadt-frankfurt.osm.pbf", 400),
        ("heidelberg-region.osm.pbf", 500),
        ("krems.osm.gz", 200),
        ("monaco.osm.pbf", 650),
        ("moscow.osm.gz", 60),
        ("porto.osm.pbf", 100),
        ("rome-esquilino.osm.pbf", 500),
    ],
)
def test_every_real_file_is_read(data_folder: Path, file: str, least: int) -> None:
    places = read_places(data_folder / "osm" / file)
    assert len(places) >= least
    assert all(-90 <= p.position.lat <= 90 and -180 <= p.position.lon <= 180 for p in places)
