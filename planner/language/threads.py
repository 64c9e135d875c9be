"""How many threads a model gets, and how they wait for each other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

# How often a thread of OpenMP looks whether the others are done before it sleeps. By default that
# is so often that one other busy program makes llama.cpp up to fifteen times slower on two cores
# and sentence embeddings three times; this few cost nothing on a quiet machine.
_SPINS: Final = "3000"


def wait_in_sleep() -> None:
    """Let waiting threads sleep soon. Call it before a library that uses OpenMP is imported.

    What a person set themselves in ``GOMP_SPINCOUNT`` or ``OMP_WAIT_POLICY`` stays.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)


def physical_cores() -> int:
    """Return how many physical cores this process may use.

    Two threads on one core share its arithmetic units, so more threads than cores slow a model.
    """
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # pragma: no cover - not Linux; its cores are rarely doubled there
        return os.cpu_count() or 1
    cores = set()
    for cpu in allowed:
        listed = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            cores.add(listed.read_text(encoding="ascii"))
        except OSError:
            return len(allowed)
    return max(1, len(cores))
