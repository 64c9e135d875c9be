"""CSV tables of any origin: headings guessed and shown, rows read one by one.

Delimiter and encoding are found out; coordinates may stand in two columns, in one, as WKT, or in a
link. A bad row is refused alone. A quote that never closes costs its own row and no other.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO, TYPE_CHECKING

from planner.errors import UnreadableFileError
from planner.library.findings import Refusal
from planner.library.importers import fields, openings
from planner.library.importers.drafts import Draft, finished, take
from planner.library.importers.headings import TAG, meaning
from planner.library.importers.limits import LONGEST_LINE, MOST_COLUMNS, MOST_REREAD
from planner.library.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.library.catalogue import Catalogue
    from planner.library.findings import Finding
    from planner.library.importers.drafts import Remarks

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 200
_HEADING_ROWS = 10
_ADDRESS = frozenset({"street", "housenumber", "postcode", "city", "country"})
_PLACED = _ADDRESS | {"lat", "lon", "position"}
# What spreadsheets run as a formula; our own exports put an apostrophe before it.
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_FAVOURITE_LISTS = frozenset(
    [
        "favorite places", "favourite places", "favorites", "favourites", "lieblingsorte",
        "favoriten", "favoris", "favoritos", "preferiti", "suosikkipaikat", "suosikit",
        "favoriter", "favorietplaatsen", "ulubione", "избранные места",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose headings are understood.

    Attributes
    ----------
    mapping
        Each heading and what it was taken for, empty where it is not used.
    columns
        For each column its field, ``"tag:KEY"`` for a tag of OpenStreetMap, empty if not used.
    first
        The first line, counted from 1, that may begin a row of data.
    takeout
        Whether it is one of Google's lists.
    swapped
        Whether latitude and longitude stand in each other's columns.
    hours_swapped
        Whether the times at which places open and close do.
    """

    mapping: Mapping[str, str]
    columns: tuple[str, ...]
    delimiter: str
    first: int
    takeout: bool = False
    swapped: bool = False
    hours_swapped: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the headings tell names or positions."""
        return bool({"name", "position", "lat", "url"} & set(self.columns))


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: list[str]
    fault: str = ""


@dataclass(slots=True)
class _Lines:
    """Lines of a stream, numbered, that can be handed back."""

    stream: IO[str]
    at: int = 0
    taken: list[str] = field(default_factory=list)
    _back: deque[str] = field(default_factory=deque)
    returned: int = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self.stream.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.at += 1
        self.taken.append(line)
        return line

    def give_back(self) -> bool:
        """Hand back all lines of this row but the first; False if that was done too often."""
        rest = self.taken[1:]
        self.returned += sum(map(len, rest))
        if self.returned > MOST_REREAD:
            return False
        self._back.extendleft(reversed(rest))
        self.at -= len(rest)
        return True


def examine(stream: IO[str]) -> Table:
    """Find out what a table's columns are, from its first rows.

    Parameters
    ----------
    stream
        The text, at its start.
    """
    head = io.StringIO("".join(_first_lines(stream)), newline="")
    delimiter = _delimiter(head.getvalue())
    head.seek(0)
    rows = [row for row in _rows(head, delimiter) if not row.fault][:_SAMPLE_ROWS]
    at = _heading_at(rows)
    if at is None:
        width = max((len(row.cells) for row in rows), default=0)
        headings = [f"column {number}" for number in range(1, width + 1)]
        columns = [""] * width
        data = rows
        first = 1
    else:
        headings = [fields.tidy_name(cell) for cell in rows[at].cells][:MOST_COLUMNS]
        columns = _columns(headings)
        data = rows[at + 1 :]
        first = rows[at].line + 1
    _fill(columns, data)
    takeout = _is_takeout(columns, data)
    if takeout:
        # Google's "Note" and "Comment" are both the person's; nothing else of it is ambiguous.
        columns = ["labels" if column == "category" else column for column in columns]
    return Table(
        mapping={
            heading or f"column {number}": _told(column)
            for number, (heading, column) in enumerate(zip(headings, columns, strict=True), start=1)
        },
        columns=tuple(columns),
        delimiter=delimiter,
        first=first,
        takeout=takeout,
        swapped=_is_swapped(columns, data),
        hours_swapped=openings.is_swapped(_times(columns, data)),
    )


def read(
    stream: IO[str], table: Table, *, remarks: Remarks, catalogue: Catalogue, stem: str = ""
) -> Iterator[Finding | Refusal]:
    """Yield what the rows of a table tell.

    Parameters
    ----------
    stream
        The text, at its start; closed by whoever opened it.
    table
        What :func:`examine` found.
    stem
        The file's name without its ending: the label of Google's lists.
    """
    if table.swapped:
        remarks.add(
            "Latitude and longitude stand in each other's columns; they were taken the other way."
        )
    if table.hours_swapped:
        remarks.add(
            "Opening and closing times stand in each other's columns; they were taken the other "
            "way."
        )
    label = fields.tidy_name(stem) if table.takeout else ""
    favourite = True if fold(label) in _FAVOURITE_LISTS and label else None
    for row in _rows(stream, table.delimiter):
        if row.line < table.first:
            continue
        if row.fault:
            yield Refusal(row.line, row.fault)
            continue
        if not any(cell.strip() for cell in row.cells):
            continue
        try:
            draft = _draft(row, table, remarks)
        except fields.ValueRefusedError as error:
            yield Refusal(row.line, f"{_called(row, table)}{error}")
            continue
        if label:
            draft.labels.append(label)
            draft.favourite = draft.favourite if draft.favourite is not None else favourite
        found = finished(draft, remarks, catalogue)
        if found is not None:
            yield found


def _draft(row: _Row, table: Table, remarks: Remarks) -> Draft:
    draft = Draft(row=row.line, decided="flaneur_id" in table.columns)
    told: dict[str, str] = {}
    for column, raw in zip(table.columns, row.cells, strict=False):
        if not column or not raw or raw.isspace():
            continue
        cell = raw[1:] if raw[0] == "'" and _GUARDED.match(raw) else raw
        if column in _PLACED:
            told.setdefault(column, cell.strip())
        elif column.startswith(TAG):
            draft.tag(column.removeprefix(TAG), cell)
        elif not take(draft, column, cell):
            remarks.about_row(row.line, f"{cell.strip()[:40]!r} was not understood as {column}")
    if table.hours_swapped:
        draft.opens, draft.closes = draft.closes, draft.opens
    if len(row.cells) > len(table.columns):
        _overflow(draft, row, table, remarks)
    if told.keys() & _ADDRESS:
        _address(draft, {key: told[key] for key in told if key in _ADDRESS})
    lat, lon = told.get("lat", ""), told.get("lon", "")
    if table.swapped:
        lat, lon = lon, lat
    _locate(draft, lat, lon, told.get("position", ""))
    return draft


def _overflow(draft: Draft, row: _Row, table: Table, remarks: Remarks) -> None:
    """Keep cells beyond the headings: a comma that was not quoted, most of the time."""
    rest = [cell for cell in row.cells[len(table.columns) :] if cell.strip()]
    if rest:
        draft.notes.append(", ".join(rest[:20]))
        remarks.about_row(row.line, "it has more cells than there are headings")


def _locate(draft: Draft, lat: str, lon: str, place: str) -> None:
    """Set the position from the columns that tell it; the link's only where none does."""
    if lat.strip() or lon.strip():
        pair = fields.pair(lat) if not lon.strip() else None
        if pair is None:
            north, east = fields.degrees(lat), fields.degrees(lon)
            if north is None or east is None:
                wrong = lat if north is None else lon
                raise fields.ValueRefusedError(
                    f"its position {wrong.strip()[:40]!r} is no number of degrees"
                    if wrong.strip()
                    else "one of its two coordinates is missing"
                )
            pair = north, east
        draft.position = fields.position(*pair)
        return
    if place.strip():
        pair = fields.pair(place)
        if pair is not None:
            draft.position = fields.position(*pair)
            return
        # "Location" is as often an address as it is a position.
        draft.address = draft.address or place
    if draft.url:
        pair = fields.pair_of_link(draft.url)
        if pair is not None:
            draft.position = fields.position(*pair)
        draft.osm = draft.osm or fields.osm_object(draft.url)


