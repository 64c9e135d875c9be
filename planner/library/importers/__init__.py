"""Readers of the files that people keep places in: one module a format.

:func:`read` finds out what a file is, by what is in it first and by its ending second, and reads
it. A reader decides nothing: it knows neither a library nor a city. Whatever a file holds is data;
nothing of it is opened, followed, run, or used as a path.

- :mod:`~planner.library.importers.sniffing`: what a file is;
- :mod:`~planner.library.importers.table`: CSV of any origin, Google's lists included;
- :mod:`~planner.library.importers.geojson`, :mod:`~planner.library.importers.takeout`,
  :mod:`~planner.library.importers.swarm`: JSON;
- :mod:`~planner.library.importers.kml`, :mod:`~planner.library.importers.gpx`: XML;
- :mod:`~planner.library.importers.prose`, :mod:`~planner.library.importers.page`,
  :mod:`~planner.library.importers.transcript`, :mod:`~planner.library.importers.image`: texts that
  recommend places, whose names :mod:`~planner.library.importers.mentions` finds;
- :mod:`~planner.library.importers.limits`: the bounds that hold for all of them.
"""

from planner.library.importers.mentions import Proposal, in_cities
from planner.library.importers.reading import FORMATS, read

__all__ = ["FORMATS", "Proposal", "in_cities", "read"]
