"""Hold students and the table against the exact teacher, on moments that none of them learned from.

    scripts/score_student.py RECORDS.jsonl --home DIR --city NAME --held-out-city \\
        --moments 300 --student implicit=A/student.gguf --student text=B/student.gguf
    scripts/score_student.py RECORDS.jsonl... --table

Without --held-out-city, only moments of held-out weeks are asked. Each row proposes one sequence,
or seven of which the best binding counts. A sequence is valid if all of it can be carried out; its
value is a share of the teacher's, and 0 where it is not valid. "Alone" nothing tells the student
what can be carried out; otherwise each intent that it adds is checked, as `flaneur next` does. With
--verify N, the first N sequences are made into plans and held against the verifier, too. Then one
factor is changed: of the plans that a change makes infeasible, how many become other, feasible
ones; and of changes that do not matter, how many leave the plan as it was.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from make_lessons import surveyed

from planner.guidance.lessons import by_table
from planner.guidance.reader import Proposal
from planner.guidance.student import Student
from planner.guidance.syllabus import Syllabus
from planner.intents.distill.counterfactuals import telling
from planner.intents.distill.samples import split_of
from planner.intents.policy import sequences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.guidance.guide import Guide
    from planner.guidance.lessons import Lesson
    from planner.guidance.syllabus import Drawn

SEVEN = 7
CHANGES = 2
"""Changes that should matter, a moment; beside them stands one that should not."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("records", type=Path, nargs="+", help="written, or read with --table")
    parser.add_argument("--table", action="store_true", help="print the figures of records")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--city")
    parser.add_argument("--held-out-city", action="store_true")
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--verify", type=int, default=0)
    parser.add_argument("--seed", default="evaluation")
    parser.add_argument("--student", action="append", default=[], metavar="NAME=FILE.gguf")
    given = parser.parse_args()
    if given.table:
        show(given.records)
        return
    guide = surveyed(given.home, given.city)
    named = (each.partition("=") for each in given.student)
    students = {name: Student(Path(file)) for name, _, file in named}
    syllabus = Syllabus(guide, given.seed)
    with given.records[0].open("a", encoding="utf-8", buffering=1) as file:
        for number, drawn in enumerate(moments(syllabus, given)):
            changes, same = changed(syllabus, drawn)
            table = ask_table(guide, drawn)
            asked = {"table": table}
            for name, student in students.items():
                found = ask(guide, student, drawn.lesson, table["bound"])
                keys = found.pop("keys")
                alone = found.pop("alone_keys")
                found |= follow(guide, student, changes, same, keys)
                old = follow(guide, student, changes, same, alone, alone=True)
                found |= {f"alone_{key}": value for key, value in old.items()}
                if number < given.verify:
                    plan = guide.carried_out(drawn.question, drawn.lesson.context, keys)
                    found["verified"] = plan is not None
                asked[name] = found
            for name, found in asked.items():
                file.write(json.dumps({"city": given.city, "row": name} | found) + "\n")


def moments(syllabus: Syllabus, given: argparse.Namespace) -> Iterator[Drawn]:
    """Yield moments that are held out, none of them a change of another."""
    count = 0
    for drawn in syllabus.moments():
        if split_of(drawn.lesson.context, held_out_city=given.held_out_city) == "train":
            continue
        yield drawn
        count += 1
        if count == given.moments:
            return


def changed(syllabus: Syllabus, drawn: Drawn) -> tuple[list[Lesson], Lesson | None]:
    """Return moments changed in what matters, and one in what does not."""
    first = drawn.lesson.sample.sequence[0]
    some = syllabus.shuffled(telling(drawn.lesson.context, first))[:CHANGES]
    found = (syllabus.again(drawn, each.context) for each in some)
    return [each for each in found if each is not None], syllabus.unchanged(drawn)


def ask_table(guide: Guide, drawn: Drawn) -> dict[str, Any]:
    """Ask the table: its first sequence by itself, and the best of seven as they are bound."""
    lesson, best = drawn.lesson, drawn.lesson.sample.value
    began = time.perf_counter()
    keys = frozenset(lesson.teacher.intents)
    proposed = sequences(lesson.context, guide.vocabulary, available=keys)
    seconds = time.perf_counter() - began
    first = proposed[0].keys if proposed else ()
    value = lesson.value_of(first)
    bound = by_table(guide, drawn.question, lesson.context)
    return {
        "valid": value is not None,
        "value": min((value or 0.0) / best, 1.0),
        "as_teacher": first == lesson.sample.sequence,
        "best_of_seven": min(bound / best, 1.0),
        "bound": bound,
        "seconds": seconds,
    }


