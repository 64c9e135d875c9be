"""Ctrl-C, heeded even where a library passes it over.

Python raises ``KeyboardInterrupt`` wherever the program happens to be. In the midst of somebody
else's code (an import that tries for something optional, a lookup in C that takes every error for
"not there") it may be caught and forgotten, and the person waits for what they wanted to stop. So
it is remembered, and raised again at the next step of a long piece of work.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_asked = threading.Event()


@contextmanager
def heeded() -> Iterator[None]:
    """Remember Ctrl-C inside, where nobody else already minds it."""
    _asked.clear()
    minded = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if minded:
        signal.signal(signal.SIGINT, _remember)
    try:
        yield
    finally:
        if minded:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def leave_to_others() -> None:
    """Let a program that minds the keyboard itself begin as Python does."""
    if signal.getsignal(signal.SIGINT) is _remember:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def heed() -> None:
    """Stop here if that was asked for.

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C was pressed and work went on nevertheless.
    """
    if _asked.is_set():
        raise KeyboardInterrupt


def _remember(_signal: int, _frame: FrameType | None) -> NoReturn:
    _asked.set()
    raise KeyboardInterrupt
