"""Cell values: read the cells of a column as numbers, years, dates or flags, and list those that fail."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geoplan.model.errors import Problem, show_number, show_value
from geoplan.model.schema import Column
from geoplan.model.toml_text import toml_value
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.dates import as_iso, possible_orders, year_of
from geoplan.sources.tables.named_dates import named_day, named_period
from geoplan.sources.tables.numerals import (
    PLAIN,
    NumeralStyle,
    are_clearly_plain,
    has_lone_group,
    is_numeral,
    lone_groups,
    named_style,
    possible_styles,
    read_plain,
    rounded_powers,
    western_digits,
)

FIRST_YEAR, LAST_YEAR = 1900, 2100
_OPEN_END = 9999
_DEGREES = ("lon", "lat")
_FLAGS = {
    "yes": True,
    "y": True,
    "true": True,
    "1": True,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}
_NOT_READ = object()
_MANY = 1_000
"""Cells above which a look at all of them at once is worth loading Arrow."""
Cells: TypeAlias = "pd.Series[Any]"


def empty_column(column: Column, length: int) -> Cells:
    """Return a column of missing values with the dtype of its kind."""
    if column.kind in ("integer", "number", "share"):
        return pd.Series(np.full(length, np.nan), dtype="float64")
    if column.kind == "flag":
        return pd.Series(np.zeros(length, dtype=bool))
    if column.kind == "date":
        return pd.Series(np.full(length, "NaT", dtype="datetime64[s]"))
    return pd.Series(np.full(length, None, dtype=object))


def as_text(value: object) -> str:
    """Return a typed cell as text: 3.0 as 3, 1e-5 as 0.00001, a date in ISO form."""
    if isinstance(value, float) and np.isfinite(value):
        return str(int(value)) if value.is_integer() else plain_float(value)
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return str(value).strip()


def plain_float(value: float) -> str:
    """Return a float as text with the digits it needs and no exponent."""
    return f"{Decimal(repr(float(value))):f}"


def distinct_cells(cells: Cells) -> Any:
    """Return each value of a column once, without missing ones, in the order in which they occur."""
    found = cells.unique()  # first, so that only distinct cells are asked whether they are missing
    return found[~pd.isna(found)]


def map_labels(cells: Cells, read: Callable[[Any], object]) -> Cells:
    """Apply a function to each distinct value; missing cells stay missing, categorical columns stay categorical."""
    codes, distinct = pd.factorize(cells, use_na_sentinel=True)
    found = np.empty(len(distinct) + 1, dtype=object)
    found[:-1] = [read(value) for value in distinct]
    found[-1] = None  # a missing cell has code -1
    if not isinstance(cells.dtype, pd.CategoricalDtype):
        return pd.Series(found[codes], index=cells.index, dtype=object)
    same, labels = pd.factorize(found)
    return pd.Series(
        pd.Categorical.from_codes(same[codes], pd.Index(labels, dtype=object)), index=cells.index
    )


def read_column(
    cells: Cells, column: Column, raw: RawTable, spec: FileSpec, under: Sequence[str] | None = None
) -> tuple[Cells, list[Problem], list[str]]:
    """Read one column; return its values, the problems of unreadable cells, and what was detected."""
    style, problems, remarks = choose_style(cells, column, raw, spec, under)
    if column.kind == "date":
        cells, named = _with_named_days(cells, column, raw)
        cells, problems, remarks = _with_iso_dates(cells, column, raw, spec)
        remarks = named + remarks
    if column.kind == "text":
        cells = _without_blanks(cells)
    missing = cells.isna().to_numpy()
    if column.required and missing.any():
        problems.append(
            cell_problem(raw, column, missing, cells, "no value", _filling(column, raw), show=False)
        )
    reader, advice = _READERS[column.kind]
    if column.kind == "number" and cells.dtype == np.float64 and np.isfinite(cells[~missing]).all():
        return cells, problems, remarks  # numbers of a typed file are already read
    if column.kind == "text" and isinstance(cells.dtype, pd.CategoricalDtype):
        return cells, problems, remarks
    if column.kind == "number" and style.decimal == PLAIN.decimal:
        plainly = read_plain(cells)
        if plainly is not None and np.array_equal(np.isnan(plainly[0]), missing):
            return pd.Series(plainly[0], index=cells.index), problems, remarks
    codes, distinct = pd.factorize(cells, use_na_sentinel=True)
    read = np.empty(len(distinct) + 1, dtype=object)
    read[:-1] = [reader(as_text(value), style if isinstance(value, str) else PLAIN) for value in distinct]
    read[-1] = None  # a missing cell has code -1
    unread = np.array([value is _NOT_READ for value in read], dtype=bool)
    if unread.any():
        read[unread] = None
        message = f"not readable as {_WHAT[column.kind]}"
        if column.kind == "date":
            advice = _date_advice(cells[unread[codes]], advice, column, raw)
        if column.kind == "year":
            advice = _year_advice(cells[unread[codes]], advice, column, raw)
        problems.append(cell_problem(raw, column, unread[codes], cells, message, advice))
    if column.kind == "text":
        return pd.Series(read[codes], index=cells.index, dtype=object), problems, remarks
    typed = _typed(pd.Series(read, dtype=object), column)
    return pd.Series(typed.to_numpy()[codes], index=cells.index, dtype=typed.dtype), problems, remarks


def _without_blanks(cells: Cells) -> Cells:
    """Return cells of text in which strings of nothing but spaces are missing."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return cells  # read from text, where they are missing already
    blank = [text for text in cells.unique() if isinstance(text, str) and not text.strip()]
    return cells.where(~cells.isin(blank), None) if blank else cells


