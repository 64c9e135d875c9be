"""How quick the application is in a real pseudo-terminal: first frame, keys, the map.

    .venv/bin/python scripts/bench_screen.py [--home FOLDER] [--porto FILE.osm.pbf] [--nice N]

Each figure is of the whole program in a terminal of 120 by 40 (read with pyte, driven with
ptyprocess): from the moment of a key to the moment when the answer to it has come through. While
keys are pressed, a model tells a walk, or 100,000 places are searched. FOLDER keeps the homes that
are made for it; a second run with the same one begins at once. Where other work runs at the same
time, what was waited for it is no figure of the application: ``--nice -15`` lets the measured
program go before it (as root), and beside the time on the clock stands that on the processor.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import re
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import make_shaped_gguf
import psutil
import pyte
from bench_library import embed, findings, write_csv
from ptyprocess import PtyProcess

from planner import cities
from planner.cli.demo import DEMO_REQUEST
from planner.config import Home
from planner.itinerary.document import encode
from planner.language.embeddings import Embedder
from planner.library.arrivals import receive
from planner.library.grounds import Neighbourhood, open_grounds
from planner.library.importers import read
from planner.library.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS, COLUMNS = 40, 120
NOW = dt.datetime(2026, 11, 25, 9)
PATIENCE_S = 120.0
QUIET_S = 0.05
TARGETS_MS = {
    "first_frame": 700,
    "keys_reading": 50,
    "keys_telling": 50,
    "keys_search": 50,
    "map_porto": 40,
}
PROGRAM = (sys.executable, "-m", "planner")
LEAVE = b"\x11"
ESCAPE = "\x1b"
DOWN, UP, LEFT, RIGHT = "\x1b[B", "\x1b[A", "\x1b[D", "\x1b[C"
PORTO = "porto"
TELLER = "teller"
NOISE_SCALE = 2
WAYS = (RIGHT, RIGHT, DOWN, "+", "+", LEFT, UP, "-", "-", DOWN, RIGHT, "+", UP, "-")


class Terminal:
    """The application in a terminal, and what stands on its screen."""

    nice = 0

    def __init__(self, home: Path, *arguments: str) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment.pop("NO_COLOR", None)
        # As installed: compiled once, and not at each start.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = str(home.parent / "bytecode")
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.began = time.perf_counter()
        self._process = PtyProcess.spawn(
            [*PROGRAM, "--home", str(home), "--now", NOW.isoformat(), "tui", *arguments],
            env=environment,
            dimensions=(ROWS, COLUMNS),
            preexec_fn=lambda: os.nice(self.nice),
        )

    @property
    def worked(self) -> float:
        """How long the program was on a processor, in all its threads."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def take(self, timeout: float) -> float | None:
        """Take in what comes, and return when it came."""
        data, came = self._read(timeout)
        if came is not None:
            self._feed(data)
        return came

    def take_all(self, patience: float) -> float | None:
        """Take in what comes until nothing more does, and return when the last of it came.

        It is understood only afterwards: pyte takes longer for a frame than the application.
        """
        data, last = self._read(patience)
        came = last
        while came is not None:
            more, came = self._read(QUIET_S)
            data += more
            last = came or last
        if last is not None:
            self._feed(data)
        return last

    def _read(self, timeout: float) -> tuple[bytes, float | None]:
        ready, _, _ = select.select([self._process.fd], [], [], timeout)
        if not ready:
            return b"", None
        try:
            return os.read(self._process.fd, 1 << 16), time.perf_counter()
        except OSError:
            raise SystemExit(f"The application is gone:\n{self.text}") from None

    def _feed(self, data: bytes) -> None:
        # pyte does not know how terminals are asked for their ways.
        data = re.sub(rb"\x1b\[[?>=<][\d;]*[uptcmq]|\x1bP.*?\x1b\\", b"", data, flags=re.DOTALL)
        self._stream.feed(data)

    def until(self, holds: Callable[[], bool], what: str, patience: float = PATIENCE_S) -> float:
        """Wait for something to stand on the screen, and return when it came."""
        end = time.perf_counter() + patience
        came = time.perf_counter()
        while not holds():
            if time.perf_counter() > end:
                raise SystemExit(f"Waited in vain for {what}:\n{self.text}")
            came = self.take(0.5) or came
        return came

    def settle(self, seconds: float = 0.08) -> None:
        """Take in what comes within some time."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.take(left)

    def rest(self) -> None:
        """Let all that is under way come through."""
        while self.take(QUIET_S * 4) is not None:
            pass

    def press(self, keys: str) -> float:
        """Press keys, and return when."""
        pressed = time.perf_counter()
        self._process.write(keys.encode())
        return pressed

    def leave(self) -> int:
        """Leave as a person does, and return how the program ended."""
        self._process.write(LEAVE)
        end = time.perf_counter() + PATIENCE_S
        while self._process.isalive():
            ready, _, _ = select.select([self._process.fd], [], [], 0.1)
            if ready:
                try:
                    os.read(self._process.fd, 1 << 16)
                except OSError:
                    break
            if time.perf_counter() > end:
                self._process.kill(signal.SIGKILL)
        self._process.wait()
        return int(self._process.exitstatus or 0)


# --- what is measured ---


def first_frames(home: Path, runs: int) -> tuple[list[float], list[float]]:
    """Return how long each of some starts takes until the first frame stands, and its work.

    The very first start compiles the program and is not counted.
    """
    clock, work = [], []
    for number in range(runs + 1):
        terminal = Terminal(home, "--model", "none")
        came = terminal.until(lambda: "offline" in terminal.text, "the first frame")  # noqa: B023
        if number:
            work.append(terminal.worked)
            clock.append(came - terminal.began)
        terminal.rest()
        terminal.leave()
    return clock, work


def typed(terminal: Terminal, line: int, text: str) -> Iterator[float]:
    """Type a text into an empty line and yield how long each letter takes to stand there."""
    shown = ""
    for letter in text:
        pressed = terminal.press(letter)
        wanted = shown + letter
        came = terminal.until(
            lambda wanted=wanted: terminal.screen.display[line].strip() == wanted.strip(),  # type: ignore[misc]
            f"{wanted!r} in line {line}",
        )
        shown = wanted
        # A blank leaves nothing to see.
        if letter.strip():
            yield came - pressed
        terminal.settle()


def keys_while_generating(home: Path, keys: int) -> tuple[list[float], list[float]]:
    """Return how long keys take while a model reads a request, and while it tells the walk.

    Letters in the request line come and go while it reads; the timeline is gone through while it
    tells.
    """
    terminal = Terminal(home, "--model", TELLER)
    terminal.until(lambda: "offline" in terminal.text, "the first frame")
    terminal.press(DEMO_REQUEST)
    reading: list[float] = []
    telling: list[float] = []
    while len(reading) + len(telling) < 2 * keys:
        terminal.press("\r")
        terminal.until(lambda: _is_planning(terminal) or _is_telling(terminal), "the plan", 30)
        while _is_planning(terminal):
            for key in ("z", "\x7f"):
                line = terminal.screen.display[1]
                pressed = terminal.press(key)
                came = terminal.until(
                    lambda line=line: (  # type: ignore[misc]
                        terminal.screen.display[1] != line or not _is_planning(terminal)
                    ),
                    "a letter",
                )
                if _is_planning(terminal):
                    reading.append(came - pressed)
                terminal.settle()
        terminal.until(lambda: "stops ·" in terminal.text, "the walk")
        while _is_telling(terminal):
            before = _lit(terminal)
            # Always onward: after the last stop comes the first.
            pressed = terminal.press(DOWN)
            came = terminal.until(
                lambda before=before: _lit(terminal) != before,  # type: ignore[misc]
                "a move",
            )
            telling.append(came - pressed)
            terminal.settle()
        terminal.rest()
        terminal.press("/")
        terminal.rest()
    terminal.rest()
    status = terminal.leave()
    if status:
        raise SystemExit(f"It ended with {status}.")
    return reading, telling


def _is_planning(terminal: Terminal) -> bool:
    return any("Looking for" in line or "░" in line for line in terminal.screen.display[25:36])


def _is_telling(terminal: Terminal) -> bool:
    return "Esc stops" in terminal.text


def _lit(terminal: Terminal) -> tuple[int, ...]:
    """Return the rows of the timeline whose ground stands out."""
    grounds = [terminal.screen.buffer[row][4].bg for row in range(ROWS)]
    usual = statistics.mode(grounds)
    return tuple(row for row, ground in enumerate(grounds[4:34]) if ground != usual)


def keys_while_searching(home: Path, rounds: int) -> list[float]:
    """Return how long letters take in the library's search line while it searches."""
    terminal = Terminal(home, "--model", "none")
    terminal.until(lambda: "offline" in terminal.text, "the first frame")
    terminal.rest()
    terminal.press(ESCAPE)
    time.sleep(0.3)
    terminal.press("L")
    terminal.until(lambda: "search" in terminal.text and "Places" in terminal.text, "the library")
    time.sleep(2.0)
    terminal.rest()
    terminal.press("/")
    terminal.rest()
    found: list[float] = []
    for words in ("old church", "quiet cafe", "golden lion", "museum kaisa")[:rounds]:
        line = next(row for row in range(ROWS) if terminal.screen.cursor.y == row)
        found += typed(terminal, line, words)
        terminal.press("\x15")
        time.sleep(0.3)
        terminal.rest()
    terminal.leave()
    return found


