"""Faulty rows of a release: left out and listed with their money, so that the other rows can be read.

How this works: `geoplan.sources.conform.conform` lists the problems of a table with the row of each. A reader of
a release numbers its rows so that each number is unique, and `sort_out` turns the problems into changes: an amount
is left out, a place keeps its row but loses what places it (its money becomes unlocated, and no other place of the
project receives it), a field of a project is ignored. `settle` does the same for what one table says of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.choices import KINDS
from geoplan.model.errors import Problem, list_first, show_value
from geoplan.model.money import SHARE_TOLERANCE, format_minor, from_minor, is_currency, minor_digits
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, Table
from geoplan.sources.conform import Conformed, duplicate_keys
from geoplan.sources.origins import LEFT_OUT, Bundle
from geoplan.sources.raw_table import RawTable
from geoplan.sources.tables.amounts import NEGATIVE_AMOUNT
from geoplan.sources.tables.cell_values import as_text

LEAVE_OUT, REFUSE = "leave out", "refuse"

_POSITION = frozenset(("lon", "lat", "geometry"))
_BEYOND_DEGREES = 360


@dataclass(frozen=True)
class ReleaseWords:
    """What a standard calls a project and its fields, for messages.

    Parameters
    ----------
    project : str
    fields : mapping of str to str
        Column of a table of the plan to the field in the file.
    ways_out : mapping of str to sequence of str
        Column of a table to the options of a source that help, as imperatives.
    """

    project: str
    fields: Mapping[str, str] = field(default_factory=dict)
    ways_out: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def name_projects(self, projects: Sequence[object]) -> str:
        """Return the projects of faulty rows in words: ``activities 'A', 'B' and 3 more``."""
        distinct = list(dict.fromkeys(project for project in projects if isinstance(project, str)))
        if not distinct:
            return f"no {self.project}"
        listed = list_first(map(show_value, distinct), most=3)
        return f"{self.project if len(distinct) == 1 else self._plural} {listed}"

    @property
    def _plural(self) -> str:
        return f"{self.project[:-1]}ies" if self.project.endswith("y") else f"{self.project}s"


@dataclass(frozen=True)
class Elements:
    """The elements of a file that the rows of a table come from.

    Parameters
    ----------
    columns : sequence of str
        Columns of the cells.
    cells : sequence of tuple
        One per row: the cells as they stand in the file, then the line. Rows that are parts of one amount share
        one tuple, and are left out together.
    """

    columns: Sequence[str]
    cells: Sequence[tuple[Any, ...]]

    def value(self, position: int, column: str) -> Any:
        """Return a cell as it stands in the file."""
        return self.cells[position][self.columns.index(column)]


def sort_out(
    conformed: Conformed,
    table: Table,
    words: ReleaseWords,
    *,
    on_error: str = LEAVE_OUT,
    elements: Elements | None = None,
) -> tuple[Conformed, pd.DataFrame]:
    """Leave out the faulty rows of a table of a release, or refuse them.

    Parameters
    ----------
    conformed : Conformed
        Its ``source_row`` must be unique.
    table : Table
    words : ReleaseWords
    on_error : str
        ``leave out`` faulty rows, or ``refuse`` the file.
    elements : Elements, optional
        If given, ``source_row`` is the position of the row, and becomes the line of its element.

    Returns
    -------
    Conformed, and DataFrame of `geoplan.sources.origins.LEFT_OUT`
        Problems are left for what concerns the whole table, and for everything with ``refuse``.
    """
    none = pd.DataFrame(columns=[*LEFT_OUT])
    if SOURCE_ROW not in conformed.frame:
        return conformed, none
    sorting = _Sorting(conformed, table, words, elements)
    if on_error == REFUSE or not conformed.problems:
        problems = [sorting.describe(problem) for problem in conformed.problems]
        return replace(conformed, frame=sorting.with_lines(conformed.frame), problems=problems), none
    return sorting.run()


class _Sorting:
    """One table while its faulty rows are taken out."""

    def __init__(
        self, conformed: Conformed, table: Table, words: ReleaseWords, elements: Elements | None
    ) -> None:
        self.conformed, self.table, self.words, self.elements = conformed, table, words, elements
        self.frame = conformed.frame

    @cached_property
    def positions(self) -> dict[int, int]:
        """Position of each row by its number."""
        return {int(row): at for at, row in enumerate(self.frame[SOURCE_ROW])}

    def run(self) -> tuple[Conformed, pd.DataFrame]:
        """Take each problem in turn; what concerns no row stays a problem."""
        raw = RawTable(self.conformed_source, self.frame, self.frame[SOURCE_ROW])
        doubled = duplicate_keys(self.frame, self.table, raw)
        lasting: list[Problem] = []
        remarks: list[str] = []
        frame = self.frame.copy()
        gone = np.zeros(len(frame), dtype=bool)
        reasons = np.full(len(frame), "", dtype=object)
        known: dict[int, Decimal] = {}
        for problem in self.conformed.problems:
            mask = self._rows_of(problem)
            if not mask.any():
                lasting.append(self.describe(problem))
                continue
            if problem in doubled:
                mask = frame.duplicated(list(self.table.key), keep="first").to_numpy()
            told = self._field(problem.column)
            if self.table.name == "spending":
                mask = self._whole_elements(mask)
                reasons[mask & (reasons == "")] = f"{told}: {problem.message}" if told else problem.message
                known |= self._amounts_told(problem)
                gone |= mask
                consequence = "left out"
            elif problem in doubled or problem.column == "project":
                gone |= mask
                consequence = "left out; the first one counts" if problem in doubled else "left out"
            elif self.table.name == "locations":
                consequence = _take_place_away(frame, mask, problem.column)
            else:
                consequence = "ignored"
            remarks.append(str(self.describe(problem, mask, consequence)))
        left_out = self._listed(gone, reasons, known) if self.table.name == "spending" else None
        kept = self.with_lines(frame)[~gone].reset_index(drop=True)
        found = replace(
            self.conformed, frame=kept, problems=lasting, remarks=[*self.conformed.remarks, *remarks]
        )
        return found, pd.DataFrame(columns=[*LEFT_OUT]) if left_out is None else left_out

    @property
    def conformed_source(self) -> str:
        return next((problem.source for problem in self.conformed.problems), "")

    def _rows_of(self, problem: Problem) -> Any:
        """Return the rows of a problem as a mask; a problem of all positions names no row."""
        mask = np.zeros(len(self.frame), dtype=bool)
        mask[[self.positions[row] for row in problem.rows if row in self.positions]] = True
        if not problem.rows and self.table.name == "locations" and not problem.column:
            import shapely

            bounds = np.nan_to_num(np.abs(shapely.bounds(self.frame["geometry"].to_numpy(dtype=object))))
            mask = bounds.max(axis=1, initial=0) > _BEYOND_DEGREES
        return mask

    def _whole_elements(self, mask: Any) -> Any:
        """Extend a mask to all parts of the amounts that have a faulty part."""
        if self.elements is None:
            return mask
        faulty = {id(self.elements.cells[at]) for at in np.flatnonzero(mask).tolist()}
        return np.array([id(cells) in faulty for cells in self.elements.cells], dtype=bool)

    def _amounts_told(self, problem: Problem) -> dict[int, Decimal]:
        """Return amounts that are readable as numbers although they are not valid, such as too large ones."""
        found = {}
        if problem.column == "amount":
            for row, value in zip(problem.rows, problem.values, strict=False):
                amount = read_decimal(value)
                if amount is not None:
                    found[self.positions[row]] = amount
        return found

    def _listed(self, gone: Any, reasons: Any, known: Mapping[int, Decimal]) -> pd.DataFrame:
        """Return the amounts that are left out; the parts of one amount are one row again."""
        at = np.flatnonzero(gone).tolist()
        rows = self.with_lines(self.frame)[gone]
        amounts = [
            amount or known.get(place, Decimal(0))
            for place, amount in zip(at, given_amounts(rows), strict=True)
        ]
        if self.elements is None:
            return list_amounts(rows, amounts, reasons[gone].tolist())
        whole: dict[int, int] = {}
        totals: list[Decimal] = []
        for number, place in enumerate(at):
            first = whole.setdefault(id(self.elements.cells[place]), number)
            totals.append(Decimal(0))
            totals[first] += amounts[number]
        firsts = list(whole.values())
        return list_amounts(
            rows.iloc[firsts], [totals[first] for first in firsts], reasons[gone][firsts].tolist()
        )

    def describe(self, problem: Problem, mask: Any = None, consequence: str = "") -> Problem:
        """Return a problem in the words of the file: its projects, fields, lines and values."""
        rows = self._rows_of(problem) if mask is None else mask
        at = np.flatnonzero(rows).tolist()
        told = self.words.name_projects(self.frame["project"].iloc[at].tolist()) if at else ""
        message = (
            problem.message + (f" ({told})" if told else "") + (f"; {consequence}" if consequence else "")
        )
        values: tuple[object, ...] = tuple(as_text(value) for value in problem.values)
        lines = problem.rows
        if self.elements is not None and at:
            lines = tuple(dict.fromkeys(int(self.elements.cells[place][-1] or 0) for place in at))
            if problem.column in self.elements.columns and problem.values:
                values = tuple(
                    dict.fromkeys(
                        self.elements.value(self.positions[row], problem.column) for row in problem.rows
                    )
                )
        ways = list(self.words.ways_out.get(problem.column, ()))
        if problem.message == NEGATIVE_AMOUNT:
            ways.append('set negative = "accept" for this source')
        if not consequence:
            ways = ["correct the file", *ways, f'set on_error = "{LEAVE_OUT}" for this source']
        way_out = ", or ".join(ways)
        return replace(
            problem,
            message=message,
            column=self._field(problem.column),
            rows=tuple(line for line in lines if line),
            values=values,
            way_out=way_out,
        )

    def _field(self, column: str) -> str:
        return self.words.fields.get(column, column)

    def with_lines(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table whose rows are numbered as the lines of the file."""
        if self.elements is None:
            return frame
        lines = np.array([cells[-1] or 0 for cells in self.elements.cells], dtype=np.int64)
        return frame.assign(**{SOURCE_ROW: lines})


