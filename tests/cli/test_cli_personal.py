"""The person first: own places, favourites, visits and fixed points in plans."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

QUIET = ("--model", "none", "--no-narrative", "--json")


def planned(run: Run, request: str, *options: str) -> dict[str, Any]:
    code, out, err = run("plan", request, *QUIET, *options)
    assert code == 0, err
    plan: dict[str, Any] = json.loads(out)
    assert plan["violations"] == []
    return plan


def names(plan: dict[str, Any]) -> list[str]:
    return [stop["name"] for stop in plan["stops"]]


def added(run: Run, name: str, *options: str) -> str:
    code, out, err = run("places", "add", name, *options, "--json")
    assert code == 0, err
    return str(json.loads(out)["id"])


@pytest.fixture
def hut(run: Run) -> str:
    """An own place on no map, near the station."""
    return added(
        run, "Mummolan näkötorni", "--at", "60.1712,24.9440", "--category", "viewpoint",
        "--minutes", "25",
    )  # fmt: skip


def test_an_own_place_is_planned_by_its_name_and_for_its_own_minutes(run: Run, hut: str) -> None:
    plan = planned(run, "see Mummolan näkötorni and one museum, 3 hours")
    stop = next(stop for stop in plan["stops"] if stop["place_id"] == hut)
    assert stop["required"]
    assert stop["osm"] is None
    begin, end = (stop[key].split("T")[1] for key in ("visit_from", "depart"))
    minutes = [int(text[:2]) * 60 + int(text[3:5]) for text in (begin, end)]
    assert minutes[1] - minutes[0] == 25


def test_from_mine_uses_own_places_only(run: Run, hut: str) -> None:
    added(run, "Ateneum")
    plan = planned(run, "museums and views", "--from", "mine", "--date", "2026-11-25")
    assert {"Mummolan näkötorni", "Ateneum"} == set(names(plan))
    assert hut in {stop["place_id"] for stop in plan["stops"]}


def test_from_mine_with_nothing_of_one_s_own_says_so(run: Run) -> None:
    code, out, _ = run("plan", "museums", "--from", "mine", *QUIET)
    assert code == 3
    plan = json.loads(out)
    assert "of your own" in plan["conflicts"][0]["text"]
    (way_out,) = plan["relaxations"]
    assert way_out["options"] == ["--from", "all"]
    planned(run, "museums", "--from", "mine", *way_out["options"], "--no-save")


def test_never_is_never_proposed(run: Run) -> None:
    first = planned(run, "one museum", "--no-save")
    chosen = first["stops"][0]["place_id"]
    code, _, err = run("places", "edit", chosen, "--never")
    assert code == 0, err
    again = planned(run, "one museum", "--no-save")
    assert chosen not in {stop["place_id"] for stop in again["stops"]}


def test_a_favourite_weighs_more(run: Run) -> None:
    favourite = "Suomen Pankin rahamuseo"
    options = ("--no-save", "--stops", "1", "--date", "2026-11-25")
    assert favourite not in names(planned(run, "one museum", *options))
    place = added(run, favourite)
    code, _, err = run("places", "edit", place, "--favourite")
    assert code == 0, err
    assert names(planned(run, "one museum", *options)) == [favourite]


def test_what_was_done_is_not_new(run: Run) -> None:
    plan = planned(run, "two museums")
    visited = {stop["place_id"] for stop in plan["stops"]}
    code, _, err = run("plans", "done", plan["plan_id"])
    assert code == 0, err
    again = planned(run, "two museums", "--new-only", "--no-save")
    assert visited.isdisjoint({stop["place_id"] for stop in again["stops"]})
    assert visited & {
        stop["place_id"] for stop in planned(run, "two museums", "--no-save")["stops"]
    }


def test_a_walk_starts_at_my_hotel(run: Run) -> None:
    code, _, err = run("places", "anchor", "hotel", "60.1699,24.9500")
    assert code == 0, err
    for words in ("one museum, start at my hotel", "one museum, from my hotel"):
        plan = planned(run, words, "--no-save")
        assert plan["start"]["name"] == "hotel"
        assert (plan["start"]["lat"], plan["start"]["lon"]) == (60.1699, 24.95)
    home = planned(run, "one museum", "--start", "hotel", "--loop", "--no-save")
    assert home["end"]["name"] == "hotel"


def test_corrected_hours_win(run: Run) -> None:
    plan = planned(run, "see the Ateneum", "--no-save", "--date", "2026-11-25")
    ateneum = next(stop for stop in plan["stops"] if stop["name"] == "Ateneum")
    assert ateneum["open"] == "yes"
    code, _, err = run("places", "edit", ateneum["place_id"], "--hours", "Sa-Su 10:00-12:00")
    assert code == 0, err
    code, out, _ = run("plan", "see the Ateneum", *QUIET, "--date", "2026-11-25", "--no-save")
    assert code == 3
    assert "closed" in json.loads(out)["conflicts"][0]["text"]
