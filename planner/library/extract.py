"""Places out of an OpenStreetMap file, whatever form libosmium reads.

Nodes, ways and multipolygons that have a name and that the catalogue knows become places. One
thing of the world that is mapped twice, as a point and as a building, becomes one place.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.domain import Place, Position, Source
from planner.errors import UnreadableFileError
from planner.library.catalogue import Catalogue
from planner.library.context import context_sentence
from planner.library.kinds import NAMELESS_TAG
from planner.library.osmfile import position_index
from planner.library.words import clean, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from planner.library.catalogue import Category
    from planner.library.osmfile import BBox

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
SAME_PLACE_M = 80.0
_METRES_A_DEGREE = 111_195.0
_REPORT_EVERY = 2000
_NAME_KEYS = ("name", "name:en", "int_name", "official_name", "alt_name", "loc_name", "short_name")
# Names shared by two mappings of one thing; short names are left out, since branches share them.
_SAME_KEYS = ("name:en", "int_name", "official_name", "alt_name", "loc_name")
_OTHER_NAME = re.compile(r"^(alt|old|short|loc|int|official|nat|reg)_name(?::(.+))?$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$")
_NOISE = re.compile(r"^(source|created_by|note|fixme|FIXME|import|tiger|check_date|ref:)")
_AREA_TYPES = frozenset({"multipolygon", "boundary"})
_KINDS = {"n": "node", "w": "way"}
_CLOSED_TO_PEOPLE = frozenset({"private", "no", "permit", "employees"})
_GONE = ("disused", "abandoned", "demolished", "razed", "proposed", "construction")


@dataclass(frozen=True, slots=True)
class _Found:
    """An object of the file that will be a place, with its outline where it has one."""

    osm: str
    name: str
    category: Category
    tags: Mapping[str, str]
    lat: float
    lon: float
    shape: Any = None
    reach_m: float = 0.0

    @property
    def nameless(self) -> bool:
        return self.tags.get(NAMELESS_TAG) == "yes"

    @property
    def richness(self) -> tuple[bool, int, float]:
        return ("opening_hours" in self.tags, len(self.tags), self.reach_m)


def read_places(
    path: Path | str,
    *,
    bbox: BBox | None = None,
    progress: Callable[[int], None] | None = None,
    catalogue: Catalogue | None = None,
) -> tuple[Place, ...]:
    """Read all named places that the catalogue knows, and nameless things that one asks for.

    Parameters
    ----------
    path
        An ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file.
    bbox
        West, south, east, north in degrees: places outside are left out.
    progress
        Called now and then with the number of named objects read so far.
    catalogue
        The kinds of places; the shipped ones where None.

    Returns
    -------
    tuple[Place, ...]
        In the order of the file: nodes, ways, relations.

    Raises
    ------
    UnreadableFileError
        If the file is missing, cut off, or not OpenStreetMap data.
    """
    path = Path(path)
    reader = _Reader(catalogue or Catalogue.load(), bbox, progress)
    found = _objects(path, reader)
    named = _merge_doubles(thing for thing in found if not thing.nameless)
    things = _thinned((thing for thing in found if thing.nameless), named)
    return tuple(_place(thing, path.name) for thing in _in_order([*named, *things]))


def _objects(path: Path, reader: _Reader) -> list[_Found]:
    """Read the file; what it holds twice is still twice."""
    if not path.is_file():
        raise UnreadableFileError(
            f"There is no file {str(path)!r}.", "Check the path of the OpenStreetMap extract."
        )
    try:
        try:
            return reader.read(path)
        except RuntimeError as error:
            if "out of order" not in str(error):
                raise
        with tempfile.TemporaryDirectory() as folder:
            return reader.read(_sorted_copy(path, Path(folder) / "sorted.osm.pbf"))
    except (RuntimeError, OSError, ValueError) as error:
        raise UnreadableFileError(
            f"{path.name} cannot be read as OpenStreetMap data: {clean(str(error), limit=200)}.",
            f"It may be cut off or of another kind; files that can be read end in "
            f"{', '.join(SUFFIXES)}.",
        ) from error


def _sorted_copy(path: Path, target: Path) -> Path:
    """Write a copy whose objects stand in the order that building areas needs."""
    import osmium

    merge = osmium.MergeInputReader()
    merge.add_file(str(path))
    with osmium.SimpleWriter(str(target)) as writer:
        merge.apply(writer)
    return target


class _Reader:
    """Turns an object of osmium, which lives for one step of the loop only, into a found one."""

    def __init__(
        self,
        catalogue: Catalogue,
        bbox: BBox | None,
        progress: Callable[[int], None] | None,
    ) -> None:
        import osmium
        import shapely

        self._catalogue = catalogue
        self._bbox = bbox
        self._progress = progress or (lambda _read: None)
        # Relations that no area was made of: the file may not hold their rings whole. Of a country
        # these are many, so no more is kept than the ways that they are made of.
        self._open_rings: dict[int, tuple[int, ...]] = {}
        self._wkb = osmium.geom.WKBFactory()
        self._shapely = shapely

    def read(self, path: Path) -> list[_Found]:
        """Return all that a file holds.

        Raises
        ------
        RuntimeError
            If libosmium cannot read it.
        """
        import osmium
        from osmium.filter import KeyFilter

        found: dict[str, _Found] = {}
        self._open_rings.clear()
        read = 0
        whole = osmium.FileProcessor(str(path)).with_locations(position_index(path))
        named = whole.with_areas(KeyFilter(*_NAME_KEYS))
        for thing in named.with_filter(KeyFilter(*_NAME_KEYS)):
            read += 1
            if read % _REPORT_EVERY == 0:
                self._progress(read)
            place = self.found(thing)
            if place is None:
                continue
            # A closed way comes twice: as a line first, then as the area that replaces it.
            if self._inside(place):
                found[place.osm] = place
            else:
                found.pop(place.osm, None)
        for place in itertools.chain(self._incomplete(path), self._nameless(path)):
            if self._inside(place):
                found.setdefault(place.osm, place)
        self._progress(read)
        return list(found.values())

    def _nameless(self, path: Path) -> Iterator[_Found]:
        """Yield benches, taps and toilets without a name; their outlines do not matter."""
        import osmium
        from osmium.filter import TagFilter

        whole = osmium.FileProcessor(str(path)).with_locations(position_index(path))
        for thing in whole.with_filter(TagFilter(*sorted(self._catalogue.nameless_tags))):
            if thing.is_relation():
                continue
            place = self.found(thing)
            if place is not None and place.nameless:
                yield place

    def _inside(self, place: _Found) -> bool:
        """Whether a place lies in the box; of a country nothing else is kept."""
        if self._bbox is None:
            return True
        west, south, east, north = self._bbox
        return west <= place.lon <= east and south <= place.lat <= north

    def _incomplete(self, path: Path) -> list[_Found]:
        """Return the relations that gave no area, since the extract cuts them off.

        They are placed in the middle of what the file holds of their outline.
        """
        import osmium
        from osmium.filter import IdFilter

        wanted = {way for ways in self._open_rings.values() for way in ways}
        if not wanted:
            return []
        points: dict[int, list[tuple[float, float]]] = {}
        ways_only = IdFilter(wanted)
        ways_only.enable_for(osmium.osm.WAY)
        whole = osmium.FileProcessor(str(path)).with_locations(position_index(path))
        for way in whole.with_filter(ways_only):
            if way.is_way():
                points[way.id] = _points(way)
        places = []
        cut = osmium.FileProcessor(str(path), osmium.osm.RELATION)
        for relation in cut.with_filter(IdFilter(self._open_rings)):
            outline = [p for way in self._open_rings[relation.id] for p in points.get(way, ())]
            bare = self._bare(relation)
            if outline and bare is not None:
                hull = self._shapely.MultiPoint(outline).convex_hull
                bare = dataclasses.replace(bare, osm=f"relation/{relation.id}")
                places.append(self._outlined(bare, hull))
        return places

    def found(self, thing: Any) -> _Found | None:  # noqa: ANN401 - an osmium object
        """Return what a node, way or area stands for, None if it is no place."""
        if not thing.is_area() and thing.deleted:
            return None
        bare = self._bare(thing)
        if bare is None:
            return None
        if thing.is_area():
            return self._area(thing, bare)
        if thing.is_relation():
            self._note_rings(thing)
            return None
        point = self._middle(thing) if thing.is_way() else _location(thing)
        if point is None:
            return None
        osm = f"{_KINDS[thing.type_str()]}/{thing.id}"
        return dataclasses.replace(bare, osm=osm, lat=point[0], lon=point[1])

    def _bare(self, thing: Any) -> _Found | None:  # noqa: ANN401 - an osmium object
        """Return what the tags say of a thing without a position, None if it is no place."""
        tags = dict(thing.tags)
        category = _category(tags, self._catalogue)
        cleaned = {clean(key, limit=80): clean(value, limit=600) for key, value in tags.items()}
        name = next((cleaned[key] for key in _NAME_KEYS if cleaned.get(key)), "")
        if category is None:
            return None
        if not name:
            if category.nameless is None or tags.get("access") in _CLOSED_TO_PEOPLE:
                return None
            name = category.label[:1].upper() + category.label[1:]
            cleaned[NAMELESS_TAG] = "yes"
        else:
            cleaned.pop(NAMELESS_TAG, None)
        return _Found("", name, category, cleaned, 0.0, 0.0)

    def _note_rings(self, relation: Any) -> None:  # noqa: ANN401 - an osmium relation
        if relation.tags.get("type") in _AREA_TYPES:
            outer = (m.ref for m in relation.members if m.type == "w" and m.role != "inner")
            self._open_rings[relation.id] = tuple(sorted(set(outer)))

    def _middle(self, way: Any) -> tuple[float, float] | None:  # noqa: ANN401 - an osmium way
        points = _points(way)
        if not points:
            return None
        if len(points) == 1:
            return points[0][1], points[0][0]
        middle = self._shapely.LineString(points).interpolate(0.5, normalized=True)
        return middle.y, middle.x

    def _area(self, area: Any, bare: _Found) -> _Found | None:  # noqa: ANN401 - an osmium area
        """Return a found area with a point inside, its outline and its reach from the middle."""
        try:
            shape = self._shapely.from_wkb(self._wkb.create_multipolygon(area))
        except (RuntimeError, self._shapely.errors.ShapelyError):
            return None
        if shape.is_empty:
            return None
        kind = "way" if area.from_way() else "relation"
        if kind == "relation":
            self._open_rings.pop(area.orig_id(), None)
        return self._outlined(dataclasses.replace(bare, osm=f"{kind}/{area.orig_id()}"), shape)

    def _outlined(self, bare: _Found, shape: Any) -> _Found:  # noqa: ANN401 - a shapely geometry
        if not shape.is_valid:
            shape = self._shapely.make_valid(shape)
        point = shape.centroid
        if not shape.contains(point):
            point = shape.representative_point()
        west, south, east, north = shape.bounds
        return dataclasses.replace(
            bare,
            lat=point.y,
            lon=point.x,
            shape=shape,
            reach_m=math.dist(_metres(south, west, south), _metres(north, east, south)) / 2,
        )


def _location(node: Any) -> tuple[float, float] | None:  # noqa: ANN401 - an osmium node
    return (node.location.lat, node.location.lon) if node.location.valid() else None


def _points(way: Any) -> list[tuple[float, float]]:  # noqa: ANN401 - an osmium way
    """Return the (lon, lat) of a way's nodes, as far as the file holds them."""
    return [(node.location.lon, node.location.lat) for node in way.nodes if node.location.valid()]


