"""A small model of numbered words, run by llama.cpp: what comes next, and the likeliest sequences.

It knows nothing of intents. Which words may follow, whoever asks says; the file says which lexicon
it was taught, and whoever loads it compares that with its own.
"""

from __future__ import annotations

import ctypes
import heapq
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from planner.errors import ModelError
from planner.intents.distill.curriculum import latent_of
from planner.intents.distill.samples import END
from planner.language.llamacpp import complaint, forget_complaints, library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from planner.intents.distill.tokens import Lexicon

VOCABULARY_KEY: Final = "flaneur.intents.vocabulary"
MODE_KEY: Final = "flaneur.intents.mode"
SIZE: Final = 256
"""Words that a model reads and writes at once."""
TAGS: Final = 2
"""Words around the reasons."""
_VALUE_BYTES: Final = 64
_SEQUENCE: Final = 0


class Possible(Protocol):
    """Says whether intents in their order can be carried out, or begun if more follow."""

    def __call__(self, keys: tuple[str, ...], *, complete: bool) -> bool:
        """Whether intents can be carried out; ``complete`` where nothing follows them."""
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sequence of intents that the model proposes.

    Attributes
    ----------
    keys
        The intents in their order.
    likelihood
        Of its reasoning's choices and the sequence, in nats.
    reasoning, tokens
        Words that it wrote as reasons, and in all with the two around the reasons.
    """

    keys: tuple[str, ...]
    likelihood: float
    reasoning: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before a sequence: prompt and reasons, how likely these, and how many words."""

    likelihood: float
    numbers: tuple[int, ...]
    reasoning: int


@dataclass(frozen=True, slots=True)
class Following:
    """What may come next: words, and whether the sequence may end."""

    words: tuple[str, ...]
    end: bool


