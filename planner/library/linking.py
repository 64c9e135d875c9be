"""Which place a finding means: by its name, where it lies, and what else the file tells.

A list from elsewhere says "Café Engel" and perhaps where it is, to a hundred metres. It is linked
to a place only where one is meant beyond doubt: the one that bears the name, or of several the one
clearly nearest or told apart by an address. What stays in doubt is not linked, but listed with the
places it may be, for a person to choose.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.library.distance import metres_apart
from planner.library.likeness import likeness, may_be_one_kind
from planner.library.matching import CORE, EXACT, TRANSLATED, kind_fits
from planner.library.naming import SAFE
from planner.library.readings import dictionary, is_telling, is_town, take_apart
from planner.library.renown import renown
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planner.domain import Place, Position
    from planner.library.findings import Finding
    from planner.library.naming import NameIndex

SURE = 0.8
"""What a link's confidence must reach."""

_FAR_M, _NEAR_M, _CHAIN_M, _BY_M = 250.0, 150.0, 100.0, 60.0
_WIDE_M = 500.0
_WIDE = frozenset(
    {"park", "water", "district", "island", "beach", "nature_reserve", "cemetery", "airport", "zoo"}
    | {"theme_park", "castle", "peak", "marina", "station", "botanical_garden"}
)
# Of the positions that files give, half are right to a few metres, half to a street.
_EXACT_SPREAD_M, _LOOSE_SPREAD_M = 8.0, 50.0
_LEAST_WEIGHT = 1e-12
_TIE = 1.2
_SAME_SPOT_M = 400.0
_WORTH_GAP = 0.25
_LEAST_LIKE = 0.6
_MOST_FOUND = 40
_MOST_LISTED = 8
_LONGEST_AREA = 3
_SPLIT = re.compile(r"\s*[,|()\[\]\u2022\u00b7;:]\s*|\s+[-\u2013\u2014/@]\s+")
_NUMBER = re.compile(r"\d+")
_POSTCODE = re.compile(r"\b\d{4,6}\b")


@dataclass(frozen=True, slots=True)
class Ground:
    """Places that a finding may mean: those of an installed city, or a person's own.

    ``places`` is asked only for the few that come into question.
    """

    name: str
    names: NameIndex
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Link:
    """A place that a finding may mean.

    Attributes
    ----------
    ground, place_id, name
        Whose places, and which of them.
    confidence
        How sure it is, 0 to 1.
    reason
        Why, for a person: "the same name, 40 m away".
    metres
        How far it is from where the file says, None where the file does not say.
    """

    ground: str
    place_id: str
    name: str
    confidence: float
    reason: str
    metres: float | None = None


@dataclass(frozen=True, slots=True)
class Linking:
    """What became of a finding: the place it means, or why none and which it might be."""

    link: Link | None
    reason: str
    candidates: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class _Option:
    """A place in question, with how well the name fits (0 to 100) and how far it is."""

    ground: Ground
    place: Place
    score: float
    metres: float | None = None
    told: bool = False

    def link(self, confidence: float) -> Link:
        away = "" if self.metres is None else f", {self.metres:.0f} m away"
        if self.score >= EXACT - 1:
            how = "the same name"
        elif self.score >= TRANSLATED - 1:
            how = "the same name in other words"
        elif self.score >= CORE - 1:
            how = "the same name without its kind"
        elif self.score >= SAFE:
            how = "nearly the same name"
        else:
            how = "a part of the name"
        reason = how + away + (", and the address fits" if self.told else "")
        return Link(
            self.ground.name, self.place.id, self.place.name, round(confidence, 2), reason,
            self.metres,
        )  # fmt: skip


def link(finding: Finding, grounds: Sequence[Ground]) -> Link | None:
    """Return the place that a finding means, None where none is meant beyond doubt."""
    return resolve(finding, grounds).link


