"""From a bound request to candidates: which places of the library answer which wish."""
