"""The allocation workbook: a split to edit in a spreadsheet. `edited_allocation` reads it back."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.model.money import format_minor, from_minor, minor_digits
from geoplan.model.schema import FORMULA_STARTS
from geoplan.outputs.report.allocation_layout import (
    BUDGET_CELL,
    COPY_SHEET,
    FIRST_ROW,
    HEAD_ROW,
    RECORD_SHEET,
    SHEET,
    VERSION,
    SplitLayout,
    cell_place,
    column_letter,
    protected_cells,
    seal_of,
)
from geoplan.outputs.workbook import Book, decimal_format, new_workbook
from geoplan.planning.phasing import NO_CLASS

if TYPE_CHECKING:
    from geoplan.planning import Allocation

REASONS = ("as proposed", "agreed with the district", "earlier commitment", "access", "other")
"""Reasons to choose from."""

_MOVES = "Smallest move"
_INPUT, _LOCKED, _HEADER = "#FFF8D6", "#F2F4F5", "#E8EDF0"


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
        places = {address: cell_place(address) for address in {**self.looks, **self.values}}
        for address, (row, column) in sorted(places.items(), key=itemgetter(1)):
            value, style = self.values.get(address), book.style(**self.looks.get(address, {}))
            if isinstance(value, _Formula):
                sheet.write_formula(row, column, value.text, style, value.value)
            else:
                sheet.put(row, column, value, style)


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
    layout = SplitLayout(tuple(allocation.components), len(allocation.districts))
    poor = needs.set_index("district").reindex(allocation.districts["district"])["poor"].to_numpy(dtype=float)
    persons = [None if math.isnan(number) else round(number) for number in poor]
    grid = _Grid()
    _put_values(grid, layout, allocation, persons)
    copy = dict(protected_cells(grid.values, layout))
    _put_formulas(grid, layout, allocation, persons)
    _put_looks(grid, layout, allocation)
    with new_workbook(path) as book:
        sheet = book.add_sheet(SHEET)
        _set_columns(book, sheet, layout, allocation)
        grid.write(book, sheet)
        _set_rules(book, sheet, layout)
        _write_moves(book, allocation, poor)
        _write_notes(book, notes)
        for name, values in ((COPY_SHEET, copy), (RECORD_SHEET, _record(copy, allocation))):
            hidden = book.add_sheet(name)
            kept = _Grid()
            kept.values = values
            kept.write(book, hidden)
            hidden.hide()
            hidden.protect()


def _put_values(grid: _Grid, layout: SplitLayout, allocation: Allocation, persons: list[int | None]) -> None:
    digits = minor_digits(allocation.currency)
    grid.put("A1", f"Proposal, not a decision: {allocation.currency} to be split", bold=True, font_size=14)
    grid.put(
        "A2",
        "Edit the yellow cells only. What differs from the proposal turns orange. Save, then: geoplan allocate --from this file",
    )
    grid.put("A3", "Budget")
    grid.put(BUDGET_CELL, allocation.budget)
    for column, name in enumerate(layout.headers, start=1):
        grid.put(f"{column_letter(column)}{HEAD_ROW}", name)
    inputs = max(1, len(layout.components))
    cells = allocation.amounts["amount_minor"].to_numpy().reshape(layout.districts, inputs)
    for at, (row, entry) in enumerate(zip(layout.rows, allocation.districts.to_dict("records"), strict=True)):
        known = (entry["district"], entry["name"], _class_of(entry["poverty_class"]), persons[at])
        for column, value in enumerate(known, start=1):
            grid.put(f"{column_letter(column)}{row}", value)
        for letters in (layout.inputs, layout.proposed):
            for letter, minor in zip(letters, cells[at], strict=True):
                grid.put(f"{letter}{row}", from_minor(int(minor), digits))
        grid.put(f"{layout.trailing('Proposed')}{row}", entry["amount"])
        grid.put(f"{layout.trailing('Minimum')}{row}", entry["minimum"])
        grid.put(f"{layout.trailing('Maximum')}{row}", entry["maximum"])
        grid.put(f"{layout.trailing('Reason')}{row}", REASONS[0])


def _class_of(cell: Any) -> str:
    return NO_CLASS if pd.isna(cell) else str(cell)


def _put_formulas(
    grid: _Grid, layout: SplitLayout, allocation: Allocation, persons: list[int | None]
) -> None:
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
    put("F3", f"=ROUND({BUDGET_CELL}-D3,{digits})", round(float(allocation.budget) - number("D3"), digits))
    grid.put("A4", "Moved from the proposal")
    moved = math.fsum(abs(number(f"{change}{row}")) for row in layout.rows) / 2
    put("B4", f"=SUMPRODUCT(ABS({change}{first}:{change}{last}))/2", moved)
    known = [count for count in persons if count is not None]
    if len(known) == len(persons) and sum(known) > 0:
        shares = f"{BUDGET_CELL}*D{first}:D{last}/SUM(D{first}:D{last})"
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


def _set_rules(book: Book, sheet: Any, layout: SplitLayout) -> None:
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
                "maximum": f"=${BUDGET_CELL[0]}${BUDGET_CELL[1:]}",
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
    money = book.style(num_format=decimal_format(minor_digits(allocation.currency)))
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
        "version": VERSION,
        "budget_minor": str(allocation.budget_minor),
        "currency": allocation.currency,
        "districts": str(len(allocation.districts)),
        "components": str(len(allocation.components)),
        "rule": describe_split(allocation),
    }
    rows = enumerate([*settings.items(), ("seal", seal_of(copy, settings))], start=1)
    return {f"{letter}{row}": text for row, pair in rows for letter, text in zip("AB", pair, strict=True)}


def _put_looks(grid: _Grid, layout: SplitLayout, allocation: Allocation) -> None:
    money = decimal_format(minor_digits(allocation.currency))
    last = layout.total + 1 + len({_class_of(name) for name in allocation.districts["poverty_class"]})
    for column, name in enumerate(layout.headers, start=1):
        letter = column_letter(column)
        side = "left" if column <= 3 or name == "Reason" else "right"
        grid.look(
            f"{letter}{HEAD_ROW}", bold=True, bg_color=_HEADER, text_wrap=True, valign="top", align=side
        )
        for row in range(FIRST_ROW, last + 1):
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
    for address in (BUDGET_CELL, "D3", "F3", "B4", "D4"):
        grid.look(address, num_format=money, bold=True)


def _set_columns(book: Book, sheet: Any, layout: SplitLayout, allocation: Allocation) -> None:
    """Set widths, and how the sheet is printed."""
    longest = max(len(name) for name in layout.headers)
    for column, name in enumerate(layout.headers):
        wide = column == 0 or name in ("Name", "Poverty class", "Reason")
        is_copy = bool(layout.components) and column_letter(column + 1) in layout.proposed
        sheet.set_column(column, column, 24 if wide else 15, None, {"level": 1} if is_copy else {})
    sheet.set_row(HEAD_ROW - 1, 15 * (1 + longest // 14))
    sheet.freeze_panes(HEAD_ROW, 2)
    last = layout.total + 1 + len({_class_of(name) for name in allocation.districts["poverty_class"]})
    sheet.print_area(f"A1:{layout.trailing('Reason')}{last}")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD_ROW - 1)
