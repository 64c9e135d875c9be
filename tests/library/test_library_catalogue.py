"""Kinds of places: from tags and from words."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import cli
from planner.domain import Place, Position
from planner.errors import UnreadableFileError
from planner.itinerary.evidence import catalogued_kinds
from planner.library import cataloguefile
from planner.library.catalogue import UNKNOWN, Catalogue
from planner.library.words import stems

CATALOGUE = Catalogue.load()
ROOT = Path(__file__).parent.parent.parent


def test_holds_at_least_250_tag_values_over_many_keys() -> None:
    values = CATALOGUE.tag_values
    assert len(values) >= 250
    assert {"amenity", "shop", "tourism", "leisure", "historic", "man_made", "natural", "place",
            "craft", "railway", "building"} <= {value.split("=")[0] for value in values}  # fmt: skip


def test_every_category_is_complete_and_in_order() -> None:
    for category in CATALOGUE:
        short, usual, long = category.minutes
        assert 0 <= short <= usual <= long, category.key
        assert 0 <= category.appeal <= 1, category.key
        assert category.role in {"cafe", "bar", "meal", "none"}, category.key
        assert category.setting in {"indoor", "outdoor", "either"}, category.key
        assert category.times, category.key
        assert set(category.times) <= {"morning", "midday", "afternoon", "evening", "night"}
        assert category.tags or category.key == UNKNOWN
        assert category.phrase
        assert category.cost in {"free", "low", "mid", "high"} or category.key == UNKNOWN
        assert set(category.mood) <= {"quiet", "lively", "family", "romantic", "rainy-day"}
        assert category.serves or category.role in {"none", "bar"}, category.key


def test_no_tag_belongs_to_two_categories() -> None:
    owners: dict[frozenset[str], str] = {}
    for category in CATALOGUE:
        for tag in category.tags:
            parts = frozenset(part.strip() for part in tag.split("&"))
            assert owners.setdefault(parts, category.key) == category.key, tag


def test_no_word_is_claimed_by_two_categories_without_saying_which() -> None:
    owners: dict[tuple[str, ...], set[str]] = {}
    for category in CATALOGUE:
        for alias in (category.label, *category.aliases):
            owners.setdefault(stems(alias), set()).add(category.key)
    doubtful = {run for run, keys in owners.items() if len(keys) > 1}
    settled = {stems(text) for text in cataloguefile.tables(
        cataloguefile.shipped_text(), "", own_name="", cache=None)["words"]}  # fmt: skip
    assert doubtful <= settled


def test_every_mood_suits_many_kinds() -> None:
    for mood in ("quiet", "lively", "family", "romantic", "rainy-day"):
        assert sum(mood in category.mood for category in CATALOGUE) >= 10


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("public toilets", "toilets"),
        ("a bench", "bench"),
        ("somewhere to sit", "bench"),
        ("drinking fountain", "drinking_water"),
        ("playground", "playground"),
        ("viewpoints", "viewpoint"),
        ("bike repair station", "bicycle_repair"),
        ("an ATM", "atm"),
        ("luggage lockers", "luggage_storage"),
        ("picnic table", "picnic_site"),
        ("wifi hotspot", "wifi"),
        ("post box", "post_box"),
        ("public shower", "shower"),
    ],
)
def test_what_one_asks_for_on_the_way_counts_without_a_name(words: str, key: str) -> None:
    assert key in CATALOGUE.named(words)
    assert CATALOGUE.category(key).nameless is not None


@pytest.mark.parametrize(
    ("tags", "key"),
    [
        ({"amenity": "cafe"}, "cafe"),
        ({"amenity": "cafe", "internet_access": "wlan"}, "cafe"),
        ({"internet_access": "wlan"}, "wifi"),
        ({"amenity": "bank", "atm": "yes"}, "bank"),
        ({"amenity": "atm", "operator": "Otto"}, "atm"),
        ({"amenity": "toilets", "drinking_water": "yes"}, "toilets"),
        ({"man_made": "water_tap", "drinking_water": "yes"}, "drinking_water"),
        ({"shop": "bicycle"}, "bicycle_shop"),
        ({"tourism": "museum", "building": "public"}, "museum"),
        (
            {"tourism": "attraction", "amenity": "place_of_worship", "building": "cathedral"},
            "cathedral",
        ),
        ({"place": "square", "highway": "pedestrian", "tourism": "attraction"}, "square"),
        ({"amenity": "marketplace", "tourism": "attraction"}, "marketplace"),
        ({"amenity": "restaurant", "cuisine": "sushi;thai"}, "sushi"),
        ({"amenity": "restaurant", "cuisine": "unheard_of"}, "restaurant"),
        ({"amenity": "nightclub;restaurant"}, "restaurant"),
        ({"shop": "something_new"}, "shop"),
        (
            {"railway": "station", "station": "subway", "public_transport": "station"},
            "subway_station",
        ),
        ({"railway": "station", "public_transport": "station"}, "station"),
        ({"highway": "pedestrian", "area": "yes"}, "pedestrian_area"),
    ],
)
def test_the_kind_most_worth_a_walk_wins(tags: dict[str, str], key: str) -> None:
    found = CATALOGUE.classify(tags)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "tags", [{}, {"highway": "residential"}, {"building": "yes"}, {"highway": "pedestrian"}]
)
def test_what_is_no_place_has_no_kind(tags: dict[str, str]) -> None:
    assert CATALOGUE.classify(tags) is None


@pytest.mark.parametrize(
    ("words", "inside", "outside"),
    [
        ("museums", {"museum", "art_museum"}, {"gallery", "cafe"}),
        ("shopping malls", {"mall"}, {"clothes_shop", "bookshop"}),
        ("Shopping", {"mall", "clothes_shop", "bookshop", "supermarket"}, {"cafe", "park"}),
        ("shops", {"clothes_shop", "bakery"}, {"restaurant"}),
        ("one good coffee", {"cafe"}, {"tea_shop"}),
        ("CAFÉS", {"cafe"}, {"bar"}),
        ("churches", {"church", "cathedral", "chapel"}, {"mosque"}),
        ("loud bars", {"bar", "pub"}, {"cafe"}),
        ("small wine bar", {"wine_bar"}, {"bar"}),
        ("a sports bar", {"sports_bar"}, {"bar"}),
        ("quiet park", {"park"}, {"theme_park", "dog_park"}),
        ("somewhere for lunch", {"restaurant", "fast_food"}, {"cafe"}),
        ("second-hand shops", {"second_hand_shop"}, {"clothes_shop"}),
        ("galleries", {"gallery"}, {"mall"}),
    ],
)
def test_words_name_kinds(words: str, inside: set[str], outside: set[str]) -> None:
    named = CATALOGUE.named(words)
    assert inside <= named
    assert not outside & named


@pytest.mark.parametrize("words", ["crowds", "touristy", "stairs", "queues", "long straight streets",
                                   "steps at the door", "chains", "Local places", "two kids", ""])  # fmt: skip
def test_words_that_name_no_kind(words: str) -> None:
    assert CATALOGUE.named(words) == frozenset()


def test_a_whole_phrase_is_told_from_one_that_holds_a_kind() -> None:
    assert CATALOGUE.named_wholly("the loud bars") == CATALOGUE.named("bars")
    assert CATALOGUE.named_wholly("two good museums")
    assert not CATALOGUE.named_wholly("lunch near Stockmann")
    assert CATALOGUE.named("cafés near the market square") == CATALOGUE.named("cafés")
    assert CATALOGUE.named("a museum by the river") == CATALOGUE.named("museum")
    assert not CATALOGUE.named_wholly("cafés near the market square")
    assert CATALOGUE.named("a bar by the water") == CATALOGUE.named("bar")
    assert CATALOGUE.named("by the water")
    assert CATALOGUE.named_wholly("cafés outside") == CATALOGUE.named("cafés")
    assert CATALOGUE.mention("quiet park").qualifiers == ("quiet",)
    assert CATALOGUE.mention("park").bare
    assert not CATALOGUE.mention("quiet park").bare


def test_roles_serve_the_rules_of_taste() -> None:
    assert {"restaurant", "fast_food", "sushi"} <= CATALOGUE.with_role("meal")
    assert {"pub", "bar", "nightclub", "wine_bar"} <= CATALOGUE.with_role("bar")
    assert "bakery" not in CATALOGUE.with_role("cafe")


@given(st.text(max_size=80))
def test_any_text_can_be_asked(text: str) -> None:
    assert CATALOGUE.named(text) <= set(CATALOGUE.categories)


@given(
    st.dictionaries(
        st.sampled_from(["amenity", "shop", "cuisine", "x"]), st.text(max_size=12), max_size=4
    )
)
def test_any_tags_can_be_classified(tags: dict[str, str]) -> None:
    found = CATALOGUE.classify(tags)
    assert found is None or found.key in CATALOGUE


def test_a_key_of_another_catalogue_stands_for_a_place_of_unknown_kind() -> None:
    assert CATALOGUE.category("zine_shop").key == UNKNOWN
    assert "zine_shop" not in CATALOGUE
    assert UNKNOWN not in CATALOGUE.named("a nice place")


OWN = """
[category.zine_shop]
label = "zine shop"
phrase = "small print"
tags = ["shop=zines", "shop=comics"]
group = "shopping"
minutes = [5, 45, 90]
aliases = ["zine", "comic"]

