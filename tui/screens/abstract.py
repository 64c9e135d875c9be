"""Screens in parts: each part names what the others have to bring, and none is opened alone."""

from __future__ import annotations

from abc import ABCMeta

from textual.message_pump import _MessagePumpMeta
from textual.screen import Screen, ScreenResultType


class _Parts(ABCMeta, _MessagePumpMeta):
    """The type of such classes: Textual's own, and Python's of abstract ones."""


class AbstractScreen(Screen[ScreenResultType], metaclass=_Parts):
    """A screen that cannot be made before all its abstract methods are there."""
