"""Tables that a planner opens in a spreadsheet program: CSV that Excel reads as UTF-8, or a workbook."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from geoplan.model.errors import UsageError
from geoplan.outputs.text_tables import write_csv
from geoplan.outputs.whole_files import fill_text, replacing

TABLE_FORMATS = (".csv", ".xlsx")


def write_edited_table(target: Path, frame: pd.DataFrame) -> None:
    """Write a table that a planner edits, and that geoplan reads back.

    Parameters
    ----------
    target : Path
        ``.csv``, or ``.xlsx``, a workbook with one sheet.
    frame : DataFrame

    Raises
    ------
    UsageError
        Another format, or the file cannot be written.
    """
    check_table_format(target)
    with replacing(target) as temporary:
        if target.suffix.lower() == ".csv":
            fill_text(temporary, [write_csv(frame)])
            return
        from geoplan.outputs.workbook import SheetToWrite, add_table, new_workbook

        with new_workbook(temporary) as book:
            add_table(book, "Table", SheetToWrite(frame))


def check_table_format(target: Path) -> None:
    """Raise `UsageError` if a table cannot be written in the format of a file name."""
    if target.suffix.lower() not in TABLE_FORMATS:
        raise UsageError(
            f"{target.name}: this table is written as {' or '.join(TABLE_FORMATS)}: choose one of these"
        )
