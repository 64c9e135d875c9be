"""Where a model's work stands among the program's other threads."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from planner.language.running import Runner


def priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def helpers() -> int:
    """The priority of a thread that this one begins, as llama.cpp begins its own."""
    found: list[int] = []
    helper = threading.Thread(target=lambda: found.append(priority()))
    helper.start()
    helper.join()
    return found[0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of single threads")
@pytest.mark.parametrize(("aside", "behind"), [(False, 0), (True, 5)])
def test_work_aside_goes_behind_the_screen(*, aside: bool, behind: int) -> None:
    before = priority()
    runner = Runner(aside=aside)
    try:
        expected = min(before + behind, 19)
        assert runner.run(priority, lambda: False) == expected
        assert runner.run(helpers, lambda: False) == expected
    finally:
        runner.close()
    assert priority() == before
