"""Lessons for a small model: what the exact teacher does in a moment, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.guidance.teacher import Teacher
from planner.intents.distill.samples import Deed, sample_of
from planner.library.hours import state_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.guidance.guide import Guide
    from planner.guidance.offering import Offered
    from planner.guidance.question import Question
    from planner.guidance.teacher import Taught
    from planner.intents.context import Context
    from planner.intents.distill.samples import Sample
    from planner.itinerary.schedule import WalkProblem


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the teacher does in a moment.

    Attributes
    ----------
    context
        The circumstances.
    offered
        All that could be done.
    teacher
        Knows the best there is, and what any other sequence is worth.
    sample
        The teacher's sequence with its reasons.
    whole
        Whether the teacher looked at everything.
    """

    context: Context
    offered: Offered
    teacher: Teacher
    sample: Sample
    whole: bool

    def value_of(self, keys: Sequence[str]) -> float | None:
        """Return what a sequence is worth at its best places; ``None`` if it cannot be done."""
        found = self.teacher.carried(keys)
        return None if found is None else found.value


def moment(guide: Guide, question: Question) -> Context:
    """Return the circumstances of a question with an end.

    Raises
    ------
    ValueError
        If it has none.
    """
    if question.until is None:
        raise ValueError("a lesson needs an end")
    left = int((question.until - question.now).total_seconds() // 60)
    return guide.context(question, question.now, left)


def lesson(guide: Guide, question: Question, context: Context | None = None) -> Lesson | None:
    """Ask the teacher what to do in a moment.

    Parameters
    ----------
    guide
        Of the city.
    question
        Where, when, until when and in which weather; ``until`` must be given.
    context
        The circumstances, where more is known of them than the question says.

    Returns
    -------
    Lesson or None
        ``None`` where there is nothing to do.
    """
    context = context or moment(guide, question)
    offered = guide.everything(question, context)
    if offered is None:
        return None
    teacher = Teacher(offered.problem, offered.intents, context)
    taught = teacher.best()
    if not taught.keys:
        return None
    deeds = _deeds(offered.problem, taught, context)
    sample = sample_of(context, teacher.prospects(), deeds, taught.value)
    return Lesson(context, offered, teacher, sample, taught.whole)


def by_table(guide: Guide, question: Question, context: Context) -> float:
    """Return what the best of a guide's sequences is worth, bound to places as it binds them."""
    fits = (found for _, found in guide.proposals(question, context))
    return max((found.value for found in fits if found is not None), default=0.0)


def _deeds(problem: WalkProblem, taught: Taught, context: Context) -> tuple[Deed, ...]:
    found = []
    for key, visit, (walked, begins, ends) in zip(
        taught.keys, taught.visits, taught.times, strict=True
    ):
        place = problem.visits[visit].candidate.place
        start = context.now + dt.timedelta(seconds=begins)
        state = state_at(place.opening_hours, start, place.position)
        closes = state.until if state.open == "yes" and state.after == "no" else None
        end = context.now + dt.timedelta(seconds=ends)
        found.append(Deed(key, start, end, max(1, round(walked / 60)), closes))
    return tuple(found)
