"""Chips as parts of a sentence: left out, put back, worded anew, held for the next request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tui.framing import wishes_of
from tui.wishing import Chip, chips_of, left_out, put_back, reworded, with_pinned

if TYPE_CHECKING:
    from planner.itinerary.document import PlanDocument

TEXT = "old churches, a quiet park and one good coffee, no crowds, start at the cathedral"
PARK, COFFEE = Chip("wish", "a quiet park"), Chip("wish", "one good coffee")
CROWDS, START = Chip("without", "crowds"), Chip("start", "the cathedral")


@pytest.mark.parametrize(
    ("chip", "left"),
    [
        (PARK, "old churches, one good coffee, no crowds, start at the cathedral"),
        (COFFEE, "old churches, a quiet park, no crowds, start at the cathedral"),
        (
            CROWDS,
            "old churches, a quiet park and one good coffee, start at the cathedral",
        ),
        (START, "old churches, a quiet park and one good coffee, no crowds"),
    ],
)
def test_a_chip_leaves_a_sentence_and_comes_back(chip: Chip, left: str) -> None:
    found = left_out(TEXT, [], chip)
    assert found == (left, [])
    text, options = put_back(*found, chip)
    assert text == f"{left}, {chip.phrase}"
    assert options == []


def test_a_named_place_is_forgone_and_seen_again() -> None:
    chip = Chip("must", "Ateneum")
    found = left_out("see Ateneum", ["--pace", "slow"], chip)
    assert found == ("see Ateneum", ["--pace", "slow", "--forgo", "Ateneum"])
    assert wishes_of(found[1]).forgo == ("Ateneum",)
    assert put_back(*found, chip) == ("see Ateneum", ["--pace", "slow"])


@pytest.mark.parametrize(
    ("chip", "option"),
    [(START, "--start"), (CROWDS, "--avoid"), (Chip("must", "Ateneum"), "--must")],
)
def test_what_an_option_says_is_changed_in_the_option(chip: Chip, option: str) -> None:
    options = ["--hours", "3", option, chip.words]
    assert left_out(TEXT, options, chip) == (TEXT, ["--hours", "3"])
    assert reworded(TEXT, options, chip, "trams") == (TEXT, ["--hours", "3", option, "trams"])


def test_a_chip_is_worded_anew_where_it_stands() -> None:
    assert reworded("A  Quiet  Park, trams", [], PARK, "a loud park") == ("a loud park, trams", [])
    assert reworded("trams", [], PARK, r"\1 trees") is None


def test_a_chip_whose_words_do_not_stand_there_stays() -> None:
    assert left_out("trams", [], PARK) is None
    assert left_out("a quiet park", [], PARK) is None


def test_what_is_pinned_is_said_once() -> None:
    pinned = (PARK, CROWDS, START, Chip("frame", "3 h"))
    assert with_pinned("trams", pinned) == (
        "trams, a quiet park, no crowds, start at the cathedral"
    )
    assert with_pinned("A quiet park, begin at the station", pinned) == (
        "A quiet park, begin at the station, no crowds"
    )
    assert with_pinned("", (PARK,)) == "a quiet park"


def test_chips_tell_their_state_without_colour(walk: PlanDocument) -> None:
    shown = chips_of(walk, pinned=(PARK,), off=(Chip("wish", "trams", "off"), PARK))
    labels = [chip.label for chip in shown]
    assert "[⚿ a quiet park]" in labels
    assert "(off: trams)" in labels
    assert "[– shopping]" in labels
    assert sum("quiet park" in label for label in labels) == 1


def test_what_was_proposed_and_what_is_not_known_are_told_apart(walk: PlanDocument) -> None:
    understood = walk.understood
    wish = msgspec.structs.replace(understood.subrequests[0], pos="coffee", proposed=True)
    document = msgspec.structs.replace(
        walk,
        understood=msgspec.structs.replace(
            understood, subrequests=(wish,), not_understood=("blorp\x1b[31m",)
        ),
    )
    labels = [chip.label for chip in chips_of(document)]
    assert labels[:2] == ["[+ coffee]", "[? blorp[31m]"]


def test_a_proposal_is_declined_and_taken_again() -> None:
    chip = Chip("proposed", "coffee")
    declined = left_out("surprise me", ["--hours", "3"], chip)
    assert declined == ("surprise me", ["--hours", "3", "--avoid", "coffee"])
    assert put_back(*declined, chip) == ("surprise me", ["--hours", "3"])
    assert reworded("surprise me", [], chip, "tea") == ("surprise me, tea", [])


def test_words_that_nothing_knows_are_left_out_or_said_otherwise() -> None:
    chip = Chip("unknown", "blorp")
    assert left_out("bookshops and blorp", [], chip) == ("bookshops", [])
    assert reworded("bookshops and blorp", [], chip, "a park") == ("bookshops and a park", [])
