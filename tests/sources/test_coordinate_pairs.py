"""Latitude and longitude in one cell: cut where the area of the plan, the header or letters say which is which."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.model.schema import LOCATIONS
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec

LAOS = (100.0, 13.9, 107.7, 22.5)
BY_ZERO = (0.0, 0.0, 7.0, 1.0)


def places(cells: list[str], folder: Path, header: str = "GPS", area: object = LAOS) -> Conformed:
    path = folder / "l.tsv"
    path.write_text("\n".join([f"project\t{header}", *(f"P\t{cell}" for cell in cells)]), encoding="utf-8")
    return read(FileSpec(path, area=area), LOCATIONS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell",
    [
        "17.5, 102.25",
        "17.5,102.25",
        "(102.25 17.5)",
        "17,5; 102,25",
        "17.5 / 102.25",
        "17°30'N, 102°15'E",
        "N17.5 E102.25",
        "102.25 E, 17.5 N",
        "໑໗.໕, ໑໐໒.໒໕",
    ],
)
def test_a_cell_with_two_coordinates_is_cut(cell: str, tmp_path: Path) -> None:
    found = places([cell, cell], tmp_path)
    assert not found.problems
    point = found.frame["geometry"].iloc[1]
    assert (point.x, point.y) == (102.25, 17.5)
    assert any("column 'GPS' has two coordinates in a cell" in note for note in found.detected)
    assert found.accounts[0].columns["GPS"] in ("lat, lon", "lon, lat")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("lat, lon", (1.5, 0.5)),
        ("Longitude/Latitude", (0.5, 1.5)),
        ("LatLng", (1.5, 0.5)),
        ("lonlat", (0.5, 1.5)),
        ("Location (lng, lat)", (0.5, 1.5)),
        ("where", None),
    ],
)
def test_two_orders_are_decided_by_the_header_or_asked_about(
    header: str, expected: tuple[float, float] | None, tmp_path: Path
) -> None:
    found = places(["0.5, 1.5"], tmp_path, header, BY_ZERO)
    if expected is None:
        assert "whose order is not clear" in found.problems[0].message
        assert 'name the column "lat, lon"' in found.problems[0].way_out
    else:
        point = found.frame["geometry"].iloc[0]
        assert (point.x, point.y) == expected


@pytest.mark.parametrize(
    "cells",
    [
        ["1/2", "2/2"],
        ["48.5, 2.25", "48.5, 2.5"],
        ["Ban 5.1, Ban 6.2", "x"],
        ["1,500", "2,700"],
        ["14.101,5", "15.102,5"],
    ],
)
def test_other_pairs_are_no_coordinates(cells: list[str], tmp_path: Path) -> None:
    found = places(cells, tmp_path)
    assert found.accounts[0].columns["GPS"] == "not used"


def test_empty_columns_that_are_read_twice_hold_no_pairs(tmp_path: Path) -> None:
    path = tmp_path / "l.csv"
    path.write_text("project,district,A,B\nP,X,,\nQ,Y,,\n")
    columns = {"name": "A", "location": "B", "lon": "A", "lat": "B"}
    found = read(FileSpec(path, columns=columns), LOCATIONS)
    assert not found.problems and found.frame["geometry"].isna().all()
