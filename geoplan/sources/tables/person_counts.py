"""Counts of persons: columns such as ``Population ('000)``, read in full or asked about."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from geoplan.model.errors import Problem, show_value
from geoplan.model.schema import Column
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import Cells, as_text, map_labels
from geoplan.sources.tables.magnitudes import magnitudes_beside
from geoplan.sources.tables.numerals import PLAIN, possible_styles

_COUNTED = ("population", "poor")


def counts_in_full(
    cells: Cells, column: Column, headers: Sequence[str], raw: RawTable, spec: FileSpec
) -> tuple[Cells, list[Problem], list[str]]:
    """Multiply counts of persons whose header names thousands or the like, if ``unit`` says so.

    Parameters
    ----------
    cells : Series
    column : Column
    headers : sequence of str
        Headers that the column is read from.
    raw : RawTable
    spec : FileSpec
        Its ``unit`` is the multiplier of the columns whose header names one.

    Returns
    -------
    tuple of Series, list of Problem, list of str
        The cells, a question without ``unit``, and what was multiplied.
    """
    if column.name not in _COUNTED:
        return cells, [], []
    named = [(header, units) for header in headers if (units := magnitudes_beside(header)[0])]
    if not named or spec.unit == 1:
        return cells, [], []
    header, units = named[0]
    if not isinstance(spec.unit, int):
        listed = " or ".join(f"unit = {unit}" for unit in units)
        way_out = f"write in geoplan.toml: [{raw.role}] {listed}; or unit = 1 if they are not"
        message = f"the persons seem to be in units of {' or '.join(f'{unit:,}' for unit in units)}"
        # The question is enough: the cells are not listed as unreadable as well.
        asked = [Problem(raw.source, message, column.name, values=(header,), way_out=way_out)]
        return pd.Series("0", index=cells.index, dtype=object), asked, []
    unit = spec.unit
    texts = {cell.strip() for cell in cells.dropna().unique() if isinstance(cell, str)}
    style = next(iter(possible_styles(texts)), PLAIN)

    def in_full(cell: Any) -> object:
        plain = style.plain(cell.strip()) if isinstance(cell, str) else PLAIN.plain(as_text(cell))
        return cell if plain is None else f"{Decimal(plain) * unit:f}".removesuffix(".0")

    remark = f"{raw.source}: column {show_value(header)} is multiplied by {unit:,}"
    return map_labels(cells, in_full), [], [remark]
