"""Sections of a drafted plan file: their keys as TOML, each with its evidence as a comment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from geoplan.model.errors import escape_controls, show_value
from geoplan.model.toml_text import toml_value
from geoplan.plan.list_columns import PlaceColumn
from geoplan.plan.list_sheets import ListSheet

TO_CHECK = "CHECK"
"""Word in a comment above a setting that the planner must look at."""

REVIEW_FILE = "review.csv"
REVIEW_LINE = f'# review = "{REVIEW_FILE}"'
"""Line of a drafted plan that names the file of reviewed names, before there is one."""

LISTED = 3
"""Values that a comment lists as evidence."""


@dataclass
class PlanSection:
    """A section of a plan file in the making."""

    head: str
    lines: list[str] = field(default_factory=list)
    to_check: list[str] = field(default_factory=list)

    def put(self, key: str, value: object, why: str = "", *, check: bool = False) -> None:
        """Write a key under a comment that says why."""
        self.note(why, key if check else "")
        self.lines.append(f"{key} = {toml_value(value)}")

    def ask(self, key: str, example: object, why: str) -> None:
        """Write a key as a comment for the planner to fill in."""
        self.note(why, key)
        self.lines.append(f"# {key} = {toml_value(example)}")

    def note(self, why: str, to_check: str = "") -> None:
        """Write a comment; with the name of a setting, as one to check."""
        if to_check:
            self.to_check.append(f"{self.head} {to_check}: {why}")
        if why:
            self.lines.append(f"# {TO_CHECK + ': ' if to_check else ''}{_one_line(why)}")

    def __str__(self) -> str:
        return "\n".join([self.head, *self.lines, ""])


def open_section(name: str, sheet: ListSheet, folder: Path, *, several: bool = False) -> PlanSection:
    """Start a section with the file, sheet, header row and totals."""
    section = PlanSection(f"[[{name}]]" if several else f"[{name}]")
    section.put("file", relative_to_plan(sheet.table.path, folder))
    if sheet.parts:
        section.put("sheet", sheet.sheets, "these sheets have the same columns")
    elif sheet.table.sheet is not None:
        section.put("sheet", sheet.table.sheet)
    if sheet.table.layer is not None:
        section.put("layer", sheet.table.layer)
    if sheet.table.header is not None:
        first = show_value(str(sheet.table.raw.table.columns[0]))
        section.put(
            "header", sheet.table.header, f"the row with the names of the columns; the first is {first}"
        )
    if sheet.totals:
        listed = ", ".join(f"{row} {show_value(label)}" for row, label in [*sheet.totals.items()][:LISTED])
        section.put("totals", "leave out", f"sums of other rows, in row {listed}")
    return section


def put_review(section: PlanSection) -> None:
    """Write the line that names the file of reviewed names, as a comment."""
    section.note(
        "names that match no district, or not exactly: fill in the file, then remove the # of the next line"
    )
    section.lines.append(REVIEW_LINE)


def put_project(section: PlanSection, sheet: ListSheet, project: str) -> None:
    """Write the column that names the projects, and a name for rows that name none."""
    doubtful = project == sheet.columns.programme and project not in (sheet.columns.code, sheet.columns.title)
    why = "no column names projects; this one has most different texts" if doubtful else ""
    section.put("columns.project", project, why, check=doubtful)
    empty = int(sheet.columns.raw.table[project].isna().sum())
    if empty:
        section.put("values.project", {"": "not named"}, f"{empty:,} rows name no project", check=True)


def put_places(section: PlanSection, sheet: ListSheet) -> None:
    """Write the columns of the places: district, province, coordinates, precision and name."""
    columns = sheet.columns
    place = columns.district
    if sheet.own_district:
        section.put(
            "constant.district", sheet.own_district, "named by the sheet, or above its table", check=True
        )
    if place is not None:
        section.put("columns.district", place.header, says_districts(place), check=place.known == 0)
    if columns.province is not None:
        section.put("columns.province", columns.province, "its cells are provinces of the layer")
    for name in ("lon", "lat", "precision", "name"):
        if header := columns.find(name):
            section.put(f"columns.{name}", header)
    if place is not None and place.separators:
        marks = place.separators[0] if len(place.separators) == 1 else list(place.separators)
        section.put(
            "separator",
            {"district": marks},
            f"cells name several districts, such as {show_value(place.several)}",
        )


def says_districts(place: PlaceColumn) -> str:
    """Return the evidence that a column names districts."""
    if place.known == 0:
        return "by its header; none of its names is a district of the layer"
    return f"{place.known} of its {place.filled} different cells are districts of the layer"


def relative_to_plan(path: Path, folder: Path) -> str:
    """Return the path of a file as the plan file writes it: from its folder, with slashes."""
    try:
        return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
    except ValueError:  # another drive on Windows
        return path.absolute().as_posix()


def _one_line(text: str) -> str:
    return escape_controls(" ".join(text.split()))
