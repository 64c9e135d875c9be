"""Finding places: embedding a request, opening a city, and candidates out of 100,000 places.

    .venv/bin/python scripts/bench_retrieval.py [--places 100000] [--extract FILE]... [--home DIR]
                                                [--runs 40] [--seed N] [--peers]

Every figure comes from a process of its own. Cities: the demo city, one from each ``--extract``,
and a made-up one of ``--places`` places, whose vectors are those of the demo city with noise. With
``--home`` cities are kept and found there again. A retrieval has five wishes, all without a
category's name (the harder kind) or, in the other row, three of them with one. Its wishes were
embedded before; what that costs is a row of its own. Memory is what is private to the process
(``smaps_rollup``, Linux), less that of the same process before. What a busy machine adds to
milliseconds it does not add to the processor's time, which stands beside them. ``--peers`` measures
sentence-transformers beside the light runtime, and FAISS's flat index beside ours.
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from planner import cities
from planner.config import Home
from planner.domain import BoundRequest, Request, SubRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from planner.domain import Place
    from planner.retrieval.cityindex import Encoder

OPEN = (
    "street art and murals", "somewhere to think", "traces of the war", "a view over the water",
    "modern glass architecture", "where sailors went", "something for rainy days",
    "wooden houses", "design and furniture", "old-world charm", "a place to sketch",
    "history of the railway", "contemporary art", "quiet corners with trees",
)  # fmt: skip
NAMED = ("old churches", "good coffee", "bookshops", "a museum", "a park", "a bakery", "bars")
TOTAL = 200
WISHES = 5
NOISE = 0.6
MADE_UP = "made-up"
MIB = 1 << 20
Figures = dict[str, float]


def private_mb() -> float:
    """Return the private memory of this process in MB, 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def percentile(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, round(share * len(times)))]


# ------------------------------------------------------------------ what runs in its own process


def embed_light(_home: Home, _arguments: list[str]) -> Figures:
    """The light runtime: from nothing to the first vector, then one wish at a time."""
    before = private_mb()

    def first() -> None:
        from planner.language.embeddings import Embedder

        Embedder.default().encode(["quiet park"])

    cold = timed(first)
    from planner.language.embeddings import Embedder

    embedder = Embedder.default()
    embedder.encode(["quiet park"])
    one = [timed(lambda text=text: embedder.encode([text])) for text in OPEN]
    five = [timed(lambda n=n: embedder.encode(OPEN[n : n + WISHES])) for n in range(9)]
    return {
        "cold_s": cold,
        "one_ms": 1e3 * statistics.median(one),
        "five_ms": 1e3 * statistics.median(five),
        "private_mb": private_mb() - before,
    }


def embed_peer(_home: Home, _arguments: list[str]) -> Figures:
    """The same through sentence-transformers."""
    from planner.language import embeddings

    embeddings._LIGHT_WORK = -1  # noqa: SLF001 - the only way to ask for the other runtime
    return embed_light(_home, _arguments)


def open_here(home: Home, arguments: list[str]) -> Figures:
    """Open a city in a fresh process, from nothing and with the imports done."""
    (name,) = arguments
    before = private_mb()
    cold = timed(lambda: cities.open_city(home, name))
    with_imports = private_mb() - before
    before = private_mb()
    opened = []
    warm = timed(lambda: opened.append(cities.open_city(home, name)))
    return {
        "cold_s": cold,
        "cold_private_mb": with_imports,
        "warm_s": warm,
        "private_mb": private_mb() - before,
        "places": float(len(opened[0].index)),
    }


def requests(rng: np.random.Generator, runs: int, named: int) -> Iterator[BoundRequest]:
    """Yield requests of five wishes, so many of which name a category."""
    for _ in range(runs):
        wishes = [
            *rng.choice(NAMED, named, replace=False),
            *rng.choice(OPEN, WISHES - named, replace=False),
        ]
        subrequests = tuple(SubRequest(str(wish)) for wish in wishes)
        yield BoundRequest(Request("; ".join(map(str, wishes)), subrequests), ((),) * WISHES)


