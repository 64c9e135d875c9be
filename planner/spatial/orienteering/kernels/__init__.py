"""Compiled inner loops. Importing a module of this package imports numba."""
