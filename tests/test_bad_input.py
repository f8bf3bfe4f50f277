"""Every kind of bad input gets one clear error with all problems, no traceback, and leaves outputs alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from geoplan.cli import app

from .conftest import DISTRICTS, LOCATIONS, PROFILE, PROJECTS, SPENDING, TOML, WritePlan

ROW = "P,roads,X,2010,budget,EUR,"
POINTS = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"district":"A"},"geometry":%s}]}'
)

# name of the case: files changed, and what the message must say
CASES: dict[str, tuple[dict[str, str | bytes], list[str]]] = {
    "missing column": (
        {"spending": SPENDING.replace("amount", "montant")},
        ["spending.csv", "'amount'", "a column is missing", "montant", "geoplan.toml"],
    ),
    "near miss of a column": ({"spending": SPENDING.replace("amount", "amuont")}, ["did you mean 'amuont'?"]),
    "decimal comma": (
        {"spending": SPENDING.replace("100.00", '"1.234,50"')},
        ["spending.csv", "row 2", "'amount'", "'1.234,50'", 'decimal = ","'],
    ),
    "spaces and a sign": (
        {"spending": SPENDING.replace("100.00", "1 234.50 $")},
        ["row 2", "'1 234.50 $'", "put the currency into"],
    ),
    "no number": (
        {"spending": SPENDING.replace("100.00", "n/a")},
        ["row 2", "'n/a'", "not readable as an amount"],
    ),
    "no amount": ({"spending": SPENDING.replace("100.00", "")}, ["row 2", "no amount", "write 0"]),
    "negative budget": (
        {"spending": SPENDING.replace("100.00", "-100.00")},
        ["row 2", "a negative amount", "'-100.00'"],
    ),
    "amount too large": ({"spending": SPENDING.replace("100.00", "9" * 20)}, ["row 2", "over 10^15"]),
    "year out of range": (
        {"spending": SPENDING.replace("2010", "201000")},
        ["row 2", "'year'", "'201000'", "1900 to 2100"],
    ),
    "no such kind": ({"spending": SPENDING.replace("budget", "plan", 1)}, ["row 2", "'plan'", "commitment"]),
    "no such currency": ({"spending": SPENDING.replace("EUR", "EURO")}, ["'EURO'", "ISO 4217"]),
    "unlisted project": (
        {"spending": SPENDING + "Z,roads,X,2010,budget,EUR,1\n"},
        ["row 5", "'Z'", "projects.csv"],
    ),
    "unlisted location": (
        {"spending": "project,location,year,kind,currency,amount\nP,77,2010,budget,EUR,1\n"},
        ["row 2", "'77'", "locations.csv"],
    ),
    "duplicate districts": (
        {"districts": DISTRICTS.replace("\nB,", "\nA,")},
        ["districts.csv", "rows 2, 3", "'A'", "must be unique"],
    ),
    "points for districts": (
        {"districts": 'district,geometry\nA,"POINT (0 0)"\n'},
        ["needs an area", "'Point'"],
    ),
    "no geometry": (
        {"districts": "district,name\nA,Alpha\n"},
        ["districts.csv", "geometry", "boundary file"],
    ),
    "broken WKT": (
        {"locations": LOCATIONS.replace("POINT (0.5 0.5)", "POINT (0.5;0.5)")},
        ["row 2", "not readable as WKT"],
    ),
    "projected without CRS": (
        {"locations": LOCATIONS.replace("POINT (0.5 0.5)", "POINT (350000 2030000)")},
        ["cannot be degrees", 'crs = "EPSG:32648"'],
    ),
    "half a coordinate": (
        {"locations": "project,lon,lat\nP,0.5,\nQ,,\n"},
        ["row 2", "lon or lat is missing"],
    ),
    "shares do not add up": (
        {"locations": "project,location,share,geometry\nP,1,0.5,POINT (0.5 0.5)\nP,2,0.4,POINT (1.5 0.5)\n"},
        ["add up to 0.9", "rows 2, 3"],
    ),
    "shares beyond rounding": (
        {
            "locations": "project,location,share,geometry\nP,1,0.52,POINT (0.5 0.5)\nP,2,0.47,POINT (1.5 0.5)\n"
        },
        ["add up to 0.99", 'shares = "rescale"'],
    ),
    "some shares missing": (
        {"locations": "project,location,share,geometry\nP,1,0.5,POINT (0.5 0.5)\nP,2,,POINT (1.5 0.5)\n"},
        ["some have none", "row 3"],
    ),
    "no such precision": (
        {"locations": LOCATIONS.replace("one,1", "one,12")},
        ["row 2", "no such precision code"],
    ),
    "rate in percent": (
        {"profile": PROFILE.replace("0.40", "40")},
        ["row 3", "'poverty_rate'", "'40'", "0.35 for 35 %"],
    ),
    "profile of another district": ({"profile": PROFILE.replace("C,", "D,")}, ["'D'", "districts.csv"]),
    "empty file": ({"spending": ""}, ["spending.csv", "the file is empty"]),
    "header only": ({"spending": SPENDING.splitlines()[0]}, ["no record"]),
    "ragged row": ({"spending": SPENDING + ROW + "1,234,00\n"}, ["row 5", "more cells than the header"]),
    "column twice": ({"spending": SPENDING.replace("funder", "year", 1)}, ["columns occur twice", "'year'"]),
    "open quotation mark": (
        {"spending": SPENDING + '"P,roads\n'},
        ["cannot be read as CSV", "quotation mark"],
    ),
    "wrong encoding": (
        {"spending": SPENDING.replace("roads", "дороги").encode("cp1251")},
        ["row 2", "not UTF-8", 'encoding = "cp1251" (', "дороги"],
    ),
    "thousands or decimals": (
        {"spending": SPENDING.replace("100.00", "1.234").replace("50.00", "50").replace("7.01", "7.010")},
        [
            "rows 2, 4",
            "'amount'",
            "may be read in two ways",
            "1.234 or 1234",
            'decimal = "," and thousands = "."',
        ],
    ),
    "two marks at once": (
        {"spending": SPENDING.replace("100.00", '"1.234,50"')},
        ["row 2", "'1.234,50'"],
    ),
    "NUL bytes": ({"spending": SPENDING.encode() + b"\0"}, ["NUL bytes"]),
    "workbook named CSV": ({"spending": b"PK\x03\x04" + bytes(40)}, ["Excel workbook"]),
    "web page named CSV": ({"spending": "<!DOCTYPE html><html></html>"}, ["web page"]),
    "unknown key": (
        {"toml": TOML.replace("[spending]", '[spending]\nencodng = "utf-8"')},
        ["'encodng'", "did you mean 'encoding'?"],
    ),
    "unknown section": (
        {"toml": TOML.replace("[spending]", "[spendings]")},
        ["'spendings'", "did you mean 'spending'?"],
    ),
    "NUL in a note": (
        {"toml": TOML.replace("[plan]", '[plan]\nnotes = ["a\\u0000b"]')},
        ["notes in [plan] must be a list of strings"],
    ),
    "not TOML": ({"toml": "[plan\n"}, ["not valid TOML", "line 1"]),
    "file not there": (
        {"toml": TOML.replace('"spending.csv"', '"spendings.csv"')},
        ["spendings.csv: file not found", "did you mean 'spending.csv'? the path is", "toy"],
    ),
    "mapping to nothing": (
        {"toml": TOML + '[spending.columns]\namount = "Montant"\n'},
        ["Montant", "'project'", "'currency'"],
    ),
}

FILES: dict[str, tuple[str, bytes, list[str]]] = {
    "a web page for a GeoPackage": (
        "b.gpkg",
        b"<html>404</html>",
        ["b.gpkg", "it is a web page, not a layer"],
    ),
    "half a GeoJSON": ("b.geojson", POINTS.encode()[:40], ["b.geojson", "the layer cannot be read"]),
    "text for a workbook": ("b.xlsx", b"district,name\nA,Alpha\n", ["b.xlsx", "is text, not a workbook"]),
    "GeoJSON of points": (
        "b.geojson",
        (POINTS % '{"type":"Point","coordinates":[0.5,0.5]}').encode(),
        ["needs an area"],
    ),
    "GeoJSON without geometry": (
        "b.geojson",
        (POINTS % "null").encode(),
        ["the shapes of these districts are empty"],
    ),
    "projected GeoJSON": (
        "b.geojson",
        (
            POINTS
            % '{"type":"Polygon","coordinates":[[[350000,2030000],[360000,2030000],[360000,2040000],[350000,2030000]]]}'
        ).encode(),
        ["cannot be degrees", "EPSG:32648"],
    ),
}


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def check_refused(folder: Path, tmp_path: Path, said: list[str]) -> None:
    target = tmp_path / "out.csv"
    target.write_text("precious")
    for command in (
        ["summary", str(folder), "-o", str(target)],
        ["ledger", str(folder), "-o", str(target)],
        ["check", str(folder)],
    ):
        code, out, err = run(*command)
        assert code == 1, err
        # Only check prints something: how it read the tables that can be read.
        assert out == "" or (command[0] == "check" and " as " in out)
        assert "Traceback" not in err
        for words in said:
            assert words in err
        assert target.read_text() == "precious"
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("case", CASES)
def test_bad_tables(case: str, write_plan: WritePlan, tmp_path: Path) -> None:
    changes, said = CASES[case]
    check_refused(write_plan(**changes), tmp_path, said)


@pytest.mark.parametrize("case", FILES)
def test_bad_boundary_files(case: str, write_plan: WritePlan, tmp_path: Path) -> None:
    name, data, said = FILES[case]
    folder = write_plan(toml=TOML.replace('"districts.csv"', f'"{name}"'))
    (folder / name).write_bytes(data)
    check_refused(folder, tmp_path, said)


def test_a_layer_without_crs_asks_for_it(write_plan: WritePlan, tmp_path: Path) -> None:
    import geopandas as gpd
    from shapely import box

    folder = write_plan(toml=TOML.replace('"districts.csv"', '"b.gpkg"'))
    with pytest.warns(UserWarning, match="crs"):
        gpd.GeoDataFrame({"district": ["A"]}, geometry=[box(0, 0, 1, 1)]).to_file(folder / "b.gpkg")
    check_refused(folder, tmp_path, ["b.gpkg", "does not say its CRS", "(0, 0)", 'crs = "EPSG:4326"'])


def test_several_layers_ask_for_one(write_plan: WritePlan, tmp_path: Path) -> None:
    import geopandas as gpd
    from shapely import box

    folder = write_plan(toml=TOML.replace('"districts.csv"', '"b.gpkg"'))
    frame = gpd.GeoDataFrame({"district": ["A"]}, geometry=[box(0, 0, 1, 1)], crs=4326)
    frame.to_file(folder / "b.gpkg", layer="now")
    frame.to_file(folder / "b.gpkg", layer="before")
    check_refused(folder, tmp_path, ["2 layers", "'now'", "'before'", 'layer = "'])


def test_all_problems_of_all_files_at_once(write_plan: WritePlan, tmp_path: Path) -> None:
    folder = write_plan(
        spending=SPENDING.replace("100.00", "n/a").replace("2011", "11"),
        projects=PROJECTS.replace("\nQ,", "\nP,"),
        profile=PROFILE.replace("0.40", "40"),
    )
    check_refused(
        folder, tmp_path, ["6 problems", "that are not in projects.csv: 'Q'", "'n/a'", "'11'", "'P'", "'40'"]
    )


def test_codes_are_compared_though_amounts_are_not_readable(write_plan: WritePlan, tmp_path: Path) -> None:
    bad = SPENDING.replace("100.00", "n/a") + "Z,roads,X,2010,budget,EUR,1\n"
    check_refused(write_plan(spending=bad), tmp_path, ["2 problems", "'n/a'", "row 5", "'Z'"])


def test_many_bad_rows_are_counted_not_poured_out(write_plan: WritePlan, tmp_path: Path) -> None:
    bad = "".join(f"{ROW}x{number}\n" for number in range(40))
    check_refused(
        write_plan(spending=SPENDING + bad), tmp_path, ["rows 5, 6, 7, 8, 9 and 35 more", "(40 different)"]
    )


def test_terminal_codes_in_data_are_shown_not_obeyed(write_plan: WritePlan, tmp_path: Path) -> None:
    check_refused(
        write_plan(spending=SPENDING.replace("100.00", "\x1b[2J\u202e")), tmp_path, [r"'\x1b[2J\u202e'"]
    )
