"""A home in one file and back; forgotten without a trace; mended; and never left half-written."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from planner.config import Home
from planner.domain import Place, Position
from planner.errors import FlaneurError, StoreError, UnreadableFileError
from planner.library import upkeep
from planner.library.forgetting import forget
from planner.library.holdings import Holding
from planner.library.homefile import LIST, back_up, restore
from planner.library.merging import merge
from planner.library.store import Store
from planner.library.wordindex import WordIndex

if TYPE_CHECKING:
    from planner.library.forgetting import What

NOW = dt.datetime(2026, 11, 25, 9, 30)
DAY = dt.date(2026, 11, 20)
SECRET_PLACE, SECRET_NOTE, SECRET_PLAN = "Zyxwvutsrq", "Qwertzuiop", "Asdfghjkly"
DAY_OUT = "2019-03-07"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a bit of everything."""
    made = Home(tmp_path / "home", tmp_path / "home" / "cache").ensure()
    with Store.open(made.library, now=NOW) as store:
        places = store.places
        one = places.add(
            Holding(
                id="", name=f"Café {SECRET_PLACE}", position=Position(60.1, 24.9), notes=SECRET_NOTE
            )
        )
        other = places.add(
            Holding(id="", name=f"{SECRET_PLACE} Bar", position=Position(60.1, 24.9))
        )
        places.visit(other.id, dt.date.fromisoformat(DAY_OUT), plan="pabc")
        merge(places, one.id, other.id, now=NOW)
        marked = Place("osm:node/1", "Ateneum", Position(60.17, 24.94), "museum", osm="node/1")
        mark = places.mark(marked, now=NOW)
        places.visit(mark.id, dt.date.fromisoformat(DAY_OUT))
        places.set_anchor("hotel", Position(60.1, 24.8), one.id)
        store.set_setting("city", "town")
        store.save_plan(
            created=NOW, city="town", date=DAY, request=f"see {SECRET_PLAN}", stops=3, walk_m=1.0,
            elapsed_s=2, document=f'{{"request": "see {SECRET_PLAN}"}}',
        )  # fmt: skip
        store.back_up("import")
        # A row that was deleted, and one that grew, leave traces in pages.
        gone = places.add(Holding(id="", name=f"{SECRET_PLACE} gone", notes=SECRET_NOTE * 400))
        places.remove(gone.id)
    (made.root / "config.toml").write_text(f'# {SECRET_PLAN}\n[model]\nname = "x"\n')
    (made.root / "logs").mkdir()
    (made.root / "logs" / "flaneur.log").write_text(SECRET_PLAN)
    (made.cities / "town.flaneur").write_bytes(os.urandom(5000))
    (made.models / "tiny.gguf").write_bytes(b"GGUF" * 1000)
    (made.street_cache / "x").mkdir()
    (made.street_cache / "x" / "a.npy").write_bytes(SECRET_PLACE.encode())
    return made


def digests(home: Home) -> dict[str, str]:
    return {
        path.relative_to(home.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.root.rglob("*"))
        if path.is_file()
    }


def told(path: Path) -> list[tuple[Any, ...]]:
    with Store.open(path) as store:
        tables = ("plans", "settings", "places", "place_sources", "visits", "anchors", "merges")
        return [row for table in tables for row in store.rows(f"SELECT * FROM {table}")]  # noqa: S608


# ------------------------------------------------------------------------------ backup and restore


