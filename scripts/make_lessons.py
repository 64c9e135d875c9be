#!/usr/bin/env python3
"""Write lessons of the exact teacher as JSON lines, and how far the table comes beside it.

scripts/make_lessons.py OUT.jsonl --samples 200               from the demo city
scripts/make_lessons.py OUT.jsonl --home DIR --city NAME      from any city of a home
scripts/make_lessons.py OUT.jsonl --held-out-city             marks all of them as a held-out city's

A file that is there is gone on with: no prompt comes twice. Each line says what it is for: every
fifth week of the year is held out.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from planner import cities
from planner.config import Home
from planner.domain import Anchor
from planner.guidance.guide import Guide, Question
from planner.guidance.lessons import lesson
from planner.intents.distill.samples import split_of
from planner.language.embeddings import Embedder
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from planner.guidance.lessons import Lesson

CACHE = Path(__file__).parent.parent / "osm_cache"
LENGTHS = (20, 45, 90, 120, 180, 240)
SKIES = ("dry", "dry", "dry", "rain", "hot", "cold")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--nodes", type=int, default=200_000, help="where a search gives up")
    parser.add_argument("--home", type=Path, help="a home with the city (default: the demo city)")
    parser.add_argument("--city", default=cities.DEMO_NAME)
    parser.add_argument("--held-out-city", action="store_true")
    given = parser.parse_args()
    embedder = Embedder.default()
    with TemporaryDirectory() as folder:
        home = Home(given.home or Path(folder), CACHE).ensure()
        if given.home is None:
            cities.build(cities.DEMO_NAME, cities.demo_extract(), home, embedder)
        city = cities.open_city(home, given.city, encoder=embedder)
        write(Guide.of(Planner(city, embedder.encode, Catalogue.load())), given)


def write(guide: Guide, given: argparse.Namespace) -> None:
    known = set()
    if given.out.exists():
        lines = given.out.read_text(encoding="utf-8").splitlines()
        known = {json.loads(line)["digest"] for line in lines}
    chance = random.Random(f"{given.seed} {given.city} {len(known)}")  # noqa: S311 - nothing secret
    spots = [place.position for place in guide.planner.city.places.values()]
    shares, whole = [], 0
    with given.out.open("a", encoding="utf-8") as file:
        while len(known) < given.samples:
            found = lesson(guide, question(chance, spots), most_nodes=given.nodes)
            if found is None or found.sample.digest in known:
                continue
            known.add(found.sample.digest)
            shares.append(found.share)
            whole += found.whole
            file.write(line_of(found, held_out=given.held_out_city) + "\n")
            file.flush()
    if shares:
        print(f"{len(shares)} lessons, {whole} from a whole search")
        print(f"the table reaches {100 * fmean(shares):.1f} % of the teacher's value")


def question(chance: random.Random, spots: list) -> Question:
    day = dt.datetime(2026, 1, 1) + dt.timedelta(days=chance.randrange(365))
    now = day + dt.timedelta(minutes=15 * chance.randrange(4 * 7, 4 * 23))
    until = now + dt.timedelta(minutes=chance.choice(LENGTHS))
    return Question(Anchor("here", chance.choice(spots)), now, until, chance.choice(SKIES))


def line_of(found: Lesson, *, held_out: bool) -> str:
    value = {
        "digest": found.sample.digest,
        "split": split_of(found.context, held_out_city=held_out),
        "prompt": found.sample.prompt,
        "blocks": found.sample.blocks,
        "sequence": found.sample.sequence,
        "value": found.sample.value,
        "by_table": round(found.by_table, 4),
        "whole": found.whole,
    }
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
