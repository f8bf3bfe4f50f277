"""The allocation workbook: a split to edit in a spreadsheet, and reading it back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, raise_if
from geoplan.model.money import format_minor, from_minor, minor_digits
from geoplan.outputs.workbook import save_workbook, set_cell

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
_INPUT, _LOCKED, _HEADER = "FFF8D6", "F2F4F5", "E8EDF0"
_VERSION = "1"
_FONT = "Calibri"


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
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


# --- writing ---------------------------------------------------------------------------------


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
    from openpyxl import Workbook

    components = tuple(allocation.components)
    layout = _Layout(components, len(allocation.districts))
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = SHEET
    poor = needs.set_index("district").reindex(allocation.districts["district"])["poor"].to_numpy(dtype=float)
    _write_values(sheet, layout, allocation, poor)
    copy = workbook.create_sheet(_COPY)
    for address, value in _protected(sheet, layout):
        copy[address].value = value
        if isinstance(value, str):
            copy[address].data_type = "s"
    _write_formulas(sheet, layout, allocation, poor)
    _write_rules(sheet, layout, allocation)
    _write_moves(workbook.create_sheet(_MOVES), allocation, poor)
    _write_notes(workbook.create_sheet("Read me"), notes)
    _write_record(workbook.create_sheet(_RECORD), copy, allocation)
    for name in (_COPY, _RECORD):
        workbook[name].sheet_state = "hidden"
        workbook[name].protection.sheet = True
    _style(sheet, layout, allocation)
    save_workbook(workbook, path)


def _write_values(sheet: Any, layout: _Layout, allocation: Allocation, poor: Any) -> None:
    digits = minor_digits(allocation.currency)
    set_cell(sheet["A1"], f"Proposal, not a decision: {allocation.currency} to be split")
    set_cell(
        sheet["A2"],
        "Edit the yellow cells only. What differs from the proposal turns orange. Save, then: geoplan allocate --from this file",
    )
    set_cell(sheet["A3"], "Budget")
    set_cell(sheet[_BUDGET], allocation.budget)
    for column, name in enumerate(layout.headers, start=1):
        set_cell(sheet.cell(_HEAD, column), name)
    inputs = max(1, len(layout.components))
    cells = allocation.amounts["amount_minor"].to_numpy().reshape(layout.districts, inputs)
    for at, (row, entry) in enumerate(zip(layout.rows, allocation.districts.to_dict("records"), strict=True)):
        for column, value in enumerate(
            (entry["district"], entry["name"], entry["poverty_class"], float(poor[at])), start=1
        ):
            set_cell(sheet.cell(row, column), value)
        for letters in (layout.inputs, layout.proposed):
            for letter, minor in zip(letters, cells[at], strict=True):
                set_cell(sheet[f"{letter}{row}"], from_minor(int(minor), digits))
        set_cell(sheet[f"{layout.trailing('Proposed')}{row}"], entry["amount"])
        set_cell(sheet[f"{layout.trailing('Minimum')}{row}"], entry["minimum"])
        set_cell(sheet[f"{layout.trailing('Maximum')}{row}"], entry["maximum"])
        set_cell(sheet[f"{layout.trailing('Reason')}{row}"], REASONS[0])


def _protected(sheet: Any, layout: _Layout) -> Iterator[tuple[str, Any]]:
    """Yield address and value of the cells that must not be changed."""
    yield _BUDGET, sheet[_BUDGET].value
    for column in range(1, len(layout.headers) + 1):
        address = f"{_letter(column)}{_HEAD}"
        yield address, sheet[address].value
    fixed = [_letter(column) for column in range(1, len(_LEADING) + 1)]
    fixed += [layout.trailing(name) for name in ("Proposed", "Minimum", "Maximum")]
    for row in layout.rows:
        for letter in dict.fromkeys([*fixed, *layout.proposed]):
            yield f"{letter}{row}", sheet[f"{letter}{row}"].value


def _write_formulas(sheet: Any, layout: _Layout, allocation: Allocation, poor: Any) -> None:
    """Write live totals. All formulas are geoplan's own and refer to cells only."""
    first, last, total = layout.rows[0], layout.rows[-1], layout.total
    planned, proposed, change = (layout.trailing(name) for name in ("Planned", "Proposed", "Change"))
    for row in layout.rows:
        sheet[f"{planned}{row}"] = f"=SUM({layout.inputs[0]}{row}:{layout.inputs[-1]}{row})"
        sheet[f"{change}{row}"] = f"={planned}{row}-{proposed}{row}"
        sheet[f"{layout.trailing('Per poor person')}{row}"] = f'=IF(N(D{row})>0,{planned}{row}/D{row},"")'
    set_cell(sheet[f"A{total}"], "Total")
    for letter in dict.fromkeys(["D", *layout.inputs, planned, proposed, change, *layout.proposed]):
        sheet[f"{letter}{total}"] = f"=SUM({letter}{first}:{letter}{last})"
    set_cell(sheet["C3"], "Planned")
    sheet["D3"] = f"={planned}{total}"
    set_cell(sheet["E3"], "Still to place")
    sheet["F3"] = f"=ROUND({_BUDGET}-D3,{minor_digits(allocation.currency)})"
    set_cell(sheet["A4"], "Moved from the proposal")
    sheet["B4"] = f"=SUMPRODUCT(ABS({change}{first}:{change}{last}))/2"
    if np.isfinite(poor).all() and poor.sum() > 0:
        shares = f"{_BUDGET}*D{first}:D{last}/SUM(D{first}:D{last})"
        set_cell(sheet["C4"], "Away from the poor's shares")
        sheet["D4"] = f"=SUMPRODUCT(ABS({planned}{first}:{planned}{last}-{shares}))/2"
    for offset, name in enumerate(
        sorted({str(name) for name in allocation.districts["poverty_class"].dropna()}), start=2
    ):
        row = total + offset
        set_cell(sheet[f"A{row}"], "of which")
        set_cell(sheet[f"C{row}"], name)
        for letter in dict.fromkeys([*layout.inputs, planned, proposed, change]):
            sheet[f"{letter}{row}"] = (
                f"=SUMPRODUCT(--($C${first}:$C${last}=$C{row}),{letter}{first}:{letter}{last})"
            )


