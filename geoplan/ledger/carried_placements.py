"""Placements carried to the districts of another vintage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.geo.district_index import DistrictIndex
from geoplan.ledger.placement import place_locations
from geoplan.model.money import SHARE_UNITS, share_units
from geoplan.model.placement_rules import BY_GEOMETRY, PlacementRule, has_rule
from geoplan.model.schema import DISTRICT

if TYPE_CHECKING:
    import geopandas as gpd


def carry_placements(
    placements: pd.DataFrame,
    locations: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    weights: pd.DataFrame,
    *,
    index: DistrictIndex | None = None,
) -> pd.DataFrame:
    """Carry placements to the districts of another vintage.

    What has a point, line or area is placed again by it; what was placed by a district's code or
    name is split by the crosswalk; what is in a bucket for being coarse stays there.

    Parameters
    ----------
    placements : DataFrame
        Of `place_locations` for these locations, on the districts they were written for.
    locations : GeoDataFrame
    districts : GeoDataFrame
        Of the other vintage.
    weights : DataFrame
        ``old, new, weight`` of `geoplan.geo.boundaries.make_crosswalk`.
    index : DistrictIndex, optional
        Over the districts, when there is one already.

    Returns
    -------
    DataFrame
        As `place_locations`; what was carried has the flag ``CARRIED`` and the old code in ``carried_from``. What
        lies in no district of the other vintage is ``unmatched``.
    """
    by_shape = has_rule(placements["rule"], BY_GEOMETRY)
    shaped = locations.assign(district=None, name=None).set_geometry(
        locations.geometry.where(locations.index.isin(placements.loc[by_shape, "location_row"]))
    )
    placed_again = place_locations(shaped, districts, index=index)
    placed_again = placed_again[placed_again["location_row"].isin(placements.loc[by_shape, "location_row"])]
    named = placements[~by_shape & (placements["place"] == DISTRICT)]
    split_up = named.merge(weights, left_on="district", right_on="old")
    undecided = split_up["new"] == ""
    split_up = split_up.assign(
        place=split_up["place"].astype(object).mask(undecided, "unmatched"),
        district=split_up["new"].astype(object).mask(undecided, None),
        rule=split_up["rule"] | int(PlacementRule.CARRIED),
        carried_from=split_up["old"],
        share=split_up["share"] * split_up["weight"] / SHARE_UNITS,
    )[list(placements.columns)]
    rest = placements[~by_shape & (placements["place"] != DISTRICT)]
    unchanged = pd.concat([placed_again, rest]).assign(share=lambda frame: frame["share"] / SHARE_UNITS)
    carried = pd.concat([unchanged, split_up], ignore_index=True)
    carried = carried.sort_values(
        ["location_row", "district", "place"], na_position="last", ignore_index=True
    )
    rows = carried["location_row"].to_numpy()
    carried["share"] = share_units(carried["share"].to_numpy(dtype=float), rows, len(locations))
    return carried
