"""Edits of a plan, as values: what a person changes by hand, and what must stay as it is.

An edit is a small frozen value that a plan carries with it, so that the plan knows what was locked,
removed and stretched. Plans and edits together make a :class:`History`, which can be undone, redone
and replayed. Nothing here plans; :mod:`planner.revision` makes the next plan of a plan and an edit.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from planner.itinerary.document import PlanDocument, StopPart


class _Edit(msgspec.Struct, frozen=True, kw_only=True, tag_field="edit", rename="kebab"):
    """A frozen edit; its tag names it in the published plan."""


class Lock(_Edit, frozen=True, kw_only=True, tag="lock"):
    """Keep a stop in the walk; with ``in_place`` also its place in the order of its day."""

    place_id: str
    in_place: bool = False


class Unlock(_Edit, frozen=True, kw_only=True, tag="unlock"):
    """Let a locked stop go."""

    place_id: str


class Remove(_Edit, frozen=True, kw_only=True, tag="remove"):
    """Take a stop out; it does not come back."""

    place_id: str


class Swap(_Edit, frozen=True, kw_only=True, tag="swap"):
    """Put another place where a stop stands."""

    place_id: str
    other_id: str


class Add(_Edit, frozen=True, kw_only=True, tag="add"):
    """Add a place, as stop ``at`` (from 0) of a day, or where it fits best."""

    place_id: str
    day: int = 1
    at: int | None = None


class Move(_Edit, frozen=True, kw_only=True, tag="move"):
    """Make a stop number ``to`` (from 0) of its day."""

    place_id: str
    to: int


class Stay(_Edit, frozen=True, kw_only=True, tag="stay"):
    """Stay so many minutes at a stop."""

    place_id: str
    minutes: int


class HereNow(_Edit, frozen=True, kw_only=True, tag="here-now"):
    """Be here at a time (HH:MM), and plan the rest of the walk anew.

    ``date`` (YYYY-MM-DD) says which of several days it is; the next plan is of what is left of
    that day alone. ``visited`` are the stops of the day that lie behind, ``elsewhere`` those of
    other days; they are found when the edit is made.
    """

    lat: float
    lon: float
    time: str
    name: str = "where you are"
    visited: tuple[str, ...] = ()
    date: str | None = None
    elsewhere: tuple[str, ...] = ()


Edit: TypeAlias = Lock | Unlock | Remove | Swap | Add | Move | Stay | HereNow


@dataclass(frozen=True, slots=True)
class Standing:
    """What the edits of a plan, taken together, ask for.

    Attributes
    ----------
    locked
        The ids of stops that must stay.
    in_place
        Those of them whose place in the order must stay too.
    added
        Ids that the person put in.
    removed
        Ids that do not come back.
    minutes
        Stays that the person chose.
    moved
        Ids whose place in the order the person chose, so that no other rule speaks of it.
    """

    locked: frozenset[str] = frozenset()
    in_place: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    minutes: Mapping[str, int] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()


def standing(edits: Sequence[Edit]) -> Standing:  # noqa: C901 - one case an edit
    """Return what some edits, one after the other, ask for together.

    Parameters
    ----------
    edits
        The edits, the oldest first.
    """
    locked: set[str] = set()
    in_place: set[str] = set()
    added: set[str] = set()
    removed: set[str] = set()
    moved: set[str] = set()
    minutes: dict[str, int] = {}

    def gone(place_id: str) -> None:
        removed.add(place_id)
        for ids in (added, moved, locked, in_place):
            ids.discard(place_id)
        minutes.pop(place_id, None)

    for edit in edits:
        match edit:
            case Lock(place_id=place_id):
                locked.add(place_id)
                if edit.in_place:
                    in_place.add(place_id)
            case Unlock(place_id=place_id):
                locked.discard(place_id)
                in_place.discard(place_id)
            case Remove(place_id=place_id):
                gone(place_id)
            case Swap(place_id=place_id, other_id=other_id):
                gone(place_id)
                removed.discard(other_id)
                added.add(other_id)
                moved.add(other_id)
            case Add(place_id=place_id):
                removed.discard(place_id)
                added.add(place_id)
                moved.add(place_id)
            case Move(place_id=place_id):
                moved.add(place_id)
            case Stay(place_id=place_id):
                minutes[place_id] = edit.minutes
            case HereNow(visited=visited, elsewhere=elsewhere):
                for place_id in (*visited, *elsewhere):
                    gone(place_id)
    return Standing(
        frozenset(locked),
        frozenset(in_place),
        frozenset(added),
        frozenset(removed),
        minutes,
        frozenset(moved),
    )


def edits_of(document: PlanDocument) -> tuple[Edit, ...]:
    """Return the edits that a plan carries."""
    return () if document.edits is msgspec.UNSET else document.edits


def days_of(document: PlanDocument) -> dict[int, tuple[StopPart, ...]]:
    """Return the stops of each day, in order."""
    days: dict[int, list[StopPart]] = {}
    for stop in document.stops:
        days.setdefault(stop.day, []).append(stop)
    return {day: tuple(stops) for day, stops in days.items()}


def date_of(document: PlanDocument, day: int, now: dt.datetime) -> str | None:
    """Return which day of a plan of several days it is; ``None`` for a plan of one.

    Parameters
    ----------
    document
        The plan.
    day
        The day of the stop where one is, for whoever looks at a plan of other days than today.
    now
        The local moment.
    """
    days = document.settings.days
    if days == 1:
        return None
    first = dt.date.fromisoformat(document.settings.date)
    since = (now.date() - first).days
    return (first + dt.timedelta(days=since if 0 <= since < days else day - 1)).isoformat()


@dataclass(frozen=True, slots=True)
class History:
    """A plan through its edits: ``plans[n]`` is what the first n edits made of ``plans[0]``.

    ``at`` is where one stands; edits behind it were undone and can be redone.
    """

    plans: tuple[PlanDocument, ...]
    edits: tuple[Edit, ...] = ()
    at: int = 0

    @staticmethod
    def of(document: PlanDocument) -> History:
        """Return the history of a plan that was not edited yet."""
        return History((document,))

    @property
    def plan(self) -> PlanDocument:
        """The plan as it stands."""
        return self.plans[self.at]

    def edited(self, edit: Edit, revise: Callable[[PlanDocument, Edit], PlanDocument]) -> History:
        """Return the history after one more edit; what was undone before is forgotten.

        Parameters
        ----------
        edit
            The edit.
        revise
            Makes the next plan; what it raises is raised, and this history stays as it is.
        """
        following = revise(self.plan, edit)
        here = self.at + 1
        return History((*self.plans[:here], following), (*self.edits[: self.at], edit), here)

    def undone(self) -> History:
        """Return the history one edit earlier; at its beginning, itself."""
        return History(self.plans, self.edits, max(self.at - 1, 0))

    def redone(self) -> History:
        """Return the history one edit later; at its end, itself."""
        return History(self.plans, self.edits, min(self.at + 1, len(self.edits)))

    def replayed(self, revise: Callable[[PlanDocument, Edit], PlanDocument]) -> History:
        """Return the same edits made anew, one after the other, on the first plan."""
        history = History.of(self.plans[0])
        for edit in self.edits[: self.at]:
            history = history.edited(edit, revise)
        return history
