"""The whole evaluation in one run, and the page that it writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from planner.evaluation import figures, tours, walks
from planner.evaluation.judge import LEAST_REPETITIONS, Contest, Judged, in_words, judge
from planner.evaluation.keeping import Kept, code_digest, key_of, model_digest
from planner.evaluation.report import OURS, Run, page
from planner.files import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from planner.config import Home
    from planner.evaluation.judge import Verdict
    from planner.evaluation.measured import Measured, Results
    from planner.evaluation.tours import Extent
    from planner.evaluation.walkrequests import Asked
    from planner.evaluation.walks import Town
    from planner.language.embeddings import Embedder
    from planner.language.engine import Engine

    Tell = Callable[[float, str], None]

PAPER: Final = "paper"
VISITS: Final = "tours/flickr"
"""Where the visits are in the folder of the real data."""
IMAGES: Final = "images"
_LEAST_DRAWN: Final = 3
_TOURS_SHARE, _WALKS_SHARE = 0.6, 0.3


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes
    ----------
    tours
        Requests of each city of visits.
    walks, few_walks
        Generated requests, and how many of them a model is asked.
    contests
        Pairs of walks that a judge compares.
    drawn
        Walks that are drawn.
    sample
        Whether the page says that this is one.
    """

    tours: Extent
    walks: int
    few_walks: int
    contests: int
    drawn: int = 3
    sample: bool = False


WHOLE: Final = Size(tours.Extent(), walks.REQUESTS, 20, 8)
QUICK: Final = Size(tours.QUICK, 5, 1, 1, sample=True)


def evaluate(
    home: Home,
    data: Path,
    output: Path,
    embedder: Embedder,
    *,
    engine: Engine | None,
    command: str,
    size: Size | None = None,
    seed: int = 0,
    kept: Path | None = None,
    tell: Tell | None = None,
) -> Run:
    """Measure everything, and write the page with its figures.

    Parameters
    ----------
    home
        Where cities are, or are built.
    data
        The folder of the real data.
    output
        Where the page goes; figures go into ``images`` beside it.
    embedder
        Embeds places and requests.
    engine
        The language model, or ``None``.
    command
        What prints the page again, as the page says.
    size
        How much; everything by default.
    seed
        Of all draws.
    kept
        The folder in which results are kept between runs.
    tell
        Told how far the work is: a share between 0 and 1, and what is being done.

    Raises
    ------
    FlaneurError
        If matplotlib is missing.
    UnreadableFileError
        If the data is not what it should be.
    StoreError
        If something cannot be written.
    """
    figures.require()
    say: Tell = tell or (lambda _share, _doing: None)
    much = size or WHOLE
    toured = tours.run_tours(
        data / VISITS,
        embedder.encode,
        engine=engine,
        seed=seed,
        extent=much.tours,
        kept=kept / "tours.jsonl" if kept else None,
        tell=lambda done, doing: say(_TOURS_SHARE * done, doing),
    )
    say(_TOURS_SHARE, "walks: opening cities")
    towns = walks.open_towns(home, data, embedder)
    walked = walks.run_walks(
        towns,
        data,
        engine=engine,
        seed=seed,
        count=much.walks,
        few=much.few_walks,
        kept=kept / "walks.jsonl" if kept else None,
        tell=lambda done, doing: say(_TOURS_SHARE + _WALKS_SHARE * done, doing),
    )
    asked = walks.asked_of(towns, much.walks, seed)
    both = _answered_by_both(walked)
    began = _TOURS_SHARE + _WALKS_SHARE
    verdicts = _verdicts(
        engine,
        [_contest(towns, asked, *pair) for pair in both[: much.contests]],
        seed,
        kept / "judge.jsonl" if kept else None,
        lambda done: say(began + (1 - began) * done, "judge"),
    )
    say(1.0, "drawing")
    run = Run(
        command=command,
        model=engine.name if engine is not None else None,
        quick=much.sample,
        tours=toured,
        walks=walked,
        verdicts=verdicts,
        contests=len(both[: much.contests]) if verdicts else 0,
        repetitions=LEAST_REPETITIONS,
        figures=_figures(toured, walked, towns, asked, both, much.drawn, output.parent / IMAGES),
    )
    write(run, output)
    return run


