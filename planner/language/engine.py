"""One llama.cpp model: loaded once, reused, silent, and repeatable.

The library's own ``Llama`` class redirects the process's output while it loads, which would tear a
terminal interface, and prints warnings in between; the engine therefore stands on the C functions
that llama-cpp-python binds. What is done here that matters:

* The prompt goes in pieces of at most ``n_batch`` tokens. On processors with AMX, llama.cpp
  computes Q4_1 weights wrongly in batches of 32 tokens and more, without an error.
* The state of a prompt's constant part is kept, in memory and on disk, so that the next request of
  the same kind only costs its own words. The constant part is always evaluated by itself, hence
  the result does not depend on whether it was remembered.
* The context is as large as the longest prompt so far needs, since its memory is reserved whole.
* Work runs in a thread of its own and can be stopped inside a call of llama.cpp.
* Texts of people are tokenised with special tokens off: no word of theirs can close a turn.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from planner.errors import ModelError
from planner.language.answers import Completion, Ending, LanguageModel, TokenCost
from planner.language.chat import (
    Adapter,
    ChatTemplate,
    Conversation,
    Role,
    Tokeniser,
    Turn,
    adapter_for,
    prompt_tokens,
)
from planner.language.llamacpp import Chooser, complaint, forget_complaints, library
from planner.language.memory import free_bytes
from planner.language.prefixes import fingerprint, key_of
from planner.language.running import Runner
from planner.language.scoring import mean_nll
from planner.language.states import States
from planner.language.threads import physical_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from planner.language.prefixes import PrefixCache
    from planner.language.registry import ModelFile

__all__ = [
    "Adapter",
    "Completion",
    "ContextFullError",
    "Conversation",
    "Ending",
    "Engine",
    "LanguageModel",
    "Role",
    "TokenCost",
    "Turn",
]

_SEQUENCE: Final = 0
# The context grows in steps of this many tokens.
_STEP: Final = 256


class ContextFullError(ModelError):
    """A prompt and the room for its answer do not fit the model's context."""