def _metres(lat: float, lon: float, middle: float) -> tuple[float, float]:
    """Return a position on a flat map that is true around a middle latitude."""
    return lat * _METRES_A_DEGREE, lon * _METRES_A_DEGREE * math.cos(math.radians(middle))


def _category(tags: Mapping[str, str], catalogue: Catalogue) -> Category | None:
    if any(tags.get(state) in {"yes", "true"} for state in _GONE) or tags.get("shop") == "vacant":
        return None
    return catalogue.classify(tags)


def _merge_doubles(found: Iterable[_Found]) -> list[_Found]:
    """Make one of what is mapped as a point and as an area, or as several areas of one name."""
    kept: list[_Found] = []
    by_name: dict[str, list[int]] = {}
    # Areas first: a point joins an area, two points never join, since a chain may well have two
    # branches in one house.
    for thing in sorted(found, key=lambda one: one.shape is None):
        calls = _calls(thing)
        near = {at for call in calls for at in by_name.get(call, ())}
        same = next((at for at in sorted(near) if _is_double(thing, kept[at])), None)
        if same is None:
            same = len(kept)
            kept.append(thing)
        else:
            kept[same] = _joined(kept[same], thing)
        for call in calls:
            by_name.setdefault(call, []).append(same)
    return kept


def _in_order(things: Iterable[_Found]) -> list[_Found]:
    """Sort as in a file: nodes, ways, relations."""
    order = {kind: rank for rank, kind in enumerate(("node", "way", "relation"))}
    return sorted(
        things, key=lambda one: (order[one.osm.split("/")[0]], int(one.osm.split("/")[1]))
    )


