"""The benchmark of the library runs and says what it measured, as a table and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_benchmark_says_what_it_measured() -> None:
    script = ROOT / "scripts" / "bench_library.py"
    done = subprocess.run(
        [sys.executable, script, "--size", "400", "--runs", "10"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    *table, last = done.stdout.splitlines()
    told = json.loads(last)
    assert [line.split()[0] for line in table] == list(told)
    assert told["added"] + told["merged"] == 400
    assert {"import_s", "words_p95_ms", "hybrid_p95_ms", "most_memory_mb"} <= set(told)
