"""Whatever a place is called, every format holds exactly that as a text, and nothing else of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import vobject
from defusedxml import ElementTree
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser

from planner.itinerary.exporters import Scenery, gpx, html, ics, kml, markdown
from planner.itinerary.exporters.journey import journey_of, named

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument
    from planner.itinerary.exporters.journey import Journey

NOW = dt.datetime(2026, 11, 20, 8, 30)
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})

names = st.text(st.characters(exclude_categories=["Cs"]), max_size=25) | st.text(
    "ab1 \t\n\r\x00\x1b*_`[]()<>#+-=~|\\&;!\"':,./{}%@$^é東🧁\u200d\u202e\u2028\ufffe", max_size=25
)


def called(walk: PlanDocument, name: str) -> Journey:
    """The walk, with one stop of that name and nothing else that is told."""
    stop = replace(walk.stops[0], name=name, why="")
    return journey_of(replace(walk, stops=(stop,), start=None, legs=()))


@settings(max_examples=60, deadline=None)
@given(name=names)
@example("1. a")
@example("\\")
@example("a*b*c **d** _e_")
@example("&amp; &lt; &#65;")
@example("a\\nb\\,c;d")
@example("www.evil.org http://evil.org/ <http://evil.org> a@b.org")
def test_a_name_is_a_text(walk: PlanDocument, name: str) -> None:
    journey = called(walk, name)
    told = named(name)
    for compose, form in (
        (gpx.compose(journey, now=NOW), "{http://www.topografix.com/GPX/1/1}wpt"),
        (kml.compose(journey), "{http://www.opengis.net/kml/2.2}Placemark"),
    ):
        (found,) = ElementTree.fromstring(compose).iter(form)
        assert found.findtext(form.rpartition("}")[0] + "}name") == f"1. {told}"
    (event,) = vobject.readOne(ics.compose(journey, now=NOW).decode()).vevent_list
    assert event.summary.value == told
    page = LexborHTMLParser(html.compose(journey, scenery=Scenery()))
    assert page.css_first("li.stop .name").text() == told
    assert page.css_first("g.mark title").text() == told
    (line,) = (
        [(part.type, part.content) for part in token.children]
        for token in MARKDOWN.parse(markdown.compose(journey))
        if token.children and token.children[0].content.startswith("10:10")
    )
    assert [part for part in line if part[0] != "text"] == [
        ("strong_open", ""),
        ("strong_close", ""),
    ]
    assert "".join(content for _, content in line) == f"10:10–10:30 1. {told}"
