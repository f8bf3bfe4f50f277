"""The districts that are poor and left out, in a row of four squares."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import geoplan as gp
from geoplan.analysis.left_out import list_left_out


def test_who_lacks_what_and_who_is_near() -> None:
    codes = list("ABCD")
    # A hairline gap between B and C; D stands alone.
    places = [(0, 1), (1, 2), (2.0001, 3), (5, 6)]
    districts = gpd.GeoDataFrame(
        {"district": codes, "name": codes}, geometry=[shapely.box(w, 0, e, 1) for w, e in places], crs=4326
    )
    profile = pd.DataFrame(
        {"district": codes, "year": 2012, "population": 1000, "poor": [100, 400, 200, 300]}
    )
    money = [("P1", "Ada", "A", 60), ("P2", "Bo", "C", 20), ("P3", "Ada|Cy", "B", 10), ("P4", "Ada", "A", 10)]
    plan = gp.make_plan(
        districts=districts,
        profile=profile,
        locations=pd.DataFrame([(p, d) for p, _, d, _ in money], columns=["project", "district"]),
        spending=pd.DataFrame(
            [(p, f, 2012, "budget", amount, "EUR") for p, f, _, amount in money],
            columns=["project", "funder", "year", "kind", "amount", "currency"],
        ),
    )
    rows = list_left_out(gp.build_ledger(plan)).set_index("district")
    # 100 for 1000 poor persons: 0.10 each. A has 0.70 and C exactly 0.10.
    assert rows.index.tolist() == ["B", "D"]
    assert rows["gap"].tolist() == pytest.approx([40 - 10, 30])
    assert rows["lacks"].tolist() == pytest.approx([0.1 - 10 / 400, 0.1])
    assert rows["money"].tolist() == ["below average", "none"]
    assert rows["funders"].tolist() == ["Ada; Cy", ""]
    assert rows["funders_next_door"].tolist() == ["Bo", ""]
