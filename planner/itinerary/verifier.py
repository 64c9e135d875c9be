"""Does a published plan hold? Every figure is derived anew, and nothing is taken on trust.

The verifier reads the plan as published and raw ground truth: the places, the street arrays, the
category catalogue, and what the person asked. It shares no code with what made the plan: streets
are measured by :mod:`planner.itinerary.survey`, opening hours are read straight from the tag by
:mod:`planner.itinerary.opening`.

Constraints, as named in violations: ``status``, ``settings``, ``start``, ``end``, ``stops``,
``place``, ``category``, ``required``, ``excluded``, ``serves``, ``count``, ``legs``, ``path``,
``distance``, ``duration``, ``ride``, ``times``, ``hours``, ``stay``, ``opening_hours``,
``totals``; and, of :mod:`planner.itinerary.promises`, ``appointment``, ``order``, ``meal_hours``,
``wait``, ``lock``, ``cafes_and_bars``, ``bars_last``, ``cafe_last``, ``meals_in_a_row``,
``optimality``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from planner.domain import Violation
from planner.itinerary import promises
from planner.itinerary.evidence import (
    Allowances,
    Evidence,
    GroundTruth,
    moment,
    on_earth,
)
from planner.itinerary.opening import read_opening
from planner.itinerary.survey import StreetTruth, great_circle_m, run_length_m

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.domain import Anchor, Place, Position
    from planner.itinerary.document import AnchorPart, PlanDocument

__all__ = ["Allowances", "GroundTruth", "StreetTruth", "verify"]

LENGTH_SLACK_M = 0.5
END_SLACK_M = 1.0
DURATION_SLACK_S = 1.0
RIDE_SLACK = 0.1
RIDE_SLACK_M = 5.0
SCORE_SLACK = 1e-3
SAME_DEGREES = 1e-6


def verify(document: PlanDocument, *, truth: GroundTruth) -> tuple[Violation, ...]:
    """Return everything in a published plan that does not hold; nothing if the plan holds.

    Parameters
    ----------
    document
        The plan as published.
    truth
        What it is held against.
    """
    case = Evidence(document, truth)
    checks = _CHECKS if document.status == "ok" else _INFEASIBLE_CHECKS
    return tuple(violation for check in checks for violation in check(case))


Check: TypeAlias = Callable[[Evidence], Iterator[Violation]]


def _status(case: Evidence) -> Iterator[Violation]:
    document = case.document
    if not document.stops:
        yield Violation("status", "The plan is said to be fine, but it has no stop.")
    for part in (*document.violations, *document.conflicts):
        text = f"The plan is said to be fine, but it names a broken constraint: {part.text}"
        yield Violation("status", text, part.place_id)


def _infeasible(case: Evidence) -> Iterator[Violation]:
    document = case.document
    if not document.conflicts:
        yield Violation("status", "The plan is said to be impossible, but no reason is given.")
    if not document.relaxations:
        yield Violation("status", "The plan is said to be impossible, but no way out is offered.")
    if document.stops or document.legs:
        yield Violation("status", "The plan is said to be impossible, but it holds a walk.")


def _settings(case: Evidence) -> Iterator[Violation]:
    said, settled = case.document.settings, case.truth.settings
    if case.begin is None:
        text = (
            f"The walk begins on {said.date!r} at {said.start_time!r}, which is no date and time."
        )
        yield Violation("settings", text)
    for name, value in (("hours", said.hours), ("pace_kmh", said.pace_kmh)):
        if not 0 < value < math.inf:
            yield Violation("settings", f"The plan's {name} is {value}; it must be above zero.")
    if said.days < 1:
        yield Violation("settings", f"The plan is for {said.days} days; there is at least one.")
    if settled is None:
        return
    pairs = (
        ("beginning", case.begin, settled.start),
        ("hours", said.hours, settled.hours),
        ("stops", said.stops, settled.stops),
        ("days", said.days, settled.days),
        ("mode", said.mode, settled.mode),
        ("step_free", said.step_free, settled.step_free),
        ("pace_kmh", said.pace_kmh, settled.pace_kmh),
        ("weather", said.weather, settled.weather),
        ("seed", said.seed, settled.seed),
    )
    for name, stated, agreed in pairs:
        if stated != agreed:
            text = f"The plan's {name} is {stated}, but {agreed} was settled on."
            yield Violation("settings", text)


def _anchors(case: Evidence) -> Iterator[Violation]:
    document, truth = case.document, case.truth
    yield from _anchor("start", document.start, truth.start, truth.places)
    yield from _anchor("end", document.end, truth.end, truth.places)


def _anchor(
    role: str, part: AnchorPart | None, anchor: Anchor | None, places: Mapping[str, Place]
) -> Iterator[Violation]:
    if part is None and anchor is None:
        return
    if part is None or anchor is None:
        named = anchor.name if anchor is not None else part.name if part is not None else ""
        text = "is missing from the plan" if part is None else "was never asked for"
        yield Violation(role, f"The {role} at {named} {text}.")
        return
    place = anchor.place
    if part.place_id != (None if place is None else place.id):
        yield Violation(role, f"The {role} is not the one asked for, {anchor.name}.", part.place_id)
    if part.name != anchor.name:
        text = f"The {role} is called {part.name!r}; it should be {anchor.name!r}."
        yield Violation(role, text, part.place_id)
    if not _same_position(part.lat, part.lon, anchor.position):
        text = f"The {role} {anchor.name} is not at {part.lat}, {part.lon}."
        yield Violation(role, text, part.place_id)
    if place is not None and place.id not in places:
        text = f"The {role} {anchor.name} is no place of this city."
        yield Violation(role, text, part.place_id)


def _stops(case: Evidence) -> Iterator[Violation]:
    document = case.document
    asked = document.settings.stops
    if asked is not None and len(document.stops) != asked:
        text = f"The walk has {len(document.stops)} stops; {asked} were asked for."
        yield Violation("stops", text)
    for place_id, times in Counter(stop.place_id for stop in document.stops).items():
        if times > 1:
            text = f"{case.label(place_id)} is visited {times} times."
            yield Violation("stops", text, place_id)
    last = 1
    for stop in document.stops:
        if not last <= stop.day <= document.settings.days:
            text = f"{stop.name} stands on day {stop.day}, out of order or beyond the last day."
            yield Violation("stops", text, stop.place_id)
        last = stop.day


def _places(case: Evidence) -> Iterator[Violation]:
    for stop in case.document.stops:
        place = case.truth.places.get(stop.place_id)
        if place is None:
            text = f"{stop.name} ({stop.place_id}) is no place of this city."
            yield Violation("place", text, stop.place_id)
            continue
        facts = (
            ("name", stop.name, place.name),
            ("category", stop.category, place.category),
            ("OpenStreetMap object", stop.osm, place.osm),
            ("opening_hours", stop.opening_hours, place.opening_hours),
        )
        for fact, said, known in facts:
            if said != known:
                text = f"The plan gives {said!r} as the {fact} of {place.name}; it is {known!r}."
                yield Violation("place", text, stop.place_id)
        if not _same_position(stop.lat, stop.lon, place.position):
            text = f"{place.name} is not at {stop.lat}, {stop.lon}."
            yield Violation("place", text, stop.place_id)


def _categories(case: Evidence) -> Iterator[Violation]:
    for stop in case.document.stops:
        if case.kind(stop) is None:
            text = f"The catalogue knows no category {stop.category!r}, given for {stop.name}."
            yield Violation("category", text, stop.place_id)


def _required(case: Evidence) -> Iterator[Violation]:
    visited = {stop.place_id for stop in case.document.stops}
    for place_id in case.truth.required:
        if place_id not in visited:
            text = f"{case.label(place_id)} must be seen, but the walk does not go there."
            yield Violation("required", text, place_id)
    for stop in case.document.stops:
        if stop.required != (stop.place_id in case.truth.required):
            text = "is marked" if stop.required else "is not marked"
            yield Violation("required", f"{stop.name} {text} as a must-see.", stop.place_id)


def _excluded(case: Evidence) -> Iterator[Violation]:
    truth = case.truth
    for stop in case.document.stops:
        place = truth.places.get(stop.place_id)
        kinds = {stop.category} | ({place.category} if place else set())
        never = place is not None and place.never and place.id not in truth.required
        if stop.place_id in truth.excluded_ids or never:
            yield Violation("excluded", f"{stop.name} was not to be visited.", stop.place_id)
        elif (
            place is not None
            and place.id not in truth.required
            and ((truth.own_only and not place.own) or (truth.new_only and place.visited))
        ):
            text = "was visited before" if place.visited else "is none of the person's own places"
            yield Violation("excluded", f"{stop.name} {text}.", stop.place_id)
        elif kinds & truth.excluded_categories and stop.place_id not in truth.required:
            text = f"{stop.name} is of a kind ({stop.category}) that was not wanted."
            yield Violation("excluded", text, stop.place_id)


def _serves(case: Evidence) -> Iterator[Violation]:
    document = case.document
    wishes = document.understood.subrequests
    for stop in document.stops:
        wrong = [index for index in stop.serves if not 0 <= index < len(wishes)]
        if wrong or len(set(stop.serves)) != len(stop.serves):
            text = f"{stop.name} is said to serve the wishes {list(stop.serves)} of {len(wishes)}."
            yield Violation("serves", text, stop.place_id)


def _legs(case: Evidence) -> Iterator[Violation]:
    wanted = [(hop.day, hop.origin, hop.target) for hop in case.hops]
    given = [(leg.day, leg.origin, leg.target) for leg in case.document.legs]
    if wanted == given:
        return
    missing, extra = Counter(wanted) - Counter(given), Counter(given) - Counter(wanted)
    for count, text in ((missing, "is missing"), (extra, "does not belong to the walk")):
        for _, origin, target in count:
            way = f"The way from {case.label(origin)} to {case.label(target)}"
            yield Violation("legs", f"{way} {text}.")
    if not missing and not extra:
        yield Violation("legs", "The ways are not in the order of the walk.")


def _paths(case: Evidence) -> Iterator[Violation]:
    streets = case.truth.streets
    for _, leg in case.walked:
        way, path = case.describe(leg), leg.path
        if not path or not all(on_earth(lon, lat) for lon, lat in path):
            yield Violation("path", f"The path of {way} is no line on the ground.")
            continue
        drawn = run_length_m(path)
        if not abs(drawn - leg.distance_m) <= LENGTH_SLACK_M:
            text = f"The path of {way} is {drawn:.1f} m long, not {leg.distance_m:.1f} m."
            yield Violation("path", text)
        tips = ((leg.origin, path[0]), (leg.target, path[-1]))
        for name, (lon, lat) in tips:
            spot = case.position(name)
            if spot and great_circle_m(lat, lon, spot.lat, spot.lon) > END_SLACK_M:
                yield Violation("path", f"The path of {way} does not meet {case.label(name)}.")
        if drawn <= LENGTH_SLACK_M:
            continue  # where nobody moves, nobody leaves the street
        strays = set(streets.strays(path, slack_m=LENGTH_SLACK_M))
        # The first and the last piece may lead across to the street, by the straight way.
        approaches = ((0, leg.origin, path[1:2]), (len(path) - 2, leg.target, path[-2:-1]))
        for piece, name, tip in approaches:
            spot = case.position(name)
            if spot is None or (piece in strays and _meets(streets, spot, tip)):
                strays.discard(piece)
        if strays:
            lon, lat = path[min(strays)]
            text = f"The path of {way} leaves the streets at {lat:.6f}, {lon:.6f}."
            yield Violation("path", text)


def _distances(case: Evidence) -> Iterator[Violation]:
    for _, leg in case.walked:
        origin, target = case.position(leg.origin), case.position(leg.target)
        if origin is None or target is None:
            continue
        # A ferry counts as what one walks in its time.
        ride_m, ride_s = leg.afloat
        claimed = leg.distance_m - ride_m + ride_s * case.document.settings.pace_kmh / 3.6
        shortest = math.inf
        for distance in case.truth.streets.walking_distances(origin, target):
            shortest = min(shortest, distance)
            if abs(distance - claimed) <= LENGTH_SLACK_M:
                break
        else:
            known = f"is {shortest:.1f} m" if shortest < math.inf else "does not exist"
            text = f"The plan counts {claimed:.1f} m for {case.describe(leg)}; "
            yield Violation("distance", f"{text}the shortest way {known}.")


def _durations(case: Evidence) -> Iterator[Violation]:
    speed = case.document.settings.pace_kmh / 3.6
    if not 0 < speed < math.inf:
        return
    for _, leg in case.walked:
        ride_m, ride_s = leg.afloat
        due = (leg.distance_m - ride_m) / speed + ride_s
        if not due - DURATION_SLACK_S <= leg.duration_s <= due + DURATION_SLACK_S:
            text = f"The plan counts {leg.duration_s} s for {case.describe(leg)}; "
            yield Violation("duration", f"{text}it takes {due:.0f} s.")


def _rides(case: Evidence) -> Iterator[Violation]:
    """Check that one rides only where there is a ferry, and no farther than it goes."""
    for _, leg in case.walked:
        ride_m, ride_s = leg.afloat
        path = leg.path
        if not (ride_m or ride_s) or not path or not all(on_earth(*point) for point in path):
            continue
        ferried = case.truth.streets.afloat_m(path, slack_m=LENGTH_SLACK_M)
        most = ferried * (1 + RIDE_SLACK) + RIDE_SLACK_M if ferried else 0.0
        if not 0 < ride_m <= most or not ride_s > 0:
            text = f"The plan counts {ride_m:.0f} m in {ride_s:.0f} s by ferry on "
            yield Violation("ride", f"{text}{case.describe(leg)}; there are {ferried:.0f} m.")


def _times(case: Evidence) -> Iterator[Violation]:
    for stop, times in zip(case.document.stops, case.times, strict=True):
        if times is None and case.begin is not None:
            text = f"The times of {stop.name} cannot be read: {stop.arrive!r}, "
            yield Violation("times", f"{text}{stop.visit_from!r}, {stop.depart!r}.", stop.place_id)
        elif times is not None and not times.arrive <= times.visit_from <= times.depart:
            text = f"The times of {stop.name} run backwards."
            yield Violation("times", text, stop.place_id)
    for before, after in (pair for indices in case.days.values() for pair in pairwise(indices)):
        earlier, later = case.times[before], case.times[after]
        if earlier is not None and later is not None and later.arrive < earlier.depart:
            stop = case.document.stops[after]
            text = f"{stop.name} is reached before the stop ahead of it is left."
            yield Violation("times", text, stop.place_id)


def _chain(case: Evidence) -> Iterator[Violation]:
    for indices in case.days.values():
        if case.document.start is None:
            yield from _arrival(case, indices[0], 0, "the walk begins there")
    for hop, leg in case.walked:
        left = 0 if hop.before is None else _departure(case, hop.before)
        if hop.after is not None and left is not None:
            due = left + leg.duration_s
            yield from _arrival(case, hop.after, due, "the way there takes until then")


def _arrival(case: Evidence, index: int, due: int, why: str) -> Iterator[Violation]:
    stop, times = case.document.stops[index], case.times[index]
    if times is not None and times.arrive != due:
        off = times.arrive - due
        late = f"{abs(off)} s too {'late' if off > 0 else 'early'}"
        yield Violation("times", f"{stop.name} is reached {late}: {why}.", stop.place_id)


def _departure(case: Evidence, index: int) -> int | None:
    times = case.times[index]
    return None if times is None else times.depart


def _finishes(case: Evidence) -> dict[int, int | None]:
    """Return each day's last second of walking, the way to a fixed end included."""
    home = {hop.before: leg.duration_s for hop, leg in case.walked if hop.after is None}
    finishes: dict[int, int | None] = {}
    for day, indices in case.days.items():
        left = _departure(case, indices[-1])
        finishes[day] = None if left is None else left + home.get(indices[-1], 0)
    return finishes


