"""Images: an optional extra, and a plain word where it is missing."""

from __future__ import annotations

import importlib.util
import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from planner.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def png(width: int, height: int) -> bytes:
    """The head of a picture that declares a size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\x00" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def test_without_the_extra_the_error_names_it(
    read_text: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "rapidocr" else found(name, *rest)
    )  # fmt: skip
    with pytest.raises(UnreadableFileError, match="optional extra ocr") as caught:
        read_text("post.png", png(10, 10))
    assert "flaneur[ocr]" in caught.value.next_step


def test_a_picture_that_declares_too_much_is_refused(read_text: Callable) -> None:
    pytest.importorskip("PIL")
    pytest.importorskip("rapidocr")
    with pytest.raises(UnreadableFileError, match=r"megapixels|no sound image"):
        read_text("post.png", png(60_000, 60_000))
    with pytest.raises(UnreadableFileError, match="no sound image"):
        read_text("post.png", b"\x89PNG\r\n\x1a\n" + b"\x01" * 500)


def test_the_text_of_a_picture_is_read(tmp_path: Path, read: Callable) -> None:
    pytest.importorskip("rapidocr")
    image = pytest.importorskip("PIL.Image")
    draw = pytest.importorskip("PIL.ImageDraw")
    fonts = pytest.importorskip("PIL.ImageFont")
    picture = image.new("RGB", (900, 420), "white")
    pen = draw.Draw(picture)
    for line, text in enumerate(
        ["Helsinki favourites", "1. Amos Rex - art under a hill", "2. Bar Marmalade - cold drinks"]
    ):
        pen.text((40, 40 + 110 * line), text, fill="black", font=fonts.load_default(38))
    picture.save(tmp_path / "post.png")
    got = read(tmp_path / "post.png")
    assert got.format == "image"
    assert got.names == ["Amos Rex", "Bar Marmalade"]
    assert got.findings[0].description == "art under a hill"
