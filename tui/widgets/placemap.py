"""Places on the map: those that a list shows, one of which is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.drawing.lettering import clean_name
from tui.widgets.map import MapView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain import Position
    from tui.widgets.ground import Ground

SIGN, TAKEN = "●", "✚"
_CLOSEST = 2.0
"""Metres a dot around a single place."""
_COLUMNS_ASIDE, _ROWS_ASIDE = 4, 2


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the map.

    ``number`` is its row in the list, ``is_taken`` whether it is selected for a walk.
    """

    number: int
    name: str
    position: Position
    is_taken: bool = False


class PlaceMap(MapView):
    """A map of places that can be moved and enlarged."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as Textual has it
        super().__init__(id=id)
        self._spots: tuple[Spot, ...] = ()

    @property
    def pickable(self) -> int:
        """How many of the sites can be picked: all."""
        return len(self._sites)

    def show_places(self, spots: Sequence[Spot], ground: Ground | None) -> None:
        """Show places; the view stays where it is if the person moved it.

        Parameters
        ----------
        spots
            The places.
        ground
            The city, ``None`` where there is none.
        """
        another = self.ground is not ground or not self._fits(spots)
        self._spots, self.ground = tuple(spots), ground
        self._sites = []
        if ground is not None and spots:
            import numpy as np

            points = ground.projection.metres(
                np.array([each.position.lon for each in spots]),
                np.array([each.position.lat for each in spots]),
            ).tolist()
            self._sites = [
                (TAKEN if each.is_taken else SIGN, clean_name(each.name), east, south)
                for each, (east, south) in zip(spots, points, strict=True)
            ]
        if another:
            self._fit()
        self._redraw()

    def _fits(self, spots: Sequence[Spot]) -> bool:
        """Tell whether the same places are shown, whatever became of their marks."""
        return [each.position for each in spots] == [each.position for each in self._spots]

    def choose_row(self, number: int | None) -> None:
        """Let the place of a row of the list stand out."""
        at = next((at for at, each in enumerate(self._spots) if each.number == number), None)
        self.choose(at)

    def row_of(self, index: int) -> int | None:
        """Return the row of a place that was picked."""
        return self._spots[index].number if 0 <= index < len(self._spots) else None

    def _fit(self) -> None:
        """Show all places that lie in the city; what lies far outside would make it a dot."""
        super()._fit()
        if self.ground is None or not self.size.width:
            return
        from tui.widgets.ground import ACROSS, DOWN, SCALES

        west, north, east, south = self.ground.box
        inside = [(x, y) for _, _, x, y in self._sites if west <= x <= east and north <= y <= south]
        if inside:
            west, east = min(x for x, _ in inside), max(x for x, _ in inside)
            north, south = min(y for _, y in inside), max(y for _, y in inside)
        across = max(self.size.width - _COLUMNS_ASIDE, 4) * ACROSS
        down = max(self.size.height - _ROWS_ASIDE, 2) * DOWN
        needed = max((east - west) / across, (south - north) / down, _CLOSEST)
        self._scale = next(
            (step for step, dot in enumerate(SCALES) if dot >= needed), len(SCALES) - 1
        )
        # The lowest row holds the scale.
        dot = SCALES[self._scale]
        self._middle = ((west + east) / 2, (north + south) / 2 + dot * DOWN / 2)
