"""The small model that was taught intents, run by llama.cpp.

It is handed a prompt as numbers of words and proposes sequences, the likeliest first. Only words
that make sense are open to it: latent tokens in their order, then intents that are on offer, each
once, and none behind which the clock or closed doors leave no place for the next. What it proposes
is bound to places and verified like anything else.
"""

from __future__ import annotations

import ctypes
import heapq
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import numpy as np

from planner.errors import ModelError
from planner.intents.distill.curriculum import latent_of
from planner.intents.distill.samples import END
from planner.intents.distill.tokens import decode, digest, encode, words
from planner.intents.policy import LONGEST, out_of_order
from planner.intents.vocabulary import Vocabulary
from planner.language.llamacpp import complaint, forget_complaints, library

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt

MODEL_FILE: Final = "intents-student.gguf"
NAME: Final = "intents"
VOCABULARY_KEY: Final = "flaneur.intents.vocabulary"
MODE_KEY: Final = "flaneur.intents.mode"
MODES: Final = ("sequence", "text", "latent")
_SIZE: Final = 256
_LONGEST_REASONS: Final = 170
TAGS: Final = 2
"""Words around the reasons."""
_VALUE_BYTES: Final = 64
_SEQUENCE: Final = 0


def shipped_student() -> Path:
    """Return the model that travels with the package, or lies in the checkout.

    Raises
    ------
    ModelError
        If it is in neither.
    """
    package = Path(__file__).parents[1]
    for folder in (package / "_models", package.parent / "models"):
        if (folder / MODEL_FILE).is_file():
            return folder / MODEL_FILE
    raise ModelError(
        f"The model {MODEL_FILE} is not here.",
        "Install flaneur again, or ask the table alone: --model none",
    )


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


