"""The plan file: finds and reads ``geoplan.toml``, and lists the files to read and their settings."""

from __future__ import annotations

import glob
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, overload

from geoplan.model.errors import InputError, Problem, UsageError, raise_if, show_value
from geoplan.model.schema import TABLES
from geoplan.model.watched_inputs import watch
from geoplan.plan.classification_rules import read_classification
from geoplan.plan.plan_keys import (
    DEFLATOR_KEYS,
    EXTRA_KEYS,
    FILE_KEYS,
    GAP_KEYS,
    RATE_RULE_KEYS,
    SECTIONS,
    VINTAGE_KEYS,
    misshapen,
    unknown_keys,
    wrong_about,
    wrong_parts,
    wrong_rate_rules,
    wrong_translations,
    wrong_types,
)
from geoplan.plan.rate_rules import RateRules
from geoplan.plan.travel_speeds import read_travel
from geoplan.sources.origins import (
    KINDS_OF_SOURCE,
    NOT_OF_SOURCES,
    SOURCE_OPTIONS,
    VALUES,
    Origin,
    files_meant,
    option_faults,
    value_faults,
)
from geoplan.sources.raw_table import FileSpec, change_parts

_WINDOWS_PATH = re.compile(r'"[^"]*\\[^"\\]')
_PATHS = (
    "write paths with / such as \"C:/data/plan.xlsx\", or in single quotation marks: 'C:\\data\\plan.xlsx'"
)
_PATH_KEYS = ("file", "attributes", "review", "water", "neighbours", "context")

PLAN_FILE = "geoplan.toml"
SCHEMA_FILE = "plan.schema.json"
"""JSON Schema of the plan file, for editors; `geoplan init` puts a copy beside it."""


def schema_path() -> Path:
    """Return the path of the JSON Schema of the plan file."""
    return Path(__file__).resolve().parent / SCHEMA_FILE


def find_bundled_plan() -> Path:
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
        return here if here.is_file() else find_bundled_plan()
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
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        settings = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = text.splitlines()[int(found[1]) - 1 :][:1] if found else []
        is_path = any(_WINDOWS_PATH.search(given) for given in line)
        way_out = _PATHS if is_path else "look at that line; text goes in quotation marks"
        raise InputError(Problem(path.name, f"is not valid TOML: {error}", way_out=way_out)) from None
    except UnicodeDecodeError:
        raise InputError(Problem(path.name, "the text is not UTF-8", way_out="save it as UTF-8")) from None
    except RecursionError:
        advice = "write lists and tables as docs/plan-file.md shows them"
        raise InputError(
            Problem(path.name, "its lists or tables are nested too deeply", way_out=advice)
        ) from None
    except OSError as error:
        raise InputError(
            Problem(path.name, f"cannot be read ({error.strerror})", way_out="check your rights")
        ) from None
    raise_if(_control_characters(settings, path.name))
    return settings


def _control_characters(settings: object, source: str, key: str = "") -> list[Problem]:
    r"""List the paths with control characters, which ``"\new"`` and ``"\table"`` in a plan file become."""
    if isinstance(settings, dict):
        return [
            problem
            for name, value in settings.items()
            for problem in _control_characters(value, source, str(name))
        ]
    if isinstance(settings, list):
        return [problem for value in settings for problem in _control_characters(value, source, key)]
    if key not in _PATH_KEYS or not isinstance(settings, str) or all(char >= " " for char in settings):
        return []
    message = f"{key} has control characters, because \\ and a letter stand for one in double quotation marks"
    return [Problem(source, message, values=(settings,), way_out=_PATHS)]


