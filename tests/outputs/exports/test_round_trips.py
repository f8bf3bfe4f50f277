"""What is written reads back: every table in every format, and the whole plan from one file."""

from __future__ import annotations

import csv
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given

from geoplan.ledger.entries import Ledger, build_ledger, list_entries
from geoplan.model.schema import LEDGER_COLUMNS, TABLES
from geoplan.outputs.exports import export_plan
from geoplan.outputs.exports.written_tables import LAYERS, WRITTEN
from geoplan.plan.plan_tables import read_plan
from geoplan.sources import read
from geoplan.sources.conform import conform
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.table_files import read_table
from geoplan.sources.vector.vector_layers import read_vector

from ...conftest import tries
from .plans import plan_of, plan_rows

SETTINGS = tries(3, suppress_health_check=[HealthCheck.too_slow])
READ = tuple(name for name in WRITTEN if name != "funders")  # sums, not a table of a plan
# A drawn text may look like UTF-8 that was read in another encoding.
ENCODING = {".csv": "utf-8", ".xlsx": None}
HELD = {".parquet": READ, ".csv": READ, ".geojson": LAYERS, ".fgb": LAYERS}


def read_back(path: Path, name: str) -> pd.DataFrame:
    """Read a table of an export as a plan would."""
    if path.suffix == ".parquet":
        frame = gpd.read_parquet(path) if name in LAYERS else pq.read_table(path).to_pandas()
        table = pd.DataFrame(frame).astype(object)
        raw = RawTable(path.name, table.where(table.notna(), None), pd.Series(range(len(table))))
        conformed = conform(raw, TABLES[name], FileSpec(path))
    else:
        # Where all amounts have three decimals, text must be told that these are no thousands.
        mark = "." if path.suffix == ".csv" else None
        spec = FileSpec(
            path,
            sheet=name.capitalize(),
            layer=name if path.suffix == ".gpkg" else None,
            decimal=mark,
            encoding=ENCODING.get(path.suffix),
        )
        conformed = read(spec, TABLES[name])
    assert conformed.problems == []
    return conformed.frame


def read_back_ledger(path: Path) -> pd.DataFrame:
    """Read the ledger of an export, amounts as decimals."""
    if path.suffix == ".parquet":
        frame = pq.read_table(path).to_pandas()
    elif path.suffix == ".gpkg":
        frame = read_vector(FileSpec(path, layer="ledger"), table_will_do=True).table
        digits = {"EUR": 2, "LAK": 2, "JPY": 0, "KWD": 3}
        assert [
            Decimal(minor).scaleb(-digits[currency])
            for minor, currency in zip(frame["amount_minor"], frame["currency"], strict=True)
        ] == [Decimal(repr(amount)) for amount in frame["amount"]]
        frame["amount"] = [Decimal(repr(amount)) for amount in frame["amount"]]
    else:
        frame = read_table(FileSpec(path, sheet="Ledger", encoding=ENCODING[path.suffix])).table
        frame["amount"] = [Decimal(amount) for amount in frame["amount"]]
    frame = pd.DataFrame(frame[[*LEDGER_COLUMNS]])
    frame["year"] = frame["year"].astype(int)
    return frame.astype(object).where(frame.notna(), "")


def check_same(name: str, given: pd.DataFrame, found: pd.DataFrame, *, workbook: bool = False) -> None:
    """Compare a table with the plan's, whatever the order of its rows."""
    # A profile keeps no province: its districts are codes.
    left = ("geometry", "lon", "lat", *(["province"] if name == "profile" else []))
    columns = [column for column in TABLES[name].read_names if column not in left]
    columns += ["rounding"] if name == "spending" else []
    keys = list(TABLES[name].key)
    one, other = in_order(given, columns, keys), in_order(found, columns, keys)
    for column in columns:
        # A workbook holds 16 digits of a number, one less than some shares have.
        approximate = (
            workbook and TABLES[name].names.count(column) and TABLES[name].column(column).kind == "share"
        )
        pd.testing.assert_series_equal(
            one[column], other[column], check_dtype=False, check_exact=not approximate, rtol=1e-15
        )
    if "geometry" in TABLES[name].names:
        pairs = zip(
            in_order(given, None, keys)["geometry"], in_order(found, None, keys)["geometry"], strict=True
        )
        for one, other in pairs:
            assert (one is None or one.is_empty) == (other is None or other.is_empty)
            assert one is None or one.equals_exact(other, 1e-7, normalize=True)


