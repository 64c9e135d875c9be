"""How many threads a model gets, and how they wait for each other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

# How often a thread of OpenMP looks whether the others are done before it sleeps. By default that
# is so often that one other busy program makes llama.cpp up to fifteen times slower on two cores
# and sentence embeddings three times; this few cost nothing on a quiet machine. On a busy one not
# to look at all took 40 % less processor time than these few (a plan with the embedded model, two
# cores, a load of six).
_SPINS: Final = "3000"
_BUSY_SPINS: Final = "0"


def wait_in_sleep() -> None:
    """Let waiting threads sleep soon. Call it before a library that uses OpenMP is imported.

    What a person set themselves in ``GOMP_SPINCOUNT`` or ``OMP_WAIT_POLICY`` stays.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _BUSY_SPINS if is_busy() else _SPINS)


def is_busy() -> bool:
    """Tell whether other programs have kept all processors at work during the last minute."""
    try:
        load, _, _ = os.getloadavg()
    except (AttributeError, OSError):  # pragma: no cover - Windows knows no such figure
        return False
    return load > (os.cpu_count() or 1)


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
