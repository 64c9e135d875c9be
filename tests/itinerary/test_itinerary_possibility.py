"""What is plain of a problem without a search is true of it: held against trying everything."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from planner.domain import Candidate, Place, Position
from planner.itinerary.conflict import least_seconds
from planner.itinerary.possibility import assess, holds, least_of, quickest
from planner.itinerary.schedule import ANYTHING_GOES, TasteRules, Visit, WalkProblem, timeline

MINUTE = 60
HOUR = 3600


def visit(name: str, windows: tuple[tuple[int, int], ...] | None, *, required: bool) -> Visit:
    place = Place(id=name, name=name, position=Position(60.0, 24.0), category="sight")
    return Visit(
        Candidate(place, 0.5, (0,), required=required),
        stays=(10 * MINUTE, 20 * MINUTE, 30 * MINUTE),
        windows=windows,
    )


def random_problem(seed: int) -> WalkProblem:
    """At most four places, with doors, must-sees, an order, fixed ends and a number of stops."""
    rng = random.Random(seed)
    n = rng.randint(1, 4)
    points = [(rng.uniform(0, 30), rng.uniform(0, 30)) for _ in range(n + 2)]
    seconds = tuple(
        tuple(round(60 * (abs(a[0] - b[0]) + abs(a[1] - b[1])) / 2) for b in points) for a in points
    )
    doors = [
        None,
        None,
        ((0, 60 * MINUTE),),
        ((50 * MINUTE, 2 * HOUR),),
        ((80 * MINUTE, 3 * HOUR),),
    ]
    visits = tuple(
        replace(
            visit(f"p{i}", rng.choice(doors), required=rng.random() < 0.4),
            role=rng.choice(["none", "none", "cafe", "meal"]),
            only=rng.choice([None, None, None, ((30 * MINUTE, 40 * MINUTE),)]),
        )
        for i in range(n)
    )
    early = frozenset(i for i in range(n) if rng.random() < 0.3)
    return WalkProblem(
        visits,
        seconds,
        budget_s=rng.choice([30, 50, 80, 120]) * MINUTE,
        start=n if rng.random() < 0.5 else None,
        end=n + 1 if rng.random() < 0.5 else None,
        stops=rng.choice([None, None, 1, 2, 3]),
        wishes=frozenset({0}),
        rules=rng.choice([ANYTHING_GOES, TasteRules()]),
        before=rng.choice([(), ((early, frozenset(range(n)) - early),)]),
        first=frozenset({0}) if rng.random() < 0.15 else frozenset(),
        last=frozenset({n - 1}) if rng.random() < 0.15 else frozenset(),
        max_wait_s=rng.choice([None, 20 * MINUTE, 45 * MINUTE]),
        unreachable=frozenset({0}) if rng.random() < 0.05 else frozenset(),
    )


def has_a_walk(problem: WalkProblem) -> bool:
    ids = [i for i in range(len(problem.visits)) if i not in problem.unreachable]
    for size in range(1, len(ids) + 1):
        for sequence in itertools.permutations(ids, size):
            for stays in itertools.product(*(problem.visits[i].stays for i in sequence)):
                timed = timeline(problem, sequence, stays)
                if timed is not None and holds(problem, timed):
                    return True
    return False


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_what_is_plain_is_true(first: int) -> None:
    plain = 0
    for seed in range(first, first + 100):
        problem = random_problem(seed)
        found = assess(problem)
        plain += found.holds is not None
        if found.holds is not None:
            assert found.holds == has_a_walk(problem), seed
        assert (found.walk is not None) == bool(found.holds)
        if found.walk is not None:
            assert holds(problem, found.walk)
            assert found.walk.finish <= problem.budget_s
    # A solver is asked about few of them.
    assert plain >= 85


def test_where_one_may_wait_what_must_be_seen_is_always_plain() -> None:
    for seed in range(300):
        problem = replace(random_problem(seed), stops=None, max_wait_s=None, rules=ANYTHING_GOES)
        if problem.required:
            assert assess(problem).holds is not None


def test_the_quickest_walk_is_the_quickest() -> None:
    for seed in range(200):
        problem = replace(random_problem(seed), stops=None, max_wait_s=None, rules=ANYTHING_GOES)
        required = [i for i in problem.required if i not in problem.unreachable]
        if not required:
            continue
        walks = (
            timeline(problem, sequence, [10 * MINUTE] * len(required))
            for sequence in itertools.permutations(required)
            if problem.ordered(sequence)
        )
        finishes = [timed.finish for timed in walks if timed is not None]
        found = quickest(problem, required)
        assert (found.sequence is not None) == bool(finishes), seed
        if finishes:
            assert found.finish == min(finishes)


def test_no_walk_of_so_many_stops_is_shorter_than_its_least() -> None:
    for seed in range(300):
        problem = replace(random_problem(seed), budget_s=12 * HOUR, max_wait_s=None)
        for stops in (1, 2, 3):
            stated = replace(problem, stops=stops)
            found = assess(stated)
            if found.walk is not None:
                assert found.walk.finish >= least_of(stated, stops)


def test_too_many_must_sees_are_left_to_the_solver() -> None:
    n = 14
    visits = tuple(visit(f"p{i}", None, required=True) for i in range(n))
    seconds = tuple(
        tuple(0 if a == b else MINUTE * (1 + (a + b) % 5) for b in range(n)) for a in range(n)
    )
    problem = WalkProblem(visits, seconds, budget_s=24 * HOUR)
    assert not quickest(problem, range(n)).known
    assert assess(problem).holds is None


def test_the_least_time_for_must_sees_is_to_the_minute() -> None:
    visits = tuple(visit(name, None, required=True) for name in "ab")
    seconds = ((0, 330), (330, 0))
    problem = WalkProblem(visits, seconds, budget_s=10 * MINUTE, rules=ANYTHING_GOES)

    def unasked(_: WalkProblem) -> bool:
        raise AssertionError("no solver is needed for that")

    assert least_seconds(problem, unasked) == 26 * MINUTE
    shut = replace(problem, visits=(visits[0], replace(visits[1], windows=())))
    assert least_seconds(shut, unasked) is None
