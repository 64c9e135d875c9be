"""How well requests are taken apart: labelled requests, predictions, and their agreement.

The metrics are those of ``data/rd/score.py``, which comes with the labelled requests: predicted
and gold sub-requests are paired one to one by the token F1 of their wishes (pairs under 0.5 are no
pairs), and precision, recall and F1 are taken over pairs whose type and must-see agree (``sub``),
whose dislikes agree too (``full``), and over dislikes alone (``neg``).
"""

from __future__ import annotations

import re
import time as clock
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from planner.errors import UnreadableFileError
from planner.language.decomposition import understand

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from planner.language.engine import LanguageModel

THRESHOLD: Final = 0.5
PLACEHOLDER: Final = "places"
VALUES: Final = ("hours", "start_time", "stops")
_ARTICLES: Final = frozenset({"a", "an", "the"})
_WORD: Final = re.compile(r"\w+(?:'\w+)*")
# Between equally similar pairings, the one that agrees more.
_TIE: Final = 1e-4
_DECIMALS: Final = 4


class Part(msgspec.Struct, frozen=True):
    """A sub-request, gold or predicted."""

    pos: str
    neg: str | None = None
    mustsee: bool = False
    type: str = "place"


class Labelled(msgspec.Struct, frozen=True):
    """A request with its gold decomposition; other fields of a file's rows are passed over."""

    id: str
    request: str
    subrequests: tuple[Part, ...]
    hours: float | None = None
    start_time: str | None = None
    stops: int | None = None


class Prediction(msgspec.Struct, frozen=True):
    """What was understood of a request."""

    id: str
    subrequests: tuple[Part, ...] = ()
    hours: float | None = None
    start_time: str | None = None
    stops: int | None = None


@dataclass(frozen=True, slots=True)
class RdReport:
    """A run over a file: by whom it was understood, the metrics, and what it cost on average.

    ``tokens`` counts evaluated and generated tokens a request, ``seconds`` the time of one;
    ``metrics`` goes by the names of ``score.py``, with ``None`` where nothing was to be counted.
    """

    by: str
    metrics: dict[str, float | int | None]
    seconds: float
    tokens: float
    notes: tuple[str, ...] = field(default=())


