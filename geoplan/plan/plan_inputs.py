"""Inputs of a plan: its tables, read after the districts, and the files that they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.model.errors import InputError
from geoplan.model.schema import Table
from geoplan.sources import read
from geoplan.sources.conform import Conformed
from geoplan.sources.files_read_once import read_once, several_times
from geoplan.sources.origins import Origin
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.table_parts import is_in_parts, list_files_of
from geoplan.sources.tables.known_headers import level_of

if TYPE_CHECKING:
    import pandas as pd


def left_on_disk(specs: Mapping[str, FileSpec]) -> dict[str, FileSpec]:
    """Return both locations and spending if one of them is a dataset, else nothing."""
    from geoplan.sources.parquet import is_dataset

    names = ("locations", "spending")
    given = {name: specs[name] for name in names if name in specs}
    files = [spec for spec in given.values() if spec.in_memory is None]
    # The pieces of a dataset share one specification, so a table in parts is read whole.
    is_large = any(is_dataset(spec.path) for spec in files) and not any(map(is_in_parts, files))
    return given if is_large else {}


def files_read(specs: Mapping[str, FileSpec]) -> dict[str, Path]:
    """Return the file of each table; further files of a table have numbers, starting with the second."""
    files: dict[str, Path] = {}
    for name, spec in specs.items():
        if spec.in_memory is not None:
            continue
        paths = enumerate(list_files_of(spec), start=1)
        files |= {name if at == 1 else f"{name} {at}": path for at, path in paths}
    return files


def files_of(origins: Sequence[Origin]) -> list[Path]:
    """List the files of sources; for a folder, the files in it that are read as tables."""
    return [
        path
        for origin in origins
        for path in (sorted(origin.path.glob("*.csv")) if origin.path.is_dir() else [origin.path])
    ]


def read_tables(specs: Mapping[str, FileSpec], tables: Mapping[str, Table]) -> dict[str, Conformed]:
    """Read all tables, the districts first because the other tables may need their position."""
    import shapely

    area, level = None, None
    dated: tuple[int, ...] = ()
    read_ones: dict[str, Conformed] = {}
    files = [path for spec in specs.values() for path in _list_files_of(spec)]
    with read_once(several_times(files)):
        for name in sorted(specs, key=lambda name: name != "districts"):
            spec = replace(specs[name], area=area, level=level, dated=dated if name == "spending" else ())
            read_ones[name] = read(spec, tables[name])
            if name == "projects" and not read_ones[name].problems:
                dated = _years_of_dates(read_ones[name].frame)
            if name == "districts" and not read_ones[name].problems:
                shapes = read_ones[name].frame["geometry"].to_numpy()
                west, south, east, north = (float(bound) for bound in shapely.total_bounds(shapes))
                area = (west, south, east, north)
                level = _level_of_codes(read_ones[name])
    return read_ones


def _years_of_dates(projects: pd.DataFrame) -> tuple[int, ...]:
    """Return the years in which projects start or end, ascending: they tell the calendar of the amounts' years."""
    years = [year for name in ("start", "end") for year in projects[name].dropna().dt.year.unique()]
    return tuple(sorted({int(year) for year in years}))


def _list_files_of(spec: FileSpec) -> list[Path]:
    """Return the files of a table; none for one in memory, or where a pattern matches nothing."""
    with suppress(InputError):
        return list_files_of(spec) if spec.in_memory is None else []
    return []


def _level_of_codes(districts: Conformed) -> int | None:
    """Return the level of administration that the header of the codes names, such as 3 for ADM3_PCODE."""
    columns = [pair for account in districts.accounts for pair in account.columns.items()]
    levels = {level_of(header) for header, use in columns if "district" in use.split(", ")}
    return next(iter(levels)) if len(levels) == 1 else None
