"""The ledger as a file: CSV, Parquet, GeoPackage or a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.errors import UsageError, show_value
from geoplan.ledger import Ledger, written_ledger
from geoplan.report.target import replacing
from geoplan.report.text import closing_lines, write_csv
from geoplan.summary import summarize

if TYPE_CHECKING:
    from geoplan.plan import Plan

SUFFIXES = (".csv", ".parquet", ".gpkg", ".xlsx")
_SHEET_ROWS = 1_048_575


def write_ledger(ledger: Ledger, plan: Plan, target: Path) -> None:
    """Write a ledger in the format that the ending of the target names.

    Parameters
    ----------
    ledger : Ledger
    plan : Plan
        Its districts go into a GeoPackage beside the entries.
    target : Path
        ``.csv``; ``.parquet`` (amount as decimal); ``.gpkg`` (layer ``districts`` with the amount
        of each, table ``ledger``); ``.xlsx``.

    Raises
    ------
    UsageError
        Another ending, a target that can not be written, or more entries than a sheet has rows.
    """
    if target.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"a ledger can not be written as {show_value(target.name)}: end it in {', '.join(SUFFIXES)}"
        )
    frame = written_ledger(ledger)
    with replacing(target) as temporary:
        match target.suffix.lower():
            case ".csv":
                temporary.write_text(write_csv(frame), encoding="utf-8", newline="\n")
            case ".parquet":
                _write_parquet(frame, temporary)
            case ".gpkg":
                _write_geopackage(frame, ledger, plan, temporary)
            case ".xlsx":
                _write_sheets(frame, ledger, temporary)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    scale = max((-amount.as_tuple().exponent for amount in frame["amount"]), default=2)
    amounts = pa.array(frame["amount"], type=pa.decimal128(38, scale))
    table = pa.Table.from_pandas(frame.drop(columns="amount"), preserve_index=False)
    pq.write_table(table.add_column(frame.columns.get_loc("amount"), "amount", amounts), path)


def _write_geopackage(frame: pd.DataFrame, ledger: Ledger, plan: Plan, path: Path) -> None:
    import pyogrio

    districts = plan.districts[["district", "name", "province", "province_name", "geometry"]].copy()
    sums = summarize(ledger, by="district")
    for currency, rows in sums.groupby("currency"):
        amounts = districts["district"].map(rows.set_index("district")["amount"])
        districts[f"amount_{str(currency).lower()}"] = amounts.astype("float64")
    pyogrio.write_dataframe(districts, path, layer="districts", driver="GPKG")
    entries = frame.assign(amount=frame["amount"].astype(str))
    pyogrio.write_dataframe(entries, path, layer="ledger", driver="GPKG", append=True)


def _write_sheets(frame: pd.DataFrame, ledger: Ledger, path: Path) -> None:
    from geoplan.report.workbook import write_workbook

    if len(frame) > _SHEET_ROWS:
        raise UsageError(f"{len(frame):,} entries are more than a sheet has rows: write .csv or .parquet")
    notes = [
        "Ledger: every amount in exactly one district or named bucket.",
        *closing_lines(ledger),
    ]
    write_workbook(path, {"Ledger": frame}, notes)
