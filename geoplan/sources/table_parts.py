"""Table parts: several files, sheets or layers, read as one table.

How this works: `list_parts` turns a specification into one for each file, sheet and layer. Patterns are expanded, and
constants that differ by part get their value. `read_parts` reads each part for itself, so that marks, totals and
messages belong to one file, and puts the rows together. Parts have a fixed order, however they were listed.
"""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, list_first, show_value
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, Table
from geoplan.model.watched_inputs import parts_of
from geoplan.sources.conform import Conformed
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.reading_account import ReadingAccount

ALL = "*"
"""Value of ``sheet`` or ``layer`` for all of them."""


def _identity(part: FileSpec) -> str:
    """Return what tells a part apart; a link counts as the file that it leads to, and one in a circle as itself."""
    return repr(replace(part, path=Path(os.path.realpath(part.path))))


def list_parts(spec: FileSpec) -> list[FileSpec]:
    """Return a specification for each file, sheet and layer of a table; one for a table in one part.

    Raises
    ------
    InputError
        A pattern matches no file, a part is named twice, or a constant does not fit the parts.
    """
    given = [replace(part, area=spec.area, level=spec.level, dated=spec.dated) for part in spec.parts] or [
        spec
    ]
    parts = [part for one in given for file in _files_of(one) for part in _layers_of(file)]
    counts = Counter(_identity(part) for part in parts)
    # Two columns of amounts of a flat list have the same places, which are merged; its amounts are checked alone.
    if len(counts) < len(parts) and not given[0].own_places:
        twice = [part for part in parts if counts[_identity(part)] > 1]
        raise InputError([*dict.fromkeys(_named_twice(part) for part in twice)])
    problems: list[Problem] = []
    used: set[tuple[str, str | None]] = set()
    for part in parts:
        for column, value in part.constant.items():
            if isinstance(value, Mapping):
                key = _key_of(part, value)
                used.add((column, key))
                problems += [] if key is not None else [_no_constant(part, column, value)]
    for column, value in given[0].constant.items():
        keys = value if isinstance(value, Mapping) else ()
        unused = tuple(key for key in keys if (column, key) not in used)
        problems += [_unused_constant(given[0], column, unused)] if unused else []
    if problems:
        raise InputError(problems)
    return [replace(part, constant=_own_constants(part)) for part in parts]


def is_in_parts(spec: FileSpec) -> bool:
    """Return whether a table is in several parts, or may be by a pattern."""
    by_part = any(isinstance(value, Mapping) for value in spec.constant.values())
    is_one = not spec.parts and ALL not in (spec.sheet, spec.layer) and not by_part
    return not is_one or list_files_of(spec) != [spec.path]


def list_files_of(spec: FileSpec) -> list[Path]:
    """Return the files of a table, each once."""
    return list(dict.fromkeys(part.path for one in spec.parts or (spec,) for part in _files_of(one)))


def _files_of(spec: FileSpec) -> list[FileSpec]:
    """Expand a path with ``*``; any other path stands for itself."""
    if spec.path.exists() or not glob.has_magic(str(spec.path)) or str(spec.path).startswith("postgresql:"):
        return [spec]
    found = sorted(Path(name) for name in glob.glob(str(spec.path)))  # noqa: PTH207 - may be absolute
    if not found:
        way_out = "check the folder and the pattern; paths are relative to the plan file"
        raise InputError(Problem(spec.path.name, "no file matches this pattern", way_out=way_out))
    return [replace(spec, path=path) for path in _without_parts(found)]


def _without_parts(found: list[Path]) -> list[Path]:
    """Return files without those that belong to a Shapefile among them, such as its .dbf."""
    beside = {
        part for path in found if path.suffix.lower() == ".shp" for part in parts_of(path) if part != path
    }
    indices = (".sbn", ".sbx", ".qix", ".shp.xml", ".aux.xml")
    return [path for path in found if path not in beside and not path.name.lower().endswith(indices)]


def _layers_of(spec: FileSpec) -> list[FileSpec]:
    """Expand ``*`` to the layers with features, or to the sheets with records."""
    asked = [key for key in ("sheet", "layer") if getattr(spec, key) == ALL]
    if not asked:
        return [spec]
    from geoplan.sources.layer_list import list_layers

    listed = list_layers(spec.path)
    filled = listed.loc[listed["features"] > 0, "layer"]
    return [_asked(spec, asked, str(name)) for name in sorted(filled)] or [_asked(spec, asked, None)]


