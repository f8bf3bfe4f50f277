"""Points named after a country or province, in the forms in which publishers write such names."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box

from geoplan.plan.area_words import COUNTRY, PROVINCE
from geoplan.plan.named_units import AreaNames, coarsen_named_units, find_area_points

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


@pytest.mark.parametrize(
    ("code", "name", "is_own"),
    [
        ("VN01", "Việt Nam", True),
        ("UA01", "Україна", True),
        ("ET01", "ኢትዮጵያ", True),
        ("MA01", "المغرب", True),
        ("LA01", "Lao PDR", True),
        ("LA01", "ສປປ ລາວ", True),
        ("LA01", "Lao", False),
        ("LA01", "Kenya", False),
        ("A", "Laos", False),
    ],
)
def test_the_country_of_a_layer_is_known_in_its_own_languages(code: str, name: str, is_own: bool) -> None:
    assert AreaNames(DISTRICTS.assign(district=[code, code + "x"])).is_own_country(name) == is_own


def test_columns_of_the_layer_name_its_country_and_provinces_without_codes_count() -> None:
    layer = DISTRICTS.assign(ADM0_SW="Jamhuri Yetu", name_of_source="Wakala", province=None)
    areas = AreaNames(layer)
    assert areas.is_own_country("JAMHURI YETU") and not areas.is_own_country("Wakala")
    found = areas.find("Pwani")
    assert found is not None and (found.precision, found.province) == (PROVINCE, "Coast")


@pytest.mark.parametrize(
    ("name", "province"),
    [
        ("Khammouane Province", "P1"),
        ("Province of Khammuane", "P1"),
        ("Khammouane", None),
        ("Sao Province", None),
    ],
)
def test_words_for_an_area_vouch_for_another_romanisation(name: str, province: str | None) -> None:
    layer = DISTRICTS.assign(province_name=["Khammuan", "Xao"], province_aliases=None)
    found = AreaNames(layer).find(name)
    assert (found and found.province) == province


def test_points_of_a_whole_area_give_their_province() -> None:
    given = gpd.GeoDataFrame(
        {"name": ["Coast", "Clinic", "Pwani county", "Coast"], "precision": None, "district": None},
        geometry=[Point(0.5, 0.5)] * 3 + [box(0, 0, 1, 1)],
        crs=4326,
    )
    found = find_area_points(given, DISTRICTS)
    assert found.index.tolist() == [0, 2]
    assert found["place"].tolist() == ["province-wide"] * 2 and found["province"].tolist() == ["P1"] * 2
