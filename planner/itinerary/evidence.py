"""A plan and what is known to be true, side by side, as the verifier's checks read them.

Nothing here comes from the code that made the plan: times are read from the published text,
stays and roles from the category catalogue's file.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from planner.domain import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planner.domain import Anchor, Appointment, OrderRule, Place, Settings
    from planner.itinerary.document import LegPart, PlanDocument, StopPart
    from planner.itinerary.survey import StreetTruth

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = re.compile(r"\d\d:\d\d", re.ASCII)
_SECOND = dt.timedelta(seconds=1)


class Kind(NamedTuple):
    """What a category says of its places: the shortest and longest stay, and the role.

    The role is ``"cafe"``, ``"bar"``, ``"meal"`` or ``"none"``.
    """

    short_min: float
    long_min: float
    role: str


@cache
def catalogued_kinds(own: str = "") -> Mapping[str, Kind]:
    """Return every category of the catalogue's file.

    Parameters
    ----------
    own
        The text of the person's own catalogue, which changes and adds entries.
    """
    text = (resources.files("planner.library") / "catalogue.toml").read_text("utf-8")
    # What follows the categories says nothing of stays.
    shipped, theirs = tomllib.loads(text.partition("\n[words]")[0]), tomllib.loads(own)
    groups, entries = (
        {
            key: {**shipped[table].get(key, {}), **theirs.get(table, {}).get(key, {})}
            for key in {**shipped[table], **theirs.get(table, {})}
        }
        for table in ("group", "category")
    )
    kinds: dict[str, Kind] = {}
    for key, entry in entries.items():
        whole = {**groups[entry["group"]], **entry}
        short, _, long = whole["minutes"]
        kinds[key] = Kind(short, long, whole.get("role", "none"))
    return MappingProxyType(kinds)


@dataclass(frozen=True, slots=True)
class Allowances:
    """What the person's own words allow beyond the built-in rules of taste.

    Attributes
    ----------
    cafes_and_bars
        How many cafés and bars one day may hold together.
    bars_anywhere, cafe_may_end, meals_may_follow
        Which of the paper's order rules (ItiNera, prompt F.4) are lifted.
    meal_hours
        Hours of the day between which a meal begins; ``None`` for any time.
    longest_wait_s
        The longest wait before one door, in seconds; ``None`` for no limit.
    stays
        For a place id, the shortest and longest stay in minutes that the person asked for.
    """

    cafes_and_bars: int = 2
    bars_anywhere: bool = False
    cafe_may_end: bool = False
    meals_may_follow: bool = False
    meal_hours: tuple[tuple[float, float], ...] | None = None
    longest_wait_s: int | None = None
    stays: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class GroundTruth:
    """What a plan is held against.

    Attributes
    ----------
    places
        Every place that could be in a plan, by id.
    streets
        The streets that may be walked.
    excluded_categories, excluded_ids
        Hard dislikes.
    own_only, new_only
        Only the person's own places; only places where they have not been.
    required
        The ids of the must-sees.
    start, end
        The start and end that the person fixed; ``None`` where free.
    settings
        The frame that was settled before planning; ``None`` to check the plan's own only for
        sense.
    counts
        For the index of a sub-request, how many stops may serve it ("one coffee"); must-sees do
        not count.
    daily
        Of those, the sub-requests whose count is a day's ("lunch").
    order
        What the words say of the order and the times of wishes.
    appointments
        Must-sees with a time of their own.
    positions
        For a place id, the place in its day's order at which it is locked, counted from 0.
    chains
        Runs of place ids that keep their order.
    allowances
        What the person's own words lift.
    kinds
        The categories; the catalogue's file where nothing else is given.
    """

    places: Mapping[str, Place]
    streets: StreetTruth
    excluded_categories: frozenset[str] = frozenset()
    excluded_ids: frozenset[str] = frozenset()
    own_only: bool = False
    new_only: bool = False
    required: tuple[str, ...] = ()
    start: Anchor | None = None
    end: Anchor | None = None
    settings: Settings | None = None
    counts: Mapping[int, int] = field(default_factory=dict)
    daily: frozenset[int] = frozenset()
    order: tuple[OrderRule, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    positions: Mapping[str, int] = field(default_factory=dict)
    chains: tuple[tuple[str, ...], ...] = ()
    allowances: Allowances = field(default_factory=Allowances)
    kinds: Mapping[str, Kind] = field(default_factory=catalogued_kinds)


class Times(NamedTuple):
    """A stop's times in seconds from the beginning of its own day's walk."""

    arrive: int
    visit_from: int
    depart: int


class Hop(NamedTuple):
    """Where a leg must lead: ``before`` and ``after`` are stop indices, ``None`` at an anchor."""

    day: int
    origin: str
    target: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Evidence:
    """A plan, the truth, and what several checks read from them."""

    document: PlanDocument
    truth: GroundTruth

    @cached_property
    def begin(self) -> dt.datetime | None:
        """When the first day's walk begins."""
        settings = self.document.settings
        if not (_DATE.fullmatch(settings.date) and _CLOCK.fullmatch(settings.start_time)):
            return None
        return moment(f"{settings.date}T{settings.start_time}:00")

    @cached_property
    def times(self) -> tuple[Times | None, ...]:
        """Each stop's times; ``None`` where they cannot be read."""
        return tuple(self._times(stop) for stop in self.document.stops)

    def _times(self, stop: StopPart) -> Times | None:
        moments = [moment(text) for text in (stop.arrive, stop.visit_from, stop.depart)]
        begin, earlier = self.begin, (stop.day - 1) * 86_400
        if begin is None:
            return None
        seconds = [(at - begin) // _SECOND - earlier for at in moments if at is not None]
        return Times(*seconds) if len(seconds) == len(moments) else None

    @cached_property
    def days(self) -> dict[int, list[int]]:
        """The indices of each day's stops, in order."""
        days: dict[int, list[int]] = {}
        for index, stop in enumerate(self.document.stops):
            days.setdefault(stop.day, []).append(index)
        return days

    @cached_property
    def hops(self) -> list[Hop]:
        """The legs that there must be, in order."""
        document, hops = self.document, []
        for day, indices in self.days.items():
            ids = [document.stops[index].place_id for index in indices]
            if document.start is not None:
                hops.append(Hop(day, "start", ids[0], None, indices[0]))
            hops += [
                Hop(day, ids[n], ids[n + 1], before, after)
                for n, (before, after) in enumerate(pairwise(indices))
            ]
            if document.end is not None:
                hops.append(Hop(day, ids[-1], "end", indices[-1], None))
        return hops

    @cached_property
    def walked(self) -> list[tuple[Hop, LegPart]]:
        """Each hop with the leg that walks it, as far as there is one."""
        legs = {(leg.day, leg.origin, leg.target): leg for leg in self.document.legs}
        found = [(hop, legs.get((hop.day, hop.origin, hop.target))) for hop in self.hops]
        return [(hop, leg) for hop, leg in found if leg is not None]

    def kind(self, stop: StopPart) -> Kind | None:
        """Return a stop's kind, by the library's category where the library has the place."""
        place = self.truth.places.get(stop.place_id)
        return self.truth.kinds.get(stop.category if place is None else place.category)

    def roles(self, indices: Iterable[int]) -> list[str]:
        """Return the roles of stops in the rules of taste."""
        kinds = (self.kind(self.document.stops[index]) for index in indices)
        return ["none" if kind is None else kind.role for kind in kinds]

    def position(self, name: str) -> Position | None:
        """Return where a leg's end truly lies; ``None`` if nothing is known of it."""
        if name in {"start", "end"}:
            stated = self.truth.start if name == "start" else self.truth.end
            if stated is not None:
                return stated.position
            part = self.document.start if name == "start" else self.document.end
            if part is None or not on_earth(part.lon, part.lat):
                return None
            return Position(part.lat, part.lon)
        place = self.truth.places.get(name)
        return None if place is None else place.position

    def label(self, name: str) -> str:
        """Return what people call a leg's end."""
        place = self.truth.places.get(name)
        return {"start": "the start", "end": "the end"}.get(name, place.name if place else name)

    def describe(self, leg: LegPart) -> str:
        """Return what people call a leg."""
        return f"the way from {self.label(leg.origin)} to {self.label(leg.target)}"


def moment(text: str) -> dt.datetime | None:
    """Read a local date and time to the second; ``None`` if it is none."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def on_earth(lon: float, lat: float) -> bool:
    """Say whether two numbers are a longitude and a latitude in degrees."""
    return abs(lon) <= 180 and abs(lat) <= 90  # noqa: PLR2004 - degrees
