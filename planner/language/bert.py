"""Sentence embeddings by a small BERT, computed with NumPy alone.

A query is a handful of words; the network behind it is six layers of matrix products. They are
done here as they stand in the model's own files: the weights are memory-mapped, the words are cut
by the tokenizer that belongs to them, and nothing is converted. Texts are laid end to end, so that
there is no padding, no mask, and no text's vector depends on what it was embedded with. One thread
does it all: products of a few words are too small to share, and threads that wait for each other
made a query twenty times slower on a busy machine.

Sources: Devlin et al., "BERT" (2019); the safetensors format (a length, a JSON header, the bytes).
"""

from __future__ import annotations

import itertools
import json
import mmap
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Weights = Mapping[str, npt.NDArray[np.float32]]

_MODULES: Final = ("Transformer", "Pooling", "Normalize")
_POOLINGS: Final = ("pooling_mode_mean_tokens", "pooling_mode_cls_token")
_LONGEST_HEADER: Final = 1 << 24
# Tokens that go through the network together: more would fall out of the processor's cache.
_TOGETHER: Final = 1024


class UnsuitableError(Exception):
    """The model is of a kind that this module does not compute; the text says why."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a model's settings changes the computation."""

    layers: int
    heads: int
    epsilon: float
    longest: int
    pooling: str