def read_specs(
    settings: dict[str, Any], toml: Path, *, needs_money: bool = True
) -> tuple[dict[str, FileSpec], list[Problem]]:
    """Turn the sections of a plan file into file specifications, and list all unknown keys.

    With ``needs_money=False``, a plan that so far has only districts is complete.
    """
    problems = unknown_keys(settings, SECTIONS, toml.name, "section")
    crooked = misshapen(settings, toml.name)
    if crooked:
        return {}, problems + crooked
    problems += _vintage_problems(settings, toml)
    problems += _rate_problems(settings, "rates", RATE_RULE_KEYS, toml)
    problems += _rate_problems(settings, "deflators", (), toml)
    problems += wrong_about(settings.get("plan", {}), toml.name)
    problems += wrong_translations(settings.get("translations", {}), toml.name)
    problems += read_classification(settings.get("classification"), toml.name)[1]
    problems += read_travel(settings.get("travel"), toml.name)[1]
    specs = {}
    for name in TABLES:
        sections = sections_of(settings, name)
        if not sections:
            no_money = name == "spending" and not {"sources", "locations"} & settings.keys()
            if name == "districts" or (needs_money and no_money):
                problems.append(
                    Problem(
                        toml.name,
                        f"section [{name}] is missing",
                        way_out=f'add [{name}] with file = "{name}.csv"'
                        + (
                            ", or [[sources]], or [locations] for a plan without money"
                            if name != "districts"
                            else ""
                        ),
                    )
                )
            continue
        found = [
            _numbered(problem, name, number, len(sections))
            for number, section in enumerate(sections, start=1)
            for problem in _section_problems(section, name, toml)
        ]
        found += _unlike_keys(sections, name, EXTRA_KEYS.get(name, ()), toml)
        problems += found
        if not found:
            specs[name] = _spec(sections, toml)
    currency = settings.get("plan", {}).get("currency")
    if currency is not None and "spending" in specs:
        specs["spending"] = change_parts(
            specs["spending"], lambda spec: replace(spec, currency=str(currency))
        )
    return specs, problems


