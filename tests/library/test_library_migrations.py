"""Libraries of every older form, as they were written then, open today with all they held."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from planner.domain import Position, Source
from planner.errors import StoreError
from planner.library import migrations
from planner.library.store import Store
from planner.library.wordindex import WordIndex

FORMS = sorted((Path(__file__).parent / "forms").glob("*.sql"))
NOW = dt.datetime(2027, 1, 1)


def laid_out(form: Path, folder: Path) -> Path:
    path = folder / "library.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(form.read_text(encoding="utf-8"))
    connection.close()
    return path


def test_every_older_form_is_here() -> None:
    assert [form.stem for form in FORMS] == [step.__name__ for step in migrations.MIGRATIONS[:-1]]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_an_older_library_keeps_what_it_held(form: Path, tmp_path: Path) -> None:
    path = laid_out(form, tmp_path)
    number = FORMS.index(form) + 1
    with Store.open(path, now=NOW) as store:
        assert store.problems() == ()
        assert store.plan("pabc") == '{"schema": 1}'
        assert store.plans()[0].request == 'see Ateneum — "café"'
        assert store.setting("city") == ("helsinki" if number >= 2 else None)
        held = list(store.places.all())
        if number >= 3:
            engel, nowhere = held
            assert (engel.name, engel.position) == ("Café Engel", Position(60.1692, 24.9522))
            assert engel.names == {"fi": "Kahvila Engel"}
            assert engel.sources == (Source("mine.csv", 4, "csv"),)
            assert engel.visits == (dt.date(2026, 11, 20),)
            assert (engel.rating, engel.visit_minutes, engel.hours_corrected) == (4.5, 40, True)
            assert (nowhere.name, nowhere.position, nowhere.never) == ("喫茶店", None, True)
            found = WordIndex(store).find("cafe engel")
            assert [hit.number for hit in found] == [1]
            assert [hit.number for hit in WordIndex(store).find("喫茶")] == [2]
        else:
            assert held == []
        assert len(store.places.anchors()) == (1 if number >= 4 else 0)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_copy_of_the_older_form_is_laid_aside(form: Path, tmp_path: Path) -> None:
    path = laid_out(form, tmp_path)
    Store.open(path, now=NOW).close()
    (copy,) = (tmp_path / "backups").iterdir()
    connection = sqlite3.connect(copy)
    steps = [name for (name,) in connection.execute("SELECT name FROM _migrations ORDER BY rowid")]
    connection.close()
    assert steps[-1] == form.stem


def test_a_step_that_fails_leaves_the_older_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = laid_out(FORMS[1], tmp_path)

    def broken(db: object) -> None:
        db.execute("CREATE TABLE half (x)")  # type: ignore[attr-defined] # a database
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS[:2], broken))
        with pytest.raises(StoreError):
            Store.open(path)
    with Store.open(path, now=NOW) as store:
        assert store.plan("pabc")
        assert not store.rows("SELECT 1 FROM sqlite_master WHERE name = 'half'")
