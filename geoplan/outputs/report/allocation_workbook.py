"""The allocation workbook: a split to edit in a spreadsheet, and reading it back."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, raise_if
from geoplan.model.money import format_minor, from_minor, minor_digits
from geoplan.model.schema import FORMULA_STARTS
from geoplan.outputs.workbook import Book, new_workbook
from geoplan.planning.phasing import NO_CLASS

if TYPE_CHECKING:
    from geoplan.planning import Allocation

SHEET = "Split"
REASONS = ("as proposed", "agreed with the district", "earlier commitment", "access", "other")
"""Reasons to choose from."""

_COPY, _RECORD, _MOVES = "As written", "Record", "Smallest move"
_HEAD, _FIRST = 6, 7  # rows: header, first district
_BUDGET = "B3"
_LEADING = ("District", "Name", "Poverty class", "Poor persons")
_EDITED = "edited by hand"
_TRAILING = ("Planned", "Proposed", "Change", "Per poor person", "Minimum", "Maximum", "Reason")
_ONE = "Amount"
_NEAR = Decimal("0.000001")
_INPUT, _LOCKED, _HEADER = "#FFF8D6", "#F2F4F5", "#E8EDF0"
_VERSION = "1"


@dataclass(frozen=True)
class _Layout:
    """Where things are on the sheet: letters of columns, and rows."""

    components: tuple[str, ...]
    districts: int

    @property
    def headers(self) -> list[str]:
        inputs = list(self.components) or [_ONE]
        proposed = [f"Proposed: {name}" for name in self.components]
        return [*_LEADING, *inputs, *_TRAILING, *proposed]

    @property
    def inputs(self) -> list[str]:
        count = max(1, len(self.components))
        return [_letter(len(_LEADING) + at) for at in range(1, count + 1)]

    def trailing(self, name: str) -> str:
        return _letter(len(_LEADING) + len(self.inputs) + _TRAILING.index(name) + 1)

    @property
    def proposed(self) -> list[str]:
        if not self.components:
            return [self.trailing("Proposed")]
        first = len(_LEADING) + len(self.inputs) + len(_TRAILING) + 1
        return [_letter(first + at) for at in range(len(self.components))]

    @property
    def rows(self) -> range:
        return range(_FIRST, _FIRST + self.districts)

    @property
    def total(self) -> int:
        return _FIRST + self.districts


def _letter(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column - 1))


# --- writing ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Formula:
    """A formula that refers to cells only, and its value."""

    text: str
    value: float | str


class _Grid:
    """The cells of a sheet by address, each with its look, until all are known."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.looks: dict[str, dict[str, Any]] = {}

    def put(self, address: str, value: Any, **look: Any) -> None:
        self.values[address] = value
        self.look(address, **look)

    def look(self, address: str, **look: Any) -> None:
        self.looks[address] = self.looks.get(address, {}) | look

    def write(self, book: Book, sheet: Any) -> None:
        """Write the cells from the top."""
        places = {address: _place(address) for address in {**self.looks, **self.values}}
        for address, (row, column) in sorted(places.items(), key=itemgetter(1)):
            value, style = self.values.get(address), book.style(**self.looks.get(address, {}))
            if isinstance(value, _Formula):
                sheet.write_formula(row, column, value.text, style, value.value)
            else:
                sheet.put(row, column, value, style)


def _place(address: str) -> tuple[int, int]:
    from xlsxwriter.utility import xl_cell_to_rowcol

    row, column = xl_cell_to_rowcol(address)
    return row, column


