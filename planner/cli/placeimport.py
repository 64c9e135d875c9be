"""Files taken into the library for a command, held against the installed cities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.cli.context import Session
    from planner.domain import Position
    from planner.library.arrivals import ImportReport
    from planner.library.grounds import CityGround, Neighbourhood
    from planner.library.holdings import Holding
    from planner.library.importers.mentions import Propose

EMBEDDED_AT_ONCE = 2000
"""New places up to which an import waits until they can be found by meaning."""


def import_file(
    run: Session,
    file: Path,
    format_: str,
    *,
    rehearse: bool,
    model: str | None = None,
    on_taken: Callable[[], None] | None = None,
) -> ImportReport:
    """Read a file and take it in, or only tell what that would do.

    A model, if one is named, may propose places of a post and describe them. ``on_taken`` is told
    once the places are in the library; what follows makes them found by their meaning.

    Raises
    ------
    UnreadableFileError
        If the file cannot be read as what it claims to be; then nothing was changed.
    StoreError
        If the library cannot be written; then nothing was changed.
    """
    from planner.library import importers
    from planner.library.arrivals import receive
    from planner.library.grounds import Neighbourhood

    with run.progress(f"Reading {file.name}") as report:
        grounds = _grounds(run)
        neighbourhood = Neighbourhood(run.store.places, grounds)
        # A post is held against the names of the cities; their names are read at the first use.
        known = importers.in_cities(city.ground.names for city in grounds)
        reading = importers.read(
            file, format=format_, gazetteer=known, propose=_reader_of_posts(run, model)
        )
        done = receive(
            run.store.places,
            reading,
            linker=neighbourhood,
            now=run.now,
            rehearse=rehearse,
            on_row=lambda rows: report(0.0, f"Reading {file.name}: {rows:,} rows"),
        )
    if not rehearse:
        if on_taken is not None:
            on_taken()
        _embed_few(run)
    return done


def _reader_of_posts(run: Session, model: str | None) -> Propose | None:
    """Return what lets a model read posts, ``None`` where none was named."""
    from planner.language.registry import NO_MODEL, resolve_model

    chosen = None if model is None or model == NO_MODEL else resolve_model(model, run.home.models)
    if chosen is None:
        return None
    from planner.language.engine import Engine
    from planner.language.posts import read_post

    engine = Engine(chosen, gpu_layers=run.home.model_settings().gpu_layers)
    return lambda post, known: read_post(engine, post, known)


def add_place(
    run: Session, name: str, position: Position | None, changes: dict[str, Any]
) -> Holding:
    """Add a place as a person says it; what the map knows of it is taken over.

    Raises
    ------
    FlaneurError
        If a value makes no sense.
    """
    import dataclasses

    from planner.library.arrivals import as_holding, on_map
    from planner.library.findings import Finding

    places = run.store.places
    finding = Finding(name=name, position=position, category=changes.get("category"))
    holding = dataclasses.replace(as_holding(finding, None, now=run.now), **changes)
    neighbourhood = _neighbourhood(run)
    place, _linking = neighbourhood.on_map(finding)
    with run.store.transaction():
        if place is not None:
            holding = on_map(holding, place)
        held = places.of_map(holding.osm) if holding.osm else None
        known = neighbourhood.held(holding) if held is None else held.id
        if known is None:
            return places.add(holding)
        if held is None or held.own:
            run.hint(f"That is in your library already, as {known}.")
        return places.edit(known, own=True, **changes)


def _neighbourhood(run: Session) -> Neighbourhood:
    from planner.library.grounds import Neighbourhood

    return Neighbourhood(run.store.places, _grounds(run))


def _grounds(run: Session) -> tuple[CityGround, ...]:
    from planner import cities
    from planner.library.grounds import open_grounds

    return open_grounds(cities.path_of(run.home, name) for name in cities.names(run.home))


def embed_all(run: Session) -> int:
    """Embed every place that is not yet, and return how many there were."""
    from planner.language.embeddings import Embedder
    from planner.library.vectors import count_pending, embed_pending

    embedder = Embedder.configured(run.home.embedding_folder())
    pending = count_pending(run.store.places, embedder.space)
    if not pending:
        return 0
    with run.progress("Embedding what is new") as report:
        return embed_pending(
            run.store.places,
            embedder.space,
            embedder.encode,
            on_done=lambda done: report(done / pending),
        )


def _embed_few(run: Session) -> None:
    """Embed what is new, if that takes seconds."""
    from planner.language.embeddings import Embedder
    from planner.library.vectors import count_pending

    pending = count_pending(
        run.store.places, Embedder.configured(run.home.embedding_folder()).space
    )
    if pending <= EMBEDDED_AT_ONCE:
        embed_all(run)
    else:
        run.hint(
            f"{pending:,} places are found by their words now, and by their meaning after: "
            "flaneur places index"
        )
