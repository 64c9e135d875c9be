"""What a file brings into the library: all of it in one transaction, or nothing.

A finding that is there already becomes one with what is there; every other becomes a place of its
own. Which is which is decided elsewhere (a :class:`Linker`); here it is carried out, and told row
by row. A rehearsal does the very same and then undoes it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from planner.domain import Source
from planner.library.catalogue import Catalogue
from planner.library.findings import LONGEST_NAME, LONGEST_TEXT, Refusal
from planner.library.holdings import Holding
from planner.library.merging import absorb, apart_from, union
from planner.library.words import clean, fold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from planner.domain import Place
    from planner.library.findings import Finding, Reading
    from planner.library.linking import Linking
    from planner.library.places import Places

Outcome: TypeAlias = Literal["added", "merged", "unlocated", "refused"]
_BY_IMPORT = "import"
_TOLD_EVERY = 100
_MOST_TOLD = 10_000
"""Rows that a report tells one by one; beyond that it counts."""


class Linker(Protocol):
    """Decides what a finding stands for; told of every place that comes in meanwhile."""

    def held(self, holding: Holding) -> str | None:
        """Return the id of the holding that this one is, ``None`` if it is none of them."""

    def on_map(self, finding: Finding) -> tuple[Place | None, Linking]:
        """Return the place of an installed city that a finding means, and why that or none."""

    def know(self, holding: Holding) -> None:
        """Take note of a holding that has come in or has changed."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of one row: for ``merged``, ``into`` names what it is one with now.

    ``osm`` is the object of the map that it stands for, if any; ``reason`` says why it is that
    one, why none could be told, or why the row was refused; ``candidates`` are places of the map
    (id and name) that one without a position may be.
    """

    row: int | None
    name: str
    outcome: Outcome
    id: str | None = None
    into: str | None = None
    osm: str | None = None
    reason: str = ""
    candidates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do; the four counts add up to ``read``.

    ``unlocated`` were added without a position. ``arrivals`` tells the first rows one by one.
    """

    file: str
    format: str
    added: int = 0
    merged: int = 0
    unlocated: int = 0
    refused: tuple[Refusal, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    arrivals: tuple[Arrival, ...] = ()

    @property
    def read(self) -> int:
        """How many rows the file had."""
        return self.added + self.merged + self.unlocated + len(self.refused)


def receive(
    places: Places,
    reading: Reading,
    *,
    linker: Linker,
    now: dt.datetime,
    rehearse: bool = False,
    on_row: Callable[[int], None] | None = None,
) -> ImportReport:
    """Take a file's findings into the library, all or nothing.

    Parameters
    ----------
    places
        The library. Before anything is changed, a copy of it is laid aside.
    reading
        The file, read.
    linker
        Decides which finding is which place.
    now
        When they are first seen, where the file does not tell.
    rehearse
        Do all of it, tell, and undo it.
    on_row
        Told how many rows are done, now and then.

    Raises
    ------
    UnreadableFileError
        If the file turns out to be unreadable on the way; then nothing was changed.
    StoreError
        If the library cannot be written; then nothing was changed.
    """
    if not rehearse and places.store.is_worth_a_copy():
        places.store.back_up("import")
    counts = {"added": 0, "merged": 0, "unlocated": 0}
    refused: list[Refusal] = []
    told: list[Arrival] = []
    with places.store.transaction(keep=not rehearse):
        reception = _Reception(places, linker, reading, now)
        for n, item in enumerate(reading.items, start=1):
            if isinstance(item, Refusal):
                refused.append(item)
                arrival = Arrival(item.row, "", "refused", reason=item.reason)
            else:
                arrival = reception.receive(item)
                counts[arrival.outcome] += 1
            if len(told) < _MOST_TOLD:
                told.append(arrival)
            if on_row is not None and n % _TOLD_EVERY == 0:
                on_row(n)
    return ImportReport(
        file=reading.file,
        format=reading.format,
        refused=tuple(refused),
        mapping=dict(reading.mapping),
        remarks=tuple(reading.remarks),
        arrivals=tuple(told),
        **counts,
    )


def as_holding(finding: Finding, source: Source | None, *, now: dt.datetime) -> Holding:
    """Return a finding as a holding without an id."""
    known = Catalogue.load()
    category = finding.category if finding.category in known.categories else None
    if category is None and finding.tags:
        kind = known.classify(finding.tags)
        category = kind.key if kind is not None else None
    visits = tuple(sorted(set(finding.visits)))
    return Holding(
        id="",
        name=_clean(finding.name, LONGEST_NAME),
        position=finding.position,
        category=category,
        names={_clean(key, 40): _clean(name, LONGEST_NAME) for key, name in finding.names.items()},
        tags={_clean(key, 80): _clean(value) for key, value in finding.tags.items()},
        labels=tuple(dict.fromkeys(_clean(label, 80) for label in finding.labels)),
        notes=_clean_lines(finding.notes),
        description=_clean(finding.description),
        rating=finding.rating,
        favourite=bool(finding.favourite),
        visited=bool(finding.visited) or bool(visits),
        never=bool(finding.never),
        visit_minutes=finding.visit_minutes,
        opening_hours=finding.opening_hours,
        address=_clean(finding.address) if finding.address else None,
        url=_clean(finding.url) if finding.url else None,
        osm=finding.osm,
        first_seen=(
            now.isoformat(timespec="seconds") if finding.added is None else str(finding.added)
        ),
        visits=visits,
        sources=() if source is None else (source,),
    )


class _Reception:
    """One file's findings on their way in, one after the other."""

    def __init__(self, places: Places, linker: Linker, reading: Reading, now: dt.datetime) -> None:
        self._places = places
        self._linker = linker
        self._file, self._format, self._now = reading.file, reading.format, now
        known = places.store.rows("SELECT 1 FROM place_sources WHERE file = ? LIMIT 1", self._file)
        self._read_before = bool(known)
        self._touched: set[str] = set()

    def receive(self, finding: Finding) -> Arrival:
        source = Source(self._file, finding.row, self._format)
        holding = as_holding(finding, source, now=self._now)
        kept = self._again(holding, finding)
        reason = "read before"
        candidates: tuple[tuple[str, str], ...] = ()
        if kept is None or kept.position is None:
            place, linking = self._linker.on_map(finding)
            reason = linking.reason
            if place is not None:
                holding = on_map(holding, place)
            else:
                candidates = tuple((each.place_id, each.name) for each in linking.candidates)
        kept = kept or self._held(holding)
        if kept is not None:
            return self._join(kept, holding, reason)
        added = self._places.add(holding, wanted=finding.id)
        self._touched.add(added.id)
        self._linker.know(added)
        outcome: Outcome = "unlocated" if added.position is None else "added"
        return Arrival(
            finding.row,
            added.name,
            outcome,
            id=added.id,
            osm=added.osm,
            reason=reason,
            candidates=candidates if added.position is None else (),
        )

    def _join(self, kept: Holding, holding: Holding, reason: str) -> Arrival:
        """Make one of both; what a file said before is not kept once more."""
        from_here = [each for each in kept.sources if each.file == self._file]
        if holding.sources[0] in kept.sources or (from_here and kept.id not in self._touched):
            joined = self._told_again(kept, holding)
        else:
            other = dataclasses.replace(holding, id=self._places.new_id(holding))
            joined = absorb(self._places, kept, other, now=self._now, by=_BY_IMPORT)
        self._touched.add(kept.id)
        if joined is not kept:
            self._linker.know(joined)
        outcome: Outcome = "merged" if kept.own else "added"
        return Arrival(
            holding.sources[0].row,
            holding.name,
            outcome,
            id=kept.id,
            into=joined.name,
            osm=joined.osm,
            reason=reason,
        )

    def _told_again(self, kept: Holding, holding: Holding) -> Holding:
        """Return a holding whose entry in this file was read before: the same, or with news."""
        base = kept
        if holding.sources[0] not in kept.sources:
            # The rows of a list move as the list grows: it is the same entry.
            others = tuple(each for each in kept.sources if each.file != self._file)
            base = dataclasses.replace(kept, sources=others)
        joined = dataclasses.replace(union(base, holding), first_seen=kept.first_seen)
        return kept if joined == kept else self._places.replace(joined)

    def _again(self, holding: Holding, finding: Finding) -> Holding | None:
        """Return what came from this very row before, or what the file says it is."""
        if finding.id is not None:
            named = self._places.find(self._places.resolve(finding.id))
            if named is not None and _same_name(named, holding):
                return named
        if not self._read_before:
            return None
        rows = self._places.store.rows(
            "SELECT p.id FROM place_sources s JOIN places p ON p.number = s.place "
            'WHERE s.file = ? AND s."row" IS ?',
            self._file,
            finding.row,
        )
        for (place_id,) in rows:
            before = self._places.get(place_id)
            if _same_name(before, holding):
                return before
        return None

    def _held(self, holding: Holding) -> Holding | None:
        found: Holding | None = None
        if holding.osm is not None:
            found = self._places.of_map(holding.osm)
        if found is None:
            place_id = self._linker.held(holding)
            found = None if place_id is None else self._places.find(place_id)
        if found is None:
            return None
        for other in apart_from(self._places, found.id):
            apart = self._places.find(other)
            if apart is not None and _same_name(apart, holding):
                return apart
        return found


def on_map(holding: Holding, place: Place) -> Holding:
    """Return a holding with what the map knows of it and the file does not."""
    names = {**place.names, **holding.names}
    if fold(place.name) != fold(holding.name):
        names["alt"] = "; ".join(name for name in (names.get("alt"), place.name) if name)
    return dataclasses.replace(
        holding,
        osm=place.osm,
        position=holding.position or place.position,
        category=holding.category or place.category,
        address=holding.address or place.address,
        names=names,
    )


def _same_name(one: Holding, other: Holding) -> bool:
    names = {fold(name) for value in (one.name, *one.names.values()) for name in value.split(";")}
    return one.name == other.name or fold(other.name) in names


def _clean(text: str, limit: int = LONGEST_TEXT) -> str:
    return text if len(text) <= limit and text.isprintable() else clean(text, limit=limit)


def _clean_lines(text: str) -> str:
    """Return cleaned text that keeps its lines."""
    return "\n".join(filter(None, (_clean(line) for line in text.splitlines())))[:LONGEST_TEXT]