def retrieve_here(home: Home, arguments: list[str]) -> Figures:
    """Find 200 candidates for five wishes, again and again."""
    from planner.language.embeddings import Embedder
    from planner.library.catalogue import Catalogue
    from planner.retrieval.preference import GENERAL_WISH, Limits, retrieve

    name, runs, seed, named = arguments[0], *map(int, arguments[1:])
    embedder = Embedder.default()
    texts = [*OPEN, *NAMED, GENERAL_WISH]
    vectors = dict(zip(texts, embedder.encode(texts), strict=True))
    catalogue = Catalogue.load()
    before = private_mb()
    city = cities.open_city(home, name)
    found: list[int] = []

    def search(bound: BoundRequest) -> None:
        candidates = retrieve(
            bound,
            themes=range(WISHES),
            places=city.places,
            index=city.index,
            encode=lambda texts: np.array([vectors[text] for text in texts]),
            catalogue=catalogue,
            limits=Limits(total=TOTAL),
        )
        found.append(len(candidates))

    asked = list(requests(np.random.default_rng(seed), runs + 1, named))
    first = timed(lambda: search(asked[0]))
    used = time.process_time()
    times = [timed(lambda bound=bound: search(bound)) for bound in asked[1:]]
    used = time.process_time() - used
    return {
        "cpu_ms": 1e3 * used / len(times),
        "first_ms": 1e3 * first,
        "p50_ms": 1e3 * percentile(times, 0.5),
        "p95_ms": 1e3 * percentile(times, 0.95),
        "least_candidates": float(min(found)),
        "private_mb": private_mb() - before,
        "total_private_mb": private_mb(),
    }


def flat_here(home: Home, arguments: list[str]) -> Figures:
    """The peer: FAISS's flat index over the same vectors, five searches for 200 at a time."""
    import faiss

    name, runs, seed, _ = arguments[0], *map(int, arguments[1:])
    before = private_mb()
    city = cities.open_city(home, name)
    flat = faiss.IndexFlatIP(384)
    with cities.CityFile.open(cities.path_of(home, name)) as file:
        for portion in file.portions(cities.EMBEDDINGS):
            flat.add(portion)
    rng = np.random.default_rng(seed)
    asked = [
        np.array([city.index.vector(place_id) for place_id in city.index.ids(rows)])
        for rows in rng.integers(0, len(city.index), (runs, WISHES)).tolist()
    ]
    flat.search(asked[0], TOTAL)
    used = time.process_time()
    times = [timed(lambda queries=queries: flat.search(queries, TOTAL)) for queries in asked]
    used = time.process_time() - used
    return {
        "cpu_ms": 1e3 * used / len(times),
        "p50_ms": 1e3 * percentile(times, 0.5),
        "p95_ms": 1e3 * percentile(times, 0.95),
        "private_mb": private_mb() - before,
    }


INNER = {
    each.__name__: each for each in (embed_light, embed_peer, open_here, retrieve_here, flat_here)
}


