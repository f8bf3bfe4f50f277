"""Vector layers of every family: chosen by layer, condition and box, listed, and refused when they do not say enough."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.model.errors import InputError
from geoplan.model.schema import DISTRICTS, LOCATIONS, PROJECTS
from geoplan.sources import read
from geoplan.sources.layer_list import list_layers
from geoplan.sources.raw_table import FileSpec, name_file
from geoplan.sources.vector.crs import _lies_on, check_degrees, suggest_crs
from geoplan.sources.vector.geometries import _precision
from geoplan.sources.vector.vector_layers import read_vector

from ..conftest import LOCATIONS as SITES
from ..conftest import TOML, WritePlan

LAO = "ປາກຊັນ"


def squares() -> gpd.GeoDataFrame:
    """Three districts of one degree, side by side."""
    return gpd.GeoDataFrame(
        {"district": ["A", "B", "C"], "label": [LAO, "Thà Phabat", "C"], "people": [10, 20, 30]},
        geometry=[shapely.box(x, 0, x + 1, 1) for x in range(3)],
        crs=4326,
    )


def write_topojson(path: Path) -> None:
    arcs = [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]] for x in range(3)]
    geometries = [
        {"type": "Polygon", "arcs": [[x]], "properties": dict(row._asdict())}
        for x, row in enumerate(squares().drop(columns="geometry").itertuples(index=False))
    ]
    objects = {"districts": {"type": "GeometryCollection", "geometries": geometries}}
    path.write_text(json.dumps({"type": "Topology", "objects": objects, "arcs": arcs}))


def write_kml(path: Path) -> None:
    pyogrio.write_dataframe(squares(), path, driver="LIBKML")


def write_shapefile_in_folder(path: Path) -> None:
    folder = path.parent / "shp"
    folder.mkdir()
    squares().to_file(folder / "d.shp", encoding="UTF-8")
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(folder.iterdir()):
            archive.write(part, f"ໂຟນເດີ one/{part.name}")


WRITERS: dict[str, Callable[[Path], object]] = {
    "d.gpkg": lambda path: squares().to_file(path),
    "d.geojson": lambda path: squares().to_file(path),
    "d.fgb": lambda path: squares().to_crs(3857).to_file(path),
    "d.parquet": lambda path: squares().to_crs(32631).to_parquet(path),
    "d.topojson": write_topojson,
    "d.kml": write_kml,
    "d.kmz": write_kml,
    "d.zip": write_shapefile_in_folder,
}


@pytest.fixture(params=WRITERS)
def layer(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "a folder" / request.param
    path.parent.mkdir()
    WRITERS[request.param](path)
    return path


def test_every_format_gives_the_same_districts(layer: Path) -> None:
    found = read(FileSpec(layer), DISTRICTS)
    assert found.problems == []
    assert set(found.frame["district"]) == {"A", "B", "C"}
    by_code = found.frame.set_index("district")["geometry"]
    for x, code in enumerate("ABC"):
        assert by_code[code].symmetric_difference(shapely.box(x, 0, x + 1, 1)).area < 1e-6
    name = "Name" if "label" not in found.frame else "label"
    assert LAO in set(found.frame[name])


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({"where": "people > 15"}, ["B", "C"]),
        ({"where": "district IN ('A', 'C')"}, ["A", "C"]),
        ({"bbox": [0.2, 0.2, 1.2, 0.8]}, ["A", "B"]),
        ({"where": "people > 15", "bbox": [0.2, 0.2, 1.2, 0.8]}, ["B"]),
    ],
)
def test_where_and_bbox_choose_and_rows_keep_their_numbers(
    layer: Path, options: dict[str, object], codes: list[str]
) -> None:
    everything = read_vector(FileSpec(layer))
    number = dict(zip(everything.table["district"], everything.rows, strict=True))
    found = read_vector(FileSpec(layer, **options))  # type: ignore[arg-type]
    assert sorted(found.table["district"]) == codes
    assert [number[code] for code in found.table["district"]] == found.rows.tolist()
    assert f"{len(codes)} of 3 features are read" in found.remarks[-1]


def test_a_box_chooses_rows_of_a_table_too(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("project,lon,lat\nP,0.5,0.5\nQ,1.5,0.5\nR,,\n")
    found = read(FileSpec(path, bbox=[1, 0, 2, 1]), LOCATIONS)
    assert found.frame[["project", "source_row"]].values.tolist() == [["Q", 3]]
    assert "1 of 3 rows are read (bbox)" in found.detected[-1]
    assert "no row lies in bbox" in str(read(FileSpec(path, bbox=[8, 8, 9, 9]), LOCATIONS).problems[0])
    path.write_text("project,title\nP,Road\n")
    (problem,) = read(FileSpec(path, bbox=[1, 0, 2, 1]), PROJECTS).problems
    assert "no places that bbox could select" in problem.message


def test_a_kmz_of_one_document_has_the_columns_it_declares(tmp_path: Path) -> None:
    """As Google Earth and GDAL write them: the schema in the outer document, the places in one within it."""
    pyogrio.write_dataframe(squares(), tmp_path / "d.kml", driver="LIBKML")
    with zipfile.ZipFile(tmp_path / "d.kmz", "w") as packed:
        packed.write(tmp_path / "d.kml", "doc.kml")
    found = read(FileSpec(tmp_path / "d.kmz", where="district = 'B'"), DISTRICTS)
    assert found.problems == []
    assert found.frame["district"].tolist() == ["B"]
    assert "district" in list_layers(tmp_path / "d.kmz")["columns"][0]


def test_a_condition_that_can_not_be_used_is_told(layer: Path) -> None:
    with pytest.raises(InputError, match=r"where'.*'nosuch = 1'") as error:
        read_vector(FileSpec(layer, where="nosuch = 1"))
    assert "people" in str(error.value)
    with pytest.raises(InputError, match="none of its 3 features"):
        read_vector(FileSpec(layer, where="people > 99"))


def test_layers_of_every_format_are_listed(layer: Path) -> None:
    (row,) = list_layers(layer).to_dict("records")
    assert row["features"] == 3
    assert "district" in row["columns"]
    assert "olygon" in str(row["geometry"]) or row["geometry"] == "Unknown"
    assert row["crs"] or layer.suffix == ".topojson"


def test_several_layers_are_chosen_by_name_or_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    for name in ("now", "before"):
        squares().to_file(tmp_path / f"{name}.geojson")
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("now", "before"):
            archive.write(tmp_path / f"{name}.geojson", f"maps/{name}.geojson")
    assert list_layers(path)["layer"].tolist() == ["before", "now"]
    assert len(read_vector(FileSpec(path, layer="now")).table) == 3
    with pytest.raises(InputError, match=r"2 layers: 'before', 'now'\n.*two.zip::before"):
        read_vector(FileSpec(path))
    with pytest.raises(InputError, match="no such layer: 'later'"):
        read_vector(FileSpec(path, layer="later"))


def test_a_layer_is_named_on_the_command_line(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan()
    for name in ("now", "before"):
        pyogrio.write_dataframe(squares(), tmp_path / "two.gpkg", layer=name)
    tables = [f"--{name}={folder / name}.csv" for name in ("locations", "spending", "projects")]
    done = CliRunner().invoke(app, ["summary", f"--districts={tmp_path / 'two.gpkg'}::now", *tables])
    assert done.exit_code == 0, done.stderr
    assert "difference 0" in done.stderr
    done = CliRunner().invoke(app, ["summary", f"--districts={tmp_path / 'two.gpkg'}", *tables])
    assert done.exit_code == 1
    assert "two.gpkg::now" in done.stderr
    assert name_file(tmp_path / "two.gpkg").layer is None


NAMED_LAYERS = {
    "crosswalk": ["crosswalk", "{two}::now", "{two}::before", "--points={two}::villages"],
    "gaps": ["gaps", "{plan}", "--reach=5", "--points={two}::villages"],
    "map": ["map", "{plan}", "--gaps=5", "--points={two}::villages", "-o", "{out}.html"],
    "summary": ["summary", "{plan}", "--villages={two}::villages"],
    "compare": ["compare", "{plan}", "{plan}", "--carry", "--points={two}::villages"],
    "site": ["site", "{plan}", "--demand={two}::villages", "--candidates={two}::villages", "--within=900km"],
    "check": ["boundaries", "check", "{two}::now"],
}


@pytest.mark.parametrize("command", NAMED_LAYERS)
def test_every_command_takes_a_layer_of_a_file(command: str, write_plan: WritePlan, tmp_path: Path) -> None:
    two = tmp_path / "two layers.gpkg"
    for name in ("now", "before"):
        pyogrio.write_dataframe(squares(), two, layer=name)
    villages = gpd.GeoDataFrame(
        {"name": ["a", "b", "c"]}, geometry=[shapely.Point(x + 0.5, 0.5) for x in range(3)], crs=4326
    )
    pyogrio.write_dataframe(villages, two, layer="villages")
    places = {"two": two, "plan": write_plan(), "out": tmp_path / "out"}
    arguments = [argument.format(**places) for argument in NAMED_LAYERS[command]]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.stderr
    missing = [argument.replace("two layers", "not there") for argument in arguments]
    done = CliRunner().invoke(app, missing)
    assert done.exit_code in (1, 2)
    assert "file not found" in done.stderr
    assert "not there.gpkg" in done.stderr


@pytest.mark.parametrize(
    ("encoding", "cpg", "name", "said"),
    [
        ("UTF-8", True, LAO, ""),
        ("cp1252", True, "Thà Phabat", ""),
        ("UTF-8", False, LAO, "no .cpg"),
        ("cp1252", False, "Thà Phabat", "cp1252"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("zipped", [True, False])
def test_shapefiles_with_and_without_their_encoding(
    encoding: str, cpg: bool, name: str, said: str, zipped: bool, tmp_path: Path
) -> None:
    frame = squares() if encoding == "UTF-8" else squares().assign(label="Thà Phabat")
    frame.to_file(tmp_path / "d.shp", encoding=encoding)
    if not cpg:
        (tmp_path / "d.cpg").unlink()
        table = bytearray((tmp_path / "d.dbf").read_bytes())
        table[29] = 0  # the mark of the language, which would name it too
        (tmp_path / "d.dbf").write_bytes(table)
    path = tmp_path / "d.shp"
    if zipped:
        path = tmp_path / "d.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for suffix in (".shp", ".shx", ".dbf", ".prj", *([".cpg"] if cpg else [])):
                archive.write(tmp_path / f"d{suffix}", f"d{suffix}")
    raw = read_vector(FileSpec(path))
    assert raw.table["label"].iloc[0] == name
    assert said in " ".join(raw.remarks)
    assert bool(raw.remarks) == bool(said)


def without_crs(path: Path, frame: gpd.GeoDataFrame) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.set_crs(None, allow_override=True).to_file(path)
    return path


@pytest.mark.parametrize(
    ("crs", "candidate"),
    [
        ("EPSG:4326", 'crs = "EPSG:4326" (degrees)'),
        ("EPSG:32648", 'crs = "EPSG:32648" (WGS 84 / UTM zone 48N)'),
        ("EPSG:3857", 'crs = "EPSG:3857" (Web Mercator)'),
        ("EPSG:3148", 'crs = "EPSG:3148" (Indian 1960 / UTM zone 48N)'),
    ],
)
def test_an_unknown_crs_is_an_error_that_names_those_that_fit_the_plan(
    crs: str, candidate: str, tmp_path: Path
) -> None:
    area = (103.4, 17.8, 105.2, 19.0)
    sites = gpd.GeoDataFrame({"project": ["P"]}, geometry=[shapely.Point(104.2, 18.4)], crs=4326).to_crs(crs)
    path = without_crs(tmp_path / "sites.gpkg", sites)
    (problem,) = read(FileSpec(path, area=area), LOCATIONS).problems
    assert "does not say its CRS" in problem.message
    assert candidate in problem.way_out
    assert (
        read(FileSpec(path, crs=crs), LOCATIONS)
        .frame["geometry"]
        .iloc[0]
        .distance(shapely.Point(104.2, 18.4))
        < 1e-6
    )


def test_coordinates_of_a_table_that_are_no_degrees_are_told_with_the_crs(write_plan: WritePlan) -> None:
    # (0.5, 0.5) and (1.5, 0.5) in UTM zone 31N, which is where the toy districts lie.
    x, y = gpd.GeoSeries([shapely.Point(1.5, 0.5)], crs=4326).to_crs(32631).iloc[0].coords[0]
    from geoplan.plan.plan_tables import read_plan

    folder = write_plan(locations=SITES.replace("POINT (1.5 0.5)", f"POINT ({x} {y})"))
    with pytest.raises(InputError, match=r"locations.csv, row 3: .* cannot be degrees\n.*EPSG:32631"):
        read_plan(folder)


def test_a_country_around_the_plan_tells_its_crs_too(tmp_path: Path) -> None:
    country = gpd.GeoDataFrame(
        {"district": ["L"]}, geometry=[shapely.box(100.1, 13.9, 107.6, 22.5)], crs=4326
    )
    path = without_crs(tmp_path / "laos.gpkg", country.to_crs(32648))
    (problem,) = read(FileSpec(path, area=(103.4, 17.8, 105.2, 19.0)), DISTRICTS).problems
    assert "EPSG:32648" in problem.way_out
    assert "EPSG:32647" not in problem.way_out
    (problem,) = read(FileSpec(path), DISTRICTS).problems
    assert "EPSG:32648" in problem.way_out


def test_without_an_area_the_numbers_tell_what_they_can() -> None:
    assert "EPSG:32648" in suggest_crs((300_000, 1_900_000, 500_000, 2_100_000))
    assert "EPSG:3857" in suggest_crs((11_500_000, 2_000_000, 11_700_000, 2_200_000))
    assert "ask who made" in suggest_crs((1e8, 1e8, 2e8, 2e8))


def test_options_of_the_plan_file_are_checked(write_plan: WritePlan) -> None:
    from geoplan.plan.plan_tables import read_plan

    wrong = 'bbox = [3, 0, 1, 1]\nwhere = 5\nheader = "four"\ntotals = "drop"'
    folder = write_plan(toml=TOML.replace('"spending.csv"', f'"spending.csv"\n{wrong}'))
    with pytest.raises(InputError) as error:
        read_plan(folder)
    assert len(error.value.problems) == 4
    assert "west, south, east, north" in str(error.value)


def test_villages_in_every_format_by_lon_and_lat(tmp_path: Path) -> None:
    from geoplan.sources.points import read_points

    (tmp_path / "villages.csv").write_text("name;lon;lat\nBan A;104,21;18,40\nBan B;104,5;18,1\n")
    points = read_points(FileSpec(tmp_path / "villages.csv"))
    assert [point.x for point in points.geometry] == [104.21, 104.5]


@pytest.mark.parametrize(
    ("shape", "point"),
    [
        ("POINT (1 1)", (1, 1)),
        ("MULTIPOINT (1 1)", (1, 1)),
        ("POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))", (1, 1)),  # a point within an area stands for it
        ("LINESTRING (0 0, 2 2)", None),
        ("MULTIPOINT (1 1, 2 2)", None),
        ("MULTILINESTRING ((0 0, 2 2), (3 3, 4 4))", None),
    ],
)
def test_lines_and_several_points_are_no_village(
    shape: str, point: tuple[int, int] | None, tmp_path: Path
) -> None:
    from geoplan.sources.points import read_points

    path = tmp_path / "villages.csv"
    path.write_text(f'name,geometry\na,POINT (5 5)\nb,"{shape}"\n', encoding="utf-8")
    if point is not None:
        assert [(p.x, p.y) for p in read_points(FileSpec(path)).geometry] == [(5, 5), point]
        return
    with pytest.raises(InputError) as error:
        read_points(FileSpec(path))
    (problem,) = error.value.problems
    assert problem.rows == (3,) and problem.values == (shapely.from_wkt(shape).geom_type,)


def test_text_in_another_encoding_is_asked_for_and_complaints_are_notes(tmp_path: Path) -> None:
    path = tmp_path / "d.geojson"
    ring = "[[[0, 0], [1, 0], [1, 1], [0, 0]]]"
    feature = '{{"type": "Feature", "properties": {{"project": "{}"}}, "geometry": {}}}'
    features = [
        feature.format("Thà Phabat", f'{{"type": "Polygon", "coordinates": {ring}}}'),
        feature.format("P", '{"type": "Point", "coordinates": []}'),
    ]
    path.write_bytes(f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}'.encode("cp1252"))
    (problem,) = read(FileSpec(path), LOCATIONS).problems
    assert "the text is not UTF-8: 'Thà Phabat" in str(problem)
    assert 'encoding = "cp1252"' in problem.way_out
    found = read(FileSpec(path, encoding="cp1252"), LOCATIONS)
    assert found.frame["project"].tolist() == ["Thà Phabat", "P"]
    assert "Invalid coord dimension" in found.detected[0]


@pytest.mark.parametrize("side", [0, 1, 2, 3], ids=["west", "south", "east", "north"])
def test_sites_may_lie_half_a_degree_beyond_the_districts(side: int) -> None:
    area = (103.4, 17.8, 105.2, 19.0)
    outward = -1 if side < 2 else 1

    def fits(beyond: float) -> bool:
        lon, lat = (104.0, 18.0)
        if side % 2:
            lat = area[side] + outward * beyond
        else:
            lon = area[side] + outward * beyond
        return _lies_on((lon, lat, lon, lat), area)

    assert (fits(0.49), fits(0.51)) == (True, False)


def test_metres_without_districts_to_compare_are_told_how_zones_are_numbered() -> None:
    said = suggest_crs((500_000, 1_900_000, 600_000, 2_000_000))
    assert "32600 plus the number" in said and "Laos" not in said


def test_at_most_four_crs_are_suggested() -> None:
    site = gpd.GeoSeries([shapely.Point(104.2, 18.4)], crs=4326).to_crs(32648).total_bounds
    assert suggest_crs(tuple(site), (103.4, 17.8, 105.2, 19.0)).count("crs = ") == 4


def test_an_administrative_region_without_a_level_is_unclear() -> None:
    places = pd.DataFrame({"location_class": [1, 1, 2, 1], "admin_level": [None, 2, None, 0], "exactness": 1})
    # Codes 1 (exact), 3 (district), 6 (country) and 7 (unclear) of AidData.
    assert _precision(places.astype(float)).tolist() == [7, 3, 1, 6]


@pytest.mark.parametrize(("x", "is_typing_error"), [(999.9, True), (1000.1, False)])
def test_coordinates_just_beyond_degrees_are_typing_errors_not_metres(
    x: float, is_typing_error: bool
) -> None:
    with pytest.raises(InputError) as refused:
        check_degrees([shapely.Point(x, 18.3), shapely.Point(104, 18)], [2, 3], "l.csv")
    (problem,) = refused.value.problems
    assert problem.rows == (2,)
    assert problem.way_out.startswith("correct them" if is_typing_error else "name the CRS")


NAN, INF = float("nan"), float("inf")


@pytest.mark.filterwarnings("ignore:invalid value")  # of shapely, which makes the shapes
@pytest.mark.parametrize("wrong", [NAN, INF, -INF])
@pytest.mark.parametrize(
    "make",
    [
        lambda wrong: shapely.Polygon([(0, 0), (1, 0), (1, wrong), (0, 1)]),
        lambda wrong: shapely.Polygon([(0, 0), (wrong, 0), (1, 1), (0, 1)]),
        lambda wrong: shapely.MultiPolygon(
            [shapely.box(0, 0, 1, 1), shapely.Polygon([(5, 5), (6, 5), (6, wrong)])]
        ),
        lambda wrong: shapely.LineString([(0, 0), (1, 1), (wrong, 2)]),
        lambda wrong: shapely.Point(0.5, wrong),
    ],
)
def test_coordinates_that_are_no_numbers_are_refused_with_their_row(
    make: Callable[[float], shapely.Geometry], wrong: float
) -> None:
    with pytest.raises(InputError) as caught:
        check_degrees([None, shapely.Point(), shapely.box(0, 0, 1, 1), make(wrong)], [1, 2, 3, 4], "d.gpkg")
    text = str(caught.value)
    assert "d.gpkg, row 4: coordinates are no numbers" in text
    assert str(wrong) in text


def test_huge_coordinates_are_numbers_that_are_no_degrees() -> None:
    # The square of 1e200 is infinite, and so is the length of its border.
    with pytest.raises(InputError, match="cannot be degrees"):
        check_degrees([shapely.box(0, 0, 1e200, 1e200)], [1], "d.gpkg")


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "parquet"])
def test_no_district_loses_a_corner_in_silence(tmp_path: Path, suffix: str) -> None:
    layer = squares().set_geometry(
        [shapely.Polygon([(0, 0), (1, 0), (1, NAN), (0, 1)]), *squares().geometry[1:]], crs=4326
    )
    path = tmp_path / f"d.{suffix}"
    if suffix == "parquet":
        layer.to_parquet(path)
    else:
        layer.to_file(path)
    result = CliRunner().invoke(app, ["boundaries", "check", str(path)])
    assert (result.exit_code, "coordinates are no numbers" in result.output) == (1, True), result.output


@pytest.mark.parametrize("suffix", ["gpkg", "parquet"])
def test_a_table_without_shapes_is_no_layer(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"lakes.{suffix}"
    table = pd.DataFrame({"name": ["a lake"]})
    if suffix == "parquet":
        table.to_parquet(path)
    else:
        pyogrio.write_dataframe(table, path)
    with pytest.raises(InputError, match="the layer has no geometry"):
        read_vector(FileSpec(path))
    assert len(read_vector(FileSpec(path), table_will_do=True).table) == 1
