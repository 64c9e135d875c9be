"""The plan as people and scripts get it: the JSON of ``flaneur plan --json``.

These structures mirror the published interface field by field, so that one definition serves the
command line, saved plans, the drawing of a plan as text, and the verifier. They are values
without behaviour; :func:`encode` and :func:`decode` are the only ways out and in.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from planner.errors import UnreadableFileError
from planner.itinerary.editing import Edit  # noqa: TC001 - msgspec reads it to decode a plan

SCHEMA = 1


class _Value(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen part of the document."""


class SettingsPart(_Value, frozen=True, kw_only=True):
    """The frame that the plan was made for.

    ``own_only`` and ``new_only`` are there, and true, where the walk is kept to the person's own
    places, or to those where they have not been.
    """

    date: str
    start_time: str
    hours: float
    days: int = 1
    stops: int | None = None
    pace_kmh: float = 4.8
    step_free: bool = False
    weather: str = "dry"
    mode: str = "optimal"
    seed: int = 0
    own_only: bool | msgspec.UnsetType = msgspec.UNSET
    new_only: bool | msgspec.UnsetType = msgspec.UNSET


class SubRequestPart(_Value, frozen=True, kw_only=True):
    """One understood wish and the places that were bound to it.

    ``proposed`` is there, and true, where nobody said it: the hours suggested it.
    """

    pos: str
    neg: str | None
    mustsee: bool
    type: Literal["place", "start", "end", "itinerary"]
    place_ids: tuple[str, ...] = ()
    proposed: bool | msgspec.UnsetType = msgspec.UNSET


class UnderstoodPart(_Value, frozen=True, kw_only=True):
    """What was understood of the request; null stands for "not said".

    ``not_understood`` lists words that nothing knows, where there are any.
    """

    subrequests: tuple[SubRequestPart, ...] = ()
    hours: float | None = None
    start_time: str | None = None
    date: str | None = None
    stops: int | None = None
    by: str = "rules"
    not_understood: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


class IntentPart(_Value, frozen=True, kw_only=True):
    """What one wants to do between two times of the day."""

    category: str
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    reason: str


class AnchorPart(_Value, frozen=True, kw_only=True):
    """A fixed start or end."""

    place_id: str | None
    name: str
    lat: float
    lon: float


class StopPart(_Value, frozen=True, kw_only=True):
    """One stop with its times; ``arrive`` to ``visit_from`` is waiting."""

    place_id: str
    name: str
    lat: float
    lon: float
    category: str
    day: int = 1
    osm: str | None = None
    arrive: str
    visit_from: str
    depart: str
    opening_hours: str | None = None
    open: Literal["yes", "no", "unknown"]
    score: float
    serves: tuple[int, ...] = ()
    required: bool = False
    why: str = ""


class LegPart(_Value, frozen=True, kw_only=True):
    """A way on foot; ``path`` is [lon, lat] along the street graph.

    Where part of it is by ferry, ``ride_m`` and ``ride_s`` say how much; elsewhere they are absent.
    """

    day: int = 1
    origin: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")
    distance_m: float
    duration_s: int
    path: tuple[tuple[float, float], ...]
    steps: tuple[str, ...] = ()
    ride_m: float | msgspec.UnsetType = msgspec.UNSET
    ride_s: float | msgspec.UnsetType = msgspec.UNSET

    @property
    def afloat(self) -> tuple[float, float]:
        """Metres and seconds on ferries, 0 without any."""
        return (
            0.0 if self.ride_m is msgspec.UNSET else self.ride_m,
            0.0 if self.ride_s is msgspec.UNSET else self.ride_s,
        )


class TotalsPart(_Value, frozen=True, kw_only=True):
    """Sums over the walk; elapsed is walk + visit + wait.

    ``walk_m`` counts metres on foot; ``walk_s`` counts ferries too.
    """

    walk_m: float = 0.0
    walk_s: int = 0
    visit_s: int = 0
    wait_s: int = 0
    elapsed_s: int = 0
    score: float = 0.0


