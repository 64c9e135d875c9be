"""One file read, whatever it is: the way from a path to findings."""

from __future__ import annotations

import dataclasses
import stat
from typing import IO, TYPE_CHECKING, Final

from planner.errors import UnreadableFileError, UsageError
from planner.library.catalogue import Catalogue
from planner.library.findings import Finding, Reading, Refusal
from planner.library.importers import (
    archive,
    encoding,
    geojson,
    gpx,
    kml,
    sniffing,
    swarm,
    table,
    takeout,
)
from planner.library.importers.drafts import Remarks
from planner.library.importers.limits import (
    LARGEST_FILE,
    LARGEST_IMAGE,
    LARGEST_POST,
    MIB,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from planner.library.importers.mentions import Gazetteer, Propose
    from planner.library.importers.prose import Block

FORMATS: Final = (
    "csv", "geojson", "kml", "kmz", "gpx", "takeout", "swarm", "text", "image",
)  # fmt: skip
"""What ``--format`` may say, beside ``auto``."""

_NEXT = "Say what it is with --format, or save it as CSV, GeoJSON, KML or GPX."


def read(
    path: Path,
    *,
    format: str = "auto",  # noqa: A002 - as the command line's option is called
    catalogue: Catalogue | None = None,
    gazetteer: Gazetteer | None = None,
    propose: Propose | None = None,
) -> Reading:
    """Read a file that holds places.

    Parameters
    ----------
    path
        The file; it is opened when its items are walked through, and closed after them.
    format
        One of :data:`FORMATS`, or ``"auto"`` to find out.
    catalogue
        The kinds of places; the shipped ones where absent.
    gazetteer
        For texts: finds the names of known places in a text.
    propose
        For texts: a language model that proposes names and describes them.

    Returns
    -------
    Reading
        Its items can be walked through once; what is wrong with the file as a whole may come out
        only then, as ``UnreadableFileError``.

    Raises
    ------
    UsageError
        If there is no such format.
    UnreadableFileError
        If there is no such file, it is none, it is empty, it is too large, or nothing tells what
        it is.
    """
    if format not in {"auto", *FORMATS}:
        raise UsageError(
            f"There is no format {format!r}.", f"Formats are auto, {', '.join(FORMATS)}."
        )
    size = _size(path)
    kind = sniffing.kind_of(path, format)
    most = {"image": LARGEST_IMAGE, "text": LARGEST_POST}.get(kind.format, LARGEST_FILE)
    if size > most:
        raise UnreadableFileError(
            f"{path.name} is larger than {most // MIB:,} MiB.", "Split it into smaller files."
        )
    kinds = catalogue or Catalogue.load()
    remarks = Remarks()
    mapping: dict[str, str] = {}
    if kind.format in {"text", "image"}:
        items: Iterable[Finding | Refusal] = _from_post(
            path, kind, remarks, kinds, gazetteer, propose
        )
    elif kind.zipped:
        items = _from_archive(path, kind, remarks, kinds)
    elif kind.content == "table":
        items, mapping = _from_table(path.name, lambda: path.open("rb"), remarks, kinds)
        if not items:
            raise table.no_table(path.name)
    else:
        items = _from_stream(path.name, kind.content, lambda: path.open("rb"), remarks, kinds)
    return Reading(
        file=_safe(path.name),
        format=kind.format,
        items=_explained(path.name, _unique(items, remarks)),
        mapping=mapping,
        remarks=remarks.texts,
    )


def _safe(name: str) -> str:
    from planner.library.importers.fields import tidy_name

    return tidy_name(name) or "file"


def _size(path: Path) -> int:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableFileError(
            f"{path} cannot be read: {reason}.", "Check the path and that you may read the file."
        ) from error
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "no ordinary file"
        raise UnreadableFileError(f"{path} is {what}.", "Give the path of one file.")
    if status.st_size == 0:
        raise UnreadableFileError(f"{path.name} is empty.", "Export or save it once more.")
    return status.st_size


def _explained(name: str, items: Iterable[Finding | Refusal]) -> Iterator[Finding | Refusal]:
    """Turn what the system says while reading into what a person can act on."""
    try:
        yield from items
    except UnicodeError as error:
        raise UnreadableFileError(
            f"{name} is damaged: its text cannot be decoded ({error}).",
            "Save it once more as UTF-8.",
        ) from error
    except OSError as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError(
            f"{name} cannot be read: {error.strerror or error}.", "Check that you may read it."
        ) from error


def _unique(items: Iterable[Finding | Refusal], remarks: Remarks) -> Iterator[Finding | Refusal]:
    """Take ids from those that carry one that another carries: both cannot be that place."""
    seen: set[str] = set()
    for item in items:
        if isinstance(item, Finding) and item.id is not None:
            if item.id in seen:
                remarks.about_row(
                    item.row, f"its id {item.id[:40]} was there before; it gets another"
                )
                yield dataclasses.replace(item, id=None)
                continue
            seen.add(item.id)
        yield item


def _from_table(
    name: str, open_file: Callable[[], IO[bytes]], remarks: Remarks, kinds: Catalogue
) -> tuple[Iterable[Finding | Refusal], dict[str, str]]:
    """Return the items of a table and what its headings were taken for; nothing if it is none."""
    found = encoding.detect(open_file)
    stem = name.rpartition(".")[0] or name
    with open_file() as file, encoding.text(file, found) as stream:
        known = table.examine(stream)
    if not known.is_known:
        return (), {}
    remarks.add(found.remark)

    def items() -> Iterator[Finding | Refusal]:
        with open_file() as file, encoding.text(file, found) as stream:
            yield from table.read(stream, known, remarks=remarks, catalogue=kinds, stem=stem)

    return items(), dict(known.mapping)


def _from_stream(
    name: str,
    content: str,
    open_file: Callable[[], IO[bytes]],
    remarks: Remarks,
    kinds: Catalogue,
    first_row: int = 1,
) -> Iterator[Finding | Refusal]:
    found = encoding.detect(open_file)
    remarks.add(found.remark)
    with open_file() as file, encoding.text(file, found) as stream:
        if content == "kml":
            yield from kml.read(stream, name, remarks=remarks, catalogue=kinds, first_row=first_row)
        elif content == "gpx":
            yield from gpx.read(stream, name, remarks=remarks, catalogue=kinds)
        elif content == "swarm":
            yield from swarm.read(stream, name, remarks=remarks, catalogue=kinds)
        else:
            drafted = takeout.draft_of if content == "takeout" else None
            yield from geojson.read(stream, name, remarks=remarks, catalogue=kinds, drafted=drafted)


def _from_post(
    path: Path,
    kind: sniffing.Kind,
    remarks: Remarks,
    kinds: Catalogue,
    gazetteer: Gazetteer | None,
    propose: Propose | None,
) -> Iterator[Finding | Refusal]:
    from planner.library.importers import mentions, page

    try:
        blocks = _blocks(path, kind, remarks)
    except page.BrokenPageError as error:
        raise UnreadableFileError(
            f"{path.name} is refused: {error}.", "Copy its text into a .txt file."
        ) from error
    yield from mentions.extract(
        blocks, remarks=remarks, catalogue=kinds, gazetteer=gazetteer, propose=propose
    )


def _blocks(path: Path, kind: sniffing.Kind, remarks: Remarks) -> list[Block]:
    """Return the pieces of a post, whatever it is written in."""
    from planner.library.importers import image, page, prose, transcript

    if kind.content == "image":
        blocks = image.blocks(path)
    elif kind.content == "mhtml":
        blocks = page.mhtml_blocks(path.read_bytes(), path.name)
    else:
        text, found = encoding.whole_text(lambda: path.open("rb"))
        remarks.add(found.remark)
        take_apart = {
            "html": page.html_blocks,
            "markdown": prose.markdown_blocks,
            "srt": transcript.blocks,
            "vtt": transcript.blocks,
        }.get(kind.content, prose.plain_blocks)
        blocks = take_apart(text)
    return blocks


def _from_archive(
    path: Path, kind: sniffing.Kind, remarks: Remarks, kinds: Catalogue
) -> Iterator[Finding | Refusal]:
    """Yield the items of all files of an archive that hold places; rows are counted through.

    A file that cannot be read is refused whole, and the others are read: of several, each is
    therefore read twice, first without keeping anything.
    """
    row = 0
    with archive.opened(path) as zipped:
        chosen = sniffing.entries(zipped, kind)
        if not chosen:
            raise UnreadableFileError(f"{path.name} is an archive without places.", _NEXT)
        several = len(chosen) > 1
        faults = [_fault(zipped, *each, kinds) for each in chosen] if several else [""]
        if all(faults):
            raise UnreadableFileError(f"No file in {path.name} can be read. {faults[0]}", _NEXT)
        for each, fault in zip(chosen, faults, strict=True):
            if fault:
                yield Refusal(None, f"{_name_of(each[0])} was left out whole: {fault}")
                continue
            for item in _from_entry(zipped, *each, remarks, kinds):
                row += 1
                # A row number alone would be one of many in an archive of several files.
                yield dataclasses.replace(item, row=row if several else item.row)
        if row == 0:
            remarks.add(
                "It holds no placemarks." if kind.format == "kmz" else "It holds no places."
            )


def _fault(zipped: archive.Archive, entry: str, content: str, kinds: Catalogue) -> str:
    """Say why a file of an archive cannot be read, empty if it can."""
    try:
        for _item in _from_entry(zipped, entry, content, Remarks(), kinds):
            pass
    except archive.OverfullError:
        raise
    except UnreadableFileError as error:
        return error.problem
    except UnicodeError as error:
        return f"Its text cannot be decoded ({error})."
    return ""


def _from_entry(
    zipped: archive.Archive,
    entry: str,
    content: str,
    remarks: Remarks,
    kinds: Catalogue,
) -> Iterator[Finding | Refusal]:
    """Yield the items of one file of an archive."""

    def open_entry() -> IO[bytes]:
        return zipped.file(entry)

    name = _name_of(entry)
    if content == "table":
        items, _mapping = _from_table(name, open_entry, remarks, kinds)
        yield from items
    else:
        yield from _from_stream(name, content, open_entry, remarks, kinds)


def _name_of(entry: str) -> str:
    return _safe(entry.rpartition("/")[2])
