"""Teaching a small model intents: a Llama of this domain's words, from scratch on a processor.

Only scripts and tests use this; what comes out of it is one GGUF file that llama.cpp runs. The
network is the one that adapters are taught with, all of its weights learning, so that its layout is
the file's. The training loop is theirs, too.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from planner.errors import ModelError
from planner.guidance.reader import MODE_KEY, VOCABULARY_KEY
from planner.intents.distill.counterfactuals import pair_of
from planner.intents.distill.curriculum import DEFAULT_WEIGHTS, MOST_STEPS, Rates, parts_of
from planner.intents.distill.samples import Sample as Lesson
from planner.intents.distill.tokens import intents_lexicon
from planner.language.teaching.dataset import Sample, batches
from planner.language.teaching.lora import Shape, Taught

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import torch

    from planner.intents.distill.curriculum import Weights
    from planner.intents.distill.tokens import Lexicon

    Vary: TypeAlias = Callable[[Lesson, Random], Lesson]

Mode: TypeAlias = Literal["sequence", "text", "latent"]
SHAPE: Final = Shape(
    layers=3, width=128, heads=4, kv_heads=2, epsilon=1e-5, rope_base=10_000.0, context=256
)
INNER: Final = 320
SPREAD: Final = 0.02
RATES: Final = Rates(structure=2e-3, polish=2e-3, blocks=6)
"""As many blocks fade as a lesson of four intents has; only then does the rate fall."""
WARM_UP: Final = 0.03
STRUCTURE: Final = 0.6
"""Share of a run in which blocks fade."""
SLICE: Final = 500
"""Lessons after which a run looks at its curriculum again."""
BETA: Final = 0.3
KEPT: Final = 0.2
"""How firmly a preference is held to the model that it began with, and the chosen answer's own
loss beside it."""


class Pupil(Taught):
    """The network, beginning at random; all of its weights learn.

    Parameters
    ----------
    seed
        Of the first weights.
    shape, inner
        The sizes; ``inner`` is the width inside a block.
    dtype
        The number format of products; sums, norms and the weights themselves are float32.
    lexicon
        The words; those of intents where absent.
    """

    def __init__(
        self,
        *,
        seed: int,
        shape: Shape = SHAPE,
        inner: int = INNER,
        dtype: torch.dtype | None = None,
        lexicon: Lexicon | None = None,
    ) -> None:
        import torch

        self.shape, self.inner = shape, inner
        self.lexicon = lexicon or intents_lexicon()
        self.dtype = dtype or torch.float32
        random = torch.Generator().manual_seed(seed)
        self.parameters = {}
        for name, size in tensors(shape, inner, len(self.lexicon.words)).items():
            made = torch.ones(size) if len(size) == 1 else torch.empty(size)
            if len(size) > 1:
                # What is added to the state by each layer begins smaller the more there are.
                small = name.endswith(("attn_output.weight", "ffn_down.weight"))
                made.normal_(
                    0.0, SPREAD / math.sqrt(2 * shape.layers) if small else SPREAD, generator=random
                )
            self.parameters[name] = made.requires_grad_()
        self._frozen = self.parameters

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """Return the scores of all words for some states, float32."""
        table = self.parameters["token_embd.weight"].to(self.dtype)
        scores: torch.Tensor = (states.to(self.dtype) @ table.T).float()
        return scores

    def _linear(self, state: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        return functional.linear(state, self.parameters[name].to(self.dtype))


def tensors(shape: Shape, inner: int, vocabulary: int) -> dict[str, tuple[int, ...]]:
    """Return the names and sizes of all weights, as the GGUF format has them."""
    width = shape.width
    shared = width // shape.heads * shape.kv_heads
    found: dict[str, tuple[int, ...]] = {"token_embd.weight": (vocabulary, width)}
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        found |= {
            f"{block}attn_norm.weight": (width,),
            f"{block}attn_q.weight": (width, width),
            f"{block}attn_k.weight": (shared, width),
            f"{block}attn_v.weight": (shared, width),
            f"{block}attn_output.weight": (width, width),
            f"{block}ffn_norm.weight": (width,),
            f"{block}ffn_gate.weight": (inner, width),
            f"{block}ffn_up.weight": (inner, width),
            f"{block}ffn_down.weight": (width, inner),
        }
    return found | {"output_norm.weight": (width,)}


@dataclass(frozen=True, slots=True)
class Preference:
    """Two answers to one prompt, as tokens; the chosen one is better."""

    chosen: Sample
    rejected: Sample


def read_lessons(files: Sequence[Path], split: str) -> list[dict[str, Any]]:
    """Return the lines of lessons of a split, in the order of the files."""
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in map(json.loads, lines) if line["split"] == split]


def lesson_of(line: Mapping[str, Any]) -> Lesson:
    """Return the lesson of a line."""
    return Lesson(line["prompt"], tuple(line["blocks"]), tuple(line["sequence"]), line["value"])


def target(
    lesson: Lesson,
    mode: Mode,
    faded: int = 0,
    weights: Weights = DEFAULT_WEIGHTS,
    lexicon: Lexicon | None = None,
) -> Sample:
    """Return a lesson as tokens; the weights of its own tokens add up to one.

    Parameters
    ----------
    lesson
        The lesson.
    mode
        ``"sequence"`` has no reasons at all.
    faded
        How many blocks of the reasons are latent.
    weights
        What the tokens and the parts count.
    lexicon
        The words; those of intents where absent.
    """
    encode = (lexicon or intents_lexicon()).encode
    prompt = encode(lesson.prompt)
    if mode == "sequence":
        answer = encode(lesson.answer)
        return Sample(prompt, answer, (1 / len(answer),) * len(answer))
    factor = {"reason": 1.0, "latent": weights.latent, "sequence": weights.sequence}
    tokens: list[int] = []
    own: list[float] = []
    parts: list[str] = []
    for part in parts_of(lesson, faded)[1:]:
        found = encode(part.text)
        tokens += found
        own += [factor[part.kind]] * len(found)
        parts += ["sequence" if part.kind == "sequence" else "reasoning"] * len(found)
    sums = {name: sum(w for w, p in zip(own, parts, strict=True) if p == name) for name in parts}
    share = {"sequence": weights.sequence_part, "reasoning": weights.reasoning_part}
    each = tuple(share[p] * w / sums[p] for w, p in zip(own, parts, strict=True))
    return Sample(prompt, tuple(tokens), each)


def faded_by(mode: Mode, share: float) -> int:
    """Return how many blocks are latent at a share of a run."""
    if mode != "latent":
        return 0
    if share >= STRUCTURE:
        return MOST_STEPS + 2
    return 1 + int(RATES.blocks * share / STRUCTURE)


def rate_of(mode: Mode, share: float, *, peak: float) -> float:
    """Return the learning rate at a share of a run: CALR for latent tokens, else a cosine."""
    warm = min(1.0, (share + 1e-3) / WARM_UP)
    if mode != "latent":
        return peak * warm * (1 + math.cos(math.pi * min(share, 1.0))) / 2
    polished = (share - STRUCTURE) / (1 - STRUCTURE)
    rates = Rates(structure=peak, polish=peak, blocks=RATES.blocks + 1)
    return warm * rates.at(faded_by(mode, share), polished)


def slices(
    lessons: Sequence[Lesson],
    mode: Mode,
    faded: int,
    *,
    number: int,
    seed: int,
    tokens: int,
    lexicon: Lexicon | None = None,
    vary: Vary | None = None,
) -> Iterator[Sequence[Sample]]:
    """Return the batches of the next lessons; all are seen once before any comes again.

    Parameters
    ----------
    lessons
        All lessons.
    mode, faded, lexicon
        How each is written; see :func:`target`.
    number
        The slice, counted from 0.
    seed
        Of the order.
    tokens
        A step, padding counted.
    vary
        Changes a lesson each time it is seen.
    """
    count = len(lessons)
    first = number * SLICE
    order: list[int] = []
    for turn in range(first // count, (first + SLICE) // count + 1):
        numbers = list(range(count))
        Random(f"{seed} {turn}").shuffle(numbers)  # noqa: S311 - nothing here is secret
        order += numbers
    chosen = islice(order, first % count, first % count + SLICE)
    random = Random(f"{seed} {number} vary")  # noqa: S311 - nothing here is secret
    seen = (lessons[i] if vary is None else vary(lessons[i], random) for i in chosen)
    made = (target(lesson, mode, faded, lexicon=lexicon) for lesson in seen)
    return batches(made, tokens=tokens, seed=seed + number)


def preferences(lines: Sequence[Mapping[str, Any]], mode: Mode) -> Iterator[Preference]:
    """Yield pairs whose rejected side is infeasible or clearly worse.

    It is the older plan where one factor changed, the newer plan under the older moment, or what a
    student said itself.

    Parameters
    ----------
    lines
        Lessons; a pair of two moments needs that of the older one, too.
    mode
        What the answers hold beside the sequence.
    """
    known = {line["digest"]: line for line in lines}
    for line in lines:
        for keys, value in line.get("said", ()):
            yield from _preference(line, keys, value, mode)
        before = known.get(line.get("of"))
        if before is None:
            continue
        yield from _preference(line, before["sequence"], line["old"], mode)
        if "back" in line:
            yield from _preference(before, line["sequence"], line["back"], mode)


def _preference(
    line: Mapping[str, Any], keys: Sequence[str], value: float | None, mode: Mode
) -> Iterator[Preference]:
    chosen = lesson_of(line)
    best = (chosen.sequence, chosen.value)
    pair = pair_of(chosen.prompt, best=best, old=(tuple(keys), value))
    if pair is not None:
        # Of reasons that are latent, only their number counts.
        blocks = ("",) * (len(pair.rejected) + 2)
        other = replace(chosen, blocks=blocks, sequence=pair.rejected)
        faded = MOST_STEPS + 2
        yield Preference(target(chosen, mode, faded), target(other, mode, faded))


def likelihoods(network: Taught, samples: Sequence[Sample]) -> torch.Tensor:
    """Return the log-likelihood of each sample's answer, in nats."""
    import torch
    from torch.nn import functional

    longest = max(sample.length for sample in samples)
    tokens = torch.zeros(len(samples), longest - 1, dtype=torch.long)
    rows: list[int] = []
    columns: list[int] = []
    followers: list[int] = []
    for row, sample in enumerate(samples):
        whole = (*sample.prompt, *sample.answer)
        tokens[row, : len(whole) - 1] = torch.tensor(whole[:-1])
        rows += [row] * len(sample.answer)
        columns += range(len(sample.prompt) - 1, len(whole) - 1)
        followers += sample.answer
    scores = network.logits(network.hidden(tokens)[rows, columns])
    each = -functional.cross_entropy(scores, torch.tensor(followers), reduction="none")
    return torch.zeros(len(samples)).index_add(0, torch.tensor(rows), each)


