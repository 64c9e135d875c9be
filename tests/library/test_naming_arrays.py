"""Names compiled to arrays: the same answers, damage noticed, nothing read before it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain import Place, Position
from planner.library.nametable import NameTable
from planner.library.naming import NameIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

QUESTIONS = (
    "Helsinki Cathedral", "Ateneum Art Museum", "Akateminen Kirjakaupa", "Сенатская площадь", "café engel",
    "Espresso House", "museum", "Market Square", "Bar That Never Existed", "Hki Cathedral", "Savoy", "",
)  # fmt: skip


def _place(number: int, name: str, category: str = "museum") -> Place:
    return Place(str(number), name, Position(60.0, 25.0), category)


def test_arrays_answer_as_the_places_do(helsinki_names: NameIndex) -> None:
    again = NameIndex.from_arrays(helsinki_names.to_arrays())
    assert again is not None
    assert len(again) == len(helsinki_names)
    for text in QUESTIONS:
        assert again.find(text) == helsinki_names.find(text)
        assert again.best(text) == helsinki_names.best(text)
        assert again.is_name(text) == helsinki_names.is_name(text)


def test_arrays_are_numbers_and_small(helsinki_names: NameIndex) -> None:
    arrays = helsinki_names.to_arrays()
    assert {array.dtype.kind for array in arrays.values()} <= set("iuf")
    assert sum(array.nbytes for array in arrays.values()) < 400 * len(helsinki_names)


def test_read_only_arrays_will_do() -> None:
    arrays = NameIndex([_place(1, "Ateneum")]).to_arrays()
    for array in arrays.values():
        array.flags.writeable = False
    index = NameIndex.from_arrays(arrays)
    assert index is not None
    assert index.best("Ateneum") is not None


def test_an_empty_city_knows_no_names() -> None:
    index = NameIndex.from_arrays(NameIndex(()).to_arrays())
    assert index is not None
    assert len(index) == 0
    assert index.find("Ateneum") == ()
    assert index.around(Position(0, 0), 1000) == ()


def _damaged(arrays: dict[str, NDArray[Any]]) -> Iterator[dict[str, NDArray[Any]]]:
    for key, array in arrays.items():
        yield {other: value for other, value in arrays.items() if other != key}
        if len(array):
            yield {**arrays, key: array[:-1]}
    for key in ("place_of", "key_names", "word_names", "category_of"):
        wrong = arrays[key].copy()
        wrong[0] = 10_000
        yield {**arrays, key: wrong}
    for key in ("texts.starts", "word_starts"):
        wrong = arrays[key].copy()
        wrong[1] = 1 << 40
        yield {**arrays, key: wrong}
    yield {**arrays, "stamp": np.array([1], dtype=np.uint64)}


def test_damaged_and_stale_arrays_are_refused() -> None:
    arrays = NameIndex(
        [_place(1, "Ateneum"), _place(2, "Kiasma Theatre")], areas=["Kamppi"]
    ).to_arrays()
    assert NameTable.from_arrays(arrays) is not None
    refused = [NameTable.from_arrays(each) is None for each in _damaged(arrays)]
    # Of the hashes of areas any number is sound; all else must fit.
    assert refused.count(False) <= 1


def test_a_deferred_index_reads_at_the_first_question_only() -> None:
    calls: list[str] = []
    arrays = NameIndex([_place(1, "Ateneum")]).to_arrays()

    def read() -> dict[str, NDArray[Any]]:
        calls.append("arrays")
        return arrays

    def places() -> list[Place]:
        calls.append("places")
        return [_place(1, "Ateneum")]

    index = NameIndex.deferred(read, places)
    assert calls == []
    assert index.best("Ateneum") is not None
    assert index.best("Kiasma") is None
    assert calls == ["arrays"]


@pytest.mark.parametrize("arrays", [{}, {"stamp": np.array([1], dtype=np.uint64)}])
def test_a_file_without_compiled_names_is_compiled_from_its_places(
    arrays: dict[str, NDArray[Any]],
) -> None:
    index = NameIndex.deferred(lambda: arrays, lambda: [_place(1, "Ateneum")])
    assert index.best("Ateneum") is not None


def test_areas_outlive_a_change_of_the_dictionary() -> None:
    chapel = Place("1", "Kampin kappeli", Position(60, 25), "chapel", {"en": "Kamppi Chapel"})
    stale = {
        **NameIndex([chapel], areas=["Kamppi"]).to_arrays(),
        "stamp": np.array([1], dtype=np.uint64),
    }
    assert NameIndex.from_arrays(stale) is None
    for index in (
        NameIndex.deferred(lambda: stale, lambda: [chapel]),
        NameIndex.renewed(stale, [chapel]),
    ):
        assert index.best("Kamppi") is None
        assert index.best("Kamppi Chapel") is not None


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_names_are_compiled(names: list[str]) -> None:
    places = [_place(number, name) for number, name in enumerate(names)]
    arrays = NameIndex(places).to_arrays()
    index = NameIndex.from_arrays(arrays)
    assert index is not None
    for place in places:
        for match in index.find(place.name):
            assert 0 <= match.score <= 100


def test_places_around_come_nearest_first() -> None:
    index = NameIndex(
        [Place(str(n), f"P{n}", Position(60.0 + n / 1000, 25.0), "museum") for n in range(5)]
    )
    near = index.around(Position(60.0021, 25.0), 120)
    assert [place_id for place_id, _metres in near] == ["2", "3"]
    assert near[0][1] == pytest.approx(11.1, abs=0.5)


def test_what_is_named_after_a_district_is_not_that_district() -> None:
    chapel = Place("1", "Kampin kappeli", Position(60, 25), "chapel", {"en": "Kamppi Chapel"})
    assert NameIndex([chapel]).best("Kamppi") is not None
    index = NameIndex([chapel], areas=["Kamppi", "Kampen"])
    assert index.best("Kamppi") is None
    assert [match.place_id for match in index.find("Kamppi")] == ["1"]
    assert index.best("Kamppi Chapel") is not None
    museum = NameIndex([_place(1, "Ateneum Art Museum")], areas=["Ateneum"])
    assert museum.best("Ateneum") is not None


def test_a_station_counts_more_than_the_hotels_at_it() -> None:
    hotels = [
        _place(1, "Hotel Termini", "hotel"), _place(2, "Hotel Domus Termini", "hotel"),
        _place(3, "Roma Termini Suites", "hotel"), _place(4, "Ferramenta Termini", "hardware_shop"),
    ]  # fmt: skip
    index = NameIndex(hotels, towns=["Roma"])
    assert index.best("Termini") is None
    match = index.best("Hotel Termini")
    assert match is not None
    assert match.place_id == "1"
    station = NameIndex([*hotels, _place(5, "Stazione Termini", "station")], towns=["Roma"])
    match = station.best("Termini")
    assert match is not None
    assert match.place_id == "5"


def test_the_town_is_no_place_but_what_is_called_like_it_may_be_one() -> None:
    index = NameIndex(
        [_place(1, "Barceloneta", "station"), _place(2, "Barcelona", "hotel")], towns=["Barcelona"]
    )
    assert index.best("Barcelona") is None
    match = index.best("Barceloneta")
    assert match is not None
    assert match.place_id == "1"


@pytest.mark.parametrize("text", ["museo", "Kirche", "hôtel", "университет"])
def test_a_word_of_kind_in_another_language_names_no_place(text: str) -> None:
    index = NameIndex(
        [
            _place(1, "Helsingin kaupungintalo", "town_hall"), _place(2, "Helsingin museo"),
            _place(3, "Helsingin kirkko", "church"), _place(4, "Helsingin hotelli", "hotel"),
            _place(5, "Helsingin yliopisto", "school"),
        ],
        towns=["Helsinki"],
    )  # fmt: skip
    if text != "museo":
        assert index.best(text) is None
    assert index.best(f"{text} Helsinki") is not None


def test_spellings_of_one_sound_are_one_name_and_others_are_not() -> None:
    index = NameIndex([_place(1, "Hotel Kämp", "hotel"), _place(2, "The Cock", "restaurant")])
    match = index.best("Hotel Kaemp")
    assert match is not None
    assert match.place_id == "1"
    assert index.best("Cooks") is None
