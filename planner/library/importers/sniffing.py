"""What a file is: by what is in it first, by its ending second."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.errors import UnreadableFileError
from planner.library.importers import archive, encoding, swarm, table, takeout
from planner.library.importers.limits import CHUNK

if TYPE_CHECKING:
    from pathlib import Path

_IMAGES = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM", b"II*\x00", b"MM\x00*",
)  # fmt: skip
_ROOT = re.compile(r"<\s*(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_XML_NOISE = re.compile(
    r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>", re.DOTALL | re.IGNORECASE
)
_TIMES = re.compile(
    r"^\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3}\s+-->\s+(?:\d+:)?\d{1,2}:\d{2}[.,]\d{3}", re.MULTILINE
)
_MAIL = re.compile(
    r"\A(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,30}?(?:MIME-Version|Content-Type):[^\n]*",
    re.IGNORECASE,
)
_HTML = frozenset(
    {
        "html",
        "head",
        "body",
        "article",
        "main",
        "div",
        "p",
        "section",
        "h1",
        "h2",
        "ul",
        "ol",
        "span",
        "table",
        "meta",
        "title",
    }
)
_ENDINGS = {
    ".csv": ("csv", "table"), ".tsv": ("csv", "table"), ".tab": ("csv", "table"),
    ".geojson": ("geojson", "geojson"), ".json": ("geojson", "geojson"),
    ".kml": ("kml", "kml"), ".gpx": ("gpx", "gpx"),
    ".txt": ("text", "plain"), ".text": ("text", "plain"),
    ".md": ("text", "markdown"), ".markdown": ("text", "markdown"),
    ".html": ("text", "html"), ".htm": ("text", "html"), ".xhtml": ("text", "html"),
    ".mhtml": ("text", "mhtml"), ".mht": ("text", "mhtml"),
    ".srt": ("text", "srt"), ".vtt": ("text", "vtt"),
}  # fmt: skip
_CONTENT_OF = {
    "csv": "table", "geojson": "geojson", "kml": "kml", "kmz": "kml", "gpx": "gpx",
    "takeout": "takeout", "swarm": "swarm", "text": "plain", "image": "image",
}  # fmt: skip
_MARKDOWN = re.compile(
    r"^(?:#{1,6} \S|[*+-] \S|\d+\. \S|> \S)|\*\*\S[^*\n]*\*\*|\[[^\]\n]+\]\([^)\n]+\)", re.MULTILINE
)
_LABELLED = re.compile(r"label(?:l)?ed places", re.IGNORECASE)
_TAKEOUT_FOLDER = re.compile(r"(?:^|/)takeout/", re.IGNORECASE)
_PRINTABLE_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is.

    Attributes
    ----------
    format
        One of :data:`planner.library.importers.FORMATS`.
    content
        What its text is: ``table geojson takeout swarm kml gpx plain markdown html mhtml srt vtt
        image``.
    zipped
        Whether that lies in an archive.
    """

    format: str
    content: str
    zipped: bool = False


def kind_of(path: Path, wanted: str = "auto") -> Kind:
    """Find out what a file is.

    Parameters
    ----------
    path
        A file that exists.
    wanted
        What the person says it is, or ``"auto"``.

    Raises
    ------
    UnreadableFileError
        If nothing tells what it is, or it cannot be what the person says.
    """
    try:
        with path.open("rb") as file:
            head = file.read(CHUNK)
    except OSError as error:
        raise UnreadableFileError(
            f"{path.name} cannot be read: {error.strerror or error}.", "Check that you may read it."
        ) from error
    found = _kind(head, path)
    if wanted == "auto":
        if found is None:
            raise UnreadableFileError(
                f"Nothing in {path.name} tells what it is.",
                "Say it with --format, or save it as CSV, GeoJSON, KML or GPX.",
            )
        return found
    return _as_wanted(found, wanted, path)


def entries(zipped: archive.Archive, kind: Kind) -> list[tuple[str, str]]:
    """Return the files of an archive that may hold places, and what each is.

    One that is damaged is among them, as what its ending says.
    """
    names = zipped.names()
    if kind.format == "kmz":
        texts = [name for name in names if name.casefold().endswith(".kml")]
        # The standard wants the main one first; it may have any name.
        return [(name, "kml") for name in sorted(texts, key=lambda name: name.count("/") > 0)]
    chosen: list[tuple[str, str]] = []
    for name in names:
        lower = name.casefold()
        if lower.endswith((".json", ".geojson", ".csv")):
            try:
                with zipped.file(name) as file:
                    head = file.read(CHUNK)
            except archive.OverfullError:
                raise
            except UnreadableFileError:
                content = "table" if lower.endswith(".csv") else "geojson"
            else:
                content = _content_of_entry(head, lower)
            if content:
                chosen.append((name, content))
    return chosen


def _content_of_entry(head: bytes, name: str) -> str:
    text = _decoded(head)
    if name.endswith(".csv"):
        return "table" if table.examine(io.StringIO(text, newline="")).is_known else ""
    found = _json_kind(text, name)
    if found is None or (found.content == "geojson" and '"features"' not in text):
        return ""
    return found.content


def _kind(head: bytes, path: Path) -> Kind | None:
    ending = path.suffix.casefold()
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(path)
    if _is_image(head):
        return Kind("image", "image")
    text = _decoded(head).lstrip("\ufeff \t\r\n\x00")
    if not _is_text(text):
        return None
    return _text_kind(text, path) or (
        Kind(*_ENDINGS[ending]) if ending in _ENDINGS else _prose(text)
    )


