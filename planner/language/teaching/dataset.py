"""Examples as tokens, in batches of about equal cost.

The tokens are llama.cpp's own, so that what is taught is what is later read.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Self

from planner.errors import ModelError
from planner.language.llamacpp import library

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

OPEN, CLOSE = "<|im_start|>", "<|im_end|>"


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing to learn: after ``prompt`` comes ``answer``.

    ``weights`` says how much each token of the answer counts; all the same where it is empty.
    """

    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    weights: tuple[float, ...] = ()

    @property
    def length(self) -> int:
        """Tokens of both."""
        return len(self.prompt) + len(self.answer)


class Splitter:
    """Splits text into a model's tokens, without loading its weights. Close it after use."""

    def __init__(self, file: Path) -> None:
        self._lib = library()
        parameters = self._lib.llama_model_default_params()
        parameters.vocab_only = True
        self._model = self._lib.llama_model_load_from_file(str(file).encode(), parameters)
        if not self._model:
            raise ModelError(f"The model file {file} cannot be read.")
        self._vocab: Any = self._lib.llama_model_get_vocab(self._model)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lib.llama_model_free(self._model)

    def split(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Return the tokens of a text; markers in it are text unless ``special``."""
        raw = text.encode("utf-8", "replace")
        found = (ctypes.c_int32 * (len(raw) + 2))()
        count = self._lib.llama_tokenize(
            self._vocab, raw, len(raw), found, len(found), False, special
        )
        if count < 0:
            raise ModelError("A text cannot be split into tokens.")
        return tuple(found[:count])

    def decomposition(self, request: str, answer: str) -> Sample:
        """Return a request between its two markers, and the lines that end with the second."""
        start, end = self.split(OPEN, special=True), self.split(CLOSE, special=True)
        return Sample((*start, *self.split(request), *end), (*self.split(answer), *end))


def batches(
    samples: Iterable[Sample], *, tokens: int, seed: int, pool: int = 2048
) -> Iterator[Sequence[Sample]]:
    """Put samples of like length together, about ``tokens`` with padding; in random order.

    Parameters
    ----------
    samples
        May be endless.
    tokens
        What a batch may hold, padding counted.
    seed
        Of the order of batches within a pool.
    pool
        Samples that are sorted together.
    """
    random = Random(seed)
    held: list[Sample] = []
    for sample in samples:
        held.append(sample)
        if len(held) == pool:
            yield from _shuffled(held, tokens, random)
            held = []
    yield from _shuffled(held, tokens, random)


def _shuffled(held: list[Sample], tokens: int, random: Random) -> list[list[Sample]]:
    made: list[list[Sample]] = []
    for sample in sorted(held, key=lambda each: each.length):
        if made and (len(made[-1]) + 1) * sample.length <= tokens:
            made[-1].append(sample)
        else:
            made.append([sample])
    random.shuffle(made)
    return made
