"""Places as KML 2.2, and as KMZ: for Google Earth, My Maps, Organic Maps and others."""

from __future__ import annotations

import json
import zipfile
from typing import IO, TYPE_CHECKING
from xml.sax.saxutils import XMLGenerator

from planner.library.importers.drafts import as_record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.sax.xmlreader import AttributesImpl

    from planner.library.findings import Finding

_NAMESPACE = "http://www.opengis.net/kml/2.2"


def write(findings: Iterable[Finding], file: IO[bytes]) -> int:
    """Write a KML text, one placemark a place; return how many placemarks it has.

    A place without a position is a placemark without a point. All that is known stands in the
    placemark's extended data; name, notes and address also where other programs look for them.
    """
    xml = XMLGenerator(file, "utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.startElement("kml", _attributes(xmlns=_NAMESPACE))
    xml.startElement("Document", _attributes())
    _element(xml, "name", "Places")
    count = 0
    for finding in findings:
        _placemark(xml, finding)
        count += 1
    xml.endElement("Document")
    xml.endElement("kml")
    xml.endDocument()
    return count


def write_zipped(findings: Iterable[Finding], file: IO[bytes]) -> int:
    """Write a KMZ archive; return how many placemarks it has."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        # The moment of packing says nothing of the places; the same places make the same file.
        entry = zipfile.ZipInfo("doc.kml", (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        with zipped.open(entry, "w", force_zip64=True) as inner:
            return write(findings, inner)


def _placemark(xml: XMLGenerator, finding: Finding) -> None:
    xml.startElement("Placemark", _attributes())
    _element(xml, "name", finding.name)
    if finding.address:
        _element(xml, "address", finding.address)
    said = "; ".join(text for text in (finding.description, finding.notes) if text)
    if said:
        _element(xml, "description", said)
    if finding.added is not None:
        xml.startElement("TimeStamp", _attributes())
        _element(xml, "when", finding.added.isoformat())
        xml.endElement("TimeStamp")
    xml.startElement("ExtendedData", _attributes())
    _data(xml, "flaneur", "1")
    for key, value in as_record(finding).items():
        _data(xml, key, value)
    xml.endElement("ExtendedData")
    if finding.position is not None:
        xml.startElement("Point", _attributes())
        _element(xml, "coordinates", f"{finding.position.lon!r},{finding.position.lat!r}")
        xml.endElement("Point")
    xml.endElement("Placemark")


def _data(xml: XMLGenerator, name: str, value: object) -> None:
    xml.startElement("Data", _attributes(name=name))
    _element(xml, "value", as_text(value))
    xml.endElement("Data")


def as_text(value: object) -> str:
    """Return a value of a record as text: yes and no, numbers, and JSON for lists and mappings."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _element(xml: XMLGenerator, name: str, text: str) -> None:
    xml.startElement(name, _attributes())
    xml.characters(text)
    xml.endElement(name)


def _attributes(**values: str) -> AttributesImpl:
    from xml.sax.xmlreader import AttributesImpl

    return AttributesImpl(values)
