"""The exact teacher against every order and place, looked at one by one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import permutations, product
from typing import TYPE_CHECKING

import pytest

from planner.domain import Anchor, Candidate, Place, Position
from planner.guidance.fitting import Feasibility, fit
from planner.guidance.guide import Guide
from planner.guidance.lessons import by_table, lesson
from planner.guidance.question import Question
from planner.guidance.teacher import Teacher
from planner.intents.context import Context
from planner.intents.policy import Sequence, Step
from planner.intents.vocabulary import Vocabulary
from planner.itinerary.schedule import Visit, WalkProblem
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.language.embeddings import Embedder
    from planner.pipeline import City

TABLE = Vocabulary.load()
NOW = dt.datetime(2026, 11, 25, 10)
MINUTE = 60
SMALL = (
    ("museum", (40, 75, 130), "none", 1.0, ((0, 150),)),
    ("museum", (40, 75, 130), "none", 0.7, None),
    ("bookshop", (10, 20, 40), "none", 0.8, ((30, 90),)),
    ("park", (10, 25, 60), "none", 0.9, None),
    ("cafe", (20, 40, 70), "cafe", 0.8, ((0, 600),)),
)
METRES = ((0, 300, 500, 200, 700), (300, 0, 250, 400, 350), (500, 250, 0, 600, 150),
          (200, 400, 600, 0, 450), (700, 350, 150, 450, 0))  # fmt: skip
FROM_START = (400, 200, 350, 100, 300)


@pytest.fixture(scope="module")
def problem() -> WalkProblem:
    visits = tuple(
        Visit(
            Candidate(Place(str(n), str(n), Position(0, 0), kind), score),
            tuple(m * MINUTE for m in stays),  # type: ignore[arg-type]
            None if hours is None else tuple((a * MINUTE, b * MINUTE) for a, b in hours),
            role,
        )
        for n, (kind, stays, role, score, hours) in enumerate(SMALL)
    )
    rows = [[*METRES[n], FROM_START[n]] for n in range(5)] + [[*FROM_START, 0]]
    return WalkProblem(
        visits=visits,
        seconds=tuple(tuple(round(m / 1.333) for m in row) for row in rows),
        metres=tuple(tuple(float(m) for m in row) for row in rows),
        budget_s=180 * MINUTE,
        start=5,
    )


def test_nothing_is_better_than_what_the_teacher_finds(problem: WalkProblem) -> None:
    context = Context(NOW, left_min=180)
    served = [tuple(TABLE.serving(visit.candidate.place.category)) for visit in problem.visits]
    taught = Teacher(problem, served, context).best()
    assert taught.whole
    best = 0.0
    for length in (1, 2, 3, 4):
        for visits in permutations(range(5), length):
            for intents in product(*(served[i] for i in visits)):
                if len({each.key for each in intents}) < length:
                    continue
                best = max(best, by_hand(problem, visits, intents, context))
    assert taught.value == pytest.approx(best)
    assert taught.value > 0


def by_hand(problem: WalkProblem, visits, intents, context: Context) -> float:  # noqa: ANN001
    """The value of one order of places, by the code that binds the table's sequences."""
    steps = tuple(Step(each, context.now, 1.0) for each in intents)
    sequence = Sequence(steps, 0.0, tuple(each.key for each in intents))
    found = fit(problem, sequence, context, layers=[[i] for i in visits])
    return found.value if found is not None and len(found.visits) == len(visits) else 0.0


@pytest.mark.parametrize("minutes", [45, 120, 180])
def test_feasible_is_what_some_places_can_carry_out(problem: WalkProblem, minutes: int) -> None:
    problem = replace(problem, budget_s=minutes * MINUTE)
    context = Context(NOW, left_min=minutes)
    served = serving(problem)
    feasible = Feasibility(problem, context, served, sequence_of)
    told = {True: 0, False: 0}
    for length in (1, 2, 3):
        for keys in permutations(sorted(served), length):
            intents = [TABLE[key] for key in keys]
            known = any(
                by_hand(problem, visits, intents, context) > 0
                for visits in product(*(served[key] for key in keys))
            )
            assert feasible(keys, complete=True) == known, keys
            assert feasible(keys, complete=False) or not known, keys
            told[known] += 1
    assert min(told.values()) > 0


