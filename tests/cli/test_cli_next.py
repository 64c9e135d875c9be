"""``flaneur next`` by the table alone, and with the small model beside it."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

import pytest

from planner.errors import ModelError
from planner.guidance import student

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

QUESTION = ("next", "--at", "60.1699,24.9384", "--until", "12:00")
needs_llama = pytest.mark.skipif(
    importlib.util.find_spec("llama_cpp") is None, reason="llama.cpp is not installed"
)


def test_the_table_answers_alone_where_no_model_is_wanted(run: Run) -> None:
    code, out, err = run(*QUESTION, "--model", "none", "--json")
    found = json.loads(out)
    assert (code, err, found["by"]) == (0, "", "table")
    assert len(found["alternatives"]) == 3


def test_the_moment_may_stand_behind_the_command(run: Run) -> None:
    asked = ("next", "--at", "60.1699,24.9384", "--model", "none", "--json")
    code, out, _ = run(*asked, "--now", "2026-11-25T05:00", "--until", "05:30")
    found = json.loads(out)
    assert (code, found["now"], found["alternatives"]) == (3, "2026-11-25T05:00:00", [])
    assert run(*asked, "--now", "tomorrow")[0] == 2


@needs_llama
def test_the_small_model_joins_in_where_nothing_else_is_said(run: Run) -> None:
    code, out, err = run(*QUESTION, "--json")
    found = json.loads(out)
    assert (code, err, found["by"]) == (0, "", "table and intents")
    assert all(each["violations"] == [] for each in found["alternatives"])
    code, named, _ = run(*QUESTION, "--model", "intents", "--json")
    plans = [[s["place_id"] for s in each["stops"]] for each in found["alternatives"]]
    again = [[s["place_id"] for s in each["stops"]] for each in json.loads(named)["alternatives"]]
    assert plans == again


def test_a_model_that_is_missing_is_an_error_only_if_it_was_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ModelError("The model is not here.", "Ask the table alone: --model none")

    monkeypatch.setattr(student, "shipped_student", missing)
    code, out, err = run(*QUESTION, "--json")
    assert (code, json.loads(out)["by"]) == (0, "table")
    assert "The table answers alone" in err
    code, out, err = run(*QUESTION, "--model", "intents")
    assert (code, out) == (1, "")
    assert "--model none" in err


def test_another_model_is_wrong_usage(run: Run) -> None:
    assert run(*QUESTION, "--model", "llama-3.1-8b-instruct")[0] == 2
