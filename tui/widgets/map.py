"""The map: streets, water and parks, the walk over them, numbered stops and their names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import Binding
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from planner.drawing.lettering import clean, clean_name, fit
from tui.widgets import grid as cells
from tui.widgets.grid import GROUNDS, PARTS, Grid
from tui.wording import sign_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from textual import events
    from textual.binding import BindingType

    from planner.itinerary.document import PlanDocument
    from tui.widgets.ground import Ground

_MARGIN: Final = 4
_LONGEST_NAME: Final = 22
_MOST_STREET_NAMES: Final = 6
_LEAST_NAMED: Final = 10
_MOST_SIGHTS: Final = 400
"""More than these, the nearest to the middle of the view, would hide the map."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A place on the map that is no stop; ``kind`` says in words what it is."""

    place_id: str
    name: str
    kind: str
    lat: float
    lon: float
    is_liked: bool = False


class MapView(Widget, can_focus=True):
    """A map of the walk that can be moved and enlarged."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "pan(-1, 0)", "Pan", show=False, id="map.left"),
        Binding("right,l", "pan(1, 0)", "Pan", show=False, id="map.right"),
        Binding("up,k", "pan(0, -1)", "Pan", show=False, id="map.up"),
        Binding("down,j", "pan(0, 1)", "Pan", show=False, id="map.down"),
        Binding("plus,equals_sign", "zoom(-2)", "Closer", key_display="+", id="map.closer"),
        Binding("minus,underscore", "zoom(2)", "Wider", key_display="-", id="map.wider"),
        Binding("f", "fit", "Fit", id="map.fit"),
        Binding("right_square_bracket", "step(1)", "Next stop", key_display="]", id="map.next"),
        Binding(
            "left_square_bracket", "step(-1)", "Stop before", key_display="[", id="map.previous"
        ),
        Binding("full_stop", "look(1)", "Next place", show=False, key_display=".", id="map.look"),
        Binding("comma", "look(-1)", "Place before", show=False, key_display=",", id="map.back"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"map--{name}" for name in (*PARTS, *GROUNDS)}

    @dataclass
    class Picked(Message):
        """A stop was picked on the map."""

        index: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as Textual has it
        super().__init__(id=id)
        self.ground: Ground | None = None
        self.document: PlanDocument | None = None
        self.chosen: int | None = None
        self._scale = 0
        self._middle = (0.0, 0.0)
        self._fitted = True
        self._legs: list[NDArray[np.float64]] = []
        self._sites: list[tuple[str, str, float, float]] = []
        self._frame: list[Strip] | None = None
        self._frame_of: tuple[int, int] = (0, 0)
        self._signs: dict[tuple[int, int], int] = {}
        self._placed: dict[int, tuple[int, int]] = {}
        self._dragged_from: tuple[int, int] | None = None
        self._sights: tuple[Sight, ...] = ()
        self._sights_at: NDArray[np.float64] | None = None
        self._sight_cells: dict[tuple[int, int], int] = {}
        self._marked: int | None = None

    # --- what is shown ---

    def show(self, document: PlanDocument | None, ground: Ground | None) -> None:
        """Show a walk on its city; the view stays where it is if the person moved it.

        Parameters
        ----------
        document
            The plan, if there is one.
        ground
            The city, ``None`` while it is not drawn yet.
        """
        another = self.ground is not ground
        self.document, self.ground = document, ground
        self._legs, self._sites = [], []
        if ground is not None and document is not None:
            self._lay_out(document, ground)
        self._lay_out_sights()
        if another or self._fitted:
            self._fit()
        self._redraw()

    def mark(self, sights: Sequence[Sight]) -> None:
        """Show other places on the map; none is marked then.

        Parameters
        ----------
        sights
            The places; none takes them away.
        """
        self._sights, self._marked = tuple(sights), None
        self._lay_out_sights()
        self._redraw()

    @property
    def marked(self) -> Sight | None:
        """The place that is marked."""
        return None if self._marked is None else self._sights[self._marked]

    def _lay_out_sights(self) -> None:
        self._sights_at = None
        if self.ground is not None and self._sights:
            import numpy as np

            lon = np.array([each.lon for each in self._sights])
            lat = np.array([each.lat for each in self._sights])
            self._sights_at = self.ground.projection.metres(lon, lat)

    @property
    def pickable(self) -> int:
        """How many of the sites, from the last one backwards, can be picked."""
        return len(self.document.stops) if self.document else 0

    def choose(self, index: int | None) -> None:
        """Let a stop and the way to it stand out."""
        if index != self.chosen:
            self.chosen = index
            self._keep_in_view()
            self._redraw()

    def _lay_out(self, document: PlanDocument, ground: Ground) -> None:
        import numpy as np

        for leg in document.legs:
            path = np.asarray(leg.path, dtype=np.float64).reshape(-1, 2)
            self._legs.append(ground.projection.metres(path[:, 0], path[:, 1]))
        anchors = [("◉", document.start), ("◎", document.end)]
        named = [(sign, each.name, each.lon, each.lat) for sign, each in anchors if each]
        named += [
            (sign_of(number), stop.name, stop.lon, stop.lat)
            for number, stop in enumerate(document.stops, start=1)
        ]
        if not named:
            return
        points = ground.projection.metres(
            np.array([each[2] for each in named]), np.array([each[3] for each in named])
        ).tolist()
        self._sites = [
            (sign, clean_name(name), east, south)
            for (sign, name, _, _), (east, south) in zip(named, points, strict=True)
        ]

    def _leg_to(self, index: int) -> int | None:
        """Return the number of the leg that leads to a stop."""
        if self.document is None or not 0 <= index < len(self.document.stops):
            return None
        stop = self.document.stops[index]
        for number, leg in enumerate(self.document.legs):
            if leg.target == stop.place_id and leg.day == stop.day:
                return number
        return None

    # --- the view ---

    def _fit(self) -> None:
        self._fitted = True
        if self.ground is None or not self.size.width:
            return
        from tui.widgets.ground import ACROSS, DOWN, SCALES

        points = [(east, south) for _, _, east, south in self._sites]
        points += [(float(x), float(y)) for leg in self._legs for x, y in leg]
        if points:
            west, east = min(x for x, _ in points), max(x for x, _ in points)
            north, south = min(y for _, y in points), max(y for _, y in points)
        else:
            west, north, east, south = self.ground.box
        across = max(self.size.width - 2 * _MARGIN, 4) * ACROSS
        down = max(self.size.height - _MARGIN, 3) * DOWN
        needed = max((east - west) / across, (south - north) / down)
        self._scale = next(
            (step for step, dot in enumerate(SCALES) if dot >= needed), len(SCALES) - 1
        )
        self._middle = ((west + east) / 2, (north + south) / 2)

    def _corner(self) -> tuple[int, int]:
        """Return the upper left cell of the view, counted from the middle of the city."""
        from tui.widgets.ground import ACROSS, DOWN, SCALES

        dot = SCALES[self._scale]
        east, south = self._middle
        return (
            round(east / (dot * ACROSS) - self.size.width / 2),
            round(south / (dot * DOWN) - self.size.height / 2),
        )

    def _cell(self, east: float, south: float) -> tuple[int, int]:
        """Return the column and row of a point."""
        from tui.widgets.ground import ACROSS, DOWN, SCALES

        dot = SCALES[self._scale]
        left, top = self._corner()
        return (
            math.floor(east / (dot * ACROSS)) - left,
            math.floor(south / (dot * DOWN)) - top,
        )

    def _keep_in_view(self) -> None:
        """Move the view so far that the chosen stop is in it."""
        if self.ground is None or self.chosen is None or not self.size.width:
            return
        stops = self._sites[len(self._sites) - self.pickable :]
        if 0 <= self.chosen < len(stops):
            _, _, east, south = stops[self.chosen]
            column, row = self._cell(east, south)
            if not (1 <= column < self.size.width - 1 and 1 <= row < self.size.height - 2):
                self._middle = (east, south)

    def action_pan(self, across: int, down: int) -> None:
        """Move the view by an eighth of its size."""
        step_x = max(self.size.width // 8, 1) * across
        step_y = max(self.size.height // 8, 1) * down
        self._move(step_x, step_y)

    def _move(self, columns: int, rows: int) -> None:
        if self.ground is None:
            return
        from tui.widgets.ground import ACROSS, DOWN, SCALES

        dot = SCALES[self._scale]
        west, north, east, south = self.ground.box
        x = self._middle[0] + columns * dot * ACROSS
        y = self._middle[1] + rows * dot * DOWN
        self._middle = (min(max(x, west), east), min(max(y, north), south))
        self._fitted = False
        self._redraw()

    def action_zoom(self, step: int) -> None:
        """Show more (above 0) or less (below 0) of the city."""
        if self.ground is None:
            return
        from tui.widgets.ground import SCALES

        self._scale = min(max(self._scale + step, 0), len(SCALES) - 1)
        self._fitted = False
        self._redraw()

    def action_fit(self) -> None:
        """Show the whole walk."""
        self._fit()
        self._redraw()

    def action_step(self, by: int) -> None:
        """Choose the next stop, or the one before."""
        if count := self.pickable:
            at = 0 if self.chosen is None else self.chosen + by
            self.post_message(self.Picked(at % count))

    def action_look(self, by: int) -> None:
        """Mark the next of the other places in view, or the one before, as one reads."""
        self.draw()
        order = sorted(self._sight_cells, key=lambda cell: (cell[1], cell[0]))
        if not order:
            self.notify("No other place is shown here; o says which ones are.")
            return
        shown = [self._sight_cells[cell] for cell in order]
        if self._marked in shown:
            at = (shown.index(self._marked) + by) % len(shown)
        else:
            at = 0 if by > 0 else len(shown) - 1
        self._marked = shown[at]
        self._redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Show more of the city."""
        event.stop()
        self.action_zoom(2)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Show less of the city."""
        event.stop()
        self.action_zoom(-2)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to drag the map."""
        self._dragged_from = (event.x, event.y)
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the map."""
        if self._dragged_from is not None:
            x, y = self._dragged_from
            if (event.x, event.y) != (x, y):
                self._move(x - event.x, y - event.y)
                self._dragged_from = (event.x, event.y)

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        """Let go of the map."""
        self._dragged_from = None
        self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """Pick a stop."""
        for reach in (0, 1):
            for column in range(event.x - reach, event.x + reach + 1):
                index = self._signs.get((column, event.y))
                if index is not None:
                    self.post_message(self.Picked(index))
                    return
                sight = self._sight_cells.get((column, event.y))
                if sight is not None:
                    self._marked = sight
                    self._redraw()
                    return

    def on_resize(self, _event: events.Resize) -> None:
        """Keep the whole walk in view if it was."""
        if self._fitted:
            self._fit()
        self._redraw()

    # --- drawing ---

    def _redraw(self) -> None:
        self._frame = None
        self.refresh()

    def notify_style_update(self) -> None:
        """Draw anew in other colours."""
        super().notify_style_update()
        self._frame = None

    def render_line(self, y: int) -> Strip:
        """Return one row of the map."""
        size = (self.size.width, self.size.height)
        if self._frame is None or self._frame_of != size:
            self._frame, self._frame_of = self.draw(), size
        return self._frame[y] if y < len(self._frame) else Strip.blank(size[0], self.rich_style)

    def draw(self) -> list[Strip]:
        """Return the rows of the map as it is now."""
        width, height = self.size.width, self.size.height
        self._signs = {}
        if not width or not height:
            return []
        if self.ground is None:
            return self._blank(width, height)
        from tui.widgets.ground import ACROSS, SCALES

        left, top = self._corner()
        tile = self.ground.view(self._scale, left, top, width, height)
        grid = Grid(tile)
        self._draw_walk(grid, left, top)
        grid.note(SCALES[self._scale] * ACROSS)
        self._draw_signs(grid)
        self._draw_sights(grid, left, top)
        self._draw_names(grid)
        self._draw_street_names(grid)
        inks = [self.get_component_rich_style(f"map--{name}") for name in PARTS]
        papers = [self.get_component_rich_style(f"map--{name}").bgcolor for name in GROUNDS]
        return grid.strips(inks, papers)

    def _blank(self, width: int, height: int) -> list[Strip]:
        style = self.get_component_rich_style("map--note")
        words = "" if self.document is None else "the map is being drawn"
        row = Strip([Segment(words.center(width)[:width], style)])
        empty = Strip.blank(width, style)
        return [row if y == height // 2 else empty for y in range(height)]

    def _draw_walk(self, grid: Grid, left: int, top: int) -> None:
        import numpy as np

        from tui.widgets.ground import ACROSS, DOWN, SCALES, patterns

        dot = SCALES[self._scale]
        origin = np.array([left * ACROSS, top * DOWN])
        chosen = None if self.chosen is None else self._leg_to(self.chosen)
        ordered = sorted(range(len(self._legs)), key=lambda number: number == chosen)
        for number in ordered:
            line = self._legs[number] / dot - origin
            if len(line) < 2:  # noqa: PLR2004 - a line has two ends
                continue
            # Two dots broad, with the line in the middle.
            broad = np.vstack(
                [
                    np.hstack((line[:-1], line[1:])) + np.array([dx, dy, dx, dy])
                    for dx, dy in ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5))
                ]
            )
            drawn = patterns(broad, grid.columns, grid.rows)
            grid.lay(drawn, cells.LEG if number == chosen else cells.WALK)

    def _draw_signs(self, grid: Grid) -> None:
        first = len(self._sites) - self.pickable
        # Stops before start and end, the chosen one first: it is never in the way of itself.
        order = sorted(
            range(len(self._sites)), key=lambda at: (at - first != self.chosen, at < first, at)
        )
        self._placed = {}
        for at in order:
            sign, _, east, south = self._sites[at]
            wanted = self._cell(east, south)
            spot = grid.free_spot(wanted, cell_len(sign))
            if spot is None:
                continue
            column, row = spot
            part = cells.CHOSEN if at - first == self.chosen else cells.STOP
            grid.write(column, row, sign, part)
            self._placed[at] = spot
            if at >= first:
                for offset in range(cell_len(sign)):
                    self._signs[(column + offset, row)] = at - first

    def _draw_sights(self, grid: Grid, left: int, top: int) -> None:
        import numpy as np

        from tui.widgets.ground import ACROSS, DOWN, SCALES

        self._sight_cells = {}
        if self._sights_at is None:
            return
        dot = SCALES[self._scale]
        spots = np.floor(self._sights_at / (dot * ACROSS, dot * DOWN)).astype(int) - (left, top)
        inside = ((spots >= 0) & (spots < (grid.columns, grid.rows))).all(axis=1)
        seen = np.flatnonzero(inside)
        middle = (grid.columns / 2, grid.rows / 2)
        away = np.hypot(*((spots[seen] - middle) * (1, DOWN / ACROSS)).T)
        order = seen[np.argsort(away, kind="stable")][:_MOST_SIGHTS].tolist()
        if self._marked in order:
            order.remove(self._marked)
            self._draw_marked(grid, spots[self._marked].tolist())
        for at in order:
            column, row = spots[at].tolist()
            if (column, row) not in grid.taken:
                sign = "★" if self._sights[at].is_liked else "•"
                grid.write(column, row, sign, cells.SIGHT)
                self._sight_cells[column, row] = at

    def _draw_marked(self, grid: Grid, wanted: tuple[int, int]) -> None:
        """Write the marked place with its name and what it is."""
        spot = grid.free_spot((wanted[0], wanted[1]), 1)
        if spot is None or self._marked is None:
            return
        sight = self._sights[self._marked]
        column, row = spot
        grid.write(column, row, "◆", cells.MARKED)
        self._sight_cells[spot] = self._marked
        words = fit(f"{clean_name(sight.name)} · {sight.kind}", grid.columns - 2)
        size = cell_len(words)
        at = min(max(column + 2, 0), grid.columns - size)
        for x, y in ((column + 2, row), (column - size - 1, row), (at, row - 1), (at, row + 1)):
            if grid.has_room(x, y, size):
                grid.write(x, y, words, cells.MARKED)
                return

    def _draw_names(self, grid: Grid) -> None:
        first = len(self._sites) - self.pickable
        for at in sorted(self._placed, key=lambda at: (at - first != self.chosen, at < first, at)):
            sign, name, _, _ = self._sites[at]
            column, row = self._placed[at]
            shown = fit(name, _LONGEST_NAME)
            size = cell_len(shown)
            spots = (
                (column + cell_len(sign) + 1, row),
                (column - size - 1, row),
                (column - size // 2, row - 1),
                (column - size // 2, row + 1),
            )
            for spot in spots:
                if grid.has_room(*spot, size):
                    part = cells.CHOSEN if at - first == self.chosen else cells.NAME
                    grid.write(*spot, shown, part)
                    break

    def _draw_street_names(self, grid: Grid) -> None:
        if self.ground is None:
            return
        from tui.widgets.ground import ACROSS, DOWN, SCALES

        shown = 0
        dot = SCALES[self._scale]
        most = min(_MOST_STREET_NAMES, grid.rows // 4)
        left, top = self._corner()
        west, north = left * dot * ACROSS, top * dot * DOWN
        box = (west, north, west + grid.columns * dot * ACROSS, north + grid.rows * dot * DOWN)
        for label in self.ground.labels_within(box, _LEAST_NAMED * dot * ACROSS):
            if shown >= most:
                return
            name = fit(clean(label.name), _LONGEST_NAME)
            size = cell_len(name)
            # A name longer than its street would tell nothing.
            if label.length < size * dot * ACROSS:
                continue
            column, row = self._cell(label.east, label.south)
            spot = (column - size // 2, row)
            if grid.has_room(*spot, size, gap=2):
                grid.write(*spot, name, cells.STREET)
                shown += 1
