"""The page of the evaluation: tables, what they say, and nothing that they do not.

Every sentence about who is better is made here from the intervals, so that it cannot outlive the
figures that it stands on.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from planner.evaluation.judge import AGREEMENT_WITH_EXPERTS
from planner.evaluation.measured import same_requests, summed_up, values
from planner.evaluation.resampling import paired
from planner.evaluation.tourlibrary import DETOUR
from planner.evaluation.tourrequests import PHRASINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from planner.evaluation.judge import Verdict
    from planner.evaluation.measured import Results
    from planner.evaluation.resampling import Interval

OURS: Final = "ours"
BASELINES: Final = (
    "random",
    "most popular",
    "nearest neighbour",
    "IP",
    "model alone",
    "model alone, CoT",
    "model with the library",
)
"""What the paper is no author of and we are not either; the paper's own method is told apart."""
BESIDE: Final = ("themes alone", "paper", "paper, model chooses")
ABLATIONS: Final = ("without RD", "without PPR", "without CSO", "ours, model helps")
SMALLER_IS_BETTER: Final = frozenset({"am", "ol", "ol_walked", "fr", "walk_m", "broken"})
_COUNTED: Final = ("no", "one", "two", "three", "four", "five", "six", "seven")
_SHOWN: Final = {
    "rr": ("RR", 3),
    "precision": ("precision", 3),
    "f1": ("F1", 3),
    "pairs_f1": ("pairs-F1", 3),
    "am": ("AM, m", 1),
    "ol": ("OL", 2),
    "ol_walked": ("OL walked", 2),
    "fr": ("FR", 2),
    "served": ("wishes served", 2),
    "broken": ("promises broken", 2),
    "walk_m": ("walk, m", 0),
}


@dataclass(frozen=True, slots=True)
class Run:
    """All that one evaluation found.

    Attributes
    ----------
    command
        What prints this page again.
    model
        The language model's name, or ``None``.
    quick
        Whether this is a sample only.
    tours, walks
        What the suites found.
    verdicts, contests, repetitions
        What a judge said, of how many pairs of walks, asked how often each.
    figures
        Titles and files, as the page names them.
    """

    command: str
    model: str | None
    quick: bool
    tours: Results | None = None
    walks: Results | None = None
    verdicts: tuple[Verdict, ...] = ()
    contests: int = 0
    repetitions: int = 0
    figures: tuple[tuple[str, str], ...] = ()


def page(run: Run) -> str:
    """Return the page, as Markdown."""
    from jinja2 import Environment, StrictUndefined

    text = resources.files("planner.evaluation").joinpath("page.md.jinja").read_text("utf-8")
    # Markdown, not HTML: names of places come from tables, and are kept from making columns.
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    suites = [each for each in (run.tours, run.walks) if each is not None]
    costs = [
        (each.suite, summed_up("all", name, each.of(name)))
        for each in suites
        for name in each.methods
    ]
    ours = run.walks.of(OURS) if run.walks is not None else []
    return environment.from_string(text).render(
        run=run,
        phrasings=_COUNTED[len(PHRASINGS)],
        detour=DETOUR,
        experts=round(100 * AGREEMENT_WITH_EXPERTS),
        unplanned=sum(not row.stops for row in ours),
        costs=costs,
        minutes=sum(row.seconds * row.requests for _, row in costs) / 60,
        number=_number,
        table=lambda results, group, names: "\n".join(_table(results, group, names)),
        against=lambda results, name: "\n".join(_against(results, name)),
        sure=lambda results: "\n".join(_acceptance(results)),
        ablations=lambda results: "\n".join(_ablations(results)),
        compared=_compared,
    )


def _table(results: Results, group: str | None, names: Sequence[str]) -> Iterator[str]:
    rows = [
        summed_up(
            group or "all", name, results.by.get((group, name), ()) if group else results.of(name)
        )
        for name in results.methods
    ]
    rows = [row for row in rows if row.requests]
    kept = [name for name in names if any(getattr(row, name) is not None for row in rows)]
    yield "| method | requests | " + " | ".join(_SHOWN[name][0] for name in kept) + " |"
    yield "| --- | ---: | " + " | ".join("---:" for _ in kept) + " |"
    for row in rows:
        cells = []
        for name in kept:
            value, digits = getattr(row, name), _SHOWN[name][1]
            cell = _number(value, digits)
            if value is not None and name in row.intervals and row.requests > 1:
                low, high = row.intervals[name]
                cell += f" [{low:.{digits}f}, {high:.{digits}f}]"
            cells.append(cell)
        yield f"| {row.method} | {row.requests} | {' | '.join(cells)} |"