def write_reallocation(path: Path, allocation: Allocation, notes: list[str], needs: pd.DataFrame) -> None:
    """Write a split as a workbook to edit: live totals, lists, protected codes, highlighted changes.

    Parameters
    ----------
    path : Path
    allocation : Allocation
    notes : list of str
        How the split was computed.
    needs : DataFrame
        Of `geoplan.planning.describe_needs`, for the poor persons and the smallest move.
    """
    layout = _Layout(tuple(allocation.components), len(allocation.districts))
    poor = needs.set_index("district").reindex(allocation.districts["district"])["poor"].to_numpy(dtype=float)
    persons = [None if math.isnan(number) else round(number) for number in poor]
    grid = _Grid()
    _put_values(grid, layout, allocation, persons)
    copy = dict(_protected(grid.values, layout))
    _put_formulas(grid, layout, allocation, persons)
    _put_looks(grid, layout, allocation)
    with new_workbook(path) as book:
        sheet = book.add_sheet(SHEET)
        _set_columns(book, sheet, layout, allocation)
        grid.write(book, sheet)
        _set_rules(book, sheet, layout)
        _write_moves(book, allocation, poor)
        _write_notes(book, notes)
        for name, values in ((_COPY, copy), (_RECORD, _record(copy, allocation))):
            hidden = book.add_sheet(name)
            kept = _Grid()
            kept.values = values
            kept.write(book, hidden)
            hidden.hide()
            hidden.protect()


def _put_values(grid: _Grid, layout: _Layout, allocation: Allocation, persons: list[int | None]) -> None:
    digits = minor_digits(allocation.currency)
    grid.put("A1", f"Proposal, not a decision: {allocation.currency} to be split", bold=True, font_size=14)
    grid.put(
        "A2",
        "Edit the yellow cells only. What differs from the proposal turns orange. Save, then: geoplan allocate --from this file",
    )
    grid.put("A3", "Budget")
    grid.put(_BUDGET, allocation.budget)
    for column, name in enumerate(layout.headers, start=1):
        grid.put(f"{_letter(column)}{_HEAD}", name)
    inputs = max(1, len(layout.components))
    cells = allocation.amounts["amount_minor"].to_numpy().reshape(layout.districts, inputs)
    for at, (row, entry) in enumerate(zip(layout.rows, allocation.districts.to_dict("records"), strict=True)):
        known = (entry["district"], entry["name"], _class_of(entry["poverty_class"]), persons[at])
        for column, value in enumerate(known, start=1):
            grid.put(f"{_letter(column)}{row}", value)
        for letters in (layout.inputs, layout.proposed):
            for letter, minor in zip(letters, cells[at], strict=True):
                grid.put(f"{letter}{row}", from_minor(int(minor), digits))
        grid.put(f"{layout.trailing('Proposed')}{row}", entry["amount"])
        grid.put(f"{layout.trailing('Minimum')}{row}", entry["minimum"])
        grid.put(f"{layout.trailing('Maximum')}{row}", entry["maximum"])
        grid.put(f"{layout.trailing('Reason')}{row}", REASONS[0])


def _class_of(cell: Any) -> str:
    return NO_CLASS if pd.isna(cell) else str(cell)


def _protected(values: Mapping[str, Any], layout: _Layout) -> Iterator[tuple[str, Any]]:
    """Yield address and value of the cells that must not be changed, without empty ones."""
    fixed = [_letter(column) for column in range(1, len(_LEADING) + 1)]
    fixed += [layout.trailing(name) for name in ("Proposed", "Minimum", "Maximum")]
    letters = dict.fromkeys([*fixed, *layout.proposed])
    addresses = [_BUDGET, *(f"{_letter(column)}{_HEAD}" for column in range(1, len(layout.headers) + 1))]
    addresses += [f"{letter}{row}" for row in layout.rows for letter in letters]
    for address in addresses:
        value = values.get(address)
        if _plain(value):
            yield address, value


