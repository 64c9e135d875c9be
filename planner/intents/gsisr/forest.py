"""Forests that tell which rows are alike, kept as plain arrays.

A forest is grown to predict what the labels hold. Two rows are alike as far as they fall into the
same leaves; so each row that is known votes for its own label, and the votes are a guess at the
label of a new row. Growing needs scikit-learn; a grown forest is a few arrays in an ``.npz`` file,
which holds no code and is read without any library but numpy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from planner.errors import UnreadableFileError
from planner.intents.gsisr.decoding import answers, utilities
from planner.intents.gsisr.features import features, traits_of
from planner.intents.gsisr.rows import Call

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    from planner.intents.gsisr.rows import Row

FORM = 1
EXTRA_TREES, FOREST_TREES = 200, 150
COMPONENTS = 12
"""Directions of the labels that the forests are grown to predict."""
FIRST_WEIGHT = 1.5
RARE = 3


@dataclass(frozen=True, eq=False)
class Trees:
    """Binary trees, node after node: a row goes left where its feature is at most the threshold.

    ``left`` is -1 in a leaf; ``roots`` holds the first node of each tree.
    """

    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]

    def leaves(self, values: NDArray[np.float32]) -> NDArray[np.int32]:
        """Return the leaf of each row in each tree, shape (rows, trees)."""
        node = np.tile(self.roots, (len(values), 1))
        rows = np.arange(len(values))[:, None]
        while True:
            inner = self.left[node] >= 0
            if not inner.any():
                return node
            low = values[rows, self.feature[node]] <= self.threshold[node]
            step = np.where(low, self.left[node], self.right[node])
            node = np.where(inner, step, node)


@dataclass(frozen=True, eq=False)
class Forest:
    """Grown trees and the rows that they were grown from.

    Attributes
    ----------
    names, traits
        The features in order, and the profile traits among them.
    trees
        The trees.
    leaves
        (rows, trees) the leaf of each row that is known.
    labels
        The different labels.
    label_of
        (rows,) which of them each row has.
    """

    names: tuple[str, ...]
    traits: tuple[str, ...]
    trees: Trees
    leaves: NDArray[np.int32]
    labels: tuple[tuple[Call, ...], ...]
    label_of: NDArray[np.int32]

    def guess(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """Return how likely each of the labels is for each row, shape (rows, labels)."""
        mine = self.trees.leaves(matrix(rows, self.names, self.traits))
        votes = np.zeros((len(rows), len(self.label_of)))
        for tree in range(mine.shape[1]):
            same = mine[:, tree][:, None] == self.leaves[:, tree][None]
            votes += same / np.maximum(same.sum(axis=1, keepdims=True), 1)
        of_label = np.zeros((len(self.label_of), len(self.labels)))
        of_label[np.arange(len(self.label_of)), self.label_of] = 1.0
        guess: NDArray[np.float64] = votes @ of_label / mine.shape[1]
        return guess

    def predict(self, rows: Sequence[Row]) -> list[tuple[Call, ...]]:
        """Return the best answer to each row."""
        given = answers(self.labels)
        expected = self.guess(rows) @ utilities(given, self.labels).T.astype(np.float64)
        return [given[best] for best in expected.argmax(axis=1)]

    def save(self, file: BinaryIO) -> None:
        """Write the forest as an ``.npz`` archive of plain arrays."""
        head = {
            "form": FORM,
            "names": self.names,
            "traits": self.traits,
            "labels": [[call.as_data() for call in label] for label in self.labels],
        }
        text = json.dumps(head, ensure_ascii=False).encode()
        np.savez_compressed(
            file,
            head=np.frombuffer(text, dtype=np.uint8),
            roots=self.trees.roots,
            feature=self.trees.feature,
            threshold=self.trees.threshold,
            left=self.trees.left,
            right=self.trees.right,
            leaves=self.leaves,
            label_of=self.label_of,
        )

    @staticmethod
    def load(path: Path) -> Forest:
        """Read a forest; nothing in the file is run.

        Raises
        ------
        UnreadableFileError
            If the file is no forest of this form.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                head: dict[str, Any] = json.loads(arrays["head"].tobytes())
                names = ("roots", "feature", "threshold", "left", "right")
                trees = Trees(*(arrays[name] for name in names))
                leaves, label_of = arrays["leaves"], arrays["label_of"]
            wrong = _objection(head, trees)
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            wrong = str(error)
        if wrong:
            raise UnreadableFileError(
                f"{path} is no forest that this version can read: {wrong}.",
                "Grow it again: scripts/train_gsisr.py --data FILE.csv",
            )
        labels = tuple(tuple(_call(each) for each in label) for label in head["labels"])
        return Forest(tuple(head["names"]), tuple(head["traits"]), trees, leaves, labels, label_of)