def _asked(spec: FileSpec, asked: list[str], name: str | None) -> FileSpec:
    """Return the file with one name for its sheet, its layer, or both."""
    return replace(
        spec,
        sheet=name if "sheet" in asked else spec.sheet,
        layer=name if "layer" in asked else spec.layer,
    )


def _key_of(part: FileSpec, values: Mapping[str, Any]) -> str | None:
    """Return the key of a constant that stands for a part: its sheet, layer or file."""
    names = (part.sheet, part.layer, part.path.name, part.path.stem)
    return next((name for name in names if name is not None and name in values), None)


def _own_constants(part: FileSpec) -> dict[str, Any]:
    return {
        column: value[_key_of(part, value)] if isinstance(value, Mapping) else value
        for column, value in part.constant.items()
    }


def _named_twice(part: FileSpec) -> Problem:
    chosen = part.sheet or part.layer
    return Problem(
        part.path.name,
        "is named twice, so its rows would count twice",
        values=() if chosen is None else (chosen,),
        way_out="name each file, sheet and layer once; a pattern with * includes files that are listed too",
    )


def _no_constant(part: FileSpec, column: str, values: Mapping[str, Any]) -> Problem:
    name = part.sheet or part.layer or part.path.name
    return Problem(
        part.path.name,
        f"the constant {column} has no value for {show_value(name)}",
        column,
        way_out=f"add it to {', '.join(show_value(key) for key in values)} under constant",
    )


def _unused_constant(spec: FileSpec, column: str, keys: tuple[str, ...]) -> Problem:
    return Problem(
        spec.path.name,
        f"the constant {column} names sheets, layers or files that are not read",
        column,
        values=keys,
        way_out="correct the name, or remove it",
    )


def read_parts(
    parts: Sequence[FileSpec], table: Table, read_one: Callable[[FileSpec, Table], Conformed]
) -> Conformed:
    """Read several parts as one table.

    Parameters
    ----------
    parts : sequence of FileSpec
        From `list_parts`.
    table : Table
    read_one : callable
        Reads one part.
    """
    read = [read_one(part, table) for part in parts]
    names = _names_of(parts, read)
    read = [_renamed(one, name) for one, name in zip(read, names, strict=True)]
    problems = [problem for one in read for problem in one.problems]
    accounts = tuple(account for one in read for account in one.accounts)
    what = "files" if len({part.path for part in parts}) == len(parts) else "parts"
    joined = f"{len(parts)} {what} are read as one {'layer' if table.name == 'districts' else 'table'}"
    if table.name != "districts":
        joined += f": {list_first(dict.fromkeys(names))}"
    remarks = [joined, *_said_once([one.remarks for one in read], names)]
    detected = [joined, *_said_once([one.detected for one in read], names)]
    if problems:
        return Conformed(read[0].frame, problems, remarks, detected, accounts)
    frames = [one.frame.astype({SOURCE_FILE: object}) for one in read]
    frame = pd.concat(frames, ignore_index=True)
    own = (*table.read_names, SOURCE_FILE, SOURCE_ROW)
    others = [name for name in frame.columns if name not in own]
    frame = frame[[*table.read_names, *others, SOURCE_FILE, SOURCE_ROW]].astype({SOURCE_FILE: "category"})
    part_of = np.repeat(np.arange(len(read)), [len(one.frame) for one in read])
    if table.name == "locations":
        frame = _with_own_locations(
            frame, np.repeat([one.numbered for one in read], [len(one.frame) for one in read])
        )
    if table.name == "projects":
        repeats = frame[[*table.read_names]].astype(object).duplicated().to_numpy()
        frame, part_of = frame[~repeats].reset_index(drop=True), part_of[~repeats]
    numbered = all(one.numbered for one in read)
    return Conformed(frame, _repeated_keys(frame, table), remarks, detected, accounts, numbered, part_of)


