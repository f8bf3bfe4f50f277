"""Plans made from tables in memory: the same checks, the same money, the same errors as files."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
import shapely

import geoplan as gp

# Two squares of one degree side by side.
SQUARES = gpd.GeoDataFrame(
    {"district": ["W1", "E1"], "name": ["West", "East"]},
    geometry=[shapely.box(100, 10, 101, 11), shapely.box(101, 10, 102, 11)],
    crs="EPSG:4326",
)
PLACES = pd.DataFrame({"project": ["a", "b", "b"], "lon": [100.5, 100.2, 101.7], "lat": [10.5, 10.1, 10.9]})
MONEY = pd.DataFrame(
    {
        "project": ["a", "b"],
        "year": [2014, 2015],
        "kind": ["budget", "budget"],
        "currency": ["EUR", "EUR"],
        "amount": [1000.5, 301.01],
    }
)


class OnlyArrow:
    """A table of another library: all it has is the capsule of its columns."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


def by_district(plan: gp.Plan) -> dict[str, Decimal]:
    sums = gp.summarize(gp.build_ledger(plan), by=["district"])
    return {row.district: Decimal(row.amount_minor) / 100 for row in sums.itertuples()}


# 301.01 over two places: 150.51 and 150.50, the odd cent to the first.
EXPECTED = {"E1": Decimal("150.50"), "W1": Decimal("1151.01")}


def test_frames_make_a_plan_to_the_cent_and_stay_as_they_are() -> None:
    before = [SQUARES.copy(), PLACES.copy(), MONEY.copy()]
    plan = gp.make_plan(districts=SQUARES, locations=PLACES, spending=MONEY, title="Two squares")
    assert plan.title == "Two squares"
    assert by_district(plan) == EXPECTED
    assert dict(plan.files) == {}
    for frame, same in zip((SQUARES, PLACES, MONEY), before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(same))


@pytest.mark.parametrize(
    "spending",
    [
        MONEY.assign(amount=[Decimal("1000.50"), Decimal("301.01")]),
        MONEY.assign(amount=["1000.50", "301.01"], year=["2014", "2015"]),
        MONEY.astype({"project": "category", "currency": "string", "year": "Int64"}),
        MONEY.set_index("project"),
        MONEY.set_index(["project", "year"]),
        pa.Table.from_pandas(MONEY),
        OnlyArrow(pa.Table.from_pandas(MONEY)),
        pa.Table.from_pandas(MONEY).set_column(0, "project", pa.array(["a", "b"], pa.string_view())),
        pa.Table.from_pandas(MONEY).set_column(
            0, "project", pa.array(["a", "b"]).dictionary_encode()
        ),
    ],
    ids=["Decimal", "text", "nullable", "index", "two indices", "Arrow", "capsule", "text view", "dictionary"],
)  # fmt: skip
def test_every_kind_of_table_gives_the_same_money(spending: Any) -> None:
    assert by_district(gp.make_plan(districts=SQUARES, locations=PLACES, spending=spending)) == EXPECTED


def test_other_crs_geometry_columns_and_arrow_shapes_lie_in_the_same_place() -> None:
    metres = SQUARES.to_crs("EPSG:32647").rename_geometry("shape")
    points = gpd.GeoDataFrame(
        PLACES[["project"]], geometry=gpd.points_from_xy(PLACES["lon"], PLACES["lat"]), crs="EPSG:4326"
    )
    for districts in (metres, SQUARES.to_arrow(), metres.to_arrow(), pa.table(metres.to_arrow())):
        plan = gp.make_plan(districts=districts, locations=points.to_crs("EPSG:3857"), spending=MONEY)
        assert by_district(plan) == EXPECTED
        assert shapely.equals_exact(
            plan.districts.set_index("district").geometry["W1"].normalize(),
            SQUARES.geometry[0].normalize(),
            tolerance=1e-9,
        )


def test_geoparquet_that_was_read_as_arrow_keeps_its_crs(tmp_path: Path) -> None:
    SQUARES.to_crs("EPSG:32647").to_parquet(tmp_path / "squares.parquet")
    table = pa.parquet.read_table(tmp_path / "squares.parquet")
    assert by_district(gp.make_plan(districts=table, locations=PLACES, spending=MONEY)) == EXPECTED