def _objection(head: dict[str, Any], trees: Trees) -> str:
    """Say what is wrong with a file, if anything."""
    if head["form"] != FORM:
        return f"its form is {head['form']}, not {FORM}"
    inner = np.flatnonzero(trees.left >= 0)
    # Ways lead on, so that none goes round in circles.
    onward = (trees.left[inner] > inner) & (trees.right[inner] > inner)
    within = max(trees.left.max(initial=0), trees.right.max(initial=0)) < len(trees.left)
    return "" if onward.all() and within else "its trees are damaged"


def _call(value: dict[str, str]) -> Call:
    from planner.intents.gsisr.rows import KEYS

    return Call(*(value.get(key, "") for key in KEYS))


def matrix(rows: Sequence[Row], names: Sequence[str], traits: Sequence[str]) -> NDArray[np.float32]:
    """Return the features of rows, shape (rows, names)."""
    found = [features(row, traits) for row in rows]
    return np.array([[each[name] for name in names] for each in found], dtype=np.float32)


def grow(rows: Sequence[Row], *, seed: int = 0) -> Forest:
    """Grow a forest from labelled rows; needs scikit-learn.

    Half of the votes come from extremely randomised trees, half from a random forest. The settings
    were fixed beforehand and are not tuned on any rows.

    Parameters
    ----------
    rows
        Labelled rows, at least two.
    seed
        The same seed, the same forest.
    """
    from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

    traits = traits_of(rows)
    names = tuple(features(rows[0], traits))
    values = matrix(rows, names, traits)
    targets = _targets([row.label for row in rows])
    grown = (
        ExtraTreesRegressor(
            EXTRA_TREES, min_samples_leaf=3, max_features=0.5, random_state=seed
        ).fit(values, targets),
        RandomForestRegressor(
            FOREST_TREES, min_samples_leaf=4, max_features=0.25, random_state=seed
        ).fit(values, targets),
    )
    trees = _as_arrays([each.tree_ for forest in grown for each in forest.estimators_])
    labels = tuple(sorted({row.label for row in rows}))
    number = {label: n for n, label in enumerate(labels)}
    return Forest(
        names,
        traits,
        trees,
        trees.leaves(values),
        labels,
        np.array([number[row.label] for row in rows], dtype=np.int32),
    )


def _targets(labels: Sequence[tuple[Call, ...]]) -> NDArray[np.float64]:
    """Return what labels hold and begin with, in the few directions in which they differ most."""
    calls = sorted({call for label in labels for call in label})
    number = {call: n for n, call in enumerate(calls)}
    held = np.zeros((len(labels), 2 * len(calls)))
    for row, label in enumerate(labels):
        held[row, [number[call] for call in label]] = 1.0
        held[row, len(calls) + number[label[0]]] = FIRST_WEIGHT
    often = held[:, (held > 0).sum(axis=0) >= RARE]
    if not often.shape[1]:
        often = held
    left, size, _ = np.linalg.svd(often - often.mean(axis=0), full_matrices=False)
    directions: NDArray[np.float64] = left[:, :COMPONENTS] * size[:COMPONENTS]
    return directions


def _as_arrays(grown: Sequence[Any]) -> Trees:
    """Return scikit-learn's trees one behind the other."""
    sizes = [tree.node_count for tree in grown]
    roots = np.cumsum([0, *sizes[:-1]])
    moved = [(tree, root) for tree, root in zip(grown, roots.tolist(), strict=True)]

    def children(name: str) -> NDArray[np.int32]:
        parts = [
            np.where((side := getattr(tree, name)) >= 0, side + root, -1) for tree, root in moved
        ]
        return np.concatenate(parts).astype(np.int32)

    return Trees(
        roots.astype(np.int32),
        np.concatenate([np.maximum(tree.feature, 0) for tree in grown]).astype(np.int16),
        np.concatenate([tree.threshold for tree in grown]).astype(np.float64),
        children("children_left"),
        children("children_right"),
    )
