"""CSV: headings in any words, coordinates in any form, rows that are broken."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from planner.domain import Position
from planner.library import importers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HERE = Position(60.1699, 24.9384)


@pytest.mark.parametrize(
    "text",
    [
        "name,lat,lon\nKiasma,60.1699,24.9384\n",
        "Name;Breitengrad;Längengrad\nKiasma;60,1699;24,9384\n",
        "Nimi\tLeveysaste\tPituusaste\nKiasma\t60.1699\t24.9384\n",
        'Nom,Coordonnées\nKiasma,"60.1699, 24.9384"\n',
        "titulo|latitud|longitud\nKiasma|60.1699|24.9384\n",
        "название,широта,долгота\nKiasma,60.1699,24.9384\n",
        "名称,緯度,経度\nKiasma,60.1699,24.9384\n",
        "WKT,name\nPOINT (24.9384 60.1699),Kiasma\n",
        'title,url\nKiasma,"https://www.google.com/maps/place/Kiasma/@60.2,24.9,17z/data=!3d60.1699!4d24.9384"\n',
        "title,url\nKiasma,https://www.openstreetmap.org/?mlat=60.1699&mlon=24.9384#map=19/60.2/24.9\n",
        'place,position\nKiasma,"geo:60.1699,24.9384"\n',
        "name,Latitude (deg),Longitude (deg)\nKiasma,60.1699,24.9384\n",
        "name,lat,lon\nKiasma,\"60°10'11.64\"\"N\",\"24°56'18.24\"\"E\"\n",
        "id,y,x,Name\n7,60.1699,24.9384,Kiasma\n",
        "sep=;\nname;lat;lon\nKiasma;60.1699;24.9384\n",
        "Kiasma,60.1699,24.9384\nOodi,60.1739,24.9380\n",
    ],
)  # fmt: skip
def test_a_place_is_found_under_any_headings(text: str, read_text: Callable) -> None:
    got = read_text("places.csv", text)
    assert got.format == "csv"
    first = got.findings[0]
    assert first.name == "Kiasma"
    assert first.position.lat == pytest.approx(HERE.lat, abs=1e-6)
    assert first.position.lon == pytest.approx(HERE.lon, abs=1e-6)


def test_the_mapping_is_shown_and_says_what_is_not_used(read_text: Callable) -> None:
    got = read_text("p.csv", "Titel,Breite,Länge,Farbe,Notiz\nOodi,60.17,24.93,rot,oben sitzen\n")
    assert got.mapping == {
        "Titel": "name", "Breite": "lat", "Länge": "lon", "Farbe": "", "Notiz": "notes",
    }  # fmt: skip
    assert got.only.notes == "oben sitzen"


def test_every_field_of_a_table_is_read(read_text: Callable) -> None:
    got = read_text(
        "p.csv",
        "name,name:fi,lat,lon,category,tags,rating,favourite,visited,never,stay,opening hours,"
        "street,housenumber,city,website,osm id,date,amenity\n"
        'Engel,Kahvila Engel,60.17,24.95,café,"cake, quiet",4.5,yes,x,no,1:30,Mo-Su 08:00-22:00,'
        "Aleksanterinkatu,26,Helsinki,https://engel.fi,node/25,2024-05-06,cafe\n",
    )
    only = got.only
    assert only.names == {"fi": "Kahvila Engel"}
    assert only.category == "cafe"
    assert only.labels == ("cake", "quiet")
    assert only.rating == 4.5
    assert (only.favourite, only.visited, only.never) == (True, True, False)
    assert only.visit_minutes == 90
    assert only.opening_hours == "Mo-Su 08:00-22:00"
    assert only.address == "Aleksanterinkatu 26, Helsinki"
    assert only.tags["addr:street"] == "Aleksanterinkatu"
    assert only.url == "https://engel.fi"
    assert only.osm == "node/25"
    assert only.added == dt.date(2024, 5, 6)


def test_a_kind_that_is_not_known_becomes_a_label(read_text: Callable) -> None:
    only = read_text("p.csv", "name,type\nX,Kraftplatz\n").only
    assert only.category is None
    assert only.labels == ("Kraftplatz",)


def test_bad_rows_are_refused_alone_and_named(read_text: Callable) -> None:
    got = read_text(
        "p.csv",
        "name,lat,lon\nA,NaN,24\nB,60,24\nC,inf,1\nD,139.7,35.6\nE,,24\nF,north,24\nG,61,25\n,,\n",
    )
    assert got.names == ["B", "G"]
    assert [refusal.row for refusal in got.refusals] == [2, 4, 5, 6, 7]
    reasons = [refusal.reason for refusal in got.refusals]
    assert "A: its position is not a number" in reasons
    assert any("D: its latitude 139.7" in reason and "swapped" in reason for reason in reasons)
    assert any("missing" in reason for reason in reasons)
    assert any("'north' is no number of degrees" in reason for reason in reasons)


def test_swapped_columns_are_taken_the_other_way_and_told(read_text: Callable) -> None:
    got = read_text("p.csv", "name,lat,lon\nTokyo,139.69,35.68\nKyoto,135.76,35.01\n")
    assert got.findings[0].position == Position(35.68, 139.69)
    assert any("each other's columns" in remark for remark in got.remarks)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("name,opens,closes\nA,9:00,17:30\nB,18:00,2 am\n", ["09:00-17:30", "18:00-02:00"]),
        ("name,open,close\nA,9.30,17\nB,10:00:00,7 pm\n", ["09:30-17:00", "10:00-19:00"]),
        ("Nimi;Avautuu;Sulkeutuu\nA;9;17\nB;;\n", ["09:00-17:00", None]),
        ("name,opening\nA,Mo-Fr 09:00-17:00\n", ["Mo-Fr 09:00-17:00"]),
        ("name,open\nA,Mo-Fr 09:00-17:00\n", ["Mo-Fr 09:00-17:00"]),
        ("name,opens,closes\nA,9:00,\n", ["09:00+"]),
    ],
)
def test_times_of_opening_and_closing_make_hours(
    text: str, hours: list[str | None], read_text: Callable
) -> None:
    got = read_text("p.csv", text)
    assert [finding.opening_hours for finding in got.findings] == hours
    assert list(got.remarks) == []


def test_swapped_times_of_opening_are_taken_the_other_way_and_told(read_text: Callable) -> None:
    got = read_text("p.csv", "name,closes,opens\nShop,9:00,17:00\nBar,18:00,02:00\n")
    assert [each.opening_hours for each in got.findings] == ["09:00-17:00", "18:00-02:00"]
    assert len(got.remarks) == 1
    assert "Opening and closing times stand in each other's columns" in got.remarks[0]
    # One that is sound as it stands says that the headings are right.
    got = read_text("p.csv", "name,opens,closes\nShop,9:00,17:00\nOdd,17:00,9:00\n")
    assert [each.opening_hours for each in got.findings] == ["09:00-17:00", "17:00-09:00"]
    assert len(got.remarks) == 1
    assert "Row 3: its opening hours 17:00-09:00 last through the night" in got.remarks[0]


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ("17:00-09:00", "17:00-09:00 last through the night"),
        ("Mo-Fr 11:00-23:00; Sa-Su 12:00-10:00", "12:00-10:00 last through the night"),
        ("whenever we like", "'whenever we like' cannot be read and count as unknown"),
        ("Fr-Sa 22:00-06:00", ""),
        ("Mo-Su 18:00-26:00", ""),
        ('Mo-Fr 09:00-17:00 "not 17:00-09:00"', ""),
        ("9am-5pm", ""),
    ],
)
def test_hours_that_may_be_swapped_are_kept_and_told(
    hours: str, words: str, read_text: Callable
) -> None:
    got = read_text("p.csv", f"name\topening hours\nA\t{hours}\n")
    assert got.only.opening_hours is not None
    assert len(got.remarks) == bool(words)
    assert words in "".join(got.remarks)


def test_zero_zero_stands_for_unknown(read_text: Callable) -> None:
    assert read_text("p.csv", "name,lat,lon\nSomewhere,0,0\n").only.position is None


def test_a_quote_that_never_closes_costs_its_own_row(read_text: Callable) -> None:
    got = read_text("p.csv", 'name,lat,lon\nA,60,24\n"B,60,24\nC,60,24\n"D, of ""E""",60,24\n')
    assert got.names == ["A", "C", 'D, of "E"']
    assert [(refusal.row, "quote" in refusal.reason) for refusal in got.refusals] == [(3, True)]