def test_a_home_comes_back_whole(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "home.zip"
    done = back_up(home, file, now=NOW)
    assert done.files == (
        "cities/town.flaneur", "config.toml", "library.sqlite", "models/tiny.gguf",
    )  # fmt: skip
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = Home(tmp_path / "other", tmp_path / "other" / "cache")
    assert restore(other, file).files == done.files
    assert told(other.library) == told(home.library)
    for name in set(done.files) - {"library.sqlite"}:
        assert (other.root / name).read_bytes() == (home.root / name).read_bytes()
    for path in other.root.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert not list(other.root.glob(".restore-*"))
    with Store.open(other.library) as store:
        assert WordIndex(store).find(SECRET_PLACE)


def test_models_may_stay_behind_and_links_do(home: Home, tmp_path: Path) -> None:
    (home.models / "linked.gguf").symlink_to(tmp_path / "elsewhere.gguf")
    assert "models/tiny.gguf" not in back_up(home, tmp_path / "a.zip", now=NOW, models=False).files
    done = back_up(home, tmp_path / "b.zip", now=NOW)
    assert done.left_out == ("models/linked.gguf: a link to a file elsewhere",)


def test_what_is_there_is_replaced_only_when_asked(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "home.zip"
    back_up(home, file, now=NOW)
    with Store.open(home.library) as store:
        kept = store.places.add(Holding(id="", name="Later"))
    before = told(home.library)
    with pytest.raises(StoreError, match="--force"):
        restore(home, file)
    assert told(home.library) == before
    restore(home, file, overwrite=True)
    with Store.open(home.library) as store:
        assert store.places.find(kept.id) is None
    copies = [path for path in (home.root / "backups").iterdir() if "restore" in path.name]
    with Store.open(copies[0]) as store:
        assert store.places.find(kept.id) is not None


def test_an_empty_home_may_be_restored_into(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "home.zip"
    back_up(home, file, now=NOW)
    other = Home(tmp_path / "other", tmp_path / "other" / "cache")
    Store.open(other.ensure().library).close()
    restore(other, file)
    assert told(other.library) == told(home.library)


def forged(
    path: Path,
    files: dict[str, bytes],
    *,
    listed: dict[str, bytes] | None = None,
    mode: int = 0o100600,
) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
        said = {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in (files if listed is None else listed).items()
        }
        archive.writestr(LIST, json.dumps({"schema": 1, "files": said}))
    return path


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/passwd", "cities/../../evil.flaneur", "models/../../x", "models\\..\\x",
     "cities/.flaneur", "logs/x", "library.sqlite/x", "cities/a/b.flaneur", "config.toml ",
     "models/a\nb"],
)  # fmt: skip
def test_strange_names_are_refused(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path / "h", tmp_path / "h" / "cache")
    with pytest.raises(UnreadableFileError, match="refused"):
        restore(home, forged(tmp_path / "x.zip", {name: b"x"}))
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"h", "x.zip"}] == []
    assert not any(path.is_file() for path in home.root.rglob("*"))


