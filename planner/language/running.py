"""Long calls of llama.cpp that can be stopped at any moment.

While llama.cpp reads a prompt, Python waits for one call, and a large model may take seconds for
it. The call therefore runs in a thread of its own, and llama.cpp asks a function between any two
operations whether to go on. That function must not be Python's: it would be called a thousand
times a token and wait for the interpreter each time. The C library's ``atoi`` on a text of one
digit does it: "0" is to go on, "1" is to stop.
"""

from __future__ import annotations

import ctypes
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from planner.priority import give_way

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# How often a person's wish to stop is looked at, in seconds.
_LOOK: Final = 0.02
_GO, _STOP = b"0", b"1"
_BEHIND: Final = 5


class Runner:
    """Runs work in one thread, and stops it when its caller or the person wants that.

    Parameters
    ----------
    aside
        Whether the thread, and llama.cpp's helpers that it begins, give way to the program's other
        threads, so that a key is answered while a model keeps every core busy.
    """

    def __init__(self, *, aside: bool = False) -> None:
        self._flag = ctypes.create_string_buffer(_GO, 2)
        # One thread for all work: OpenMP keeps helpers for each thread that calls it.
        self._worker = ThreadPoolExecutor(
            max_workers=1,
            thread_name_prefix="llama",
            initializer=partial(give_way, _BEHIND) if aside else None,
        )

    @property
    def stopped(self) -> bool:
        """Whether the present work is to end."""
        return bool(self._flag.value == _STOP)

    def attach(self, lib: Any, parameters: Any) -> None:  # noqa: ANN401 - the library has no types
        """Let a context's parameters carry the function that llama.cpp asks, and its text."""
        library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        address = ctypes.cast(library.atoi, ctypes.c_void_p).value
        parameters.abort_callback = lib.ggml_abort_callback(address)
        parameters.abort_callback_data = ctypes.addressof(self._flag)

    def run(self, work: Callable[[], T], cancel: Callable[[], bool]) -> T:
        """Run some work and return its result; an interrupt of the person stops it first.

        Parameters
        ----------
        work
            Ends soon after :attr:`stopped` is true.
        cancel
            Asked now and then; true stops the work.
        """
        self._flag.value = _GO
        future = self._worker.submit(work)
        try:
            while True:
                done, _ = wait((future,), timeout=_LOOK)
                if done:
                    return future.result()
                if cancel():
                    self._flag.value = _STOP
        except BaseException:
            if not future.done():
                self._flag.value = _STOP
                wait((future,))
            raise

    def close(self) -> None:
        """End the thread."""
        self._worker.shutdown(wait=True)
