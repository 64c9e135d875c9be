"""Changes of one factor of a context: those that may matter, and those that must not.

Of a pair, the old plan under the new circumstances is the rejected answer where it cannot be
carried out or is worth clearly less; which of the two it is, the teacher says. A change that must
not matter makes a pair of another kind: the same answer is due.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.domain import Weather
    from planner.intents.context import Context

Factor: TypeAlias = Literal["hour", "weekday", "weather", "left", "done", "position"]
CLEARLY_LESS = 0.9
"""Of the best value under the new circumstances, what a rejected plan stays below."""
HOURS = (-6, -3, 3, 6)
SHORTER = (0.25, 0.5)
SKIES: tuple[Weather, ...] = ("dry", "rain", "hot", "cold")


@dataclass(frozen=True, slots=True)
class Change:
    """A context with one factor changed."""

    factor: Factor
    context: Context


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one prompt, of which the chosen one is better."""

    prompt: str
    chosen: tuple[str, ...]
    rejected: tuple[str, ...]


def telling(context: Context, first: str | None = None) -> Iterator[Change]:
    """Yield contexts with one factor changed that a plan should heed.

    Parameters
    ----------
    context
        The circumstances.
    first
        An intent of the old plan, which the change may have done already.
    """
    for hours in HOURS:
        yield Change("hour", _moved(context, dt.timedelta(hours=hours)))
    yield Change("weekday", _moved(context, dt.timedelta(days=6 - context.now.weekday() or -3)))
    for sky in SKIES:
        if sky != context.weather:
            yield Change("weather", replace(context, weather=sky))
    for share in SHORTER:
        yield Change("left", replace(context, left_min=max(10, round(context.left_min * share))))
    if first is not None and first not in context.done:
        yield Change("done", replace(context, done=(*context.done, first)))


def idle(context: Context) -> Iterator[Context]:
    """Yield contexts with one factor changed that no plan should heed.

    The same weekday a week on, a hundred metres more walked, the order of what was done.
    """
    if not context.holiday:
        yield _moved(context, dt.timedelta(days=7))
    yield replace(context, walked_m=context.walked_m + 100)
    if len(context.done) > 1:
        yield replace(context, done=tuple(reversed(context.done)))


def pair_of(
    prompt: str,
    *,
    best: tuple[tuple[str, ...], float],
    old: tuple[tuple[str, ...], float | None],
) -> Pair | None:
    """Return the pair of a change, if the old plan is surely worse under it.

    Parameters
    ----------
    prompt
        The new circumstances, as a student is told them.
    best
        The best sequence under them, and its value.
    old
        The old sequence and its value under them; ``None`` if it cannot be carried out.
    """
    if not best[0] or best[0] == old[0]:
        return None
    if old[1] is not None and old[1] >= CLEARLY_LESS * best[1]:
        return None
    return Pair(prompt, best[0], old[0])


def _moved(context: Context, by: dt.timedelta) -> Context:
    """Return a context at another time; the sun moves with the day, not with the hour."""
    days = dt.timedelta(days=(context.now + by).date().toordinal() - context.now.date().toordinal())
    sun = context.daylight
    return replace(
        context,
        now=context.now + by,
        daylight=None if sun is None else (sun[0] + days, sun[1] + days),
    )
