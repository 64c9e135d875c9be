"""What a file tells about places: the value between the readers of files and the library.

A reader turns one file into one :class:`Reading` and decides nothing: it neither looks at the
library nor at any city. Whether a finding is a place that is already there is decided later, with
all of them in hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from planner.domain import Position

LONGEST_NAME = 300
LONGEST_TEXT = 4000
DESCRIPTION_WORDS = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One place as a file tells it.

    Every text has passed :func:`planner.library.words.clean`: no control signs, no more than
    :data:`LONGEST_NAME` signs for names and :data:`LONGEST_TEXT` for the rest.

    Attributes
    ----------
    name
        As the file has it; never empty.
    row
        Where in the file, counted from 1: a line of a table, the how-manieth feature, placemark or
        waypoint; ``None`` where a file has no such order.
    position
        ``None`` if the file gives none; such a place is looked up by name, or placed by hand.
    names
        Other names, as in :class:`planner.domain.Place`: ``"en"``, ``"fi"``, ``"alt"``, ...
    category
        A key of the category catalogue, ``None`` where the file tells nothing certain.
    tags
        Key and value as in OpenStreetMap, where the file has such.
    labels
        A person's own labels: lists, folders, tags without a value.
    notes, description
        What the person wrote about it; why a post recommends it, at most
        :data:`DESCRIPTION_WORDS` words of that post.
    rating
        0 to 5, halves allowed.
    favourite, visited, never
        ``None`` where the file does not speak of it.
    visit_minutes
        How long the person stays there.
    visits
        Days on which the person was there.
    osm
        ``"node/123"`` where the file names the object of OpenStreetMap.
    id
        The library's own id, where the file is an export of ours: a hint, never trusted alone.
    added
        The day on which the person saved it, where the file tells.
    """

    name: str
    row: int | None = None
    position: Position | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    category: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    notes: str = ""
    description: str = ""
    rating: float | None = None
    favourite: bool | None = None
    visited: bool | None = None
    never: bool | None = None
    visit_minutes: int | None = None
    opening_hours: str | None = None
    address: str | None = None
    url: str | None = None
    visits: tuple[dt.date, ...] = ()
    osm: str | None = None
    id: str | None = None
    added: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of a file that could not be read, or was refused, and why, for a person."""

    row: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole file, read.

    Attributes
    ----------
    file
        The file's name without its folder: a folder may tell who somebody is.
    format
        One of csv, geojson, kml, kmz, gpx, takeout, swarm, text, image.
    items
        Findings and refusals in the order of the file. It may be walked through once only, so that
        a file of any length needs little memory; whoever walks may meet ``UnreadableFileError``.
    mapping
        For a table: what each heading was taken for (``"Title"`` -> ``"name"``); a heading that is
        not used maps to the empty string.
    remarks
        What else a person should know of the file ("a track without places"); complete once the
        items were walked through.
    """

    file: str
    format: str
    items: Iterable[Finding | Refusal]
    mapping: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[str] = ()
