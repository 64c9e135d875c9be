"""A place as it is being read: raw values of a file, and the finding they make together.

Readers gather what a file says in a :class:`Draft`; here it is made safe, cut to size with a
remark, and given a kind where the file tells one for certain.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from planner.library.findings import DESCRIPTION_WORDS, LONGEST_NAME, LONGEST_TEXT, Finding, Refusal
from planner.library.importers import fields, openings
from planner.library.importers.limits import MOST_LABELS, MOST_TAGS
from planner.library.words import fold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from planner.domain import Position
    from planner.library.catalogue import Catalogue

_MOST_REMARKS = 20
_OSM_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}(?::[A-Za-z0-9_-]{1,40}){0,4}")
_NAME_KEYS = {
    "name": "",
    "alt_name": "alt",
    "old_name": "old",
    "short_name": "short",
    "official_name": "official",
    "loc_name": "loc",
    "int_name": "int",
    "reg_name": "reg",
    "nat_name": "nat",
}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,8})?")
_LIST_SPLIT = re.compile(r"\s*[;,|]\s*")
_MOST_VISITS = 1_000


@dataclass(slots=True)
class Remarks:
    """What a person should know of a file beyond its places; much of one kind is counted."""

    texts: list[str] = field(default_factory=list)
    _about_rows: int = 0

    def add(self, text: str) -> None:
        """Note something of the file as a whole, once."""
        if text and text not in self.texts:
            self.texts.append(text)

    def about_row(self, row: int | None, text: str) -> None:
        """Note something of one place; after a while only how many more there are."""
        self._about_rows += 1
        if self._about_rows <= _MOST_REMARKS:
            self.add(f"{f'Row {row}' if row is not None else 'One place'}: {text}.")
        elif self._about_rows == _MOST_REMARKS + 1:
            self.add("More rows have remarks of this kind.")


@dataclass(slots=True)
class Draft:
    """Raw values; see :class:`planner.library.findings.Finding` for what they become.

    ``kind`` is a person's or program's word for the kind of place; ``decided`` is true where the
    file is an export of ours, whose category stands even if it is none. ``opens`` and ``closes``
    are times of day where a file tells them apart, "09:00".
    """

    row: int | None = None
    name: str = ""
    position: Position | None = None
    names: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    decided: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    description: str = ""
    rating: float | None = None
    favourite: bool | None = None
    visited: bool | None = None
    never: bool | None = None
    visit_minutes: int | None = None
    opening_hours: str | None = None
    opens: str | None = None
    closes: str | None = None
    address: str | None = None
    url: str | None = None
    visits: list[dt.date] = field(default_factory=list)
    osm: str | None = None
    id: str | None = None
    added: dt.date | None = None

    def tag(self, key: str, value: str) -> None:
        """Take a key and value of OpenStreetMap: a name, hours, an address, or any other tag."""
        if not value:
            return
        base, _colon, language = key.partition(":")
        if base in _NAME_KEYS and (not language or _LANGUAGE.fullmatch(language)):
            kind = _NAME_KEYS[base]
            if not kind and not language:
                self.name = self.name or value
            else:
                self.names.setdefault(":".join(part for part in (kind, language) if part), value)
        elif key == "opening_hours":
            self.opening_hours = self.opening_hours or value
        else:
            self.tags.setdefault(key, value)


def is_osm_key(key: str) -> bool:
    """Whether a heading or property looks like a key of OpenStreetMap ("amenity", "name:fi")."""
    return _OSM_KEY.fullmatch(key) is not None


def finished(draft: Draft, remarks: Remarks, catalogue: Catalogue) -> Finding | Refusal | None:
    """Return what a draft makes: a finding; a refusal; None where there is nothing at all."""
    name = fields.tidy_name(draft.name)
    # Our own exports hold text as it is: what looks like markup in it is none.
    read = fields.tidy if draft.decided else fields.note
    notes = draft.notes if draft.decided else [fields.plain(text) for text in draft.notes]
    if not name and draft.url:
        name = fields.name_of_link(draft.url)
    if not name and draft.names:
        name = next((each for each in map(fields.tidy_name, draft.names.values()) if each), "")
    if not name and draft.position is not None:
        name = fields.nameless(draft.position)
    if not name and draft.address:
        name = fields.tidy_name(draft.address)
    if not name:
        if _is_bare(draft):
            return None
        return Refusal(draft.row, "it has neither a name nor a position")
    if len(draft.name) > LONGEST_NAME and len(fields.tidy(draft.name)) > LONGEST_NAME:
        remarks.about_row(draft.row, f"its name is longer than {LONGEST_NAME} signs and was cut")
        notes.append(draft.name)
    said = _said(notes, draft)
    if sum(len(text) for text in notes) > LONGEST_TEXT and len(said) >= LONGEST_TEXT - 1:
        remarks.about_row(
            draft.row, f"its notes are longer than {LONGEST_TEXT:,} signs and were cut"
        )
    hours = read(_hours(draft, remarks))
    tags = _texts(draft.tags)
    category, label = _category(draft, tags, catalogue)
    labels = [*draft.labels, label] if label else draft.labels
    url = fields.web_link(draft.url) if draft.url else None
    if draft.url and url is None and fields.tidy(draft.url) and not fields.pair(draft.url):
        # Not a link of the web: kept as words, so that nothing can be opened by mistake.
        said = fields.joined(said, fields.tidy(draft.url))
    return Finding(
        name=name,
        row=draft.row,
        position=draft.position,
        names={
            key: each for key, each in _names(draft.names).items() if draft.decided or each != name
        },
        category=category,
        tags=tags,
        labels=fields.labels(labels, most=MOST_LABELS),
        notes=said,
        description=_short(read(draft.description)),
        rating=draft.rating,
        favourite=draft.favourite,
        visited=draft.visited,
        never=draft.never,
        visit_minutes=draft.visit_minutes,
        opening_hours=hours or None,
        address=read(draft.address or "") or None,
        url=url,
        visits=tuple(sorted(set(draft.visits))[-_MOST_VISITS:]),
        osm=draft.osm,
        id=fields.tidy(draft.id or "") or None,
        added=draft.added,
    )


def _hours(draft: Draft, remarks: Remarks) -> str:
    """Return the opening hours as the file tells them, and say what is doubtful about them."""
    hours = draft.opening_hours or openings.joined(draft.opens, draft.closes) or ""
    if draft.closes and not hours:
        remarks.about_row(draft.row, f"it closes at {draft.closes}, and nothing says when it opens")
    if hours and not draft.decided and (doubt := openings.doubt(fields.note(hours))):
        remarks.about_row(draft.row, doubt)
    return hours


def _said(notes: Sequence[str], draft: Draft) -> str:
    """Return notes as one; those of our own exports keep their lines."""
    if draft.decided:
        lines = "\n".join(filter(None, map(fields.tidy_lines, notes)))
        return lines[:LONGEST_TEXT].strip()
    return fields.joined(*(fields.tidy(text) for text in notes))


def as_record(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain values of JSON, for the formats that we write ourselves.

    Row and position are left out, as every format has its own way to say them. ``category`` is
    always there: that the category is unknown is told as well.
    """
    record: dict[str, Any] = {
        "name": finding.name,
        "category": finding.category or "",
        "names": dict(finding.names),
        "osm_tags": dict(finding.tags),
        "labels": list(finding.labels),
        "notes": finding.notes,
        "recommendation": finding.description,
        "rating": finding.rating,
        "favourite": finding.favourite,
        "visited": finding.visited,
        "never": finding.never,
        "visit_minutes": finding.visit_minutes,
        "visits": [day.isoformat() for day in finding.visits],
        "opening_hours": finding.opening_hours,
        "address": finding.address,
        "url": finding.url,
        "osm": finding.osm,
        "added": finding.added.isoformat() if finding.added is not None else None,
        "flaneur_id": finding.id,
    }
    return {
        key: value
        for key, value in record.items()
        if key in {"name", "category"} or value not in (None, "", [], {})
    }


