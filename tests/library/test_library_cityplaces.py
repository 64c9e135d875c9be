"""Places that are read from the city file when they are asked for."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from planner.domain import Place, Position
from planner.errors import UnreadableFileError
from planner.library import cityplaces
from planner.library.cityfile import CityFile
from planner.library.cityplaces import CityPlaces, places_of_kinds

if TYPE_CHECKING:
    from pathlib import Path

PLACES = tuple(
    Place(
        f"osm:node/{n}",
        f"Place {n}",
        Position(60 + n / 100, 24.9),
        ("museum", "park", "cafe")[n % 3],
        names={"en": f"N{n}"} if n % 2 else {},
        tags={"a": "\u2028", "b": str(n)},
        osm=f"node/{n}",
        context=f"c{n}",
    )
    for n in range(20)
)
OWN = Place("mine:1", "Grandma's", Position(60.1, 24.9), "park", own=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    CityFile.create(tmp_path / "x.flaneur", name="x", places=PLACES, arrays={}, meta={}).close()
    return tmp_path / "x.flaneur"


def test_it_is_the_mapping_of_the_places(path: Path) -> None:
    places = CityPlaces(path)
    assert dict(places) == {place.id: place for place in PLACES}
    assert tuple(places.values()) == PLACES
    assert tuple(places) == tuple(place.id for place in PLACES)
    assert len(places) == 20
    assert "osm:node/3" in places
    assert "node/3" not in places
    assert 3 not in places
    assert places.get("nothing") is None
    with pytest.raises(KeyError):
        places["nothing"]


def test_own_places_lie_over_and_beside_it(path: Path) -> None:
    loved = replace(PLACES[4], favourite=True, category="bar")
    base = CityPlaces(path)
    places = base.with_own([loved, OWN])
    assert len(places) == 21
    assert places[loved.id] is loved
    assert places[OWN.id] is OWN
    assert list(places)[-1] == OWN.id
    assert [place.id for place in places.values()] == list(places)
    assert loved in places.values()
    assert {place.id for place in places.of_kinds({"bar"})} == {loved.id}
    assert loved.id not in {place.id for place in places.of_kinds({"park"})}
    assert OWN in places.of_kinds({"park"})
    assert places.own.keys() == {loved.id, OWN.id}
    assert not base[loved.id].favourite
    assert OWN.id not in base


def test_rows_are_read_in_the_order_asked_for(path: Path) -> None:
    places = CityPlaces(path)
    numbers = [places.number(f"osm:node/{n}") for n in (7, 2, 7, 19)]
    assert None not in numbers
    assert [place.name for place in places.at([n for n in numbers if n])] == [
        "Place 7", "Place 2", "Place 7", "Place 19",
    ]  # fmt: skip
    assert places.number("nothing") is None
    with pytest.raises(UnreadableFileError, match="no row"):
        places.at([99])


def test_places_of_kinds_and_of_objects(path: Path) -> None:
    places = CityPlaces(path)
    parks = places.of_kinds({"park", "no such"})
    assert {place.id for place in parks} == {p.id for p in PLACES if p.category == "park"}
    for each in (places, {place.id: place for place in PLACES}):
        assert {place.id for place in places_of_kinds(each, {"park"})} == {p.id for p in parks}
        assert not places_of_kinds(each, ())
    assert [place.id for place in places.of_osm(["node/5", "way/5"])] == ["osm:node/5"]


def test_no_more_than_so_many_are_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cityplaces, "KEPT", 3)
    places = CityPlaces(path)
    first = places["osm:node/0"]
    assert places["osm:node/0"] is first
    assert [place.id for place in places.at(range(1, 21))] == [place.id for place in PLACES]
    assert places["osm:node/0"] is not first
    assert places["osm:node/0"] == first


def test_threads_share_it(path: Path) -> None:
    places = CityPlaces(path)
    found: list[Place] = []

    def read() -> None:
        found.extend(places[place.id] for place in PLACES)
        found.extend(places.values())

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 160
    assert set(map(id, found)) >= {id(places[place.id]) for place in PLACES}


def test_a_city_that_is_replaced_on_disk_is_not_mistaken_for_this_one(path: Path) -> None:
    places = CityPlaces(path)
    CityFile.create(path, name="x", places=[OWN], arrays={}, meta={}).close()
    assert len(places) == 20
    assert places["osm:node/11"] == PLACES[11]
    places.close()


def test_damage_is_said_when_it_is_met(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b'{"en":"N3"}', b'{"en":"N3"]'))
    places = CityPlaces(path)
    assert places["osm:node/4"] == PLACES[4]
    with pytest.raises(UnreadableFileError, match="damaged"):
        places["osm:node/3"]
    with pytest.raises(UnreadableFileError, match="damaged"):
        CityPlaces(path.parent / "absent.flaneur")["x"]
