"""One city as one portable SQLite file, ``NAME.flaneur``.

It holds the places, and arrays by name: embeddings, the street graph, map shapes. Whoever writes
an array decides on its meaning; this module keeps the bytes. A city file is written once, whole or
not at all, and only read afterwards. It names its content (``meta["content"]``), so that what is
derived from it can be kept elsewhere under that name; files made before it did are named after
their size and age.
"""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from contextlib import closing
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import msgspec
import numpy as np

from planner.domain import Place, Position, Source
from planner.errors import StoreError, UnreadableFileError
from planner.files import publish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

    from numpy.typing import NDArray

SUFFIX = ".flaneur"
SCHEMA = 1
ATTRIBUTION = "\u00a9 OpenStreetMap contributors"
# "flan" in ASCII: how SQLite's own header tells our files from other databases.
APPLICATION_ID = 0x666C616E
EMBEDDINGS = "embeddings"
"""The array that holds one vector a place."""
SPACE = "space"
"""The key of ``meta`` under which a city names the model that embedded it."""
CONTENT = "content"
"""The key of ``meta`` under which a city names its content."""
_KINDS = frozenset("biuf")
_REBUILD = "Build the city again with: flaneur city add NAME FILE"

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE places (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  lat REAL NOT NULL,
  lon REAL NOT NULL,
  category TEXT NOT NULL,
  names TEXT NOT NULL,
  tags TEXT NOT NULL,
  address TEXT,
  opening_hours TEXT,
  osm TEXT,
  context TEXT NOT NULL,
  notes TEXT NOT NULL,
  favourite INTEGER NOT NULL,
  visited INTEGER NOT NULL,
  never INTEGER NOT NULL,
  sources TEXT NOT NULL
);
CREATE INDEX places_by_category ON places (category);
CREATE INDEX places_by_osm ON places (osm);
CREATE TABLE arrays (
  name TEXT PRIMARY KEY,
  dtype TEXT NOT NULL,
  shape TEXT NOT NULL,
  data BLOB NOT NULL
);
"""
COLUMNS = (
    "id, name, lat, lon, category, names, tags, address, opening_hours, osm, context, notes, "
    "favourite, visited, never, sources"
)


class CityFile:
    """An open city. Make one with :meth:`create` or :meth:`open`; close it after use."""

    def __init__(self, path: Path, connection: sqlite3.Connection, meta: Mapping[str, str]) -> None:
        self.path = path
        self.meta: Mapping[str, str] = MappingProxyType(dict(meta))
        self._connection = connection

    @staticmethod
    def create(
        path: Path | str,
        *,
        name: str,
        places: Iterable[Place],
        arrays: Mapping[str, NDArray[Any]],
        meta: Mapping[str, str],
    ) -> CityFile:
        """Write a city, whole or not at all, and open it.

        A failure or an interruption leaves whatever was there before, and nothing else.

        Parameters
        ----------
        path
            Where to; an existing city is replaced.
        name
            What the city is called.
        places
            In the order that arrays with a row a place follow.
        arrays
            Numbers only, of any shape.
        meta
            More to remember: ``bbox`` as "W,S,E,N", ``created``, ``source`` and the like.

        Raises
        ------
        StoreError
            If the folder cannot be written to, or the disk is full.
        ValueError
            If an array holds anything but numbers, or two places have one id.
        """
        path = Path(path)
        for key, array in arrays.items():
            if array.dtype.kind not in _KINDS:
                raise ValueError(f"array {key!r} holds {array.dtype}, not numbers")
        full_meta = {
            "attribution": ATTRIBUTION,
            **meta,
            "schema": str(SCHEMA),
            "name": name,
        }
        try:
            content = _serialized(full_meta, places, arrays)
            publish(path, lambda file: file.write(content))
        except sqlite3.IntegrityError as error:
            raise ValueError(f"two places of {name} have the same id ({error})") from error
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"The city file {path} cannot be written: {error}.",
                "Check that the folder may be written to and that the disk has room.",
            ) from error
        return CityFile.open(path)

    @staticmethod
    def open(path: Path | str) -> CityFile:
        """Open a city for reading.

        Raises
        ------
        UnreadableFileError
            If there is no such file, or it is foreign, damaged or of a newer version.
        """
        path = Path(path)
        if not path.is_file():
            raise UnreadableFileError(f"There is no city file {path}.", _REBUILD + ".")
        try:
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        except sqlite3.Error as error:
            raise damaged(path, error) from error
        try:
            meta = _checked_meta(path, connection)
        except BaseException:
            connection.close()
            raise
        return CityFile(path, connection, meta)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; values that were read stay good."""
        self._connection.close()

    @property
    def name(self) -> str:
        """What the city is called."""
        return self.meta["name"]

    @property
    def bbox(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in degrees, None if it was not noted."""
        try:
            west, south, east, north = (float(part) for part in self.meta["bbox"].split(","))
        except (KeyError, ValueError):
            return None
        return west, south, east, north

    def counts(self) -> dict[str, int]:
        """Return how many places there are, the first length of every array, and the bytes.

        Keys are ``places``, ``bytes`` and every array's name; nothing is loaded.
        """
        rows = self._read("SELECT name, shape FROM arrays")
        lengths = {name: (json.loads(shape) or [1])[0] for name, shape in rows}
        ((places,),) = self._read("SELECT count(*) FROM places")
        return {**lengths, "places": places, "bytes": self.path.stat().st_size}

    def kinds(self) -> dict[str, int]:
        """Return how many places there are of each kind, the most frequent first.

        Raises
        ------
        UnreadableFileError
            If the file is damaged.
        """
        query = "SELECT category, COUNT(*) FROM places GROUP BY category ORDER BY 2 DESC, 1"
        return {str(kind): int(count) for kind, count in self._read(query)}

    def places(self) -> tuple[Place, ...]:
        """Return all places, in the order in which they were given.

        Raises
        ------
        UnreadableFileError
            If the file is damaged.
        """
        return self._places

    @cached_property
    def _places(self) -> tuple[Place, ...]:
        rows = self._read(f"SELECT {COLUMNS} FROM places ORDER BY number")  # noqa: S608 - constant
        try:
            return tuple(place_of(row) for row in rows)
        except (ValueError, TypeError, KeyError) as error:
            raise damaged(self.path, error) from error

    @property
    def content(self) -> str:
        """The name of what is in the file: 32 hexadecimal digits."""
        given = self.meta.get(CONTENT)
        if given is not None:
            return given
        status = self.path.stat()
        text = f"{self.path.name} {status.st_size} {status.st_mtime_ns}"
        return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()

    def check_content(self) -> None:
        """Read everything once and see that it is what the file says: for files of strangers.

        Raises
        ------
        UnreadableFileError
            If the file is damaged, or names its content wrongly.
        """
        given = self.meta.get(CONTENT)
        if given is None:
            return
        digest = _Digest()
        for row in self._read(f"SELECT {COLUMNS} FROM places ORDER BY number"):  # noqa: S608
            digest.add_row(row)
        for name in self.array_names():
            digest.add_array(name, self.array(name))
        if digest.name() != given:
            raise damaged(self.path, "it does not hold what it says")

    def array_names(self) -> tuple[str, ...]:
        """Return the names of all arrays, sorted."""
        return tuple(name for (name,) in self._read("SELECT name FROM arrays ORDER BY name"))

    def array(self, name: str) -> NDArray[Any]:
        """Return an array; it must not be written to.

        Raises
        ------
        KeyError
            If the city has no such array.
        UnreadableFileError
            If the file is damaged.
        """
        rows = self._read("SELECT dtype, shape, data FROM arrays WHERE name = ?", name)
        if not rows:
            raise KeyError(name)
        ((dtype, shape, data),) = rows
        try:
            kind = np.dtype(dtype)
            if kind.kind not in _KINDS:
                raise ValueError(f"an array of {dtype}")  # noqa: TRY301 - one way out
            return np.frombuffer(data, dtype=kind).reshape(json.loads(shape))
        except (ValueError, TypeError) as error:
            raise damaged(self.path, error) from error

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of an array without reading it.

        Raises
        ------
        UnreadableFileError
            If the city has no such array.
        """
        rows = self._read("SELECT shape FROM arrays WHERE name = ?", name)
        if not rows:
            raise damaged(self.path, f"it has no {name}")
        return tuple(json.loads(rows[0][0]))

    def portions(self, name: str, rows: int = 4096) -> Iterator[NDArray[Any]]:
        """Yield an array by so many rows at a time, for what is larger than memory should hold.

        Raises
        ------
        UnreadableFileError
            If the city has no such array, or it is damaged.
        """
        shape = self.shape(name)
        ((rowid, dtype),) = self._read("SELECT rowid, dtype FROM arrays WHERE name = ?", name)
        kind = np.dtype(dtype)
        width = kind.itemsize * math.prod(shape[1:])
        for first in range(0, shape[0], rows):
            count = min(rows, shape[0] - first)
            try:
                # Opened for each portion: whoever stops half-way leaves nothing open.
                with self._connection.blobopen("arrays", "data", rowid, readonly=True) as blob:
                    blob.seek(first * width)
                    content = blob.read(count * width)
                portion = np.frombuffer(content, kind).reshape(count, *shape[1:])
            except (sqlite3.Error, ValueError) as error:
                raise damaged(self.path, error) from error
            yield portion

    def _read(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise damaged(self.path, error) from error


def _serialized(
    meta: Mapping[str, str],
    places: Iterable[Place],
    arrays: Mapping[str, NDArray[Any]],
) -> bytes:
    """Return the content of a city file; made in memory, so that the disk sees it whole."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.executescript(_TABLES)
        digest = _Digest()
        marks = ", ".join("?" * len(COLUMNS.split(",")))

        def rows() -> Iterator[tuple[object, ...]]:
            for place in places:
                row = _row(place)
                digest.add_row(row)
                yield row

        connection.executemany(
            f"INSERT INTO places ({COLUMNS}) VALUES ({marks})",  # noqa: S608 - constants
            rows(),
        )
        for name, array in sorted(arrays.items()):
            digest.add_array(name, array)
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", sorted({**meta, CONTENT: digest.name()}.items())
        )
        connection.executemany(
            "INSERT INTO arrays VALUES (?, ?, ?, ?)",
            (
                (name, array.dtype.str, json.dumps(array.shape), np.ascontiguousarray(array).data)
                for name, array in sorted(arrays.items())
            ),
        )
        return connection.serialize()


def _checked_meta(path: Path, connection: sqlite3.Connection) -> dict[str, str]:
    try:
        ((kind,),) = connection.execute("PRAGMA application_id").fetchall()
        if kind != APPLICATION_ID:
            raise UnreadableFileError(
                f"{path} is not a city file of flaneur.",
                "City files are made by: flaneur city add NAME FILE.",
            )
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        if version > SCHEMA:
            raise UnreadableFileError(
                f"{path} was made by a newer version of flaneur (form {version}, this one reads "
                f"up to {SCHEMA}).",
                "Install the newer version, or build the city again.",
            )
        meta = {str(k): str(v) for k, v in connection.execute("SELECT key, value FROM meta")}
    except sqlite3.Error as error:
        raise damaged(path, error) from error
    if "name" not in meta:
        raise damaged(path, "it has no name")
    return meta


def damaged(path: Path, why: object) -> UnreadableFileError:
    """Return the error for a city file that cannot be read."""
    return UnreadableFileError(f"The city file {path} is damaged: {why}.", _REBUILD + ".")


def _text(value: object) -> str:
    # Only what a person or OSM wrote is here: keep it readable in the file.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _row(place: Place) -> tuple[object, ...]:
    return (
        place.id,
        place.name,
        place.position.lat,
        place.position.lon,
        place.category,
        _text(dict(place.names)),
        _text(dict(place.tags)),
        place.address,
        place.opening_hours,
        place.osm,
        place.context,
        place.notes,
        place.favourite,
        place.visited,
        place.never,
        _text([[source.file, source.row, source.format] for source in place.sources]),
    )


class _Digest:
    """What names the content of a city: its places and its arrays, in order."""

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)

    def add_row(self, row: Iterable[object]) -> None:
        values = [int(value) if isinstance(value, bool) else value for value in row]
        self._digest.update(msgspec.msgpack.encode(values))

    def add_array(self, name: str, array: NDArray[Any]) -> None:
        self._digest.update(msgspec.msgpack.encode([name, array.dtype.str, list(array.shape)]))
        self._digest.update(np.ascontiguousarray(array).data)

    def name(self) -> str:
        return self._digest.hexdigest()


_TEXTS = msgspec.json.Decoder(dict[str, str])
_SOURCES = msgspec.json.Decoder(list[tuple[str, int | None, str]])


def place_of(row: tuple[Any, ...]) -> Place:
    """Return the place of a row with the columns :data:`COLUMNS`.

    Raises
    ------
    ValueError, TypeError
        If the row is not one of ours.
    """
    (
        place_id, name, lat, lon, category, names, tags, address, opening_hours, osm, context,
        notes, favourite, visited, never, sources,
    ) = row  # fmt: skip
    return Place(
        id=place_id,
        name=name,
        position=Position(float(lat), float(lon)),
        category=category,
        names=_TEXTS.decode(names),
        tags=_TEXTS.decode(tags),
        address=address,
        opening_hours=opening_hours,
        osm=osm,
        context=context,
        notes=notes,
        favourite=bool(favourite),
        visited=bool(visited),
        never=bool(never),
        sources=tuple(Source(*source) for source in _SOURCES.decode(sources)),
    )