def _budget(case: Evidence) -> Iterator[Violation]:
    allowed = case.document.settings.hours * 3600
    for finish in _finishes(case).values():
        if finish is not None and finish > allowed + 1e-3:
            text = f"The walk takes {finish // 60} min; there are {allowed / 60:.0f} min for it."
            yield Violation("hours", text)


def _stays(case: Evidence) -> Iterator[Violation]:
    for stop, times in zip(case.document.stops, case.times, strict=True):
        kind = case.kind(stop)
        if times is None or kind is None:
            continue
        place = case.truth.places.get(stop.place_id)
        own = None if place is None else place.visit_minutes
        asked = case.truth.allowances.stays.get(stop.place_id)
        short, long = asked or (kind.short_min, kind.long_min)
        if own and not asked:
            short, long = min(short, own), own
        minutes = (times.depart - times.visit_from) / 60
        if not short <= minutes <= long:
            text = f"One stays {minutes:.0f} min at {stop.name}; {short:g} to {long:g} are due."
            yield Violation("stay", text, stop.place_id)


def _opening_hours(case: Evidence) -> Iterator[Violation]:
    for stop, times in zip(case.document.stops, case.times, strict=True):
        place = case.truth.places.get(stop.place_id)
        begin, end = moment(stop.visit_from), moment(stop.depart)
        if place is None or begin is None or end is None or times is None:
            continue
        state, strict = read_opening(place.opening_hours, begin, end, place.position)
        hours = f"its hours are {place.opening_hours!r}"
        if state == "no":
            text = f"{stop.name} is not open from {begin:%H:%M} to {end:%H:%M}: {hours}."
            yield Violation("opening_hours", text, stop.place_id)
        # Of a tag that breaks the grammar, nothing need be known.
        elif stop.open not in ({state} if strict else {state, "unknown"}):
            text = f"Open {stop.name}: the plan says {stop.open!r}, but it is {state!r}; {hours}."
            yield Violation("opening_hours", text, stop.place_id)


