"""A raw table: what a file holds before geoplan has checked it, with the row each record came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Raw:
    """Records of one file, as read.

    Parameters
    ----------
    source : str
        Name of the file (and layer or sheet) for messages.
    table : DataFrame
        One column per header. Cells are text, or numbers where the format has types; missing is
        None or NaN. A vector layer has a ``geometry`` column in EPSG:4326.
    rows : Series of int
        Row or feature number of each record in the file.
    remarks : tuple of str
        What the reader noticed and a planner should know.
    """

    source: str
    table: pd.DataFrame
    rows: pd.Series[int]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileSpec:
    """How one table of a plan is to be read, as its section of ``geoplan.toml`` says.

    Parameters
    ----------
    path : Path
    columns : dict
        Column of geoplan to header in the file.
    constant : dict
        Column of geoplan to the value that every row gets.
    values : dict
        Column of geoplan to a dict of value in the file to value meant.
    layer, sheet, encoding, crs : str, optional
        Layer of a vector source, sheet of a workbook, text encoding, CRS when the file names none.
    decimal, thousands : str
        Decimal mark and thousands separator of amounts and numbers.
    negative : str
        ``refuse`` or ``accept`` amounts below zero; by default ``corrections``: they are accepted
        as refunds or cancellations of what was committed or paid, not in a budget.
    currency : str, optional
        Currency of amounts in a file that has no such column.
    """

    path: Path
    columns: dict[str, str] = field(default_factory=dict)
    constant: dict[str, Any] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    crs: str | None = None
    decimal: str = "."
    thousands: str = ""
    negative: str = "corrections"
    currency: str | None = None
