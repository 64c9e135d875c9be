"""Hours, clock times, dates and counts, read from a person's words.

One table of patterns (`_PATTERNS`) says which words are a quantity; the first pattern that claims
a stretch of text keeps it. A second step weighs what was claimed: a length wins over a part of the
day, two clock times make a length, and so on. Every repetition in the patterns is bounded, so
reading is linear in the text.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from planner.language.lexicon import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.domain import Weather

Kind: TypeAlias = Literal[
    "length", "part", "range", "start", "deadline", "appointment", "date", "stops", "limit"
]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Words of the request that say a number, a time or a day.

    ``start`` and ``end`` bound everything that was read, ``wish_start`` and ``wish_end`` the words
    that a sub-request would copy ("no more than five stops": ``five stops``). ``asks`` tells
    whether the words are also a wish about the whole walk.
    """

    kind: Kind
    start: int
    end: int
    wish_start: int
    wish_end: int
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Quantities:
    """The numbers of a request; ``None`` stands for "not said"."""

    hours: float | None = None
    start_time: dt.time | None = None
    date: dt.date | None = None
    stops: int | None = None
    found: tuple[Quantity, ...] = ()


# --- the words ----------------------------------------------------------------------------------

_NUMBER_WORDS: dict[str, float] = {
    **{"a": 1, "an": 1, "one": 1, "single": 1, "two": 2, "three": 3, "four": 4, "five": 5},
    **{"six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12},
    **{"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty five": 45, "fifty": 50},
    **{"sixty": 60, "ninety": 90, "hundred": 100, "half a dozen": 6, "a dozen": 12, "dozen": 12},
    **{"a couple of": 2, "a couple": 2, "couple of": 2, "couple": 2, "cpl of": 2, "cpl": 2},
    **{"coupla": 2, "pair of": 2, "a few": 3, "few": 3, "fifteen hundred": 1500},
    **{"½": 0.5, "twa": 2},
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = {
    name: index // 2 + 1
    for index, name in enumerate(
        "january jan february feb march mar april apr may may june jun july jul august aug "
        "september sep october oct november nov december dec".split()
    )
} | {"sept": 9}
# Hours of a part of the day and when it begins, where nothing more exact is said.
_PARTS: dict[str, tuple[float, dt.time]] = {
    **dict.fromkeys(("morning", "mornin", "morn", "forenoon"), (3.5, dt.time(9))),
    **dict.fromkeys(("afternoon", "arvo", "aftie", "afternoons"), (4.0, dt.time(13))),
    **dict.fromkeys(("evening", "eve", "night", "tonight", "tonite", "2nite"), (4.0, dt.time(18))),
}
_WEATHER: tuple[tuple[Weather, str], ...] = (
    ("rain", r"rain\w{0,4}|pouring|drizzl\w{1,3}|showers|wet|thunderstorms?|stormy|umbrella"),
    ("hot", r"hot|heat\w{0,4}|scorching|sweltering|boiling|roasting|baking|sunstroke"),
    ("cold", r"cold|freezing|frosty?|snow\w{0,3}|icy|chilly|below zero|sub-?zero|minus \d{1,2}"),
)
# "hot chocolate" and "cold brew" are things to drink.
_NOT_WEATHER = re.compile(
    r"(?:hot|cold) (?:choc\w{0,7}|drinks?|dogs?|pot|springs?|spots?|meals?|food|brew|cuts|beers?|"
    r"tubs?|plunge|coffee|cocoa|toddy|spiced|new|water)|"
    r"(?:don'?t|do not|dont|doesn'?t) (?:mind|care)[^.!?;]{0,40}|snow ?(?:globes?|shoes?)"
)

# --- pieces of patterns -------------------------------------------------------------------------


def _any(words: list[str] | tuple[str, ...]) -> str:
    """An alternative of fixed words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


_S = r"\s{0,3}"
_NUM = rf"(?:\d{{1,3}}(?:[ ,]\d{{3}})|\d{{1,5}}(?:[.,]\d{{1,2}})?|½|{_any(tuple(_NUMBER_WORDS))}\b)"
_HOUR = r"(?:hours?|hrs?|h|horus?|hous?rs|uur)\b'?"
_MINUTE = r"(?:minutes?|mins?|min)\b'?"
_UNIT = rf"(?:(?P<hour>{_HOUR})|(?P<minute>{_MINUTE}))"
# Words that limit or loosen a quantity: part of what was read; only the first kind is copied.
_CEILING = (
    r"(?:(?:max(?:imum)?|up to|under|below|at most|less than|within|at least|at the most)\.? )?"
)
_LOOSE = (
    r"(?:(?:no|not|never) (?:more|longer|further|farther|less|fewer|over) than |not "
    r"over |about |around |roughly |approx\.? |approximately |some |ca\.? |only |just |or so )?"
)
_TAIL = r"(?: (?:max(?:imum)?|tops|at (?:the )?most|in total|altogether|in all)\b)?"
_HOUR_WORDS = "one two three four five six seven eight nine ten eleven twelve".split()
_CLOCK_HOUR = rf"(?:[01]?\d|2[0-3]|{_any(_HOUR_WORDS)})(?!\d)(?:\b|(?=[ap]\.?m|h))"
_HALF_DAY = r"(?:am|pm|a\.m\.?|p\.m\.?|o'?clock|in the (?:morning|afternoon|evening)|at night)"
_FIVES = r"(?:quarter|five|ten|twenty five|twenty-five|twenty|half|5|10|15|20|25)"
_CLOCK = (
    rf"(?:(?:a )?{_FIVES} (?:minutes )?(?:past|to|til) {_CLOCK_HOUR}\b|half {_CLOCK_HOUR}\b"
    rf"|\d{{1,2}}[:.h]\d{{2}}(?!\d)|{_CLOCK_HOUR} (?:thirty|fifteen|forty-?five)\b|noon\b|midday\b"
    rf"|midnight\b|{_CLOCK_HOUR}(?![:.,]\d))(?:{_S}{_HALF_DAY}(?!\w))?"
)
# A bare number is a clock time only where nothing that can be counted follows it.
_NOT_COUNTED = r"(?!\s?(?:[-–]\s?)?(?:(?:km|min|hour|hrs?\b|stop|spot|place|euro|people|of us)|[€£$%]|k\b|m\b|[a-z]{3,}s\b))"
_TO = r"(?:\s?[-–—]\s?| to | till | until | til | through | and | untill? )"

_PATTERNS: tuple[tuple[Kind, str], ...] = (
    # dates first, since their digits look like everything else
    ("date", r"\b(?:on )?(?P<iso>\d{4}-\d{2}-\d{2})\b"),
    (
        "date",
        rf"\b(?:on )?(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of)? (?P<month>{_any(tuple(_MONTHS))})\b"
        r"(?:,? (?P<year>\d{4}))?",
    ),
    (
        "date",
        rf"\b(?:on )?(?P<month>{_any(tuple(_MONTHS))}) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)"
        r"(?:,? (?P<year>\d{4}))?",
    ),
    ("date", r"\b(?:on )?(?P<day>\d{1,2})[./](?P<number>\d{1,2})[./](?P<year>\d{4})\b"),
    (
        "date",
        rf"\bfrom {_any(_WEEKDAYS)} (?:till?|until|to|through) {_any(_WEEKDAYS)}\b"
        rf"|\b(?:till?|until) {_any(_WEEKDAYS)}\b|\bnext (?:week|month|year)\b",
    ),
    ("date", rf"\b(?:on )?(?:this |next |coming )?(?P<weekday>{_any(_WEEKDAYS)})\b"),
    (
        "date",
        r"\b(?:(?:on|this|next) (?P<short>mon|tues?|weds?|thurs?|fri|sat|sun)\b|(?P<overmorrow>the day "
        r"after tomorrow|day after tomorrow)|(?P<tomorrow>tomorrow|tmrw|tmw|tomoz|2moro|tomorow|"
        r"the morrow)|(?P<today>today))\b",
    ),
    # lengths
    (
        "length",
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<low>{_NUM}){_S}(?:-|–|to|or){_S}(?P<n>{_NUM}){_S}{_UNIT}{_TAIL})",
    ),
    (
        "length",
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<n>{_NUM}) and (?:a )?(?P<half>half) {_UNIT}{_TAIL})",
    ),
    (
        "length",
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<n>{_NUM}){_S}(?P<hour>{_HOUR}) and (?:a )?(?P<fraction>half|quarter)\b{_TAIL})",
    ),
    (
        "length",
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<n>{_NUM}){_S}(?P<hour>h|{_HOUR}){_S}(?:and )?(?P<more>\d{{1,2}}){_S}"
        rf"(?:{_MINUTE}|m\b|(?!\w)){_TAIL})",
    ),
    ("length", rf"\b(?:an? )?(?P<w>(?P<hour>hour) or (?P<n>{_NUM}))"),
    ("length", rf"\b(?:an? )?(?P<w>(?P<hour>hour) and (?:a )?(?P<fraction>half|quarter)\b{_TAIL})"),
    (
        "length",
        r"\b(?P<w>(?P<hh>half an? hour|half[- ]hour)|(?P<tq>three[- ]quarters of an hour))\b",
    ),
    ("length", r"(?P<w>(?P<n>\d{0,2})(?P<vulgar>[½¼¾])\s?(?P<hour>hours?|hrs?|h|day)\b)"),
    ("length", r"\b(?:for )?(?:an? )?(?P<w>(?P<halfday>half (?:an? |the )?day|half-day))\b"),
    (
        "length",
        r"\b(?:for )?(?:the |an? |my )?(?P<w>(?P<wholeday>(?:whole|full|entire|one) (?:\w{1,9} )?day|all day"
        r"(?: long)?|day-?long|day trip|(?<=in )a day\b|a day\b(?= (?:in|out|with|of)\b)))(?! and a half)\b",
    ),
    (
        "length",
        rf"\b{_LOOSE}(?:an? (?=hour|h\b))?(?P<w>{_CEILING}(?:(?P<n>{_NUM})[\s-]{{0,3}}(?:\w{{4,7}} )?)?{_UNIT}{_TAIL})"
        r"(?! (?:away|from (?:the|my|our|here)|ago|drive|train|by|walk from|old|break|walking distance))",
    ),
    # counts and other limits of the whole walk
    (
        "stops",
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<n>{_NUM}) (?:(?:short|quick|nice|good|different|or so|easy) )?"
        rf"(?:stops|stop|spots|places|stopovers|halts)\b(?! (?:to|for|where|that|of interest)\b){_TAIL})",
    ),
    (
        "limit",
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?:{_NUM}{_S}(?:-|–|to){_S})?{_NUM}{_S}(?:km|k|kms|kilomet(?:re|er)s?|miles?|"
        rf"met(?:re|er)s|m|steps)\b(?! (?:from|of|away)\b){_TAIL})",
    ),
    (
        "limit",
        rf"(?:\b{_LOOSE}(?P<w>(?:(?:on a )?budget(?: of| is|:)? |(?:over|above|more than) )?{_CEILING}{_NUM}{_S}"
        rf"(?:euros?\b|eur\b|€|pounds\b|£|quid\b|dollars\b|bucks\b|\$)(?: (?:each|per person|a head)\b)?{_TAIL}))"
        rf"|(?P<w2>(?:budget(?: of| is|:)? )?[€£$]\s?\d{{1,5}}(?: (?:each|per person|a head)\b)?{_TAIL})",
    ),
    # clock times
    (
        "range",
        rf"\b(?:from|between) (?:about |around )?(?P<t1>{_CLOCK}){_NOT_COUNTED}(?: on)?{_TO}(?:about |around )?"
        rf"(?P<t2>{_CLOCK}){_NOT_COUNTED}",
    ),
    (
        "range",
        rf"\b(?P<t1>\d{{1,2}}(?:[:.]\d{{2}})?(?:{_S}{_HALF_DAY})?)(?:\s?[-–—]\s?| to | till | until | til )"
        rf"(?P<t2>\d{{1,2}}(?:[:.]\d{{2}})?(?:{_S}{_HALF_DAY})?)(?![\w:])"
        r"(?=\s{0,3}(?:$|[,.;:!?)]|tomorrow|today|on|please|this|we|i|free|uhr|sharp|and|then|with)(?!\w))",
    ),
    ("range", rf"\b(?P<t1>{_CLOCK}) (?:till|until|til) (?P<t2>{_CLOCK}){_NOT_COUNTED}"),
    (
        "deadline",
        rf"\b(?P<w>(?:(?:be |get |we're |i'm )?(?:done|back|finished|home|over|through|there|ready|out) )?"
        rf"(?:(?:and )?(?:no|not) later than|latest|by|before|until|till|untill?|til) (?:about |around )?"
        rf"(?P<t2>{_CLOCK})){_NOT_COUNTED}",
    ),
    (
        "start",
        rf"(?:\b(?P<verb>start|starting|starts|begin|beginning|leave|leaving|depart|departing|setting off|set off|kick off|"
        rf"meet|meeting)(?: at| from| around| about|:)? |\b(?:from|after|as of|@) |@)(?:about |around |half-?past )?"
        rf"(?P<t1>{_CLOCK}){_NOT_COUNTED}(?: (?:on|onwards?|sharp))?",
    ),
    (
        "appointment",
        rf"\b(?:at|around|about|for|@) (?:about |around )?(?P<t1>{_CLOCK}){_NOT_COUNTED}"
        r"(?! (?:each|people|of us|persons|pers)\b)(?: sharp)?",
    ),
    (
        "appointment",
        rf"\b(?P<t1>\d{{1,2}}(?:[:.]\d{{2}})?\s?(?:am|pm|a\.m\.|p\.m\.)|\d{{1,2}}:\d{{2}})(?!\w)(?: sharp)?"
        rf"|\b{_CLOCK}(?= start\b)",
    ),
    # parts of the day, unless they greet or name a moment
    (
        "part",
        r"(?<!good )\b(?:(?:in|on|for|during|this|the|an?|every|early|late|whole|entire|full|all) ){0,3}"
        rf"(?P<w>(?P<part>{_any(tuple(_PARTS))}))\b(?!'s|’s|[- ](?:cap|club|clubs|bus|owls?|dress))",
    ),
)
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)

_START_WORDS = re.compile(
    r"\b(?:start|begin|leav|depart|set(?:ting)? off|meet|pick|kick|first|from)\w{0,4}\b"
)
_END_WORDS = re.compile(
    r"\b(?:end|finish|back|done|be at|drop|last|until|over|train|bus|goes)\w{0,4}\b"
)
_DEPARTURES = re.compile(r"\b(?:bus|train|ferry|boat|flight|plane|tram|goes|sails|closes|opens)\b")
_CONTENT_BEFORE = re.compile(r"(?P<word>[^\W\d_]{3,})\s{1,3}$")
_GLUE_WORDS = words("start starting begin and then but with walk tour stroll route today please")


# --- reading ------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """Lower the case and straighten apostrophes and odd spaces, one character for one."""
    return "".join(
        "'"
        if char in "’‘`´"
        else " "
        if char.isspace()
        else low
        if len(low := char.lower()) == 1
        else char
        for char in text
    )


def _value(words: str | None) -> float:
    """Value of a matched number; nothing said counts as one ("an hour")."""
    if not words:
        return 1.0
    if words in _NUMBER_WORDS:
        return float(_NUMBER_WORDS[words])
    plain = words.replace(" ", "")
    if re.fullmatch(r"\d{1,3},\d{3}", plain):
        plain = plain.replace(",", "")
    return float(plain.replace(",", "."))


def _hours(match: re.Match[str]) -> float | None:
    """Hours of a matched length."""
    said = match.groupdict()
    if said.get("halfday"):
        return 4.0
    if said.get("wholeday"):
        return 8.0
    if said.get("hh"):
        return 0.5
    if said.get("tq"):
        return 0.75
    if vulgar := said.get("vulgar"):
        whole = float(said["n"] or 0) + {"½": 0.5, "¼": 0.25, "¾": 0.75}[vulgar]
        return whole * 8 if said["hour"] == "day" else whole
    if not said.get("n") and said.get("minute"):
        return None
    if not said.get("n") and said.get("hour") not in {"hour", "hr"}:
        return None
    count = _value(said.get("n")) + (0.5 if said.get("half") else 0)
    count += {"half": 0.5, "quarter": 0.25}.get(said.get("fraction") or "", 0)
    hours = count / 60 if said.get("minute") else count
    hours += float(said.get("more") or 0) / 60
    return round(hours, 2) if 0 < hours <= 24 else None


_CLOCK_PARTS = re.compile(
    rf"(?:a )?(?:(?P<fives>{_FIVES}) (?:minutes )?(?P<side>past|to|til) |(?P<half>half(?: past)? ))?"
    rf"(?:(?P<named>noon|midday|midnight)|(?P<hour>{_CLOCK_HOUR}))(?:[:.h](?P<minutes>\d{{2}})| (?P<later>thirty|"
    rf"fifteen|forty-?five))?\s{{0,3}}(?P<day>{_HALF_DAY})?"
)
_MINUTES = {
    **{"quarter": 15, "five": 5, "ten": 10, "twenty": 20, "twenty five": 25, "twenty-five": 25},
    **{"half": 30, "thirty": 30, "fifteen": 15, "fortyfive": 45, "forty-five": 45},
}


@dataclass(frozen=True, slots=True)
class _Clock:
    """Minutes after midnight; ``sure`` when the words settle the half of the day."""

    minutes: int
    sure: bool


def _clock(words: str) -> _Clock | None:
    """Read a clock time; bare hours from 1 to 7 are taken as p.m."""
    match = _CLOCK_PARTS.match(words.strip())
    if not match:
        return None
    said = match.groupdict()
    if said["named"]:
        hour, sure = (0 if said["named"] == "midnight" else 12), True
    else:
        hour, sure = int(_value(said["hour"])), False
    late = int(said["minutes"] or 0) + _MINUTES.get(said["later"] or "", 0)
    if said["half"]:
        late = 30
    if fives := said["fives"]:
        step = int(fives) if fives.isdigit() else _MINUTES[fives]
        late = step if said["side"] == "past" else -step
    day = said["day"] or ""
    if day[:1] == "p" or day.endswith(("afternoon", "evening", "night")):
        hour, sure = hour % 12 + 12, True
    elif day[:1] == "a" or day.endswith("morning"):
        hour, sure = hour % 12, True
    # Where the full clock is written out ("07:30", "13.15") it says what it means.
    sure = sure or hour > 12 or bool(said["minutes"] and (said["hour"] or "").startswith("0"))
    if not sure and 1 <= hour <= 7:
        hour += 12
    minutes = hour * 60 + late
    return _Clock(minutes, sure) if 0 <= minutes < 24 * 60 and late < 60 else None


def _date(match: re.Match[str], today: dt.date) -> dt.date | None:
    """Resolve a matched date; a day and month without a year is the next such day."""
    said = match.groupdict()
    try:
        if said.get("iso"):
            return dt.date.fromisoformat(said["iso"])
        if said.get("day"):
            month = _MONTHS[said["month"]] if said.get("month") else int(said["number"])
            if said.get("year"):
                return dt.date(int(said["year"]), month, int(said["day"]))
            date = dt.date(today.year, month, int(said["day"]))
            return date if date >= today else dt.date(today.year + 1, month, int(said["day"]))
    except (ValueError, OverflowError):
        return None
    if day := said.get("weekday") or said.get("short"):
        index = next(i for i, name in enumerate(_WEEKDAYS) if name.startswith(day[:3]))
        return today + dt.timedelta(days=(index - today.weekday()) % 7)
    for word, days in (("overmorrow", 2), ("tomorrow", 1), ("today", 0)):
        if said.get(word):
            return today + dt.timedelta(days=days)
    return None


def _claims(folded: str) -> Iterator[tuple[Kind, re.Match[str]]]:
    """Every stretch that a pattern claims, in order of mention; earlier patterns go first."""
    taken = bytearray(len(folded))
    claims: list[tuple[Kind, re.Match[str]]] = []
    for kind, pattern in _COMPILED:
        for match in pattern.finditer(folded):
            begin, end = match.span()
            if begin == end or any(taken[begin:end]):
                continue
            if kind == "length" and _hours(match) is None:
                continue
            taken[begin:end] = b"\x01" * (end - begin)
            claims.append((kind, match))
    yield from sorted(claims, key=lambda claim: claim[1].start())


def _role(kind: Kind, match: re.Match[str], folded: str) -> Kind:
    """Say what a lone clock time is for: the start, a deadline, or one thing on the way."""
    if kind != "appointment":
        return kind
    before = re.split(r"[,.;:!?\n]", folded[max(0, match.start() - 80) : match.start()])[-1]
    if _DEPARTURES.search(before):
        return "appointment"
    if folded.startswith((" start", "start"), match.end()) or _START_WORDS.search(before):
        return "start"
    if _END_WORDS.search(before):
        return "deadline"
    content = _CONTENT_BEFORE.search(before)
    if content and content["word"] not in _GLUE_WORDS and content["word"] not in _WEEKDAYS:
        return "appointment"
    return "start"


def _span(kind: Kind, match: re.Match[str], *, asks: bool) -> Quantity:
    """The quantity of a match, with the words a wish would copy."""
    said = match.groupdict()
    group = next((name for name in ("w", "w2") if said.get(name)), 0)
    begin, end = match.span(group)
    # The verb of "start at ten" stays a cue for the place that may follow.
    first = match.end("verb") if said.get("verb") else match.start()
    return Quantity(kind, first, match.end(), begin, end, asks)


def _later(first: _Clock, second: _Clock) -> tuple[int, int]:
    """Two clock times of one range, each moved by half a day where only that makes sense."""
    begin, end = first.minutes, second.minutes
    noon = 12 * 60
    if second.sure and not first.sure and begin >= noon and end <= noon:
        begin -= noon
    if end <= begin and not second.sure and end + noon < 24 * 60:
        end += noon
    if end <= begin and not first.sure and begin - noon >= 0:
        begin -= noon
    return begin, end


def _time(minutes: int) -> dt.time:
    return dt.time(minutes // 60, minutes % 60)


def read_quantities(text: str, *, now: dt.datetime) -> Quantities:
    """Read hours, start time, date and number of stops from a request.

    A stated length goes before a part of the day, which goes before nothing; two clock times give
    the hours between them; a deadline alone is a wish and gives no hours.

    Parameters
    ----------
    text
        The request as typed.
    now
        The clock against which weekdays and days without a year are resolved.

    Returns
    -------
    The values and every stretch of text that was read, in order of mention.
    """
    folded = fold(text)
    today = now.date()
    claims = [(_role(kind, match, folded), match) for kind, match in _claims(folded)]
    lengths = [match for kind, match in claims if kind == "length"]
    parts = [match for kind, match in claims if kind == "part"]
    dates = [found for kind, match in claims if kind == "date" and (found := _date(match, today))]
    stops = [match for kind, match in claims if kind == "stops"]
    begin, end = _clock_times(claims, part=parts[0]["part"] if parts else None)

    hours = _hours(lengths[0]) if lengths else None
    start_time = _time(begin) if begin is not None else None
    between = begin is not None and end is not None and end > begin
    if hours is None and between and begin is not None and end is not None:
        hours = round((end - begin) / 60, 2)
    by_part = hours is None and begin is None and bool(parts)
    if parts and begin is None:
        part_hours, start_time = _PARTS[parts[0]["part"]]
        hours = part_hours if by_part else hours
    count = round(_value(stops[0]["n"])) if stops else None

    asks: dict[Kind, bool] = {
        "length": True,
        "stops": True,
        "limit": True,
        "part": by_part,
        "deadline": not between,
    }
    seen: set[Kind] = set()
    found = []
    for kind, match in claims:
        once = kind in {"length", "part", "stops"} and kind in seen
        seen.add(kind)
        found.append(_span(kind, match, asks=asks.get(kind, False) and not once))
    return Quantities(hours, start_time, dates[0] if dates else None, count, tuple(found))


def _clock_times(
    claims: list[tuple[Kind, re.Match[str]]], *, part: str | None
) -> tuple[int | None, int | None]:
    """Minutes after midnight at which the walk begins and must be over, where said."""
    begin: _Clock | None = None
    end: _Clock | None = None
    for kind, match in claims:
        if kind == "range" and begin is None:
            begin, end = _clock(match["t1"]), _clock(match["t2"])
        elif kind == "start" and begin is None:
            begin = _clock(match["t1"] or match.group())
        elif kind == "deadline" and end is None:
            said = match.groupdict()
            end = _clock(said.get("t2") or said.get("t1") or "")
    begin, end = _in_part(begin, part), _in_part(end, part if begin is None else None)
    if begin is not None and end is not None:
        return _later(begin, end)
    return (begin.minutes if begin else None), (end.minutes if end else None)


def _in_part(clock: _Clock | None, part: str | None) -> _Clock | None:
    """Let a part of the day settle which half of it a clock time means."""
    if clock is None or part is None or clock.sure:
        return clock
    noon = 12 * 60
    if _PARTS[part][1] < dt.time(12):
        return _Clock(clock.minutes - noon if clock.minutes > noon else clock.minutes, sure=True)
    return _Clock(clock.minutes + noon if clock.minutes < noon else clock.minutes, sure=True)


def weather_of(text: str) -> Weather | None:
    """Read the weather that a request speaks of: ``rain``, ``hot``, ``cold`` or ``None``."""
    folded = _NOT_WEATHER.sub(" ", fold(text))
    for weather, words in _WEATHER:
        if re.search(rf"(?<!\w)(?:{words})(?!\w)", folded):
            return weather
    return None
