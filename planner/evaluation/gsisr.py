"""GSISR measured: what is committed, and classical methods on the same five folds."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.errors import FlaneurError
from planner.files import publish
from planner.intents.gsisr.decoding import answers, utilities
from planner.intents.gsisr.features import features, traits_of
from planner.intents.gsisr.forest import Forest, grow, matrix
from planner.intents.gsisr.metrics import scores
from planner.intents.gsisr.rows import LONGEST, holds, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from planner.intents.gsisr.metrics import Scores
    from planner.intents.gsisr.rows import Call, Row

    Calls = tuple[Call, ...]
    Method = Callable[[Sequence[Row], Sequence[Row]], list[Calls]]

FOLDS = 5
NEIGHBOURS = 15
TREES = 100
MODEL_FILE = "intents-gsisr.npz"


def run_gsisr(data: Path, *, train: Path | None = None, predictions: Path | None = None) -> Scores:
    """Predict every row of a file and score the predictions.

    Nothing is learned from the file to predict.

    Parameters
    ----------
    data
        The rows to predict, labelled.
    train
        Rows to learn from; the forest that is shipped where absent.
    predictions
        Where to write the predictions, one JSON object a line.

    Raises
    ------
    FlaneurError
        If both files are one, or no forest is shipped.
    UnreadableFileError
        If a file is not of the data set's form.
    """
    import msgspec

    if train is not None and train.resolve() == data.resolve():
        raise FlaneurError(
            "--train and --data are the same file.",
            "Learn from other rows than those to predict.",
        )
    rows = read_rows(data)
    forest = Forest.load(shipped_forest()) if train is None else grow(read_rows(train))
    made = forest.predict(rows)
    if predictions is not None:
        lines = b"".join(
            msgspec.json.encode({"id": row.id, "predicted": [call.as_data() for call in calls]})
            + b"\n"
            for row, calls in zip(rows, made, strict=True)
        )
        publish(predictions, lambda out: out.write(lines))
    return scores(made, [row.label for row in rows])


def shipped_forest() -> Path:
    """Return the forest that travels with the package, or lies in the checkout.

    Raises
    ------
    FlaneurError
        If it is in neither.
    """
    package = Path(__file__).parents[1]
    for folder in (package / "_models", package.parent / "models"):
        if (folder / MODEL_FILE).is_file():
            return folder / MODEL_FILE
    raise FlaneurError(
        f"{MODEL_FILE} is not here.", "Learn from rows of your own: --train FILE.csv"
    )


@dataclass(frozen=True, slots=True)
class FoldRow:
    """A method's scores, each the mean over the folds, and their spread."""

    method: str
    acc_1: float
    ndcg_3: float
    nes: float
    spread: tuple[float, float, float]


def five_folds(
    rows: Sequence[Row], *, seed: int = 0, folds: int = FOLDS
) -> Iterator[tuple[list[Row], list[Row]]]:
    """Yield the rows to learn from and those to predict, five times; each row is predicted once.

    Rows of one person at one time would be alike, so rows with the same time and place go together.

    Parameters
    ----------
    rows
        All rows.
    seed
        Of the division.
    folds
        How many times, if not five.
    """
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.fields["currenttime"], row.fields.get("current_poi_name", "")].append(row)
    order = np.random.default_rng(seed).permutation(len(groups)).tolist()
    parts: list[list[Row]] = [[] for _ in range(folds)]
    for place, members in zip(order, groups.values(), strict=True):
        parts[place % folds] += members
    for test in parts:
        held = {id(row) for row in test}
        yield [row for row in rows if id(row) not in held], test


def compare(
    rows: Sequence[Row],
    *,
    seed: int = 0,
    tell: Callable[[FoldRow], None] | None = None,
    methods: Mapping[str, Method] | None = None,
) -> tuple[FoldRow, ...]:
    """Return the scores of methods on the same five folds.

    Parameters
    ----------
    rows
        Labelled rows.
    seed
        For the folds and the methods.
    tell
        Gets each method's scores as they come.
    methods
        The methods by name; :data:`METHODS` where absent.
    """
    folds = list(five_folds(rows, seed=seed))
    found = []
    for name, method in (methods or METHODS).items():
        parts = [scores(method(train, test), [row.label for row in test]) for train, test in folds]
        table = np.array([(each.acc_1, each.ndcg_3, each.nes) for each in parts])
        acc_1, ndcg_3, nes = table.mean(axis=0).tolist()
        spread = table.std(axis=0).tolist()
        row = FoldRow(name, acc_1, ndcg_3, nes, (spread[0], spread[1], spread[2]))
        found.append(row)
        if tell is not None:
            tell(row)
    return tuple(found)