def map_frames(home: Path, moves: int) -> list[float]:
    """Return how long each move of the wide map takes, to the last byte of its frame."""
    terminal = Terminal(home, "--model", "none")
    terminal.until(lambda: "OpenStreetMap" in terminal.text, "the map")
    terminal.rest()
    terminal.press("m")
    time.sleep(0.5)
    terminal.rest()
    found = []
    for number in range(moves):
        before = terminal.text
        pressed = terminal.press(WAYS[number % len(WAYS)])
        last = terminal.take_all(1.0)
        if last is not None and terminal.text != before:
            found.append(last - pressed)
    terminal.leave()
    return found


def drawn_frames(home: Path, moves: int) -> list[float]:
    """Return how long the map alone takes for each move, without a terminal."""
    import asyncio

    from planner.cli.context import Session
    from tui.app import FlaneurApp, set_aside
    from tui.desk import Desk
    from tui.widgets.map import MapView

    async def measure() -> list[float]:
        desk = Desk(Session(Home(home, home / "cache"), NOW), model="none", settled=set_aside)
        app = FlaneurApp(desk)
        found = []
        async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
            for _ in range(3):
                await app.workers.wait_for_complete()
                await pilot.pause()
            app.plan_screen.action_map()
            await pilot.pause()
            drawing = app.plan_screen.query_one(MapView)
            actions = {
                RIGHT: ("pan", (1, 0)), LEFT: ("pan", (-1, 0)), DOWN: ("pan", (0, 1)),
                UP: ("pan", (0, -1)), "+": ("zoom", (-2,)), "-": ("zoom", (2,)),
            }  # fmt: skip
            for number in range(moves):
                name, given = actions[WAYS[number % len(WAYS)]]
                began = time.perf_counter()
                getattr(drawing, f"action_{name}")(*given)
                drawing.draw()
                found.append(time.perf_counter() - began)
            await desk.close()
        return found

    return asyncio.run(measure())


