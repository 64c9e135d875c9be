"""Moments to learn from, drawn at random, and the same moments with one factor changed."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from planner.domain import Anchor
from planner.guidance.lessons import lesson, moment
from planner.guidance.question import Question
from planner.intents.distill.counterfactuals import idle, telling
from planner.library.hours import opening_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planner.domain import Position, Weather
    from planner.guidance.guide import Guide
    from planner.guidance.lessons import Lesson
    from planner.intents.context import Context, Trigger
    from planner.intents.distill.counterfactuals import Change, Factor

YEAR: Final = 2026
LENGTHS: Final = (20, 30, 45, 60, 90, 120, 150, 180, 240)
SKIES: Final[tuple[Weather, ...]] = ("dry", "dry", "dry", "rain", "hot", "cold")
TRIGGERS: Final[tuple[Trigger, ...]] = ("hungry", "thirsty", "tired", "rain starts", "ticket")
FIRST_HOUR, LAST_HOUR = 7, 23
TWICE: Final = 2


@dataclass(frozen=True, slots=True)
class Drawn:
    """A lesson; with the one that it differs from in one factor, if it is such a one."""

    question: Question
    lesson: Lesson
    older: Lesson | None = None
    factor: Factor | None = None


class Syllabus:
    """Draws moments in a surveyed city.

    Parameters
    ----------
    guide
        Of the city; its spots are those of its places.
    seed
        The same seed draws the same moments.
    """

    def __init__(self, guide: Guide, seed: str) -> None:
        self.guide = guide
        self._random = random.Random(seed)  # noqa: S311 - nothing here is secret
        places = guide.planner.city.places.values()
        kinds = frozenset(kind for each in guide.vocabulary for kind in each.categories)
        self._spots = [place.position for place in places if place.category in kinds]

    def lessons(self) -> Iterator[Drawn]:
        """Yield lessons without end, each second one with a factor of the one before changed."""
        for first in self.moments():
            yield first
            changed = self.changed(first)
            if changed is not None:
                yield changed

    def moments(self) -> Iterator[Drawn]:
        """Yield lessons without end, none of them a change of another."""
        while True:
            first = self._first()
            if first is not None:
                yield first

    def shuffled(self, changes: Iterable[Change]) -> list[Change]:
        """Return changes in a random order."""
        found = list(changes)
        self._random.shuffle(found)
        return found

    def _first(self) -> Drawn | None:
        question = self._question()
        context = self._lived(moment(self.guide, question))
        found = lesson(self.guide, question, context)
        return None if found is None else Drawn(question, found)

    def changed(self, drawn: Drawn) -> Drawn | None:
        """Return a lesson with one factor changed that a plan should heed; ``None`` for no plan."""
        old = drawn.lesson
        changes = list(telling(old.context, old.sample.sequence[0]))
        change = self._random.choice(changes)
        found = self.again(drawn, change.context)
        return None if found is None else Drawn(drawn.question, found, old, change.factor)

    def unchanged(self, drawn: Drawn) -> Lesson | None:
        """Return the lesson of a moment that differs in what no plan should heed."""
        return self.again(drawn, self._random.choice(list(idle(drawn.lesson.context))))

    def again(self, drawn: Drawn, context: Context) -> Lesson | None:
        """Return the lesson of another moment at the same place."""
        here = drawn.question.at.position
        midnight = dt.datetime.combine(context.now.date(), dt.time())
        tomorrow = midnight + dt.timedelta(days=1)
        holiday = bool(opening_windows("PH 00:00-24:00", midnight, tomorrow, here))
        sun = opening_windows("sunrise-sunset", midnight, tomorrow, here)
        context = replace(context, holiday=holiday, daylight=sun[0] if sun else None)
        return lesson(self.guide, drawn.question, context)

    def _question(self) -> Question:
        chance = self._random
        day = dt.datetime(YEAR, 1, 1) + dt.timedelta(days=chance.randrange(365))
        now = day + dt.timedelta(minutes=15 * chance.randrange(4 * FIRST_HOUR, 4 * LAST_HOUR))
        until = now + dt.timedelta(minutes=chance.choice(LENGTHS))
        spot: Position = chance.choice(self._spots)
        return Question(Anchor("here", spot), now, until, chance.choice(SKIES))

    def _lived(self, context: Context) -> Context:
        """Return the context of somebody who has done and likes things, now and then."""
        chance = self._random
        keys = sorted(intent.key for intent in self.guide.vocabulary)
        done = chance.sample(keys, chance.choice((0, 0, 0, 1, 1, TWICE)))
        likes = chance.sample(keys, chance.choice((0, 0, 0, 1, TWICE)))
        came_up = (chance.choice(TRIGGERS),) if chance.random() < 0.15 else ()  # noqa: PLR2004
        return replace(
            context,
            done=tuple(done),
            likes=frozenset(likes),
            triggers=came_up,
            walked_m=chance.choice((0, 0, 2000, 5000, 9000)),
        )
