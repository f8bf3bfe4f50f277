"""Percents: shares written as 35 %, or as 35 under a header that says percent."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from geoplan.model.errors import Problem, show_value
from geoplan.model.schema import Column
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import Cells, as_text, cell_problem, map_labels
from geoplan.sources.tables.numerals import NumeralStyle, possible_styles

_SIGN = re.compile(r"\s*[%٪％]$")
_HEADER = re.compile(
    r"[%٪％]|\b(?:per\s?cent|percentage|pct|prozent|pour\s?cent|por\s?ci?ento)\b", re.IGNORECASE
)


def shares_of_one(
    cells: Cells, column: Column, header: str, raw: RawTable, spec: FileSpec
) -> tuple[Cells, list[Problem], list[str]]:
    """Convert a column of percents to shares of one; other columns stay as they are.

    Parameters
    ----------
    cells : Series
    column : Column
        Of kind ``share``.
    header : str
        Header of the column in the file.
    raw : RawTable
    spec : FileSpec
        With ``unit = "percent"`` every number is a percent.

    Returns
    -------
    tuple of Series, list of Problem, list of str
        The cells; a problem if only some of them have a percent sign, or if a header says percent and no number is
        above 1; what was detected.
    """
    signed = cells.map(lambda cell: isinstance(cell, str) and bool(_SIGN.search(cell))).to_numpy(dtype=bool)
    given = cells.notna().to_numpy()
    named = spec.unit == "percent"
    if not signed.any() and not named and not _HEADER.search(header):
        return cells, [], []
    bare = given & ~signed
    if signed.any() and bare.any() and not named:
        message = "some cells have a percent sign and these have none"
        advice = f'write the sign in all cells; or, if all are percents, write in geoplan.toml: [{raw.role}] unit = "percent"'
        return cells, [cell_problem(raw, column, bare, cells, message, advice)], []
    texts = {_SIGN.sub("", as_text(cell)) for cell in cells[given].unique()}
    style = next((style for style in possible_styles(texts) if not style.thousands), NumeralStyle("."))
    numbers = [Decimal(plain) for text in texts if (plain := style.plain(text)) is not None]
    if not signed.any() and not named and spec.unit is None and max(numbers, default=Decimal(2)) <= 1:
        message = f"the header {show_value(header)} says percent, but no number is above 1"
        advice = (
            f'write in geoplan.toml: [{raw.role}] unit = "percent"; or unit = 1 if they are shares of one'
        )
        return cells, [Problem(raw.source, message, column.name, way_out=advice)], []
    if not signed.any() and not named and spec.unit == 1:
        return cells, [], []
    shares = map_labels(cells, lambda cell: _hundredth(cell, style))
    first: Any = cells[given].iloc[0] if given.any() else None
    remark = f"{raw.source}: column {show_value(column.name)} is read as percent: {show_value(first)} is {_hundredth(first, style)}"
    return shares.where(given, None), [], [] if first is None else [remark]


def _hundredth(cell: object, style: NumeralStyle) -> object:
    """Return a percent as a share of one, or the cell itself if it is no number."""
    plain = style.plain(_SIGN.sub("", as_text(cell))) if not isinstance(cell, float | int) else as_text(cell)
    return cell if plain is None else f"{Decimal(plain) / 100:f}"
