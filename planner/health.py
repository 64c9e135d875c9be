"""The health of an installation: one small check for each thing that can be missing or broken."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from typing import TYPE_CHECKING

from planner import cities
from planner.drawing.tables import CheckRow
from planner.errors import FlaneurError
from planner.files import PRIVATE_FILE, PRIVATE_FOLDER
from planner.library import upkeep
from planner.library.cityfile import CityFile
from planner.library.store import Store

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from planner.config import Home

    Report = Callable[[float, str], None]

LEAST_MEMORY_GB = 2.0
LEAST_DISK_GB = 0.5
GB = 1e9


def examine(
    home: Home, *, report: Report | None = None, tell: Callable[[CheckRow], None] | None = None
) -> tuple[CheckRow, ...]:
    """Run every check.

    Parameters
    ----------
    home
        The home to look at; it is made where it is missing, as any command would.
    report
        Told how far the checks are.
    tell
        Told each finding as soon as it is made.
    """
    checks = (
        _python,
        _processor,
        _memory,
        _graphics,
        _home,
        _library,
        _cities,
        _embeddings,
        _model,
    )
    found: list[CheckRow] = []
    for n, check in enumerate(checks):
        if report is not None:
            report(n / len(checks), f"Checking {check.__name__.strip('_')}")
        try:
            rows = list(check(home))
        except FlaneurError as error:
            rows = [CheckRow(check.__name__.strip("_"), "fail", error.problem, error.next_step)]
        found.extend(rows)
        if tell is not None:
            for row in rows:
                tell(row)
    return tuple(found)


def repair(home: Home, *, now: dt.datetime) -> tuple[str, ...]:
    """Mend what is wrong with a home, and return what was done; empty if nothing was.

    Raises
    ------
    StoreError
        If something cannot be mended.
    """
    done = [f"the library: {each}" for each in upkeep.repair(home.ensure().library, now=now)]
    if sys.platform != "win32":
        done += [f"made {path} private" for path in _closed_to_others(home)]
    return tuple(done)


def _closed_to_others(home: Home) -> Iterator[Path]:
    """Take the rights of others from what a person owns, and yield what that changed."""
    owned = (home.root, home.cities, home.models, home.library, home.config, home.catalogue)
    for path in owned:
        if path.exists() and not path.is_symlink() and path.stat().st_mode & 0o077:
            path.chmod(PRIVATE_FOLDER if path.is_dir() else PRIVATE_FILE)
            yield path


def _python(_home: Home) -> Iterator[CheckRow]:
    yield CheckRow("python", "ok", f"{platform.python_version()} on {platform.platform()}", "")


def _processor(_home: Home) -> Iterator[CheckRow]:
    from planner.language.threads import physical_cores

    features = _cpu_features()
    known = f", {', '.join(features)}" if features else ""
    cores = physical_cores()
    detail = f"{platform.machine()}, {cores} {'core' if cores == 1 else 'cores'}{known}"
    yield CheckRow("processor", "ok", detail, "")


def _cpu_features() -> list[str]:
    """Return the vector features that speed up a model, where the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - not a real file
            flags = next((line for line in file if line.startswith(("flags", "Features"))), "")
    except OSError:
        return []
    wanted = ("avx2", "fma", "avx512f", "amx_tile", "neon", "asimd")
    return [flag for flag in wanted if flag in flags.split()]


def _memory(_home: Home) -> Iterator[CheckRow]:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB
    except (AttributeError, ValueError, OSError):
        yield CheckRow("memory", "warn", "the system does not tell", "")
        return
    enough = total >= LEAST_MEMORY_GB
    yield CheckRow(
        "memory",
        "ok" if enough else "warn",
        f"{total:.1f} GB",
        "" if enough else "Plan with --model none; it needs the least.",
    )


def _graphics(_home: Home) -> Iterator[CheckRow]:
    if importlib.util.find_spec("llama_cpp") is None:
        return
    from planner.language.llamacpp import library

    offload = bool(library().llama_supports_gpu_offload())
    yield CheckRow(
        "graphics card",
        "ok",
        "llama.cpp can use it" if offload else "not used: this llama.cpp runs on the processor",
        "Set gpu_layers under [model] in config.toml." if offload else "",
    )


def _home(home: Home) -> Iterator[CheckRow]:
    home.ensure()
    free = shutil.disk_usage(home.root).free / GB
    mode = home.root.stat().st_mode & 0o777
    private = sys.platform == "win32" or mode & 0o077 == 0
    if not private:
        yield CheckRow(
            "home", "warn", f"{home.root} can be read by others", "flaneur doctor --repair"
        )
    elif free < LEAST_DISK_GB:
        yield CheckRow("home", "warn", f"{home.root}: {free:.1f} GB free", "Free some disk space.")
    else:
        yield CheckRow("home", "ok", f"{home.root}, private, {free:.0f} GB free", "")


def _library(home: Home) -> Iterator[CheckRow]:
    troubles = upkeep.examine(home.library)
    if troubles:
        # The text of a trouble may stand for a whole file of them.
        told = "; ".join(trouble.text for trouble in troubles)
        yield CheckRow("library", "fail", told, "Mend it with: flaneur doctor --repair")
        return
    with Store.open(home.library) as store:
        plans, places = len(store.plans()), len(store.places)
        nowhere = len(store.places.unlocated())
    counted = (
        f"{places} {'place' if places == 1 else 'places'}, "
        f"{plans} saved {'plan' if plans == 1 else 'plans'}"
    )
    if nowhere:
        counted += f"; {nowhere} without a position (flaneur places list --unlocated)"
    yield CheckRow("library", "ok", counted, "")


def _cities(home: Home) -> Iterator[CheckRow]:
    names = cities.names(home)
    if not names:
        yield CheckRow("cities", "warn", "none yet", 'Run "flaneur demo" for central Helsinki.')
    for name in names:
        try:
            with CityFile.open(home.cities / f"{name}{cities.ENDING}") as file:
                counts = file.counts()
        except FlaneurError as error:
            yield CheckRow(f"city {name}", "fail", error.problem, error.next_step)
        else:
            yield CheckRow(f"city {name}", "ok", f"{counts['places']} places", "")


def _embeddings(home: Home) -> Iterator[CheckRow]:
    from planner.language.embeddings import Embedder

    embedder = Embedder.configured(home.embedding_folder())
    if embedder.slow_because is None:
        yield CheckRow("embeddings", "ok", f"{embedder.name}, light runtime", "")
    else:
        detail = f"{embedder.name}, through sentence-transformers: {embedder.slow_because}"
        yield CheckRow("embeddings", "ok", detail, "A request waits some seconds for its import.")


def _model(home: Home) -> Iterator[CheckRow]:
    from planner.language.registry import how_to_add_a_model, resolve_model
    from planner.language.selftest import self_test

    model = resolve_model(home.model_settings().name, home.models)
    if model is None:
        yield CheckRow("language model", "warn", "none: rules alone", how_to_add_a_model())
        return
    yield CheckRow("language model", "ok", f"{model.name} ({model.path.name})", "")
    result = self_test(model)
    if not result.ok:
        fix = "Use another model, or --model none, until llama.cpp is mended."
    else:
        # What is broken but not in use costs speed, not truth.
        fix = "Keep n_batch as it is." if result.broken else ""
    status = "warn" if result.ok and result.broken else "ok" if result.ok else "fail"
    yield CheckRow("model self-test", status, result.detail, fix)
