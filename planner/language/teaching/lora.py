"""A Llama-shaped network over the weights of a GGUF file, frozen, with a taught low-rank part.

LoRA (Hu et al., 2021): beside each weight ``W`` stands ``B A`` of rank ``r``, scaled by ``alpha /
r``; only ``A`` and ``B`` learn. The network is written in the layout of the GGUF file (rotary
pairs lie side by side), so that what is learnt goes into llama.cpp with no rearrangement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from planner.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    import torch

RANK: Final = 16
ALPHA: Final = 32.0
LINEARS: Final = (
    "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers that make a Llama: sizes, heads, and the base of its rotary angles."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    epsilon: float
    rope_base: float
    context: int


@dataclass(frozen=True, slots=True)
class Weights:
    """What a GGUF file holds, as float32 arrays by tensor name."""

    shape: Shape
    tensors: dict[str, Any]


def read_weights(file: Path) -> Weights:
    """Read a Llama-shaped GGUF file, its weights decoded to float32.

    Raises
    ------
    ModelError
        If the file is of another architecture, or the package that decodes it is missing.
    """
    try:
        import gguf
        from gguf.quants import dequantize
    except ImportError as error:
        raise ModelError(
            "Teaching needs the package gguf.", 'Install it: pip install "flaneur[train]".'
        ) from error
    reader = gguf.GGUFReader(file)

    def value(key: str) -> Any:  # noqa: ANN401 - a GGUF value is a number or a string
        found = reader.get_field(key)
        return None if found is None else found.contents()

    if value("general.architecture") != "llama":
        raise ModelError(f"The model {file} is not of the Llama architecture.")
    heads = int(value("llama.attention.head_count"))
    shape = Shape(
        layers=int(value("llama.block_count")),
        width=int(value("llama.embedding_length")),
        heads=heads,
        kv_heads=int(value("llama.attention.head_count_kv") or heads),
        epsilon=float(value("llama.attention.layer_norm_rms_epsilon")),
        rope_base=float(value("llama.rope.freq_base") or 10_000.0),
        context=int(value("llama.context_length")),
    )
    return Weights(
        shape,
        {each.name: dequantize(each.data, each.tensor_type) for each in reader.tensors},
    )


class Taught:
    """The network; ``parameters`` are the low-rank parts alone.

    Parameters
    ----------
    weights
        The frozen part.
    seed
        Of the low-rank part: ``A`` begins at random, ``B`` at zero, so that nothing is changed.
    dtype
        The number format of the frozen part and of products, such as ``torch.bfloat16``; sums,
        norms and the low-rank part itself are float32.
    """

    def __init__(
        self,
        weights: Weights,
        *,
        seed: int,
        rank: int = RANK,
        alpha: float = ALPHA,
        dtype: torch.dtype | None = None,
    ) -> None:
        import torch

        self.shape, self.rank, self.alpha = weights.shape, rank, alpha
        self.dtype = dtype or torch.float32
        self._frozen = {
            name: torch.tensor(array).to(torch.float32 if array.ndim == 1 else self.dtype)
            for name, array in weights.tensors.items()
        }
        random = torch.Generator().manual_seed(seed)
        self.parameters: dict[str, torch.Tensor] = {}
        for layer in range(self.shape.layers):
            for linear in LINEARS:
                name = f"blk.{layer}.{linear}.weight"
                rows, columns = self._frozen[name].shape
                bound = 1 / math.sqrt(columns)
                a = torch.empty(rank, columns).uniform_(-bound, bound, generator=random)
                self.parameters[f"{name}.lora_a"] = a.requires_grad_()
                self.parameters[f"{name}.lora_b"] = torch.zeros(rows, rank).requires_grad_()

    def hidden(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the last layer's normed states.

        Parameters
        ----------
        tokens
            Shape ``(rows, length)``, padded at the right; attention is causal, so that padding
            touches nothing before it.

        Returns
        -------
        Shape ``(rows, length, width)``, float32.
        """
        import torch
        from torch.nn import functional

        shape = self.shape
        rows, length = tokens.shape
        size = shape.width // shape.heads
        cosine, sine = self._angles(length, size)
        ahead = torch.ones(length, length, dtype=torch.bool).triu(1)
        state = self._frozen["token_embd.weight"][tokens].float()
        for layer in range(shape.layers):
            block = f"blk.{layer}."
            normed = self._norm(state, block + "attn_norm.weight").to(self.dtype)
            query, key, value = (
                self._linear(normed, f"{block}attn_{part}.weight")
                .view(rows, length, heads, size)
                .transpose(1, 2)
                for part, heads in (
                    ("q", shape.heads),
                    ("k", shape.kv_heads),
                    ("v", shape.kv_heads),
                )
            )
            attended = _attend(
                _rotate(query, cosine, sine), _rotate(key, cosine, sine), value, ahead
            )
            joined = attended.transpose(1, 2).reshape(rows, length, shape.width)
            state = state + self._linear(joined, block + "attn_output.weight").float()
            normed = self._norm(state, block + "ffn_norm.weight").to(self.dtype)
            gate = functional.silu(self._linear(normed, block + "ffn_gate.weight"))
            inner = gate * self._linear(normed, block + "ffn_up.weight")
            state = state + self._linear(inner, block + "ffn_down.weight").float()
        final: torch.Tensor = self._norm(state, "output_norm.weight")
        return final

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """Return the scores of all tokens for some states, float32."""
        name = "output.weight" if "output.weight" in self._frozen else "token_embd.weight"
        scores: torch.Tensor = states.to(self.dtype) @ self._frozen[name].T
        return scores.float()

    def state(self) -> dict[str, Any]:
        """Copy the low-rank part as float32 arrays."""
        return {name: part.detach().numpy().copy() for name, part in self.parameters.items()}

    def load(self, state: dict[str, Any]) -> None:
        """Take over a low-rank part."""
        import torch

        with torch.no_grad():
            for name, part in self.parameters.items():
                part.copy_(torch.from_numpy(state[name]))

    def _linear(self, state: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        a = self.parameters[f"{name}.lora_a"].to(self.dtype)
        b = (self.parameters[f"{name}.lora_b"] * (self.alpha / self.rank)).to(self.dtype)
        fixed = functional.linear(state, self._frozen[name])
        return fixed + functional.linear(functional.linear(state, a), b)

    def _norm(self, state: torch.Tensor, name: str) -> torch.Tensor:
        from torch.nn import functional

        return functional.rms_norm(
            state, (self.shape.width,), self._frozen[name], self.shape.epsilon
        )

    def _angles(self, length: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        steps = torch.arange(0, size, 2, dtype=torch.float32) / size
        turns = torch.outer(torch.arange(length, dtype=torch.float32), self.shape.rope_base**-steps)
        return turns.cos(), turns.sin()


def _attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, ahead: torch.Tensor
) -> torch.Tensor:
    """Attention, written out: for short texts on a processor the fused one is several times slower.

    ``ahead`` marks what a position must not see.
    """
    rows, heads, length, size = query.shape
    shared = key.shape[1]
    grouped = query.reshape(rows, shared, heads // shared * length, size)
    scores = (grouped @ key.transpose(2, 3)).float() / math.sqrt(size)
    scores = scores.view(rows, heads, length, length).masked_fill(ahead, -math.inf)
    weights = (
        scores.softmax(-1).to(value.dtype).view(rows, shared, heads // shared * length, length)
    )
    return (weights @ value).view(rows, heads, length, size)


def _rotate(state: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """Turn neighbouring pairs of numbers by the angles of their positions."""
    import torch

    even, odd = state[..., 0::2].float(), state[..., 1::2].float()
    turned = torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), dim=-1)
    return turned.flatten(-2).to(state.dtype)
