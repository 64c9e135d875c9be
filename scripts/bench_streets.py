"""Streets at city scale: import, opening, and walking distances beside other tools in one run.

    .venv/bin/python scripts/bench_streets.py FILE [--size 200] [--seed N] [--tiles 1,4,8]

Times of the matrix count the search for the nearest streets as well. Runs of all tools alternate;
every figure is the median of the rounds. networkx is asked for a few sources a round, with the
longest distance as its cutoff, and its time is scaled to all of them. pandana and osrm-bindings
(Python 3.12 or later) take part where they can be imported; what they prepare before the first
question is counted apart. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planner.domain import Position
from planner.streets.attachment import attach
from planner.streets.geodesy import METRES_PER_DEGREE, plane
from planner.streets.matrix import walk_matrix
from planner.streets.network import StreetNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

    import networkx as nx

    from planner.streets.attachment import Attachments

PEERS = ("networkx", "pandana", "osrm")
ROUNDS = 7
SOURCES_A_ROUND = 10
PAIRS = 1000
BATCHES = 50
RADIUS_M = 3000.0
SQUARE_M = 1000.0
GROWN_RADIUS_M = 5000.0
TILE_GAP_DEGREES = 0.02
ID_STEP = 1 << 36
MIB = 1 << 20

Row = tuple[str, str, str]


def import_here(file: Path, folder: Path, box: list[float] | None) -> None:
    """Import a file in this process and say what it cost: one line of JSON."""
    from planner.streets.building import build_network

    began = time.perf_counter()
    bbox = None if box is None else (box[0], box[1], box[2], box[3])
    built = build_network(file, bbox=bbox)
    built.network.save_folder(folder)
    seconds = time.perf_counter() - began
    figures = {"import_s": seconds, "peak_mb": peak_mb(), "fragmented": built.fragmented}
    print(json.dumps(figures))


def open_here(folder: Path) -> None:
    """Open a network in this process and say what it cost: one line of JSON."""
    before = private_mb()
    began = time.perf_counter()
    StreetNetwork.open_folder(folder)
    seconds = time.perf_counter() - began
    print(json.dumps({"open_s": seconds, "private_mb": private_mb() - before}))


def peak_mb() -> float:
    """Return the most memory that was resident in this process at any time.

    Not of ``getrusage``, which counts what the process was before it became this program.
    """
    rows = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) / 1024


def private_mb() -> float:
    """Return the memory of this process that it shares with no other and with no file."""
    rows = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith("Private_Dirty")) / 1024


def elsewhere(*arguments: str) -> dict[str, float]:
    """Run a part of this script in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments], check=True, capture_output=True, text=True
    )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def imported(file: Path, folder: Path, box: str = "") -> dict[str, float]:
    return elsewhere(str(file), "--import-to", str(folder), *([f"--box={box}"] if box else []))


def centre_of(network: StreetNetwork) -> tuple[float, float]:
    """Return the middle of the square of a kilometre that holds the most junctions."""
    lat, lon = np.asarray(network.node_lat), np.asarray(network.node_lon)
    x, y = plane(lat, lon, float(np.median(lat)), float(np.median(lon)))
    squares = np.stack([np.floor(x / SQUARE_M), np.floor(y / SQUARE_M)], axis=1)
    _, which, count = np.unique(squares, axis=0, return_inverse=True, return_counts=True)
    dense = which.reshape(-1) == count.argmax()
    return float(lat[dense].mean()), float(lon[dense].mean())


def places_around(
    centre: tuple[float, float], radius_m: float, size: int, seed: int
) -> list[Position]:
    """Draw places evenly over a disc."""
    rng = np.random.default_rng(seed)
    reach, angle = radius_m * np.sqrt(rng.random(size)), rng.random(size) * 2 * np.pi
    lat = centre[0] + reach * np.sin(angle) / METRES_PER_DEGREE
    east = METRES_PER_DEGREE * math.cos(math.radians(centre[0]))
    lon = centre[1] + reach * np.cos(angle) / east
    return [Position(a, b) for a, b in zip(lat.tolist(), lon.tolist(), strict=True)]


def reached_places(network: StreetNetwork, size: int, seed: int) -> list[Position]:
    """Draw places within three kilometres of the centre that have a street."""
    found: list[Position] = []
    for batch in range(BATCHES):
        drawn = places_around(centre_of(network), RADIUS_M, 4 * size, seed + batch)
        reachable = attach(network, drawn).reachable
        found += [place for place, has_one in zip(drawn, reachable, strict=True) if has_one]
        if len(found) >= size:
            break
    return found[:size]


