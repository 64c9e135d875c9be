"""Intents: what to do when, and in which order (GPlan).

An intent is what a person wants to do next ("coffee", "a museum"), not yet a place. A table says
how likely each is at an hour, on a day and in a weather (:mod:`planner.intents.policy`); what comes
of it is bound to real places elsewhere, and verified.
"""
