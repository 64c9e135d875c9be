"""The language models on this machine."""

from __future__ import annotations

from rich.text import Text
from textual.widgets.option_list import Option

from planner.drawing.amounts import format_bytes
from planner.drawing.lettering import clean
from tui.screens.lists import ListScreen


class ModelsScreen(ListScreen):
    """The language models on this machine."""

    HEADING = "Language models"
    NOTHING = "No model is here; walks are planned by rules, which need none."

    async def options(self) -> list[Option]:
        """Return the models."""
        return [
            Option(
                Text.assemble(
                    ("● " if is_current else "  ", "bold"),
                    (clean(name), "bold"),
                    f"  {format_bytes(size)}",
                    " · in use" if is_current else "",
                ),
                id=name,
            )
            for name, size, is_current in await self.app.desk.models()
        ]