RECORD_KEYS = (
    "name", "category", "names", "osm_tags", "labels", "notes", "recommendation", "rating",
    "favourite", "visited", "never", "visit_minutes", "visits", "opening_hours", "address", "url",
    "osm", "added", "flaneur_id",
)  # fmt: skip
"""The keys of :func:`as_record`, in its order."""

_TEXT_KEYS = {
    "name": "name",
    "category": "kind",
    "recommendation": "description",
    "opening_hours": "opening_hours",
    "address": "address",
    "url": "url",
    "flaneur_id": "id",
}
_READ: Mapping[str, Callable[[object], object]] = {
    "rating": fields.rating,
    "visit_minutes": fields.minutes,
    "opens": openings.clock,
    "closes": openings.clock,
    "added": fields.day,
    "osm": fields.osm_object,
}
"""How the value of a key is read; ``None`` where it is none."""


def take(draft: Draft, key: str, value: object) -> bool:
    """Put one value of a record into a draft; False if the value cannot be what the key says.

    Values may be what JSON gives, or text as a table has it.
    """
    if value is None or value == "":
        return True
    if key in _TEXT_KEYS:
        if not isinstance(value, str | int | float):
            return False
        setattr(draft, _TEXT_KEYS[key], str(value))
        return True
    if key == "notes":
        draft.notes.append(str(value))
        return True
    return _take_special(draft, key, value)


