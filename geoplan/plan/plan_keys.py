"""The keys of a plan file and their valid values; the JSON Schema for editors follows the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from geoplan.model.choices import LANGUAGES
from geoplan.model.errors import Problem, UsageError, show_value
from geoplan.model.money import is_currency
from geoplan.model.periods import read_periods
from geoplan.model.schema import TABLES
from geoplan.plan.classification_rules import RULE_KEYS
from geoplan.plan.rate_rules import OLD_RATES, YEARLY_RATES, RateRules
from geoplan.plan.travel_speeds import TRAVEL_KEYS
from geoplan.sources.origins import KINDS_OF_SOURCE, SOURCE_OPTIONS, VALUES
from geoplan.sources.tables.calendars import CALENDARS
from geoplan.sources.tables.dates import ORDERS
from geoplan.sources.tables.several_values import JOINT_COLUMNS, SPLIT_COLUMNS

PLAN_KEYS = ("title", "subtitle", "currency", "illustrative", "periods", "notes")
FILE_KEYS = (
    "file",
    "columns",
    "constant",
    "values",
    "layer",
    "sheet",
    "encoding",
    "crs",
    "where",
    "bbox",
    "header",
    "totals",
    "decimal",
    "thousands",
    "negative",
    "scientific",
    "shares",
    "calendar",
    "fiscal_year",
    "dates",
    "separator",
    "empty",
    "unit",
    "years",
)
"""Keys of a section that names a file; those after ``file`` are fields of `FileSpec`."""

EXTRA_KEYS = {
    "districts": ("attributes", "vintage", "water", "accepted_gaps"),
    "locations": ("review",),
    "spending": ("review",),
}
GAP_KEYS = ("water", "accepted_gaps")
"""Keys of a boundary layer that say which of its gaps are right."""

VINTAGE_KEYS = ("districts", "profile", "points")
DEFLATOR_KEYS = ("file", "sheet")
RATE_RULE_KEYS = tuple(rule.name for rule in fields(RateRules))
RATE_KEYS = (*DEFLATOR_KEYS, *RATE_RULE_KEYS)
SECTIONS = (
    "plan",
    *TABLES,
    "sources",
    "vintages",
    "rates",
    "deflators",
    "classification",
    "travel",
    "map",
    "translations",
)
"""Sections of a plan file."""

_TEXTS = ("encoding", "crs", "decimal", "thousands", "review", "vintage", "water")
"""Keys of a section whose value is a text."""


def key_tree() -> dict[str, tuple[str, ...]]:
    """Return the keys of every section except ``map``, which `map_context` reads."""
    options = [option for kind in KINDS_OF_SOURCE for option in SOURCE_OPTIONS[kind]]
    return {
        "plan": PLAN_KEYS,
        **{table: (*FILE_KEYS, *EXTRA_KEYS.get(table, ())) for table in TABLES},
        "sources": ("kind", "file", VALUES, *dict.fromkeys(options)),
        "vintages": VINTAGE_KEYS,
        "rates": RATE_KEYS,
        "deflators": DEFLATOR_KEYS,
        "classification": RULE_KEYS,
        "travel": TRAVEL_KEYS,
        "translations": LANGUAGES,
    }


def misshapen(settings: Mapping[str, Any], source: str) -> list[Problem]:
    """List the sections that are not tables (or, for sources and tables in parts, not a list of tables)."""
    problems = []
    for name, section in settings.items():
        if name == "sources":
            fine = isinstance(section, list) and all(isinstance(entry, dict) for entry in section)
            wanted = "[[sources]]"
        elif name in (*TABLES, "rates", "deflators") and isinstance(section, list):
            fine = bool(section) and all(isinstance(entry, dict) for entry in section)
            wanted = f"[{name}], or several times as [[{name}]]"
        else:
            fine, wanted = isinstance(section, dict) or name not in SECTIONS, f"[{name}]"
        if not fine:
            problems.append(Problem(source, f"{name} must be a section", way_out=f"write it as {wanted}"))
    return problems


def unknown_keys(section: Mapping[str, Any], known: tuple[str, ...], source: str, what: str) -> list[Problem]:
    """List the unknown keys of a section, each with a similar known key."""
    from rapidfuzz import process

    problems = []
    for key in section:
        if key not in known:
            close = process.extractOne(key, known, score_cutoff=60)
            guess = f"did you mean {show_value(close[0])}? " if close else ""
            problems.append(
                Problem(
                    source, f"unknown {what}", values=(key,), way_out=f"{guess}known are {', '.join(known)}"
                )
            )
    return problems


def wrong_about(about: Mapping[str, Any], source: str) -> list[Problem]:
    """List the errors in the section ``[plan]``."""
    problems = unknown_keys(about, PLAN_KEYS, source, "key in [plan]")
    problems += _no_texts(about, ("title", "subtitle", "currency", "illustrative"), "plan", source)
    currency = about.get("currency")
    if isinstance(currency, str) and not is_currency(currency):
        way_out = 'write the ISO 4217 code, such as currency = "EUR"'
        problems.append(Problem(source, "currency in [plan]", values=(currency,), way_out=way_out))
    return problems + _period_problems(about, source) + _note_problems(about, source)


def _period_problems(about: Mapping[str, Any], source: str) -> list[Problem]:
    periods = about.get("periods", [])
    way_out = 'write [plan] periods = ["2011-2015"]'
    if not isinstance(periods, list) or not all(isinstance(period, str) for period in periods):
        return [Problem(source, "periods in [plan] must be a list of strings", way_out=way_out)]
    try:
        read_periods(periods)
    except UsageError as error:
        return [Problem(source, f"periods in [plan]: {error}", way_out=way_out)]
    return []


def _note_problems(about: Mapping[str, Any], source: str) -> list[Problem]:
    notes = about.get("notes", [])
    if isinstance(notes, list) and all(isinstance(note, str) and "\0" not in note for note in notes):
        return []
    way_out = 'write [plan] notes = ["what every output must say"]'
    return [Problem(source, "notes in [plan] must be a list of strings", way_out=way_out)]


def wrong_translations(section: Mapping[str, Any], source: str) -> list[Problem]:
    """List the errors in the sections ``[translations.LANGUAGE]``."""
    problems = unknown_keys(section, LANGUAGES, source, "language in [translations]")
    for language, texts in section.items():
        where = f"[translations.{language}]"
        if not isinstance(texts, dict):
            message, values = f"translations.{language} must be a section", ()
        else:
            message, values = (
                f"{where} must give a text for each text",
                tuple(text for text, said in texts.items() if not isinstance(said, str) or not said),
            )
            if not values:
                continue
        way_out = f'write it as {where} with lines such as "very poor" = "…"'
        problems.append(Problem(source, message, values=values, way_out=way_out))
    return problems


def wrong_rate_rules(section: Mapping[str, Any], source: str) -> list[Problem]:
    """List the errors in the rules of the section ``[rates]``."""
    age = section.get("max_age_days", 1)
    checks = {
        "max_age_days": (type(age) is int and age > 0, "max_age_days = 366"),
        "old": (section.get("old", OLD_RATES[0]) in OLD_RATES, 'old = "refuse"'),
        "yearly": (section.get("yearly", YEARLY_RATES[0]) in YEARLY_RATES, 'yearly = "mean"'),
    }
    return [
        Problem(source, f"{key} in [rates]", values=(section[key],), way_out=f"write it like {example}")
        for key, (fine, example) in checks.items()
        if not fine
    ]


def wrong_types(section: Mapping[str, Any], name: str, source: str) -> list[Problem]:
    """List the keys with a value of the wrong type in a section that names a file."""
    tables = ("columns", "constant", "values")
    problems = [
        Problem(
            source,
            f"{key} in [{name}] must be a table",
            values=(section[key],),
            way_out=f"write it as [{name}.{key}]",
        )
        for key in tables
        if key in section and not isinstance(section[key], dict)
    ]
    problems += _no_texts(section, _TEXTS, name, source)
    if section.get("water") == "":
        problems.append(Problem(source, f"water in [{name}] is empty", way_out='write water = "lakes.gpkg"'))
    problems += wrong_parts(section, name, source)
    problems += _wrong_tables(section, name, source)
    problems += _wrong_choices(section, name, source)
    known = ("corrections", "refuse", "accept")
    if section.get("negative", "refuse") not in known:
        problems.append(
            Problem(
                source,
                f"negative in [{name}]",
                values=(section["negative"],),
                way_out=f"write one of {', '.join(known)}",
            )
        )
    return problems


def wrong_parts(section: Mapping[str, Any], name: str, source: str) -> list[Problem]:
    """List the keys that name a file, sheet or layer, or several, and have a value of the wrong type."""
    wrong = []
    for key in ("file", "sheet", "layer", "attributes"):
        given = section.get(key, "x")
        texts = given if isinstance(given, list) else [given]
        if not texts or not all(isinstance(text, str) and text and "\0" not in text for text in texts):
            wrong.append(key)
    return [
        Problem(
            source,
            f"{key} in [{name}] must be a string, or a list of strings",
            values=(section[key],),
            way_out=f'write it in quotation marks: {key} = "…", or {key} = ["…", "…"]',
        )
        for key in wrong
    ]


def _wrong_choices(section: Mapping[str, Any], name: str, source: str) -> list[Problem]:
    """Check the keys that choose rows and features of a file."""
    bbox = section.get("bbox", [0, 0, 0, 0])
    is_box = isinstance(bbox, list) and len(bbox) == 4 and all(isinstance(edge, int | float) for edge in bbox)
    checks = {
        "bbox": (is_box and bbox[0] <= bbox[2] and bbox[1] <= bbox[3], "bbox = [103.4, 17.8, 105.2, 19.0]"),
        "where": (isinstance(section.get("where", ""), str), "where = \"ADM1_PCODE = 'LA11'\""),
        "decimal": (section.get("decimal", ".") in (".", ","), 'decimal = ","'),
        "thousands": (section.get("thousands", "") in _THOUSANDS, 'thousands = "."'),
        "header": (type(section.get("header", 1)) is int and section.get("header", 1) > 0, "header = 4"),
        "totals": (
            section.get("totals", "refuse") in ("refuse", "leave out", "keep"),
            'totals = "leave out"',
        ),
        "shares": (section.get("shares", "rescale") == "rescale", 'shares = "rescale"'),
        "calendar": (section.get("calendar", "gregorian") in (*CALENDARS,), 'calendar = "buddhist"'),
        "fiscal_year": (section.get("fiscal_year", "first") in ("first", "last"), 'fiscal_year = "first"'),
        "dates": (section.get("dates", "day first") in (*ORDERS,), 'dates = "day first"'),
        "separator": (_are_separators(section.get("separator", {}), name), 'separator = { district = ";" }'),
        "scientific": (section.get("scientific", "exact") == "exact", 'scientific = "exact"'),
        "empty": (section.get("empty", "refuse") in ("refuse", "leave out"), 'empty = "leave out"'),
        "unit": (_is_unit(section.get("unit", 1), name), "unit = 1000000"),
        "accepted_gaps": (_are_places(section.get("accepted_gaps", [])), "accepted_gaps = [[104.2, 18.6]]"),
        "years": (_are_years(section.get("years", "{year}")), 'years = "{year}"'),
    }
    return [
        Problem(
            source,
            f"{key} in [{name}]",
            values=(section[key],),
            way_out=f"write it like {example}: {_MEANT[key]}",
        )
        for key, (fine, example) in checks.items()
        if not fine
    ]


def _are_separators(given: object, name: str) -> bool:
    """Return whether separator is a table of strings, or of lists of strings, by column."""
    known = {"locations": SPLIT_COLUMNS, "projects": JOINT_COLUMNS}
    if not isinstance(given, dict) or (given and name not in (*known, "spending")):
        return False
    lists = [marks if isinstance(marks, list) else [marks] for marks in given.values()]
    strings = all(isinstance(mark, str) and mark for marks in lists for mark in marks)
    columns = known.get(name, (*SPLIT_COLUMNS, *JOINT_COLUMNS))
    return all(column in columns for column in given) and all(lists) and strings


def _is_unit(given: object, name: str) -> bool:
    """Return whether unit is a multiplier, or percent in a section with shares."""
    return (type(given) is int and given > 0) or (given == "percent" and not name.endswith("spending"))


_THOUSANDS = ("", ".", ",", " ", "\u00a0", "\u202f", "'", "’")
_MEANT = {
    "bbox": "west, south, east, north in degrees",
    "where": "a condition as in SQL, in quotation marks",
    "decimal": "a point or a comma",
    "thousands": "a point, a comma, a space or an apostrophe",
    "header": "the row number of the header",
    "totals": "refuse (the default), leave out or keep rows that sum up others",
    "shares": "rescale shares that do not add up to 1",
    "calendar": f"one of {', '.join(CALENDARS)}",
    "fiscal_year": "the first or the last year of a fiscal year such as 2014/15",
    "dates": f"the order of day and month in dates: {' or '.join(ORDERS)}",
    "separator": f"in [locations] or a flat list in [spending], what separates several values in a cell of {', '.join(SPLIT_COLUMNS)}",
    "scientific": "numbers such as 9.27E+07 have all their digits",
    "empty": "refuse (as without it) or leave out districts whose shape is empty",
    "unit": "the multiplier of amounts, or percent for shares",
    "accepted_gaps": "longitude and latitude of a place in each gap that is right",
    "years": "headers of columns that stand for years, or a table of them",
}


def _are_places(given: object) -> bool:
    """Return whether a value is a list of pairs of longitude and latitude."""
    return isinstance(given, list) and all(
        isinstance(place, list)
        and len(place) == 2
        and all(type(number) in (int, float) for number in place)
        and abs(place[1]) <= 90
        for place in given
    )


def _are_years(given: object) -> bool:
    """Return whether years is a string, a list of strings, or a table of strings and tables."""
    if isinstance(given, dict):
        return bool(given) and all(isinstance(says, str | dict) for says in given.values())
    texts = given if isinstance(given, list) else [given]
    return bool(texts) and all(isinstance(text, str) and text for text in texts)


def _no_texts(section: Mapping[str, Any], keys: tuple[str, ...], name: str, source: str) -> list[Problem]:
    """List the keys whose value must be a string but is not."""
    return [
        Problem(
            source,
            f"{key} in [{name}] must be a string",
            values=(section[key],),
            way_out=f'write it in quotation marks: {key} = "…"',
        )
        for key in keys
        if key in section and (not isinstance(section[key], str) or "\0" in section[key])
    ]


def _wrong_tables(section: Mapping[str, Any], name: str, source: str) -> list[Problem]:
    """List the errors in the tables ``columns``, ``constant`` and ``values`` of a section."""
    wrong = []
    for key, kinds in (("columns", str), ("constant", str | int | float)):
        table = section.get(key)
        for column, value in table.items() if isinstance(table, dict) else ():
            # A constant may differ by sheet, layer or file.
            by_part = key == "constant" and isinstance(value, dict) and value
            wrong += [
                (key, column, value)
                for one in (value.values() if by_part else [value])
                if not isinstance(one, kinds)
            ][:1]
    values = section.get("values")
    for column, meanings in values.items() if isinstance(values, dict) else ():
        if not isinstance(meanings, dict):
            wrong.append(("values", column, meanings))
        else:
            wrong += [
                (f"values.{column}", word, ours)
                for word, ours in meanings.items()
                if not isinstance(ours, str)
            ]
    return [
        Problem(
            source,
            f"{show_value(column)} in [{name}.{key}] must be a {'table' if key == 'values' else 'text'}",
            values=(value,),
            way_out=f"see how [{name}.{key}] is written in docs/plan-file.md",
        )
        for key, column, value in wrong
    ]
