"""A plan folder to start from: the home case with its boundary file, a draft for a planner's lists, or a bare one."""

from __future__ import annotations

import shutil
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.model.errors import UsageError, show_value
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.outputs.edited_tables import write_edited_table
from geoplan.outputs.text_tables import write_csv
from geoplan.outputs.whole_files import fill_text, replacing_folder, write_text
from geoplan.plan.plan_file import PLAN_FILE, SCHEMA_FILE, find_bundled_plan, schema_path
from geoplan.plan.plan_tables import Plan, read_plan

_ATTRIBUTES = "districts.csv"
_DISTRICTS_SECTION = f"""[districts]
# Names and other attributes of the districts, by code; they overrule those in the boundary file.
attributes = "{_ATTRIBUTES}"
"""


def write_first_plan(folder: Path, *, workbooks: bool = False) -> list[Path]:
    """Write a ready plan folder.

    Parameters
    ----------
    folder : Path
        Created if it does not exist; must be empty if it does. It appears whole or not at all.
    workbooks : bool
        Write the tables as workbooks (.xlsx), not as CSV.

    Returns
    -------
    list of Path
        ``geoplan.toml``, the five tables, and the boundary file.

    Raises
    ------
    UsageError
        The folder has files in it, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{show_value(folder)} already exists and is not empty: choose a new folder")
    plan = read_plan(find_bundled_plan())
    with replacing_folder(folder, record=False) as new:
        names = _fill(new, plan)
        if workbooks:
            names = [_as_workbook(new, name) for name in names]
            toml = new / PLAN_FILE
            fill_text(toml, [toml.read_text(encoding="utf-8").replace('.csv"', '.xlsx"')])
    return [folder / name for name in names]


def _as_workbook(folder: Path, name: Path) -> Path:
    """Replace a table by a workbook with the same cells, and return its name; other files stay."""
    path = folder / name
    if path.suffix != ".csv":
        return name
    texts = pd.read_csv(path, dtype=str, keep_default_na=False)
    write_edited_table(path.with_suffix(".xlsx"), texts.apply(_with_numbers).astype(object))
    path.unlink()
    return name.with_suffix(".xlsx")


def _with_numbers(cells: pd.Series[str]) -> pd.Series[Any]:
    """Return a column as numbers if all its filled cells are, as a spreadsheet shows them."""
    filled = cells[cells != ""]
    plain = filled.str.fullmatch(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?")
    if filled.empty or not plain.all():
        return cells.where(cells != "", None)
    return cells.map(lambda cell: None if cell == "" else float(cell) if "." in cell else int(cell))


def write_draft(folder: Path, text: str) -> list[Path]:
    """Write the plan file for files that stay where they are, and its JSON Schema.

    Parameters
    ----------
    folder : Path
        Created if it does not exist. It may hold the files that the plan names, but no plan file.
    text : str
        From `geoplan.plan.plan_draft.draft_plan`.

    Returns
    -------
    list of Path

    Raises
    ------
    UsageError
        The folder has a plan file, or cannot be written.
    """
    check_has_no_plan(folder)
    targets = [folder / PLAN_FILE, folder / SCHEMA_FILE]
    schema = schema_path().read_text(encoding="utf-8")
    for target, content in zip(targets, (f"#:schema ./{SCHEMA_FILE}\n{text}", schema), strict=True):
        write_text(target, content)
    return targets


def check_has_no_plan(folder: Path) -> None:
    """Raise `UsageError` if a folder has a plan file, or is none."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{show_value(folder)} is not a folder: choose a new folder")
    if (folder / PLAN_FILE).exists():
        raise UsageError(f"{show_value(folder)} already has a {PLAN_FILE}: choose a new folder")


_BARE = """[plan]
title = "My province"
# Currency of amounts whose row names none (ISO 4217).
currency = "EUR"

[districts]
# A boundary file: GeoPackage, GeoJSON, Shapefile and others. geoplan districts FILE lists its codes and names.
file = "districts.gpkg"
"""


def write_bare_plan(folder: Path, *, workbooks: bool = False) -> list[Path]:
    """Write a plan folder without data: the plan file, and the other four tables with headers only.

    Parameters
    ----------
    folder : Path
        Created if it does not exist; must have no plan file.
    workbooks : bool
        Write the tables as workbooks (.xlsx), not as CSV.

    Returns
    -------
    list of Path

    Raises
    ------
    UsageError
        The folder has a plan file, or cannot be written.
    """
    tables = [table for name, table in TABLES.items() if name != "districts"]
    suffix = ".xlsx" if workbooks else ".csv"
    sections = [
        f'[{table.name}]\n# One row is {table.row}.\nfile = "{table.name}{suffix}"\n' for table in tables
    ]
    written = write_draft(folder, "\n".join([_BARE, *sections]))
    for table in tables:
        path = folder / f"{table.name}{suffix}"
        columns = [column.name for column in table.columns if column.kind != "geometry"]
        write_edited_table(path, pd.DataFrame(columns=columns))
        written.append(path)
    return written


def _fill(folder: Path, plan: Plan) -> list[Path]:
    """Copy the home case with its layers beside it, and take the districts' names into a table; return the names."""
    home = plan.files["plan"]
    (folder / "boundaries").mkdir()
    shutil.copyfile(schema_path(), folder / SCHEMA_FILE)
    text = home.read_text(encoding="utf-8").replace('"../boundaries/', '"boundaries/')
    text = f"#:schema ./{SCHEMA_FILE}\n{text.replace('[districts]' + chr(10), _DISTRICTS_SECTION, 1)}"
    fill_text(folder / PLAN_FILE, [text])
    fill_text(folder / _ATTRIBUTES, [write_csv(_attributes(plan))])
    others = [spec.path for vintage in plan.vintages.values() for spec in vintage.values()]
    around = [layer.path for layer in plan.surroundings]
    names = [Path(PLAN_FILE), Path(_ATTRIBUTES), Path(SCHEMA_FILE)]
    for path in [*(path for table, path in plan.files.items() if table in TABLES), *others, *around]:
        name = Path("boundaries" if path.suffix == ".geojson" else "") / path.name
        # Without a byte order mark, Excel takes UTF-8 for the code page of Windows.
        mark = BOM_UTF8 if path.suffix == ".csv" else b""
        (folder / name).write_bytes(mark + path.read_bytes().removeprefix(mark))
        names.append(name)
    return names


def _attributes(plan: Plan) -> pd.DataFrame:
    attributes = pd.DataFrame(plan.districts.drop(columns=["geometry", SOURCE_FILE, SOURCE_ROW]))
    days = {name: attributes[name].dt.strftime("%Y-%m-%d") for name in ("valid_from", "valid_to")}
    return attributes.assign(**days)
