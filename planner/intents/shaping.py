"""Wishes for requests that name none: "surprise me", "a nice afternoon", "before my train".

Such words leave the choice to the planner. The table policy gives the hours of the walk a shape,
coffee before the museum and the bar last, and what it proposes is added to the request as wishes.
Whoever names a kind, a place or a theme is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain import LeftOut, SubRequest
from planner.intents.context import Context
from planner.intents.policy import Sequence, reason, sequences
from planner.intents.vocabulary import Vocabulary
from planner.library.suitability import wants_of
from planner.library.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain import BoundRequest, Settings
    from planner.intents.policy import Step
    from planner.library.catalogue import Catalogue

PLACEHOLDER = "places"
HOURS_AN_INTENT = 1.15
"""Of the walk, for one intent on the mean; the optimiser fills what is left."""
MOST = 6
LATE_WEIGHT = 0.3
"""What a drink must weigh to be planned ahead."""
UNPLANNED = frozenset(
    {"bite", "sweet", "rest", "refuge", "transit", "home", "bathing", "play", "nightlife"}
    | {"music", "stage", "shopping", "history"}
)
"""Intents that one does not plan a walk around, or that a map can promise little of."""
_VAGUE = frozenset(
    stems(
        "surprise me us something anything whatever nothing special nice lovely pleasant good "
        "great best fine relaxed relaxing lazy easy slow calm quiet cosy cozy romantic fun "
        "first last new different free spare kill time walk stroll wander wandering explore "
        "look around out about inspire idea choose show see plan plans day days morning noon "
        "afternoon evening night tonight today tomorrow weekend monday tuesday wednesday "
        "thursday friday saturday sunday hour hours minutes half whole few couple before after "
        "until till back by train flight bus plane ship meeting rain raining rainy pouring wet "
        "windy cold hot warm sunny weather dry city town centre center here with the a an my "
        "our in at of to for and or it is no kids children family friends dog mother parents"
    )
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a city and a person bring along.

    Attributes
    ----------
    kinds
        Keys of the categories that the city has places of.
    liked
        Keys of the categories of the person's favourites.
    """

    kinds: frozenset[str]
    liked: frozenset[str] = frozenset()


def is_vague(bound: BoundRequest, themes: Iterable[int], catalogue: Catalogue) -> bool:
    """Whether a request leaves to the planner what there is to see.

    Parameters
    ----------
    bound
        The request.
    themes
        Indices of the sub-requests that are not mere lengths or times.
    catalogue
        Tells what words name.
    """
    if bound.required:
        return False
    for i in themes:
        each = bound.request.subrequests[i]
        if each.mustsee or catalogue.named(each.pos):
            return False
        unknown = [word for word in stems(each.pos) if word not in _VAGUE]
        if each.pos.casefold() == PLACEHOLDER or not unknown:
            continue
        # "Quiet", "with a pram": these say how, not what.
        if not wants_of(each.pos, catalogue=catalogue) or catalogue.mention(each.pos).rest:
            return False
    return True


def shaped(
    bound: BoundRequest,
    settings: Settings,
    catalogue: Catalogue,
    *,
    themes: Iterable[int],
    ground: Ground,
) -> BoundRequest:
    """Return a vague request with the wishes that suit its hours; any other as it is.

    Parameters
    ----------
    bound, settings
        The request and its frame.
    catalogue
        Tells what words name.
    themes
        Indices of the sub-requests that are not mere lengths or times.
    ground
        What there is.
    """
    vague = frozenset(themes)
    if settings.mode != "optimal" or settings.days > 1 or not is_vague(bound, vague, catalogue):
        return bound
    steps = day_of(bound, settings, ground).steps
    if not steps:
        return bound
    # "Wet and windy" asks for no place of that kind.
    said = tuple(
        replace(each, type="itinerary") if i in vague and each.type == "place" else each
        for i, each in enumerate(bound.request.subrequests)
    )
    context = _context(settings, ground)
    wishes = tuple(SubRequest(step.intent.wish) for step in steps)
    labels = ", ".join(step.intent.label for step in steps)
    told = LeftOut("wishes", f"your words name none; hour and weather suggested {labels}")
    return replace(
        bound,
        request=replace(bound.request, subrequests=(*said, *wishes)),
        place_ids=(*bound.place_ids, *(() for _ in wishes)),
        proposed={
            **bound.proposed,
            **{len(said) + n: reason(step, context) for n, step in enumerate(steps)},
        },
        unbound=(told, *bound.unbound),
    )


def day_of(bound: BoundRequest, settings: Settings, ground: Ground) -> Sequence:
    """Return the best sequence of intents for the hours of a walk; it may be empty."""
    table = Vocabulary.load()
    can = {
        intent.key
        for intent in table
        if intent.key not in UNPLANNED
        and (intent.categories & ground.kinds) - bound.excluded_categories
        and not _mostly(intent.categories, bound.excluded_categories)
    }
    longest = max(1, min(MOST, round(settings.hours / HOURS_AN_INTENT)))
    if settings.stops is not None:
        longest = min(longest, settings.stops)
    found = sequences(_context(settings, ground), table, available=can, longest=longest)
    best = found[0] if found else Sequence((), 0.0, ())
    kept = tuple(step for step in best.steps if _planned(step))
    return Sequence(kept, best.value, tuple(step.intent.key for step in kept))


def _planned(step: Step) -> bool:
    return step.intent.family != "night" or step.weight >= LATE_WEIGHT


def _mostly(kinds: frozenset[str], excluded: frozenset[str]) -> bool:
    return len(kinds & excluded) > len(kinds) / 2


def _context(settings: Settings, ground: Ground) -> Context:
    table = Vocabulary.load()
    likes = frozenset(intent.key for kind in ground.liked for intent in table.serving(kind))
    return Context(
        now=settings.start,
        left_min=round(settings.hours * 60),
        weather=settings.weather,
        likes=likes,
    )
