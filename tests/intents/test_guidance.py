"""What to do next in the demo city: always verified, and honest where there is nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from planner.domain import Anchor, Position
from planner.errors import FlaneurError
from planner.guidance.document import encode
from planner.guidance.guide import Guide
from planner.guidance.question import Question, until_of
from planner.library.catalogue import Catalogue
from planner.pipeline import Planner

if TYPE_CHECKING:
    from planner.guidance.document import NextDocument
    from planner.language.embeddings import Embedder
    from planner.pipeline import City

HERE = Position(60.1699, 24.9384)
NOON = dt.datetime(2026, 11, 25, 13, 30)
OUTSIDE = {"park", "square", "viewpoint", "monument", "memorial", "fountain", "artwork"}


@pytest.fixture(scope="module")
def guide(helsinki: City, embedder: Embedder) -> Guide:
    return Guide.of(Planner(helsinki, embedder.encode, Catalogue.load()))


def ask(guide: Guide, now: dt.datetime, **changes: object) -> NextDocument:
    question = Question(Anchor("here", HERE), now)
    return guide.next(replace(question, **changes))  # type: ignore[arg-type]


def kinds(found: NextDocument) -> set[str]:
    return {stop.category for each in found.alternatives for stop in each.stops}


def test_three_alternatives_lead_to_different_places_first(guide: Guide) -> None:
    found = ask(guide, NOON)
    assert len(found.alternatives) == 3
    assert len({each.stops[0].place_id for each in found.alternatives}) == 3
    for each in found.alternatives:
        assert each.status == "ok"
        assert each.violations == ()
        assert len(each.legs) == len(each.stops) == len(each.intents)
        assert all(stop.open != "no" for stop in each.stops)
        assert each.stops[-1].depart <= (NOON + dt.timedelta(hours=3)).isoformat()
        assert each.totals.walk_s > 0


def test_the_same_question_has_the_same_answer(guide: Guide) -> None:
    first, second = (ask(guide, NOON).alternatives for _ in range(2))
    assert [each.stops for each in first] == [each.stops for each in second]


def test_rain_leads_under_a_roof(guide: Guide) -> None:
    found = ask(guide, NOON, weather="rain")
    assert found.alternatives
    assert not kinds(found) & OUTSIDE


def test_twenty_minutes_are_kept(guide: Guide) -> None:
    until = NOON.replace(hour=15, minute=20)
    found = ask(guide, NOON.replace(hour=15, minute=0), until=until)
    assert found.alternatives
    assert all(each.stops[-1].depart <= until.isoformat() for each in found.alternatives)


def test_nothing_is_open_at_five_and_it_says_what_opens_first(guide: Guide) -> None:
    found = ask(guide, NOON.replace(hour=5, minute=0), weather="rain")
    assert found.alternatives == ()
    assert found.nothing
    assert found.nothing.text.startswith("Nothing open within reach; nearest opens at 0")
    assert found.nothing.place_id in guide.planner.city.places
    assert found.nothing.walk_s is not None


def test_five_minutes_hold_nothing(guide: Guide) -> None:
    found = ask(guide, NOON, until=NOON + dt.timedelta(minutes=5))
    assert found.alternatives == ()
    assert found.nothing
    assert "fits into 5 min" in found.nothing.text


def test_far_from_every_street_is_an_error_that_helps(guide: Guide) -> None:
    with pytest.raises(FlaneurError, match="not near any street") as error:
        ask(guide, NOON, at=Anchor("60.30,25.10", Position(60.30, 25.10)))
    assert "--at" in str(error.value)


def test_marks_count(guide: Guide, helsinki: City) -> None:
    first = ask(guide, NOON).alternatives[0].stops[0].place_id
    never = replace(helsinki.places[first], never=True)
    marked = replace(helsinki, places=helsinki.places.with_own([never]))  # type: ignore[attr-defined]
    found = ask(Guide.of(replace(guide.planner, city=marked)), NOON)
    assert first not in {stop.place_id for each in found.alternatives for stop in each.stops}


def test_what_was_visited_today_is_neither_offered_nor_repeated(guide: Guide) -> None:
    before = ask(guide, NOON.replace(hour=10, minute=0))
    coffee = next(
        stop for each in before.alternatives for stop in each.stops if stop.category == "cafe"
    )
    after = ask(guide, NOON.replace(hour=10, minute=0), visited_today=frozenset({coffee.place_id}))
    assert "done=breakfast" in after.context or "done=coffee" in after.context
    assert coffee.place_id not in {s.place_id for each in after.alternatives for s in each.stops}


def test_where_one_stands_is_not_offered(guide: Guide) -> None:
    place = guide.planner.city.places[ask(guide, NOON).alternatives[0].stops[0].place_id]
    found = ask(guide, NOON, at=Anchor(place.name, place.position, place))
    assert place.id not in {s.place_id for each in found.alternatives for s in each.stops}


def test_until_may_lie_behind_midnight_but_not_behind_us() -> None:
    late = dt.datetime(2026, 11, 25, 22)
    assert until_of(dt.time(1), late) == dt.datetime(2026, 11, 26, 1)
    with pytest.raises(FlaneurError, match="has passed"):
        until_of(dt.time(14), dt.datetime(2026, 11, 25, 15))


def test_the_document_is_published_as_promised(guide: Guide) -> None:
    import json

    published = json.loads(encode(ask(guide, NOON)))
    assert {"schema", "now", "at", "alternatives", "by"} <= set(published)
    assert published["at"] == [HERE.lat, HERE.lon]
    assert published["by"] == "table"
    assert {"stops", "legs", "totals", "intents", "status"} <= set(published["alternatives"][0])