def read_labelled(file: Path) -> tuple[Labelled, ...]:
    """Read labelled requests, one JSON object a line.

    Raises
    ------
    UnreadableFileError
        If the file cannot be read, or a line is no such object; the line is named.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"The file {file} cannot be read: {error}.") from error
    found: dict[str, Labelled] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line, type=Labelled)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise UnreadableFileError(
                f"Line {number} of {file} is no labelled request: {error}.",
                'Each line is an object with "id", "request" and "subrequests".',
            ) from error
        if row.id in found:
            raise UnreadableFileError(f"Line {number} of {file} repeats the id {row.id!r}.")
        found[row.id] = row
    if not found:
        raise UnreadableFileError(f"The file {file} holds no request.")
    return tuple(found.values())


def run_rd(
    rows: Sequence[Labelled],
    *,
    now: dt.datetime,
    engine: LanguageModel | None = None,
    tell: Callable[[int], None] | None = None,
) -> tuple[RdReport, tuple[Prediction, ...]]:
    """Understand every request and hold what came out against its labels.

    Parameters
    ----------
    rows
        Labelled requests; only their words are shown to what is measured.
    now
        The moment from which days are counted.
    engine
        The model to understand with, or ``None`` for the rules alone.
    tell
        Told how many requests are done.
    """
    made: list[Prediction] = []
    notes: Counter[str] = Counter()
    tokens = 0
    began = clock.perf_counter()
    for row in rows:
        understood = understand(row.request, now=now, engine=engine)
        request = understood.request
        tokens += understood.cost.prompt + understood.cost.completion
        if understood.note:
            notes[understood.note] += 1
        made.append(
            Prediction(
                id=row.id,
                subrequests=tuple(
                    Part(each.pos, each.neg, each.mustsee, each.type)
                    for each in request.subrequests
                ),
                hours=request.hours,
                start_time=f"{request.start_time:%H:%M}" if request.start_time else None,
                stops=request.stops,
            )
        )
        if tell is not None:
            tell(len(made))
    report = RdReport(
        by="rules" if engine is None else engine.name,
        metrics=score(rows, {each.id: each for each in made}),
        seconds=round((clock.perf_counter() - began) / len(rows), 3),
        tokens=round(tokens / len(rows), 1),
        notes=tuple(f"{count} x {note}" for note, count in notes.items()),
    )
    return report, tuple(made)


def score(
    rows: Sequence[Labelled], predictions: Mapping[str, Prediction]
) -> dict[str, float | int | None]:
    """Hold predictions against labels.

    Parameters
    ----------
    rows
        The labels.
    predictions
        By the id of a request; one without a prediction counts as nothing understood.

    Returns
    -------
    The metrics by the names of ``score.py``.
    """
    count: Counter[str] = Counter()
    for row in rows:
        count["missing"] += row.id not in predictions
        _count(row, predictions.get(row.id, Prediction(row.id)), count)
    return _summary(len(rows), count)


def _count(gold: Labelled, made: Prediction, count: Counter[str]) -> None:
    """Add one request to the counts."""
    wanted, given = _clean(gold.subrequests), _clean(made.subrequests)
    count["gold"] += len(wanted)
    count["pred"] += len(given)
    count["gneg"] += sum(bool(each.neg) for each in wanted)
    count["pneg"] += sum(bool(each.neg) for each in given)
    right = strict = 0
    for one, other in _pairs(given, wanted):
        kind = one.type == other.type and one.mustsee == other.mustsee
        neg = _same_dislike(one.neg, other.neg)
        count["pair"] += 1
        count["sub"] += kind
        count["full"] += kind and neg
        count["negagree"] += neg
        count["neghit"] += bool(neg and other.neg)
        right += kind and neg
        exact = _words(one.pos) == _words(other.pos) and _words(one.neg) == _words(other.neg)
        strict += kind and neg and exact
    for each in wanted:
        found = any(other.neg and _same_dislike(other.neg, each.neg) for other in given)
        count["negany"] += bool(each.neg) and found
    for anchor in ("start", "end"):
        mine = [each for each in given if each.type == anchor]
        theirs = [each for each in wanted if each.type == anchor]
        if mine or theirs:
            count[f"{anchor}_n"] += 1
            count[anchor] += len(mine) == len(theirs) == len(_pairs(mine, theirs))
    same = _count_values(gold, made, count)
    whole = right == len(given) == len(wanted)
    count["exact_subs"] += whole
    count["exact"] += whole and same
    count["strict"] += strict == len(given) == len(wanted) and same
    _count_literal(gold.request, given, count)


def _count_values(gold: Labelled, made: Prediction, count: Counter[str]) -> bool:
    same = True
    for key in VALUES:
        one, two = _value(getattr(made, key)), _value(getattr(gold, key))
        count[f"{key}_all"] += one == two
        same = same and one == two
        if one is not None or two is not None:
            count[f"{key}_n"] += 1
            count[key] += one == two
    return same


def _count_literal(request: str, given: Sequence[Part], count: Counter[str]) -> None:
    said = _all_words(request)
    for each in given:
        spans = [each.neg] if each.neg else []
        if not (each.neg and _words(each.pos) == [PLACEHOLDER]):
            spans.append(each.pos)
        for span in spans:
            words = _all_words(span)
            runs = range(len(said) - len(words) + 1)
            count["span"] += 1
            count["lit"] += bool(words) and any(said[at : at + len(words)] == words for at in runs)


def _summary(rows: int, count: Counter[str]) -> dict[str, float | int | None]:
    out: dict[str, float | int | None] = {
        "n": rows,
        "missing": count["missing"],
        "gold_subs": count["gold"],
        "pred_subs": count["pred"],
    }
    for name, hit, given, wanted in (
        ("span", "pair", "pred", "gold"),
        ("sub", "sub", "pred", "gold"),
        ("full", "full", "pred", "gold"),
        ("neg", "neghit", "pneg", "gneg"),
    ):
        precision = count[hit] / count[given] if count[given] else 0.0
        recall = count[hit] / count[wanted] if count[wanted] else 0.0
        total = precision + recall
        if name != "full":
            out[f"{name}_p"], out[f"{name}_r"] = _rounded(precision), _rounded(recall)
        out[f"{name}_f1"] = _rounded(2 * precision * recall / total if total else 0.0)
    out["neg_acc"] = _share(count["negagree"], count["pair"])
    out["neg_any_r"] = _share(count["negany"], count["gneg"])
    for key in ("start", "end", *VALUES):
        out[f"{key}_acc"] = _share(count[key], count[f"{key}_n"])
        out[f"{key}_n"] = count[f"{key}_n"]
        if key in VALUES:
            out[f"{key}_all"] = _share(count[f"{key}_all"], rows)
    out["exact"] = _share(count["exact"], rows)
    out["exact_subs"] = _share(count["exact_subs"], rows)
    out["exact_strict"] = _share(count["strict"], rows)
    out["literal"] = _share(count["lit"], count["span"])
    return out


def _share(hits: int, of: int) -> float | None:
    return _rounded(hits / of) if of else None


def _rounded(value: float) -> float:
    return round(value, _DECIMALS)


def _pairs(given: Sequence[Part], wanted: Sequence[Part]) -> list[tuple[Part, Part]]:
    """Pair sub-requests one to one so that their similarity is largest in sum."""
    if not given or not wanted:
        return []
    likeness = np.zeros((len(given), len(wanted)))
    for row, one in enumerate(given):
        for column, other in enumerate(wanted):
            value = _likeness(one.pos, other.pos)
            if value >= THRESHOLD:
                agreed = (
                    (one.type == other.type)
                    + (one.mustsee == other.mustsee)
                    + _same_dislike(one.neg, other.neg)
                )
                likeness[row, column] = value + _TIE * agreed
    return [(given[row], wanted[column]) for row, column in _assign(likeness)]


def _assign(likeness: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Choose pairs of the largest sum: rows enter one by one, each on a shortest augmenting path.

    The method of Jonker and Volgenant (1987) without its initialisation. SciPy has it too, but
    takes other pairs where several choices are equally good, and the metrics would depend on it.
    """
    size = max(likeness.shape)
    cost = np.zeros((size, size))
    cost[: likeness.shape[0], : likeness.shape[1]] = -likeness
    # One column more, the last, from which a row enters; -1 is no row.
    rows_of = np.full(size + 1, -1)
    of_rows, of_columns = np.zeros(size), np.zeros(size + 1)
    for row in range(size):
        rows_of[size], column = row, size
        least, came = np.full(size, np.inf), np.zeros(size, dtype=int)
        seen = np.zeros(size + 1, dtype=bool)
        while rows_of[column] >= 0:
            seen[column] = True
            here = rows_of[column]
            free = ~seen[:size]
            reach = cost[here] - of_rows[here] - of_columns[:size]
            closer = free & (reach < least)
            least[closer], came[closer] = reach[closer], column
            step = least[free].min()
            nearest = int(np.flatnonzero(free & (least == step))[0])
            of_rows[rows_of[seen]] += step
            of_columns[seen] -= step
            least[free] -= step
            column = nearest
        while column != size:
            rows_of[column] = rows_of[came[column]]
            column = int(came[column])
    pairs = ((int(rows_of[column]), column) for column in range(likeness.shape[1]))
    return [
        (row, column) for row, column in pairs if row < len(likeness) and likeness[row, column] > 0
    ]


def _clean(parts: Sequence[Part]) -> list[Part]:
    """Fill in the wish of a bare dislike, and leave out what says nothing."""
    out = []
    for each in parts:
        pos, neg = each.pos.strip(), (each.neg or "").strip() or None
        if pos or neg:
            out.append(Part(pos or PLACEHOLDER, neg, each.mustsee, each.type))
    return out


def _all_words(text: str | None) -> list[str]:
    folded = unicodedata.normalize("NFKC", text or "").casefold().replace("’", "'")
    return _WORD.findall(folded)


def _words(text: str | None) -> list[str]:
    every = _all_words(text)
    return [word for word in every if word not in _ARTICLES] or every


def _likeness(one: str, other: str) -> float:
    """Return the F1 of two spans' words."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return float(first == second)
    shared = (Counter(first) & Counter(second)).total()
    return 2 * shared / (len(first) + len(second))


def _same_dislike(one: str | None, other: str | None) -> bool:
    if not one or not other:
        return not one and not other
    return _likeness(one, other) >= THRESHOLD


def _value(value: Any) -> float | str | None:  # noqa: ANN401 - a number, a time, or nothing
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return re.sub(r"\s+", " ", value).strip().casefold()
    return round(float(value), 2)
