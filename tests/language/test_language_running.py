"""Work in a thread of its own: ended when asked, and by an interrupt, which is never lost."""

import ctypes
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
