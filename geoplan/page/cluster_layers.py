"""What the map of clusters shows: G* by district, and outlines of the interesting districts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd

from geoplan.page.extras import DistrictMeasure, ExtraLayer

if TYPE_CHECKING:
    from geoplan.analysis.clusters import Clusters

_LABEL = {
    "en": "Cluster of {measure} (G*, z-score)",
    "fr": "Regroupement de {measure} (G*, score z)",
    "lo": "ກຸ່ມຂອງ {measure} (G*, ຄະແນນ z)",
}
_LAYER = {"en": "Interesting districts", "fr": "Districts intéressants", "lo": "ເມືອງທີ່ໜ້າສົນໃຈ"}


def cluster_measures(found: Clusters) -> list[DistrictMeasure]:
    """Return G* of each district, as a measure above and below zero."""
    label = {language: text.format(measure=found.measure) for language, text in _LABEL.items()}
    values = found.districts.set_index("district")["g_star"]
    return [DistrictMeasure("cluster", label, values, scale="diverging")]


def cluster_layers(found: Clusters, boundaries: gpd.GeoDataFrame) -> list[ExtraLayer]:
    """Return the outlines of interesting districts, each with the name of its cluster; none without any."""
    named = found.districts[found.districts["cluster"] != ""].set_index("district")
    if named.empty:
        return []
    shapes = boundaries.set_index("district").loc[named.index]
    features = gpd.GeoDataFrame(
        {"note": (named["name"] + ": " + named["cluster"]).to_numpy()},
        geometry=shapes.geometry.boundary.to_numpy(),
        crs=boundaries.crs,
    )
    return [ExtraLayer(_LAYER, features, style="line")]
