"""Plans of generated requests: do they hold, how near are they to the bound, and to the paper's?

    .venv/bin/python scripts/bench_walks.py [--requests 200] [--candidates 20,60,120]
        [--seconds 1] [--seed 0] [--data DIR] [--home DIR] [--json FILE]

Requests are drawn from a seed over central Helsinki and, where the real data is ($FLANEUR_DATA,
else ../shared/data), Monaco and Rome. Every plan is verified. ``near`` is the share proven optimal
or within one per cent of the bound; the bound speaks of every candidate that retrieval offered.
Detours (AM) are metres beyond the exact shortest order of a plan's own stops; they count where that
order would hold too, with the same stays: no window or rule of order forces them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from planner.config import Home
from planner.domain import Wishes
from planner.evaluation.walkrequests import NOW, famous, opened, requests
from planner.language.embeddings import Embedder
from planner.retrieval.preference import Limits

if TYPE_CHECKING:
    from planner.evaluation.walkrequests import Asked
    from planner.itinerary.document import PlanDocument
    from planner.pipeline import Planner

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("FLANEUR_DATA", ROOT.parent / "shared" / "data"))
NEAR = 1.0
EXACT_ORDER = 9


def metres(document: PlanDocument, planner: Planner) -> dict[tuple[str, str], float]:
    """Return walking metres between all of a plan's stops and its ends."""
    from planner.domain import Position
    from planner.streets.attachment import attach
    from planner.streets.network import NO_FLAGS
    from planner.streets.travel import paced_matrix

    names = [stop.place_id for stop in document.stops]
    spots = [Position(stop.lat, stop.lon) for stop in document.stops]
    for name, part in (("start", document.start), ("end", document.end)):
        if part is not None:
            names.append(name)
            spots.append(Position(part.lat, part.lon))
    speed = document.settings.pace_kmh / 3.6
    attachments = attach(planner.city.streets, spots, avoid=NO_FLAGS)
    matrix = paced_matrix(planner.city.streets, attachments, speed_ms=speed, avoid=NO_FLAGS)
    return {(a, b): float(matrix[i, j]) for i, a in enumerate(names) for j, b in enumerate(names)}


def detour(document: PlanDocument, planner: Planner) -> float | None:
    """Return the metres beyond the shortest order that nothing forces; None where too many."""
    stops = document.stops
    if len(stops) > EXACT_ORDER:
        return None
    way = metres(document, planner)
    first = ["start"] if document.start is not None else []
    last = ["end"] if document.end is not None else []

    def length(order: tuple[str, ...]) -> float:
        path = [*first, *order, *last]
        return sum(way[a, b] for a, b in itertools.pairwise(path))

    mine = tuple(stop.place_id for stop in stops)
    walked = length(mine)
    shorter = sorted(
        (metres_, order)
        for order in itertools.permutations(mine)
        if (metres_ := length(order)) < walked - 0.5
    )
    for metres_, order in shorter:
        if holds(document, order, planner, way):
            return walked - metres_
    return 0.0


