"""What a walk was promised to keep beyond places and streets: order, dates, meals, waits, taste.

The second half of the verifier. Like the first it reads the published plan and the ground truth,
and shares no code with what makes plans.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import UnsetType

from planner.domain import Violation
from planner.itinerary.evidence import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.domain import OrderRule
    from planner.itinerary.document import StopPart
    from planner.itinerary.evidence import Allowances, Evidence

_HALFWAY = (0.3, 0.65)
_A_DAY_S = 86_400
_DRINKS = frozenset({"cafe", "bar"})
_SCORE_SLACK = 1e-3
_GAP_SLACK = 0.02


def counts(case: Evidence) -> Iterator[Violation]:
    """Check that no more stops serve a wish than it asks for, in all or on each day."""
    document, truth = case.document, case.truth
    wishes = document.understood.subrequests
    for index, most in truth.counts.items():
        served: Counter[int] = Counter(
            stop.day if index in truth.daily else 0
            for stop in document.stops
            if index in stop.serves and stop.place_id not in truth.required
        )
        for number in served.values():
            if number > most:
                wish = wishes[index].pos if 0 <= index < len(wishes) else str(index)
                text = f"{number} stops serve the wish {wish!r}; it asks for {most}."
                yield Violation("count", text)


def appointments(case: Evidence) -> Iterator[Violation]:
    """Check that one is where one has a date, in time, and that the plan names each date."""
    document = case.document
    parts = () if isinstance(document.appointments, UnsetType) else document.appointments
    told = {(part.place_id, part.at) for part in parts}
    asked = {(date.place_id, f"{date.at:%H:%M}") for date in case.truth.appointments}
    for place_id, at in sorted(told ^ asked):
        text = "was never made" if (place_id, at) in told else "is not named in the plan"
        yield Violation(
            "appointment", f"The date at {case.label(place_id)} at {at} {text}.", place_id
        )
    stops = {stop.place_id: stop for stop in case.document.stops}
    for date in case.truth.appointments:
        stop = stops.get(date.place_id)
        begin = None if stop is None else moment(stop.visit_from)
        if stop is None:
            text = f"There is a date at {case.label(date.place_id)}, but the walk misses it."
            yield Violation("appointment", text, date.place_id)
        elif begin is not None and not 0 <= _since(begin, date.at) <= date.slack_s:
            text = f"The visit to {stop.name} begins at {begin:%H:%M:%S}; the date is at "
            yield Violation("appointment", f"{text}{date.at:%H:%M}.", date.place_id)


def _since(begin: dt.datetime, at: dt.time) -> float:
    """Return the seconds from a time of day to a moment, at most half a day to either side."""
    due = dt.datetime.combine(begin.date(), at)
    late = (begin - due).total_seconds()
    return (late + _A_DAY_S / 2) % _A_DAY_S - _A_DAY_S / 2


def order(case: Evidence) -> Iterator[Violation]:
    """Check the order and the times that the request's words ask for, day by day."""
    for indices in case.days.values():
        stops = [case.document.stops[index] for index in indices]
        for rule in case.truth.order:
            if rule.kind in {"at", "halfway"}:
                yield from _timed(case, rule, stops)
            else:
                yield from _placed(case, rule, stops)


def _wish(case: Evidence, index: int | None) -> str:
    wishes = case.document.understood.subrequests
    known = index is not None and 0 <= index < len(wishes)
    return wishes[index].pos if known and index is not None else str(index)


def _placed(case: Evidence, rule: OrderRule, stops: list[StopPart]) -> Iterator[Violation]:
    serving = [rule.wish in stop.serves for stop in stops]
    if rule.kind == "before":
        late = [rule.other in stop.serves for stop in stops]
        ahead = [n for n, _ in enumerate(stops) if serving[n] and not late[n]]
        behind = [n for n, _ in enumerate(stops) if late[n] and not serving[n]]
        if ahead and behind and max(ahead) > min(behind):
            text = f"A stop for {_wish(case, rule.other)!r} comes before one for "
            yield Violation("order", f"{text}{_wish(case, rule.wish)!r}.")
        return
    wanted = sorted(serving, reverse=rule.kind == "first")
    if serving != wanted:
        place = "first" if rule.kind == "first" else "last"
        text = f"{_wish(case, rule.wish)!r} was to come {place}, but does not."
        yield Violation("order", text)