def test_strange_archives_are_refused(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "good.zip"
    back_up(home, file, now=NOW)
    other = Home(tmp_path / "other", tmp_path / "other" / "cache")
    toml = b"[model]"
    cut = tmp_path / "cut.zip"
    cut.write_bytes(file.read_bytes()[:-500])
    flipped = tmp_path / "flipped.zip"
    content = bytearray(file.read_bytes())
    content[200] ^= 0xFF
    flipped.write_bytes(content)
    (tmp_path / "text.zip").write_text("no archive")
    strange = [
        cut,
        flipped,
        tmp_path / "text.zip",
        tmp_path / "missing.zip",
        forged(tmp_path / "1.zip", {"config.toml": toml}, listed={}),
        forged(tmp_path / "2.zip", {"config.toml": toml}, listed={"config.toml": b"[other]"}),
        forged(tmp_path / "3.zip", {"config.toml": toml}, listed={"config.toml": b"longer than"}),
        forged(tmp_path / "4.zip", {"config.toml": toml}, mode=0o120777),
        forged(tmp_path / "5.zip", {"library.sqlite": b"no database" * 99}),
        forged(tmp_path / "6.zip", {}, listed={"config.toml": toml}),
    ]
    with zipfile.ZipFile(tmp_path / "7.zip", "w") as archive:
        archive.writestr(LIST, '{"schema": 99, "files": {}, "flaneur": "\x1b[31m9.9"}')
    with zipfile.ZipFile(tmp_path / "8.zip", "w") as archive:
        archive.writestr(LIST, '{"schema": 1, "files": {"config.toml": {"bytes": "many"}}}')
    for path in (*strange, tmp_path / "7.zip", tmp_path / "8.zip"):
        with pytest.raises(FlaneurError) as caught:
            restore(other, path)
        assert caught.value.next_step
        assert not any(each.is_file() for each in other.root.rglob("*")), path


# ----------------------------------------------------------------------------------------- forget


def traces(home: Home, *words: str) -> list[tuple[str, str]]:
    """Where any of the words still stands, in any writing of it, in any file of the home."""
    found = []
    for path in home.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            found += [(path.name, word) for word in words if word.lower().encode() in content]
    return found


@pytest.mark.parametrize(
    ("what", "gone", "stays"),
    [
        (["plans"], [SECRET_PLAN], [SECRET_PLACE, DAY_OUT]),
        (["history"], [DAY_OUT], [SECRET_PLACE, SECRET_PLAN]),
        (["places"], [SECRET_PLACE, SECRET_NOTE, DAY_OUT, "hotel"], [SECRET_PLAN]),
        (["plans", "places"], [SECRET_PLACE, SECRET_NOTE, SECRET_PLAN, DAY_OUT], []),
        (["all"], [SECRET_PLACE, SECRET_NOTE, SECRET_PLAN, DAY_OUT, "hotel"], []),
    ],
)
def test_what_is_forgotten_leaves_no_trace(
    home: Home, what: list[What], gone: list[str], stays: list[str]
) -> None:
    assert {word for _file, word in traces(home, *gone)} == set(gone)
    (home.root / "config.toml").write_text("[model]\n")
    forget(home, what)
    assert traces(home, *gone) == []
    library = home.library.read_bytes().lower() if home.library.exists() else b""
    for word in stays:
        assert word.lower().encode() in library
    assert (home.cities / "town.flaneur").exists()
    assert (home.models / "tiny.gguf").exists()
    assert not (home.root / "backups").exists()
    with Store.open(home.library) as store:
        assert store.problems() == ()
        # Looking for what is gone says so, and what stays is found.
        assert bool(WordIndex(store).find(SECRET_PLACE)) is (SECRET_PLACE in stays)


def test_history_forgets_marks_that_said_only_visited(home: Home) -> None:
    forget(home, ["history"])
    with Store.open(home.library) as store:
        assert store.places.of_map("node/1") is None
        assert not any(holding.visited for holding in store.places.all(own=False))


def test_all_is_the_beginning(home: Home) -> None:
    forget(home, ["all"])
    assert not home.library.exists()
    assert not home.config.exists()
    forget(home, ["all"])


# ----------------------------------------------------------------------------------------- repair


def test_a_sound_library_is_left_alone(home: Home) -> None:
    before = digests(home)
    assert upkeep.examine(home.library) == ()
    assert upkeep.repair(home.library, now=NOW) == ()
    assert digests(home) == before


def test_loose_ends_are_tied(home: Home) -> None:
    with Store.open(home.library) as store:
        store.run("PRAGMA foreign_keys = OFF")
        store.run("INSERT INTO visits (place, date) VALUES (999, '2020-01-01')")
        store.run("INSERT INTO anchors VALUES ('home', 'mgone', 60.0, 24.0)")
        store.run("DELETE FROM place_words WHERE rowid = 1")
    assert len(upkeep.examine(home.library)) == 3
    assert len(upkeep.repair(home.library, now=NOW)) == 3
    assert upkeep.examine(home.library) == ()
    with Store.open(home.library) as store:
        assert WordIndex(store).find(SECRET_PLACE)
        assert len(store.places.anchors()) == 2


def test_a_broken_index_of_words_is_written_anew(home: Home) -> None:
    with Store.open(home.library) as store:
        store.run("UPDATE place_words_data SET block = x'00' WHERE id > 10")
    assert upkeep.examine(home.library)
    assert upkeep.repair(home.library, now=NOW)
    assert upkeep.examine(home.library) == ()
    with Store.open(home.library) as store:
        assert WordIndex(store).find(SECRET_PLACE)
        assert store.plans()


def test_of_a_damaged_file_all_that_can_be_read_is_kept(home: Home) -> None:
    with Store.open(home.library) as store:
        for n in range(400):
            store.places.add(Holding(id="", name=f"Place {n}", notes="x" * 300))
        store.back_up("import")
        ids = {holding.id for holding in store.places.all()}
        ((page,),) = store.rows("SELECT rootpage FROM sqlite_master WHERE name = 'plans'")
    content = bytearray(home.library.read_bytes())
    # The table of plans is gone, and a page in the midst of the places.
    content[(page - 1) * 4096 : page * 4096] = os.urandom(4096)
    at = content.find(b"Place 200") // 4096 * 4096
    content[at : at + 4096] = bytes(4096)
    home.library.write_bytes(content)
    assert any(trouble.broken for trouble in upkeep.examine(home.library))
    done = upkeep.repair(home.library, now=NOW)
    assert any("carried over" in each for each in done)
    assert upkeep.examine(home.library) == ()
    with Store.open(home.library) as store:
        assert {holding.id for holding in store.places.all()} == ids
        assert len(store.plans()) == 1
        assert WordIndex(store).find("place 200")
    assert [path for path in (home.root / "backups").iterdir() if "damaged" in path.name]


def test_a_file_that_is_none_is_replaced_from_a_copy(home: Home) -> None:
    with Store.open(home.library) as store:
        store.back_up("import")
    before = told(home.library)
    home.library.write_bytes(b"this is no database" * 500)
    upkeep.repair(home.library, now=NOW)
    assert told(home.library) == before


def test_a_newer_library_is_not_repaired(home: Home) -> None:
    with Store.open(home.library) as store:
        store.run("INSERT INTO _migrations VALUES ('m999_later', '2030-01-01')")
    with pytest.raises(StoreError, match="newer version"):
        upkeep.repair(home.library, now=NOW)


# ------------------------------------------------------------------------- interrupted and refused

IMPORT = """
import datetime as dt, sys
from planner.domain import Position
from planner.library.arrivals import receive
from planner.library.findings import Finding, Reading
from planner.library.linking import Linking
from planner.library.store import Store
class Linker:
    def held(self, holding): return None
    def on_map(self, finding): return None, Linking(None, "")
    def know(self, holding): pass
def items():
    for n in range({rows}):
        if n == {told}:
            print("half-way", flush=True)
        yield Finding(f"Place {{n}}", row=n, position=Position(60, 24), notes="x" * 500)
{before}
with Store.open(sys.argv[1]) as store:
    receive(store.places, Reading("big.csv", "csv", items()), linker=Linker(), now=dt.datetime(2026, 1, 1))
print("done", flush=True)
"""


def start_import(library: Path, **values: Any) -> subprocess.Popen[str]:
    code = IMPORT.format(**{"rows": 20_000, "told": 5_000, "before": "", **values})
    return subprocess.Popen(
        [sys.executable, "-c", code, str(library)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("pause", [0.0, 0.15])
def test_an_import_that_is_killed_leaves_the_library_as_it_was(home: Home, pause: float) -> None:
    before = told(home.library)
    running = start_import(home.library)
    assert running.stdout is not None
    assert running.stdout.readline().strip() == "half-way"
    time.sleep(pause)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=30)
    assert upkeep.examine(home.library) == ()
    assert told(home.library) == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
def test_an_import_onto_a_full_disk_leaves_the_library_as_it_was(home: Home) -> None:
    before = told(home.library)
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))"
    running = start_import(home.library, before=limit)
    out, err = running.communicate(timeout=60)
    assert "done" not in out
    assert "StoreError" in err
    assert upkeep.examine(home.library) == ()
    assert told(home.library) == before


