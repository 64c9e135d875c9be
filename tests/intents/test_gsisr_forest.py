from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.errors import FlaneurError, UnreadableFileError
from planner.evaluation import gsisr
from planner.intents.gsisr import forest as growing
from planner.intents.gsisr.features import features
from planner.intents.gsisr.forest import Forest, grow
from planner.intents.gsisr.rows import Call, Row, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., tuple[int, str, str]]

RIDE, FUEL, WEATHER, FOOD = (
    Call("tool_1", "当前位置", "订单目的地"),
    Call("tool_7", tag="加油站"),
    Call("tool_9"),
    Call("tool_5", "当前位置", reach="附近", tag="美食"),
)


def row(number: int, trigger: str, label: tuple[Call, ...], **changes: str) -> Row:
    fields = {
        "id": str(number),
        "currenttime": f"2026-02-10 {8 + number % 12:02d}:10:00",
        "current_tag": "加油站" if trigger == "加油" else "商场",
        "current_city": "c",
        "current_poi_name": f"p_{number}",
        "short_term_behavior_seq": "在2月10日周二7点act_2&act_4了位于本地中餐的p_9",
        "long_term_behavior": "商场的p_7act_4了3次",
        "trigger_1": trigger,
        "trigger_2": "c",
        "trigger_4": "p_9",
        "trigger_5": "2026-02-10 07:00:00",
        "profile_feat_13": "pf_7:中|pf_3:高",
        "raw_labels": json.dumps([call.as_data() for call in label], ensure_ascii=False),
    }
    return Row({**fields, **changes}, label)


def two_kinds(count: int) -> list[Row]:
    return [
        row(n, "加油", (FUEL, WEATHER, FOOD)) if n % 2 else row(n, "酒店", (RIDE, WEATHER, FOOD))
        for n in range(count)
    ]


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0].fields))
        writer.writeheader()
        writer.writerows([dict(each.fields) for each in rows])
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "EXTRA_TREES", 8)
    monkeypatch.setattr(growing, "FOREST_TREES", 8)


def test_rows_come_back_as_written(tmp_path: Path) -> None:
    rows = two_kinds(4)
    found = read_rows(write(tmp_path / "rows.csv", rows))
    assert [each.label for each in found] == [each.label for each in rows]
    assert found[0].trigger == "酒店"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "no column id"),
        ("", "no column id"),
        ("id,currenttime,current_tag,short_term_behavior_seq,trigger_1\n", "holds no row"),
        (
            "id,currenttime,current_tag,short_term_behavior_seq,trigger_1,raw_labels\n1,,,,,{}\n",
            "row 1: its label is no list",
        ),
        (
            "id,currenttime,current_tag,short_term_behavior_seq,trigger_1,raw_labels\n1,,,,,\n",
            "row 1 has no label",
        ),
        (
            "id,currenttime,current_tag,short_term_behavior_seq,trigger_1,raw_labels\n1,,,,,[\n",
            "row 1: ",
        ),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=message):
        read_rows(path)


def test_features_do_not_look_at_the_label() -> None:
    one = row(1, "加油", (FUEL, WEATHER, FOOD))
    other = Row({**one.fields, "raw_labels": "[]"}, (RIDE, WEATHER, FOOD))
    assert features(one, ("7",)) == features(other, ("7",))


def test_features_read_what_stands_there() -> None:
    found = features(row(1, "加油", (FUEL, WEATHER, FOOD)), ("7", "3"))
    assert found["trigger 加油"] == 1.0
    assert found["here fuel"] == 1.0
    assert found["hours to 5"] == pytest.approx(-(2 + 10 / 60))
    assert found["same city"] == 1.0
    assert found["deeds there"] == 1.0
    assert found["act_4 there"] == 1.0
    assert found["kind food"] == 1.0
    assert found["last ago"] == 2.0
    assert found["habit mall"] == 1.0
    assert found["habit most"] == 3.0
    assert (found["trait 7"], found["trait 3"]) == (2.0, 3.0)


@pytest.mark.usefixtures("small")
def test_a_forest_learns_and_is_read_back_the_same(tmp_path: Path) -> None:
    grown = grow(two_kinds(40))
    test = [row(101, "加油", ()), row(102, "酒店", ())]
    assert [calls[0] for calls in grown.predict(test)] == [FUEL, RIDE]
    path = tmp_path / "forest.npz"
    with path.open("wb") as file:
        grown.save(file)
    read = Forest.load(path)
    assert read.predict(test) == grown.predict(test)
    np.testing.assert_allclose(read.guess(test).sum(axis=1), 1.0)


