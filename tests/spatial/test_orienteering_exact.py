"""Walks with every rule on: equal to brute force, and bounded truly."""

from __future__ import annotations

import itertools
import pickle
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.spatial.orienteering import proof, walks
from planner.spatial.orienteering.instance import NO_WAY, Group, Instance, Node, VisitOption
from planner.spatial.orienteering.solver import search, solve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.spatial.orienteering.instance import Solution

HOUR = 3600


def random_instance(seed: int, nodes: int = 7) -> Instance:  # noqa: C901 - many rules
    """Draw a walk of some hours; each rule is on in about every other problem."""
    rng = random.Random(seed)

    def on(share: float = 0.5) -> bool:
        return rng.random() < share

    spots = [(rng.uniform(0, 2000), rng.uniform(0, 2000)) for _ in range(nodes + 2)]
    loop, free_start, free_end = on(0.3), on(0.2), on(0.2)
    if loop:
        spots[nodes + 1] = spots[nodes]
    seconds = np.array(
        [[round(abs(a[0] - b[0]) + abs(a[1] - b[1])) for b in spots] for a in spots], np.int64
    )
    cost = seconds / HOUR * rng.choice([0.0, 0.8, 3.0])
    if free_start:
        seconds[nodes, :] = 0
        cost[nodes, :] = 0
    if free_end:
        seconds[:, nodes + 1] = 0
        cost[:, nodes + 1] = 0
    allowed = np.ones_like(seconds, bool)
    if on():
        for _ in range(nodes):
            i, j = rng.randrange(nodes), rng.randrange(nodes)
            if on():
                allowed[i, j] = False
            else:
                seconds[i, j] = NO_WAY
    budget = rng.randrange(1 * HOUR, 5 * HOUR)
    many = range(nodes)

    def some(low: int = 1) -> frozenset[int]:
        return frozenset(rng.sample(many, rng.randint(low, nodes // 2)))

    groups = []
    for _ in range(rng.randrange(4)):
        steps = sorted(rng.choice([0.0, 0.1, 0.5, 1.0]) for _ in range(rng.randrange(4)))
        groups.append(
            Group(
                members=some(2),
                bonus=rng.choice([0.0, 1.0, 4.0]),
                penalties=tuple(itertools.accumulate(steps, initial=0.0)) if steps else (),
                cap=rng.choice([None, None, 1, 2]),
                at_least=rng.choice([0, 0, 0, 1]),
            )
        )
    before = []
    if on(0.4):
        first = some()
        second = frozenset(set(some()) - first)
        if second:
            before.append((first, second))
    low, high = rng.choice([(0, None), (0, None), (1, None), (0, 4), (3, 3), (2, 5)])
    return Instance(
        nodes=tuple(_node(rng, budget) for _ in many),
        seconds=seconds,
        arc_cost=cost,
        allowed=allowed if not allowed.all() else None,
        groups=tuple(groups),
        before=tuple(before),
        budget_s=budget,
        max_wait_s=rng.choice([None, 0, 600, 1800]),
        wait_cost=rng.choice([0.0, 1.5 / HOUR, 6 / HOUR]),
        min_stops=low,
        max_stops=high,
    )


def _node(rng: random.Random, budget: int) -> Node:
    prize = rng.choice([0.2, 1.0, 2.0]) * rng.random()
    options = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        stay = rng.randrange(0, 5400, 300)
        opens = rng.choice([-HOUR, 0, rng.randrange(budget)])
        closes = opens + rng.randrange(HOUR // 2, 6 * HOUR)
        options.append(VisitOption(opens, closes - stay, stay, prize * (0.3 + 0.7 * rng.random())))
    position = rng.choice([None, None, None, None, (0, 1), (1, None), (0, 0), (2, 3)])
    return Node(
        options=tuple(options),
        required=rng.random() < 0.12,
        min_position=position and position[0],
        max_position=position and position[1],
        last_only=rng.random() < 0.08,
        not_last=rng.random() < 0.1,
    )


def brute_force(instance: Instance) -> float | None:
    """Return the value of the best walk by trying all sequences and all options."""
    best = None
    n = len(instance.nodes)
    for sequence, value in _walks(instance, (), 0, 0.0):
        total = judged(instance, sequence, value)
        if total is not None and (best is None or total > best):
            best = total
    assert n < 10
    return best


def _walks(
    instance: Instance, sequence: tuple[int, ...], time: int, value: float
) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield every sequence and its prizes less its costs that reaches the end in time."""
    n = len(instance.nodes)
    here = sequence[-1] if sequence else n

    def open_way(i: int, j: int) -> bool:
        allowed = instance.allowed is None or instance.allowed[i, j]
        return bool(allowed) and instance.seconds[i, j] < NO_WAY

    if open_way(here, n + 1) and time + instance.seconds[here, n + 1] <= instance.budget_s:
        yield sequence, value - instance.arc_cost[here, n + 1]
    for j in range(n):
        if j in sequence or not open_way(here, j):
            continue
        arrive = time + int(instance.seconds[here, j])
        for option in instance.nodes[j].options:
            wait = max(0, option.earliest - arrive)
            if instance.max_wait_s is not None and wait > instance.max_wait_s:
                continue
            enter = arrive + wait
            if enter > option.latest or enter + option.stay > instance.budget_s:
                continue
            gain = option.prize - instance.wait_cost * wait - instance.arc_cost[here, j]
            yield from _walks(instance, (*sequence, j), enter + option.stay, value + gain)


def judged(  # noqa: C901, PLR0911, PLR0912 - many rules
    instance: Instance, sequence: Sequence[int], value: float
) -> float | None:
    """Return the value with the groups' worth, or ``None`` if a rule is broken."""
    count = len(sequence)
    if count < instance.min_stops or count > (
        instance.max_stops or (99 if instance.max_stops is None else 0)
    ):
        return None
    for i, node in enumerate(instance.nodes):
        if i not in sequence:
            if node.required:
                return None
            continue
        at = sequence.index(i)
        if node.min_position is not None and at < node.min_position:
            return None
        if node.max_position is not None and at > node.max_position:
            return None
        if node.last_only and at != count - 1:
            return None
        if node.not_last and at == count - 1:
            return None
    for first, second in instance.before:
        for i in first & set(sequence):
            for j in second & set(sequence):
                if sequence.index(i) > sequence.index(j):
                    return None
    for group in instance.groups:
        inside = sum(i in group.members for i in sequence)
        if inside < group.at_least or (group.cap is not None and inside > group.cap):
            return None
        if inside:
            value += group.bonus
        steps = [b - a for a, b in itertools.pairwise(group.penalties)]
        value -= sum(steps[min(k, len(steps) - 1)] for k in range(inside) if steps)
    return value


def walked(instance: Instance, solution: Solution) -> float:
    """Walk a solution stop by stop; return its value, or fail where it breaks a rule."""
    n = len(instance.nodes)
    time, here, value = 0, n, 0.0
    stops = zip(
        solution.sequence,
        solution.options,
        solution.arrive,
        solution.enter,
        solution.depart,
        strict=True,
    )
    for i, k, arrive, enter, depart in stops:
        option = instance.nodes[i].options[k]
        assert instance.allowed is None or instance.allowed[here, i]
        assert instance.seconds[here, i] < NO_WAY
        assert arrive == time + instance.seconds[here, i]
        assert enter == max(arrive, option.earliest)
        assert enter <= option.latest
        assert instance.max_wait_s is None or enter - arrive <= instance.max_wait_s
        assert depart == enter + option.stay
        value += option.prize - instance.arc_cost[here, i] - instance.wait_cost * (enter - arrive)
        time, here = depart, i
    assert instance.allowed is None or instance.allowed[here, n + 1]
    assert solution.finish == time + instance.seconds[here, n + 1]
    assert solution.finish <= instance.budget_s
    total = judged(instance, solution.sequence, value - instance.arc_cost[here, n + 1])
    assert len(set(solution.sequence)) == len(solution.sequence)
    assert total is not None
    return total


def hold_to_brute_force(seed: int, nodes: int) -> bool:
    """Whether a drawn problem has a walk; fails where the solver does not find the best."""
    instance = random_instance(seed, nodes)
    best = brute_force(instance)
    outcome = search(instance, seconds=60)
    solution = outcome.solution
    if best is None:
        assert solution is None, seed
        assert outcome.infeasible, seed
        return False
    assert solution is not None, seed
    assert solution.value == pytest.approx(best, abs=1e-6), seed
    assert solution.proven, seed
    assert walked(instance, solution) == pytest.approx(best, abs=1e-6), seed
    return True


@pytest.mark.parametrize("block", range(5))
def test_equal_to_brute_force(block: int) -> None:
    feasible = sum(hold_to_brute_force(seed, 7) for seed in range(block * 100, block * 100 + 100))
    # The draw would show nothing if hardly any problem had a walk, or all had.
    assert 40 < feasible < 95


def test_equal_to_brute_force_by_the_way_that_large_problems_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Few nodes are looked at on a fine grid at once; here the coarse one has its say, too.
    monkeypatch.setattr(proof, "FEW", 0)
    feasible = sum(hold_to_brute_force(seed, 7) for seed in range(2000, 2100))
    assert 40 < feasible < 95


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1020))
def test_equal_to_brute_force_with_nine_stops(seed: int) -> None:
    hold_to_brute_force(seed, 9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(10_000, 10**9), nodes=st.integers(10, 24))
def test_larger_walks_hold_and_stay_below_their_bound(seed: int, nodes: int) -> None:
    instance = random_instance(seed, nodes)
    outcome = search(instance, seconds=0.3, seed=seed)
    if outcome.solution is None:
        return
    value = walked(instance, outcome.solution)
    assert value == pytest.approx(outcome.solution.value, abs=1e-6)
    assert value <= outcome.solution.bound + 1e-6
    assert outcome.solution.proven == (abs(outcome.solution.bound - value) <= 1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_a_sequence_is_timed_in_the_best_way(seed: int) -> None:
    instance = random_instance(seed)
    best: dict[tuple[int, ...], float] = {}
    for sequence, value in _walks(instance, (), 0, 0.0):
        total = judged(instance, sequence, value)
        if total is not None:
            best[sequence] = max(total, best.get(sequence, total))
    for sequence in itertools.permutations(range(7), 3):
        timing = walks.time(instance, sequence)
        assert (timing is not None) == (sequence in best)
        if timing is not None:
            assert timing.value == pytest.approx(best[sequence], abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_insertions_and_replacements_are_the_best_there_are(seed: int) -> None:
    instance = random_instance(seed)
    best = solve(instance, seconds=20)
    if best is None or not best.sequence:
        return
    others = [i for i in range(7) if i not in best.sequence]
    for i in others:
        longer = walks.inserted(instance, best.sequence, i)
        if longer is not None:
            assert longer.value <= best.value + 1e-9
            assert set(longer.sequence) == {*best.sequence, i}
    swapped = walks.replaced(instance, best.sequence, 0, range(7))
    values = [timing.value for timing in swapped]
    assert values == sorted(values, reverse=True)
    assert all(timing.sequence[1:] == best.sequence[1:] for timing in swapped)
    assert {timing.sequence[0] for timing in swapped} <= set(others)


def plain(prizes: Sequence[float], seconds: int = 60, budget: int = 3600) -> Instance:
    """Nodes that differ in their prizes alone."""
    n = len(prizes)
    return Instance(
        nodes=tuple(Node((VisitOption(0, budget, 600, prize),)) for prize in prizes),
        seconds=np.full((n + 2, n + 2), seconds, np.int64),
        arc_cost=np.zeros((n + 2, n + 2)),
        budget_s=budget,
    )


def test_the_same_problem_gets_the_same_walk() -> None:
    instance = random_instance(6, 14)
    first, second = (solve(instance, seconds=60, seed=1) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.proven
    assert len(first.sequence) > 2
    assert (first.sequence, first.options) == (second.sequence, second.options)


def test_once_warmed_up_nothing_is_left_to_compile() -> None:
    """Else a person waits in the middle of a plan, without being told for what."""
    code = (
        "import pickle, sys\n"
        "from planner.spatial.orienteering import solver\n"
        "from planner.spatial.orienteering.kernels import (\n"
        "    bounds, completions, labels, neighbourhoods, relaxed\n"
        ")\n"
        "def compiled():\n"
        "    return [\n"
        "        (name, len(kernel.signatures))\n"
        "        for module in (bounds, completions, labels, neighbourhoods, relaxed)\n"
        "        for name, kernel in vars(module).items()\n"
        "        if hasattr(kernel, 'signatures')\n"
        "    ]\n"
        "solver.warm_up()\n"
        "before = compiled()\n"
        "solver.solve(pickle.load(sys.stdin.buffer), seconds=60, seed=1)\n"
        "assert compiled() == before, (before, compiled())\n"
    )
    given = pickle.dumps(random_instance(6, 14))
    subprocess.run([sys.executable, "-c", code], input=given, check=True)


def test_a_walk_without_stops_may_be_the_best() -> None:
    solution = solve(plain([-1.0, -2.0]), seconds=5)
    assert solution is not None
    assert (solution.sequence, solution.value, solution.proven) == ((), 0.0, True)


def test_too_little_time_is_proven() -> None:
    instance = plain([1.0], seconds=1900)
    required = Node(instance.nodes[0].options, required=True)
    outcome = search(
        Instance((required,), instance.seconds, instance.arc_cost, instance.budget_s), seconds=5
    )
    assert outcome.solution is None
    assert outcome.infeasible


def test_a_search_can_be_cancelled() -> None:
    rng = np.random.default_rng(0)
    instance = plain([*rng.uniform(1, 2, 200)], seconds=30, budget=100_000)
    solution = solve(instance, seconds=600, cancel=lambda: True)
    assert solution is not None
    assert solution.seconds < 60


def test_a_better_walk_given_is_not_lost() -> None:
    instance = random_instance(2, 9)
    best = solve(instance, seconds=20)
    assert best is not None
    again = solve(instance, seconds=0, warm=best.sequence)
    assert again is not None
    assert again.value == pytest.approx(best.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"penalties": (0.0, 1.0, 1.5)}, "convex"),
        ({"penalties": (1.0, 2.0)}, "begin with 0"),
        ({"bonus": -1.0}, "bonus"),
        ({"members": frozenset({9})}, "no such nodes"),
    ],
)
def test_groups_that_make_no_sense_are_refused(change: dict[str, object], words: str) -> None:
    group = Group(**{"members": frozenset({0}), **change})  # type: ignore[arg-type] # any field
    instance = plain([1.0, 1.0])
    with pytest.raises(ValueError, match=words):
        Instance(
            instance.nodes, instance.seconds, instance.arc_cost, instance.budget_s, groups=(group,)
        )