def _put_formulas(grid: _Grid, layout: _Layout, allocation: Allocation, persons: list[int | None]) -> None:
    """Put live totals with their values, which programs show that do not calculate."""
    first, last, total = layout.rows[0], layout.rows[-1], layout.total
    planned, proposed, change = (layout.trailing(name) for name in ("Planned", "Proposed", "Change"))

    def number(address: str) -> float:
        value = grid.values[address]
        value = value.value if isinstance(value, _Formula) else value
        return 0.0 if value is None else float(value)

    def added(letter: str, rows: Iterable[int]) -> float:
        return math.fsum(number(f"{letter}{row}") for row in rows)

    def put(address: str, text: str, value: float | str) -> None:
        grid.put(address, _Formula(text, value))

    for row, count in zip(layout.rows, persons, strict=True):
        amount = math.fsum(number(f"{letter}{row}") for letter in layout.inputs)
        put(f"{planned}{row}", f"=SUM({layout.inputs[0]}{row}:{layout.inputs[-1]}{row})", amount)
        put(f"{change}{row}", f"={planned}{row}-{proposed}{row}", amount - number(f"{proposed}{row}"))
        per_person = amount / count if count else ""
        put(
            f"{layout.trailing('Per poor person')}{row}",
            f'=IF(N(D{row})>0,{planned}{row}/D{row},"")',
            per_person,
        )
    grid.put(f"A{total}", "Total")
    summed = [*layout.inputs, planned, proposed, change]
    for letter in dict.fromkeys(["D", *summed, *layout.proposed]):
        put(f"{letter}{total}", f"=SUM({letter}{first}:{letter}{last})", added(letter, layout.rows))
    grid.put("C3", "Planned")
    put("D3", f"={planned}{total}", number(f"{planned}{total}"))
    grid.put("E3", "Still to place")
    digits = minor_digits(allocation.currency)
    put("F3", f"=ROUND({_BUDGET}-D3,{digits})", round(float(allocation.budget) - number("D3"), digits))
    grid.put("A4", "Moved from the proposal")
    moved = math.fsum(abs(number(f"{change}{row}")) for row in layout.rows) / 2
    put("B4", f"=SUMPRODUCT(ABS({change}{first}:{change}{last}))/2", moved)
    known = [count for count in persons if count is not None]
    if len(known) == len(persons) and sum(known) > 0:
        shares = f"{_BUDGET}*D{first}:D{last}/SUM(D{first}:D{last})"
        budget = float(allocation.budget)
        away = [
            number(f"{planned}{row}") - budget * count / sum(known)
            for row, count in zip(layout.rows, known, strict=True)
        ]
        grid.put("C4", "Away from the poor's shares")
        put(
            "D4",
            f"=SUMPRODUCT(ABS({planned}{first}:{planned}{last}-{shares}))/2",
            math.fsum(map(abs, away)) / 2,
        )
    classes = [_class_of(name) for name in allocation.districts["poverty_class"]]
    for row, name in enumerate(sorted({*classes}), start=total + 2):
        grid.put(f"A{row}", "of which")
        grid.put(f"C{row}", name)
        rows = [at for at, of_row in zip(layout.rows, classes, strict=True) if of_row == name]
        for letter in dict.fromkeys(summed):
            put(
                f"{letter}{row}",
                f"=SUMPRODUCT(--($C${first}:$C${last}=$C{row}),{letter}{first}:{letter}{last})",
                added(letter, rows),
            )


