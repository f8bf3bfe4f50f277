"""Rows of a coverage report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geoplan.geo.geodesy import area_and_perimeter
from geoplan.geo.polygons import Floats, Shapes, inner_points

FINDING_COLUMNS = ("kind", "districts", "area_m2", "width_m", "lon", "lat", "note")


def make_findings(
    kind: str,
    districts: Any,
    shapes: Shapes,
    notes: Any = "",
    *,
    measured: tuple[Floats, Floats] | None = None,
) -> pd.DataFrame:
    """Make findings of one kind, largest first.

    ``measured`` is area and perimeter, where they are not those of the shapes.
    """
    area, perimeter = measured or area_and_perimeter(shapes)
    lon, lat = inner_points(shapes)
    frame = pd.DataFrame(
        {
            "kind": np.full(len(shapes), kind, dtype=object),
            "districts": np.asarray(districts, dtype=object),
            "area_m2": area,
            "width_m": np.divide(2 * area, perimeter, out=np.zeros(len(area)), where=perimeter > 0),
            "lon": lon,
            "lat": lat,
            "note": notes,
        },
        columns=list(FINDING_COLUMNS),
    )
    return frame.sort_values(["area_m2", "districts"], ascending=[False, True], kind="stable")
