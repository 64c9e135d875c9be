"""The published method, whole: clusters, hierarchical tour, start, and a choice along the order.

ItiNera orders the candidates (section 3.5) and lets a language model pick stops from that order
(prompt F.4). Opening hours and stays play no part in it, and hours are a hint; so what comes out
may break what a person relies on, and the verifier says what. It serves for comparison, and as a
walk to begin the search with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.itinerary.schedule import Timeline
from planner.itinerary.selection import keep_taste, ranked_subset

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.itinerary.schedule import WalkProblem
    from planner.language.engine import LanguageModel
    from planner.library.catalogue import Catalogue


def published_walk(
    metres: NDArray[np.float64],
    problem: WalkProblem,
    catalogue: Catalogue,
    *,
    start: int | None,
    end: int | None,
    engine: LanguageModel | None = None,
    text: str = "",
    seed: int = 0,
) -> Timeline | None:
    """Return the walk of the published method, with usual stays and without waiting.

    Parameters
    ----------
    metres
        Walking distances between the candidates and the fixed ends.
    problem
        The same candidates as visits; one that stands in it twice counts as the first of the two.
    catalogue
        For what to begin with, and what never to begin with.
    start, end
        Rows of the fixed ends.
    engine
        The language model that chooses along the order; without one, rank does.
    text
        The request, for the model.
    seed
        For the tour.

    Returns
    -------
    Timeline or None
        ``None`` where there is nothing to choose from. The walk need not hold.
    """
    from planner.spatial.arrangement import arrange

    visit_of: dict[str, int] = {}
    for i, visit in enumerate(problem.visits):
        visit_of.setdefault(visit.candidate.place.id, i)
    visits = [problem.visits[i] for i in visit_of.values()]
    if not visits:
        return None
    rows = list(visit_of.values())
    categories = [catalogue.category(visit.candidate.place.category) for visit in visits]
    arrangement = arrange(
        metres,
        scores=[visit.candidate.score for visit in visits],
        required=[n for n, visit in enumerate(visits) if visit.candidate.required],
        unhurried=[n for n, each in enumerate(categories) if each.group == "culture"],
        nightlife=[n for n, each in enumerate(categories) if each.role == "bar"],
        start=start,
        end=end,
        seed=seed,
    )
    order = [rows[arrangement.rows[at]] for at in arrangement.order]
    chosen = ranked_subset(problem, order)
    if engine is not None:
        from planner.language.subset import choose_subset

        said = choose_subset(
            engine,
            text,
            [_described(problem, i, catalogue) for i in order],
            hours=problem.budget_s / 3600,
            stops=problem.stops,
            seed=seed,
        )
        picked = [order[at] for at in said]
        if picked:
            must = {i for i in order if problem.visits[i].candidate.required}
            chosen = keep_taste(problem, [i for i in order if i in must.union(picked)])
    return _walked(problem, chosen)


def _described(problem: WalkProblem, i: int, catalogue: Catalogue) -> tuple[str, str, int]:
    visit = problem.visits[i]
    place = visit.candidate.place
    return place.name, catalogue.category(place.category).label, visit.stays[1] // 60


def _walked(problem: WalkProblem, sequence: Sequence[int]) -> Timeline:
    """Walk a sequence with usual stays, come what may."""
    now, walked, here = 0, 0, problem.start
    arrive, depart = [], []
    for i in sequence:
        step = 0 if here is None else problem.seconds[here][i] or 0
        now += step
        walked += step
        arrive.append(now)
        now += problem.visits[i].stays[1]
        depart.append(now)
        here = i
    if problem.end is not None and here is not None:
        step = problem.seconds[here][problem.end] or 0
        now += step
        walked += step
    return Timeline(tuple(sequence), tuple(arrive), tuple(arrive), tuple(depart), now, walked)
