"""Values that travel between the stages of a plan.

Every value is frozen: a stage reads what it is given and returns something new. Units are metres,
seconds, and degrees WGS 84; times of day are local and carry no zone, as on a clock in the street.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

SubRequestType: TypeAlias = Literal["place", "start", "end", "itinerary"]
OpenState: TypeAlias = Literal["yes", "no", "unknown"]
Weather: TypeAlias = Literal["dry", "rain", "hot", "cold"]
Mode: TypeAlias = Literal["optimal", "paper"]
OrderKind: TypeAlias = Literal["first", "last", "before", "halfway", "at"]


@dataclass(frozen=True, slots=True)
class Position:
    """A point on the ground, in degrees WGS 84."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Source:
    """Where a place was read from: a file, its row (counted from 1) and the file's format."""

    file: str
    row: int | None
    format: str


@dataclass(frozen=True, slots=True)
class Place:
    """A point of interest (ItiNera, section 3.2 and appendix B).

    ``names`` maps an OSM name key without its prefix (``"fi"``, ``"en"``, ``"alt"``, ``"old"``,
    ``"short"``; a language's alternatives as ``"alt:en"``) to the name. ``category`` is a key of
    the category catalogue. ``context`` is the sentence that is embedded. ``opening_hours`` is the
    raw OSM value. ``osm`` is ``"node/123"``, ``"way/123"`` or ``"relation/123"``.

    ``favourite`` to ``own`` are what the person holds of it: ``rating`` from 0 to 5,
    ``visit_minutes`` how long this person stays there, ``own`` whether it is in their library.
    """

    id: str
    name: str
    position: Position
    category: str
    names: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None
    opening_hours: str | None = None
    osm: str | None = None
    context: str = ""
    notes: str = ""
    favourite: bool = False
    visited: bool = False
    never: bool = False
    sources: tuple[Source, ...] = ()
    rating: float | None = None
    visit_minutes: int | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class SubRequest:
    """One independent requirement of a request (ItiNera, section 3.3).

    ``pos`` and ``neg`` are words of the request; where only a dislike was said, ``pos`` is the
    fixed word ``"places"``. ``mustsee`` is true for a named place.
    """

    pos: str
    neg: str | None = None
    mustsee: bool = False
    type: SubRequestType = "place"


