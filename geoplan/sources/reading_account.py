"""Reading accounts: what was read from a file, column by column, with sums to check it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.money import minor_digits
from geoplan.model.schema import Table
from geoplan.sources.raw_table import FileSpec, RawTable
from geoplan.sources.tables.cell_values import as_text, distinct_cells
from geoplan.sources.tables.headers import HeaderMatch
from geoplan.sources.tables.known_headers import looks_like
from geoplan.sources.tables.numerals import NumeralStyle

_NOT_USED = "not used"


@dataclass(frozen=True)
class ControlSum:
    """The sum of a column of amounts, beside the total that the file gives for it.

    Parameters
    ----------
    header : str
        Header in the file.
    currency : str
    total : Decimal
        Sum of the amounts read, in currency units.
    given : str
        Total in the file, as it is written there; empty if it has none.
    """

    header: str
    currency: str
    total: Decimal
    given: str = ""


@dataclass(frozen=True)
class ReadingAccount:
    """What was read from one file.

    Parameters
    ----------
    source, table : str
        Name of the file (and sheet or layer), and of the table it was read as.
    rows : int
        Rows of the table; of a file with errors, its rows below the header.
    columns : mapping of str to str
        Header to what it is used as, ``not used``, or what it looks like although it is not used.
    settings : mapping of str to str
        Unit, currency, decimal mark, encoding and calendar, each with how it is known.
    notes : tuple of str
        What was detected, and which rows were left out and why.
    sums : tuple of ControlSum
    """

    source: str
    table: str
    rows: int
    columns: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sums: tuple[ControlSum, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the account as values that JSON can hold."""
        return {
            "file": self.source,
            "table": self.table,
            "rows": self.rows,
            "columns": dict(self.columns),
            "settings": dict(self.settings),
            "notes": list(self.notes),
            "sums": [
                {
                    "column": found.header,
                    "currency": found.currency,
                    "sum": str(found.total),
                    "total in the file": found.given,
                }
                for found in self.sums
            ],
        }


def account_for(
    raw: RawTable,
    table: Table,
    spec: FileSpec,
    frame: pd.DataFrame | None,
    match: HeaderMatch,
    style: NumeralStyle | None,
    headers: Mapping[str, Sequence[str]],
    notes: Sequence[str],
) -> ReadingAccount:
    """Account for a file that was read.

    Parameters
    ----------
    raw : RawTable
    table : Table
    spec : FileSpec
    frame : DataFrame, optional
        The table as read; without it the file has problems, and no sums are given.
    match : HeaderMatch
        Which header is which column.
    style : NumeralStyle, optional
        How the amounts are written.
    headers : mapping of str to sequence of str
        For columns read from several headers (years), the header of each row.
    notes : sequence of str
        What was detected.
    """
    years = {header: name for name, under in headers.items() for header in under if header}
    used = {**{header: f"{name} of a year" for header, name in years.items()}, **match.used}
    names = dict.fromkeys([*(str(name) for name in raw.table.columns if name != "geometry"), *years])
    columns = {
        header: used.get(header) or _not_used(header, table, raw)
        for header in names
        if not (years and header in (*headers, "year"))
    }
    return ReadingAccount(
        raw.source,
        table.name,
        len(raw.table if frame is None else frame),
        columns,
        _settings(raw, table, spec, frame, style, match),
        tuple(dict.fromkeys(notes)),
        tuple(_sums(raw, frame, match, headers)) if frame is not None and "amount" in table.names else (),
    )


def is_unused(use: str) -> bool:
    """Return whether the entry of a column says that it is not used."""
    return use.endswith(_NOT_USED)


def _not_used(header: str, table: Table, raw: RawTable) -> str:
    like = looks_like(header, table, raw.table[header]) if header in raw.table else ""
    return f"looks like {like} and is {_NOT_USED}" if like else _NOT_USED


def _settings(
    raw: RawTable,
    table: Table,
    spec: FileSpec,
    frame: pd.DataFrame | None,
    style: NumeralStyle | None,
    match: HeaderMatch,
) -> dict[str, str]:
    settings = {}
    if raw.encoding:
        settings["encoding"] = raw.encoding
    if any(column.kind == "year" for column in table.columns):
        settings["calendar"] = spec.calendar or "gregorian"
    if "amount" not in table.names:
        return settings
    settings["unit"] = "1 (nothing names another)" if spec.unit is None else f"{spec.unit} (geoplan.toml)"
    if frame is None:
        return settings
    columns = (*match.taken.values(), *match.copies)
    known = "constant" if "currency" in spec.constant else "column" if "currency" in columns else "plan"
    currencies = ", ".join(sorted(map(str, distinct_cells(frame["currency"]))))
    settings["currency"] = f"{currencies} ({known})"
    named = spec.decimal is not None or spec.thousands is not None
    if style is not None:
        settings["numbers"] = f"{style} ({'geoplan.toml' if named else 'the only reading of the column'})"
    return settings


def _sums(
    raw: RawTable, frame: pd.DataFrame, match: HeaderMatch, headers: Mapping[str, Sequence[str]]
) -> list[ControlSum]:
    """Sum up the amounts by header and currency, beside the last total of the file."""
    by_name = next((header for header, name in match.used.items() if name == "amount"), "amount")
    codes, currencies = pd.factorize(frame["currency"])
    under, named = pd.factorize(np.array(headers.get("amount", ()), dtype=object))
    groups = codes if len(named) == 0 else under * max(len(currencies), 1) + codes
    found = []
    for group, minor in frame["amount_minor"].groupby(groups, sort=True).sum().items():
        at, which = divmod(int(str(group)), max(len(currencies), 1))
        header, currency = named[at] if len(named) else by_name, currencies[which]
        given = [total.cells[header] for total in raw.totals if total.cells.get(header) not in (None, "")]
        total = Decimal(int(minor)).scaleb(-minor_digits(str(currency)))
        found.append(ControlSum(str(header), str(currency), total, as_text(given[-1]) if given else ""))
    return found
