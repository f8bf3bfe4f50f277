"""Raw table: the content of a file before it is checked, with the row of each record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, as_text, list_first


@dataclass(frozen=True)
class TotalRow:
    """A row of a file that sums up others and is left out of the table.

    Parameters
    ----------
    row : int
        Row number in the file.
    label : str
    cells : mapping of str to object
        By header.
    """

    row: int
    label: str
    cells: Mapping[str, object]


@dataclass(frozen=True)
class RawTable:
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
        What the reader noticed.
    merged : tuple of (int, int, int)
        Vertically merged cells: position of the column, first row, last row.
    tags : tuple of str
        HXL hashtags of the columns, if the file has them.
    by_program : bool
        Whether a program wrote the cells, so that a point is always the decimal mark.
    is_part : bool
        Whether the table continues elsewhere, so that this part of a column proves nothing about the whole.
    problems : tuple of Problem
        Problems of rows that were left out of the table.
    above : tuple of str
        Texts above the header.
    below : tuple of str
        Notes below the last row.
    sheet : str
        Name of the sheet of a workbook, also if it has only one.
    totals : tuple of TotalRow
        Totals that were left out of the table, to compare with the sums of its rows.
    formats : mapping of str to mapping of ShownAs to sequence of int
        Header to the rows of each number format that shows a currency or a scale.
    encoding : str
        Encoding of a text file, and how it is known; empty for other formats.
    role : str
        Name of the table the file is read as, which is its section of the plan file.
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
    below: tuple[str, ...] = ()
    sheet: str = ""
    totals: tuple[TotalRow, ...] = ()
    encoding: str = ""
    formats: Mapping[str, Mapping[Any, Sequence[int]]] = field(default_factory=dict)
    role: str = ""

    def __post_init__(self) -> None:
        """Escape what is no text in the name of the file: tables cannot hold it."""
        object.__setattr__(self, "source", as_text(self.source))


@dataclass(frozen=True)
class FileSpec:
    """How to read one table of a plan: the keys of its section in ``geoplan.toml``.

    Parameters
    ----------
    path : Path
    columns : dict
        Column of the table to its header in the file.
    constant : dict
        Column of the table to the value that every row gets.
    values : dict
        Column of the table to a dict of value in the file to its meaning.
    layer, sheet, encoding, crs : str, optional
        Layer of a vector file, sheet of a workbook, text encoding, CRS if the file has none.
    where : str, optional
        SQL condition that selects rows or features: ``province = 'LA11'``.
    bbox : sequence of 4 float, optional
        West, south, east, north in degrees; only features that touch the box are read.
    header : int, optional
        Row number of the header, as in a spreadsheet; by default it is detected.
    totals : str
        ``refuse`` rows that look like totals, ``leave out`` or ``keep`` them.
    decimal, thousands : str, optional
        Decimal mark and thousands separator of amounts and numbers; by default they are detected
        where the cells of the column allow one reading only.
    negative : str
        ``refuse`` or ``accept`` negative amounts. By default ``corrections``: accept them as refunds
        or cancellations of commitments and payments, but not in a budget.
    shares : str, optional
        ``rescale`` to take shares that do not add up to 1 in proportion.
    calendar : str, optional
        Calendar of the years: a key of `geoplan.sources.tables.calendars.CALENDARS`.
    fiscal_year : str, optional
        Whether a fiscal year such as 2014/15 counts as its ``first`` or its ``last`` year.
    dates : str, optional
        ``day first`` or ``month first``: order of day and month in dates such as 03/04/2012; by default the only
        order that fits all cells of the column.
    separator : mapping of str to str or sequence of str
        Column of locations to what separates several values in its cells.
    scientific : str, optional
        ``exact`` if numbers in scientific notation have all their digits.
    empty : str
        What to do with districts whose shape is empty: ``refuse`` them, ``leave out``, or ``keep`` them.
    water : Path, optional
        Layer of lakes and rivers: gaps between districts that are water are right.
    accepted_gaps : sequence of (float, float)
        Longitude and latitude of a place in each other gap that is right.
    unit : int or "percent", optional
        Multiplier of the amounts: 1000000 if they are in millions. ``percent`` if shares are in percent.
    years : str, sequence of str, or mapping of str to str or dict, optional
        Headers of year columns, with ``{year}`` for the year; `years_to_rows` turns them into rows.
    currency : str, optional
        Currency of the amounts if the file has no such column.
    area : tuple of 4 float, optional
        Extent of the plan (west, south, east, north in degrees), to suggest a CRS for coordinates without one.
    level : int, optional
        Level of administration of the districts of the plan, as in ``ADM3_PCODE``; without it, 2 is meant.
    dated : tuple of int
        Years of the dates of the plan's projects, which tell the calendar of other years.
    in_memory : DataFrame or Arrow table, optional
        Table to read instead of a file; ``path`` is only its name then.
    own_places : bool
        Each row gives a place of its own, as in a flat list: a location is then the name of a place, unless its
        values tell the places of a project apart.
    parts : tuple of FileSpec
        Of a table in several files, sheets or layers: how to read each. The table is then read from these alone.
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
    shares: str | None = None
    calendar: str | None = None
    fiscal_year: str | None = None
    dates: str | None = None
    separator: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    scientific: str | None = None
    empty: str = "refuse"
    water: Path | None = None
    accepted_gaps: Sequence[Sequence[float]] = ()
    unit: int | str | None = None
    years: str | Sequence[str] | Mapping[str, Any] | None = None
    currency: str | None = None
    area: tuple[float, float, float, float] | None = None
    level: int | None = None
    dated: tuple[int, ...] = ()
    in_memory: Any = field(default=None, compare=False, repr=False)
    own_places: bool = False
    parts: tuple[FileSpec, ...] = ()

    @property
    def title(self) -> str:
        """The name of the file, or of the first files, for messages."""
        return list_first(dict.fromkeys(part.path.name for part in self.parts or (self,)), most=3)


def change_parts(spec: FileSpec, change: Callable[[FileSpec], FileSpec]) -> FileSpec:
    """Change a specification and those of its parts."""
    return replace(change(spec), parts=tuple(change(part) for part in spec.parts))


def without_categories(table: pd.DataFrame, but: Collection[str] = ()) -> pd.DataFrame:
    """Return a table with its categorical columns as objects, except those in ``but``; missing cells are None."""
    coded = [
        name
        for name, kind in table.dtypes.items()
        if isinstance(kind, pd.CategoricalDtype) and name not in but
    ]
    return table.assign(**{str(name): _uncoded(table[name]) for name in coded})


def _uncoded(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return categorical cells as objects; a missing cell (code -1) is None."""
    labels = np.array([*cells.cat.categories, None], dtype=object)
    return pd.Series(labels[cells.cat.codes.to_numpy()], index=cells.index, dtype=object)


def name_file(given: str | Path) -> FileSpec:
    """Split ``FILE::LAYER`` into the file and its layer or sheet.

    >>> name_file("plans.gpkg::districts").layer
    'districts'
    """
    path, mark, part = str(given).rpartition("::")
    if not mark or Path(given).exists():
        return FileSpec(Path(given))
    return FileSpec(Path(path), layer=part, sheet=part)
