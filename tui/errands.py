"""Errands: what takes minutes, done by a process of its own that is stopped by ending it.

A city from an extract, a model read whole: while such work is on its way the screen's process has
nothing to do with it, and when a person stops it, it is over at once. It leaves nothing behind,
since what a command writes has no name until it is whole (:mod:`planner.files`).

The process is told what to do in one line of JSON on its input, and answers line by line: how far
it is, and at last what it did or why it refused. It ends with the process that sent it: its input
ends then.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import FlaneurError

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.config import Home
    from tui.session import DeskSession

DEMO = ("demo",)
"""The errand that sets up central Helsinki; all others are commands of two words."""
_NICE = 10


class StoppedError(FlaneurError):
    """What was under way was stopped by the person; nothing of it stays."""

    def __init__(self) -> None:
        super().__init__("Stopped; nothing of it was kept.")


async def send(
    home: Home,
    now: dt.datetime,
    arguments: tuple[str, ...],
    tell: Callable[[float | None, str], None],
    stop: asyncio.Event,
) -> tuple[str, ...]:
    """Have a command done elsewhere, and return its words.

    Parameters
    ----------
    home, now
        The home and the clock.
    arguments
        The command and what follows it, as one would type them, or :data:`DEMO`.
    tell
        Told how far it is.
    stop
        Set to end it at once.

    Raises
    ------
    StoppedError
        If it was stopped.
    FlaneurError
        If the command refuses, in its own words.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui.errands",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    watch = asyncio.create_task(_end_when(stop, process))
    end: dict[str, Any] = {}
    try:
        if process.stdin is None or process.stdout is None:  # pragma: no cover - both are pipes
            raise RuntimeError("an errand without pipes")
        errand = {
            "home": str(home.root),
            "cache": str(home.street_cache),
            "now": now.isoformat(),
            "arguments": arguments,
        }
        process.stdin.write(json.dumps(errand).encode() + b"\n")
        async for line in process.stdout:
            answer = json.loads(line)
            if "share" in answer:
                tell(answer["share"], answer["words"])
            else:
                end = answer
    finally:
        watch.cancel()
        _kill(process)
        await process.wait()
    return _words(end, is_stopped=stop.is_set())


def _words(end: dict[str, Any], *, is_stopped: bool) -> tuple[str, ...]:
    if "said" in end:
        return tuple(end["said"])
    if "problem" in end:
        raise FlaneurError(end["problem"], end["next_step"])
    if is_stopped:
        raise StoppedError
    raise FlaneurError(
        "The work ended before it was done; nothing of it was kept.",
        "Perhaps there was too little memory: close other programs, then try again.",
    )


async def _end_when(stop: asyncio.Event, process: asyncio.subprocess.Process) -> None:
    """End a process once a person wants it."""
    await stop.wait()
    _kill(process)


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()


# --- the other side ---


def main() -> None:
    """Do one errand; what it is stands in the first line of the input."""
    from planner.offline import seal

    seal()
    errand = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_sender, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    # What a library prints is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    told: list[float | str | None] = []

    def answer(**fields: object) -> None:
        print(json.dumps(fields), file=answers, flush=True)

    def tell(share: float | None, words: str) -> None:
        # Hundredths are all that a screen shows.
        now = [share if share is None else round(share, 2), words]
        if now != told:
            told[:] = now
            answer(share=share, words=words)

    answer(**_done(errand, tell))


def _done(errand: dict[str, Any], tell: Callable[[float | None, str], None]) -> dict[str, object]:
    from planner.config import Home
    from tui.session import DeskSession

    home = Home(Path(errand["home"]), Path(errand["cache"]))
    run = DeskSession(home, dt.datetime.fromisoformat(errand["now"]), tell=tell)
    try:
        return {"said": _carried_out(run, tuple(errand["arguments"]))}
    except FlaneurError as error:
        return {"problem": error.problem, "next_step": error.next_step}
    except Exception as error:  # noqa: BLE001 - kept for a report, told in one line
        from planner.cli.faults import record

        return {"problem": record(error, None), "next_step": ""}
    finally:
        run.close()


def _carried_out(run: DeskSession, arguments: tuple[str, ...]) -> list[str]:
    from tui.session import invoke

    if arguments == DEMO:
        from planner.cli.setup import ensure_demo_city
        from planner.language.embeddings import Embedder

        return [ensure_demo_city(run, Embedder.configured(run.home.embedding_folder()))]
    invoke(run, arguments)
    return run.said


def _end_with_the_sender() -> None:
    """End at once when the process that sent this one is gone."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