def _set_rules(book: Book, sheet: Any, layout: _Layout) -> None:
    """Validate cells, highlight changes, and lock everything except the inputs."""
    first, last = layout.rows[0], layout.rows[-1]
    orange, red, green = (
        book.style(bg_color=colour, bold=bold)
        for colour, bold in (("#FFC27A", True), ("#F4A6A0", True), ("#CDE8CF", False))
    )

    def highlight(span: str, formula: str, style: Any) -> None:
        sheet.conditional_format(span, {"type": "formula", "criteria": f"={formula}", "format": style})

    for letter, proposed in zip(layout.inputs, layout.proposed, strict=True):
        span = f"{letter}{first}:{letter}{last}"
        sheet.data_validation(
            span,
            {
                "validate": "decimal",
                "criteria": "between",
                "minimum": 0,
                "maximum": f"=${_BUDGET[0]}${_BUDGET[1:]}",
                "ignore_blank": False,
                "error_title": "Not an amount",
                "error_message": "Write a number from 0 to the budget.",
            },
        )
        highlight(span, f"ROUND({letter}{first}-{proposed}{first},6)<>0", orange)
    reason = layout.trailing("Reason")
    sheet.data_validation(
        f"{reason}{first}:{reason}{last}",
        {
            "validate": "list",
            "source": list(REASONS),
            "error_title": "Not in the list",
            "error_message": "Choose one of the list.",
        },
    )
    planned, low, high = (layout.trailing(name) for name in ("Planned", "Minimum", "Maximum"))
    outside = f"OR({planned}{first}<N({low}{first})-0.000001,AND(ISNUMBER({high}{first}),{planned}{first}>N({high}{first})+0.000001))"
    highlight(f"{planned}{first}:{planned}{last}", outside, red)
    highlight("F3", "$F$3<>0", red)
    highlight("F3", "$F$3=0", green)
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _write_moves(book: Book, allocation: Allocation, poor: Any) -> None:
    from geoplan.planning import find_transfers
    from geoplan.planning.apportionment import apportion

    sheet = book.add_sheet(_MOVES)
    sheet.set_column(0, 2, 20)
    sheet.protect()
    digits = minor_digits(allocation.currency)
    codes = allocation.districts["district"]
    if not np.isfinite(poor).all() or not poor.sum() > 0:
        sheet.put(
            0, 0, "Some districts have no number of poor persons, so the smallest move is not available."
        )
        return
    weights = [round(float(number) * 1000) for number in poor]
    target = apportion(allocation.budget_minor, weights, [0] * len(weights), [None] * len(weights))
    assert target is not None
    moves = find_transfers(
        pd.Series(allocation.districts["amount_minor"].to_numpy(), codes), pd.Series(target.amounts, codes)
    )
    moved = int(moves["amount_minor"].sum())
    sheet.put(
        0,
        0,
        f"The smallest move from the proposal to the same per poor person everywhere: {allocation.currency} {format_minor(moved, digits)}, "
        f"{moved / allocation.budget_minor:.2%} of the budget (the index of dissimilarity).",
    )
    for column, head in enumerate(("From", "To", "Amount")):
        sheet.put(2, column, head)
    money = book.style(num_format=_money_format(allocation))
    for row, move in enumerate(moves.itertuples(index=False), start=3):
        sheet.put(row, 0, move[0])
        sheet.put(row, 1, move[1])
        sheet.put(row, 2, from_minor(int(move[2]), digits), money)


def _write_notes(book: Book, notes: list[str]) -> None:
    sheet = book.add_sheet("Read me")
    sheet.set_column(0, 0, 110)
    for row, note in enumerate(notes):
        sheet.put(row, 0, note, book.style(text_wrap=True, valign="top"))


def _record(copy: dict[str, Any], allocation: Allocation) -> dict[str, Any]:
    """Return the cells of the sheet that says what the workbook was made of, with its seal."""
    from geoplan.planning import describe_split

    settings = {
        "version": _VERSION,
        "budget_minor": str(allocation.budget_minor),
        "currency": allocation.currency,
        "districts": str(len(allocation.districts)),
        "components": str(len(allocation.components)),
        "rule": describe_split(allocation),
    }
    rows = enumerate([*settings.items(), ("seal", _seal(copy, settings))], start=1)
    return {f"{letter}{row}": text for row, pair in rows for letter, text in zip("AB", pair, strict=True)}


def _seal(copy: Mapping[str, Any], settings: dict[str, str]) -> str:
    cells = sorted((address, _plain(value)) for address, value in copy.items() if _plain(value))
    return hashlib.sha256(json.dumps([settings, cells], ensure_ascii=False).encode()).hexdigest()


def _plain(value: Any) -> str:
    """Return a cell as text that is the same whatever program saved it.

    Programs keep 15 digits of a number, and geoplan guards text that begins with an apostrophe and a formula sign.
    """
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{Decimal(f'{float(value):.15g}').normalize():f}"
    return _text(value)


def _money_format(allocation: Allocation) -> str:
    digits = minor_digits(allocation.currency)
    return "#,##0" + ("." + "0" * digits if digits else "")


