"""What understanding costs a large model: the published prompts and ours, on one file, in one run.

    .venv/bin/python scripts/bench_language.py FILE.gguf --data dev.jsonl [--requests N] [--full]

FILE is best made with scripts/make_shaped_gguf.py: what a request costs does not depend on what
the weights say. The lengths of all outputs are forced, ours to the labelled lines of the data,
the published ones to 520 tokens, so that no model's gift for brevity counts.

The published sequence is that of ItiNera: F.1 takes a request apart (JSON), F.2 asks how long the
walk is, F.4 writes the itinerary from the candidates. The prompts here have their lengths in tokens
and ask for the same, in words of our own. A plan by them stands when F.4 is through. Ours stands
when the request is taken apart and the optimiser is done; the telling comes after it.

Of each published prompt and answer the first part is run and the rest scaled from it, in
proportion, since the whole takes a quarter of an hour on two cores. A token costs more the more
stand before it, so that this favours the published sequence. --full runs every token.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.language import engine as engines
from planner.language import grammar, narration
from planner.language.engine import Conversation, Engine, TokenCost, Turn
from planner.language.llamacpp import Chooser
from planner.language.prefixes import ENDING, PrefixCache
from planner.language.prompts import DECOMPOSITION, NARRATION
from planner.language.registry import ModelFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planner.itinerary.document import PlanDocument

# Tokens of the published prompts, without and with what is filled in, and of their answers.
PUBLISHED = (("F.1", 1219 + 20, 130), ("F.2", 379 + 20, 6), ("F.4", 766 + 20 + 1936, 384))
WORDS = {
    "F.1": (
        "Take the wishes of a visitor apart. For each one say what is wanted, what is not wanted, "
        "whether it is the name of one certain place, and whether it is about a place, the start, "
        "the end or the whole walk. Answer with a JSON list of objects and nothing else. "
    ),
    "F.2": (
        "Say how many hours a visitor wants to be out, from one to eight, as a JSON list with one "
        "number; without a hint choose four. "
    ),
    "F.4": (
        "You guide visitors. From the numbered places below choose some in their order so that "
        "they fill the hours, keep to the wishes, and write for each a sentence on why to go "
        "there, and one on the whole walk, as JSON. Place: a small museum of the city's past in an "
        "old warehouse by the water, with a quiet yard and a bench. "
    ),
}
REQUEST = (
    "Start at Helsinki Cathedral, see Ateneum and Amos Rex, a quiet park and one good coffee, "
    "no shopping, four hours"
)
NOW = dt.datetime(2026, 11, 25, 9, 0)
# Of a published prompt and of its answer, how many tokens are run where --full is not given.
PORTION, PORTION_OF_ANSWER = 256, 24
LIMITS = {"faster": 10.0, "tokens": 0.05, "told": 0.25, "grammar": 0.10, "restored": 0.5}


@dataclass
class Forced:
    """What the next answers are to be, the seconds that choosing them took, and when it began.

    ``read`` is the moment, by the clock and by the processor, at which a prompt was read.
    """

    tokens: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    read: tuple[float, float] = (0.0, 0.0)


FORCED = Forced()


class ForcedChooser(Chooser):
    """The product's choice of a token, with the wanted one made the likeliest."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - passed on as they are
        super().__init__(*arguments)
        self._left = iter(FORCED.tokens)
        FORCED.read = (time.perf_counter(), time.process_time())

    def choose(self, logits: np.ndarray) -> int:
        token = next(self._left)
        logits[token] = logits.max() + 1
        began = time.perf_counter()
        chosen = super().choose(logits)
        FORCED.seconds.append(time.perf_counter() - began)
        if chosen != token:
            raise SystemExit(f"the grammar refused a gold token: {token} became {chosen}")
        return chosen


@dataclass(frozen=True)
class Spent:
    """Tokens and seconds of some calls."""

    cost: TokenCost
    cpu: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.cost + other.cost, self.cpu + other.cpu)

    @property
    def tokens(self) -> int:
        return self.cost.prompt + self.cost.completion


NOTHING = Spent(TokenCost(), 0.0)


def ask(
    model: Engine, conversation: Conversation, answer: Sequence[int], form: str | None = None
) -> Spent:
    """Make a model answer with some tokens, and return what that cost."""
    FORCED.tokens = list(answer)
    cpu = time.process_time()
    done = model.complete(conversation, max_tokens=len(answer), grammar=form)
    if done.cost.completion < len(answer) - 1:
        raise SystemExit(f"{done.cost.completion} of {len(answer)} tokens came")
    return Spent(done.cost, time.process_time() - cpu)


