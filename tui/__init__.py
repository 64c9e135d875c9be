"""The terminal application: screens and widgets over :mod:`planner`, with no logic of planning."""