class Student:
    """The model, loaded. Close it after use.

    Parameters
    ----------
    file
        A GGUF file that ``scripts/train_student.py`` wrote.

    Raises
    ------
    ModelError
        If llama.cpp is missing, or the file is another model's or of another vocabulary.
    """

    def __init__(self, file: Path) -> None:
        self._lib: Any = library()
        parameters = self._lib.llama_model_default_params()
        parameters.n_gpu_layers = 0
        forget_complaints()
        self._model: Any = self._lib.llama_model_load_from_file(os.fsencode(file), parameters)
        if not self._model:
            raise ModelError(f"The model file {file} cannot be loaded: {complaint()}.")
        known, self.mode = self._said(VOCABULARY_KEY), self._said(MODE_KEY)
        if known != digest() or self.mode not in MODES:
            self._lib.llama_model_free(self._model)
            raise ModelError(
                f"The model {file} knows other intents than this version "
                f"(vocabulary {known or 'unknown'}, not {digest()}).",
                "Install flaneur again, or ask the table alone: --model none",
            )
        settings = self._lib.llama_context_default_params()
        settings.n_ctx = settings.n_batch = settings.n_ubatch = _SIZE
        settings.n_threads = settings.n_threads_batch = 1
        settings.no_perf = True
        self._context: Any = self._lib.llama_init_from_model(self._model, settings)
        if not self._context:
            self._lib.llama_model_free(self._model)
            raise ModelError(f"The model {file} does not start: {complaint()}.")
        self._words = len(words())
        self._read: list[int] = []
        self._table = Vocabulary.load()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the model's memory back."""
        if self._context:
            self._lib.llama_free(self._context)
            self._lib.llama_model_free(self._model)
            self._context = None

    def propose(
        self,
        prompt: str,
        offered: Collection[str],
        count: int,
        *,
        possible: Possible | None = None,
    ) -> tuple[Proposal, ...]:
        """Return the likeliest sequences of intents that are on offer, the likeliest first.

        Parameters
        ----------
        prompt
            See :func:`planner.intents.distill.samples.prompt_of`.
        offered
            Keys of the intents that may be proposed.
        count
            How many sequences, at most.
        possible
            Whether a beginning can be carried out; what cannot is not gone on with. All can where
            absent.
        """
        with self._lock:
            head = list(encode(prompt))
            if self.mode == "sequence":
                heads = [(0.0, head, 0)]
            elif self.mode == "text":
                thought = self._thought(head)
                heads = [(0.0, head + thought, len(thought) - TAGS)]
            else:
                heads = self._plans(head, len(set(offered)))
            return self._likeliest(heads, offered, count, possible)

    def scores(self, numbers: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the scores of all words behind a text."""
        with self._lock:
            return self._behind(list(numbers))

    # -- thinking --------------------------------------------------------------------------------

    def _plans(self, head: list[int], intents: int) -> list[tuple[float, list[int], int]]:
        """Return a latent thought for each number of intents, and its likelihood."""
        thought = encode("<THOUGHT>" + latent_of("CONTEXT") + latent_of("STRATEGY"))
        close = encode("</THOUGHT>")
        found = []
        likelihood = 0.0
        for steps in range(1, min(LONGEST, intents) + 1):
            thought += encode(latent_of(f"STEP_{steps}"))
            ended = 0.0
            if steps < min(LONGEST, intents):
                further = encode(latent_of(f"STEP_{steps + 1}"))[0]
                both = _log_softmax(self._behind([*head, *thought])[[close[0], further]])
                ended = float(both[0])
                found.append((likelihood + ended, [*head, *thought, *close], len(thought) - 1))
                likelihood += float(both[1])
            else:
                found.append((likelihood, [*head, *thought, *close], len(thought) - 1))
        return found

    def _thought(self, head: list[int]) -> list[int]:
        """Write reasons as text, each word the likeliest."""
        close = encode("</THOUGHT>")[0]
        thought = list(encode("<THOUGHT>"))
        while thought[-1] != close and len(thought) < _LONGEST_REASONS:
            if len(head) + len(thought) + LONGEST + 2 >= _SIZE:
                break
            thought.append(int(np.argmax(self._behind(head + thought))))
        if thought[-1] != close:
            thought.append(close)
        return thought

    # -- choosing --------------------------------------------------------------------------------

    def _likeliest(
        self,
        heads: list[tuple[float, list[int], int]],
        offered: Collection[str],
        count: int,
        possible: Possible | None,
    ) -> tuple[Proposal, ...]:
        """Return the likeliest sequences behind any of some heads, by best-first search."""
        close = encode(END)[0]
        found: dict[tuple[str, ...], Proposal] = {}
        waiting: list[tuple[float, int, tuple[str, ...], bool]] = [
            (-likelihood, n, (), False) for n, (likelihood, _, _) in enumerate(heads)
        ]
        heapq.heapify(waiting)
        while waiting and len(found) < count:
            cost, n, keys, ended = heapq.heappop(waiting)
            _, head, reasoning = heads[n]
            if keys and possible is not None and not possible(keys, complete=ended):
                continue
            if ended:
                tokens = reasoning + (TAGS if reasoning else 0) + len(keys) + 1
                found.setdefault(keys, Proposal(keys, -cost, reasoning, tokens))
                continue
            following = [
                key
                for key in self._table.intents
                if key in offered and key not in keys and not out_of_order(keys, self._table[key])
            ]
            if len(keys) == LONGEST:
                following = []
            numbers = [*encode(" ".join(following)), *([close] if keys else [])]
            if not numbers:
                continue
            scores = _log_softmax(self._behind([*head, *encode(" ".join(keys))])[numbers])
            for score, number in zip(scores.tolist(), numbers, strict=True):
                if number == close:
                    heapq.heappush(waiting, (cost - score, n, keys, True))
                else:
                    more = (*keys, decode((number,)))
                    heapq.heappush(waiting, (cost - score, n, more, False))
        return tuple(sorted(found.values(), key=lambda each: (-each.likelihood, each.keys)))

    # -- llama.cpp -------------------------------------------------------------------------------

    def _behind(self, numbers: list[int]) -> npt.NDArray[np.float32]:
        """Return the scores behind a text; what it shares with the one before is not read again."""
        if len(numbers) > _SIZE:
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
        self._read = numbers if result == 0 else []
        if result != 0:
            raise ModelError(f"llama.cpp could not read a moment (error {result}).")
        row = self._lib.llama_get_logits_ith(self._context, -1)
        found: npt.NDArray[np.float32] = np.ctypeslib.as_array(row, shape=(self._words,)).copy()
        return found

    def _said(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(_VALUE_BYTES)
        length = self._lib.llama_model_meta_val_str(self._model, key.encode(), buffer, _VALUE_BYTES)
        return buffer.value.decode("utf-8", "replace") if length >= 0 else ""


def _log_softmax(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    shifted = scores.astype(np.float64) - float(scores.max())
    found: npt.NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return found
