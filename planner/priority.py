"""The priority of one thread among the others of its program."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress


def give_way(steps: int) -> None:
    """Let this thread, and those that it begins, go behind the others.

    Linux alone knows a priority of a single thread; elsewhere, and where the system forbids it,
    all stays as it is.

    Parameters
    ----------
    steps
        How far behind, in steps of niceness; 19 is the last place there is.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.nice(0) + steps)
