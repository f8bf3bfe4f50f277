"""A plan folder to start from: the home case, copied with its boundary file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from geoplan.model.errors import UsageError, show_value
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.outputs.text_tables import write_csv
from geoplan.outputs.whole_files import write_text
from geoplan.plan.plan_file import PLAN_FILE, SCHEMA_FILE, bundled_plan, schema_path
from geoplan.plan.plan_tables import Plan, read_plan

_ATTRIBUTES = "districts.csv"
_DISTRICTS_SECTION = f"""[districts]
# Names and other attributes of the districts, by code; they overrule those in the boundary file.
attributes = "{_ATTRIBUTES}"
"""


def write_first_plan(folder: Path) -> list[Path]:
    """Write a ready plan folder.

    Parameters
    ----------
    folder : Path
        Made when it is not there; must be empty when it is.

    Returns
    -------
    list of Path
        ``geoplan.toml``, the five tables as CSV, and the boundary file.

    Raises
    ------
    UsageError
        The folder has files in it, or can not be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{show_value(folder)} is there already and not empty: choose a new folder")
    plan = read_plan(bundled_plan())
    made = not folder.exists()
    try:
        (folder / "boundaries").mkdir(parents=True)
        return _fill(folder, plan)
    except OSError as error:
        if made:
            shutil.rmtree(folder, ignore_errors=True)
        raise UsageError(
            f"{show_value(folder)} can not be written ({error.strerror}): choose another place"
        ) from error


def _fill(folder: Path, plan: Plan) -> list[Path]:
    """Copy the home case with its layers beside it, and take the districts' names into a table."""
    home = plan.files["plan"]
    written = [folder / PLAN_FILE, folder / _ATTRIBUTES, folder / SCHEMA_FILE]
    shutil.copyfile(schema_path(), folder / SCHEMA_FILE)
    text = home.read_text(encoding="utf-8").replace('"../boundaries/', '"boundaries/')
    text = f"#:schema ./{SCHEMA_FILE}\n{text.replace('[districts]' + chr(10), _DISTRICTS_SECTION, 1)}"
    write_text(folder / PLAN_FILE, text)
    write_text(folder / _ATTRIBUTES, write_csv(_attributes(plan)))
    others = [spec.path for vintage in plan.vintages.values() for spec in vintage.values()]
    around = [layer.path for layer in plan.surroundings]
    for path in [*(path for table, path in plan.files.items() if table in TABLES), *others, *around]:
        target = folder / ("boundaries" if path.suffix == ".geojson" else "") / path.name
        shutil.copyfile(path, target)
        written.append(target)
    return written


def _attributes(plan: Plan) -> pd.DataFrame:
    attributes = pd.DataFrame(plan.districts.drop(columns=["geometry", SOURCE_FILE, SOURCE_ROW]))
    days = {name: attributes[name].dt.strftime("%Y-%m-%d") for name in ("valid_from", "valid_to")}
    return attributes.assign(**days)
