"""The rows of the data set: read once, checked, and frozen."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEYS = ("工具名称", "起始位置", "终点位置", "空间范围", "tag")
"""The keys of a call in the data: tool, from, to, range, tag."""
LABELS = "raw_labels"
NEEDED = ("id", "currenttime", "current_tag", "short_term_behavior_seq", "trigger_1")
ONE_OF = frozenset({"tool_1", "tool_2", "tool_4"})
"""Ways to travel, of which a sequence holds at most one."""
SHORTEST, LONGEST = 3, 9
_LONGEST_FIELD = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """An intent: a tool and its parameters; empty where a tool has none."""

    tool: str
    origin: str = ""
    target: str = ""
    reach: str = ""
    tag: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What NDCG compares: the tool and the tag."""
        return self.tool, self.tag

    def as_data(self) -> dict[str, str]:
        """Return the call in the form of the data."""
        values = (self.tool, self.origin, self.target, self.reach, self.tag)
        return {key: value for key, value in zip(KEYS, values, strict=True) if value}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its fields as they stand, and its labelled sequence, empty if it has none."""

    fields: Mapping[str, str]
    label: tuple[Call, ...] = ()

    @property
    def id(self) -> str:
        """The row's id."""
        return self.fields["id"]

    @property
    def trigger(self) -> str:
        """The kind of event that triggered the row."""
        return self.fields["trigger_1"]


def holds(calls: tuple[Call, ...]) -> bool:
    """Whether a sequence keeps the task's rules: its length, one way to travel, no repetition."""
    ways = sum(call.tool in ONE_OF for call in calls)
    return SHORTEST <= len(calls) <= LONGEST and ways <= 1 and len(set(calls)) == len(calls)


def read_rows(path: Path, *, labelled: bool = True) -> tuple[Row, ...]:
    """Read a CSV file of the data set's form.

    Parameters
    ----------
    path
        The file, UTF-8.
    labelled
        Whether every row must have a label.

    Raises
    ------
    UnreadableFileError
        If the file is not of that form; the message names the row.
    """
    hint = "The form is that of GPlan's public test set, gsisr.csv."
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise UnreadableFileError(f"{path} has no column {', '.join(missing)}.", hint)
            read = [{key: value or "" for key, value in each.items() if key} for each in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"{path} cannot be read: {error}.", hint) from error
    if not read:
        raise UnreadableFileError(f"{path} holds no row.", hint)
    found = []
    for number, fields in enumerate(read, 1):
        text = fields.get(LABELS, "")
        try:
            label = _calls(text) if text.strip() else ()
        except ValueError as error:
            raise UnreadableFileError(f"{path}, row {number}: {error}.", hint) from error
        if labelled and not label:
            raise UnreadableFileError(f"{path}, row {number} has no label.", hint)
        found.append(Row(fields, label))
    return tuple(found)


def _calls(text: str) -> tuple[Call, ...]:
    values: Any = json.loads(text) if len(text) <= _LONGEST_FIELD else None
    if not isinstance(values, list) or not all(isinstance(each, dict) for each in values):
        raise ValueError("its label is no list of calls")
    return tuple(Call(*(str(each.get(key, "")) for key in KEYS)) for each in values)