def majority(train: Sequence[Row], test: Sequence[Row]) -> list[Calls]:
    """Answer with the sequence most frequent for the kind of trigger."""
    seen: dict[str, Counter[Calls]] = defaultdict(Counter)
    every: Counter[Calls] = Counter(row.label for row in train)
    for row in train:
        seen[row.trigger][row.label] += 1
    return [_top(seen.get(row.trigger) or every) for row in test]


def _top(count: Counter[Calls]) -> Calls:
    return min(count, key=lambda calls: (-count[calls], calls))


def neighbours(train: Sequence[Row], test: Sequence[Row], *, expected: bool) -> list[Calls]:
    """Answer as the nearest rows do.

    Parameters
    ----------
    train, test
        Labelled rows, and rows to predict.
    expected
        Whether the answer is the one best on the mean over the neighbours' labels; else it is the
        nearest neighbour's label.
    """
    known, asked = _values(train, test)
    mean, spread = known.mean(axis=0), known.std(axis=0) + 1e-6
    known, asked = (known - mean) / spread, (asked - mean) / spread
    apart = ((asked[:, None, :] - known[None]) ** 2).sum(axis=2)
    order = np.argsort(apart, axis=1, kind="stable")
    labels = [row.label for row in train]
    if not expected:
        return [labels[nearest] for nearest in order[:, 0].tolist()]
    given = answers(labels)
    worth = utilities(given, labels)
    best = worth[:, order[:, :NEIGHBOURS]].sum(axis=2).argmax(axis=0)
    return [given[n] for n in best.tolist()]


def chain(train: Sequence[Row], test: Sequence[Row], *, grown: Callable[[], Any]) -> list[Calls]:
    """Predict one call after the other, each from the features and the calls before it.

    Parameters
    ----------
    train, test
        Labelled rows, and rows to predict.
    grown
        Makes a classifier with ``fit`` and ``predict``.
    """
    known, asked = _values(train, test)
    calls = sorted({call for row in train for call in row.label})
    number = {call: n for n, call in enumerate(calls)}
    end = len(calls)
    before = np.full((len(train), 0), -1.0, dtype=np.float32)
    made: list[list[Call]] = [[] for _ in test]
    so_far = np.full((len(test), 0), -1.0, dtype=np.float32)
    for at in range(LONGEST):
        due = np.array([number[row.label[at]] if at < len(row.label) else end for row in train])
        if (due == end).all():
            break
        # Rows that ended before teach nothing more.
        there = np.array([at <= len(row.label) for row in train])
        often = Counter(due[there].tolist())
        kept = there & np.array([often[value] > 1 for value in due.tolist()])
        taught = kept if len(set(due[kept].tolist())) > 1 else there
        classifier = grown()
        classifier.fit(np.hstack([known, before])[taught], due[taught])
        said = classifier.predict(np.hstack([asked, so_far]))
        for row, value in zip(made, said.tolist(), strict=True):
            if len(row) == at and value != end:
                row.append(calls[int(value)])
        before = np.hstack([before, due[:, None].astype(np.float32)])
        so_far = np.hstack([so_far, said[:, None].astype(np.float32)])
    return [tuple(row) for row in made]


def _values(train: Sequence[Row], test: Sequence[Row]) -> tuple[Any, Any]:
    traits = traits_of(train)
    names = tuple(features(train[0], traits))
    return matrix(train, names, traits), matrix(test, names, traits)


def _random_forest() -> Any:  # noqa: ANN401 - the library ships no types
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(TREES, random_state=0)


def _boosting() -> Any:  # noqa: ANN401 - the library ships no types
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=25, max_leaf_nodes=8, learning_rate=0.15, random_state=0, early_stopping=False
    )


def _grown(train: Sequence[Row], test: Sequence[Row]) -> list[Calls]:
    return grow(train).predict(test)


METHODS: dict[str, Method] = {
    "majority of the trigger": majority,
    "nearest neighbour": partial(neighbours, expected=False),
    "15 neighbours, best expected": partial(neighbours, expected=True),
    "chain of random forests": partial(chain, grown=_random_forest),
    "chain of gradient boosting": partial(chain, grown=_boosting),
    "forest votes, best expected": _grown,
}


def valid_share(predicted: Sequence[Calls]) -> float:
    """Return the share of sequences that keep the task's rules."""
    return sum(holds(calls) for calls in predicted) / len(predicted)
