"""The command line as people and scripts meet it: output, exit codes, nothing heavy at the start."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from planner import cities, cli
from planner.cli.demo import NEXT_COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.config import Home

REQUEST = (
    "Start at Helsinki Cathedral, see Ateneum and Amos Rex, a quiet park and one good coffee, "
    "no shopping, four hours"
)
NOW = "2026-11-25T09:00"
# So many places that the library embeds them: it knows how to download, the light runtime does not.
MANY_PLACES = "24.9405,60.166,24.9497,60.1719"
HEAVY = (
    "torch",
    "sentence_transformers",
    "osmnx",
    "osmium",
    "llama_cpp",
    "faiss",
    "pandas",
    "scipy",
    "networkx",
    "pulp",
    "ortools",
    "dateparser",
)

Run = "Callable[..., tuple[int, str, str]]"


def plan_json(run: Callable[..., tuple[int, str, str]], *arguments: str) -> dict[str, Any]:
    code, out, err = run("plan", *arguments, "--json", "--model", "none")
    assert code == 0, err
    document: dict[str, Any] = json.loads(out)
    return document


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from planner.cli import run; run(['--help']); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_saved_plans_are_listed_without_anything_heavy(home: Home) -> None:
    code = (
        "import sys; from planner.cli import run; run(['plans', 'list', '--json']); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def every_command() -> list[tuple[str, click.Command]]:
    def walk(path: str, command: click.Command) -> list[tuple[str, click.Command]]:
        found = [(path, command)]
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                found += walk(f"{path} {name}".strip(), inner)
        return found

    return walk("", cli.cli)


@pytest.mark.parametrize("command", [each for _, each in every_command()])
def test_every_command_and_option_says_what_it_does(command: click.Command) -> None:
    assert command.help
    assert "\\b" not in command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("path", [path for path, _ in every_command() if path])
def test_every_command_is_in_the_user_guide(path: str) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "user-guide.md").read_text(encoding="utf-8")
    assert f"flaneur {path}" in guide


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert re.match(r"flaneur, version \d+\.\d+", capsys.readouterr().out)


def test_a_plan_in_json_has_the_published_form(run: Callable[..., tuple[int, str, str]]) -> None:
    document = plan_json(run, REQUEST, "--date", "2026-11-25", "--start-time", "10:00")
    assert set(document) == {
        "schema", "status", "plan_id", "city", "request", "settings", "understood", "intents",
        "start", "end", "stops", "legs", "totals", "optimality", "left_out", "violations",
        "conflicts", "relaxations", "narrative", "cost",
    }  # fmt: skip
    assert set(document["settings"]) == {
        "date", "start_time", "hours", "days", "stops", "pace_kmh", "step_free", "weather",
        "mode", "seed",
    }  # fmt: skip
    assert set(document["understood"]) == {
        "subrequests", "hours", "start_time", "date", "stops", "by",
    }  # fmt: skip
    assert set(document["understood"]["subrequests"][0]) == {
        "pos", "neg", "mustsee", "type", "place_ids",
    }  # fmt: skip
    assert set(document["stops"][0]) == {
        "place_id", "name", "lat", "lon", "category", "day", "osm", "arrive", "visit_from",
        "depart", "opening_hours", "open", "score", "serves", "required", "why",
    }  # fmt: skip
    assert set(document["legs"][0]) == {
        "day", "from", "to", "distance_m", "duration_s", "path", "steps",
    }  # fmt: skip
    assert set(document["totals"]) == {
        "walk_m", "walk_s", "visit_s", "wait_s", "elapsed_s", "score",
    }  # fmt: skip
    assert set(document["optimality"]) == {"proven", "bound", "gap", "candidates"}
    assert set(document["cost"]) == {
        "seconds", "prompt_tokens", "cached_tokens", "completion_tokens",
    }  # fmt: skip
    assert document["schema"] == 1
    assert document["legs"][0]["from"] == "start"
    assert document["stops"][0]["day"] == 1


def test_the_sample_request_is_answered_in_full(run: Callable[..., tuple[int, str, str]]) -> None:
    document = plan_json(run, REQUEST, "--date", "2026-11-25", "--start-time", "10:00")
    assert document["status"] == "ok"
    assert document["violations"] == []
    assert document["start"]["name"] == "Helsingin tuomiokirkko"
    names = {stop["name"] for stop in document["stops"] if stop["required"]}
    assert any("Ateneum" in name for name in names)
    assert "Amos Rex" in names
    categories = {stop["category"] for stop in document["stops"]}
    assert "park" in categories
    assert "cafe" in categories
    assert document["totals"]["elapsed_s"] <= 4 * 3600


def test_options_win_over_words(run: Callable[..., tuple[int, str, str]]) -> None:
    document = plan_json(
        run, "museums for two hours on Saturday", "--hours", "3", "--date", "2026-11-26",
        "--pace", "slow", "--avoid", "museums", "--seed", "7", "--no-save",
    )  # fmt: skip
    assert document["settings"]["hours"] == 3
    assert document["settings"]["date"] == "2026-11-26"
    assert document["settings"]["pace_kmh"] == 3.6
    assert document["settings"]["seed"] == 7
    assert document["plan_id"] is None


def test_a_walk_from_and_to_named_points(run: Callable[..., tuple[int, str, str]]) -> None:
    document = plan_json(
        run, "parks", "--start", "Senate Square", "--end", "60.1690,24.9400", "--hours", "2"
    )
    assert document["start"]["name"] == "Senaatintori"
    assert document["end"]["place_id"] is None
    assert document["legs"][-1]["to"] == "end"


def test_a_loop_ends_where_it_begins(run: Callable[..., tuple[int, str, str]]) -> None:
    document = plan_json(run, "parks and a bookshop", "--start", "Ateneum", "--loop")
    assert document["start"]["place_id"] == document["end"]["place_id"]


def test_exactly_so_many_stops(run: Callable[..., tuple[int, str, str]]) -> None:
    assert len(plan_json(run, "old churches and parks", "--stops", "3")["stops"]) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["plan", ""], 1, "empty"),
        (["plan", "coffee", "--date", "2026-13-45"], 2, "no date"),
        (["plan", "coffee", "--start-time", "25:00"], 2, "no time"),
        (["plan", "coffee", "--hours", "0"], 2, "hours"),
        (["plan", "coffee", "--loop", "--end", "Ateneum"], 2, "exclude"),
        (["plan", "coffee", "--city", "atlantis"], 1, 'no city "atlantis"'),
        (["plan", "coffee", "--city", "../../etc/passwd"], 1, "no city"),
        (["plan", "coffee", "--model", "gpt-9"], 1, "gpt-9"),
        (["plan", "coffee", "--start", "Hogwarts Castle"], 1, "no place of that name"),
        (["plan", "coffee", "--must", "Hogwarts Castle"], 1, "no place of that name"),
        (["plan", "coffee", "--start", "10.0,10.0"], 1, "not near any street"),
        (["plans", "show", "nothing"], 1, "no saved plan"),
        (["fly"], 2, "No such command"),
        (["--now", "yesterday", "doctor"], 2, "no moment"),
    ],
)
def test_mistakes_get_one_clear_message(
    run: Callable[..., tuple[int, str, str]], arguments: list[str], code: int, words: str
) -> None:
    given, out, err = run(*arguments)
    assert given == code
    assert words.casefold() in err.casefold()
    assert out == ""


def test_an_impossible_wish_is_explained_and_answered(
    run: Callable[..., tuple[int, str, str]],
) -> None:
    # The 23rd of November 2026 is a Monday, on which the Ateneum is closed.
    arguments = ("--date", "2026-11-23", "--json", "--model", "none")
    code, out, _ = run("plan", "see the Ateneum, two hours", *arguments)
    document = json.loads(out)
    assert code == 3
    assert document["status"] == "infeasible"
    assert document["stops"] == []
    assert "closed on Mondays" in document["conflicts"][0]["text"]
    assert document["relaxations"]
    for relaxation in document["relaxations"]:
        options = [*arguments[2:], *relaxation["options"]]
        if "--date" not in options:
            options += arguments[:2]
        code, out, err = run("plan", "see the Ateneum, two hours", *options)
        assert code == 0, (relaxation, err)


def test_plans_are_kept_and_shown_again(run: Callable[..., tuple[int, str, str]]) -> None:
    document = plan_json(run, "old churches")
    _, out, _ = run("plans", "list", "--json")
    rows = json.loads(out)
    assert [row["id"] for row in rows] == [document["plan_id"]]
    assert set(rows[0]) == {
        "id", "created", "city", "date", "request", "stops", "walk_m", "elapsed_s",
    }  # fmt: skip
    _, out, _ = run("plans", "show", document["plan_id"], "--json")
    assert json.loads(out) == document
    _, out, _ = run("plans", "show", document["plan_id"])
    for stop in document["stops"]:
        assert stop["name"].split()[0] in out
    assert "© OpenStreetMap contributors" in out
    _, out, _ = run("plans", "list")
    assert document["plan_id"] in out


def test_cities_are_listed(run: Callable[..., tuple[int, str, str]]) -> None:
    _, out, _ = run("city", "list", "--json")
    (row,) = json.loads(out)
    assert set(row) == {"name", "current", "places", "nodes", "edges", "bbox", "bytes"}
    assert row["name"] == "helsinki"
    assert row["current"] is True
    assert row["places"] > 1000
    assert row["nodes"] > 2000
    west, south, east, north = row["bbox"]
    assert west < 24.95 < east
    assert south < 60.17 < north
    _, out, _ = run("city", "list")
    assert "helsinki" in out


def test_the_doctor_finds_this_machine_well(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert code == 0, err
    assert set(next(iter(checks.values()))) == {"name", "status", "detail", "fix"}
    assert {"python", "processor", "home", "library", "city helsinki", "embeddings"} <= set(checks)
    assert checks["model self-test"]["status"] == "ok"
    code, out, _ = run("doctor")
    assert code == 0
    assert "helsinki" in out


def test_the_doctor_names_a_damaged_city(
    run: Callable[..., tuple[int, str, str]], home: Home
) -> None:
    (home.cities / "ruin.flaneur").write_bytes(b"SQLite format 3\0" + b"\0" * 100)
    code, out, _ = run("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert code == 1
    assert checks["city ruin"]["status"] == "fail"
    assert checks["city helsinki"]["status"] == "ok"


def test_a_fault_of_the_program_reaches_nobody_as_a_traceback(
    run: Callable[..., tuple[int, str, str]], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("the words of my secret request")

    monkeypatch.setattr("planner.pipeline.Planner.plan", broken)
    code, _, err = run("plan", "my secret request", "--model", "none")
    assert code == 1
    assert "KeyError" in err
    log = (home.root / "logs" / "flaneur.log").read_text(encoding="utf-8")
    assert "pipeline" in log or "plan.py" in log
    assert "secret" not in log + err


def test_everything_a_person_owns_is_private(
    run: Callable[..., tuple[int, str, str]], home: Home
) -> None:
    plan_json(run, "old churches")
    for path in home.root.rglob("*"):
        mode = path.stat().st_mode & 0o777
        assert mode == (0o700 if path.is_dir() else 0o600), path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "planner", "--now", NOW, *arguments]


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", REQUEST],
        ["plans", "list"],
        ["city", "list"],
        ["doctor"],
    ],
)
def test_no_internet_socket_is_ever_opened(
    home: Home, tmp_path: Path, arguments: list[str]
) -> None:
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=socket", "-o", str(trace)]
    subprocess.run([*strace, *command(*arguments)], check=True, capture_output=True)
    assert "AF_INET" not in trace.read_text(encoding="utf-8")


def test_setting_up_a_city_opens_no_internet_socket(tmp_path: Path) -> None:
    """Seen by an audit hook that is there before anything of ours is imported."""
    seen = tmp_path / "seen"
    (tmp_path / "sitecustomize.py").write_text(
        "import socket, sys\n"
        "def note(event, arguments):\n"
        "    online = (socket.AF_INET, socket.AF_INET6)\n"
        "    if event == 'socket.__new__' and arguments[1] in online:\n"
        f"        open({str(seen)!r}, 'a').write('a socket ')\n"
        "    if event == 'import' and arguments[0] == 'sentence_transformers':\n"
        f"        open({str(seen)!r}, 'a').write('the library ')\n"
        "sys.addaudithook(note)\n",
        encoding="utf-8",
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "FLANEUR_HOME": str(tmp_path / "home"),
        "FLANEUR_OSM_CACHE": str(tmp_path / "cache"),
    }
    subprocess.run(
        command("city", "add", "centre", str(cities.demo_extract()), "--bbox", MANY_PLACES),
        check=True,
        capture_output=True,
        env=environment,
    )
    assert seen.read_text(encoding="utf-8") == "the library "


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("models", "list"), ("models", "list", "--json")],
    ids=["click", "rich", "json"],
)
def test_a_reader_that_goes_away_is_no_error(arguments: tuple[str, ...], tmp_path: Path) -> None:
    # As "flaneur ... | head" does, but surely before anything was written.
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command("--home", str(tmp_path / "home"), *arguments),
        check=False,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.usefixtures("embedded_before")
def test_the_demo_sets_up_its_city_and_walks_there(
    run: Callable[..., tuple[int, str, str]], home: Home
) -> None:
    city = cities.path_of(home, cities.DEMO_NAME)
    city.unlink()
    code, out, err = run("demo", "--model", "none")
    assert code == 0, err
    assert city.exists()
    assert "Ateneum" in out
    for line in NEXT_COMMANDS:
        assert line in out


def network_can_be_cut() -> bool:
    unshare = shutil.which("unshare")
    return (
        unshare is not None
        and subprocess.run([unshare, "-rn", "true"], check=False, capture_output=True).returncode
        == 0
    )


@pytest.mark.skipif(not network_can_be_cut(), reason="needs unshare -rn")
def test_a_plan_without_any_network(home: Home) -> None:
    done = subprocess.run(
        ["unshare", "-rn", *command("plan", REQUEST, "--json")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["status"] == "ok"


def test_an_interrupted_command_leaves_with_130_and_nothing_behind(tmp_path: Path) -> None:
    streets = tmp_path / "osm_cache"
    environment = {
        **os.environ,
        "FLANEUR_HOME": str(tmp_path / "home"),
        "FLANEUR_OSM_CACHE": str(streets),
    }
    running = subprocess.Popen(
        command("demo", "--model", "none"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    # It has begun where something is kept; setting up the city takes far longer than a second.
    while running.poll() is None and not streets.exists():
        time.sleep(0.05)
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "Traceback" not in err
    assert list((tmp_path / "home").rglob("*.flaneur*")) == []