def test_files_and_frames_mix(tmp_path: Path) -> None:
    SQUARES.to_file(tmp_path / "squares.gpkg", layer="all")
    MONEY.to_csv(tmp_path / "money.csv", index=False)
    plan = gp.make_plan(
        districts=f"{tmp_path / 'squares.gpkg'}::all", locations=PLACES, spending=tmp_path / "money.csv"
    )
    assert by_district(plan) == EXPECTED
    assert {name: path.name for name, path in plan.files.items()} == {
        "districts": "squares.gpkg",
        "spending": "money.csv",
    }
    from_files = gp.make_plan(districts=SQUARES, locations=PLACES, spending=MONEY)
    pd.testing.assert_frame_equal(
        gp.list_entries(gp.build_ledger(plan)), gp.list_entries(gp.build_ledger(from_files))
    )


def test_a_list_of_places_and_amounts_sends_each_amount_to_its_row() -> None:
    rows = MONEY.assign(district=["E1", "W1"])
    expected = {"E1": Decimal("1000.50"), "W1": Decimal("301.01")}
    assert by_district(gp.make_plan(districts=SQUARES, spending=rows)) == expected
    assert by_district(gp.make_plan(districts=SQUARES, locations=rows, spending=rows)) == expected


def test_the_currency_may_be_given_once() -> None:
    bare = MONEY.drop(columns="currency")
    plan = gp.make_plan(districts=SQUARES, locations=PLACES, spending=bare, currency="LAK")
    assert gp.build_ledger(plan).currencies == ["LAK"]


def test_all_problems_of_all_tables_come_at_once_and_name_the_table() -> None:
    with pytest.raises(gp.InputError) as caught:
        gp.make_plan(
            districts=SQUARES.assign(district=["W1", "W1"]),
            locations=PLACES,
            spending=MONEY.assign(amount=["1000.50", "much"]),
        )
    found = {(problem.source, problem.column, problem.rows) for problem in caught.value.problems}
    assert {("districts", "district", (1, 2)), ("spending", "amount", (2,))} <= found


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"districts": gpd.GeoDataFrame(SQUARES.drop(columns="geometry"), geometry=[*SQUARES.geometry])},
         "districts: the GeoDataFrame has no CRS"),
        ({"districts": pd.DataFrame(SQUARES)}, "districts, column 'geometry': the table has shapes without a CRS"),
        ({"spending": MONEY.head(0)}, "spending: the table has no rows"),
        ({"spending": pa.Table.from_pandas(MONEY.head(0))}, "spending: the table has no rows"),
        ({"locations": gpd.GeoDataFrame(PLACES.head(0), geometry=[], crs=4326)}, "locations: the table has no rows"),
        ({"locations": gpd.GeoDataFrame(PLACES.head(0), geometry=[])}, "locations: the table has no rows"),
        ({"spending": MONEY.set_axis(["project", "year", "kind", "kind", "amount"], axis=1)},
         "spending: two columns have the same name: 'kind'"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_is_named(tables: dict[str, Any], said: str) -> None:
    with pytest.raises(gp.InputError, match=said):
        gp.make_plan(**{"districts": SQUARES, "locations": PLACES, "spending": MONEY, **tables})


def test_what_is_no_table_is_a_wrong_call() -> None:
    with pytest.raises(
        gp.UsageError, match=r"profile is a int, spending is a list: give a path, a DataFrame"
    ):
        gp.make_plan(districts=SQUARES, spending=[1, 2], profile=3)  # type: ignore[arg-type]


def test_a_made_plan_goes_through_map_warnings_and_exports(tmp_path: Path) -> None:
    plan = gp.make_plan(districts=SQUARES, locations=PLACES, spending=MONEY, title="Two squares")
    ledger = gp.build_ledger(plan)
    assert "Two squares" in gp.build_map(plan, ledger=ledger).to_html()
    target = gp.build_map(plan, ledger=ledger).save(tmp_path / "squares.html")
    assert target == tmp_path / "squares.html"
    assert target.read_text(encoding="utf-8") == gp.build_map(plan).to_html()
    assert gp.export_plan(plan, tmp_path / "squares.gpkg", ledger=ledger) == [tmp_path / "squares.gpkg"]
    folder = gp.write_plan_folder(plan, tmp_path / "again")
    assert by_district(gp.read_plan(folder if isinstance(folder, Path) else tmp_path / "again")) == EXPECTED
    assert all(isinstance(problem, gp.Problem) for problem in gp.find_warnings(plan, ledger))
