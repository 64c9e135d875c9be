"""A planner made ready: the city opened, or the demo city set up where there is none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.cli.context import Session
    from planner.language.embeddings import Embedder
    from planner.pipeline import City, Planner


def open_planner(
    run: Session, city: str | None, model: str | None, *, aside: bool = False
) -> Planner:
    """Open everything that planning needs.

    Parameters
    ----------
    run
        The session.
    city
        A city's name; the one in use where absent.
    model
        A model's name, ``"none"`` for rules alone, or ``None`` for the settings' or the default.
    aside
        Whether the model's work gives way to a screen's.

    Raises
    ------
    FlaneurError
        If the city or the model is not here, or something is damaged.
    """
    from planner.belongings import joined
    from planner.language.embeddings import Embedder
    from planner.language.engine import Engine
    from planner.language.prefixes import PrefixCache
    from planner.language.registry import NO_MODEL, how_to_add_a_model, resolve_model
    from planner.library.catalogue import Catalogue
    from planner.pipeline import Planner

    # What a person wrote is checked before anything long begins.
    catalogue = Catalogue.load(run.home.catalogue, cache=run.home.street_cache)
    settings = run.home.model_settings()
    chosen = resolve_model(model or settings.name, run.home.models)
    if chosen is None and model != NO_MODEL:
        run.hint(f"No language model is here; planning by rules. {how_to_add_a_model()}")
    engine = None
    if chosen is not None:
        kept = PrefixCache(run.home.prefixes)
        engine = Engine(chosen, gpu_layers=settings.gpu_layers, prefixes=kept, aside=aside)
    embedder = Embedder.configured(run.home.embedding_folder())
    opened = open_city(run, city, embedder)
    known = joined(
        opened, run.store, space=embedder.space, encode=embedder.encode, catalogue=catalogue
    )
    from planner.spatial.orienteering.solver import warm_up

    # Compiled once on each machine, which takes half a minute; later only loaded.
    with run.progress("Preparing the optimiser (once, half a minute)"):
        warm_up()
    return Planner(known, embedder.encode, catalogue, engine, knows=embedder.knows)


def open_city(run: Session, name: str | None, embedder: Embedder) -> City:
    """Open a city by name, or the one in use; set up the demo city where there is none."""
    from planner import cities
    from planner.errors import StoreError

    chosen = name or cities.current_name(run.home, run.store)
    if chosen is None or (chosen == cities.DEMO_NAME and not cities.exists(run.home, chosen)):
        chosen = ensure_demo_city(run, embedder)
    try:
        with run.progress(f"Opening {chosen}") as report:
            return cities.open_city(run.home, chosen, encoder=embedder, report=report)
    except StoreError:
        if chosen != cities.DEMO_NAME:
            raise
        # Made by another version; the demo city can be made again from what is installed.
        cities.remove(run.home, run.store, chosen)
        made = ensure_demo_city(run, embedder)
        return cities.open_city(run.home, made, encoder=embedder)


def ensure_demo_city(run: Session, embedder: Embedder) -> str:
    """Set up central Helsinki where it is missing, and return its name."""
    from planner import cities

    if not cities.exists(run.home, cities.DEMO_NAME):
        with run.progress("Setting up central Helsinki") as report:
            cities.build(cities.DEMO_NAME, cities.demo_extract(), run.home, embedder, report=report)
    return cities.DEMO_NAME
