"""A plan folder to start from: the home case, copied with its boundary file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from geoplan.model.errors import UsageError, show_value
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW, TABLES
from geoplan.outputs.text_tables import write_csv
from geoplan.outputs.whole_files import replacing_folder
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
        Created if it does not exist; must be empty if it does. It appears whole or not at all.

    Returns
    -------
    list of Path
        ``geoplan.toml``, the five tables as CSV, and the boundary file.

    Raises
    ------
    UsageError
        The folder has files in it, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{show_value(folder)} already exists and is not empty: choose a new folder")
    plan = read_plan(bundled_plan())
    with replacing_folder(folder, record=False) as new:
        names = _fill(new, plan)
    return [folder / name for name in names]


def _fill(folder: Path, plan: Plan) -> list[Path]:
    """Copy the home case with its layers beside it, and take the districts' names into a table; return the names."""
    home = plan.files["plan"]
    (folder / "boundaries").mkdir()
    shutil.copyfile(schema_path(), folder / SCHEMA_FILE)
    text = home.read_text(encoding="utf-8").replace('"../boundaries/', '"boundaries/')
    text = f"#:schema ./{SCHEMA_FILE}\n{text.replace('[districts]' + chr(10), _DISTRICTS_SECTION, 1)}"
    (folder / PLAN_FILE).write_text(text, encoding="utf-8", newline="\n")
    (folder / _ATTRIBUTES).write_text(write_csv(_attributes(plan)), encoding="utf-8", newline="\n")
    others = [spec.path for vintage in plan.vintages.values() for spec in vintage.values()]
    around = [layer.path for layer in plan.surroundings]
    names = [Path(PLAN_FILE), Path(_ATTRIBUTES), Path(SCHEMA_FILE)]
    for path in [*(path for table, path in plan.files.items() if table in TABLES), *others, *around]:
        name = Path("boundaries" if path.suffix == ".geojson" else "") / path.name
        shutil.copyfile(path, folder / name)
        names.append(name)
    return names


def _attributes(plan: Plan) -> pd.DataFrame:
    attributes = pd.DataFrame(plan.districts.drop(columns=["geometry", SOURCE_FILE, SOURCE_ROW]))
    days = {name: attributes[name].dt.strftime("%Y-%m-%d") for name in ("valid_from", "valid_to")}
    return attributes.assign(**days)