def run(what: Callable[..., Figures], home: Home, *arguments: object) -> Figures:
    done = subprocess.run(
        [sys.executable, __file__, "--inner", what.__name__, str(home.root), *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


# --------------------------------------------------------------------------------- the cities


@lru_cache(maxsize=1)
def _embedder() -> Encoder:
    from planner.language.embeddings import Embedder

    return Embedder.default()


def make_up(home: Home, count: int, seed: int) -> None:
    """Make a city of so many places out of the demo city's, with its streets."""
    if cities.exists(home, MADE_UP):
        return
    rng = np.random.default_rng(seed)
    with cities.CityFile.open(cities.path_of(home, cities.DEMO_NAME)) as demo:
        known, vectors = demo.places(), np.array(demo.array(cities.EMBEDDINGS))
        arrays = {
            name: demo.array(name)
            for name in demo.array_names()
            if name.startswith(cities.STREETS_PREFIX)
        }
        meta = {key: demo.meta[key] for key in (cities.STREETS_KEY, cities.SPACE)}
    chosen = rng.integers(0, len(known), count)

    def places() -> Iterator[Place]:
        for n, source in enumerate(chosen):
            place = known[source]
            yield dataclasses.replace(place, id=f"osm:node/{n}", name=f"{place.name} {n}")

    spread = NOISE / np.sqrt(vectors.shape[1])
    many = vectors[chosen]
    many += spread * rng.standard_normal(many.shape, dtype=np.float32)
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    cities.CityFile.create(
        cities.path_of(home, MADE_UP),
        name=MADE_UP,
        places=places(),
        arrays={**arrays, cities.EMBEDDINGS: many},
        meta=meta,
    ).close()


def main() -> None:
    if sys.argv[1:2] == ["--inner"]:
        root = Path(sys.argv[3])
        home = Home(root, root / "cache")
        print(json.dumps(INNER[sys.argv[2]](home, sys.argv[4:])))
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--places", type=int, default=100_000)
    parser.add_argument("--extract", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = options.home or Path(folder)
        measure(Home(root, root / "cache").ensure(), options)


def measure(home: Home, options: argparse.Namespace) -> None:
    names = [cities.DEMO_NAME, *(file.name.partition(".")[0] for file in options.extract)]
    files = [None, *options.extract]
    for name, file in zip(names, files, strict=True):
        if not cities.exists(home, name):
            cities.build(name, file or cities.demo_extract(), home, _embedder())
    make_up(home, options.places, options.seed)
    figures: dict[str, Any] = {"embedding": run(embed_light, home)}
    if options.peers:
        figures["sentence_transformers"] = run(embed_peer, home)
    figures["opening"], figures["retrieval"] = {}, {}
    for name in [*names, MADE_UP]:
        run(open_here, home, name)  # the cache is written here
        figures["opening"][name] = run(open_here, home, name)
    for name in (cities.DEMO_NAME, MADE_UP):
        for label, named in (("open wishes", 0), ("three of five named", 3)):
            figures["retrieval"][f"{name}, {label}"] = run(
                retrieve_here, home, name, options.runs, options.seed, named
            )
    if options.peers:
        figures["flat"] = run(flat_here, home, MADE_UP, options.runs, options.seed, 0)
    show(figures)
    print(json.dumps(figures))


def show(figures: dict[str, Any]) -> None:
    print(f"{'embedding':44}{'cold s':>9}{'one ms':>9}{'five ms':>9}{'MB':>8}")
    for name in ("embedding", "sentence_transformers"):
        if name in figures:
            each = figures[name]
            print(
                f"{name:44}{each['cold_s']:>9.2f}{each['one_ms']:>9.1f}{each['five_ms']:>9.1f}"
                f"{each['private_mb']:>8.0f}"
            )
    print(f"\n{'opening':44}{'places':>9}{'cold s':>9}{'warm ms':>9}{'MB':>8}{'cold MB':>9}")
    for name, each in figures["opening"].items():
        print(
            f"{name:44}{each['places']:>9,.0f}{each['cold_s']:>9.2f}{1e3 * each['warm_s']:>9.1f}"
            f"{each['private_mb']:>8.1f}{each['cold_private_mb']:>9.1f}"
        )
    print(
        f"\n{'200 candidates, five wishes':36}{'first':>8}{'p50 ms':>9}{'p95 ms':>9}"
        f"{'cpu ms':>9}{'MB':>8}"
    )
    for name, each in figures["retrieval"].items():
        print(
            f"{name:36}{each['first_ms']:>8.0f}{each['p50_ms']:>9.1f}{each['p95_ms']:>9.1f}"
            f"{each['cpu_ms']:>9.1f}{each['private_mb']:>8.0f}"
        )
    if "flat" in figures:
        each = figures["flat"]
        print(
            f"{'FAISS flat, the searches alone':36}{'':>8}{each['p50_ms']:>9.1f}"
            f"{each['p95_ms']:>9.1f}{each['cpu_ms']:>9.1f}{each['private_mb']:>8.0f}"
        )


if __name__ == "__main__":
    main()
