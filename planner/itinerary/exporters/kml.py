"""A walk as KML 2.2: for Google Earth, My Maps, Organic Maps and others.

A folder a day holds the ways as lines and the stops as points with their times.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from planner.drawing.amounts import format_clock, format_date
from planner.itinerary.exporters.journey import CREDIT, degrees, geo_link

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from planner.itinerary.exporters.journey import Day, Journey, Spot, Visit, Way

_NAMESPACE: Final = "http://www.opengis.net/kml/2.2"
_WAY: Final = "way"
# Alpha, blue, green, red, as KML has colours.
_COLOUR: Final = "ffb3541e"
_WIDTH: Final = "4"


def compose(journey: Journey) -> str:
    """Return the text of a KML file."""
    out = io.StringIO()
    page = _Page(XMLGenerator(out, "utf-8", short_empty_elements=True), journey.zone())
    page.xml.startDocument()
    with page.inside("kml", xmlns=_NAMESPACE), page.inside("Document"):
        page.text("name", journey.title)
        page.text("description", "\n".join(filter(None, (journey.request, journey.facts, CREDIT))))
        with page.inside("Style", id=_WAY), page.inside("LineStyle"):
            page.text("color", _COLOUR)
            page.text("width", _WIDTH)
        for day in journey.days:
            with page.inside("Folder"):
                page.text("name", f"Day {day.number}, {format_date(day.date)}")
                page.day(day)
    page.xml.endDocument()
    return out.getvalue()


class _Page:
    """Writes elements in the order in which the schema wants them."""

    def __init__(self, xml: XMLGenerator, zone: ZoneInfo | None) -> None:
        self.xml = xml
        self.zone = zone

    @contextmanager
    def inside(self, element: str, /, **values: str) -> Iterator[None]:
        """Open an element, and close it after its content."""
        self.xml.startElement(element, AttributesImpl(values))
        yield
        self.xml.endElement(element)

    def text(self, name: str, words: str) -> None:
        """Write an element that holds words alone."""
        with self.inside(name):
            self.xml.characters(words)

    def day(self, day: Day) -> None:
        """Write one day."""
        if day.start is not None:
            self.spot(day.start, "start")
        for visit in day.visits:
            if (way := day.way_to(visit.stop.place_id)) is not None:
                self.way(way)
            self.visit(visit)
        if day.end is not None:
            if (way := day.way_to("end")) is not None:
                self.way(way)
            self.spot(day.end, "end")

    def visit(self, visit: Visit) -> None:
        """Write a stop."""
        stop = visit.stop
        lines = (visit.times, visit.facts, visit.waiting, visit.why, geo_link(stop.lat, stop.lon))
        with self.inside("Placemark"):
            self.text("name", f"{visit.number}. {visit.name}")
            self._lines(lines)
            self.span(visit.arrive, visit.depart)
            self.data(
                {
                    "place_id": stop.place_id,
                    "day": str(stop.day),
                    "category": stop.category,
                    "arrive": stop.arrive,
                    "visit_from": stop.visit_from,
                    "depart": stop.depart,
                    "opening_hours": stop.opening_hours or "",
                    "open": stop.open,
                    "osm": stop.osm or "",
                }
            )
            self.point(stop.lat, stop.lon)

    def way(self, way: Way) -> None:
        """Write a leg."""
        with self.inside("Placemark"):
            self.text("name", f"{way.origin} – {way.target}")
            self._lines((way.words, *way.steps))
            self.span(way.depart, way.arrive)
            self.text("styleUrl", f"#{_WAY}")
            distance, duration = repr(way.leg.distance_m), str(way.leg.duration_s)
            self.data({"distance_m": distance, "duration_s": duration})
            if way.line:
                with self.inside("LineString"):
                    self.text("tessellate", "1")
                    pairs = (f"{degrees(lon)},{degrees(lat)}" for lon, lat in way.line)
                    self.text("coordinates", " ".join(pairs))

    def spot(self, spot: Spot, which: str) -> None:
        """Write the start or the end."""
        with self.inside("Placemark"):
            self.text("name", spot.name)
            self.text("description", f"{which.capitalize()}, {format_clock(spot.moment)}")
            with self.inside("TimeStamp"):
                self.text("when", self.when(spot.moment))
            self.point(spot.lat, spot.lon)

    def span(self, begin: dt.datetime, end: dt.datetime) -> None:
        """Write from when to when."""
        with self.inside("TimeSpan"):
            self.text("begin", self.when(begin))
            self.text("end", self.when(end))

    def when(self, moment: dt.datetime) -> str:
        """Return a moment with its distance from UTC, where that is known."""
        return moment.replace(tzinfo=self.zone).isoformat()

    def data(self, values: dict[str, str]) -> None:
        """Write what programs may want to read."""
        with self.inside("ExtendedData"):
            for name, value in values.items():
                with self.inside("Data", name=name):
                    self.text("value", _plain(value))

    def point(self, lat: float, lon: float) -> None:
        """Write a position."""
        with self.inside("Point"):
            self.text("coordinates", f"{degrees(lon)},{degrees(lat)}")

    def _lines(self, lines: Iterable[str]) -> None:
        # Google's programs take a description for HTML: what a stranger wrote is escaped for that.
        from markupsafe import escape

        self.text("description", "<br>".join(str(escape(line)) for line in lines if line))


def _plain(value: str) -> str:
    """Return a value without signs that XML cannot hold."""
    from planner.library.words import clean

    return clean(value)
