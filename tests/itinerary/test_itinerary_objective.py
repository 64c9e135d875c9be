"""What a walk is worth: parts that add up, and the solver's value is that sum."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from planner.domain import Candidate, Place, Position
from planner.itinerary.objective import contributions, kins, options, prize, way_cost, worth
from planner.itinerary.schedule import (
    TasteRules,
    Timeline,
    Visit,
    WalkProblem,
    settle,
    timeline,
)
from planner.optimiser import feasible, optimise, posed

MINUTE = 60
HOUR = 3600


def visit(
    name: str,
    *,
    score: float = 0.5,
    role: str = "none",
    stays: tuple[int, int, int] = (10, 20, 30),
    windows: tuple[tuple[int, int], ...] | None = None,
    suits: tuple[tuple[int, int], ...] = (),
    serves: tuple[int, ...] = (),
    required: bool = False,
    category: str = "sight",
) -> Visit:
    place = Place(id=name, name=name, position=Position(60.0, 24.0), category=category)
    short, usual, long = stays
    return Visit(
        candidate=Candidate(place, score, serves, required=required),
        stays=(short * MINUTE, usual * MINUTE, long * MINUTE),
        windows=windows,
        role=role,
        suits=suits,
    )


def line(n: int, step: int = 5 * MINUTE) -> tuple[tuple[int | None, ...], ...]:
    """Places along a street, ``step`` seconds apart."""
    return tuple(tuple(abs(i - j) * step for j in range(n)) for i in range(n))


def random_problem(seed: int, *, most: int = 6) -> WalkProblem:
    """A small problem with everything on: windows, roles, must-sees, order, fixed ends."""
    rng = random.Random(seed)
    n = rng.randint(2, most)
    points = [(rng.uniform(0, 40), rng.uniform(0, 40)) for _ in range(n + 2)]
    seconds = tuple(
        tuple(round(60 * (abs(a[0] - b[0]) + abs(a[1] - b[1])) / 2) for b in points) for a in points
    )
    visits = tuple(
        visit(
            f"p{i}",
            score=round(rng.uniform(0.05, 1), 2),
            role=rng.choice(["none", "none", "none", "cafe", "bar", "meal"]),
            windows=rng.choice([None, None, ((0, 90 * MINUTE),), ((30 * MINUTE, 3 * HOUR),), ()]),
            suits=rng.choice([(), (), ((40 * MINUTE, 2 * HOUR),)]),
            required=rng.random() < 0.2,
            serves=(rng.randint(0, 1),),
            category=rng.choice(["sight", "park"]),
        )
        for i in range(n)
    )
    some = frozenset(i for i in range(n) if rng.random() < 0.4)
    return WalkProblem(
        visits,
        seconds,
        budget_s=rng.choice([40, 90, 180]) * MINUTE,
        start=n if rng.random() < 0.5 else None,
        end=n + 1 if rng.random() < 0.5 else None,
        stops=rng.choice([None, None, None, 2]),
        wishes=frozenset({0, 1}),
        caps=rng.choice([{}, {0: 1}]),
        before=rng.choice([(), ((some, frozenset(range(n)) - some),)]),
        first=frozenset({0}) if rng.random() < 0.15 else frozenset(),
        last=frozenset({n - 1}) if rng.random() < 0.15 else frozenset(),
    )


def stops_of(problem: WalkProblem) -> list[str]:
    found = optimise(problem, seconds=2)
    assert found is not None
    return [problem.visits[i].candidate.place.name for i in found.timed.sequence]


def test_everything_fits() -> None:
    problem = WalkProblem((visit("a"), visit("b"), visit("c")), line(3), budget_s=4 * HOUR)
    assert sorted(stops_of(problem)) == ["a", "b", "c"]


def test_the_better_places_are_taken_when_time_is_short() -> None:
    visits = (visit("a", score=0.9), visit("b", score=0.2), visit("c", score=0.8))
    problem = WalkProblem(visits, line(3), budget_s=52 * MINUTE)
    assert sorted(stops_of(problem)) == ["a", "c"]


def test_a_must_see_is_in_even_where_it_closes_first() -> None:
    visits = (
        visit("a", score=0.9),
        visit("b", score=0.8),
        visit("must", required=True, windows=((0, 20 * MINUTE),)),
    )
    found = stops_of(WalkProblem(visits, line(3), budget_s=2 * HOUR))
    assert found[0] == "must"
    assert {"a", "b"} <= set(found)


def test_no_walk_where_a_must_see_is_closed() -> None:
    visits = (visit("a"), visit("must", required=True, windows=()))
    problem = WalkProblem(visits, line(2), budget_s=2 * HOUR)
    assert optimise(problem, seconds=1) is None
    assert not feasible(problem)


def test_wishes_are_served_before_more_of_what_scores_best() -> None:
    visits = (
        visit("park 1", score=0.9, serves=(0,), category="park"),
        visit("park 2", score=0.9, serves=(0,), category="park"),
        visit("coffee", score=0.3, serves=(1,), role="cafe", category="cafe"),
        visit("park 3", score=0.9, serves=(0,), category="park"),
    )
    problem = WalkProblem(visits, line(4, MINUTE), budget_s=48 * MINUTE, wishes=frozenset({0, 1}))
    assert "coffee" in stops_of(problem)


def test_a_stated_count_is_a_limit() -> None:
    cafes = (visit(f"cafe {n}", serves=(0,), role="cafe", category="cafe") for n in range(2))
    visits = (*cafes, visit("park", serves=(1,)))
    problem = WalkProblem(visits, line(3), budget_s=4 * HOUR, wishes=frozenset({0, 1}), caps={0: 1})
    assert sorted(name.split()[0] for name in stops_of(problem)) == ["cafe", "park"]


def test_a_stated_number_is_reached_where_it_can_be() -> None:
    museums = tuple(
        visit(f"museum {n}", score=0.2, serves=(0,), category="museum") for n in range(3)
    )
    others = tuple(visit(name, score=0.9, category=name) for name in "abc")
    problem = WalkProblem(
        (*museums, *others), line(6), budget_s=3 * HOUR, wishes=frozenset({0}), caps={0: 2}
    )
    assert sum(name.startswith("museum") for name in stops_of(problem)) == 2


def test_exactly_the_stops_that_were_asked_for() -> None:
    problem = WalkProblem(
        tuple(visit(name) for name in "abcdef"), line(6), budget_s=8 * HOUR, stops=3
    )
    assert len(stops_of(problem)) == 3


def test_nobody_waits_long_before_a_closed_door() -> None:
    visits = (visit("late", windows=((2 * HOUR, 3 * HOUR),), score=0.9), visit("b"))
    problem = WalkProblem(visits, line(2), budget_s=4 * HOUR)
    assert stops_of(problem) == ["b"]


def test_one_waits_for_an_appointment() -> None:
    dated = visit("dated", required=True, windows=((HOUR, 4 * HOUR),))
    visits = (replace(dated, only=((2 * HOUR, 2 * HOUR),)), visit("b"))
    found = optimise(WalkProblem(visits, line(2), budget_s=4 * HOUR, max_wait_s=None), seconds=1)
    assert found is not None
    at = found.timed.sequence.index(0)
    assert found.timed.enter[at] == 2 * HOUR


def test_a_place_that_answers_two_wishes_is_visited_once() -> None:
    lunch = visit("r", serves=(0,), role="meal")
    dinner = replace(lunch, candidate=replace(lunch.candidate, serves=(1,)))
    problem = WalkProblem((lunch, dinner), line(2), budget_s=10 * HOUR, wishes=frozenset({0, 1}))
    assert stops_of(problem) == ["r"]


@pytest.mark.parametrize(("first", "last"), [({2}, set()), (set(), {0}), ({1}, {2})])
def test_what_comes_first_and_last_does(first: set[int], last: set[int]) -> None:
    problem = WalkProblem(
        tuple(visit(name, category=name) for name in "abc"),
        line(3),
        budget_s=4 * HOUR,
        first=frozenset(first),
        last=frozenset(last),
    )
    found = stops_of(problem)
    assert len(found) == 3
    assert all(found[0] == "abc"[i] for i in first)
    assert all(found[-1] == "abc"[i] for i in last)


def test_order_among_stops_is_kept() -> None:
    problem = WalkProblem(
        tuple(visit(name, category=name) for name in "abc"),
        line(3),
        budget_s=4 * HOUR,
        before=((frozenset({2}), frozenset({0})),),
    )
    found = stops_of(problem)
    assert found.index("c") < found.index("a")


def test_a_walk_of_one_kind_is_less_than_a_varied_one() -> None:
    same = WalkProblem((visit("a"), visit("b")), line(2), budget_s=4 * HOUR)
    varied = WalkProblem((visit("a"), visit("b", category="park")), line(2), budget_s=4 * HOUR)
    values = [worth(each, timed) for each in (same, varied) if (timed := settle(each, (0, 1)))]
    assert values[0] < values[1]


def test_walking_and_waiting_are_priced_and_long_ways_more() -> None:
    visits = (visit("a"), visit("b"))
    near = WalkProblem(visits, line(2, MINUTE), budget_s=4 * HOUR)
    far = WalkProblem(visits, line(2, 30 * MINUTE), budget_s=4 * HOUR)
    values = [worth(p, timed) for p in (near, far) if (timed := settle(p, (0, 1))) is not None]
    assert values[0] > values[1]
    assert way_cost(3000) > 2 * way_cost(1500)
    assert way_cost(1000) == pytest.approx(2 * way_cost(500))


def test_a_longer_stay_is_worth_more_but_less_by_the_minute() -> None:
    problem = WalkProblem((visit("a", score=1.0),), line(1), budget_s=4 * HOUR)
    short, usual, long = (prize(problem, 0, minutes * MINUTE) for minutes in (10, 20, 30))
    assert short < usual < long
    assert usual - short > long - usual


def test_stays_grow_where_time_is_left_and_shrink_where_it_is_short() -> None:
    visits = (visit("a"), visit("b"))
    roomy = settle(WalkProblem(visits, line(2), budget_s=4 * HOUR), (0, 1))
    usual = settle(WalkProblem(visits, line(2), budget_s=46 * MINUTE), (0, 1))
    tight = settle(WalkProblem(visits, line(2), budget_s=25 * MINUTE), (0, 1))
    assert roomy is not None
    assert usual is not None
    assert tight is not None
    assert roomy.stays == (30 * MINUTE, 30 * MINUTE)
    assert usual.stays == (20 * MINUTE, 20 * MINUTE)
    assert tight.stays == (10 * MINUTE, 10 * MINUTE)
    assert settle(WalkProblem(visits, line(2), budget_s=24 * MINUTE), (0, 1)) is None


@pytest.mark.parametrize(
    ("roles", "rules", "holds"),
    [
        (["cafe", "none"], TasteRules(), True),
        (["none", "cafe"], TasteRules(), False),
        (["none", "cafe"], TasteRules(cafe_may_end=True), True),
        (["bar", "none"], TasteRules(), False),
        (["bar", "none"], TasteRules(bars_anywhere=True), True),
        (["none", "bar", "bar"], TasteRules(), True),
        (["cafe", "cafe", "bar"], TasteRules(), False),
        (["cafe", "cafe", "bar"], TasteRules(cafes_and_bars=3), True),
        (["meal", "meal"], TasteRules(), False),
        (["meal", "none", "meal"], TasteRules(), True),
        (["meal", "meal"], TasteRules(meals_may_follow=True), True),
    ],
)
def test_rules_of_taste(roles: list[str], rules: TasteRules, holds: bool) -> None:
    assert rules.allows(roles, complete=True) is holds


def best_by_trying(problem: WalkProblem) -> tuple[float, tuple[int, ...]] | None:
    """The best walk, by trying every sequence with every option, without the solver."""
    groups = kins(problem)
    best: tuple[float, tuple[int, ...]] | None = None
    for size in range(1, len(problem.visits) + 1):
        if problem.stops is not None and size != problem.stops:
            continue
        for sequence in itertools.permutations(range(len(problem.visits)), size):
            if not set(problem.required) <= set(sequence):
                continue
            if not (problem.tastes(sequence) and problem.ordered(sequence)):
                continue
            counts = [len(group.members & set(sequence)) for group in groups]
            if any(
                count < group.at_least or (group.cap is not None and count > group.cap)
                for group, count in zip(groups, counts, strict=True)
            ):
                continue
            for timed in every_timing(problem, sequence):
                value = worth(problem, timed)
                if best is None or value > best[0]:
                    best = value, sequence
    return best


def every_timing(problem: WalkProblem, sequence: tuple[int, ...]) -> list[Timeline]:
    found = []
    for chosen in itertools.product(*(options(problem, i) for i in sequence)):
        timed = timeline(
            problem,
            sequence,
            [option.stay for option in chosen],
            not_before=[option.earliest for option in chosen],
        )
        if timed is not None and all(
            option.earliest <= enter <= option.latest
            for option, enter in zip(chosen, timed.enter, strict=True)
        ):
            found.append(timed)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_the_solver_finds_the_best_walk_there_is(seed: int) -> None:
    problem = random_problem(seed, most=4)
    found = optimise(problem, seconds=5, seed=seed)
    known = best_by_trying(problem)
    if known is None:
        assert found is None
        assert not feasible(problem)
        return
    assert found is not None
    assert found.proven
    assert found.value == pytest.approx(known[0], abs=1e-6)
    assert found.bound == pytest.approx(known[0], abs=1e-5)
    assert feasible(problem)


@pytest.mark.parametrize("seed", range(200, 240))
def test_what_comes_back_holds_and_its_parts_add_up(seed: int) -> None:
    problem = random_problem(seed, most=9)
    found = optimise(problem, seconds=2, seed=seed)
    if found is None:
        return
    timed = found.timed
    assert timed.finish <= problem.budget_s
    assert problem.tastes(timed.sequence)
    assert problem.ordered(timed.sequence)
    assert len(found.worths) == len(timed.sequence)
    assert found.value <= found.bound + 1e-6
    for n, i in enumerate(timed.sequence):
        entries = problem.entries(i, timed.stays[n])
        assert entries is None or any(a <= timed.enter[n] <= b for a, b in entries)
        assert timed.stays[n] >= problem.visits[i].stays[0]


def test_the_statement_for_the_solver_leaves_out_what_is_closed() -> None:
    visits = (visit("open"), visit("closed", windows=()))
    stated = posed(WalkProblem(visits, line(2), budget_s=HOUR))
    assert stated.visits == (0,)


def test_contributions_of_no_stops_are_none() -> None:
    problem = WalkProblem((visit("a"),), line(1), budget_s=HOUR)
    empty = Timeline((), (), (), (), 0, 0)
    assert contributions(problem, empty) == ()
