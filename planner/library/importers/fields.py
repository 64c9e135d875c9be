"""What all readers do with a value: texts made safe, numbers, days and positions understood."""

from __future__ import annotations

import datetime as dt
import html
import math
import re
import urllib.parse
from typing import TYPE_CHECKING

from planner.domain import Position
from planner.library.findings import LONGEST_NAME, LONGEST_TEXT
from planner.library.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

LAT_LIMIT, LON_LIMIT = 90.0, 180.0
_TAG = re.compile(r"<(?:[a-zA-Z/!][^<>]{0,2000})>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_NUMBER = re.compile(r"[+-]?(?:\d{1,4}(?:[.,]\d{0,30})?|[.,]\d{1,30})(?:[eE][+-]?\d{1,3})?")
_DEGREES = re.compile(
    r"""([NSEWO]?)\s*([+-]?\d{1,3}(?:[.,]\d{1,20})?)\s*(?:°|º|d|deg)?
        (?:\s*(\d{1,2}(?:[.,]\d{1,20})?)\s*['\u2032\u2019m])?
        (?:\s*(\d{1,2}(?:[.,]\d{1,20})?)\s*(?:["\u2033\u201d s]|''))?\s*([NSEWO]?)""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN_PAIR = re.compile(
    r"\(?\s*([+-]?\d{1,3}(?:\.\d{1,30})?)\s*[,;\s]\s*([+-]?\d{1,3}(?:\.\d{1,30})?)\s*\)?"
)
_COMMA_PAIR = re.compile(r"\(?\s*([+-]?\d{1,3},\d{1,30})\s*[;\s]\s*([+-]?\d{1,3},\d{1,30})\s*\)?")
_WKT = re.compile(
    r"\s*(?:SRID=4326;)?\s*POINT\s*(?:Z|M|ZM)?\s*\(\s*(\S+)\s+(\S+)[^)]*\)\s*", re.IGNORECASE
)
_AT = re.compile(r"@([+-]?\d{1,3}\.\d+),([+-]?\d{1,3}\.\d+)")
_PINNED = re.compile(r"!3d([+-]?\d{1,3}(?:\.\d+)?)!4d([+-]?\d{1,3}(?:\.\d+)?)")
_GEO = re.compile(r"geo:([+-]?\d{1,3}(?:\.\d+)?),([+-]?\d{1,3}(?:\.\d+)?)", re.IGNORECASE)
_HASH = re.compile(r"#(?:.*&)?map=\d+(?:\.\d+)?/([+-]?\d{1,3}(?:\.\d+)?)/([+-]?\d{1,3}(?:\.\d+)?)")
_QUERY_PAIRS = (
    "q",
    "query",
    "ll",
    "sll",
    "daddr",
    "destination",
    "center",
    "loc",
    "coordinate",
    "cp",
)
_QUERY_NAMES = ("q", "query", "daddr", "destination")
_GOOGLE = re.compile(
    r"https?://(?:(?:www\.|maps\.)?google\.[a-z.]{2,6}/(?:maps|search|\?)|maps\.app\.goo\.gl/"
    r"|goo\.gl/maps/)",
    re.IGNORECASE,
)
_MAPS = re.compile(
    r"https?://(?:maps\.apple\.com/|(?:www\.)?openstreetmap\.org/|osm\.org/|omaps\.app/)",
    re.IGNORECASE,
)
_HREF = re.compile(
    r"""<a\s[^<>]{0,500}?href\s*=\s*["'](https?://[^"'<>\s]{1,2000})["']""", re.IGNORECASE
)
_OSM_PATH = re.compile(r"openstreetmap\.org/(node|way|relation)/(\d{1,19})", re.IGNORECASE)
_OSM_PLAIN = re.compile(r"(node|way|relation|n|w|r)[/:_ ]?(\d{1,19})", re.IGNORECASE)
_OSM_KINDS = {"n": "node", "w": "way", "r": "relation"}
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_SECONDS = re.compile(r"\d{9,10}|\d{12,13}|\d{15,16}")
_YES = frozenset([
    "true", "yes", "y", "1", "x", "on", "ja", "oui", "si", "sì", "sí", "kyllä", "sim", "да",
    "tak", "✓", "✔", "★", "⭐",
])  # fmt: skip
_NO = frozenset(["false", "no", "n", "0", "off", "nein", "non", "ei", "não", "нет", "nie"])
_STARS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0}
_RATING = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*(?:/\s*(5|10)|\*|stars?|★|⭐)?")
BEST_RATING = 5.0
_LONGEST_STAY_MIN = 7 * 24 * 60
_LONGEST_MARKUP = 4 * LONGEST_TEXT


class ValueRefusedError(ValueError):
    """A value of a row that cannot be what it stands for; the message says why, to a person."""


def tidy(text: str, *, limit: int = LONGEST_TEXT) -> str:
    """Return a text as :func:`planner.library.words.clean` does, at once where it is plain."""
    if len(text) <= limit and text.isprintable():
        return text.strip() if "  " not in text else " ".join(text.split())
    return clean(text, limit=limit)


def tidy_lines(text: str, *, limit: int = LONGEST_TEXT) -> str:
    """Return a text as :func:`tidy` does, line by line; empty lines are left out."""
    return "\n".join(filter(None, map(tidy, text.splitlines())))[:limit].strip()


def tidy_name(text: str) -> str:
    """Return a name made safe and not endless; empty if nothing of it is left."""
    return tidy(text, limit=LONGEST_NAME)


def plain(text: str) -> str:
    """Return a text without the HTML that map programs write into descriptions.

    Tags become spaces and entities signs; a text without any is returned as it is.
    """
    if "<" in text and _TAG.search(text):
        from selectolax.lexbor import LexborHTMLParser

        body = LexborHTMLParser(text[: 4 * _LONGEST_MARKUP]).body
        if body is None:
            return ""
        for tag in body.css("script, style, template"):
            tag.decompose()
        text = body.text(separator=" ")
    elif "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    return text


def note(text: str) -> str:
    """Return a note or description without markup, made safe."""
    return tidy(plain(text))


def joined(*texts: str) -> str:
    """Return texts one after the other, none twice and none that another holds."""
    kept: list[str] = []
    for text in texts:
        if text and not any(text in other for other in kept):
            kept.append(text)
    return tidy("; ".join(kept))


def number(text: str) -> float | None:
    """Return a number written with a point or a comma, None if the text is none."""
    stripped = text.strip()
    if stripped.casefold() in {"nan", "inf", "-inf", "+inf", "infinity", "-infinity"}:
        return float(stripped)
    if _NUMBER.fullmatch(stripped) is None:
        return None
    return float(stripped.replace(",", "."))


def degrees(text: str) -> float | None:
    """Return degrees, also of ``60°10'15" N`` and ``24,94 E``; None if the text is no angle."""
    value = number(text)
    if value is not None:
        return value
    found = _DEGREES.fullmatch(text.strip())
    if found is None:
        return None
    before, whole, minutes, seconds, after = found.groups()
    side = (before or after).upper()
    angle = float(whole.replace(",", "."))
    for part, share in ((minutes, 60), (seconds, 3600)):
        if part:
            angle += math.copysign(float(part.replace(",", ".")) / share, angle)
    # "O" is west in most Romance languages, and no English speaker writes it.
    return -abs(angle) if side in {"S", "W", "O"} else angle


def position(lat: float, lon: float) -> Position | None:
    """Return a position, None for 0,0, which stands for "unknown" wherever it is written.

    Raises
    ------
    ValueRefusedError
        If they are no latitude and longitude.
    """
    if not (math.isfinite(lat) and math.isfinite(lon)):
        raise ValueRefusedError("its position is not a number")
    if abs(lat) > LAT_LIMIT:
        swapped = abs(lat) <= LON_LIMIT and abs(lon) <= LAT_LIMIT
        raise ValueRefusedError(
            f"its latitude {lat:g} is not between -90 and 90"
            + ("; latitude and longitude seem to be swapped" if swapped else "")
        )
    if abs(lon) > LON_LIMIT:
        raise ValueRefusedError(f"its longitude {lon:g} is not between -180 and 180")
    if lat == 0.0 and lon == 0.0:
        return None
    return Position(lat, lon)


def pair(text: str) -> tuple[float, float] | None:
    """Return latitude and longitude of a text that holds both, None if it does not.

    Understood are ``60.17, 24.94``, ``60,17; 24,94``, ``POINT(24.94 60.17)`` (longitude first, as
    the standard has it), degrees with minutes, ``geo:`` links and links of map services.
    """
    text = text.strip()
    found = _WKT.fullmatch(text)
    if found is not None:
        lon, lat = number(found[1]), number(found[2])
        return (lat, lon) if lat is not None and lon is not None else None
    found = _PLAIN_PAIR.fullmatch(text) or _COMMA_PAIR.fullmatch(text)
    if found is not None:
        return float(found[1].replace(",", ".")), float(found[2].replace(",", "."))
    if "://" in text or text.casefold().startswith("geo:"):
        return pair_of_link(text)
    if any(sign in text for sign in "°º") and any(side in text.upper() for side in "NS"):
        halves = re.split(r"(?<=[NSns])[\s,;]+|[,;]\s*(?=[NSEWnsew\d])", text, maxsplit=1)
        if len(halves) == 2:  # noqa: PLR2004 - latitude and longitude
            lat, lon = degrees(halves[0]), degrees(halves[1])
            if lat is not None and lon is not None:
                return lat, lon
    return None


def pair_of_link(link: str) -> tuple[float, float] | None:
    """Return the latitude and longitude that a map service's link tells, None if it tells none."""
    link = urllib.parse.unquote(link[:4000])
    # The pin comes before the middle of the map that was on the screen.
    for pattern in (_PINNED, _GEO):
        found = pattern.search(link)
        if found is not None:
            return float(found[1]), float(found[2])
    query = _query(link)
    if "mlat" in query and "mlon" in query:
        lat, lon = number(query["mlat"]), number(query["mlon"])
        if lat is not None and lon is not None:
            return lat, lon
    for key in _QUERY_PAIRS:
        text = query.get(key, "").removeprefix("loc:").replace("~", ",")
        found = _PLAIN_PAIR.fullmatch(text.strip())
        if found is not None:
            return float(found[1]), float(found[2])
    for pattern in (_AT, _HASH):
        found = pattern.search(link)
        if found is not None:
            return float(found[1]), float(found[2])
    found = re.search(r"/(?:place|search|dir/)/?([+-]?\d{1,3}\.\d+),\s*([+-]?\d{1,3}\.\d+)", link)
    return (float(found[1]), float(found[2])) if found is not None else None


def is_map_link(link: str) -> bool:
    """Whether a link leads to a place on a map service."""
    if is_google_link(link) or _MAPS.match(link) is not None:
        return True
    return pair_of_link(link) is not None


def is_google_link(link: str) -> bool:
    """Whether a link leads to Google's map."""
    return _GOOGLE.match(link) is not None


def first_link(markup: str) -> str | None:
    """Return the first link of the web in a piece of HTML, None if there is none."""
    found = _HREF.search(markup[:_LONGEST_MARKUP])
    return web_link(html.unescape(found[1])) if found is not None else None


def name_of_link(link: str) -> str:
    """Return the name that a map service's link tells, empty if it tells none."""
    decoded = urllib.parse.unquote_plus(link[:4000])
    found = re.search(r"/maps/(?:place|search)/([^/@?#]+)", decoded)
    text = found[1] if found is not None else ""
    if not text:
        query = _query(link)
        text = next((query[key] for key in _QUERY_NAMES if query.get(key)), "")
    return "" if pair(text) is not None else tidy_name(text)


def _query(link: str) -> dict[str, str]:
    try:
        parts = urllib.parse.urlsplit(link)
        return dict(urllib.parse.parse_qsl(parts.query, max_num_fields=100))
    except ValueError:
        return {}


def web_link(text: str) -> str | None:
    """Return a link of the web, None for any other text: no other kind is kept."""
    link = tidy(text)
    if not link.casefold().startswith(("http://", "https://")) or " " in link:
        return None
    return link


def osm_object(value: object) -> str | None:
    """Return ``"node/123"`` of an OpenStreetMap link or id, None if the value is none."""
    text = str(value)
    found = _OSM_PATH.search(text) or _OSM_PLAIN.fullmatch(text.strip())
    if found is None:
        return None
    kind = found[1].casefold()
    return f"{_OSM_KINDS.get(kind, kind)}/{int(found[2])}"


def day(value: object) -> dt.date | None:
    """Return the day of a date, a time or seconds since 1970, None where there is none."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    try:
        if _SECONDS.fullmatch(text):
            moment = float(text[:10]) if len(text) > 10 else float(text)  # noqa: PLR2004 - milliseconds
            return dt.datetime.fromtimestamp(moment, dt.UTC).date()
        found = _DAY.match(text)
        if found is not None:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
        found = _DAY_FIRST.match(text)
        if found is not None:
            return dt.date(int(found[3]), int(found[2]), int(found[1]))
    except (ValueError, OverflowError, OSError):
        return None
    return None


def yes_no(value: object) -> bool | None:
    """Return what a yes or no means in the languages people's files are in, None if unclear."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in _YES:
        return True
    return False if word in _NO else None


def rating(value: object) -> float | None:
    """Return a rating as 0 to 5 in halves, None if the value is none."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip().casefold()
    if text in _STARS:
        return _STARS[text]
    if text and set(text) <= {"★", "⭐", "\ufe0f", "☆"}:
        return min(BEST_RATING, float(text.count("★") + text.count("⭐")))
    found = _RATING.fullmatch(text)
    if found is None:
        return None
    stars = float(found[1].replace(",", "."))
    if found[2] == "10" or (found[2] is None and BEST_RATING < stars <= 2 * BEST_RATING):
        stars /= 2
    return round(stars * 2) / 2 if 0 <= stars <= BEST_RATING else None


def minutes(value: object) -> int | None:
    """Return a stay in minutes, also of ``1:30`` and ``1.5 h``; None if the value is none."""
    text = str(value).strip().casefold()
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?", text)
    if found is not None:
        stay = int(found[1]) * 60 + int(found[2])
    else:
        found = re.fullmatch(
            r"(\d{1,5}(?:[.,]\d{1,3})?)\s*(h|hours?|hrs?|std|min|mins?|minutes?|m)?\.?", text
        )
        if found is None:
            return None
        amount = float(found[1].replace(",", "."))
        hours = found[2] is not None and found[2][0] in "hs"
        stay = round(amount * 60 if hours else amount)
    return stay if 0 < stay <= _LONGEST_STAY_MIN else None


def labels(texts: Iterable[str], *, most: int) -> tuple[str, ...]:
    """Return labels made safe, each once, in order."""
    kept = dict.fromkeys(tidy_name(text) for text in texts)
    kept.pop("", None)
    return tuple(kept)[:most]


def nameless(place: Position) -> str:
    """Return what a place without a name is called."""
    return f"Place at {place.lat:.5f}, {place.lon:.5f}"
