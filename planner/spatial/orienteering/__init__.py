"""The best walk that can be walked: orienteering with time windows, solved and bounded.

:mod:`~planner.spatial.orienteering.instance` states the problem,
:func:`~planner.spatial.orienteering.solver.solve` answers it. Nothing here knows of places or
opening hours: nodes, seconds and prizes only.
"""
