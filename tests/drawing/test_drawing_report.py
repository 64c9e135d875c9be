"""A plan as people read it: complete, honest, safe, and never wider than it may be."""

# ruff: noqa: A002, PLR0917 - arguments are fixtures and parameters by name

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from planner.drawing.report import plan_report
from planner.drawing.timeline import opening_words, timeline
from planner.itinerary.document import (
    AnchorPart,
    ConflictPart,
    LeftOutPart,
    LegPart,
    NarrativePart,
    RelaxationPart,
    SubRequestPart,
    UnderstoodPart,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.itinerary.document import PlanDocument

replace = msgspec.structs.replace

AWKWARD = (
    "東京国立博物館の日本庭園と茶室",
    "[bold]Café[/bold] \x1b[31mred\x07",
    "מוזיאון ישראל לאמנות",
    "👨\u200d👩\u200d👧 Family Park 🇫🇮 ❤\ufe0f",
    "A museum whose name goes on and on and never ends before the table does, however wide it is",
)


def renamed(document: PlanDocument, names: tuple[str, ...]) -> PlanDocument:
    """Return the walk with other names for its stops."""
    stops = tuple(replace(s, name=n) for s, n in zip(document.stops, names, strict=True))
    return replace(document, stops=stops)


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("kind", ["walk", "impossible", "awkward"])
def test_the_report_looks_as_it_did(
    walk: PlanDocument,
    impossible: PlanDocument,
    streets: list[list[tuple[float, float]]],
    printed: Callable[[Any, int], str],
    same_as_snapshot: Callable[[str, str], None],
    kind: str,
    width: int,
    ascii: bool,
) -> None:
    document = {"walk": walk, "impossible": impossible, "awkward": renamed(walk, AWKWARD)}[kind]
    report = plan_report(document, width=width, streets=streets, ascii=ascii)
    text = printed(report, width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert not ascii or text.isascii()
    same_as_snapshot(f"{kind}_{width}{'_ascii' if ascii else ''}", text)


def test_the_report_says_what_a_person_needs(
    walk: PlanDocument, printed: Callable[[Any, int], str]
) -> None:
    text = printed(plan_report(walk, width=80), 80)
    assert "Helsinki · Wednesday 25 November 2026 · from 10:00 · 4 hours" in text
    assert "5 stops · 3.0 km on foot · 3 h 53 min" in text
    for stop in walk.stops:
        times = f"{stop.arrive[11:16]}–{stop.depart[11:16]}"
        assert re.search(rf"{times}  .  {stop.name}", text)
        assert stop.why in text
    for leg in walk.legs:
        assert f"{round(leg.distance_m / 10) * 10} m · " in text
    assert "Kiasma, Oodi — over the time budget" in text


def test_unknown_hours_are_never_open(walk: PlanDocument) -> None:
    stop = replace(walk.stops[0], open="unknown", opening_hours="24/7")
    assert opening_words(stop) == "hours unknown"


@pytest.mark.parametrize(
    ("state", "raw", "words"),
    [
        ("yes", "Mo-Su 10:00-18:00", "open, closes 18:00"),
        ("yes", "We 09:00-12:00,13:00-18:00", "open, closes 12:00"),
        ("yes", "Mo-Su 10:00-02:00", "open, closes 02:00"),
        ("yes", "Mo-Su 00:00-24:00", "open"),
        ("yes", "24/7", "always open"),
        ("yes", "by appointment, perhaps", "open"),
        # Hours that say otherwise than the plan does add nothing to it.
        ("yes", "Mo 10:00-18:00", "open"),
        ("yes", None, "open"),
        ("no", "Mo-Su 10:00-18:00", "closed then"),
    ],
)
def test_opening_states(walk: PlanDocument, state: Any, raw: str | None, words: str) -> None:
    assert opening_words(replace(walk.stops[0], open=state, opening_hours=raw)) == words


def test_a_stay_at_the_end_of_time_has_no_closing(walk: PlanDocument) -> None:
    stop = replace(
        walk.stops[0], visit_from="9999-12-31T23:00:00", opening_hours="Mo-Su 10:00-23:30"
    )
    assert opening_words(stop) == "open"


def test_waiting_is_told(walk: PlanDocument, printed: Callable[[Any, int], str]) -> None:
    first = replace(walk.stops[0], visit_from="2026-11-25T10:20:00", depart="2026-11-25T10:40:00")
    document = replace(
        walk, stops=(first, *walk.stops[1:]), totals=replace(walk.totals, wait_s=600)
    )
    text = printed(plan_report(document, width=80), 80)
    assert "wait 10 min, inside from 10:20" in text
    assert "10 min of it waiting" in text
    assert re.search(r"Kaisaniemen puisto +park +20 min", text)


def test_a_fixed_end_closes_the_timeline(walk: PlanDocument) -> None:
    end = AnchorPart(place_id=None, name="Hotel", lat=60.168, lon=24.952)
    leg = LegPart(origin="havis-amanda", target="end", distance_m=80, duration_s=60, path=())
    document = replace(walk, end=end, legs=(*walk.legs, leg))
    *_, way, last = timeline(document, width=80).plain.splitlines()
    assert "80 m · 1 min" in way
    assert re.fullmatch(r"13:53 +◎  Hotel, end", last)


def test_days_have_headings_and_their_own_start(walk: PlanDocument) -> None:
    second = tuple(
        replace(stop, day=2, **{
            key: getattr(stop, key).replace("-25T", "-26T") for key in ("arrive", "visit_from", "depart")
        })
        for stop in walk.stops[3:]
    )  # fmt: skip
    document = replace(walk, stops=walk.stops[:3] + second)
    lines = timeline(document, width=80).plain.splitlines()
    assert "Day 1, Wednesday 25 November 2026" in lines
    assert "Day 2, Thursday 26 November 2026" in lines
    assert sum("Helsinki Cathedral, start" in line for line in lines) == 2


def test_options_to_type_survive_a_shell(
    impossible: PlanDocument, printed: Callable[[Any, int], str]
) -> None:
    text = printed(plan_report(impossible, width=80), 80)
    typed = [line.strip() for line in text.splitlines() if line.startswith("    --")]
    assert [tuple(shlex.split(line)) for line in typed] == [
        part.options for part in impossible.relaxations
    ]


def test_long_options_go_on_behind_a_backslash(
    impossible: PlanDocument, printed: Callable[[Any, int], str]
) -> None:
    options = tuple(f"--must=Museum number {i}" for i in range(12))
    document = replace(
        impossible, relaxations=(RelaxationPart(change="less", effect="", options=options),)
    )
    text = printed(plan_report(document, width=60), 60)
    command = text[text.index("    '--must") :].partition("\n\n")[0]
    # What a shell does with a backslash at the end of a line, shlex does not.
    assert command.count("\\\n") > 1
    assert tuple(shlex.split(command.replace("\\\n", ""))) == options


def test_an_option_wider_than_the_page_stays_within_it(
    impossible: PlanDocument, printed: Callable[[Any, int], str]
) -> None:
    less = RelaxationPart(change="less", effect="", options=("--must", "x" * 70, "--hours", "5"))
    text = printed(plan_report(replace(impossible, relaxations=(less,)), width=40), 400)
    assert max(cell_len(line) for line in text.splitlines()) <= 40
    assert "".join(re.findall("xx+", text)) == "x" * 70


def test_an_impossible_plan_says_why_and_draws_nothing(
    impossible: PlanDocument, printed: Callable[[Any, int], str]
) -> None:
    text = printed(plan_report(impossible, width=80), 80)
    assert "No walk can be all of this." in text
    assert "Ateneum is closed on Mondays, and you asked to see it." in text
    assert "OpenStreetMap" not in text
    assert "on foot" not in text


def test_violations_are_told(walk: PlanDocument, printed: Callable[[Any, int], str]) -> None:
    broken = ConflictPart(constraint="cafes", text="Two cafés follow each other.")
    text = printed(plan_report(replace(walk, violations=(broken,)), width=80), 80)
    assert "This walk breaks\n• Two cafés follow each other." in text


def test_long_lists_are_shortened_but_counted(
    walk: PlanDocument, printed: Callable[[Any, int], str]
) -> None:
    left_out = tuple(LeftOutPart(name=f"Café {i}", reason="too far") for i in range(40))
    text = printed(plan_report(replace(walk, left_out=left_out), width=80), 80)
    assert "Café 5 and 34 more — too far" in text
    assert "Café 6" not in text


def test_the_frame_tells_what_is_not_usual(
    walk: PlanDocument, printed: Callable[[Any, int], str]
) -> None:
    frame = replace(walk.settings, pace_kmh=3.6, step_free=True, weather="rain", mode="paper")
    head = " ".join(
        printed(plan_report(replace(walk, settings=frame), width=80), 80).splitlines()[:2]
    )
    assert "slow pace · step-free · rain weather · as the paper plans" in head


def test_a_damaged_plan_is_still_drawn(
    walk: PlanDocument, printed: Callable[[Any, int], str]
) -> None:
    stop = replace(walk.stops[0], arrive="soon", visit_from="later", depart="2026-11-25T99:00")
    document = replace(
        walk, stops=(stop,), settings=replace(walk.settings, date="someday", start_time="early")
    )
    text = printed(plan_report(document, width=80), 80)
    assert "someday · from early" in text
    assert "--:--–--:--" in text


def test_a_narrow_timeline_is_refused_and_a_narrow_report_is_not(
    walk: PlanDocument, printed: Callable[[Any, int], str]
) -> None:
    with pytest.raises(ValueError, match="40 columns"):
        timeline(walk, width=39)
    assert printed(plan_report(walk, width=10), 40) == printed(plan_report(walk, width=40), 40)


@pytest.mark.parametrize("width", [40, 55, 79, 111, 112, 160, 200])
def test_no_width_is_exceeded(
    walk: PlanDocument, printed: Callable[[Any, int], str], width: int
) -> None:
    # The console is wider than the report, so that nothing is cut by it.
    text = printed(plan_report(renamed(walk, AWKWARD), width=width), 400)
    assert max(cell_len(line) for line in text.splitlines()) <= width


@settings(deadline=None, max_examples=120)
@given(name=st.text(), words=st.text(), width=st.integers(40, 130), ascii=st.booleans())
def test_no_text_breaks_the_page(
    walk: PlanDocument,
    printed: Callable[[Any, int], str],
    name: str,
    words: str,
    width: int,
    ascii: bool,
) -> None:
    wish = SubRequestPart(pos=name, neg=words, mustsee=False, type="place")
    stops = (
        replace(walk.stops[0], name=name, category=words, why=words),
        *walk.stops[1:3],
    )
    document = replace(
        walk,
        city=name,
        stops=stops,
        start=AnchorPart(place_id=None, name=name, lat=60.17, lon=24.95),
        understood=UnderstoodPart(subrequests=(wish,), by=words),
        narrative=NarrativePart(summary=words, by=name),
        left_out=(LeftOutPart(name=name, reason=words),),
        violations=(ConflictPart(constraint=name, text=words),),
        conflicts=(ConflictPart(constraint=name, text=words),),
        relaxations=(RelaxationPart(change=name, effect=words, options=(name, words)),),
    )
    text = printed(plan_report(document, width=width, ascii=ascii), 400)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert not ascii or text.isascii()
    assert ascii or text.count("①") >= 2
