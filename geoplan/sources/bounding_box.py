"""Bounding boxes: keep the rows of a table whose place lies in a box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geoplan.model.errors import Problem
from geoplan.sources.conform import Conformed


def keep_in_box(conformed: Conformed, source: str, box: Sequence[float]) -> Conformed:
    """Keep the rows of a table whose place touches a box, and report how many.

    Parameters
    ----------
    conformed : Conformed
    source : str
        File, for messages.
    box : sequence of 4 float
        West, south, east, north in degrees.

    Returns
    -------
    Conformed
        With a problem when the table has no places, or none in the box. Rows without a place are left out.
    """
    import shapely

    if conformed.problems:
        return conformed
    frame = conformed.frame
    if "geometry" not in frame or not frame["geometry"].notna().any():
        way_out = "remove bbox, or use where; bbox needs points, lines or areas"
        problem = Problem(source, "has no places that bbox could select", "bbox", way_out=way_out)
        return replace(conformed, problems=[problem])
    keep = shapely.intersects(frame["geometry"].to_numpy(), shapely.box(*box))
    if not keep.any():
        way_out = "give west, south, east, north in degrees"
        problem = Problem(source, "no row lies in bbox", "bbox", values=(list(box),), way_out=way_out)
        return replace(conformed, problems=[problem])
    remark = f"{source}: {int(keep.sum()):,} of {len(keep):,} rows are read (bbox)"
    return replace(
        conformed,
        frame=frame[keep].reset_index(drop=True),
        remarks=[*conformed.remarks, remark],
        detected=[*conformed.detected, remark],
    )
