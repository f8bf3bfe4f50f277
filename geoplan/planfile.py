"""The plan file: ``geoplan.toml`` found, read, and turned into what files to read and how."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from geoplan.errors import InputError, Problem, UsageError, show_value
from geoplan.periods import read_periods
from geoplan.schema import TABLES
from geoplan.sources.origins import (
    KINDS_OF_SOURCE,
    SOURCE_OPTIONS,
    Origin,
    files_meant,
    option_faults,
)
from geoplan.sources.raw import FileSpec

PLAN_FILE = "geoplan.toml"
_PLAN_KEYS = ("title", "subtitle", "currency", "illustrative", "periods", "notes")
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
    "unit",
    "years",
)
"""Keys of a section that names a file; those after ``file`` are fields of `FileSpec`."""

_EXTRA_KEYS = {"districts": ("attributes", "vintage"), "locations": ("review",)}
_VINTAGE_KEYS = ("districts", "profile", "points")
_MONEY_KEYS = ("file",)
SECTIONS = ("plan", *TABLES, "sources", "vintages", "rates", "deflators", "map")
"""Sections of a plan file."""

SCHEMA_FILE = "plan.schema.json"
"""JSON Schema of the plan file, for editors; `geoplan init` puts a copy beside it."""


def schema_path() -> Path:
    """Return where the JSON Schema of the plan file lies."""
    return Path(__file__).resolve().parent / SCHEMA_FILE


def key_tree() -> dict[str, tuple[str, ...]]:
    """Return the keys of every section that this module reads, by section; ``map`` is read elsewhere."""
    options = [option for kind in KINDS_OF_SOURCE for option in SOURCE_OPTIONS[kind]]
    return {
        "plan": _PLAN_KEYS,
        **{table: (*FILE_KEYS, *_EXTRA_KEYS.get(table, ())) for table in TABLES},
        "sources": ("kind", "file", *dict.fromkeys(options)),
        "vintages": _VINTAGE_KEYS,
        "rates": _MONEY_KEYS,
        "deflators": _MONEY_KEYS,
    }


def bundled_plan() -> Path:
    """Return the ``geoplan.toml`` of the home case that comes with geoplan."""
    package = Path(__file__).resolve().parent
    for root in (package, package.parent):
        path = root / "data" / "bolikhamxay" / PLAN_FILE
        if path.is_file():
            return path
    raise UsageError("the bundled home case is not there; install geoplan again")


def find_plan(path: str | Path | None = None) -> Path:
    """Return the plan file meant by a folder or file; by nothing, the current folder's or the home case.

    Raises
    ------
    UsageError
        There is no plan at ``path``.
    """
    if path is None:
        here = Path(PLAN_FILE)
        return here if here.is_file() else bundled_plan()
    path = Path(path)
    found = path / PLAN_FILE if path.is_dir() else path
    if not found.is_file():
        raise UsageError(
            f"there is no plan at {show_value(path)}: give a folder with {PLAN_FILE}, or make one with geoplan init"
        )
    if found.suffix != ".toml":
        raise UsageError(
            f"{show_value(path)} is no plan: give a folder or its {PLAN_FILE}; single tables go after --districts, …"
        )
    return found


def read_settings(path: Path) -> dict[str, Any]:
    """Read a plan file as TOML, or raise `InputError` with the line that is not."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            Problem(
                path.name,
                f"is not valid TOML: {error}",
                way_out="look at that line; text goes in quotation marks",
            )
        ) from None
    except UnicodeDecodeError:
        raise InputError(Problem(path.name, "the text is not UTF-8", way_out="save it as UTF-8")) from None
    except OSError as error:
        raise InputError(
            Problem(path.name, f"can not be read ({error.strerror})", way_out="check your rights")
        ) from None