def serving(problem: WalkProblem) -> dict[str, list[int]]:
    """For each intent the visits that serve it."""
    found: dict[str, list[int]] = {}
    for i, visit in enumerate(problem.visits):
        for intent in TABLE.serving(visit.candidate.place.category):
            found.setdefault(intent.key, []).append(i)
    return found


def sequence_of(keys: Iterable[str]) -> Sequence:
    return Sequence(tuple(Step(TABLE[key], NOW, 1.0) for key in keys), 0.0, tuple(keys))


def test_a_search_that_gives_up_says_so(problem: WalkProblem) -> None:
    served = [tuple(TABLE.serving(visit.candidate.place.category)) for visit in problem.visits]
    taught = Teacher(problem, served, Context(NOW, left_min=180), most_nodes=3).best()
    assert not taught.whole
    assert taught.keys


def test_a_lesson_of_the_demo_city_is_at_least_what_the_table_does(
    helsinki: City, embedder: Embedder
) -> None:
    guide = Guide.of(Planner(helsinki, embedder.encode, Catalogue.load()))
    here = Anchor("here", Position(60.1699, 24.9384))
    now = dt.datetime(2026, 11, 25, 18, 30)
    question = Question(here, now, now + dt.timedelta(hours=2))
    found = lesson(guide, question)
    assert found is not None
    assert found.whole
    assert 0 < by_table(guide, question, found.context) <= found.sample.value + 1e-6
    assert found.value_of(found.sample.sequence) == pytest.approx(found.sample.value, abs=1e-4)
    assert found.value_of(("breakfast",)) is None
    assert found.sample.sequence
    assert len(found.sample.blocks) == len(found.sample.sequence) + 2


def test_a_sequence_is_carried_out_as_a_whole_or_not_at_all(problem: WalkProblem) -> None:
    context = Context(NOW, left_min=180)
    served = [tuple(TABLE.serving(visit.candidate.place.category)) for visit in problem.visits]
    teacher = Teacher(problem, served, context)
    best = teacher.best()
    again = teacher.carried(best.keys)
    assert again is not None
    assert again.value == pytest.approx(best.value)
    for length in (2, 3):
        for keys in permutations(sorted(teacher.intents), length):
            carried = teacher.carried(keys)
            values = [
                by_hand(problem, visits, [TABLE[key] for key in keys], context)
                for visits in product(*(serving(problem)[key] for key in keys))
            ]
            # What is worth more without its last intent is still asked for with it.
            assert (carried.value if carried else 0.0) == pytest.approx(max(values), abs=1e-6)
    assert teacher.carried(("dinner",)) is None
    assert teacher.carried(()) is None
    turned = teacher.carried(best.keys[::-1])
    assert turned is None or turned.value <= best.value + 1e-9


def test_prospects_are_what_an_intent_adds_by_itself(problem: WalkProblem) -> None:
    context = Context(NOW, left_min=180)
    served = [tuple(TABLE.serving(visit.candidate.place.category)) for visit in problem.visits]
    teacher = Teacher(problem, served, context)
    prospects = teacher.prospects()
    assert prospects[0].key == "museum"
    for each in prospects:
        alone = teacher.carried((each.key,))
        # No walk ends at a café, whatever it is worth.
        if alone is not None:
            assert each.now == pytest.approx(alone.value)
        assert each.best >= each.now
    # The bookshop opens in half an hour: later is better than now.
    books = next(each for each in prospects if each.key == "bookshop")
    assert books.best > books.now
