"""The words of numbers, clock times, lengths, dates and counts: patterns, and nothing else.

`PATTERNS` is the one place for a new way to say a quantity; the first pattern that claims a
stretch of text keeps it, so that their order matters. Patterns are matched against folded text
(lower case, straight apostrophes); every repetition in them is bounded, which keeps reading
linear. Named groups carry what is read: ``w`` bounds the words that a wish would copy, ``t1`` and
``t2`` are clock times, ``n`` is a count.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind: TypeAlias = Literal[
    "length", "part", "range", "start", "deadline", "appointment", "date", "stops", "limit"
]

NUMBERS: Final[dict[str, float]] = {
    "half a dozen": 6, "a dozen": 12, "dozen": 12, "fifteen hundred": 1500, "hundred": 100,
    "a hundred": 100, "a couple o": 2, "couple o": 2,
    "a couple of": 2, "a couple": 2, "couple of": 2, "couple": 2, "cpl of": 2, "cpl": 2,
    "coupla": 2, "pair of": 2, "twa": 2, "a few": 3, "few": 3,
    "a": 1, "an": 1, "one": 1, "single": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15,
    "twenty": 20, "twenty five": 25, "twenty-five": 25, "thirty": 30, "forty": 40, "forty five": 45,
    "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
VULGAR: Final = {"½": 0.5, "¼": 0.25, "¾": 0.75}
WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
MONTHS: Final = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7,
    "august": 8, "september": 9, "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2,
    "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11,
    "dec": 12,
}  # fmt: skip
# Hours of a part of the day and when it begins, where nothing more exact is said.
PARTS: Final[dict[str, tuple[float, dt.time]]] = {
    **dict.fromkeys(("morning", "mornin", "morn", "forenoon"), (3.5, dt.time(9))),
    **dict.fromkeys(("afternoon", "arvo", "aftie", "aft"), (4.0, dt.time(13))),
    **dict.fromkeys(("evening", "eve", "night", "tonight", "tonite", "2nite"), (4.0, dt.time(18))),
}
# Minutes that are said in words, before "past" and "to" or behind the hour.
MINUTES: Final = {
    "quarter": 15, "five": 5, "ten": 10, "twenty": 20, "twenty five": 25, "twenty-five": 25,
    "half": 30, "thirty": 30, "fifteen": 15, "fortyfive": 45, "forty-five": 45,
}  # fmt: skip


def _any(words: Iterable[str]) -> str:
    """Build an alternative of fixed words, the longest first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + ")"


_ANY_DAY = _any(WEEKDAYS)
_ANY_MONTH = _any(MONTHS)
_S = r"\s{0,3}"
_NUM = rf"(?:\d{{1,3}}[ ,]\d{{3}}|\d{{1,5}}(?:[.,]\d{{1,2}})?|½|{_any(NUMBERS)}\b)"
_HOUR = r"(?:hours?|hrs?|h|horus?|uur|stunden?|heures?|horas?|timmar|tuntia)\b'?"
_MINUTE = r"(?:minutes?|mins?|min|minuten)\b'?"
_UNIT = rf"(?:(?P<hour>{_HOUR})|(?P<minute>{_MINUTE}))"

# Limits that a wish copies ("max 3 km"), hedges that it does not ("no more than", "about").
_AND_A = r"(?: (?:and|n|&) (?:a )?|-and-(?:a-)?)"
_FRACTIONS = r"half|three[ -]quarters?|quarter"
_MORE = (
    "five", "ten", "fifteen", "twenty", "twenty five", "twenty-five", "thirty", "forty",
    "forty five", "forty-five", "fifty",
)  # fmt: skip

_CEILING = (
    r"(?:(?:max(?:imum)?|up to|under|below|at most|less than|within|at least|at the most)\.? )?"
)
_LOOSE = (
    r"(?:(?:no|not|never) (?:more|longer|further|farther|less|fewer|over) than |not over "
    r"|(?:about|around|roughly|approx\.?|approximately|some|ca\.?|only|just|exactly|or so) )?"
)
_TAIL = r"(?: (?:limit|max(?:imum)?|tops|at (?:the )?most|in total|altogether|in all)\b)?"
_EACH = r"(?: (?:each|per person|a head)\b)?"

