"""Printed tables are bounded, say so, and name the way to all rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.cli.row_limit import MOST_ROWS, count_rows_shown, short_table_text

from ..test_house import commands

MANY = 160


def test_every_command_that_prints_tables_takes_all() -> None:
    options = {
        name: {form for option in command.params for form in option.opts} for name, command in commands(app)
    }
    assert len([name for name, known in options.items() if "--all" in known]) > 10
    assert [name for name, known in options.items() if "--format" in known and "--all" not in known] == []


@pytest.fixture
def wide_layer(tmp_path: Path) -> Path:
    codes = [f"D{at:03}" for at in range(MANY)]
    squares = [shapely.box(at % 20, at // 20, at % 20 + 1, at // 20 + 1) for at in range(MANY)]
    frame = gpd.GeoDataFrame({"district": codes, "name": codes}, geometry=squares, crs=4326)
    frame.to_file(tmp_path / "districts.geojson")
    projects = [f"P{at}" for at in range(MANY)]
    pd.DataFrame({"project": projects, "district": codes}).to_csv(tmp_path / "locations.csv", index=False)
    pd.DataFrame(
        # The last districts have most; one project has no place at all.
        {"project": [*projects, "X"], "year": 2012, "kind": "budget", "currency": "EUR", "funder": "Norway",
         "amount": [*range(1000, 1000 + MANY), 5]}
    ).to_csv(tmp_path / "spending.csv", index=False)  # fmt: skip
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    tables = [part for name in ("districts.geojson", "locations.csv", "spending.csv")
              for part in (f"--{name.split('.')[0]}", str(folder / name))]  # fmt: skip
    result = CliRunner().invoke(app, [arguments[0], *tables, *arguments[1:]])
    assert result.exit_code == 0, result.output
    return result.stdout


def rows_of(text: str) -> list[str]:
    """Return the codes of the districts, row by row."""
    return [word for line in text.splitlines() for word in line.split()[:1] if word[0] == "D" and word[1:].isdigit()]  # fmt: skip


def test_a_long_summary_has_the_largest_amounts_and_every_bucket(wide_layer: Path) -> None:
    text = run(wide_layer, "summary")
    assert rows_of(text) == [f"D{at:03}" for at in reversed(range(MANY - MOST_ROWS, MANY))]
    assert "151 of 161 rows, the largest amounts; for all add --all or -o FILE" in text
    assert "unlocated" in text
    whole = run(wide_layer, "summary", "--all")
    assert len(rows_of(whole)) == MANY and "for all add" not in whole


def test_a_file_has_all_rows(wide_layer: Path, tmp_path: Path) -> None:
    target = tmp_path / "sums.txt"
    run(wide_layer, "summary", "-o", str(target))
    assert len(rows_of(target.read_text(encoding="utf-8"))) == MANY
    assert run(wide_layer, "summary", "--format", "csv").count("\n") == MANY + 2
    assert len(rows_of(run(wide_layer, "coordination", "--all"))) == 2 * MANY


def test_several_tables_share_the_rows(wide_layer: Path) -> None:
    text = run(wide_layer, "coordination")
    assert len(rows_of(text)) < MOST_ROWS
    assert "161 rows, the largest amounts" in text and "160 rows, the largest amounts" in text


def test_a_table_of_several_currencies_or_with_ranks_keeps_its_order() -> None:
    frame = pd.DataFrame({"currency": ["EUR", "USD"] * 2, "amount": [Decimal(at) for at in (1, 2, 3, 4)]})
    assert "2 of 4 rows, the first; for all add --all\n" in short_table_text(frame, 2)
    ranked = frame.assign(currency="EUR", rank=range(1, 5))
    assert "2 of 4 rows, the first" in short_table_text(ranked, 2)
    assert "2 of 4 rows, the largest amounts" in short_table_text(frame.assign(currency="EUR"), 2)


def test_long_lists_in_cells_are_counted_where_tables_are_cut() -> None:
    frame = pd.DataFrame({"district": ["A"] * 3, "funders": ["N; J; D; F; S"] * 3})
    assert "N; J; D; F; S" in short_table_text(frame, None)
    assert "N; J; D; and 2 more" in short_table_text(frame, 2)


def test_few_rows_are_whole() -> None:
    assert count_rows_shown([MOST_ROWS]) is None
    assert count_rows_shown([MOST_ROWS + 1]) == MOST_ROWS
    assert count_rows_shown([9, MOST_ROWS]) == MOST_ROWS // 2
    assert count_rows_shown([MOST_ROWS] * 30) == 20
