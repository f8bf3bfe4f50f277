"""Each format as its standard and its readers want it."""

from __future__ import annotations

import csv
import json
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geoplan.ledger.entries import Ledger, build_ledger
from geoplan.ledger.summary import exact_amounts, summarize
from geoplan.model.errors import UsageError
from geoplan.outputs.exports import SUFFIXES, chosen_tables, export_plan
from geoplan.outputs.exports.geojson import cut_at_antimeridian
from geoplan.outputs.exports.losses import left_out
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan

from ...conftest import DISTRICTS, LOCATIONS, SPENDING, WritePlan

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]


@pytest.fixture(scope="module")
def home() -> Plan:
    return read_plan(find_bundled_plan())


@pytest.fixture(scope="module")
def home_ledger(home: Plan) -> Ledger:
    return build_ledger(home)


@pytest.fixture(scope="module")
def home_file(home: Plan, home_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_plan(home, tmp_path_factory.mktemp("export") / "home.gpkg", ledger=home_ledger)[0]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_input_gives_the_same_bytes_a_day_later(
    suffix: str, write_plan: WritePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = read_plan(write_plan())
    once = [path.read_bytes() for path in export_plan(plan, tmp_path / f"a{suffix}")]
    if suffix in (".gpkg", ".xlsx"):
        time.sleep(2.1)  # a zip counts time in steps of two seconds
    (tmp_path / "other").mkdir()
    again = [path.read_bytes() for path in export_plan(plan, tmp_path / "other" / f"a{suffix}")]
    assert again == once


def test_a_geopackage_does_not_count_how_often_it_was_saved(home_file: Path) -> None:
    header = home_file.read_bytes()[:100]
    assert header[24:28] == header[92:96] == b"\0\0\0\1"
    with closing(sqlite3.connect(home_file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_illustrative_figures_say_so_in_every_format(
    suffix: str, home: Plan, home_ledger: Ledger, tmp_path: Path
) -> None:
    for path in export_plan(home, tmp_path / f"a{suffix}", ledger=home_ledger):
        if suffix == ".xlsx":
            text = str(
                [cell.value for row in openpyxl.load_workbook(path)["Read me"].iter_rows() for cell in row]
            )
        else:
            text = path.read_bytes().decode("utf-8", "replace")
        assert "llustrative" in text


# --- GeoPackage ------------------------------------------------------------------------------


def test_districts_carry_the_figures_of_the_summaries(home_file: Path, home_ledger: Ledger) -> None:
    districts = pyogrio.read_dataframe(home_file, layer="districts").set_index("district")
    sums = summarize(home_ledger, "district")
    assert [Decimal(repr(amount)) for amount in districts["amount_eur"]] == [
        amount.normalize() if amount == amount.to_integral() else amount for amount in exact_amounts(sums)
    ]
    # 6,580,000.00 in districts, as the reconciliation of the home case says.
    assert districts["share_eur"].sum() == pytest.approx(1)
    assert districts["amount_eur"].sum() == pytest.approx(6_580_000)
    bolikhan = districts.loc["LA1104"]
    assert bolikhan["per_person_eur"] == pytest.approx(bolikhan["amount_eur"] / bolikhan["population"])
    assert bolikhan["at_most_eur"] == pytest.approx(bolikhan["certain_eur"] + 1_620_000)


def test_a_sum_in_sql_balances_to_the_cent(home_file: Path) -> None:
    with closing(sqlite3.connect(home_file)) as database:
        assert database.execute("SELECT sum(amount_minor) FROM ledger").fetchone() == (820_000_000,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        types = {(table, kind) for table in ("ledger", "spending") for _, name, kind, *_ in
                 database.execute(f"PRAGMA table_info({table})") if name == "year"}  # fmt: skip
        assert types == {("ledger", "INTEGER"), ("spending", "INTEGER")}
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        stamps = {stamp for (stamp,) in database.execute("SELECT last_change FROM gpkg_contents")}
        about = " ".join(line for (line,) in database.execute("SELECT about FROM about"))
    assert stamps == {"2000-01-01T00:00:00.000Z"}
    assert "difference 0.00, balanced" in about


def stored_styles(path: Path) -> list[dict[str, str]]:
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM layer_styles")]


def test_each_layer_has_one_default_style_of_its_geometry_column(home_file: Path) -> None:
    styles = stored_styles(home_file)
    assert [style["f_table_name"] for style in styles if style["useAsDefault"]] == [
        "districts", "locations", "locations_points", "locations_lines", "locations_areas",
    ]  # fmt: skip
    for style in styles:
        assert style["f_geometry_column"] == "geom"
        assert len(style["styleName"]) <= 30
        assert pyogrio.read_info(home_file, layer=style["f_table_name"])["geometry_name"] == "geom"


def test_money_and_poverty_has_a_style_that_says_how_it_was_cut(home_file: Path) -> None:
    styles = {style["styleName"]: style for style in stored_styles(home_file)}
    for name, per, poverty in (
        ("Money poverty EUR", "per poor person", "below the class 'very poor', and from it"),
        ("Money poverty person EUR", "per person", "below and above the average of 38.5 %"),
    ):
        assert f"{per}. Poverty: {poverty}." in styles[name]["description"]
        assert "poor and left out (" in styles[name]["styleQML"] and "#ee9a1f" in styles[name]["styleSLD"]


def test_styles_name_columns_that_are_there_and_values_that_occur(home_file: Path) -> None:
    for style in stored_styles(home_file):
        layer = pyogrio.read_dataframe(home_file, layer=style["f_table_name"])
        root = ET.fromstring(style["styleQML"].partition("\n")[2])
        renderer = root.find("renderer-v2")
        assert renderer is not None
        column = layer[renderer.get("attr")]
        symbols = {symbol.get("name") for symbol in renderer.iter("symbol")}
        parts = [*renderer.iter("range"), *renderer.iter("category")]
        assert {part.get("symbol") for part in parts} == symbols
        if renderer.get("type") == "graduatedSymbol":
            ranges = [
                (float(part.get("lower", "")), float(part.get("upper", "")))
                for part in renderer.iter("range")
            ]
            for value in column.dropna():
                assert any(low <= value <= high for low, high in ranges)
        else:
            values = {part.get("value") for part in parts}
            assert set(column.dropna()) <= values


def test_sld_gives_each_district_one_colour(home_file: Path) -> None:
    sld, ogc = "{http://www.opengis.net/sld}", "{http://www.opengis.net/ogc}"
    style = stored_styles(home_file)[0]
    layer = pyogrio.read_dataframe(home_file, layer="districts")
    compare = {"PropertyIsEqualTo": np.equal, "PropertyIsGreaterThan": np.greater, "PropertyIsLessThan": np.less,
               "PropertyIsGreaterThanOrEqualTo": np.greater_equal,
               "PropertyIsLessThanOrEqualTo": np.less_equal}  # fmt: skip
    fitting = np.zeros(len(layer), dtype=int)
    for rule in ET.fromstring(style["styleSLD"]).iter(f"{sld}Rule"):
        tests = [test for test in rule.iter() if test.tag.startswith(f"{ogc}PropertyIs")]
        if tests:
            fits = np.ones(len(layer), dtype=bool)
            for test in tests:
                name, value = (test.findtext(f"{ogc}{part}") for part in ("PropertyName", "Literal"))
                fits &= compare[test.tag.removeprefix(ogc)](layer[name], float(value or "nan"))
            fitting += fits
    assert fitting.tolist() == [1] * 7


def test_control_characters_in_names_make_no_broken_style(write_plan: WritePlan, tmp_path: Path) -> None:
    plan = read_plan(write_plan(spending=SPENDING.replace("roads", '"a\x0b<&>""b"')))
    export_plan(plan, tmp_path / "a.gpkg")
    for style in stored_styles(tmp_path / "a.gpkg"):
        ET.fromstring(style["styleQML"].partition("\n")[2])
        ET.fromstring(style["styleSLD"])


# --- the other formats -----------------------------------------------------------------------


def test_geojson_keeps_rfc_7946(write_plan: WritePlan, tmp_path: Path) -> None:
    plan = read_plan(
        write_plan(
            districts=(
                "district,geometry\n"
                'A,"POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))"\n'
                'B,"POLYGON ((179.12345678912 0, 181 0, 181 2, 179.12345678912 2, 179.12345678912 0))"\n'
                'C,"POLYGON ((2 0, 3 0, 3 1, 2 1, 2 0), (2.2 0.2, 2.8 0.2, 2.8 0.8, 2.2 0.8, 2.2 0.2))"\n'
            )
        )
    )
    export_plan(plan, tmp_path / "a.geojson")
    collection = json.loads((tmp_path / "a.geojson").read_bytes())
    assert "crs" not in collection
    clockwise, crossing, holed = (feature["geometry"] for feature in collection["features"])
    assert clockwise == {"type": "Polygon", "coordinates": [SQUARE]}
    assert crossing["type"] == "MultiPolygon"
    bounds = sorted(
        shapely.geometry.shape({"type": "Polygon", "coordinates": part}).bounds
        for part in crossing["coordinates"]
    )
    assert bounds == [(-180, 0, -179, 2), (179.1234568, 0, 180, 2)]
    for part in [*crossing["coordinates"], holed["coordinates"]]:
        rings = [shapely.LinearRing(ring) for ring in part]
        assert [ring.is_ccw for ring in rings] == [True, *[False] * (len(rings) - 1)]
    assert [feature["properties"]["district"] for feature in collection["features"]] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("wkt", "expected"),
    [
        ("POINT (181 5)", "POINT (-179 5)"),
        ("LINESTRING (179 0, 181 0)", "MULTILINESTRING ((179 0, 180 0), (-180 0, -179 0))"),
        ("POINT (10 5)", "POINT (10 5)"),
    ],
)
def test_shapes_over_the_antimeridian_are_cut(wkt: str, expected: str) -> None:
    cut = cut_at_antimeridian(np.array([shapely.from_wkt(wkt), None], dtype=object))
    assert cut[0].normalize() == shapely.from_wkt(expected).normalize()
    assert cut[1] is None


def test_geoparquet_metadata_keeps_version_1_1(home: Plan, home_ledger: Ledger, tmp_path: Path) -> None:
    """The keys that https://geoparquet.org/releases/v1.1.0 asks for."""
    export_plan(home, tmp_path / "a.parquet", ledger=home_ledger, table="locations")
    schema = pq.read_schema(tmp_path / "a.parquet")
    geo = json.loads(schema.metadata[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    column = geo["columns"]["geometry"]
    assert column["encoding"] == "WKB"
    assert set(column["geometry_types"]) == {"Point", "LineString", "Polygon"}
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4326}
    frame = gpd.read_parquet(tmp_path / "a.parquet")
    assert column["bbox"] == pytest.approx(frame.total_bounds.tolist())
    assert column["covering"] == {"bbox": {side: ["bbox", side] for side in ("xmin", "ymin", "xmax", "ymax")}}
    boxes = pq.read_table(tmp_path / "a.parquet", columns=["bbox"])["bbox"].to_pylist()
    for box, shape in zip(boxes, frame.geometry, strict=True):
        if shape is None:
            assert box is None, "a row has a box if and only if it has a geometry"
        else:
            assert tuple(box[side] for side in ("xmin", "ymin", "xmax", "ymax")) == pytest.approx(
                shape.bounds
            )
    few = gpd.read_parquet(tmp_path / "a.parquet", bbox=(104.9, 18.0, 105.3, 18.5))
    assert 0 < len(few) < len(frame)
    assert str(schema.field("amount_eur").type) == "decimal128(38, 2)"


def test_flatgeobuf_has_an_index_unless_a_feature_has_no_place_in_it(home: Plan, tmp_path: Path) -> None:
    export_plan(home, tmp_path / "d.fgb")
    export_plan(home, tmp_path / "l.fgb", table="locations")
    indexed = {
        name: pyogrio.read_info(tmp_path / f"{name}.fgb")["capabilities"]["fast_spatial_filter"]
        for name in "dl"
    }
    assert indexed == {"d": True, "l": False}
    assert len(pyogrio.read_dataframe(tmp_path / "l.fgb")) == len(home.locations)


def test_boundaries_too_long_for_a_cell_stay_out_of_a_workbook(write_plan: WritePlan, tmp_path: Path) -> None:
    plan = read_plan(write_plan())
    export_plan(plan, tmp_path / "short.xlsx")
    head = [cell.value for cell in openpyxl.load_workbook(tmp_path / "short.xlsx")["Districts"][1]]
    assert "geometry" in head
    assert left_out(plan, tmp_path / "short.xlsx", ["districts"]) == []
    plan.districts.geometry = plan.districts.geometry.segmentize(0.001)
    export_plan(plan, tmp_path / "long.xlsx")
    head = [cell.value for cell in openpyxl.load_workbook(tmp_path / "long.xlsx")["Districts"][1]]
    assert "geometry" not in head
    assert "no room for the boundaries" in left_out(plan, tmp_path / "long.xlsx", ["districts"])[0]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_characters_and_texts_that_a_format_can_not_hold_are_counted(
    suffix: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    plan = read_plan(write_plan())
    titles = ["a\0b", "esc\x1b", "x" * 32_768]
    odd = replace(plan, projects=plan.projects.assign(title=titles))
    target = tmp_path / f"a{suffix}"
    table = (
        None
        if suffix in (".gpkg", ".xlsx", ".xml")
        else "locations"
        if suffix in (".geojson", ".fgb")
        else "projects"
    )
    export_plan(odd, target, table=table)
    said = " ".join(left_out(odd, target, chosen_tables(target, table)))
    count = 2 if suffix in (".xlsx", ".xml") else 0 if table == "locations" else 1
    assert (f"texts with characters that {suffix} cannot hold: {count};" in said) == (count > 0)
    assert ("texts longer than a cell: 1;" in said) == (suffix == ".xlsx")
    if suffix == ".gpkg":
        assert pyogrio.read_dataframe(target, layer="projects")["title"].tolist() == ["a\ufffdb", *titles[1:]]
    if suffix == ".csv":
        assert "a\ufffdb" in target.read_text(encoding="utf-8")


def test_text_that_looks_like_json_stays_text_in_geojson(write_plan: WritePlan, tmp_path: Path) -> None:
    plan = read_plan(write_plan(projects='project,title\nP,"{""a"":1}"\nQ,\nR,\n'))
    export_plan(plan, tmp_path / "a.geojson", table="locations")
    features = json.loads((tmp_path / "a.geojson").read_bytes())["features"]
    assert features[0]["properties"]["title"] == '{"a":1}'


def test_several_kinds_and_currencies_have_columns_of_their_own(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    plan = read_plan(
        write_plan(spending=SPENDING + "P,roads,X,2011,disbursement,EUR,9\nP,roads,X,2011,budget,JPY,5\n")
    )
    export_plan(plan, tmp_path / "a.gpkg")
    districts = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="districts")
    assert districts["amount_budget_eur"].tolist() == [33.34, 33.33, 0]
    assert districts["amount_disbursement_eur"].tolist() == [3, 3, 0]
    assert districts["amount_budget_jpy"].tolist() == [2, 2, 0]
    assert not {"amount_eur", "amount_jpy", "amount_disbursement_jpy"} & {*districts}
    assert "targeting_ratio_eur" not in districts


def test_answers_are_words_and_persons_whole_numbers_where_some_are_missing(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    projects = "project,title,on_budget\nP,Road,yes\nQ,School,\nR,Office,no\n"
    plan = read_plan(write_plan(projects=projects))
    tables = {}
    for name in ("projects", "districts"):
        export_plan(plan, tmp_path / "a.csv", table=name)
        with (tmp_path / "a.csv").open(newline="", encoding="utf-8-sig") as stream:
            tables[name] = list(csv.DictReader(stream))
    assert [row["on_budget"] for row in tables["projects"]] == ["yes", "", "no"]
    assert [row["population"] for row in tables["districts"]] == ["1000", "2000", ""]
    export_plan(plan, tmp_path / "a.parquet")
    assert str(pq.read_schema(tmp_path / "a.parquet").field("population").type) == "int64"


def test_columns_of_the_input_yield_their_names_to_those_of_formats_and_measures(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    names = ["amount_eur", "Population", "bbox", "shape", "fid", "title"]
    lines = [line.rstrip() for line in LOCATIONS.splitlines()]
    head, *rows = [f"{line},{','.join(names if at == 0 else ['mine'] * 6)}" for at, line in enumerate(lines)]
    districts = DISTRICTS.replace("geometry", "amount_eur,Population,bbox,geometry").replace(
        ',"POL', ',x,y,z,"POL'
    )
    plan = read_plan(write_plan(locations="\n".join([head, *rows]), districts=districts))
    for suffix in (".gpkg", ".parquet", ".geojson", ".fgb", ".csv", ".xlsx"):
        export_plan(plan, tmp_path / f"a{suffix}", table="districts")
        export_plan(plan, tmp_path / f"b{suffix}", table="locations")
    found = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="districts")
    assert found["amount_eur"].tolist() == [33.34, 33.33, 0]
    assert found[["amount_eur_", "Population_", "bbox_"]].to_numpy().tolist() == [["x", "y", "z"]] * 3
    found = pyogrio.read_dataframe(tmp_path / "b.gpkg", layer="locations")
    assert found["title"].tolist() == ["Road", "Road", "Road", "School"]
    assert (found[["amount_eur_", "Population", "bbox_", "shape_", "fid_", "title_"]] == "mine").all(
        axis=None
    )


def test_locations_say_where_their_money_landed(write_plan: WritePlan, tmp_path: Path) -> None:
    crossing = LOCATIONS.replace("POINT (9 9)", '"LINESTRING (0.5 0.5, 1.5 0.5)"')
    plan = read_plan(write_plan(locations=crossing))
    export_plan(plan, tmp_path / "a.geojson", table="locations")
    landed = pyogrio.read_dataframe(tmp_path / "a.geojson").set_index(["project", "location"])
    assert landed["landed_in"].to_dict() == {
        ("P", "1"): "A", ("P", "2"): "B", ("P", "3"): "A|B", ("Q", "1"): "province-wide",
    }  # fmt: skip
    assert landed["landed_province"].tolist() == ["P1", "P1", "P1", "P1"]
    assert landed.loc[("Q", "1"), "amount_eur"] == 50
    assert landed.loc[("P", "3"), "component"] == "roads"


def test_locations_list_their_components_once_in_order(write_plan: WritePlan, tmp_path: Path) -> None:
    projects = "project,title\nO,Well\nP,Road\n"
    locations = "project,location,geometry\nO,1,POINT (0.5 0.5)\nP,1,POINT (1.5 0.5)\n"
    money = ["O,water,1", "P,water,2", "P,roads,4", "P,,8", "P,roads,16"]
    spending = "project,component,amount,year,kind,currency\n" + "".join(
        f"{row},2010,budget,EUR\n" for row in money
    )
    plan = read_plan(write_plan(projects=projects, locations=locations, spending=spending))
    export_plan(plan, tmp_path / "a.geojson", table="locations")
    landed = pyogrio.read_dataframe(tmp_path / "a.geojson").set_index("project")
    assert landed["component"].to_dict() == {"O": "water", "P": "roads|water"}
    assert landed["amount_eur"].to_dict() == {"O": 1, "P": 30}


@pytest.mark.parametrize(
    ("name", "table", "said"),
    [
        ("a.docx", None, "end it in .gpkg"),
        ("a", None, "end it in .gpkg"),
        ("a.geojson", "ledger", "ledger has no geometry"),
        ("a.xml", "ledger", "leave the table out"),
        ("a.csv", "villages", "there is no table 'villages'"),
    ],
)
def test_what_a_format_can_not_hold_is_refused(
    name: str, table: str | None, said: str, write_plan: WritePlan, tmp_path: Path
) -> None:
    plan = read_plan(write_plan())
    with pytest.raises(UsageError, match=said):
        export_plan(plan, tmp_path / name, table=table)
    assert not (tmp_path / name).exists()


def test_the_targeting_ratio_is_coloured_by_halves_and_doubles(home_file: Path) -> None:
    (style,) = [style for style in stored_styles(home_file) if "near its share" in style["styleQML"]]
    root = ET.fromstring(style["styleQML"].partition("\n")[2])
    ranges = {
        part.get("label"): (float(part.get("lower", "")), float(part.get("upper", "")))
        for part in root.iter("range")
    }
    assert ranges == {
        "less than half its share of the poor": (0, 0.5),
        "less of the poor": (0.5, 0.8),
        # A fifth less, or the inverse of a fifth less.
        "near its share of the poor": (0.8, 1 / 0.8),
        "more of the poor": (1.25, 2),
        "more than twice its share of the poor": (2, 1e9),
    }