def _take_special(draft: Draft, key: str, value: object) -> bool:  # noqa: PLR0911 - one case a key
    if key in _READ:
        found = _READ[key](value)
        setattr(draft, key, found)
        return found is not None
    match key:
        case "favourite" | "visited" | "never":
            said = fields.yes_no(value)
            setattr(draft, key, said)
            return said is not None
        case "visits":
            days = [fields.day(text) for text in texts_of(value)]
            draft.visits += [day for day in days if day is not None]
            return None not in days
        case "labels":
            draft.labels += texts_of(value)
            return True
        case "names":
            mapping = mapping_of(value)
            draft.names.update(mapping or {})
            return mapping is not None
        case "osm_tags":
            mapping = mapping_of(value)
            draft.tags.update(mapping or {})
            return mapping is not None
        case _:
            return False


def texts_of(value: object) -> list[str]:
    """Return a list's texts; of a text, a JSON list or what separators separate."""
    if isinstance(value, list | tuple):
        return [str(each) for each in value if isinstance(each, str | int | float)]
    text = str(value).strip()
    if text.startswith("["):
        parsed = _json(text)
        if isinstance(parsed, list):
            return texts_of(parsed)
    return [part for part in _LIST_SPLIT.split(text) if part]


def mapping_of(value: object) -> dict[str, str] | None:
    """Return a mapping of texts; of a text, a JSON object or ``key=value; key=value``."""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("{"):
            value = _json(text)
        else:
            pairs = [part.partition("=") for part in text.split(";") if part.strip()]
            if not all(sign for _key, sign, _value in pairs):
                return None
            return {key.strip(): each.strip() for key, _sign, each in pairs}
    if not isinstance(value, dict):
        return None
    return {
        str(key): str(each)
        for key, each in value.items()
        if isinstance(each, str | int | float) and not isinstance(each, bool)
    }


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_bare(draft: Draft) -> bool:
    return not (draft.notes or draft.tags or draft.labels or draft.description or draft.kind)


def _category(
    draft: Draft, tags: Mapping[str, str], catalogue: Catalogue
) -> tuple[str | None, str]:
    """Return the category, and the word for it where it is none that is known."""
    kind = fields.tidy_name(draft.kind)
    if kind:
        key = category_of(kind, catalogue)
        if key is not None:
            return key, ""
        return None if draft.decided else _classified(tags, catalogue), kind
    if draft.decided:
        return None, ""
    return _classified(tags, catalogue), ""


def category_of(kind: str, catalogue: Catalogue) -> str | None:
    """Return the category that a word or a tag names for certain, None otherwise."""
    if kind in catalogue:
        return kind
    key, sign, value = kind.partition("=")
    if sign and is_osm_key(key.strip()):
        return _classified({key.strip(): value.strip()}, catalogue)
    folded = fold(kind).replace(" ", "_")
    if folded in catalogue:
        return folded
    named = catalogue.named_wholly(kind)
    return next(iter(named)) if len(named) == 1 else None


def _classified(tags: Mapping[str, str], catalogue: Catalogue) -> str | None:
    if not tags:
        return None
    category = catalogue.classify(tags)
    return category.key if category is not None else None


def _names(names: Mapping[str, str]) -> dict[str, str]:
    made = {
        fields.tidy(key, limit=40): fields.tidy_name(name)
        for key, name in list(names.items())[:MOST_TAGS]
    }
    return {key: name for key, name in made.items() if key and name}


def _texts(tags: Mapping[str, str]) -> dict[str, str]:
    made = {
        fields.tidy(key, limit=100): fields.tidy(value)
        for key, value in list(tags.items())[:MOST_TAGS]
    }
    return {key: value for key, value in made.items() if key and value}


def _short(description: str) -> str:
    return " ".join(description.split()[:DESCRIPTION_WORDS])
