"""What ``flaneur next --json`` prints, field by field as published."""

from __future__ import annotations

import msgspec

from planner.itinerary.document import PlanDocument  # noqa: TC001 - msgspec reads it


class Nothing(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no alternative, and what comes first."""

    text: str
    place_id: str | None = None
    opens: str | None = None
    walk_s: int | None = None


class NextDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What to do next; ``nothing`` is there where no alternative is.

    ``context`` is the line of text that says what was known.
    """

    schema: int = 1
    now: str
    at: tuple[float, float]
    alternatives: tuple[PlanDocument, ...]
    by: str
    context: str
    nothing: Nothing | msgspec.UnsetType = msgspec.UNSET
    seconds: float = 0.0


def encode(document: NextDocument) -> str:
    """Return the document as JSON text."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
