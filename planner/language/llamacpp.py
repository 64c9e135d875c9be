"""What llama-cpp-python binds, made silent, and the choice of a token.

llama.cpp writes its log to the error stream unless a function takes it; the one here keeps the
errors, so that a refusal can be told to a person with its reason.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import ModelError
from planner.language.threads import wait_in_sleep

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

_TOP_K: Final = 40
_TOP_P: Final = 0.95
_CIRCLES: Final = (64, 1024)
_CANDIDATE: Final = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])

_COMPLAINTS: Final[deque[str]] = deque(maxlen=8)
_LEVEL_ERROR: Final = 4
_KEEP_ALIVE: Final[list[Any]] = []
_LIBRARY_LOCK: Final = threading.Lock()


def library() -> Any:  # noqa: ANN401 - the library ships no types
    """Import llama.cpp's functions once and take over its log: errors are kept, not printed."""
    wait_in_sleep()
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelError(
            f"llama.cpp cannot be used here: {error}.",
            "Install llama-cpp-python, or plan without a model (--model none).",
        ) from error
    with _LIBRARY_LOCK:
        if not _KEEP_ALIVE:

            @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
            def listen(level: int, text: bytes | None, _: object) -> None:
                if level == _LEVEL_ERROR and text:
                    _COMPLAINTS.append(text.decode("utf-8", "replace").strip())

            llama_cpp.llama_log_set(listen, None)
            llama_cpp.llama_backend_init()
            # The C side holds a bare pointer to the function.
            _KEEP_ALIVE.append(listen)
    return llama_cpp


def forget_complaints() -> None:
    """Begin a new list of what llama.cpp complains about."""
    _COMPLAINTS.clear()


def complaint() -> str:
    """Return llama.cpp's first reason, without its function's name."""
    with contextlib.suppress(IndexError):
        reason = _COMPLAINTS[0]
        return reason.partition(": ")[2].rstrip(".") or reason.rstrip(".")
    return "llama.cpp gives no reason"


def refusal(path: Path) -> str:
    """Return why llama.cpp would not load a model file, or an empty text.

    Only the words of the model are loaded, which takes no memory to speak of.

    Raises
    ------
    ModelError
        If llama.cpp itself is missing.
    """
    lib = library()
    parameters = lib.llama_model_default_params()
    parameters.vocab_only = True
    forget_complaints()
    weights = lib.llama_model_load_from_file(os.fsencode(path), parameters)
    if not weights:
        return complaint()
    lib.llama_model_free(weights)
    return ""


class Chooser:
    """Picks the next token; under a grammar, the first choice is checked before anything else.

    To hold a whole vocabulary against a grammar costs many times the model's own work, and almost
    always the likeliest token is allowed; where it is not, one of the next likeliest is.
    """

    def __init__(
        self,
        lib: Any,  # noqa: ANN401 - the library ships no types
        vocab: Any,  # noqa: ANN401 - a C pointer
        grammar: str | None,
        temperature: float,
        seed: int,
    ) -> None:
        self._lib = lib
        self._temperature = temperature
        self._random = np.random.default_rng(seed)
        self._grammar: Any = None
        if grammar is not None:
            forget_complaints()
            self._grammar = lib.llama_sampler_init_grammar(vocab, grammar.encode("utf-8"), b"root")
            if not self._grammar:
                raise ModelError(f"The grammar of the answer is refused: {complaint()}.")

    def close(self) -> None:
        """Give the grammar's memory back."""
        if self._grammar is not None:
            self._lib.llama_sampler_free(self._grammar)
            self._grammar = None

    def choose(self, logits: npt.NDArray[np.float32]) -> int:
        """Return the next token for the scores of all tokens, and step the grammar on."""
        token = self._pick(logits)
        if self._grammar is None:
            return token
        if not np.isfinite(self._allowed(np.array([token]), logits[[token]])[0]):
            token = self._pick_allowed(logits)
        self._lib.llama_sampler_accept(self._grammar, token)
        return token

    def _pick_allowed(self, logits: npt.NDArray[np.float32]) -> int:
        """Choose among the likeliest tokens that the grammar allows, in widening circles."""
        for size in (*_CIRCLES, len(logits)):
            circle = np.argpartition(logits, -min(size, len(logits)))[-size:]
            allowed = self._allowed(circle, logits[circle])
            if np.isfinite(allowed).any():
                return int(circle[self._pick(allowed)])
        # Stepping the grammar on with a forbidden token would end the process.
        raise ModelError("The grammar of the answer allows no token at all.")

    def _allowed(
        self, tokens: npt.NDArray[np.int_], logits: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Return the logits, those of tokens that the grammar forbids at minus infinity."""
        rows = np.zeros(len(tokens), dtype=_CANDIDATE)
        rows["id"], rows["logit"] = tokens, logits
        array = self._lib.llama_token_data_array(
            data=rows.ctypes.data_as(ctypes.POINTER(self._lib.llama_token_data)),
            size=len(rows),
            selected=-1,
            sorted=False,
        )
        self._lib.llama_sampler_apply(self._grammar, ctypes.byref(array))
        return rows["logit"].copy()

    def _pick(self, logits: npt.NDArray[np.float32]) -> int:
        if self._temperature <= 0:
            return int(np.argmax(logits))
        size = min(_TOP_K, len(logits))
        best = np.argpartition(logits, -size)[-size:]
        best = best[np.argsort(-logits[best], kind="stable")]
        weights = np.exp((logits[best] - logits[best[0]]).astype(np.float64) / self._temperature)
        weights /= weights.sum()
        kept = int(np.searchsorted(np.cumsum(weights), _TOP_P)) + 1
        weights = weights[:kept] / weights[:kept].sum()
        return int(best[self._random.choice(kept, p=weights)])
