"""The districts of a plan: repairs that matter are said, empty shapes refused or left out."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.geo.boundaries import check_coverage
from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import InputError
from geoplan.plan.districts import (
    _list_codes,
    _notes_on_overlaps,
    as_layer,
    read_by_code,
    read_layer,
    read_raw_layer,
)
from geoplan.plan.plan_tables import make_plan
from geoplan.sources.raw_table import FileSpec

SQUARE = shapely.box(0, 0, 1, 1)
ENCLAVE = shapely.box(0.4, 0.4, 0.5, 0.5)


def write_districts(path: Path, **shapes: Any) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"district": code},
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for code, shape in shapes.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def frame(**shapes: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"district": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:4326")


def test_money_in_an_enclave_stays_there(tmp_path: Path) -> None:
    # A covers all of B, and has the lower code.
    layer = write_districts(tmp_path / "d.geojson", A=SQUARE, B=ENCLAVE)
    (tmp_path / "l.csv").write_text("project,lon,lat\nP,0.45,0.45\nQ,0.2,0.2\n")
    (tmp_path / "s.csv").write_text(
        "project,year,kind,currency,amount\nP,2020,budget,EUR,7\nQ,2020,budget,EUR,5\n"
    )
    plan = make_plan(districts=layer, locations=tmp_path / "l.csv", spending=tmp_path / "s.csv")
    entries = build_ledger(plan).entries
    assert dict(zip(entries["project"], entries["district"], strict=True)) == {"P": "B", "Q": "A"}
    (note,) = plan.notes
    assert note == (
        "Districts lie inside another district: 'B' inside 'A'; "
        "the 123 km² that both cover count as the inner district's."
    )
    assert build_ledger(plan).notes == plan.notes


def test_an_invalid_shape_whose_readings_differ_is_a_note_and_a_bow_tie_is_not() -> None:
    nested = shapely.MultiPolygon([SQUARE, ENCLAVE])
    layer = as_layer(frame(A=nested, B=ENCLAVE))
    assert layer.notes == [
        "Invalid boundaries can be read in two ways, which differ by 123 km² in 'A'; "
        "ground inside a neighbouring district counts as the neighbour's."
    ]
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    repaired = as_layer(frame(A=bow_tie))
    assert repaired.notes == []
    assert repaired.remarks == ["1 invalid district boundaries were made valid: 'A'"]


def test_an_overlap_counts_by_its_part_of_the_smaller_district() -> None:
    # 1 % of B's area is 0.0001 of A's.
    layer = as_layer(frame(A=shapely.box(0, 0, 10, 10), B=shapely.box(9.99, 0, 10.99, 1)))
    assert len(layer.notes) == 1 and layer.notes[0].startswith("Districts overlap: 'A' and 'B'")


def test_districts_that_overlap_are_a_note_and_hairlines_are_not() -> None:
    hairline = 1e-5
    layer = as_layer(
        frame(
            A=shapely.box(0, 0, 1.4, 1),
            B=shapely.box(1, 0, 2, 1),
            D=shapely.box(2 - hairline, 0, 3, 1),
            C=shapely.box(2 - hairline, 0, 3, 1),
        )
    )
    assert layer.notes == [
        "Districts overlap: 'C' and 'D' by 12,309 km², 'A' and 'B' by 4,923 km²; places that both cover count for "
        "the lower code."
    ]


def test_rows_of_one_code_that_overlap_are_one_district_without_a_note(tmp_path: Path) -> None:
    path = tmp_path / "d.gpkg"
    shapes = [shapely.box(0, 0, 1.4, 1), shapely.box(1, 0, 2, 1)]
    gpd.GeoDataFrame({"district": ["A", "A"]}, geometry=shapes, crs="EPSG:4326").to_file(path)
    layer = read_by_code(FileSpec(path))
    assert layer.notes == []
    assert shapely.area(layer.districts.geometry).tolist() == [2]
    assert any("'A' is the code of 2 rows" in remark for remark in layer.remarks)


def test_a_district_without_a_shape_in_topojson_is_not_dropped(tmp_path: Path) -> None:
    shapes = [{"type": "Polygon", "arcs": [[0]]}, {"type": None}, {"type": "Polygon", "arcs": [[0]]}]
    objects = [shape | {"properties": {"district": code}} for shape, code in zip(shapes, "ABC", strict=True)]
    topology = {
        "type": "Topology",
        "arcs": [[[0, 0], [1, 0], [1, 1], [0, 0]]],
        "objects": {"d": {"type": "GeometryCollection", "geometries": objects}},
    }
    path = tmp_path / "d.topojson"
    path.write_text(json.dumps(topology), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InputError) as caught:
        read_layer(FileSpec(path))
    (problem,) = caught.value.problems
    assert (problem.source, problem.rows, problem.values) == ("d.topojson", (2,), ("B",))
    left = read_layer(FileSpec(path, empty="leave out"))
    assert left.districts["district"].tolist() == ["A", "C"]
    assert path.read_bytes() == before
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.write(path, "d.topojson")
    with pytest.raises(InputError, match="row 2"):
        read_layer(FileSpec(tmp_path / "d.zip"))


def test_a_valid_layer_stays_as_it_is() -> None:
    given = frame(B=shapely.box(1, 0, 2, 1), A=SQUARE)
    layer = as_layer(given)
    assert (layer.remarks, layer.notes) == ([], [])
    assert layer.districts["district"].tolist() == ["A", "B"]
    assert layer.districts.geometry.tolist() == [SQUARE, shapely.box(1, 0, 2, 1)]
    assert given["district"].tolist() == ["B", "A"]


def test_empty_shapes_are_refused_left_out_or_kept(tmp_path: Path) -> None:
    path = write_districts(tmp_path / "d.geojson", A=SQUARE, B=shapely.MultiPolygon(), C=None)
    with pytest.raises(InputError) as caught:
        read_layer(FileSpec(path))
    (problem,) = caught.value.problems
    assert "empty" in problem.message
    assert (problem.rows, problem.values) == ((2, 3), ("B", "C"))
    left = read_layer(FileSpec(path, empty="leave out"))
    assert left.districts["district"].tolist() == ["A"]
    assert left.remarks[-1] == "d.geojson: 2 districts with an empty shape are left out (rows 2, 3): 'B', 'C'"
    write_districts(path, A=SQUARE, B=None)
    (remark,) = read_layer(FileSpec(path, empty="leave out")).remarks
    assert remark == "d.geojson: 1 district with an empty shape is left out (row 2): 'B'"
    write_districts(path, A=SQUARE, B=shapely.MultiPolygon(), C=None)
    raw, _ = read_raw_layer(FileSpec(path))
    assert raw["district"].tolist() == ["A", "B", "C"]
    with pytest.raises(InputError, match="empty"):
        read_raw_layer(FileSpec(path), keep_empty=False)


def write_rings(path: Path, **rings: list[list[float]]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"district": code},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for code, ring in rings.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_open_rings_are_closed_and_flat_ones_are_empty(tmp_path: Path) -> None:
    closed = [[1, 0], [2, 0], [2, 1], [1, 1], [1, 0]]
    path = write_rings(tmp_path / "d.geojson", A=closed, B=[[0, 0], [1, 0], [1, 1], [0, 1]])
    layer = read_layer(FileSpec(path))
    assert shapely.equals(layer.districts.geometry[1], SQUARE)
    assert layer.remarks == ["d.geojson: rings that do not end where they begin are closed (row 2)"]
    crossing = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]  # its two halves count as + and -
    flat = write_rings(tmp_path / "f.geojson", A=closed, B=[[0, 0], [0, 1], [0, 0], [0, 0]], C=crossing)
    with pytest.raises(
        InputError, match=r"row 2, column 'geometry': the shapes of these districts are empty: 'B'"
    ):
        read_layer(FileSpec(flat))
    assert read_layer(FileSpec(flat, empty="leave out")).districts["district"].tolist() == ["A", "C"]
    empty = check_coverage(read_raw_layer(FileSpec(flat))[0]).of_kind("empty geometry")
    assert empty["districts"].tolist() == ["B"]


def test_swapped_coordinates_are_named(tmp_path: Path) -> None:
    swapped = shapely.box(17, 103, 18, 104)
    with pytest.raises(
        InputError, match=r"row 2, column 'geometry': latitudes are beyond 90°: 'latitude 103 to 104'"
    ):
        read_layer(FileSpec(write_districts(tmp_path / "d.geojson", A=SQUARE, B=swapped)))
    with pytest.raises(InputError, match="beyond 90°"):
        read_raw_layer(FileSpec(write_districts(tmp_path / "d.geojson", A=swapped)))


def test_codes_that_are_blank_or_a_word_for_none_are_refused(tmp_path: Path) -> None:
    path = write_districts(tmp_path / "d.geojson", **{"A": SQUARE, " ": ENCLAVE, "<Null>": SQUARE})
    with pytest.raises(InputError) as caught:
        read_layer(FileSpec(path))
    assert [(problem.rows, problem.message) for problem in caught.value.problems] == [
        ((2,), "no value"),
        ((3,), "a word for no data, not a code"),
    ]


def test_a_line_is_no_district_and_a_collection_is_its_polygons(tmp_path: Path) -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    with pytest.raises(InputError, match="needs an area"):
        read_layer(FileSpec(write_districts(tmp_path / "line.geojson", A=SQUARE, B=line)))
    both = shapely.GeometryCollection([ENCLAVE, line])
    layer = read_layer(FileSpec(write_districts(tmp_path / "both.geojson", A=both))).districts
    assert layer.geometry.tolist() == [ENCLAVE]


HALVES = shapely.MultiPolygon([shapely.box(179, -17, 180, -16), shapely.box(-180, -17, -179, -16)])


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3460"])
def test_money_across_the_antimeridian(tmp_path: Path, crs: str) -> None:
    layer = frame(A=shapely.box(178, -17, 179, -16), B=HALVES).to_crs(crs)
    layer.to_file(tmp_path / "d.gpkg")
    (tmp_path / "l.csv").write_text(
        "project,geometry\nP,POINT(-179.5 -16.5)\nQ,POINT(180.5 -16.5)\nR,POINT(0 -16.5)\n"
        'S,"LINESTRING(179.5 -16.5,-179.5 -16.5)"\n'
        'T,"POLYGON((178.5 -16.6,-179.5 -16.6,-179.5 -16.4,178.5 -16.4,178.5 -16.6))"\n'
    )
    (tmp_path / "s.csv").write_text(
        "project,year,kind,currency,amount\n" + "".join(f"{code},2020,budget,EUR,8\n" for code in "PQRST")
    )
    plan = make_plan(districts=tmp_path / "d.gpkg", locations=tmp_path / "l.csv", spending=tmp_path / "s.csv")
    entries = build_ledger(plan).entries
    placed = {
        (project, place if place != "district" else district): amount / 100
        for project, place, district, amount in entries[
            ["project", "place", "district", "amount_minor"]
        ].itertuples(index=False, name=None)
    }
    # T is 2° wide: 0.5° in A, 1.5° in B.
    expected = {
        ("P", "B"): 8,
        ("Q", "B"): 8,
        ("R", "outside area"): 8,
        ("S", "B"): 8,
        ("T", "A"): 2,
        ("T", "B"): 6,
    }
    assert placed == pytest.approx(expected, abs=0.02)
    assert plan.districts.total_bounds == pytest.approx([178, -17, 181, -16], abs=1e-6)
    assert plan.notes == ()


def test_five_codes_are_listed_and_the_others_counted() -> None:
    codes = np.array([*"AABCDE"], dtype=object)
    assert _list_codes(codes) == "'A', 'B', 'C', 'D', 'E'"
    assert _list_codes(np.append(codes, ["F", "G"])) == "'A', 'B', 'C', 'D', 'E' and 2 more"


@pytest.mark.parametrize(("pairs", "said"), [(5, ""), (6, " and 1 more pairs")])
def test_five_pairs_that_overlap_are_listed_and_the_others_counted(pairs: int, said: str) -> None:
    shapes = np.array([shapely.box(at * 0.9, 0, at * 0.9 + 1, 1) for at in range(pairs + 1)], dtype=object)
    (note,) = _notes_on_overlaps(np.array([*"ABCDEFG"[: pairs + 1]], dtype=object), shapes)
    assert note.count(" by ") == 5 and f"km²{said}; places" in note


@pytest.mark.parametrize(("part", "noted"), [(0.0009, False), (0.0011, True)])
def test_an_overlap_of_a_thousandth_of_a_district_is_noted(part: float, noted: bool) -> None:
    shapes = np.array([shapely.box(0, 0, 1, 1), shapely.box(1 - part, 0, 2 - part, 1)], dtype=object)
    assert bool(_notes_on_overlaps(np.array(["A", "B"], dtype=object), shapes)) == noted
