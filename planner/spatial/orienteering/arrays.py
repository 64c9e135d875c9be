"""An instance as flat arrays for the compiled search, without what cannot be visited anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.spatial.orienteering.instance import NO_WAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from planner.spatial.orienteering.instance import Instance, Node, VisitOption

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bits = NDArray[np.uint64]
    Bools = NDArray[np.bool_]

FOREVER = 10**12
WORD = 64


class Arrays(NamedTuple):
    """``n`` nodes; rows n and n + 1 of ``seconds`` and ``cost`` are the start and the end.

    Options of node i are ``first[i] .. first[i + 1]`` of ``earliest``, ``latest``, ``stay`` and
    ``prize``; its groups ``group_first[i] .. group_first[i + 1]`` of ``group_of``.
    ``worth[g, k]`` is what group g is worth with k members visited, minus infinity where that is
    not allowed, and ``so_far[g, k]`` the same while members may still come; ``counts[k]`` is 0
    where k stops are allowed, else minus infinity. Sets are rows of 64-bit words: ``shuts[i]``
    holds i and whatever may not come after it, ``members[g]`` a group. ``before_first[p]`` marks
    the nodes of pair p that come before those that ``before_second[p]`` marks.
    ``nearest`` is the least number of seconds between nodes over any way, visits not counted.
    """

    n: int
    groups: int
    first: Ints
    earliest: Ints
    latest: Ints
    stay: Ints
    prize: Floats
    seconds: Ints
    cost: Floats
    nearest: Ints
    budget: int
    max_wait: int
    wait_cost: float
    priced: bool
    required: Bools
    last_only: Bools
    not_last: Bools
    min_position: Ints
    max_position: Ints
    positions: bool
    group_first: Ints
    group_of: Ints
    sizes: Ints
    worth: Floats
    so_far: Floats
    caps: Ints
    at_least: Ints
    counts: Floats
    min_stops: int
    max_stops: int
    shuts: Bits
    members: Bits
    before_first: Bools
    before_second: Bools


@dataclass(frozen=True, slots=True)
class Compact:
    """The arrays, and how to get back: the original node and option of each that was kept.

    ``impossible`` where it shows already that there is no walk.
    """

    arrays: Arrays
    nodes: tuple[int, ...]
    options: tuple[int, ...]
    impossible: bool


def compact(instance: Instance) -> Compact:
    """Flatten an instance; options that no walk can take are left out, then nodes without any."""
    n = len(instance.nodes)
    seconds: Ints = np.minimum(instance.seconds, NO_WAY).astype(np.int64)
    if instance.allowed is not None:
        seconds[~instance.allowed] = NO_WAY
    np.fill_diagonal(seconds, NO_WAY)
    nearest = _nearest(seconds, n)
    banned = {i for group in instance.groups if group.cap == 0 for i in group.members}
    usable = [
        tuple(
            (k, option)
            for k, option in enumerate(node.options)
            if i not in banned and _reachable(instance, nearest, i, option)
        )
        for i, node in enumerate(instance.nodes)
    ]
    kept = tuple(i for i in range(n) if usable[i])
    lost = any(node.required and not usable[i] for i, node in enumerate(instance.nodes))
    rows = np.array([*kept, n, n + 1])
    options = [each for i in kept for each in usable[i]]
    sub = np.ix_(rows, rows)
    at = {i: k for k, i in enumerate(kept)}
    groups = [(group, sorted(at[i] for i in group.members if i in at)) for group in instance.groups]
    arrays = _assemble(
        instance,
        nodes=[instance.nodes[i] for i in kept],
        first=np.cumsum([0, *(len(usable[i]) for i in kept)]),
        options=[
            (o, min(o.latest, instance.budget_s - o.stay - int(nearest[i, n + 1])))
            for i in kept
            for _, o in usable[i]
        ],
        matrices=(seconds[sub], instance.arc_cost[sub], nearest[sub]),
        groups=groups,
        before=[
            ([at[i] for i in first if i in at], [at[i] for i in second if i in at])
            for first, second in instance.before
        ],
    )
    lost = lost or any(len(members) < group.at_least for group, members in groups)
    lost = lost or len(kept) < instance.min_stops
    lost = lost or (instance.max_stops is not None and instance.max_stops < instance.min_stops)
    return Compact(arrays, kept, tuple(k for k, _ in options), impossible=lost)


def narrowed(small: Compact, keep: NDArray[np.bool_]) -> tuple[Compact, Ints]:
    """Leave out all but some options, and nodes that have none left.

    Returns
    -------
    :
        What is left, and the rows of the nodes that are.
    """
    a = small.arrays
    owner = np.repeat(np.arange(a.n), np.diff(a.first))
    left = np.flatnonzero(np.bincount(owner[keep], minlength=a.n))
    rows = np.array([*left, a.n, a.n + 1], np.int64)
    square = np.ix_(rows, rows)
    sets = [[int(np.flatnonzero(left == i)[0]) for i in each] for each in _members(a, left)]
    shuts = [
        [
            k
            for k, i in enumerate(left)
            if a.shuts[j, i // WORD] >> np.uint64(i % WORD) & np.uint64(1)
        ]
        for j in left
    ]
    words = max(1, -(-len(left) // WORD))
    of = [a.group_of[a.group_first[i] : a.group_first[i + 1]] for i in left]
    arrays = a._replace(
        n=len(left),
        first=np.cumsum([0, *np.bincount(owner[keep], minlength=a.n)[left]]).astype(np.int64),
        earliest=a.earliest[keep],
        latest=a.latest[keep],
        stay=a.stay[keep],
        prize=a.prize[keep],
        seconds=np.ascontiguousarray(a.seconds[square]),
        cost=np.ascontiguousarray(a.cost[square]),
        nearest=np.ascontiguousarray(a.nearest[square]),
        required=a.required[left],
        last_only=a.last_only[left],
        not_last=a.not_last[left],
        min_position=a.min_position[left],
        max_position=a.max_position[left],
        group_first=np.cumsum([0, *(len(each) for each in of)]).astype(np.int64),
        group_of=np.concatenate([np.empty(0, np.int64), *of]),
        sizes=np.array([len(each) for each in sets], np.int64),
        caps=np.minimum(a.caps, [len(each) for each in sets]).astype(np.int64),
        counts=a.counts[: len(left) + 1],
        max_stops=min(a.max_stops, len(left)),
        shuts=_bits(shuts, words),
        members=_bits(sets, words),
        before_first=np.ascontiguousarray(a.before_first[:, left]),
        before_second=np.ascontiguousarray(a.before_second[:, left]),
    )
    options = tuple(k for k, kept in zip(small.options, keep, strict=True) if kept)
    return Compact(arrays, tuple(small.nodes[i] for i in left), options, small.impossible), left


def _members(a: Arrays, left: Ints) -> list[list[int]]:
    """Return the members of each group that are left."""
    return [
        [int(i) for i in left if g in a.group_of[a.group_first[i] : a.group_first[i + 1]]]
        for g in range(a.groups)
    ]


def _nearest(seconds: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Least seconds between rows over any nodes (Floyd and Warshall's method)."""
    nearest: Ints = seconds.copy()
    for k in range(n):
        np.minimum(nearest, nearest[:, k, None] + nearest[None, k, :], out=nearest)
    np.minimum(nearest, NO_WAY, out=nearest)
    return nearest


