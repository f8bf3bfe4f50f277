"""Origins: sources that contain several of the five tables, and the tables read from them."""

from __future__ import annotations

import glob
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.model.errors import Problem, UsageError, show_value
from geoplan.model.schema import TABLES
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.reading_account import ReadingAccount
from geoplan.text.spelled_codes import gazetteer_code

KINDS_OF_SOURCE = ("aiddata", "iati", "oc4ids")
"""Kinds of sources: a research release of AidData, IATI activities, OC4IDS project packages."""

ON_ERROR = ("leave out", "refuse")
"""What to do with faulty rows of a source: leave them out and list them (the default), or refuse the file."""

_NEGATIVE = ("corrections", "refuse", "accept")

SOURCE_OPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "aiddata": {"on_error": ON_ERROR, "negative": _NEGATIVE, "where": ()},
    "iati": {
        "language": (),
        "country": (),
        "currency": (),
        "sectors": (),
        "percentages": ("refuse", "rescale"),
        "planned": ("budget", "planned-disbursement"),
        "on_error": ON_ERROR,
        "negative": _NEGATIVE,
        "where": (),
        "hierarchy": ("children", "parents", "both"),
    },
    "oc4ids": {
        "axes": ("lon-lat", "lat-lon"),
        "contract_value": ("signed", "latest"),
        "releases": ("leave out", "use"),
        "on_error": ON_ERROR,
        "negative": _NEGATIVE,
        "where": (),
    },
}
"""Options by kind of source, with the values that each may have; an empty tuple means any text."""

TABLES_OF_SOURCE = ("projects", "locations", "spending")
"""Tables of a source."""

LEFT_OUT = ("source_file", "source_row", "project", "kind", "currency", "amount", "reason")
"""Columns of amounts that a source has and the plan leaves out; ``amount`` is Decimal, in currency units."""

VALUES = "values"
"""Key of a source with the meaning of words, by column of its tables; only a plan file can state it."""

_FIXED = "a standard states this itself: save a file that differs as a table, and read it with [spending]"
NOT_OF_SOURCES = {
    **dict.fromkeys(("yearly", "max_age_days", "old"), "write it under [rates], which applies to all money"),
    **dict.fromkeys(("review",), "write it under [locations] or [spending]"),
    **dict.fromkeys(("layer", "sheet", "crs", "attributes", "vintage"), "a source has no layers, sheets or CRS: omit it"),
    "separator": "a source has one value in each field, and joint funders are recognised: omit it",
    "bbox": "choose projects with where; places outside the districts are counted as outside area",
    **dict.fromkeys(
        ("columns", "constant", "header", "totals", "years", "shares", "unit", "encoding", "decimal", "thousands",
         "scientific", "calendar", "fiscal_year", "dates", "empty"),
        _FIXED,
    ),
}  # fmt: skip
"""Keys of other sections that mean nothing for a source, with what to do instead."""

_ENDINGS = {"iati": (".xml", ".xml.gz"), "oc4ids": (".json",), "aiddata": ()}


@dataclass(frozen=True)
class Origin:
    """A source of several tables: its kind, its path and how to read it.

    Parameters
    ----------
    kind : str
        One of `KINDS_OF_SOURCE`.
    path : Path
        A file, or a folder for AidData.
    options : mapping of str to str
        Options listed in `SOURCE_OPTIONS`.
    values : mapping of str to dict
        Column of a table to a dict of value in the file to its meaning.
    """

    kind: str
    path: Path
    options: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, dict[str, str]] = field(default_factory=dict)

    @property
    def on_error(self) -> str:
        """What to do with invalid rows, one of `ON_ERROR`."""
        return self.options.get("on_error", ON_ERROR[0])

    def spec(self, table: str, path: Path | None = None) -> FileSpec:
        """Return the file specification of a table of the source, with the options that also apply to tables."""
        names = TABLES[table].names
        values = {column: meanings for column, meanings in self.values.items() if column in names}
        negative = self.options.get("negative", _NEGATIVE[0])
        # A release has records only: a record that happens to be the sum of others must not stop it.
        return FileSpec(path or self.path, values=values, negative=negative, totals="keep")


@dataclass(frozen=True)
class Surroundings:
    """Facts about the districts of the plan that readers use.

    Parameters
    ----------
    districts : frozenset of str
        Codes of the districts, to recognise them in the codes of places.
    provinces : frozenset of str
        Codes of the provinces.
    bounds : tuple of float, optional
        West, south, east, north of the districts, degrees.
    other_districts, other_provinces : mapping of str to str
        Codes in other gazetteers, as `geoplan.text.spelled_codes.gazetteer_code` gives them, to the code here.
    """

    districts: frozenset[str] = frozenset()
    provinces: frozenset[str] = frozenset()
    bounds: tuple[float, float, float, float] | None = None
    other_districts: Mapping[str, str] = field(default_factory=dict)
    other_provinces: Mapping[str, str] = field(default_factory=dict)

    def find_units(self, codes: Collection[str]) -> tuple[str | None, str | None]:
        """Return the district and the province that codes of any gazetteer mean, None where none does."""
        return (
            _unit_of(codes, self.districts, self.other_districts),
            _unit_of(codes, self.provinces, self.other_provinces),
        )


