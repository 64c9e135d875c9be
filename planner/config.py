"""Folders and settings of one user.

Everything a person owns lives under one folder, the home; nothing is written elsewhere. Folders
are made with mode 0700, files with 0600.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import StoreError
from planner.files import PRIVATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME_VARIABLE = "FLANEUR_HOME"
STREET_CACHE_VARIABLE = "FLANEUR_OSM_CACHE"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What ``config.toml`` says under ``[model]``.

    ``gpu_layers`` is the number of layers given to the graphics card, -1 for all of them.
    """

    name: str | None = None
    gpu_layers: int = 0


@dataclass(frozen=True, slots=True)
class InterfaceSettings:
    """What ``config.toml`` says of the terminal application.

    ``theme`` and ``pictures`` stand under ``[tui]``; ``keys`` under ``[keys]``: from what a key
    does, such as ``"plan.swap"``, to one or several keys, such as ``"s"`` or ``"s,f6"``.
    """

    theme: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    pictures: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Where one user's data lives.

    ``street_cache`` holds compiled street graphs and is safe to delete.
    """

    root: Path
    street_cache: Path

    @property
    def library(self) -> Path:
        """The person's own places, plans and settings."""
        return self.root / "library.sqlite"

    @property
    def cities(self) -> Path:
        """One file a city."""
        return self.root / "cities"

    @property
    def models(self) -> Path:
        """Language model files."""
        return self.root / "models"

    @property
    def prefixes(self) -> Path:
        """What language models know after the constant part of a prompt; safe to delete."""
        return self.root / "cache" / "prefixes"

    @property
    def config(self) -> Path:
        """Settings that a person edits by hand."""
        return self.root / "config.toml"

    @property
    def catalogue(self) -> Path:
        """The person's own kinds of places, laid over the shipped ones."""
        return self.root / "catalogue.toml"

    def folder(self, path: Path) -> Path:
        """Make a folder of this home, private to its owner, and return it.

        Raises
        ------
        StoreError
            If the folder cannot be made.
        """
        try:
            path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The folder {path} cannot be made: {error.strerror or error}.",
                "Choose another with --home DIR, or mend its permissions.",
            ) from error
        return path

    def ensure(self) -> Home:
        """Make the home and its sub-folders where they are missing, and return it."""
        for path in (self.root, self.cities, self.models, self.street_cache):
            self.folder(path)
        return self

    def model_settings(self) -> ModelSettings:
        """Read ``[model]`` of ``config.toml``; defaults where there is no such file.

        Raises
        ------
        StoreError
            If the file is not TOML, or a value is of the wrong kind.
        """
        table = self._read_config().get("model", {})
        name, layers = table.get("name"), table.get("gpu_layers", 0)
        if not (name is None or isinstance(name, str)) or not isinstance(layers, int):
            raise StoreError(
                f'[model] in {self.config} needs name = "..." and gpu_layers = a whole number.',
                "Mend or remove the line.",
            )
        return ModelSettings(name=name, gpu_layers=layers)

    def choose_model(self, name: str | None) -> None:
        """Write the model to use into ``config.toml``; the rest of the file stays as it is.

        Parameters
        ----------
        name
            A model's name, ``"none"`` for no model, or ``None`` to leave it to the default.

        Raises
        ------
        StoreError
            If the file is not TOML or cannot be written.
        """
        self.settle("model", "name", name)

    def settle(self, section: str, key: str, value: str | int | None) -> None:
        """Write one value into ``config.toml``; the rest of the file stays as it is.

        Parameters
        ----------
        section, key
            Where it stands, such as ``name`` under ``[model]``.
        value
            What it says; ``None`` takes the line away.

        Raises
        ------
        StoreError
            If the file is not TOML or cannot be written.
        """
        import tomlkit

        from planner.files import publish

        self._read_config()
        text = self.config.read_text(encoding="utf-8") if self.config.exists() else ""
        document = tomlkit.parse(text)
        table = document.setdefault(section, tomlkit.table())
        if not isinstance(table, dict):
            raise StoreError(
                f"[{section}] in {self.config} is no table.", "Mend or remove the line."
            )
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
        if not table:
            document.pop(section)
        try:
            publish(self.config, lambda file: file.write(tomlkit.dumps(document).encode()))
        except OSError as error:
            raise StoreError(
                f"{self.config} cannot be written: {error.strerror or error}.",
                "Check its permissions.",
            ) from error

    def embedding_folder(self) -> Path | None:
        """Read ``folder`` under ``[embeddings]`` of ``config.toml``, ``None`` where it is not said.

        A relative path is taken from the home.

        Raises
        ------
        StoreError
            If the file is not TOML, or the value is of the wrong kind.
        """
        table = self._read_config().get("embeddings", {})
        folder = table.get("folder") if isinstance(table, dict) else table
        if folder is None:
            return None
        if not isinstance(folder, str):
            raise StoreError(
                f'[embeddings] in {self.config} needs folder = "...".', "Mend or remove the line."
            )
        return self.root / Path(folder).expanduser()

    def interface_settings(self) -> InterfaceSettings:
        """Read ``[tui]`` and ``[keys]`` of ``config.toml``; defaults where there is no such file.

        Raises
        ------
        StoreError
            If the file is not TOML, or a value is of the wrong kind.
        """
        said = self._read_config()
        table, keys = said.get("tui", {}), said.get("keys", {})
        theme = table.get("theme") if isinstance(table, dict) else table
        if not (theme is None or isinstance(theme, str)):
            raise StoreError(
                f'[tui] in {self.config} needs theme = "...".', "Mend or remove the line."
            )
        pictures = table.get("pictures", False) if isinstance(table, dict) else False
        if not isinstance(pictures, bool):
            raise StoreError(
                f"[tui] in {self.config} needs pictures = true or false.",
                "Mend or remove the line.",
            )
        if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
            raise StoreError(
                f'[keys] in {self.config} needs lines such as "plan.swap" = "s".',
                "Mend or remove the line.",
            )
        return InterfaceSettings(theme, keys, pictures)

    def _read_config(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.config.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise StoreError(
                f"{self.config} cannot be read: {error}.", "Mend or remove the file."
            ) from error


def find_home(home: str | os.PathLike[str] | None = None) -> Home:
    """Return the home of a user, without touching the disk.

    Parameters
    ----------
    home
        The folder; where absent, ``$FLANEUR_HOME``, else the platform's user-data folder.
    """
    chosen = home or os.environ.get(HOME_VARIABLE)
    if chosen:
        root = Path(chosen).expanduser().absolute()
    else:
        import platformdirs

        root = Path(platformdirs.user_data_dir("flaneur", appauthor=False))
    cache = os.environ.get(STREET_CACHE_VARIABLE)
    return Home(
        root=root, street_cache=Path(cache).expanduser().absolute() if cache else root / "cache"
    )