def _write_rules(sheet: Any, layout: _Layout, allocation: Allocation) -> None:
    """Validate cells, highlight changes, and lock everything except the inputs."""
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import Font, PatternFill, Protection
    from openpyxl.worksheet.datavalidation import DataValidation

    first, last = layout.rows[0], layout.rows[-1]
    orange = {"fill": PatternFill("solid", bgColor="FFC27A"), "font": Font(bold=True)}
    red = {"fill": PatternFill("solid", bgColor="F4A6A0"), "font": Font(bold=True)}
    green = {"fill": PatternFill("solid", bgColor="CDE8CF")}
    amounts = DataValidation(
        type="decimal",
        operator="between",
        formula1="0",
        formula2=f"${_BUDGET[0]}${_BUDGET[1:]}",
        allow_blank=False,
    )
    amounts.errorTitle, amounts.error = "Not an amount", "Write a number from 0 to the budget."
    reasons = DataValidation(type="list", formula1='"' + ",".join(REASONS) + '"', allow_blank=True)
    reasons.errorTitle, reasons.error = "Not in the list", "Choose one of the list."
    for letter, proposed in zip(layout.inputs, layout.proposed, strict=True):
        span = f"{letter}{first}:{letter}{last}"
        amounts.add(span)
        sheet.conditional_formatting.add(
            span, FormulaRule(formula=[f"ROUND({letter}{first}-{proposed}{first},6)<>0"], **orange)
        )
    reasons.add(f"{layout.trailing('Reason')}{first}:{layout.trailing('Reason')}{last}")
    sheet.add_data_validation(amounts)
    sheet.add_data_validation(reasons)
    planned, low, high = (layout.trailing(name) for name in ("Planned", "Minimum", "Maximum"))
    outside = f"OR({planned}{first}<N({low}{first})-0.000001,AND(ISNUMBER({high}{first}),{planned}{first}>N({high}{first})+0.000001))"
    sheet.conditional_formatting.add(
        f"{planned}{first}:{planned}{last}", FormulaRule(formula=[outside], **red)
    )
    sheet.conditional_formatting.add("F3", FormulaRule(formula=["$F$3<>0"], **red))
    sheet.conditional_formatting.add("F3", FormulaRule(formula=["$F$3=0"], **green))
    for letter in (*layout.inputs, layout.trailing("Reason")):
        for row in layout.rows:
            sheet[f"{letter}{row}"].protection = Protection(locked=False)
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False


def _write_moves(sheet: Any, allocation: Allocation, poor: Any) -> None:
    from geoplan.planning import find_transfers
    from geoplan.planning.apportionment import apportion

    digits = minor_digits(allocation.currency)
    codes = allocation.districts["district"]
    if not np.isfinite(poor).all() or not poor.sum() > 0:
        set_cell(
            sheet["A1"],
            "Some districts have no number of poor persons, so the smallest move is not available.",
        )
        return
    weights = [round(float(number) * 1000) for number in poor]
    target = apportion(allocation.budget_minor, weights, [0] * len(weights), [None] * len(weights))
    assert target is not None
    moves = find_transfers(
        pd.Series(allocation.districts["amount_minor"].to_numpy(), codes), pd.Series(target.amounts, codes)
    )
    moved = int(moves["amount_minor"].sum())
    set_cell(
        sheet["A1"],
        f"The smallest move from the proposal to the same per poor person everywhere: {allocation.currency} {format_minor(moved, digits)}, "
        f"{moved / allocation.budget_minor:.2%} of the budget (the index of dissimilarity).",
    )
    for column, head in enumerate(("From", "To", "Amount"), start=1):
        set_cell(sheet.cell(3, column), head)
    for row, move in enumerate(moves.itertuples(index=False), start=4):
        set_cell(sheet.cell(row, 1), move[0])
        set_cell(sheet.cell(row, 2), move[1])
        set_cell(sheet.cell(row, 3), from_minor(int(move[2]), digits))
    for letter in "ABC":
        sheet.column_dimensions[letter].width = 20
    sheet.protection.sheet = True