_HOUR_WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_CLOCK_HOUR = rf"(?:[01]?\d|2[0-4]|{_any(_HOUR_WORDS)})(?!\d)(?:\b|(?=[ap]\.?m|h|ish))"
# "0915": four figures, as timetables have them.
_TABLE_TIME = r"(?:[01]\d|2[0-3])[0-5]\d(?!\d|[:.,]\d)(?:\s?h(?:rs|ours)?\b)?"
_ISH = r"(?:[ -]?ish\b)?"
_HALF_DAY = r"(?:am|pm|a\.m\.?|p\.m\.?|o'?clock|in the (?:morning|afternoon|evening)|at night)"
_FIVES = r"(?:quarter|five|ten|twenty five|twenty-five|twenty|half|5|10|15|20|25)"
_CLOCK = (
    rf"(?:(?:a )?{_FIVES} (?:minutes )?(?:past|to|til) {_CLOCK_HOUR}\b|half {_CLOCK_HOUR}\b"
    rf"|\d{{1,2}}[:.h]\d{{2}}(?!\d)|{_CLOCK_HOUR} (?:thirty|fifteen|forty-?five)\b"
    rf"|(?:noon|midday|midnight)\b|{_CLOCK_HOUR}(?![:.,]\d)(?:h\b)?){_ISH}"
    rf"(?:{_S}{_HALF_DAY}(?!\w))?"
)
# Words that can only be a clock time.
_SAID_CLOCK = (
    rf"(?:(?:a )?{_FIVES} (?:minutes )?past {_CLOCK_HOUR}\b|(?:a )?quarter to {_CLOCK_HOUR}\b"
    rf"|half {_CLOCK_HOUR}\b|(?:noon|midday|midnight)\b"
    rf"|\d{{1,2}}:\d{{2}}(?!\d)|{_CLOCK_HOUR}[ -]?ish\b)(?:{_S}{_HALF_DAY}(?!\w))?"
)
_DIGITS = rf"\d{{1,2}}(?:[:.]\d{{2}})?(?:{_S}{_HALF_DAY})?"
_TO = r"(?:\s?[-\u2013—]\s?| to | till | until | untill | til | through | and )"
# A bare number is a clock time only where nothing that can be counted follows it.
_NOT_COUNTED = (
    r"(?!\s?(?:[-\u2013]\s?)?(?:(?:km|min|hour|hrs?\b|stop|spot|place|euro|people|of us)"
    r"|[€£$%]|k\b|m\b|(?!(?:this|onwards)\b)[a-z]{3,}s\b))"
)
# What may stand behind "9-12" for it to be a time.
_BEHIND_RANGE = (
    r"(?=\s{0,3}(?:$|[,.;:!?)]"
    r"|(?:tomorrow|today|tonight|on|please|this|we|i|free|uhr|sharp|and|then|with)(?!\w)))"
)
_SET_OUT = (
    "start", "starting", "starts", "begin", "beginning", "leave", "leaving", "depart", "departing",
    "setting off", "set off", "kick off", "meet", "meeting",
)  # fmt: skip
_TIMETABLE = (
    "arrive", "arrives", "arriving", "arrival", "depart", "departs", "departing", "departure",
    "leave", "leaves", "leaving", "begin", "start",
)  # fmt: skip
_MONEY = r"(?:euros?\b|eur\b|€|pounds\b|£|quid\b|dollars\b|bucks\b|\$)"

