"""A plan folder to start from: the home case, copied with its boundary file."""

from __future__ import annotations

import shutil
from pathlib import Path

from geoplan.errors import UsageError, show_value
from geoplan.plan import PLAN_FILE, bundled_plan, read_plan
from geoplan.report.target import write_text
from geoplan.report.text import write_csv

_ATTRIBUTES = "districts.csv"


def write_plan_folder(folder: Path) -> list[Path]:
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
    home = bundled_plan()
    plan = read_plan(home)
    boundary = plan.files["districts"]
    made = not folder.exists()
    try:
        (folder / "boundaries").mkdir(parents=True)
        return _fill(folder, home, boundary)
    except OSError as error:
        if made:
            shutil.rmtree(folder, ignore_errors=True)
        raise UsageError(
            f"{show_value(folder)} can not be written ({error.strerror}): choose another place"
        ) from error


def _fill(folder: Path, home: Path, boundary: Path) -> list[Path]:
    plan = read_plan(home)
    written = []
    for name in ("profile", "projects", "locations", "spending"):
        written.append(folder / f"{name}.csv")
        shutil.copyfile(plan.files[name], written[-1])
    attributes = plan.districts.drop(columns=["geometry", "source_row"])
    for column in ("valid_from", "valid_to"):
        attributes[column] = attributes[column].dt.strftime("%Y-%m-%d")
    write_text(folder / _ATTRIBUTES, write_csv(attributes))
    shutil.copyfile(boundary, folder / "boundaries" / boundary.name)
    text = home.read_text(encoding="utf-8")
    text = text.replace('file = "../boundaries/', 'file = "boundaries/')
    text = text.replace(
        "[districts]\n",
        f'[districts]\n# Names and other attributes of the districts, by code; they overrule those in the file.\nattributes = "{_ATTRIBUTES}"\n',
        1,
    )
    write_text(folder / PLAN_FILE, text)
    return [folder / PLAN_FILE, folder / _ATTRIBUTES, *written, folder / "boundaries" / boundary.name]
