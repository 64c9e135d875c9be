"""Files written for a test and read, told apart into findings and refusals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from planner.library import importers
from planner.library.findings import Finding, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Read:
    """A file read to its end."""

    format: str
    findings: list[Finding]
    refusals: list[Refusal]
    mapping: Mapping[str, str]
    remarks: Sequence[str]

    @property
    def names(self) -> list[str]:
        return [finding.name for finding in self.findings]

    @property
    def only(self) -> Finding:
        assert len(self.findings) == 1, self.findings
        assert not self.refusals, self.refusals
        return self.findings[0]


def read_whole(path: Path, **options: Any) -> Read:
    reading = importers.read(path, **options)
    items = list(reading.items)
    return Read(
        reading.format,
        [item for item in items if isinstance(item, Finding)],
        [item for item in items if isinstance(item, Refusal)],
        reading.mapping,
        reading.remarks,
    )


@pytest.fixture
def read() -> Callable[..., Read]:
    return read_whole


@pytest.fixture
def read_text(tmp_path: Path) -> Callable[..., Read]:
    """Write a file under a name and read it."""

    def write_and_read(name: str, content: str | bytes, **options: Any) -> Read:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_whole(path, **options)

    return write_and_read
