"""What a place's tags tell of it: step-free, free entry, dogs, children, diets.

Which tags answer what stands in the catalogue. A place whose tags say nothing answers "unknown",
which is never "no": most of the map is silent on most of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.library.catalogue import Catalogue
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain import Place
    from planner.library.kinds import Answer, Attribute

    Ask = Callable[[Place], Answer]

_CAUTIOUS: tuple[Answer, ...] = ("no", "limited", "yes")
_DIET = "diet:"
_PLAIN: dict[str, Answer] = {"yes": "yes", "only": "yes", "limited": "limited", "no": "no"}


def attribute(place: Place, key: str, catalogue: Catalogue | None = None) -> Answer:
    """Return what a place's tags answer about a property.

    An exact value beats "any value"; of several exact ones the most cautious wins: a restaurant
    that is no good for vegetarians serves no vegan food, whatever else was noted.

    Parameters
    ----------
    place
        The place.
    key
        The property's key in the catalogue, such as ``"wheelchair"`` or ``"diet:vegan"``.
    catalogue
        The kinds and properties; the shipped ones where absent.

    Raises
    ------
    KeyError
        If the catalogue has no such property.
    """
    return answer((catalogue or Catalogue.load()).attributes[key], place)


def answer(attribute: Attribute, place: Place) -> Answer:
    """Return what a place's tags answer about a property, as :func:`attribute`."""
    exact: set[Answer] = set()
    loose: set[Answer] = set()
    answers, tags = attribute.answers, place.tags
    for key in attribute.keys:
        value = tags.get(key)
        if value is None:
            continue
        found = {
            given
            for part in (value.split(";") if ";" in value else (value,))
            if (given := answers.get((key, part.strip().lower()))) is not None
        }
        if found:
            exact |= found
        elif (key, "*") in answers:
            loose.add(answers[key, "*"])
    chosen = exact or loose
    return next((each for each in _CAUTIOUS if each in chosen), "unknown")


def says(place: Place, key: str, catalogue: Catalogue | None = None) -> str | None:
    """Return in a few words what tags tell of a property ("step-free"), ``None`` if nothing."""
    found = (catalogue or Catalogue.load()).attributes[key]
    return found.says.get(answer(found, place))


def wheelchair(place: Place, catalogue: Catalogue | None = None) -> Answer:
    """Whether one gets in without steps."""
    return attribute(place, "wheelchair", catalogue)


def fee(place: Place, catalogue: Catalogue | None = None) -> Answer:
    """Whether entry costs money; "limited" is free at times or for a donation."""
    return attribute(place, "fee", catalogue)


def dogs(place: Place, catalogue: Catalogue | None = None) -> Answer:
    """Whether dogs may come; "limited" is outside only."""
    return attribute(place, "dogs", catalogue)


def children(place: Place, catalogue: Catalogue | None = None) -> Answer:
    """Whether a place is made for children; "no" is for adults only."""
    return attribute(place, "children", catalogue)


def outdoor_seating(place: Place, catalogue: Catalogue | None = None) -> Answer:
    """Whether one can sit outside."""
    return attribute(place, "outdoor_seating", catalogue)


def internet(place: Place, catalogue: Catalogue | None = None) -> Answer:
    """Whether there is wireless internet; "limited" is a terminal."""
    return attribute(place, "internet", catalogue)


def toilets(place: Place, catalogue: Catalogue | None = None) -> Answer:
    """Whether there is a toilet; "limited" is for guests."""
    return attribute(place, "toilets", catalogue)


def diet(place: Place, name: str, catalogue: Catalogue | None = None) -> Answer:
    """Whether there is food for a diet.

    Parameters
    ----------
    place
        The place.
    name
        Such as "vegan" or "gluten-free". Of a diet that the catalogue does not describe, the tag
        ``diet:NAME`` is read as it stands.
    catalogue
        The kinds and properties; the shipped ones where absent.
    """
    kinds = catalogue or Catalogue.load()
    key = _DIET + fold(name).replace(" ", "_")
    if key in kinds.attributes:
        return attribute(place, key, kinds)
    return _PLAIN.get(place.tags.get(key, "").strip().lower(), "unknown")
