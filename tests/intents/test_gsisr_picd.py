"""GSISR's rows as lessons, and the small model that is taught them."""

from __future__ import annotations

import importlib.util
import math
from random import Random
from typing import TYPE_CHECKING

import pytest

from planner.evaluation.gsisr import compare
from planner.guidance.reader import Proposal
from planner.intents.distill.curriculum import BLOCKS, parts_of
from planner.intents.distill.tokens import FRAME, split
from planner.intents.gsisr.reasons import (
    call_of,
    facts,
    lesson_of,
    lexicon_of,
    prompt_of,
    thinned,
    word_of,
)
from planner.intents.gsisr.rows import ONE_OF, Call, Row, holds

if TYPE_CHECKING:
    from pathlib import Path

RIDE, DRIVE, FUEL, WEATHER, FOOD, ORDER = (
    Call("tool_1", "当前位置", "订单目的地"),
    Call("tool_2", "当前位置", "家"),
    Call("tool_7", tag="加油站"),
    Call("tool_9"),
    Call("tool_5", "当前位置", reach="附近", tag="美食"),
    Call("tool_8"),
)

needs_training = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("torch", "gguf", "llama_cpp")),
    reason="what teaching needs is not installed",
)


def row(number: int, trigger: str, label: tuple[Call, ...]) -> Row:
    fields = {
        "id": str(number),
        "currenttime": f"2026-02-10 {8 + number % 12:02d}:10:00",
        "holidayflag": "0",
        "weekendflag": "0",
        "current_tag": "商场",
        "current_city": "c",
        "current_poi_name": f"p_{number}",
        "short_term_behavior_seq": "在2月10日周二7点act_2&act_4了位于本地中餐的p_9",
        "long_term_behavior": "商场的p_7act_4了3次",
        "trigger_1": trigger,
        "trigger_2": "c",
        "trigger_4": "p_9",
        "profile_feat_13": "pf_7:中|pf_3:高",
    }
    return Row(fields, label)


def two_kinds(count: int) -> list[Row]:
    return [
        row(n, "加油", (FUEL, WEATHER, FOOD))
        if n % 2
        else row(n, "酒店", (RIDE, ORDER, WEATHER, FOOD))
        for n in range(count)
    ]


def test_what_is_told_of_a_row_does_not_look_at_its_label() -> None:
    told = facts(row(3, "加油", (FUEL,)), ("7", "3"))
    assert told == facts(row(3, "加油", (RIDE, WEATHER)), ("7", "3"))
    assert {"tue:work", "trigger_加油", "here_mall", "same_city:1", "at_the_place:0"} < set(told)
    assert {"hour:3", "trait_7:2", "trait_3:3", "act_4_there", "kind_food:1"} < set(told)
    assert len(set(told)) == len(told)


@pytest.mark.parametrize("call", [RIDE, DRIVE, FUEL, WEATHER, FOOD])
def test_a_service_is_one_word_and_read_back(call: Call) -> None:
    assert split(word_of(call)) == [word_of(call)]
    assert call_of(word_of(call)) == call


def test_reasons_say_what_speaks_for_each_service() -> None:
    lesson = lesson_of(row(1, "加油", (FUEL, WEATHER, FOOD)), ())
    context, strategy, fuel, weather, food = lesson.blocks
    assert "trigger_加油" in split(context)
    assert {"services:3", "trigger_加油", "first:tool_7", "tag:加油站"} < set(split(strategy))
    for call, block in ((FUEL, fuel), (WEATHER, weather), (FOOD, food)):
        own, *speaking = split(block)
        assert own == word_of(call)
        assert speaking
        assert set(speaking) <= set(split(lesson.prompt))
    assert any(word.startswith("hour:") for word in split(food))
    assert "same_city:1" in split(weather)


@pytest.mark.parametrize("faded", [0, 1, 4, len(BLOCKS)])
def test_lessons_are_written_in_words_of_their_own(faded: int) -> None:
    lessons = [lesson_of(each, ("7",)) for each in two_kinds(6)]
    lexicon = lexicon_of(lessons)
    assert lexicon.words[: len(FRAME)] == FRAME
    for lesson in lessons:
        text = " ".join(part.text for part in parts_of(lesson, faded))
        assert lexicon.encode(lexicon.decode(lexicon.encode(text))) == lexicon.encode(text)


def test_facts_without_a_word_fall_out() -> None:
    lexicon = lexicon_of([lesson_of(row(1, "加油", (FUEL, WEATHER, FOOD)), ())])
    other = row(13, "酒店", ())
    told = split(prompt_of(other, (), lexicon))
    assert "trigger_酒店" in facts(other, ())
    assert "trigger_酒店" not in told
    assert set(told) == set(facts(other, ())) & set(lexicon.words)


def test_a_thinned_lesson_keeps_its_trigger_and_its_answer() -> None:
    lesson = lesson_of(row(1, "加油", (FUEL, WEATHER, FOOD)), ("7",))
    made = [thinned(lesson, Random(seed), dropped=0.5) for seed in range(30)]
    assert all("trigger_加油" in split(each.prompt) for each in made)
    assert {each.answer for each in made} == {lesson.answer}
    assert {each.blocks for each in made} == {lesson.blocks}
    shares = [len(split(each.prompt)) / len(split(lesson.prompt)) for each in made]
    assert 0.4 < sum(shares) / len(shares) < 0.65
    assert thinned(lesson, Random(1), dropped=0.0) == lesson


