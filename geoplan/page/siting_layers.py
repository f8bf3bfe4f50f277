"""Layers and measures for a map of chosen sites: sites, catchments, and demand out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.page.extras import DistrictMeasure, ExtraLayer

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.planning.siting import Siting


_FEW = 100  # More unreached points than this would hide the districts.


def siting_layers(
    siting: Siting, districts: gpd.GeoDataFrame, isochrones: gpd.GeoDataFrame | None = None
) -> list[ExtraLayer]:
    """Return sites, catchments, isochrones, demand points by minutes and unreached ones as layers for the page.

    Parameters
    ----------
    siting : Siting
    districts : GeoDataFrame
        EPSG:4326.
    isochrones : GeoDataFrame, optional
        ``minutes`` and areas within them, the largest first.
    """
    from geoplan.planning.siting import draw_catchments

    catchments = draw_catchments(siting, districts)
    layers = [
        ExtraLayer(
            _CATCHMENTS,
            catchments.assign(label=catchments["name"], note=_served(catchments)),
            "catchment",
            visible=isochrones is None,
        )
    ]
    if isochrones is not None and len(isochrones):
        said = isochrones["minutes"].map(_minutes)
        layers.append(ExtraLayer(_ISOCHRONES, isochrones.assign(label=said, note=said), "catchment"))
    elif siting.unit == "min" and siting.covered.any():
        layers.append(ExtraLayer(_BY_MINUTES, _timed(siting), "context", visible=False))
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


def _timed(siting: Siting) -> gpd.GeoDataFrame:
    """Return the demand points within reach, each with its minutes to the nearest site."""
    found = siting.demand[siting.covered]
    note = found["name"].astype(str) + ", " + found["cost"].map(_minutes)
    return found[["geometry"]].assign(note=note)


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min"


def _served(sites: pd.DataFrame) -> pd.Series[str]:
    return sites["weight"].map(lambda weight: f"{weight:,.0f}".replace(",", "\u202f"))


_CATCHMENTS = {"en": "Catchments", "fr": "Zones desservies", "lo": "ເຂດບໍລິການ"}
_ISOCHRONES = {
    "en": "Minutes to a site",
    "fr": "Minutes jusqu’à un site",
    "lo": "ນາທີຫາສະຖານທີ່",
}
_BY_MINUTES = {
    "en": "Within reach, by minutes",
    "fr": "Desservis, en minutes",
    "lo": "ເຂົ້າເຖິງໄດ້, ເປັນນາທີ",
}
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
