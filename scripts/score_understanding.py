"""How well each way of understanding takes labelled requests apart, in one table a file.

    .venv/bin/python scripts/score_understanding.py [FILE.jsonl ...] [--model NAME] [--adapter FILE]
        [--no-zero-shot] [--threads N] [--record FILE.jsonl]

FILE defaults to rd/dev.jsonl of the real data ($FLANEUR_DATA, else ../shared/data) and to the
requests of tests/language. The ways: rules alone; the model as it comes, with examples in its
prompt; the model as it was taught; that and the rules, as `flaneur plan` does it. Numbers and times
are read by rules in each. --adapter takes another file than the one that is shipped. --record
writes the taught model's answers, which tests hold the rules and the model against.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.config import find_home
from planner.errors import ModelError
from planner.evaluation.rd import Part, Prediction, read_labelled, score
from planner.language import rules
from planner.language.decomposition import decompose, taught_to, understand
from planner.language.engine import Engine
from planner.language.guard import guard
from planner.language.merge import measured_by_rules
from planner.language.registry import resolve_model
from planner.language.threads import wait_in_sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.domain import Request
    from planner.evaluation.rd import Labelled
    from planner.language.answers import Completion
    from planner.language.chat import Conversation

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("FLANEUR_DATA", ROOT.parent / "shared" / "data"))
OWN = ROOT / "tests" / "language"
FILES = (
    DATA / "rd" / "dev.jsonl",
    *(OWN / f"{n}.jsonl" for n in ("requests", "unseen", "manners")),
)
NOW = dt.datetime(2026, 11, 23, 9)
COLUMNS = (
    "sub_f1", "full_f1", "neg_f1", "start_acc", "end_acc", "hours_acc", "start_time_acc",
    "stops_acc", "exact",
)  # fmt: skip


class Remembering:
    """An engine that answers the same request once and says the same from then on."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.lead, self.adapters = engine.name, engine.lead, engine.adapters
        self.answers: dict[str, Completion] = {}
        self.last: Completion | None = None

    def complete(self, conversation: Conversation, **how: Any) -> Completion:  # noqa: ANN401 - passed on
        if conversation.request not in self.answers:
            self.answers[conversation.request] = self._engine.complete(conversation, **how)
        self.last = self.answers[conversation.request]
        return self.last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", type=Path, nargs="*", default=FILES)
    parser.add_argument("--model", help="a model's name (default: the one that plan uses)")
    parser.add_argument("--adapter", type=Path, help="a LoRA file to lay over the model")
    parser.add_argument("--no-zero-shot", action="store_true", help="leave out the untaught model")
    parser.add_argument("--threads", type=int, help="for the model (default: physical cores)")
    parser.add_argument("--record", type=Path, help="where to write the taught model's answers")
    options = parser.parse_args()
    wait_in_sleep()
    model = resolve_model(options.model, find_home().models)
    ways: dict[str, tuple[Callable[[str], Request], Remembering | None]] = {
        "rules alone": (lambda text: understand(text, now=NOW).request, None)
    }
    taught = None
    if model is not None:
        if not options.no_zero_shot:
            plain = Remembering(Engine(replace(model, adapters=()), threads=options.threads))
            ways["the model, examples in its prompt"] = lambda text: alone(plain, text), plain
        if options.adapter is not None:
            adapters = tuple(replace(each, path=options.adapter) for each in model.adapters)
            model = replace(model, adapters=adapters)
        heard = taught = Remembering(Engine(model, threads=options.threads))
        if taught_to(heard) is not None:
            ways["the model, taught"] = lambda text: alone(heard, text), heard
        ways["the model and rules"] = (
            lambda text: understand(text, now=NOW, engine=heard).request,
            heard,
        )
    for file in options.files:
        rows = read_labelled(file)
        total = sum(len(row.subrequests) for row in rows)
        print(f"\n{file.name}: {len(rows)} requests, {total} sub-requests\n")
        print("| | " + " | ".join(COLUMNS) + " | s | tokens |\n|---" + "|---:" * 11 + "|")
        for name, (way, engine) in ways.items():
            print(f"| {name} | {' | '.join(measured(rows, way, engine))} |", flush=True)
    if options.record is not None and taught is not None:
        record(options.record, taught)


def measured(
    rows: Sequence[Labelled], way: Callable[[str], Request], engine: Remembering | None
) -> list[str]:
    """Read every request in one way; return the table's cells."""
    made, seconds, tokens = {}, 0.0, 0
    for row in rows:
        if engine is not None:
            engine.last = None
        known = engine is not None and row.request in engine.answers
        began = time.perf_counter()
        made[row.id] = predict(row, way(row.request))
        seconds += time.perf_counter() - began
        if engine is not None and engine.last is not None:
            cost = engine.last.cost
            tokens += cost.prompt + cost.completion
            seconds += cost.seconds if known else 0.0
    figures = score(rows, made)
    cells = [f"{value:.2f}" if (value := figures[each]) is not None else "" for each in COLUMNS]
    return [*cells, f"{seconds / len(rows):.3f}", f"{tokens / len(rows):.0f}"]


def alone(engine: Remembering, text: str) -> Request:
    """What a model makes of a request, guarded; numbers and times by rules."""
    request = rules.decompose(text, now=NOW)
    try:
        found = guard(text, decompose(engine, text).subrequests)
    except ModelError:
        found = ()
    numbers = measured_by_rules(request)
    own = tuple(each for each in found if each not in numbers)
    return replace(request, subrequests=(*own, *numbers))


def predict(row: Labelled, request: Request) -> Prediction:
    return Prediction(
        row.id,
        tuple(Part(each.pos, each.neg, each.mustsee, each.type) for each in request.subrequests),
        request.hours,
        f"{request.start_time:%H:%M}" if request.start_time else None,
        request.stops,
    )


def record(file: Path, engine: Remembering) -> None:
    """Write the answers, headed by the hash of what taught the model."""
    taught = taught_to(engine)
    if taught is None:
        raise SystemExit("nothing was taught to this model")
    lines = [{"adapter": hashlib.sha256(taught.path.read_bytes()).hexdigest()}]
    lines += [
        {
            "request": request,
            "answer": answer.text,
            "ending": answer.ending,
            "tokens": answer.cost.prompt + answer.cost.completion,
        }
        for request, answer in sorted(engine.answers.items())
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
