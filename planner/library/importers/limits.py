"""How much of a file is believed: every bound that keeps a hostile or broken file harmless.

Each bound lies far above what real files hold; whoever meets one is told which.
"""

from __future__ import annotations

from typing import Final

MIB: Final = 1 << 20

LARGEST_FILE: Final = 2048 * MIB
"""Bytes of a file that is read piece by piece (tables, JSON, XML)."""

LARGEST_POST: Final = 32 * MIB
"""Bytes of a text, a saved page or a transcript, which are held in memory whole."""

LARGEST_IMAGE: Final = 64 * MIB
"""Bytes of an image's file."""

LARGEST_IMAGE_PIXELS: Final = 64_000_000
"""Width times height of an image."""

LARGEST_ENTRY: Final = 512 * MIB
"""Bytes of one file of an archive, once unpacked; counted, not believed."""

LARGEST_ARCHIVE: Final = 1024 * MIB
"""Bytes of all files that are read from one archive, once unpacked."""

MOST_ENTRIES: Final = 10_000
"""Files in an archive."""

LARGEST_RECORD: Final = 16 * MIB
"""Signs of one row, feature, placemark or waypoint."""

MOST_REREAD: Final = 256 * MIB
"""Signs of a table that are read again because a quote before them never closed."""

LONGEST_LINE: Final = 16 * MIB
"""Signs of one line of a table."""

DEEPEST_XML: Final = 100
"""Elements inside each other."""

MOST_PARTS: Final = 100_000
"""Elements of one placemark or waypoint."""

MOST_VERTICES: Final = 200_000
"""Points of one line or area."""

DEEPEST_HTML: Final = 5_000
"""Elements inside each other in a saved page."""

MOST_COLUMNS: Final = 1_000
"""Columns of a table."""

MOST_TAGS: Final = 200
"""Tags and names of one place."""

MOST_LABELS: Final = 100
"""Labels of one place."""

MOST_CANDIDATES: Final = 20_000
"""Names that one post may propose."""

CHUNK: Final = 1 << 18
"""Bytes or signs read at once."""
