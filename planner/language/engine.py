"""One llama.cpp model: loaded once, reused, silent, and repeatable.

The library's own ``Llama`` class redirects the process's output while it loads, which would tear a
terminal interface, and prints warnings in between; the engine therefore stands on the C functions
that llama-cpp-python binds. Three things are done here that matter:

* The prompt goes in pieces of at most ``n_batch`` tokens. On processors with AMX, llama.cpp
  computes Q4_1 weights wrongly in batches of 32 tokens and more, without an error.
* The state of a prompt's constant part is kept, so that the next request of the same kind only
  costs its own words. The constant part is always evaluated by itself, hence the result does not
  depend on whether it was remembered.
* Texts of people are tokenised with special tokens off: no word of theirs can close a turn.
"""

from __future__ import annotations

import codecs
import ctypes
import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, Self, TypeAlias

import numpy as np

from planner.errors import ModelError
from planner.language.llamacpp import Chooser, complaint, forget_complaints, library
from planner.language.threads import physical_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from planner.language.registry import ModelFile

Role: TypeAlias = Literal["system", "user", "assistant"]
Ending: TypeAlias = Literal["end", "enough", "length", "cancelled"]

_KEPT_PREFIXES: Final = 4
_SEQUENCE: Final = 0
# Private-use characters: no template produces them, so a text's place in it is found again.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"


class ContextFullError(ModelError):
    """A prompt and the room for its answer do not fit the model's context."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A prompt: what is the same for every request, then the request as the person's turn."""

    constant: tuple[Turn, ...]
    request: str


@dataclass(frozen=True, slots=True)
class TokenCost:
    """Tokens evaluated, restored from memory and generated, and the seconds it took."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    seconds: float = 0.0

    def __add__(self, other: TokenCost) -> TokenCost:
        return TokenCost(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered, and why it stopped: by itself, enough, too long, or cancelled."""

    text: str
    ending: Ending
    cost: TokenCost


