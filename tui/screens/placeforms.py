"""The lines of forms about places, and the options of ``flaneur places`` that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.form import YES, Field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.library.holdings import Holding
    from tui.screens.form import Values

_NOTHING = "none"
_TOLD = (
    ("category", "Kind", "such as bookshop"),
    ("note", "Note", "what you want to remember"),
    ("address", "Address", ""),
    ("url", "Link", ""),
    ("hours", "Hours", "Mo-Fr 08:00-18:00; Sa off"),
    ("minutes", "Stay", "minutes, such as 45"),
    ("rating", "Rating", "0 to 5"),
)
_LABELS = Field("labels", "Labels", hint="words, with commas between them")
NEW_PLACE = (
    Field("name", "Name", hint="what it is called"),
    Field("at", "Where", hint="LAT,LON, such as 60.1699,24.9384"),
    *(Field(key, label, hint=hint) for key, label, hint in _TOLD),
    _LABELS,
)
"""The lines about a place that is not there yet."""


def fields_of(holding: Holding, kind: str) -> tuple[Field, ...]:
    """Return the lines about a place, with what is held of it.

    Parameters
    ----------
    holding
        The place.
    kind
        Its category in words.
    """
    at = holding.position
    values = {
        "category": kind,
        "note": " ".join(holding.notes.split()),
        "address": holding.address or "",
        "url": holding.url or "",
        "hours": holding.opening_hours or "",
        "minutes": "" if holding.visit_minutes is None else str(holding.visit_minutes),
        "rating": "" if holding.rating is None else f"{holding.rating:g}",
    }
    lines = [Field("name", "Name", holding.name)]
    if holding.own:
        where = "" if at is None else f"{at.lat:.6f},{at.lon:.6f}"
        lines.append(Field("at", "Where", where, "LAT,LON"))
    lines += [Field(key, label, values[key], hint) for key, label, hint in _TOLD]
    lines.append(Field("labels", "Labels", ", ".join(holding.labels), _LABELS.hint))
    return tuple(lines)


def changes_of(place_id: str, before: Sequence[Field], values: Values) -> Iterator[tuple[str, ...]]:
    """Yield the commands that make of a place what was entered.

    Parameters
    ----------
    place_id
        The place.
    before
        The lines as they were.
    values
        What stands there now.
    """
    changed = {each.key: values[each.key] for each in before if values[each.key] != each.value}
    where = changed.pop("at", "")
    options: list[str] = []
    if name := changed.pop("name", ""):
        options += ["--name", name]
    if "labels" in changed:
        old = next(_listed(each.value) for each in before if each.key == "labels")
        new = _listed(changed.pop("labels"))
        options += [token for word in new if word not in old for token in ("--label", word)]
        options += [token for word in old if word not in new for token in ("--label", f"-{word}")]
    for key, value in changed.items():
        options += [f"--{key}", value or _NOTHING]
    if options:
        yield ("edit", *options, "--", place_id)
    if where:
        yield ("locate", "--", place_id, where)


def addition_of(values: Values) -> tuple[str, ...]:
    """Return the command that adds a place."""
    options: list[str] = []
    for key, value in values.items():
        if key == "labels":
            options += [token for word in _listed(value) for token in ("--label", word)]
        elif key != "name" and value:
            options += [f"--{key}", value]
    return ("add", *options, "--", values["name"])


def filter_fields(options: Sequence[str]) -> tuple[Field, ...]:
    """Return the lines of a filter, with what is asked now."""
    values: dict[str, str] = {}
    for token in options:
        if token.startswith("--"):
            key = token.removeprefix("--")
            values[key] = YES
        else:
            values[key] = token
    visited = "visited" if "visited" in values else ""
    if "not-visited" in values:
        visited = "not visited"
    return (
        Field("category", "Kind", values.get("category", ""), "such as museums"),
        Field("label", "Label", values.get("label", ""), "one of your words"),
        Field("near", "Near", values.get("near", ""), "LAT,LON"),
        Field("radius", "Within km", values.get("radius", ""), "1"),
        Field("open-at", "Open at", values.get("open-at", ""), "2026-11-25T19:00"),
        Field("visited", "Visited", visited, "either", ("visited", "not visited")),
        Field("favourite", "favourites alone", values.get("favourite", ""), is_flag=True),
        Field("never", "never to propose alone", values.get("never", ""), is_flag=True),
        Field("unlocated", "without a position alone", values.get("unlocated", ""), is_flag=True),
    )


def filter_options(values: Values) -> list[str]:
    """Return a filter as options of ``flaneur places list``."""
    found: list[str] = []
    for key in ("category", "label", "near", "radius", "open-at"):
        if value := values.get(key, ""):
            found += [f"--{key}", value]
    if visited := values.get("visited", ""):
        found.append(f"--{visited.replace(' ', '-')}")
    found += [f"--{key}" for key in ("favourite", "never", "unlocated") if values.get(key)]
    return found


def _listed(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]
