"""How many stops a wish asks for."""

import pytest

from planner.language.counts import is_quantity, stated_count


@pytest.mark.parametrize(
    ("request_text", "span", "count"),
    [
        ("a quiet park and one good coffee", "good coffee", 1),
        ("a quiet park and one good coffee", "quiet park", 1),
        ("Two museums, one park", "Two museums", 2),
        ("3 bookshops please", "bookshops", 3),
        ("quiet bookshops", "quiet bookshops", None),
        ("a few bookshops", "bookshops", None),
        ("a couple of bars", "bars", None),
        ("some street art", "street art", None),
        ("lunch near the market halls", "lunch near the market halls", 1),
        ("lunches", "lunches", None),
        ("museums", "museums", None),
        ("in 2027 parks", "parks", None),
        ("", "", None),
        ("Coffee", "not in the request", None),
    ],
)
def test_stated_count(request_text: str, span: str, count: int | None) -> None:
    assert stated_count(request_text, span) == count


@pytest.mark.parametrize(
    ("span", "quantity"),
    [
        ("four hours", True),
        ("Half a day", True),
        ("six stops", True),
        ("morning", True),
        ("relaxed", False),
        ("two kids", False),
        ("quiet park", False),
        ("", False),
    ],
)
def test_is_quantity(span: str, quantity: bool) -> None:
    assert is_quantity(span) is quantity
