"""What is known when somebody asks what to do next, and the line of text that says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import datetime as dt

    from planner.domain import Position, Weather

Trigger: TypeAlias = Literal["hungry", "thirsty", "tired", "rain starts", "ticket"]
SATURDAY = 5
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of a moment.

    Attributes
    ----------
    now
        The local date and time.
    left_min
        Minutes until one must be done.
    weather
        Rain, heat and cold speak for a roof.
    holiday
        Whether it is a public holiday.
    position, at
        Where one is, and the category of the place that one is at, if any.
    walked_m
        Metres walked so far today.
    done
        Keys of the intents done today, in order.
    likes
        Keys of the intents that the person's favourites speak for.
    visited, never
        Keys of the categories of which the person has visited places, or wants no more of some.
    triggers
        What has just come up.
    daylight
        Sunrise and sunset, if known.
    """

    now: dt.datetime
    left_min: int
    weather: Weather = "dry"
    holiday: bool = False
    position: Position | None = None
    at: str | None = None
    walked_m: int = 0
    done: tuple[str, ...] = ()
    likes: frozenset[str] = frozenset()
    visited: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    triggers: tuple[Trigger, ...] = ()
    daylight: tuple[dt.datetime, dt.datetime] | None = None

    def dark(self, at: dt.datetime) -> bool:
        """Whether the sun is known to be down at a time."""
        return self.daylight is not None and not self.daylight[0] <= at <= self.daylight[1]

    @property
    def weekend(self) -> bool:
        """Whether it is Saturday or Sunday."""
        return self.now.weekday() >= SATURDAY

    def text(self) -> str:
        """Return all of it as one short line, every factor in its place, ``-`` for none.

        Positions are given to three decimals, about a hundred metres.
        """
        where = "-"
        if self.position is not None:
            where = f"{self.position.lat:.3f},{self.position.lon:.3f}"
        day = "holiday" if self.holiday else "weekend" if self.weekend else "workday"
        factors = (
            ("left", str(self.left_min)),
            ("sky", self.weather),
            ("pos", where),
            ("at", self.at or "-"),
            ("walked", str(self.walked_m)),
            ("done", _listed(self.done)),
            ("likes", _listed(sorted(self.likes))),
            ("visited", _listed(sorted(self.visited))),
            ("never", _listed(sorted(self.never))),
            ("trigger", _listed(self.triggers)),
            (
                "sun",
                "-" if self.daylight is None else "/".join(f"{x:%H:%M}" for x in self.daylight),
            ),
        )
        head = f"{self.now:%Y-%m-%d} {DAYS[self.now.weekday()]} {day} {self.now:%H:%M}"
        return " ".join((head, *(f"{name}={value}" for name, value in factors)))


def _listed(values: tuple[str, ...] | list[str]) -> str:
    return ",".join(value.replace(" ", "_") for value in values) or "-"
