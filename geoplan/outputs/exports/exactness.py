"""Amounts in formats without a decimal type: numbers if these are exact, else text."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pandas as pd

Frame = TypeVar("Frame", bound="pd.DataFrame")


def real_amounts(frame: Frame) -> Frame:
    """Convert decimals to floats, or to text in columns that floats cannot represent exactly."""
    return frame.assign(**{name: _real_or_text(frame[name]) for name in decimal_columns(frame)})


def decimal_columns(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns with decimals."""
    return [
        str(name)
        for name in frame.columns
        if frame[name].dtype == object and any(isinstance(cell, Decimal) for cell in frame[name])
    ]


def _real_or_text(cells: pd.Series[Any]) -> pd.Series[Any]:
    present = cells.notna()
    if all(Decimal(repr(float(cell))) == cell for cell in cells[present]):
        return cells.astype("float64")
    return cells.map(lambda cell: f"{cell:f}", na_action="ignore").where(present, None).astype(object)
