"""Where the work is done: threads of their own, so that no key ever waits for a plan.

Everything that reads or writes a person's home happens on one thread, in order; a language model
tells its story on another. The screens await what they asked for and never touch either.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tui import errands
from tui.errands import StoppedError
from tui.session import DeskSession, Halt, invoke, tell_nobody
from tui.thread import Thread

if TYPE_CHECKING:
    import datetime as dt
    import threading
    from collections.abc import Callable

    from planner.cli.context import Session
    from planner.config import InterfaceSettings
    from planner.domain import Place, Wishes
    from planner.drawing.tables import CheckRow, CityRow
    from planner.itinerary.document import PlanDocument
    from planner.itinerary.editing import Edit
    from planner.library.holdings import Holding
    from planner.library.search import Filter, Hit
    from planner.library.store import PlanRow
    from planner.pipeline import Planner
    from planner.revision import Alternative
    from tui.widgets.ground import Ground

T = TypeVar("T")

TOLD = "tui.plan"
"""The setting that keeps what was on the screen."""
ASKED = "tui.history"
"""The setting that keeps the last requests, one a line."""
KEPT_REQUESTS = 50
FOUND = 30


def _as_it_is() -> None:
    """Do nothing."""


@dataclass
class Desk:
    """All that screens ask of the planner; each call is awaited and runs on a thread of its own.

    Parameters
    ----------
    session
        The home and the clock.
    clock
        The local moment; where absent, the session's, which stands still.
    model
        The language model's name, ``"none"``, or ``None`` for the default.
    settled
        Called once something large was loaded that stays.
    """

    session: Session
    clock: Callable[[], dt.datetime] | None = None
    model: str | None = None
    settled: Callable[[], None] = _as_it_is
    tell: Callable[[float | None, str], None] = tell_nobody
    _home_thread: Thread = field(default_factory=lambda: Thread("flaneur-home"))
    _telling: Thread = field(default_factory=lambda: Thread("flaneur-telling"))
    _aside: Thread = field(default_factory=lambda: Thread("flaneur-aside"))
    _planners: dict[str | None, Planner] = field(default_factory=dict)
    _grounds: dict[str, Ground] = field(default_factory=dict)
    _own: DeskSession | None = None
    _stop: threading.Event | None = None

    @property
    def now(self) -> dt.datetime:
        """The local moment."""
        return self.session.now if self.clock is None else self.clock()

    async def do(
        self, work: Callable[[DeskSession], T], *, stop: threading.Event | None = None
    ) -> T:
        """Run something that reads or writes the home, after what was asked for before.

        Parameters
        ----------
        work
            What to do.
        stop
            Set to stop it where it next tells how far it is; then nothing of it stays.

        Raises
        ------
        StoppedError
            If it was stopped.
        """

        def run() -> T:
            self._stop = stop
            try:
                return work(self._session())
            finally:
                self._stop = None

        return await self._held(self._home_thread, run)

    async def aside(self, work: Callable[[DeskSession], T]) -> T:
        """Run something long that nothing else need wait for; it opens the home for itself."""

        def run() -> T:
            given = self.session
            own = DeskSession(given.home, self.now, given.verbose, self._tell)
            try:
                return work(own)
            finally:
                own.close()

        return await self._held(self._aside, run)

    async def _held(self, thread: Thread, run: Callable[[], T]) -> T:
        def work() -> T:
            try:
                return run()
            except Halt:
                raise StoppedError from None

        return await asyncio.wrap_future(thread.submit(work))

    async def errand(self, *arguments: str, stop: asyncio.Event) -> tuple[str, ...]:
        """Do what a command of two words does by a process of its own, and return its words.

        Parameters
        ----------
        arguments
            The command and what follows it, or :data:`tui.errands.DEMO`.
        stop
            Set to end it at once; then nothing of it stays.

        Raises
        ------
        StoppedError
            If it was stopped.
        FlaneurError
            If the command refuses, in its own words.
        """
        return await errands.send(self.session.home, self.now, arguments, self._tell, stop)

    async def command(self, *arguments: str) -> tuple[str, ...]:
        """Do what a command of two words does, such as ``places merge A B``, and return its words.

        Parameters
        ----------
        arguments
            The command and what follows it, as one would type them.

        Raises
        ------
        FlaneurError
            If the command refuses, in its own words.
        """

        def work(run: DeskSession) -> tuple[str, ...]:
            run.said.clear()
            invoke(run, arguments)
            return tuple(run.said)

        return await self.do(work)

    def _session(self) -> DeskSession:
        if self._own is None:
            given = self.session
            self._own = DeskSession(
                given.home, self.now, given.verbose, self._tell, lambda: self._is_stopped
            )
        return self._own

    def past_stopping(self) -> None:
        """Let what is under way run to its end from here on, as it has changed the home."""
        self._stop = None

    @property
    def _is_stopped(self) -> bool:
        return self._stop is not None and self._stop.is_set()

    def _tell(self, share: float | None, words: str) -> None:
        self.tell(share, words)

    def _planner(self, run: DeskSession, city: str | None = None) -> Planner:
        from planner.cli.setup import open_planner

        kept = self._planners.get(city)
        if kept is None:
            kept = open_planner(run, city, self.model, aside=True)
            self.settled()
            self._planners[city] = self._planners[kept.city.name] = kept
        return kept

    def reopen(self) -> None:
        """Open the city anew for the next plan: the person's places have changed."""
        self._planners.clear()

    def forget_planners(self) -> None:
        """Open city and model anew for the next plan: something about them changed."""
        self._planners.clear()
        self._grounds.clear()

    # --- plans ---

    async def plan(self, text: str, wishes: Wishes, city: str | None = None) -> PlanDocument:
        """Plan a walk, as ``flaneur plan`` does."""

        def work(run: DeskSession) -> PlanDocument:
            planner = self._planner(run, city)
            run.tell(None, "Looking for the best walk")
            return planner.plan(text, wishes, now=self.now)

        return await self.do(work)

    async def revise(self, document: PlanDocument, edit: Edit) -> PlanDocument:
        """Return the plan after an edit."""

        def work(run: DeskSession) -> PlanDocument:
            from planner.revision import revise

            return revise(self._planner(run, document.city), document, edit)

        return await self.do(work)

    async def alternatives(self, document: PlanDocument, place_id: str) -> tuple[Alternative, ...]:
        """Return what could stand where a stop stands, and what each costs."""

        def work(run: DeskSession) -> tuple[Alternative, ...]:
            from planner.revision import alternatives

            return alternatives(self._planner(run, document.city), document, place_id)

        return await self.do(work)

    async def narrate(
        self,
        document: PlanDocument,
        on_text: Callable[[str], None],
        cancel: Callable[[], bool],
    ) -> PlanDocument:
        """Tell a plan, in pieces; the home's thread stays free meanwhile."""
        planner = await self.do(lambda run: self._planner(run, document.city))
        return await asyncio.wrap_future(
            self._telling.submit(lambda: planner.narrate(document, on_text=on_text, cancel=cancel))
        )

    async def model_name(self) -> str:
        """Return what the model in use is called, or ``"rules"``."""

        def work(run: DeskSession) -> str:
            from planner.language.registry import resolve_model

            chosen = resolve_model(self.model or run.home.model_settings().name, run.home.models)
            return "rules" if chosen is None else chosen.name

        return await self.do(work)

    async def save(self, document: PlanDocument) -> PlanDocument:
        """Keep a plan, and return it with its id."""

        def work(run: DeskSession) -> PlanDocument:
            from planner.cli.plan import keep

            return keep(run, document)

        return await self.do(work)

    async def saved(self) -> tuple[PlanRow, ...]:
        """Return the saved plans, the newest first."""
        return await self.do(lambda run: run.store.plans())

    async def load(self, plan_id: str) -> PlanDocument:
        """Return a saved plan."""

        def work(run: DeskSession) -> PlanDocument:
            from planner.itinerary.document import decode

            return decode(run.store.plan(plan_id), origin=f"Plan {plan_id}")

        return await self.do(work)

    async def remove_plan(self, plan_id: str) -> None:
        """Remove a saved plan."""
        await self.do(lambda run: run.store.remove_plan(plan_id))

    async def duplicate_plan(self, plan_id: str) -> str:
        """Save a copy of a plan, and return its id."""

        def work(run: DeskSession) -> str:
            from msgspec.structs import replace

            from planner.itinerary.document import decode, encode

            def copied(text: str, own: str) -> str:
                document = decode(text, origin=f"Plan {plan_id}")
                return encode(replace(document, plan_id=own), indent=0)

            return run.store.duplicate_plan(plan_id, copied, now=self.now)

        return await self.do(work)

    # --- the ground, and places ---

    async def ground(self, city: str) -> Ground:
        """Return the map of a city; it needs no plan, and no plan waits for it."""

        def work(run: DeskSession) -> Ground:
            from planner import cities
            from tui.widgets.ground import Ground

            kept = self._grounds.get(city)
            if kept is None:
                streets = cities.street_network(run.home, city)
                kept = Ground.of(streets, cities.map_shapes(run.home, city))
                self._grounds[city] = kept
                self.settled()
            return kept

        return await self.aside(work)

    async def search(
        self,
        query: str,
        city: str | None = None,
        filter_: Filter | None = None,
        limit: int = FOUND,
        *,
        own_only: bool = False,
    ) -> tuple[Hit, ...]:
        """Return the places that answer some words best."""

        def work(run: DeskSession) -> tuple[Hit, ...]:
            from planner.cli.placesearch import find
            from planner.library.search import NOTHING_ASKED

            asked = filter_ or NOTHING_ASKED
            return find(run, query, filter_=asked, city=city, limit=limit, own_only=own_only)

        return await self.do(work)

    async def places_of(self, city: str, admits: Callable[[Place, str], bool]) -> tuple[Place, ...]:
        """Return the places of a city that pass, judged by themselves and their catalogue group."""

        def work(run: DeskSession) -> tuple[Place, ...]:
            planner = self._planner(run, city)
            group = {each.key: each.group for each in planner.catalogue}
            return tuple(
                place
                for place in planner.city.places.values()
                if admits(place, group.get(place.category, ""))
            )

        return await self.do(work)

    async def walk_id(self, city: str, holding: Holding) -> str | None:
        """Return the id under which a walk in a city knows a place, ``None`` if it does not."""

        def work(run: DeskSession) -> str | None:
            from planner.library.search import shown_id

            places = self._planner(run, city).city.places
            on_map = f"osm:{holding.osm}" if holding.osm else ""
            ids = (holding.id, shown_id(holding), on_map)
            return next((each for each in ids if each in places), None)

        return await self.do(work)

    async def walk_name(self, city: str, holding: Holding) -> str | None:
        """Return what a request calls a place: its name if that is enough, else its id.

        ``None`` if no walk in that city knows it.
        """
        place_id = await self.walk_id(city, holding)
        if place_id is None:
            return None

        def work(run: DeskSession) -> str:
            match = self._planner(run, city).city.names.best(holding.name)
            return holding.name if match is not None and match.place_id == place_id else place_id

        return await self.do(work)

    async def own_places(self) -> tuple[Holding, ...]:
        """Return the person's own places."""
        return await self.do(lambda run: tuple(run.store.places.all()))

    async def mark(self, place_id: str, **changes: object) -> Holding:
        """Change a mark of a place, be it one's own or one of the map."""

        def work(run: DeskSession) -> Holding:
            from planner.cli.placesearch import hold

            with run.store.transaction():
                return run.store.places.edit(hold(run, place_id).id, **changes)

        found = await self.do(work)
        self._planners.clear()
        return found

    # --- cities, and the machine ---

    async def cities(self) -> tuple[CityRow, ...]:
        """Return the installed cities."""

        def work(run: DeskSession) -> tuple[CityRow, ...]:
            from planner import cities

            return cities.installed(run.home, current=cities.current_name(run.home, run.store))

        return await self.do(work)

    async def use_city(self, name: str) -> None:
        """Make a city the one that plans are made in."""

        def work(run: DeskSession) -> None:
            from planner import cities

            cities.use(run.home, run.store, name)

        await self.do(work)
        self.forget_planners()

    async def current_city(self) -> str | None:
        """Return the city in use, ``None`` where none is installed."""

        def work(run: DeskSession) -> str | None:
            from planner import cities

            return cities.current_name(run.home, run.store)

        return await self.do(work)

    async def examine(self, tell: Callable[[CheckRow], None] | None = None) -> tuple[CheckRow, ...]:
        """Return what this machine offers, telling each finding at once."""

        def work(run: DeskSession) -> tuple[CheckRow, ...]:
            from planner.health import examine

            return examine(run.home, report=run.tell, tell=tell)

        return await self.aside(work)

    async def models(self) -> tuple[tuple[str, int, bool], ...]:
        """Return the models on this machine: name, bytes, and whether it is in use."""

        def work(run: DeskSession) -> tuple[tuple[str, int, bool], ...]:
            from planner.language.registry import present_models, resolve_model

            chosen = resolve_model(self.model or run.home.model_settings().name, run.home.models)
            name = None if chosen is None else chosen.name
            present = present_models(run.home.models)
            return tuple(
                (each, path.stat().st_size, each == name) for each, path in present.items()
            )

        return await self.do(work)

    # --- what was on the screen ---

    async def interface(self) -> InterfaceSettings:
        """Return what the person's ``config.toml`` says of keys and theme."""
        return await self.do(lambda run: run.home.interface_settings())

    async def setting(self, key: str) -> str | None:
        """Return a setting of the application."""
        return await self.do(lambda run: run.store.setting(key))

    async def set_setting(self, key: str, value: str | None) -> None:
        """Keep a setting of the application."""
        await self.do(lambda run: run.store.set_setting(key, value))

    async def close(self) -> None:
        """Let go of the library."""
        await self.do(lambda run: run.close())