[category.cafe]
more_aliases = ["kahvila"]
appeal = 0.9

[words]
reading = ["zine_shop", "library"]

[preference.quiet]
more_words = ["hushed"]

[preference.sober]
words = ["sober"]
role = { bar = -1.0 }

[attribute.wheelchair]
more_yes = ["ramp=yes"]

[speech]
qualifiers = "zingy"
"""


def merged(own: str) -> Catalogue:
    return Catalogue.parse(cataloguefile.shipped_text(), own, own_name="own.toml")


def test_a_persons_own_file_is_laid_over_the_shipped_one() -> None:
    found = merged(OWN)
    assert found.classify({"shop": "zines"}).key == "zine_shop"  # type: ignore[union-attr]
    # What the person claims is taken from whoever had it.
    assert found.classify({"shop": "comics"}).key == "zine_shop"  # type: ignore[union-attr]
    assert found.named("comics") == {"zine_shop"}
    assert found.named("reading") == {"zine_shop", "library"}
    assert found.named("kahvila") == {"cafe"}
    assert found.category("zine_shop").cost == "mid"
    assert found.category("cafe").appeal == 0.9
    assert found.category("cafe").minutes == CATALOGUE.category("cafe").minutes
    assert {"hushed", "quiet"} <= set(found.preferences["quiet"].words)
    assert found.preferences["quiet"].mood == CATALOGUE.preferences["quiet"].mood
    assert found.attributes["wheelchair"].answers["ramp", "yes"] == "yes"
    assert found.mention("zingy cafe").qualifiers == ("zingy",)
    assert "zine_shop" not in CATALOGUE


@pytest.mark.parametrize(
    ("own", "line", "words"),
    [
        ("[category.cafe]\nminuets = [1, 2, 3]\n", 2, "minutes"),
        ("\n[categories.x]\n", 2, "category"),
        ("[category.cafe]\nminutes = [30, 20, 40]\n", 2, "must not fall"),
        ("[category.cafe]\nminutes = [1, 2]\n", 2, "length 3"),
        ("[category.cafe]\n\ncost = 'cheapish'\n", 3, "free, high, low, mid"),
        ("[category.cafe]\nappeal = 7\n", 2, "appeal"),
        ("[category.cafe]\ntags = ['shop']\n", 2, "key=value"),
        ("[category.zine]\nlabel = 'zine'\ngroup = 'shoping'\n", 3, "shopping"),
        ("[category.zine]\nlabel = 'zine'\ngroup = 'shopping'\n", 1, "phrase, tags is missing"),
        ("[category.'Big Shop']\nlabel = 'x'\n", 1, "small letters"),
        ("[words]\nzine = ['zin']\n", 2, "stands for no category"),
        ("[words]\nzine = 'cafe'\n", 2, "categories are missing"),
        ("[preference.quiet]\nmood = { sad = 1 }\n", 2, "romantic"),
        ("[preference.quiet]\nmood = { quiet = 3 }\n", 2, "<= 1.0"),
        ("[preference.quiet]\nattribute = { wheelchairs = 1 }\n", 2, "wheelchair"),
        ("[preference.quiet]\nweather = 'sleet'\n", 2, "rain"),
        ("x = \n", 1, "no TOML"),
        ("category = 3\n", 1, "must be a table"),
    ],
)
def test_what_a_person_cannot_mean_is_refused_with_its_line(
    own: str, line: int, words: str
) -> None:
    with pytest.raises(UnreadableFileError, match=r"own\.toml") as refused:
        merged(own)
    assert f"line {line}" in str(refused.value)
    assert words in str(refused.value)
    assert refused.value.next_step


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_own_text_is_read_or_refused(own: str) -> None:
    with contextlib.suppress(UnreadableFileError):
        assert len(merged(own).categories) >= len(CATALOGUE.categories)


def test_an_own_file_is_found_and_kept_read(tmp_path: Path) -> None:
    own, cache = tmp_path / "catalogue.toml", tmp_path / "cache"
    assert Catalogue.load(own, cache=cache) is Catalogue.load()
    own.write_text(OWN, encoding="utf-8")
    first = Catalogue.load(own, cache=cache)
    assert "zine_shop" in first
    (kept,) = cache.iterdir()
    text = cataloguefile.shipped_text()
    again = cataloguefile.tables(text, OWN, own_name="", cache=cache)
    assert again["category"]["zine_shop"]["label"] == "zine shop"
    # A damaged cache is read anew, another text replaces what was kept.
    kept.write_bytes(b"\xc1")
    cataloguefile.tables(text, OWN, own_name="", cache=cache)
    assert cataloguefile.tables(text, OWN, own_name="", cache=cache) == again
    cataloguefile.tables(text, "", own_name="", cache=cache)
    assert len(list(cache.iterdir())) == 1
    own.write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        Catalogue.load(own)


def test_a_place_of_a_kind_of_another_catalogue_is_sorted_anew() -> None:
    zine = Place("x", "Zines", Position(0, 0), "zine_shop", tags={"shop": "books"})
    assert CATALOGUE.placed(zine).category == "bookshop"
    assert CATALOGUE.placed(replace(zine, tags={})).category == UNKNOWN
    assert merged(OWN).placed(zine) is zine


def test_the_verifier_reads_the_persons_own_stays_by_itself() -> None:
    kinds = catalogued_kinds(OWN)
    assert kinds["zine_shop"] == (5, 90, "none")
    for category in merged(OWN):
        short, _usual, long = category.minutes
        assert kinds[category.key] == (short, long, category.role)


def test_a_bad_own_file_stops_a_plan_before_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "catalogue.toml").write_text("[category.cafe]\nminuets = 3\n", encoding="utf-8")
    assert cli.run(["--home", str(tmp_path), "plan", "coffee", "--model", "none"]) == 1
    told = capsys.readouterr().err
    assert "line 2" in told
    assert "minutes" in told
    assert not (tmp_path / "cities").exists() or not any((tmp_path / "cities").iterdir())


def test_the_file_and_its_description_name_the_same_fields() -> None:
    documented = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    shown = [each for each in CATALOGUE.preferences if each != "none"]
    assert (
        f"{len(CATALOGUE.categories)} categories over {len(CATALOGUE.tag_values)} tag values, "
        f"{len(CATALOGUE.attributes)} attributes and {len(shown)} preferences"
    ) in documented
    for form in cataloguefile.FORMS.values():
        for name in form.__struct_fields__:
            assert f"`{name}`" in documented, name
    for key in (*CATALOGUE.attributes, *CATALOGUE.preferences):
        assert f"`{key}`" in documented, key


def test_a_catalogue_with_an_unknown_group_is_refused() -> None:
    text = '[category.x]\nlabel="x"\nphrase="x"\ntags=["a=b"]\ngroup="nowhere"\n'
    with pytest.raises(ValueError, match="nowhere"):
        Catalogue.parse(text)
