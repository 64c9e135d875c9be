"""The small model: what llama.cpp computes is what was taught, and only what is on offer is said."""

from __future__ import annotations

import datetime as dt
import importlib.util
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain import Anchor, Position
from planner.errors import ModelError
from planner.guidance.guide import Guide
from planner.guidance.question import Question
from planner.guidance.student import Student, shipped_student
from planner.intents.distill.curriculum import BLOCKS
from planner.intents.distill.samples import Sample
from planner.intents.distill.tokens import Lexicon, encode, words
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.language.embeddings import Embedder
    from planner.pipeline import City

PROMPT = (
    "wed workday 12h :15 left:180 sky:dry light:180 done:coffee "
    "offers museum now8best8 lunch now7best8 park now5best6 bookshop now4best5 sight now3best3"
)
OFFERED = ("museum", "lunch", "park", "bookshop", "sight")
LESSON = Sample(
    PROMPT,
    (
        "100+ 80 min from 12h :15 until 15h :15 lunch due done:coffee",
        "2 stops stay 100+ 30 min walk 9 min most for museum",
        "lunch at 12h :19 walk 4 min stay 55 min open until 22h :00 left 100+ 21 min",
        "museum at 13h :19 walk 5 min stay 75 min open until 18h :00 left 41 min",
    ),
    ("lunch", "museum"),
    4.0,
)

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("llama_cpp") is None, reason="llama.cpp is not installed"
)
needs_training = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("torch", "gguf")),
    reason="what teaching needs is not installed",
)


@pytest.fixture(scope="module")
def student() -> Iterator[Student]:
    with Student(shipped_student()) as loaded:
        yield loaded


def test_it_proposes_what_is_on_offer_the_likeliest_first(student: Student) -> None:
    found = student.propose(PROMPT, OFFERED, 7)
    assert len(found) == 7
    assert len({each.keys for each in found}) == 7
    for each in found:
        assert 1 <= len(each.keys) <= 4
        assert len(set(each.keys)) == len(each.keys)
        assert set(each.keys) <= set(OFFERED)
    likelihoods = [each.likelihood for each in found]
    assert likelihoods == sorted(likelihoods, reverse=True)
    assert found[0] == student.propose(PROMPT, OFFERED, 1)[0]
    assert found == student.propose(PROMPT, OFFERED, 7)


def test_a_closed_kind_is_never_proposed(student: Student) -> None:
    found = student.propose(PROMPT, ("park", "sight"), 20)
    assert {key for each in found for key in each.keys} == {"park", "sight"}
    assert student.propose(PROMPT, (), 3) == ()


def test_its_reasons_are_a_few_words(student: Student) -> None:
    (first,) = student.propose(PROMPT, OFFERED, 1)
    assert first.reasoning == 3 * (2 + len(first.keys)) or student.mode != "latent"
    assert first.tokens == 2 + first.reasoning + len(first.keys) + 1


def test_nothing_is_begun_that_cannot_be_carried_out(student: Student) -> None:
    asked: list[tuple[tuple[str, ...], bool]] = []

    def possible(keys: tuple[str, ...], *, complete: bool) -> bool:
        asked.append((keys, complete))
        return keys[0] != "museum" and not (complete and keys[-1] == "lunch")

    found = student.propose(PROMPT, OFFERED, 20, possible=possible)
    assert len(found) == 20
    assert not any(each.keys[0] == "museum" or each.keys[-1] == "lunch" for each in found)
    assert any("lunch" in each.keys for each in found)
    assert not any(keys[0] == "museum" for keys, _ in asked if len(keys) > 1)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "none.gguf"
    file.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="cannot be loaded"):
        Student(file)


@needs_training
def test_a_model_of_other_words_is_refused(tmp_path: Path) -> None:
    from planner.guidance.schooling import Pupil, write_student

    file = tmp_path / "other.gguf"
    # As many words, one of them another.
    other = Pupil(seed=0, lexicon=Lexicon((*words()[:-1], "xylophone")))
    write_student(other, file, mode="latent", name="other")
    with pytest.raises(ModelError, match="knows other intents"):
        Student(file)


@needs_training
def test_llama_cpp_computes_what_was_taught(student: Student) -> None:
    import torch

    from planner.guidance.schooling import target
    from planner.language.teaching.lora import Taught, read_weights

    network = Taught(read_weights(shipped_student()), seed=0)
    taught = target(LESSON, "latent", len(BLOCKS))
    numbers = [*taught.prompt, *taught.answer]
    with torch.no_grad():
        scores = network.logits(network.hidden(torch.tensor([numbers]))[0]).numpy()
    for length in range(1, len(numbers) + 1, 5):
        own = student.scores(numbers[:length])
        assert np.abs(own - scores[length - 1]).max() < 0.1
        best = np.sort(scores[length - 1])[-2:]
        if best[1] - best[0] > 0.3:
            assert own.argmax() == scores[length - 1].argmax()


