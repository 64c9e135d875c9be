"""Draws the README's picture: the real output of a plan in the demo city, as an SVG.

    .venv/bin/python scripts/picture.py [OUT.svg]

OUT defaults to docs/images/plan.svg. The demo city is set up in a temporary home.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import re
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from planner import cities
from planner.config import find_home
from planner.domain import Wishes
from planner.drawing.report import plan_report
from planner.language.embeddings import Embedder
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

ROOT = Path(__file__).parent.parent
REQUEST = "quiet bookshops and one good coffee, start at the cathedral, four hours, no crowds"
NOW = dt.datetime(2026, 11, 25, 9)
COLUMNS = 112


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "docs" / "images" / "plan.svg")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        home = find_home(folder)
        embedder = Embedder.default()
        cities.build(cities.DEMO_NAME, cities.demo_extract(), home, embedder)
        city = cities.open_city(home, cities.DEMO_NAME)
        planner = Planner(city, embedder.encode, Catalogue.load())
        document = planner.plan(REQUEST, Wishes(), now=NOW)
        streets = cities.street_lines(home, document)
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(Text(f'$ flaneur plan "{REQUEST}"\n', style="bold"))
    console.print(plan_report(document, width=COLUMNS, streets=streets))
    out.parent.mkdir(parents=True, exist_ok=True)
    svg = console.export_svg(title="flaneur", unique_id="flaneur")
    # The picture shows with the reader's own fonts: nothing of it is fetched from anywhere.
    out.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")
    print(out)


if __name__ == "__main__":
    main()
