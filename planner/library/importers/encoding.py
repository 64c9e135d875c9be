"""Files of text in whatever encoding they came: which one it is, and the text piece by piece."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from planner.library.importers.limits import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
    rb"""|<meta[^>]{0,200}?charset\s*=\s*["']?([A-Za-z0-9._-]{1,40})""",
    re.IGNORECASE,
)
_SAMPLE = 1 << 16
_FALLBACK = "cp1252"
# Encodings of more than one byte a sign are believed only of texts that are mostly not ASCII.
_MULTIBYTE = re.compile(r"utf|gb|big5|euc|shift|cp9|johab|iso2022|hz", re.IGNORECASE)
_FOREIGN_SHARE = 0.34
_NUL_SHARE = 0.2
_SOUND_SHARE = 8


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file is decoded; ``remark`` says so to the person where it was a guess."""

    name: str
    errors: str = "strict"
    remark: str = ""


def detect(open_file: Callable[[], IO[bytes]]) -> Encoding:
    """Return the encoding of a text file.

    A mark at its start wins; then UTF-8 if all of it is sound; then what an XML or HTML file
    says of itself, if that holds; otherwise a guess, with a remark.

    Parameters
    ----------
    open_file
        Opens the file anew at its start.
    """
    with open_file() as file:
        head = file.read(_SAMPLE)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, "replace")
    wide = _without_mark(head)
    if wide is not None:
        return Encoding(wide, "replace", f"The file says nothing of its encoding; read as {wide}.")
    declared = _declared(head)
    if declared is not None and not _is_utf8(declared):
        # A file of plain ASCII is the same in nearly all of them; the declaration breaks no tie.
        if _holds(open_file, declared) and not _holds(open_file, "utf-8"):
            return Encoding(declared)
        if _holds(open_file, "utf-8"):
            return Encoding("utf-8")
    at = _first_fault(open_file, "utf-8")
    if at is None:
        return Encoding("utf-8")
    return _guess(open_file, at)


def text(file: IO[bytes], encoding: Encoding) -> io.TextIOWrapper:
    """Return a file's text as a stream; closing it closes the file."""
    # Line ends are kept: a table's reader needs to see them as they are.
    return io.TextIOWrapper(file, encoding=encoding.name, errors=encoding.errors, newline="")


def whole_text(open_file: Callable[[], IO[bytes]]) -> tuple[str, Encoding]:
    """Return all text of a file whose size was checked, and how it was decoded."""
    encoding = detect(open_file)
    with open_file() as file, text(file, encoding) as stream:
        return stream.read(), encoding


def _without_mark(head: bytes) -> str | None:
    """Return UTF-16's variant where every other byte is zero, as in Latin text without a mark."""
    if len(head) < 4:  # noqa: PLR2004 - two signs
        return None
    even, odd = head[0::2].count(0) / (len(head) / 2), head[1::2].count(0) / (len(head) / 2)
    if odd > _NUL_SHARE and even < odd / 8:
        return "utf-16-le"
    if even > _NUL_SHARE and odd < even / 8:
        return "utf-16-be"
    return None


def _declared(head: bytes) -> str | None:
    found = _DECLARED.search(head[:4096])
    if found is None:
        return None
    name = (found[1] or found[2]).decode("ascii")
    try:
        known = codecs.lookup(name)
    except LookupError:
        return None
    # "rot13" and the like are codecs as well, but none of text.
    return known.name if known._is_text_encoding else None  # noqa: SLF001 - the one way to know


def _is_utf8(name: str) -> bool:
    return codecs.lookup(name).name in {"utf-8", "ascii"}


def _holds(open_file: Callable[[], IO[bytes]], name: str) -> bool:
    return _first_fault(open_file, name) is None


def _first_fault(open_file: Callable[[], IO[bytes]], name: str) -> int | None:
    """Return about where a file stops being sound in an encoding, None if it is throughout."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    at = 0
    with open_file() as file:
        while chunk := file.read(CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return at + error.start
            at += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return at
    return None


def _guess(open_file: Callable[[], IO[bytes]], at: int) -> Encoding:
    """Guess from the stretch around the first byte that is not UTF-8."""
    with open_file() as file:
        file.seek(max(0, at - _SAMPLE // 2))
        sample = file.read(_SAMPLE)
    # A good file with a few torn signs is still that file.
    replaced = sample.decode("utf-8", "replace")
    torn = replaced.count("\ufffd")
    sound = sum(sign > "\x7f" for sign in replaced) - torn
    if sound > _SOUND_SHARE * torn:
        remark = "The file is UTF-8 with damaged signs, which are shown as \ufffd."
        return Encoding("utf-8", "replace", remark)
    name = _likely(sample)
    return Encoding(name, "replace", f"The file is not UTF-8; its letters were read as {name}.")


def _likely(sample: bytes) -> str:
    """Return the likeliest encoding of one byte a sign, or of more where most bytes are not ASCII.

    A handful of accented letters looks like anything to statistics, and most such files come from
    western Windows: a rarer guess has to be borne out by many letters.
    """
    from charset_normalizer import from_bytes

    foreign = sum(byte > 0x7F for byte in sample) / len(sample)  # noqa: PLR2004 - ASCII ends there
    best = from_bytes(sample).best()
    if best is None:
        return _FALLBACK
    if _MULTIBYTE.search(best.encoding) and foreign < _FOREIGN_SHARE:
        return _FALLBACK
    if foreign < _FOREIGN_SHARE and _reads_western(sample):
        return _FALLBACK
    return str(best.encoding)


def _reads_western(sample: bytes) -> bool:
    """Whether all bytes beyond ASCII are letters or common signs of western Windows."""
    try:
        decoded = sample.decode(_FALLBACK)
    except UnicodeDecodeError:
        return False
    beyond = [sign for sign in decoded if sign > "\x7f"]
    usual = sum(
        sign.isalpha() or sign in "\u2013\u2014\u2018\u2019\u201c\u201d°€·" for sign in beyond
    )
    return usual >= 0.9 * len(beyond)
