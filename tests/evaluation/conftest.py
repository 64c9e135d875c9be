"""A made-up city of visits: seven places of three themes, seen by a handful of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# A street from west to east with a museum at either end; the tower stands aside, to the north.
PLACES = """\
poiID;poiName;lat;long;theme
1;Old_Museum_(Tinytown);50.0;10.00;Museum
2;Rose_Park;50.0;10.01;Park
3;Sch%C3%B6n_Museum;50.0;10.02;Museum
4;Lake_Park;50.0;10.03;Park
5;New_Museum, Tiny;50.0;10.04;Museum
6;Far_Tower;50.2;10.02;Structure
7;Low_Tower;50.001;10.02;Structure
"""
# Ann walks the whole street; Ben stops twice at the museum; Cleo was at one place only.
VISITS = """\
"photoID";"userID";"dateTaken";"poiID";"poiTheme";"poiFreq";"seqID"
11;"ann";1000;1;"Museum";5;1
12;"ann";3000;3;"Museum";5;1
13;"ann";2000;2;"Park";5;1
14;"ann";4000;5;"Museum";5;1
15;"ben";1000;1;"Museum";5;2
16;"ben";2000;3;"Museum";5;2
17;"ben";3000;1;"Museum";5;2
18;"ben";4000;4;"Park";5;2
19;"cleo";1000;3;"Museum";5;3
20;"dan";1000;2;"Park";5;4
21;"dan";2000;7;"Structure";5;4
22;"dan";3000;4;"Park";5;4
23;"dan";90000;6;"Structure";5;5
"""


@pytest.fixture
def visits_folder(tmp_path: Path) -> Path:
    """The two tables of the made-up city."""
    folder = tmp_path / "visits"
    folder.mkdir()
    (folder / "POI-Tiny.csv").write_text(PLACES, encoding="utf-8")
    (folder / "userVisits-Tiny-allPOI.csv").write_text(VISITS, encoding="utf-8")
    return folder