def test_a_cell_may_have_lines(read_text: Callable) -> None:
    got = read_text("p.csv", 'name,notes,lat,lon\r\nA,"one\r\ntwo",60,24\r\nB,,60,25\r\n')
    assert [finding.notes for finding in got.findings] == ["one two", ""]
    assert [finding.row for finding in got.findings] == [2, 4]


def test_cells_beyond_the_headings_are_kept_and_told(read_text: Callable) -> None:
    got = read_text("p.csv", "name,lat,lon,notes\nA,60,24,good soup, warm bread\n")
    assert "good soup" in got.only.notes
    assert "warm bread" in got.only.notes
    assert any("more cells" in remark for remark in got.remarks)


def test_googles_favourites_are_favourites(read_text: Callable) -> None:
    text = "Title,Note,URL,Tags,Comment\nX,,https://www.google.com/maps/place/X/data=!4m2,,\n"
    assert read_text("Favourite places.csv", text).only.favourite is True
    only = read_text("Want to go.csv", text).only
    assert only.favourite is None
    assert only.labels == ("Want to go",)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8-sig", "Café Überraschung 東京"),
        ("utf-16", "Café Überraschung 東京"),
        ("utf-16-le", "Cafe Überraschung und noch mehr davon"),
        ("cp1252", "Café Überraschung – “gut”"),
        ("cp1251", "Кафе Пушкинъ на Тверском бульваре"),
        ("shift_jis", "東京駅の近くの美味しいラーメン屋さん"),
    ],
)
def test_any_encoding_is_found_out(encoding: str, name: str, read_text: Callable) -> None:
    text = f"name,lat,lon\n{name},60,24\n{name},61,24\n"
    got = read_text("p.csv", text.encode(encoding))
    assert got.names == [name, name]


def test_a_guessed_encoding_is_told(read_text: Callable) -> None:
    got = read_text("p.csv", "name,lat,lon\nKäsityö,60,24\n".encode("cp1252"))
    assert got.names == ["Käsityö"]
    assert any("cp1252" in remark for remark in got.remarks)


def test_many_rows_need_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    with path.open("w") as file:
        file.write("name,lat,lon,notes\n")
        file.writelines(f"Place {n},60.{n % 1000:03},24.5,some words on it\n" for n in range(4_000))
    tracemalloc.start()
    count = sum(1 for _item in importers.read(path).items)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4_000
    assert peak < 3_500_000
