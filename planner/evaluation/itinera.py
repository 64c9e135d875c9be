"""Suite ``itinera``: the paper's two tables (appendix B) from CSV, for whoever owns such data.

One table holds places (id, name, address, city, description, longitude, latitude, rating, category
and context), the other requests with the places of a walk that a person made for each. The tables
hold no streets; as in suite ``tours``, straight lines taken longer stand in.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import time as clock
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.domain import Place, Position, Wishes
from planner.errors import UnreadableFileError
from planner.evaluation import metrics, rivals
from planner.evaluation.keeping import Kept, code_digest, data_digest, key_of, model_digest
from planner.evaluation.measured import Measured, Results
from planner.evaluation.tourlibrary import metres_between, straight_lines
from planner.evaluation.variants import walk
from planner.frame import DEFAULT_HOURS
from planner.library.catalogue import UNKNOWN, Catalogue
from planner.library.importers.drafts import category_of
from planner.library.naming import NameIndex
from planner.pipeline import City, Planner
from planner.retrieval.index import PlaceIndex
from planner.spatial.orienteering.solver import warm_up
from planner.streets.geodesy import plane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.evaluation.variants import Variant
    from planner.language.answers import TokenCost
    from planner.language.engine import Engine
    from planner.retrieval.preference import Encoder

    Tell = Callable[[float, str], None]

NOW: Final = dt.datetime(2026, 11, 25, 8)
SECONDS: Final = 0.5
LEAST_PLACES: Final = 3
BEST_RATING: Final = 5.0
_USUAL: Final = 1
VARIANTS: Final[Mapping[str, Variant]] = {
    "paper": "paper",
    "without RD": "no RD",
    "without PPR": "no PPR",
    "without CSO": "no CSO",
    "ours": "whole",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request and the places of the walk that a person made for it."""

    text: str
    walk: tuple[str, ...]


def run_itinera(
    places: Path,
    itineraries: Path,
    encode: Encoder,
    *,
    engine: Engine | None = None,
    seed: int = 0,
    kept: Path | None = None,
    tell: Tell | None = None,
) -> Results:
    """Measure methods over the paper's tables.

    Parameters
    ----------
    places, itineraries
        The two tables.
    encode
        Turns texts into unit vectors.
    engine
        The language model that helps our method and chooses in the paper's, or ``None``.
    seed, kept, tell
        As in :func:`planner.evaluation.tours.run_tours`.

    Raises
    ------
    UnreadableFileError
        If a table is not what it should be.
    """
    known = read_places(places)
    asked = read_itineraries(itineraries, frozenset(known))
    catalogue = Catalogue.load()
    index = PlaceIndex.of(known.values(), encode([place.context for place in known.values()]))
    ratings = np.array([place.rating or 0.0 for place in known.values()])
    city = City(
        name=places.stem,
        places=known,
        names=NameIndex(known.values(), catalogue=catalogue),
        index=index.with_renown(ratings / BEST_RATING),
        streets=straight_lines(known),
    )
    planner = Planner(city, encode, catalogue, engine=engine, seconds=SECONDS)
    metres = metres_between(known.values())
    results: Kept[Measured] = Kept(kept, Measured)
    data, model = data_digest([places, itineraries]), engine.model if engine is not None else None
    names = (*rivals.NAMES, *VARIANTS)
    found: dict[tuple[str, str], list[Measured]] = {(city.name, name): [] for name in names}
    warm_up()
    for n, wanted in enumerate(asked):
        for at, name in enumerate(names):
            key = key_of(code_digest(), data, model_digest(model), name, f"{seed} {n}")
            row = results.get(key)
            if row is None:
                began = clock.perf_counter()
                stops, cost = _answered(planner, metres, wanted, name, f"{seed} {n}")
                row = _measured(planner, metres, f"{n}", wanted, stops, cost, began)
                results.put(key, row)
            found[city.name, name].append(row)
            if tell is not None:
                tell((n * len(names) + at + 1) / (len(asked) * len(names)), f"itinera: {name}")
    return Results("itinera", found)


def _answered(
    planner: Planner, metres: NDArray[np.float64], wanted: Wanted, name: str, seed: str
) -> tuple[tuple[str, ...], TokenCost | None]:
    if name in VARIANTS:
        day = Wishes(date=NOW.date() + dt.timedelta(days=1))
        walked = walk(planner, wanted.text, day, now=NOW, variant=VARIANTS[name])
        return walked.stops, walked.cost
    places = list(planner.city.places.values())
    kinds = planner.catalogue
    choice = rivals.Field(
        metres=metres,
        popularity=tuple(place.rating or 0.0 for place in places),
        stays=tuple(60 * kinds.category(place.category).minutes[_USUAL] for place in places),
        start=None,
        end=None,
        stops=None,
        budget_s=round(3600 * DEFAULT_HOURS),
        speed_ms=Wishes().pace_kmh / 3.6,
    )
    order = rivals.chosen(name, choice, draw=seed)
    return tuple(places[i].id for i in order), None


