"""Points named after a country or province, in the forms in which publishers write such names."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

from geoplan.plan.area_words import COUNTRY, PROVINCE
from geoplan.plan.named_units import coarsen_named_units

DISTRICTS = gpd.GeoDataFrame(
    {
        "district": ["A", "B"],
        "name": ["Kwale", "Niger"],
        "province": ["P1", "P2"],
        "province_name": ["Coast", "Kwale Region"],
        "aliases": None,
        "province_aliases": ["Pwani", None],
    },
    geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)],
    crs=4326,
)


@pytest.mark.parametrize(
    ("name", "precision", "province"),
    [
        ("Republic of Kenya (national)", COUNTRY, None),
        ("Lao PDR", COUNTRY, None),
        ("Democratic Republic of the Congo", COUNTRY, None),
        ("The Gambia", COUNTRY, None),
        ("United Kingdom", COUNTRY, None),
        ("ປະເທດລາວ", COUNTRY, None),
        ("ໄທ", COUNTRY, None),
        ("Nationwide", COUNTRY, None),
        ("Ensemble du pays", COUNTRY, None),
        ("Territoire national", COUNTRY, None),
        ("Todo el país", COUNTRY, None),
        ("ທົ່ວປະເທດ", COUNTRY, None),
        ("Coast Region", PROVINCE, "P1"),
        ("Province of the Coast", PROVINCE, "P1"),
        ("Pwani county", PROVINCE, "P1"),
        # A district has this name too: nothing is concluded. The others only begin like a country, or like such words.
        ("Niger State", None, None),
        ("Kwale", None, None),
        ("National Hospital", None, None),
        ("Kenya Road", None, None),
        ("Lao", None, None),
        ("La Union", None, None),
        ("Toute la province", None, None),
        ("State", None, None),
        ("Unknown", None, None),
    ],
)
def test_points_of_whole_areas_are_known_by_any_form_of_their_name(
    name: str, precision: float | None, province: str | None
) -> None:
    given = pd.DataFrame(
        {
            "name": [name],
            "precision": [float("nan")],
            "location_class": None,
            "district": None,
            "province": None,
        }
    ).astype({"province": object})
    found, recognised = coarsen_named_units(given.assign(geometry=[Point(0.5, 0.5)]), DISTRICTS)
    assert recognised == ({} if precision is None else {name: precision})
    assert found["province"].tolist() == [province]
