"""What a request's words mean in one city: which of them mean nothing, and where wishes are to be.

The stages that read a request know no city, and those that know the city read no requests; here the
one is asked with the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from planner.domain import Near
from planner.errors import FlaneurError
from planner.language.nearness import nearness
from planner.language.strangers import Knowledge, is_nonsense, without_strangers
from planner.library.suitability import wants_of
from planner.library.words import clean, stems
from planner.retrieval.nearness import located

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain import BoundRequest, LeftOut, Request, Wishes
    from planner.library.catalogue import Catalogue
    from planner.retrieval.binding import Library
    from planner.retrieval.index import PlaceIndex
    from planner.retrieval.preference import Encoder

_LOOKED_AT: Final = 24
_SHORTEST: Final = 4
_SHOWN: Final = 60


def known_words(
    request: Request,
    *,
    knows: Callable[[str], bool],
    catalogue: Catalogue,
    index: PlaceIndex,
    encode: Encoder,
) -> Request:
    """Return a request without wishes that mean nothing here; see `planner.language.strangers`.

    Parameters
    ----------
    request
        What was read.
    knows
        Whether a word stands whole in the vocabulary of what encodes.
    catalogue
        Tells what words name, and how places should be.
    index, encode
        The city, in whose names a word may stand that is known nowhere else.
    """

    def word(text: str) -> bool:
        return knows(text) or bool(catalogue.named(text) or wants_of(text, catalogue=catalogue))

    def here(text: str) -> bool:
        rows, _ = index.nearest(encode([text])[0], _LOOKED_AT)
        names = {
            name
            for place in index.places(rows.tolist())
            for name in stems(" ".join((place.name, *place.names.values())))
            if len(name) >= _SHORTEST
        }
        return any(
            name.startswith(part) or part.startswith(name)
            for part in stems(text)
            if len(part) >= _SHORTEST
            for name in names
        )

    return without_strangers(request, Knowledge(word, here))


def refuse_nonsense(request: Request, wishes: Wishes) -> None:
    """Refuse a request of which nothing is understood, where no option says what to plan.

    Parameters
    ----------
    request
        What :func:`known_words` made of it.
    wishes
        What options said.

    Raises
    ------
    FlaneurError
        With the words, and what can be said instead.
    """
    if asks_by_option(wishes) or not is_nonsense(request):
        return
    line = clean(request.text)
    shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN].rstrip()}…"
    raise FlaneurError(
        f'Nothing of "{shown}" was understood: '
        "it names no place, no kind of place and no length of a walk.",
        'Say what you would like, such as "old churches and one good coffee, 3 hours", '
        'or leave it open with "surprise me".',
    )


def asks_by_option(wishes: Wishes) -> bool:
    """Whether options alone say enough to plan a walk."""
    return bool(wishes.must or wishes.at or wishes.start or wishes.end or wishes.stops)


def with_nearness(bound: BoundRequest, library: Library) -> BoundRequest:
    """Return a request whose wishes know near what they should be, as far as they say.

    Parameters
    ----------
    bound
        The request with its names bound.
    library
        The city.
    """
    near: dict[int, Near] = {}
    unknown: list[LeftOut] = []
    for i, each in enumerate(bound.request.subrequests):
        said = None if each.mustsee or each.type in {"start", "end"} else nearness(each.pos)
        if said is None:
            continue
        found = located(
            said.anchor,
            any_one=said.any_one,
            library=library,
            wish=said.wish,
            said=said.said,
        )
        if isinstance(found, Near):
            near[i] = found
        elif said.sure:
            unknown.append(found)
    return replace(bound, near=near, unbound=(*bound.unbound, *unknown))
