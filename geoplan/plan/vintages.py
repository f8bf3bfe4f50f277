"""Vintages: carries the money of a plan to the districts of another year."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from geoplan.geo.boundaries import make_crosswalk
from geoplan.model.errors import UsageError, raise_if, show_value
from geoplan.model.schema import TABLES
from geoplan.plan.classification_rules import with_indicators
from geoplan.plan.cross_checks import unlisted
from geoplan.plan.district_names import code_districts
from geoplan.plan.districts import BoundaryLayer, move_beside, read_by_code, read_layer
from geoplan.plan.need_scores import with_classes
from geoplan.plan.plan_inputs import files_read
from geoplan.plan.plan_tables import Plan
from geoplan.sources import read
from geoplan.sources.points import read_points
from geoplan.sources.raster import ImpossibleCells, bring_to_grid, open_raster
from geoplan.sources.raw_table import FileSpec

if TYPE_CHECKING:
    import geopandas as gpd

_COVERED = 0.99  # part of an old district that a raster must cover: its edge cuts through cells of the border


def carry_plan(plan: Plan, vintage: str) -> Plan:
    """Return the plan with the districts of another vintage.

    Points, lines and areas are placed directly in the other districts. Money that is placed by the code or name of a
    district is carried by a crosswalk: in proportion to the district's villages in each district of the other vintage
    (or to its area, if the vintage has no points).

    Parameters
    ----------
    plan : Plan
    vintage : str
        The plan's own vintage, or a name in its section ``[vintages]``.

    Returns
    -------
    Plan
        With the districts and the profile of the vintage, and the crosswalk in ``carried_by``.

    Raises
    ------
    UsageError
        The plan has no such vintage.
    InputError
        Its files have errors.
    """
    if vintage == plan.vintage:
        return plan
    if vintage not in plan.vintages:
        known = ", ".join([plan.vintage or "(its own, unnamed)", *sorted(plan.vintages)])
        raise UsageError(f"the plan has no vintage {show_value(vintage)}; it has {known}")
    specs = plan.vintages[vintage]
    layer, points, profile = read_vintage(plan, vintage)
    weights = make_crosswalk(plan.districts, layer.districts, points=points)
    return replace(
        plan,
        districts=layer.districts,
        locations=move_beside(plan.locations, layer.districts),
        profile=profile,
        vintage=vintage,
        origin=plan.districts,
        carried_by=weights,
        water=specs["districts"].water,
        accepted_gaps=specs["districts"].accepted_gaps,
        files={**plan.files, **files_read(specs)},
        remarks=(*plan.remarks, *layer.remarks),
        notes=(*plan.notes, *layer.notes),
    )


def read_vintage(plan: Plan, vintage: str) -> tuple[BoundaryLayer, gpd.GeoDataFrame | None, pd.DataFrame]:
    """Read the files of another vintage of a plan: its districts, its villages if it has any, and its profile.

    Raises
    ------
    InputError
        The files have errors.
    """
    specs = plan.vintages[vintage]
    layer = read_layer(specs["districts"])
    points = read_points(specs["points"]) if "points" in specs else None
    profile = _read_profile(specs["profile"], layer.districts, plan) if "profile" in specs else _no_profile()
    return layer, points, profile


def _read_profile(spec: FileSpec, districts: gpd.GeoDataFrame, plan: Plan) -> pd.DataFrame:
    """Read the profile of the vintage; the plan's rule, if it has one, gives its classes too."""
    rule = plan.classification
    conformed = read(spec, with_indicators(rule))
    raise_if(conformed.problems)
    coded = code_districts(conformed.frame, districts, spec.title, plan.reviewed)
    raise_if(coded.problems)
    raise_if(unlisted(coded.frame, "district", spec.title, districts, "the districts of the vintage"))
    return coded.frame if rule is None else with_classes(coded.frame, rule, spec.title)[0]


def _no_profile() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in TABLES["profile"].names if name != "province"})


