"""Lessons for a small model: what the exact teacher does in a moment, and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.guidance.fitting import fit
from planner.guidance.teacher import Teacher
from planner.intents.distill.samples import Deed, sample_of
from planner.library.hours import state_at

if TYPE_CHECKING:
    from planner.guidance.guide import Guide, Question
    from planner.guidance.teacher import Taught
    from planner.intents.context import Context
    from planner.intents.distill.samples import Sample
    from planner.itinerary.schedule import WalkProblem


@dataclass(frozen=True, slots=True)
class Lesson:
    """A sample, and how far the table came beside the teacher.

    Attributes
    ----------
    context
        The circumstances.
    sample
        The teacher's sequence with its reasons.
    by_table
        What the table's best sequence is worth, bound to places; 0 if it has none.
    whole
        Whether the teacher looked at everything.
    """

    context: Context
    sample: Sample
    by_table: float
    whole: bool

    @property
    def share(self) -> float:
        """What share of the teacher's value the table reaches."""
        return min(self.by_table / self.sample.value, 1.0) if self.sample.value else 1.0


def lesson(guide: Guide, question: Question, *, most_nodes: int = 200_000) -> Lesson | None:
    """Ask the table and the teacher what to do in a moment.

    Parameters
    ----------
    guide
        Of the city.
    question
        Where, when, until when and in which weather; ``until`` must be given.
    most_nodes
        See :class:`planner.guidance.teacher.Teacher`.

    Returns
    -------
    Lesson or None
        ``None`` where there is nothing to do.
    """
    if question.until is None:
        raise ValueError("a lesson needs an end")
    left = int((question.until - question.now).total_seconds() // 60)
    context = guide.context(question, question.now, left)
    stated = guide.everything(question, context)
    if stated is None:
        return None
    fits = (fit(problem, each, context) for problem, each in guide.proposals(question, context))
    by_table = max((found.value for found in fits if found is not None), default=0.0)
    problem, intents = stated
    taught = Teacher(problem, intents, context, most_nodes=most_nodes).best()
    if not taught.keys:
        return None
    return Lesson(
        context,
        sample_of(context, _deeds(problem, taught, context), taught.value),
        by_table,
        taught.whole,
    )


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
