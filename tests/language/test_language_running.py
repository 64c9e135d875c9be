"""Work in a thread of its own: ended when asked, and by an interrupt, which is never lost."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time

import pytest

from planner.language.running import Runner


def until_stopped(runner: Runner) -> str:
    while not runner.stopped:
        time.sleep(0.001)
    return "stopped"


def test_work_comes_back_and_its_errors_too() -> None:
    runner = Runner()
    assert runner.run(lambda: 7, lambda: False) == 7
    with pytest.raises(ZeroDivisionError):
        runner.run(lambda: 1 // 0, lambda: False)
    # A stop concerns the work that it was meant for.
    assert runner.run(lambda: until_stopped(runner), lambda: True) == "stopped"
    assert runner.run(lambda: runner.stopped, lambda: False) is False
    runner.close()


def test_an_interrupt_ends_the_work_and_goes_on() -> None:
    runner, ended = Runner(), []

    def interrupted() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runner.run(lambda: ended.append(until_stopped(runner)), interrupted)
    assert ended == ["stopped"]
    runner.close()


def test_what_llama_cpp_asks_says_stop_exactly_then() -> None:
    class Parameters:
        abort_callback: object = None
        abort_callback_data = 0

    class Library:
        ggml_abort_callback = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p)

    runner, parameters = Runner(), Parameters()
    runner.attach(Library, parameters)
    asked = parameters.abort_callback
    assert callable(asked)
    assert asked(parameters.abort_callback_data) is False
    answers = []

    def work() -> None:
        until_stopped(runner)
        answers.append(asked(parameters.abort_callback_data))

    runner.run(work, lambda: True)
    assert answers == [True]
    runner.close()


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
