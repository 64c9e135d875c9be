"""The library: every place that can be in a walk, and what is known of it.

What other stages may read from here, each from its own module so that nothing heavy is loaded on
the way:

- :mod:`planner.library.words`: text folded for comparison, and cleaned of control characters;
- :mod:`planner.library.catalogue`: kinds of places, from OSM tags and from a person's words;
- :mod:`planner.library.context`: the sentence about a place that is embedded;
- :mod:`planner.library.extract`: places out of an OpenStreetMap file;
- :mod:`planner.library.naming`: places by their names;
- :mod:`planner.library.renown`: how widely a place is known;
- :mod:`planner.library.hours`: opening hours at a local time;
- :mod:`planner.library.cityfile`: one city as one file;
- :mod:`planner.library.store` and :mod:`planner.library.migrations`: a person's database;
- :mod:`planner.library.places` and :mod:`planner.library.holdings`: their own places and marks;
- :mod:`planner.library.findings`: what a file tells, before it is taken in;
- :mod:`planner.library.importers` and :mod:`planner.library.exporters`: files, one module a format;
- :mod:`planner.library.linking` and :mod:`planner.library.likeness`: which place is meant;
- :mod:`planner.library.grounds`, :mod:`planner.library.arrivals` and
  :mod:`planner.library.merging`: findings taken in, the same place once, and taken apart again;
- :mod:`planner.library.search`, :mod:`planner.library.wordindex` and
  :mod:`planner.library.vectors`: search by words and by meaning;
- :mod:`planner.library.outings`: what a walk that was taken feeds back;
- :mod:`planner.library.homefile`, :mod:`planner.library.forgetting` and
  :mod:`planner.library.upkeep`: a home in one file, gone when asked, and mended.
"""