def _reachable(instance: Instance, nearest: NDArray[np.int64], i: int, option: VisitOption) -> bool:
    n = len(instance.nodes)
    arrive = int(nearest[n, i])
    enter = max(arrive, option.earliest)
    return (
        arrive < NO_WAY
        and enter <= option.latest
        and enter + option.stay + int(nearest[i, n + 1]) <= instance.budget_s
    )


def _assemble(
    instance: Instance,
    *,
    nodes: Sequence[Node],
    first: NDArray[np.int64],
    options: Sequence[tuple[VisitOption, int]],
    matrices: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]],
    groups: Sequence[tuple[object, Sequence[int]]],
    before: Sequence[tuple[Sequence[int], Sequence[int]]],
) -> Arrays:
    n = len(nodes)
    seconds, cost, nearest = matrices
    words = max(1, -(-n // WORD))
    most = min(n, instance.max_stops if instance.max_stops is not None else n)
    counts = np.full(n + 1, -np.inf)
    counts[min(instance.min_stops, n + 1) : most + 1] = 0.0
    sizes = np.array([len(members) for _, members in groups], np.int64)
    worth = np.full((len(groups), int(sizes.max(initial=0)) + 1), -np.inf)
    so_far = np.zeros_like(worth)
    caps = np.zeros(len(groups), np.int64)
    for g, group in enumerate(instance.groups):
        so_far[g] = [group.worth(k) for k in range(so_far.shape[1])]
        size = int(sizes[g])
        caps[g] = size if group.cap is None else max(0, min(size, group.cap))
        for k in range(min(group.at_least, size + 1), int(caps[g]) + 1):
            worth[g, k] = group.worth(k)
    of = [[g for g, (_, members) in enumerate(groups) if i in set(members)] for i in range(n)]
    shuts = [{i} for i in range(n)]
    for ahead, behind in before:
        for i in behind:
            shuts[i] |= set(ahead)
    none = n + 1
    low = np.array([node.min_position or 0 for node in nodes], np.int64)
    high = np.array(
        [none if node.max_position is None else node.max_position for node in nodes], np.int64
    )
    wait = FOREVER if instance.max_wait_s is None else instance.max_wait_s
    return Arrays(
        n=n,
        groups=len(groups),
        first=np.asarray(first, np.int64),
        earliest=np.array([o.earliest for o, _ in options], np.int64),
        latest=np.array([latest for _, latest in options], np.int64),
        stay=np.array([o.stay for o, _ in options], np.int64),
        prize=np.array([o.prize for o, _ in options], np.float64),
        seconds=np.ascontiguousarray(seconds),
        cost=np.ascontiguousarray(cost, np.float64),
        nearest=np.ascontiguousarray(nearest),
        budget=int(instance.budget_s),
        max_wait=int(wait),
        wait_cost=float(instance.wait_cost),
        priced=bool(cost.any()),
        required=np.array([node.required for node in nodes], np.bool_),
        last_only=np.array([node.last_only for node in nodes], np.bool_),
        not_last=np.array([node.not_last for node in nodes], np.bool_),
        min_position=low,
        max_position=high,
        positions=bool((low > 0).any() or (high < none).any()),
        group_first=np.cumsum([0, *(len(each) for each in of)]).astype(np.int64),
        group_of=np.array([g for each in of for g in each], np.int64),
        sizes=sizes,
        worth=worth,
        so_far=so_far,
        caps=caps,
        at_least=np.array([group.at_least for group in instance.groups], np.int64),
        counts=counts,
        min_stops=int(instance.min_stops),
        max_stops=int(most),
        shuts=_bits(shuts, words),
        members=_bits([members for _, members in groups], words),
        before_first=_flags([ahead for ahead, _ in before], n),
        before_second=_flags([behind for _, behind in before], n),
    )


def _flags(sets: Sequence[Sequence[int]], n: int) -> NDArray[np.bool_]:
    rows = np.zeros((len(sets), n), np.bool_)
    for row, members in zip(rows, sets, strict=True):
        row[list(members)] = True
    return rows


def _bits(sets: Sequence[Iterable[int]], words: int) -> NDArray[np.uint64]:
    """Return sets as rows of bits."""
    rows = np.zeros((len(sets), words), np.uint64)
    for row, members in zip(rows, sets, strict=True):
        for i in members:
            row[i // WORD] |= np.uint64(1 << (i % WORD))
    return rows
