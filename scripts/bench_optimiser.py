"""Our optimiser beside others on published orienteering instances, one route, in one run.

    python scripts/bench_optimiser.py DIR [--seconds 5] [--only c101,r105] [--solvers ours,pyvrp]

DIR holds Solomon's and Cordeau's instances with best_known.csv (see ``flaneur eval optw``). Others
take part where they are installed (``pip install flaneur[bench]``): OR-Tools CP-SAT, HiGHS through
PuLP, PyVRP. Every route is walked again through the instance's own file before it counts. Prints a
Markdown table of gaps to the best known, in percent.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from planner.evaluation import optw

THREADS = 2


def ours(case: optw.Benchmark, seconds: float) -> list[int]:
    from planner.spatial.orienteering.solver import solve

    solution = solve(case.instance(), seconds=seconds)
    return [i + 1 for i in solution.sequence] if solution else []


def cp_sat(case: optw.Benchmark, seconds: float) -> list[int]:
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    n = len(case.profit)
    away = case.distance.tolist()
    enter = [
        model.new_int_var(case.opens[i], max(case.opens[i], case.closes[i]), "") for i in range(n)
    ]
    skipped = [model.new_bool_var("") for _ in range(n)]
    arcs = [(i, i, skipped[i]) for i in range(1, n)]
    taken = {}
    for i in range(n):
        for j in range(n):
            leave = case.stay[i] + away[i][j]
            if i == j or (i and case.opens[i] + leave > case.closes[j]):
                continue
            arc = taken[i, j] = model.new_bool_var("")
            arcs.append((i, j, arc))
            if i and j:
                model.add(enter[j] >= enter[i] + leave).only_enforce_if(arc)
            elif j:
                model.add(enter[j] >= leave).only_enforce_if(arc)
            else:
                model.add(enter[i] + leave <= case.closes[0]).only_enforce_if(arc)
    model.add_circuit(arcs)
    model.maximize(sum(int(case.profit[i]) * (1 - skipped[i]) for i in range(1, n)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = THREADS
    if solver.solve(model) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return []
    follow = {i: j for (i, j), arc in taken.items() if solver.value(arc)}
    return _route(follow)


def highs(case: optw.Benchmark, seconds: float) -> list[int]:
    import pulp

    n = len(case.profit)
    away = case.distance.tolist()
    model = pulp.LpProblem("optw", pulp.LpMaximize)
    arcs = {
        (i, j): pulp.LpVariable(f"x_{i}_{j}", cat="Binary")
        for i in range(n)
        for j in range(n)
        if i != j and (not i or case.opens[i] + case.stay[i] + away[i][j] <= case.closes[j])
    }
    enter = [
        pulp.LpVariable(f"t_{i}", case.opens[i], max(case.opens[i], case.closes[i]))
        for i in range(n)
    ]
    into = [pulp.lpSum(x for (_, j), x in arcs.items() if j == k) for k in range(n)]
    out = [pulp.lpSum(x for (i, _), x in arcs.items() if i == k) for k in range(n)]
    model += pulp.lpSum(case.profit[k] * into[k] for k in range(1, n))
    model += out[0] == 1
    for k in range(n):
        model += into[k] == out[k]
        if k:
            model += into[k] <= 1
    for (i, j), x in arcs.items():
        leave = case.stay[i] + away[i][j]
        begin = enter[i] if i else 0
        until = enter[j] if j else case.closes[0]
        big = (case.closes[i] if i else 0) + leave - (case.opens[j] if j else case.closes[0])
        if big > 0:
            model += begin + leave - until <= big * (1 - x)
    model.solve(pulp.HiGHS(msg=False, timeLimit=seconds, threads=THREADS))
    follow = {i: j for (i, j), x in arcs.items() if (x.value() or 0) > 0.5}
    return _route(follow)


def pyvrp(case: optw.Benchmark, seconds: float) -> list[int]:
    from pyvrp import Model
    from pyvrp.stop import MaxRuntime

    model = Model()
    n = len(case.profit)
    points = [model.add_location(0, 0) for _ in range(n)]
    model.add_depot(points[0])
    for i in range(1, n):
        late = min(case.closes[i], case.closes[0])
        model.add_client(
            points[i],
            service_duration=case.stay[i],
            tw_early=min(case.opens[i], late),
            tw_late=late,
            prize=int(case.profit[i]),
            required=False,
        )
    model.add_vehicle_type(1, tw_early=0, tw_late=case.closes[0], unit_distance_cost=0)
    for i in range(n):
        for j in range(n):
            model.add_edge(points[i], points[j], 0, int(case.distance[i, j]))
    result = model.solve(stop=MaxRuntime(seconds), display=False)
    if not result.best.is_feasible():
        return []
    return [each.idx + 1 for route in result.best.routes() for each in route if each.is_client()]


def _route(follow: dict[int, int]) -> list[int]:
    route, here = [], follow.get(0, 0)
    while here:
        route.append(here)
        here = follow.get(here, 0)
    return route


SOLVERS = {
    "ours": (ours, "numba"),
    "cp-sat": (cp_sat, "ortools"),
    "highs": (highs, "highspy"),
    "pyvrp": (pyvrp, "pyvrp"),
}


def routed(name: str, path: Path, seconds: float) -> tuple[list[int], float]:
    """Return a solver's route and the seconds it took, without reading the file."""
    case = optw.read(path)
    began = time.perf_counter()
    route = SOLVERS[name][0](case, seconds)
    return route, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--only", help="instances, separated by commas")
    parser.add_argument("--solvers", default=",".join(SOLVERS))
    arguments = parser.parse_args()
    names = [name for name in arguments.solvers.split(",") if name in SOLVERS]
    for name in [name for name in names if importlib.util.find_spec(SOLVERS[name][1]) is None]:
        sys.stderr.write(f"{name} does not take part: {SOLVERS[name][1]} is not installed\n")
        names.remove(name)
    known = optw.best_known(arguments.folder)
    chosen = arguments.only.split(",") if arguments.only else sorted(known)
    print(f"| instance | best known | {' | '.join(names)} |")
    print(f"| --- | ---: |{' ---: |' * len(names)}")
    gaps: dict[str, list[float]] = {name: [] for name in names}
    took: dict[str, list[float]] = {name: [] for name in names}
    # A process each: their libraries do not bear one another's.
    spawn = multiprocessing.get_context("spawn")
    workers = {name: ProcessPoolExecutor(1, mp_context=spawn) for name in names}
    for name in names:
        workers[name].submit(routed, name, arguments.folder / f"{chosen[0]}.txt", 1.0).result()
    for instance in chosen:
        path = arguments.folder / f"{instance}.txt"
        cells = []
        for name in names:
            route, seconds = workers[name].submit(routed, name, path, arguments.seconds).result()
            score = optw.score(path, route)
            took[name].append(seconds)
            gaps[name].append(100 * (known[instance] - score) / known[instance])
            cells.append(f"{gaps[name][-1]:.2f}")
        print(f"| {instance} | {known[instance]:g} | {' | '.join(cells)} |", flush=True)
    for title, pick in (("mean gap, %", statistics.fmean), ("worst gap, %", max)):
        print(f"| {title} | | {' | '.join(f'{pick(gaps[name]):.2f}' for name in names)} |")
    print(f"| seconds | | {' | '.join(f'{statistics.fmean(took[name]):.1f}' for name in names)} |")


if __name__ == "__main__":
    main()
