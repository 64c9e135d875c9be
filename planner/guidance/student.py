"""The small model that was taught intents, run by llama.cpp.

It is handed a prompt as numbers of words and proposes sequences, the likeliest first. Only words
that make sense are open to it: latent tokens in their order, then intents that are on offer, each
once, and none behind which the clock or closed doors leave no place for the next. What it proposes
is bound to places and verified like anything else.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from planner.errors import ModelError
from planner.guidance.reader import SIZE, TAGS, Following, Head, Reader
from planner.intents.distill.tokens import digest, encode, intents_lexicon
from planner.intents.policy import LONGEST, out_of_order
from planner.intents.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt

    from planner.guidance.reader import Possible, Proposal

MODEL_FILE: Final = "intents-student.gguf"
NAME: Final = "intents"
MODES: Final = ("sequence", "text", "latent")
_LONGEST_REASONS: Final = 170


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
        self._reader = Reader(file, intents_lexicon())
        self.mode = self._reader.mode
        if self._reader.known != digest() or self.mode not in MODES:
            self._reader.close()
            raise ModelError(
                f"The model {file} knows other intents than this version "
                f"(vocabulary {self._reader.known or 'unknown'}, not {digest()}).",
                "Install flaneur again, or ask the table alone: --model none",
            )
        self._table = Vocabulary.load()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the model's memory back."""
        self._reader.close()

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
                heads = [Head(0.0, tuple(head), 0)]
            elif self.mode == "text":
                thought = self._thought(head)
                heads = [Head(0.0, (*head, *thought), len(thought) - TAGS)]
            else:
                heads = self._reader.plans(head, most=min(LONGEST, len(set(offered))))

            def following(keys: tuple[str, ...]) -> Following:
                return self._following(keys, offered)

            return self._reader.likeliest(heads, following, count, possible)

    def scores(self, numbers: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return the scores of all words behind a text."""
        with self._lock:
            return self._reader.behind(numbers)

    def _thought(self, head: list[int]) -> list[int]:
        """Write reasons as text, each word the likeliest."""
        close = encode("</THOUGHT>")[0]
        thought = list(encode("<THOUGHT>"))
        while thought[-1] != close and len(thought) < _LONGEST_REASONS:
            if len(head) + len(thought) + LONGEST + 2 >= SIZE:
                break
            thought.append(int(np.argmax(self._reader.behind(head + thought))))
        if thought[-1] != close:
            thought.append(close)
        return thought

    def _following(self, keys: tuple[str, ...], offered: Collection[str]) -> Following:
        """Return the intents that may come next, each at most once and in a sensible order."""
        if len(keys) == LONGEST:
            return Following((), end=True)
        table = self._table
        open_to = tuple(
            key
            for key in table.intents
            if key in offered and key not in keys and not out_of_order(keys, table[key])
        )
        return Following(open_to, end=bool(keys))