def split(model: Engine, text: str) -> list[int]:
    return model._tokeniser.split(text, special=False)  # noqa: SLF001 - counting is what this is for


def long_text(model: Engine, words: str, length: int) -> str:
    """Return some words again and again until they have a length in tokens."""
    each = max(1, len(split(model, words)))
    text = words * (length // each + 1)
    while (excess := len(split(model, text)) - length) > 0:
        text = text[: -max(1, excess)]
    return text


def published(model: Engine, *, full: bool) -> Spent:
    """Run the published sequence once; nothing of it is kept between calls."""
    whole = NOTHING
    for name, length, answer in PUBLISHED:
        read, written = (length, answer) if full else shortened(length, answer)
        text = long_text(model, WORDS[name], read)
        forced = list(itertools.islice(itertools.cycle(split(model, WORDS[name])), written))
        began = (time.perf_counter(), time.process_time())
        spent = ask(model, Conversation((), text), forced)
        ended = (time.perf_counter(), time.process_time())
        seconds, cpu = (
            (between - first) * length / spent.cost.prompt + (last - between) * answer / written
            for first, between, last in zip(began, FORCED.read, ended, strict=True)
        )
        print(f"  {name}: {spent.cost}, {seconds:.1f} s for the whole", flush=True)
        whole += Spent(TokenCost(length, 0, answer, seconds), cpu)
    return whole


def shortened(length: int, answer: int) -> tuple[int, int]:
    """Return how many tokens of a prompt and of its answer are run."""
    return min(length, PORTION), min(answer, PORTION_OF_ANSWER)


def gold(row: dict[str, Any]) -> str:
    """Return the lines in which a labelled request is written."""
    lines = []
    for each in row["subrequests"]:
        pos, neg, kind = each["pos"], each["neg"], each["type"]
        if kind in {"start", "end"}:
            role = kind
        elif pos == "places" and neg:
            lines.append(f"avoid {neg}")
            continue
        else:
            role = "walk" if kind == "itinerary" else "see" if each["mustsee"] else "place"
        lines.append(f"{role} {pos}" + (f"{grammar.BAR}{neg}" if neg else ""))
    return "\n".join(lines) or grammar.NOTHING


def planned(folder: Path) -> tuple[PlanDocument, float]:
    """Plan a walk in the demo city without a model, warm; return it and its seconds."""
    from planner import cities
    from planner.config import find_home
    from planner.domain import Wishes
    from planner.language.embeddings import Embedder
    from planner.library.catalogue import Catalogue
    from planner.pipeline import Planner

    home, embedder = find_home(folder).ensure(), Embedder.default()
    cities.build(cities.DEMO_NAME, cities.demo_extract(), home, embedder)
    planner = Planner(cities.open_city(home, cities.DEMO_NAME), embedder.encode, Catalogue.load())
    planner.plan(REQUEST, Wishes(), now=NOW)
    began = time.perf_counter()
    document = planner.plan(REQUEST, Wishes(), now=NOW)
    return document, time.perf_counter() - began


def told(model: Engine, document: PlanDocument) -> Spent:
    """Tell a plan: a sentence a stop, as long as those that the prompt shows."""
    from planner.library.catalogue import Catalogue
    from planner.telling import facts_of

    whole = NOTHING
    examples = itertools.cycle(turn.text for turn in NARRATION if turn.role == "assistant")
    for stop, sentence in zip(facts_of(document, Catalogue.load()).stops, examples, strict=False):
        prompt = Conversation(NARRATION, narration._prompt(stop))  # noqa: SLF001
        whole += ask(model, prompt, split(model, sentence))
    return whole


def grammar_share(model: Engine, request: str, lines: str) -> tuple[float, float, float]:
    """Return seconds a token: of choosing without and with a grammar, and of generating."""
    answer = split(model, lines)
    means = []
    for form in (None, grammar.decomposition_grammar(request)):
        FORCED.seconds = []
        spent = ask(model, Conversation(DECOMPOSITION, request), answer, form)
        means.append(statistics.fmean(FORCED.seconds))
    return means[0], means[1], spent.cost.seconds / (spent.tokens or 1)


def restored(file: ModelFile, cache: PrefixCache) -> tuple[float, int, int]:
    """Return the seconds that a fresh engine takes to read a state back, its tokens, its bytes."""
    state = max(path.stat().st_size for path in cache.folder.glob(f"*{ENDING}"))
    with Engine(file, prefixes=cache) as fresh:
        constant, _ = fresh.tokens(Conversation(DECOMPOSITION, "x"))
        fresh._ensure_context(512)  # noqa: SLF001
        began = time.perf_counter()
        kept, _ = fresh._restore(constant, lambda: False)  # noqa: SLF001
        return time.perf_counter() - began, kept, state


def report(rows: Iterable[tuple[str, str, str]]) -> None:
    print("\n| what | figure | |\n| --- | ---: | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path, metavar="FILE.gguf")
    parser.add_argument("--data", type=Path, required=True, help="labelled requests (dev.jsonl)")
    parser.add_argument("--requests", type=int, default=3, help="how many of them to time")
    parser.add_argument("--full", action="store_true", help="run every token of the published")
    options = parser.parse_args()
    engines.Chooser = ForcedChooser
    data = [json.loads(line) for line in options.data.read_text(encoding="utf-8").splitlines()]
    file = ModelFile("shaped", options.file, context=4096, n_batch=128)
    with tempfile.TemporaryDirectory() as folder:
        cache = PrefixCache(Path(folder) / "prefixes")
        document, plan_seconds = planned(Path(folder) / "home")
        with Engine(file, prefixes=cache) as model:
            # The weights come from the disk once, for everybody.
            ask(model, Conversation((Turn("system", "Hello."),), "Hello."), [1, 2])
            began = time.perf_counter()
            first = ask(model, Conversation(DECOMPOSITION, "A park."), split(model, "place park"))
            prefix = time.perf_counter() - began
            print(f"  the constant part, once a model: {first.cost} ({prefix:.1f} s)", flush=True)
            sizes = [
                len(model.tokens(Conversation(DECOMPOSITION, row["request"]))[1])
                + len(split(model, gold(row)))
                for row in data
            ]
            # Requests whose cost is spread evenly over all of them.
            order = np.argsort(sizes)
            marks = np.linspace(0, len(data) - 1, options.requests + 2)[1:-1]
            chosen = [data[int(order[round(mark)])] for mark in marks]
            ours = []
            for row in chosen:
                answer = split(model, gold(row))
                form = grammar.decomposition_grammar(row["request"])
                ours.append(ask(model, Conversation(DECOMPOSITION, row["request"]), answer, form))
                print(f"  ours: {ours[-1].cost}", flush=True)
            free, held, token = grammar_share(model, chosen[-1]["request"], gold(chosen[-1]))
            ask(model, Conversation(NARRATION, "x"), [1, 2])
            telling = told(model, document)
            print(f"  ours, telling {len(document.stops)} stops: {telling.cost}", flush=True)
        back, kept, size = restored(file, cache)
        with Engine(file) as model:
            theirs = published(model, full=options.full)
    how = "every token run"
    if not options.full:
        how = f"scaled from {PORTION} read and {PORTION_OF_ANSWER} written tokens of each at most"
    seconds = statistics.fmean(each.cost.seconds for each in ours) + plan_seconds
    cpu = statistics.fmean(each.cpu for each in ours) + plan_seconds
    tokens = statistics.fmean(sizes)
    share, share_told = tokens / theirs.tokens, (tokens + telling.tokens) / theirs.tokens
    report(
        [
            (
                "published prompts",
                f"{theirs.cost.seconds:.1f} s",
                f"{theirs.cpu:.1f} s of processor; {how}",
            ),
            (
                "their tokens",
                str(theirs.tokens),
                f"{theirs.cost.prompt} evaluated, {theirs.cost.completion} generated",
            ),
            (
                "ours, to the verified plan",
                f"{seconds:.1f} s",
                f"{cpu:.1f} s of processor; {plan_seconds:.2f} s of it without the model",
            ),
            (
                "our tokens",
                f"{tokens:.0f}",
                f"mean of {len(data)} requests; {ours[0].cost.cached} more restored",
            ),
            (
                "times shorter",
                f"{theirs.cost.seconds / seconds:.1f}",
                f"{theirs.cpu / cpu:.1f} by processor; at least {LIMITS['faster']:.0f}",
            ),
            ("share of tokens", f"{share:.1%}", f"at most {LIMITS['tokens']:.0%}"),
            (
                "with the telling",
                f"{share_told:.1%}",
                (
                    f"{telling.tokens} more, {telling.cost.seconds:.1f} s; at most "
                    f"{LIMITS['told']:.0%}"
                ),
            ),
            (
                "grammar",
                f"{(held - free) / token:+.2%}",
                (
                    f"{(held - free) * 1e3:.2f} ms of {token * 1e3:.0f} ms a token; at most "
                    f"{LIMITS['grammar']:.0%}"
                ),
            ),
            (
                "constant part from disk",
                f"{back:.3f} s",
                (
                    f"{kept} tokens, {size / 1e6:.0f} MB; under {LIMITS['restored']} s; "
                    f"computed once: {prefix:.1f} s"
                ),
            ),
        ]
    )


if __name__ == "__main__":
    main()
