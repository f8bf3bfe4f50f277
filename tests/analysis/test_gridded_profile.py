"""People from rasters: toy grids that can be added up by hand, and each way in which they go wrong."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from rasterio.transform import Affine, from_origin

from geoplan.analysis.gridded_profile import _check_sums, compare_with_census, profile_districts
from geoplan.cli import app
from geoplan.model.errors import InputError, UsageError
from geoplan.sources.raster import open_raster
from geoplan.sources.raster_products import name_product

# Two squares of 1°, of which a grid of 0.4° cells cuts the common border.
SQUARES = gpd.GeoDataFrame(
    {"district": ["A", "B"], "name": ["Alpha", "Beta"]},
    geometry=[shapely.box(100, 10, 101, 11), shapely.box(101, 10, 102, 11)],
    crs=4326,
)
FIVE_BY_THREE = np.arange(15, dtype=np.float64).reshape(3, 5) * 10  # 100 to 102 E, 9.8 to 11 N


def write(path: Path, cells: Any, *, step: float = 0.4, crs: Any = 4326, **more: Any) -> Path:
    cells = np.atleast_3d(np.asarray(cells).T).T
    transform = more.pop("transform", from_origin(100, 11, step, step))
    profile = {
        "count": cells.shape[0],
        "height": cells.shape[1],
        "width": cells.shape[2],
        "dtype": cells.dtype,
    }
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, **profile, **more) as file:
        file.write(cells)
    return path


def counted(path: Path, **more: Any) -> Any:
    return profile_districts(SQUARES, path, **{"year": 2015, "values": "counts", **more})


def by_shapely(cells: Any, step: float) -> list[float]:
    """Return the sums over districts by intersections of cells: the oracle."""
    rows, columns = cells.shape
    west, north = 100 + np.arange(columns) * step, 11 - np.arange(rows) * step
    boxes = [shapely.box(x, y - step, x + step, y) for y in north for x in west]
    return [
        float((shapely.area(shapely.intersection(boxes, shape)) / step**2 * cells.ravel()).sum())
        for shape in SQUARES.geometry
    ]


def test_cells_count_by_the_fraction_in_a_district(tmp_path: Path) -> None:
    found = counted(write(tmp_path / "p.tif", FIVE_BY_THREE))
    # By hand: A has columns 0, 1 and half of 2; rows 0 and 1 whole, row 2 by half.
    whole = 0 + 10 + 20 / 2 + 50 + 60 + 70 / 2
    assert found.districts["people"].iloc[0] == pytest.approx(whole + (100 + 110 + 120 / 2) / 2)
    assert found.districts["people"].tolist() == pytest.approx(by_shapely(FIVE_BY_THREE, 0.4))
    assert found.outside == pytest.approx(FIVE_BY_THREE[2].sum() / 2)
    assert found.total == FIVE_BY_THREE.sum()
    assert "1,050.0" in found.reconciliation
    table = found.as_profile()
    assert table["population"].sum() == round(found.districts["people"].sum())
    assert table["year"].tolist() == [2015, 2015]


def test_strips_of_rows_add_up_to_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "p.tif", FIVE_BY_THREE)
    whole = counted(path).districts
    monkeypatch.setattr("geoplan.sources.raster.CELLS_AT_A_TIME", 5)
    with open_raster(path) as raster:
        assert [grid.rows for grid, _ in raster.strips()] == [1, 1, 1]
    pd.testing.assert_frame_equal(counted(path).districts, whole)


def test_rows_from_south_to_north_are_turned(tmp_path: Path) -> None:
    upright = counted(write(tmp_path / "up.tif", FIVE_BY_THREE)).districts
    upside_down = Affine(0.4, 0, 100, 0, 0.4, 9.8)
    turned = counted(write(tmp_path / "down.tif", FIVE_BY_THREE[::-1], transform=upside_down)).districts
    pd.testing.assert_frame_equal(turned, upright)


def test_another_crs_brings_the_districts_to_the_raster(tmp_path: Path) -> None:
    # World Mercator: the same number in each cell, so sums are areas in Mercator metres.
    corners = gpd.GeoSeries([shapely.box(99.9, 9.9, 102.1, 11.1)], crs=4326).to_crs(3395).total_bounds
    step = 20_000.0
    columns, rows = int((corners[2] - corners[0]) // step + 2), int((corners[3] - corners[1]) // step + 2)
    path = write(
        tmp_path / "m.tif", np.ones((rows, columns)), crs=3395, transform=from_origin(corners[0], corners[3] + step, step, step)
    )  # fmt: skip
    found = counted(path)
    expected = SQUARES.to_crs(3395).area / step**2
    assert found.districts["people"].tolist() == pytest.approx(expected.tolist(), rel=1e-6)


def test_no_data_is_said_and_is_no_zero(tmp_path: Path) -> None:
    cells = FIVE_BY_THREE.copy()
    cells[:, 3:] = -1
    cells[:, 2] = -1
    found = counted(write(tmp_path / "p.tif", cells, nodata=-1))
    rows = found.districts.set_index("district")
    assert np.isnan(rows.loc["B", "people"])
    assert rows.loc["A", "no_data"] == pytest.approx(0.2)
    assert found.as_profile()["population"].isna().tolist() == [False, True]
    said = " | ".join(found.remarks)
    assert "no data in the raster: Beta" in said and "partly without data: Alpha" in said


def test_a_part_outside_the_raster_is_said(tmp_path: Path) -> None:
    found = counted(write(tmp_path / "p.tif", FIVE_BY_THREE[:, :4]))
    assert found.districts["outside_raster"].tolist() == pytest.approx([0, 0.4])
    assert "partly outside the raster: Beta" in " | ".join(found.remarks)


def test_densities_are_multiplied_by_spherical_areas(tmp_path: Path) -> None:
    found = counted(write(tmp_path / "d.tif", np.full((3, 5), 2.0)), values="per-km2")
    # On a sphere of 6371.0072 km, 1° of longitude between 10° and 11° N.
    band = np.sin(np.radians(11)) - np.sin(np.radians(10))
    area = 6371.0072**2 * np.radians(1) * band
    # The lowest row is cut at 10° by its height, not by its area on the sphere: 0.3 ‰ at most.
    assert found.districts["people"].tolist() == pytest.approx([2 * area] * 2, rel=3e-4)


@pytest.mark.parametrize("value", [-99999.0, -0.5, np.inf, 3e38])
def test_cells_that_cannot_be_people_are_refused(tmp_path: Path, value: float) -> None:
    cells = FIVE_BY_THREE.copy()
    cells[0, 1] = cells[2, 2] = value
    with pytest.raises(InputError) as refused:
        counted(write(tmp_path / "p.tif", cells))
    assert "2 cells are below 0 or above 10 billion" in str(refused.value)
    assert f"{value:g}" in str(refused.value)


ROTATED = Affine(0.39, 0.07, 100, 0.07, -0.39, 11)
PICTURE = np.zeros((3, 3, 5), np.uint8)


@pytest.mark.parametrize(
    ("cells", "more", "said"),
    [
        (FIVE_BY_THREE, {"crs": None}, "does not say its CRS"),
        (FIVE_BY_THREE, {"crs": 4978}, "not one of a map"),
        (FIVE_BY_THREE, {"crs": "+proj=ortho +lat_0=0 +lon_0=0"}, "CRS of the raster does not apply"),
        (FIVE_BY_THREE, {"transform": Affine(0.4, 0, 100, 0, np.nan, 11)}, "position of the cells"),
        (FIVE_BY_THREE, {"transform": ROTATED}, "rotated"),
        (PICTURE, {"photometric": "RGB"}, "is a picture"),
        (np.ones((1, 1)), {"step": 3.0}, "0.222 cells for 2 districts"),
        (np.zeros((2, 3, 5)), {}, "has 2 bands"),
        (np.zeros((3, 5), np.complex64), {}, "not real numbers"),
        (FIVE_BY_THREE, {"transform": from_origin(20, 11, 0.4, 0.4)}, "does not touch the districts"),
    ],
    ids=[
        "no CRS",
        "geocentric",
        "other side of the Earth",
        "no position",
        "rotated",
        "picture",
        "one cell",
        "bands",
        "complex",
        "elsewhere",
    ],
)
def test_rasters_that_are_refused(tmp_path: Path, cells: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        counted(write(tmp_path / "p.tif", cells, **more))


def test_a_band_is_chosen_by_its_number(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", np.stack([FIVE_BY_THREE * 0, FIVE_BY_THREE]))
    assert counted(path, band=2).total == FIVE_BY_THREE.sum()
    with pytest.raises(InputError, match="no such band"):
        counted(path, band=3)


def test_another_file_called_tif_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.tif").write_text("<VRTDataset/>", encoding="utf-8")
    with pytest.raises(InputError, match="not a GeoTIFF"):
        counted(tmp_path / "p.tif")


@pytest.mark.parametrize("kept", [30, -20], ids=["header", "cells"])
def test_a_damaged_raster_is_not_taken_for_a_locked_one(tmp_path: Path, kept: int) -> None:
    path = write(tmp_path / "p.tif", FIVE_BY_THREE)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"p\.tif: the raster is damaged") as refused:
        counted(path)
    assert "copy or download it again" in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_invalid_and_overlapping_districts_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", FIVE_BY_THREE)
    bow_tie = shapely.Polygon([(100, 10), (101, 11), (101, 10), (100, 11)])
    with pytest.raises(InputError, match="invalid polygons"):
        profile_districts(
            SQUARES.assign(geometry=[bow_tie, SQUARES.geometry[1]]), path, year=2015, values="counts"
        )
    twice = SQUARES.assign(geometry=[shapely.box(100, 10, 101.5, 11), SQUARES.geometry[1]])
    with pytest.raises(InputError, match="the districts overlap"):
        profile_districts(twice, path, year=2015, values="counts")


def test_rates_of_another_grid_are_read_at_the_centre_of_each_cell(tmp_path: Path) -> None:
    people = write(tmp_path / "p.tif", np.full((3, 5), 8.0))
    # Rates on cells of 1°: 0.25 in the west, 0.5 in the east; the border at 101 lies in the middle of a column.
    rates = write(tmp_path / "r.tif", [[0.25, 0.5]], step=1.0, transform=from_origin(100, 11, 1, 1.2))
    found = counted(people, poverty_rate=rates).districts.set_index("district")
    # A: 4 columns of 5 halves are western; its half of column 2 has its centre at 101.0, the east.
    assert found.loc["A", "poverty_rate"] == pytest.approx((2 * 0.25 + 0.5 * 0.5) / 2.5)
    assert found.loc["B", "poverty_rate"] == pytest.approx(0.5)
    assert found["poor"].tolist() == pytest.approx((found["people"] * found["poverty_rate"]).tolist())


@pytest.mark.parametrize("cells", [[[20.0, 45.0]], [[-0.1, 0.2]], [[0.3, 180.0]]])
def test_rates_outside_their_unit_are_asked(tmp_path: Path, cells: Any) -> None:
    people = write(tmp_path / "p.tif", np.full((3, 5), 8.0))
    rates = write(tmp_path / "r.tif", cells, transform=from_origin(100, 11, 1, 1.2))
    with pytest.raises(InputError, match="rates outside 0 to 1"):
        counted(people, poverty_rate=rates)
    if np.min(cells) > 1:
        found = counted(people, poverty_rate=rates, rate_unit="percent").districts
        assert found["poverty_rate"].iloc[1] == pytest.approx(0.45)


def test_a_wealth_index_gives_a_mean_and_no_rate(tmp_path: Path) -> None:
    cells = np.zeros((3, 5))
    cells[0, 0], cells[0, 1] = 30, 10
    people = write(tmp_path / "p.tif", cells)
    wealth = write(tmp_path / "w.tif", [[-1.0, 2.0, 0, 0, 0]], transform=from_origin(100, 11, 0.4, 1.2))
    found = counted(people, wealth_index=wealth).districts
    assert found["wealth_index"].iloc[0] == pytest.approx((30 * -1 + 10 * 2) / 40)
    assert "poverty_rate" not in found and "poor" not in found


def test_too_many_people_without_a_rate_leave_it_unknown(tmp_path: Path) -> None:
    people = write(tmp_path / "p.tif", np.full((3, 5), 8.0))
    rates = write(tmp_path / "r.tif", [[0.25]], transform=from_origin(100, 11, 1, 1.2))
    found = counted(people, poverty_rate=rates)
    assert found.districts["poverty_rate"].isna().tolist() == [True, True]
    assert "people in cells without a rate" in " | ".join(found.remarks)


def test_poor_people_are_counted_on_their_own_grid(tmp_path: Path) -> None:
    people = write(tmp_path / "p.tif", np.full((3, 5), 10.0))
    poor = write(tmp_path / "q.tif", [[6.0, 3.0]], step=1.0)
    found = counted(people, poor=poor).districts
    assert found["poor"].tolist() == pytest.approx([6, 3])
    assert found["poverty_rate"].tolist() == pytest.approx([6 / 62.5, 3 / 62.5])
    with pytest.raises(UsageError, match="not both"):
        counted(people, poor=poor, poverty_rate=poor)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lao_ppp_2015.tif", ("WorldPop, unconstrained", 2015, "counts")),
        (
            "lao_ppp_2020_UNadj_constrained.tif",
            ("WorldPop, constrained, adjusted to UN totals", 2020, "counts"),
        ),
        ("npl_pd_2012_1km.tif", ("WorldPop, unconstrained", 2012, "per-km2")),
        ("ken_pop_2025_CN_100m_R2025A_v1.tif", ("WorldPop, constrained", 2025, "counts")),
        ("GHS_POP_E2020_GLOBE_R2023A_54009_100_V1_0.tif", ("GHS-POP", 2020, "counts")),
        (
            "npl_ppp_2020_1km_Aggregated_UNadj.tif",
            ("WorldPop, unconstrained, adjusted to UN totals", 2020, "counts"),
        ),
        ("LAO_ppp_v2b_2015_UNadj.tif", ("WorldPop, unconstrained, adjusted to UN totals", 2015, "counts")),
        ("ppp_2020_1km_Aggregated.tif", ("WorldPop, unconstrained", 2020, "counts")),
        ("COD_population_v2_0_gridded.tif", ("GRID3", None, "counts")),
        (
            "gpw_v4_population_density_rev11_2020_30_sec.tif",
            ("Gridded Population of the World", 2020, "per-km2"),
        ),
        (
            "gpw_v4_population_count_adjusted_to_2015_unwpp_country_totals_rev11_2010_2pt5_min.tif",
            ("Gridded Population of the World, adjusted to UN totals", 2010, "counts"),
        ),
        ("landscan-global-2022.tif", ("LandScan, people over 24 hours", 2022, "counts")),
        ("lao_general_2020.tif", ("High Resolution Settlement Layer of Meta", 2020, "counts")),
        ("people.tif", None),
        ("lao_roads_2020.tif", None),
    ],
)
def test_published_names_say_product_year_and_unit(name: str, expected: Any) -> None:
    found = name_product(name)
    assert (None if found is None else (found.product, found.year, found.values)) == expected


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("lao_f_15_2020.tif", "girls and women of one age group"),
        ("lao_m_0_2020_constrained_UNadj.tif", "boys and men of one age group"),
        ("lao_t_80_2024_CN_100m_R2025A_v1.tif", "people of one age group"),
        ("lao_women_of_reproductive_age_15_49_2020.tif", "women of reproductive age 15 49"),
    ],
)
def test_a_raster_of_one_group_says_that_it_does_not_count_all(tmp_path: Path, name: str, group: str) -> None:
    made = profile_districts(SQUARES, write(tmp_path / name, FIVE_BY_THREE))
    assert any(line.endswith(f"It counts {group} only, not all people") for line in made.remarks)


@pytest.mark.parametrize("of", ["poverty_rate", "wealth_index"])
def test_rates_of_another_place_or_without_data_are_refused(tmp_path: Path, of: str) -> None:
    people = write(tmp_path / "p.tif", FIVE_BY_THREE)
    elsewhere = write(tmp_path / "rate.tif", np.full((3, 5), 0.5), transform=from_origin(2, 49, 0.4, 0.4))
    empty = write(tmp_path / "empty.tif", np.full((3, 5), -1.0), nodata=-1.0)
    for path in (elsewhere, empty):
        with pytest.raises(InputError, match=f"{path.name}: no cell with people in a district has a rate"):
            counted(people, **{of: path})


@pytest.mark.parametrize("kind", ["uint8", "int16", "uint16", "int32"])
def test_whole_numbers_at_the_end_of_their_type_are_no_people_unless_declared(
    tmp_path: Path, kind: str
) -> None:
    cells = np.full((30, 50), 2, dtype=kind)
    cells[0, :3] = np.iinfo(kind).max
    path = write(tmp_path / "p.tif", cells)
    with pytest.raises(
        InputError, match=f"3 cells are at the highest value of their type.*'{np.iinfo(kind).max}'"
    ):
        counted(path)
    declared = write(tmp_path / "q.tif", cells, nodata=np.iinfo(kind).max)
    assert counted(declared).total == 2 * (1500 - 3)


def test_year_and_unit_are_known_or_asked_and_do_not_contradict(tmp_path: Path) -> None:
    path = write(tmp_path / "lao_ppp_2015.tif", FIVE_BY_THREE)
    assert profile_districts(SQUARES, path).year == 2015
    with pytest.raises(UsageError, match="not of 2020"):
        profile_districts(SQUARES, path, year=2020)
    with pytest.raises(UsageError, match="counts by its name"):
        profile_districts(SQUARES, path, values="per-km2")
    other = write(tmp_path / "p.tif", FIVE_BY_THREE)
    with pytest.raises(UsageError, match=r"year of p\.tif is unknown"):
        profile_districts(SQUARES, other, values="counts")
    with pytest.raises(UsageError, match="per cell or per km²"):
        profile_districts(SQUARES, other, year=2015)


def test_few_cells_and_thin_cells_are_said(tmp_path: Path) -> None:
    said = " | ".join(counted(write(tmp_path / "p.tif", FIVE_BY_THREE)).remarks)
    assert "fewer than 20 cells" in said and "cells of fewer than" not in said
    thin = np.full((30, 50), 0.004)
    said = " | ".join(counted(write(tmp_path / "t.tif", thin, step=0.04)).remarks)
    assert "fewer than 20 cells" not in said and "much of the people in cells of fewer than 0.01" in said


def test_the_census_is_compared_and_nothing_is_rescaled(tmp_path: Path) -> None:
    found = counted(write(tmp_path / "p.tif", np.full((3, 5), 10.0)))
    census = pd.DataFrame(
        {"district": ["A", "A", "B"], "year": [2005, 2014, 2005], "population": [1, 50, None]}
    )
    rows = compare_with_census(found, census)
    assert rows["census"].tolist()[0] == 50 and rows["census_year"].iloc[0] == 2014
    assert rows["ratio"].tolist()[0] == pytest.approx(62.5 / 50)
    assert rows.iloc[-1]["people"] == pytest.approx(62.5)  # the districts with both figures


def test_the_command_writes_a_profile_that_a_plan_reads(tmp_path: Path) -> None:
    from geoplan.plan.plan_file import find_bundled_plan
    from geoplan.plan.plan_tables import read_plan

    bounds = read_plan(find_bundled_plan()).districts.total_bounds
    path = write(
        tmp_path / "p.tif", np.full((80, 100), 3.0), transform=from_origin(bounds[0] - 0.02, bounds[3] + 0.02, 0.02, 0.02)
    )  # fmt: skip
    arguments = ["profile", "--population", str(path), "--values", "counts", "--year", "2015"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    assert "ratio" in shown.output and "the raster has 24,000.0" in shown.output
    written = CliRunner().invoke(app, [*arguments, "-o", str(tmp_path / "profile.csv")])
    assert written.exit_code == 0, written.output
    table = pd.read_csv(tmp_path / "profile.csv")
    assert len(table) == 7 and table["population"].sum() < 24_000
    refused = CliRunner().invoke(app, ["profile", "--population", str(path)])
    assert refused.exit_code == 2


def test_files_beside_a_raster_change_nothing(tmp_path: Path) -> None:
    """Position, scale, nodata, masks and overviews come from the file that is watched and hashed, or not at all."""
    path = write(tmp_path / "p.tif", FIVE_BY_THREE)
    alone = counted(path).districts
    mask = np.array([[0, 255, 255, 0, 0]] * 3, dtype=np.uint8)
    write(tmp_path / "p.tif.msk", mask)
    write(tmp_path / "p.tif.ovr", mask)
    (tmp_path / "p.tfw").write_text("1\n0\n0\n-1\n100.5\n10.5\n")
    (tmp_path / "p.tif.aux.xml").write_text(
        "<PAMDataset><SRS>EPSG:3857</SRS><GeoTransform>100,1,0,11,0,-1</GeoTransform>"
        '<PAMRasterBand band="1"><NoDataValue>70</NoDataValue><Scale>7</Scale></PAMRasterBand></PAMDataset>'
    )
    pd.testing.assert_frame_equal(counted(path).districts, alone)
    write(tmp_path / "q.tif", FIVE_BY_THREE, crs=None)
    (tmp_path / "q.tif.aux.xml").write_text("<PAMDataset><SRS>EPSG:4326</SRS></PAMDataset>")
    with pytest.raises(InputError, match="does not say its CRS"):
        counted(tmp_path / "q.tif")


def across(middle: float) -> gpd.GeoDataFrame:
    """Two squares side by side, of which a meridian halves the second."""
    shapes = [
        shapely.box(middle - 1.5, 10, middle - 0.5, 11),
        shapely.box(middle - 0.5, 10, middle + 0.5, 11),
    ]
    return gpd.GeoDataFrame({"district": ["A", "B"], "name": ["A", "B"]}, geometry=shapes, crs=4326)


@pytest.mark.parametrize(
    ("west", "middle"),
    [(-180.0, 180.0), (-180.0, -180.0), (0.0, 0.0), (0.0, 360.0), (0.0, 180.0), (-180.0, 0.0)],
)
def test_districts_across_the_edge_of_a_raster_of_the_world_are_whole(
    tmp_path: Path, west: float, middle: float
) -> None:
    cells = np.zeros((3, 360))
    column = int(middle - west) % 360
    # Of the two columns beside the meridian, B has half of each; A has the other half of the first.
    cells[1, column - 1], cells[1, column] = 40, 100
    path = write(tmp_path / "world.tif", cells, transform=from_origin(west, 12, 1, 1))
    rate = write(tmp_path / "rate.tif", np.full((3, 360), 0.25), transform=from_origin(-180 - west, 12, 1, 1))
    found = profile_districts(across(middle), path, year=2015, values="counts", poverty_rate=rate)
    assert found.districts["people"].tolist() == pytest.approx([20, 70])
    assert found.outside == pytest.approx(50)
    assert found.districts["outside_raster"].tolist() == pytest.approx([0, 0])
    assert found.districts["poverty_rate"].tolist() == pytest.approx([0.25, 0.25])


def on_625_cells(of_alpha: list[float], others: float) -> np.ndarray:
    """Return a grid on which district A has 25 × 25 cells, of which the first are given by row."""
    cells = np.full((25, 50), others)
    cells[:, :25] = np.array([*of_alpha, *[others] * (625 - len(of_alpha))]).reshape(25, 25)
    return cells


@pytest.mark.parametrize(("others", "is_said"), [(7.1 / 25, True), (7.3 / 25, False)])
def test_much_is_a_quarter_of_the_people_in_thin_cells(tmp_path: Path, others: float, is_said: bool) -> None:
    # 600 cells of 0.004 people are 2.4 people: a quarter where the other 25 cells have 7.2.
    path = write(tmp_path / "p.tif", on_625_cells([0.004] * 600, others), step=0.04)
    assert ("cells of fewer than" in " | ".join(counted(path).remarks)) == is_said


@pytest.mark.parametrize(("without", "is_known"), [(31, True), (32, False)])
def test_a_rate_of_19_in_20_people_is_one(tmp_path: Path, without: int, is_known: bool) -> None:
    people = write(tmp_path / "p.tif", np.ones((25, 50)), step=0.04)  # 31 of 625 are 4.96 %
    rates = write(tmp_path / "r.tif", on_625_cells([np.nan] * without, 0.25), step=0.04)
    found = counted(people, poverty_rate=rates).districts
    assert found["poverty_rate"].notna().tolist() == [is_known, True]


def test_people_count_twice_beyond_one_in_ten_million() -> None:
    raster = SimpleNamespace(grid=SimpleNamespace(width=1.0, height=1.0))
    for people, is_refused in ((100.000009, False), (100.000011, True)):
        sums = SimpleNamespace(cells=np.ones(1), people=np.array([people]), total=100.0)
        with pytest.raises(InputError, match="overlap") if is_refused else nullcontext():
            _check_sums(sums, raster, np.ones(1))  # type: ignore[arg-type]
