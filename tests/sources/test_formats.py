"""The same tables from every format give the same ledger."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geoplan.ledger.entries import build_ledger, list_entries
from geoplan.model.errors import InputError
from geoplan.model.schema import DISTRICTS, SPENDING
from geoplan.model.schema import LOCATIONS as LOCATIONS_TABLE
from geoplan.plan.plan_tables import read_plan
from geoplan.sources import read
from geoplan.sources.layer_list import list_layers
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.vector.vector_layers import read_vector

from ..conftest import TOML, TOY, WritePlan


def ledger_of(folder: Path) -> pd.DataFrame:
    return list_entries(build_ledger(read_plan(folder)))


def layer_of(folder: Path, name: str) -> gpd.GeoDataFrame:
    table = pd.read_csv(folder / f"{name}.csv", dtype=str)
    return gpd.GeoDataFrame(
        table.drop(columns="geometry"), geometry=gpd.GeoSeries.from_wkt(table["geometry"]), crs=4326
    )


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "fgb", "shp", "shp.zip"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857"])
def test_vector_formats_and_crs(suffix: str, crs: str, write_plan: WritePlan) -> None:
    folder = write_plan()
    expected = ledger_of(folder)
    layer = layer_of(folder, "districts").to_crs(crs)
    if suffix == "geojson" and crs != "EPSG:4326":
        pytest.skip("RFC 7946 knows no other CRS")
    if suffix.startswith("shp"):
        layer = layer.rename(columns={"province_name": "region"})  # ten letters are all a Shapefile has
    layer.to_file(folder / f"districts.{suffix}")
    (folder / "geoplan.toml").write_text(TOML.replace("districts.csv", f"districts.{suffix}"))
    pd.testing.assert_frame_equal(ledger_of(folder), expected)


def test_locations_from_a_layer_with_points_lines_and_none(write_plan: WritePlan) -> None:
    folder = write_plan()
    expected = ledger_of(folder)
    layer_of(folder, "locations").to_file(folder / "locations.geojson")
    (folder / "geoplan.toml").write_text(TOML.replace("locations.csv", "locations.geojson"))
    pd.testing.assert_frame_equal(ledger_of(folder), expected)


def test_lon_and_lat_in_degrees_or_in_the_crs_named(write_plan: WritePlan) -> None:
    folder = write_plan()
    expected = ledger_of(folder)
    layer = layer_of(folder, "locations")
    for crs in ("EPSG:4326", "EPSG:32631"):
        points = layer.to_crs(crs).geometry
        table = pd.DataFrame(layer.drop(columns="geometry")).assign(longitude=points.x, latitude=points.y)
        table.to_csv(folder / "sites.csv", index=False)
        toml = TOML.replace('"locations.csv"', f'"sites.csv"\ncrs = "{crs}"')
        (folder / "geoplan.toml").write_text(toml)
        pd.testing.assert_frame_equal(ledger_of(folder), expected)


def workbook(path: Path, text: str, *, title: str = "Sheet1") -> None:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in pd.read_csv(io.StringIO(text), dtype=str).pipe(
        lambda table: [list(table.columns), *table.to_numpy().tolist()]
    ):
        book.active.append([_typed(cell) for cell in row])
    book.save(path)


def _typed(cell: str) -> object:
    if isinstance(cell, str) and cell[:4].isdigit() and cell.count("-") == 2:
        return dt.datetime.fromisoformat(cell)
    try:
        return float(cell)
    except ValueError:
        return cell


def test_workbooks_with_numbers_and_dates(write_plan: WritePlan) -> None:
    folder = write_plan()
    expected = ledger_of(folder)
    for name in ("spending", "projects"):
        workbook(folder / f"{name}.xlsx", TOY[f"{name}.csv"], title="Tabelle")
    toml = TOML.replace("spending.csv", "spending.xlsx").replace("projects.csv", "projects.xlsx")
    (folder / "geoplan.toml").write_text(toml)
    pd.testing.assert_frame_equal(ledger_of(folder), expected)
    assert read_plan(folder).projects["start"].dt.year.tolist() == [2010, 2010, 2010]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("project;year;kind;currency;amount\nP;2010;budget;EUR;1.234,50\n", {"decimal": ",", "thousands": "."}),
        ("project\tyear\tkind\tcurrency\tamount\nP\t2010\tbudget\tEUR\t1 234,50\n", {"decimal": ",", "thousands": " "}),
        ("project,year,kind,currency,amount\nP,2010,budget,EUR,\"1,234.50\"\n", {"thousands": ","}),
        ("﻿project,year,kind,currency,amount\n\nP,2010,B,EUR,1234.50\n,,,,\n", {}),
        ("Projet|Année|kind|Devise|Montant\nP|2010|prévu|EUR|1234.50\n",
         {"columns": {"project": "Projet", "year": "Année", "currency": "Devise", "amount": "Montant"}, "values": {"kind": {"prévu": "budget"}}}),
        ("project,year,amount\nP,2010,1234.50\n", {"constant": {"kind": "budget", "currency": "EUR"}}),
        ("PROJECT_ID,Transaction Year,transaction_value_code,transaction_currency,transaction_value\nP,2010,C,EUR,1234.50\n", {}),
    ],
)  # fmt: skip
def test_tables_in_the_ways_people_write_them(text: str, options: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    for encoding in ("utf-8", "utf-16", "cp1252"):
        if encoding == "cp1252":
            text = text.removeprefix("﻿")
            options = {**options, "encoding": "cp1252"}
        path.write_bytes(text.encode(encoding))
        conformed = read(FileSpec(path, **options), SPENDING)  # type: ignore[arg-type]
        assert conformed.problems == []
        (row,) = conformed.frame[["project", "year", "currency", "amount_minor"]].itertuples(index=False)
        assert tuple(row) == ("P", 2010, "EUR", 123450)
        assert conformed.frame["kind"].iloc[0] in ("budget", "commitment")


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    path = tmp_path / "spending.csv"
    path.write_text("project,year,kind,currency,amount\n\nP,2010,budget,EUR,1\n,,,,\nQ,2010,budget,EUR,2\n")
    assert read(FileSpec(path), SPENDING).frame["source_row"].tolist() == [3, 5]


def test_layers_are_listed_with_what_they_hold(write_plan: WritePlan, tmp_path: Path) -> None:
    layer = layer_of(write_plan(), "districts")
    pyogrio.write_dataframe(layer, tmp_path / "two.gpkg", layer="now")
    pyogrio.write_dataframe(layer.head(1).to_crs(3857), tmp_path / "two.gpkg", layer="before")
    listed = list_layers(tmp_path / "two.gpkg")
    assert listed[["layer", "driver", "geometry", "features", "crs"]].to_numpy().tolist() == [
        ["now", "GPKG", "Polygon", 3, "EPSG:4326"],
        ["before", "GPKG", "Polygon", 1, "EPSG:3857"],
    ]
    assert "district" in listed["columns"].iloc[0]
    assert len(read_vector(FileSpec(tmp_path / "two.gpkg", layer="before")).table) == 1
    with pytest.raises(InputError, match="'now', 'before'"):
        read_vector(FileSpec(tmp_path / "two.gpkg", layer="later"))


@pytest.mark.parametrize(
    "cell", ["POINT (nan nan)", "POINT (inf 0.5)", "CIRCULARSTRING (0 0, 1 1, 2 0)", "POINT 0.5 0.5"]
)
def test_shapes_that_can_not_be_placed_are_refused_with_their_row(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "locations.csv"
    path.write_text(f'project,geometry\nP,POINT (0.5 0.5)\nQ,"{cell}"\nR,POINT EMPTY\n')
    (problem,) = read(FileSpec(path), LOCATIONS_TABLE).problems
    assert (problem.message, problem.rows, problem.values) == (
        "not readable as WKT or WKB geometry",
        (3,),
        (cell,),
    )


def test_wkt_with_the_srid_of_postgis_is_read_in_its_own_crs(tmp_path: Path) -> None:
    path = tmp_path / "locations.csv"
    # The central meridian of UTM zone 48 is 105° E.
    rows = [
        "SRID=4326;POINT (0.5 0.25)",
        "srid = 32648 ; POINT (500000 0)",
        "POINT (2 1)",
        "SRID=0;POINT (3 1)",
    ]
    path.write_text("project,geometry\n" + "".join(f"P,{row}\n" for row in rows))
    answer = read(FileSpec(path), LOCATIONS_TABLE)
    assert answer.problems == []
    found = [shape.coords[0] for shape in answer.frame["geometry"]]
    assert found == [pytest.approx(at, abs=1e-9) for at in ((0.5, 0.25), (105, 0), (2, 1), (3, 1))]
    # The plan names a CRS: it must be the one of the cells.
    refused, unknown = read(FileSpec(path, crs="EPSG:4326"), LOCATIONS_TABLE), "SRID=999999;POINT (1 1)"
    (problem,) = refused.problems
    assert (problem.rows, problem.values) == ((3,), (rows[1],))
    assert problem.message == "these are in EPSG:32648, but crs says EPSG:4326"
    path.write_text(f"project,geometry\nP,POINT (1 1)\nP,{unknown}\n")
    (problem,) = read(FileSpec(path), LOCATIONS_TABLE).problems
    assert (problem.message, problem.rows) == ("no CRS has the code EPSG:999999", (3,))


def test_a_crs_that_a_file_describes_wrongly_is_refused_and_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "districts.parquet"
    layer = gpd.GeoDataFrame({"district": ["A"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=32648)
    layer.to_parquet(path)
    table = pq.read_table(path)
    wrong = {"geo": table.schema.metadata[b"geo"].replace(b"ProjectedCRS", b"ProjectedXYZ")}
    pq.write_table(table.replace_schema_metadata(wrong), path)
    (problem,) = read(FileSpec(path), DISTRICTS).problems
    assert (problem.message, problem.values) == ("unknown CRS", ("WGS 84 / UTM zone 48N",))
    with pytest.raises(InputError, match="unknown CRS"):
        list_layers(path)
    assert read(FileSpec(path, crs="EPSG:32648"), DISTRICTS).problems == []


def test_an_unknown_crs_name_is_refused(write_plan: WritePlan) -> None:
    folder = write_plan(toml=TOML.replace('"districts.csv"', '"d.gpkg"\ncrs = "EPSG:99999999"'))
    layer_of(folder, "districts").to_file(folder / "d.gpkg")
    with pytest.raises(InputError, match="unknown CRS: 'EPSG:99999999'"):
        read_plan(folder)


def test_invalid_boundaries_are_made_valid_and_named(write_plan: WritePlan) -> None:
    bowtie = 'district,geometry\nA,"POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"\n'
    plan = read_plan(write_plan(districts=bowtie, profile="district,year\nA,2010\n"))
    assert plan.districts.geometry.is_valid.all()
    assert "1 invalid district boundaries were made valid: 'A'" in " ".join(plan.remarks)


def test_an_empty_column_of_geometries_does_not_hide_lon_and_lat(tmp_path: Path) -> None:
    """pandas writes a column without any value as one of floats."""
    path = tmp_path / "locations.parquet"
    pd.DataFrame({"project": ["P", "Q"], "lon": [1.0, 3.0], "lat": [2.0, 4.0], "geometry": [float("nan")] * 2}).to_parquet(path)  # fmt: skip
    conformed = read(FileSpec(path), LOCATIONS_TABLE)
    assert conformed.problems == []
    assert [shape.wkt for shape in conformed.frame["geometry"]] == ["POINT (1 2)", "POINT (3 4)"]


@pytest.mark.parametrize(
    ("cell", "minor", "rounding"),
    [
        (0.29, 29, "0"),
        (1234.5, 123450, "0"),
        (0.125, 12, "0.005"),
        (9_999_999_999_999.99, 999_999_999_999_999, "0"),
        (7, 700, "0"),
        (0.1 + 0.2, 30, "4E-17"),
    ],
)
def test_numbers_of_a_typed_file_are_the_decimals_they_print_as(
    tmp_path: Path, cell: float, minor: int, rounding: str
) -> None:
    from decimal import Decimal

    import pandas as pd

    from geoplan.model.schema import SPENDING

    path = tmp_path / "spending.parquet"
    row = {"project": "P", "year": 2012, "kind": "budget", "currency": "EUR", "amount": cell}
    pd.DataFrame([row, {**row, "amount": -1.0, "kind": "disbursement"}]).to_parquet(path)
    conformed = read(FileSpec(path), SPENDING)
    assert conformed.problems == []
    assert conformed.frame["amount_minor"].tolist() == [minor, -100]
    assert conformed.frame["rounding"].tolist()[0] == Decimal(rounding)
