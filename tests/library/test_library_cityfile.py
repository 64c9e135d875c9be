"""One city as one file."""

from __future__ import annotations

import sqlite3
import stat
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from planner.domain import Place, Position, Source
from planner.errors import StoreError, UnreadableFileError
from planner.library.cityfile import ATTRIBUTION, CityFile

if TYPE_CHECKING:
    from pathlib import Path

PLACE = Place("osm:node/1", "Ateneum", Position(60.17, 24.94), "museum", {"en": "x"}, {"a": "b"},
              "Kaivokatu 2", "24/7", "node/1", "c", "n", True, False, True, (Source("f.pbf", None, "osm"),))  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
NAMES = st.dictionaries(TEXT, TEXT, max_size=4)
PLACES = st.lists(
    st.builds(
        Place,
        TEXT,
        TEXT,
        st.builds(Position, st.floats(-90, 90), st.floats(-180, 180)),
        TEXT,
        NAMES,
        NAMES,
        st.none() | TEXT,
        st.none() | TEXT,
        st.none() | TEXT,
        TEXT,
        TEXT,
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.lists(st.builds(Source, TEXT, st.none() | st.integers(1, 9), TEXT), max_size=2).map(
            tuple
        ),
    ),
    max_size=5,
    unique_by=lambda place: place.id,
)
ARRAYS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    npst.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.uint8, np.bool_]),
        npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    max_size=3,
)


def _create(path: Path, **changes: Any) -> CityFile:
    given: dict[str, Any] = {"name": "Helsinki", "places": [PLACE], "arrays": {}, "meta": {}}
    return CityFile.create(path, **{**given, **changes})


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=PLACES, arrays=ARRAYS, meta=NAMES)
def test_what_goes_in_comes_out(
    tmp_path: Path, places: list[Place], arrays: dict[str, np.ndarray], meta: dict[str, str]
) -> None:
    with _create(tmp_path / "x.flaneur", places=places, arrays=arrays, meta=meta) as city:
        assert city.places() == tuple(places)
        assert city.array_names() == tuple(sorted(arrays))
        for name, array in arrays.items():
            np.testing.assert_array_equal(city.array(name), array)
            assert city.array(name).dtype == array.dtype
        own = {"name", "schema", "attribution", "content"}
        assert {k: v for k, v in city.meta.items() if k not in own} == {
            k: v for k, v in meta.items() if k not in own
        }
        assert city.name == "Helsinki"


def test_counts_box_and_attribution(tmp_path: Path) -> None:
    arrays = {"embeddings": np.zeros((7, 3)), "one": np.array(1)}
    with _create(tmp_path / "x.flaneur", arrays=arrays, meta={"bbox": "1,2,3,4.5"}) as city:
        counts = city.counts()
        assert (counts["places"], counts["embeddings"], counts["one"]) == (1, 7, 1)
        assert counts["bytes"] == city.path.stat().st_size
        assert city.bbox == (1.0, 2.0, 3.0, 4.5)
        assert city.meta["attribution"] == ATTRIBUTION
        with pytest.raises(KeyError):
            city.array("nothing")
        with pytest.raises(ValueError, match="read-only"):
            city.array("embeddings")[0] = 1


def test_only_the_owner_may_read_it_and_nothing_is_left_beside(tmp_path: Path) -> None:
    _create(tmp_path / "new" / "x.flaneur").close()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x.flaneur"]
    assert stat.S_IMODE((tmp_path / "new" / "x.flaneur").stat().st_mode) == 0o600


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_the_old_city(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "x.flaneur"
    _create(path).close()
    before = path.read_bytes()

    def places() -> Any:
        yield PLACE
        raise error

    with pytest.raises(error):
        _create(path, places=places())
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["x.flaneur"]


def test_doubled_ids_and_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="same id"):
        _create(tmp_path / "x.flaneur", places=[PLACE, PLACE])
    with pytest.raises(ValueError, match="not numbers"):
        _create(tmp_path / "x.flaneur", arrays={"a": np.array([object()])})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        _create(tmp_path / "file" / "x.flaneur")


