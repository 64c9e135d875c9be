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
- :mod:`planner.library.store` and :mod:`planner.library.migrations`: a person's plans and settings.
"""
