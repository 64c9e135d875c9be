"""Where a wish is to be, by its own words: "a café near the station", "lunch close to the harbour".

A place that stands only behind such words is no stop; it says where another one should be. "Start
near the station" is a start, and never comes here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from planner.language.lexicon import words

_FEW: Final = r"(?:a|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|\d{1,2})"
_LINK: Final = re.compile(
    rf"""
      \bnear(?:by|\s+to)? | \bclose\s+(?:by|to) | \bnext\s+(?:to|door\s+to) | \bbeside | \balongside
    | \bopposite(?:\s+(?:of|to))? | \bin\s+front\s+of | \bacross\s+(?:the\s+\w+\s+)?from
    | \b(?:a)?round\s+the\s+corner\s+from | \b(?:a)?round | \b(?:just\s+)?(?:outside|behind)
    | \bnot\s+(?:too\s+)?far\s+(?:away\s+)?from | \bin\s+the\s+(?:vicinity|neighbou?rhood|area)\s+of
    | \b(?:with)?in\s+(?:easy\s+)?(?:walking|striking|spitting)\s+distance\s+(?:of|from|to)
    | \b(?:a\s+)?stone['’]?s['’]?\s+throw\s+(?:away\s+)?(?:from|of)
    | \b(?:a\s+)?(?:short|quick|easy)\s+(?:walk|stroll|hop|step)\s+(?:away\s+)?from
    | \b{_FEW}(?:[-\s]+minutes?['’]?|[-\s]+mins?)(?:\s+(?:walk|away|on\s+foot))*\s+from
    | \bhandy\s+for | \bby
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ARTICLE: Final = re.compile(r"(?:(?:the|a|an|any|some|that|this)\s+)+", re.IGNORECASE)
_BEHIND: Final = re.compile(
    r"\s+(?:with|without|that|which|who|where|because|so|before|after|at|if|when|on)\s.*|[,;:(].*",
    re.IGNORECASE | re.DOTALL,
)
_FOR: Final = re.compile(r"\s+for\s+(?:an?\s+|some\s+|the\s+)?", re.IGNORECASE)
_EDGES: Final = " \t\n,;:.!?-–—'\"“”"
# These also tell who made something, when, or how ("books by Tove Jansson", "around noon").
_LOOSE: Final = re.compile(
    r"by|a?round|beside|alongside|(?:just\s+)?(?:outside|behind)|in\s+front\s+of|across\b.*",
    re.IGNORECASE | re.DOTALL,
)
# Nearness to these is said of nearly every walk.
_EVERYWHERE: Final = words(
    "me us you here there it them town centre center city downtown area way midtown uptown streets"
)
# Between a wish and what says where it should be.
_HEDGES: Final = re.compile(
    r"(?:\s|,|\b(?:all|both|somewhere|anywhere|preferably|ideally|very|right|just|really|quite"
    r"|located|situated|or|is|are)\b)+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Nearness:
    """Words that say where something should be, taken apart.

    Attributes
    ----------
    wish
        What is to be there ("lunch"); empty where only the place was said.
    said
        The words that say where, as they stand ("near the station").
    anchor
        The place that they lean on, without its article ("station").
    any_one
        Whether any place of the kind will do ("near a park").
    sure
        Whether the words can mean nothing else; "by" also tells who made something, and then only
        what is a place for certain counts.
    """

    wish: str
    said: str
    anchor: str
    any_one: bool = False
    sure: bool = True


def nearness(span: str) -> Nearness | None:
    """Read where a wish should be, ``None`` where its words do not say.

    Parameters
    ----------
    span
        The words of a wish, as they stand in the request.
    """
    for link in _LINK.finditer(span):
        rest = span[link.end() :]
        article = _ARTICLE.match(rest.lstrip())
        said = rest.lstrip()[article.end() if article else 0 :]
        anchor = _BEHIND.sub("", said, count=1)
        parts = _FOR.split(anchor, maxsplit=1)
        anchor = parts[0].strip(_EDGES)
        if not rest[:1].isspace() or not anchor:
            continue
        wish = _HEDGES.sub("", span[: link.start()]).strip(_EDGES)
        if not wish and len(parts) > 1:
            wish = parts[1].strip(_EDGES)
        whole = span[link.start() : span.index(anchor, link.end()) + len(anchor)]
        definite = article is None or "the" in article[0].casefold().split()
        if set(anchor.casefold().split()) <= _EVERYWHERE:
            continue
        sure = _LOOSE.fullmatch(link[0].strip()) is None
        return Nearness(wish, " ".join(whole.split()), anchor, not definite, sure)
    return None
