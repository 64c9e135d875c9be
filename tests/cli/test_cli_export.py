"""Walks written to files from the command line."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from planner.itinerary.document import decode, encode
from planner.itinerary.exporters import ENDINGS
from planner.library.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.config import Home

    Run = Callable[..., tuple[int, str, str]]

WALK = decode((Path(__file__).parents[1] / "drawing" / "helsinki_walk.json").read_bytes())


def save(home: Home) -> str:
    with Store.open(home.library) as store:
        return store.save_plan(
            created=dt.datetime(2026, 11, 25, 9), city="helsinki", date=dt.date(2026, 11, 25),
            request=WALK.request, stops=5, walk_m=WALK.totals.walk_m,
            elapsed_s=WALK.totals.elapsed_s, seed=0,
            document=lambda own: encode(replace(WALK, plan_id=own, city="helsinki")),
        )  # fmt: skip


def test_a_saved_plan_is_written_in_every_format(run: Run, home: Home, tmp_path: Path) -> None:
    plan = save(home)
    for ending in ENDINGS:
        path = tmp_path / f"walk{ending.upper()}"
        code, out, err = run("plans", "export", plan, str(path))
        assert code == 0, err
        assert plan in out
        assert "OpenStreetMap" in path.read_text(encoding="utf-8") or ending == ".json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    shown = run("plans", "show", plan, "--json")[1]
    assert json.loads((tmp_path / "walk.JSON").read_text(encoding="utf-8")) == json.loads(shown)
    page = (tmp_path / "walk.HTML").read_text(encoding="utf-8")
    # The demo city's streets and parks lie behind the walk.
    assert 'class="street"' in page
    assert 'class="park"' in page


def test_a_plan_of_a_city_that_is_gone_has_a_page(run: Run, home: Home, tmp_path: Path) -> None:
    plan = save(home)
    assert run("city", "remove", "helsinki")[0] == 0
    assert run("plans", "export", plan, str(tmp_path / "walk.html"))[0] == 0
    page = (tmp_path / "walk.html").read_text(encoding="utf-8")
    assert 'class="street"' not in page
    assert 'class="track day1"' in page


def test_what_cannot_be_written_is_said(run: Run, home: Home, tmp_path: Path) -> None:
    plan = save(home)
    code, _, err = run("plans", "export", plan, str(tmp_path / "walk.doc"))
    assert code == 2
    assert all(ending in err for ending in ENDINGS)
    assert run("plan", "a park", "--output", str(tmp_path / "walk"))[0] == 2
    (tmp_path / "taken.gpx").mkdir()
    code, _, err = run("plans", "export", plan, str(tmp_path / "taken.gpx"))
    assert code == 1
    assert "cannot be written" in err
    assert run("plans", "export", "pxxx", str(tmp_path / "walk.gpx"))[0] == 1
    assert sorted(path.name for path in tmp_path.glob("*.gpx")) == ["taken.gpx"]


def test_a_walk_is_written_as_it_is_planned(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / "walk.json"
    arguments = ("plan", "a park", "--hours", "2", "--model", "none", "--json")
    code, out, err = run(*arguments, "--output", str(path))
    assert code == 0, err
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(out)


def test_no_walk_is_no_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "walk.gpx"
    arguments = ("--must", "Ateneum", "--date", "2026-11-23", "--model", "none", "--json")
    code, out, err = run("plan", "Ateneum", *arguments, "--output", str(path))
    assert code == 3, err
    assert json.loads(out)["status"] == "infeasible"
    assert "was not written" in " ".join(err.split())
    assert not path.exists()


def test_a_stop_is_shown_as_a_code(run: Run, home: Home) -> None:
    plan = save(home)
    code, out, err = run("plans", "show", plan, "--qr", "2")
    assert code == 0, err
    assert "2. Ateneum: geo:60.17018,24.94396" in out
    assert "█" in out
    code, _, err = run("plans", "show", plan, "--qr", "6")
    assert code == 2
    assert "5 stops" in err
    assert run("plans", "show", plan, "--qr", "1", "--json")[0] == 2


@pytest.mark.parametrize("ascii", [False, True])
def test_a_code_is_read(ascii: bool) -> None:  # noqa: A002
    cv2 = pytest.importorskip("cv2", reason="opencv reads QR codes; it comes with flaneur[ocr]")
    import numpy as np

    from planner.drawing.qr import qr_text

    link = "geo:60.17018,24.94396"
    drawn = qr_text(link, ascii=ascii)
    if ascii:
        assert drawn.plain.isascii()
        dark = [str(span.style) == "on black" for span in drawn.spans]
        rows = drawn.plain.split("\n")
        light = ~np.array(dark).reshape(len(rows), -1)
    else:
        halves = {"█": (1, 1), "▀": (1, 0), "▄": (0, 1), " ": (0, 0)}
        lines = [[halves[sign] for sign in line] for line in drawn.plain.split("\n")]
        light = np.array([[pair[half] for pair in line] for line in lines for half in (0, 1)])
    picture = np.kron(light.astype(np.uint8) * 255, np.ones((8, 8), dtype=np.uint8))
    picture = np.pad(picture, 32, constant_values=255)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == link