def _take_place_away(frame: pd.DataFrame, mask: Any, column: str) -> str:
    """Remove from faulty rows what would place them, in place, and say so."""
    if column in _POSITION or not column:
        frame.loc[mask, "geometry"] = None
        return "the position is not used"
    is_share = column == "share"
    if is_share:
        mask = frame["project"].isin(frame.loc[mask, "project"]).to_numpy()
        frame.loc[mask, ["district", "province"]] = None
        frame.loc[mask, "share"] = np.nan
    frame.loc[mask, ["geometry", "name"]] = None
    frame.loc[mask, "precision"] = np.nan
    return f"the place is not used{', and its money is unlocated' if is_share else ''}"


def list_amounts(rows: pd.DataFrame, amounts: Sequence[Decimal], reasons: Sequence[str]) -> pd.DataFrame:
    """Return amounts that are left out, with their reasons, as a table of `LEFT_OUT`.

    Parameters
    ----------
    rows : DataFrame
        Rows of spending.
    amounts : sequence of Decimal
        Currency units.
    reasons : sequence of str
    """
    return pd.DataFrame(
        {
            "source_file": rows[SOURCE_FILE].astype(str).to_numpy(),
            "source_row": rows[SOURCE_ROW].to_numpy(),
            "project": rows["project"].astype(object).fillna("").to_numpy(),
            "kind": [_text(kind) for kind in rows["kind"]],
            "currency": [known_currency(currency) for currency in rows["currency"]],
            "amount": pd.Series(list(amounts), dtype=object),
            "reason": list(reasons),
        }
    )


