"""The scripts that people are told to run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui import snapshots

ROOT = Path(__file__).parent.parent


def test_understanding_is_scored_for_every_way(data_folder: Path, tmp_path: Path) -> None:
    lines = (data_folder / "rd" / "dev.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "score.py").write_bytes((data_folder / "rd" / "score.py").read_bytes())
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "score_understanding.py", few],
        capture_output=True,
        text=True,
        check=True,
    )
    total = sum(len(json.loads(line)["subrequests"]) for line in lines)
    assert f"3 requests, {total} sub-requests" in done.stdout
    assert "\n| rules alone |" in done.stdout


@pytest.mark.slow
def test_the_picture_of_the_readme_is_drawn(tmp_path: Path) -> None:
    out = tmp_path / "plan.svg"
    subprocess.run([sys.executable, ROOT / "scripts" / "picture.py", out], check=True)
    svg = out.read_text(encoding="utf-8")
    words = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)).replace("&#160;", "")
    assert "©OpenStreetMapcontributors" in words
    assert "bookshop" in words
    assert re.findall(r"url\((?!#)[^)]*\)", svg) == []


@pytest.mark.slow
def test_the_picture_of_the_application_is_drawn(tmp_path: Path) -> None:
    out = tmp_path / "screen.svg"
    subprocess.run([sys.executable, ROOT / "scripts" / "screen.py", out], check=True)
    svg = out.read_text(encoding="utf-8")
    words = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg)).replace("&#160;", "")
    assert "©OpenStreetMapcontributors" in words
    assert "Ateneum" in words
    assert re.findall(r"url\((?!#)[^)]*\)", svg) == []
    # The README's picture shows the keys that there are.
    shown = (ROOT / "docs" / "images" / "screen.svg").read_text(encoding="utf-8")
    assert snapshots.words(snapshots.drawn(shown))[-1] == snapshots.words(snapshots.drawn(svg))[-1]
