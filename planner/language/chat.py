"""Prompts as tokens: chat templates from the model's file, texts of people kept apart from markup.

The markup of a template may hold special tokens; a text of a person never does, whatever it says.
The template is rendered with a mark in each text's place, and texts are split into tokens by
themselves, so that no word of theirs can close a turn.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from planner.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Role: TypeAlias = Literal["system", "user", "assistant"]

# Private-use characters: no template produces them, so a text's place in it is found again.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
# Some templates write the day into the prompt, which would make its constant part new every day.
_ANY_DAY: Final = "01 Jan 2025"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Adapter:
    """A small set of weights laid over a model, which teaches it one task.

    Attributes
    ----------
    task
        What it was taught: ``"decomposition"`` or ``"narration"``.
    path
        Its LoRA file in the GGUF format.
    before, after
        The markup around a request in its training; it needs no other prompt.
    """

    task: str
    path: Path
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A prompt: what is the same for every request, then the request as the person's turn.

    With an ``adapter`` the prompt is the adapter's markup around the request, and ``constant`` is
    not used.
    """

    constant: tuple[Turn, ...]
    request: str
    adapter: Adapter | None = None


def adapter_for(model: object, task: str) -> Adapter | None:
    """Return what a model was taught for a task; ``None`` where it was not, or cannot be."""
    taught: tuple[Adapter, ...] = getattr(model, "adapters", ())
    return next((each for each in taught if each.task == task), None)


class Tokeniser:
    """Splits texts into a model's tokens and puts them together again.

    Parameters
    ----------
    lib
        llama.cpp's functions.
    vocab
        The model's vocabulary, a C pointer.
    name
        The model's name, for errors.
    """

    def __init__(self, lib: Any, vocab: Any, name: str) -> None:  # noqa: ANN401 - C pointers
        self._lib = lib
        self._vocab = vocab
        self._name = name
        self.begin = int(lib.llama_vocab_bos(vocab)) if lib.llama_vocab_get_add_bos(vocab) else -1

    def split(self, text: str, *, special: bool, begin: bool = False) -> list[int]:
        """Return the tokens of a text.

        Parameters
        ----------
        text
            Any text.
        special
            Whether names of special tokens in it stand for those.
        begin
            Whether to put the token of a beginning first, where the model has one.

        Raises
        ------
        ModelError
            If llama.cpp cannot split it.
        """
        raw = text.encode("utf-8", "replace")
        # A token stands for at least one byte, and some tokenisers put one token in front.
        found = (ctypes.c_int32 * (len(raw) + 2))()
        count = self._lib.llama_tokenize(
            self._vocab, raw, len(raw), found, len(found), begin, special
        )
        if count < 0:
            raise ModelError(f"The model {self._name} cannot split a text into tokens.")
        return list(found[:count])

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token, maybe a part of a character; a special one has none."""
        size, buffer = 64, ctypes.create_string_buffer(64)
        found = self._lib.llama_token_to_piece(self._vocab, token, buffer, size, 0, False)
        if found < 0:
            size, buffer = -found, ctypes.create_string_buffer(-found)
            found = self._lib.llama_token_to_piece(self._vocab, token, buffer, size, 0, False)
        return buffer.raw[:found]


class ChatTemplate:
    """The chat template that a model's file carries.

    Parameters
    ----------
    source
        The template, as the file has it. It is rendered in a sandbox: a file's author may write
        prompts, not run code.
    begin
        The text of the token of a beginning.

    Raises
    ------
    ModelError
        If the template is none.
    """

    def __init__(self, source: str, begin: str) -> None:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        try:
            self._formatter = Jinja2ChatFormatter(template=source, eos_token="", bos_token=begin)
        except Exception as error:
            raise _failure(error) from error
        self._formatter.strftime_now = _any_day

    def render(self, turns: Sequence[Turn]) -> str:
        """Return the turns in the template's markup; some templates know no system turn.

        Raises
        ------
        ModelError
            If the template refuses the turns in every form.
        """
        try:
            return self._rendered(turns)
        except Exception as error:  # a template is a program of strangers
            joined = _without_system(turns)
            if joined == tuple(turns):
                raise _failure(error) from error
        try:
            return self._rendered(joined)
        except Exception as error:
            raise _failure(error) from error

    def _rendered(self, turns: Sequence[Turn]) -> str:
        messages = [{"role": turn.role, "content": turn.text} for turn in turns]
        return str(self._formatter(messages=messages).prompt)


def prompt_tokens(
    conversation: Conversation, tokeniser: Tokeniser, template: ChatTemplate | None, name: str
) -> tuple[list[int], list[int]]:
    """Return the tokens of a prompt's constant part, up to the request's first word, and the rest.

    Parameters
    ----------
    conversation
        The prompt.
    tokeniser, template
        The model's own; without a template only an adapter's prompt can be made.
    name
        The model's name, for errors.

    Raises
    ------
    ModelError
        If the template is missing, fails, or drops the request.
    """
    adapter = conversation.adapter
    if adapter is not None:
        constant = tokeniser.split(adapter.before, special=True)
        rest = tokeniser.split(conversation.request, special=False)
        return _begun(constant, tokeniser), rest + tokeniser.split(adapter.after, special=True)
    if template is None:
        raise ModelError(
            f"The model {name} carries no chat template.", "Use the instruct variant of this model."
        )
    turns = (*conversation.constant, Turn("user", conversation.request))
    marked = [Turn(turn.role, f"{_OPEN}{index}{_CLOSE}") for index, turn in enumerate(turns)]
    rendered = template.render(marked)
    pieces: list[int] = []
    found: list[int] | None = None
    markup, _, left = rendered.partition(_OPEN)
    pieces += tokeniser.split(markup, special=True)
    while left:
        number, _, left = left.partition(_CLOSE)
        if int(number) == len(turns) - 1:
            found, pieces = pieces, []
        pieces += tokeniser.split(turns[int(number)].text, special=False)
        markup, _, left = left.partition(_OPEN)
        pieces += tokeniser.split(markup, special=True)
    if found is None:
        raise ModelError(f"The chat template of the model {name} drops the request.")
    return _begun(found, tokeniser), pieces


def _begun(tokens: list[int], tokeniser: Tokeniser) -> list[int]:
    """Put the token of a beginning first, where the model wants one and the template has none."""
    if tokeniser.begin < 0 or tokens[:1] == [tokeniser.begin]:
        return tokens
    return [tokeniser.begin, *tokens]


def _failure(error: Exception) -> ModelError:
    return ModelError(
        f"The model's chat template fails: {error}.", "Use another file of this model."
    )


def _without_system(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Let the first turn of a person begin with what the system turns say."""
    said = [turn.text for turn in turns if turn.role == "system"]
    rest = [turn for turn in turns if turn.role != "system"]
    if not said or not rest:
        return tuple(turns)
    first = rest[0]
    return (Turn(first.role, "\n\n".join((*said, first.text))), *rest[1:])


def _any_day(_format: str) -> str:
    return _ANY_DAY
