"""Names of a request bound to places, and dislikes told apart into hard and soft ones.

A dislike that names a place or a category is hard ("no museums": none). Any other ("crowds")
weighs in retrieval. Where a wish and a dislike overlap, the narrower wins: "I can't stand loud
bars, but a small wine bar" keeps wine bars, "architecture, no churches" keeps out churches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from planner.domain import Anchor, Appointment, BoundRequest, LeftOut, Position, SubRequest
from planner.errors import UnknownPlaceError, UsageError
from planner.library.cityplaces import places_of_kinds
from planner.library.ownnames import fixed_name
from planner.library.renown import renown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from planner.domain import Place, Request, Wishes
    from planner.library.catalogue import Catalogue
    from planner.library.naming import NameIndex

PLACEHOLDER = "places"
NOT_UNDERSTOOD = "not understood: no kind of place and no name here goes by it"
_POSITION = re.compile(r"\s*([+-]?\d{1,2}(?:\.\d+)?)\s*[,;]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*")


def parse_position(text: str) -> Position | None:
    """Read ``"LAT,LON"``; ``None`` where the text is no position on earth."""
    match = _POSITION.fullmatch(text)
    if match is None:
        return None
    lat, lon = float(match[1]), float(match[2])
    if abs(lat) > 90 or abs(lon) > 180:  # noqa: PLR2004 - the limits of latitude and longitude
        return None
    return Position(lat, lon)


def with_wishes(request: Request, wishes: Wishes) -> Request:
    """Return the request as the options change it; an option wins over the words.

    ``start`` and ``end`` options replace the request's own, ``must`` and ``avoid`` add
    sub-requests.
    """
    subrequests = list(request.subrequests)
    for kind, name in (("start", wishes.start), ("end", wishes.end)):
        if name is None and not (kind == "end" and wishes.loop):
            continue
        subrequests = [each for each in subrequests if each.type != kind]
        if name is not None:
            anchor = SubRequest(name, mustsee=True, type="start" if kind == "start" else "end")
            subrequests.insert(0 if kind == "start" else len(subrequests), anchor)
    if wishes.loop:
        start = next((each for each in subrequests if each.type == "start"), None)
        if start is not None:
            subrequests.append(replace(start, type="end"))
    named = dict.fromkeys((*wishes.must, *(name for name, _ in wishes.at)))
    subrequests += [SubRequest(name, mustsee=True) for name in named]
    subrequests += [SubRequest(PLACEHOLDER, neg=word, type="itinerary") for word in wishes.avoid]
    return replace(request, subrequests=tuple(subrequests))


@dataclass(frozen=True, slots=True)
class Library:
    """What binding needs to know of a city: its places, their names and the categories.

    ``fixed`` holds points that the person gave a name of their own, such as "hotel".
    """

    city: str
    places: Mapping[str, Place]
    names: NameIndex
    catalogue: Catalogue
    fixed: Mapping[str, Anchor] = field(default_factory=dict)

    def find(self, text: str) -> Place | None:
        """Return the place that a name surely means, or that has this very id, if there is one."""
        if text in self.places:
            return self.places[text]
        match = self.names.best(text)
        return None if match is None else self.places[match.place_id]

    def anchor(self, text: str) -> Anchor | None:
        """Return the fixed point that a name or ``"LAT,LON"`` means, if there is one.

        "The cathedral" is no name, but whoever starts there means the one that everybody knows.
        """
        named = self.named(text)
        if named is not None:
            return named
        place = self.best_known(text)
        return None if place is None else Anchor(place.name, place.position, place)

    def named(self, text: str) -> Anchor | None:
        """Return what a name or ``"LAT,LON"`` means, if anything."""
        position = parse_position(text)
        if position is not None:
            return Anchor(text.strip(), position)
        fixed = self.fixed.get(fixed_name(text))
        if fixed is not None:
            return fixed
        place = self.find(text)
        return None if place is None else Anchor(place.name, place.position, place)

    def best_known(self, text: str) -> Place | None:
        """Return the most widely known place of the kind that words name, if they name one."""
        kinds = self.catalogue.named_wholly(text)
        return max(
            places_of_kinds(self.places, kinds),
            key=lambda place: (renown(place), place.id),
            default=None,
        )

    def unknown(self, text: str, option: str) -> UnknownPlaceError:
        """Return the error for an option that names no place, with the nearest names."""
        near = [match.name for match in self.names.find(text, limit=3)]
        hint = f"Did you mean {' or '.join(near)}?" if near else "Check the spelling."
        return UnknownPlaceError(
            f'{option} "{text}": no place of that name in {_shown(self.city)}.',
            f"{hint} A position works too: {option} LAT,LON.",
        )


def bind(request: Request, wishes: Wishes, library: Library) -> BoundRequest:
    """Bind every name of a request to places of the library.

    Parameters
    ----------
    request
        The request with the options already in it (:func:`with_wishes`).
    wishes
        The options again: a name that an option gave and nobody knows is an error, while a name
        that only the request's words hold is reported as unbound.
    library
        The city's places.

    Raises
    ------
    UnknownPlaceError
        If ``--start``, ``--end`` or ``--must`` name a place that is not in the city.
    """
    request = _with_kinds_as_wishes(request, wishes, library)
    by_option: dict[str | None, str] = {name: "--at" for name, _ in wishes.at}
    by_option |= dict.fromkeys(wishes.must, "--must")
    by_option |= {wishes.start: "--start", wishes.end: "--end"}
    bound: list[tuple[str, ...]] = []
    anchors: dict[str, Anchor] = {}
    required: list[str] = []
    unbound: list[LeftOut] = [LeftOut(word, NOT_UNDERSTOOD) for word in request.strange]
    for each in request.subrequests:
        if not each.mustsee:
            bound.append(())
            continue
        anchor = (
            library.anchor(each.pos) if each.type in {"start", "end"} else library.named(each.pos)
        )
        if anchor is None or (each.type == "place" and anchor.place is None):
            if each.pos in by_option:
                raise library.unknown(each.pos, by_option[each.pos])
            unbound.append(_unknown(each, library.city))
            bound.append(())
            continue
        bound.append((anchor.place.id,) if anchor.place else ())
        if each.type in {"start", "end"}:
            anchors[each.type] = anchor
        elif anchor.place is not None and anchor.place.id not in required:
            required.append(anchor.place.id)
    _refuse_contradictions(wishes, library)
    given_up = (*wishes.avoid, *wishes.forgo)
    avoided = {place.id for word in given_up if (place := library.find(word)) is not None}
    required = [place_id for place_id in required if place_id not in avoided]
    hard = _hard_dislikes(request.subrequests, library, keep=required)
    soft = tuple(
        each.neg
        for each in request.subrequests
        if each.neg and each.type == "itinerary" and each.neg not in hard.words
    )
    return BoundRequest(
        request=request,
        place_ids=tuple(bound),
        start=anchors.get("start"),
        end=anchors.get("end"),
        required=tuple(required),
        excluded_categories=frozenset(hard.categories),
        excluded_ids=frozenset(hard.ids),
        excluded_by={**hard.categories, **hard.ids},
        disliked=soft,
        unbound=tuple(unbound),
        appointments=_appointments(request, bound, required, wishes),
        own_only=wishes.own_only,
        new_only=wishes.new_only,
    )


def _appointments(
    request: Request, bound: Iterable[tuple[str, ...]], required: Iterable[str], wishes: Wishes
) -> tuple[Appointment, ...]:
    """Return the appointments that options made; of two at one place, the later word counts."""
    times = dict(wishes.at)
    found: dict[str, Appointment] = {}
    for each, ids in zip(request.subrequests, bound, strict=True):
        if each.pos in times and each.type == "place" and ids and ids[0] in required:
            found[ids[0]] = Appointment(ids[0], times[each.pos])
    return tuple(found.values())


def _refuse_contradictions(wishes: Wishes, library: Library) -> None:
    avoided = {place.id: word for word in wishes.avoid if (place := library.find(word))}
    for word in wishes.must:
        place = library.find(word)
        if place is not None and place.id in avoided:
            raise UsageError(
                f'--must "{word}" and --avoid "{avoided[place.id]}" are the same place.',
                "Leave out one of the two.",
            )


def _with_kinds_as_wishes(request: Request, wishes: Wishes, library: Library) -> Request:
    """Return the request with "the casino" as a wish for a casino, where no place is called that.

    What an option names as a must-see stays one.
    """
    return replace(
        request,
        subrequests=tuple(
            replace(each, mustsee=False)
            if each.mustsee
            and each.type == "place"
            and each.pos not in wishes.must
            and each.pos not in dict(wishes.at)
            and library.named(each.pos) is None
            and library.catalogue.named_wholly(each.pos)
            else each
            for each in request.subrequests
        ),
    )


def _shown(city: str) -> str:
    return city.title() if city.islower() else city


def _unknown(subrequest: SubRequest, city: str) -> LeftOut:
    reason = f"no place of that name in {_shown(city)}"
    if subrequest.type == "start":
        reason += "; the walk starts where it fits best (say where with --start)"
    elif subrequest.type == "end":
        reason += "; the walk ends where it fits best (say where with --end)"
    return LeftOut(subrequest.pos, reason)


@dataclass(frozen=True, slots=True)
class _Hard:
    """Hard dislikes: category or id mapped to the words that exclude it."""

    categories: dict[str, str]
    ids: dict[str, str]
    words: frozenset[str]


def _hard_dislikes(
    subrequests: Iterable[SubRequest], library: Library, keep: Iterable[str]
) -> _Hard:
    subrequests = tuple(subrequests)
    wanted = [
        library.catalogue.named(each.pos)
        for each in subrequests
        if not each.mustsee and each.pos.casefold() != PLACEHOLDER
    ]
    categories: dict[str, str] = {}
    ids: dict[str, str] = {}
    words = set()
    for each in subrequests:
        if not each.neg:
            continue
        named = library.catalogue.named(each.neg)
        # The narrower word wins: a wine bar stays when bars are disliked, and no church is
        # architecture when churches are.
        named -= frozenset[str]().union(*(kinds for kinds in wanted if kinds <= named))
        place = library.find(each.neg) if library.names.is_name(each.neg) else None
        if place is not None and place.id not in keep:
            ids[place.id] = each.neg
            words.add(each.neg)
        elif named:
            categories |= dict.fromkeys(sorted(named), each.neg)
            words.add(each.neg)
    return _Hard(categories, ids, frozenset(words))