def in_order(frame: pd.DataFrame, columns: list[str] | None, keys: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(frame).sort_values(keys, ignore_index=True) if keys else pd.DataFrame(frame)
    table = table.astype(object) if columns is None else table[columns].astype(object)
    table = table.reset_index(drop=True)
    return table.where(table.notna() & (table != ""), None)


def check_ledger(ledger: Ledger, path: Path) -> None:
    expected = list_entries(ledger).astype(object)
    pd.testing.assert_frame_equal(read_back_ledger(path), expected, check_dtype=False)


@SETTINGS
@given(rows=plan_rows())
def test_each_table_reads_back(rows: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_of(rows, Path(folder))
        ledger = build_ledger(plan)
        for suffix, name in ((suffix, name) for suffix, names in HELD.items() for name in names):
            [target] = export_plan(plan, Path(folder) / f"out{suffix}", table=name, ledger=ledger)
            if name == "ledger":
                check_ledger(ledger, target)
            else:
                check_same(name, getattr(plan, name), read_back(target, name))


@SETTINGS
@given(rows=plan_rows())
def test_all_tables_read_back_from_one_file_and_make_the_same_ledger(rows: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_of(rows, Path(folder))
        ledger = build_ledger(plan)
        for suffix in (".gpkg", ".xlsx"):
            [target] = export_plan(plan, Path(folder) / f"out{suffix}", ledger=ledger)
            for name in TABLES:
                check_same(name, getattr(plan, name), read_back(target, name), workbook=suffix == ".xlsx")
            check_ledger(ledger, target)
        sections = [f'[{name}]\nfile = "out.gpkg"\nlayer = "{name}"\n' for name in TABLES]
        (Path(folder) / "geoplan.toml").write_text("\n".join(sections))
        again = build_ledger(read_plan(folder))
    pd.testing.assert_frame_equal(list_entries(again), list_entries(ledger))
    assert again.given == ledger.given


def test_columns_of_the_input_that_have_no_contract_come_along(tmp_path: Path) -> None:
    from ...conftest import SPENDING, TOY

    for name, text in TOY.items():
        (tmp_path / name).write_text(text)
    lines = SPENDING.splitlines()
    more = ["fid,Geom,note", "1,a,=x", "2,b,", "3,c,z"]
    (tmp_path / "spending.csv").write_text(
        "\n".join(",".join(pair) for pair in zip(lines, more, strict=True))
    )
    plan = read_plan(tmp_path)
    export_plan(plan, tmp_path / "out.gpkg")
    found = read_vector(FileSpec(tmp_path / "out.gpkg", layer="spending"), table_will_do=True).table
    assert found["fid_"].tolist() == ["1", "2", "3"]
    assert found["Geom_"].tolist() == ["a", "b", "c"]
    assert found["note"].tolist() == ["=x", None, "z"]


def test_formulas_are_guarded_in_the_file_and_whole_again_when_read(tmp_path: Path) -> None:
    from ...conftest import TOY

    for name, text in TOY.items():
        (tmp_path / name).write_text(text.replace("Road", "\"=cmd|' /C calc'!A0\""))
    plan = read_plan(tmp_path)
    export_plan(plan, tmp_path / "out.csv", table="projects")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8-sig") as stream:
        assert next(csv.DictReader(stream))["title"] == "'=cmd|' /C calc'!A0"
    assert read_back(tmp_path / "out.csv", "projects")["title"][0] == "=cmd|' /C calc'!A0"
