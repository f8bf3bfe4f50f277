"""An allocation workbook read back after a planner edited it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, raise_if
from geoplan.model.money import format_minor, from_minor, minor_digits
from geoplan.outputs.report.allocation_layout import (
    COPY_SHEET,
    HEAD_ROW,
    LEADING,
    RECORD_SHEET,
    SHEET,
    VERSION,
    SplitLayout,
    cell_place,
    cell_text,
    plain_text,
    protected_cells,
    seal_of,
)

if TYPE_CHECKING:
    from geoplan.planning import Allocation

_EDITED = "edited by hand"
_NEAR = Decimal("0.000001")


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
    sheet, copy = workbook[SHEET], workbook[COPY_SHEET]
    digits = minor_digits(settings["currency"])
    problems = _touched(sheet, copy, layout, path)
    amounts, found = _read_amounts(sheet, layout, digits, path)
    problems += found
    budget = int(settings["budget_minor"])
    if not found:
        problems += _off_bounds(amounts, copy, layout, digits, path)
        problems += _off_total(amounts, budget, settings["currency"], path)
    codes = [cell_text(copy[f"A{row}"].value) for row in layout.rows]
    problems += _other_districts(codes, needs, path)
    raise_if(problems)
    return _as_allocation(amounts, copy, layout, settings, needs.sort_values("district", ignore_index=True))


def is_reallocation(path: Path) -> bool:
    """Tell whether a file is a workbook of `write_reallocation`, even one that was damaged.

    A workbook without any of its sheets is a table of somebody else.
    """
    if path.suffix.lower() != ".xlsx":
        return False
    return any(name in _load(path).sheetnames for name in (SHEET, COPY_SHEET, RECORD_SHEET))


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


def _read_record(workbook: Any, path: Path) -> tuple[dict[str, str], SplitLayout]:
    way_out = "make a new one with geoplan allocate … -o FILE.xlsx"
    missing = [name for name in (SHEET, COPY_SHEET, RECORD_SHEET) if name not in workbook.sheetnames]
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
        cell_text(row[0].value): cell_text(row[1].value)
        for row in workbook[RECORD_SHEET].iter_rows(min_col=1, max_col=2)
    }
    seal = rows.pop("seal", "")
    copy = {cell.coordinate: cell.value for row in workbook[COPY_SHEET].iter_rows() for cell in row}
    if rows.get("version") != VERSION or seal != seal_of(copy, rows):
        raise InputError(
            Problem(
                path.name, f"the hidden sheets {COPY_SHEET} and {RECORD_SHEET} were changed", way_out=way_out
            )
        )
    inputs = int(rows["components"])
    first = len(LEADING) + 1
    names = tuple(cell_text(workbook[COPY_SHEET].cell(HEAD_ROW, first + at).value) for at in range(inputs))
    return rows, SplitLayout(names, int(rows["districts"]))


def _touched(sheet: Any, copy: Any, layout: SplitLayout, path: Path) -> list[Problem]:
    """Name the protected cells that were changed."""
    problems = []
    written, expected = (
        dict(
            protected_cells({cell.coordinate: cell.value for row in each.iter_rows() for cell in row}, layout)
        )
        for each in (sheet, copy)
    )
    for address in sorted({**written, **expected}, key=cell_place):
        now, before = plain_text(written.get(address)), plain_text(expected.get(address))
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
                    f"{path.name}, {SHEET}!A{row}",
                    "a row was added",
                    values=(code,),
                    way_out="delete the row",
                )
            )
    return problems


def _read_amounts(sheet: Any, layout: SplitLayout, digits: int, path: Path) -> tuple[Any, list[Problem]]:
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


def _off_bounds(amounts: Any, copy: Any, layout: SplitLayout, digits: int, path: Path) -> list[Problem]:
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
                    f"less than the minimum of {cell_text(copy[f'A{row}'].value)}, {plain_text(low)}",
                    values=shown,
                    way_out="give it more",
                )
            )
        if high is not None and total > _minor(high, digits)[0]:
            problems.append(
                Problem(
                    where,
                    f"more than the maximum of {cell_text(copy[f'A{row}'].value)}, {plain_text(high)}",
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
    amounts: Any, copy: Any, layout: SplitLayout, settings: dict[str, str], needs: pd.DataFrame
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


def _bounds(copy: Any, layout: SplitLayout, name: str, digits: int) -> pd.Series[Any]:
    """Return the minima or maxima of the workbook in currency units, None where there is none."""
    cells = [copy[f"{layout.trailing(name)}{row}"].value for row in layout.rows]
    found = [None if cell is None else from_minor(_minor(cell, digits)[0], digits) for cell in cells]
    return pd.Series(found, dtype=object)


def _decimals(minor: Any, digits: int) -> pd.Series[Any]:
    return pd.Series([from_minor(int(amount), digits) for amount in minor], dtype=object)