def _address(draft: Draft, parts: Mapping[str, str]) -> None:
    for key, value in parts.items():
        draft.tag(f"addr:{key}", value)
    if draft.address is None:
        street = " ".join(parts[key] for key in ("street", "housenumber") if key in parts)
        town = " ".join(parts[key] for key in ("postcode", "city") if key in parts)
        draft.address = ", ".join(text for text in (street, town, parts.get("country", "")) if text)


def _called(row: _Row, table: Table) -> str:
    """Return the name of a refused row and a colon, so that a person finds it again."""
    for column, cell in zip(table.columns, row.cells, strict=False):
        if column == "name" and cell.strip():
            return f"{fields.tidy(cell, limit=60)}: "
    return ""


def _rows(stream: IO[str], delimiter: str) -> Iterator[_Row]:
    """Yield the rows with the line that each begins in; a quote left open costs its own row."""
    # The limit is the process's; it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    while True:
        lines.taken.clear()
        start = lines.at + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back()
            yield _Row(start, [], f"it cannot be taken apart: {error}")
            continue
        if len(lines.taken) > 1 and not _is_sound(lines.taken, delimiter):
            left_out = len(lines.taken) - 1
            if lines.give_back():
                left_out = 0
            more = f"; with it {left_out:,} lines after it were left out" if left_out else ""
            yield _Row(start, [], f"a quote that opens in it never closes{more}")
            continue
        if len(lines.taken[0]) >= LONGEST_LINE and not lines.taken[0].endswith(("\n", "\r")):
            _skip_line(lines)
            yield _Row(start, [], f"it is longer than {LONGEST_LINE:,} signs")
            continue
        yield _Row(start, cells[:MOST_COLUMNS])


