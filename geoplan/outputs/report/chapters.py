"""Chapters of a report that is read: what it says first, and its tables with every cell in words.

How this works: `list_chapters` chooses for each question the tables of `Findings` that answer it and leaves out what
is empty. Page, one-page summary and Word document only lay the chapters out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from geoplan.analysis.bivariate import FEW_DISTRICTS
from geoplan.ledger.entries import reconcile
from geoplan.model.money import minor_digits
from geoplan.model.schema import DISTRICT
from geoplan.outputs.report.contents import Findings
from geoplan.outputs.report.poverty_matrix import lay_out_matrix
from geoplan.outputs.sections import with_money
from geoplan.outputs.text_tables import is_numeric
from geoplan.text.languages import Catalogue

MOST_ROWS = {"funders": 20, "sectors": 20, "projects": 10, "left_out": 20}
"""Rows of these tables that are shown; the workbook has all."""
BRIEF_ROWS = 8
"""Rows of each table of the one-page summary, of all currencies together."""
_ROUNDED_FROM = 100_000
"""From this total on, in every currency, the tables show whole units."""
_SHARES = ("share", "execution_rate", "predictability", "execution_so_far", "people", "poverty")
_RATES = ("per_person", "per_poor_person", "per_km2")


@dataclass(frozen=True)
class PrintedTable:
    """A table with every cell in words.

    Parameters
    ----------
    heads : tuple of (str, bool)
        Headers, and whether the column has numbers.
    rows : tuple of tuple of str
    caption : str
        Empty for none.
    """

    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Chapter:
    """One question of a report, with what answers it.

    Parameters
    ----------
    title : str
    about : str
        How to read it; empty for nothing.
    charts : tuple of str
        Names of the charts, without currency.
    tables : tuple of PrintedTable
    """

    title: str
    about: str
    charts: tuple[str, ...]
    tables: tuple[PrintedTable, ...]


def list_chapters(found: Findings) -> list[Chapter]:
    """List the chapters of a report.

    Parameters
    ----------
    found : Findings

    Returns
    -------
    list of Chapter
        Tables without rows, and columns without any value, are left out.
    """
    words = found.words
    chapters = [
        ("districts", ("districts",), [_districts(found)]),
        ("poverty", (), _poverty(found)),
        ("funders", (), [_first_rows(found, "funders", found.funders.drop(columns="partners"))]),
        ("sectors", (), [_first_rows(found, "sectors", found.sectors.drop(columns="partners"))] if _is_stated(found.sectors, words) else []),
        ("components", (), [_components(found)] if len(found.components) > found.components["currency"].nunique() else []),
        ("presence", (), _presence(found)),
        ("years", ("years", "months"), [print_table(found, found.years)]),
        ("projects", (), [_first_rows(found, "projects", _projects(found))]),
        ("reasons", (), [print_table(found, found.reasons)]),
        ("equity", ("curve",), [_equity(found)]),
    ]  # fmt: skip
    listed = []
    for name, charts, tables in chapters:
        kept = tuple(table for table in tables if table.rows)
        about = _about(found, name, kept)
        if kept or charts or about:
            listed.append(Chapter(words.say(f"chapter.{name}"), about, charts, kept))
    return listed


def list_brief(found: Findings) -> list[Chapter]:
    """List the chapters of the one-page summary: the first rows of what a reader asks first.

    Parameters
    ----------
    found : Findings
    """
    words = found.words
    left_out = found.crossing[found.crossing["is_left_out"]]
    short = [
        ("districts", found.districts.sort_values(["currency", "expected"], ascending=[True, False], kind="stable"),
         ["name", "currency", "certain", "expected", "per_poor_person"]),
        ("left_out", with_money(left_out, ["gap"]), ["name", "currency", "poor", "gap"]),
        ("funders", found.funders, ["funder", "currency", "alone", "jointly_up_to"]),
        ("sectors", found.sectors if _is_stated(found.sectors, words) else found.sectors.head(0),
         ["sector", "currency", "alone", "jointly_up_to"]),
        ("projects", _projects(found), ["title", "currency", "total"]),
        ("reasons", found.reasons, ["reason", "currency", "amount", "share"]),
    ]  # fmt: skip
    listed = []
    for name, frame, columns in short:
        chosen = frame[[column for column in columns if column in frame]]
        first = chosen.groupby("currency", sort=False).head(
            max(1, BRIEF_ROWS // max(1, len(found.ledger.currencies)))
        )
        if len(first):
            table = print_table(found, first, caption=_more(found, len(first), _count(found, name, frame)))
            listed.append(Chapter(words.say(f"chapter.{name}"), "", (), (table,)))
    return listed


def list_key_figures(found: Findings) -> list[tuple[str, str]]:
    """List what the report says first: how much money, where it is, of whom, and how much of it is paid.

    Parameters
    ----------
    found : Findings

    Returns
    -------
    list of (str, str)
        What it is, and the figure in words.
    """
    words = found.words
    entries = found.ledger.entries
    placed = entries[(entries["place"] == DISTRICT).to_numpy() & (entries["amount_minor"] != 0).to_numpy()]
    figures = []
    for sums in reconcile(found.ledger):
        total, inside = sums.placed_total, sums.in_districts
        figures.append((words.say("figure.total"), _money(found, sums.currency, total)))
        if total:
            figures.append((words.say("figure.in_districts"), _part(found, sums.currency, inside, total)))
            if inside != total:
                figures.append(
                    (words.say("figure.without"), _part(found, sums.currency, total - inside, total))
                )
    reached, every = placed["district"].nunique(), len(found.ledger.districts)
    figures.append((words.say("figure.reached"), words.say("of", part=reached, whole=every)))
    figures.append((words.say("figure.projects"), words.number(entries["project"].nunique(), 0)))
    named = found.funders[found.funders["funder"] != words.say("column.not stated")]
    figures.append((words.say("figure.funders"), words.number(named["funder"].nunique(), 0)))
    for row in found.execution.dropna(subset=["planned", "paid", "execution_rate"]).to_dict("records"):
        paid = words.say("paid_of", paid=_money(found, row["currency"], row["paid"]),
                         planned=_money(found, row["currency"], row["planned"]),
                         share=words.percent(float(row["execution_rate"])))  # fmt: skip
        figures.append((words.say("figure.paid"), paid))
    return figures


def print_table(
    found: Findings, frame: pd.DataFrame, heads: Mapping[str, str] | None = None, *, caption: str = ""
) -> PrintedTable:
    """Put every cell of a table into words; empty columns, and the only currency, are left out.

    Parameters
    ----------
    found : Findings
        For language and money.
    frame : DataFrame
    heads : mapping of str to str, optional
        Headers, where the catalogue has none.
    caption : str
    """
    words = found.words
    shown = [
        str(name) for name in frame if frame[name].notna().any() and (frame[name].astype(object) != "").any()
    ]
    if len(found.ledger.currencies) == 1:
        shown = [name for name in shown if name != "currency"]
    columns = [_column(found, frame, name) for name in shown]
    named = [
        (heads or {}).get(name)
        or (words.say(f"column.{name}") if words.knows(f"column.{name}") else str(name))
        for name in shown
    ]
    numeric = [is_numeric(frame[name]) or name in _SHARES for name in shown]
    return PrintedTable(tuple(zip(named, numeric, strict=True)), tuple(zip(*columns, strict=True)), caption)


def whole_units(found: Findings) -> bool:
    """Return whether the tables show whole units, because the total of every currency is large."""
    sums = reconcile(found.ledger)
    return len(sums) > 0 and all(abs(one.placed_total) >= _ROUNDED_FROM for one in sums)


def amount_words(found: Findings) -> str:
    """Return in which currency the amounts are, and whether they are rounded."""
    currencies = ", ".join(found.ledger.currencies)
    return found.words.say("amounts.rounded" if whole_units(found) else "amounts", currency=currencies)


def _column(found: Findings, frame: pd.DataFrame, name: str) -> list[str]:
    words, cells = found.words, frame[name].tolist()
    if name in _SHARES:
        return ["" if pd.isna(cell) else words.percent(float(cell)) for cell in cells]
    if name in ("population", "poor"):
        return ["" if pd.isna(cell) else words.number(float(cell), 0) for cell in cells]
    if name in ("year", "date"):
        return ["" if pd.isna(cell) else str(cell) for cell in cells]
    rounded = whole_units(found) and name not in _RATES
    return [_cell(cell, words, rounded) for cell in cells]


def _cell(cell: Any, words: Catalogue, rounded: bool) -> str:
    if cell is None or pd.isna(cell):
        return ""
    if isinstance(cell, Decimal):
        exponent = cell.as_tuple().exponent
        return words.decimal(cell, 0 if rounded else -exponent if isinstance(exponent, int) else 0)
    if isinstance(cell, str):
        return cell
    value = float(cell)
    return words.number(value, 0 if value.is_integer() and (abs(value) > 1 or isinstance(cell, int)) else 3)


def _money(found: Findings, currency: str, amount: Decimal) -> str:
    digits = 0 if whole_units(found) else minor_digits(currency)
    return found.words.with_currency(found.words.decimal(amount, digits), currency)


def _part(found: Findings, currency: str, amount: Decimal, total: Decimal) -> str:
    return f"{_money(found, currency, amount)} ({found.words.percent(float(amount / total))})"


def _about(found: Findings, name: str, tables: tuple[PrintedTable, ...]) -> str:
    """Say how to read a chapter, or why it has nothing to show."""
    words = found.words
    if name == "poverty":
        return words.say("read.poverty", few=FEW_DISTRICTS) if tables else words.say("read.poverty.missing")
    if name == "equity":
        obstacles = found.measures["obstacle"].dropna()
        return "" if tables or not len(obstacles) else str(obstacles.iloc[0])
    if name == "reasons" and not tables:
        return words.say("read.reasons.none")
    if name == "funders" and "jointly_up_to" in found.funders:
        return words.say("read.funders")
    return ""


def _is_stated(sectors: pd.DataFrame, words: Catalogue) -> bool:
    return bool((sectors["sector"] != words.say("column.not stated")).any())


def _districts(found: Findings) -> PrintedTable:
    frame = found.districts
    if not frame.duplicated(["name", "currency"]).any():
        frame = frame.drop(columns="district")
    if frame["province_name"].nunique() <= 1:
        frame = frame.drop(columns="province_name")
    if frame["profile_year"].nunique() <= 1:  # the line on the year of the figures says it for all
        frame = frame.drop(columns="profile_year")
    return print_table(found, frame)


def _poverty(found: Findings) -> list[PrintedTable]:
    """Return a matrix for each currency, and the districts that are poor and left out."""
    words, rows = found.words, found.crossing
    if rows["money_step"].isna().all():
        return []
    tables = []
    currencies = found.ledger.currencies
    for currency in currencies:
        part = rows[rows["currency"] == currency]
        tables.append(
            print_table(found, lay_out_matrix(part, words), caption=currency if len(currencies) > 1 else "")
        )
    left_out = with_money(rows[rows["is_left_out"]], ["per_person", "per_poor_person", "gap"])
    left_out = left_out.drop(columns=["money_step", "poverty_step", "is_left_out"])
    return [*tables, _first_rows(found, "left_out", left_out, words.say("chapter.left_out"))]


def _components(found: Findings) -> PrintedTable:
    return print_table(found, found.components, place_heads(found, found.components))


def _presence(found: Findings) -> list[PrintedTable]:
    words = found.words
    tables = [(found.funder_places, "sheet.funder_places")]
    if _is_stated(found.sectors, words):
        tables.append((found.sector_places, "sheet.sector_places"))
    return [print_table(found, frame, found.heads, caption=words.say(title)) for frame, title in tables]


def _projects(found: Findings) -> pd.DataFrame:
    """Return the largest projects by title, with their money in districts and in all."""
    rows = found.projects
    title = rows["title"].where(rows["title"].notna(), rows["project"])
    names = ["title", "sector", "currency", *(["district"] if "district" in rows else []), "total", "share"]
    return rows.assign(title=title)[names].rename(columns={"district": "in_districts"})


def _equity(found: Findings) -> PrintedTable:
    known = found.measures[["certain", "expected"]].notna().any(axis=1)
    return print_table(found, found.measures[known].drop(columns=["needs", "left_out", "obstacle"]))


def _first_rows(found: Findings, name: str, frame: pd.DataFrame, caption: str = "") -> PrintedTable:
    first = frame.groupby("currency", sort=False).head(MOST_ROWS[name])
    said = [part for part in (caption, _more(found, len(first), _count(found, name, frame))) if part]
    return print_table(found, first, caption=". ".join(said))


def _count(found: Findings, name: str, frame: pd.DataFrame) -> int:
    """Count the rows of a table; that of projects already holds the largest only."""
    if name != "projects":
        return len(frame)
    return len(found.ledger.entries[["currency", "project"]].drop_duplicates())


def _more(found: Findings, shown: int, count: int) -> str:
    return found.words.say("first_of", shown=shown, count=count) if shown < count else ""


def place_heads(found: Findings, frame: pd.DataFrame) -> dict[str, str]:
    """Return the headers of columns of places: districts, and buckets by name."""
    words = found.words
    return {name: words.say(f"place.{name}") for name in frame.columns if words.knows(f"place.{name}")}
