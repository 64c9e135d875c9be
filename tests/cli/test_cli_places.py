"""A person's places on the command line: the published JSON, and what people see."""

from __future__ import annotations

import json
import shutil
import stat
from typing import TYPE_CHECKING, Any

import pytest

from planner.library.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.config import Home

    Run = Callable[..., tuple[int, str, str]]

LISTED = {
    "id", "name", "names", "lat", "lon", "category", "tags", "notes", "favourite", "visited",
    "never", "opening_hours", "sources",
}  # fmt: skip
CSV = """Name,Latitude,Longitude,Notes,Tags
Café Engel,60.16891,24.95174,window seat,breakfast
Nowhere Bar,,,nobody knows,
,,,without a name,
"""


def value(run: Run, *arguments: str) -> Any:
    code, out, err = run("places", *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "secret-folder" / "mine.csv"
    path.parent.mkdir()
    path.write_text(CSV, encoding="utf-8")
    return path


def test_an_import_tells_in_the_published_form(run: Run, home: Home, file: Path) -> None:
    rehearsed = value(run, "import", str(file), "--dry-run")
    assert value(run, "list") == []
    told = value(run, "import", str(file))
    assert told == rehearsed
    assert {"file", "format", "read", "added", "merged", "unlocated", "refused"} <= set(told)
    assert (told["file"], told["format"]) == ("mine.csv", "csv")
    assert told["read"] == told["added"] + told["merged"] + told["unlocated"] + len(told["refused"])
    assert (told["added"], told["merged"], told["unlocated"]) == (1, 0, 1)
    ((row, reason),) = ((each["row"], each["reason"]) for each in told["refused"])
    assert row == 4
    assert reason
    listed = value(run, "list")
    assert all(set(each) >= LISTED for each in listed)
    engel = listed[0]
    assert engel["sources"] == [{"file": "mine.csv", "row": 2, "format": "csv"}]
    assert (engel["notes"], engel["category"]) == ("window seat", "cafe")
    assert (listed[1]["lat"], listed[1]["lon"]) == (None, None)
    assert b"secret-folder" not in home.library.read_bytes()


def test_an_import_shows_what_wants_an_eye(run: Run, file: Path) -> None:
    code, out, err = run("places", "import", str(file), "--dry-run")
    assert code == 0
    assert "Café Engel" in out
    assert "would be added" in out
    assert "Nothing was changed" in err
    code, out, err = run("places", "import", str(file))
    assert "Nowhere Bar" in out
    assert "locate" in err
    code, out, _ = run("places", "import", str(file))
    assert "2 one with a place that is there" in out


@pytest.mark.parametrize("name", ["nothing.csv", "folder", "empty.csv"])
def test_a_file_that_cannot_be_read_is_refused_whole(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.csv").write_text("")
    code, out, err = run("places", "import", str(tmp_path / name))
    assert code in {1, 2}
    assert out == ""
    assert name in err


def test_a_place_is_added_found_changed_and_removed(run: Run) -> None:
    added = value(
        run, "add", "Anna's balcony", "--at", "60.1631,24.9402", "--label", "friends", "--note",
        "bring wine", "--rating", "4.5", "--minutes", "90", "--category", "garden",
    )  # fmt: skip
    place_id = added["id"]
    assert (added["labels"], added["visit_minutes"], added["own"]) == (["friends"], 90, True)
    assert value(run, "search", "anas balcony")[0]["id"] == place_id
    changed = value(
        run, "edit", place_id, "--name", "Balcony", "--label", "wine", "--label", "-friends",
        "--rating", "none", "--hours", "Sa 18:00-23:00", "--never",
    )  # fmt: skip
    assert (changed["name"], changed["labels"], changed["rating"]) == ("Balcony", ["wine"], None)
    assert changed["names"]["alt"] == "Anna's balcony"
    assert (changed["never"], changed["opening_hours"]) == (True, "Sa 18:00-23:00")
    assert value(run, "show", place_id) == changed
    assert value(run, "locate", place_id, "-33.86,151.2")["lat"] == -33.86
    _, out, _ = run("places", "show", place_id)
    assert "Balcony" in out
    assert run("places", "remove", place_id)[0] == 0
    assert value(run, "list") == []


def test_a_name_alone_is_looked_up_on_the_map(run: Run) -> None:
    added = value(run, "add", "Ateneum Art Museum", "--favourite")
    assert added["osm"]
    assert added["lat"] == pytest.approx(60.17, abs=0.01)
    hits = value(run, "search", "ateneum art museum")
    assert [hit["id"] for hit in hits if hit["osm"] == added["osm"]] == [added["id"]]


def test_what_is_there_is_not_added_twice(run: Run) -> None:
    first = value(run, "add", "Anna's balcony", "--at", "60.1631,24.9402", "--note", "wine")
    code, out, err = run(
        "places", "add", "Annas balcony", "--at", "60.1632,24.9403", "--favourite", "--json"
    )
    assert code == 0
    again = json.loads(out)
    assert (again["id"], again["favourite"], again["notes"]) == (first["id"], True, "wine")
    assert "already" in err
    elsewhere = value(run, "add", "Anna's balcony", "--at", "60.19,24.90")
    assert elsewhere["id"] != first["id"]


def test_a_place_of_the_map_can_be_marked(run: Run) -> None:
    found = next(hit for hit in value(run, "search", "ateneum") if not hit["own"])
    assert found["id"].startswith("osm:")
    marked = value(run, "edit", found["id"], "--favourite", "--note", "free on Fridays")
    assert marked["favourite"]
    assert not marked["own"]
    shown = value(run, "show", found["id"])
    assert (shown["id"], shown["notes"]) == (found["id"], "free on Fridays")
    assert shown["opening_hours"] == found["opening_hours"]
    assert value(run, "list") == []
    favourites = value(run, "search", "ateneum", "--favourite")
    assert [hit["id"] for hit in favourites] == [found["id"]]
    assert run("places", "remove", found["id"])[0] == 0
    assert not value(run, "show", found["id"])["favourite"]


def test_merge_and_unmerge(run: Run) -> None:
    one = value(run, "add", "Fazer", "--at", "60.168,24.947", "--note", "cake")
    other = value(run, "add", "Karl Fazer Café (old list)", "--at", "60.2,24.9", "--note", "tea")
    both = value(run, "merge", one["id"], other["id"])
    assert both["notes"] == "cake\ntea"
    assert both["merged_from"] == [other["id"]]
    code, _, err = run("places", "show", other["id"])
    assert code == 1
    assert one["id"] in err
    assert value(run, "unmerge", one["id"]) == [one, other]


def test_filters(run: Run) -> None:
    value(run, "add", "Jazz Cellar", "--at", "60.17,24.94", "--hours", "Mo-Su 18:00-23:00")
    value(run, "add", "Day Cellar", "--at", "60.17,24.94", "--visited")
    evening = ("--open-at", "2026-11-25T19:00")
    assert [hit["name"] for hit in value(run, "list", *evening)] == ["Jazz Cellar"]
    assert [hit["name"] for hit in value(run, "list", "--visited")] == ["Day Cellar"]
    assert [hit["name"] for hit in value(run, "list", "--not-visited")] == ["Jazz Cellar"]
    assert value(run, "list", "--near", "61.0,24.0") == []
    museums = value(run, "search", "art", "--category", "museums", "--limit", "5")
    assert museums
    assert all("museum" in hit["category"] for hit in museums)


def test_marks_on_places_of_the_map_are_listed_when_asked_for(run: Run) -> None:
    value(run, "add", "Jazz Cellar", "--at", "60.17,24.94", "--never")
    kiasma, ateneum = (
        next(hit for hit in value(run, "search", name, "--limit", "3") if hit["name"] == name)["id"]
        for name in ("Kiasma", "Ateneum")
    )
    value(run, "edit", kiasma, "--favourite", "--visited")
    value(run, "edit", ateneum, "--never")
    assert [hit["name"] for hit in value(run, "list")] == ["Jazz Cellar"]
    assert [hit["id"] for hit in value(run, "list", "--favourite")] == [kiasma]
    assert [hit["id"] for hit in value(run, "list", "--visited")] == [kiasma]
    assert [hit["name"] for hit in value(run, "list", "--never")] == ["Jazz Cellar", "Ateneum"]
    assert [hit["name"] for hit in value(run, "list", "--not-visited")] == ["Jazz Cellar"]
    assert [hit["id"] for hit in value(run, "search", "ateneum", "--never")] == [ateneum]
    code, out, err = run("places", "list")
    assert code == 0
    assert "Kiasma" not in out
    assert "You marked 2 places of the map too" in err


def test_fixed_points(run: Run) -> None:
    place = value(run, "add", "Hotel Torni", "--at", "60.1678,24.9387")
    assert value(run, "anchor", "Hotel", place["id"]) == [
        {"name": "hotel", "lat": 60.1678, "lon": 24.9387, "place_id": place["id"]}
    ]
    assert run("places", "anchor", "home", "-33.86,151.2")[0] == 0
    assert [point["name"] for point in value(run, "anchor")] == ["home", "hotel"]
    assert run("places", "anchor", "home", "--remove")[0] == 0
    assert run("places", "anchor", "home", "--remove")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["show", "mzzzz"], 1, "no place"),
        (["show", "osm:node/1"], 1, "no place"),
        (["edit", "mzzzz", "--favourite"], 1, "no place"),
        (["locate", "mzzzz", "60,24"], 1, "no place"),
        (["locate", "mzzzz", "somewhere"], 2, "LAT,LON"),
        (["locate", "mzzzz", "91.0,24.0"], 2, "LAT,LON"),
        (["add", "  "], 1, "name"),
        (["add", "X", "--rating", "9"], 1, "rating"),
        (["add", "X", "--rating", "many"], 2, "number"),
        (["add", "X", "--hours", "now and then"], 2, "hours"),
        (["add", "X", "--category", "blorp"], 2, "kind"),
        (["search", "x", "--category", "blorp"], 2, "kind"),
        (["search", "x", "--city", "atlantis"], 1, "no city"),
        (["merge", "mzzzz", "mzzzy"], 1, "no place"),
        (["unmerge", "mzzzz"], 1, "no place"),
        (["anchor", "hotel"], 2, "where"),
        (["anchor", "hotel", "mzzzz"], 1, "no place"),
        (["import", "x.csv", "--format", "tarot"], 2, "tarot"),
    ],
)
def test_mistakes_get_one_clear_message(
    run: Run, arguments: list[str], code: int, words: str
) -> None:
    given, out, err = run("places", *arguments)
    assert given == code, err
    assert words.casefold() in err.casefold()
    assert out == ""