class Bert:
    """A sentence-embedding model of the BERT family, ready to embed.

    Parameters
    ----------
    folder
        A model in the layout of sentence-transformers.

    Raises
    ------
    UnsuitableError
        If it is a model of another kind.
    OSError, ValueError, KeyError
        If its files are missing or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._shape = _read_shape(folder)
        self._weights = _map_weights(folder / "model.safetensors")
        self._tokenizer = _read_tokenizer(folder, self._shape.longest)
        self.dimension = int(self._weights["embeddings.word_embeddings.weight"].shape[1])

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one unit vector a text, shape (number of texts, dimension)."""
        pieces = [
            np.array(each.ids, dtype=np.intp)
            for each in self._tokenizer.encode_batch([text.strip() for text in texts])
        ]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        with _pools().limit(limits=1, user_api="blas"):
            for first, last in _together([len(each) for each in pieces]):
                vectors[first:last] = self._embed(pieces[first:last])
        return vectors

    def _embed(self, pieces: Sequence[npt.NDArray[np.intp]]) -> npt.NDArray[np.float32]:
        ends = list(itertools.accumulate(map(len, pieces), initial=0))
        spans = list(itertools.pairwise(ends))
        hidden = self._first_layer(pieces)
        for layer in range(self._shape.layers):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden, spans)
        if self._shape.pooling == "pooling_mode_cls_token":
            pooled = hidden[ends[:-1]]
        else:
            pooled = np.add.reduceat(hidden, ends[:-1], axis=0)
            pooled /= np.diff(ends).astype(np.float32)[:, None]
        length = np.linalg.norm(pooled, axis=1, keepdims=True)
        unit: npt.NDArray[np.float32] = pooled / np.maximum(length, np.float32(1e-12))
        return unit

    def _first_layer(self, pieces: Sequence[npt.NDArray[np.intp]]) -> npt.NDArray[np.float32]:
        table = self._weights
        places = np.concatenate([np.arange(len(each)) for each in pieces])
        summed = (
            table["embeddings.word_embeddings.weight"][np.concatenate(pieces)]
            + table["embeddings.position_embeddings.weight"][places]
            + table["embeddings.token_type_embeddings.weight"][0]
        )
        return self._normalised("embeddings.LayerNorm", summed)

    def _layer(
        self, name: str, hidden: npt.NDArray[np.float32], spans: Sequence[tuple[int, int]]
    ) -> npt.NDArray[np.float32]:
        attended = self._dense(
            f"{name}attention.output.dense", self._attention(name, hidden, spans)
        )
        hidden = self._normalised(f"{name}attention.output.LayerNorm", attended + hidden)
        inner = _gelu(self._dense(f"{name}intermediate.dense", hidden))
        return self._normalised(
            f"{name}output.LayerNorm", self._dense(f"{name}output.dense", inner) + hidden
        )

    def _attention(
        self, name: str, hidden: npt.NDArray[np.float32], spans: Sequence[tuple[int, int]]
    ) -> npt.NDArray[np.float32]:
        """Let the words of each text look at each other; texts do not see their neighbours."""
        heads = self._shape.heads
        size = self.dimension // heads
        query, key, value = (
            self._dense(f"{name}attention.self.{part}", hidden).reshape(-1, heads, size)
            for part in ("query", "key", "value")
        )
        query *= np.float32(1 / np.sqrt(size))
        result = np.empty_like(hidden).reshape(-1, heads, size)
        for begin, end in spans:
            scores = query[begin:end].transpose(1, 0, 2) @ key[begin:end].transpose(1, 2, 0)
            scores -= scores.max(axis=-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(axis=-1, keepdims=True)
            seen = scores @ value[begin:end].transpose(1, 0, 2)
            result[begin:end] = seen.transpose(1, 0, 2)
        return result.reshape(hidden.shape)

    def _dense(self, name: str, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        result: npt.NDArray[np.float32] = values @ self._weights[f"{name}.weight"].T
        result += self._weights[f"{name}.bias"]
        return result

    def _normalised(self, name: str, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        centred: npt.NDArray[np.float32] = values - values.mean(axis=1, keepdims=True)
        variance = np.mean(np.square(centred), axis=1, keepdims=True)
        centred /= np.sqrt(variance + np.float32(self._shape.epsilon))
        centred *= self._weights[f"{name}.weight"]
        centred += self._weights[f"{name}.bias"]
        return centred


@lru_cache(maxsize=1)
def _pools() -> ThreadpoolController:
    """Return the handle on the threads of BLAS; finding it takes a look at all libraries."""
    return ThreadpoolController()


def _together(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield runs of texts that go through the network together, as first and one past last."""
    first = tokens = 0
    for at, length in enumerate(lengths):
        if at > first and tokens + length > _TOGETHER:
            yield first, at
            first, tokens = at, 0
        tokens += length
    if lengths:
        yield first, len(lengths)


def _gelu(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return x times the share of a normal distribution below x.

    The error function is Abramowitz and Stegun's 7.1.26, right to 1.5e-7, which is what a float32
    holds; SciPy's own would cost 0.2 s of imports.
    """
    scaled = np.abs(values)
    scaled *= np.float32(np.sqrt(0.5))
    t = np.reciprocal(1 + np.float32(0.3275911) * scaled)
    tail = np.full_like(t, 1.061405429)
    for term in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail *= t
        tail += np.float32(term)
    tail *= t
    np.square(scaled, out=scaled)
    np.negative(scaled, out=scaled)
    np.exp(scaled, out=scaled)
    tail *= scaled
    # tail is erfc(|x|/sqrt 2): what lies beyond |x| on both sides.
    result: npt.NDArray[np.float32] = (
        np.maximum(values, 0) - np.float32(0.5) * np.abs(values) * tail
    )
    return result


def _json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    return json.loads(path.read_text(encoding="utf-8"))


def _read_shape(folder: Path) -> _Shape:
    """Read a model's settings, and refuse what this module would compute wrongly."""
    kinds = [str(each["type"]).rpartition(".")[2] for each in _json(folder / "modules.json")]
    if tuple(kinds) not in {_MODULES, _MODULES[:2]}:
        raise UnsuitableError(f"it is made of {', '.join(kinds)}")
    modules = [each["path"] for each in _json(folder / "modules.json")]
    if modules[0]:
        raise UnsuitableError(f"its transformer lies in {modules[0]}")
    config = _json(folder / "config.json")
    if config.get("model_type") != "bert":
        raise UnsuitableError(f"it is a {config.get('model_type')} model")
    if config.get("hidden_act") != "gelu":
        raise UnsuitableError(f"its activation is {config.get('hidden_act')}")
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise UnsuitableError("its positions are relative")
    pooling = _json(folder / modules[1] / "config.json")
    chosen = [key for key, value in pooling.items() if key.startswith("pooling_mode") and value]
    if len(chosen) != 1 or chosen[0] not in _POOLINGS:
        raise UnsuitableError("it pools in another way")
    sentences = _json(folder / "sentence_bert_config.json")
    if sentences.get("do_lower_case"):
        raise UnsuitableError("it wants lower case")
    prompts = folder / "config_sentence_transformers.json"
    if prompts.is_file() and _json(prompts).get("default_prompt_name"):
        raise UnsuitableError("it puts words of its own before every text")
    if not (folder / "model.safetensors").is_file() or not (folder / "tokenizer.json").is_file():
        raise UnsuitableError("it has no model.safetensors and tokenizer.json")
    positions = int(config["max_position_embeddings"])
    return _Shape(
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        epsilon=float(config["layer_norm_eps"]),
        longest=min(int(sentences.get("max_seq_length") or positions), positions),
        pooling=chosen[0],
    )


def _read_tokenizer(folder: Path, longest: int) -> Any:  # noqa: ANN401 - the library ships no types
    from tokenizers import Tokenizer

    # The library raises bare exceptions of its own.
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:
        raise ValueError(f"tokenizer.json: {error}") from error
    tokenizer.enable_truncation(longest)
    tokenizer.no_padding()
    return tokenizer


def _map_weights(path: Path) -> Weights:
    """Map the tensors of a safetensors file into memory; nothing is read before it is used."""
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (length,) = struct.unpack_from("<Q", content)
    if not 0 < length < min(_LONGEST_HEADER, len(content)):
        raise ValueError(f"{path.name} has no header")
    weights: dict[str, npt.NDArray[np.float32]] = {}
    for name, entry in json.loads(content[8 : 8 + length]).items():
        if name == "__metadata__" or entry["dtype"] == "I64":
            continue
        if entry["dtype"] != "F32":
            raise UnsuitableError(f"its numbers are {entry['dtype']}")
        begin, end = entry["data_offsets"]
        array = np.frombuffer(content, "<f4", (end - begin) // 4, offset=8 + length + begin)
        # Some files keep the name of the network before each name.
        weights[name.removeprefix("bert.")] = array.reshape(entry["shape"])
    return weights
