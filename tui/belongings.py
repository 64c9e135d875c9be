"""What screens ask about a person's places, cities, models and settings, on the desk's threads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from planner.errors import UsageError
from tui.errands import DEMO
from tui.session import understood

if TYPE_CHECKING:
    import asyncio
    import threading
    from collections.abc import Sequence
    from pathlib import Path

    from planner.language.collection import ModelRow
    from planner.library.arrivals import ImportReport
    from planner.library.holdings import Holding
    from planner.library.search import Filter
    from tui.desk import Desk
    from tui.session import DeskSession

SHOWN = 150
"""Places that a list shows before one asks for more."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the library is asked for.

    Attributes
    ----------
    words
        What was typed; without any, places are listed.
    options
        A filter, as options of ``flaneur places list``.
    city
        The city whose places are asked too; ``None`` for one's own alone.
    limit
        How many at most.
    """

    words: str = ""
    options: tuple[str, ...] = ()
    city: str | None = None
    limit: int = SHOWN


@dataclass(frozen=True, slots=True)
class Answer:
    """What the library answers: places, how many are one's own, and the kinds in words."""

    places: tuple[Holding, ...] = ()
    more: bool = False
    own: int = 0
    labels: dict[str, str] = field(default_factory=dict)


def filter_of(options: Sequence[str]) -> tuple[Filter, bool]:
    """Return what options of ``flaneur places list`` ask, and whether for unlocated ones alone.

    Raises
    ------
    UsageError
        If they make no sense.
    """
    from planner.cli.places import filter_of as asked
    from planner.cli.places import list_places

    try:
        chosen = list_places.make_context("list", list(options)).params
        chosen.pop("as_json")
        unlocated = bool(chosen.pop("unlocated"))
        return asked(**chosen), unlocated
    except click.ClickException as error:
        raise UsageError(error.format_message(), "Change the filter.") from error


async def ask(desk: Desk, question: Question) -> Answer:
    """Return the places that answer a question, the best first."""
    filter_, unlocated = await desk.do(lambda _run: filter_of(question.options))
    words, city, most = question.words, question.city, question.limit + 1
    found: tuple[Holding, ...]
    if words and not unlocated:
        hits = await desk.search(words, city, filter_, most, own_only=city is None)
        found = tuple(hit.holding for hit in hits)
    elif unlocated:
        every = await desk.do(lambda run: run.store.places.unlocated())
        found = tuple(
            each
            for each in every
            if filter_.admits(each) and words.casefold() in each.name.casefold()
        )
    else:
        found = await desk.do(lambda run: _browsed(run, filter_, city, most))

    def labelled(run: DeskSession) -> Answer:
        from planner.library.catalogue import Catalogue

        kinds = Catalogue.load(run.home.catalogue, cache=run.home.street_cache).categories
        labels = {
            each.category: kinds[each.category].label
            for each in found
            if each.category is not None and each.category in kinds
        }
        own = len(run.store.places)
        return Answer(found[: question.limit], len(found) > question.limit, own, labels)

    return await desk.do(labelled)


def _browsed(run: DeskSession, filter_: Filter, city: str | None, most: int) -> tuple[Holding, ...]:
    from planner.cli.placesearch import browse

    return browse(run, filter_=filter_, city=city, limit=most)


async def change(desk: Desk, *arguments: str) -> tuple[str, ...]:
    """Change the library as a command of ``flaneur places`` does, and return its words."""
    said = await desk.command("places", *arguments)
    desk.reopen()
    return said


async def bring_in(
    desk: Desk, file: Path, form: str, *, rehearse: bool, stop: threading.Event
) -> ImportReport:
    """Take a file into the library, or tell what that would do; stopped, it changes nothing."""

    def work(run: DeskSession) -> ImportReport:
        from planner.cli.placeimport import import_file

        # What is in the library stays there: nobody shall be told that it was stopped.
        return import_file(run, file, form, rehearse=rehearse, on_taken=desk.past_stopping)

    report = await desk.do(work, stop=stop)
    if not rehearse:
        desk.reopen()
    return report


async def kinds_of_city(desk: Desk, name: str, most: int) -> tuple[tuple[str, int], ...]:
    """Return the most frequent kinds of a city's places, in words, and how many there are."""

    def work(run: DeskSession) -> tuple[tuple[str, int], ...]:
        from planner import cities
        from planner.library.catalogue import Catalogue
        from planner.library.cityfile import CityFile

        known = Catalogue.load(run.home.catalogue, cache=run.home.street_cache).categories
        with CityFile.open(cities.path_of(run.home, name)) as file:
            counted = list(file.kinds().items())[:most]
        return tuple((known[key].label if key in known else key, count) for key, count in counted)

    return await desk.do(work)


async def set_up_demo(desk: Desk, stop: asyncio.Event) -> str:
    """Set up central Helsinki where it is missing, and return its name."""
    (name,) = await desk.errand(*DEMO, stop=stop)
    return name


async def try_city(desk: Desk, name: str, arguments: tuple[str, ...]) -> None:
    """Check what a city would be made of before anything long begins.

    Raises
    ------
    FlaneurError
        If an option makes no sense, or the name cannot be a city's or is taken.
    """

    def work(run: DeskSession) -> None:
        from planner import cities

        understood(run, arguments)
        cities.check_name(name)
        cities.refuse_taken(run.home, name)

    await desk.do(work)


async def model_rows(desk: Desk) -> tuple[ModelRow, ...]:
    """Return the models of this machine, as ``flaneur models list`` has them."""

    def work(run: DeskSession) -> tuple[ModelRow, ...]:
        from planner.cli.models import current_name
        from planner.language.collection import rows

        return rows(run.home.models, current_name(run, desk.model))

    return await desk.aside(work)


async def mend(desk: Desk) -> tuple[str, ...]:
    """Mend what can be mended, and return what was done."""

    def work(run: DeskSession) -> tuple[str, ...]:
        from planner.health import repair

        return repair(run.home, now=desk.now)

    return await desk.do(work)


@dataclass(frozen=True, slots=True)
class Configured:
    """What ``config.toml`` says, and where it is."""

    file: Path
    theme: str | None
    pictures: bool
    keys: dict[str, str]
    model: str | None
    gpu_layers: int
    embeddings: Path | None


async def configured(desk: Desk) -> Configured:
    """Return what ``config.toml`` says."""

    def work(run: DeskSession) -> Configured:
        home = run.home
        interface, model = home.interface_settings(), home.model_settings()
        return Configured(
            home.config,
            interface.theme,
            interface.pictures,
            dict(interface.keys),
            model.name,
            model.gpu_layers,
            home.embedding_folder(),
        )

    return await desk.do(work)


async def settle(desk: Desk, section: str, key: str, value: str | int | None) -> None:
    """Write one line of ``config.toml``; what cannot hold is refused before.

    Raises
    ------
    FlaneurError
        If the model or the embeddings named are not there, or the file cannot be written.
    """

    def work(run: DeskSession) -> None:
        if section == "embeddings" and isinstance(value, str):
            from pathlib import Path

            from planner.language.embeddings import Embedder

            folder = run.home.root / Path(value).expanduser()
            _ = Embedder.configured(folder).space
        run.home.ensure().settle(section, key, value)

    await desk.do(work)
    if section != "tui":
        desk.reopen()