def test_names_never_reach_the_terminal_as_commands(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "evil.csv"
    path.write_text(
        "name,lat,lon\n\x1b[31m[bold red]Evil\x1b]0;x\x07,60.1,24.9\n", encoding="utf-8"
    )
    _, out, err = run("places", "import", str(path), "--dry-run")
    run("places", "import", str(path))
    _, listed, _ = run("places", "list")
    for text in (out, err, listed):
        assert "\x1b" not in text
        assert "\x07" not in text
    assert "[bold red]Evil" in listed


def test_an_export_brings_everything_back(run: Run, home: Home, file: Path, tmp_path: Path) -> None:
    run("places", "import", str(file))
    value(run, "add", "Anna's balcony", "--at", "60.1,24.9", "--label", "friends", "--favourite")
    before = value(run, "list")
    ids = [each["id"] for each in before]
    for ending in ("csv", "geojson", "kml", "gpx"):
        target = tmp_path / f"out.{ending}"
        assert run("places", "export", str(target))[0] == 0
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert run("places", "export", str(target))[0] == 1
        assert value(run, "import", str(target))["merged"] == len(before)
        assert sorted(each["id"] for each in value(run, "list")) == sorted(ids)
        assert run("forget", "--places")[0] == 0
        assert value(run, "list") == []
        assert value(run, "import", str(target))["refused"] == []
        after = sorted(value(run, "list"), key=lambda each: ids.index(each["id"]))
        kept = ("name", "names", "lat", "lon", "notes", "labels", "favourite", "category")
        assert [[each[key] for key in kept] for each in after] == [
            [each[key] for key in kept] for each in before
        ], ending


def test_a_home_is_packed_forgotten_and_put_back(
    run: Run, home: Home, file: Path, tmp_path: Path
) -> None:
    run("places", "import", str(file))
    before = value(run, "list")
    packed = tmp_path / "home.zip"
    assert run("backup", str(packed))[0] == 0
    assert run("backup", str(packed))[0] == 1
    assert run("restore", str(packed))[0] == 1
    assert run("forget")[0] == 2
    code, out, _ = run("forget", "--all")
    assert code == 0
    assert "Forgotten" in out
    assert value(run, "list") == []
    shutil.rmtree(home.cities)
    assert run("restore", str(packed))[0] == 0
    assert value(run, "list") == before
    assert value(run, "search", "ateneum")


def test_the_doctor_mends_a_library(run: Run, home: Home, file: Path) -> None:
    run("places", "import", str(file))
    before = value(run, "list")
    with Store.open(home.library) as store:
        store.back_up("import")
    home.library.write_bytes(b"no database at all" * 300)
    code, out, err = run("places", "list")
    assert code == 1
    assert "doctor --repair" in err
    _, out, _ = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert checks["library"]["status"] == "fail"
    _, out, err = run("doctor", "--repair", "--json")
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert checks["library"]["status"] == "ok"
    assert "Repaired" in err
    assert value(run, "list") == before


def test_an_import_says_which_headings_it_does_not_use(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("name,lat,lon,zorble\nHere,60.1,24.9,x\n", encoding="utf-8")
    code, _, err = run("places", "import", str(path))
    assert code == 0
    assert "Not used: zorble." in err


def test_nothing_that_suits_is_not_nothing_at_all(run: Run) -> None:
    assert "import FILE" in run("places", "list")[2]
    value(run, "add", "Anna's balcony", "--at", "60.1631,24.9402")
    code, out, err = run("places", "list", "--visited")
    assert (code, out) == (0, "")
    assert "None of your places" in err
    assert "import FILE" not in err


def test_a_fixed_point_to_forget_must_be_named(run: Run) -> None:
    assert run("places", "anchor", "--remove")[0] == 2


def test_how_to_undo_a_merge_is_told_whole(run: Run) -> None:
    one = value(run, "add", "Anna's balcony", "--at", "60.1631,24.9402")["id"]
    other = value(run, "add", "Harbour steps", "--at", "60.17,24.96")["id"]
    value(run, "merge", one, other)
    code, _, err = run("places", "show", other)
    assert code == 1
    assert f"flaneur places unmerge {one}" in err
