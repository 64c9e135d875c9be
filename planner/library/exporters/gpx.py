"""Places as GPX 1.1 waypoints: for OsmAnd, Garmin's devices and others."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from planner.library.exporters.kml import as_text
from planner.library.importers.drafts import as_record
from planner.library.importers.gpx import UNLOCATED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.library.findings import Finding

_NAMESPACE = "http://www.topografix.com/GPX/1/1"
_OURS = "urn:flaneur:places:1"


def write(findings: Iterable[Finding], file: IO[bytes]) -> int:
    """Write waypoints; return how many places the file has.

    All that is known of a place stands in its extensions; name, notes, link and the first label
    also where other programs look for them. A waypoint needs a position: places without one stand
    in the file's extensions, where only our own reader looks.
    """
    xml = XMLGenerator(file, "utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.startElement(
        "gpx",
        AttributesImpl(
            {"version": "1.1", "creator": "flaneur", "xmlns": _NAMESPACE, "xmlns:f": _OURS}
        ),
    )
    nowhere: list[Finding] = []
    count = 0
    for finding in findings:
        count += 1
        if finding.position is None:
            nowhere.append(finding)
            continue
        degrees = {"lat": repr(finding.position.lat), "lon": repr(finding.position.lon)}
        xml.startElement("wpt", AttributesImpl(degrees))
        _waypoint(xml, finding)
        xml.endElement("wpt")
    if nowhere:
        xml.startElement("extensions", AttributesImpl({}))
        for finding in nowhere:
            xml.startElement(f"f:{UNLOCATED}", AttributesImpl({}))
            _ours(xml, finding)
            xml.endElement(f"f:{UNLOCATED}")
        xml.endElement("extensions")
    xml.endElement("gpx")
    xml.endDocument()
    return count


def _waypoint(xml: XMLGenerator, finding: Finding) -> None:
    # In the order in which the schema wants them.
    if finding.added is not None:
        _element(xml, "time", f"{finding.added.isoformat()}T00:00:00Z")
    _element(xml, "name", finding.name)
    said = "; ".join(text for text in (finding.description, finding.notes) if text)
    if said:
        _element(xml, "desc", said)
    if finding.url:
        xml.startElement("link", AttributesImpl({"href": finding.url}))
        xml.endElement("link")
    if finding.labels:
        _element(xml, "type", finding.labels[0])
    xml.startElement("extensions", AttributesImpl({}))
    _ours(xml, finding)
    xml.endElement("extensions")


def _ours(xml: XMLGenerator, finding: Finding) -> None:
    xml.startElement("f:flaneur", AttributesImpl({}))
    for key, value in as_record(finding).items():
        _element(xml, f"f:{key}", as_text(value))
    xml.endElement("f:flaneur")


def _element(xml: XMLGenerator, name: str, text: str) -> None:
    xml.startElement(name, AttributesImpl({}))
    xml.characters(text)
    xml.endElement(name)
