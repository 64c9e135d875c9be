"""How well a model predicts a text, which tells whether it is computed rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEQUENCE: Final = 0


def mean_nll(
    lib: Any,  # noqa: ANN401 - the library ships no types
    context: Any,  # noqa: ANN401 - a C pointer
    tokens: Sequence[int],
    n_batch: int,
    vocabulary: int,
) -> float:
    """Return the mean negative log-likelihood of some tokens, in nats a token.

    Parameters
    ----------
    lib, context
        llama.cpp's functions, and an empty context that the tokens fit.
    tokens
        At least two.
    n_batch
        Tokens evaluated at a time.
    vocabulary
        How many tokens the model knows.

    Raises
    ------
    ModelError
        If llama.cpp fails.
    """
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
                raise ModelError("The model failed its self-test.", "Choose another model.")
        finally:
            lib.llama_batch_free(batch)
        # Each row of scores is weighed at once: a large vocabulary's rows are big.
        for index, follower in enumerate(tokens[first + 1 : first + 1 + len(piece)]):
            pointer = lib.llama_get_logits_ith(context, index)
            row = np.ctypeslib.as_array(pointer, shape=(vocabulary,))
            shifted = row - row.max()
            total += float(np.log(np.exp(shifted).sum(dtype=np.float64)) - shifted[follower])
    return total / (len(tokens) - 1)
