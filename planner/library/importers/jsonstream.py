"""JSON read piece by piece: one feature of a collection at a time, however many there are.

The standard library's decoder reads each piece; unlike the streaming libraries it also takes the
``NaN`` that many programs write, so that one such row does not cost the whole file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from planner.library.importers.limits import CHUNK, LARGEST_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = Any
"""What a piece of JSON may be; whoever takes it apart checks every part."""

_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_DECODER = json.JSONDecoder()
# A number at the end of what was read may go on in what was not.
_MAY_GO_ON = re.compile(r"[-+0-9.eEa-zA-Z]\Z")
_DEEPEST = 8


class BrokenJsonError(ValueError):
    """The text is no JSON, or a piece of it is too large; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A value on the way through a file.

    ``path`` holds the keys that lead to it; ``inside`` is true for an element of a list that was
    opened, whose path is the list's.
    """

    path: tuple[str, ...]
    value: Json
    inside: bool = False


def pieces(stream: IO[str], opened: frozenset[str]) -> Iterator[Piece]:
    """Yield the values of a JSON text in their order.

    Parameters
    ----------
    stream
        The text.
    opened
        Keys whose objects and lists are not read whole but opened: their members come one by one.
        The outermost value is always opened.

    Raises
    ------
    BrokenJsonError
        If it is no JSON, nests too deep, or a piece is larger than
        :data:`planner.library.importers.limits.LARGEST_RECORD`.
    """
    reader = _Reader(stream, opened)
    yield from reader.walk((), depth=0)
    if reader.peek():
        raise BrokenJsonError(f"there is more after its end, at sign {reader.at}")


class _Reader:
    """A window that moves over the text."""

    def __init__(self, stream: IO[str], opened: frozenset[str]) -> None:
        self._stream = stream
        self._opened = opened
        self._text = ""
        self._start = 0
        self._before = 0
        self._ended = False

    @property
    def at(self) -> int:
        """How many signs lie before the next one, and one."""
        return self._before + self._start + 1

    def walk(self, path: tuple[str, ...], *, depth: int) -> Iterator[Piece]:
        """Yield the members of the object or list that comes next."""
        sign = self.peek()
        if depth > _DEEPEST or sign not in {"{", "["}:
            yield Piece(path, self.value())
            return
        self._start += 1
        close = "}" if sign == "{" else "]"
        first = True
        while True:
            following = self.peek()
            if following == close:
                self._start += 1
                return
            if not first:
                self._expect(",")
                if self.peek() == close:
                    # A comma too many is a common slip of programs that write JSON by hand.
                    continue
            first = False
            if sign == "[":
                yield Piece(path, self.value(), inside=True)
                continue
            key = self.value()
            if not isinstance(key, str):
                raise BrokenJsonError(f"a key is missing at sign {self.at}")
            self._expect(":")
            below = (*path, key)
            if key in self._opened and self.peek() in {"{", "["}:
                yield from self.walk(below, depth=depth + 1)
            else:
                yield Piece(below, self.value())

    def peek(self) -> str:
        """Return the next sign that is no space, empty at the end."""
        while True:
            found = _SPACE.match(self._text, self._start)
            self._start = found.end() if found is not None else self._start
            if self._start < len(self._text):
                return self._text[self._start]
            if not self._more():
                return ""

    def value(self) -> Json:
        """Return the value that comes next, whole."""
        if not self.peek():
            raise BrokenJsonError("the file ends in the middle")
        wanted = CHUNK
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._start)
            except json.JSONDecodeError as error:
                # The cause is far from the end: more text would not mend it.
                near_end = error.pos >= len(self._text) - 16 or "Unterminated string" in error.msg
                if not self._ended and near_end:
                    wanted = self._grow(wanted)
                    continue
                raise BrokenJsonError(
                    f"{_reason(error)} at sign {self._before + error.pos + 1}"
                ) from error
            except RecursionError as error:
                raise BrokenJsonError(f"it nests too deep from sign {self.at}") from error
            except ValueError as error:
                # A number of thousands of digits.
                raise BrokenJsonError(f"a number is too long after sign {self.at}") from error
            cut = end == len(self._text) and _MAY_GO_ON.search(self._text[end - 1 : end])
            if cut and not self._ended:
                wanted = self._grow(wanted)
                continue
            self._start = end
            return value

    def _grow(self, wanted: int) -> int:
        """Read on while the value at hand is not over; return how much to read the next time."""
        if len(self._text) - self._start > LARGEST_RECORD:
            raise BrokenJsonError(
                f"the part from sign {self.at} is longer than {LARGEST_RECORD:,} signs"
            )
        self._more(wanted)
        return 2 * wanted

    def _more(self, wanted: int = CHUNK) -> bool:
        chunk = "" if self._ended else self._stream.read(wanted)
        self._ended = not chunk
        self._before += self._start
        self._text = self._text[self._start :] + chunk
        self._start = 0
        return bool(chunk)

    def _expect(self, sign: str) -> None:
        found = self.peek()
        if found != sign:
            what = f"there is {found!r}" if found else "the file ends"
            raise BrokenJsonError(f"{what} where {sign!r} is wanted, at sign {self.at}")
        self._start += 1


def _reason(error: json.JSONDecodeError) -> str:
    return error.msg[:1].lower() + error.msg[1:]
