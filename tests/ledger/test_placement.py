"""Each rule of placement by hand on squares, and real layers placed without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Geod
from shapely import LineString, MultiPoint, Point, Polygon, box, from_wkt

from geoplan.ledger.placement import place_locations
from geoplan.model.money import SHARE_UNITS
from geoplan.model.placement_rules import PlacementRule, describe_rule
from geoplan.model.schema import DISTRICTS, LOCATIONS
from geoplan.plan.districts import read_layer
from geoplan.plan.plan_tables import make_plan
from geoplan.sources.raw_table import FileSpec

from ..conftest import WritePlan

# A, B, C in a row as in conftest; A and B in province P1 (North), C in P2 (South).
SQUARES = gpd.GeoDataFrame(
    {
        "district": ["A", "B", "C"],
        "name": ["Alpha", "Beta", "Gamma"],
        "province": ["P1", "P1", "P2"],
        "province_name": ["North", "North", "South"],
    },
    geometry=[box(index, 0, index + 1, 1) for index in range(3)],
    crs=4326,
).reindex(columns=[*DISTRICTS.names])


def locations(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    frame = pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=object) for name in LOCATIONS.names}
    )
    frame["location"] = [str(number) for number in range(len(rows))]
    return gpd.GeoDataFrame(frame.astype({"precision": float, "share": float}), geometry="geometry", crs=4326)


def place(*rows: dict[str, Any], districts: gpd.GeoDataFrame = SQUARES) -> list[tuple[Any, ...]]:
    placed = place_locations(locations(*rows), gpd.GeoDataFrame(districts, geometry="geometry", crs=4326))
    placed["share"] = placed["share"] / SHARE_UNITS
    placed["rule"] = placed["rule"].map(describe_rule)
    names = ["location_row", "place", "district", "share", "rule"]
    return [
        tuple(None if pd.isna(cell) else cell for cell in row)
        for row in placed[names].itertuples(index=False)
    ]


@pytest.mark.parametrize(
    ("row", "where", "rule"),
    [
        ({"geometry": Point(0.5, 0.5)}, "A", "point"),
        ({"geometry": Point(1, 0.5)}, "A", "point on a border"),
        ({"geometry": Point(2, 1)}, "B", "point on a border"),
        ({"geometry": Point(0.5, 0)}, "A", "point on a border"),
        ({"geometry": from_wkt("POINT Z (2.5 0.5 300)")}, "C", "point"),
        ({"district": "C", "geometry": Point(2.5, 0.5)}, "C", "district code"),
        ({"district": "C", "geometry": Point(0.5, 0.5)}, "C", "district code, against its point"),
        ({"district": "C", "geometry": Point(50, 50)}, "C", "district code, against its point"),
        ({"district": "beta"}, "B", "district name"),
        ({"name": "Beta", "precision": 3, "geometry": Point(0.5, 0.5)}, "B", "district name, against its point"),
        ({"name": "Beta", "precision": 1, "geometry": Point(0.5, 0.5)}, "A", "point"),
        ({"name": "Beta", "precision": 3}, "B", "district name"),
        ({"name": "Beta"}, "B", "district name"),
        ({"name": "North", "geometry": Point(1.5, 0.5)}, "province-wide", "point named like a whole area"),
        ({"name": "North Region", "geometry": Point(9, 9)}, "province-wide", "point named like a whole area"),
        ({"name": "Kenya", "geometry": Point(1.5, 0.5)}, "country-wide", "point named like a whole area"),
        ({"name": "Nationwide", "geometry": Point(9, 9)}, "country-wide", "point named like a whole area"),
        ({"name": "Kenya", "geometry": Point(9, 9)}, "outside area", "point outside"),
        ({"name": "North", "precision": 1, "geometry": Point(1.5, 0.5)}, "B", "point"),
        ({"name": "North", "exactness": "1", "geometry": Point(1.5, 0.5)}, "B", "point"),
        ({"name": "North", "geometry": LineString([(1.2, 0.5), (1.8, 0.5)])}, "B", "line length"),
        ({"name": "North Road", "geometry": Point(1.5, 0.5)}, "B", "point"),
        ({"name": "Beta", "province": "South", "precision": 3, "geometry": Point(0.5, 0.5)}, "A", "point, unknown name"),
        ({"name": "Omega", "precision": 3, "geometry": Point(0.5, 0.5)}, "country-wide", "unknown name, named unit is no district"),
        ({"name": "Omega", "precision": 3, "province": "North", "geometry": Point(0.5, 0.5)}, "province-wide", "unknown name, named unit is no district"),
        ({"name": "Alphxx", "precision": 3, "geometry": Point(0.5, 0.5)}, "country-wide", "unknown name, named unit is no district"),
        ({"name": "Alphxx", "precision": 3, "province": "North", "geometry": Point(0.5, 0.5)}, "A", "point, unknown name"),
        ({"name": "Omega", "precision": 3, "geometry": box(0.2, 0.2, 0.4, 0.4)}, "A", "polygon area, unknown name"),
        ({"name": "Omega", "precision": 2, "geometry": Point(0.5, 0.5)}, "A", "point"),
        ({"name": "Omega", "precision": 3, "geometry": Point(9, 9)}, "outside area", "point outside"),
        ({"province": "North"}, "province-wide", "province name"),
        ({"province": "P1"}, "province-wide", "province name"),
        ({"district": "P1"}, "province-wide", "province code"),
        ({"province": "West"}, "unmatched", "unknown province"),
        ({"name": "Clinic", "province": "North"}, "province-wide", "province name, unknown name"),
        ({"name": "Clinic", "province": "West"}, "unmatched", "unknown name"),
        ({"district": "Clinic", "province": "North"}, "unmatched", "unknown name"),
        ({"province": "North", "geometry": Point(2.5, 0.5)}, "C", "point"),
        ({"district": "Beta", "province": "West"}, "B", "district name, unknown province"),
        ({"name": "North", "precision": 3, "geometry": Point(0.5, 0.5)}, "province-wide", "province name, named unit is no district"),
        ({"name": "North", "precision": 3, "geometry": box(0.2, 0.2, 0.4, 0.4)}, "A", "polygon area, province name"),
        ({"name": "North", "precision": 3}, "province-wide", "province name"),
        ({"district": "North"}, "province-wide", "province name"),
        ({"name": "Omega", "precision": 3}, "unmatched", "unknown name"),
        ({"name": "village", "precision": 1}, "unlocated", "no place given"),
        ({}, "unlocated", "no place given"),
        ({"geometry": Point()}, "unlocated", "no place given"),
        ({"precision": 4, "geometry": Point(0.5, 0.5)}, "province-wide", "precision 4"),
        ({"precision": 4, "district": "A", "geometry": Point(0.5, 0.5)}, "A", "district code"),
        *[({"precision": code, "geometry": Point(0.5, 0.5)}, "country-wide", f"precision {code}") for code in (5, 6, 7, 8, 9)],
        ({"geometry": Point(9, 9)}, "outside area", "point outside"),
        ({"geometry": Point(0.5, 2.5)}, "outside area", "point outside, axes look swapped"),
        ({"geometry": Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])}, "A", "polygon area"),
        ({"geometry": box(0.2, 0.2, 0.4, 0.4)}, "A", "polygon area"),
        ({"geometry": LineString([(1.2, 0.2), (1.4, 0.4)])}, "B", "line length"),
        ({"geometry": LineString([(1.5, 0.5), (1.5, 0.5)])}, "B", "point"),
    ],
)  # fmt: skip
def test_one_place_by_one_rule(row: dict[str, Any], where: str, rule: str) -> None:
    expected = ("district", where) if len(where) == 1 else (where, None)
    assert place(row) == [(0, *expected, 1.0, rule)]


# Alpha and Beta are in North, Gamma in South: the paths beside them say what each zone covers.
COVERED = [
    {"name": "Alpha", "precision": 3, "province": "Land|Upper Zone"},
    {"name": "Beta", "precision": 3, "province": "Land|Upper Zone|Beta"},
    {"name": "Gamma", "precision": 3, "province": "Land|Mixed Zone"},
    {"name": "Alpha", "precision": 3, "province": "Land|Mixed Zone"},
]


@pytest.mark.parametrize(
    ("zone", "path", "expected"),
    [
        ("Upper Zone", "Land|Upper Zone", ("province-wide", "P1")),
        ("Mixed Zone", "Land|Mixed Zone", ("country-wide", None)),
        ("Other Zone", "Land|Other Zone", ("country-wide", None)),
        ("Land", "Land", ("country-wide", None)),
    ],
)
def test_the_province_of_a_zone_is_that_of_the_districts_it_covers(
    zone: str, path: str, expected: tuple[str, str | None]
) -> None:
    unit = {"name": zone, "precision": 3, "province": path, "geometry": Point(0.5, 0.5)}
    found = place_locations(locations(*COVERED, unit), SQUARES)
    [row] = found[found["location_row"] == len(COVERED)].to_dict("records")
    assert (row["place"], row["province"]) == expected


@pytest.mark.parametrize(
    ("cells", "expected"), [(["Upper", "Upper", None], "P1"), (["Upper", None, "Upper"], None)]
)
def test_a_column_of_the_layer_says_what_a_zone_covers(cells: list[str | None], expected: str | None) -> None:
    unit = locations({"name": "Upper", "precision": 3, "geometry": Point(0.5, 0.5)})
    found = place_locations(unit, SQUARES.assign(zone=cells))
    assert found["place"].tolist() == ["province-wide" if expected else "country-wide"]
    assert found["province"].tolist() == [expected]


@pytest.mark.parametrize(
    ("name", "area", "expected"),
    [
        ("Upper Zone", box(0, 0, 2, 1), [("province-wide", "P1")]),
        ("North", box(0, 0, 2, 1), [("province-wide", "P1")]),
        ("Upper Zone", box(0.4, 0, 1.8, 1), [("province-wide", "P1")]),  # most of two districts
        ("Upper Zone", box(0, 0, 2.1, 1), [("province-wide", "P1")]),  # 5 % of it in another province
        ("Mixed Zone", box(1, 0, 3, 1), [("country-wide", None)]),
        ("Border Zone", box(0, -1, 2, 1), [("country-wide", None)]),  # half of it is outside
        ("Central", box(0.6, 0, 1.5, 1), [("district", None), ("district", None)]),  # most of no district
        ("Al Fa", box(0, 0, 1.02, 1), [("district", None), ("district", None)]),  # a district drawn otherwise
        (None, box(0, 0, 2, 1), [("district", None), ("district", None)]),
    ],
)
def test_an_area_of_precision_3_that_covers_districts_is_in_none_of_them(
    name: str | None, area: Polygon, expected: list[tuple[str, str | None]]
) -> None:
    found = place_locations(locations({"name": name, "precision": 3, "geometry": area}), SQUARES)
    assert list(zip(found["place"], found["province"], strict=True)) == expected
    assert found["share"].sum() == SHARE_UNITS


def test_an_area_of_a_layer_without_provinces_is_country_wide() -> None:
    zone = {"name": "Zone", "precision": 3, "geometry": box(0, 0, 2, 1)}
    nameless = SQUARES.assign(province=None, province_name=None)
    assert place(zone, districts=nameless) == [
        (0, "country-wide", None, 1.0, "unknown name, named unit is no district")
    ]


@pytest.mark.parametrize(
    ("above", "provinces", "expected"),
    [
        # A layer of the first level: the areas above the unit say that it is in Alpha, as its point does.
        ("Earth|Land|Alpha|Kham", None, ("district", "A")),
        ("Alpha", None, ("district", "A")),
        ("Beta", None, ("country-wide", None)),  # the point is in Alpha
        ("Earth|Land|Kham", None, ("country-wide", None)),
        (None, None, ("country-wide", None)),
        # Alpha may be the province of that name, of which Alpha is a district.
        ("Alpha", ["Alpha", "Alpha", "South"], ("province-wide", None)),
    ],
)
def test_a_unit_below_the_level_of_the_layer_is_in_the_district_that_its_path_and_point_say(
    above: str | None, provinces: list[str] | None, expected: tuple[str, str | None]
) -> None:
    layer = SQUARES.assign(province=None, province_name=provinces)
    unit = {"name": "Kham", "precision": 3, "province": above, "geometry": Point(0.5, 0.5)}
    [(_, where, district, *_)] = place(unit, districts=layer)
    assert (where, district) == expected


@pytest.mark.parametrize(
    ("precision", "at", "expected"),
    [
        (3, Point(1.5, 0.5), "province-wide"),  # in the province Alpha, in another district than Alpha
        (3, Point(0.5, 0.5), "district"),
        (3, Point(2.5, 0.5), "district"),  # the point is in no district of the province
        (2, Point(1.5, 0.5), "district"),
        (3, None, "district"),
    ],
)
def test_a_unit_with_the_name_of_a_district_and_of_its_province_is_the_one_that_fits_its_point(
    precision: int, at: Point | None, expected: str
) -> None:
    """In a layer of the third level the provinces are units of precision 3."""
    layer = SQUARES.assign(province=["P1", "P1", "P2"], province_name=["Alpha", "Alpha", "South"])
    found = place_locations(locations({"name": "Alpha", "precision": precision, "geometry": at}), layer)
    assert found["place"].tolist() == [expected]
    assert found["province"].tolist() == ["P1" if expected == "province-wide" else None]


def test_a_code_of_a_district_is_never_its_province() -> None:
    layer = SQUARES.assign(province=["P1", "P1", "P2"], province_name=["Alpha", "Alpha", "South"])
    coded = {"district": "A", "name": "Alpha", "precision": 3, "geometry": Point(1.5, 0.5)}
    [(_, where, district, *_)] = place(coded, districts=layer)
    assert (where, district) == ("district", "A")


def test_null_island_is_named() -> None:
    away = SQUARES.assign(geometry=[box(index + 100, 10, index + 101, 11) for index in range(3)])
    assert place({"geometry": Point(0, 0)}, districts=away) == [
        (0, "outside area", None, 1.0, "point outside, at 0° 0°")
    ]


def test_swapped_axes_are_recognised_in_the_first_district_too() -> None:
    away = SQUARES.assign(geometry=[box(index + 10, 0, index + 11, 1) for index in range(3)])
    for at in range(3):
        assert place({"geometry": Point(0.5, 10.5 + at)}, districts=away) == [
            (0, "outside area", None, 1.0, "point outside, axes look swapped")
        ]


def test_a_name_of_two_provinces_needs_its_province() -> None:
    twice = SQUARES.assign(name=["Beta", "Alpha", "Beta"])
    assert place({"name": "Beta", "precision": 3}, districts=twice)[0][1:] == (
        "unmatched",
        None,
        1.0,
        "ambiguous name",
    )
    assert place({"name": "Beta", "precision": 3, "province": "South"}, districts=twice)[0][2] == "C"
    with_point = {"name": "Beta", "precision": 3, "geometry": Point(2.5, 0.5)}
    assert place(with_point, districts=twice) == [(0, "district", "C", 1.0, "point, ambiguous name")]


def test_lines_by_length_areas_by_area_and_the_rest_outside() -> None:
    # Along the equator degrees are equal: 0.5 in A, 1 in B, 1 in C, 0.5 outside, of 3.
    line = place({"geometry": LineString([(0.5, 0), (3.5, 0)])})
    assert [row[:3] for row in line] == [
        (0, "district", "A"),
        (0, "district", "B"),
        (0, "district", "C"),
        (0, "outside area", None),
    ]
    assert [row[3] for row in line] == pytest.approx([1 / 6, 1 / 3, 1 / 3, 1 / 6], abs=2e-9)
    assert line[3][4] == "line length, part outside"
    area = place({"geometry": box(0.75, 0, 1.25, 1)})
    assert [row[3] for row in area] == [0.5, 0.5]


def test_length_is_geodesic_not_degrees() -> None:
    # North along a meridian, then east: a degree east at 60° is about half a degree north.
    districts = SQUARES.iloc[:2].assign(geometry=[box(0, 59, 1, 60), box(1, 59, 2, 60)])
    line = LineString([(0.5, 59.5), (1.5, 59.5)])
    stretched = LineString([(0.5, 59), (0.5, 60), (1.5, 60)])
    assert [row[3] for row in place({"geometry": line}, districts=districts)] == pytest.approx(
        [0.5, 0.5], abs=1e-9
    )
    north, east = (Geod(ellps="WGS84").inv(*ends)[2] for ends in ((0.5, 59, 0.5, 60), (0.5, 60, 1.5, 60)))
    shares = {row[2]: row[3] for row in place({"geometry": stretched}, districts=districts)}
    # The border at 60° is straight in degrees; half of the way east belongs to each.
    assert shares["B"] == pytest.approx(east / 2 / (north + east), abs=2e-5)
    assert shares["B"] < 0.18 < 1 / 4


def test_many_points_share_evenly() -> None:
    several = MultiPoint([(0.5, 0.5), (0.6, 0.5), (1.5, 0.5), (9, 9)])
    assert place({"geometry": several}) == [
        (0, "district", "A", 0.5, "points"),
        (0, "district", "B", 0.25, "points"),
        (0, "outside area", None, 0.25, "points, part outside"),
    ]


def test_distance_of_points_outside_is_geodesic() -> None:
    placed = place_locations(
        locations({"geometry": Point(4, 0.5)}), gpd.GeoDataFrame(SQUARES, geometry="geometry", crs=4326)
    )
    assert placed["distance_m"].tolist() == pytest.approx([Geod(ellps="WGS84").inv(3, 0.5, 4, 0.5)[2]])


def test_a_district_across_the_antimeridian() -> None:
    islands = SQUARES.iloc[:1].assign(
        geometry=[
            from_wkt("MULTIPOLYGON(((179 0,180 0,180 1,179 1,179 0)),((-180 0,-179 0,-179 1,-180 1,-180 0)))")
        ]
    )
    rows = place(
        {"geometry": Point(179.5, 0.5)},
        {"geometry": Point(-179.5, 0.5)},
        {"geometry": Point(0, 0.5)},
        districts=islands,
    )
    assert [row[2] for row in rows] == ["A", "A", None]


def test_iati_codes_decide_before_geometry(write_plan: WritePlan) -> None:
    from geoplan.ledger.entries import build_ledger, list_entries
    from geoplan.plan.plan_tables import read_plan

    table = (
        "project,location,name,location_class,admin_level,exactness,geometry\n"
        "P,1,North,1,1,1,POINT (0.5 0.5)\n"
        "P,2,Beta,1,2,1,POINT (0.5 0.5)\n"
        "P,3,Land,1,0,2,POINT (0.5 0.5)\n"
        "Q,1,village,2,,1,POINT (2.5 0.5)\n"
    )
    entries = list_entries(build_ledger(read_plan(write_plan(locations=table))))
    entries = entries[entries["project"] != "R"]
    found = [tuple(row) for row in entries[["project", "place", "rule"]].astype(str).to_numpy()]
    assert found == [
        ("P", "province-wide", "precision 4; even split"),
        ("P", "district", "district name, against its point; even split"),
        ("P", "country-wide", "precision 6; even split"),
        ("Q", "district", "point"),
    ]


def test_a_plan_of_footprints_places_all(shared: Path, tmp_path: Path) -> None:
    footprints = gpd.read_file(shared / "aid" / "gcdf_laos.geojson")
    sites = gpd.GeoDataFrame({"project": footprints["id"].astype(str)}, geometry=footprints.geometry)
    sites.to_file(tmp_path / "sites.gpkg")
    amounts = footprints["Amount (Constant USD2017)"].astype(float).fillna(0)
    spending = pd.DataFrame(
        {
            "project": sites["project"],
            "year": footprints["Commitment Year"],
            "kind": "commitment",
            "currency": "USD",
        }
    )
    spending.assign(amount=[f"{amount:.4f}" for amount in amounts]).to_csv(
        tmp_path / "spending.csv", index=False
    )
    layer = shared / "laos" / "lao_districts_2019.gpkg"
    plan = make_plan(districts=layer, locations=tmp_path / "sites.gpkg", spending=tmp_path / "spending.csv")
    placed = place_locations(plan.locations, plan.districts)
    assert placed.groupby("location_row")["share"].sum().tolist() == [SHARE_UNITS] * 65
    assert (placed.groupby("location_row")["district"].nunique() >= 3).sum() >= 1
    # Against a plain overlay in an equal-area projection, shape by shape.
    flat = plan.districts.to_crs("EPSG:6933")
    shapes = plan.locations.to_crs("EPSG:6933").geometry.make_valid()
    for row in range(0, 65, 5):
        parts = flat.geometry.intersection(shapes.iloc[row]).area / shapes.iloc[row].area
        mine = (
            placed[(placed["location_row"] == row) & (placed["place"] == "district")].set_index("district")[
                "share"
            ]
            / SHARE_UNITS
        )
        expected = pd.Series(parts.to_numpy(), index=flat["district"])
        assert np.allclose(mine.reindex(expected.index).fillna(0), expected, atol=1e-6)


def test_nepals_points_are_placed_as_geos_places_them(shared: Path) -> None:
    aid = shared / "aid" / "nepal_aims"
    plan = make_plan(
        districts=shared / "nepal" / "nepal-districts.geojson", locations=aid / "locations.csv",
        spending=aid / "transactions.csv", projects=aid / "projects.csv",
    )  # fmt: skip
    placed = place_locations(plan.locations, plan.districts)
    assert len(placed) == 20_952
    exact = placed[placed["rule"] == int(PlacementRule.POINT)]
    assert len(exact) > 20_000
    points = plan.locations.iloc[exact["location_row"].to_numpy()]
    joined = gpd.sjoin(points[["geometry"]], plan.districts[["district", "geometry"]], predicate="within")
    assert joined["district"].tolist() == exact["district"].tolist()


def test_the_published_even_split_is_reproduced(shared: Path) -> None:
    from geoplan.ledger.entries import build_ledger, reconcile

    aid = shared / "aid" / "nepal_aims"
    plan = make_plan(
        districts=shared / "nepal" / "nepal-districts.geojson", locations=aid / "locations.csv",
        spending=aid / "transactions.csv", projects=aid / "projects.csv",
    )  # fmt: skip
    published = pd.read_csv(
        aid / "level_1a.csv", dtype={"project_id": str, "project_location_id": str}, low_memory=False
    ).set_index("project_location_id")
    for kind, column in (("commitment", "commitments"), ("disbursement", "disbursements")):
        of_kind = plan.only(kind)
        ledger = build_ledger(of_kind)
        located = ledger.entries[ledger.entries["location"] != ""].astype(
            {"location": object, "project": object}
        )
        minor = located.groupby("location")["amount_minor"].sum()
        expected = published[f"even_split_{column}"].dropna()
        rows = of_kind.spending.groupby("project").size()
        transactions = published["project_id"].map(rows).reindex(minor.index)
        # Each transaction is split in whole cents, so a location is off by less than a cent for each.
        assert ((minor / 100 - expected.reindex(minor.index)).abs() < 0.01 * transactions + 0.005).all()
        # The even share before cents are made is the published one, to half a cent.
        totals = of_kind.spending.groupby("project")["amount_minor"].sum() / 100
        sites = plan.locations.groupby("project").size()
        even = (totals / sites).reindex(published["project_id"]).to_numpy()
        given = published[f"even_split_{column}"].to_numpy()
        both = ~np.isnan(even) & ~np.isnan(given)
        assert both.sum() == len(expected) > 15_000
        assert np.abs(even[both] - given[both]).max() < 0.005
        # And the totals are exact.
        with_sites = of_kind.spending[of_kind.spending["project"].isin(plan.locations["project"])]
        assert located["amount_minor"].sum() == with_sites["amount_minor"].sum()
        assert all(sums.balances for sums in reconcile(ledger))


def test_the_check_names_what_lies_elsewhere_and_what_is_broken(shared: Path, write_plan: WritePlan) -> None:
    from geoplan.ledger.entries import build_ledger
    from geoplan.ledger.warnings import find_warnings
    from geoplan.plan.plan_tables import read_plan

    aid = shared / "aid" / "adb_laos"
    plan = make_plan(
        districts=shared / "laos" / "lao_districts_2019.gpkg", locations=aid / "locations.csv",
        spending=aid / "transactions.csv", projects=aid / "projects.csv",
    )  # fmt: skip
    (against,) = [
        doubt for doubt in find_warnings(plan, build_ledger(plan)) if "name against point" in doubt.message
    ]
    assert "Muang Khamkeut" in against.values
    broken = 'project,location,name,geometry\nP,1,bow,"POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"\nQ,1,gone,POINT EMPTY\n'
    plan = read_plan(write_plan(locations=broken))
    said = {doubt.message: doubt.values for doubt in find_warnings(plan, build_ledger(plan))}
    assert said["invalid geometries; they are repaired before they are placed"] == ("bow",)
    assert said["empty geometries; they count as missing"] == ("gone",)


def test_villages_are_placed_once_each(shared: Path) -> None:
    districts = read_layer(FileSpec(shared / "laos" / "lao_districts_2019.gpkg")).districts
    villages = gpd.read_file(shared / "laos" / "lao_villages.gpkg")
    points = villages.geometry[villages.geometry.geom_type == "Point"].reset_index(drop=True)
    sites = locations(*[{"project": "P", "geometry": point} for point in points.head(3000)])
    placed = place_locations(sites, districts)
    assert placed["location_row"].tolist() == list(range(3000))
