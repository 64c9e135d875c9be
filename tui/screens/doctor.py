"""What this machine offers, and what to do about what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets.option_list import Option

from planner.drawing.lettering import clean
from tui.screens.lists import ListScreen

if TYPE_CHECKING:
    from rich.console import RenderableType

_SIGNS = {"ok": "✓", "warn": "!", "fail": "✗"}


class DoctorScreen(ListScreen):
    """What this machine offers, and what to do about what is missing."""

    HEADING = "This machine"

    def __init__(self) -> None:
        super().__init__()
        self._fixes: dict[str, str] = {}

    async def options(self) -> list[Option]:
        """Return the checks, which take a few seconds."""
        rows = await self.app.desk.examine()
        self._fixes = {
            f"check{number}": f"{row.detail}\n\n{f'→ {row.fix}' if row.fix else ''}"
            for number, row in enumerate(rows)
        }
        return [
            Option(
                Text.assemble(
                    (f"{_SIGNS.get(row.status, '?')} {row.status:<5}", "bold"),
                    (row.name, "bold"),
                    ("  " + clean(row.detail), "dim"),
                    no_wrap=True,
                    overflow="ellipsis",
                ),
                id=f"check{number}",
            )
            for number, row in enumerate(rows)
        ]

    def detail(self, key: str) -> RenderableType:
        """Return what was found, and the next step."""
        return Text(self._fixes[key].strip())
