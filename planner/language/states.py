"""What a model has computed for the constant part of a prompt: kept in memory and on disk."""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from planner.language.prefixes import PrefixCache

_MOST: Final = 4
# To keep on disk what fewer tokens say costs more than to read them again.
_WORTH_KEEPING: Final = 32


class States:
    """The states of constant prompts that one model has read, the latest in memory.

    Parameters
    ----------
    lib
        llama.cpp's functions.
    disk
        Where states outlive the process; ``None`` keeps them in memory only.
    sequence
        The sequence of the context that they belong to.
    """

    def __init__(
        self,
        lib: Any,  # noqa: ANN401 - the library ships no types
        disk: PrefixCache | None,
        *,
        sequence: int,
    ) -> None:
        self._lib = lib
        self._disk = disk
        self._sequence = sequence
        self._kept: OrderedDict[str, Any] = OrderedDict()

    def clear(self) -> None:
        """Forget what is in memory."""
        self._kept.clear()

    def recall(self, context: Any, key: str, length: int) -> bool:  # noqa: ANN401 - a C pointer
        """Bring an emptied context to the state that is kept under a key; false if there is none.

        Parameters
        ----------
        context
            Of the model.
        key
            See :func:`planner.language.prefixes.key_of`.
        length
            Of the prompt, in tokens.
        """
        state = self._kept.get(key)
        if state is not None:
            self._kept.move_to_end(key)
            return self._set(context, state, len(state))
        if self._disk is None or length < _WORTH_KEEPING:
            return False
        with self._disk.load(key) as kept:
            if kept is None:
                return False
            view = (ctypes.c_uint8 * len(kept)).from_buffer(kept)
            try:
                return self._set(context, view, len(kept))
            finally:
                del view

    def remember(self, context: Any, key: str, length: int) -> None:  # noqa: ANN401 - a C pointer
        """Keep the state of a context under a key; the parameters are those of `recall`."""
        size = self._lib.llama_state_seq_get_size(context, self._sequence)
        state = (ctypes.c_uint8 * size)()
        if not self._lib.llama_state_seq_get_data(context, state, size, self._sequence):
            return
        self._kept[key] = state
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        if self._disk is not None and length >= _WORTH_KEEPING:
            self._disk.store(key, memoryview(state).cast("B"))

    def _set(self, context: Any, state: Any, size: int) -> bool:  # noqa: ANN401 - C pointers
        return bool(self._lib.llama_state_seq_set_data(context, state, size, self._sequence))
