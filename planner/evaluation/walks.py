"""Suite ``walks``: generated requests over real cities, on their streets.

Nobody walked these, so there is no agreement to measure. What is measured is the order of the
stops (AM, OL), whether places exist (FR), whether the wishes are answered, and how many promises a
walk breaks: doors that are closed on arrival, hours that are passed, dislikes, and numbers of stops
or must-sees that are not kept.
"""

from __future__ import annotations

import datetime as dt
import time as clock
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from planner.evaluation import metrics, rivals
from planner.evaluation.keeping import Kept, code_digest, data_digest, key_of, model_digest
from planner.evaluation.measured import Measured, Results
from planner.evaluation.unaided import name_places
from planner.evaluation.walkrequests import EXTRACTS, NOW, famous, opened, requests
from planner.language.answers import TokenCost
from planner.library.hours import state_during
from planner.library.renown import renown
from planner.streets.attachment import attach
from planner.streets.geodesy import plane
from planner.streets.network import NO_FLAGS
from planner.streets.travel import journey, paced_matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.config import Home
    from planner.domain import Anchor, Place, Position
    from planner.evaluation.walkrequests import Asked
    from planner.itinerary.document import PlanDocument
    from planner.language.embeddings import Embedder
    from planner.language.engine import Engine
    from planner.pipeline import Planner

    Tell = Callable[[float, str], None]
    Times = Sequence[tuple[dt.datetime, dt.datetime]]

REQUESTS: Final = 200
SECONDS: Final = 0.5
ON_OFFER: Final = 60
"""So many of a city's best-known sights are what a rival chooses from."""
LISTED: Final = 40
"""So many of them fit into a small model's list."""
NAMED: Final = 6
"""How many places a model names where no number was asked for (prompt F.5)."""
_APPEAL: Final = 0.5
_USUAL: Final = 1


@dataclass(frozen=True, slots=True)
class Method:
    """One way to answer a request; ``few`` where it is asked of some of the requests only."""

    name: str
    kind: Literal["planner", "rival", "model"]
    few: bool = False


METHODS: Final[tuple[Method, ...]] = (
    *(Method(name, "rival") for name in rivals.NAMES),
    Method("model alone", "model", few=True),
    Method("model alone, CoT", "model", few=True),
    Method("model with the library", "model", few=True),
    Method("paper", "planner"),
    Method("ours", "planner"),
)


@dataclass(frozen=True)
class Town:
    """A city and what its rivals choose from."""

    planner: Planner

    @cached_property
    def sights(self) -> tuple[Place, ...]:
        """The best-known places that are worth a stop, best known first."""
        kinds = self.planner.catalogue
        known = (
            place
            for place in self.planner.city.places.values()
            if kinds.category(place.category).appeal >= _APPEAL
        )
        ranked = sorted(known, key=lambda place: (-renown(place), place.id))
        return tuple(ranked[:ON_OFFER])

    @cached_property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Every name of every place, with the place's id."""
        return tuple(
            (name, place.id)
            for place in self.planner.city.places.values()
            for name in dict.fromkeys((place.name, *place.names.values()))
            if name
        )

    def anchor(self, name: str | None) -> Anchor | None:
        """Return the place of a given start or end."""
        return None if name is None else self.planner.library.anchor(name)

    def metres(self, positions: Sequence[Position]) -> NDArray[np.float64]:
        """Return metres on foot between positions."""
        streets = self.planner.city.streets
        at = attach(streets, list(positions))
        found: NDArray[np.float64] = paced_matrix(streets, at, speed_ms=1.0, avoid=NO_FLAGS)
        return found

    def path(self, positions: Sequence[Position]) -> list[tuple[float, float]]:
        """Return the way on foot over positions, as (lon, lat)."""
        streets = self.planner.city.streets
        at = attach(streets, list(positions))
        line: list[tuple[float, float]] = []
        for here in range(len(positions) - 1):
            way = journey(streets, at, here, here + 1, speed_ms=1.0, avoid=NO_FLAGS)
            line += way.path if not line else way.path[1:]
        return line


@dataclass(frozen=True, slots=True)
class Made:
    """A walk as a method made it: places in order, and when it is in each, where that was said."""

    stops: tuple[str, ...]
    times: Times | None = None
    named: tuple[str, ...] | None = None
    cost: TokenCost = field(default_factory=TokenCost)


def open_towns(home: Home, data: Path, embedder: Embedder) -> dict[str, Town]:
    """Return the cities that there is data for, built where they are missing.

    Parameters
    ----------
    home
        Where the cities are, or are built.
    data
        The folder of the real data; without it, Helsinki alone is walked.
    embedder
        Embeds places and requests.
    """
    planners = opened(home, data, embedder)
    return {name: Town(replace(planner, seconds=SECONDS)) for name, planner in planners.items()}