@dataclass(frozen=True)
class Bundle:
    """The tables from one file of a source (or the plan's own tables).

    Parameters
    ----------
    name : str
        Name of the file or folder, for messages.
    frames : mapping of str to DataFrame
        ``projects``, ``locations`` and ``spending`` from `geoplan.sources.conform.conform`; some may be absent.
    problems : tuple of Problem
    remarks : tuple of str
    left_out : DataFrame
        Columns `LEFT_OUT`.
    parents : mapping of str to frozenset of str
        Identifiers of the parent activities of an activity.
    keep : str
        Level whose money counts if an activity and its children have the same kind: ``children``, ``parents`` or ``both``.
    accounts : tuple of ReadingAccount
        What was read column by column, of a source that consists of tables.
    """

    name: str
    frames: Mapping[str, pd.DataFrame]
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    left_out: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*LEFT_OUT]))
    parents: Mapping[str, frozenset[str]] = field(default_factory=dict)
    keep: str = "children"
    accounts: tuple[ReadingAccount, ...] = ()


def _unit_of(codes: Collection[str], own: frozenset[str], other: Mapping[str, str]) -> str | None:
    known = own.intersection(codes)
    if not known and other:
        known = frozenset(other[code] for code in map(gazetteer_code, codes) if code in other)
    return min(known, default=None)


def parse_origins(text: str) -> list[Origin]:
    """Parse a source written as ``KIND[+option=value…]:PATH``.

    A path with ``*`` stands for all matching files, a folder for the IATI or OC4IDS files in it.

    Raises
    ------
    UsageError
        The kind or an option is unknown, or no file matches.

    >>> parse_origins("iati+language=fr+country=SN:senegal.xml")[0].options
    {'language': 'fr', 'country': 'SN'}
    """
    head, colon, path = text.partition(":")
    kind, *given = head.split("+")
    if not colon or not path or kind not in KINDS_OF_SOURCE:
        raise UsageError(
            f"{show_value(text)} is not a source: write KIND:PATH, such as iati:activities.xml; "
            f"kinds are {', '.join(KINDS_OF_SOURCE)}"
        )
    options = {}
    for option in given:
        name, equals, value = option.partition("=")
        if not equals:
            raise UsageError(f"{show_value(option)} is not an option of a source: write name=value")
        options[name] = value
    faults = option_faults(kind, options)
    if faults:
        raise UsageError(faults)
    return [Origin(kind, found, options) for found in files_meant(kind, Path(path))]


def option_faults(kind: str, options: Mapping[str, Any]) -> list[str]:
    """List the errors in the options of a source."""
    known = SOURCE_OPTIONS[kind]
    faults = []
    for name, value in options.items():
        if name not in known:
            others = [other for other, options in SOURCE_OPTIONS.items() if name in options]
            if name in NOT_OF_SOURCES:
                told = NOT_OF_SOURCES[name]
            elif others:
                told = f"only {' and '.join(others)} {'has' if len(others) == 1 else 'have'} it: omit it"
            else:
                told = f"it has {', '.join(known)}"
            faults.append(f"a source of kind {kind} has no option {show_value(name)}; {told}")
        elif not isinstance(value, str) or not value or (known[name] and value not in known[name]):
            allowed = " or ".join(known[name]) or "a string"
            faults.append(f"option {name} of a source must be {allowed}, not {show_value(value)}")
    return faults


def value_faults(values: object) -> list[str]:
    """List the errors in the meanings of words that a source states."""
    if not isinstance(values, Mapping):
        return ["values of a source must be a table: write [sources.values.COLUMN]"]
    columns = sorted({name for table in TABLES_OF_SOURCE for name in TABLES[table].names})
    faults = []
    for column, meanings in values.items():
        if column not in columns:
            faults.append(
                f"values of a source: there is no column {show_value(column)}; columns are {', '.join(columns)}"
            )
        elif not isinstance(meanings, Mapping) or not all(
            isinstance(ours, str) for ours in meanings.values()
        ):
            faults.append(f"values.{column} of a source must give a text for each text")
    return faults


def files_meant(kind: str, path: Path) -> list[Path]:
    """Return the files of a source's path: the file itself, all matches of ``*``, or the files in the folder."""
    if kind == "aiddata":
        return [path]
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.name.lower().endswith(_ENDINGS[kind]))
        if not found:
            raise UsageError(
                f"the folder {show_value(path)} has no file that ends in {' or '.join(_ENDINGS[kind])}"
            )
        return found
    if path.exists() or not glob.has_magic(str(path)):
        return [path]
    found = sorted(Path(name) for name in glob.glob(str(path)))  # noqa: PTH207 - the pattern may be absolute
    if not found:
        raise UsageError(f"no file matches {show_value(path)}")
    return found
