"""Print how well names are linked to places: of lists people saved, and of variants of names.

    python scripts/score_linking.py [VARIANTS.tsv] [--wrong]

The variants stand in ``tests/library/variants.tsv``, the list in ``$FLANEUR_DATA`` (by default
``../shared/data`` beside the checkout). Half of the variants was written before anything was tuned,
and is never looked at while tuning.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from planner import cities
from planner.library.extract import read_places
from planner.library.findings import Finding
from planner.library.linking import Ground, resolve
from planner.library.naming import NameIndex
from planner.library.toponyms import read_toponyms

if TYPE_CHECKING:
    from planner.library.linking import Linking

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("FLANEUR_DATA", ROOT.parent / "shared" / "data"))


def demo_ground() -> Ground:
    """The places of the demo city."""
    extract = cities.demo_extract()
    places = read_places(extract)
    names = NameIndex(places, areas=read_toponyms(extract))
    return Ground("helsinki", names, {place.id: place for place in places})


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of half, kind, text, name and category of the place meant; no name: none is meant."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def outcome(row: dict[str, str], linking: Linking, ground: Ground) -> str:
    """One of right, missed (none linked), wrong (another linked), kept (rightly none)."""
    if linking.link is None:
        return "missed" if row["name"] else "kept"
    place = ground.places[linking.link.place_id]
    right = place.name == row["name"] and row["category"] in {"", place.category}
    return "right" if right else "wrong"


def figures(outcomes: Counter[str]) -> str:
    """Recall over the names that mean a place, precision over all links made."""
    meant = outcomes["right"] + outcomes["missed"] + outcomes["misled"]
    linked = outcomes["right"] + outcomes["wrong"] + outcomes["misled"]
    recall = outcomes["right"] / meant if meant else 1.0
    precision = outcomes["right"] / linked if linked else 1.0
    return f"{meant:5d} {outcomes['kept'] + outcomes['wrong']:5d} {recall:7.3f} {precision:9.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "variants", nargs="?", type=Path, default=ROOT / "tests/library/variants.tsv"
    )
    parser.add_argument("--wrong", action="store_true", help="list what was missed or wrong")
    parser.add_argument("--half", help="only this half")
    options = parser.parse_args()
    ground = demo_ground()
    total: dict[str, Counter[str]] = {}
    for row in rows(options.variants):
        if options.half and row["half"] != options.half:
            continue
        linking = resolve(Finding(row["text"]), [ground])
        became = outcome(row, linking, ground)
        if became == "wrong" and row["name"]:
            became = "misled"
        for part in (row["half"], f"  {row['kind']}" if options.half else "all"):
            total.setdefault(part, Counter())[became] += 1
        if options.wrong and became not in {"right", "kept"}:
            got = linking.link.name if linking.link else linking.reason
            print(f"{became}: {row['kind']} {row['text']!r} -> {got} (meant: {row['name'] or '-'})")
    print(f"{'variants':14} meant  none  recall precision")
    for part, outcomes in total.items():
        print(f"{part:14} {figures(outcomes)}")
    saved = DATA / "places" / "takeout-list-helsinki.csv"
    if saved.is_file():
        print(f"\n{saved.name}")
        with saved.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                if not line["Title"]:
                    continue
                found = resolve(Finding(line["Title"], notes=line["Note"]), [ground])
                how = f"{found.link.name} ({found.link.confidence})" if found.link else "-"
                print(f"  {line['Title']:26} {how:34} {found.reason}")


if __name__ == "__main__":
    main()
