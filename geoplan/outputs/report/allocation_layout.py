"""Where things are on the sheet of an allocation workbook, and the seal of what must not be changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from geoplan.model.schema import FORMULA_STARTS

SHEET = "Split"
COPY_SHEET, RECORD_SHEET = "As written", "Record"
VERSION = "1"
HEAD_ROW, FIRST_ROW = 6, 7  # rows: header, first district
BUDGET_CELL = "B3"
LEADING = ("District", "Name", "Poverty class", "Poor persons")
_TRAILING = ("Planned", "Proposed", "Change", "Per poor person", "Minimum", "Maximum", "Reason")
_ONE = "Amount"


@dataclass(frozen=True)
class SplitLayout:
    """Where things are on the sheet: letters of columns, and rows."""

    components: tuple[str, ...]
    districts: int

    @property
    def headers(self) -> list[str]:
        """The header row."""
        inputs = list(self.components) or [_ONE]
        proposed = [f"Proposed: {name}" for name in self.components]
        return [*LEADING, *inputs, *_TRAILING, *proposed]

    @property
    def inputs(self) -> list[str]:
        """Letters of the columns to edit: one for each component, or one for all."""
        count = max(1, len(self.components))
        return [column_letter(len(LEADING) + at) for at in range(1, count + 1)]

    def trailing(self, name: str) -> str:
        """Return the letter of a column right of the inputs."""
        return column_letter(len(LEADING) + len(self.inputs) + _TRAILING.index(name) + 1)

    @property
    def proposed(self) -> list[str]:
        """Letters of the columns that repeat the proposal, one for each input."""
        if not self.components:
            return [self.trailing("Proposed")]
        first = len(LEADING) + len(self.inputs) + len(_TRAILING) + 1
        return [column_letter(first + at) for at in range(len(self.components))]

    @property
    def rows(self) -> range:
        """The rows of the districts."""
        return range(FIRST_ROW, FIRST_ROW + self.districts)

    @property
    def total(self) -> int:
        """The row of the totals."""
        return FIRST_ROW + self.districts


def column_letter(column: int) -> str:
    """Return the letter of a column, counted from 1."""
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column - 1))


def cell_place(address: str) -> tuple[int, int]:
    """Return row and column of a cell, counted from 0."""
    from xlsxwriter.utility import xl_cell_to_rowcol

    row, column = xl_cell_to_rowcol(address)
    return row, column


def protected_cells(values: Mapping[str, Any], layout: SplitLayout) -> Iterator[tuple[str, Any]]:
    """Yield address and value of the cells that must not be changed, without empty ones."""
    fixed = [column_letter(column) for column in range(1, len(LEADING) + 1)]
    fixed += [layout.trailing(name) for name in ("Proposed", "Minimum", "Maximum")]
    letters = dict.fromkeys([*fixed, *layout.proposed])
    addresses = [
        BUDGET_CELL,
        *(f"{column_letter(column)}{HEAD_ROW}" for column in range(1, len(layout.headers) + 1)),
    ]
    addresses += [f"{letter}{row}" for row in layout.rows for letter in letters]
    for address in addresses:
        value = values.get(address)
        if plain_text(value):
            yield address, value


def seal_of(copy: Mapping[str, Any], settings: dict[str, str]) -> str:
    """Return the hash of what must not be changed, the same whatever program saved it."""
    cells = sorted((address, plain_text(value)) for address, value in copy.items() if plain_text(value))
    return hashlib.sha256(json.dumps([settings, cells], ensure_ascii=False).encode()).hexdigest()


def plain_text(value: Any) -> str:
    """Return a cell as text that is the same whatever program saved it.

    Programs keep 15 digits of a number, and geoplan guards text that begins with an apostrophe and a formula sign.
    """
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{Decimal(f'{float(value):.15g}').normalize():f}"
    return cell_text(value)


def cell_text(value: Any) -> str:
    """Return the text of a cell, without the apostrophe that keeps it from being a formula."""
    text = "" if value is None else str(value)
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text