def _filling(column: Column, raw: RawTable) -> str:
    """Return the way out for empty cells: to fill them in, or to say what they mean."""
    advice = "every row needs one"
    if column.kind != "text" or raw.role in ("", "districts"):
        return advice
    return f'{advice}; or say what an empty cell means: [{raw.role}.values.{column.name}] "" = "…" in geoplan.toml'


def _date_advice(cells: Cells, advice: str, column: Column, raw: RawTable) -> str:
    """Return the way out for unreadable dates, by their look: numbers of days, periods, or words such as TBD."""
    texts = [as_text(cell) for cell in cells]
    days = [int(text) for text in texts if re.fullmatch(r"\d{5}", text)]
    if days and len(days) == len(texts):
        shown = (pd.Timestamp("1899-12-30") + pd.Timedelta(days=days[0])).date().isoformat()
        return f"format the column as dates in the spreadsheet (Excel day {days[0]} is {shown}), and save it again"
    for text in texts:
        period = named_period(text)
        if period is not None:
            day = period[column.name == "end"].isoformat()
            said = show_value(text)[1:-1].replace('"', "")
            return f'{advice}; or write in geoplan.toml: [{raw.role}.values.{column.name}] "{said}" = "{day}"'
    words = [text for text in texts if not re.search(r"\d", text)]
    if words:
        word = show_value(words[0])[1:-1].replace('"', "")
        return f'{advice}; or, if it means no date, write in geoplan.toml: [{raw.role}.values.{column.name}] "{word}" = ""'
    return advice


def _year_advice(cells: Cells, advice: str, column: Column, raw: RawTable) -> str:
    """Return the way out for unreadable years, by their look: numbers of days, or a year among words."""
    texts = [as_text(cell) for cell in distinct_cells(cells)]
    if all(re.fullmatch(r"\d{5}", text) for text in texts):
        return f"{advice}; or {_date_advice(cells, advice, column, raw)}"
    meant = {text: years[0] for text in texts if len(years := re.findall(r"\d+", western_digits(text))) == 1}
    meant = {
        text: year if len(year) == 4 else f"20{year}" for text, year in meant.items() if len(year) in (2, 4)
    }
    if not meant or not raw.role:
        return advice
    return f"{advice}; or say which year is meant: [{raw.role}] values.{column.name} = {toml_value(meant)} in geoplan.toml"


def _with_named_days(cells: Cells, column: Column, raw: RawTable) -> tuple[Cells, list[str]]:
    """Convert days with the name of a month, such as 31-Dec-2012, to ISO form."""
    texts = sorted(cell for cell in distinct_cells(cells) if isinstance(cell, str))
    days = {text: day.isoformat() for text in texts if (day := named_day(text)) is not None}
    if not days:
        return cells, []
    text = next(iter(days))
    remark = f"{raw.source}: column {show_value(column.name)}: {show_value(text)} is read as {days[text]}"
    return map_labels(cells, lambda cell: days.get(cell, cell)), [remark]


