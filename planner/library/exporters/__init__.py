"""Writers of a person's places: one module a format, each read back whole by our own readers.

:func:`write` takes the format from the file's ending. What a format has a field for stands there,
so that other programs find it; the rest stands where the format allows additions.
"""

from planner.library.exporters.writing import ENDINGS, write

__all__ = ["ENDINGS", "write"]
