"""A request taken apart into wishes: by rules always, with a model's help where there is one.

The paper lets a model decompose the request (section 3.3, prompts F.1 and F.2). Here the rules
always run, since they cost nothing and read dates, hours and counts better than any small model;
a model's reading is checked against the request's words and merged with theirs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from planner.domain import SubRequest
from planner.errors import ModelError
from planner.language import grammar, guard, merge, rules
from planner.language.engine import Conversation, TokenCost
from planner.language.lexicon import is_kind
from planner.language.orders import was_said, wishes_only
from planner.language.prompts import DECOMPOSITION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from planner.domain import Request, SubRequestType
    from planner.language.engine import Adapter, LanguageModel

# A request longer than this is no sentence about a walk; rules read it in milliseconds.
LONGEST: Final = 2_000
MOST_TOKENS: Final = 96
# A taught model's lines for the longest request of its training are shorter.
MOST_TAUGHT_TOKENS: Final = 60
TASK: Final = "decomposition"
MOST_WISHES: Final = 12
PLACEHOLDER: Final = "places"

_NAMED: Final[dict[str, SubRequestType]] = {"start": "start", "end": "end", "see": "place"}
_KINDS: Final[dict[str, SubRequestType]] = {"place": "place", "walk": "itinerary"}


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood, what it cost, and why a model that was there did not take part."""

    request: Request
    cost: TokenCost = field(default_factory=TokenCost)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decomposition:
    """What a model alone made of a request; ``whole`` where it came to its end by itself."""

    subrequests: tuple[SubRequest, ...]
    cost: TokenCost
    cancelled: bool = False
    whole: bool = True


def parse_answer(answer: str, *, whole: bool) -> tuple[SubRequest, ...]:
    """Turn a model's lines into sub-requests.

    Parameters
    ----------
    answer
        Lines in the form of :mod:`planner.language.prompts`; other lines are passed over.
    whole
        Whether the answer came to its end by itself; otherwise its last line may be cut off and
        is left out.
    """
    lines = answer.split("\n")
    found: list[SubRequest] = []
    for line in lines if whole else lines[:-1]:
        wish = _parse_line(line)
        if wish is not None and wish not in found:
            found.append(wish)
    return tuple(found[:MOST_WISHES])


def decompose(
    engine: LanguageModel, text: str, *, cancel: Callable[[], bool] | None = None
) -> Decomposition:
    """Let a model take a request apart.

    A model that was taught the task needs no prompt beside the request, and what it says beyond
    the request's words is for the guard; any other is shown examples and held by a grammar to the
    words of the request.

    Raises
    ------
    ModelError
        If the model fails, or the request is empty or too long for it.
    """
    taught = taught_to(engine)
    if taught is not None and text.strip() and len(text) <= LONGEST:
        answer = engine.complete(
            Conversation((), text, taught),
            max_tokens=MOST_TAUGHT_TOKENS,
            watch=_enough,
            cancel=cancel,
        )
    else:
        form = grammar.decomposition_grammar(text) if len(text) <= LONGEST else None
        if form is None:
            raise ModelError("The request is empty or too long for the model; the rules read it.")
        answer = engine.complete(
            Conversation(DECOMPOSITION, text), max_tokens=MOST_TOKENS, grammar=form, cancel=cancel
        )
    wishes = parse_answer(answer.text, whole=answer.ending == "end")
    return Decomposition(
        wishes, answer.cost, answer.ending == "cancelled", whole=answer.ending == "end"
    )


def taught_to(engine: LanguageModel) -> Adapter | None:
    """Return what taught a model to take requests apart, if anything did."""
    return next((each for each in engine.adapters if each.task == TASK), None)


def _enough(answer: str) -> bool:
    """Tell whether a model goes round in circles, or has said as much as is taken."""
    lines = answer.split("\n")[:-1]
    return len(lines) >= MOST_WISHES or len(set(lines)) < len(lines)


def plausible(wish: SubRequest, is_name: Callable[[str], bool] | None = None) -> bool:
    """Tell whether a wish speaks of a kind of place or of a name that is known.

    An untaught model of a small size marks verbs and fillers as wishes; where the rules read
    nothing in some words, this is what its word needs to count.
    """
    span = wish.neg if wish.pos == PLACEHOLDER and wish.neg else wish.pos
    if any(is_kind(word.group().casefold()) for word in grammar.request_words(span)):
        return True
    return wish.mustsee and is_name is not None and is_name(span)


def understand(
    text: str,
    *,
    now: dt.datetime,
    engine: LanguageModel | None = None,
    is_name: Callable[[str], bool] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Understanding:
    """Understand a request.

    Parameters
    ----------
    text
        A person's words.
    now
        The moment from which "today" and "Saturday" are counted.
    engine
        A model that helps, or ``None`` for the rules alone.
    is_name
        Whether some words are a name that the library knows.
    cancel
        Asked now and then while the model works; true ends its part, and the rules speak.

    Returns
    -------
    Understanding
        Its request's ``by`` names the model when that took part.
    """
    request = rules.decompose(text, now=now, is_name=is_name)
    if engine is None:
        return Understanding(request)
    said = wishes_only(text)
    try:
        read = decompose(engine, said, cancel=cancel)
    except ModelError as error:
        return Understanding(request, note=error.problem)
    if read.cancelled:
        return Understanding(request, read.cost, "The model was stopped; the rules read it.")
    kept = guard.guard(said, read.subrequests, is_name=is_name)
    if said != text:
        kept = tuple(
            wish
            for wish in kept
            if was_said(text, wish.pos if wish.pos != PLACEHOLDER else None, wish.neg)
        )
    if taught_to(engine) is not None:
        kept = tuple(_as_meant(said, each, read.subrequests) for each in kept)
        together = merge.merge_taught(request, kept, whole=read.whole)
        return Understanding(replace(request, subrequests=together, by=engine.name), read.cost)
    if not engine.lead:
        kept = tuple(wish for wish in kept if plausible(wish, is_name))
    # A model none of whose wishes stands up leads nobody.
    together = merge.merge(request, kept, lead=engine.lead and bool(kept))
    return Understanding(replace(request, subrequests=together, by=engine.name), read.cost)


def _as_meant(text: str, wish: SubRequest, read: tuple[SubRequest, ...]) -> SubRequest:
    """Make a must-see of what a taught model holds for a name to see, where a capital bears it out.

    What it took for a start or an end that nothing announces is no name to see.
    """
    if wish.type != "place":
        return wish
    same = [each for each in read if guard.letters(each.pos) == guard.letters(wish.pos)]
    if any(each.type in {"start", "end"} for each in same):
        return replace(wish, mustsee=False)
    named = any(each.mustsee for each in same) and merge.named_by_capital(text, wish)
    return replace(wish, mustsee=wish.mustsee or named)


def _parse_line(line: str) -> SubRequest | None:
    role, _, rest = line.strip().partition(" ")
    wish, _, dislike = rest.partition(grammar.BAR)
    wish, dislike = wish.strip(), dislike.strip()
    if not wish:
        return None
    if role in _NAMED:
        return SubRequest(wish, mustsee=True, neg=dislike or None, type=_NAMED[role])
    if role in _KINDS:
        return SubRequest(wish, neg=dislike or None, type=_KINDS[role])
    if role == "avoid":
        return SubRequest(PLACEHOLDER, neg=wish, type="itinerary")
    return None