def given_amounts(rows: pd.DataFrame) -> list[Decimal]:
    """Return the amounts of rows of spending as they were given, in currency units."""
    return [
        _amount(minor, currency, rounding)
        for minor, currency, rounding in zip(
            rows["amount_minor"], rows["currency"], rows["rounding"], strict=True
        )
    ]


def _amount(minor: int, currency: object, rounding: Decimal) -> Decimal:
    code = known_currency(currency)
    return from_minor(minor, minor_digits(code) if code else 2) + rounding


def known_currency(currency: object) -> str:
    """Return a currency code of ISO 4217, or nothing if it is not one."""
    code = _text(currency).strip().upper()
    return code if is_currency(code) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def read_decimal(value: object) -> Decimal | None:
    """Return a text as a finite number, or None."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def sum_at_stake(spending: pd.DataFrame, projects: Sequence[str], kinds: Sequence[str] = KINDS) -> str:
    """Return the money of projects in words, by currency and kind: ``: EUR 10.00 of budget``; empty without money."""
    rows = spending[spending["project"].isin(set(projects)) & spending["kind"].isin(kinds)]
    sums = rows.groupby(["currency", "kind"], sort=True, observed=True)["amount_minor"].sum().reset_index()
    told = [
        f"{currency} {format_minor(int(minor), minor_digits(str(currency)))} of {kind}"
        for currency, kind, minor in sums.itertuples(index=False, name=None)
    ]
    return f": {', '.join(told)}" if told else ""


def settle(bundle: Bundle, words: ReleaseWords) -> Bundle:
    """Leave out what one table of a release says of rows that another does not have.

    Returns
    -------
    Bundle
        Amounts without their project or location are left out and listed. Places without their project are left
        out. The places of a project whose shares do not add up to 1 are not used.
    """
    if bundle.problems or not {"projects", "locations", "spending"} <= bundle.frames.keys():
        return bundle
    projects, locations, spending = (bundle.frames[name] for name in ("projects", "locations", "spending"))
    listed = set(projects["project"])
    known = set(zip(locations["project"], locations["location"], strict=True))
    has_project = spending["project"].isin(listed).to_numpy()
    named = spending["location"].notna().to_numpy()
    pairs = zip(spending["project"], spending["location"], strict=True)
    has_place = ~named | np.array([pair in known for pair in pairs], dtype=bool)
    reasons = np.where(
        ~has_project,
        f"the {words.project} is not in the table of {words.project}s",
        np.where(~has_place, f"the {words.project} has no such location", ""),
    )
    gone = reasons != ""
    remarks = []
    if gone.any():
        rows = spending[gone]
        remarks += [
            f"{bundle.name}: {len(rows):,} amounts left out, because the {words.project} or the location they name is missing "
            f"({words.name_projects(rows['project'].tolist())})"
        ]
        bundle = replace(
            bundle,
            left_out=join_left_out(
                [bundle.left_out, list_amounts(rows, given_amounts(rows), reasons[gone].tolist())]
            ),
        )
        spending = spending[~gone].reset_index(drop=True)
    orphans = ~locations["project"].isin(listed).to_numpy()
    if orphans.any():
        told = words.name_projects(locations.loc[orphans, "project"].tolist())
        remarks.append(
            f"{bundle.name}: {int(orphans.sum()):,} locations left out, because their {words.project} is missing ({told})"
        )
        locations = locations[~orphans].reset_index(drop=True)
    wrong = _wrong_shares(locations)
    if wrong.any():
        told = words.name_projects(locations.loc[wrong, "project"].tolist())
        locations = locations.copy()
        _take_place_away(locations, wrong, "share")
        remarks.append(
            f"{bundle.name}: shares that do not add up to 1 ({told}); the places are not used, and their money is unlocated"
        )
    frames = {"projects": projects, "locations": locations, "spending": spending}
    return replace(bundle, frames=frames, remarks=(*bundle.remarks, *remarks))


def _wrong_shares(locations: pd.DataFrame) -> Any:
    """Return the locations of projects that have a share for some of them only, or whose shares do not add up to 1."""
    if not locations["share"].notna().any():
        return np.zeros(len(locations), dtype=bool)
    shares = locations.groupby("project", sort=False)["share"]
    count, size, total = (shares.transform(name) for name in ("count", "size", "sum"))
    wrong = (count > 0) & ((count < size) | ((total - 1).abs() > SHARE_TOLERANCE))
    return wrong.to_numpy()


def join_left_out(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return amounts that are left out as one table."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=[*LEFT_OUT])
