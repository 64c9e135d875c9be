"""What a big library costs: import, search by words, search by words and meaning, memory.

Prints a table, and as its last line the same as JSON. The places are made up from real kinds and
words of several scripts, always the same ones for a seed.

    python scripts/bench_library.py --size 100000

The import is that of a CSV file with every row held against what is there already and, with
``--city``, against cities; embeddings are drawn, not computed.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from planner.domain import Position
from planner.library.arrivals import receive
from planner.library.catalogue import Catalogue
from planner.library.findings import Finding
from planner.library.grounds import Neighbourhood, open_grounds
from planner.library.importers import read
from planner.library.search import Corpus, Filter, Search
from planner.library.store import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOW = dt.datetime(2026, 11, 25, 9, 30)
# ruff: noqa: SIM905, SIM117 - a line of words reads better as one; so do two steps
WORDS = (
    "Aurora Kaisa Linna Ravintola Kahvila Golden Lion Old Mill Bäckerei Müller Château Rouge "
    "Casa Verde Plaza Mayor Torre Alta Sankt Peter Kirkko Tuomio Museo Galerie Nord Süd Ost West "
    "Café Engel Royal Crown Anchor Harbour Bridge Stone Rose Garden Tiger Dragon Lotus Bamboo "
    "Пушкин Москва Театр Парк 東京 喫茶 寿司 Ελλάς Ταβέρνα مطعم קפה Harju Kallio Töölö Punavuori"
).split()


FAVOURITES, LONG_NAME = 0.1, 5


def vocabulary(rng: random.Random) -> list[str]:
    """Real words, and as many made-up ones as a library of that size has."""
    syllables = [a + b for a in "bdfghjklmnprstv" for b in ("a", "e", "i", "o", "u", "aa", "en")]
    made = {
        "".join(rng.choices(syllables, k=rng.randint(2, 4))).capitalize() for _ in range(40_000)
    }
    return WORDS * 30 + sorted(made)


def findings(size: int, rng: random.Random) -> list[Finding]:
    words, kinds = vocabulary(rng), sorted(Catalogue.load().categories)
    return [
        Finding(
            " ".join(rng.choices(words, k=rng.randint(1, 4))),
            row=n + 2,
            position=Position(rng.uniform(60.1, 60.3), rng.uniform(24.7, 25.2)),
            category=rng.choice(kinds),
            labels=tuple(rng.sample(("food", "books", "to see", "with Anna"), k=rng.randint(0, 2))),
            notes=" ".join(rng.choices(words, k=rng.randint(0, 12))),
            favourite=rng.random() < FAVOURITES,
            rating=rng.choice((None, 3.0, 4.0, 5.0)),
        )
        for n in range(size)
    ]


def write_csv(found: list[Finding], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Name", "Latitude", "Longitude", "Notes", "Tags", "Favourite", "Rating"))
        for each in found:
            at = each.position
            where = ("", "") if at is None else (f"{at.lat:.6f}", f"{at.lon:.6f}")
            labels = ";".join(each.labels)
            rating = each.rating or ""
            writer.writerow((each.name, *where, each.notes, labels, each.favourite or "", rating))


def questions(found: list[Finding], rng: random.Random, number: int) -> list[str]:
    """Names as they are, names with a slip, parts of names, kinds, and wishes."""
    asked = []
    wishes = ("quiet cafe with wifi", "old church", "sushi", "museum", "somewhere cosy to read")
    for n in range(number):
        name = rng.choice(found).name
        match n % 5:
            case 0:
                asked.append(name)
            case 1 if len(name) >= LONG_NAME:
                at = rng.randrange(1, len(name) - 1)
                asked.append(name[:at] + name[at + 1 :])
            case 2:
                asked.append(name.split()[0][:4])
            case 3:
                asked.append(rng.choice(wishes))
            case _:
                asked.append(f"{name.split()[0]} {rng.choice(WORDS)}")
    return asked


def timed(search: Search, asked: list[str], filter_: Filter, name: str) -> dict[str, float]:
    """Ask, and return what it took in milliseconds: on the clock, and of the processor.

    The second is what the first would be on a machine with nothing else to do.
    """
    search.find(asked[0])
    clock, processor = [], []
    for query in asked:
        began = time.perf_counter(), time.process_time()
        search.find(query, filter_=filter_)
        clock.append(time.perf_counter() - began[0])
        processor.append(time.process_time() - began[1])
    return {
        f"{name}_{unit}{percentile}_ms": round(float(np.percentile(seconds, percentile)) * 1000, 2)
        for unit, seconds in (("p", clock), ("cpu_p", processor))
        for percentile in (50, 95)
    }


def embed(store: Store, seed: int, space: str = "bench") -> NDArray[np.float32]:
    """Give every place a vector, in portions, and return one to ask for."""
    rng = np.random.default_rng(seed)
    size = len(store.places)
    statement = "INSERT INTO embeddings (place, space, vector) VALUES (?, ?, ?)"
    with store.transaction():
        for start in range(1, size + 1, 5000):
            vectors = rng.standard_normal((min(5000, size + 1 - start), 384), dtype=np.float32)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            rows = vectors.astype("<f2")
            store.run_many(
                statement, ((start + n, space, row.tobytes()) for n, row in enumerate(rows))
            )
    return vectors[0]


def memory_mb() -> float:
    """The most that this process ever held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=300, help="questions asked of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--city", type=Path, nargs="*", default=[], help="city files to link to")
    given = parser.parse_args()
    rng = random.Random(given.seed)  # noqa: S311 - a draw for a benchmark
    found = findings(given.size, rng)
    asked = questions(found, rng, given.runs)
    told: dict[str, object] = {"places": given.size}
    with tempfile.TemporaryDirectory() as folder:
        with Store.open(Path(folder) / "home" / "library.sqlite", now=NOW) as store:
            file = Path(folder) / "big.csv"
            write_csv(found, file)
            del found
            began, worked = time.perf_counter(), time.process_time()
            neighbourhood = Neighbourhood(store.places, open_grounds(given.city))
            report = receive(store.places, read(file), linker=neighbourhood, now=NOW)
            told["import_s"] = round(time.perf_counter() - began, 2)
            told["import_cpu_s"] = round(time.process_time() - worked, 2)
            told["added"], told["merged"] = report.added, report.merged
            told["import_memory_mb"] = memory_mb()
            told["library_mb"] = round(store.path.stat().st_size / 1e6, 1)
            query = embed(store, given.seed)
            words = Search(Corpus(store.places), held=store.places)
            told |= timed(words, asked, Filter(), "words")
            began = time.perf_counter()
            both = Search(Corpus(store.places, "bench"), encode=lambda _: query, held=store.places)
            both.find("warm")
            told["open_s"] = round(time.perf_counter() - began, 2)
            told |= timed(both, asked, Filter(), "hybrid")
            near = Filter(near=Position(60.17, 24.94), radius_m=1500, favourite=True)
            told |= timed(both, asked, near, "filtered")
    told["most_memory_mb"] = memory_mb()
    for name, value in told.items():
        print(f"{name:<18} {value:>12}")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
