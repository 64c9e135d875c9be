"""Where to walk and in which order: the paper's cluster-aware spatial optimisation.

Pure functions on matrices of walking distances, whose rows are places and fixed points. The way
through is :func:`~planner.spatial.matrices.reachable`, :func:`~planner.spatial.clusters.cluster`,
:func:`~planner.spatial.clusters.select`, :func:`~planner.spatial.ordering.order`, and, outside the
paper's method, :func:`~planner.spatial.improvement.improve`.
"""