def _with_iso_dates(
    cells: Cells, column: Column, raw: RawTable, spec: FileSpec
) -> tuple[Cells, list[Problem], list[str]]:
    """Convert dates such as 31/12/2012 to ISO form, by the order in the plan file or the one that fits all cells."""
    texts = sorted({cell for cell in distinct_cells(cells) if isinstance(cell, str)})
    orders = possible_orders(texts)
    order = spec.dates
    if order is not None:
        stated = [as_iso(cell, order) if isinstance(cell, str) else cell for cell in cells]
        return pd.Series(stated, index=cells.index, dtype=object), [], []
    if not orders:
        return cells, [], []
    written = [text for text in texts if as_iso(text, orders[0]) != text]
    # 03/03/2012 is the same day in both orders, and shows nothing.
    shown = next((text for text in written if len({as_iso(text, order) for order in orders}) > 1), written[0])
    if len(orders) > 1 or raw.is_part:
        mask = np.array([isinstance(cell, str) and as_iso(cell, orders[0]) != cell for cell in cells])
    if raw.is_part:
        # Another part of the table may need another order, so this part cannot decide.
        message = "the order of day and month is not clear from the date itself"
        advice = f'write in geoplan.toml: [{raw.role}] dates = "day first" (or "month first"); or write them like 2012-10-31'
        return cells.where(~mask, None), [cell_problem(raw, column, mask, cells, message, advice)], []
    proof = _ordered_elsewhere(raw) if len(orders) > 1 else None
    if proof is not None:
        orders = [proof[1]]
    elif len(orders) > 1:
        readings = " or ".join(as_iso(shown, order) for order in orders)
        message = f"may be read in two ways ({show_value(shown)} is {readings})"
        advice = f"write in geoplan.toml: [{raw.role}] {' or '.join(f'dates = {order!r}' for order in orders)}".replace(
            "'", '"'
        )
        return cells.where(~mask, None), [cell_problem(raw, column, mask, cells, message, advice)], []
    reason = f", as column {show_value(proof[0])}" if proof is not None else ""
    remark = f"{raw.source}: column {show_value(column.name)} is read {orders[0]}{reason}: {show_value(shown)} is {as_iso(shown, orders[0])}"
    iso = cells.map(lambda cell: as_iso(cell, orders[0]) if isinstance(cell, str) else cell)
    return iso, [], [remark]


def _ordered_elsewhere(raw: RawTable) -> tuple[str, str] | None:
    """Return a column of the file whose dates fit one order of day and month only, and that order.

    Returns
    -------
    tuple of (str, str) or None
        None if there is no such column, or if two of them differ.
    """
    found: dict[str, str] = {}
    for header, cells in raw.table.items():
        orders = possible_orders(cell for cell in distinct_cells(cells) if isinstance(cell, str))
        if len(orders) == 1:
            found.setdefault(orders[0], str(header))
    (pair,) = found.items() if len(found) == 1 else [("", "")]
    return (pair[1], pair[0]) if pair[0] else None


def _typed(values: Cells, column: Column) -> Cells:
    if column.kind in ("integer", "number", "share"):
        return values.astype("float64")
    if column.kind == "year":
        return values.where(values.notna(), 0).astype("int64")
    if column.kind == "flag":
        return values.eq(True)  # not fillna: a column without any value is one of floats
    if column.kind == "date":
        return pd.to_datetime(values.astype(object)).astype("datetime64[s]")
    return values.astype(object)


def cell_problem(
    raw: RawTable,
    column: Column,
    mask: Any,
    cells: Cells,
    message: str,
    way_out: str = "",
    *,
    show: bool = True,
) -> Problem:
    """Return the problem of the cells of a column that ``mask`` selects."""
    return Problem(
        raw.source,
        message,
        column=column.name,
        rows=tuple(int(row) for row in raw.rows.to_numpy()[mask]),
        values=tuple(cells.to_numpy()[mask]) if show else (),
        way_out=way_out,
    )


