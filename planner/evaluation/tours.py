"""Suite ``tours``: walks that real people made, left out one at a time and asked for in words.

Scored on what lies between the ends, since these are given. How popular a place is counts without
the person whose tour is asked for. See :mod:`planner.evaluation.tourlibrary` for what stands in
for streets.
"""

from __future__ import annotations

import datetime as dt
import time as clock
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec
import numpy as np

from planner.domain import Wishes
from planner.evaluation import metrics, rivals
from planner.evaluation.keeping import Kept, code_digest, data_digest, key_of, model_digest
from planner.evaluation.measured import Measured, Results
from planner.evaluation.tourlibrary import HOURS, open_library
from planner.evaluation.tourrequests import tour_requests
from planner.evaluation.unaided import name_places
from planner.evaluation.variants import walk
from planner.evaluation.visits import read_cities
from planner.frame import DEFAULT_HOURS
from planner.pipeline import Planner
from planner.spatial.orienteering.solver import warm_up
from planner.streets.geodesy import plane

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from planner.evaluation.tourlibrary import TourLibrary
    from planner.evaluation.tourrequests import TourRequest
    from planner.evaluation.variants import Variant
    from planner.language.engine import Engine
    from planner.retrieval.preference import Encoder

    Tell = Callable[[float, str], None]

Measure: TypeAlias = Literal["all", "some", "few"]

NOW: Final = dt.datetime(2026, 11, 25, 8)
WISHES: Final = Wishes(hours=HOURS, start_time=dt.time(0), date=dt.date(2026, 11, 26))
SECONDS: Final = 0.5
"""For a search that proves nothing before; with some thirty places most are proven."""
STAY_S: Final = 1800
OURS: Final = "ours"


@dataclass(frozen=True, slots=True)
class Method:
    """One way to answer a request.

    Attributes
    ----------
    name
        As it stands in tables.
    kind
        What of this suite's code makes its walks.
    over
        Over how many of the requests it is measured: "some" for what costs more, "few" for what
        asks a language model each time.
    variant
        Of the planner, if it is one.
    model
        Whether it asks the language model.
    """

    name: str
    kind: Literal["planner", "rival", "model"]
    over: Measure
    variant: Variant = "whole"
    model: bool = False


METHODS: Final[tuple[Method, ...]] = (
    *(Method(name, "rival", "all") for name in rivals.NAMES),
    Method("themes alone", "rival", "all"),
    Method("model alone", "model", "few", model=True),
    Method("model alone, CoT", "model", "few", model=True),
    Method("model with the library", "model", "few", model=True),
    Method("paper", "planner", "some", "paper"),
    Method("paper, model chooses", "planner", "few", "paper", model=True),
    Method("without RD", "planner", "some", "no RD"),
    Method("without PPR", "planner", "some", "no PPR"),
    Method("without CSO", "planner", "some", "no CSO"),
    Method("ours, model helps", "planner", "few", model=True),
    Method(OURS, "planner", "all"),
)
"""All of them; "themes alone" is no published baseline but the plainest one that reads."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How many requests of each city; ``None`` for all of them."""

    all: int | None = None
    some: int = 100
    few: int = 20

    def of(self, over: Measure) -> int | None:
        """Return how many requests a method is measured over."""
        return {"all": self.all, "some": self.some, "few": self.few}[over]


QUICK: Final = Extent(16, 4, 1)


def run_tours(
    folder: Path,
    encode: Encoder,
    *,
    engine: Engine | None = None,
    seed: int = 0,
    extent: Extent = Extent(),
    methods: Sequence[Method] = METHODS,
    kept: Path | None = None,
    tell: Tell | None = None,
) -> Results:
    """Measure methods over the cities of a folder.

    Parameters
    ----------
    folder
        The published tables.
    encode
        Turns texts into unit vectors.
    engine
        The language model; without one, methods that ask it are left out.
    seed
        Decides words, samples and draws.
    extent
        How many requests.
    methods
        Which.
    kept
        The file in which results are kept between runs.
    tell
        Told how far the work is: a share between 0 and 1, and what is being done.

    Raises
    ------
    UnreadableFileError
        If the folder holds no such tables.
    StoreError
        If results cannot be kept.
    """
    cities = read_cities(folder)
    results: Kept[Measured] = Kept(kept, Measured)
    data = data_digest(path for path in folder.glob("*.csv"))
    asked = {city.name: tour_requests(city, seed=seed, most=extent.all) for city in cities}
    chosen = [each for each in methods if engine is not None or not each.model]
    total = sum(
        len(requests[: extent.of(each.over)]) for requests in asked.values() for each in chosen
    )
    done = 0
    warm_up()
    found: dict[tuple[str, str], list[Measured]] = {}
    for city in cities:
        library = open_library(city, encode)
        for method in chosen:
            rows = found.setdefault((city.name, method.name), [])
            digest = model_digest(engine.model) if engine is not None and method.model else ""
            for request in asked[city.name][: extent.of(method.over)]:
                key = key_of(
                    code_digest(),
                    data,
                    digest,
                    method.name,
                    f"{seed}",
                    request.tour.id,
                    request.text,
                )
                known = results.get(key)
                if known is None:
                    known = answered(library, request, method, encode, engine=engine, seed=seed)
                    results.put(key, known)
                rows.append(known)
                done += 1
                if tell is not None:
                    tell(done / total, f"tours: {city.name}, {method.name}")
    return Results("tours", found)


