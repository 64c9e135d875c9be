"""The installed cities: added from an extract, chosen, taken along, removed."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from planner.drawing.amounts import format_bytes, format_count
from planner.drawing.lettering import clean
from planner.errors import FlaneurError
from tui.belongings import kinds_of_city, set_up_demo, try_city
from tui.errands import StoppedError
from tui.screens.dialogs import Confirm
from tui.screens.files import PickFile
from tui.screens.form import Field, Form
from tui.screens.lists import UsedScreen
from tui.wording import city_words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.binding import BindingType

    from planner.drawing.tables import CityRow
    from tui.screens.form import Values

DEMO = " demo"
_EXTRACTS = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2")
_CITY = (".flaneur",)
_KINDS = 12
_DEMO_NAME = "helsinki"


class CitiesScreen(UsedScreen):
    """The cities, and what each holds."""

    HEADING = "Cities"
    BEGINS = frozenset({"use", "add", "bring"})
    OF_ONE = frozenset({"export", "remove"})

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "use", "Use", priority=True, id="cities.use"),
        Binding("a", "add", "Add", id="cities.add"),
        Binding("i", "bring", "Install", id="cities.import"),
        Binding("E", "export", "Write to a file", id="cities.export"),
        Binding("x,delete", "remove", "Remove", key_display="x", id="cities.remove"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, CityRow] = {}
        self._kinds: dict[str, tuple[tuple[str, int], ...]] = {}

    @property
    def is_there(self) -> bool:
        """Whether what is chosen is there, and not on offer."""
        return self.chosen in self._rows

    async def options(self) -> list[Option]:
        """Return the installed cities, and the demo city where it is missing."""
        self._rows = {row.name: row for row in await self.app.desk.cities()}
        self._kinds.clear()
        options = [Option(_line(row), id=name) for name, row in self._rows.items()]
        if _DEMO_NAME not in self._rows:
            options.append(Option(Text("  Set up central Helsinki", "bold"), id=DEMO))
        return options

    def detail(self, key: str) -> RenderableType:
        """Return what a city holds."""
        if key == DEMO:
            return Text(
                "Builds the demo city from a map that is installed with flaneur; "
                "it takes about half a minute.\n\n"
                "Any other city comes from an OpenStreetMap extract, such as those that "
                "geofabrik.de or bbbike.org offer: a adds it."
            )
        row = self._rows[key]
        west, south, east, north = row.bbox
        words = Text(city_words(row.name), "bold")
        for label, value in (
            ("Places", f"{row.places:,}"),
            ("Crossings", f"{row.nodes:,}"),
            ("Streets", f"{row.edges:,}"),
            ("Size", format_bytes(row.bytes)),
            ("From", f"{south:.4f},{west:.4f}"),
            ("To", f"{north:.4f},{east:.4f}"),
        ):
            words.append(f"\n{label:<10}", "not bold dim")
            words.append(value, "not bold")
        for number, (kind, count) in enumerate(self._kinds.get(key, ())):
            words.append("\n\n" if number == 0 else "\n")
            words.append(f"{count:>6,}  ", "not bold dim")
            words.append(clean(kind), "not bold")
        return words

    @on(OptionList.OptionHighlighted, "#rows")
    def _counted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id in self._rows and event.option.id not in self._kinds:
            self._count(event.option.id or "")

    @work(exclusive=True, group="count")
    async def _count(self, name: str) -> None:
        try:
            self._kinds[name] = await kinds_of_city(self.app.desk, name, _KINDS)
        except FlaneurError:
            # The list has said what is wrong with the file.
            return
        if self.chosen == name:
            self.query_one("#detail", Static).update(self.detail(name))

    @work(exclusive=True, group="act")
    async def action_use(self) -> None:
        """Plan in this city from now on."""
        if (name := self.chosen) is None:
            return
        if name == DEMO:
            name = await self._long("Setting up central Helsinki", demo=True)
            if name is None:
                self.fetch()
                return
        try:
            await self.app.desk.use_city(name)
        except FlaneurError as error:
            self.trouble(error)
            return
        self.app.change_city(name)
        self.tell_later(f"Walks are planned in {city_words(name)} from now on.")
        self.fetch()

    async def _long(self, title: str, *arguments: str, demo: bool = False) -> str | None:
        """Do something that takes a while and can be stopped; return what it says, if it ended."""
        self.stop = asyncio.Event()
        self.offer()
        self.say(f"{title} …  Esc stops it")
        desk = self.app.desk
        try:
            if demo:
                return await set_up_demo(desk, self.stop)
            return " ".join(await desk.errand(*arguments, stop=self.stop))
        except StoppedError as error:
            self.tell_later(error.problem)
            return None
        except FlaneurError as error:
            self.trouble(error)
            return None
        finally:
            self.end_long()

    @work(exclusive=True, group="act")
    async def action_add(self) -> None:
        """Make a city from an OpenStreetMap extract."""
        path = await self.app.push_screen_wait(
            PickFile("Which OpenStreetMap extract?", endings=_EXTRACTS)
        )
        if path is None:
            return
        tried: list[tuple[str, ...]] = []

        async def check(values: Values) -> None:
            tried.append(_command(values, path))
            await try_city(self.app.desk, values["name"], tried[-1])

        values = await self.app.push_screen_wait(
            Form(
                f"A city from {Path(path).name}",
                (
                    Field("name", "Name", _guess(path)),
                    Field("around", "Around", hint="LAT,LON; empty for the whole extract"),
                    Field("radius", "Within km", hint="such as 3"),
                    Field("bbox", "Or a box", hint="W,S,E,N in degrees"),
                ),
                check,
                "From a country's extract, cut one city.",
            )
        )
        if values is None:
            return
        first = not self._rows
        said = await self._long(f"Adding {values['name']}", *tried[-1])
        if said is not None:
            self.tell_later(said)
            if first:
                self.app.change_city(values["name"])
        self.fetch()

    @work(exclusive=True, group="act")
    async def action_bring(self) -> None:
        """Install a city that another machine has written."""
        path = await self.app.push_screen_wait(
            PickFile("Which city file? They end in .flaneur", endings=_CITY)
        )
        if path is not None:
            said = await self._long("Installing", "city", "import", "--", path)
            if said is not None:
                self.tell_later(said)
            self.fetch()

    @work(exclusive=True, group="act")
    async def action_export(self) -> None:
        """Write the city to a file, for another machine."""
        if (name := self.chosen) is None:
            return
        path = await self.app.push_screen_wait(
            PickFile(f"Write {city_words(name)} to …", endings=_CITY, is_new=True)
        )
        if path is None:
            return
        if await asyncio.to_thread(os.path.exists, path) and not await self.app.push_screen_wait(
            Confirm(f"Write over {clean(path)}?")
        ):
            return
        said = await self._long("Writing", "city", "export", "--", name, path)
        if said is not None:
            self.tell_later(said)
        self.fetch()

    @work(exclusive=True, group="act")
    async def action_remove(self) -> None:
        """Remove the city, if that is meant."""
        if (name := self.chosen) is None:
            return
        question = f"Remove {city_words(name)}? Saved walks and your own places stay."
        if not await self.app.push_screen_wait(Confirm(question)):
            return
        desk = self.app.desk
        try:
            words = await desk.command("city", "remove", "--", name)
            desk.forget_planners()
            current = await desk.current_city()
        except FlaneurError as error:
            self.trouble(error)
            return
        if current is not None:
            self.app.change_city(current)
        self.tell_later(" ".join(words))
        self.fetch()


def _line(row: CityRow) -> Text:
    return Text.assemble(
        ("● " if row.current else "  ", "bold"),
        (city_words(row.name), "bold"),
        f"  {format_count(row.places, 'place')} · {format_bytes(row.bytes)}",
        " · in use" if row.current else "",
        no_wrap=True,
        overflow="ellipsis",
    )


def _guess(path: str) -> str:
    """Return what a city may be called after its extract: "Porto-Shp.osm.pbf" is Porto."""
    stem = Path(path).name.partition(".")[0]
    return re.split(r"[-_]", stem)[0].casefold() or "city"


def _command(values: Values, path: str) -> tuple[str, ...]:
    options: list[str] = []
    for key in ("around", "radius", "bbox"):
        if value := values[key]:
            options += [f"--{key}", value]
    return ("city", "add", *options, "--", values["name"], path)
