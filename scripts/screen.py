"""Draws the README's second picture: the real screen of the application, as an SVG.

    .venv/bin/python scripts/screen.py [OUT.svg]

OUT defaults to docs/images/screen.svg. The demo city is set up in a temporary home.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import re
import tempfile
from pathlib import Path

from planner.cli.context import Session
from planner.cli.demo import DEMO_REQUEST
from planner.config import Home
from tui.app import FlaneurApp
from tui.desk import Desk
from tui.widgets.timeline import Timeline

ROOT = Path(__file__).parent.parent
NOW = dt.datetime(2026, 11, 25, 9)
SIZE = (120, 36)


async def draw(home: Path) -> str:
    desk = Desk(Session(Home(home, home / "cache"), NOW), model="none")
    app = FlaneurApp(desk)
    async with app.run_test(size=SIZE) as pilot:
        await app.workers.wait_for_complete()
        app.plan_screen.ask(DEMO_REQUEST)
        for _ in range(4):
            await pilot.pause()
            await app.workers.wait_for_complete()
        app.screen.query_one(Timeline).choose(1)
        await pilot.pause(0.2)
        svg = app.export_screenshot(title="flaneur")
        await desk.close()
    return svg


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "docs/images/screen.svg")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        svg = asyncio.run(draw(Path(folder)))
    # The picture shows with the reader's own fonts: nothing of it is fetched from anywhere.
    out.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")
    print(f"Wrote {out}.")


if __name__ == "__main__":
    main()