def ask(guide: Guide, student: Student, lesson: Lesson, table: float) -> dict[str, Any]:
    """Ask a student for one sequence alone, for one, and for seven."""
    best = lesson.sample.value
    alone = propose(guide, student, lesson, 1, alone=True)[0]
    began = time.perf_counter()
    first = propose(guide, student, lesson, 1)[0]
    once = time.perf_counter()
    seven = propose(guide, student, lesson, SEVEN)
    seconds = time.perf_counter() - once
    value, value_alone = lesson.value_of(first.keys), lesson.value_of(alone.keys)
    worths = [lesson.value_of(each.keys) or 0.0 for each in seven]
    return {
        "keys": first.keys,
        "alone_keys": alone.keys,
        "alone_valid": value_alone is not None,
        "alone_value": min((value_alone or 0.0) / best, 1.0),
        "valid": value is not None,
        "value": min((value or 0.0) / best, 1.0),
        "as_teacher": first.keys == lesson.sample.sequence,
        "best_of_seven": min(max(worths) / best, 1.0),
        "with_table": min(max(table, *worths) / best, 1.0),
        "reasoning": first.reasoning,
        "tokens": first.tokens,
        "seconds": once - began,
        "seconds_of_seven": seconds,
    }


def propose(
    guide: Guide, student: Student, lesson: Lesson, count: int, *, alone: bool = False
) -> tuple[Proposal, ...]:
    offered = [each.key for each in lesson.teacher.prospects()]
    possible = None if alone else guide.feasibility(lesson.offered, lesson.context)
    found = student.propose(lesson.sample.prompt, offered, count, possible=possible)
    return found or (Proposal((), 0.0, 0, 0),)


def follow(
    guide: Guide,
    student: Student,
    changes: list[Lesson],
    same: Lesson | None,
    keys: tuple[str, ...],
    *,
    alone: bool = False,
) -> dict[str, Any]:
    """Return whether a plan that a change makes infeasible is mended, and one kept that is not."""
    mended = []
    for other in changes:
        if other.value_of(keys) is None:
            after = propose(guide, student, other, 1, alone=alone)[0].keys
            mended.append(after != keys and other.value_of(after) is not None)
    found: dict[str, Any] = {"mended": mended}
    if same is not None:
        found["kept"] = propose(guide, student, same, 1, alone=alone)[0].keys == keys
    return found


def show(files: list[Path]) -> None:
    """Print the means of records, a line for each city and row."""
    rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for file in files:
        for line in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
            rows.setdefault((line["city"], line["row"]), []).append(line)
    for (city, name), found in sorted(rows.items()):
        print(json.dumps({"city": city, "row": name, "n": len(found)} | figures(found)))


def figures(found: list[dict[str, Any]]) -> dict[str, Any]:
    shares = (
        "alone_valid", "alone_value", "valid", "value", "as_teacher", "best_of_seven",
        "with_table", "verified", "alone_kept", "kept",
    )  # fmt: skip
    means: dict[str, Any] = {}
    for key in shares:
        own = [line[key] for line in found if key in line]
        means |= {f"{key}_%": round(100 * fmean(own), 1)} if own else {}
        if key in {"verified", "kept"} and own:
            means[f"{key}_n"] = len(own)
    for key in ("alone_mended", "mended"):
        mended = [each for line in found for each in line.get(key, ())]
        if mended:
            means |= {f"{key}_%": round(100 * fmean(mended), 1), f"{key}_n": len(mended)}
    for key in ("reasoning", "tokens"):
        means[key] = round(fmean(line.get(key, 0) for line in found), 1)
    for key in ("seconds", "seconds_of_seven"):
        own = [line[key] for line in found if key in line]
        means |= {f"{key}_ms": round(1000 * median(own), 1)} if own else {}
    return means


if __name__ == "__main__":
    main()