def _against(results: Results, measure: str) -> Iterator[str]:
    others = [name for name in (*BASELINES, *BESIDE) if name in results.methods]
    yield f"| {_SHOWN[measure][0]}: ours less | " + " | ".join(results.groups) + " |"
    yield "| --- | " + " | ".join("---:" for _ in results.groups) + " |"
    for name in others:
        cells = []
        for city in results.groups:
            found = difference(results, name, measure, city)
            cells.append("" if found is None else _signed(found, 3))
        yield f"| {name} | {' | '.join(cells)} |"


def difference(
    results: Results, other: str, measure: str, group: str | None = None
) -> Interval | None:
    """Return by how much ours differs from another method over the same requests.

    Parameters
    ----------
    results
        Of a suite.
    other
        The method.
    measure
        The measure.
    group
        A city; all of them where absent. ``None`` comes back where no request has both.
    """
    groups = results.groups if group is None else (group,)
    ours: list[float] = []
    theirs: list[float] = []
    for each in groups:
        mine, its = same_requests(
            results.by.get((each, OURS), ()), results.by.get((each, other), ()), measure
        )
        ours += mine
        theirs += its
    return paired(ours, theirs) if ours else None


def _acceptance(results: Results) -> Iterator[str]:
    """Say in how many cities ours is surely better in RR and F1, and whose order is better."""
    yield "In how many cities ours is surely better:"
    yield ""
    yield "| than | RR | F1 | RR and F1 |"
    yield "| --- | ---: | ---: | ---: |"
    for name in (*BASELINES, *BESIDE):
        if name not in results.methods:
            continue
        sure = {
            measure: {
                city
                for city in results.groups
                if (found := difference(results, name, measure, city)) is not None and found.low > 0
            }
            for measure in ("rr", "f1")
        }
        both = len(sure["rr"] & sure["f1"])
        of = len(results.groups)
        yield f"| {name} | {len(sure['rr'])} of {of} | {len(sure['f1'])} of {of} | {both} of {of} |"
    yield ""
    for measure in ("am", "ol"):
        ours = values(results.of(OURS), measure)
        mean = sum(ours) / len(ours) if ours else 0.0
        label, digits = _SHOWN[measure]
        lower = [
            name
            for name in BASELINES
            if (got := values(results.of(name), measure)) and sum(got) / len(got) < mean - 1e-9
        ]
        said = f"lower than ours: {', '.join(lower)}" if lower else "no baseline's is lower"
        yield f"{label.partition(',')[0]} of ours over all cities is {mean:.{digits}f}; {said}."
    fails = values(results.of(OURS), "fr")
    alone = values(results.of("model alone"), "fr")
    yield f"FR of ours is {_mean(fails)}" + (
        f", of the model alone {_mean(alone)}." if alone else "."
    )


def _mean(found: Sequence[float]) -> str:
    return f"{sum(found) / len(found):.2f}" if found else "unknown"


def _ablations(results: Results) -> Iterator[str]:
    yield "| ours less | RR | F1 | pairs-F1 | AM, m | OL | walk, m |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    measures = ("rr", "f1", "pairs_f1", "am", "ol", "walk_m")
    have = [name for name in ABLATIONS if name in results.methods]
    for name in have:
        found = [difference(results, name, measure) for measure in measures]
        cells = [
            "" if each is None else _signed(each, _SHOWN[measure][1])
            for each, measure in zip(found, measures, strict=True)
        ]
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""
    for name in have:
        yield f"- {_compared(results, name, measures)}"


def _compared(results: Results, name: str, measures: Sequence[str]) -> str:
    """Say in what a method is surely worse than ours, and in what better."""
    worse: list[str] = []
    better: list[str] = []
    for measure in measures:
        found = difference(results, name, measure)
        if found is None or found.low <= 0 <= found.high:
            continue
        ahead = (found.mean > 0) != (measure in SMALLER_IS_BETTER)
        (worse if ahead else better).append(_SHOWN[measure][0].partition(",")[0])
    said = [f"surely worse than ours in {', '.join(worse)}"] if worse else []
    said += [f"surely better in {', '.join(better)}"] if better else []
    return f"*{name}*: {' and '.join(said) or 'no difference is sure'}."


def _signed(found: Interval, digits: int) -> str:
    return f"{found.mean:+.{digits}f} [{found.low:+.{digits}f}, {found.high:+.{digits}f}]"


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