def resolve(finding: Finding, grounds: Sequence[Ground]) -> Linking:
    """Find the place that a finding means, or those it might mean.

    Parameters
    ----------
    finding
        With or without a position. Its address, notes, category and names in other languages help.
    grounds
        The installed cities, and a person's own places.

    Returns
    -------
    Linking
        With a link of confidence :data:`SURE` and more, or with none, the reason and the places in
        question, the likeliest first.
    """
    if finding.osm:
        for ground in grounds:
            place = ground.places.get(f"osm:{finding.osm}")
            if place is not None:
                known = Link(ground.name, place.id, place.name, 1.0, "the same object of the map")
                return Linking(known, known.reason, (known,))
    if finding.position is not None:
        found = [_at(finding, finding.position, ground) for ground in grounds]
    else:
        found = [_called(finding, ground) for ground in grounds]
    linked = [one for one in found if one.link is not None]
    if len(linked) > 1:
        links = [one.link for one in linked if one.link is not None]
        said = [each for each in links if _says_ground(finding, _of(each.ground, grounds))]
        links = said or links
        if len(links) > 1:
            names = " and in ".join(dict.fromkeys(each.ground for each in links))
            return Linking(None, f"there is one in {names}", tuple(links))
        return Linking(links[0], links[0].reason, tuple(links))
    if linked:
        return linked[0]
    candidates = tuple(each for one in found for each in one.candidates)
    reason = max((one.reason for one in found if one.candidates), key=len, default="")
    return Linking(None, reason or "no place of that name", candidates[:_MOST_LISTED])


def _of(name: str, grounds: Iterable[Ground]) -> Ground:
    return next(ground for ground in grounds if ground.name == name)


def _says_ground(finding: Finding, ground: Ground) -> bool:
    """Whether a finding speaks of a ground's town."""
    told = " ".join((finding.name, finding.address or "", finding.notes, *finding.labels))
    towns = ground.names.towns | {fold(ground.name)}
    return any(is_town(word, towns) for word in fold(told).split())


# ------------------------------------------------------------------------------- with a position


def _at(finding: Finding, position: Position, ground: Ground) -> Linking:
    """Link a finding that says where it is."""
    best: dict[str, _Option] = {}
    for text in _texts(finding):
        for match in ground.names.find(text, limit=_MOST_FOUND, near=position):
            place = ground.places.get(match.place_id)
            if place is None:
                continue
            away = metres_apart(place.position, position)
            if away <= _WIDE_M and away <= _reach(place, match.score, ground):
                _keep(best, _Option(ground, place, match.score, away))
    for place_id, away in ground.names.around(position, _BY_M):
        place = ground.places.get(place_id)
        if place is not None:
            like = likeness(finding, place, ground.names.towns, ground.names.catalogue)
            if like >= _LEAST_LIKE:
                _keep(best, _Option(ground, place, 100 * min(like, 0.99), away))
    options = [
        option
        for option in best.values()
        if may_be_one_kind(finding.category, option.place.category, ground.names.catalogue)
    ]
    if not options:
        return Linking(None, "no place of that name there")
    weights = [_weight(option) for option in options]
    ranked = sorted(zip(weights, options, strict=True), key=lambda pair: -pair[0])
    whole = sum(weights)
    links = tuple(option.link(weight / whole) for weight, option in ranked)
    if links[0].confidence >= SURE:
        sure = min(links[0].confidence, 0.5 + ranked[0][1].score / 200)
        first = ranked[0][1].link(sure)
        return Linking(first, first.reason, (first, *links[1:_MOST_LISTED]))
    return Linking(None, "several of that name there", links[:_MOST_LISTED])


def _keep(best: dict[str, _Option], option: _Option) -> None:
    held = best.get(option.place.id)
    if held is None or option.score > held.score:
        best[option.place.id] = option


def _reach(place: Place, score: float, ground: Ground) -> float:
    """Return how far off a place of a name may be, in metres."""
    if score < SAFE:
        return _BY_M
    if place.category in _WIDE:
        return _WIDE_M
    if is_chain(place, ground):
        return _CHAIN_M
    return _FAR_M if score >= TRANSLATED - 1 else _NEAR_M


