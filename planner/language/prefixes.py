"""What a model knows after reading the constant part of a prompt, kept on disk.

The constant part of a prompt costs a large model many seconds. llama.cpp can write down its state
after it; the next process reads that back in a fraction of a second. A state is only right for the
same model, adapter, prompt, settings and version of llama.cpp: all of them are in its name. A
damaged file is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from planner.files import publish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ENDING: Final = ".prefix"
_MAGIC: Final = b"FLPREFIX\x01"
_DIGEST: Final = 32
_HEAD: Final = len(_MAGIC) + _DIGEST
# A long prompt of a large model takes 50 MB; a person has a model or two, each with a few prompts.
_MOST_FILES: Final = 16
_MOST_BYTES: Final = 1_000_000_000
_OLDEST_S: Final = 60 * 24 * 3600.0
_SAMPLES: Final = 256
_SAMPLE: Final = 4096


def fingerprint(path: Path) -> str:
    """Return a hash that tells one model file from another without reading all of it.

    It covers the size, the moment of the last change, and 256 pieces spread over the whole file,
    the head among them: milliseconds even for a file of many gigabytes.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as file:
        state = os.fstat(file.fileno())
        digest = hashlib.blake2b(f"{state.st_size} {state.st_mtime_ns}".encode(), digest_size=16)
        for index in range(_SAMPLES):
            file.seek(index * max(0, state.st_size - _SAMPLE) // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


def key_of(parts: Iterable[str], tokens: Iterable[int]) -> str:
    """Return the name of a state: the hash of all that it depends on.

    Parameters
    ----------
    parts
        Fingerprints of model and adapter, settings, version.
    tokens
        The constant part of the prompt.
    """
    text = "\n".join((*parts, ",".join(map(str, tokens))))
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


@dataclass(frozen=True, slots=True)
class PrefixCache:
    """A folder of such states.

    Parameters
    ----------
    folder
        Where they are; it is made when the first one is kept. Everything in it may be deleted.
    """

    folder: Path

    @contextlib.contextmanager
    def load(self, key: str) -> Iterator[memoryview | None]:
        """Yield a state's bytes as long as the context lasts, or ``None`` where there is none."""
        with contextlib.ExitStack() as stack:
            yield self._opened(key, stack)

    def store(self, key: str, state: bytes | memoryview) -> bool:
        """Keep a state, and drop what is old or too much; false where that is not possible.

        A cache that cannot be written to is no reason to fail: the state is computed again.
        """
        digest = hashlib.blake2b(state, digest_size=_DIGEST).digest()
        try:
            publish(self._path(key), lambda file: file.write(_MAGIC + digest) + file.write(state))
        except OSError:
            return False
        self.sweep()
        return True

    def sweep(self) -> int:
        """Remove states that were not used for two months, and the oldest of too many.

        Returns
        -------
        int
            How many files went.
        """
        found: list[tuple[float, int, Path]] = []
        for path in self.folder.glob(f"*{ENDING}"):
            with contextlib.suppress(OSError):
                state = path.stat()
                found.append((state.st_mtime, state.st_size, path))
        total, gone = 0, 0
        for place, (used, size, path) in enumerate(sorted(found, reverse=True)):
            total += size
            if place == 0 or (
                place < _MOST_FILES and total <= _MOST_BYTES and time.time() - used < _OLDEST_S
            ):
                continue
            with contextlib.suppress(OSError):
                path.unlink()
                gone += 1
        return gone

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{ENDING}"

    def _opened(self, key: str, stack: contextlib.ExitStack) -> memoryview | None:
        path = self._path(key)
        try:
            file = stack.enter_context(path.open("rb"))
            # llama.cpp's function takes a pointer to bytes that could be written to.
            view = stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
        except (OSError, ValueError):
            return None
        whole = stack.enter_context(memoryview(view))
        state = stack.enter_context(whole[_HEAD:])
        digest = hashlib.blake2b(state, digest_size=_DIGEST).digest()
        if whole[:_HEAD] != _MAGIC + digest:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return state
