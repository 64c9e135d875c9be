"""Walks as pages and notes: every text is there as text, and nothing comes from anywhere else."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from planner.drawing.amounts import format_distance, format_duration
from planner.itinerary.exporters import Scenery, write
from planner.itinerary.exporters.journey import geo_link
from planner.library.words import clean

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selectolax.lexbor import LexborNode

    from planner.itinerary.document import PlanDocument

ELEMENTS = set(
    "html head meta title style body header h1 h2 p figure svg g rect path circle text ol li div "  # noqa: SIM905
    "span bdi a section footer".split()
)
STREETS = tuple(
    ((24.93 + step / 1000, 60.16), (24.94 + step / 1000, 60.18)) for step in range(-5, 25)
)
SQUARE = ((24.93, 60.165), (24.96, 60.165), (24.96, 60.172), (24.93, 60.172), (24.93, 60.165))
HOLE = ((24.94, 60.167), (24.95, 60.167), (24.95, 60.17), (24.94, 60.17), (24.94, 60.167))
FAR = tuple((lon + 5, lat) for lon, lat in SQUARE)
SCENERY = Scenery(
    streets=(*STREETS, ((24.9, 60.1),)),
    water=((SQUARE, HOLE), (FAR,)),
    parks=((SQUARE,), (SQUARE,)),
    squares=((HOLE,),),
    shores=(SQUARE[:3],),
    rivers=(HOLE[:2],),
)


def nodes(parser: LexborHTMLParser) -> Iterator[LexborNode]:
    assert parser.root is not None
    yield from parser.root.traverse(include_text=False)


def spaced(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def page(plan: PlanDocument, tmp_path: Path, now: dt.datetime) -> str:
    write(plan, tmp_path / "walk.html", now=now, scenery=SCENERY)
    return (tmp_path / "walk.html").read_text(encoding="utf-8")


def test_a_page_asks_nothing_of_anywhere(page: str) -> None:
    parser = LexborHTMLParser(page)
    for node in nodes(parser):
        assert node.tag in ELEMENTS, node.tag
        for name, value in node.attributes.items():
            assert name not in {"src", "srcset", "data", "xlink:href", "action", "style"}
            assert not name.startswith("on")
            assert "//" not in (value or ""), (node.tag, name, value)
            if name == "href":
                assert re.fullmatch(r"geo:-?[\d.]+,-?[\d.]+", value or "")
    styles = "".join(node.text() for node in parser.css("style"))
    assert not re.search(r"url\(|@import|//|expression", styles)
    (policy,) = parser.css('meta[http-equiv="Content-Security-Policy"]')
    assert "default-src 'none'" in (policy.attributes["content"] or "")


def test_a_page_holds_the_plan(page: str, plan: PlanDocument) -> None:
    parser = LexborHTMLParser(page)
    stops = parser.css("li.stop")
    for number, (stop, node) in enumerate(zip(plan.stops, stops, strict=True), start=1):
        told = spaced(node.text())
        assert told.startswith(f"{number} ")
        assert f"{stop.arrive[11:16]}–{stop.depart[11:16]} {clean(stop.name)} " in told
        assert clean(stop.why) in told
        assert node.css_first("a").attributes["href"] == geo_link(stop.lat, stop.lon)
    ways = [spaced(node.text()) for node in parser.css("li.way")]
    for leg, told in zip(plan.legs, ways, strict=True):
        amount = f"{format_distance(leg.distance_m)} · {format_duration(leg.duration_s)} on foot"
        assert told.startswith(amount)
        assert ("by ferry" in told) == bool(leg.afloat[0])
        assert all(clean(step) in told for step in leg.steps)
    facts = parser.css_first("p.facts").text()
    assert format_distance(plan.totals.walk_m) in facts
    assert format_duration(plan.totals.elapsed_s) in facts
    assert clean(plan.request) in spaced(parser.css_first("header").text())
    assert "© OpenStreetMap contributors" in parser.css_first("footer").text()
    assert not {"\x00", "\x07", "\x1b", "\u202c", "\u202e", "\u2028", "\ufffe"} & set(page)


def test_the_map_shows_walk_and_city(page: str, plan: PlanDocument) -> None:
    parser = LexborHTMLParser(page)
    drawing = parser.css_first("figure svg")
    box = drawing.attributes.get("viewbox") or drawing.attributes.get("viewBox") or ""
    _, _, width, height = map(float, box.split())
    tracks = drawing.css("path.track")
    assert len(tracks) == sum(1 for leg in plan.legs if leg.path)
    assert len(drawing.css("path.ferry")) == sum(1 for leg in plan.legs if leg.afloat[0])
    for kind in ("street", "park", "square", "water", "shore"):
        assert len(drawing.css(f"path.{kind}")) == 1
    # Two parks of the same ground are one, and the island in the water is none.
    assert (drawing.css_first("path.park").attributes["d"] or "").count("z") == 1
    assert (drawing.css_first("path.water").attributes["d"] or "").count("z") == 2
    marks = drawing.css("g.mark")
    signs = [node.css_first("text").text() for node in marks]
    numbers = [str(number) for number in range(1, len(plan.stops) + 1)]
    assert [sign for sign in signs if sign.isdigit()] == numbers
    assert signs.count("S") == 1
    spots = [tuple(float(node.css("circle")[-1].attributes[key] or "") for key in ("cx", "cy")) for node in marks]  # fmt: skip
    for one, (x, y) in enumerate(spots):
        assert 0 < x < width
        assert 0 < y < height
        assert all(abs(x - a) + abs(y - b) > 20 for a, b in spots[:one])
    assert "© OpenStreetMap contributors" in drawing.text()


def test_a_code_says_where_a_stop_is(page: str, plan: PlanDocument) -> None:
    cv2 = pytest.importorskip("cv2", reason="opencv reads QR codes; it comes with flaneur[ocr]")
    import numpy as np

    parser = LexborHTMLParser(page)
    for stop, node in list(zip(plan.stops, parser.css("svg.qr"), strict=True))[:2]:
        size = 41
        light = np.ones((size, size), dtype=np.uint8)
        x, y = 0.0, 0.0
        lines = node.css("path")[-1].attributes["d"] or ""
        for sign, numbers in re.findall(r"([Mmh])([-\d. ]*)", lines):
            values = [float(value) for value in numbers.split()]
            if sign == "h":
                light[int(y), int(x) : int(x + values[0])] = 0
                x += values[0]
            else:
                x, y = (values[0], values[1]) if sign == "M" else (x + values[0], y + values[1])
        picture = np.kron(np.pad(light, 4, constant_values=1) * 255, np.ones((8, 8), np.uint8))
        told = cv2.QRCodeDetector().detectAndDecode(picture.astype(np.uint8))[0]
        assert told == geo_link(stop.lat, stop.lon)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[str, str]]:
    """Chromium without a network: what it makes of a page, and what it says on its console."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no Chromium is installed here")
    profile = tmp_path_factory.mktemp("profile")
    command = [
        found, "--headless", "--disable-gpu", "--no-sandbox", "--disable-dev-shm-usage",
        "--no-first-run", "--enable-logging=stderr", "--proxy-server=127.0.0.1:9",
        f"--user-data-dir={profile}", "--dump-dom",
    ]  # fmt: skip
    apart = ["unshare", "--user", "--net", "--map-root-user"]
    if shutil.which(apart[0]) and subprocess.run([*apart, "true"], check=False).returncode == 0:
        command = [*apart, *command]

    def show(address: str) -> tuple[str, str]:
        done = subprocess.run(
            [*command, address], capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout, done.stderr

    try:
        show("about:blank")
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"the Chromium that is here does not run: {type(error).__name__}")
    return show