def sections_of(settings: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the sections of a table: none, one, or several that are written as ``[[name]]``."""
    section = settings.get(name)
    return section if isinstance(section, list) else [] if section is None else [section]


def table_key(settings: Mapping[str, Any], name: str, key: str) -> Any:
    """Return a key that a table has once, however many sections it has; None if none gives it."""
    return next((section[key] for section in sections_of(settings, name) if key in section), None)


def _section_problems(section: Mapping[str, Any], name: str, toml: Path) -> list[Problem]:
    known = FILE_KEYS + EXTRA_KEYS.get(name, ())
    problems = unknown_keys(section, known, toml.name, f"key in [{name}]")
    problems += wrong_types(section, name, toml.name)
    if not section.get("file"):
        problems.append(Problem(toml.name, f"[{name}] has no file", way_out=f'add file = "{name}.csv"'))
    return problems


def _rate_problems(
    settings: Mapping[str, Any], name: str, rules: tuple[str, ...], toml: Path
) -> list[Problem]:
    """List the errors in the sections of exchange rates or deflators, whose rules are the same in all sections."""
    sections = sections_of(settings, name)
    problems = _unlike_keys(sections, name, rules, toml)
    for number, section in enumerate(sections, start=1):
        found = unknown_keys(section, (*DEFLATOR_KEYS, *rules), toml.name, f"key in [{name}]")
        found += wrong_rate_rules(section, toml.name) if name == "rates" else []
        found += wrong_parts(section, name, toml.name)
        if not section.get("file"):
            found.append(Problem(toml.name, f"[{name}] has no file", way_out=f'add file = "{name}.csv"'))
        problems += [_numbered(problem, name, number, len(sections)) for problem in found]
    return problems


def _numbered(problem: Problem, name: str, number: int, count: int) -> Problem:
    """Name the section of a problem if a table has several."""
    if count == 1:
        return problem
    return replace(problem, message=f"[[{name}]] number {number}: {problem.message}")


def _unlike_keys(
    sections: Sequence[Mapping[str, Any]], name: str, keys: Sequence[str], toml: Path
) -> list[Problem]:
    """List the keys that a table has once but its sections give differently."""
    problems = []
    for key in keys:
        values = list(dict.fromkeys(str(section[key]) for section in sections if key in section))
        if len(values) > 1:
            message = f"the sections [[{name}]] give different values for {key}"
            problems.append(
                Problem(toml.name, message, key, values=tuple(values), way_out="write it in one of them")
            )
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
        known = {"kind", "file", VALUES, *SOURCE_OPTIONS[kind]}
        elsewhere = {*NOT_OF_SOURCES, *(name for options in SOURCE_OPTIONS.values() for name in options)}
        strange = {name: value for name, value in section.items() if name not in known | elsewhere}
        problems += unknown_keys(
            strange, ("kind", "file", VALUES, *SOURCE_OPTIONS[kind]), toml.name, f"key in {where}"
        )
        options = {name: value for name, value in section.items() if name in elsewhere}
        values = section.get(VALUES, {})
        faults = [*option_faults(kind, options), *value_faults(values)]
        problems += [Problem(toml.name, f"{where}: {fault}") for fault in faults]
        files = [files] if isinstance(files, str) else files
        if not isinstance(files, list) or not files or not all(isinstance(file, str) for file in files):
            problems.append(
                Problem(toml.name, f"{where} has no file", way_out='add file = "…", or a list of them')
            )
            continue
        try:
            found = [meant for file in files for meant in files_meant(kind, beside(toml, file))]
        except UsageError as error:
            problems += [Problem(toml.name, f"{where}: {fault}") for fault in error.problems]
            continue
        origins += [Origin(kind, path, options, values) for path in found]
    return origins, problems


@overload
def beside(toml: Path, name: str) -> Path: ...


@overload
def beside(toml: Path, name: None) -> None: ...


def beside(toml: Path, name: str | None) -> Path | None:
    r"""Resolve a path in a plan file, which is relative to the folder of that file.

    ``\`` separates folders on every system if the path with ``/`` exists, or with ``*`` means some file.
    """
    if name is None:
        return None
    path = toml.parent / name
    if "\\" not in name or path.exists():
        return path
    slashed = toml.parent / name.replace("\\", "/")
    is_there = slashed.exists() or bool(glob.glob(str(slashed)))  # noqa: PTH207 - the pattern may be absolute
    return slashed if is_there else path


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
            if not isinstance(section, dict) or not section.get("file"):
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
    specs, problems = read_specs(dict(settings), toml, needs_money=False)
    raise_if(problems)
    own = str(table_key(settings, "districts", "vintage") or "")
    others = {name: vintage["districts"] for name, vintage in read_vintages(settings, toml).items()}
    return {own: specs["districts"], **{name: spec for name, spec in others.items() if name != own}}


def read_more_specs(settings: Mapping[str, Any], toml: Path) -> dict[str, FileSpec]:
    """Return the files of exchange rates, of deflators, and of the attributes of districts."""
    sections = {name: sections_of(settings, name) for name in ("rates", "deflators") if name in settings}
    attributes = table_key(settings, "districts", "attributes")
    if attributes is not None:
        sections["attributes"] = [{"file": attributes}]
    return {name: _spec(given, toml) for name, given in sections.items()}


def read_rate_rules(settings: Mapping[str, Any]) -> RateRules:
    """Return the rules for exchange rates, from whichever section of them states each."""
    given = {key: table_key(settings, "rates", key) for key in RATE_RULE_KEYS}
    return RateRules(**{key: value for key, value in given.items() if value is not None})


def read_vintages(settings: Mapping[str, Any], toml: Path) -> dict[str, dict[str, FileSpec]]:
    """Return the files of each other vintage: its districts, profile and points."""
    return {
        name: {key: _spec([section], toml) for key, section in vintage.items()}
        for name, vintage in settings.get("vintages", {}).items()
    }


def _spec(sections: Sequence[Mapping[str, Any]], toml: Path) -> FileSpec:
    """Make the specification of a table; one in several files, sheets or layers has parts in a fixed order."""
    parts = [part for section in sections for part in _parts(section, toml)]
    if len(parts) == 1:
        return parts[0]
    parts.sort(key=lambda part: (part.path.as_posix(), part.sheet or "", part.layer or "", repr(part)))
    # What holds for the whole table is said once, whichever section says it.
    whole = {key: value for section in reversed(sections) for key, value in _options(section, toml).items()}
    shared = whole if len(sections) == 1 else {key: whole[key] for key in GAP_KEYS if key in whole}
    return FileSpec(parts[0].path, **shared, parts=tuple(parts))


def _parts(section: Mapping[str, Any], toml: Path) -> Iterator[FileSpec]:
    """Yield one specification for each file, sheet and layer that a section names."""
    options = _options(section, toml)
    for file in _as_list(section["file"]):
        path = Path(file) if file.startswith("postgresql:") else beside(toml, file)
        for sheet in _as_list(section.get("sheet")):
            for layer in _as_list(section.get("layer")):
                yield FileSpec(path, **options, sheet=sheet, layer=layer)


def _options(section: Mapping[str, Any], toml: Path) -> dict[str, Any]:
    """Return the keys of a section other than its files, sheets and layers, as fields of `FileSpec`."""
    named = ("file", "sheet", "layer")
    options = {
        key: section[key] for key in (*FILE_KEYS, "accepted_gaps") if key in section and key not in named
    }
    return options | ({"water": beside(toml, str(section["water"]))} if section.get("water") else {})


def _as_list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]