# --- homes ---


def with_demo(folder: Path) -> Path:
    """Return a home with the demo city."""
    home = Home(folder / "demo", folder / "demo" / "cache").ensure()
    if not cities.exists(home, cities.DEMO_NAME):
        cities.build(cities.DEMO_NAME, cities.demo_extract(), home, Embedder.default())
    return home.root


def with_teller(folder: Path, gguf: Path | None) -> Path:
    """Return the home with the demo city and a model that tells; without one, noise of its shape.

    How long keys wait does not depend on what the model says.
    """
    root = with_demo(folder)
    if gguf is None:
        gguf = folder / "noise.gguf"
        if not gguf.exists():
            make_shaped_gguf.write(gguf, NOISE_SCALE)
    have = subprocess.run(
        [*PROGRAM, "--home", str(root), "models", "list", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    if TELLER not in {row["name"] for row in json.loads(have.stdout)}:
        subprocess.run(
            [*PROGRAM, "--home", str(root), "models", "add", TELLER, str(gguf)], check=True
        )
    return root


def with_library(folder: Path, size: int, seed: int) -> Path:
    """Return a home with the demo city and so many places of one's own."""
    root = folder / f"library-{size}"
    if (root / "ready").exists():
        return root
    home = Home(root, root / "cache").ensure()
    if not cities.exists(home, cities.DEMO_NAME):
        cities.build(cities.DEMO_NAME, cities.demo_extract(), home, Embedder.default())
    with Store.open(home.library, now=NOW) as store:
        file = root / "big.csv"
        write_csv(findings(size, random.Random(seed)), file)  # noqa: S311 - a draw
        linker = Neighbourhood(store.places, open_grounds([]))
        receive(store.places, read(file), linker=linker, now=NOW)
        embed(store, seed, Embedder.default().space)
        file.unlink()
    (root / "ready").touch()
    return root


def with_porto(folder: Path, extract: Path) -> Path:
    """Return a home with Porto in it and a walk there on the screen."""
    from planner.cli.context import Session
    from planner.domain import Wishes
    from planner.library.catalogue import Catalogue
    from planner.pipeline import Planner
    from tui.desk import TOLD

    home = Home(folder / PORTO, folder / PORTO / "cache").ensure()
    if not cities.exists(home, PORTO):
        embedder = Embedder.default()
        cities.build(PORTO, extract, home, embedder)
        city = cities.open_city(home, PORTO)
        planner = Planner(city, embedder.encode, Catalogue.load())
        document = planner.narrate(planner.plan("churches and a cafe", Wishes(), now=NOW))
        run = Session(home, NOW)
        cities.use(home, run.store, PORTO)
        run.store.set_setting(TOLD, encode(document, indent=0))
        run.close()
    return home.root


def figures(name: str, seconds: list[float]) -> dict[str, float]:
    ordered = sorted(each * 1000 for each in seconds)
    return {
        "name": name,
        "number": len(ordered),
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[max(round(0.95 * len(ordered)) - 1, 0)], 1),
        "worst_ms": round(ordered[-1], 1),
        "over": sum(each > TARGETS_MS.get(name, 1e9) for each in ordered),
        "target_ms": TARGETS_MS.get(name, 0),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="keeps what is made for the next run")
    parser.add_argument("--porto", type=Path, help="an extract of Porto, for the map")
    parser.add_argument("--gguf", type=Path, help="a model that tells (default: one of noise)")
    parser.add_argument("--size", type=int, default=100_000, help="places that are searched")
    parser.add_argument("--keys", type=int, default=150, help="keys while a model works")
    parser.add_argument("--runs", type=int, default=5, help="starts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--nice", type=int, default=0, help="of the measured program")
    parser.add_argument(
        "--only", choices=["first", "telling", "search", "map"], action="append", default=[]
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    Terminal.nice = given.nice
    wanted = given.only or ["first", "telling", "search", "map"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.home or Path(temporary)).absolute()
        rows = []
        if "first" in wanted:
            clock, work = first_frames(with_demo(folder), given.runs)
            rows += [figures("first_frame", clock), figures("first_frame_work", work)]
        if "telling" in wanted:
            reading, telling = keys_while_generating(with_teller(folder, given.gguf), given.keys)
            rows += [figures("keys_reading", reading), figures("keys_telling", telling)]
        if "search" in wanted:
            home = with_library(folder, given.size, given.seed)
            rows.append(figures("keys_search", keys_while_searching(home, 4)))
        if "map" in wanted and given.porto is not None:
            home = with_porto(folder, given.porto)
            rows.append(figures("map_porto", map_frames(home, 60)))
            rows.append(figures("map_porto_drawn", drawn_frames(home, 60)))
    if given.json:
        print(json.dumps(rows))
        return
    for row in rows:
        limit = f"  (limit {row['target_ms']} ms, over it: {row['over']})"
        print(
            f"{row['name']:<16} n {row['number']:>4}  median {row['median_ms']:>7} ms"
            f"  95 % {row['p95_ms']:>7} ms  worst {row['worst_ms']:>7} ms"
            f"{limit if row['target_ms'] else ''}"
        )


if __name__ == "__main__":
    main()