_DATES = (
    r"\b(?:on )?(?P<iso>\d{4}-\d{2}-\d{2})\b",
    (
        r"\b(?:on )?(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?(?: of)? "
        rf"(?P<month>{_ANY_MONTH})\b"
        r"(?:,? (?P<year>\d{4}))?"
    ),
    (
        rf"\b(?:on )?(?P<month>{_ANY_MONTH}) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)"
        r"(?:,? (?P<year>\d{4}))?"
    ),
    r"\b(?:on )?(?P<day>\d{1,2})[./](?P<number>\d{1,2})[./](?P<year>\d{4})\b",
    # read, but no day of the walk
    (
        rf"\bfrom {_ANY_DAY} (?:till?|until|to|through) {_ANY_DAY}\b|\b(?:till?|until) {_ANY_DAY}\b"
        r"|\bnext (?:week|month|year)\b"
    ),
    rf"\b(?:on )?(?:this |next |coming )?(?P<weekday>{_ANY_DAY})\b",
    (
        r"\b(?P<short>mon|tue|wed|thu|fri|sat|sun)\b\.?"
        r"(?=,? (?:\d|(?:late |early )?(?:aft|arvo|morn|eve|night|noon|midday|lunch)"
        r"|(?:at|from) \d))"
    ),
    (
        r"\b(?:(?:on|this|next) (?P<short>mon|tues?|weds?|thurs?|fri|sat|sun)"
        r"|(?P<overmorrow>(?:the )?day after tomorrow)"
        r"|(?P<tomorrow>tomorrow|tmrw|tmw|tomoz|2moro|tomorow|the morrow)|(?P<today>today))\b"
    ),
)
_LENGTHS = (
    rf"\b{_LOOSE}(?P<w>{_CEILING}{_NUM}{_S}(?:-|\u2013|to|or){_S}(?P<n>{_NUM}){_S}{_UNIT}{_TAIL})",
    rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<n>\d) (?P<half>1/2) {_UNIT}{_TAIL})",
    rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<n>{_NUM}){_AND_A}(?P<half>half)[ -]{_UNIT}{_TAIL})",
    (
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<n>{_NUM}){_AND_A}(?P<fraction>{_FRACTIONS})[ -]"
        rf"(?P<hour>{_HOUR}){_TAIL})"
    ),
    (
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<n>{_NUM}){_S}(?P<hour>{_HOUR}){_AND_A}"
        rf"(?P<fraction>{_FRACTIONS})\b{_TAIL})"
    ),
    (
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?:(?P<n>{_NUM}){_S})?(?P<hour>{_HOUR}) (?:and )?"
        rf"(?P<more>{_any(_MORE)}) {_MINUTE}{_TAIL})"
    ),
    (
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?P<n>{_NUM}){_S}(?P<hour>h|{_HOUR}){_S}(?:and )?"
        rf"(?P<more>\d{{1,2}}){_S}(?:{_MINUTE}|m\b|(?!\w)){_TAIL})"
    ),
    rf"\b(?:an? )?(?P<w>(?P<hour>hour) or (?P<n>{_NUM}))",
    rf"\b(?:an? )?(?P<w>(?P<hour>hour){_AND_A}(?P<fraction>{_FRACTIONS})\b{_TAIL})",
    r"\b(?P<w>(?P<halfhour>half an? hour|half[- ]hour)|(?P<most>three[- ]quarters of an hour))\b",
    r"(?P<w>(?P<n>\d{0,2})(?P<vulgar>[½¼¾])\s?(?P<hour>hours?|hrs?|h|day)\b)",
    r"\b(?:for )?(?:an? )?(?P<w>(?P<halfday>half (?:an? |the )?day|half-(?:a-)?day))\b",
    (
        r"\b(?:for )?(?:the |an? |my )?"
        r"(?P<w>(?P<wholeday>(?:whole|full|entire|one) (?:\w{1,9} )?day"
        r"|all day(?: long)?|day-?long|day trip|(?<=in )a day\b|(?<=for )a day\b"
        r"|a day\b(?= (?:in|out|with|of)\b)))"
        r"(?! and a half)\b"
    ),
    (
        rf"(?<!every )(?<!each )(?<!past )\b{_LOOSE}(?:an? (?=hour|h\b))?(?P<w>{_CEILING}"
        rf"(?:(?P<n>{_NUM})[\s-]{{0,3}}(?:(?:\w{{4,7}}|odd|ish|big|fat) )?)?{_UNIT}{_TAIL})"
        r"(?! (?:away|from (?:the|my|our|here)|ago|drive|train|by|walk from|old|break))"
    ),
)
_STOPS = (
    (
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?!an? stop)(?P<n>{_NUM}) "
        r"(?:(?:short|quick|nice|good|different|easy) )?"
        r"(?:stops?|spots|places|stopovers|halts|points of interest)\b"
        rf"(?! (?:to|for|where|that|of interest)\b){_TAIL})"
    ),
    r"\b(?P<w>(?:number of )?stops ?[:=] ?(?P<n>\d{1,2}))\b",
)
_LIMITS = (
    (
        rf"\b{_LOOSE}(?P<w>{_CEILING}(?:{_NUM}{_S}(?:-|\u2013|to){_S})?{_NUM}{_S}"
        r"(?:km|k|kms|kilomet(?:re|er)s?|miles?|met(?:re|er)s|m|steps)\b"
        rf"(?! (?:from|of|away)\b){_TAIL})"
    ),
    (
        rf"\b{_LOOSE}(?P<w>(?:(?:on a )?budget(?: of| is|:)? |(?:over|above|more than) )?{_CEILING}"
        rf"{_NUM}{_S}{_MONEY}{_EACH}{_TAIL})"
    ),
    rf"(?P<w>(?:budget(?: of| is|:)? )?[€£$]\s?\d{{1,5}}{_EACH}{_TAIL})",
)
# With minutes or a half of the day, it is a time whatever follows.
_SURE_CLOCK = rf"\d{{1,2}}(?:[:.]\d{{2}}(?:{_S}{_HALF_DAY})?|{_S}{_HALF_DAY})"
_UP_TO = r"(?:\s?[-\u2013—]\s?| to | till | until | til )"
_RANGES = (
    (
        rf"\b(?:(?:from|between) )?(?P<t1>{_SAID_CLOCK}){_TO}(?:about |around )?"
        rf"(?P<t2>{_CLOCK}){_NOT_COUNTED}"
    ),
    rf"\b(?:from|between) (?P<t1>{_TABLE_TIME}){_TO}(?P<t2>{_TABLE_TIME})",
    rf"(?<![^,;.:(] )(?<!\w)(?P<t1>{_TABLE_TIME}){_UP_TO}(?P<t2>{_TABLE_TIME})(?!\w)",
    rf"(?<![^,;.:(] )(?<!\w)(?P<t1>(?:eight|nine|eleven|twelve)){_UP_TO}(?P<t2>{_CLOCK})"
    + _BEHIND_RANGE,
    (
        rf"\b(?:from|between) (?:about |around )?(?P<t1>{_CLOCK}){_NOT_COUNTED}(?: on)?{_TO}"
        rf"(?:about |around )?(?P<t2>{_CLOCK}){_NOT_COUNTED}"
    ),
    rf"\b(?P<t1>{_DIGITS}){_UP_TO}(?P<t2>{_DIGITS})(?![\w:])" + _BEHIND_RANGE,
    (
        rf"\b(?P<t1>{_SURE_CLOCK}){_UP_TO}(?P<t2>{_SURE_CLOCK})"
        r"(?!\w)"
    ),
    rf"\b(?P<t1>{_any(_HOUR_WORDS)}){_UP_TO}(?P<t2>{_SAID_CLOCK}){_NOT_COUNTED}",
    (
        rf"\b(?P<t1>{_CLOCK}) (?:uhr )?(?:till|until|til|bis) (?:about |around )?"
        rf"(?P<t2>{_CLOCK})(?: uhr)?{_NOT_COUNTED}"
    ),
)
_DEADLINES = (
    (
        r"\b(?P<w>(?P<verb>finish|end|ends|back|home|wrap(?:ping)? up|finishing|ending) "
        rf"(?P<t2>{_TABLE_TIME}|\d{{1,2}}h(?:[0-5]\d)?|{_DIGITS})){_NOT_COUNTED}(?!\w)"
    ),
    (
        r"\b(?P<w>(?:(?:be |get |we're |i'm )?"
        r"(?:done|back|finished|home|over|through|there|ready|out) )?"
        r"(?:(?:and )?(?:no|not) later than|latest|by|before|until|till|untill?|til) "
        rf"(?:about |around )?(?P<t2>{_CLOCK})){_NOT_COUNTED}"
    ),
)
_STARTS = (
    (
        rf"(?:\b(?P<verb>{_any(_SET_OUT)})(?: at| from| around| about|:)? "
        r"|\b(?:from|after|as of|@) |@)"
        rf"(?:about |around )?(?P<t1>{_CLOCK}){_NOT_COUNTED}(?: (?:on|onwards?|sharp))?"
    ),
)
# A clock time without a word that says what it is for; the words around it decide.
_MOMENTS = (
    (
        rf"\b(?:at|around|about|for|@) (?:about |around )?(?P<t1>{_CLOCK}){_NOT_COUNTED}"
        r"(?! (?:each|people|of us|persons|pers)\b)(?: sharp)?"
    ),
    r"\b(?P<t1>\d{1,2}(?:[:.]\d{2})?\s?(?:am|pm|a\.m\.|p\.m\.)|\d{1,2}:\d{2})(?!\w)(?: sharp)?",
    rf"\b(?P<t1>{_CLOCK})(?= start\b)",
    rf"\b(?P<t1>{_SAID_CLOCK}){_NOT_COUNTED}",
    rf"\b(?P<t1>{_CLOCK_HOUR} in the (?:morning|afternoon|evening))\b",
    (
        rf"(?:\b(?P<verb>{_any(_TIMETABLE)}) |\b(?:at|sharp|from) |@ ?)"
        rf"(?P<t1>{_TABLE_TIME}|\d{{1,2}}[:.]\d{{2}}(?!\d))(?! (?:steps|km|m|metres)\b)"
    ),
    r"\b(?P<t1>\d{1,2}h[0-5]\d)\b",
    r"\b(?P<t1>0\d[0-5]\d)(?!\d|[:.,]\d)",
)
_PARTS_OF_DAY = (
    # unless they greet ("good morning") or name a moment ("night's end", "nightcap")
    (
        r"(?<!good )\b"
        r"(?:(?:in|on|for|during|this|the|an?|every|early|late|whole|entire|full|all) ){0,3}"
        rf"(?P<w>(?P<part>{_any(PARTS)}))\b"
        r"(?!'s|[- ](?:cap|clubs?|bus|owls?|dress|markets?|bazaars?|teas?|trains?|skies|sky|life"
        r"|noodles|prayers?|mass|service|buns?|sickness))"
    ),
)

_TABLES: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("date", _DATES),  # first, since their digits look like everything else
    ("length", _LENGTHS),
    ("stops", _STOPS),
    ("limit", _LIMITS),
    ("range", _RANGES),
    ("deadline", _DEADLINES),
    ("start", _STARTS),
    ("appointment", _MOMENTS),
    ("part", _PARTS_OF_DAY),
)
PATTERNS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(pattern)) for kind, patterns in _TABLES for pattern in patterns
)
CLOCK_PARTS: Final = re.compile(
    rf"(?:a )?(?:(?P<fives>{_FIVES}) (?:minutes )?(?P<side>past|to|til) "
    r"|(?P<half>half(?: past)? ))?"
    rf"(?:(?P<named>noon|midday|midnight)|(?P<hour>{_CLOCK_HOUR}))"
    r"(?:[:.h](?P<minutes>\d{2})| (?P<later>thirty|fifteen|forty-?five))?"
    rf"{_ISH}\s{{0,3}}(?P<day>{_HALF_DAY})?"
)
TABLE_TIME: Final = re.compile(r"(\d{2})(\d{2})(?!\d)")