def with_places(network: StreetNetwork, places: Attachments) -> list[tuple[int, int, float]]:
    """Return every link of the network, edges cut at the places; place i is node N + i."""
    stops: dict[int, list[tuple[float, int]]] = {}
    for i, (edge, along) in enumerate(
        zip(places.edge.tolist(), places.along_m.tolist(), strict=True)
    ):
        stops.setdefault(edge, []).append((along, network.node_count + i))
    links: list[tuple[int, int, float]] = []
    for edge, (u, v, metres) in enumerate(
        zip(
            network.edge_u.tolist(),
            network.edge_v.tolist(),
            network.edge_length.tolist(),
            strict=True,
        )
    ):
        before, at = u, 0.0
        for along, node in sorted(stops.get(edge, [])):
            links.append((before, node, along - at))
            before, at = node, along
        links.append((before, v, metres - at))
    return links


def distances_by_networkx(
    graph: nx.Graph, first: int, sources: list[int], size: int, cutoff: float
) -> np.ndarray:
    import networkx as nx

    rows = np.full((len(sources), size), np.inf)
    for row, source in enumerate(sources):
        found = nx.single_source_dijkstra_path_length(
            graph, first + source, cutoff=cutoff, weight="metres"
        )
        rows[row] = [found.get(first + target, math.inf) for target in range(size)]
    return rows


def networkx_graph(links: list[tuple[int, int, float]]) -> nx.Graph:
    import networkx as nx

    graph = nx.Graph()
    for u, v, metres in links:
        if metres < graph.get_edge_data(u, v, {"metres": math.inf})["metres"]:
            graph.add_edge(u, v, metres=metres)
    return graph


def pandana_network(
    network: StreetNetwork, places: Attachments, links: list[tuple[int, int, float]]
) -> Any | None:  # noqa: ANN401 - pandana has no types
    """Return pandana's network of the same links, or None where it is not installed."""
    if importlib.util.find_spec("pandana") is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandana
        import pandas as pd

        frame = pd.DataFrame(links, columns=["u", "v", "metres"])
        return pandana.Network(
            pd.Series(np.concatenate([network.node_lon, places.point_lon])),
            pd.Series(np.concatenate([network.node_lat, places.point_lat])),
            frame["u"],
            frame["v"],
            frame[["metres"]],
        )


def osrm_table(file: Path, folder: Path, places: list[Position]) -> Callable[[], Any] | None:
    """Prepare OSRM's contraction hierarchy for walkers, or return None where it cannot run."""
    try:
        import osrm
    except ImportError:
        return None
    profile = Path(osrm.__file__).parent / "share" / "profiles" / "foot.lua"
    copy = folder / file.name
    copy.write_bytes(file.read_bytes())
    base = folder / (file.name.split(".osm")[0] + ".osrm")
    for arguments in (["extract", "-p", str(profile), str(copy)], ["contract", str(base)]):
        subprocess.run([sys.executable, "-m", "osrm", *arguments], check=True, capture_output=True)
    limits = dict.fromkeys(("trip", "viaroute", "map_matching"), 3)
    engine = osrm.OSRM(
        algorithm="CH",
        storage_config=str(base),
        use_shared_memory=False,
        max_locations_distance_table=100_000,
        **{f"max_locations_{name}": limit for name, limit in limits.items()},
        max_results_nearest=1,
        max_alternatives=1,
        default_radius="unlimited",
    )
    question = osrm.TableParameters(
        coordinates=[(place.lon, place.lat) for place in places], annotations=["distance"]
    )
    return lambda: engine.Table(question)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


@dataclass(frozen=True)
class Tools:
    """What is asked for the same matrix; ``None`` where a tool is absent."""

    networkx: Any
    pandana: Any | None
    pandana_s: float
    osrm: Any | None
    osrm_s: float


def prepared(
    file: Path, network: StreetNetwork, places: Attachments, positions: list[Position], folder: Path
) -> Tools:
    links = with_places(network, places)
    pandana_s, pandana = timed(lambda: pandana_network(network, places, links))
    osrm_s, osrm = timed(lambda: osrm_table(file, folder, positions))
    return Tools(networkx_graph(links), pandana, pandana_s, osrm, osrm_s)


