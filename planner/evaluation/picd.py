"""A small model taught GSISR: latent reasons (PICD) beside the sequence alone, fold by fold.

Curriculum, targets, rates and training loop are those of the small model of intents; only its words
are others. Some of the rows to learn from are held back, and of all the states that the network
goes through once its reasons are latent, the one that knows these best is kept. Needs the extra
"train".
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np

from planner.evaluation.gsisr import five_folds
from planner.guidance.reader import Following, Head, Reader
from planner.guidance.schooling import (
    STRUCTURE,
    Pupil,
    faded_by,
    rate_of,
    slices,
    target,
    write_student,
)
from planner.intents.distill.curriculum import MOST_STEPS
from planner.intents.gsisr.decoding import answers, utilities
from planner.intents.gsisr.features import traits_of
from planner.intents.gsisr.reasons import call_of, lesson_of, lexicon_of, prompt_of, thinned
from planner.intents.gsisr.rows import ONE_OF, SHORTEST
from planner.language.teaching.lora import Shape
from planner.language.teaching.training import answer_loss, train

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from planner.guidance.reader import Proposal
    from planner.guidance.schooling import Mode
    from planner.intents.distill.samples import Sample as Lesson
    from planner.intents.gsisr.rows import Call, Row
    from planner.language.teaching.dataset import Sample
    from planner.language.teaching.training import Progress

    Calls = tuple[Call, ...]

HELD_BACK: Final = 8
"""One part in so many of the rows to learn from says when to stop."""
PROPOSED: Final = 20
"""Sequences of which the best expected one is taken."""
AT_ONCE: Final = 32
TEXT: Final = 0.1
"""Share of a run in which all reasons are text."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is taught.

    Attributes
    ----------
    layers, width, inner
        Its sizes; heads are 32 wide, and two share keys and values.
    slices
        How long: each slice is :data:`planner.guidance.schooling.SLICE` lessons.
    peak
        The learning rate at its highest.
    dropped
        The share of a row's facts that fall out each time it is seen.
    tokens
        A step, padding counted.
    seed
        Of the first weights, the order, what falls out, and what is held back.
    """

    layers: int = 2
    width: int = 128
    inner: int = 256
    slices: int = 20
    peak: float = 2e-3
    dropped: float = 0.5
    tokens: int = 2000
    seed: int = 0

    @property
    def shape(self) -> Shape:
        """The network's shape."""
        heads = self.width // 32
        return Shape(self.layers, self.width, heads, max(1, heads // 2), 1e-5, 10_000.0, 256)


@dataclass(frozen=True, slots=True)
class Taught:
    """A network's file and how it came to be.

    Attributes
    ----------
    file
        The network, GGUF.
    kept
        After how many slices it stood as it was kept.
    loss
        Of the sequences held back then, nats a row.
    """

    file: Path
    kept: int
    loss: float


class Pupils:
    """Networks of one mode, taught when they are asked for the first time.

    Parameters
    ----------
    mode
        ``"latent"`` or ``"sequence"``.
    folder
        Where networks are kept; what is there already is not taught again.
    recipe
        How they are taught.
    tell
        Gets a line for each network that is taught.
    """

    def __init__(
        self,
        mode: Mode,
        folder: Path,
        recipe: Recipe,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.mode, self.folder, self.recipe, self.tell = mode, folder, recipe, tell
        self._said: dict[tuple[str, str], tuple[Proposal, ...]] = {}

    def likeliest(self, learn: Sequence[Row], test: Sequence[Row]) -> list[Calls]:
        """Answer with the sequence that the network thinks likeliest."""
        return [calls_of(found[0]) for found in self.proposals(learn, test)]

    def expected(self, learn: Sequence[Row], test: Sequence[Row]) -> list[Calls]:
        """Answer with the sequence best on the mean over what the network proposes."""
        return [best_expected(found) for found in self.proposals(learn, test)]

    def proposals(self, learn: Sequence[Row], test: Sequence[Row]) -> list[tuple[Proposal, ...]]:
        """Return what the network proposes for each row, the likeliest first."""
        traits = traits_of(learn)
        lessons = [lesson_of(row, traits) for row in learn]
        taught = teach(learn, lessons, self.mode, self.folder, self.recipe, self.tell)
        lexicon = lexicon_of(lessons)
        asked = [(taught.file.name, prompt_of(row, traits, lexicon)) for row in test]
        if any(each not in self._said for each in asked):
            reader = Reader(taught.file, lexicon)
            try:
                for each in asked:
                    self._said[each] = propose(reader, each[1], lessons, PROPOSED)
            finally:
                reader.close()
        return [self._said[each] for each in asked]


def calls_of(proposal: Proposal) -> Calls:
    """Return the services of a proposal."""
    return tuple(call_of(word) for word in proposal.keys)


def best_expected(proposals: Sequence[Proposal]) -> Calls:
    """Return the answer whose metrics are highest on the mean over proposals, as likely as said."""
    labels = [calls_of(each) for each in proposals]
    likelihoods = np.array([each.likelihood for each in proposals])
    weights = np.exp(likelihoods - likelihoods.max())
    given = answers(labels)
    return given[int((utilities(given, labels) @ weights).argmax())]


def propose(
    reader: Reader, prompt: str, lessons: Sequence[Lesson], count: int
) -> tuple[Proposal, ...]:
    """Return the likeliest sequences that keep the task's rules.

    Parameters
    ----------
    reader
        The network.
    prompt
        The row.
    lessons
        What it was taught; it says no service and no length that is not among them.
    count
        How many sequences, at most.
    """
    words = tuple(sorted({word for lesson in lessons for word in lesson.sequence}))
    lengths = [len(lesson.sequence) for lesson in lessons]
    ways = {word for word in words if call_of(word).tool in ONE_OF}
    shortest, longest = max(SHORTEST, min(lengths)), max(lengths)

    def following(said: tuple[str, ...]) -> Following:
        if len(said) == longest:
            return Following((), end=True)
        barred = set(said) | (ways if ways & set(said) else set())
        return Following(
            tuple(word for word in words if word not in barred), end=len(said) >= shortest
        )

    head = reader.lexicon.encode(prompt)
    heads = (
        reader.plans(head, fewest=shortest, most=longest)
        if reader.mode == "latent"
        else [Head(0.0, head, 0)]
    )
    return reader.likeliest(heads, following, count)


def teach(
    rows: Sequence[Row],
    lessons: Sequence[Lesson],
    mode: Mode,
    folder: Path,
    recipe: Recipe,
    tell: Callable[[str], None] = lambda _: None,
) -> Taught:
    """Teach a network, unless the folder has it.

    Parameters
    ----------
    rows, lessons
        The rows to learn from, and each as a lesson.
    mode
        ``"latent"`` or ``"sequence"``.
    folder
        Where the network is kept, under a name that says what it was taught.
    recipe
        How.
    tell
        Gets a line when it is done.
    """
    import torch

    name = _name(lessons, mode, recipe)
    file, notes = folder / f"{name}.gguf", folder / f"{name}.json"
    if file.is_file() and notes.is_file():
        return Taught(file, **json.loads(notes.read_text(encoding="utf-8")))
    folder.mkdir(parents=True, exist_ok=True)
    lesson_by_row = {id(row): lesson for row, lesson in zip(rows, lessons, strict=True)}
    learned, held = next(five_folds(rows, seed=recipe.seed + 1, folds=HELD_BACK))
    lexicon = lexicon_of(lessons)
    network = Pupil(seed=recipe.seed, shape=recipe.shape, inner=recipe.inner, lexicon=lexicon)
    course = _Course(
        network,
        [lesson_by_row[id(row)] for row in learned],
        [target(lesson_by_row[id(row)], mode, MOST_STEPS + 2, lexicon=lexicon) for row in held],
        mode,
        recipe,
    )
    torch.set_num_threads(1)
    with TemporaryDirectory() as scratch:
        ended = train(
            network,
            course.batches,
            seconds=math.inf,
            epochs=recipe.slices,
            checkpoint=Path(scratch) / "checkpoint.npz",
            rate=lambda progress: rate_of(mode, course.share(progress), peak=recipe.peak),
            save_every=math.inf,
            threads=1,
        )
    course.look(recipe.slices)
    network.load(course.best)
    write_student(network, file, mode=mode, name="gsisr")
    notes.write_text(json.dumps({"kept": course.kept, "loss": course.loss}), encoding="utf-8")
    tell(
        f"{mode}: {len(learned)} rows, {ended.samples} lessons, {ended.seconds:.0f} s, "
        f"kept after {course.kept} of {recipe.slices}, held back {course.loss:.3f} nats a row"
    )
    return Taught(file, course.kept, course.loss)


class _Course:
    """A run of the curriculum that remembers the best of its states; by lessons, not by the clock.

    The clock would make two runs differ.
    """

    def __init__(
        self,
        network: Pupil,
        lessons: Sequence[Lesson],
        held: Sequence[Sample],
        mode: Mode,
        recipe: Recipe,
    ) -> None:
        self.network, self.lessons, self.held = network, lessons, held
        self.mode, self.recipe = mode, recipe
        self.best = network.state()
        self.kept, self.loss = 0, math.inf
        self._number = 0

    def share(self, progress: Progress) -> float:
        """Return how much of the course is done."""
        return min(1.0, (progress.epoch + 0.5) / self.recipe.slices)

    def faded(self, number: int) -> int:
        """Return how many blocks are latent in a slice."""
        share = (number + 0.5) / self.recipe.slices
        return 0 if share < TEXT else faded_by(self.mode, share)

    def batches(self, number: int) -> Iterator[Sequence[Sample]]:
        """Return the batches of a slice."""
        self.look(number)
        return slices(
            self.lessons,
            self.mode,
            self.faded(number),
            number=number,
            seed=self.recipe.seed,
            tokens=self.recipe.tokens,
            lexicon=self.network.lexicon,
            vary=partial(thinned, dropped=self.recipe.dropped),
        )

    def look(self, number: int) -> None:
        """Keep the state as it is after so many slices, if it is the best by what is held back."""
        if self.mode == "latent" and (number - 0.5) / self.recipe.slices < STRUCTURE:
            return
        loss = _loss(self.network, self.held)
        if loss < self.loss:
            self.best, self.kept, self.loss = self.network.state(), number, loss


def _loss(network: Pupil, samples: Sequence[Sample]) -> float:
    """Return the mean loss of whole answers, nats a row: all words count the same here."""
    import torch

    plain = [replace(sample, weights=()) for sample in samples]
    with torch.no_grad():
        parts = [
            float(answer_loss(network, plain[at : at + AT_ONCE])[0])
            for at in range(0, len(plain), AT_ONCE)
        ]
    return sum(parts) / len(plain)


def _name(lessons: Sequence[Lesson], mode: Mode, recipe: Recipe) -> str:
    said = json.dumps([[asdict(lesson) for lesson in lessons], asdict(recipe)], sort_keys=True)
    return f"{mode}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"
