"""Places as rows of a person's database, and as the snapshots that a merge lays aside."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from planner.domain import Position, Source
from planner.library.holdings import Holding

COLUMNS = (
    "id, name, lat, lon, category, names, tags, labels, notes, description, rating, favourite, "
    "visited, never, visit_minutes, opening_hours, hours_corrected, address, url, osm, own, "
    "first_seen"
)
_VISITED = [name.strip() for name in COLUMNS.split(",")].index("visited")
_MARKS = ", ".join("?" * len(COLUMNS.split(",")))
INSERT = f"INSERT INTO places ({COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 - constants
INSERT_SOURCE = 'INSERT INTO place_sources (place, file, "row", format) VALUES (?, ?, ?, ?)'
SELECT = f"""
SELECT {COLUMNS},
  (SELECT json_group_array(json_array(file, "row", format)) FROM
    (SELECT file, "row", format FROM place_sources WHERE place = places.number ORDER BY rowid)),
  (SELECT json_group_array(date) FROM
    (SELECT date FROM visits WHERE place = places.number ORDER BY date)),
  (SELECT json_group_array(absorbed) FROM
    (SELECT absorbed FROM merges WHERE kept = places.id ORDER BY number)),
  number
FROM places
"""  # noqa: S608 - constants


def as_text(value: object) -> str:
    """Return a value as JSON, as it is stored."""
    if value == {}:
        return "{}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def row_of(holding: Holding) -> tuple[object, ...]:
    """Return the values of :data:`COLUMNS`."""
    at = holding.position
    return (
        holding.id,
        holding.name,
        None if at is None else at.lat,
        None if at is None else at.lon,
        holding.category,
        as_text(dict(holding.names)),
        as_text(dict(holding.tags)),
        as_text(list(holding.labels)),
        holding.notes,
        holding.description,
        holding.rating,
        holding.favourite,
        holding.visited,
        holding.never,
        holding.visit_minutes,
        holding.opening_hours,
        holding.hours_corrected,
        holding.address,
        holding.url,
        holding.osm,
        holding.own,
        holding.first_seen,
    )


def holding_of(row: tuple[Any, ...]) -> Holding:
    """Return the holding of a row that :data:`SELECT` finds."""
    (
        place_id, name, lat, lon, category, names, tags, labels, notes, description, rating,
        favourite, visited, never, visit_minutes, opening_hours, hours_corrected, address, url,
        osm, own, first_seen, sources, visits, merged, _number,
    ) = row  # fmt: skip
    return Holding(
        id=place_id,
        name=name,
        position=None if lat is None or lon is None else Position(lat, lon),
        category=category,
        names=json.loads(names),
        tags=json.loads(tags),
        labels=tuple(json.loads(labels)),
        notes=notes,
        description=description,
        rating=rating,
        favourite=bool(favourite),
        visited=bool(visited),
        never=bool(never),
        visit_minutes=visit_minutes,
        opening_hours=opening_hours,
        hours_corrected=bool(hours_corrected),
        address=address,
        url=url,
        osm=osm,
        own=bool(own),
        first_seen=first_seen,
        visits=tuple(dt.date.fromisoformat(day) for day in json.loads(visits)),
        sources=tuple(Source(*each) for each in json.loads(sources)),
        merged_from=tuple(json.loads(merged)),
    )


def without_visits(snapshot: str) -> str:
    """Return a snapshot that tells nothing of where the person was."""
    told = json.loads(snapshot)
    told["visits"] = []
    told["row"][_VISITED] = False
    return as_text(told)


def from_snapshot(snapshot: str) -> Holding:
    """Return the holding that a snapshot was taken of."""
    told = json.loads(snapshot)
    lists = (told["sources"], [day for day, _plan in told["visits"]], told["merged"])
    return holding_of((*told["row"], *(json.dumps(each) for each in lists), 0))
