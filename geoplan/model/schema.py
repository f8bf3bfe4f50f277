"""The five tables: their columns, the meaning of each, and other headers it may have."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from geoplan.model.choices import KINDS

CRS = "EPSG:4326"
"""The CRS of every geometry in geoplan: longitude, latitude on WGS 84."""

DISTRICT = "district"
BUCKETS = ("province-wide", "country-wide", "outside area", "unlocated", "unmatched")
"""Named places for money that is not in one district."""

PLACES = (DISTRICT, *BUCKETS)

NOT_STATED = ""
"""Component or funder of an amount whose source names none."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Characters that start a formula in a spreadsheet; text that begins with one gets an apostrophe before it."""

SOURCE_ROW = "source_row"
"""Column with the row number in the input file, as a spreadsheet counts (header = 1)."""

GIVEN_YEAR = "given_year"
"""Column of amounts with the year as written, where it says more than the year, such as 2015Q1."""

STANDS_FOR = "stands_for"
"""Column of summed tables: how many rows of the file a row stands for."""

SOURCE_FILE = "source_file"
"""Column with the name of the input file."""

PLAN_LEVELS = ("district", "provincial", "national", "none")
"""Level of the plan that a project refers to; none means no plan, an empty cell means unknown."""

Kind = Literal["text", "integer", "number", "share", "amount", "year", "date", "flag", "answer", "geometry"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
    kind : Kind
        How cells are read.
    meaning : str
        Meaning of a cell, with its unit.
    required : bool
        Whether the column must have a value in every row.
    synonyms : tuple of str
        Other headers with the same meaning, compared by `fold`.
    words : tuple of str
        Words of other headers with the same meaning, beside which only qualifiers such as ``code`` stand.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    synonyms: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One of the five tables.

    Parameters
    ----------
    name : str
    row : str
        What one row is.
    columns : tuple of Column
    key : tuple of str
        Columns whose combined values must be unique; empty if rows may repeat.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return a column by name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def read_names(self) -> tuple[str, ...]:
        """Names of all columns of a table that was read: amounts are in minor units, and their name says so."""
        return tuple(
            minor_name(column.name) if column.kind == "amount" else column.name for column in self.columns
        )


def minor_name(name: str) -> str:
    """Return the name of a column of amounts in minor units (int64), next to that in currency units.

    >>> minor_name("amount")
    'amount_minor'
    """
    return f"{name}_minor"


def fold(header: str) -> str:
    """Reduce a header to its lower-case letters and digits, to compare headers.

    >>> fold("ADM2_PCODE") == fold("adm2 pcode")
    True
    """
    return re.sub(r"[\W_]+", "", header).casefold()


_ILLUSTRATIVE = Column("illustrative", "flag", "yes where the figures of the row are made up as an example")
_SOURCE = Column("source", "text", "where the row comes from")
_GEOMETRY_NAMES = ("wkt", "geom", "the_geom", "wkb", "ewkt", "ewkb")
_CODES = ("district_code", "adm2_pcode", "pcode", "hasc", "shapeID")
_PROVINCE_CODES = ("adm1_pcode", "province_code")
_LON = Column(
    "lon",
    "number",
    "longitude, degrees east",
    synonyms=("longitude", "long", "lng", "x"),
    words=("longitude", "lon", "lng", "long", "longitud", "point x", "coord x", "coordinate x"),
)
_LAT = Column(
    "lat",
    "number",
    "latitude, degrees north",
    synonyms=("latitude", "y"),
    words=("latitude", "lat", "latitud", "point y", "coord y", "coordinate y"),
)
_OF_PROJECT = Column(
    "project",
    "text",
    "project it belongs to",
    required=True,
    synonyms=("project_id",),
    words=("project id", "project code", "project number", "activity id", "project no"),
)
_FUNDER_WORDS = (
    "donor",
    "funder",
    "funding agency",
    "funding source",
    "source of funds",
    "source of funding",
)
_YEAR_WORDS = ("year", "fiscal year", "funding year", "budget year")

DISTRICTS = Table(
    "districts",
    "one district of one vintage",
    (
        Column(
            "district",
            "text",
            "code of the district",
            required=True,
            synonyms=(*_CODES, "code"),
            words=("district",),
        ),
        Column("name", "text", "name", synonyms=("district_name", "adm2_en", "adm2_name", "shapeName")),
        Column("name_lo", "text", "name in Lao", synonyms=("adm2_lo",)),
        Column("aliases", "text", "other spellings, separated by |", synonyms=("alt_names",)),
        Column("province", "text", "code of the province", synonyms=_PROVINCE_CODES, words=("province",)),
        Column("province_name", "text", "name of the province", synonyms=("adm1_en", "adm1_name", "region")),
        Column("province_aliases", "text", "other spellings of the province, separated by |"),
        Column("other_codes", "text", "codes in other gazetteers, such as GeoNames, separated by |"),
        Column("province_other_codes", "text", "the same of the province"),
        Column(
            "district_level",
            "integer",
            "level of administration: 1 if the districts are provinces, else 2 or more",
        ),
        Column("valid_from", "date", "first day of the vintage"),
        Column("valid_to", "date", "last day of the vintage"),
        _SOURCE,
        Column(
            "geometry",
            "geometry",
            "boundary: polygon or multipolygon",
            required=True,
            synonyms=_GEOMETRY_NAMES,
        ),
    ),
    key=("district",),
)

PROFILE = Table(
    "profile",
    "one district in one year",
    (
        Column(
            "district",
            "text",
            "code of the district",
            required=True,
            synonyms=_CODES,
            words=("district",),
        ),
        Column(
            "province",
            "text",
            "code or name of the province, to tell equal names of districts apart",
            synonyms=_PROVINCE_CODES,
            words=("province",),
        ),
        Column("year", "year", "year the figures are for", required=True, words=_YEAR_WORDS),
        Column("population", "integer", "persons"),
        Column("poor", "integer", "poor persons"),
        Column("poverty_rate", "share", "poor persons per person, 0 to 1"),
        Column("poverty_class", "text", "poverty class, such as very poor"),
        Column("villages", "integer", "number of villages"),
        _SOURCE,
        _ILLUSTRATIVE,
    ),
    key=("district", "year"),
)

PROJECTS = Table(
    "projects",
    "one project",
    (
        replace(_OF_PROJECT, meaning="identifier"),
        Column(
            "title",
            "text",
            "title",
            synonyms=("project_title", "project_name"),
            words=("project name", "project title", "name of project"),
        ),
        Column("sector", "text", "sector", synonyms=("ad_sector_names",)),
        Column("status", "text", "status"),
        Column("start", "date", "start", synonyms=("start_date", "start_actual_isodate")),
        Column("end", "date", "end", synonyms=("end_date", "end_actual_isodate")),
        Column("component", "text", "component, for spending that names none"),
        Column(
            "funder",
            "text",
            "funder, for spending that names none",
            synonyms=("donor", "donors"),
            words=_FUNDER_WORDS,
        ),
        Column("plan_item", "text", "item of the district, provincial or national plan it refers to"),
        Column("plan_level", "text", f"level of that plan: {', '.join(PLAN_LEVELS)}; empty where not known"),
        Column(
            "on_budget",
            "answer",
            "yes or no: whether it is in the government's budget; empty where not known",
        ),
        _ILLUSTRATIVE,
    ),
    key=("project",),
)

LOCATIONS = Table(
    "locations",
    "one place of one project",
    (
        _OF_PROJECT,
        Column(
            "location",
            "text",
            "identifier within the project",
            synonyms=("project_location_id", "location_id"),
        ),
        Column("name", "text", "name of the place", synonyms=("place_name", "location_name")),
        Column(
            "precision",
            "integer",
            "precision code: 1 exact, 2 near, 3 district, 4 province, 5 to 9 coarser",
            synonyms=("precision_code",),
        ),
        Column(
            "exactness",
            "integer",
            "IATI geographic exactness: 1 exact, 2 approximate",
            synonyms=("geographic_exactness",),
        ),
        Column(
            "location_class",
            "integer",
            "IATI location class: 1 administrative region, 2 populated place, 3 structure, 4 other",
        ),
        Column(
            "admin_level",
            "integer",
            "level of an administrative region: 0 country, 1 province, 2 district (for class 1)",
        ),
        Column("share", "share", "part of the project's money, 0 to 1"),
        Column(
            "district",
            "text",
            "code or name of the district, where it is known",
            synonyms=_CODES,
            words=("district",),
        ),
        Column(
            "province",
            "text",
            "code or name of the province (or the path of areas above), to tell equal names apart",
            synonyms=(*_PROVINCE_CODES, "gazetteer_adm_name"),
            words=("province",),
        ),
        _LON,
        _LAT,
        Column("geometry", "geometry", "point, line or polygon (WKT in a table)", synonyms=_GEOMETRY_NAMES),
        _SOURCE,
        _ILLUSTRATIVE,
    ),
    key=("project", "location"),
)

SPENDING = Table(
    "spending",
    "one amount",
    (
        _OF_PROJECT,
        Column("location", "text", "location of the project it is for, if it is for one only"),
        Column("component", "text", "component of the programme"),
        Column("funder", "text", "who pays", synonyms=("donor", "donors"), words=_FUNDER_WORDS),
        Column(
            "year",
            "year",
            "calendar year",
            required=True,
            synonyms=("transaction_year",),
            words=_YEAR_WORDS,
        ),
        Column("value_date", "date", "day the amount is valued at, for exchange rates"),
        Column("kind", "text", ", ".join(KINDS), required=True, synonyms=("transaction_value_code",)),
        Column("currency", "text", "ISO 4217 code", required=True, synonyms=("transaction_currency",)),
        Column(
            "amount",
            "amount",
            "currency units, point as decimal mark",
            required=True,
            synonyms=("transaction_value",),
            words=("amount", "amount in", "total amount"),
        ),
        _SOURCE,
        _ILLUSTRATIVE,
    ),
)

POINTS = Table(
    "points",
    "one village or other point",
    (
        Column(
            "code",
            "text",
            "identifier",
            synonyms=("id", "demand", "candidate", "site", "village_code", "gn_id", "geonameid"),
        ),
        Column("name", "text", "name of the place", synonyms=("village", "place_name", "village_name")),
        Column("population", "number", "persons", synonyms=("pop", "persons", "inhabitants")),
        Column("poor", "number", "poor persons", synonyms=("poor_persons",)),
        _LON,
        _LAT,
        Column("geometry", "geometry", "point (WKT in a table)", synonyms=_GEOMETRY_NAMES),
    ),
)
"""Villages, candidate sites and other points: not a table of a plan, but read in the same way."""

TABLES = {table.name: table for table in (DISTRICTS, PROFILE, PROJECTS, LOCATIONS, SPENDING)}

KIND_SYNONYMS = {
    "b": "budget",
    "planned": "budget",
    "c": "commitment",
    "commitments": "commitment",
    "committed": "commitment",
    "d": "disbursement",
    "disbursements": "disbursement",
    "disbursed": "disbursement",
    "e": "expenditure",
    "expenditures": "expenditure",
    "spent": "expenditure",
}
"""Other words for the kinds of money, including AidData's one-letter codes."""

PLAN_LEVEL_SYNONYMS = {
    "province": "provincial",
    "five-year plan": "national",
    "five year plan": "national",
    "nsedp": "national",
    "country": "national",
    "no": "none",
    "no plan": "none",
}
"""Other words for plan levels."""

LEDGER_COLUMNS = (
    "project",
    "location",
    "component",
    "funder",
    "year",
    "kind",
    "currency",
    "place",
    "district",
    "amount",
    "rule",
    "province",
)
"""Columns of a written ledger, in order."""

ENTRY_COLUMNS = tuple(
    minor_name(name) if name == "amount" else name for name in LEDGER_COLUMNS if name != "province"
)
"""First columns of the entries of a ledger, in order: amounts in minor units. The province of an entry that is in no
district follows further on."""

GIVEN_COLUMNS = ("given_amount", "given_currency")
"""Extra columns of a written ledger after currency conversion or deflation: the original amount."""

GROUPINGS = (
    "district",
    "component",
    "funder",
    "year",
    "period",
    "poverty_class",
    "kind",
    "province",
    "project",
    "sector",
    "place",
)
"""Columns to group a ledger by."""

DISTRICT_GROUPINGS = ("district", "poverty_class", "province")
"""Groupings that exist only for money in districts."""
