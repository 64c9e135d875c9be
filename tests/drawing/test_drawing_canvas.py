"""The braille canvas: dots, lines, layers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.drawing.canvas import Canvas, Layer

BRAILLE_BLANK = 0x2800


def dots(canvas: Canvas) -> set[tuple[int, int]]:
    """Return the dots that a canvas shows, read back from its characters."""
    order = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    return {
        (2 * column + x, 4 * row + y)
        for row, cells in enumerate(canvas.cells())
        for column, cell in enumerate(cells)
        if cell.char != " "
        for bit, (x, y) in enumerate(order)
        if (ord(cell.char) - BRAILLE_BLANK) >> bit & 1
    }


@pytest.mark.parametrize(
    ("x", "y", "char"),
    [
        (0, 0, "⠁"),
        (0, 1, "⠂"),
        (0, 2, "⠄"),
        (1, 0, "⠈"),
        (1, 1, "⠐"),
        (1, 2, "⠠"),
        (0, 3, "⡀"),
        (1, 3, "⢀"),
    ],
)
def test_each_dot_has_its_bit(x: int, y: int, char: str) -> None:
    canvas = Canvas(1, 1)
    canvas.set_point(x, y, Layer.WALK)
    assert canvas.plain() == char


def test_a_point_belongs_to_the_dot_that_spans_it() -> None:
    canvas = Canvas(2, 1)
    canvas.set_point(2.99, 3.01, Layer.WALK)
    assert dots(canvas) == {(2, 3)}


@pytest.mark.parametrize("point", [(-0.01, 0), (4, 0), (0, -1), (0, 4), (1e300, 0)])
def test_points_outside_are_clipped(point: tuple[float, float]) -> None:
    canvas = Canvas(2, 1)
    canvas.set_point(*point, Layer.WALK)
    assert dots(canvas) == set()


def test_a_diagonal_is_exact() -> None:
    canvas = Canvas(4, 2)
    canvas.draw_lines([[(0, 0), (7, 7)]], Layer.WALK)
    assert dots(canvas) == {(i, i) for i in range(8)}


@pytest.mark.parametrize(
    "line",
    [[(-900.0, 5.0), (900.0, 5.0)], [(-1e9, 5.0), (1e9, 5.0)], [(900.0, 5.0), (-900.0, 5.0)]],
)
def test_a_long_line_is_cut_to_the_canvas(line: list[tuple[float, float]]) -> None:
    canvas = Canvas(4, 2)
    canvas.draw_lines([line], Layer.STREET)
    assert dots(canvas) == {(x, 5) for x in range(8)}


def test_a_line_that_misses_the_canvas_leaves_no_dot() -> None:
    canvas = Canvas(4, 2)
    canvas.draw_lines([[(-10, 5), (5, 40)], [(-5, -5), (-5, 50)]], Layer.STREET)
    assert dots(canvas) == set()


def test_coordinates_that_are_no_numbers_are_left_out() -> None:
    canvas = Canvas(4, 2)
    canvas.draw_lines([[(float("nan"), 0), (3, 3)], [(0, 0), (float("inf"), 0)]], Layer.WALK)
    assert dots(canvas) == set()


def test_a_single_point_and_no_point_are_lines_as_well() -> None:
    canvas = Canvas(4, 2)
    canvas.draw_lines([[(3, 3)], []], Layer.WALK)
    assert dots(canvas) == {(3, 3)}


@pytest.mark.parametrize("end", [(30, 15), (30, 0), (0, 31), (30, 30)])
def test_a_dotted_line_keeps_two_dots_of_five_in_every_direction(end: tuple[int, int]) -> None:
    whole, dotted = Canvas(20, 10), Canvas(20, 10)
    whole.draw_lines([[(0, 0), end]], Layer.STREET)
    dotted.draw_lines([[(0, 0), end]], Layer.STREET, dotted=True)
    assert dots(dotted) < dots(whole)
    assert len(dots(dotted)) == pytest.approx(len(dots(whole)) * 2 / 5, abs=2.5)


def test_the_walk_hides_the_streets_of_its_cells_alone() -> None:
    canvas = Canvas(3, 1)
    canvas.draw_lines([[(0, 0), (5, 0)]], Layer.STREET)
    canvas.set_point(2, 3, Layer.WALK)
    (row,) = canvas.cells()
    assert [(cell.char, cell.layer) for cell in row] == [
        ("⠉", Layer.STREET),
        ("⡀", Layer.WALK),
        ("⠉", Layer.STREET),
    ]


def test_erasing_clears_one_cell_of_one_layer() -> None:
    canvas = Canvas(3, 1)
    canvas.draw_lines([[(0, 0), (5, 0)]], Layer.STREET)
    canvas.erase(1, 0, Layer.STREET)
    canvas.erase(-1, 0, Layer.STREET)
    canvas.erase(0, 0, Layer.WALK)
    assert dots(canvas) == {(0, 0), (1, 0), (4, 0), (5, 0)}


def test_ascii_tells_walk_and_streets_apart() -> None:
    canvas = Canvas(4, 1)
    canvas.set_point(0, 0, Layer.STREET)
    canvas.set_point(2, 3, Layer.STREET)
    canvas.draw_lines([[(4, 0), (4, 3)]], Layer.STREET)
    canvas.set_point(6, 0, Layer.WALK)
    assert canvas.plain(ascii=True) == "'.:#"


def test_a_canvas_without_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one cell"):
        Canvas(0, 3)


corners = st.tuples(st.floats(-60, 60), st.floats(-60, 60))


@given(corners, corners)
def test_lines_have_no_gaps(start: tuple[float, float], end: tuple[float, float]) -> None:
    canvas = Canvas(10, 5)
    canvas.draw_lines([[start, end]], Layer.WALK)
    shown = dots(canvas)
    steep = abs(end[1] - start[1]) > abs(end[0] - start[0])
    along = sorted(dot[1] if steep else dot[0] for dot in shown)
    assert not along or set(along) == set(range(along[0], along[-1] + 1))


@given(corners, corners)
def test_a_broad_line_holds_every_inner_dot_of_the_thin_one(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    thin, broad = Canvas(10, 5), Canvas(10, 5)
    thin.draw_lines([[start, end]], Layer.WALK)
    broad.draw_lines([[start, end]], Layer.WALK, broad=True)
    assert dots(thin) <= dots(broad)
