"""Layers of districts and points with no project location nearby."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from geoplan.analysis.gaps import find_unreached_districts, find_unreached_points
from geoplan.page.extras import ExtraLayer

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan

_MOST_LABELS = 30  # More names than this would hide the districts.
_NAMES = {
    "districts": {
        "en": "Districts with no project within {reach} km",
        "fr": "Districts sans projet à moins de {reach} km",
        "lo": "ເມືອງທີ່ບໍ່ມີໂຄງການພາຍໃນ {reach} ກມ",
    },
    "points": {
        "en": "Villages with no project within {reach} km",
        "fr": "Villages sans projet à moins de {reach} km",
        "lo": "ບ້ານທີ່ບໍ່ມີໂຄງການພາຍໃນ {reach} ກມ",
    },
}


def draw_unreached(
    plan: Plan, reach: float, points: gpd.GeoDataFrame | None = None
) -> tuple[ExtraLayer, ...]:
    """Return layers of the districts and points with no project location within a distance.

    Parameters
    ----------
    plan : Plan
    reach : float
        Kilometres, geodesic.
    points : GeoDataFrame, optional
        Villages or other points, in any CRS, with an optional column ``name``.

    Returns
    -------
    tuple of ExtraLayer
        For `geoplan.build_map`; an empty layer is left out. Each feature has a note with the distance to the
        nearest project location, and its project.

    Raises
    ------
    InputError
        Points without a CRS, or with invalid geometries.
    UsageError
        The reach is not a distance.
    """
    found = {"districts": find_unreached_districts(plan, reach)}
    if points is not None:
        found["points"] = find_unreached_points(plan, points, reach)
    layers = []
    for kind, features in found.items():
        out = features[~features["reached"].to_numpy(dtype=bool)].reset_index(drop=True)
        if len(out):
            names = {language: name.format(reach=f"{reach:g}") for language, name in _NAMES[kind].items()}
            layers.append(ExtraLayer(names, _noted(out), "unreached"))
    return tuple(layers)


def _noted(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return features with a note about the nearest project location, and with labels if they are few."""
    named = features["name"] if "name" in features else [None] * len(features)
    columns = features[["geometry"]].copy()
    if len(features) <= _MOST_LABELS:
        columns["label"] = [None if pd.isna(name) else str(name) for name in named]
    columns["note"] = [
        " · ".join(str(part) for part in (name, _distance(kilometres), project) if not pd.isna(part)) or None
        for name, kilometres, project in zip(
            named, features["kilometres"], features["nearest_project"], strict=True
        )
    ]
    return columns


def _distance(kilometres: float) -> str | None:
    return None if pd.isna(kilometres) else f"{kilometres:.1f} km"
