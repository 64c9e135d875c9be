"""From ordered candidates to a walk that holds: schedule, choice of stops, document, verifier."""
