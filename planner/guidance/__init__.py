"""What to do next, from here and now: intents bound to places, timed and verified."""
