"""Folding and cleaning of text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.library.words import clean, fold, stems


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Café  d’Or", "cafe dor"), ("Old-Town", "old town"), ("STRASSE", "strasse"), ("Straße", "strasse"),
     ("Łódź", "lodz"), ("Сенатская площадь", "сенатская площадь"), ("H&M", "h and m"), ("東京", "東京")],
)  # fmt: skip
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_composed_and_decomposed_letters_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_singular() -> None:
    assert stems("Churches, galleries & buses") == ("church", "gallery", "and", "bus")
    assert stems("glass bus") == ("glass", "bus")


def test_cleaning_takes_escapes_and_hidden_marks_away() -> None:
    assert clean("a\x1b[31mb\u202ec\nd\x00\u200b  e") == "a[31mbc d e"
    assert clean("👩\u200d🍳") == "👩\u200d🍳"


@given(st.text(max_size=200))
def test_cleaned_text_holds_no_control_signs(text: str) -> None:
    result = clean(text, limit=50)
    assert len(result) <= 50
    assert clean(result, limit=50) == result
    assert not any(unicodedata.category(sign) in {"Cc", "Co", "Cs"} for sign in result)
