"""Streets: walking distances and ways along the street graph of a city.

- :mod:`planner.streets.building` compiles a :class:`~planner.streets.network.StreetNetwork` from
  an OpenStreetMap extract, once.
- :mod:`planner.streets.network` keeps it as plain arrays, which are stored in the city file and
  memory-mapped from a folder of the cache.
- :mod:`planner.streets.attachment` puts places on their nearest street, inside an edge.
- :mod:`planner.streets.matrix` gives exact walking distances between attached places.
- :mod:`planner.streets.routing` gives the way between two of them, with words for the turns.

Nothing is imported here, so that naming the package costs nothing.
"""
