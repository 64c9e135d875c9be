"""The metrics of decomposition: those of the scorer that comes with the labelled requests."""

import datetime as dt
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from planner.errors import UnreadableFileError
from planner.evaluation.rd import Labelled, Part, Prediction, read_labelled, run_rd, score

DATA = Path(os.environ.get("FLANEUR_DATA", Path(__file__).parents[3] / "shared" / "data")) / "rd"
OWN = Path(__file__).parents[1] / "language" / "requests.jsonl"
NOW = dt.datetime(2026, 11, 23, 9)

needs_scorer = pytest.mark.skipif(
    not (DATA / "score.py").is_file(), reason="the labelled requests and their scorer are not here"
)

GOLD = Labelled(
    "a",
    "Start at Oodi, good coffee but no chain, no hills, two hours",
    (
        Part("Oodi", None, mustsee=True, type="start"),
        Part("good coffee", "chain"),
        Part("places", "hills", type="itinerary"),
        Part("two hours", type="itinerary"),
    ),
    hours=2,
)


def spoil(rng: random.Random, parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Change labels as a bad model would."""
    out = []
    for part in parts:
        share = rng.random()
        if share < 0.1:
            continue
        words = part.pos.split()
        if share < 0.3:
            words = words[: rng.randrange(1, len(words) + 1)]
        elif share < 0.4:
            words = [*words, "nearby", "now"][: len(words) + 1]
        out.append(
            Part(
                " ".join(words),
                part.neg if rng.random() < 0.8 else rng.choice([None, "crowds", "the chain"]),
                part.mustsee if rng.random() < 0.9 else not part.mustsee,
                part.type if rng.random() < 0.8 else rng.choice(["start", "end", "place"]),
            )
        )
        if share > 0.93:
            out.append(out[-1])
    rng.shuffle(out)
    return tuple(out)


def scored(gold: Path, predictions: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, DATA / "score.py", gold, predictions],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@needs_scorer
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("gold", [DATA / "dev.jsonl", OWN], ids=["dev", "own"])
def test_the_metrics_are_those_of_the_scorer(tmp_path: Path, gold: Path, seed: int) -> None:
    rng, rows = random.Random(seed), read_labelled(gold)
    made = [
        Prediction(
            row.id,
            spoil(rng, row.subrequests),
            row.hours if rng.random() < 0.8 else 3,
            row.start_time if rng.random() < 0.8 else "10:00",
            row.stops if rng.random() < 0.8 else None,
        )
        for row in rows
        if rng.random() < 0.95
    ]
    file = tmp_path / "made.jsonl"
    file.write_bytes(b"\n".join(map(msgspec.json.encode, made)))
    assert score(rows, {each.id: each for each in made}) == scored(gold, file)


def test_a_right_answer_is_right_in_everything() -> None:
    figures = score([GOLD], {"a": Prediction("a", GOLD.subrequests, hours=2.0)})
    for key in ("sub_f1", "full_f1", "neg_f1", "start_acc", "hours_acc", "exact", "literal"):
        assert figures[key] == 1.0, key
    assert figures["end_acc"] is None


def test_a_dislike_made_a_wish_is_no_hit() -> None:
    parts = (*GOLD.subrequests[:2], Part("hills"), GOLD.subrequests[3])
    figures = score([GOLD], {"a": Prediction("a", parts, hours=2.0)})
    assert (figures["sub_r"], figures["neg_r"], figures["exact"]) == (0.75, 0.5, 0.0)


def test_nothing_understood_scores_nothing() -> None:
    figures = score([GOLD], {})
    assert (figures["missing"], figures["sub_f1"], figures["hours_acc"]) == (1, 0.0, 0.0)


def test_a_run_is_understood_by_rules_and_costs_no_tokens() -> None:
    report, made = run_rd([GOLD], now=NOW)
    assert (report.by, report.tokens, made[0].id, made[0].hours) == ("rules", 0.0, "a", 2.0)
    assert report.metrics["start_acc"] == 1.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no request"),
        ('{"id": "a", "request": "x", "subrequests": []}\n{"id": 3}', "Line 2"),
        ('{"id": "a", "request": "x", "subrequests": []}\n' * 2, "repeats"),
        ("[1, 2]", "Line 1"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=reason):
        read_labelled(file)
