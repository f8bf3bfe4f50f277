"""A raw table: what a file holds before geoplan has checked it, with the row each record came from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem


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
    merged : tuple of (int, int, int)
        Cells merged downwards: position of the column, first and last row they cover.
    tags : tuple of str
        HXL hashtags of the columns, when the file has them.
    by_program : bool
        Whether a program wrote the cells, so that a point in a number is its decimal mark.
    is_part : bool
        Whether there are further rows of the same table elsewhere, so that a column is not all there is to judge by.
    problems : tuple of Problem
        What is wrong with rows that are not in the table.
    above : tuple of str
        What stands above the header.
    """

    source: str
    table: pd.DataFrame
    rows: pd.Series[int]
    remarks: tuple[str, ...] = ()
    merged: tuple[tuple[int, int, int], ...] = ()
    tags: tuple[str, ...] = ()
    by_program: bool = False
    is_part: bool = False
    problems: tuple[Problem, ...] = ()
    above: tuple[str, ...] = ()


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
    where : str, optional
        Which rows or features to read, as the condition of an SQL query: ``province = 'LA11'``.
    bbox : sequence of 4 float, optional
        West, south, east, north in degrees: only features that touch it are read.
    header : int, optional
        Row of the header in a table, as a spreadsheet counts; by default it is looked for.
    totals : str
        ``refuse`` rows that look like totals, or ``leave out``.
    decimal, thousands : str, optional
        Decimal mark and thousands separator of amounts and numbers; by default they are taken from
        the column where all its cells leave no doubt.
    negative : str
        ``refuse`` or ``accept`` amounts below zero; by default ``corrections``: they are accepted
        as refunds or cancellations of what was committed or paid, not in a budget.
    unit : int, optional
        How many units of its currency one in an amount stands for: 1000000 where amounts are in millions.
    years : str, sequence of str, or mapping of str to str or dict, optional
        Headers of columns that stand for years, with ``{year}`` for the year, to be turned into rows by
        `geoplan.sources.tables.year_columns.turn_years`.
    currency : str, optional
        Currency of amounts in a file that has no such column.
    area : tuple of 4 float, optional
        Where the plan lies (west, south, east, north in degrees), to name the CRS that coordinates
        without one are likely in.
    """

    path: Path
    columns: dict[str, str] = field(default_factory=dict)
    constant: dict[str, Any] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    layer: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    crs: str | None = None
    where: str | None = None
    bbox: Sequence[float] | None = None
    header: int | None = None
    totals: str = "refuse"
    decimal: str | None = None
    thousands: str | None = None
    negative: str = "corrections"
    unit: int | None = None
    years: str | Sequence[str] | Mapping[str, Any] | None = None
    currency: str | None = None
    area: tuple[float, float, float, float] | None = None


def without_categories(table: pd.DataFrame, but: Collection[str] = ()) -> pd.DataFrame:
    """Return a table whose coded columns are objects again, with None for missing; those in ``but`` stay."""
    coded = [
        name
        for name, kind in table.dtypes.items()
        if isinstance(kind, pd.CategoricalDtype) and name not in but
    ]
    return table.assign(**{str(name): _uncoded(table[name]) for name in coded})


def _uncoded(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return coded cells as objects; a missing one has code -1, and is None."""
    labels = np.array([*cells.cat.categories, None], dtype=object)
    return pd.Series(labels[cells.cat.codes.to_numpy()], index=cells.index, dtype=object)


def name_file(given: str | Path) -> FileSpec:
    """Take apart a file and the layer or sheet in it, as they are given on the command line.

    >>> name_file("plans.gpkg::districts").layer
    'districts'
    """
    path, mark, part = str(given).rpartition("::")
    if not mark or Path(given).exists():
        return FileSpec(Path(given))
    return FileSpec(Path(path), layer=part, sheet=part)