def read_specs(settings: dict[str, Any], toml: Path) -> tuple[dict[str, FileSpec], list[Problem]]:
    """Turn the sections of a plan file into file specifications, listing every unknown key."""
    problems = unknown_keys(settings, SECTIONS, toml.name, "section")
    misshapen = _misshapen(settings, toml)
    if misshapen:
        return {}, problems + misshapen
    problems += _vintage_problems(settings, toml)
    for name in ("rates", "deflators"):
        section = settings.get(name)
        if section is not None:
            problems += unknown_keys(section, _MONEY_KEYS, toml.name, f"key in [{name}]")
            if not isinstance(section.get("file"), str):
                advice = f'add file = "{name}.csv"'
                problems.append(Problem(toml.name, f"[{name}] names no file", way_out=advice))
    problems += unknown_keys(settings.get("plan", {}), _PLAN_KEYS, toml.name, "key in [plan]")
    problems += _period_problems(settings.get("plan", {}), toml)
    problems += _note_problems(settings.get("plan", {}), toml)
    specs = {}
    for name in TABLES:
        section = settings.get(name)
        if section is None:
            if name == "districts" or (name in ("locations", "spending") and "sources" not in settings):
                problems.append(
                    Problem(
                        toml.name,
                        f"section [{name}] is missing",
                        way_out=f'add [{name}] with file = "{name}.csv"'
                        + (", or [[sources]]" if name != "districts" else ""),
                    )
                )
            continue
        known = FILE_KEYS + _EXTRA_KEYS.get(name, ())
        problems += unknown_keys(section, known, toml.name, f"key in [{name}]")
        problems += _wrong_types(section, name, toml.name)
        if isinstance(section.get("file"), str):
            specs[name] = _spec(section, toml)
        else:
            problems.append(Problem(toml.name, f"[{name}] names no file", way_out=f'add file = "{name}.csv"'))
    currency = settings.get("plan", {}).get("currency")
    if currency is not None and "spending" in specs:
        specs["spending"] = replace(specs["spending"], currency=str(currency))
    return specs, problems


def _note_problems(about: Mapping[str, Any], toml: Path) -> list[Problem]:
    notes = about.get("notes", [])
    if isinstance(notes, list) and all(isinstance(note, str) for note in notes):
        return []
    way_out = 'write [plan] notes = ["what every output must say"]'
    return [Problem(toml.name, "notes in [plan] must be a list of texts", way_out=way_out)]


def _misshapen(settings: Mapping[str, Any], toml: Path) -> list[Problem]:
    """List the sections that are no tables, or, for sources, no list of tables."""
    problems = []
    for name, section in settings.items():
        if name == "sources":
            fine = isinstance(section, list) and all(isinstance(entry, dict) for entry in section)
            wanted = "[[sources]]"
        else:
            fine, wanted = isinstance(section, dict) or name not in SECTIONS, f"[{name}]"
        if not fine:
            problems.append(Problem(toml.name, f"{name} must be a section", way_out=f"write it as {wanted}"))
    return problems


def read_origins(settings: Mapping[str, Any], toml: Path) -> tuple[list[Origin], list[Problem]]:
    """Turn the sections ``[[sources]]`` into sources of several tables, in order of precedence."""
    origins: list[Origin] = []
    problems: list[Problem] = []
    for number, section in enumerate(settings.get("sources", []), start=1):
        where = f"[[sources]] number {number}"
        kind, files = section.get("kind"), section.get("file")
        if kind not in KINDS_OF_SOURCE:
            advice = f"write kind = one of {', '.join(KINDS_OF_SOURCE)}"
            problems.append(
                Problem(
                    toml.name,
                    f"{where} names no kind geoplan knows",
                    "kind",
                    values=() if kind is None else (kind,),
                    way_out=advice,
                )
            )
            continue
        problems += unknown_keys(
            section, ("kind", "file", *SOURCE_OPTIONS[kind]), toml.name, f"key in {where}"
        )
        options = {name: value for name, value in section.items() if name in SOURCE_OPTIONS[kind]}
        problems += [Problem(toml.name, f"{where}: {fault}") for fault in option_faults(kind, options)]
        files = [files] if isinstance(files, str) else files
        if not isinstance(files, list) or not files or not all(isinstance(file, str) for file in files):
            problems.append(
                Problem(toml.name, f"{where} names no file", way_out='add file = "…", or a list of them')
            )
            continue
        try:
            found = [meant for file in files for meant in files_meant(kind, toml.parent / file)]
        except UsageError as error:
            problems += [Problem(toml.name, f"{where}: {fault}") for fault in error.problems]
            continue
        origins += [Origin(kind, path, options) for path in found]
    return origins, problems


