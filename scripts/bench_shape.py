#!/usr/bin/env python3
"""What shape fifty vague requests get: with the wishes of the table of intents, and without.

scripts/bench_shape.py              plans all of them in the demo city, twice, and prints the rates
scripts/bench_shape.py --first 12   the first twelve alone
"""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from planner import cities
from planner.config import Home
from planner.domain import Wishes
from planner.language.embeddings import Embedder
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument

CACHE = Path(__file__).parent.parent / "osm_cache"
REQUESTS = (
    ("surprise me", "2026-11-25T09:30"),
    ("Surprise me!", "2026-11-28T13:00"),
    ("a nice afternoon", "2026-11-25T09:30"),
    ("a relaxed Saturday", "2026-11-25T09:30"),
    ("two hours before my train", "2026-11-25T10:40"),
    ("something nice for three hours", "2026-11-26T14:00"),
    ("I have 90 minutes to kill", "2026-11-26T15:10"),
    ("a lazy Sunday morning", "2026-11-25T09:30"),
    ("show me around", "2026-11-25T10:00"),
    ("a good day out", "2026-11-27T09:00"),
    ("whole day, no plans", "2026-11-27T09:00"),
    ("an evening in town", "2026-11-27T16:30"),
    ("a lovely evening", "2026-11-28T16:30"),
    ("Friday evening, whatever", "2026-11-25T09:00"),
    ("a stroll before dinner", "2026-11-25T16:00"),
    ("from 10 to 16, anything", "2026-11-25T09:00"),
    ("from 17 to 22, surprise us", "2026-11-27T12:00"),
    ("it rains, four hours", "2026-11-25T10:00"),
    ("a rainy afternoon", "2026-11-26T09:00"),
    ("rainy day, what to do?", "2026-11-26T09:30"),
    ("it will rain, surprise me", "2026-11-26T11:30"),
    ("it is raining and I have three hours", "2026-11-28T13:00"),
    ("cold day, five hours", "2026-11-25T10:00"),
    ("a relaxed day", "2026-11-25T09:30"),
    ("a slow morning", "2026-11-26T08:00"),
    ("half a day", "2026-11-26T09:00"),
    ("just a walk", "2026-11-26T10:00"),
    ("go for a walk", "2026-11-26T13:00"),
    ("we are free until 6 pm", "2026-11-26T13:00"),
    ("back by three", "2026-11-26T10:00"),
    ("a quiet afternoon", "2026-11-26T09:00"),
    ("a romantic evening", "2026-11-27T15:00"),
    ("a day with the kids", "2026-11-28T09:00"),
    ("first time in the city, five hours", "2026-11-28T10:00"),
    ("one hour before my meeting", "2026-11-25T11:00"),
    ("kill time until my flight, 4 hours", "2026-11-25T11:00"),
    ("an easy Sunday", "2026-11-25T09:00"),
    ("Sunday afternoon", "2026-11-25T09:00"),
    ("tomorrow morning", "2026-11-25T09:00"),
    ("tonight", "2026-11-27T12:00"),
    ("next Saturday, six hours", "2026-11-25T09:00"),
    ("lunch break, 60 minutes", "2026-11-25T11:45"),
    ("inspire me", "2026-11-25T10:00"),
    ("no idea, you choose, four hours", "2026-11-25T10:00"),
    ("pouring rain, two hours", "2026-11-25T14:00"),
    ("wet and windy, 3 hours from 12", "2026-11-25T09:00"),
    ("something different", "2026-11-26T10:00"),
    ("the best of the day", "2026-11-26T10:00"),
    ("wander around for a few hours", "2026-11-26T11:00"),
    ("no museums, otherwise surprise me", "2026-11-25T10:00"),
)
"""The words, and the moment at which they are said."""
MEALS = ((11.25, 14.5), (17.75, 21.5))
"""Hours of the day for a meal; a walk that spans most of them has time for one."""
SPAN_H, SLACK_H = 1.5, 0.3
BAR_FROM = 16
COFFEE = (9, 17, 2)
"""Between these hours, a walk of so many hours has time for a coffee."""


@dataclass
class Rate:
    """So many of so many."""

    hit: float = 0.0
    of: int = 0

    def add(self, hit: float, of: int = 1) -> None:
        self.hit += hit
        self.of += of

    def __str__(self) -> str:
        return f"{self.hit:g} of {self.of} ({100 * self.hit / max(self.of, 1):.0f} %)"


@dataclass
class Shape:
    """The rates of one way of planning."""

    meals: Rate = field(default_factory=Rate)
    early_bars: Rate = field(default_factory=Rate)
    roofs: Rate = field(default_factory=Rate)
    coffees: Rate = field(default_factory=Rate)
    kinds: Rate = field(default_factory=Rate)

    def add(self, document: PlanDocument, catalogue: Catalogue) -> None:
        begins = hour(f"{document.settings.date}T{document.settings.start_time}")
        ends = begins + document.settings.hours
        stops = [(catalogue.category(s.category), hour(s.visit_from)) for s in document.stops]
        for low, high in MEALS:
            if min(ends, high) - max(begins, low) >= SPAN_H:
                self.meals.add(
                    any(
                        kind.role == "meal" and low - SLACK_H <= at <= high + SLACK_H
                        for kind, at in stops
                    )
                )
        self.early_bars.add(any(kind.role == "bar" and at < BAR_FROM for kind, at in stops))
        if document.settings.weather == "rain":
            under = sum(kind.setting != "outdoor" for kind, _ in stops)
            self.roofs.add(under, len(stops))
        after, before, least = COFFEE
        if begins < before and ends > after and document.settings.hours >= least:
            self.coffees.add(any(kind.role == "cafe" for kind, _ in stops))
        self.kinds.add(len({kind.key for kind, _ in stops}), len(stops))


def hour(moment: str) -> float:
    at = dt.datetime.fromisoformat(moment)
    return at.hour + at.minute / 60


class Unshaped(Planner):
    """A planner that leaves a vague request as it is."""

    def _shaped(self, bound, settings):  # noqa: ANN001, ANN202
        del settings
        return bound


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=len(REQUESTS), help="So many requests.")
    parser.add_argument("--seconds", type=float, default=0.4, help="Time for each search.")
    given = parser.parse_args()
    catalogue, embedder = Catalogue.load(), Embedder.default()
    with TemporaryDirectory() as folder:
        home = Home(Path(folder), CACHE).ensure()
        cities.build(cities.DEMO_NAME, cities.demo_extract(), home, embedder)
        city = cities.open_city(home, cities.DEMO_NAME, encoder=embedder)
        print("| | meal at a meal's time | bar before 16:00 | roof in the rain | coffee | kinds |")
        print("| --- | --- | --- | --- | --- | --- |")
        for name, kind in (("before", Unshaped), ("after", Planner)):
            planner = kind(city, embedder.encode, catalogue, seconds=given.seconds)
            shape = Shape()
            for text, said in REQUESTS[: given.first]:
                document = planner.plan(text, Wishes(), now=dt.datetime.fromisoformat(said))
                if document.violations or document.status != "ok":
                    raise SystemExit(f"{text!r} has no plan that holds")
                shape.add(document, catalogue)
            rates = (shape.meals, shape.early_bars, shape.roofs, shape.coffees, shape.kinds)
            print(f"| {name} | {' | '.join(str(rate) for rate in rates)} |", flush=True)


if __name__ == "__main__":
    main()
