"""Posts, pages, transcripts: names found and linked, none invented, reasons in the post's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.library.findings import DESCRIPTION_WORDS
from planner.library.importers import Proposal, in_cities
from planner.library.linking import Ground, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from planner.domain import Place
    from planner.library.findings import Finding
    from planner.library.importers.mentions import Gazetteer
    from planner.library.naming import NameIndex

POSTS = Path(__file__).parent / "posts"


@dataclass(frozen=True)
class Known:
    """A name that a gazetteer found."""

    start: int
    end: int
    name: str
    kind: str = "place"


def of(*names: str, areas: Iterable[str] = ()) -> Gazetteer:
    """A gazetteer of a few names."""
    kinds = dict.fromkeys(names, "place") | dict.fromkeys(areas, "area")

    def find(text: str) -> list[Known]:
        return [
            Known(found.start(), found.end(), name, kind)
            for name, kind in kinds.items()
            for found in re.finditer(rf"\b{re.escape(name)}\b", text)
        ]

    return find


@pytest.fixture(scope="module")
def city(helsinki_names: NameIndex) -> Gazetteer:
    found = in_cities([helsinki_names])
    assert found is not None
    return found


@pytest.fixture(scope="module")
def ground(helsinki_places: tuple[Place, ...], helsinki_names: NameIndex) -> Ground:
    return Ground("Helsinki", helsinki_names, {place.id: place for place in helsinki_places})


def linked(findings: Sequence[Finding], ground: Ground) -> tuple[list[str], list[str]]:
    """Names of the places that were meant, and of those that the city does not know."""
    found, absent = [], []
    for finding in findings:
        link = resolve(finding, [ground]).link
        (absent if link is None else found).append(finding.name)
    return found, absent


def test_a_post_of_eight_places_gives_six_and_two_that_are_not_there(
    read: Callable, city: Gazetteer, ground: Ground
) -> None:
    got = read(POSTS / "slow-saturday.md", gazetteer=city)
    assert got.format == "text"
    found, absent = linked(got.findings, ground)
    assert found == [
        "Kauppatori",
        "Vanha kauppahalli",
        "Oodi",
        "Amos Rex",
        "Tuomiokirkko",
        "Kappeli",
    ]
    assert absent == ["Kahvila Sininen Kuu", "Museum of Forgotten Umbrellas"]
    assert not got.refusals


def test_a_page_is_read_without_its_frame(read: Callable, city: Gazetteer, ground: Ground) -> None:
    got = read(POSTS / "with-a-pram.html", gazetteer=city)
    found, absent = linked(got.findings, ground)
    assert found == ["Oodi", "Café Engel", "Amos Rex"]
    assert absent == ["Leikkipuisto Pikku Majakka", "Hotel Torni Kolme"]


def test_what_is_said_in_a_video_is_read(read: Callable, city: Gazetteer, ground: Ground) -> None:
    got = read(POSTS / "my-helsinki.srt", gazetteer=city)
    found, absent = linked(got.findings, ground)
    assert found == ["Kauppatori", "Café Engel", "Oodi"]
    assert absent == ["Sauna Hiljainen Ranta"]
    assert got.findings[1].description == (
        "Then coffee at Café Engel, because the cake is bigger than my head."
    )


@pytest.mark.parametrize("name", ["slow-saturday.md", "with-a-pram.html", "my-helsinki.srt"])
def test_every_reason_is_cut_from_the_post(name: str, read: Callable, city: Gazetteer) -> None:
    post = set(re.findall(r"\w+", (POSTS / name).read_text().casefold().replace("&mdash;", "")))
    for finding in read(POSTS / name, gazetteer=city).findings:
        assert len(finding.description.split()) <= DESCRIPTION_WORDS
        assert set(re.findall(r"\w+", finding.description.casefold())) <= post
        assert finding.description


def test_a_message_with_pins(read_text: Callable) -> None:
    got = read_text(
        "message.txt",
        "Hi! My list:\n📍 Café Engel, Aleksanterinkatu 26 – breakfast with a view of the steps\n"
        "📍 Löyly / Ateneum\n📍 Bistro Kuukkeli – beetroot in four ways\nSee you there! xx Anna\n",
        gazetteer=of("Café Engel", "Löyly", "Ateneum"),
    )
    assert got.names == ["Café Engel", "Löyly", "Ateneum", "Bistro Kuukkeli"]
    engel = got.findings[0]
    assert engel.address == "Aleksanterinkatu 26"
    assert engel.description == "breakfast with a view of the steps"
    assert got.findings[3].description == "beetroot in four ways"


def test_a_list_of_bare_names(read_text: Callable) -> None:
    got = read_text("list.txt", "Kauppatori\nAmos Rex\nBar That Never Existed\nLöyly\n")
    assert got.names == ["Kauppatori", "Amos Rex", "Bar That Never Existed", "Löyly"]
    assert [finding.row for finding in got.findings] == [1, 2, 3, 4]
    assert any("No city is installed" in remark for remark in got.remarks)


def test_running_text_tells_places_from_people_towns_and_days(read_text: Callable) -> None:
    got = read_text(
        "post.txt",
        "On Saturday my friend Anna Virtanen flew in from Tallinn. We met Marshal Mannerheim, in bronze. "
        "Then we had cake at the Moonlight Tea House and a drink at Zorblax, which Finnish people love. "
        "Alvar Aalto designed the chairs in Ravintola Kuunsilta. In November, Instagram is full of it.",
        gazetteer=of(),
    )
    assert got.names == ["Moonlight Tea House", "Zorblax", "Ravintola Kuunsilta"]


def test_a_known_name_inside_a_longer_one_is_another_place(read_text: Callable) -> None:
    got = read_text(
        "post.txt",
        "We liked the Ateneum Secret Garden best of all. Tiny Kappeli was full, sadly.",
        gazetteer=of("Ateneum", "Kappeli"),
    )
    assert got.names == ["Ateneum Secret Garden", "Kappeli"]


def test_a_street_in_running_text_says_only_where(read_text: Callable) -> None:
    gazetteer = of("Engel", areas=["Aleksanterinkatu", "Kallio"])
    got = read_text(
        "a.txt", "We love Engel on Aleksanterinkatu, a walk from Kallio.", gazetteer=gazetteer
    )
    assert got.names == ["Engel"]
    got = read_text("a.md", "- **Kallio** – bars\n- **Engel** – cake\n", gazetteer=gazetteer)
    assert got.names == ["Kallio", "Engel"]


def test_a_name_in_one_of_its_cases_is_told_in_its_own(read_text: Callable) -> None:
    def find(text: str) -> list[Known]:
        at = text.find("Kauppatorilla")
        return [Known(at, at + len("Kauppatorilla"), "Kauppatori")] if at >= 0 else []

    only = read_text("a.txt", "Kalasoppaa Kauppatorilla heti aamusta.", gazetteer=find).only
    assert only.name == "Kauppatori"
    assert only.description == "Kalasoppaa Kauppatorilla heti aamusta."


def test_a_place_named_twice_is_found_once(read_text: Callable) -> None:
    got = read_text(
        "a.md",
        "## Café Regatta\n\nRed, tiny, by the water.\n\n## Löyly Sauna\n\nHot.\n\nBack at Regatta we had buns; Löyly can wait.\n",
        gazetteer=of("Löyly"),
    )
    assert got.names == ["Café Regatta", "Löyly Sauna"]
    assert got.findings[0].description == "Red, tiny, by the water."


def test_headings_that_name_no_place_give_none(read_text: Callable) -> None:
    got = read_text(
        "a.md",
        "# Two Days\n\n## Getting Around\n\nBy tram.\n\n## Where to Eat\n\n### Ateneum\n\nArt.\n\n"
        "### Oodi\n\nBooks.\n\n## Practical Information\n\n- Opening hours vary\n- Bring a Coat\n- Wool socks\n- Umbrella\n",
        gazetteer=of("Ateneum", "Oodi"),
    )
    assert got.names == ["Ateneum", "Oodi"]


def test_links_to_maps_tell_where(read_text: Callable) -> None:
    only = read_text(
        "a.md", "- [Villa Kuu](https://www.openstreetmap.org/?mlat=60.1&mlon=24.9) – swim\n"
    ).only
    assert only.name == "Villa Kuu"
    assert (only.position.lat, only.position.lon) == (60.1, 24.9)
    assert only.description == "swim"


def test_a_model_may_propose_only_what_the_post_says(read_text: Callable) -> None:
    asked: list[Sequence[str]] = []

    def propose(post: str, names: Sequence[str]) -> list[Proposal]:
        asked.append(names)
        assert "kuunsilta" in post.casefold()
        return [
            Proposal("Kuunsilta", "candles on the ice"),
            Proposal("Eiffel Tower", "a view"),
            Proposal("Oodi", "the best library on Earth"),
            Proposal("candles"),
            Proposal(""),
        ]

    got = read_text(
        "a.txt",
        "Kuunsilta puts candles on the ice every night. Oodi is the library next door.",
        gazetteer=of("Oodi"),
        propose=propose,
    )
    assert asked == [["Oodi"]]
    assert got.names == ["Kuunsilta", "Oodi"]
    assert got.findings[0].description == "candles on the ice"
    # A description with words of its own is not the post's.
    assert got.findings[1].description == "Oodi is the library next door."


def test_long_reasons_end_with_a_sentence(read_text: Callable) -> None:
    first = "It has a garden with old apple trees and a stove in every room."
    only = read_text(
        "a.md", f"## 1. Villa Kuu\n\n{first} {'And then there is more to say. ' * 8}"
    ).only
    assert only.description.startswith(first)
    assert only.description.endswith(".")
    assert len(only.description.split()) <= DESCRIPTION_WORDS


def test_a_page_saved_as_one_file(read_text: Callable) -> None:
    mhtml = (
        "From: <Saved by Blink>\r\nSubject: Post\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="----b"\r\n\r\n'
        "------b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "<html><body><h2>1. Caf=C3=A9 Engel</h2><p>Cake by the wind=\r\now.</p></body></html>\r\n"
        "------b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n------b--\r\n"
    )
    only = read_text("post.mhtml", mhtml, gazetteer=of("Café Engel")).only
    assert only.name == "Café Engel"
    assert only.description == "Cake by the window."


def test_scrolling_captions_are_put_together(read_text: Callable) -> None:
    vtt = (
        "WEBVTT\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE Café Note is none\n\n"
        "00:00.000 --> 00:02.000 align:start\nwe go to Café Engel for\n\n"
        "00:02.000 --> 00:04.000\nwe go to Café Engel for\n<c>cake</c> and coffee.\n\n"
        "00:04.000 --> 00:06.000\n<v Bob>cake</v> and coffee.\n"
    )
    only = read_text("v.vtt", vtt, gazetteer=of("Café Engel")).only
    assert only.name == "Café Engel"
    assert only.description == "we go to Café Engel for cake and coffee."


def test_a_text_without_places_says_so(read_text: Callable) -> None:
    got = read_text("a.txt", "nothing but rain, and a long way home.", gazetteer=of("Oodi"))
    assert got.findings == []
    assert any("No names of places" in remark for remark in got.remarks)


@pytest.mark.parametrize(
    "text",
    ["A" * 200_000, "Ab " * 40_000, "at " * 40_000, "*a " * 20_000, "[" * 20_000, "<a " * 20_000, "a\n" * 20_000, "📍" * 50_000, "." * 200_000, "A/" * 40_000],
    ids=["word", "capitals", "cues", "stars", "brackets", "tags", "lines", "pins", "dots", "slashes"],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["txt", "md"])
def test_texts_made_to_be_slow_are_read(ending: str, text: str, read_text: Callable) -> None:
    read_text(f"a.{ending}", text, gazetteer=of("Oodi"), format="text")