def _write_notes(sheet: Any, notes: list[str]) -> None:
    from openpyxl.styles import Alignment

    for row, note in enumerate(notes, start=1):
        set_cell(sheet.cell(row, 1), note)
        sheet.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 110


def _write_record(sheet: Any, copy: Any, allocation: Allocation) -> None:
    from geoplan.planning import describe_split

    settings = {
        "version": _VERSION,
        "budget_minor": str(allocation.budget_minor),
        "currency": allocation.currency,
        "districts": str(len(allocation.districts)),
        "components": str(len(allocation.components)),
        "rule": describe_split(allocation),
    }
    for row, (key, value) in enumerate(settings.items(), start=1):
        set_cell(sheet.cell(row, 1), key)
        set_cell(sheet.cell(row, 2), value)
    row = len(settings) + 1
    set_cell(sheet.cell(row, 1), "seal")
    set_cell(sheet.cell(row, 2), _seal(copy, settings))


def _seal(copy: Any, settings: dict[str, str]) -> str:
    cells = [
        [cell.coordinate, _plain(cell.value)]
        for row in copy.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    return hashlib.sha256(json.dumps([settings, cells], ensure_ascii=False).encode()).hexdigest()


def _plain(value: Any) -> str:
    """Return a cell as text that is the same whatever program saved it."""
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal):
        return f"{Decimal(repr(float(value))).normalize():f}"
    return str(value)


def _style(sheet: Any, layout: _Layout, allocation: Allocation) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    digits = minor_digits(allocation.currency)
    money = "#,##0" + ("." + "0" * digits if digits else "")
    sheet["A1"].font = Font(name=_FONT, bold=True, size=14)
    last = layout.total + 1 + allocation.districts["poverty_class"].nunique()
    for column, name in enumerate(layout.headers, start=1):
        letter = _letter(column)
        head = sheet[f"{letter}{_HEAD}"]
        head.font, head.fill = Font(name=_FONT, bold=True), PatternFill("solid", fgColor=_HEADER)
        head.alignment = Alignment(
            wrap_text=True, vertical="top", horizontal="left" if column <= 3 or name == "Reason" else "right"
        )
        sheet.column_dimensions[letter].width = 24 if name in ("Name", "Poverty class", "Reason") else 15
        for row in range(_FIRST, last + 1):
            cell = sheet[f"{letter}{row}"]
            if column > 4 and name != "Reason":
                cell.number_format = money
            elif column == 4:
                cell.number_format = "#,##0"
            if row < layout.total and (letter in layout.inputs or name == "Reason"):
                cell.fill = PatternFill("solid", fgColor=_INPUT)
            elif row >= layout.total:
                cell.font = Font(name=_FONT, bold=row == layout.total)
                cell.fill = PatternFill("solid", fgColor=_LOCKED)
    for address in (_BUDGET, "D3", "F3", "B4", "D4"):
        sheet[address].number_format = money
        sheet[address].font = Font(name=_FONT, bold=True)
    for letter in layout.proposed if layout.components else []:
        sheet.column_dimensions[letter].outlineLevel = 1
    longest = max(len(name) for name in layout.headers)
    sheet.row_dimensions[_HEAD].height = 15 * (1 + longest // 14)
    sheet.column_dimensions["A"].width = 24
    sheet.freeze_panes = f"C{_FIRST}"
    sheet.print_area = f"A1:{layout.trailing('Reason')}{last}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{_HEAD}:{_HEAD}"


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
    if rows.get("version") != _VERSION or seal != _seal(workbook[_COPY], rows):
        raise InputError(
            Problem(path.name, f"the hidden sheets {_COPY} and {_RECORD} were changed", way_out=way_out)
        )
    inputs = int(rows["components"])
    first = len(_LEADING) + 1
    names = tuple(_text(workbook[_COPY].cell(_HEAD, first + at).value) for at in range(inputs))
    return rows, _Layout(names, int(rows["districts"]))


def _text(value: Any) -> str:
    """Return the text of a cell, without the apostrophe that keeps it from being a formula."""
    from geoplan.model.schema import FORMULA_STARTS

    text = "" if value is None else str(value)
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text


def _touched(sheet: Any, copy: Any, layout: _Layout, path: Path) -> list[Problem]:
    """Name the protected cells that were changed."""
    problems = []
    expected = dict(_protected(copy, layout))
    for address, value in expected.items():
        if _plain(sheet[address].value) != _plain(value):
            problems.append(
                Problem(
                    f"{path.name}, {SHEET}!{address}", "this cell must not be changed",
                    values=(_plain(sheet[address].value),), way_out=f"put back {_plain(value) or 'an empty cell'}",
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