def holds(
    document: PlanDocument,
    order: tuple[str, ...],
    planner: Planner,
    way: dict[tuple[str, str], float],
) -> bool:
    """Whether a plan's stops hold in another order, open and suited, with the same stays."""
    from planner.itinerary.problem import MEAL_HOURS, PARTS_OF_DAY
    from planner.library.hours import state_during

    stops = {stop.place_id: stop for stop in document.stops}
    roles = [planner.catalogue.category(stops[each].category).role for each in order]
    pairs = list(itertools.pairwise(roles))
    if any(a == "bar" != b or a == b == "meal" for a, b in pairs) or roles[-1] == "cafe":
        return False
    settings = document.settings
    begin = now = dt.datetime.fromisoformat(f"{settings.date}T{settings.start_time}")
    here = "start" if document.start is not None else None
    for place_id, role in zip(order, roles, strict=True):
        stop = stops[place_id]
        if here is not None:
            now += dt.timedelta(seconds=way[here, place_id] / settings.pace_kmh * 3.6)
        stay = dt.datetime.fromisoformat(stop.depart) - dt.datetime.fromisoformat(stop.visit_from)
        place = planner.city.places[place_id]
        if state_during(place.opening_hours, now, now + stay, place.position) == "no":
            return False
        hour = now.hour + now.minute / 60
        if role == "meal" and not any(a <= hour <= b for a, b in MEAL_HOURS):
            return False
        parts = [PARTS_OF_DAY[part] for part in planner.catalogue.category(stop.category).times]
        before = dt.datetime.fromisoformat(stop.visit_from)
        was = before.hour + before.minute / 60
        if parts and any(a <= was < b for a, b in parts) > any(a <= hour < b for a, b in parts):
            return False
        now += stay
        here = place_id
    if document.end is not None and here is not None:
        now += dt.timedelta(seconds=way[here, "end"] / settings.pace_kmh * 3.6)
    return now <= begin + dt.timedelta(hours=settings.hours)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--candidates", default="20,60,120")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    embedder = Embedder.default()
    with tempfile.TemporaryDirectory() as folder:
        base = options.home or Path(folder)
        home = Home(base, base / "cache").ensure()
        planners = opened(home, options.data, embedder)
        names = {name: famous(planner) for name, planner in planners.items()}
        asked = requests(names, options.requests, options.seed)
        rows = [
            measured(planners, asked, int(many), options.seconds, compare=many == "60")
            for many in options.candidates.split(",")
        ]
    show(rows)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2), encoding="utf-8")


def measured(
    planners: dict[str, Planner], asked: list[Asked], many: int, seconds: float, *, compare: bool
) -> dict[str, float]:
    """Plan all requests with so many candidates, and say what came of it."""
    from dataclasses import replace

    limits = Limits(total=many, per_wish=min(8, max(many // 8, 2)), fillers=min(16, many // 4))
    plans = []
    for name, planner in planners.items():
        warm = replace(planner, seconds=seconds, limits=limits)
        warm.plan("a park", Wishes(), now=NOW)
        planners = {**planners, name: warm}
    for each in asked:
        began = time.perf_counter()
        document = planners[each.city].plan(each.text, each.wishes, now=NOW)
        plans.append((each, document, time.perf_counter() - began))
    good = [(each, document) for each, document, _ in plans if document.status == "ok"]
    optimality = [document.optimality for _, document in good]
    row = {
        "asked_for": many,
        "requests": len(plans),
        "infeasible": len(plans) - len(good),
        "candidates_least": min(o.candidates for o in optimality),
        "candidates_mean": statistics.fmean(o.candidates for o in optimality),
        "violations": sum(bool(document.violations) for _, document in good),
        "proven": 100 * statistics.fmean(o.proven for o in optimality),
        "near": 100 * statistics.fmean(o.proven or o.gap <= NEAR for o in optimality),
        "gap_mean": statistics.fmean(o.gap for o in optimality),
        "optimise_s": statistics.median(d.cost.seconds.optimise for _, d in good),
    }
    detours = [(detour(document, planners[each.city]), document) for each, document in good]
    told = [metres_ for metres_, _ in detours if metres_ is not None]
    row |= {"am_plans": len(told), "am_m": statistics.fmean(told), "am_most_m": max(told)}
    if compare:
        row |= beside_the_paper(planners, good)
    return row


def beside_the_paper(
    planners: dict[str, Planner], good: list[tuple[Asked, PlanDocument]]
) -> dict[str, float]:
    """Plan the same by the published method; count where that holds, and where it is better."""
    from dataclasses import replace

    kept = better = 0
    for each, document in good:
        wishes = replace(each.wishes, mode="paper")
        planner = replace(planners[each.city], seconds=0.05)
        paper = planner.plan(each.text, wishes, now=NOW)
        if paper.status != "ok" or paper.violations:
            continue
        kept += 1
        better += paper.totals.score > document.totals.score + 1e-3
    return {"paper_holds": kept, "paper_better": better}


def show(rows: list[dict[str, float]]) -> None:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    for key in keys:
        values = (f"{row[key]:>12.2f}" if key in row else " " * 12 for row in rows)
        print(f"{key:20}", *values)


if __name__ == "__main__":
    main()