def asked_of(towns: Mapping[str, Town], count: int, seed: int) -> list[Asked]:
    """Return the requests of a seed over cities."""
    known = {name: famous(town.planner) for name, town in towns.items()}
    return requests(known, count, seed)


def run_walks(
    towns: Mapping[str, Town],
    data: Path,
    *,
    engine: Engine | None = None,
    seed: int = 0,
    count: int = REQUESTS,
    few: int = 24,
    methods: Sequence[Method] = METHODS,
    kept: Path | None = None,
    tell: Tell | None = None,
) -> Results:
    """Measure methods over generated requests.

    Parameters
    ----------
    towns
        The cities.
    data
        The folder of the real data, of which results depend.
    engine
        The language model; without one, methods that ask it are left out.
    seed
        Of the draw of requests.
    count, few
        How many requests, and how many a model is asked.
    methods
        Which.
    kept, tell
        As in :func:`planner.evaluation.tours.run_tours`.
    """
    asked = asked_of(towns, count, seed)
    held = data_digest(path for file in EXTRACTS.values() if (path := data / file).is_file())
    results: Kept[Measured] = Kept(kept, Measured)
    chosen = [each for each in methods if each.kind != "model" or engine is not None]
    total = sum(len(asked[: few if each.few else None]) for each in chosen)
    done = 0
    found: dict[tuple[str, str], list[Measured]] = {}
    for method in chosen:
        digest = model_digest(engine.model) if engine is not None and method.few else ""
        for n, each in enumerate(asked[: few if method.few else None]):
            key = key_of(code_digest(), held, digest, method.name, f"{seed} {n}", repr(each))
            known = results.get(key)
            if known is None:
                known = answered(towns[each.city], f"{n}", each, method, engine=engine, seed=seed)
                results.put(key, known)
            found.setdefault(("all", method.name), []).append(known)
            done += 1
            if tell is not None:
                tell(done / total, f"walks: {method.name}")
    return Results("walks", found)


def answered(
    town: Town, name: str, asked: Asked, method: Method, *, engine: Engine | None, seed: int
) -> Measured:
    """Answer one request by one method, and measure the answer."""
    began = clock.perf_counter()
    made = _made(town, name, asked, method, engine, seed)
    seconds = clock.perf_counter() - began
    found = _measured(town, asked, made) if made.stops else {}
    names = [called for called, _ in town.names]
    said = (
        [town.planner.city.places[stop].name for stop in made.stops]
        if made.named is None
        else made.named
    )
    return Measured(
        request=name,
        stops=made.stops,
        fr=metrics.fail_rate(said, names),
        seconds=round(seconds, 4),
        prompt=made.cost.prompt,
        cached=made.cost.cached,
        completion=made.cost.completion,
        **found,
    )


def _made(
    town: Town, name: str, asked: Asked, method: Method, engine: Engine | None, seed: int
) -> Made:
    if method.kind == "planner":
        wishes = replace(asked.wishes, mode="paper") if method.name == "paper" else asked.wishes
        document = town.planner.plan(asked.text, wishes, now=NOW)
        if document.status != "ok":
            return Made(())
        return Made(tuple(stop.place_id for stop in document.stops), _times(document))
    if method.kind == "model" and engine is not None:
        answer = name_places(
            engine,
            town.planner.city.name.capitalize(),
            _in_words(asked),
            count=asked.wishes.stops or NAMED,
            thinking="CoT" in method.name,
            listed=_list_of(town) if "library" in method.name else (),
            seed=seed,
        )
        at = metrics.matches(answer.names, [called for called, _ in town.names])
        stops = dict.fromkeys(town.names[i][1] for i in at if i is not None)
        return Made(tuple(stops), None, answer.names, answer.cost)
    return Made(_rival(town, name, asked, method.name, seed))


def _in_words(asked: Asked) -> str:
    """Return the request with what its options say, since a model reads words alone."""
    wishes = asked.wishes
    said = [asked.text, f"for {wishes.hours:g} hours"]
    if wishes.start is not None:
        said.append(f"starting at {wishes.start}")
    if wishes.must:
        said.append(f"and {wishes.must[0]} in any case")
    return ", ".join(said)


def _list_of(town: Town) -> list[tuple[str, str]]:
    kinds = town.planner.catalogue
    return [(place.name, kinds.category(place.category).label) for place in town.sights[:LISTED]]


def _times(document: PlanDocument) -> Times:
    return [
        (dt.datetime.fromisoformat(stop.visit_from), dt.datetime.fromisoformat(stop.depart))
        for stop in document.stops
    ]