def _period_problems(about: Mapping[str, Any], toml: Path) -> list[Problem]:
    periods = about.get("periods", [])
    way_out = 'write [plan] periods = ["2011-2015"]'
    if not isinstance(periods, list) or not all(isinstance(period, str) for period in periods):
        return [Problem(toml.name, "periods in [plan] must be a list of texts", way_out=way_out)]
    try:
        read_periods(periods)
    except UsageError as error:
        return [Problem(toml.name, f"periods in [plan]: {error}", way_out=way_out)]
    return []


def unknown_keys(section: Mapping[str, Any], known: tuple[str, ...], source: str, what: str) -> list[Problem]:
    """List the keys of a section that mean nothing, each with the one that may have been meant."""
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


def _wrong_types(section: Mapping[str, Any], name: str, source: str) -> list[Problem]:
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


def _wrong_choices(section: Mapping[str, Any], name: str, source: str) -> list[Problem]:
    """Check what chooses rows and features of a file."""
    bbox = section.get("bbox", [0, 0, 0, 0])
    is_box = isinstance(bbox, list) and len(bbox) == 4 and all(isinstance(edge, int | float) for edge in bbox)
    checks = {
        "bbox": (is_box and bbox[0] <= bbox[2] and bbox[1] <= bbox[3], "bbox = [103.4, 17.8, 105.2, 19.0]"),
        "where": (isinstance(section.get("where", ""), str), "where = \"ADM1_PCODE = 'LA11'\""),
        "header": (type(section.get("header", 1)) is int and section.get("header", 1) > 0, "header = 4"),
        "totals": (section.get("totals", "refuse") in ("refuse", "leave out"), 'totals = "leave out"'),
        "unit": (type(section.get("unit", 1)) is int and section.get("unit", 1) > 0, "unit = 1000000"),
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


_MEANT = {
    "bbox": "west, south, east, north in degrees",
    "where": "a condition as in SQL, in quotation marks",
    "header": "the row number of the header",
    "totals": "refuse (as without it) or leave out rows that sum up others",
    "unit": "how many units of its currency one in an amount stands for",
    "years": "headers of columns that stand for years, or a table of them",
}


def _are_years(given: object) -> bool:
    """Tell whether years is a text, a list of texts, or a table of texts and tables."""
    if isinstance(given, dict):
        return bool(given) and all(isinstance(says, str | dict) for says in given.values())
    texts = given if isinstance(given, list) else [given]
    return bool(texts) and all(isinstance(text, str) for text in texts)


def beside(toml: Path, name: str | None) -> Path | None:
    """Return a path named in a plan file, seen from the folder of that file."""
    return None if name is None else toml.parent / name


def _vintage_problems(settings: Mapping[str, Any], toml: Path) -> list[Problem]:
    """Check the sections ``[vintages.NAME.districts]``, ``…profile`` and ``…points``."""
    problems = []
    for name, vintage in settings.get("vintages", {}).items():
        where = f"[vintages.{name}]"
        sections = vintage if isinstance(vintage, dict) else {}
        problems += unknown_keys(sections, _VINTAGE_KEYS, toml.name, f"section of {where}")
        if "districts" not in sections:
            advice = f'add [vintages.{name}.districts] with file = "…"'
            problems.append(Problem(toml.name, f"{where} names no districts", way_out=advice))
        for key, section in sections.items():
            if not isinstance(section, dict) or not isinstance(section.get("file"), str):
                problems.append(
                    Problem(toml.name, f"[vintages.{name}.{key}] names no file", way_out='add file = "…"')
                )
            else:
                problems += unknown_keys(section, FILE_KEYS, toml.name, f"key in [vintages.{name}.{key}]")
    return problems


def read_vintages(settings: Mapping[str, Any], toml: Path) -> dict[str, dict[str, FileSpec]]:
    """Return the files of each other vintage: its districts, profile and points."""
    return {
        name: {key: _spec(section, toml) for key, section in vintage.items()}
        for name, vintage in settings.get("vintages", {}).items()
    }


def _spec(section: Mapping[str, Any], toml: Path) -> FileSpec:
    options = {key: section[key] for key in FILE_KEYS[1:] if key in section}
    file = str(section["file"])
    path = Path(file) if file.startswith("postgresql:") else toml.parent / file
    return FileSpec(path, **options)
