"""Made-up requests: reproducible, literal, in the lines that the product reads, and varied."""

import itertools
import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from planner.language.decomposition import PLACEHOLDER, parse_answer
from planner.language.teaching.generator import Example, examples

COUNT = 2500
DATA = Path(os.environ.get("FLANEUR_DATA", Path(__file__).parents[4] / "shared" / "data"))
LABELLED = (
    DATA / "rd" / "dev.jsonl",
    Path(__file__).parents[1] / "requests.jsonl",
    Path(__file__).parents[1] / "unseen.jsonl",
    Path(__file__).parents[1] / "manners.jsonl",
)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture(scope="module")
def made() -> list[Example]:
    return list(itertools.islice(examples(3), COUNT))


def test_a_seed_makes_the_same_requests_and_another_seed_others(made: list[Example]) -> None:
    assert list(itertools.islice(examples(3), 50)) == made[:50]
    assert not {e.request for e in itertools.islice(examples(4), 50)} & {
        e.request for e in made[:50] if len(e.request) > 20
    }


def test_every_span_is_a_run_of_the_request_s_words(made: list[Example]) -> None:
    for example in made:
        said = words(example.request)
        for wish in parse_answer(example.answer, whole=True):
            if wish.pos != PLACEHOLDER:
                assert wish.pos in said, example
            if wish.neg:
                assert wish.neg in said, example


def test_every_line_is_read_by_the_product(made: list[Example]) -> None:
    for example in made:
        lines = example.answer.split("\n")
        if lines == ["none"]:
            continue
        roles = {line.split(" ")[0] for line in lines}
        assert roles <= {"start", "end", "see", "place", "walk", "avoid"}
        assert len(parse_answer(example.answer, whole=True)) == len(set(lines))


def test_wishes_stand_in_the_order_in_which_they_are_said(made: list[Example]) -> None:
    for example in made:
        said, at = words(example.request), 0
        for line in example.answer.split("\n"):
            if line == "none" or line.startswith("end "):
                continue
            span = line.split(" ", 1)[1].split(" | ")[0]
            found = said.find(span, at)
            assert found >= 0, example
            at = found


def test_there_is_at_most_one_start_and_one_end(made: list[Example]) -> None:
    for example in made:
        roles = Counter(line.split(" ")[0] for line in example.answer.split("\n"))
        assert roles["start"] <= 1, example
        assert roles["end"] <= 1, example


def test_the_mixture_holds_nothing_asked_and_dislikes_in_every_place(made: list[Example]) -> None:
    nothing = sum(example.answer == "none" for example in made) / len(made)
    assert 0.08 < nothing < 0.2
    lines = [line for example in made for line in example.answer.split("\n")]
    roles = Counter(line.split(" ")[0] + ("|" if " | " in line else "") for line in lines)
    least = {"start": 500, "end": 500, "see": 1000, "place": 1500, "walk": 400, "avoid": 900}
    for role, count in {**least, "place|": 200, "see|": 60, "walk|": 30}.items():
        assert roles[role] >= count * COUNT / 6000 * 2, role


def test_hardly_a_request_is_made_twice(made: list[Example]) -> None:
    assert len({example.request for example in made}) > 0.97 * len(made)


@pytest.mark.parametrize("file", LABELLED, ids=lambda file: file.stem)
def test_nothing_that_is_measured_on_is_taught(made: list[Example], file: Path) -> None:
    if not file.is_file():
        pytest.skip(f"the labelled requests {file} are not here")
    rows = [json.loads(line)["request"] for line in file.read_text("utf-8").splitlines()]
    kept = {re.sub(r"\W+", " ", row).casefold().strip() for row in rows if len(row.split()) > 3}
    taught = {re.sub(r"\W+", " ", example.request).casefold().strip() for example in made}
    assert not kept & taught