def compare(
    file: Path, network: StreetNetwork, folder: Path, size: int, seed: int
) -> tuple[dict[str, float | None], list[Row]]:
    """Ask every tool for the same matrix, in alternation."""
    positions = reached_places(network, size, seed)
    places = attach(network, positions)
    size, first = len(positions), network.node_count
    tools = prepared(file, network, places, positions, folder)
    origins = np.repeat(np.arange(first, first + size), size)
    targets = np.tile(np.arange(first, first + size), size)

    ours = walk_matrix(network, places)  # warm
    along = ours - places.approach_m[:, None] - places.approach_m
    cutoff = float(along.max(initial=0.0)) + 1.0
    rng = np.random.default_rng(seed)
    order = rng.permutation(size)
    times: dict[str, list[float]] = {name: [] for name in ("ours", *PEERS)}
    asked, rows, theirs = [], [], None
    for number in range(ROUNDS):
        times["ours"].append(timed(lambda: walk_matrix(network, attach(network, positions)))[0])
        sample = order[np.arange(number, number + SOURCES_A_ROUND * ROUNDS, ROUNDS) % size]
        seconds, found = timed(
            lambda sample=sample: distances_by_networkx(
                tools.networkx, first, sample.tolist(), size, cutoff
            )
        )
        times["networkx"].append(seconds * size / len(sample))
        asked.append(sample)
        rows.append(found)
        if tools.pandana is not None:
            ask = tools.pandana.shortest_path_lengths
            times["pandana"].append(timed(lambda ask=ask: ask(origins, targets))[0])
        if tools.osrm is not None:
            seconds, theirs = timed(tools.osrm)
            times["osrm"].append(seconds)
    medians = {name: statistics.median(taken) if taken else None for name, taken in times.items()}

    sources = np.concatenate(asked)
    here, there = rng.integers(0, len(sources), PAIRS), rng.integers(0, size, PAIRS)
    differ = sources[here] != there
    reference = np.concatenate(rows)[here, there]
    difference = float(np.abs(along[sources[here], there] - reference)[differ].max())
    inside = (places.along_m > 0) & (places.along_m < network.edge_length[places.edge])
    result = {"matrix_s": medians["ours"], **{f"{name}_s": medians[name] for name in PEERS}}
    result["max_difference_m"] = difference
    table = [
        (f"matrix {size} x {size}", f"{medians['ours']:.3f} s", "nothing to prepare"),
        *peer_rows(medians, tools),
        (
            "largest difference",
            f"{difference:.6f} m",
            f"to networkx, {differ.sum()} pairs; {inside.sum()} of {size} places inside edges",
        ),
    ]
    if theirs is not None:
        metres = np.array([[float(value) for value in row] for row in theirs["distances"]])
        apart = along > 1.0
        share = float(np.median(np.abs(metres[apart] - along[apart]) / along[apart]))
        result["osrm_median_difference"] = share
        table.append(("difference to OSRM", f"{share:.3%}", "median, along streets"))
    return result, table


def peer_rows(medians: dict[str, float | None], tools: Tools) -> list[Row]:
    how = {
        "networkx": f"with a cutoff, {SOURCES_A_ROUND} sources a round, scaled",
        "pandana": f"after {tools.pandana_s:.1f} s of preparation",
        "osrm": f"after {tools.osrm_s:.1f} s of preparation",
    }
    own, rows = medians["ours"], []
    for name in PEERS:
        peer = medians[name]
        if peer is None or own is None:
            rows.append((name, "absent", ""))
        else:
            rows.append((name, f"{peer:.3f} s", f"{peer / own:.2f} x ours; {how[name]}"))
    return rows


