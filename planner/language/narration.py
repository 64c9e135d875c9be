"""A walk told in a few sentences, from its facts and nothing else.

Times, distances and names always come from a template, which is exact. A model may add one
sentence a stop; each is checked before anyone sees it, and where it does not keep to the facts the
template's own sentence stands in its place.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from planner.errors import ModelError
from planner.language.chat import Conversation, adapter_for
from planner.language.engine import TokenCost
from planner.language.facts import PlanFacts, StopFacts, objection, plain
from planner.language.prompts import NARRATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.language.engine import LanguageModel

__all__ = ["Narrative", "PlanFacts", "StopFacts", "narrate"]

TEMPLATE: Final = "template"

_MOST_TOKENS: Final = 48
_SENTENCE: Final = re.compile(r"(.+?[.!?])(?=\s|$)", re.DOTALL)
_HOUR: Final = 60
_FAR: Final = 1_000.0
# Giving up is decided on no less than this many failed sentences.
_PATIENCE: Final = 2
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class Narrative:
    """A walk in words.

    ``by`` is the model's name where sentences of its own stand in the text, else ``"template"``.
    """

    text: str
    by: str
    cost: TokenCost = field(default_factory=TokenCost)


def narrate(
    facts: PlanFacts,
    *,
    engine: LanguageModel | None = None,
    on_text: Callable[[str], None] | None = None,
    cancel: Callable[[], bool] | None = None,
    seconds: float = 12.0,
) -> Narrative:
    """Tell a walk.

    Parameters
    ----------
    facts
        All that may be said.
    engine
        A model that adds a sentence a stop, or ``None`` for the template alone.
    on_text
        Called with each piece as soon as it is final; the pieces together are the text.
    cancel
        Asked while the model works; once true, the template tells the rest.
    seconds
        How long the model may take in all; afterwards the template tells the rest.

    Returns
    -------
    Narrative
        Paragraphs parted by newlines: an opening, one for each stop, an ending.
    """
    facts = _cleaned(facts)
    teller = _Teller(facts, engine, cancel or _never, time.monotonic() + seconds)
    said: list[str] = []

    def say(piece: str) -> None:
        if piece:
            said.append(piece)
            if on_text is not None:
                on_text(piece)

    say(_opening(facts))
    for index, stop in enumerate(facts.stops):
        say("\n" + _arrival(index, facts))
        sentence = teller.sentence(stop) or _reason(stop)
        say(f" {sentence}" if sentence else "")
    ending = _ending(facts)
    say(f"\n{ending}" if ending else "")
    by = engine.name if engine is not None and teller.accepted else TEMPLATE
    return Narrative("".join(said), by, teller.cost)


class _Teller:
    """Asks the model for sentences as long as that is worth the wait."""

    def __init__(
        self,
        facts: PlanFacts,
        engine: LanguageModel | None,
        cancel: Callable[[], bool],
        deadline: float,
    ) -> None:
        self._facts = facts
        # Some models are too small to be asked without having been taught.
        self._engine = engine if getattr(engine, "tells", True) else None
        self._cancel = cancel
        self._deadline = deadline
        self.accepted = 0
        self.refused = 0
        self.cost = TokenCost()

    def sentence(self, stop: StopFacts) -> str | None:
        """Return a sentence that keeps to the facts, or ``None``."""
        if self._engine is None or self._stopped():
            return None
        if self.refused >= _PATIENCE and self.refused > self.accepted:
            return None
        try:
            answer = self._engine.complete(
                Conversation(NARRATION, _prompt(stop), adapter_for(self._engine, "narration")),
                max_tokens=_MOST_TOKENS,
                watch=lambda text: _SENTENCE.match(text.lstrip() + " ") is not None,
                cancel=self._stopped,
            )
        except ModelError:
            self._engine = None
            return None
        self.cost += answer.cost
        if answer.ending == "cancelled":
            return None
        found = _SENTENCE.match(answer.text.strip())
        sentence = " ".join(found.group(1).split()) if found else ""
        if not sentence or objection(sentence, stop, self._facts):
            self.refused += 1
            return None
        self.accepted += 1
        return sentence

    def _stopped(self) -> bool:
        return time.monotonic() > self._deadline or self._cancel()


def _prompt(stop: StopFacts) -> str:
    lines = [f'place: "{stop.name}"', f'kind: "{stop.category}"']
    if stop.about:
        lines.append(f'about: "{stop.about}"')
    if stop.why:
        lines.append(f'reason: "{_uncapped(stop.why).rstrip(".")}"')
    return "\n".join(lines)


def _cleaned(facts: PlanFacts) -> PlanFacts:
    return replace(
        facts,
        city=plain(facts.city),
        start_name=plain(facts.start_name) if facts.start_name else None,
        end_name=plain(facts.end_name) if facts.end_name else None,
        stops=tuple(
            replace(
                stop,
                name=plain(stop.name),
                category=plain(stop.category),
                why=plain(stop.why, 200),
                about=plain(stop.about),
                streets=tuple(filter(None, map(plain, stop.streets))),
            )
            for stop in facts.stops
        ),
    )


# -- the template ----------------------------------------------------------------------------------


def _opening(facts: PlanFacts) -> str:
    day = f"{facts.date:%A} {facts.date.day} {facts.date:%B}"
    count = len(facts.stops)
    if not count:
        return f"This walk through {facts.city} on {day} has no stops."
    stops = "one stop" if count == 1 else f"{_number(count)} stops"
    where = f" from {facts.start_name}" if facts.start_name else ""
    return (
        f"On {day} at {facts.begin} you set out{where} for {stops} in {facts.city}, "
        f"with {_distance(facts.walk_m)} to walk in all."
    )


def _arrival(index: int, facts: PlanFacts) -> str:
    stop, last = facts.stops[index], index == len(facts.stops) - 1
    what = stop.name if _says_its_kind(stop) else f"{stop.name} ({stop.category})"
    stay = f", with {_duration(stop.stay_minutes)} there" if stop.stay_minutes else ""
    how = "on foot and by ferry" if stop.by_ferry else "on foot"
    walk = f"{_duration(stop.walk_minutes)} {how}{_along(stop.streets)}"
    if stop.walk_minutes < 1:
        if index == 0:
            return f"You begin at {what} at {stop.arrive}{stay}."
        return f"Right beside it {what} comes next, at {stop.arrive}{stay}."
    if index == 0:
        return f"After {walk} you reach {what} at {stop.arrive}{stay}."
    if last:
        return f"The last stop, after {walk}, is {what} at {stop.arrive}{stay}."
    forms = (
        f"{what} comes next, after {walk}, at {stop.arrive}{stay}.",
        f"Then it is {walk} to {what}, where you arrive at {stop.arrive}{stay}.",
        f"From there you come to {what} after {walk}, at {stop.arrive}{stay}.",
    )
    return forms[(index - 1) % len(forms)]


def _reason(stop: StopFacts) -> str:
    text = stop.why or (f"It is {stop.about}" if stop.about else "")
    return _capped(text) + ("" if not text or text[-1] in ".!?…" else ".")


def _ending(facts: PlanFacts) -> str:
    if not facts.stops:
        return ""
    parts = []
    how = "on foot and by ferry" if facts.end_by_ferry else "on foot"
    if facts.end_name and facts.end_name != facts.stops[-1].name:
        way = (
            f", {_duration(facts.end_walk_minutes)} {how} from the last stop"
            if facts.end_walk_minutes
            else ""
        )
        parts.append(f"You finish at {facts.end_name}{way}, at {facts.finish}.")
    else:
        parts.append(f"The walk is over at {facts.finish}.")
    unknown = [stop.name for stop in facts.stops if stop.open == "unknown"]
    if unknown:
        parts.append(f"Opening hours are not known for {_listed(unknown)}.")
    return " ".join(parts)


def _says_its_kind(stop: StopFacts) -> bool:
    """Whether a name already tells what the place is ("Design Museum")."""
    kind = stop.category.casefold().split()
    return not kind or kind[-1] in stop.name.casefold()


def _along(streets: tuple[str, ...]) -> str:
    different = tuple(dict.fromkeys(streets))[:2]
    return f" along {' and '.join(different)}" if different else ""


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, _HOUR)
    parts = []
    if hours:
        parts.append("an hour" if hours == 1 else f"{hours} hours")
    if rest or not hours:
        parts.append("1 minute" if rest == 1 else f"{rest} minutes")
    return " and ".join(parts)


def _distance(metres: float) -> str:
    if metres < _FAR:
        return f"{round(metres / 10) * 10} m"
    return f"{metres / 1000:.1f} km"


def _capped(text: str) -> str:
    return text[:1].upper() + text[1:]


def _uncapped(text: str) -> str:
    """Lower the first letter of an ordinary word; a name keeps its capital."""
    first = text.partition(" ")[0]
    return text[:1].lower() + text[1:] if first in {"You", "It", "The", "A", "An"} else text


def _never() -> bool:
    return False
