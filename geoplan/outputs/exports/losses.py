"""Losses: describes for planners which parts of a plan a format cannot store."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.model.schema import TABLES
from geoplan.outputs.exports.characters import NOT_TEXT, NOT_XML, texts_with
from geoplan.outputs.exports.iati_file import DRAFT, Publisher, sidecar_path, status_code
from geoplan.outputs.exports.written_tables import LAYERS, other_columns
from geoplan.outputs.workbook import LONGEST_CELL

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

_IN_ACTIVITIES = ("projects", "locations", "spending")
_SPACES = re.compile(r"[^\S ]|\s\s")


def left_out(plan: Plan, target: Path, names: Sequence[str], publisher: Publisher | None = None) -> list[str]:
    """Describe the parts of a plan that a file of this format does not contain.

    Parameters
    ----------
    plan : Plan
    target : Path
    names : sequence of str
        Tables in the file, from `geoplan.outputs.exports.chosen_tables`.
    publisher : Publisher, optional
        For an IATI file.

    Returns
    -------
    list of str
        One sentence for each loss; empty if the file has all tables exactly.
    """
    suffix = target.suffix.lower()
    if suffix == ".xml":
        return _iati_losses(plan, target, publisher or Publisher())
    losses = []
    if suffix not in (".gpkg", ".xlsx") and len(names) == 1:
        losses.append(
            f"{target.name} holds the {names[0]} only; choose another table, or write all to one .gpkg or .xlsx"
        )
    if suffix == ".geojson":
        losses.append("GeoJSON holds coordinates to 7 decimals of a degree, about 1 cm")
    losses += _character_losses(plan, names, suffix)
    if suffix == ".xlsx":
        long = {text for text in _texts(plan, names, re.compile(".")) if len(text) > LONGEST_CELL}
        if long:
            losses.append(f"texts longer than a cell: {len(long)}; cut after {LONGEST_CELL:,} characters")
        losses += [
            f"a sheet has no room for the boundaries of {name}: they are in a .gpkg"
            for name in names
            if name in LAYERS and too_long(getattr(plan, name).geometry)
        ]
    return losses


def _character_losses(plan: Plan, names: Sequence[str], suffix: str) -> list[str]:
    """Count the texts with characters that no file, or no XML file, can store."""
    found = _texts(plan, names, NOT_XML if suffix in (".xlsx", ".xml") else NOT_TEXT)
    if not found:
        return []
    return [
        f"texts with characters that {suffix} cannot hold: {len(found)}; \ufffd stands for each such character"
    ]


def _texts(plan: Plan, names: Sequence[str], characters: re.Pattern[str]) -> set[str]:
    """Return the texts of these tables with one of these characters; ledger and funders have those of the spending."""
    tables = [getattr(plan, "spending" if name in ("ledger", "funders") else name) for name in names]
    return {text for table in tables for name in table for text in texts_with(table[name], characters)}


def too_long(geometry: pd.Series[str]) -> bool:
    """Return whether a geometry, as WKT, is too long for a cell of a workbook."""
    import shapely

    lengths = [len(text or "") for text in shapely.to_wkt(geometry.to_numpy(), rounding_precision=-1)]
    return max(lengths, default=0) > LONGEST_CELL


def _iati_losses(plan: Plan, target: Path, publisher: Publisher) -> list[str]:
    import shapely

    losses = [
        "IATI has no place for district boundaries and figures of the profile",
        f"nor for amounts by district: they are in {sidecar_path(target).name}",
    ]
    losses += [*_dating_losses(plan), *_column_losses(plan), *_character_losses(plan, _IN_ACTIVITIES, ".xml")]
    spaced = len(_texts(plan, _IN_ACTIVITIES, _SPACES))
    if spaced:
        losses.append(
            f"texts with ends of lines or several spaces: {spaced}; readers of IATI take these for one space"
        )
    shapes = plan.locations.geometry.to_numpy()
    drawn = int(
        (~shapely.is_empty(shapes) & (shapely.get_type_id(shapes) > shapely.GeometryType.POINT)).sum()
    )
    if drawn:
        losses.append(
            f"IATI knows points only: one on it stands for each of {drawn} lines and areas, which follow as WKT"
        )
    unclear = [status for status in plan.projects["status"] if status_code(str(status or "")) is None]
    if unclear:
        losses.append(
            f"{len(unclear)} projects state no status that IATI knows: code 2, implementation, stands for it"
        )
    if publisher.ref == DRAFT:
        losses.append(
            f"the reporting organisation is {DRAFT}: name the reporting organisation before you publish it"
        )
    if not publisher.country:
        losses.append("the recipient country is missing: name it, such as LA")
    return losses


def _dating_losses(plan: Plan) -> list[str]:
    """Count the transactions that are dated 1 January because they have no day."""
    paid = plan.spending[plan.spending["kind"] != "budget"]
    days = paid["value_date"] if "value_date" in paid else paid["year"].map(lambda year: None)
    undated = int((days.isna() | (pd.to_datetime(days).dt.year != paid["year"])).sum())
    if not undated:
        return []
    return [f"transactions without a day of their year: {undated} of {len(paid)}; 1 January stands for it"]


def _column_losses(plan: Plan) -> list[str]:
    """List the columns of the plan that an activity file does not contain."""
    tables = {name: getattr(plan, name) for name in _IN_ACTIVITIES}
    left = [f"{name}.{column}" for name, table in tables.items() for column in other_columns(table, name)]
    left += [
        f"{name}.{column}"
        for name, table in tables.items()
        for column in ("source", "illustrative")
        if column in TABLES[name].names and column in table and table[column].fillna("").astype(bool).any()
    ]
    return [f"columns that do not go with it: {', '.join(left)}"] if left else []
