"""Places of an XML text, one after the other: what GPX and KML have in common."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from planner.errors import UnreadableFileError
from planner.library.findings import Refusal
from planner.library.importers import fields
from planner.library.importers.drafts import finished
from planner.library.importers.xmlstream import BrokenXmlError, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.library.catalogue import Catalogue
    from planner.library.findings import Finding
    from planner.library.importers.drafts import Draft, Remarks
    from planner.library.importers.xmlstream import Record, Tally


def read_places(
    stream: IO[str],
    name: str,
    root: str,
    drafted: Callable[[Record, int], Draft],
    *,
    kept: frozenset[str],
    counted: frozenset[str],
    tally: Tally,
    remarks: Remarks,
    catalogue: Catalogue,
    first_row: int = 1,
) -> Iterator[Finding | Refusal]:
    """Yield what the elements of a text that stand for places tell.

    Parameters
    ----------
    stream
        The text, decoded.
    name
        The file's name, for messages.
    root
        The outermost element that it must have.
    drafted
        Reads one element, given its number; ``ValueRefusedError`` refuses it.
    kept, counted, tally
        As :func:`planner.library.importers.xmlstream.records` takes them.
    first_row
        The number of the first element.

    Raises
    ------
    UnreadableFileError
        If it is no well-formed XML, has another root, or tries what attacks try.
    """
    try:
        for row, record in enumerate(
            records(stream, kept, counted=counted, tally=tally), start=first_row
        ):
            if record.excess:
                yield Refusal(row, record.excess)
                continue
            try:
                draft = drafted(record, row)
            except fields.ValueRefusedError as error:
                called = fields.tidy(record.node.child_text("name"), limit=60)
                yield Refusal(row, f"{called}: {error}" if called else str(error))
                continue
            found = finished(draft, remarks, catalogue)
            yield found if found is not None else Refusal(row, "it has neither name nor position")
    except BrokenXmlError as error:
        raise UnreadableFileError(
            f"{name} is refused: {error}.", "Export it once more from the program it came from."
        ) from error
    if tally.root != root:
        raise UnreadableFileError(
            f"{name} is no {root.upper()}: "
            f"its outermost element is {tally.root[:40] or 'missing'!r}.",
            "Say what it is with --format.",
        )