@needs_training
def test_what_is_written_is_what_was_learned(tmp_path: Path) -> None:
    import torch

    from planner.guidance.schooling import Pupil, write_student

    network = Pupil(seed=3)
    write_student(network, tmp_path / "new.gguf", mode="sequence", name="new")
    numbers = list(encode(PROMPT))
    with torch.no_grad():
        scores = network.logits(network.hidden(torch.tensor([numbers]))[0]).numpy()
    with Student(tmp_path / "new.gguf") as new:
        assert new.mode == "sequence"
        np.testing.assert_allclose(new.scores(numbers), scores[-1], atol=5e-3)


@needs_training
@pytest.mark.parametrize("faded", [0, 2, len(BLOCKS)])
def test_reasons_and_sequence_weigh_the_same(faded: int) -> None:
    from planner.guidance.schooling import target

    found = target(LESSON, "text", faded)
    assert found.prompt == encode(PROMPT)
    assert math.isclose(sum(found.weights), 1.0)
    ending = encode(LESSON.answer)
    assert found.answer[-len(ending) :] == ending
    assert math.isclose(sum(found.weights[-len(ending) :]), 0.5)
    assert target(LESSON, "sequence").answer == ending


@needs_training
def test_a_run_looks_at_its_curriculum_after_every_slice_of_lessons() -> None:
    from planner.guidance.schooling import SLICE, slices

    lessons = [LESSON] * (SLICE * 2 - 100)
    sizes = [
        sum(len(batch) for batch in slices(lessons, "text", 0, number=n, seed=1, tokens=2000))
        for n in range(3)
    ]
    assert sizes == [SLICE] * 3


@needs_training
def test_blocks_fade_and_then_the_rate_falls() -> None:
    from planner.guidance.schooling import STRUCTURE, faded_by, rate_of

    shares = [n / 100 for n in range(101)]
    faded = [faded_by("latent", share) for share in shares]
    assert faded == sorted(faded)
    assert faded[0] == 1
    assert faded[-1] == len(BLOCKS)
    rates = [rate_of("latent", share, peak=1.0) for share in shares]
    flat = [r for s, r in zip(shares, rates, strict=True) if 0.1 < s < STRUCTURE]
    assert set(flat) == {1.0}
    assert rates[-1] == pytest.approx(0.0, abs=1e-9)
    assert faded_by("text", 0.9) == 0


@needs_training
def test_a_pupil_learns_a_lesson_and_then_prefers_the_chosen_answer() -> None:
    import torch

    from planner.guidance.schooling import Preference, Pupil, preference_loss, target
    from planner.language.teaching.training import answer_loss

    network = Pupil(seed=2)
    optimiser = torch.optim.AdamW(list(network.parameters.values()), lr=3e-3)
    lesson = target(LESSON, "latent", len(BLOCKS))
    losses = []
    for _ in range(12):
        loss, weight = answer_loss(network, [lesson])
        losses.append(float(loss.detach()) / weight)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert losses[-1] < 0.5 * losses[0]
    reference = Pupil(seed=2)
    reference.load(network.state())
    other = Sample(PROMPT, LESSON.blocks, ("museum", "lunch"), 0.0)
    pair = Preference(target(other, "latent", len(BLOCKS)), lesson)
    for _ in range(30):
        loss, right = preference_loss(network, reference, [pair])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert right == 1.0


@needs_training
def test_pairs_reject_what_is_infeasible_or_clearly_worse() -> None:
    from planner.guidance.schooling import preferences

    first = {
        "digest": "a", "prompt": PROMPT, "blocks": LESSON.blocks,
        "sequence": ("lunch", "museum"), "value": 4.0,
    }  # fmt: skip
    second = {
        "digest": "b", "prompt": PROMPT.replace("dry", "rain"), "blocks": LESSON.blocks[:3],
        "sequence": ("museum",), "value": 2.0, "of": "a", "factor": "weather",
        "old": None, "back": 3.9,
    }  # fmt: skip
    (pair,) = preferences([first, second], "latent")
    assert pair.chosen.prompt == encode(second["prompt"])
    assert pair.chosen.answer[-2:] == encode("museum <end>")
    assert pair.rejected.answer[-3:] == encode("lunch museum <end>")
    both = list(preferences([first, second | {"back": 1.0}], "latent"))
    assert len(both) == 2
    assert list(preferences([first, second | {"old": 1.9}], "latent")) == []
    said = [(("park",), None), (("lunch", "museum"), 4.0), (("sight",), 3.9)]
    (own,) = preferences([first | {"said": said}], "latent")
    assert own.rejected.answer[-2:] == encode("park <end>")


def test_a_guide_with_it_is_never_worse_than_the_table(
    helsinki: City, embedder: Embedder, student: Student
) -> None:
    planner = Planner(helsinki, embedder.encode, Catalogue.load())
    table, both = Guide.of(planner), Guide.of(planner, student)
    here = Anchor("here", Position(60.1699, 24.9384))
    for hour in (9, 13, 18):
        now = dt.datetime(2026, 11, 25, hour, 30)
        question = Question(here, now, now + dt.timedelta(hours=3))
        worths = [
            max(found.value for _, found in each.proposals(question, context) if found is not None)
            for each in (table, both)
            for context in (each.context(question, now, 180),)
        ]
        assert worths[1] >= worths[0] - 1e-9
        found = both.next(question)
        assert found.by == "table and intents"
        assert found.alternatives
        assert all(each.violations == () for each in found.alternatives)