def test_a_database_that_may_not_grow_says_so(home: Home) -> None:
    with Store.open(home.library) as store:
        ((pages,),) = store.rows("PRAGMA page_count")
        store.rows(f"PRAGMA max_page_count = {pages + 2}")

        def grow() -> None:
            with store.transaction():
                for n in range(500):
                    store.places.add(Holding(id="", name=f"Place {n}", notes="x" * 500))

        with pytest.raises(StoreError, match="Make room"):
            grow()
        assert len(store.places) == 1


@pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("unshare") is None, reason="needs unshare"
)
def test_a_read_only_home_is_explained_and_left_alone(home: Home) -> None:
    before = digests(home)
    script = (
        f"mount --bind {home.root} {home.root} && mount -o remount,bind,ro {home.root} && "
        f"exec {sys.executable} -m planner --home {home.root} places add Somewhere"
    )
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this system lets nobody mount")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "--home" in done.stderr
    assert digests(home) == before


def test_a_reader_never_sees_half_an_import(home: Home) -> None:
    running = start_import(home.library, rows=4000)
    seen = set()
    while running.poll() is None:
        connection = sqlite3.connect(home.library, timeout=10)
        ((count,),) = connection.execute("SELECT count(*) FROM places WHERE own").fetchall()
        connection.close()
        seen.add(count)
        time.sleep(0.05)
    running.communicate()
    assert seen <= {1, 4001}
    with Store.open(home.library) as store:
        assert len(store.places) == 4001
