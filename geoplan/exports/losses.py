"""What a format can not carry, said in the words of a planner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.exports.iati import DRAFT, Publisher, sidecar_path, status_code
from geoplan.exports.tables import LAYERS

if TYPE_CHECKING:
    import pandas as pd

    from geoplan.plan import Plan

LONGEST_CELL = 32_767
"""Most characters that a cell of a sheet can hold."""


def left_out(plan: Plan, target: Path, names: Sequence[str], publisher: Publisher | None = None) -> list[str]:
    """Say what of a plan is not in a file of this format.

    Parameters
    ----------
    plan : Plan
    target : Path
    names : sequence of str
        Tables that go into it, of `geoplan.exports.chosen_tables`.
    publisher : Publisher, optional
        For an IATI file.

    Returns
    -------
    list of str
        One sentence each; empty when the tables are all there and exact.
    """
    suffix = target.suffix.lower()
    if suffix == ".xml":
        return _iati_losses(plan, target, publisher or Publisher())
    losses = []
    if suffix not in (".gpkg", ".xlsx") and len(names) == 1:
        losses.append(
            f"{target.name} holds the {names[0]} only; the other tables: --table NAME, or all in one .gpkg or .xlsx"
        )
    if suffix == ".geojson":
        losses.append("GeoJSON holds coordinates to 7 decimals of a degree, about 1 cm")
    if suffix == ".xlsx":
        losses += [
            f"a sheet has no room for the boundaries of {name}: they are in a .gpkg"
            for name in names
            if name in LAYERS and too_long(getattr(plan, name).geometry)
        ]
    return losses


def too_long(geometry: pd.Series[str]) -> bool:
    """Tell whether a geometry is longer, as WKT, than a cell of a sheet can be."""
    import shapely

    lengths = [len(text or "") for text in shapely.to_wkt(geometry.to_numpy(), rounding_precision=-1)]
    return max(lengths, default=0) > LONGEST_CELL


def _iati_losses(plan: Plan, target: Path, publisher: Publisher) -> list[str]:
    losses = [
        "IATI has no place for district boundaries and figures of the profile",
        f"nor for amounts by district: they are in {sidecar_path(target).name}",
        "a transaction needs a day and the plan knows years only: it is dated 1 January",
    ]
    shapes = plan.locations.geometry
    drawn = int((~shapes.is_empty & shapes.notna() & (shapes.geom_type != "Point")).sum())
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
            f"the reporting organisation is {DRAFT}: give --reporting-org before anyone publishes it"
        )
    if not publisher.country:
        losses.append("the recipient country is not said: give --country, such as --country LA")
    return losses
