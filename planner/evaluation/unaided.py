"""A language model that plans by itself: it names places, with or without a list to name from.

The task is that of the paper's prompt F.5, with and without its chain of thought; the words are
our own. The paper asks for JSON; here a grammar holds the form, so that a small model is not marked
down for its brackets, and the number of places is given with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from planner.errors import ModelError
from planner.language.answers import TokenCost
from planner.language.engine import Conversation, Turn
from planner.language.facts import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.language.answers import LanguageModel

_TASK: Final = """\
You plan walks through cities. You get a city and what somebody would like.
Name the places to visit, in walking order: real places of that city, by their usual names.
Write one name a line, each behind a dash, and nothing else."""
_THINKING: Final = """
Before the list, think: one line that begins with "Thoughts:" and says what is wanted,
which places are a must, what is liked and what is not."""
_LISTED: Final = """
Name only places of the list, spelt as they are there."""
_EXAMPLE: Final = (
    "city: Paris\nrequest: From the Louvre to Notre-Dame, 2 stops in between: bridge and square.",
    "- Pont Neuf\n- Place Dauphine",
)
_THOUGHT: Final = "Thoughts: two stops near the river, one a bridge, one a square; no must-sees.\n"
_THOUGHT_LETTERS: Final = 240
_NAME_LETTERS: Final = 60
_TOKENS_A_NAME: Final = 20
_ITEM: Final = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s*(?P<name>.+?)\s*$")


@dataclass(frozen=True, slots=True)
class Named:
    """The names that a model gave, in its order, each once, and what that cost."""

    names: tuple[str, ...] = ()
    cost: TokenCost = field(default_factory=TokenCost)


def name_places(
    engine: LanguageModel,
    city: str,
    text: str,
    *,
    count: int,
    thinking: bool = False,
    listed: Sequence[tuple[str, str]] = (),
    seed: int = 0,
) -> Named:
    """Let a model name places for a request.

    Parameters
    ----------
    engine
        The model.
    city, text
        The city and the request.
    count
        How many places the answer has.
    thinking
        Whether it thinks aloud first (chain of thought).
    listed
        Names and kinds of the places that there are; without any, the model has its memory alone.
    seed
        For the model.
    """
    task = _TASK + (_THINKING if thinking else "") + (_LISTED if listed else "")
    held = "".join(f"\n- {plain(name)} ({kind})" for name, kind in listed)
    prompt = f"city: {plain(city)}\nrequest: {plain(text)}"
    turns = [
        Turn("system", task),
        Turn("user", _EXAMPLE[0]),
        Turn("assistant", (_THOUGHT if thinking else "") + _EXAMPLE[1]),
    ]
    if held:
        # The same for all requests, and therefore evaluated once.
        turns += [
            Turn("user", f"The places of {plain(city)}:{held}"),
            Turn("assistant", "Which walk?"),
        ]
    try:
        answer = engine.complete(
            Conversation(tuple(turns), prompt),
            max_tokens=_TOKENS_A_NAME * count + (_THOUGHT_LETTERS // 3 if thinking else 0),
            grammar=_form(count, thinking=thinking),
            seed=seed,
        )
    except ModelError:
        return Named()
    return Named(read_names(answer.text)[:count], answer.cost)


def read_names(text: str) -> tuple[str, ...]:
    """Return the names of a list, each once, as they are written there."""
    found = (_ITEM.match(line) for line in text.splitlines())
    return tuple(dict.fromkeys(match["name"] for match in found if match))


def _form(count: int, *, thinking: bool) -> str:
    thought = f'"Thoughts: " [^\\n]{{1,{_THOUGHT_LETTERS}}} "\\n" ' if thinking else ""
    return (
        f"root ::= {thought}{' '.join(['item'] * count)}\n"
        f'item ::= "- " [^\\n -] [^\\n]{{1,{_NAME_LETTERS}}} "\\n"'
    )
