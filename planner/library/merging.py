"""Two holdings that mean one place made one, and taken apart again exactly.

What a merge changes is kept as it was before, so that it can be undone whenever somebody notices
that there are two places after all. What was changed by hand in the meantime then stays with the
one that was kept. Two that were taken apart are not put together again unasked.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from planner.errors import FlaneurError, UnknownPlaceError
from planner.library.holdings import Holding
from planner.library.placerows import from_snapshot
from planner.library.words import fold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from planner.library.places import Places

BY_HAND = "hand"
_LISTS = ("labels", "visits", "sources")
_MAPPINGS = ("names", "tags")


def union(kept: Holding, other: Holding) -> Holding:
    """Return one holding that tells what both told; where they differ, the first one counts.

    No name, note, label, visit or source is lost, and no mark: what either has as a favourite,
    as visited or as never again is so.
    """
    return dataclasses.replace(
        kept,
        position=kept.position or other.position,
        category=kept.category or other.category,
        names=_all_names(kept, other),
        tags={**other.tags, **kept.tags},
        labels=tuple(dict.fromkeys((*kept.labels, *other.labels))),
        notes=_both_notes(kept.notes, other.notes),
        description=kept.description or other.description,
        rating=other.rating if kept.rating is None else kept.rating,
        favourite=kept.favourite or other.favourite,
        visited=kept.visited or other.visited,
        never=kept.never or other.never,
        visit_minutes=kept.visit_minutes or other.visit_minutes,
        opening_hours=_hours(kept, other),
        hours_corrected=kept.hours_corrected or other.hours_corrected,
        address=kept.address or other.address,
        url=kept.url or other.url,
        osm=kept.osm or other.osm,
        own=kept.own or other.own,
        first_seen=min((each.first_seen for each in (kept, other) if each.first_seen), default=""),
        visits=tuple(sorted({*kept.visits, *other.visits})),
        sources=tuple(dict.fromkeys((*kept.sources, *other.sources))),
    )


def merge(
    places: Places, kept_id: str, other_id: str, *, now: dt.datetime, by: str = BY_HAND
) -> Holding:
    """Merge the second holding into the first, and return that.

    Parameters
    ----------
    places
        The library.
    kept_id, other_id
        The one that stays and the one that becomes a part of it.
    now
        The moment noted with the merge.
    by
        Who decided: a person, or an import.

    Raises
    ------
    UnknownPlaceError
        If either is not there.
    FlaneurError
        If both are the same.
    """
    with places.store.transaction():
        kept, other = places.get(kept_id), places.get(other_id)
        if kept.id == other.id:
            raise FlaneurError(f"{kept.id} is one place already.", "Name two different ids.")
        before, absorbed = places.snapshot(kept), places.snapshot(other)
        # Dates and plans move over with the visits.
        plans = places.plans_of(other.id)
        places.delete(other.id)
        places.replace(union(kept, other))
        places.set_plans(kept.id, plans)
        places.store.run("UPDATE anchors SET place = ? WHERE place = ?", kept.id, other.id)
        _note(places, kept.id, other.id, before, absorbed, now=now, by=by)
        return places.get(kept.id)


def absorb(places: Places, kept: Holding, other: Holding, *, now: dt.datetime, by: str) -> Holding:
    """Merge a holding that is not stored yet into one that is, and return that.

    ``other`` needs an id of its own, under which it appears if it is taken out again.
    """
    with places.store.transaction():
        before, absorbed = places.snapshot(kept), places.snapshot(other)
        joined = places.replace(union(kept, other))
        _note(places, kept.id, other.id, before, absorbed, now=now, by=by)
        return dataclasses.replace(joined, merged_from=(*kept.merged_from, other.id))


def unmerge(places: Places, place_id: str) -> tuple[Holding, Holding]:
    """Undo the last merge into a holding, and return it and what was a part of it.

    Both are as they were before the merge; what was changed since stays with the first.

    Raises
    ------
    UnknownPlaceError
        If there is no such holding.
    FlaneurError
        If nothing was merged into it.
    """
    with places.store.transaction():
        now_held = places.get(place_id)
        rows = places.store.rows(
            "SELECT number, absorbed, before, other, after FROM merges WHERE kept = ? "
            "ORDER BY number DESC LIMIT 1",
            now_held.id,
        )
        if not rows:
            raise FlaneurError(
                f"Nothing was merged into {now_held.id} ({now_held.name}).",
                "See what it was made of with: flaneur places show " + now_held.id,
            )
        number, absorbed_id, before, other, after = rows[0]
        places.store.run("DELETE FROM merges WHERE number = ?", number)
        restored = _with_later_changes(from_snapshot(before), from_snapshot(after), now_held)
        plans = places.plans_of(now_held.id)
        places.lay_back(restored, before)
        places.set_plans(restored.id, plans)
        apart = from_snapshot(other)
        places.lay_back(apart, other)
        places.store.run(
            "INSERT OR IGNORE INTO apart (one, other) VALUES (?, ?)",
            *sorted((restored.id, str(absorbed_id))),
        )
        return places.get(restored.id), places.get(apart.id)


def apart_from(places: Places, place_id: str) -> frozenset[str]:
    """Return the ids of what was once merged with a holding and then taken apart by hand."""
    rows = places.store.rows(
        "SELECT one, other FROM apart WHERE one = ? OR other = ?", place_id, place_id
    )
    return frozenset(each for row in rows for each in row if each != place_id)


def _note(
    places: Places,
    kept: str,
    absorbed: str,
    before: str,
    other: str,
    *,
    now: dt.datetime,
    by: str,
) -> None:
    held = places.find(kept)
    if held is None:  # pragma: no cover - it was written a line before
        raise UnknownPlaceError(f"There is no place {kept}.")
    places.store.run(
        "INSERT INTO merges (kept, absorbed, at, by, before, other, after) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        kept,
        absorbed,
        now.isoformat(timespec="seconds"),
        by,
        before,
        other,
        places.snapshot(held),
    )


def _with_later_changes(before: Holding, after: Holding, now_held: Holding) -> Holding:
    """Return what was before a merge, with all that was changed after it."""
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(Holding):
        old, new = getattr(after, field.name), getattr(now_held, field.name)
        if field.name in {"id", "merged_from"} or old == new:
            continue
        was = getattr(before, field.name)
        if field.name in _LISTS:
            stay = [each for each in was if each in new or each not in old]
            values = (*stay, *(each for each in new if each not in old and each not in stay))
            changes[field.name] = tuple(sorted(values)) if field.name == "visits" else values
        elif field.name in _MAPPINGS:
            changes[field.name] = _changed(was, old, new)
        else:
            changes[field.name] = new
    return dataclasses.replace(before, **changes)


def _changed(
    was: Mapping[str, str], old: Mapping[str, str], new: Mapping[str, str]
) -> dict[str, str]:
    result = {key: value for key, value in was.items() if key in new or key not in old}
    result.update({key: value for key, value in new.items() if old.get(key) != value})
    return result


def _all_names(kept: Holding, other: Holding) -> dict[str, str]:
    names = {**other.names, **kept.names}
    known = {fold(name) for value in (kept.name, *names.values()) for name in value.split(";")}
    more = [other.name, *(other.names[key] for key in kept.names if key in other.names)]
    for name in more:
        if fold(name) not in known:
            known.add(fold(name))
            names["alt"] = "; ".join(each for each in (names.get("alt"), name) if each)
    return names


def _both_notes(one: str, other: str) -> str:
    if not other or other in one:
        return one
    if not one or one in other:
        return other
    return f"{one}\n{other}"


def _hours(kept: Holding, other: Holding) -> str | None:
    if other.hours_corrected and not kept.hours_corrected:
        return other.opening_hours
    return kept.opening_hours or other.opening_hours
