"""The suites from the command line, on data that is made up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from planner.config import find_home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.config import Home

    Run = Callable[..., tuple[int, str, str]]

PLACES = """\
poiID;poiName;lat;long;theme
1;Old_Museum;50.0;10.00;Museum
2;Rose_Park;50.0;10.01;Park
3;New_Museum;50.0;10.02;Museum
"""
VISITS = """\
photoID;userID;dateTaken;poiID;poiTheme;poiFreq;seqID
1;ann;1000;1;Museum;5;1
2;ann;2000;2;Park;5;1
3;ann;3000;3;Museum;5;1
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of its own; these suites bring their cities."""
    monkeypatch.setenv("FLANEUR_OSM_CACHE", str(tmp_path / "osm_cache"))
    monkeypatch.setenv("FLANEUR_HOME", str(tmp_path / "home"))
    return find_home().ensure()


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    folder = tmp_path / "visits"
    folder.mkdir()
    (folder / "POI-Town.csv").write_text(PLACES, encoding="utf-8")
    (folder / "userVisits-Town.csv").write_text(VISITS, encoding="utf-8")
    return folder


def test_tours_are_measured_and_kept(run: Run, visits: Path) -> None:
    arguments = ("eval", "tours", "--data", f"{visits}", "--model", "none")
    code, out, _ = run(*arguments, "--json")
    assert code == 0
    rows = {row["method"]: row for row in json.loads(out)["rows"]}
    wanted = {"rr", "precision", "f1", "pairs_f1", "am", "ol", "ol_walked", "fr"}
    assert wanted <= rows["ours"].keys()
    assert rows["ours"]["rr"] == 1.0
    assert rows["ours"]["fr"] == 0.0
    assert "model alone" not in rows
    # What was kept is told again, with the seconds that it took then.
    code, again, _ = run(*arguments, "--json")
    assert (code, again) == (0, out)
    code, shown, _ = run(*arguments, "--requests", "1")
    assert code == 0
    assert "most popular" in shown


def test_what_is_no_data_is_refused(run: Run, tmp_path: Path) -> None:
    code, out, err = run("eval", "tours", "--data", f"{tmp_path}", "--model", "none")
    assert (code, out) == (1, "")
    assert "holds no visits" in err


def test_the_papers_tables_are_measured(run: Run, tmp_path: Path) -> None:
    places, walks = tmp_path / "poi.csv", tmp_path / "walks.csv"
    places.write_text(
        "id,name,longitude,latitude,category\n1,A Hall,10,50,museum\n2,B Park,10.01,50,park\n"
        "3,C Cafe,10.02,50,cafe\n",
        encoding="utf-8",
    )
    walks.write_text('user_request,itinerary\nmuseums,"[1]"\n', encoding="utf-8")
    code, out, _ = run(
        *("eval", "itinera", "--places", f"{places}", "--itineraries", f"{walks}"),
        *("--model", "none", "--json"),
    )
    assert code == 0
    rows = {row["method"]: row for row in json.loads(out)["rows"]}
    assert rows["ours"]["rr"] == 1.0


@pytest.mark.slow
def test_the_page_is_written(run: Run, visits: Path, tmp_path: Path) -> None:
    """Tours made up, walks over Helsinki alone, a judge of the embedded model's."""
    pytest.importorskip("matplotlib")
    data = tmp_path / "data" / "tours"
    data.mkdir(parents=True)
    visits.rename(data / "flickr")
    page = tmp_path / "docs" / "evaluation.md"
    code, _, err = run(
        "eval", "all", "--quick", "--data", f"{tmp_path / 'data'}", "--output", f"{page}"
    )
    assert code == 0, err
    text = page.read_text(encoding="utf-8")
    assert "## A judge (weak evidence)" in text
    for name in ("quality", "order", "walks"):
        assert (page.parent / "images" / f"evaluation-{name}.svg").is_file()
