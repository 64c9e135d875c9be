"""Which language models are known, which are here, and how each is best run."""

from __future__ import annotations

import importlib.util
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import planner
from planner.errors import ModelError
from planner.language.chat import Adapter
from planner.language.gguf import FILE_TYPE_Q4_1, read_head

NO_MODEL: Final = "none"
ENDING: Final = ".gguf"

# llama.cpp is wrong for Q4_1 weights at batches of 32 and more on processors with AMX.
SAFE_BATCH: Final = 31
_USUAL_BATCH: Final = 128
_USUAL_CONTEXT: Final = 2048
# A model that nobody measured leads the rules only when it is of the size that can.
_LEADING_BYTES: Final = 4_000_000_000
# Below this size, sentences are mostly refused, and the wait for them was for nothing.
_TELLING_BYTES: Final = 700_000_000


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One entry of the registry; see ``models/registry.toml`` for what each value means."""

    name: str
    title: str
    file: str
    bytes: int
    memory_gb: float
    licence: str
    context: int
    n_batch: int
    lead: bool
    good_for: str
    fetch: str
    also: tuple[str, ...] = ()
    recommended: bool = False
    carrier: str | None = None
    sha256: str | None = None
    reference_nll: float | None = None
    adapters: tuple[Adapter, ...] = ()
    tells: bool = True

    @property
    def files(self) -> tuple[str, ...]:
        """The names under which its file is recognised."""
        return (self.file, *self.also)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file on this machine and the settings to run it with.

    Attributes
    ----------
    name
        What people call it; also what ``by`` says in a plan.
    context
        Tokens that a request and its answer may take together.
    n_batch
        Prompt tokens evaluated at a time.
    lead
        Whether its reading of a request goes before that of the rules.
    reference_nll
        The self-test's known figure, in nats a token; ``None`` where nobody measured it.
    adapters
        What was taught to this model, one a task.
    tells
        Whether its sentences about a walk are worth waiting for.
    """

    name: str
    path: Path
    context: int = _USUAL_CONTEXT
    n_batch: int = SAFE_BATCH
    lead: bool = False
    reference_nll: float | None = None
    adapters: tuple[Adapter, ...] = ()
    tells: bool = True


def registry_file() -> Path:
    """Return where the registry is: inside the installed package, or beside it in a checkout.

    Raises
    ------
    ModelError
        If it is in neither place.
    """
    package = Path(planner.__file__).parent
    for folder in (package / "_models", package.parent / "models"):
        if (folder / "registry.toml").is_file():
            return folder / "registry.toml"
    raise ModelError(
        "The registry of language models (registry.toml) is missing from this installation.",
        "Install flaneur again.",
    )


@lru_cache(maxsize=1)
def known_models() -> tuple[KnownModel, ...]:
    """Return the registry's models in its order, the recommended one first.

    Raises
    ------
    ModelError
        If the registry is missing or damaged.
    """
    file = registry_file()
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))["models"]
        models = [_known_model(name, row, file.parent) for name, row in rows.items()]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"The registry of language models {file} is damaged: {error}.",
            "Install flaneur again.",
        ) from error
    return tuple(sorted(models, key=lambda model: not model.recommended))


def _known_model(name: str, row: dict[str, Any], folder: Path) -> KnownModel:
    adapters = tuple(
        Adapter(
            task=each["task"],
            path=folder / "adapters" / each["file"],
            before=each["before"],
            after=each["after"],
        )
        for each in row.get("adapters", ())
    )
    return KnownModel(
        name=name, **{**row, "also": tuple(row.get("also", ())), "adapters": adapters}
    )


def carried_file(model: KnownModel) -> Path | None:
    """Return a known model's file inside the package that carries it, if that is installed.

    The package itself is not imported: it would pull in an online client.
    """
    spec = importlib.util.find_spec(model.carrier) if model.carrier else None
    for location in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(location) / model.file
        if path.is_file():
            return path
    return None


