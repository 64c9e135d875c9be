"""What the head of a GGUF file says, read without loading the weights.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little
endian). Only what decides whether a file can be used is kept; arrays (the vocabulary) are stepped
over.
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from planner.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

MAGIC: Final = b"GGUF"
# The number that general.file_type gives to files whose weights are mostly Q4_1.
FILE_TYPE_Q4_1: Final = 3

_VERSIONS: Final = (2, 3)
_MOST_TENSORS: Final = 100_000
_MOST_VALUES: Final = 100_000
_MOST_DIMENSIONS: Final = 8
_ALIGNMENT: Final = 32
_LONGEST_KEPT: Final = 200

_SCALARS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?",
    10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_STRING: Final = 8
_ARRAY: Final = 9
_VOCABULARY: Final = "tokenizer.ggml.tokens"

# Elements a block and bytes a block of each kind of weights (ggml.h).
_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip

# What people take for a model file, by how it begins.
_FOREIGN: Final = (
    (b"PK\x03\x04", "a ZIP archive or a PyTorch file"),
    (b"ggjt", "a model in a format that came before GGUF"),
    (b"lmgg", "a model in a format that came before GGUF"),
    (b"tjgg", "a model in a format that came before GGUF"),
    (b"FUGG", "a GGUF file for processors of the other byte order"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"<", "a web page; the download was not the file itself"),
    (b"version https://git-lfs", "a pointer to a file that was not fetched (Git LFS)"),
)


@dataclass(frozen=True, slots=True)
class GgufHead:
    """The head of a model file.

    Attributes
    ----------
    version, tensors
        As the file states them.
    architecture
        Such as ``"llama"``; empty where the file does not say.
    title
        The name inside the file; empty where there is none.
    context
        The longest context the model was trained on, in tokens; 0 where unknown.
    file_type
        The number of the quantisation; -1 where unknown.
    chat
        Whether the file carries a chat template, which an instruct model does.
    kind
        ``"model"``, ``"adapter"`` and so on; empty where the file does not say.
    parts
        Of how many files this is one; 1 where it is whole.
    blocks, embedding, key_width, value_width, vocabulary
        The shape: layers, width of a token's vector, numbers that a token leaves in a layer's
        memory as key and as value, tokens of the vocabulary; 0 where unknown.
    """

    version: int
    tensors: int
    architecture: str = ""
    title: str = ""
    context: int = 0
    file_type: int = -1
    chat: bool = False
    kind: str = ""
    parts: int = 1
    blocks: int = 0
    embedding: int = 0
    key_width: int = 0
    value_width: int = 0
    vocabulary: int = 0


def read_head(path: Path) -> GgufHead:
    """Read and check the head of a GGUF file.

    Raises
    ------
    ModelError
        If the file is missing, is not a GGUF file of a known version, states senseless counts, or
        ends before its last tensor begins.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(32)
            if not begin.startswith(MAGIC):
                raise ModelError(
                    f"{path} is not a GGUF model file: {_what_it_is(begin)}.",
                    "Use an instruct model in the GGUF format.",
                )
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return _Reader(view).head()
    except IsADirectoryError as error:
        raise ModelError(
            f"{path} is a folder, not a GGUF model file.", "Name the file inside it."
        ) from error
    except OSError as error:
        raise ModelError(
            f"The model file {path} cannot be read: {error.strerror or error}.",
            "Check that it is there and that you may read it.",
        ) from error
    except (struct.error, OverflowError, _SenselessError) as error:
        reason = str(error) if isinstance(error, _SenselessError) else "it ends inside its head"
        raise ModelError(
            f"The model file {path} is damaged or was cut short: {reason}.",
            "Copy it again from where it came from.",
        ) from error


def _what_it_is(begin: bytes) -> str:
    if not begin:
        return "it is empty"
    for beginning, name in _FOREIGN:
        if begin.startswith(beginning):
            return f"it is {name}"
    # The length of a JSON head, then the head.
    if begin[8:9] == b"{":
        return "it is a safetensors file"
    return "it does not begin with GGUF"


class _SenselessError(ValueError):
    """A count or length that no sound file holds."""


def _count(values: dict[str, str | float], key: str, default: int) -> int:
    value = values.get(key, default)
    return value if isinstance(value, int) else default