@pytest.mark.usefixtures("small")
def test_leaves_are_those_of_the_library() -> None:
    from sklearn.ensemble import RandomForestRegressor

    rng = np.random.default_rng(0)
    values = rng.normal(size=(60, 5)).astype(np.float32)
    forest = RandomForestRegressor(6, random_state=0).fit(values, values[:, 0] * values[:, 1])
    trees = growing._as_arrays([each.tree_ for each in forest.estimators_])
    asked = rng.normal(size=(30, 5)).astype(np.float32)
    np.testing.assert_array_equal(trees.leaves(asked) - trees.roots, forest.apply(asked))


@pytest.mark.usefixtures("small")
def test_a_damaged_forest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "forest.npz"
    path.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(UnreadableFileError, match="no forest"):
        Forest.load(path)
    grown = grow(two_kinds(20))
    grown.trees.left[0] = 0
    with path.open("wb") as file:
        grown.save(file)
    with pytest.raises(UnreadableFileError, match="damaged"):
        Forest.load(path)


@pytest.mark.usefixtures("small")
def test_every_method_answers_every_row() -> None:
    rows = two_kinds(40)
    for name in ("majority of the trigger", "nearest neighbour", "15 neighbours, best expected"):
        made = gsisr.METHODS[name](rows[:30], rows[30:])
        assert [calls[0] for calls in made] == [each.label[0] for each in rows[30:]], name


def test_a_chain_predicts_call_after_call_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gsisr, "TREES", 10)
    rows = two_kinds(40)
    made = gsisr.chain(rows[:30], rows[30:], grown=gsisr._random_forest)
    assert made == [each.label for each in rows[30:]]


def test_folds_predict_each_row_once_and_never_learn_from_it() -> None:
    rows = two_kinds(41)
    seen: list[str] = []
    for train, test in gsisr.five_folds(rows):
        ids = {each.id for each in test}
        assert not ids & {each.id for each in train}
        assert len(train) + len(test) == len(rows)
        seen += [each.id for each in test]
    assert sorted(seen) == sorted(each.id for each in rows)


@pytest.mark.usefixtures("small")
def test_the_command_learns_predicts_and_writes(run: Run, tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", two_kinds(40))
    data = write(tmp_path / "data.csv", two_kinds(10))
    out = tmp_path / "said.jsonl"
    code, printed, err = run(
        *("eval", "gsisr", "--data", str(data), "--train", str(train)),
        *("--predictions", str(out), "--json"),
    )
    assert code == 0, err
    assert json.loads(printed) == {"acc@1": 1.0, "ndcg@3": 1.0, "nes": 1.0, "rows": 10}
    said = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert said[1] == {"id": "1", "predicted": [c.as_data() for c in (FUEL, WEATHER, FOOD)]}


def test_it_never_learns_from_what_it_is_asked_to_predict(tmp_path: Path) -> None:
    data = write(tmp_path / "data.csv", two_kinds(10))
    with pytest.raises(FlaneurError, match="same file"):
        gsisr.run_gsisr(data, train=data)


def test_the_shipped_forest_is_read_and_answers() -> None:
    forest = Forest.load(gsisr.shipped_forest())
    made = forest.predict(two_kinds(6))
    assert gsisr.valid_share(made) == 1.0
    assert Path(gsisr.shipped_forest()).stat().st_size < 4_000_000


@pytest.mark.slow
def test_the_forest_beats_majority_and_neighbours(data_folder: Path) -> None:
    rows = read_rows(data_folder / "gsisr" / "gsisr.csv")
    train, test = next(gsisr.five_folds(rows))
    labels = [each.label for each in test]

    def measured(name: str) -> tuple[float, float, float]:
        found = gsisr.scores(gsisr.METHODS[name](train, test), labels)
        return found.acc_1, found.ndcg_3, found.nes

    best = measured("forest votes, best expected")
    for name in ("majority of the trigger", "nearest neighbour"):
        assert all(a > b for a, b in zip(best, measured(name), strict=True)), name