class LanguageModel(Protocol):
    """What understanding and narration need of a model."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def lead(self) -> bool:
        """Whether its reading of a request goes before that of the rules."""

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
        """Answer a conversation; see :meth:`Engine.complete`."""


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

    Raises
    ------
    ModelError
        If llama.cpp is missing or refuses the file; its reason is in the message.
    """

    def __init__(
        self, model: ModelFile, *, gpu_layers: int = 0, threads: int | None = None
    ) -> None:
        self.model = model
        self._threads = threads or physical_cores()
        self._lock = threading.Lock()
        self._lib = library()
        self._weights = self._load(gpu_layers)
        self._context: Any = None
        self._vocab = self._lib.llama_model_get_vocab(self._weights)
        self._vocab_size = int(self._lib.llama_vocab_n_tokens(self._vocab))
        self._template = self._chat_template()
        self._evaluated: list[int] = []
        self._prefixes: OrderedDict[tuple[int, ...], Any] = OrderedDict()
        try:
            self._context = self._new_context(model.context, model.n_batch)
        except ModelError:
            self.close()
            raise

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def lead(self) -> bool:
        """Whether its reading of a request goes before that of the rules."""
        return self.model.lead

    def close(self) -> None:
        """Give the memory back; the engine cannot be used afterwards."""
        with self._lock:
            self._prefixes.clear()
            if self._context is not None:
                self._lib.llama_free(self._context)
                self._context = None
            if self._weights is not None:
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
            Asked before each token and each piece of the prompt; true ends the work.

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
            constant, request = self._tokens(conversation)
            room = self.model.context - len(constant) - len(request)
            if room < max_tokens:
                raise ContextFullError(
                    f"The request is too long for the model {self.name}: {len(request)} tokens.",
                    "Say it in fewer words.",
                )
            cached, whole = self._restore(constant, cancel)
            whole = whole and self._evaluate(request, cancel)
            prompt = len(self._evaluated) - cached
            text, count, ending = "", 0, "cancelled"  # type: tuple[str, int, Ending]
            if whole:
                chooser = Chooser(self._lib, self._vocab, grammar, temperature, seed)
                try:
                    text, count, ending = self._answer(chooser, max_tokens, watch, cancel)
                finally:
                    chooser.close()
        seconds = time.perf_counter() - started
        return Completion(text, ending, TokenCost(prompt, cached, count, seconds))

    def mean_nll(self, text: str, *, n_batch: int) -> float:
        """Return the mean negative log-likelihood of a text, in nats a token.

        Parameters
        ----------
        text
            Plain English of a hundred words or so.
        n_batch
            Tokens evaluated at a time; a broken path of llama.cpp shows at some sizes only.
        """
        with self._lock:
            tokens = self._tokenise(text, special=False, begin=True)
            context = self._new_context(len(tokens) + 8, n_batch)
            try:
                return self._text_nll(context, tokens, n_batch)
            finally:
                self._lib.llama_free(context)

    # -- loading ---------------------------------------------------------------------------------

    def _load(self, gpu_layers: int) -> Any:  # noqa: ANN401 - a C pointer
        lib = self._lib
        parameters = lib.llama_model_default_params()
        # llama.cpp takes any number above the count of layers for all of them.
        parameters.n_gpu_layers = 2**31 - 1 if gpu_layers < 0 else gpu_layers
        parameters.use_mmap = True
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
        parameters.no_perf = True
        forget_complaints()
        context = self._lib.llama_init_from_model(self._weights, parameters)
        if not context:
            raise ModelError(
                f"The model {self.name} does not start: {complaint()}.",
                "It may need more memory than is free; choose a smaller model.",
            )
        return context

    def _chat_template(self) -> Any:  # noqa: ANN401 - the library ships no types
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        raw = self._lib.llama_model_chat_template(self._weights, None)
        if not raw:
            raise ModelError(
                f"The model {self.name} carries no chat template.",
                "Use the instruct variant of this model.",
            )
        return Jinja2ChatFormatter(
            template=raw.decode("utf-8"), eos_token="", bos_token=self._bos_text()
        )

    def _bos_text(self) -> str:
        token = int(self._lib.llama_vocab_bos(self._vocab))
        raw = self._lib.llama_vocab_get_text(self._vocab, token) if token >= 0 else b""
        return str(raw.decode("utf-8")) if raw else ""

    # -- tokens ----------------------------------------------------------------------------------

    def _tokens(self, conversation: Conversation) -> tuple[list[int], list[int]]:
        """Tokens of the constant part, up to the request's first word, and of the rest."""
        turns = (*conversation.constant, Turn("user", conversation.request))
        messages = [
            {"role": turn.role, "content": f"{_OPEN}{index}{_CLOSE}"}
            for index, turn in enumerate(turns)
        ]
        rendered = str(self._template(messages=messages).prompt)
        pieces: list[int] = []
        constant: list[int] | None = None
        markup, _, rest = rendered.partition(_OPEN)
        pieces += self._tokenise(markup, special=True)
        while rest:
            number, _, rest = rest.partition(_CLOSE)
            if int(number) == len(turns) - 1:
                constant = list(pieces)
                pieces = []
            pieces += self._tokenise(turns[int(number)].text, special=False)
            markup, _, rest = rest.partition(_OPEN)
            pieces += self._tokenise(markup, special=True)
        if constant is None:
            raise ModelError(f"The chat template of the model {self.name} drops the request.")
        return constant, pieces

    def _tokenise(self, text: str, *, special: bool, begin: bool = False) -> list[int]:
        """Split a text; ``begin`` puts the token of a beginning first where the model has one."""
        raw = text.encode("utf-8", "replace")
        # A token stands for at least one byte, and some tokenisers put one token in front.
        found = (ctypes.c_int32 * (len(raw) + 2))()
        count = self._lib.llama_tokenize(
            self._vocab, raw, len(raw), found, len(found), begin, special
        )
        if count < 0:
            raise ModelError(f"The model {self.name} cannot split a text into tokens.")
        return list(found[:count])

    # -- evaluation ------------------------------------------------------------------------------

    def _restore(self, constant: list[int], cancel: Callable[[], bool]) -> tuple[int, bool]:
        """Bring the context to just behind the constant part; say how much was remembered."""
        if self._evaluated[: len(constant)] == constant:
            self._cut(len(constant))
            return len(constant), True
        self._cut(0)
        key = tuple(constant)
        state = self._prefixes.get(key)
        if state is not None and self._lib.llama_state_seq_set_data(
            self._context, state, len(state), _SEQUENCE
        ):
            self._prefixes.move_to_end(key)
            self._evaluated = list(constant)
            return len(constant), True
        if not self._evaluate(constant, cancel):
            return 0, False
        size = self._lib.llama_state_seq_get_size(self._context, _SEQUENCE)
        state = (ctypes.c_uint8 * size)()
        if self._lib.llama_state_seq_get_data(self._context, state, size, _SEQUENCE):
            self._prefixes[key] = state
            while len(self._prefixes) > _KEPT_PREFIXES:
                self._prefixes.popitem(last=False)
        return 0, True

    def _cut(self, length: int) -> None:
        memory = self._lib.llama_get_memory(self._context)
        if length == 0:
            self._lib.llama_memory_clear(memory, False)
        else:
            self._lib.llama_memory_seq_rm(memory, _SEQUENCE, length, -1)
        del self._evaluated[length:]

    def _evaluate(self, tokens: Sequence[int], cancel: Callable[[], bool]) -> bool:
        step = self.model.n_batch
        for first in range(0, len(tokens), step):
            if cancel():
                return False
            self._decode(tokens[first : first + step])
        return True

    def _decode(self, piece: Sequence[int]) -> None:
        array = (ctypes.c_int32 * len(piece))(*piece)
        forget_complaints()
        result = self._lib.llama_decode(
            self._context, self._lib.llama_batch_get_one(array, len(piece))
        )
        if result != 0:
            self._cut(0)
            raise ModelError(
                f"The model {self.name} failed while reading ({result}): {complaint()}.",
                "Try again, or choose another model.",
            )
        self._evaluated.extend(piece)

    def _logits(self) -> npt.NDArray[np.float32]:
        pointer = self._lib.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._vocab_size,))

    def _text_nll(
        self,
        context: Any,  # noqa: ANN401 - a C pointer
        tokens: list[int],
        n_batch: int,
    ) -> float:
        lib = self._lib
        total = 0.0
        for first in range(0, len(tokens), n_batch):
            piece = tokens[first : first + n_batch]
            batch = lib.llama_batch_init(len(piece), 0, 1)
            try:
                batch.n_tokens = len(piece)
                for index, token in enumerate(piece):
                    batch.token[index] = token
                    batch.pos[index] = first + index
                    batch.n_seq_id[index] = 1
                    batch.seq_id[index][0] = _SEQUENCE
                    batch.logits[index] = True
                if lib.llama_decode(context, batch) != 0:
                    raise ModelError(f"The model {self.name} failed its self-test.")
            finally:
                lib.llama_batch_free(batch)
            # Each row of scores is weighed at once: a large vocabulary's rows are big.
            for index, follower in enumerate(tokens[first + 1 : first + 1 + len(piece)]):
                pointer = lib.llama_get_logits_ith(context, index)
                row = np.ctypeslib.as_array(pointer, shape=(self._vocab_size,))
                shifted = row - row.max()
                total += float(np.log(np.exp(shifted).sum(dtype=np.float64)) - shifted[follower])
        return total / (len(tokens) - 1)

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
            more = decoder.decode(self._piece(token))
            text += more
            if more and watch is not None and watch(text):
                return text, count + 1, "enough"
            if count + 1 < max_tokens:
                self._decode([token])
        return text, max_tokens, "length"

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(64)
        size = self._lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        if size < 0:
            buffer = ctypes.create_string_buffer(-size)
            size = self._lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
        return buffer.raw[:size]


def _never() -> bool:
    return False
