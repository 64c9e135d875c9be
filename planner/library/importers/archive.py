"""Archives (KMZ, and the ZIP files that services send): their files, one by one, within bounds.

Nothing is ever unpacked to the disk; names in an archive are never used as paths. Sizes are
counted while reading, not believed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from contextlib import contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING

from planner.errors import UnreadableFileError
from planner.library.importers import fields
from planner.library.importers.limits import LARGEST_ARCHIVE, LARGEST_ENTRY, MIB, MOST_ENTRIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class OverfullError(UnreadableFileError):
    """An archive holds more than any real one; no file of it is read any further."""


_NEXT = "Unpack it with another program and import the file that you want."


class Archive:
    """An opened ZIP file. Get one with :func:`opened`."""

    def __init__(self, zipped: zipfile.ZipFile, name: str) -> None:
        self._zipped = zipped
        self._name = name
        self._read: dict[str, int] = {}
        self._unpacked = 0

    def names(self) -> tuple[str, ...]:
        """Return the names of its files, in its order; folders are left out."""
        return tuple(
            info.filename for info in self._zipped.infolist() if not info.filename.endswith("/")
        )

    def file(self, name: str) -> IO[bytes]:
        """Open one of its files; reading beyond the bounds raises.

        Raises
        ------
        UnreadableFileError
            If it is encrypted or packed in a way that is not known.
        """
        info = self._zipped.getinfo(name)
        label = f"{fields.tidy_name(name.rpartition('/')[2])} in {self._name}"
        if info.flag_bits & 0x1:
            raise UnreadableFileError(f"{label} is encrypted.", _NEXT)
        try:
            opened = self._zipped.open(info)
        except (NotImplementedError, zipfile.BadZipFile, OSError, ValueError) as error:
            raise UnreadableFileError(f"{label} is damaged: {error}.", _NEXT) from error
        counted = partial(self.count, name)
        return io.BufferedReader(_Bounded(opened, label, counted), buffer_size=1 << 16)

    def count(self, name: str, read: int) -> None:
        """Note how many bytes of a file were unpacked; what is read once more counts once.

        Raises
        ------
        OverfullError
            If that is more than any real archive holds.
        """
        before = self._read.get(name, 0)
        if read > before:
            self._read[name] = read
            self._unpacked += read - before
        if self._unpacked > LARGEST_ARCHIVE:
            raise OverfullError(
                f"{self._name} unpacks to more than {LARGEST_ARCHIVE // MIB:,} MiB.", _NEXT
            )


class _Bounded(io.RawIOBase):
    """Bytes of an entry, counted as they come."""

    def __init__(self, file: IO[bytes], label: str, count: Callable[[int], None]) -> None:
        super().__init__()
        self._file = file
        self._label = label
        self._count = count
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # any writable buffer, as in io
        try:
            data = self._file.read(len(view))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise UnreadableFileError(
                f"{self._label} is damaged: {error}.", "Get or save the file once more."
            ) from error
        self._read += len(data)
        self._count(self._read)
        if self._read > LARGEST_ENTRY:
            raise UnreadableFileError(
                f"{self._label} unpacks to more than {LARGEST_ENTRY // MIB:,} MiB.", _NEXT
            )
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive for reading.

    Raises
    ------
    UnreadableFileError
        If it is no sound archive, or holds more files than
        :data:`planner.library.importers.limits.MOST_ENTRIES`.
    """
    try:
        zipped = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError(
            f"{path.name} is no sound archive: {error}.", "Get or save the file once more."
        ) from error
    with zipped:
        if len(zipped.infolist()) > MOST_ENTRIES:
            raise UnreadableFileError(f"{path.name} holds more than {MOST_ENTRIES:,} files.", _NEXT)
        yield Archive(zipped, path.name)