def _timed(case: Evidence, rule: OrderRule, stops: list[StopPart]) -> Iterator[Violation]:
    length = case.document.settings.hours * 3600
    for stop in stops:
        begin = moment(stop.visit_from)
        if rule.wish not in stop.serves or begin is None or case.begin is None:
            continue
        if rule.kind == "halfway":
            since = (begin - case.begin).total_seconds() - (stop.day - 1) * _A_DAY_S
            low, high = (share * length for share in _HALFWAY)
            if not low - 1 <= since <= high + 1:
                text = f"{stop.name} was to come halfway, but begins at {begin:%H:%M}."
                yield Violation("order", text, stop.place_id)
        elif rule.at is not None:
            late = _since(begin, rule.at)
            if not rule.sure and not -rule.early_s <= late <= rule.slack_s:
                late = _since(begin - dt.timedelta(hours=12), rule.at)
            if not -rule.early_s <= late <= rule.slack_s:
                text = f"{stop.name} begins at {begin:%H:%M}; {rule.at:%H:%M} was asked for."
                yield Violation("order", text, stop.place_id)


def meal_hours(case: Evidence) -> Iterator[Violation]:
    """Check that meals begin in the hours for meals, unless the person's words say when."""
    hours = case.truth.allowances.meal_hours
    if hours is None:
        return
    told = {rule.wish for rule in case.truth.order if rule.kind in {"at", "halfway"}}
    for index, stop in enumerate(case.document.stops):
        begin = moment(stop.visit_from)
        if begin is None or stop.required or told.intersection(stop.serves):
            continue
        hour = begin.hour + begin.minute / 60 + begin.second / 3600
        if case.roles([index]) == ["meal"] and not any(a <= hour <= b for a, b in hours):
            text = f"The meal at {stop.name} begins at {begin:%H:%M}, out of the hours for meals."
            yield Violation("meal_hours", text, stop.place_id)


def waits(case: Evidence) -> Iterator[Violation]:
    """Check that nobody stands before a closed door for too long."""
    longest = case.truth.allowances.longest_wait_s
    for stop, times in zip(case.document.stops, case.times, strict=True):
        if longest is None or times is None:
            continue
        waited = times.visit_from - times.arrive
        if waited > longest:
            text = f"One waits {waited // 60} min at {stop.name}; {longest // 60} are the limit."
            yield Violation("wait", text, stop.place_id)


def locks(case: Evidence) -> Iterator[Violation]:
    """Check that what is locked has not moved: places in the order, and orders among stops."""
    document, truth = case.document, case.truth
    for indices in case.days.values():
        ids = [document.stops[index].place_id for index in indices]
        at = {place_id: n for n, place_id in enumerate(ids)}
        for place_id, position in truth.positions.items():
            if place_id in at and at[place_id] != position:
                text = f"{case.label(place_id)} is locked as stop {position + 1}, but is stop "
                yield Violation("lock", f"{text}{at[place_id] + 1}.", place_id)
        for chain in truth.chains:
            kept = [at[place_id] for place_id in chain if place_id in at]
            if kept != sorted(kept):
                yield Violation("lock", "Stops whose order is kept have changed places.")


def taste(case: Evidence) -> Iterator[Violation]:
    """Check the rules of taste, as far as the person's words leave them standing."""
    for indices in case.days.values():
        yield from _taste_of_day(case.truth.allowances, case.roles(indices))


def _taste_of_day(allowed: Allowances, roles: list[str]) -> Iterator[Violation]:
    drinks = sum(role in _DRINKS for role in roles)
    if drinks > allowed.cafes_and_bars:
        text = f"The walk has {drinks} cafés and bars; {allowed.cafes_and_bars} are the limit."
        yield Violation("cafes_and_bars", text)
    follow = list(pairwise(roles))
    if not allowed.bars_anywhere and any(a == "bar" != b for a, b in follow):
        yield Violation("bars_last", "A bar comes before a stop that is no bar.")
    if not allowed.meals_may_follow and ("meal", "meal") in follow:
        yield Violation("meals_in_a_row", "Two meals follow one another.")
    if not allowed.cafe_may_end and roles[-1] == "cafe":
        yield Violation("cafe_last", "The walk ends with a café.")


def optimality(case: Evidence) -> Iterator[Violation]:
    """Check that what is said of the best walk there is agrees with itself."""
    said, score = case.document.optimality, case.document.totals.score
    if not said.candidates:
        return
    gap = 100 * (said.bound - score) / max(abs(said.bound), _SCORE_SLACK)
    if not said.bound >= score - _SCORE_SLACK:
        text = f"No walk is said to be worth more than {said.bound:g}; this one is {score:g}."
        yield Violation("optimality", text)
    elif not abs(said.gap - max(gap, 0.0)) <= _GAP_SLACK:
        text = f"The gap to {said.bound:g} is given as {said.gap:g} %; it is {gap:.2f} %."
        yield Violation("optimality", text)
    elif said.proven and said.gap > _GAP_SLACK:
        text = f"The walk is said to be the best there is, {said.gap:g} % below the best."
        yield Violation("optimality", text)
    if said.candidates < len(case.document.stops):
        text = f"The walk was chosen of {said.candidates} places, fewer than it has stops."
        yield Violation("optimality", text)
