"""Cities on the command line: added from extracts, moved as one file, never left half-made."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from planner import cities

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from planner.config import Home

    Run = Callable[..., tuple[int, str, str]]

# Half of central Helsinki.
BOX = "24.940,60.166,24.950,60.172"


@pytest.fixture(scope="module")
def extract() -> Path:
    return cities.demo_extract()


def listed(run: Run) -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads(run("city", "list", "--json")[1])}


@pytest.mark.usefixtures("embedded_before")
def test_a_city_is_added_used_moved_and_removed(
    run: Run, home: Home, extract: Path, tmp_path: Path
) -> None:
    code, out, err = run("city", "add", "centre", str(extract), "--bbox", BOX)
    assert code == 0, err
    assert "Added centre" in out
    rows = listed(run)
    assert 0 < rows["centre"]["places"] < rows["helsinki"]["places"]  # type: ignore[operator]
    assert rows["helsinki"]["current"] is False

    assert run("city", "use", "centre")[0] == 0
    assert listed(run)["centre"]["current"] is True

    file = tmp_path / "centre.flaneur"
    assert run("city", "export", "centre", str(file))[0] == 0
    assert run("city", "export", "centre", str(file))[0] == 1, "an existing file is kept"
    assert run("city", "import", str(file))[0] == 1, "the name is taken"

    before = listed(run)["centre"]
    assert run("city", "remove", "centre")[0] == 0
    assert set(listed(run)) == {"helsinki"}
    assert run("city", "import", str(file))[0] == 0
    assert listed(run)["centre"] == {**before, "current": True}
    code, out, err = run("plan", "a park", "--city", "centre", "--model", "none", "--json")
    assert code == 0, err
    assert json.loads(out)["violations"] == []


@pytest.mark.usefixtures("embedded_before")
def test_around_a_point(run: Run, extract: Path) -> None:
    code, _, err = run(
        "city", "add", "near", str(extract), "--around", "60.1690,24.9450", "--radius", "0.3"
    )  # fmt: skip
    assert code == 0, err
    west, south, east, north = listed(run)["near"]["bbox"]  # type: ignore[misc]
    assert 24.93 < west < 24.945 < east < 24.96
    assert 60.165 < south < 60.169 < north < 60.173


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["city", "add", "x", "missing.osm.pbf"], 1, "no file"),
        (["city", "add", "../x", "missing.osm.pbf"], 1, "cannot be the name"),
        (["city", "add", "helsinki", "missing.osm.pbf"], 1, "already"),
        (["city", "add", "x", "y", "--bbox", "1,2,3"], 2, "W,S,E,N"),
        (["city", "add", "x", "y", "--bbox", "9,2,3,4"], 2, "no box"),
        (["city", "add", "x", "y", "--around", "60,24"], 2, "go together"),
        (["city", "add", "x", "y", "--around", "here", "--radius", "1"], 2, "LAT,LON"),
        (["city", "use", "atlantis"], 1, "no city"),
        (["city", "remove", "atlantis"], 1, "no city"),
        (["city", "export", "atlantis", "file"], 1, "no city"),
        (["city", "import", "missing.flaneur"], 1, "no city file"),
    ],
)
def test_mistakes_get_one_clear_message(
    run: Run, arguments: list[str], code: int, words: str
) -> None:
    given, out, err = run(*arguments)
    assert (given, out) == (code, "")
    assert words in err


@pytest.mark.parametrize(
    "content",
    [b"", b"not a map", b"<?xml version='1.0'?><osm></osm>", b"<html><body>404</body></html>"],
)
@pytest.mark.parametrize("ending", ["osm.pbf", "osm", "osm.gz", "flaneur"])
def test_what_is_no_map_is_refused_whole(
    run: Run, home: Home, tmp_path: Path, content: bytes, ending: str
) -> None:
    file = tmp_path / f"map.{ending}"
    file.write_bytes(content)
    code, _, err = run("city", "add", "x", str(file))
    assert code == 1
    assert "map." in err
    assert [path.name for path in home.cities.iterdir()] == ["helsinki.flaneur"]


def test_a_truncated_extract_is_refused_whole(
    run: Run, home: Home, extract: Path, tmp_path: Path
) -> None:
    file = tmp_path / "half.osm.pbf"
    file.write_bytes(extract.read_bytes()[:300_000])
    code, _, err = run("city", "add", "x", str(file))
    assert code == 1, err
    assert [path.name for path in home.cities.iterdir()] == ["helsinki.flaneur"]


def test_a_box_beside_the_map_is_refused(run: Run, extract: Path) -> None:
    code, _, err = run("city", "add", "x", str(extract), "--bbox", "0,0,1,1")
    assert code == 1
    assert "box" in err or "inside" in err


def test_a_city_file_from_a_stranger_is_not_trusted(run: Run, home: Home, tmp_path: Path) -> None:
    """One that claims the cache of another city's streets, and one with streets to nowhere."""
    import shutil
    import sqlite3

    import numpy as np

    for spoil in (
        "UPDATE meta SET value = 'aaaaaaaaaaaaaaaaaaaaaaaa' WHERE key = 'streets_key'",
        "UPDATE meta SET value = '../../escape' WHERE key = 'streets_key'",
        "UPDATE meta SET value = '../../escape' WHERE key = 'name'",
    ):
        file = tmp_path / "stranger.flaneur"
        shutil.copy(home.cities / "helsinki.flaneur", file)
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE meta SET value = 'stranger' WHERE key = 'name'")
            connection.execute(spoil)
        connection.close()
        assert run("city", "import", str(file))[0] == 1, spoil
    file = tmp_path / "nowhere.flaneur"
    shutil.copy(home.cities / "helsinki.flaneur", file)
    with sqlite3.connect(file) as connection:
        ((blob,),) = connection.execute("SELECT data FROM arrays WHERE name = 'streets.edge_v'")
        wrong = np.frombuffer(blob, dtype="<i4").copy()
        wrong[0] = 10**9
        connection.execute(
            "UPDATE arrays SET data = ? WHERE name = 'streets.edge_v'", (wrong.tobytes(),)
        )
        connection.execute("UPDATE meta SET value = 'nowhere' WHERE key = 'name'")
    connection.close()
    assert run("city", "import", str(file))[0] == 1
    assert [path.name for path in home.cities.iterdir()] == ["helsinki.flaneur"]


