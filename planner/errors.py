"""Errors that reach a person.

Each says what is wrong, where, and the next step. The command line prints ``str(error)`` and
leaves with ``exit_code``; nothing else of an error is shown.
"""

from __future__ import annotations


class FlaneurError(Exception):
    """The root of every error meant for a person.

    Parameters
    ----------
    problem
        What is wrong, and where: a full sentence.
    next_step
        What the person can do about it: a full sentence, or empty where there is nothing to do.
    """

    exit_code = 1

    def __init__(self, problem: str, next_step: str = "") -> None:
        super().__init__(f"{problem} {next_step}".strip())
        self.problem = problem
        self.next_step = next_step


class UnknownPlaceError(FlaneurError, LookupError):
    """A place was named that the library does not hold."""


class UnknownCityError(FlaneurError, LookupError):
    """A city was named that is not installed."""


class UnknownPlanError(FlaneurError, LookupError):
    """A saved plan was named that does not exist."""


class UnreadableFileError(FlaneurError, ValueError):
    """A file cannot be read as what it claims to be; it is refused whole."""


class StoreError(FlaneurError, OSError):
    """A file of the person's home cannot be opened, read or written."""


class ModelError(FlaneurError, RuntimeError):
    """A language or embedding model is missing, damaged, or does not run here."""


class UsageError(FlaneurError, ValueError):
    """An option or argument makes no sense; leaves with the exit code of wrong usage."""

    exit_code = 2
