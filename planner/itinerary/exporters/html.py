"""A walk as one page that needs nothing but itself: for a browser without a network, and paper.

The map is drawn from the walk's own geometry. There is no script, no picture, no font and no link
but ``geo:`` ones, and the page forbids itself to load any. Every text comes escaped into it, by the
template engine and not by remembering to.
"""

from __future__ import annotations

from importlib.resources import files as resources
from typing import TYPE_CHECKING, Final

from planner.drawing.amounts import format_clock, format_date
from planner.itinerary.exporters.chart import chart_of, day_style
from planner.itinerary.exporters.journey import CREDIT, degrees, geo_link
from planner.library.words import clean

if TYPE_CHECKING:
    from markupsafe import Markup

    from planner.itinerary.exporters.journey import Journey
    from planner.itinerary.exporters.scenery import Scenery

_TEMPLATE: Final = "page.html.jinja"


def compose(journey: Journey, *, scenery: Scenery) -> str:
    """Return the text of a page.

    Parameters
    ----------
    journey
        The walk.
    scenery
        What its map shows around it.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        clock=format_clock, date=format_date, degrees=degrees, clean=clean, day_style=day_style
    )
    source = resources(__package__).joinpath(_TEMPLATE).read_text(encoding="utf-8")
    return environment.from_string(source).render(
        journey=journey,
        chart=chart_of(journey, scenery),
        credit=CREDIT,
        geo_link=geo_link,
        qr=_qr,
    )


def _qr(words: str) -> Markup:
    """Return a QR code as SVG, black on white whatever the page's colours are."""
    import segno
    from markupsafe import Markup

    code = segno.make_qr(words, error="m")
    drawn: str = code.svg_inline(
        border=2, omitsize=True, svgclass="qr", lineclass=None, light="#fff"
    )
    # Drawn by segno from a link of figures: nothing of a stranger is in it.
    return Markup(drawn)  # noqa: S704