def test_the_best_expected_answer_is_not_the_likeliest() -> None:
    from planner.evaluation.picd import best_expected, calls_of

    def said(calls: tuple[Call, ...], likelihood: float) -> Proposal:
        return Proposal(tuple(map(word_of, calls)), math.log(likelihood), 0, 0)

    proposals = [
        said((RIDE, ORDER, WEATHER), 0.4),
        said((FUEL, WEATHER, FOOD), 0.35),
        said((FUEL, FOOD, WEATHER), 0.25),
    ]
    assert calls_of(proposals[0])[0] == RIDE
    assert best_expected(proposals)[0] == FUEL
    assert best_expected(proposals[:1]) == (RIDE, ORDER, WEATHER)


@needs_training
@pytest.mark.parametrize("mode", ["latent", "sequence"])
def test_whatever_it_was_taught_it_keeps_the_rules(tmp_path: Path, mode: str) -> None:
    from planner.evaluation.picd import calls_of, propose
    from planner.guidance.reader import Reader
    from planner.guidance.schooling import Pupil, write_student
    from planner.language.teaching.lora import Shape

    rows = [*two_kinds(4), row(5, "其他", (DRIVE, ORDER, FOOD))]
    lessons = [lesson_of(each, ()) for each in rows]
    lexicon = lexicon_of(lessons)
    shape = Shape(1, 32, 1, 1, 1e-5, 10_000.0, 256)
    file = tmp_path / "new.gguf"
    pupil = Pupil(seed=1, shape=shape, inner=32, lexicon=lexicon)
    write_student(pupil, file, mode=mode, name="new")  # type: ignore[arg-type]
    reader = Reader(file, lexicon)
    try:
        assert (reader.known, reader.mode) == (lexicon.digest, mode)
        found = propose(reader, lessons[0].prompt, lessons, 50)
        heads = reader.plans(lexicon.encode(lessons[0].prompt), fewest=3, most=5)
    finally:
        reader.close()
    assert len({each.keys for each in found}) == 50
    assert all(holds(calls_of(each)) for each in found)
    assert {len(each.keys) for each in found} == {3, 4}
    assert any(calls_of(each)[0].tool in ONE_OF for each in found)
    likelihoods = [each.likelihood for each in found]
    assert likelihoods == sorted(likelihoods, reverse=True)
    assert [each.reasoning for each in heads] == [3 * (2 + n) for n in (3, 4, 5)]
    assert sum(math.exp(each.likelihood) for each in heads) == pytest.approx(1.0)


@needs_training
@pytest.mark.parametrize("mode", ["latent", "sequence"])
def test_it_learns_rows_once_and_answers_others(tmp_path: Path, mode: str) -> None:
    from planner.evaluation.picd import Pupils, Recipe

    recipe = Recipe(layers=1, width=32, inner=64, slices=8, peak=5e-3, dropped=0.3, tokens=1000)
    told: list[str] = []
    pupils = Pupils(mode, tmp_path, recipe, told.append)  # type: ignore[arg-type]
    rows = two_kinds(36)
    learn, test = rows[:30], [Row(each.fields) for each in rows[30:]]
    due = [each.label for each in rows[30:]]
    assert pupils.likeliest(learn, test) == due
    assert pupils.expected(learn, test) == due
    assert len(told) == 1
    (file,) = tmp_path.glob("*.gguf")
    assert file.name.startswith(mode)


@needs_training
def test_the_same_seed_teaches_the_same_network(tmp_path: Path) -> None:
    from planner.evaluation.picd import Recipe, teach

    rows = two_kinds(12)
    lessons = [lesson_of(each, ()) for each in rows]
    made = {}
    for folder, seed in (("one", 0), ("two", 0), ("three", 1)):
        recipe = Recipe(layers=1, width=32, inner=32, slices=2, tokens=1000, seed=seed)
        taught = teach(rows, lessons, "sequence", tmp_path / folder, recipe)
        assert teach(rows, lessons, "sequence", tmp_path / folder, recipe) == taught
        made[folder] = taught.file.read_bytes()
    assert made["one"] == made["two"]
    assert made["one"] != made["three"]


@needs_training
def test_no_state_is_kept_before_all_reasons_are_latent() -> None:
    from planner.evaluation.picd import Recipe, _Course
    from planner.guidance.schooling import Pupil, target

    lessons = [lesson_of(each, ()) for each in two_kinds(4)]
    lexicon = lexicon_of(lessons)
    recipe = Recipe(layers=1, width=32, inner=32, slices=20)
    network = Pupil(seed=0, shape=recipe.shape, inner=32, lexicon=lexicon)
    held = [target(lessons[0], "latent", len(BLOCKS), lexicon=lexicon)]
    course = _Course(network, lessons, held, "latent", recipe)
    fades = [course.faded(number) for number in range(20)]
    assert (fades[0], fades[1]) == (0, 0)
    assert fades == sorted(fades)
    first = fades.index(len(BLOCKS))
    course.look(first)
    assert (course.kept, course.loss) == (0, math.inf)
    course.look(first + 1)
    assert course.kept == first + 1
    kept = course.best["output_norm.weight"].copy()
    # A state that knows what is held back no better is not taken.
    network.parameters["output_norm.weight"].data.zero_()
    course.loss = 0.0
    course.look(first + 2)
    assert (course.best["output_norm.weight"] == kept).all()


def test_a_table_may_have_other_methods_on_the_same_folds() -> None:
    rows = two_kinds(20)
    (found,) = compare(rows, methods={"labels": lambda _, test: [each.label for each in test]})
    assert (found.method, found.acc_1, found.spread[0]) == ("labels", 1.0, 0.0)
