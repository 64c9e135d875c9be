"""Suites that measure: instances of the field, read, solved, checked and held to what is known."""
