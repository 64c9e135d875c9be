#!/usr/bin/env python3
"""Write lessons of the exact teacher as JSON lines.

scripts/make_lessons.py OUT.jsonl --samples 200            from the demo city
scripts/make_lessons.py OUT.jsonl --home DIR --city NAME   from any city of a home
scripts/make_lessons.py OUT.jsonl --held-out-city          marks all of them as a held-out city's
scripts/make_lessons.py OUT.jsonl --student FILE.gguf      notes what a student says to them

Half of the lessons change one factor of the one before: these say which (`factor`), of which lesson
(`of`), what the older plan is worth now (`old`, null where it cannot be carried out), and the newer
one then (`back`). With a student, `said` holds its three likeliest sequences and what each is
worth. A file that is there is gone on with: no prompt comes twice. Each line says what it is for:
every fifth week of the year is held out.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from planner import cities
from planner.config import Home
from planner.guidance.guide import Guide
from planner.guidance.student import Student
from planner.guidance.surroundings import Survey
from planner.guidance.syllabus import Syllabus
from planner.intents.distill.samples import split_of
from planner.intents.vocabulary import Vocabulary
from planner.language.embeddings import Embedder
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from planner.guidance.lessons import Lesson
    from planner.guidance.syllabus import Drawn

CACHE = Path(__file__).parent.parent / "osm_cache"
SAID = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--home", type=Path, help="a home with the city (default: the demo city)")
    parser.add_argument("--city", default=cities.DEMO_NAME)
    parser.add_argument("--held-out-city", action="store_true")
    parser.add_argument("--student", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        guide = surveyed(given.home or Path(folder), given.city, build=given.home is None)
        write(guide, given)


def surveyed(folder: Path, name: str, *, build: bool = False) -> Guide:
    """Open a city, its ways measured once."""
    embedder = Embedder.default()
    home = Home(folder, CACHE).ensure()
    if build:
        cities.build(cities.DEMO_NAME, cities.demo_extract(), home, embedder)
    city = cities.open_city(home, name, encoder=embedder)
    vocabulary = Vocabulary.load()
    planner = Planner(city, embedder.encode, Catalogue.load())
    return Guide(planner, vocabulary, Survey.of(city, vocabulary))


def write(guide: Guide, given: argparse.Namespace) -> None:
    known: set[str] = set()
    if given.out.exists():
        lines = given.out.read_text(encoding="utf-8").splitlines()
        known = {json.loads(line)["digest"] for line in lines}
    syllabus = Syllabus(guide, f"{given.seed} {given.city} {len(known)}")
    student = None if given.student is None else Student(given.student)
    new = whole = 0
    with given.out.open("a", encoding="utf-8") as file:
        for drawn in syllabus.lessons():
            if len(known) >= given.samples:
                break
            if drawn.lesson.sample.digest in known:
                continue
            known.add(drawn.lesson.sample.digest)
            new, whole = new + 1, whole + drawn.lesson.whole
            line = line_of(drawn, given.city, held_out=given.held_out_city)
            if student is not None:
                line["said"] = said(student, drawn.lesson)
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
    print(f"{new} lessons, {whole} from a whole search")


def line_of(drawn: Drawn, city: str, *, held_out: bool) -> dict[str, Any]:
    sample = drawn.lesson.sample
    value: dict[str, Any] = {
        "digest": sample.digest,
        "city": city,
        "split": split_of(drawn.lesson.context, held_out_city=held_out),
        "prompt": sample.prompt,
        "blocks": sample.blocks,
        "sequence": sample.sequence,
        "value": sample.value,
    }
    if drawn.older is not None:
        older = drawn.older.sample
        value |= {"of": older.digest, "factor": drawn.factor, "before": older.sequence}
        old = drawn.lesson.value_of(older.sequence)
        back = drawn.older.value_of(sample.sequence)
        value["old"] = None if old is None else round(old, 4)
        value["back"] = None if back is None else round(back, 4)
    return value


def said(student: Student, lesson: Lesson) -> list[tuple[tuple[str, ...], float | None]]:
    """Return what a student says in a moment, and what each of it is worth."""
    offered = [each.key for each in lesson.teacher.prospects()]
    proposed = student.propose(lesson.sample.prompt, offered, SAID)
    return [(each.keys, lesson.value_of(each.keys)) for each in proposed]


if __name__ == "__main__":
    main()