def _said_once(texts: Sequence[Sequence[str]], names: Sequence[str]) -> list[str]:
    """Say once what is the same for several parts, under the name of the first and the number of the others."""
    parts: dict[str, list[str]] = {}
    for name, own in zip(names, texts, strict=True):
        for text in own:
            start, mark, rest = text.partition(": ")
            parts.setdefault(rest if mark and start == name else text, []).append(start if mark else "")
    said = []
    for text, sources in parts.items():
        more = f" and {len(sources) - 1:,} more" if len(sources) > 1 else ""
        is_own = sources[0] in names and not text.startswith(f"{sources[0]}: ")
        said.append(f"{sources[0]}{more}: {text}" if is_own else text)
    return said


def _names_of(parts: Sequence[FileSpec], read: Sequence[Conformed]) -> list[str]:
    """Return a name for each part that tells it from the others: file, sheet or layer, and folder where needed."""
    names = [_source_of(part, one) for part, one in zip(parts, read, strict=True)]
    for longer in (_with_layer, _with_folder):
        counts = Counter(names)
        places: dict[str, set[tuple[Path, str | None]]] = {}
        for name, part in zip(names, parts, strict=True):
            places.setdefault(name, set()).add((part.path, part.sheet or part.layer))
        names = [
            longer(name, part) if counts[name] > 1 and len(places[name]) > 1 else name
            for name, part in zip(names, parts, strict=True)
        ]
    return names


def _source_of(part: FileSpec, one: Conformed) -> str:
    if SOURCE_FILE in one.frame and len(one.frame):
        return str(one.frame[SOURCE_FILE].iloc[0])
    return one.problems[0].source if one.problems else part.path.name


def _with_layer(name: str, part: FileSpec) -> str:
    chosen = part.sheet or part.layer
    return name if chosen is None or name.endswith("]") else f"{name}[{chosen}]"


def _with_folder(name: str, part: FileSpec) -> str:
    return f"{part.path.absolute().parent.name}/{name}"


def _renamed(one: Conformed, name: str) -> Conformed:
    """Give a part another name in all its messages."""
    old = {account.source for account in one.accounts}
    old |= {*one.frame[SOURCE_FILE].astype(object).unique()} if SOURCE_FILE in one.frame else set()
    old |= {problem.source for problem in one.problems if problem.source != "geoplan.toml"}
    if old <= {name}:
        return one

    def said(text: str) -> str:
        found = next((source for source in old if text.startswith(f"{source}: ")), None)
        return text if found is None else name + text[len(found) :]

    def of(account: ReadingAccount) -> ReadingAccount:
        return replace(account, source=name, notes=tuple(said(note) for note in account.notes))

    return replace(
        one,
        frame=one.frame.assign(**{SOURCE_FILE: name}) if SOURCE_FILE in one.frame else one.frame,
        problems=[
            replace(problem, source=name) if problem.source in old else problem for problem in one.problems
        ],
        remarks=[said(text) for text in one.remarks],
        detected=[said(text) for text in one.detected],
        accounts=tuple(of(account) for account in one.accounts),
    )


def _with_own_locations(frame: pd.DataFrame, numbered: Any) -> pd.DataFrame:
    """Renumber the locations of files that name none, so that those of two files differ."""
    locations = frame["location"].astype(object)
    if numbered.all():
        locations = (frame.groupby("project", sort=False).cumcount() + 1).astype(str).astype(object)
    elif numbered.any():
        files = frame[SOURCE_FILE].astype(object)
        locations = locations.where(~numbered, files.str.cat(locations.astype(str), sep=" "))
    by_row = locations == "row " + frame[SOURCE_ROW].astype(str)
    again = by_row & frame.assign(location=locations).duplicated(["project", "location"], keep=False)
    return frame.assign(location=locations.where(~again, frame[SOURCE_FILE].astype(object) + " " + locations))


def _repeated_keys(frame: pd.DataFrame, table: Table) -> list[Problem]:
    """Return a problem for each file with a key that another file has too."""
    if not table.key:
        return []
    key = [*table.key]
    repeated = frame[frame.duplicated(key, keep=False) & frame[key].notna().all(axis=1)]
    return [
        Problem(
            str(file),
            f"{' and '.join(table.key)} must be unique, but other files of {table.name} have it too",
            column=table.key[-1],
            rows=tuple(int(row) for row in rows[SOURCE_ROW]),
            values=tuple(" / ".join(map(str, values)) for values in rows[key].to_numpy()),
            way_out="keep each of them in one file only",
        )
        for file, rows in repeated.groupby(SOURCE_FILE, observed=True)
    ]