def preference_loss(
    network: Taught, reference: Taught, pairs: Sequence[Preference]
) -> tuple[torch.Tensor, float]:
    """Return the loss of direct preference optimisation, and the share of pairs it ranks rightly.

    Beside it stands a part of the chosen answer's own loss, so that it does not become less likely.
    """
    import torch
    from torch.nn import functional

    samples = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
    own = likelihoods(network, samples)
    with torch.no_grad():
        held = likelihoods(reference, samples)
    count = len(pairs)
    gained = (own - held)[:count] - (own - held)[count:]
    loss = -functional.logsigmoid(BETA * gained).mean() - KEPT * own[:count].mean()
    right = float((own[:count] > own[count:]).float().mean())
    return loss, right


def write_student(network: Pupil, file: Path, *, mode: Mode, name: str) -> None:
    """Write the network as a GGUF file, its matrices in float16.

    Raises
    ------
    ModelError
        If the package that writes the format is missing.
    """
    try:
        import gguf
    except ImportError as error:
        raise ModelError(
            "Writing a model needs the package gguf.",
            'Install it: pip install "flaneur[train]".',
        ) from error
    shape = network.shape
    unfinished = file.with_suffix(".part")
    writer = gguf.GGUFWriter(unfinished, "llama")
    writer.add_name(name)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(network.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(len(network.lexicon.words))
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    # The program knows the words; llama.cpp is handed their numbers.
    writer.add_tokenizer_model("no_vocab")
    writer.add_string(VOCABULARY_KEY, network.lexicon.digest)
    writer.add_string(MODE_KEY, mode)
    for tensor, values in network.state().items():
        writer.add_tensor(tensor, values if values.ndim == 1 else values.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    unfinished.replace(file)
