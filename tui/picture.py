"""The map as a real picture, for terminals that show such: every street, area and way in pixels."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from planner.itinerary.document import PlanDocument
    from tui.widgets.ground import Ground

    Floats = NDArray[np.float64]

Ability = Literal["off", "missing", "none", "sixel", "kitty"]
"""What is known of pictures here: not asked for, no library, no such terminal, or how."""

_MARGIN: Final = 0.08
_SMALLEST_M: Final = 300.0
_SHOWN_PIXELS: Final = 30.0
_MAIN_PIXELS: Final = 200.0
_FINE: Final = 2
"""Drawn so many times larger and then made smaller, which smooths all edges."""
_RADIUS: Final = 11
_SCALE_SHARE: Final = 0.2


def ability() -> Ability:
    """Ask the terminal whether it shows pictures. Only before the application has it.

    textual-image asks by writing to the terminal and reading its answer, when it is imported.
    """
    try:
        from textual_image.renderable import Image, SixelImage, TGPImage
    except ImportError:
        return "missing"
    # The size of a cell is asked for once, and remembered.
    import textual_image.widget  # noqa: F401

    if Image is SixelImage:
        return "sixel"
    return "kitty" if Image is TGPImage else "none"


@dataclass(frozen=True, slots=True)
class _View:
    """Metres to pixels."""

    west: float
    north: float
    per_metre: float

    def place(self, points: Floats) -> Floats:
        """Return where (n, 2) points in metres lie."""
        placed: Floats = (points - (self.west, self.north)) * self.per_metre
        return placed

    def pieces(self, pieces: Floats) -> Floats:
        """Return where (n, 4) pieces lie."""
        corner = (self.west, self.north, self.west, self.north)
        placed: Floats = (pieces - corner) * self.per_metre
        return placed


def picture_of(
    document: PlanDocument,
    ground: Ground,
    size: tuple[int, int],
    colours: Mapping[str, str],
    chosen: int | None = None,
) -> Image:
    """Draw a walk on its city.

    Parameters
    ----------
    document, ground
        The walk, and the city that it goes through.
    size
        Width and height in pixels.
    colours
        A theme's variables: ``background``, ``foreground`` and ``map-…``.
    chosen
        The index of the stop whose way stands out.
    """
    import numpy as np
    from PIL import Image, ImageDraw

    width, height = (max(side, 16) * _FINE for side in size)
    ways = [
        ground.projection.metres(*np.asarray(leg.path, dtype=np.float64).reshape(-1, 2).T)
        for leg in document.legs
    ]
    stops = ground.projection.metres(
        np.array([stop.lon for stop in document.stops]),
        np.array([stop.lat for stop in document.stops]),
    )
    view = _fitted(np.vstack([stops, *ways]), width, height)
    picture = Image.new("RGB", (width, height), colours["background"])
    _draw_areas(picture, ground, view, colours)
    draw = ImageDraw.Draw(picture)
    box = (
        view.west,
        view.north,
        view.west + width / view.per_metre,
        view.north + height / view.per_metre,
    )
    _draw_streets(draw, ground, view, box, colours)
    target = None if chosen is None else document.stops[chosen].place_id
    for leg, way in sorted(
        zip(document.legs, ways, strict=True), key=lambda pair: pair[0].target == target
    ):
        colour = colours["map-leg" if leg.target == target else "map-walk"]
        _line(draw, view.place(way), colour, 4 * _FINE)
    _draw_stops(draw, view.place(stops), colours, chosen)
    _draw_scale(draw, view, (width, height), colours)
    return picture.resize((width // _FINE, height // _FINE), Image.Resampling.LANCZOS)


def _fitted(points: Floats, width: int, height: int) -> _View:
    low, high = points.min(axis=0), points.max(axis=0)
    span = high - low
    across, down = (max(float(side), _SMALLEST_M) / (1 - 2 * _MARGIN) for side in span)
    per_metre = min(width / across, height / down)
    middle = (low + high) / 2
    return _View(
        float(middle[0]) - width / 2 / per_metre,
        float(middle[1]) - height / 2 / per_metre,
        per_metre,
    )


def _rings(rim: Floats) -> Iterator[Floats]:
    """Yield the rings of an area from the pieces of its rims."""
    import numpy as np

    breaks = np.flatnonzero((rim[:-1, 2:] != rim[1:, :2]).any(axis=1)) + 1
    for ring in np.split(rim, breaks):
        yield ring[:, :2]


def _draw_areas(picture: Image, ground: Ground, view: _View, colours: Mapping[str, str]) -> None:
    from PIL import Image, ImageChops, ImageDraw

    from tui.widgets.ground import PARK, SQUARE, WATER

    names = {PARK: "map-park", SQUARE: "map-square", WATER: "map-water"}
    width, height = picture.size
    for kind, (west, north, east, south), rim in sorted(ground.areas, key=lambda area: area[0]):
        left, top = ((west - view.west), (north - view.north))
        right, bottom = ((east - view.west), (south - view.north))
        if right < 0 or bottom < 0 or left * view.per_metre > width:
            continue
        if top * view.per_metre > height:
            continue
        mask = Image.new("1", picture.size)
        for ring in _rings(rim):
            if len(ring) > 2:  # noqa: PLR2004 - a triangle
                one = Image.new("1", picture.size)
                points = [(float(x), float(y)) for x, y in view.place(ring)]
                ImageDraw.Draw(one).polygon(points, fill=1)
                # What two rims hold is a hole.
                mask = ImageChops.logical_xor(mask, one)
        picture.paste(colours[names[kind]], mask=mask)


def _draw_streets(
    draw: object,
    ground: Ground,
    view: _View,
    box: tuple[float, float, float, float],
    colours: Mapping[str, str],
) -> None:
    pieces, weight = ground.streets.within(box, _SHOWN_PIXELS * _FINE / view.per_metre)
    is_main = weight >= _MAIN_PIXELS * _FINE / view.per_metre
    shores, _ = ground.shores.within(box, 0.0)
    for found, name, broad in (
        (pieces[~is_main], "map-minor", 1),
        (pieces[is_main], "map-main", 2),
        (shores, "map-shore", 2),
    ):
        for a, b, c, d in view.pieces(found).tolist():
            draw.line((a, b, c, d), fill=colours[name], width=broad * _FINE)  # type: ignore[attr-defined]


def _line(draw: object, points: Floats, colour: str, broad: int) -> None:
    if len(points) > 1:
        line = [(float(x), float(y)) for x, y in points]
        draw.line(line, fill=colour, width=broad, joint="curve")  # type: ignore[attr-defined]


def _draw_stops(
    draw: object, points: Floats, colours: Mapping[str, str], chosen: int | None
) -> None:
    from PIL import ImageFont

    font = ImageFont.load_default(size=13 * _FINE)
    for index, (x, y) in enumerate(points.tolist()):
        reach = _RADIUS * _FINE
        fill = colours["map-leg" if index == chosen else "map-walk"]
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=fill)  # type: ignore[attr-defined]
        draw.text((x, y), str(index + 1), fill=colours["map-sign"], font=font, anchor="mm")  # type: ignore[attr-defined]


def _draw_scale(
    draw: object, view: _View, size: tuple[int, int], colours: Mapping[str, str]
) -> None:
    from PIL import ImageFont

    most = size[0] * _SCALE_SHARE / view.per_metre
    power = 10.0 ** math.floor(math.log10(most))
    metres = max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-9))
    left, bottom = 8 * _FINE, size[1] - 8 * _FINE
    right = left + metres * view.per_metre
    colour = colours["foreground"]
    tick = 5 * _FINE
    line = [(left, bottom - tick), (left, bottom), (right, bottom), (right, bottom - tick)]
    draw.line(line, fill=colour, width=_FINE)  # type: ignore[attr-defined]
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004
    font = ImageFont.load_default(size=12 * _FINE)
    draw.text((left, bottom - tick), words, fill=colour, font=font, anchor="lb")  # type: ignore[attr-defined]


def reasons(known: Ability) -> tuple[str, str]:
    """Return why there are no pictures here, and the next step."""
    if known == "missing":
        return (
            "Pictures need a library that is not installed.",
            f'{sys.executable} -m pip install "textual-image"',
        )
    if known == "none":
        return (
            "This terminal shows no pictures: it knows neither Sixel nor the way of Kitty.",
            "The map of signs shows the same; pictures show in Kitty, Ghostty, WezTerm or foot.",
        )
    return (
        "Pictures are switched off.",
        "Write pictures = true under [tui] in config.toml, and start again.",
    )


def legend_of(names: Sequence[str]) -> str:
    """Return the names of the stops behind their numbers."""
    return "  ".join(f"{number} {name}" for number, name in enumerate(names, start=1))
