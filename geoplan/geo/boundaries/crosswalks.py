"""Which part of each district of an older vintage belongs to which of a newer one."""

from __future__ import annotations

from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.geo.boundaries.layer import district_codes, district_shapes, raw_shapes, to_degrees
from geoplan.geo.boundaries.validity import make_valid
from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.longitudes import find_window
from geoplan.geo.polygons import Floats, Shapes
from geoplan.model.errors import InputError, Problem

CRUMB = 0.001
"""Part of an old district below which `crosswalk` takes an intersection for a difference of drawing."""

_WEIGHT_UNITS = 2**40


def crosswalk(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    *,
    points: gpd.GeoDataFrame | None = None,
    persons: str | None = None,
    crumb: float = CRUMB,
) -> pd.DataFrame:
    """Say which part of each old district belongs to which new one.

    The weights of an old district are its points in each new district, over all its points;
    where it has none, or none are given, areas are used instead. Parts below ``crumb`` come from
    borders drawn differently and are dropped; they, and what lies in no new district, are told in
    ``left_out``, and the rest is scaled up to 1. A point on a border counts once, in the lowest code.

    Parameters
    ----------
    old, new, points : GeoDataFrame
        Two vintages with a column ``district``, and villages, say; any CRS.
    persons : str, optional
        Column of ``points`` to sum instead of counting them.
    crumb : float
        Part of an old district, 0 to 1.

    Returns
    -------
    DataFrame
        Columns ``old, new, weight`` (0 to 1), ``basis`` (``points`` or ``area``), ``left_out`` (part of
        the old district), ordered by code. Weights are multiples of 2⁻⁴⁰: those of an old district
        add up to exactly 1, in any order.

    Raises
    ------
    InputError
        An old district lies in no new one.
    """
    parts = _shared_areas(old, new).assign(basis="area")
    if points is not None:
        by_points = _shared_points(old, new, points, persons).assign(basis="points")
        reached = (by_points["new"] != "") & (by_points["amount"] > 0)
        peopled = by_points.loc[reached, "old"].unique()
        by_area = parts[~parts["old"].isin(peopled)]
        parts = pd.concat([by_points[by_points["old"].isin(peopled)], by_area], ignore_index=True)
    return _weigh(parts, old, crumb)


def _weigh(parts: pd.DataFrame, old: gpd.GeoDataFrame, crumb: float) -> pd.DataFrame:
    """Turn amounts (``old, new, amount, basis``; ``new`` empty for outside) into weights that sum to 1."""
    parts = parts.assign(part=parts["amount"] / parts.groupby("old")["amount"].transform("sum"))
    kept = parts[(parts["new"] != "") & (parts["part"] >= crumb)]
    lost = sorted(set(old["district"].astype(str)) - set(kept["old"]))
    if lost:
        way_out = "give a newer layer that covers them, or take them out of the older one"
        raise InputError(
            Problem(
                "crosswalk",
                "old districts lie in no new district",
                "district",
                values=tuple(lost),
                way_out=way_out,
            )
        )
    kept = kept.sort_values(["old", "new"], kind="stable").reset_index(drop=True)
    total = kept.groupby("old")["part"].transform("sum")
    kept["left_out"] = (1 - total).clip(lower=0).round(9)
    kept["weight"] = kept.groupby("old")["part"].transform(lambda part: _exact_weights(part.to_numpy()))
    return kept[["old", "new", "weight", "basis", "left_out"]]


def _exact_weights(parts: Floats) -> Floats:
    """Scale parts to weights that add up to exactly 1, by largest remainder on a binary grid."""
    wanted = parts / parts.sum() * _WEIGHT_UNITS
    units = np.floor(wanted).astype(np.int64)
    short = int(_WEIGHT_UNITS - units.sum())
    order = np.argsort(-(wanted - units), kind="stable")
    units[order[:short]] += 1
    return cast(Floats, units / _WEIGHT_UNITS)


def _shared_areas(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure what each old district shares with each new one and, with ``new`` empty, with none."""
    shapes = [district_shapes(layer) for layer in (old, new)]
    window = find_window(shapes[0])
    before, after = (make_valid(window.move_into(layer)).shapes for layer in shapes)
    old_codes, new_codes = (district_codes(layer) for layer in (old, new))
    i, j = shapely.STRtree(after).query(before, predicate="intersects")
    shared = geodesic_area(shapely.intersection(before[i], after[j]))
    rest = np.maximum(geodesic_area(before) - np.bincount(i, weights=shared, minlength=len(before)), 0)
    outside = pd.DataFrame({"old": old_codes, "new": "", "amount": rest})
    inside = pd.DataFrame({"old": old_codes[i], "new": new_codes[j], "amount": shared})
    return pd.concat([inside, outside]).groupby(["old", "new"], as_index=False).agg(amount=("amount", "sum"))


def _shared_points(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, points: gpd.GeoDataFrame, persons: str | None
) -> pd.DataFrame:
    """Count the points of each old district in each new one and, with ``new`` empty, in none."""
    if points.crs is None:
        raise InputError(
            Problem("points", "the layer does not say its CRS", way_out="set it, such as set_crs(4326)")
        )
    places = to_degrees(raw_shapes(points), points.crs)
    amount = np.ones(len(points)) if persons is None else points[persons].to_numpy(dtype=np.float64)
    frame = pd.DataFrame(
        {"old": _district_of(places, old), "new": _district_of(places, new), "amount": amount}
    )
    return frame[frame["old"] != ""].groupby(["old", "new"], as_index=False).agg(amount=("amount", "sum"))


def _district_of(places: Shapes, districts: gpd.GeoDataFrame) -> Shapes:
    """Return the code of the district each point is in, the lowest on a border, empty outside."""
    shapes = district_shapes(districts)
    codes = district_codes(districts)
    place, row = shapely.STRtree(shapes).query(places, predicate="intersects")
    found = pd.Series(codes[row]).groupby(place).min()
    return cast(Shapes, found.reindex(range(len(places)), fill_value="").to_numpy(dtype=object))