class Reader:
    """A model, loaded. It serves one thread at a time; close it after use.

    Parameters
    ----------
    file
        A GGUF file as :func:`planner.guidance.schooling.write_student` writes it.
    lexicon
        Its words.

    Attributes
    ----------
    known
        The digest of the lexicon that the file was taught; empty if it does not say.
    mode
        What it writes before the sequence: ``"sequence"``, ``"text"`` or ``"latent"``.

    Raises
    ------
    ModelError
        If llama.cpp is missing, or the file cannot be loaded.
    """

    def __init__(self, file: Path, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._lib: Any = library()
        parameters = self._lib.llama_model_default_params()
        parameters.n_gpu_layers = 0
        forget_complaints()
        self._model: Any = self._lib.llama_model_load_from_file(os.fsencode(file), parameters)
        if not self._model:
            raise ModelError(f"The model file {file} cannot be loaded: {complaint()}.")
        self.known, self.mode = self._said(VOCABULARY_KEY), self._said(MODE_KEY)
        settings = self._lib.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = SIZE
        settings.n_threads = settings.n_threads_batch = 1
        settings.no_perf = True
        self._context: Any = self._lib.llama_init_from_model(self._model, settings)
        if not self._context:
            self._lib.llama_model_free(self._model)
            raise ModelError(f"The model file {file} does not start: {complaint()}.")
        self._read: list[int] = []

    def close(self) -> None:
        """Give the model's memory back."""
        if self._context:
            self._lib.llama_free(self._context)
            self._lib.llama_model_free(self._model)
            self._context = None

    def plans(self, prompt: Sequence[int], *, fewest: int = 1, most: int) -> list[Head]:
        """Return a latent thought for each number of steps, behind a prompt.

        Parameters
        ----------
        prompt
            Its words' numbers.
        fewest, most
            Steps, at least and at most.
        """
        encode = self.lexicon.encode
        thought = encode("<THOUGHT>" + latent_of("CONTEXT") + latent_of("STRATEGY"))
        close = encode("</THOUGHT>")
        found = []
        likelihood = 0.0
        for steps in range(1, most + 1):
            thought += encode(latent_of(f"STEP_{steps}"))
            ended = 0.0
            if fewest <= steps < most:
                further = encode(latent_of(f"STEP_{steps + 1}"))[0]
                both = log_softmax(self.behind([*prompt, *thought])[[close[0], further]])
                ended, likelihood_further = (float(value) for value in both)
            else:
                likelihood_further = 0.0
            if steps >= fewest:
                numbers = (*prompt, *thought, *close)
                found.append(Head(likelihood + ended, numbers, len(thought) - 1))
            likelihood += likelihood_further
        return found

    def likeliest(
        self,
        heads: Sequence[Head],
        following: Callable[[tuple[str, ...]], Following],
        count: int,
        possible: Possible | None = None,
    ) -> tuple[Proposal, ...]:
        """Return the likeliest sequences behind any of some heads, by best-first search.

        Parameters
        ----------
        heads
            What may stand before a sequence.
        following
            Says what may come behind the first words of a sequence.
        count
            How many sequences, at most.
        possible
            Whether a beginning can be carried out; what cannot is not gone on with.
        """
        encode = self.lexicon.encode
        close = encode(END)[0]
        found: dict[tuple[str, ...], Proposal] = {}
        waiting: list[tuple[float, int, tuple[str, ...], bool]] = [
            (-head.likelihood, n, (), False) for n, head in enumerate(heads)
        ]
        heapq.heapify(waiting)
        while waiting and len(found) < count:
            cost, n, keys, ended = heapq.heappop(waiting)
            head = heads[n]
            if keys and possible is not None and not possible(keys, complete=ended):
                continue
            if ended:
                reasoning = head.reasoning
                tokens = reasoning + (TAGS if reasoning else 0) + len(keys) + 1
                found.setdefault(keys, Proposal(keys, -cost, reasoning, tokens))
                continue
            next_ = following(keys)
            numbers = [*encode(" ".join(next_.words)), *([close] if next_.end else [])]
            if not numbers:
                continue
            scores = log_softmax(self.behind([*head.numbers, *encode(" ".join(keys))])[numbers])
            for score, number in zip(scores.tolist(), numbers, strict=True):
                if number == close:
                    heapq.heappush(waiting, (cost - score, n, keys, True))
                else:
                    more = (*keys, self.lexicon.decode((number,)))
                    heapq.heappush(waiting, (cost - score, n, more, False))
        return tuple(sorted(found.values(), key=lambda each: (-each.likelihood, each.keys)))

    def behind(self, numbers: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the scores of all words behind a text.

        What the text shares with the one before is not read again.

        Raises
        ------
        ModelError
            If the text is longer than :data:`SIZE`.
        """
        if len(numbers) > SIZE:
            raise ModelError(f"The moment is too long for the model: {len(numbers)} words.")
        shared = 0
        for old, new in zip(self._read, numbers[:-1], strict=False):
            if old != new:
                break
            shared += 1
        memory = self._lib.llama_get_memory(self._context)
        if shared:
            self._lib.llama_memory_seq_rm(memory, _SEQUENCE, shared, -1)
        else:
            self._lib.llama_memory_clear(memory, False)
        piece = numbers[shared:]
        array = (ctypes.c_int32 * len(piece))(*piece)
        result = self._lib.llama_decode(
            self._context, self._lib.llama_batch_get_one(array, len(piece))
        )
        self._read = list(numbers) if result == 0 else []
        if result != 0:
            raise ModelError(f"llama.cpp could not read a moment (error {result}).")
        row = self._lib.llama_get_logits_ith(self._context, -1)
        shape = (len(self.lexicon.words),)
        found: npt.NDArray[np.float32] = np.ctypeslib.as_array(row, shape=shape).copy()
        return found

    def _said(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(_VALUE_BYTES)
        length = self._lib.llama_model_meta_val_str(self._model, key.encode(), buffer, _VALUE_BYTES)
        return buffer.value.decode("utf-8", "replace") if length >= 0 else ""


def log_softmax(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return scores as logarithms of probabilities."""
    shifted = scores.astype(np.float64) - float(scores.max())
    found: npt.NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return found
