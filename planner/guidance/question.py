"""What somebody asks who wants to know what to do next: where, when, and until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.errors import FlaneurError

if TYPE_CHECKING:
    from planner.domain import Anchor, Weather

LONGEST = dt.timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Question:
    """Where and when somebody asks what to do next.

    Attributes
    ----------
    at
        Where they stand.
    now
        The local moment.
    until
        When they must be done; three hours later where absent.
    weather
        The weather.
    visited_today
        Ids of places where they were today; these are not offered again.
    """

    at: Anchor
    now: dt.datetime
    until: dt.datetime | None = None
    weather: Weather = "dry"
    visited_today: frozenset[str] = frozenset()


def until_of(clock: dt.time, now: dt.datetime) -> dt.datetime:
    """Return the moment that a time of day means: today, or in the night that follows.

    Raises
    ------
    FlaneurError
        If that time has passed today and is no hour of the coming night.
    """
    moment = dt.datetime.combine(now.date(), clock)
    if moment > now:
        return moment
    moment += dt.timedelta(days=1)
    if moment - now > LONGEST:
        raise FlaneurError(
            f"{clock:%H:%M} has passed; it is {now:%H:%M}.",
            "Name a later time: --until HH:MM",
        )
    return moment