@dataclass(frozen=True, slots=True)
class OrderRule:
    """What a request says of the place of a wish in the walk, or of its time.

    Attributes
    ----------
    kind
        ``"first"`` and ``"last"``: no stop comes before, or behind, one that serves the wish;
        ``"before"``: every stop for the wish comes before every stop for ``other``;
        ``"halfway"``: around the middle of the walk's hours; ``"at"``: a visit begins at a time.
    wish, other
        Indices of sub-requests.
    at, early_s, slack_s
        When the visit begins, and how many seconds earlier and later it may.
    sure
        False where the words leave open which half of the day is meant.
    """

    kind: OrderKind
    wish: int
    other: int | None = None
    at: dt.time | None = None
    early_s: int = 0
    slack_s: int = 0
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Appointment:
    """A place that one must be in at a time: the visit begins then, or ``slack_s`` later.

    On a walk of several days, on any one of them.
    """

    place_id: str
    at: dt.time
    slack_s: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What was understood of a person's words; ``None`` stands for "not said".

    ``by`` names who understood: a model's name, or ``"rules"``. ``strange`` are words that nothing
    understood.
    """

    text: str
    subrequests: tuple[SubRequest, ...] = ()
    hours: float | None = None
    start_time: dt.time | None = None
    date: dt.date | None = None
    stops: int | None = None
    city: str | None = None
    by: str = "rules"
    strange: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person said by options; an option wins over the request's words.

    ``at`` holds appointments (a place and a time of day); ``forgo`` names must-sees that are given
    up after all, whoever asked for them. ``own_only`` keeps to the person's own places and
    ``new_only`` to those where they have not been, must-sees apart.
    """

    date: dt.date | None = None
    start_time: dt.time | None = None
    hours: float | None = None
    start: str | None = None
    end: str | None = None
    loop: bool = False
    stops: int | None = None
    days: int = 1
    pace_kmh: float = 4.8
    step_free: bool = False
    weather: Weather | None = None
    must: tuple[str, ...] = ()
    at: tuple[tuple[str, dt.time], ...] = ()
    avoid: tuple[str, ...] = ()
    forgo: tuple[str, ...] = ()
    own_only: bool = False
    new_only: bool = False
    mode: Mode = "optimal"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """The frame of one walk, after options, request and defaults were weighed.

    ``start`` is the local date and time at which the walk begins; the walk ends at the latest
    ``hours`` later. A walk of several ``days`` begins at that time each morning.
    """

    start: dt.datetime
    hours: float
    stops: int | None = None
    pace_kmh: float = 4.8
    step_free: bool = False
    weather: Weather = "dry"
    days: int = 1
    mode: Mode = "optimal"
    seed: int = 0

    @property
    def speed_ms(self) -> float:
        """Walking speed in metres a second."""
        return self.pace_kmh / 3.6

    @property
    def latest_end(self) -> dt.datetime:
        """The local time by which the first day's walk must be over."""
        return self.start + dt.timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A fixed start or end: a place, or a bare position (``place`` is then ``None``)."""

    name: str
    position: Position
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Where a wish should be: near any of some positions, which bear one name.

    ``wish`` is what is to be there, without the words that say where; empty where only the place
    was said ("near the cathedral").
    """

    wish: str
    name: str
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something asked for or found that is not in the walk, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class BoundRequest:
    """A request whose names stand for places of the library.

    Attributes
    ----------
    place_ids
        One tuple a sub-request: the ids bound to it, best first; empty for a wish without a name.
    required
        The ids that must be in the walk, in order of mention.
    excluded_categories, excluded_ids
        Hard dislikes: no stop may be of these categories or be one of these places.
    excluded_by
        For each excluded category or id, the words that excluded it.
    disliked
        Words of dislikes that only weigh ("crowds").
    own_only, new_only
        Only the person's own places; only those where they have not been. Must-sees are free.
    unbound
        Named things that no place of the library answers to.
    order
        What the words say of the order and the times of wishes.
    appointments
        Must-sees with a time of their own.
    proposed
        For sub-requests that nobody said but the hours suggest: the index, and why.
    near
        For sub-requests that say where they should be: the index, and near what.
    """

    request: Request
    place_ids: tuple[tuple[str, ...], ...]
    start: Anchor | None = None
    end: Anchor | None = None
    required: tuple[str, ...] = ()
    excluded_categories: frozenset[str] = frozenset()
    excluded_ids: frozenset[str] = frozenset()
    excluded_by: Mapping[str, str] = field(default_factory=dict)
    disliked: tuple[str, ...] = ()
    unbound: tuple[LeftOut, ...] = ()
    order: tuple[OrderRule, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    own_only: bool = False
    new_only: bool = False
    proposed: Mapping[int, str] = field(default_factory=dict)
    near: Mapping[int, Near] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that retrieval offers for a walk.

    ``score`` is the summed preference of equation 4; ``serves`` holds the indices of the
    sub-requests it answers; ``required`` marks must-sees. ``near`` holds, for a sub-request that
    says where it should be, how many metres it is on foot from there.
    """

    place: Place
    score: float
    serves: tuple[int, ...] = ()
    required: bool = False
    near: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leg:
    """A way between two stops of one day, on foot and now and then by ferry.

    ``origin`` is ``"start"`` or a place id, ``target`` a place id or ``"end"``; ``path`` is a run
    of (lon, lat) along the street graph. Of ``distance_m`` and ``duration_s``, ``ride_m`` and
    ``ride_s`` are spent on ferries.
    """

    origin: str
    target: str
    distance_m: float
    duration_s: int
    path: tuple[tuple[float, float], ...]
    day: int = 1
    steps: tuple[str, ...] = ()
    ride_m: float = 0.0
    ride_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stop:
    """A place in the walk with its times: ``arrive`` to ``visit_from`` is waiting.

    ``worth`` is what the stop adds to the walk, its way there included.
    """

    candidate: Candidate
    arrive: dt.datetime
    visit_from: dt.datetime
    depart: dt.datetime
    open: OpenState
    why: str = ""
    day: int = 1
    worth: float = 0.0

    @property
    def place(self) -> Place:
        """The place itself."""
        return self.candidate.place


@dataclass(frozen=True, slots=True)
class Itinerary:
    """Stops in order and the legs between them, from a start to an end where those are fixed."""

    settings: Settings
    stops: tuple[Stop, ...]
    legs: tuple[Leg, ...]
    start: Anchor | None = None
    end: Anchor | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A constraint that a walk breaks, in words."""

    constraint: str
    text: str
    place_id: str | None = None


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A change that was checked to make an impossible request possible.

    ``options`` is how to say it on the command line.
    """

    change: str
    effect: str
    options: tuple[str, ...] = ()