def write(run: Run, output: Path) -> None:
    """Write the page of a run."""
    publish(output, lambda file: file.write(page(run).encode("utf-8")))
    # A page of a repository is for everybody.
    output.chmod(0o644)


def _answered_by_both(walked: Results) -> list[tuple[Measured, Measured]]:
    """Return our walk and the paper's for the requests that have both, long enough to compare."""
    theirs = {row.request: row for row in walked.of(PAPER)}
    pairs = ((ours, theirs.get(ours.request)) for ours in walked.of(OURS))
    return [
        (ours, other)
        for ours, other in pairs
        if other is not None and min(len(ours.stops), len(other.stops)) >= _LEAST_DRAWN
    ]


def _contest(
    towns: Mapping[str, Town], asked: Sequence[Asked], ours: Measured, theirs: Measured
) -> Contest:
    request = asked[int(ours.request)]
    planner = towns[request.city].planner

    def told(stops: Sequence[str]) -> str:
        places = [planner.city.places[stop] for stop in stops]
        kinds = planner.catalogue
        return in_words([(each.name, kinds.category(each.category).label) for each in places])

    return Contest(request.text, told(ours.stops), told(theirs.stops))


def _verdicts(
    engine: Engine | None,
    contests: Sequence[Contest],
    seed: int,
    file: Path | None,
    tell: Callable[[float], None],
) -> tuple[Verdict, ...]:
    if engine is None or not contests:
        return ()
    known: Kept[Judged] = Kept(file, Judged)
    key = key_of(code_digest(), model_digest(engine.model), f"{seed}", *map(repr, contests))
    found = known.get(key)
    if found is None:
        found = Judged(judge(engine, contests, seed=seed, tell=tell))
        known.put(key, found)
    return found.verdicts


def _figures(
    toured: Results,
    walked: Results,
    towns: Mapping[str, Town],
    asked: Sequence[Asked],
    both: Sequence[tuple[Measured, Measured]],
    drawn: int,
    folder: Path,
) -> tuple[tuple[str, str], ...]:
    figures.quality_against_distance(toured, folder / "evaluation-quality.svg")
    figures.order_by_method([toured, walked], folder / "evaluation-order.svg")
    made = [
        ("Quality against walking distance, suite `tours`", f"{IMAGES}/evaluation-quality.svg"),
        ("AM and OL by method", f"{IMAGES}/evaluation-order.svg"),
    ]
    # The first of each city, so that nobody has chosen what looks well.
    first: dict[str, tuple[Measured, Measured]] = {}
    for pair in both:
        first.setdefault(asked[int(pair[0].request)].city, pair)
    pairs = []
    for city, (ours, theirs) in sorted(first.items())[:drawn]:
        request = asked[int(ours.request)]
        town = towns[city]
        pairs.append(
            (
                f"{city.capitalize()}: {request.text}",
                _drawn(town, request, ours, "ours"),
                _drawn(town, request, theirs, "paper"),
            )
        )
    if pairs:
        figures.walks_side_by_side(pairs, folder / "evaluation-walks.svg")
        made.append(
            (
                "Ours and the paper's, the first request of each city",
                f"{IMAGES}/evaluation-walks.svg",
            )
        )
    return tuple(made)


def _drawn(town: Town, request: Asked, row: Measured, method: str) -> figures.Drawn:
    stops = [town.planner.city.places[stop].position for stop in row.stops]
    anchor = town.anchor(request.wishes.start)
    start = [] if anchor is None else [anchor.position]
    path = [*start, *stops, *(start if request.wishes.loop else [])]
    title = f"{method}: {len(stops)} stops, {(row.walk_m or 0) / 1000:.1f} km"
    return figures.Drawn(title, [(spot.lon, spot.lat) for spot in stops], town.path(path))