def test_a_browser_shows_the_page_without_a_network(
    browser: Callable[[str], tuple[str, str]], page: str, tmp_path: Path
) -> None:
    seen, said = browser((tmp_path / "walk.html").as_uri())
    assert "CONSOLE" not in said
    assert len(LexborHTMLParser(seen).css("li.stop")) == page.count('<li class="stop">')


def test_markdown_holds_the_plan(plan: PlanDocument, tmp_path: Path, now: dt.datetime) -> None:
    write(plan, tmp_path / "walk.md", now=now)
    text = (tmp_path / "walk.md").read_text(encoding="utf-8")
    parser = MarkdownIt("gfm-like", {"linkify": False, "html": True})
    tokens = parser.parse(text)
    parts = [part for token in tokens for part in (token.children or [])]
    assert {part.type for part in parts} <= {
        "text", "strong_open", "strong_close", "em_open", "em_close", "link_open", "link_close",
        "softbreak", "text_special",
    }  # fmt: skip
    links = [part.attrs["href"] for part in parts if part.type == "link_open"]
    assert links == [geo_link(stop.lat, stop.lon) for stop in plan.stops]
    assert not {"html_block", "code_block", "fence", "hr", "table_open"} & {
        token.type for token in tokens
    }
    lines = [
        "".join(part.content for part in token.children or []) for token in tokens if token.children
    ]
    for number, stop in enumerate(plan.stops, start=1):
        times = f"{stop.arrive[11:16]}–{stop.depart[11:16]}"
        assert f"{times} {number}. {clean(stop.name)}" in lines
        assert clean(stop.why) in lines
    for leg in plan.legs:
        amount = f"{format_distance(leg.distance_m)} · {format_duration(leg.duration_s)} on foot"
        assert amount + " and by ferry" * bool(leg.afloat[0]) in lines
    assert clean(plan.request, limit=10**6) in lines
    assert lines[-1].startswith("© OpenStreetMap contributors")
