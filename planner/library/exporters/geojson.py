"""Places as a GeoJSON FeatureCollection (RFC 7946)."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

from planner.library.importers.drafts import as_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.library.findings import Finding


def write(findings: Iterable[Finding], file: IO[bytes]) -> int:
    """Write a collection, one feature a line; return how many features it has.

    A place without a position has no geometry (``null``), as the standard allows.
    """
    file.write(b'{"type": "FeatureCollection", "features": [')
    count = 0
    for finding in findings:
        file.write(b",\n" if count else b"\n")
        text = json.dumps(_feature(finding), ensure_ascii=False, allow_nan=False)
        file.write(text.encode("utf-8", "replace"))
        count += 1
    file.write(b"\n]}\n")
    return count


def _feature(finding: Finding) -> dict[str, Any]:
    geometry = None
    if finding.position is not None:
        # Longitude first, as the standard has it.
        degrees = [finding.position.lon, finding.position.lat]
        geometry = {"type": "Point", "coordinates": degrees}
    properties = as_record(finding)
    # Always there: it tells our reader that the file is ours.
    properties.setdefault("flaneur_id", "")
    return {"type": "Feature", "geometry": geometry, "properties": properties}
