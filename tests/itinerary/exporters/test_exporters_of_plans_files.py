"""A file of a walk is there whole or not at all, and only where there is a walk."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from planner import files
from planner.errors import FlaneurError, StoreError, UnreadableFileError, UsageError
from planner.itinerary.document import decode
from planner.itinerary.exporters import ENDINGS, NoWalkError, Scenery, write

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from planner.itinerary.document import PlanDocument


def test_json_is_the_plan(plan: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    write(plan, tmp_path / "walk.json", now=now)
    assert decode((tmp_path / "walk.json").read_bytes()) == plan


@pytest.mark.parametrize("ending", ENDINGS)
def test_writing_twice_gives_the_same(
    walk: PlanDocument, tmp_path: Path, now: dt.datetime, ending: str
) -> None:
    one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending.upper()}"
    write(walk, one, now=now)
    write(walk, two, now=now)
    assert one.read_bytes() == two.read_bytes()
    assert stat.S_IMODE(one.stat().st_mode) == files.PRIVATE_FILE


@pytest.mark.parametrize("name", ["walk", "walk.doc", "gpx", ".gpx"])
def test_an_unknown_ending_is_refused_with_the_known(
    walk: PlanDocument, tmp_path: Path, now: dt.datetime, name: str
) -> None:
    with pytest.raises(UsageError) as refused:
        write(walk, tmp_path / name, now=now)
    assert all(ending in str(refused.value) for ending in ENDINGS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_walk_is_refused(
    walk: PlanDocument, tmp_path: Path, now: dt.datetime, ending: str
) -> None:
    path = tmp_path / f"walk{ending}"
    path.write_text("before", encoding="utf-8")
    none = replace(walk, status="infeasible", stops=(), legs=())
    for plan, words in ((none, "cannot all be had"), (replace(walk, stops=(), legs=()), "no stop")):
        with pytest.raises(NoWalkError, match=words) as refused:
            write(plan, path, now=now)
        assert isinstance(refused.value, FlaneurError)
        assert refused.value.next_step
    assert path.read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_walk_without_stops_or_ways_is_written(
    walk: PlanDocument, tmp_path: Path, now: dt.datetime, ending: str
) -> None:
    to_end = replace(walk.legs[0], target="end")
    strolls = replace(walk, stops=(), legs=(to_end,), end=walk.start)
    write(strolls, tmp_path / f"stroll{ending}", now=now)
    write(replace(walk, legs=(), start=None), tmp_path / f"stops{ending}", now=now)
    single = replace(walk, stops=walk.stops[:1], legs=(), start=None)
    write(single, tmp_path / f"single{ending}", now=now)


def test_a_damaged_plan_is_refused(walk: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    stops = (replace(walk.stops[0], arrive="soon"), *walk.stops[1:])
    with pytest.raises(UnreadableFileError, match="soon"):
        write(replace(walk, stops=stops), tmp_path / "walk.gpx", now=now)


def test_a_failure_leaves_what_was_there(
    walk: PlanDocument, tmp_path: Path, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "walk.kml"
    write(walk, path, now=now)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "publish", full)
    with pytest.raises(StoreError, match="No space left"):
        write(replace(walk, request="other"), path, now=now)
    assert path.read_bytes() == before


def test_scenery_is_asked_for_a_page_alone(
    walk: PlanDocument, tmp_path: Path, now: dt.datetime
) -> None:
    asked = []

    def scenery() -> Scenery:
        asked.append(1)
        return Scenery()

    for ending in ENDINGS:
        write(walk, tmp_path / f"walk{ending}", now=now, scenery=scenery)
    assert asked == [1]