def choose_style(
    cells: Cells, column: Column, raw: RawTable, spec: FileSpec, under: Sequence[str] | None = None
) -> tuple[NumeralStyle, list[Problem], list[str]]:
    """Return the style of the numbers of a column: from the plan file, or the one that fits all cells.

    Parameters
    ----------
    cells : Series
    column : Column
    raw : RawTable
    spec : FileSpec
    under : sequence of str, optional
        Header of each cell in the file, if they come from several: only its own column proves a mark.

    Returns
    -------
    tuple of NumeralStyle, list of Problem, list of str
        The style; a problem if cells can be read in several ways; what was detected.
    """
    named = named_style(spec.decimal, spec.thousands)
    if raw.by_program or column.kind not in ("amount", "integer", "number", "share"):
        return named or PLAIN, [], []
    is_fast = named is None and len(cells) > _MANY and under is None and are_clearly_plain(cells)
    if is_fast and not (column.kind == "amount" and has_lone_group(cells)):
        return PLAIN, [], []
    texts = {cell.strip() for cell in distinct_cells(cells) if isinstance(cell, str)}
    problems = [] if spec.scientific == "exact" else _rounded(cells, texts, column, raw)
    if named is not None:
        return named, problems, []
    # A cell that is no number in any style is listed as unreadable; it proves nothing about the others.
    styles = possible_styles(texts) or possible_styles(filter(is_numeral, texts))
    if column.kind == "share" or column.name in _DEGREES:
        # Degrees and shares have no thousands separator.
        styles, under = [style for style in styles if not style.thousands][:1], None
    if column.kind == "integer" and len(styles) > 1:
        # 12,500 persons cannot be twelve and a half, so another cell of the column proves the mark.
        styles = [style for style in styles if all(_is_whole(text, style) for text in texts)] or styles
    problems += _ambiguous_numbers(cells, column, raw, styles, under)
    style = styles[0] if styles else PLAIN
    if problems:
        return style, problems, []
    return (
        style,
        [],
        [*_style_remark(texts, column, raw, style), *_lone_remark(texts, cells, column, raw, style)],
    )


def _is_whole(text: str, style: NumeralStyle) -> bool:
    """Return whether a text is a whole number in a style, or no number at all."""
    plain = style.plain(text)
    return plain is None or float(plain).is_integer()


def _style_remark(texts: set[str], column: Column, raw: RawTable, style: NumeralStyle) -> list[str]:
    """Report a detected style with the first cell that it changes."""
    for text in sorted(texts) if style != PLAIN else ():
        plain = style.plain(text)
        if plain not in (text, None):
            shown = f"{show_value(text)} is {plain}"
            return [f"{raw.source}: column {show_value(column.name)} is read with {style}: {shown}"]
    return []


def _lone_remark(
    texts: set[str], cells: Cells, column: Column, raw: RawTable, style: NumeralStyle
) -> list[str]:
    """Report amounts such as 1.950 between amounts with other decimals."""
    lone = lone_groups(texts, style) if column.kind == "amount" else []
    if not lone:
        return []
    at = [row for row, cell in enumerate(cells) if isinstance(cell, str) and cell.strip() in lone]
    first = cells.iloc[at[0]].strip()
    more = f" (and {len(at) - 1} more)" if len(at) > 1 else ""
    return [
        f"{raw.source}, row {raw.rows.iloc[at[0]]}: {column.name} {show_value(first)}{more} is read as "
        f"{show_number(float(style.plain(first) or 0))}, although other amounts of the column do not have three decimals; if "
        f"{first.replace(style.decimal, '')} is meant, write it without the mark"
    ]


def _ambiguous_numbers(
    cells: Cells, column: Column, raw: RawTable, styles: list[NumeralStyle], under: Sequence[str] | None
) -> list[Problem]:
    """Return the problems of numbers that can be read in several ways, for each header they come from."""
    if len(styles) > 1:
        return [_ambiguous(cells, column, raw, styles)]
    problems = []
    for inside in _by_header(cells, under):
        own = possible_styles({cell for cell in cells[inside] if isinstance(cell, str) and is_numeral(cell)})
        if len(own) > 1:
            problems.append(_ambiguous(cells.where(inside), column, raw, own))
    return problems


def _by_header(cells: Cells, under: Sequence[str] | None) -> list[Any]:
    """Return the rows of each header, if the cells come from several."""
    codes, headers = pd.factorize(np.array(under if under is not None else [], dtype=object))
    return [codes == at for at in range(len(headers))] if len(headers) > 1 else []


