"""Notebook cells: a result as HTML, with every text from the data escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def as_html(lines: Iterable[str], *tables: pd.DataFrame) -> str:
    """Return lines and tables as HTML for a notebook cell; missing cells are empty.

    >>> as_html(["a < b"])
    '<p>a &lt; b</p>'
    """
    paragraphs = [f"<p>{escape(line)}</p>" for line in lines]
    return "".join([*paragraphs, *(table.to_html(escape=True, index=False, na_rep="") for table in tables)])