def _put_looks(grid: _Grid, layout: _Layout, allocation: Allocation) -> None:
    money = _money_format(allocation)
    last = layout.total + 1 + len({_class_of(name) for name in allocation.districts["poverty_class"]})
    for column, name in enumerate(layout.headers, start=1):
        letter = _letter(column)
        side = "left" if column <= 3 or name == "Reason" else "right"
        grid.look(f"{letter}{_HEAD}", bold=True, bg_color=_HEADER, text_wrap=True, valign="top", align=side)
        for row in range(_FIRST, last + 1):
            look: dict[str, Any] = {}
            if column > 4 and name != "Reason":
                look["num_format"] = money
            elif column == 4:
                look["num_format"] = "#,##0"
            is_input = row < layout.total and (letter in layout.inputs or name == "Reason")
            if is_input:
                look |= {"bg_color": _INPUT, "locked": False}
            elif row >= layout.total:
                look |= {"bold": row == layout.total, "bg_color": _LOCKED}
            value = grid.values.get(f"{letter}{row}")
            if isinstance(value, str) and value.startswith(FORMULA_STARTS):
                look["quote_prefix"] = True
            grid.look(f"{letter}{row}", **look)
    for address in (_BUDGET, "D3", "F3", "B4", "D4"):
        grid.look(address, num_format=money, bold=True)