def compare_layers(
    old: FileSpec, new: FileSpec, points: FileSpec | None = None, population: Path | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """Return the crosswalk between two boundary files, with names, and remarks on the files.

    Money that is keyed by a code cannot tell rows with the same code apart, so they are one district here.

    Parameters
    ----------
    old, new : FileSpec
    points : FileSpec, optional
        Villages to weight it.
    population : Path, optional
        GeoTIFF of people per cell to weight it.

    Returns
    -------
    weights : DataFrame
        ``old, old_name, new, new_name, weight, basis, left_out`` as in `geoplan.geo.boundaries.make_crosswalk`.
    remarks : list of str
    """
    layers = read_by_code(old), read_by_code(new)
    before, after = (layer.districts for layer in layers)
    people, uncovered = (None, []) if population is None else share_people(before, after, population)
    weights = make_crosswalk(
        before, after, points=None if points is None else read_points(points), people=people
    )
    for column, layer in (("old", before), ("new", after)):
        names = weights[column].map(layer.set_index("district")["name"])
        weights.insert(list(weights.columns).index(column) + 1, f"{column}_name", names)
    return weights, [*(line for layer in layers for line in (*layer.remarks, *layer.notes)), *uncovered]


def share_people(
    old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, population: Path
) -> tuple[pd.DataFrame, list[str]]:
    """Sum people of a raster over the parts of old districts that lie in each new one, and in none.

    An old district that reaches beyond the raster is left out, with a remark: its people are not all known.

    Parameters
    ----------
    old, new : GeoDataFrame
        EPSG:4326, with ``district``.
    population : Path
        GeoTIFF of people per cell.

    Returns
    -------
    people : DataFrame
        ``old, new, amount``; ``new`` is empty for the part of an old district in no new one.
    remarks : list of str
    """
    import numpy as np
    import shapely

    from geoplan.geo.cell_fractions import cell_fractions
    from geoplan.geo.polygons import polygons_of

    before, after = old.geometry.to_numpy(), new.geometry.to_numpy()
    one, other = shapely.STRtree(after).query(before, predicate="intersects")
    parts = polygons_of(shapely.intersection(before[one], after[other]))
    rest = polygons_of(shapely.difference(before, shapely.union_all(after)))
    pieces = np.concatenate([parts, rest])
    rows = pd.DataFrame(
        {
            "old": np.concatenate([old["district"].to_numpy()[one], old["district"].to_numpy()]),
            "new": np.concatenate([new["district"].to_numpy()[other], np.full(len(old), "", dtype=object)]),
            "amount": 0.0,
        }
    )
    amount = np.zeros(len(rows))
    kept = np.flatnonzero(shapely.area(pieces) > 0)
    with open_raster(population) as raster:
        shapes = bring_to_grid(pieces[kept], raster.grid)
        inside = shapely.area(shapely.intersection(shapes, shapely.box(*raster.grid.bounds)))
        sums = (
            pd.DataFrame({"inside": inside, "area": shapely.area(shapes)})
            .groupby(rows["old"].to_numpy()[kept])
            .sum()
        )
        wrong = ImpossibleCells(raster)
        for grid, cells in raster.strips():
            wrong.look_at(cells)
            people = np.nan_to_num(cells.ravel())
            for at, ids, fractions in cell_fractions(shapes, grid.bounds, (grid.rows, grid.columns)):
                amount[kept[at]] += float((people[ids] * fractions).sum())
        wrong.refuse()
    covered = sums["inside"] / sums["area"]
    beyond = covered[covered < _COVERED]
    remarks = [
        f"{population.name} covers {part:.0%} of {show_value(code)}, which is weighted by area instead"
        for code, part in beyond.items()
    ]
    known = rows.assign(amount=amount)[~rows["old"].isin(beyond.index)]
    return known.groupby(["old", "new"], as_index=False).agg(amount=("amount", "sum")), remarks