class _Reader:
    """Steps through the head of one file."""

    def __init__(self, view: mmap.mmap) -> None:
        self._view = view
        self._at = len(MAGIC)
        self._vocabulary = 0

    def head(self) -> GgufHead:
        version = self._number("<I")
        if version not in _VERSIONS:
            raise _SenselessError(f"its format version is {version}, not 2 or 3")
        tensors, values = self._number("<Q"), self._number("<Q")
        if not 0 < tensors <= _MOST_TENSORS or values > _MOST_VALUES:
            raise _SenselessError(f"it claims {tensors} tensors and {values} values")
        kept: dict[str, str | float] = {}
        for _ in range(values):
            key = self._text()
            value = self._value(self._number("<I"), key)
            if value is not None:
                kept[key] = value
        self._check_length(tensors, _count(kept, "general.alignment", _ALIGNMENT))
        architecture = str(kept.get("general.architecture", ""))

        def shape(key: str, default: int = 0) -> int:
            return _count(kept, f"{architecture}.{key}", default)

        embedding, heads = shape("embedding_length"), shape("attention.head_count")
        groups = shape("attention.head_count_kv", heads)
        width = embedding // heads if heads > 0 else 0
        return GgufHead(
            version=version,
            tensors=tensors,
            architecture=architecture,
            title=str(kept.get("general.name", "")),
            context=shape("context_length"),
            file_type=_count(kept, "general.file_type", -1),
            chat="tokenizer.chat_template" in kept,
            kind=str(kept.get("general.type", "")),
            parts=max(1, _count(kept, "split.count", 1)),
            blocks=shape("block_count"),
            embedding=embedding,
            key_width=groups * shape("attention.key_length", width),
            value_width=groups * shape("attention.value_length", width),
            vocabulary=self._vocabulary,
        )

    def _check_length(self, tensors: int, alignment: int) -> None:
        """Every tensor must lie inside the file, its end too where its kind is known."""
        if alignment < 1:
            raise _SenselessError(f"it claims an alignment of {alignment}")
        furthest = 0
        for _ in range(tensors):
            self._skip_text()
            dimensions = self._number("<I")
            if dimensions > _MOST_DIMENSIONS:
                raise _SenselessError(f"a tensor claims {dimensions} dimensions")
            elements = math.prod(self._number("<Q") for _ in range(dimensions))
            block, size = _BLOCKS.get(self._number("<I"), (1, 0))
            # Of an unknown kind it is only known that there is something.
            taken = -(-elements // block) * size or 1
            furthest = max(furthest, self._number("<Q") + taken)
        begin = -(-self._at // alignment) * alignment
        missing = begin + furthest - len(self._view)
        if missing > 0:
            raise _SenselessError(f"{missing:,} bytes of its weights are missing")

    def _number(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self._view, self._at)
        self._at += struct.calcsize(form)
        return int(value)

    def _skip_text(self) -> tuple[int, int]:
        length = self._number("<Q")
        begin = self._at
        self._at += length
        if self._at > len(self._view):
            raise _SenselessError("it ends inside its head")
        return begin, self._at

    def _text(self) -> str:
        begin, end = self._skip_text()
        # A chat template may be long, and only whether it is there matters.
        return self._view[begin : min(end, begin + _LONGEST_KEPT)].decode("utf-8", "replace")

    def _value(self, kind: int, key: str) -> str | float | None:
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            length = self._skip_array()
            if key == _VOCABULARY:
                self._vocabulary = length
            return None
        form = _SCALARS.get(kind)
        if form is None:
            raise _SenselessError(f"a value is of the unknown kind {kind}")
        (value,) = struct.unpack_from(form, self._view, self._at)
        self._at += struct.calcsize(form)
        return float(value) if isinstance(value, float) else int(value)

    def _skip_array(self) -> int:
        kind, length = self._number("<I"), self._number("<Q")
        if kind in _SCALARS:
            self._at += length * struct.calcsize(_SCALARS[kind])
            return length
        if kind != _STRING:
            raise _SenselessError(f"a list holds the unknown kind {kind}")
        # The vocabulary: a hundred thousand strings and more, so this loop is kept bare.
        view, at, size, read = (
            self._view,
            self._at,
            len(self._view),
            struct.Struct("<Q").unpack_from,
        )
        for _ in range(length):
            at += 8 + read(view, at)[0]
            if at > size:
                raise _SenselessError("it ends inside its vocabulary")
        self._at = at
        return length
