"""Real people's walks: read as published, asked for in words, answered, and measured."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.errors import UnreadableFileError
from planner.evaluation import metrics, rivals, tours
from planner.evaluation.keeping import Kept, key_of
from planner.evaluation.measured import Measured
from planner.evaluation.tourlibrary import DETOUR, open_library
from planner.evaluation.tourrequests import PHRASINGS, tour_requests
from planner.evaluation.tours import Extent, run_tours
from planner.evaluation.visits import read_cities
from planner.language import rules
from planner.streets.attachment import attach
from planner.streets.geodesy import great_circle
from planner.streets.matrix import walk_matrix

if TYPE_CHECKING:
    from pathlib import Path

    from planner.language.embeddings import Embedder


def test_tours_are_read_as_published(visits_folder: Path) -> None:
    (city,) = read_cities(visits_folder)
    assert city.name == "Tiny"
    # In the order of the first photograph of each, however the rows lie; two places are no tour.
    assert {tour.person: tour.stops for tour in city.tours} == {
        "ann": ("1", "2", "3", "5"),
        "ben": ("1", "3", "4"),
        "dan": ("2", "7", "4"),
    }
    names = [each.name for each in city.attractions.values()]
    assert names[:5] == ["Old Museum", "Rose Park", "Schön Museum", "Lake Park", "New Museum"]


def test_popularity_counts_persons_and_not_the_one_left_out(visits_folder: Path) -> None:
    (city,) = read_cities(visits_folder)
    assert city.popularity()["3"] == 3
    assert city.popularity("ben") == {"1": 1, "2": 2, "3": 2, "4": 1, "5": 1, "6": 1, "7": 1}


def test_a_table_with_commas_is_read_too(visits_folder: Path) -> None:
    places = visits_folder / "POI-Tiny.csv"
    text = places.read_text(encoding="utf-8").replace(", Tiny", "").replace(";", ",")
    places.write_text("\ufeff" + text, encoding="utf-8")
    assert len(read_cities(visits_folder)[0].attractions) == 7


def test_a_place_that_stands_twice_is_one(visits_folder: Path) -> None:
    places = visits_folder / "POI-Tiny.csv"
    text = places.read_text(encoding="utf-8").replace("4;Lake_Park", "44;Lake_Park")
    again = "4;Lake_Park;50.0;10.03;Park\n"
    places.write_text(text + again, encoding="utf-8")
    (city,) = read_cities(visits_folder)
    assert len(city.attractions) == 7
    assert city.popularity()["44"] == 2


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("POI-Tiny.csv", "50.0;10.01", "north;10.01", 'line 3: "north" is no number'),
        ("POI-Tiny.csv", "50.0;10.01", "150.0;10.01", "no position on earth"),
        ("POI-Tiny.csv", "theme", "kind", "has no column theme"),
        ("userVisits-Tiny-allPOI.csv", '4000;5;"Museum"', '4000;9;"Museum"', "number 9"),
        ("userVisits-Tiny-allPOI.csv", ";5;4\n22", "\n22", "a value is missing"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line(
    visits_folder: Path, file: str, old: str, new: str, words: str
) -> None:
    path = visits_folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=words):
        read_cities(visits_folder)


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="holds no visits"):
        read_cities(tmp_path)


def test_a_request_tells_themes_and_ends_and_nothing_more(visits_folder: Path) -> None:
    (city,) = read_cities(visits_folder)
    said = {}
    for seed in range(30):
        for request in tour_requests(city, seed=seed):
            said[request.text] = request
    assert len({request.text for request in said.values()}) > len(PHRASINGS)
    for text, request in said.items():
        first, *between, last = (city.attractions[stop] for stop in request.tour.stops)
        assert first.name in text
        assert last.name in text
        assert not any(each.name in text for each in between)
        assert all(each.theme.casefold() in text for each in between)


def test_requests_are_the_same_each_time_and_a_sample_is_their_beginning(
    visits_folder: Path,
) -> None:
    (city,) = read_cities(visits_folder)
    assert tour_requests(city, seed=4) == tour_requests(city, seed=4)
    assert tour_requests(city, seed=4, most=2) == tour_requests(city, seed=4)[:2]


def test_a_saint_in_a_name_ends_no_sentence() -> None:
    """Cathedrals of Glasgow and Vienna, as the words of this suite name them."""
    said = rules.decompose(
        "Start at St. Mungo's Cathedral, end at Low Tower, one stop, museum.", now=tours.NOW
    )
    assert [(each.type, each.pos) for each in said.subrequests if each.mustsee] == [
        ("start", "St. Mungo's Cathedral"),
        ("end", "Low Tower"),
    ]


def test_straight_lines_are_taken_longer_and_nothing_is_on_the_way(
    visits_folder: Path, embedder: Embedder
) -> None:
    library = open_library(read_cities(visits_folder)[0], embedder.encode)
    positions = [place.position for place in library.city.places.values()]
    lat, lon = np.array([(spot.lat, spot.lon) for spot in positions]).T
    straight = great_circle(lat[:, None], lon[:, None], lat, lon)
    streets = library.city.streets
    measured = walk_matrix(streets, attach(streets, positions))
    np.testing.assert_allclose(measured, DETOUR * straight, rtol=1e-6, atol=0.01)
    np.testing.assert_allclose(library.metres, measured, rtol=1e-6, atol=0.01)


def test_a_city_is_as_well_known_as_its_visitors_make_it(
    visits_folder: Path, embedder: Embedder
) -> None:
    library = open_library(read_cities(visits_folder)[0], embedder.encode)
    known = library.known_by(library.visits.popularity("ben"))
    assert known.index.table.renown.tolist() == [0.5, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5]
    assert library.city.index.table.renown.max() == 0.0


def field(stops: int | None = 2, hours: float = 4) -> rivals.Field:
    """Five places on a line from the start at 0 to the end at 4 km, the far one most popular."""
    east = np.array([1000.0, 3000, 2000, 500, 9000, 0, 4000])
    return rivals.Field(
        metres=np.abs(east[:, None] - east),
        popularity=(5.0, 9, 7, 1, 20),
        stays=(1800,) * 5,
        start=5,
        end=6,
        stops=stops,
        budget_s=round(3600 * hours),
        speed_ms=4 / 3.6,
    )


def test_rivals_choose_as_they_are_named() -> None:
    assert rivals.most_popular(field()) == (4, 1)
    assert rivals.nearest(field()) == (3, 0)
    assert rivals.chosen("most popular", field(), draw="a") == (4, 1)
    assert rivals.chosen("nearest neighbour", field(), draw="a") == (3, 0)
    assert rivals.chosen("random", field(), draw="a") == rivals.at_random(field(), "a")
    assert sorted(rivals.chosen("IP", field(stops=2, hours=2.6), draw="a")) == [1, 2]
    with pytest.raises(ValueError, match="no rival 'nearest'"):
        rivals.chosen("nearest", field(), draw="a")
    assert rivals.at_random(field(), "a") == rivals.at_random(field(), "a")
    assert {rivals.at_random(field(), f"{n}") for n in range(200)} == set(
        itertools.permutations(range(5), 2)
    )


def test_the_ip_takes_the_most_popularity_that_the_time_allows() -> None:
    # 1 h for the way and half an hour a stop: in 2.6 h three fit, but not the far one (3.5 h).
    choice = field(stops=None, hours=2.6)
    assert sorted(rivals.orienteering(choice)) == [0, 1, 2]
    assert sorted(rivals.orienteering(field(stops=2, hours=2.6))) == [1, 2]


def test_the_ip_gets_the_time_of_the_nearest_stops_where_its_own_is_too_short() -> None:
    assert len(rivals.orienteering(field(stops=2, hours=0.5))) == 2


def test_rivals_without_a_number_fill_the_time() -> None:
    choice = field(stops=None, hours=2.6)
    # By popularity from 3 km back to 2 km; a third stop at 1 km would come too late.
    assert rivals.most_popular(choice) == (1, 2)
    assert rivals.nearest(choice) == (3, 0, 2)


METHODS = [each for each in tours.METHODS if not each.model]


def test_every_method_answers_every_request(visits_folder: Path, embedder: Embedder) -> None:
    results = run_tours(visits_folder, embedder.encode, methods=METHODS)
    assert results.methods == tuple(each.name for each in METHODS)
    (city,) = read_cities(visits_folder)
    walked = {tour.id: tour for tour in city.tours}
    for rows in results.by.values():
        assert {row.request for row in rows} == set(walked)
        for row in rows:
            tour = walked[row.request]
            assert not {tour.stops[0], tour.stops[-1]} & set(row.stops)
            assert row.rr == metrics.recall(row.stops, tour.interior)
            assert row.fr == 0.0
    for row in results.by["Tiny", "ours"]:
        # Understood whole: as many stops as asked for, in the shortest order.
        assert len(row.stops) == len(walked[row.request].interior)
        assert row.am == pytest.approx(0.0)


def test_the_popularity_a_method_sees_is_without_the_person(
    visits_folder: Path, embedder: Embedder
) -> None:
    (city,) = read_cities(visits_folder)
    library = open_library(city, embedder.encode)
    popular = next(each for each in METHODS if each.name == "most popular")
    (asked,) = (each for each in tour_requests(city) if each.tour.person == "dan")
    # Without Dan's visits the museums are ahead; with them his own tower would still be last.
    row = tours.answered(library, asked, popular, embedder.encode)
    assert row.stops == ("3",)


def test_a_second_run_measures_nothing_anew(
    visits_folder: Path, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept" / "tours.jsonl"
    some = METHODS[:2]
    first = run_tours(visits_folder, embedder.encode, methods=some, kept=kept)
    # As if the run had been killed while it wrote its last line.
    kept.write_bytes(kept.read_bytes()[:-9])
    answered, asked = tours.answered, []

    def count(*arguments: object, **rest: object) -> Measured:
        asked.append(arguments)
        return answered(*arguments, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(tours, "answered", count)
    second = run_tours(visits_folder, embedder.encode, methods=some, kept=kept)
    assert len(asked) == 1
    assert [row.stops for row in second.of("random")] == [row.stops for row in first.of("random")]
    run_tours(visits_folder, embedder.encode, methods=some, kept=kept)
    assert len(asked) == 1
    # Other data, other results.
    places = visits_folder / "POI-Tiny.csv"
    places.write_text(places.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    run_tours(visits_folder, embedder.encode, methods=some, kept=kept, extent=Extent(1, 1, 1))
    assert len(asked) == 3


def test_what_is_kept_comes_back_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    kept = Kept(file, Measured)
    row = Measured("1", ("a",), rr=0.5)
    kept.put(key_of("a", "b"), row)
    assert Kept(file, Measured).get(key_of("a", "b")) == row
    # Texts are not run into each other.
    assert Kept(file, Measured).get(key_of("ab")) is None
    assert file.stat().st_mode & 0o777 == 0o600


def test_cities_that_are_kept_aside_need_no_change(visits_folder: Path, embedder: Embedder) -> None:
    """Other letters in a file's name, and themes that nobody has heard of."""
    for old, new in (("POI-Tiny", "POI-Osak"), ("userVisits-Tiny-allPOI", "userVisits-Osak")):
        path = visits_folder / f"{old}.csv"
        text = path.read_text(encoding="utf-8").replace("Structure", "Roller Coaster & Ride's")
        path.rename(visits_folder / f"{new}.csv").write_text(text, encoding="utf-8")
    ours = [each for each in METHODS if each.name == "ours"]
    results = run_tours(visits_folder, embedder.encode, methods=ours)
    assert results.groups == ("Osaka",)
    assert all(row.stops for row in results.of("ours"))
