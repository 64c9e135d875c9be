"""A person's plans and settings."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest

from planner.errors import StoreError, UnknownPlanError
from planner.library import migrations
from planner.library.database import explanation
from planner.library.store import Store

if TYPE_CHECKING:
    from pathlib import Path

NOW = dt.datetime(2026, 11, 25, 9, 30)


def _plan(**changes: Any) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "created": NOW, "city": "helsinki", "date": dt.date(2026, 11, 26), "request": "see Ateneum",
        "stops": 5, "walk_m": 2345.6, "elapsed_s": 9000, "document": '{"schema": 1}',
    }  # fmt: skip
    return {**plan, **changes}


def test_a_plan_is_kept_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "home" / "library.sqlite"
    with Store.open(path, now=NOW) as store:
        plan_id = store.save_plan(**_plan(document=lambda own: f'{{"plan_id": "{own}"}}'))
    with Store.open(path) as store:
        assert store.plan(plan_id.upper()) == f'{{"plan_id": "{plan_id}"}}'
        (row,) = store.plans()
        assert (row.id, row.created, row.city, row.date) == (
            plan_id,
            "2026-11-25T09:30:00",
            "helsinki",
            "2026-11-26",
        )
        assert (row.request, row.stops, row.walk_m, row.elapsed_s) == (
            "see Ateneum",
            5,
            2345.6,
            9000,
        )
    assert len(plan_id) == 4
    assert plan_id.isalnum()


def test_the_same_input_gives_the_same_id_once(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.sqlite") as one, Store.open(tmp_path / "b.sqlite") as other:
        first = one.save_plan(**_plan())
        assert one.save_plan(**_plan(stops=6)) == first == other.save_plan(**_plan())
        assert [row.stops for row in one.plans()] == [6]
        others = ({"seed": 1}, {"frame": "--hours 3"}, {"date": dt.date(2026, 11, 27)})
        assert first not in {one.save_plan(**_plan(**other)) for other in others}


def test_ids_never_meet_and_the_newest_comes_first(tmp_path: Path) -> None:
    with Store.open(tmp_path / "library.sqlite") as store:
        ids = [store.save_plan(**_plan(created=NOW + dt.timedelta(minutes=n))) for n in range(60)]
        assert len(set(ids)) == 60
        assert [row.id for row in store.plans()] == ids[::-1]


def test_an_id_taken_by_another_plan_grows(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with Store.open(path) as store:
        wanted = store.save_plan(**_plan())
        store._db.execute("UPDATE plans SET fingerprint = 'of another'")
        longer = store.save_plan(**_plan())
        assert longer.startswith(wanted)
        assert len(store.plans()) == 2


def test_an_unknown_plan_names_near_ones(tmp_path: Path) -> None:
    with Store.open(tmp_path / "library.sqlite") as store:
        with pytest.raises(UnknownPlanError, match="plans list"):
            store.plan("p222")
        plan_id = store.save_plan(**_plan())
        with pytest.raises(UnknownPlanError, match=plan_id):
            store.plan(plan_id[:-1] + "x2")


def test_settings(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with Store.open(path) as store:
        assert store.setting("city") is None
        store.set_setting("city", "helsinki")
        store.set_setting("city", "porto")
    with Store.open(path) as store:
        assert store.setting("city") == "porto"
        store.set_setting("city", None)
        assert store.setting("city") is None
        assert store.problems() == ()


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "home" / "library.sqlite"
    with Store.open(path) as store:
        store.set_setting("a", "b")
        modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_failing_save_changes_nothing(tmp_path: Path) -> None:
    def broken(_plan_id: str) -> str:
        raise KeyboardInterrupt

    with Store.open(tmp_path / "library.sqlite") as store:
        with pytest.raises(KeyboardInterrupt):
            store.save_plan(**_plan(document=broken))
        assert store.plans() == ()
        assert store.save_plan(**_plan())


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    Store.open(path).close()
    failures: list[Exception] = []

    def write(number: int) -> None:
        try:
            with Store.open(path) as store:
                for step in range(5):
                    store.save_plan(**_plan(), seed=100 * number + step)
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Store.open(path) as store:
        assert len(store.plans()) == 20


def test_many_may_open_a_new_library_at_once(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    failures: list[Exception] = []

    def start() -> None:
        try:
            Store.open(path).close()
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_steps_are_noted_with_their_time(tmp_path: Path) -> None:
    with Store.open(tmp_path / "library.sqlite", now=NOW) as store:
        rows = list(store._db[migrations.TABLE].rows)
    assert [row["name"] for row in rows] == [step.__name__ for step in migrations.MIGRATIONS]
    assert {row["applied"] for row in rows} == {"2026-11-25T09:30:00"}


@pytest.mark.parametrize("done", range(1, len(migrations.MIGRATIONS)))
def test_an_older_library_is_copied_and_brought_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    path = tmp_path / "library.sqlite"
    with monkeypatch.context() as older:
        older.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:done])
        with Store.open(path, now=NOW) as store:
            plan_id = store.save_plan(**_plan())
    with Store.open(path, now=NOW) as store:
        assert store.plan(plan_id)
        store.set_setting("city", "x")
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name == f"library-change-000001-{migrations.MIGRATIONS[done].__name__}.sqlite"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT id FROM plans").fetchall() == [(plan_id,)]
    connection.close()


def test_a_newer_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with Store.open(path) as store:
        store._db[migrations.TABLE].insert({"name": "m999_later", "applied": "2030-01-01"})
    with pytest.raises(StoreError, match="newer version"):
        Store.open(path)


def test_damaged_and_unreachable_files_are_explained(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"this is no database" * 100)
    (tmp_path / "file").write_text("")
    for path in (damaged, tmp_path / "file" / "library.sqlite", tmp_path):
        with pytest.raises(StoreError) as caught:
            Store.open(path)
        assert caught.value.next_step


@pytest.mark.skipif(os.geteuid() == 0, reason="the system's administrator may write everywhere")
def test_a_read_only_file_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    Store.open(path).close()
    path.chmod(0o400)
    with pytest.raises(StoreError, match="--home"):
        Store.open(path)


def test_an_io_error_without_room_is_told_as_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    assert "doctor" in str(explanation(error, tmp_path / "library.sqlite"))
    full = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    assert "Make room" in str(explanation(error, tmp_path / "library.sqlite"))