def _rival(town: Town, name: str, asked: Asked, method: str, seed: int) -> tuple[str, ...]:
    wishes = asked.wishes
    start = town.anchor(wishes.start)
    end = start if wishes.loop else None
    taken = start.place.id if start is not None and start.place is not None else None
    places = [place for place in town.sights if place.id != taken]
    positions = [place.position for place in places]
    positions += [anchor.position for anchor in (start, end) if anchor is not None]
    kinds = town.planner.catalogue
    choice = rivals.Field(
        metres=town.metres(positions),
        popularity=tuple(renown(place) for place in places),
        stays=tuple(60 * kinds.category(place.category).minutes[_USUAL] for place in places),
        start=None if start is None else len(places),
        end=None if end is None else len(places) + 1,
        stops=wishes.stops,
        budget_s=round(3600 * (wishes.hours or 4)),
        speed_ms=wishes.pace_kmh / 3.6,
    )
    order = rivals.chosen(method, choice, draw=f"{seed} {name}", seed=seed)
    return tuple(places[i].id for i in order)


def _measured(town: Town, asked: Asked, made: Made) -> dict[str, float | None]:
    start = town.anchor(asked.wishes.start)
    end = start if asked.wishes.loop else None
    places = [town.planner.city.places[stop] for stop in made.stops]
    path = [place.position for place in places]
    if start is not None:
        path.insert(0, start.position)
    if end is not None:
        path.append(end.position)
    metres = town.metres(path)
    walked = [float(metres[n, n + 1]) for n in range(len(path) - 1)]
    broken = float(_broken(town, asked, made, walked, begun=start is not None))
    if not np.isfinite(metres).all():
        # An order cannot be held against another that nobody can walk.
        return {"served": _served(town, asked, places), "broken": broken}
    lat, lon = np.array([(spot.lat, spot.lon) for spot in path]).T
    east, north = plane(lat, lon, float(lat[0]), float(lon[0]))
    return {
        "am": metrics.average_margin(
            metres, fixed_start=start is not None, fixed_end=end is not None
        ),
        "ol": float(metrics.overlaps(list(zip(east.tolist(), north.tolist(), strict=True)))),
        "ol_walked": float(metrics.overlaps(town.path(path))),
        "walk_m": sum(walked),
        "served": _served(town, asked, places),
        "broken": broken,
    }


def _served(town: Town, asked: Asked, places: Sequence[Place]) -> float | None:
    """Return the share of the wishes for a kind that some stop is of."""
    kinds = [found for each in asked.kinds if (found := town.planner.catalogue.named(each))]
    have = {place.category for place in places}
    return sum(bool(have & each) for each in kinds) / len(kinds) if kinds else None


def _broken(town: Town, asked: Asked, made: Made, walked: Sequence[float], *, begun: bool) -> int:
    """Count the promises that a walk breaks; without times of its own it stays as usual."""
    wishes, catalogue = asked.wishes, town.planner.catalogue
    places = [town.planner.city.places[stop] for stop in made.stops]
    begin = dt.datetime.combine(wishes.date or NOW.date(), wishes.start_time or dt.time(10))
    speed = wishes.pace_kmh / 3.6
    times = made.times or _as_usual(town, places, walked, begin, speed, begun=begun)
    closed = sum(
        state_during(place.opening_hours, enter, leave, place.position) == "no"
        for place, (enter, leave) in zip(places, times, strict=True)
    )
    rest = walked[-1] / speed if wishes.loop and begun else 0.0
    over = times[-1][1] + dt.timedelta(seconds=rest) > begin + dt.timedelta(
        hours=wishes.hours or 4, minutes=1
    )
    hated = catalogue.named(asked.dislike) if asked.dislike else frozenset()
    disliked = sum(place.category in hated for place in places)
    missing = sum(
        must is not None and must.place is not None and must.place.id not in made.stops
        for must in map(town.anchor, wishes.must)
    )
    miscounted = wishes.stops is not None and wishes.stops != len(places)
    return closed + over + disliked + missing + miscounted


def _as_usual(
    town: Town,
    places: Sequence[Place],
    walked: Sequence[float],
    begin: dt.datetime,
    speed: float,
    *,
    begun: bool,
) -> Times:
    kinds = town.planner.catalogue
    ways = [*walked[: len(places)]] if begun else [0.0, *walked[: len(places) - 1]]
    times, now = [], begin
    for place, metres in zip(places, ways, strict=True):
        far = metres if np.isfinite(metres) else 0.0
        enter = now + dt.timedelta(seconds=far / speed)
        stay = kinds.category(place.category).minutes[_USUAL]
        now = enter + dt.timedelta(minutes=stay)
        times.append((enter, now))
    return times
