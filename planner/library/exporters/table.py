"""Places as a CSV table in UTF-8, one a row (RFC 4180)."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import IO, TYPE_CHECKING

from planner.library.importers.drafts import RECORD_KEYS, as_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.library.findings import Finding

_COLUMNS = ("name", "lat", "lon", *(key for key in RECORD_KEYS if key != "name"))
# A spreadsheet runs these as formulas; a further apostrophe keeps one that was there.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBERS = frozenset({"lat", "lon", "rating", "visit_minutes"})
_AS_JSON = frozenset({"names", "osm_tags", "labels", "visits"})


def write(findings: Iterable[Finding], file: IO[bytes]) -> int:
    """Write a table; return how many rows it has beside the headings.

    Lists and mappings stand as JSON in their cells. Text that a spreadsheet would run as a formula
    begins with an apostrophe, which our reader takes off again.
    """
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(_COLUMNS)
    count = 0
    for finding in findings:
        record = as_record(finding)
        if finding.position is not None:
            record["lat"] = repr(finding.position.lat)
            record["lon"] = repr(finding.position.lon)
        table.writerow([_cell(key, record.get(key)) for key in _COLUMNS])
        count += 1
    text.flush()
    # The file belongs to whoever opened it.
    text.detach()
    return count


def _cell(key: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in _AS_JSON:
        return json.dumps(value, ensure_ascii=False)
    cell = str(value)
    return f"'{cell}" if key not in _NUMBERS and _FORMULA.match(cell) else cell