def _text_kind(text: str, path: Path) -> Kind | None:  # noqa: PLR0911 - one sign after the other
    """Return what a text is where it shows it."""
    ending = path.suffix.casefold()
    if text.startswith("<"):
        return _xml_kind(text)
    if text.startswith(("{", "[")) and ending not in {".md", ".markdown", ".txt"}:
        return _json_kind(text, path.name)
    if text.startswith("WEBVTT"):
        return Kind("text", "vtt")
    if _TIMES.search(text[:4000]) and "-->" in text[:4000]:
        return Kind("text", "srt")
    if _MAIL.match(text[:8000].replace("\r\n", "\n")) and "boundary" in text[:8000].casefold():
        return Kind("text", "mhtml")
    if ending in {".md", ".markdown", ".html", ".htm", ".xhtml"}:
        return Kind(*_ENDINGS[ending])
    if ending not in {".txt", ".text"} or _looks_tabular(text):
        return _table_kind(text, strict=ending not in {".csv", ".tsv", ".tab"})
    return None


def _table_kind(text: str, *, strict: bool) -> Kind | None:
    found = table.examine(io.StringIO(text, newline=""))
    if not found.is_known or (strict and not _is_convincing(found)):
        return None
    return Kind("takeout" if found.takeout else "csv", "table")


def _is_convincing(found: table.Table) -> bool:
    """Whether a text without a table's ending is one: several headings are known."""
    known = [column for column in found.columns if column]
    return len(found.columns) > 1 and len(known) > 1 and found.first > 1


def _looks_tabular(text: str) -> bool:
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    return len(lines) > 1 and any(
        lines[0].count(sign) > 0
        and all(line.count(sign) >= lines[0].count(sign) for line in lines[1:4])
        for sign in table.DELIMITERS
    )


def _xml_kind(text: str) -> Kind | None:
    bare = _XML_NOISE.sub("", text[:CHUNK])
    found = _ROOT.search(bare)
    root = found[1] if found is not None else ""
    if root in {"kml", "gpx"}:
        return Kind(root, root)
    if root.casefold() in _HTML or "<!doctype html" in text[:2000].casefold():
        return Kind("text", "html")
    # The entities of an attack may hide the root; the reader refuses them with a reason.
    lowered = text[:CHUNK].casefold()
    for name in ("kml", "gpx"):
        if f"<{name}" in lowered:
            return Kind(name, name)
    return None


def _json_kind(text: str, name: str) -> Kind | None:
    if any(f'"{sign}"' in text for sign in takeout.SIGNS) or _LABELLED.search(name):
        return Kind("takeout", "takeout")
    if (
        '"FeatureCollection"' not in text
        and '"Feature"' not in text
        and any(sign in text for sign in swarm.SIGNS)
    ):
        return Kind("swarm", "swarm")
    return Kind("geojson", "geojson")


def _zip_kind(path: Path) -> Kind | None:
    with archive.opened(path) as zipped:
        names = zipped.names()
        if any(name.casefold().endswith(".kml") for name in names):
            return Kind("kmz", "kml", zipped=True)
        probe = Kind("takeout", "takeout", zipped=True)
        contents = {content for _name, content in entries(zipped, probe)}
    if any(_TAKEOUT_FOLDER.search(name) for name in names):
        return probe
    if "swarm" in contents:
        return Kind("swarm", "swarm", zipped=True)
    if contents & {"takeout", "table"}:
        return probe
    return Kind("geojson", "geojson", zipped=True) if contents else None


def _as_wanted(found: Kind | None, wanted: str, path: Path) -> Kind:  # noqa: PLR0911 - one wish after the other
    """Return the kind that the person wants, in the form in which the file has it."""
    zipped = found.zipped if found is not None else False
    if found is not None and found.format == wanted:
        return found
    if (
        found is not None
        and wanted == "takeout"
        and found.content in {"table", "geojson", "takeout"}
    ):
        content = "table" if found.content == "table" else "takeout"
        return Kind("takeout", content, zipped)
    if wanted == "text":
        ending = _ENDINGS.get(path.suffix.casefold(), ("text", "plain"))
        if zipped or (found is not None and found.content == "image"):
            raise _not_this(path, wanted, found)
        return Kind("text", ending[1] if ending[0] == "text" else "plain")
    if {wanted, found.format if found else ""} == {"kml", "kmz"}:
        return Kind(wanted, "kml", zipped)
    if (
        wanted in {"geojson", "swarm"}
        and found is not None
        and found.content in {"geojson", "swarm", "takeout"}
    ):
        return Kind(wanted, wanted, zipped)
    if wanted == "csv" and found is not None and found.content != "image" and not zipped:
        return Kind("csv", "table")
    if wanted in {"kml", "gpx"} and found is not None and not zipped and found.content != "image":
        return Kind(wanted, wanted)
    raise _not_this(path, wanted, found)


def _not_this(path: Path, wanted: str, found: Kind | None) -> UnreadableFileError:
    seems = f"; it seems to be {found.format}" if found is not None else ""
    return UnreadableFileError(
        f"{path.name} cannot be read as {wanted}{seems}.", "Leave --format away to find out."
    )


def _prose(text: str) -> Kind:
    return Kind("text", "markdown" if _MARKDOWN.search(text) else "plain")


def _is_image(head: bytes) -> bool:
    if head.startswith(_IMAGES):
        return True
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_text(text: str) -> bool:
    """Whether a decoded head is mostly signs that people write."""
    if not text:
        return False
    odd = sum(
        not (sign.isprintable() or sign.isspace()) or sign == "\ufffd" for sign in text[:20_000]
    )
    return odd <= (1 - _PRINTABLE_SHARE) * min(len(text), 20_000)


def _decoded(head: bytes) -> str:
    found = encoding.detect(lambda: io.BytesIO(head))
    return head.decode(found.name, "replace")
