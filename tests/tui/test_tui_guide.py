"""What the user guide says of the screens: its keys are those of the application."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tui.keys import every_key
from tui.themes import THEMES

GUIDE = (Path(__file__).parents[2] / "docs" / "user-guide.md").read_text(encoding="utf-8")
NAMES = {"/": "slash", "=": "equals_sign", "?": "question_mark", "+": "plus"}


def section(title: str) -> str:
    return re.split(r"(?m)^#{2,3} ", GUIDE.partition(f"### {title}")[2])[0]


def test_the_guide_tells_the_keys_of_places() -> None:
    rows = re.findall(r"(?m)^\| (`.*?) \|", section("Places, cities, models and settings"))
    told = {NAMES.get(key, key) for row in rows for key in re.findall(r"`(.+?)`", row)}
    there = {key.keys[0] for key in every_key({}) if key.group == "library"}
    assert told == there


def test_the_guides_settings_are_understood() -> None:
    said = tomllib.loads(section("Places, cities, models and settings").split("```")[1][5:])
    assert said["tui"]["theme"] in {theme.name for theme in THEMES}
    changed = {key.id: key for key in every_key(said["keys"])}
    assert changed["plan.swap"].keys == ("f6",)
    assert changed["library.take"].keys == ("space", "insert")
    assert all(changed[each].is_changed for each in said["keys"])