def answered(
    library: TourLibrary,
    request: TourRequest,
    method: Method,
    encode: Encoder,
    *,
    engine: Engine | None = None,
    seed: int = 0,
) -> Measured:
    """Answer one request by one method, and measure the answer."""
    popularity = library.visits.popularity(request.tour.person)
    began = clock.perf_counter()
    named: tuple[str, ...] | None = None
    if method.kind == "rival":
        stops = _rival(library, request, method.name, popularity, seed)
        cost = None
    elif method.kind == "model" and engine is not None:
        held = [(each.name, each.theme.casefold()) for each in library.visits.attractions.values()]
        answer = name_places(
            engine,
            library.visits.name,
            request.text,
            count=request.count,
            thinking="CoT" in method.name,
            listed=held if "library" in method.name else (),
            seed=seed,
        )
        named, cost = answer.names, answer.cost
        stops = _existing(library, named)
    else:
        planner = Planner(
            library.known_by(popularity),
            encode,
            library.catalogue,
            engine=engine if method.model else None,
            seconds=SECONDS,
        )
        ends = (library.visits.attractions[request.tour.stops[end]].name for end in (0, -1))
        start, end = ends
        given = Wishes(
            hours=HOURS,
            start_time=WISHES.start_time,
            date=WISHES.date,
            start=start,
            end=end,
            stops=request.count,
        )
        walked = walk(planner, request.text, WISHES, now=NOW, variant=method.variant, given=given)
        stops, cost = walked.stops, walked.cost
    seconds = clock.perf_counter() - began
    measured = _measured(library, request, stops, named)
    return msgspec.structs.replace(
        measured,
        seconds=round(seconds, 4),
        prompt=cost.prompt if cost else 0,
        cached=cost.cached if cost else 0,
        completion=cost.completion if cost else 0,
    )


def _rival(
    library: TourLibrary,
    request: TourRequest,
    name: str,
    popularity: Mapping[str, int],
    seed: int,
) -> tuple[str, ...]:
    rows = {place: row for row, place in enumerate(library.visits.attractions)}
    first, last = request.tour.stops[0], request.tour.stops[-1]
    free = [place for place in rows if place not in {first, last}]
    if name == "themes alone":
        ranked = sorted(free, key=lambda place: (-popularity[place], rows[place]))
        return _one_of_each(library, request, ranked)
    at = [*(rows[place] for place in free), rows[first], rows[last]]
    field = rivals.Field(
        metres=library.metres[np.ix_(at, at)],
        popularity=tuple(float(popularity[place]) for place in free),
        stays=(STAY_S,) * len(free),
        start=len(free),
        end=len(free) + 1,
        stops=min(request.count, len(free)),
        budget_s=round(DEFAULT_HOURS * 3600),
        speed_ms=WISHES.pace_kmh / 3.6,
    )
    order = rivals.chosen(name, field, draw=f"{seed} {request.tour.id}", seed=seed)
    return tuple(free[i] for i in order)


def _one_of_each(
    library: TourLibrary, request: TourRequest, ranked: Sequence[str]
) -> tuple[str, ...]:
    """Take the most popular place of each theme, then the most popular of any of them."""
    kinds = {place: library.visits.attractions[place].theme for place in ranked}
    best = [
        next((place for place in ranked if kinds[place] == theme), None) for theme in request.themes
    ]
    first = [place for place in best if place is not None]
    more = [place for place in ranked if kinds[place] in request.themes and place not in first]
    return tuple([*first, *more][: request.count])


def _existing(library: TourLibrary, named: Sequence[str]) -> tuple[str, ...]:
    ids = list(library.visits.attractions)
    existing = [each.name for each in library.visits.attractions.values()]
    found = metrics.matches(named, existing)
    return tuple(dict.fromkeys(ids[at] for at in found if at is not None))


def _measured(
    library: TourLibrary, request: TourRequest, stops: Sequence[str], named: Sequence[str] | None
) -> Measured:
    first, *wanted, last = request.tour.stops
    inner = [stop for stop in stops if stop not in {first, last}]
    path = [first, *inner, last]
    rows = {place: row for row, place in enumerate(library.visits.attractions)}
    at = [rows[place] for place in path]
    spots = [library.visits.attractions[place].position for place in path]
    metres = library.metres[np.ix_(at, at)]
    east, north = plane(
        np.array([spot.lat for spot in spots]),
        np.array([spot.lon for spot in spots]),
        spots[0].lat,
        spots[0].lon,
    )
    line = list(zip(east.tolist(), north.tolist(), strict=True))
    existing = [each.name for each in library.visits.attractions.values()]
    # Who gives ids gives the names behind them.
    said = [library.city.places[stop].name for stop in stops] if named is None else named
    return Measured(
        request=request.tour.id,
        stops=tuple(inner),
        rr=metrics.recall(inner, wanted),
        precision=metrics.precision(inner, wanted),
        f1=metrics.f1(inner, wanted),
        pairs_f1=metrics.pairs_f1(path, request.tour.stops),
        am=metrics.average_margin(metres, fixed_start=True, fixed_end=True) if inner else None,
        ol=float(metrics.overlaps(line)) if inner else None,
        # A line walked as the crow flies crosses itself where the straight lines do.
        ol_walked=float(metrics.overlaps(line)) if inner else None,
        fr=metrics.fail_rate(said, existing),
        walk_m=float(sum(metres[n, n + 1] for n in range(len(path) - 1))),
    )
