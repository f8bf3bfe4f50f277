"""Coordinates with degrees, minutes and letters: read where they are clear, otherwise an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.model.schema import LOCATIONS, POINTS
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.degrees import read_angle

# 7° 30′ 36″ are 7.51°, and 7° 30.6′ too.
CLEAR = [
    "7°30'36\"", "7º 30´ 36´´", "7° 30’ 36’’", "7o30'36''", "7d30m36s", "7d30'36\"", "7 deg 30 min 36 sec", "7:30:36",
    "7 30 36", "7-30-36", "7.30.36", "7°30.6'", "7 30.6", "7° 30,6'", "7.51°", "7,51 °", "໗°໓໐'໓໖\"",
]  # fmt: skip


@pytest.mark.parametrize("text", CLEAR)
def test_degrees_minutes_and_seconds(text: str) -> None:
    assert read_angle(text, "lat") == 7.51
    assert read_angle(f"-{text}", "lon") == -7.51
    for word, sign in (("N", 1), ("S", -1), ("Nord", 1), ("sur", -1), ("LS", -1)):
        assert [read_angle(f"{word} {text}", "lat"), read_angle(f"{text} {word}", "lat")] == [sign * 7.51] * 2


def test_what_is_not_clear_is_no_number() -> None:
    assert [read_angle(text, "lat") for text in ("7.51", "-7.51", "Nam Kading", "7.5 30 N", "7 30 E")][
        :4
    ] == [None] * 4
    reasons = {
        ("7°60'", "lat"): "minutes or seconds of 60 or more",
        ("E 7 30", "lat"): "a letter of longitude in the column lat",
        ("N7.51", "lon"): "a letter of latitude in the column lon",
        ("97 30 N", "lat"): "more than 90 degrees",
        ("-7 30 S", "lat"): "a minus sign beside the letter of a side",
        ("7°30' O", "lon"): "the letter O may be Ost (east) or Ouest, Oeste (west)",
    }
    assert {case: read_angle(*case) for case in reasons} == reasons
    assert read_angle("7°30'36\" O", "lon", (-9, 4, -2, 11)) == -7.51
    assert read_angle("7°30'36\" O", "lon", (6, 46, 15, 55)) == 7.51


def rows(tmp_path: Path, *cells: str, header: str = "project;Latitude;Lon") -> Conformed:
    path = tmp_path / "l.csv"
    path.write_text(f"{header}\n" + "".join(f"P;{cell}\n" for cell in cells))
    return read(FileSpec(path), POINTS if header.startswith("code") else LOCATIONS)


def test_columns_of_degrees_become_points(tmp_path: Path) -> None:
    found = rows(tmp_path, "7°30'36\"N;4°15'O", "8.25;W4.5")
    problem = found.problems[0]
    assert (problem.column, problem.rows, problem.values) == ("lon", (2,), ("4°15'O",))
    found = rows(tmp_path, "7°30'36\"N;4°15'W", "8.25;4.5W", "7:30:36;-4.25")
    assert found.problems == []
    points = [(shape.x, shape.y) for shape in found.frame["geometry"]]
    assert points == [(-4.25, 7.51), (-4.5, 8.25), (-4.25, 7.51)]
    said = "column 'lat' has degrees with letters or minutes: '7°30'36\"N' is 7.51"
    assert any(said in note for note in found.detected)
    points = [shape.y for shape in rows(tmp_path, "S 7 30 36;4", header="code;lat;lon").frame["geometry"]]
    assert points == [-7.51]


def test_a_header_that_is_known_by_its_words_may_have_degrees(tmp_path: Path) -> None:
    found = rows(tmp_path, "7°30'36\"N;4°15'E", header="project;Site latitude;GPS Longitude")
    assert (found.frame["geometry"][0].x, found.frame["geometry"][0].y) == (4.25, 7.51)


def test_degrees_among_many_plain_numbers_are_found(tmp_path: Path) -> None:
    cells = [f"{at / 1000};4" for at in range(1_200)] + ["7 30 36 S;4"]
    assert rows(tmp_path, *cells).frame["geometry"].iloc[-1].y == -7.51