def _set_columns(book: Book, sheet: Any, layout: _Layout, allocation: Allocation) -> None:
    """Set widths, and how the sheet is printed."""
    longest = max(len(name) for name in layout.headers)
    for column, name in enumerate(layout.headers):
        wide = column == 0 or name in ("Name", "Poverty class", "Reason")
        is_copy = bool(layout.components) and _letter(column + 1) in layout.proposed
        sheet.set_column(column, column, 24 if wide else 15, None, {"level": 1} if is_copy else {})
    sheet.set_row(_HEAD - 1, 15 * (1 + longest // 14))
    sheet.freeze_panes(_HEAD, 2)
    last = layout.total + 1 + len({_class_of(name) for name in allocation.districts["poverty_class"]})
    sheet.print_area(f"A1:{layout.trailing('Reason')}{last}")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_HEAD - 1)


# --- reading ---------------------------------------------------------------------------------


def read_reallocation(path: Path, needs: pd.DataFrame) -> Allocation:
    """Read a workbook of `write_reallocation` back, after a planner edited it.

    Parameters
    ----------
    path : Path
        As saved by Excel, LibreOffice or geoplan.
    needs : DataFrame
        Of the plan's districts.

    Returns
    -------
    Allocation
        With the edited amounts; ``districts`` has ``proposed`` and ``change`` (currency units).

    Raises
    ------
    InputError
        A cell is not an amount, is outside its bounds or must not be changed; the total changed; or the
        plan has other districts.
    """
    workbook = _load(path)
    settings, layout = _read_record(workbook, path)
    sheet, copy = workbook[SHEET], workbook[_COPY]
    digits = minor_digits(settings["currency"])
    problems = _touched(sheet, copy, layout, path)
    amounts, found = _read_amounts(sheet, layout, digits, path)
    problems += found
    budget = int(settings["budget_minor"])
    if not found:
        problems += _off_bounds(amounts, copy, layout, digits, path)
        problems += _off_total(amounts, budget, settings["currency"], path)
    codes = [_text(copy[f"A{row}"].value) for row in layout.rows]
    problems += _other_districts(codes, needs, path)
    raise_if(problems)
    return _as_allocation(amounts, copy, layout, settings, needs.sort_values("district", ignore_index=True))


def is_reallocation(path: Path) -> bool:
    """Tell whether a file is a workbook of `write_reallocation`, even one that was damaged.

    A workbook without any of its sheets is a table of somebody else.
    """
    if path.suffix.lower() != ".xlsx":
        return False
    return any(name in _load(path).sheetnames for name in (SHEET, _COPY, _RECORD))


def read_currency(path: Path) -> str:
    """Return the currency of a workbook of `write_reallocation`."""
    return _read_record(_load(path), path)[0]["currency"]


def _load(path: Path) -> Any:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(path, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, TypeError) as error:
        raise InputError(
            Problem(
                path.name,
                f"is not a readable Excel workbook ({type(error).__name__})",
                way_out="save it as .xlsx again",
            )
        ) from None


def _read_record(workbook: Any, path: Path) -> tuple[dict[str, str], _Layout]:
    way_out = "make a new one with geoplan allocate … -o FILE.xlsx"
    missing = [name for name in (SHEET, _COPY, _RECORD) if name not in workbook.sheetnames]
    if missing:
        raise InputError(
            Problem(
                path.name,
                "is not a workbook of geoplan allocate: sheets are missing",
                values=tuple(missing),
                way_out=way_out,
            )
        )
    rows = {
        _text(row[0].value): _text(row[1].value) for row in workbook[_RECORD].iter_rows(min_col=1, max_col=2)
    }
    seal = rows.pop("seal", "")
    copy = {cell.coordinate: cell.value for row in workbook[_COPY].iter_rows() for cell in row}
    if rows.get("version") != _VERSION or seal != _seal(copy, rows):
        raise InputError(
            Problem(path.name, f"the hidden sheets {_COPY} and {_RECORD} were changed", way_out=way_out)
        )
    inputs = int(rows["components"])
    first = len(_LEADING) + 1
    names = tuple(_text(workbook[_COPY].cell(_HEAD, first + at).value) for at in range(inputs))
    return rows, _Layout(names, int(rows["districts"]))


def _text(value: Any) -> str:
    """Return the text of a cell, without the apostrophe that keeps it from being a formula."""
    text = "" if value is None else str(value)
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text


def _touched(sheet: Any, copy: Any, layout: _Layout, path: Path) -> list[Problem]:
    """Name the protected cells that were changed."""
    problems = []
    written, expected = (
        dict(_protected({cell.coordinate: cell.value for row in each.iter_rows() for cell in row}, layout))
        for each in (sheet, copy)
    )
    for address in sorted({**written, **expected}, key=_place):
        now, before = _plain(written.get(address)), _plain(expected.get(address))
        if now != before:
            problems.append(
                Problem(
                    f"{path.name}, {SHEET}!{address}", "this cell must not be changed",
                    values=(now,), way_out=f"put back {before or 'an empty cell'}",
                )
            )  # fmt: skip
    for row in range(layout.total + 1, sheet.max_row + 1):
        code = sheet[f"A{row}"].value
        if code not in (None, "of which"):
            problems.append(
                Problem(
                    f"{path.name}, {SHEET}!A{row}", "a row was added", values=(code,), way_out="take it out"
                )
            )
    return problems


def _read_amounts(sheet: Any, layout: _Layout, digits: int, path: Path) -> tuple[Any, list[Problem]]:
    amounts = np.zeros((layout.districts, len(layout.inputs)), dtype=np.int64)
    problems = []
    for at, row in enumerate(layout.rows):
        for column, letter in enumerate(layout.inputs):
            address = f"{letter}{row}"
            minor, wrong = _minor(sheet[address].value, digits)
            amounts[at, column] = minor
            if wrong:
                value = sheet[address].value
                shown = () if value is None else (value,)
                problems.append(
                    Problem(f"{path.name}, {SHEET}!{address}", wrong[0], values=shown, way_out=wrong[1])
                )
    return amounts, problems


def _minor(value: Any, digits: int) -> tuple[int, tuple[str, str] | None]:
    if value is None:
        return 0, (
            "no amount",
            "write 0 for nothing; a formula must be calculated and saved by the spreadsheet",
        )
    try:
        amount = (
            Decimal(repr(value))
            if isinstance(value, int | float) and not isinstance(value, bool)
            else Decimal("nan")
        )
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite():
        return 0, ("not an amount", "write a number")
    scaled = amount.scaleb(digits)
    minor = scaled.to_integral_value()
    if abs(scaled - minor) > _NEAR:
        return 0, (f"more decimals than the currency has ({digits})", "round it")
    if amount < 0:
        return 0, ("an amount below 0", "write 0 or more")
    return int(minor), None


def _off_bounds(amounts: Any, copy: Any, layout: _Layout, digits: int, path: Path) -> list[Problem]:
    problems = []
    planned = layout.trailing("Planned")
    for row, total in zip(layout.rows, amounts.sum(axis=1).tolist(), strict=True):
        low, high = (copy[f"{layout.trailing(name)}{row}"].value for name in ("Minimum", "Maximum"))
        where = f"{path.name}, {SHEET}!{planned}{row}"
        shown = (f"{from_minor(total, digits):f}",)
        if low is not None and total < _minor(low, digits)[0]:
            problems.append(
                Problem(
                    where,
                    f"less than the minimum of {_text(copy[f'A{row}'].value)}, {_plain(low)}",
                    values=shown,
                    way_out="give it more",
                )
            )
        if high is not None and total > _minor(high, digits)[0]:
            problems.append(
                Problem(
                    where,
                    f"more than the maximum of {_text(copy[f'A{row}'].value)}, {_plain(high)}",
                    values=shown,
                    way_out="give it less",
                )
            )
    return problems


def _off_total(amounts: Any, budget: int, currency: str, path: Path) -> list[Problem]:
    total = int(amounts.sum())
    if total == budget:
        return []
    digits = minor_digits(currency)
    way = "take away" if total > budget else "place"
    return [
        Problem(
            f"{path.name}, {SHEET}!F3", f"the total moved: the cells add up to {currency} {format_minor(total, digits)}, "
            f"the budget is {format_minor(budget, digits)}",
            way_out=f"{way} {currency} {format_minor(abs(budget - total), digits)}",
        )
    ]  # fmt: skip


def _other_districts(codes: list[str], needs: pd.DataFrame, path: Path) -> list[Problem]:
    if codes == sorted(needs["district"]):
        return []
    differing = sorted(set(codes) ^ set(needs["district"]))
    return [
        Problem(path.name, "its districts differ from the plan's", values=tuple(differing), way_out="use the plan and vintage it was made for")
    ]  # fmt: skip


def _as_allocation(
    amounts: Any, copy: Any, layout: _Layout, settings: dict[str, str], needs: pd.DataFrame
) -> Allocation:
    from fractions import Fraction

    from geoplan.planning import Allocation

    digits = minor_digits(settings["currency"])
    names = list(layout.components) or [""]
    frame = needs.loc[np.repeat(needs.index.to_numpy(), len(names)), ["district", "name", "poverty_class"]]
    cells = frame.reset_index(drop=True).assign(component=names * len(needs), amount_minor=amounts.ravel())
    cells["amount"] = _decimals(cells["amount_minor"], digits)
    totals = amounts.sum(axis=1)
    before = [_minor(copy[f"{layout.trailing('Proposed')}{row}"].value, digits)[0] for row in layout.rows]
    poor = needs["poor"].to_numpy(dtype=float)
    districts = needs[["district", "name", "poverty_class"]].assign(
        proposed=_decimals(before, digits),
        change=_decimals((totals - np.array(before)).tolist(), digits),
        minimum=_bounds(copy, layout, "Minimum", digits),
        maximum=_bounds(copy, layout, "Maximum", digits),
        bound="",
        amount_minor=totals,
        amount=_decimals(totals.tolist(), digits),
        received_minor=needs["received_minor"].to_numpy(),
        amount_per_poor=totals / 10**digits / np.where(poor > 0, poor, np.nan),
    )
    sums = amounts.sum(axis=0).tolist()
    components = dict(zip(layout.components, sums, strict=False))
    return Allocation(
        cells,
        districts,
        settings["rule"] if settings["rule"].startswith(_EDITED) else f"{_EDITED}; first {settings['rule']}",
        (),
        int(settings["budget_minor"]),
        settings["currency"],
        components,
        Fraction(0),
    )


def _bounds(copy: Any, layout: _Layout, name: str, digits: int) -> pd.Series[Any]:
    """Return the minima or maxima of the workbook in currency units, None where there is none."""
    cells = [copy[f"{layout.trailing(name)}{row}"].value for row in layout.rows]
    found = [None if cell is None else from_minor(_minor(cell, digits)[0], digits) for cell in cells]
    return pd.Series(found, dtype=object)


def _decimals(minor: Any, digits: int) -> pd.Series[Any]:
    return pd.Series([from_minor(int(amount), digits) for amount in minor], dtype=object)
