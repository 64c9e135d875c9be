"""Writers of a plan: one module a format, for the maps, calendars and pages that people carry.

:func:`write` takes the format from the file's ending.
"""

from planner.itinerary.exporters.journey import NoWalkError
from planner.itinerary.exporters.scenery import Area, Line, Scenery
from planner.itinerary.exporters.writing import ENDINGS, check_ending, write

__all__ = ["ENDINGS", "Area", "Line", "NoWalkError", "Scenery", "check_ending", "write"]
