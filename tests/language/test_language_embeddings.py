"""Sentence embeddings: real vectors from the bundled model, and clear words where it is missing."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from planner.errors import ModelError
from planner.language import embeddings
from planner.language.embeddings import Embedder

needs_model = pytest.mark.skipif(
    importlib.util.find_spec(embeddings.CARRIER) is None,
    reason="the package that carries the sentence-embedding model is not installed",
)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.default()


@needs_model
def test_vectors_are_unit_float32_in_the_order_of_the_texts(embedder: Embedder) -> None:
    # Lengths fall, so that the sorting inside must be undone.
    texts = ["a museum of modern art with a long description " * 4, "an art museum", "beer"]
    vectors = embedder.encode(texts)
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(embedder.encode([text])[0], vector, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


@needs_model
def test_no_text_gives_no_rows(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, embedder.dimension)


@needs_model
def test_progress_counts_up_to_all(embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "_CHUNK", 2)
    seen: list[int] = []
    embedder.encode(["a", "b", "c", "d", "e"], progress=seen.append)
    assert seen == [2, 4, 5]


@needs_model
def test_loading_prints_nothing_and_calls_no_hub() -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise SystemExit('a socket was opened')\n"
        "from planner.language.embeddings import Embedder\n"
        "e = Embedder.default()\n"
        "import asyncio, ssl\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "assert e.encode(['quiet park']).shape == (1, 384)\n"
    )
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env=clean,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_the_module_loads_nothing_heavy() -> None:
    code = (
        "import sys, planner.language.embeddings\n"
        "sys.exit(bool({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0


def test_a_missing_carrier_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "CARRIER", "no_such_carrier_of_embeddings")
    with pytest.raises(ModelError, match="Install the package no-such-carrier-of-embeddings"):
        Embedder.default()


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"modules\.json"):
        Embedder(tmp_path)


@needs_model
def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[{]", encoding="utf-8")
    with pytest.raises(ModelError, match="damaged or incomplete"):
        Embedder(tmp_path, "broken").encode(["text"])
