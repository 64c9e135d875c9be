"""Saved walks on the command line: copied, compared, taken, removed."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

from planner.itinerary.document import (
    PlanDocument,
    SettingsPart,
    StopPart,
    TotalsPart,
    UnderstoodPart,
    encode,
)
from planner.library.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]

NOW = "2026-11-25T09:00"


def stop(number: int, place_id: str, name: str) -> StopPart:
    hour = f"2026-11-26T1{number}"
    return StopPart(
        place_id=place_id, name=name, lat=60.17, lon=24.94, category="museum",
        osm=place_id.removeprefix("osm:") if place_id.startswith("osm:") else None,
        arrive=f"{hour}:00:00", visit_from=f"{hour}:05:00", depart=f"{hour}:45:00",
        open="yes", score=0.5,
    )  # fmt: skip


def document(plan_id: str | None, *stops: StopPart) -> PlanDocument:
    return PlanDocument(
        status="ok", plan_id=plan_id, city="helsinki", request="museums",
        settings=SettingsPart(date="2026-11-26", start_time="10:00", hours=4.0),
        understood=UnderstoodPart(), stops=stops,
        totals=TotalsPart(walk_m=1200.0, walk_s=900, visit_s=4800, elapsed_s=6000),
    )  # fmt: skip


def save(home: Path, seed: int, *stops: StopPart) -> str:
    with Store.open(home / "library.sqlite") as store:
        return store.save_plan(
            created=dt.datetime.fromisoformat(NOW), city="helsinki", date=dt.date(2026, 11, 26),
            request="museums", stops=len(stops), walk_m=1200.0, elapsed_s=6000, seed=seed,
            document=lambda own: encode(document(own, *stops)),
        )  # fmt: skip


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any city: nothing here needs one."""
    monkeypatch.setenv("FLANEUR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def call(own_home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    from planner import cli

    def call_(*arguments: str) -> tuple[int, str, str]:
        code = cli.run(["--now", NOW, *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call_


def value(call: Run, *arguments: str) -> Any:
    code, out, err = call(*arguments, "--json")
    assert code == 0, err
    return json.loads(out)


ATENEUM = stop(0, "osm:node/1", "Ateneum")
KIASMA = stop(1, "osm:node/2", "Kiasma")
AMOS = stop(2, "osm:node/3", "Amos Rex")


def test_a_copy_is_a_plan_of_its_own(call: Run, own_home: Path) -> None:
    plan = save(own_home, 1, ATENEUM, KIASMA)
    first = call("plans", "duplicate", plan)[1].split()[-1].rstrip(".")
    second = call("plans", "duplicate", plan)[1].split()[-1].rstrip(".")
    assert len({plan, first, second}) == 3
    assert value(call, "plans", "show", first) == {
        **value(call, "plans", "show", plan),
        "plan_id": first,
    }
    assert len(value(call, "plans", "list")) == 3
    assert call("plans", "remove", first)[0] == 0
    assert call("plans", "show", first)[0] == 1
    assert call("plans", "remove", first)[0] == 1
    assert len(value(call, "plans", "list")) == 2


def test_two_plans_are_held_against_each_other(call: Run, own_home: Path) -> None:
    one = save(own_home, 1, ATENEUM, KIASMA)
    other = save(own_home, 2, AMOS, ATENEUM)
    told = value(call, "plans", "compare", one, other)
    assert told["both"] == ["Ateneum"]
    assert [side["only"] for side in told["plans"]] == [["Kiasma"], ["Amos Rex"]]
    assert [side["id"] for side in told["plans"]] == [one, other]
    assert told["same_order"] is True
    code, out, _ = call("plans", "compare", one, other)
    assert code == 0
    assert "= 10:00 Ateneum" in out
    assert "Amos Rex" in out


def test_a_walk_that_was_taken_feeds_back(call: Run, own_home: Path) -> None:
    engel = value(call, "places", "add", "Café Engel", "--at", "60.1689,24.9517")
    plan = save(own_home, 1, ATENEUM, stop(1, engel["id"], "Café Engel"))
    noted = value(call, "plans", "done", plan)
    assert [(each["name"], each["day"], each["new"]) for each in noted] == [
        ("Ateneum", "2026-11-26", True),
        ("Café Engel", "2026-11-26", True),
    ]
    assert [each["new"] for each in value(call, "plans", "done", plan)] == [False, False]
    own, of_the_map = value(call, "places", "list", "--visited")
    assert (own["id"], own["visits"]) == (engel["id"], ["2026-11-26"])
    assert (of_the_map["name"], of_the_map["visits"]) == ("Ateneum", ["2026-11-26"])
    with Store.open(own_home / "library.sqlite") as store:
        mark = store.places.of_map("node/1")
        assert mark is not None
        assert (mark.visited, mark.own) == (True, False)
    assert "2 visits" in call("plans", "done", plan, "--undo")[1]
    assert value(call, "places", "list", "--visited") == []


def test_a_stop_that_was_merged_meanwhile_is_found(call: Run, own_home: Path) -> None:
    one = value(call, "places", "add", "Engel", "--at", "60.1689,24.9517")
    other = value(call, "places", "add", "Kahvila", "--at", "60.1689,24.9517")
    plan = save(own_home, 1, stop(0, other["id"], "Engel Café"))
    value(call, "places", "merge", one["id"], other["id"])
    (noted,) = value(call, "plans", "done", plan)
    assert noted["id"] == one["id"]


def test_visits_stay_when_the_plan_goes(call: Run, own_home: Path) -> None:
    engel = value(call, "places", "add", "Café Engel", "--at", "60.1689,24.9517")
    plan = save(own_home, 1, stop(1, engel["id"], "Café Engel"))
    value(call, "plans", "done", plan)
    call("plans", "remove", plan)
    assert value(call, "places", "show", engel["id"])["visits"] == ["2026-11-26"]