def killed_while_adding(home: Home, extract: Path, seconds: float) -> int:
    environment = {
        **os.environ,
        "FLANEUR_HOME": str(home.root),
        "FLANEUR_OSM_CACHE": str(home.root / "cache"),
    }
    adding = subprocess.Popen(
        [sys.executable, "-m", "planner", "city", "add", "x", str(extract)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    time.sleep(seconds)
    adding.kill()
    return adding.wait()


def left_behind(home: Home) -> list[str]:
    kept = {"library.sqlite", "library.sqlite-wal", "library.sqlite-shm"}
    return [
        str(path.relative_to(home.root))
        for path in home.root.rglob("*")
        if path.is_file() and path.name not in kept
    ]


CACHED_CATALOGUE = r"cache/catalogue-[0-9a-f]{24}\.msgpack"


@pytest.mark.slow
def test_killed_at_any_moment_an_import_leaves_nothing_behind(
    run: Run, home: Home, extract: Path, tmp_path: Path
) -> None:
    from planner.config import Home as AHome

    alone = AHome(tmp_path / "alone", tmp_path / "alone" / "cache").ensure()
    rng = random.Random(4)
    began = time.monotonic()
    assert run("city", "add", "whole", str(extract))[0] == 0
    whole = time.monotonic() - began
    for _ in range(20):
        killed_while_adding(alone, extract, rng.uniform(0.05, whole))
        # The catalogue of kinds, read anew by any command, is no part of the import.
        remains = [each for each in left_behind(alone) if not re.fullmatch(CACHED_CATALOGUE, each)]
        if remains == ["cities/x.flaneur"]:
            # It was done before it was killed.
            assert cities.open_city(alone, "x").places
            (alone.cities / "x.flaneur").unlink()
        else:
            assert remains == []


@pytest.mark.usefixtures("embedded_before")
def test_a_demo_city_of_another_version_is_made_again(run: Run, home: Home) -> None:
    import sqlite3

    with sqlite3.connect(home.cities / "helsinki.flaneur") as connection:
        connection.execute("DELETE FROM arrays WHERE name = 'streets.half_to'")
        connection.execute("UPDATE meta SET value = '0' WHERE key = 'streets_key'")
    connection.close()
    code, _, err = run("plan", "a park", "--model", "none", "--json")
    assert code == 0, err