def _rounded(cells: Cells, texts: set[str], column: Column, raw: RawTable) -> list[Problem]:
    """Return the problem of numbers in scientific notation that may have lost digits."""
    rounded = rounded_powers(texts)
    if not rounded:
        return []
    mask = cells.map(lambda cell: isinstance(cell, str) and cell.strip() in rounded).to_numpy(dtype=bool)
    message = "numbers in scientific notation that may be rounded"
    way_out = (
        "show all digits in the spreadsheet (a number format such as 0.00) and save it again; "
        f'or, if they are exact, write in geoplan.toml: [{raw.role}] scientific = "exact"'
    )
    return [cell_problem(raw, column, mask, cells, message, way_out)]


def _ambiguous(cells: Cells, column: Column, raw: RawTable, styles: list[NumeralStyle]) -> Problem:
    def readings(cell: object) -> list[str]:
        return list(dict.fromkeys(style.plain(str(cell).strip()) or "" for style in styles))

    mask = np.array([isinstance(cell, str) and len(readings(cell)) > 1 for cell in cells], dtype=bool)
    first = next(cell for cell, doubtful in zip(cells, mask, strict=True) if doubtful)
    marks = " or ".join(
        f'decimal = "{style.decimal}"' + (f' and thousands = "{style.thousands}"' if style.thousands else "")
        for style in styles
    )
    return cell_problem(
        raw,
        column,
        mask,
        cells,
        f"may be read in two ways ({show_value(first)} is {' or '.join(readings(first))})",
        f"give the decimal mark in geoplan.toml: [{raw.role}] {marks}",
    )


def _read_text(text: str, style: NumeralStyle) -> object:
    return text


def _read_number(text: str, style: NumeralStyle) -> object:
    plain = style.plain(text)
    return _NOT_READ if plain is None else float(plain)


def _read_integer(text: str, style: NumeralStyle) -> object:
    number = _read_number(text, style)
    return number if isinstance(number, float) and number.is_integer() and number >= 0 else _NOT_READ


def _read_share(text: str, style: NumeralStyle) -> object:
    number = _read_number(text, style)
    return number if isinstance(number, float) and 0 <= number <= 1 else _NOT_READ


def _read_year(text: str, style: NumeralStyle) -> object:
    number = _read_number(text, style)
    if not isinstance(number, float):
        number = float(year_of(text) or "nan")
    return int(number) if number.is_integer() and FIRST_YEAR <= number <= LAST_YEAR else _NOT_READ


def _read_flag(text: str, style: NumeralStyle) -> object:
    return _FLAGS.get(text.casefold(), _NOT_READ)


def _read_date(text: str, style: NumeralStyle) -> object:
    text = western_digits(text)
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2}.*)?)?", text):
        return _NOT_READ
    date = _timestamp(text)
    # Buddhist years are centuries ahead. 9999 means an open end.
    if pd.isna(date) or LAST_YEAR < date.year < _OPEN_END:
        return _NOT_READ
    return date.tz_localize(None)


def _timestamp(text: str) -> Any:
    """Return a date in ISO form, NaT if there is no such day; a plain day is read much faster than by pandas."""
    if len(text) != len("2012-06-30") or text.startswith(str(_OPEN_END)):
        return pd.to_datetime(text, format="ISO8601", errors="coerce")
    try:
        return pd.Timestamp(dt.date.fromisoformat(text))
    except ValueError:
        return pd.NaT


_READERS: dict[str, tuple[Callable[[str, NumeralStyle], object], str]] = {
    "text": (_read_text, ""),
    "integer": (
        _read_integer,
        "write digits only, such as 45000; leave the cell empty if the figure is unknown",
    ),
    "number": (_read_number, "write it like 104.21; leave the cell empty if it is unknown"),
    "share": (
        _read_share,
        'write a share from 0 to 1, such as 0.35 for 35 %; or, if they are percents, unit = "percent" in geoplan.toml',
    ),
    "year": (_read_year, f"write a year from {FIRST_YEAR} to {LAST_YEAR}, such as 2012"),
    "flag": (_read_flag, "write yes or no"),
    "answer": (_read_flag, "write yes or no, or leave it empty if unknown"),
    "date": (_read_date, "write it like 2012-10-31"),
}
_WHAT = {
    "text": "text",
    "integer": "a whole number, 0 or more",
    "number": "a number",
    "share": "a share between 0 and 1",
    "year": "a year",
    "flag": "yes or no",
    "answer": "yes or no",
    "date": "a date",
}
