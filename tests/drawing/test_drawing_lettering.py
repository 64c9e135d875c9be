"""Text made safe and made to fit."""

# ruff: noqa: RUF001 - the letters are meant

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from planner.drawing.lettering import (
    NAMELESS,
    clean,
    clean_name,
    fit,
    speaks_unicode,
    to_ascii,
    wrap,
)

ESCAPES = [
    ("\x1b[31mred\x1b[0m", "[31mred[0m"),
    ("\x1b]0;title\x07name", "]0;titlename"),
    ("\x9b31mred", "31mred"),
    ("a\rb\nc\td", "a b c d"),
    ("a\u2028b\u00a0c", "a b c"),
    ("abc\u202etxt.exe", "abctxt.exe"),
    ("\u2066isolate\u2069", "isolate"),
    ("zero\u200bwidth\ufeff", "zerowidth"),
    ("\ud800lone", "lone"),
    ("\ue000private", "private"),
    ("a\u0300\u0301\u0302\u0303\u0304\u0305", "a\u0300\u0301\u0302\u0303"),
    ("❤\ufe0f", "❤"),
    ("👍\U0001f3fd", "👍"),
    ("👨\u200d👩", "👨👩"),
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("  Café   Engel ", "Café Engel"),
    ("東京", "東京"),
    ("[bold]x[/bold]", "[bold]x[/bold]"),
]


@pytest.mark.parametrize(("text", "safe"), ESCAPES)
def test_only_what_prints_is_kept(text: str, safe: str) -> None:
    assert clean(text) == safe


def test_an_accent_without_a_letter_leaves_no_blank() -> None:
    assert clean("a¨ ¨", ascii=True) == "a"


def test_a_name_of_nothing_has_words() -> None:
    assert clean_name("\x1b\u200b ") == NAMELESS


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Café Töölö", "Cafe Toolo"),
        ("Straße – “Łódź”", 'Strasse - "Lodz"'),
        ("東京", "??"),
        ("½ ①", "1?2 1"),
        ("e\u0301", "e"),
    ],
)
def test_ascii_keeps_what_is_alike(text: str, plain: str) -> None:
    assert to_ascii(text) == plain


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("Ateneum", 7, "Ateneum"),
        ("Ateneum", 6, "Atene…"),
        ("東京国立", 6, "東京…"),
        ("Ateneum art", 9, "Ateneum…"),
        ("Ateneum", 1, "…"),
        ("Ateneum", 0, ""),
        ("שלום", 10, "שלום\u200e"),
    ],
)
def test_text_is_cut_to_fit(text: str, width: int, short: str) -> None:
    assert fit(text, width) == short


def test_a_mark_of_direction_is_not_doubled() -> None:
    assert fit(fit("שלום", 10), 10) == "שלום\u200e"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a quiet park", ["a quiet", "park"]),
        ("Schifffahrtsgesellschaft", ["Schifff", "ahrtsge", "sellsch", "aft"]),
        ("東京国立博物館", ["東京国", "立博物", "館"]),
        ("", []),
        ("1234567 ", ["1234567"]),
        ("a bcdefghij k", ["a", "bcdefgh", "ij k"]),
    ],
)
def test_text_is_broken_at_blanks_where_it_can_be(text: str, lines: list[str]) -> None:
    assert wrap(text, 7) == lines


def test_a_column_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="1 columns"):
        wrap("text", 1)


@pytest.mark.parametrize(
    ("encoding", "able"),
    [
        ("utf-8", True),
        ("UTF-16", True),
        ("ascii", False),
        ("cp1252", False),
        (None, False),
        ("no", False),
    ],
)
def test_encodings_that_can_show_the_map(encoding: str | None, able: bool) -> None:
    assert speaks_unicode(encoding) is able


@given(st.text())
def test_clean_text_is_safe_and_stays_as_it_is(text: str) -> None:
    safe = clean(text)
    assert not [
        char for char in safe if unicodedata.category(char) in {"Cc", "Cs", "Co", "Zl", "Zp"}
    ]
    assert not [char for char in safe if unicodedata.category(char) == "Cf" and char != "\u200c"]
    assert clean(safe) == safe
    assert clean(text, ascii=True).isascii()


@given(st.text(), st.integers(2, 30))
def test_nothing_is_wider_than_its_room(text: str, width: int) -> None:
    safe = clean(text)
    assert cell_len(fit(safe, width)) <= width
    assert all(cell_len(line) <= width for line in wrap(safe, width))


@given(st.text(), st.integers(2, 30))
def test_breaking_loses_no_letter(text: str, width: int) -> None:
    safe = clean(text)
    assert "".join("".join(wrap(safe, width)).split()) == "".join(safe.split())