def _measured(
    planner: Planner,
    metres: NDArray[np.float64],
    name: str,
    wanted: Wanted,
    stops: tuple[str, ...],
    cost: TokenCost | None,
    began: float,
) -> Measured:
    seconds = clock.perf_counter() - began
    places = planner.city.places
    rows = {place: row for row, place in enumerate(places)}
    at = [rows[stop] for stop in stops]
    lat = np.array([places[stop].position.lat for stop in stops])
    lon = np.array([places[stop].position.lon for stop in stops])
    line = []
    if stops:
        east, north = plane(lat, lon, float(lat[0]), float(lon[0]))
        line = list(zip(east.tolist(), north.tolist(), strict=True))
    among = metres[np.ix_(at, at)]
    crossings = float(metrics.overlaps(line)) if stops else None
    return Measured(
        request=name,
        stops=stops,
        rr=metrics.recall(stops, wanted.walk),
        precision=metrics.precision(stops, wanted.walk),
        f1=metrics.f1(stops, wanted.walk),
        pairs_f1=metrics.pairs_f1(stops, wanted.walk),
        am=metrics.average_margin(among) if stops else None,
        ol=crossings,
        ol_walked=crossings,
        fr=metrics.fail_rate(
            [places[stop].name for stop in stops], [place.name for place in places.values()]
        ),
        walk_m=float(sum(among[i, i + 1] for i in range(len(at) - 1))),
        seconds=round(seconds, 4),
        prompt=cost.prompt if cost else 0,
        cached=cost.cached if cost else 0,
        completion=cost.completion if cost else 0,
    )


def read_places(path: Path) -> dict[str, Place]:
    """Read the table of places, by id.

    Raises
    ------
    UnreadableFileError
        If it is none, or holds too few places.
    """
    catalogue = Catalogue.load()
    places: dict[str, Place] = {}
    for number, row in _rows(path, ("id", "name", "longitude", "latitude", "category")):
        try:
            position = Position(float(row["latitude"]), float(row["longitude"]))
            rating = float(row["rating"]) if row.get("rating") else None
        except ValueError as error:
            raise _refused(path, number, f"{error}") from None
        if abs(position.lat) > 90 or abs(position.lon) > 180:  # noqa: PLR2004 - limits of degrees
            raise _refused(path, number, "that is no position on earth")
        place = Place(
            row["id"],
            row["name"],
            position,
            category_of(row["category"], catalogue) or UNKNOWN,
            address=row.get("address") or None,
            rating=None if rating is None else min(max(rating, 0.0), BEST_RATING),
        )
        told = (row.get(key, "") for key in ("name", "address", "description", "category"))
        context = row.get("context") or ", ".join(filter(None, told))
        places[place.id] = replace(place, context=context)
    if len(places) < LEAST_PLACES:
        raise UnreadableFileError(f"{path} holds fewer than {LEAST_PLACES} places.")
    return places


def read_itineraries(path: Path, known: frozenset[str]) -> tuple[Wanted, ...]:
    """Read the table of requests and walks.

    Parameters
    ----------
    path
        The table.
    known
        The ids of the places.

    Raises
    ------
    UnreadableFileError
        If it is none, or a walk holds a place that is not known.
    """
    found = []
    for number, row in _rows(path, ("user_request", "itinerary")):
        try:
            ids = json.loads(row["itinerary"])
        except json.JSONDecodeError:
            raise _refused(path, number, "the itinerary is no list such as [1, 3, 6]") from None
        walked = tuple(dict.fromkeys(f"{each}" for each in ids)) if isinstance(ids, list) else ()
        strange = [each for each in walked if each not in known]
        if not walked or strange:
            why = f"no place has the id {strange[0]}" if strange else "the itinerary is empty"
            raise _refused(path, number, why)
        found.append(Wanted(row["user_request"], walked))
    if not found:
        raise UnreadableFileError(f"{path} holds no request.", "Give the table of itineraries.")
    return tuple(found)


def _rows(path: Path, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV table with their lines."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            missing = [name for name in needed if name not in (table.fieldnames or ())]
            if missing:
                raise UnreadableFileError(
                    f"{path} has no column {' and no '.join(missing)}.",
                    "Give the tables as the paper's appendix B has them.",
                )
            for row in table:
                plain = {key: value.strip() for key, value in row.items() if isinstance(value, str)}
                if any(not plain.get(name) for name in needed):
                    raise _refused(path, table.line_num, "a value is missing")
                yield table.line_num, plain
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"{path} cannot be read: {error}.") from error


def _refused(path: Path, line: int, why: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} cannot be read, line {line}: {why}.",
        "Give the tables as the paper's appendix B has them.",
    )