def is_chain(place: Place, ground: Ground) -> bool:
    """Whether a place is one of several that bear its name, here or elsewhere."""
    if any(key.startswith("brand") for key in place.tags):
        return True
    return ground.names.bearers(place.name) > 1


def _weight(option: _Option) -> float:
    """Return how likely a place is meant, up to a factor: by its name, distance and worth."""
    away = option.metres or 0.0
    if option.place.category in _WIDE:
        away /= 4
    density = math.exp(-((away / _EXACT_SPREAD_M) ** 2) / 2) / _EXACT_SPREAD_M**2
    density += math.exp(-((away / _LOOSE_SPREAD_M) ** 2) / 2) / _LOOSE_SPREAD_M**2
    name: float = 0.5 ** ((EXACT - option.score) / 4)
    return max(density * name * (0.05 + _appeal(option)), _LEAST_WEIGHT)


def _appeal(option: _Option) -> float:
    kinds = option.ground.names.catalogue
    category = option.place.category
    return kinds.category(category).appeal if category in kinds else 0.3


def _worth(option: _Option) -> float:
    """Return how likely people save a place, as far as its kind and the map tell."""
    return _appeal(option) + renown(option.place)


# ---------------------------------------------------------------------------- without a position


def _called(finding: Finding, ground: Ground) -> Linking:
    """Link a finding by its name alone, with an address or notes as hints."""
    if finding.address and _lies_elsewhere(finding.address, ground):
        return Linking(None, "its address lies elsewhere")
    best: dict[str, _Option] = {}
    for text in _texts(finding):
        for option in _options(text, ground):
            _keep(best, option)
    options = [
        option
        for option in sorted(best.values(), key=lambda each: -each.score)
        if may_be_one_kind(finding.category, option.place.category, ground.names.catalogue)
    ]
    if not options:
        return Linking(None, "no place of that name", _hints(finding, ground))
    top = [option for option in options if option.score >= options[0].score - _TIE]
    chosen = _told_apart(finding, top)
    listed = tuple(option.link(1 / len(top)) for option in options[:_MOST_LISTED])
    if chosen is None:
        return Linking(None, f"{len(top)} places of that name", listed)
    sure = chosen.link(0.5 + chosen.score / 220 + (0.04 if chosen.told else 0.0))
    others = (each for each in listed if each.place_id != sure.place_id)
    return Linking(sure, sure.reason, (sure, *others))


def _texts(finding: Finding) -> tuple[str, ...]:
    return tuple(dict.fromkeys((finding.name, *finding.names.values())))


def _options(text: str, ground: Ground) -> list[_Option]:
    """Return the places that a text surely names; each part of it must say the same or where."""
    whole = _sure(text, ground) or _beside(text, ground)
    if whole:
        return whole
    parts = [part for part in _SPLIT.split(text) if fold(part)]
    if len(parts) < 2:  # noqa: PLR2004 - a part and what is said of it
        return []
    for at, part in enumerate(parts):
        rest = parts[:at] + parts[at + 1 :]
        options = [
            replace(option, told=True)
            for option in _sure(part, ground)
            if all(_explains(other, option) for other in _until_town(rest, ground))
        ]
        if options:
            return options
    return []


def _beside(text: str, ground: Ground) -> list[_Option]:
    """Return the places that a text names, a district or street that follows the name left out."""
    words = text.split()
    for count in range(1, min(_LONGEST_AREA, len(words) - 1) + 1):
        area = take_apart(" ".join(words[-count:]), ground.names.towns)
        telling = len(area.words) > 1 or any(map(is_telling, area.words))
        if telling and ground.names.table.is_area(area.words):
            return [
                replace(option, told=True) for option in _sure(" ".join(words[:-count]), ground)
            ]
    return []


def _sure(text: str, ground: Ground) -> list[_Option]:
    return [
        _Option(ground, place, match.score)
        for match in ground.names.find(text, limit=_MOST_FOUND)
        if match.score >= SAFE
        and ground.names.is_proper(text, match)
        and (place := ground.places.get(match.place_id)) is not None
    ]