def _thinned(things: Iterable[_Found], named: Iterable[_Found]) -> list[_Found]:
    """Return of nameless things so many that none is nearer to its like than its kind asks for.

    Whoever wants to sit down needs no list of forty benches in one park. A named thing of the same
    kind stands for nameless ones beside it; of nameless ones, what most is known of is kept.
    """
    cells: dict[tuple[str, int, int], list[_Found]] = {}

    def around(thing: _Found, spacing: float) -> Iterator[_Found]:
        north, east = _metres(thing.lat, thing.lon, round(thing.lat))
        row, column = int(north // spacing), int(east // spacing)
        for down, over in itertools.product((-1, 0, 1), repeat=2):
            yield from cells.get((thing.category.key, row + down, column + over), ())

    def lay(thing: _Found, spacing: float) -> None:
        north, east = _metres(thing.lat, thing.lon, round(thing.lat))
        key = (thing.category.key, int(north // spacing), int(east // spacing))
        cells.setdefault(key, []).append(thing)

    for thing in named:
        if thing.category.nameless is not None:
            lay(thing, thing.category.nameless)
    kept = []
    for thing in sorted(things, key=lambda one: (*(-part for part in one.richness), one.osm)):
        spacing = thing.category.nameless or SAME_PLACE_M
        if all(_apart(thing, other) >= spacing for other in around(thing, spacing)):
            lay(thing, spacing)
            kept.append(thing)
    return kept


def _apart(one: _Found, other: _Found) -> float:
    return math.dist(_metres(one.lat, one.lon, one.lat), _metres(other.lat, other.lon, one.lat))


def _calls(thing: _Found) -> set[str]:
    """Return the folded names by which two mappings of one thing may be known as one."""
    values = (thing.name, *(thing.tags.get(key, "") for key in _SAME_KEYS))
    return {fold(part) for value in values for part in value.split(";")} - {""}


def _is_double(one: _Found, other: _Found) -> bool:
    """Whether two objects of one name are one thing; ``other`` is the area if only one is."""
    if other.shape is None:
        return False
    if one.category.key != other.category.key and not (one.category.vague or other.category.vague):
        return False
    if _apart(one, other) > SAME_PLACE_M + one.reach_m + other.reach_m:
        return False
    if one.shape is None:
        from shapely import Point

        near = other.shape.distance(Point(one.lon, one.lat))
    else:
        near = other.shape.distance(one.shape)
    # Degrees of longitude are shorter than those of latitude: this errs towards keeping two.
    return bool(near * _METRES_A_DEGREE <= SAME_PLACE_M)


def _joined(area: _Found, other: _Found) -> _Found:
    """Return one place of two: the richer tags first, the area's name, the widest outline."""
    rich, poor = sorted((area, other), key=lambda one: one.richness, reverse=True)
    widest = max((area, other), key=lambda one: one.reach_m)
    base = widest if rich.shape is not None else rich
    tags = {**poor.tags, **rich.tags}
    if fold(other.name) != fold(area.name):
        names = [part for part in tags.get("alt_name", "").split(";") if part]
        tags["alt_name"] = ";".join(dict.fromkeys([*names, other.name]))
    return dataclasses.replace(
        rich,
        name=area.name,
        category=poor.category if rich.category.vague else rich.category,
        tags=tags,
        lat=base.lat,
        lon=base.lon,
        shape=widest.shape,
        reach_m=widest.reach_m,
    )


def _place(thing: _Found, file: str) -> Place:
    names, tags = _split_names(thing.tags)
    place = Place(
        id=f"osm:{thing.osm}",
        name=thing.name,
        position=Position(round(thing.lat, 7), round(thing.lon, 7)),
        category=thing.category.key,
        names=names,
        tags=tags,
        address=_address(tags),
        opening_hours=tags.get("opening_hours") or None,
        osm=thing.osm,
        sources=(Source(file=clean(file, limit=200), row=None, format="osm"),),
    )
    return dataclasses.replace(place, context=context_sentence(place, thing.category))


def _split_names(tags: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    names: dict[str, str] = {}
    rest: dict[str, str] = {}
    for key, value in tags.items():
        other = _OTHER_NAME.match(key)
        if key == "name" or not value:
            continue
        if key.startswith("name:"):
            if _LANGUAGE.match(key[5:]):
                names[key[5:]] = value
        elif other is not None:
            names[":".join(part for part in other.groups() if part)] = value
        elif not _NOISE.match(key):
            rest[key] = value
    return names, rest


def _address(tags: Mapping[str, str]) -> str | None:
    if tags.get("addr:full"):
        return tags["addr:full"]
    street = tags.get("addr:street") or tags.get("addr:place", "")
    house = " ".join(part for part in (street, tags.get("addr:housenumber", "")) if part)
    town = " ".join(
        part for part in (tags.get("addr:postcode", ""), tags.get("addr:city", "")) if part
    )
    return ", ".join(part for part in (house if street else "", town) if part) or None
