"""Layers and measures for a map of chosen sites: sites, catchments, and demand out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.page.extras import DistrictMeasure, ExtraLayer

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.planning.siting import Siting


_FEW = 100  # More unreached points than this would hide the districts.


def siting_layers(siting: Siting, districts: gpd.GeoDataFrame) -> list[ExtraLayer]:
    """Return sites, catchments and unreached demand points as layers for the page.

    Parameters
    ----------
    siting : Siting
    districts : GeoDataFrame
        EPSG:4326.
    """
    from geoplan.planning.siting import draw_catchments

    catchments = draw_catchments(siting, districts)
    layers = [
        ExtraLayer(
            _CATCHMENTS, catchments.assign(label=catchments["name"], note=_served(catchments)), "catchment"
        )
    ]
    lost = siting.demand[~siting.covered]
    if len(lost):
        layers.append(
            ExtraLayer(
                _UNREACHED,
                lost[["name", "geometry"]].rename(columns={"name": "note"}),
                "unreached",
                visible=len(lost) <= _FEW,
            )
        )
    for name, existing in ((_EXISTING, True), (_NEW, False)):
        sites = siting.sites[siting.sites["existing"] == existing]
        if len(sites):
            layers.append(ExtraLayer(name, sites.assign(label=sites["name"], note=_served(sites)), "site"))
    return layers


def siting_measures(siting: Siting, described: pd.DataFrame) -> list[DistrictMeasure]:
    """Return the share of each district's demand within reach, or the mean cost to the nearest site.

    Parameters
    ----------
    siting : Siting
    described : DataFrame
        Districts as in `Ledger.districts`.
    """
    from geoplan.planning.siting import compare_coverage

    rows = compare_coverage(siting, described)
    rows = rows[rows["district"].isin(described["district"])].set_index("district")
    cost = DistrictMeasure("site_cost", _COST, rows["mean_cost_after"], unit=siting.unit)
    if siting.within is None:
        return [cost]
    covered = DistrictMeasure("site_covered", _COVERED, rows["share_after"] * 100, unit="%")
    before = DistrictMeasure("site_covered_before", _BEFORE, rows["share_before"] * 100, unit="%")
    return [covered, before, cost] if siting.sites["existing"].any() else [covered, cost]


def _served(sites: pd.DataFrame) -> pd.Series[str]:
    return sites["weight"].map(lambda weight: f"{weight:,.0f}".replace(",", "\u202f"))


_CATCHMENTS = {"en": "Catchments", "fr": "Zones desservies", "lo": "ເຂດບໍລິການ"}
_UNREACHED = {"en": "Out of reach", "fr": "Hors de portée", "lo": "ຢູ່ນອກຂອບເຂດບໍລິການ"}
_EXISTING = {"en": "Existing sites", "fr": "Sites existants", "lo": "ສະຖານທີ່ທີ່ມີຢູ່ແລ້ວ"}
_NEW = {"en": "New sites", "fr": "Nouveaux sites", "lo": "ສະຖານທີ່ໃໝ່"}
_COVERED = {"en": "Demand within reach", "fr": "Demande desservie", "lo": "ສ່ວນທີ່ເຂົ້າເຖິງ"}
_BEFORE = {"en": "Within reach before", "fr": "Desservie avant", "lo": "ເຂົ້າເຖິງກ່ອນໜ້ານີ້"}
_COST = {
    "en": "Distance to the nearest site",
    "fr": "Trajet jusqu’au site le plus proche",
    "lo": "ໄລຍະທາງຫາສະຖານທີ່ໃກ້ສຸດ",
}