def _skip_line(lines: _Lines) -> None:
    """Drop the rest of a line of which only the beginning was read."""
    while True:
        more = lines.stream.readline(LONGEST_LINE)
        if not more or more.endswith(("\n", "\r")):
            return


def _is_sound(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a row of several lines is meant as one: every quote in it opens and closes a cell."""
    try:
        for _row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True):
            pass
    except csv.Error:
        return False
    return True


def _first_lines(stream: IO[str]) -> Iterator[str]:
    signs = 0
    for _number in range(_SAMPLE_ROWS * 2):
        line = stream.readline(LONGEST_LINE)
        signs += len(line)
        if not line or signs > LONGEST_LINE:
            return
        yield line


def _delimiter(sample: str) -> str:
    """Return the sign that splits most rows into equally many cells, two at least."""
    if sample.startswith("sep=") and len(sample) > 4:  # noqa: PLR2004 - a spreadsheet's own note
        return sample[4] if sample[4] in DELIMITERS else ","
    best = (0.0, 0, ",")
    for sign in DELIMITERS:
        rows = [row.cells for row in _rows(io.StringIO(sample, newline=""), sign) if any(row.cells)]
        widths = [len(cells) for cells in rows][:_SAMPLE_ROWS]
        usual = max(set(widths), key=widths.count, default=0)
        headings = max(rows[:_HEADING_ROWS], key=_known_in, default=[])
        known = _known_in(headings)
        if known > 1:
            # A cell of hundreds of lines may leave hardly a row of the sample whole.
            usual = len(headings)
        if usual > 1:
            best = max(best, (widths.count(usual) / len(widths) + known, usual, sign))
    return best[2]


def _known_in(cells: Sequence[str]) -> int:
    """Return how many cells are headings that are known."""
    return sum(bool(meaning(cell)) for cell in cells)


def _heading_at(rows: Sequence[_Row]) -> int | None:
    """Return which row holds the headings, None if none of the first does."""
    best, score = None, 0.0
    for number, row in enumerate(rows[:_HEADING_ROWS]):
        cells = [cell for cell in row.cells if cell.strip()]
        if not cells or any(fields.number(cell) is not None for cell in cells):
            continue
        known = sum(bool(meaning(cell)) for cell in cells)
        share = known / len(cells)
        if known and share >= (1 / 4 if known > 1 else 1 / 2) and known > score:
            best, score = number, known
    return best


def _columns(headings: Sequence[str]) -> list[str]:
    """Return the field of each heading; a field that can be there once is the first one's."""
    columns: list[str] = []
    for heading in headings:
        field_ = meaning(heading)
        once = field_ not in {"notes", "labels", ""}
        columns.append("" if once and field_ in columns else field_)
    return columns


def _fill(columns: list[str], data: Sequence[_Row]) -> None:
    """Find by their values what no heading told: a name, a position, a link, a time of opening."""
    values = [
        [row.cells[at].strip() for row in data if at < len(row.cells) and row.cells[at].strip()]
        for at in range(len(columns))
    ]
    free = [at for at, column in enumerate(columns) if not column and values[at]]
    _fill_hours(columns, values)
    if "url" not in columns:
        for at in free:
            if all(
                text.casefold().startswith(("http://", "https://", "geo:")) for text in values[at]
            ):
                columns[at] = "url"
                break
    if not {"lat", "position"} & set(columns):
        _fill_position(columns, values)
    if "name" not in columns:
        for at, column in enumerate(columns):
            texts = values[at]
            wordy = sum(any(sign.isalpha() for sign in text) for text in texts)
            if not column and texts and wordy > len(texts) / 2:
                columns[at] = "name"
                break


def _fill_hours(columns: list[str], values: Sequence[Sequence[str]]) -> None:
    """Tell a time of opening from opening hours: "open" and "opening" head either."""
    wanted = "opens" if "closes" in columns else "opening_hours"
    other = "opening_hours" if wanted == "opens" else "opens"
    if wanted not in columns and other in columns:
        at = columns.index(other)
        if values[at] and all(map(openings.clock, values[at])) == (wanted == "opens"):
            columns[at] = wanted


def _fill_position(columns: list[str], values: Sequence[Sequence[str]]) -> None:
    free = [at for at, column in enumerate(columns) if not column and values[at]]
    for at in free:
        if all(fields.pair(text) is not None for text in values[at]):
            columns[at] = "position"
            return
    numeric = [
        at
        for at in free
        if all("." in text or "," in text for text in values[at])
        and all(fields.degrees(text) is not None for text in values[at])
    ]
    for one, other in pairwise(numeric):
        if other == one + 1:
            columns[one], columns[other] = "lat", "lon"
            return


def _is_swapped(columns: Sequence[str], data: Sequence[_Row]) -> bool:
    """Whether every row of the sample is sound the other way and some are not this way."""
    if "lat" not in columns or "lon" not in columns:
        return False
    north, east = columns.index("lat"), columns.index("lon")
    wrong = 0
    for row in data:
        if len(row.cells) <= max(north, east):
            continue
        lat, lon = fields.degrees(row.cells[north]), fields.degrees(row.cells[east])
        if lat is None or lon is None:
            continue
        if not (abs(lat) <= fields.LON_LIMIT and abs(lon) <= fields.LAT_LIMIT):
            return False
        wrong += abs(lat) > fields.LAT_LIMIT
    return wrong > 0


def _times(columns: Sequence[str], data: Sequence[_Row]) -> Iterator[tuple[str, str]]:
    """Yield when places open and close, where both are told."""
    if "opens" not in columns or "closes" not in columns:
        return
    first, last = columns.index("opens"), columns.index("closes")
    for row in data:
        if len(row.cells) > max(first, last):
            opens, closes = openings.clock(row.cells[first]), openings.clock(row.cells[last])
            if opens is not None and closes is not None:
                yield opens, closes


def _is_takeout(columns: Sequence[str], data: Sequence[_Row]) -> bool:
    # Title, note, URL at least; which words these are depends on the account's language.
    if len(columns) < 3 or "url" not in columns or {"lat", "lon", "position"} & set(columns):  # noqa: PLR2004
        return False
    at = columns.index("url")
    links = [row.cells[at] for row in data if at < len(row.cells) and row.cells[at].strip()]
    google = sum(fields.is_google_link(link.strip()) for link in links)
    return bool(links) and google >= len(links) / 2


def _told(column: str) -> str:
    return column.removeprefix(TAG)


def no_table(name: str) -> UnreadableFileError:
    """Return the error for a table without anything that tells a place."""
    return UnreadableFileError(
        f"{name} is a table without a column of names or positions.",
        "Give its columns headings such as name, lat and lon in the first line.",
    )
