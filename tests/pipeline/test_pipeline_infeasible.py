"""Over thirty requests that cannot be had: each is told why, and what would work, which then does."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from planner.cli.plan import command, wishes_of
from planner.domain import Position
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from planner.domain import Wishes
    from planner.itinerary.document import PlanDocument
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

NOW = dt.datetime(2026, 11, 25, 9)
MONDAY, SATURDAY = "2026-11-30", "2026-11-28"
SOUTH = "60.1618,24.9380"


@dataclass(frozen=True)
class Impossible:
    """A request with the options of a command line, and why it cannot be had."""

    text: str
    options: tuple[str, ...]
    constraint: str
    words: tuple[str, ...] = field(default=())


CASES = (
    # closed
    Impossible("see Ateneum", ("--date", MONDAY), "opening hours", ("Ateneum", "Mondays")),
    Impossible("see Kiasma, then a park", ("--date", MONDAY), "opening hours", ("Kiasma", "Monday")),
    Impossible("museums", ("--must", "Amos Rex", "--date", "2026-12-01"), "opening hours", ("Tuesdays",)),
    Impossible("see Ateneum", ("--start-time", "18:00", "--date", SATURDAY), "opening hours", ("17:00",)),
    Impossible("see Amos Rex and Ateneum", ("--start-time", "07:00", "--hours", "2"), "opening hours", ("until",)),
    Impossible("coffee", ("--must", "Ateneum", "--start-time", "03:00", "--hours", "1"), "opening hours", ("Ateneum",)),
    Impossible("Kamppi Chapel", ("--start-time", "20:00", "--hours", "1"), "opening hours", ("Kamp",)),
    Impossible("see Ateneum and Kiasma", ("--date", MONDAY, "--hours", "6"), "opening hours", ("Ateneum",)),
    Impossible("art", ("--at", "Kiasma@12:00", "--date", MONDAY), "opening hours", ("Kiasma", "Mondays")),
    # too short
    Impossible("see Ateneum, Amos Rex and Kiasma", ("--hours", "1", "--start-time", "12:00"), "hours", ("1 h",)),
    Impossible("see Ateneum", ("--hours", "0.5", "--start-time", "12:00"), "hours", ("40 min", "30 min")),
    Impossible("museums", ("--hours", "0.2"), "hours", ("12 min",)),
    Impossible("Helsinki Cathedral, Senate Square and Kamppi Chapel", ("--must", "Ateneum", "--hours", "0.6", "--start-time", "12:00"), "hours", ("36 min",)),
    Impossible("museums, parks", ("--stops", "12", "--hours", "1"), "stops", ("12",)),
    Impossible("parks", ("--stops", "30", "--hours", "3"), "stops", ("30",)),
    # too far
    Impossible("see Senate Square", ("--start", SOUTH, "--end", "60.1757,24.9400", "--hours", "0.3"), "hours", ("18 min",)),
    Impossible("see Ateneum", ("--start", SOUTH, "--loop", "--hours", "1", "--start-time", "12:00"), "hours", ("1 h",)),
    Impossible("a park", ("--start", SOUTH, "--end", "60.1757,24.9400", "--hours", "0.25"), "hours", ("15 min",)),
    Impossible("see Senate Square", ("--start", SOUTH, "--loop", "--hours", "0.4"), "hours", ("24 min",)),
    Impossible("see Ateneum", ("--start", SOUTH, "--at", "Ateneum@12:05", "--start-time", "12:00"), "appointment", ("12:05", "12:00", "16 min")),
    # contradictory
    Impossible("see Ateneum and Amos Rex", ("--stops", "1", "--start-time", "12:00"), "stops", ("2 stops", "1")),
    Impossible("see Senate Square, Ateneum and Amos Rex", ("--stops", "2", "--hours", "6", "--start-time", "12:00"), "stops", ("3 stops",)),
    Impossible("see Ateneum", ("--at", "Ateneum@09:00", "--start-time", "10:00"), "appointment", ("09:00", "10:00")),
    Impossible("see Ateneum", ("--at", "Ateneum@22:00", "--start-time", "10:00"), "appointment", ("22:00",)),
    Impossible("art", ("--at", "Ateneum@14:00", "--at", "Amos Rex@14:10", "--start-time", "12:00", "--hours", "4"), "appointment", ("14:00", "14:10")),
    Impossible("art", ("--at", "Ateneum@10:30", "--start-time", "10:00", "--hours", "0.8"), "appointment", ("10:30", "10:48")),
    Impossible("art", ("--must", "Ateneum", "--at", "Senate Square@12:00", "--start-time", "11:30", "--hours", "1"), "appointment", ("12:00",)),
    Impossible("Amos Rex first, then Ateneum", ("--hours", "1.9", "--start-time", "10:00"), "order", ("order", "10:00", "11:54", "Amos Rex opens at 11:00")),
    # several days
    Impossible("see Ateneum", ("--days", "2", "--start-time", "20:30"), "opening hours", ("Ateneum", "Wednesday to Thursday", "20:30")),
    Impossible("see Ateneum, Amos Rex and Kiasma", ("--days", "2", "--hours", "0.8", "--start-time", "12:00"), "hours", ("2 days", "48 min")),
    Impossible("see Ateneum", ("--days", "2", "--hours", "0.5", "--start-time", "12:00"), "hours", ("40 min", "30 min a day")),
    # unreachable
    Impossible("see Ateneum and a park", (), "reach", ("cannot be reached",)),
    Impossible("art", ("--must", "Ateneum", "--hours", "3"), "reach", ("cannot be reached",)),
)  # fmt: skip


@pytest.fixture(scope="module")
def planner(helsinki: City, embedder: Embedder) -> Planner:
    return Planner(helsinki, embedder.encode, Catalogue.load(), seconds=0.2)


@pytest.fixture(scope="module")
def flooded(planner: Planner) -> Planner:
    """The same city, with the Ateneum far out at sea."""
    ateneum = planner.library.find("Ateneum")
    assert ateneum is not None
    moved = replace(ateneum, position=Position(60.05, 25.3))
    places = {**planner.city.places, ateneum.id: moved}
    return replace(planner, city=replace(planner.city, places=places))


def wishes(options: tuple[str, ...]) -> Wishes:
    """Read options as the command line does."""
    context = command.make_context("plan", ["x", *options])
    given: dict[str, Any] = dict(context.params)
    given.pop("request")
    return wishes_of(given)


def planned(planner: Planner, case: Impossible, more: tuple[str, ...] = ()) -> PlanDocument:
    return planner.plan(case.text, wishes((*case.options, *more)), now=NOW)


def refused(planner: Planner, case: Impossible) -> PlanDocument:
    document = planned(planner, case)
    assert document.status == "infeasible"
    head = document.conflicts[0]
    assert head.constraint == case.constraint, head
    for words in case.words:
        assert words in head.text
    assert document.relaxations
    return document


def named(case: Impossible) -> str:
    return " ".join((case.text, *case.options))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_what_cannot_be_had_is_explained_and_every_way_out_works(
    planner: Planner, flooded: Planner, case: Impossible
) -> None:
    planner = flooded if case.constraint == "reach" else planner
    for relaxation in refused(planner, case).relaxations:
        freed = planned(planner, case, relaxation.options)
        assert freed.status == "ok", (relaxation, freed.conflicts)
        assert freed.violations == ()
