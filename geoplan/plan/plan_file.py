"""The plan file: finds and reads ``geoplan.toml``, and lists the files to read and their settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from geoplan.model.errors import InputError, Problem, UsageError, raise_if, show_value
from geoplan.model.schema import TABLES
from geoplan.model.watched_inputs import watch
from geoplan.plan.plan_keys import (
    DEFLATOR_KEYS,
    EXTRA_KEYS,
    FILE_KEYS,
    GAP_KEYS,
    RATE_KEYS,
    SECTIONS,
    VINTAGE_KEYS,
    misshapen,
    unknown_keys,
    wrong_about,
    wrong_rate_rules,
    wrong_translations,
    wrong_types,
)
from geoplan.sources.origins import (
    KINDS_OF_SOURCE,
    SOURCE_OPTIONS,
    Origin,
    files_meant,
    option_faults,
)
from geoplan.sources.raw_table import FileSpec

PLAN_FILE = "geoplan.toml"
SCHEMA_FILE = "plan.schema.json"
"""JSON Schema of the plan file, for editors; `geoplan init` puts a copy beside it."""


def schema_path() -> Path:
    """Return the path of the JSON Schema of the plan file."""
    return Path(__file__).resolve().parent / SCHEMA_FILE


def bundled_plan() -> Path:
    """Return the path of the ``geoplan.toml`` of the home case, which is part of geoplan."""
    package = Path(__file__).resolve().parents[1]
    for root in (package, package.parent):
        path = root / "data" / "bolikhamxay" / PLAN_FILE
        if path.is_file():
            return path
    raise UsageError("the bundled home case is missing: install geoplan again")


def find_plan(path: str | Path | None = None) -> Path:
    """Return the plan file of a path; by default the one in the current folder, else the home case.

    Raises
    ------
    UsageError
        No plan exists at ``path``.
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
        raise UsageError(f"{show_value(path)} is not a plan: give a folder or its {PLAN_FILE}")
    return found


def read_settings(path: Path) -> dict[str, Any]:
    """Read a plan file as TOML, or raise `InputError` with the invalid line."""
    watch(path)
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
            Problem(path.name, f"cannot be read ({error.strerror})", way_out="check your rights")
        ) from None


def read_specs(settings: dict[str, Any], toml: Path) -> tuple[dict[str, FileSpec], list[Problem]]:
    """Turn the sections of a plan file into file specifications, and list all unknown keys."""
    problems = unknown_keys(settings, SECTIONS, toml.name, "section")
    crooked = misshapen(settings, toml.name)
    if crooked:
        return {}, problems + crooked
    problems += _vintage_problems(settings, toml)
    for name, keys in (("rates", RATE_KEYS), ("deflators", DEFLATOR_KEYS)):
        section = settings.get(name)
        if section is not None:
            problems += unknown_keys(section, keys, toml.name, f"key in [{name}]")
            problems += wrong_rate_rules(section, toml.name) if name == "rates" else []
            if not isinstance(section.get("file"), str) or not section["file"]:
                advice = f'add file = "{name}.csv"'
                problems.append(Problem(toml.name, f"[{name}] has no file", way_out=advice))
    problems += wrong_about(settings.get("plan", {}), toml.name)
    problems += wrong_translations(settings.get("translations", {}), toml.name)
    specs = {}
    for name in TABLES:
        section = settings.get(name)
        if section is None:
            if name == "districts" or (name == "spending" and "sources" not in settings):
                problems.append(
                    Problem(
                        toml.name,
                        f"section [{name}] is missing",
                        way_out=f'add [{name}] with file = "{name}.csv"'
                        + (", or [[sources]]" if name != "districts" else ""),
                    )
                )
            continue
        known = FILE_KEYS + EXTRA_KEYS.get(name, ())
        problems += unknown_keys(section, known, toml.name, f"key in [{name}]")
        problems += wrong_types(section, name, toml.name)
        if section.get("file") and isinstance(section["file"], str):
            specs[name] = _spec(section, toml)
        else:
            problems.append(Problem(toml.name, f"[{name}] has no file", way_out=f'add file = "{name}.csv"'))
    currency = settings.get("plan", {}).get("currency")
    if currency is not None and "spending" in specs:
        specs["spending"] = replace(specs["spending"], currency=str(currency))
    return specs, problems


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
                Problem(toml.name, f"{where} has no file", way_out='add file = "…", or a list of them')
            )
            continue
        try:
            found = [meant for file in files for meant in files_meant(kind, toml.parent / file)]
        except UsageError as error:
            problems += [Problem(toml.name, f"{where}: {fault}") for fault in error.problems]
            continue
        origins += [Origin(kind, path, options) for path in found]
    return origins, problems


def beside(toml: Path, name: str | None) -> Path | None:
    """Resolve a path in a plan file, which is relative to the folder of that file."""
    return None if name is None else toml.parent / name


def _vintage_problems(settings: Mapping[str, Any], toml: Path) -> list[Problem]:
    """Check the sections ``[vintages.NAME.districts]``, ``…profile`` and ``…points``."""
    problems = []
    for name, vintage in settings.get("vintages", {}).items():
        where = f"[vintages.{name}]"
        sections = vintage if isinstance(vintage, dict) else {}
        problems += unknown_keys(sections, VINTAGE_KEYS, toml.name, f"section of {where}")
        if "districts" not in sections:
            advice = f'add [vintages.{name}.districts] with file = "…"'
            problems.append(Problem(toml.name, f"{where} names no districts", way_out=advice))
        for key, section in sections.items():
            if not isinstance(section, dict) or not isinstance(section.get("file"), str):
                problems.append(
                    Problem(toml.name, f"[vintages.{name}.{key}] has no file", way_out='add file = "…"')
                )
            else:
                where = f"vintages.{name}.{key}"
                known = (*FILE_KEYS, *GAP_KEYS) if key == "districts" else FILE_KEYS
                problems += unknown_keys(section, known, toml.name, f"key in [{where}]")
                problems += wrong_types(section, where, toml.name)
    return problems


def read_district_specs(settings: Mapping[str, Any], toml: Path) -> dict[str, FileSpec]:
    """Return the boundary layer of each vintage of a plan, its own first (under "" if it has no name).

    Raises
    ------
    InputError
        With every problem of the plan file.
    """
    specs, problems = read_specs(dict(settings), toml)
    raise_if(problems)
    own = str(settings["districts"].get("vintage", ""))
    others = {name: vintage["districts"] for name, vintage in read_vintages(settings, toml).items()}
    return {own: specs["districts"], **{name: spec for name, spec in others.items() if name != own}}


def read_vintages(settings: Mapping[str, Any], toml: Path) -> dict[str, dict[str, FileSpec]]:
    """Return the files of each other vintage: its districts, profile and points."""
    return {
        name: {key: _spec(section, toml) for key, section in vintage.items()}
        for name, vintage in settings.get("vintages", {}).items()
    }


def _spec(section: Mapping[str, Any], toml: Path) -> FileSpec:
    options = {key: section[key] for key in (*FILE_KEYS[1:], "accepted_gaps") if key in section}
    if section.get("water"):
        options["water"] = toml.parent / str(section["water"])
    file = str(section["file"])
    path = Path(file) if file.startswith("postgresql:") else toml.parent / file
    return FileSpec(path, **options)
