"""Files hold against the schemas of their formats: GPX 1.1, KML 2.2.

The schema of GPX is our own, beside this file; that of KML is the published one, which a package
carries.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from planner.itinerary.exporters import write

if TYPE_CHECKING:
    import datetime as dt

    import xmlschema

    from planner.itinerary.document import PlanDocument


@pytest.fixture(scope="session")
def gpx() -> xmlschema.XMLSchema10:
    xmlschema = pytest.importorskip("xmlschema", reason="xmlschema is not installed")
    return xmlschema.XMLSchema10(Path(__file__).parent / "gpx-1.1.xsd", allow="local")


@pytest.fixture(scope="session")
def kml() -> xmlschema.XMLSchema10:
    xmlschema = pytest.importorskip("xmlschema", reason="xmlschema is not installed")
    try:
        carried = files("pykml") or []
    except PackageNotFoundError:
        pytest.skip("the package that carries the schema (pykml) is not installed")
    schema = next(file for file in carried if file.name == "ogckml22.xsd")
    return xmlschema.XMLSchema10(schema.locate(), allow="local")


def test_gpx_holds_against_its_schema(
    gpx: xmlschema.XMLSchema10, plan: PlanDocument, tmp_path: Path, now: dt.datetime
) -> None:
    path = tmp_path / "walk.gpx"
    write(plan, path, now=now)
    gpx.validate(str(path))
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ("<trkseg>", "<trkseg><name>x</name>"),
        ('lat="6', 'lat="16'),
        ('version="1.1"', 'version="1.0"'),
        ("<number>1<", "<number>one<"),
    ):
        assert old in text
        assert not gpx.is_valid(text.replace(old, new, 1)), old


def test_kml_holds_against_its_schema(
    kml: xmlschema.XMLSchema10, plan: PlanDocument, tmp_path: Path, now: dt.datetime
) -> None:
    path = tmp_path / "walk.kml"
    write(plan, path, now=now)
    kml.validate(str(path))
    damaged = path.read_text(encoding="utf-8").replace("<Placemark>", "<Placemark><lat>1</lat>", 1)
    assert not kml.is_valid(damaged)