def _totals(case: Evidence) -> Iterator[Violation]:
    document, totals = case.document, case.document.totals
    legs, times = document.legs, [times for times in case.times if times is not None]
    sums: list[tuple[str, float, float, float]] = [
        (
            "walk_m",
            totals.walk_m,
            sum(leg.distance_m - leg.afloat[0] for leg in legs),
            LENGTH_SLACK_M,
        ),
        ("walk_s", totals.walk_s, sum(leg.duration_s for leg in legs), 0),
        ("score", totals.score, sum(stop.score for stop in document.stops), SCORE_SLACK),
        ("elapsed_s", totals.elapsed_s, totals.walk_s + totals.visit_s + totals.wait_s, 0),
    ]
    if len(times) == len(document.stops):
        finishes = [finish for finish in _finishes(case).values() if finish is not None]
        sums += [
            ("visit_s", totals.visit_s, sum(t.depart - t.visit_from for t in times), 0),
            ("wait_s", totals.wait_s, sum(t.visit_from - t.arrive for t in times), 0),
            ("elapsed_s", totals.elapsed_s, sum(finishes), 0),
        ]
    for name, said, due, slack in sums:
        if not abs(said - due) <= slack:
            yield Violation(
                "totals", f"The total {name} is given as {round(said, 3)}; it is {round(due, 3)}."
            )


_CHECKS: tuple[Check, ...] = (
    _status,
    _settings,
    _anchors,
    _stops,
    _places,
    _categories,
    _required,
    _excluded,
    _serves,
    _legs,
    _paths,
    _distances,
    _durations,
    _rides,
    _times,
    _chain,
    _budget,
    _stays,
    _opening_hours,
    promises.taste,
    promises.counts,
    promises.appointments,
    promises.order,
    promises.meal_hours,
    promises.waits,
    promises.locks,
    _totals,
    promises.optimality,
)
_INFEASIBLE_CHECKS: tuple[Check, ...] = (_infeasible, _settings, _anchors)


def _same_position(lat: float, lon: float, position: Position) -> bool:
    return abs(lat - position.lat) <= SAME_DEGREES and abs(lon - position.lon) <= SAME_DEGREES


def _meets(streets: StreetTruth, position: Position, tip: tuple[tuple[float, float], ...]) -> bool:
    """Say whether a path's second point is where its place meets the street."""
    return any(
        great_circle_m(lat, lon, spot.lat, spot.lon) <= LENGTH_SLACK_M
        for lon, lat in tip
        for spot in streets.attachments(position)
    )