def test_foreign_damaged_newer_and_missing_files_are_refused(tmp_path: Path) -> None:
    good = tmp_path / "good.flaneur"
    _create(good, arrays={"a": np.zeros(5000)}).close()
    text = tmp_path / "text.flaneur"
    text.write_text("hello" * 999)
    empty = tmp_path / "empty.flaneur"
    empty.touch()
    foreign = tmp_path / "foreign.flaneur"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE meta (key, value)")
    other.close()
    newer = tmp_path / "newer.flaneur"
    newer.write_bytes(good.read_bytes())
    with sqlite3.connect(newer) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    for path in (text, empty, foreign, newer, tmp_path / "missing.flaneur", tmp_path):
        with pytest.raises(UnreadableFileError) as caught:
            CityFile.open(path)
        assert caught.value.next_step
    with pytest.raises(UnreadableFileError, match="newer version"):
        CityFile.open(newer)


def test_a_truncated_file_gives_an_error_for_people(tmp_path: Path) -> None:
    path = tmp_path / "x.flaneur"
    _create(path, arrays={"a": np.zeros(9000)}).close()
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(UnreadableFileError), CityFile.open(path) as city:
        city.array("a")


def test_a_whole_city_comes_back(tmp_path: Path, helsinki_places: tuple[Place, ...]) -> None:
    _create(tmp_path / "x.flaneur", places=helsinki_places).close()
    with CityFile.open(tmp_path / "x.flaneur") as city:
        assert city.places() == helsinki_places


def test_content_names_what_is_inside(tmp_path: Path) -> None:
    def content(**changes: Any) -> str:
        with _create(tmp_path / "x.flaneur", **changes) as city:
            city.check_content()
            return city.content

    plain = content(arrays={"a": np.zeros(3)})
    assert plain == content(arrays={"a": np.zeros(3)}, meta={"created": "later"}, name="Other")
    assert plain != content(arrays={"a": np.ones(3)})
    assert plain != content(arrays={"b": np.zeros(3)})
    assert plain != content(arrays={"a": np.zeros((3, 1))})
    assert plain != content(arrays={"a": np.zeros(3)}, places=[])


def test_a_city_that_lies_about_its_content_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "x.flaneur"
    _create(path, arrays={"a": np.zeros(3)}).close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE places SET name = 'Another'")
    other.close()
    with CityFile.open(path) as city, pytest.raises(UnreadableFileError, match="not hold"):
        city.check_content()


def test_cities_made_before_content_was_named_open_and_have_a_name(tmp_path: Path) -> None:
    path = tmp_path / "x.flaneur"
    _create(path).close()
    with sqlite3.connect(path) as other:
        other.execute("DELETE FROM meta WHERE key = 'content'")
    other.close()
    with CityFile.open(path) as city:
        city.check_content()
        assert city.places() == (PLACE,)
        first = city.content
    with CityFile.open(path) as city:
        assert city.content == first


def test_an_array_is_read_in_portions(tmp_path: Path) -> None:
    array = np.arange(30, dtype=np.float32).reshape(10, 3)
    with _create(tmp_path / "x.flaneur", arrays={"a": array, "none": array[:0]}) as city:
        assert city.shape("a") == (10, 3)
        portions = list(city.portions("a", 4))
        assert [len(portion) for portion in portions] == [4, 4, 2]
        np.testing.assert_array_equal(np.concatenate(portions), array)
        assert list(city.portions("none")) == []
        with pytest.raises(UnreadableFileError, match="no b"):
            city.shape("b")


def test_an_array_that_is_cut_short_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.flaneur"
    _create(path, arrays={"a": np.zeros((10, 3))}).close()
    with sqlite3.connect(path) as other:
        other.execute("UPDATE arrays SET data = substr(data, 1, 100)")
    other.close()
    with CityFile.open(path) as city, pytest.raises(UnreadableFileError, match="damaged"):
        list(city.portions("a", 4))