class OptimalityPart(_Value, frozen=True, kw_only=True):
    """What is known of the best score that any walk could have.

    ``loose`` is there, and true, where the bound is no close one: of several days, each was
    bounded as if the others left it everything.
    """

    proven: bool = False
    bound: float = 0.0
    gap: float = 0.0
    candidates: int = 0
    loose: bool | msgspec.UnsetType = msgspec.UNSET


class LeftOutPart(_Value, frozen=True, kw_only=True):
    """Something wished for or found that is not in the walk."""

    name: str
    reason: str


class ConflictPart(_Value, frozen=True, kw_only=True):
    """A constraint that cannot be met, or is broken, in words."""

    constraint: str
    place_id: str | None = None
    text: str


class RelaxationPart(_Value, frozen=True, kw_only=True):
    """A change that was checked to work, and how to say it on the command line."""

    change: str
    effect: str
    options: tuple[str, ...] = ()


class NarrativePart(_Value, frozen=True, kw_only=True):
    """The walk told in words."""

    summary: str | None = None
    by: str = "template"


class SecondsPart(_Value, frozen=True, kw_only=True):
    """Seconds spent on each stage; ``first_plan`` is the wait until a verified plan stood."""

    total: float = 0.0
    understand: float = 0.0
    retrieve: float = 0.0
    matrix: float = 0.0
    optimise: float = 0.0
    narrate: float = 0.0
    first_plan: float = 0.0


class CostPart(_Value, frozen=True, kw_only=True):
    """What the plan cost to make."""

    seconds: SecondsPart = SecondsPart()
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


class AppointmentPart(_Value, frozen=True, kw_only=True):
    """A place that one must be in at a time (HH:MM)."""

    place_id: str
    at: str


class PlanDocument(_Value, frozen=True, kw_only=True):
    """A whole plan, as published (schema 1).

    ``appointments`` and ``edits`` are there where the plan has some.
    """

    schema: int = SCHEMA
    status: Literal["ok", "infeasible"]
    plan_id: str | None = None
    city: str
    request: str
    settings: SettingsPart
    understood: UnderstoodPart
    intents: tuple[IntentPart, ...] = ()
    start: AnchorPart | None = None
    end: AnchorPart | None = None
    stops: tuple[StopPart, ...] = ()
    legs: tuple[LegPart, ...] = ()
    totals: TotalsPart = TotalsPart()
    optimality: OptimalityPart = OptimalityPart()
    left_out: tuple[LeftOutPart, ...] = ()
    violations: tuple[ConflictPart, ...] = ()
    conflicts: tuple[ConflictPart, ...] = ()
    relaxations: tuple[RelaxationPart, ...] = ()
    narrative: NarrativePart = NarrativePart()
    cost: CostPart = CostPart()
    appointments: tuple[AppointmentPart, ...] | msgspec.UnsetType = msgspec.UNSET
    edits: tuple[Edit, ...] | msgspec.UnsetType = msgspec.UNSET


def encode(document: PlanDocument, *, indent: int = 2) -> str:
    """Return the document as JSON text.

    Parameters
    ----------
    document
        The plan.
    indent
        Spaces a level; 0 for one line.
    """
    text = msgspec.json.encode(document)
    return (msgspec.json.format(text, indent=indent) if indent else text).decode()


def decode(text: str | bytes, *, origin: str = "the saved plan") -> PlanDocument:
    """Read a document back.

    Parameters
    ----------
    text
        JSON as :func:`encode` wrote it.
    origin
        What is being read, for the error.

    Raises
    ------
    UnreadableFileError
        If the text is not JSON or does not have the published form.
    """
    try:
        return msgspec.json.decode(text, type=PlanDocument)
    except msgspec.MsgspecError as error:
        raise UnreadableFileError(
            f"{origin} is not a plan that this version can read: {error}.",
            "It may be damaged or from a newer version of flaneur.",
        ) from error