def present_models(models_folder: Path) -> dict[str, Path]:
    """Return the model files on this machine by the name to ask for them.

    Known files go by their name in the registry, others by their file name without its ending.

    Parameters
    ----------
    models_folder
        The folder of a home that holds GGUF files or links to such; it need not exist.
    """
    names = {file: model.name for model in known_models() for file in model.files}
    found: dict[str, Path] = {}
    for path in sorted(models_folder.glob(f"*{ENDING}")):
        if path.is_file():
            found.setdefault(names.get(path.name, path.stem), path)
    for model in known_models():
        carried = carried_file(model)
        if carried is not None:
            found.setdefault(model.name, carried)
    return found


def resolve_model(name: str | None, models_folder: Path) -> ModelFile | None:
    """Return the model to use, its file's head checked.

    Parameters
    ----------
    name
        A name of :func:`present_models`, ``"none"`` for no model at all, or ``None`` for the
        default: the recommended model if its file is there, otherwise the embedded one.
    models_folder
        The folder of a home that holds model files.

    Returns
    -------
    ModelFile or None
        ``None`` where no model is wanted or, by default, none is there; rules then do the work,
        and :func:`how_to_add_a_model` says how to change that.

    Raises
    ------
    ModelError
        If a name is not there, or its file is damaged.
    """
    if name == NO_MODEL:
        return None
    present = present_models(models_folder)
    if name is None:
        name = _default_name(present)
        if name is None:
            return None
    elif name not in present:
        name = _loosely(name, present)
    return _with_settings(name, present[name])


def how_to_add_a_model() -> str:
    """Say in a sentence or two how to come by a language model."""
    embedded = next((model for model in known_models() if model.carrier), None)
    best = next((model for model in known_models() if model.recommended), None)
    ways = [model.fetch for model in (embedded,) if model]
    if best:
        ways.append(f"For the best reading of requests use {best.title}: {best.fetch}")
    return " ".join(ways)


def _default_name(present: dict[str, Path]) -> str | None:
    for model in known_models():
        if (model.recommended or model.carrier) and model.name in present:
            return model.name
    return None


def _loosely(name: str, present: dict[str, Path]) -> str:
    """Find a name in another case or with its ending; say what there is where it is not."""
    wanted = name.casefold().removesuffix(ENDING)
    for candidate, path in present.items():
        if wanted in {candidate.casefold(), path.stem.casefold()}:
            return candidate
    here = ", ".join(present) or "no model"
    known = next((model for model in known_models() if model.name.casefold() == wanted), None)
    raise ModelError(
        f"There is no model called {name!r} here; there is: {here}.",
        known.fetch if known else f"Choose one of these, or {NO_MODEL!r} to do without a model.",
    )


def _with_settings(name: str, path: Path) -> ModelFile:
    from planner.language.collection import settings_of

    head = read_head(path)
    like = settings_of(path) or name
    known = next((model for model in known_models() if model.name == like), None)
    if known is not None:
        return ModelFile(
            name=name,
            path=path,
            context=min(known.context, head.context or known.context),
            n_batch=known.n_batch,
            lead=known.lead,
            reference_nll=known.reference_nll,
            adapters=_fitting_adapters(known, path),
            tells=known.tells,
        )
    if not head.chat:
        raise ModelError(
            f"The model file {path} carries no chat template, so it is no instruct model.",
            "Use the instruct variant of this model.",
        )
    return ModelFile(
        name=name,
        path=path,
        context=min(_USUAL_CONTEXT, head.context or _USUAL_CONTEXT),
        n_batch=SAFE_BATCH if head.file_type == FILE_TYPE_Q4_1 else _USUAL_BATCH,
        lead=path.stat().st_size >= _LEADING_BYTES,
        tells=path.stat().st_size >= _TELLING_BYTES,
    )


def _fitting_adapters(known: KnownModel, path: Path) -> tuple[Adapter, ...]:
    """Return what was taught to the very file that is here; other weights would be led astray."""
    if path.stat().st_size != known.bytes:
        return ()
    return tuple(each for each in known.adapters if each.path.is_file())
