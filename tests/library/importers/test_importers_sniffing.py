"""What a file is: told by what is in it, whatever it is called."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from planner.errors import UnreadableFileError, UsageError
from planner.library import importers
from planner.library.importers.sniffing import kind_of

if TYPE_CHECKING:
    from pathlib import Path

POINT = {"type": "Feature", "properties": {"name": "A"}, "geometry": {"type": "Point", "coordinates": [24, 60]}}  # fmt: skip


def zipped(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, text)
    return buffer.getvalue()


CASES = {
    "table": (b"name,lat,lon\nA,60,24\n", ("csv", "table")),
    "table-bom": ("\ufeffName;Breite;Länge\nA;60;24\n".encode(), ("csv", "table")),
    "list": (b"Title,Note,URL,Comment\nA,,https://www.google.com/maps/place/A/data=1,\n", ("takeout", "table")),
    "geojson": (json.dumps({"type": "FeatureCollection", "features": [POINT]}).encode(), ("geojson", "geojson")),
    "saved": (b'{"type":"FeatureCollection","features":[{"properties":{"google_maps_url":"x"}}]}', ("takeout", "takeout")),
    "swarm": (b'{"items":[{"type":"checkin","venue":{"id":"1","name":"A"}}]}', ("swarm", "swarm")),
    "kml": (b"<?xml version='1.0'?>\n<!-- a map -->\n<kml:kml xmlns:kml='x'/>", ("kml", "kml")),
    "gpx": (b"\xef\xbb\xbf<gpx/>", ("gpx", "gpx")),
    "kmz": (zipped("doc.kml", "<kml/>"), ("kmz", "kml")),
    "html": (b"<!DOCTYPE html><html><body>hi</body></html>", ("text", "html")),
    "vtt": (b"WEBVTT\n\n00:01.000 --> 00:02.000\nhi\n", ("text", "vtt")),
    "srt": (b"1\n00:00:01,000 --> 00:00:02,000\nhi\n", ("text", "srt")),
    "mhtml": (b'From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary="b"\n\n', ("text", "mhtml")),
    "prose": (b"Dear Anna, we went to Oodi, Engel and Kappeli. It was fine.\n", ("text", "plain")),
    "markdown": (b"# Helsinki\n\nWe went to **Oodi**.\n", ("text", "markdown")),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(50), ("image", "image")),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(CASES))
@pytest.mark.parametrize("ending", ["", ".dat"])
def test_a_file_is_told_by_its_content(case: str, ending: str, tmp_path: Path) -> None:
    content, expected = CASES[case]
    path = tmp_path / f"file{ending}"
    path.write_bytes(content)
    kind = kind_of(path)
    assert (kind.format, kind.content) == expected


def test_a_wrong_ending_does_not_mislead(tmp_path: Path) -> None:
    for name, case in (
        ("a.csv", "kml"),
        ("a.kml", "geojson"),
        ("a.json", "gpx"),
        ("a.txt", "kmz"),
        ("a.html", "png"),
    ):
        path = tmp_path / name
        path.write_bytes(CASES[case][0])
        assert kind_of(path).format == CASES[case][1][0]


def test_prose_with_commas_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Name your price, pack your bag, and go.\nFirst, we ate. Then, we slept.\n")
    assert kind_of(path).format == "text"


def test_what_a_person_says_wins_where_it_can(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CASES["list"][0])
    assert kind_of(path, "csv").format == "csv"
    assert kind_of(path, "takeout").content == "table"
    assert kind_of(path, "text").content == "plain"
    for wanted in ("geojson", "kmz", "image", "swarm"):
        with pytest.raises(UnreadableFileError, match=f"cannot be read as {wanted}"):
            kind_of(path, wanted)


def test_an_unknown_format_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no format 'docx'"):
        importers.read(tmp_path / "a", format="docx")