def _until_town(parts: Sequence[str], ground: Ground) -> list[str]:
    """Return the parts before the town's name: region and country follow it."""
    before: list[str] = []
    for part in parts:
        words = fold(part).split()
        if words and all(
            is_town(word, ground.names.towns | {fold(ground.name)}) or _NUMBER.fullmatch(word)
            for word in words
        ):
            break
        before.append(part)
    return before


def _explains(text: str, option: _Option) -> bool:
    """Whether a further part of a name says the same place again, where it is, or what it is."""
    names, place = option.ground.names, option.place
    if any(
        match.place_id == place.id and match.score >= SAFE
        for match in names.find(text, limit=_MOST_FOUND)
    ):
        return True
    address = set(fold(place.address or "").split())
    address |= {word for key in _WHERE for word in fold(place.tags.get(key, "")).split()}
    reading = take_apart(text, names.towns)
    named = names.table.is_area(reading.words) or names.table.is_area(reading.core)
    return all(
        word in address
        or word in dictionary().small
        or _NUMBER.fullmatch(word) is not None
        or kind_fits(names.catalogue, word, place.category)
        or (named and not place.address)
        for word in {*reading.local.split()} - _kinds_said(reading.local, option)
    )


def _kinds_said(text: str, option: _Option) -> set[str]:
    """Return the words of a text that say what a place is, in any language."""
    names = option.ground.names
    return {
        word
        for word in text.split()
        if any(
            kind_fits(names.catalogue, kind, option.place.category)
            for kind in take_apart(word, names.towns).kinds
        )
    }


_WHERE = ("addr:street", "addr:suburb", "addr:place", "addr:housename", "branch", "addr:postcode")


def _told_apart(finding: Finding, options: Sequence[_Option]) -> _Option | None:
    """Return the one of equally named places that is meant, None if that is not told."""
    if len(options) == 1:
        return options[0]
    for told in (finding.address, finding.notes, finding.description, " ".join(finding.labels)):
        if not told:
            continue
        fitting = [option for option in options if _is_there(told, option.place)]
        if len(fitting) == 1:
            return replace(fitting[0], told=True)
    best = max(options, key=lambda option: (_worth(option), option.score))
    others = [option for option in options if option is not best]
    # The square, and not the car park under it: one of them is worth the trip, all in one spot.
    if all(
        _worth(best) - _worth(other) >= _WORTH_GAP
        and other.place.category != best.place.category
        and metres_apart(other.place.position, best.place.position) <= _SAME_SPOT_M
        for other in others
    ):
        return best
    return None


def _is_there(told: str, place: Place) -> bool:
    """Whether words name a place's street with its number, or another word of where it is."""
    words = set(fold(told).split())
    street = set(fold(place.tags.get("addr:street", "")).split())
    if street and street <= words:
        number = fold(place.tags.get("addr:housenumber", "")).split()
        return not number or bool(set(number) & words) or not any(map(_NUMBER.match, words))
    area = " ".join(place.tags.get(key, "") for key in ("branch", "addr:suburb", "addr:place"))
    told_area = set(fold(area).split())
    return bool(told_area) and told_area <= words


def _lies_elsewhere(address: str, ground: Ground) -> bool:
    """Whether an address is whole enough to name its town, and names none of this ground's."""
    towns = ground.names.towns
    words = fold(address).split()
    if not towns or any(is_town(word, towns | {fold(ground.name)}) for word in words):
        return False
    parts = [part for part in address.split(",") if fold(part)]
    return len(parts) > 1 or bool(_POSTCODE.search(address))


def _hints(finding: Finding, ground: Ground) -> tuple[Link, ...]:
    """Return the places whose names come nearest, for a person to choose from."""
    options = [
        _Option(ground, place, match.score)
        for match in ground.names.find(finding.name, limit=_MOST_LISTED)
        if (place := ground.places.get(match.place_id)) is not None
    ]
    return tuple(option.link(min(0.5, option.score / 200)) for option in options)
