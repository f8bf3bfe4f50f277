"""Crosswalks: which part of each district of an older vintage lies in which district of a newer one.

How this works. Villages are counted in every pair of an old and a new district, or areas are intersected. The
counts of an old district become parts that add up to 1. Tiny parts, which come from borders drawn differently, and
what lies in no new district are left out, and the rest is scaled up to 1. Weights are rounded to multiples of
2⁻⁴⁰ by largest remainder: sums of such numbers are exact in floating point, in any order.
"""

from __future__ import annotations

from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.geo.boundaries.layer import check_areas, district_codes, district_shapes, raw_shapes, to_degrees
from geoplan.geo.boundaries.validity import make_valid
from geoplan.geo.geodesy import geodesic_area
from geoplan.geo.longitudes import find_window
from geoplan.geo.polygons import Floats, Shapes
from geoplan.model.errors import InputError, Problem

SMALLEST_PART = 0.001
"""Part of an old district below which an intersection is a difference of drawing, not a change of borders."""

UNDECIDED_BASIS = "undecided"
"""Basis of an old district that lies in no new one: a planner has to decide where its money goes."""

_WEIGHT_UNITS = 2**40


def make_crosswalk(
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    *,
    points: gpd.GeoDataFrame | None = None,
    persons: str | None = None,
    people: pd.DataFrame | None = None,
    smallest_part: float = SMALLEST_PART,
) -> pd.DataFrame:
    """Return which part of each old district lies in which new one.

    The weight of a new district is its part of the old district's points. Areas are used where an old district
    has no points, or none are given. Parts below ``smallest_part`` come from borders drawn differently. They,
    and what lies in no new district, are summed in ``left_out``, and the rest is scaled up to 1. A point on a
    border counts once, in the lowest code.

    Parameters
    ----------
    old, new, points : GeoDataFrame
        Two vintages with a column ``district``, and for example villages; any CRS.
    persons : str, optional
        Column of ``points`` to sum instead of counting them.
    people : DataFrame, optional
        People instead of points: ``old, new, amount``, with an empty ``new`` outside all new districts.
    smallest_part : float
        Part of an old district, 0 to 1.

    Returns
    -------
    DataFrame
        Columns ``old, new, weight`` (0 to 1), ``basis`` (``points``, ``people``, ``area`` or ``undecided``), ``left_out``
        (part of the old district), ordered by code. The weights of an old district add up to exactly 1. An old
        district that lies in no new one has one row with the basis ``undecided`` and an empty ``new``.

    Raises
    ------
    InputError
        A layer has no districts, codes, areas or CRS; ``persons`` is no column of ``points``, or ``points`` has no CRS.
    """
    check_areas(old, "old")
    check_areas(new, "new")
    parts = _shared_areas(old, new).assign(basis="area")
    counted = None if people is None else people.assign(basis="people")
    if points is not None:
        counted = _shared_points(old, new, points, persons).assign(basis="points")
    if counted is not None:
        by_points = counted
        reached = (by_points["new"] != "") & (by_points["amount"] > 0)
        peopled = by_points.loc[reached, "old"].unique()
        by_area = parts[~parts["old"].isin(peopled)]
        parts = pd.concat([by_points[by_points["old"].isin(peopled)], by_area], ignore_index=True)
    return _weigh(parts, old, smallest_part)


def _weigh(parts: pd.DataFrame, old: gpd.GeoDataFrame, smallest_part: float) -> pd.DataFrame:
    """Turn amounts (``old, new, amount, basis``; ``new`` is empty outside) into weights that add up to 1."""
    total = parts.groupby("old")["amount"].transform("sum")
    parts = parts.assign(part=parts["amount"].div(total.where(total > 0)).fillna(0.0))
    kept = parts[(parts["new"] != "") & (parts["part"] >= smallest_part)]
    kept = kept.sort_values(["old", "new"], kind="stable").reset_index(drop=True)
    total = kept.groupby("old")["part"].transform("sum")
    kept["left_out"] = (1 - total).clip(lower=0).round(9)
    kept["weight"] = kept.groupby("old")["part"].transform(lambda part: _exact_weights(part.to_numpy()))
    weights = kept[["old", "new", "weight", "basis", "left_out"]]
    undecided = sorted(set(old["district"].astype(str)) - set(kept["old"]))
    if not undecided:
        return weights
    rows = pd.DataFrame(
        {"old": undecided, "new": "", "weight": 1.0, "basis": UNDECIDED_BASIS, "left_out": 1.0}
    )
    return pd.concat([weights, rows]).sort_values(["old", "new"], ignore_index=True)


def _exact_weights(parts: Floats) -> Floats:
    """Scale parts to weights that add up to exactly 1, by largest remainder on a binary grid."""
    wanted = parts / parts.sum() * _WEIGHT_UNITS
    units = np.floor(wanted).astype(np.int64)
    short = int(_WEIGHT_UNITS - units.sum())
    order = np.argsort(-(wanted - units), kind="stable")
    units[order[:short]] += 1
    return cast(Floats, units / _WEIGHT_UNITS)


def _shared_areas(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the area that each old district shares with each new one and, with an empty ``new``, with none."""
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
    """Count the points of each old district in each new one and, with an empty ``new``, in none."""
    if points.crs is None:
        raise InputError(
            Problem("points", "the layer has no CRS", way_out="set it, for example with set_crs(4326)")
        )
    places = to_degrees(raw_shapes(points), points.crs)
    if persons is not None and persons not in points:
        raise InputError(
            Problem("points", "a column is missing", column=persons, way_out="name a column with persons")
        )
    amount = np.ones(len(points)) if persons is None else points[persons].to_numpy(dtype=np.float64)
    frame = pd.DataFrame(
        {"old": _district_of(places, old), "new": _district_of(places, new), "amount": amount}
    )
    return frame[frame["old"] != ""].groupby(["old", "new"], as_index=False).agg(amount=("amount", "sum"))


def _district_of(places: Shapes, districts: gpd.GeoDataFrame) -> Shapes:
    """Return the code of the district of each point: the lowest on a border, empty outside."""
    shapes = district_shapes(districts)
    codes = district_codes(districts)
    place, row = shapely.STRtree(shapes).query(places, predicate="intersects")
    found = pd.Series(codes[row]).groupby(place).min()
    return cast(Shapes, found.reindex(range(len(places)), fill_value="").to_numpy(dtype=object))
