"""Districts whose area changes when a layer is repaired or simplified."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.polygons import Shapes

REPORTED_PART = 0.001
"""Part of its area by which a district must change to be listed."""

AREA_COLUMNS = ("district", "before_km2", "after_km2", "change_km2", "change_percent")


def list_area_changes(
    codes: Shapes, before: Shapes, after: Shapes, *, reported_part: float = REPORTED_PART
) -> pd.DataFrame:
    """List the districts whose area changes by more than a part of it, the largest change first.

    Parameters
    ----------
    codes : (n,) array of str
    before, after : (n,) array of Polygon, MultiPolygon or None
        EPSG:4326.
    reported_part : float
        0 to 1; 0.001 is 0.1 %.

    Returns
    -------
    DataFrame
        ``district, before_km2, after_km2, change_km2, change_percent`` (geodesic areas). The percentage is
        infinite where a district had no area before.
    """
    areas = np.column_stack([geodesic_area(before), geodesic_area(after)]) / 1e6
    change = areas[:, 1] - areas[:, 0]
    listed = np.abs(change) > reported_part * areas[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100 * change / areas[:, 0]
    frame = pd.DataFrame(
        {
            "district": codes,
            "before_km2": areas[:, 0],
            "after_km2": areas[:, 1],
            "change_km2": change,
            "change_percent": percent,
        },
        columns=list(AREA_COLUMNS),
    )[listed]
    order = frame["change_km2"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)
