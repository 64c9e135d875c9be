"""Places and imports of places printed for people, or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.cli.context import print_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.cli.context import Session
    from planner.library.arrivals import ImportReport
    from planner.library.holdings import Holding


def show_places(run: Session, held: Iterable[Holding], *, as_json: bool, empty: str) -> None:
    """Print places as a table, or as JSON.

    Parameters
    ----------
    run
        The session.
    held
        The places.
    as_json
        JSON, whatever there is.
    empty
        What to say instead of an empty table.
    """
    from planner.drawing.places import place_row, places_table

    if as_json:
        print_value([place_row(holding) for holding in held])
        return
    from planner.drawing.lettering import speaks_unicode

    listed = list(held)
    if not listed:
        run.hint(empty)
        return
    plain = not speaks_unicode(run.out.encoding)
    run.out.print(places_table(listed, _label, width=run.out.width, ascii=plain))


def show_one(run: Session, holding: Holding, *, as_json: bool) -> None:
    """Print all that is known of a place, as a sheet or as JSON."""
    from planner.drawing.places import place_row, place_sheet

    if as_json:
        print_value(place_row(holding))
        return
    from planner.drawing.lettering import speaks_unicode

    run.out.print(place_sheet(holding, _label, ascii=not speaks_unicode(run.out.encoding)))


def _label(category: str | None) -> str:
    from planner.library.catalogue import Catalogue

    known = Catalogue.load().categories.get(category or "")
    return "unknown" if known is None or category is None else known.label


def report_value(report: ImportReport) -> dict[str, object]:
    """Return what ``places import --json`` says of an import."""
    return {
        "file": report.file,
        "format": report.format,
        "read": report.read,
        "added": report.added,
        "merged": report.merged,
        "unlocated": report.unlocated,
        "refused": report.refused,
        "mapping": report.mapping,
        "remarks": report.remarks,
        "rows": report.arrivals,
    }


def print_report(run: Session, report: ImportReport, *, dry_run: bool) -> None:
    """Say what an import did, or would do, and what a person should know of the file."""
    from planner.drawing.lettering import speaks_unicode
    from planner.drawing.places import import_table

    would = "would be " if dry_run else ""
    counted = {
        f"{would}added": report.added,
        f"{would}one with a place that is there": report.merged,
        f"{would}added without a position": report.unlocated,
        "not read": len(report.refused),
    }
    said = ", ".join(f"{count:,} {what}" for what, count in counted.items() if count)
    rows = "row" if report.read == 1 else "rows"
    run.say(f"{report.file} ({report.format}): {report.read:,} {rows}; {said or 'nothing in it'}.")
    used = [f"{heading} is {field}" for heading, field in report.mapping.items() if field]
    if used:
        run.hint(f"Headings: {', '.join(used)}.")
    unused = [heading for heading, field in report.mapping.items() if not field]
    if unused:
        run.hint(f"Not used: {', '.join(unused)}.")
    for remark in report.remarks:
        run.hint(remark)
    if report.arrivals and (dry_run or report.unlocated or report.refused):
        run.out.print(
            import_table(report, every=dry_run, ascii=not speaks_unicode(run.out.encoding))
        )
    if report.unlocated and not dry_run:
        run.hint("Say where a place is with: flaneur places locate ID LAT,LON")
    if dry_run:
        run.hint("Nothing was changed.")