class Engine:
    """A loaded model. Use it as a context manager, or call :meth:`close`.

    Parameters
    ----------
    model
        The file and its settings.
    gpu_layers
        Layers to offload where the build of llama.cpp can; -1 for all.
    threads
        By default the physical cores.
    prefixes
        Where the states of constant prompts are kept between processes; ``None`` keeps them in
        memory only.
    free
        Memory that is free, in bytes; by default what the system says.
    aside
        Whether its work gives way to the program's other threads, such as a screen.

    Raises
    ------
    ModelError
        If llama.cpp is missing or refuses the file, its reason in the message, or if the model
        does not fit the memory that is free.
    """

    def __init__(
        self,
        model: ModelFile,
        *,
        gpu_layers: int = 0,
        threads: int | None = None,
        prefixes: PrefixCache | None = None,
        free: int | None = None,
        aside: bool = False,
    ) -> None:
        self.model = model
        self._threads = threads or physical_cores()
        self._lock = threading.Lock()
        self._lib = library()
        self._gpu_layers = gpu_layers if self._lib.llama_supports_gpu_offload() else 0
        self._require_memory(free_bytes() if free is None else free)
        self._runner = Runner(aside=aside)
        try:
            self._weights = self._runner.run(self._load, _never)
        except BaseException:
            self._runner.close()
            raise
        self._vocab = self._lib.llama_model_get_vocab(self._weights)
        self._vocab_size = int(self._lib.llama_vocab_n_tokens(self._vocab))
        self._tokeniser = Tokeniser(self._lib, self._vocab, model.name)
        self._template = self._chat_template()
        self._context: Any = None
        self._size = 0
        self._evaluated: list[int] = []
        self._adapters: dict[Path, Any] = {}
        self._adapter: Path | None = None
        self._states = States(self._lib, prefixes, sequence=_SEQUENCE)
        self._same: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def lead(self) -> bool:
        """Whether its reading of a request goes before that of the rules."""
        return self.model.lead

    @property
    def tells(self) -> bool:
        """Whether its sentences about a walk are worth waiting for, taught or untaught."""
        return self.model.tells or adapter_for(self, "narration") is not None

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """What was taught to this model, one adapter a task."""
        return self.model.adapters

    def close(self) -> None:
        """Give the memory back; the engine cannot be used afterwards."""
        with self._lock:
            self._runner.close()
            self._states.clear()
            self._drop_context()
            if self._weights is not None:
                # Adapters go with the weights that they were loaded for.
                self._adapters.clear()
                self._lib.llama_model_free(self._weights)
                self._weights = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def complete(
        self,
        conversation: Conversation,
        *,
        max_tokens: int,
        grammar: str | None = None,
        temperature: float = 0.0,
        seed: int = 0,
        watch: Callable[[str], bool] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Completion:
        """Answer a conversation.

        Parameters
        ----------
        conversation
            The prompt.
        max_tokens
            The longest answer.
        grammar
            A grammar in GBNF that the answer keeps to; an answer that ran out of tokens is the
            beginning of a sentence of it.
        temperature
            0 takes the likeliest token each time.
        seed
            Decides between tokens where the temperature is above 0.
        watch
            Called with the whole answer so far after each token; true ends it.
        cancel
            Asked again and again, from more than one thread; true ends the work at once, also
            inside a piece of the prompt.

        Raises
        ------
        ContextFullError
            If prompt and answer do not fit the context.
        ModelError
            If llama.cpp fails.
        """
        started = time.perf_counter()
        cancel = cancel or _never
        with self._lock:
            constant, request = self.tokens(conversation)
            need = len(constant) + len(request) + max_tokens
            if need > self.model.context:
                raise ContextFullError(
                    f"The request is too long for the model {self.name}: {len(request)} tokens.",
                    "Say it in fewer words.",
                )

            def work() -> Completion:
                return self._completion(
                    (constant, request, conversation.adapter),
                    lambda: Chooser(self._lib, self._vocab, grammar, temperature, seed),
                    max_tokens,
                    watch,
                    lambda: self._runner.stopped or cancel(),
                )

            if cancel():
                return Completion("", "cancelled", TokenCost())
            answer = self._runner.run(work, cancel)
        cost = answer.cost
        seconds = time.perf_counter() - started
        return Completion(
            answer.text,
            answer.ending,
            TokenCost(cost.prompt, cost.cached, cost.completion, seconds),
        )

    def tokens(self, conversation: Conversation) -> tuple[list[int], list[int]]:
        """Return the tokens of a prompt's constant part, and of what follows.

        Raises
        ------
        ModelError
            If the model's chat template is missing, fails, or drops the request.
        """
        return prompt_tokens(conversation, self._tokeniser, self._template, self.name)

    def mean_nll(self, text: str, *, n_batch: int) -> float:
        """Return the mean negative log-likelihood of a text, in nats a token.

        Parameters
        ----------
        text
            Plain English of a hundred words or so.
        n_batch
            Tokens evaluated at a time; a broken path of llama.cpp shows at some sizes only.
        """

        def work() -> float:
            tokens = self._tokeniser.split(text, special=False, begin=True)
            context = self._new_context(len(tokens) + 8, n_batch)
            try:
                return mean_nll(self._lib, context, tokens, n_batch, self._vocab_size)
            finally:
                self._lib.llama_free(context)

        with self._lock:
            return self._runner.run(work, _never)

    # -- loading ---------------------------------------------------------------------------------

    def _require_memory(self, free: int) -> None:
        from planner.language.fitting import refuse_if_too_large

        refuse_if_too_large(self.model, free=free, gpu_layers=self._gpu_layers)

    def _load(self) -> Any:  # noqa: ANN401 - a C pointer
        lib = self._lib
        parameters = lib.llama_model_default_params()
        # llama.cpp takes any number above the count of layers for all of them.
        parameters.n_gpu_layers = 2**31 - 1 if self._gpu_layers < 0 else self._gpu_layers
        parameters.use_mmap = True
        go_on = lib.llama_progress_callback(lambda _share, _data: not self._runner.stopped)
        parameters.progress_callback = go_on
        forget_complaints()
        weights = lib.llama_model_load_from_file(os.fsencode(self.model.path), parameters)
        if not weights:
            raise ModelError(
                f"The model file {self.model.path} cannot be loaded: {complaint()}.",
                "Copy it again from where it came from, or choose another model.",
            )
        return weights

    def _new_context(self, size: int, n_batch: int) -> Any:  # noqa: ANN401 - a C pointer
        parameters = self._lib.llama_context_default_params()
        parameters.n_ctx = size
        # Both: the second is what llama.cpp computes at once, whatever it is handed.
        parameters.n_batch = parameters.n_ubatch = min(n_batch, size)
        parameters.n_threads = parameters.n_threads_batch = self._threads
        parameters.flash_attn = True
        parameters.no_perf = True
        self._runner.attach(self._lib, parameters)
        forget_complaints()
        context = self._lib.llama_init_from_model(self._weights, parameters)
        if not context:
            raise ModelError(
                f"The model {self.name} does not start: {complaint()}.",
                "It may need more memory than is free; choose a smaller model.",
            )
        return context

    def _ensure_context(self, need: int) -> None:
        """Have a context for so many tokens; what a smaller one had read is gone with it."""
        if need <= self._size:
            return
        size = min(self.model.context, -(-need // _STEP) * _STEP)
        self._drop_context()
        self._context = self._new_context(size, self.model.n_batch)
        self._size = size

    def _drop_context(self) -> None:
        if self._context is not None:
            self._lib.llama_free(self._context)
            self._context = None
        self._size, self._adapter = 0, None
        self._evaluated.clear()

    def _use_adapter(self, path: Path | None) -> None:
        """Lay an adapter over the weights, or take it off; what was read before no longer holds."""
        if path == self._adapter:
            return
        self._cut(0)
        self._lib.llama_clear_adapter_lora(self._context)
        self._adapter = None
        if path is None:
            return
        if path not in self._adapters:
            forget_complaints()
            loaded = self._lib.llama_adapter_lora_init(self._weights, os.fsencode(path))
            if not loaded:
                raise ModelError(
                    f"The adapter {path} does not fit the model {self.name}: {complaint()}.",
                    "Install flaneur again, or choose another model.",
                )
            self._adapters[path] = loaded
        if self._lib.llama_set_adapter_lora(self._context, self._adapters[path], 1.0) != 0:
            raise ModelError(f"The adapter {path} cannot be used: {complaint()}.")
        self._adapter = path

    def _chat_template(self) -> ChatTemplate | None:
        raw = self._lib.llama_model_chat_template(self._weights, None)
        if not raw:
            return None
        token = int(self._lib.llama_vocab_bos(self._vocab))
        begin = self._lib.llama_vocab_get_text(self._vocab, token) if token >= 0 else b""
        return ChatTemplate(
            raw.decode("utf-8", "replace"), begin.decode("utf-8", "replace") if begin else ""
        )

    # -- the constant part -----------------------------------------------------------------------

    def _restore(self, constant: list[int], cancel: Callable[[], bool]) -> tuple[int, bool]:
        """Bring the context to just behind the constant part; say how much was remembered."""
        if self._evaluated[: len(constant)] == constant:
            self._cut(len(constant))
            return len(constant), True
        self._cut(0)
        key = self._key(constant)
        if self._states.recall(self._context, key, len(constant)):
            self._evaluated = list(constant)
            return len(constant), True
        if not self._evaluate(constant, cancel):
            return 0, False
        self._states.remember(self._context, key, len(constant))
        return 0, True

    def _key(self, constant: list[int]) -> str:
        import llama_cpp

        if not self._same:
            self._same = (
                fingerprint(self.model.path),
                str(llama_cpp.__version__),
                f"{self.model.n_batch} {self._gpu_layers}",
            )
        adapter = fingerprint(self._adapter) if self._adapter else ""
        return key_of((*self._same, adapter), constant)

    # -- evaluation ------------------------------------------------------------------------------

    def _completion(
        self,
        prompt: tuple[list[int], list[int], Adapter | None],
        new_chooser: Callable[[], Chooser],
        max_tokens: int,
        watch: Callable[[str], bool] | None,
        cancel: Callable[[], bool],
    ) -> Completion:
        constant, request, adapter = prompt
        self._ensure_context(len(constant) + len(request) + max_tokens)
        self._use_adapter(adapter.path if adapter else None)
        cached, whole = self._restore(constant, cancel)
        whole = whole and self._evaluate(request, cancel)
        read = len(self._evaluated) - cached
        if not whole:
            return Completion("", "cancelled", TokenCost(read, cached))
        chooser = new_chooser()
        try:
            text, count, ending = self._answer(chooser, max_tokens, watch, cancel)
        finally:
            chooser.close()
        return Completion(text, ending, TokenCost(read, cached, count))

    def _cut(self, length: int) -> None:
        memory = self._lib.llama_get_memory(self._context)
        if length == 0:
            self._lib.llama_memory_clear(memory, False)
        else:
            self._lib.llama_memory_seq_rm(memory, _SEQUENCE, length, -1)
        del self._evaluated[length:]

    def _evaluate(self, tokens: Sequence[int], cancel: Callable[[], bool]) -> bool:
        """Read tokens; false if that was stopped."""
        step = self.model.n_batch
        for first in range(0, len(tokens), step):
            if cancel() or not self._decode(tokens[first : first + step]):
                return False
        return True

    def _decode(self, piece: Sequence[int]) -> bool:
        """Read some tokens at once; false if that was stopped, and then as if it never began."""
        array = (ctypes.c_int32 * len(piece))(*piece)
        forget_complaints()
        result = self._lib.llama_decode(
            self._context, self._lib.llama_batch_get_one(array, len(piece))
        )
        if result != 0 and self._runner.stopped:
            self._cut(len(self._evaluated))
            return False
        if result != 0:
            self._cut(0)
            raise ModelError(
                f"The model {self.name} failed while reading ({result}): {complaint()}.",
                "Try again, or choose another model.",
            )
        self._evaluated.extend(piece)
        return True

    def _logits(self) -> npt.NDArray[np.float32]:
        pointer = self._lib.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._vocab_size,))

    # -- generation ------------------------------------------------------------------------------

    def _answer(
        self,
        chooser: Chooser,
        max_tokens: int,
        watch: Callable[[str], bool] | None,
        cancel: Callable[[], bool],
    ) -> tuple[str, int, Ending]:
        # A token may hold a part of a character, which waits for the rest.
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = ""
        for count in range(max_tokens):
            if cancel():
                return text, count, "cancelled"
            token = chooser.choose(self._logits())
            if self._lib.llama_vocab_is_eog(self._vocab, token):
                return text, count, "end"
            more = decoder.decode(self._tokeniser.piece(token))
            text += more
            if more and watch is not None and watch(text):
                return text, count + 1, "enough"
            if count + 1 < max_tokens and not self._decode([token]):
                return text, count + 1, "cancelled"
        return text, max_tokens, "length"


def _never() -> bool:
    return False