def write_tiles(file: Path, target: Path, tiles: int) -> None:
    """Write an extract several times side by side, each joined to the next by one path."""
    import osmium

    from planner.streets.extract import read_walkways
    from planner.streets.ferries import is_afloat
    from planner.streets.simplification import main_component

    walkways = read_walkways(file)
    inside = np.flatnonzero(main_component(walkways, ~is_afloat(walkways)).nodes)
    west = int(walkways.node_id[inside[walkways.lon[inside].argmin()]])
    east = int(walkways.node_id[inside[walkways.lon[inside].argmax()]])
    width = float(np.ptp(walkways.lon)) + TILE_GAP_DEGREES
    with osmium.SimpleWriter(str(target)) as writer:
        for tile in range(tiles):
            for node in osmium.FileProcessor(str(file), osmium.osm.NODE):
                writer.add_node(
                    node.replace(
                        id=node.id + tile * ID_STEP,
                        location=(node.lon + tile * width, node.lat),
                    )
                )
        for tile in range(tiles):
            for way in osmium.FileProcessor(str(file), osmium.osm.WAY):
                refs = [node.ref + tile * ID_STEP for node in way.nodes]
                writer.add_way(way.replace(id=way.id + tile * ID_STEP, nodes=refs))
        for tile in range(1, tiles):
            writer.add_way(
                osmium.osm.mutable.Way(
                    id=(tiles + tile) * ID_STEP,
                    nodes=[east + (tile - 1) * ID_STEP, west + tile * ID_STEP],
                    tags={"highway": "path"},
                )
            )


def growth(file: Path, folder: Path, tiles: list[int], size: int, seed: int) -> list[Row]:
    """Import cities made of several copies, and one cut from the largest."""
    rows: list[Row] = []
    centre = centre_of(StreetNetwork.open_folder(folder / "city"))
    places = places_around(centre, GROWN_RADIUS_M, size, seed)
    for count in tiles:
        made = folder / f"tiles-{count}.osm.pbf"
        write_tiles(file, made, count)
        cost = imported(made, folder / f"tiles-{count}")
        network = StreetNetwork.open_folder(folder / f"tiles-{count}")
        walk_matrix(network, attach(network, places))
        seconds = statistics.median(
            timed(lambda n=network: walk_matrix(n, attach(n, places)))[0] for _ in range(ROUNDS)
        )
        rows.append(
            (
                f"{count} x the city",
                f"{cost['import_s']:.1f} s",
                f"{network.node_count} nodes, peak {cost['peak_mb']:.0f} MB; 5 km: {seconds:.3f} s",
            )
        )
        if count == max(tiles):
            high = GROWN_RADIUS_M / METRES_PER_DEGREE
            wide = high / math.cos(math.radians(centre[0]))
            box = (centre[1] - wide, centre[0] - high, centre[1] + wide, centre[0] + high)
            cut = imported(made, folder / "cut", ",".join(map(str, box)))
            rows.append(
                (
                    "a cut of 5 km of it",
                    f"{cut['import_s']:.1f} s",
                    f"peak {cut['peak_mb']:.0f} MB",
                )
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tiles", default="", help="numbers of copies, for example 1,4,8")
    parser.add_argument("--import-to", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--box", default="", help=argparse.SUPPRESS)
    parser.add_argument("--open", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.import_to is not None:
        box = [float(side) for side in asked.box.split(",")] if asked.box else None
        import_here(asked.file, asked.import_to, box)
        return
    if asked.open:
        open_here(asked.file)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        cost = imported(asked.file, folder / "city")
        opened = [elsewhere(str(folder / "city"), "--open") for _ in range(ROUNDS)]
        open_s = statistics.median(one["open_s"] for one in opened)
        private = statistics.median(one["private_mb"] for one in opened)
        network = StreetNetwork.open_folder(folder / "city")
        centre = centre_of(network)
        x, y = plane(network.node_lat, network.node_lon, *centre)
        near = int((x * x + y * y <= RADIUS_M**2).sum())
        rows: list[Row] = [
            ("file", asked.file.name, f"{asked.file.stat().st_size / MIB:.1f} MiB"),
            ("network", f"{network.node_count} nodes", f"{network.edge_count} streets"),
            ("centre", f"{centre[0]:.4f},{centre[1]:.4f}", f"{near} nodes within 3 km"),
            ("import", f"{cost['import_s']:.2f} s", f"peak {cost['peak_mb']:.0f} MB"),
            ("open", f"{open_s * 1000:.1f} ms", f"{private:.1f} MB of private memory"),
        ]
        result, compared = compare(asked.file, network, folder, asked.size, asked.seed)
        rows += compared
        if asked.tiles:
            counts = [int(count) for count in asked.tiles.split(",")]
            rows += growth(asked.file, folder, counts, asked.size, asked.seed)
    print("| what | figure | |\n| --- | ---: | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    result.update(
        open_s=open_s,
        open_private_mb=private,
        import_s=cost["import_s"],
        peak_mb=cost["peak_mb"],
    )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
