"""Layers of districts and points with no project location nearby."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.analysis.gaps import find_unreached_districts, find_unreached_points
from geoplan.model.errors import show_number
from geoplan.page.extras import ExtraLayer, Style

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
    "beyond": {
        "en": "Villages with no project within {reach} min",
        "fr": "Villages sans projet à moins de {reach} min",
        "lo": "ບ້ານທີ່ບໍ່ມີໂຄງການພາຍໃນ {reach} ນາທີ",
    },
    "within": {
        "en": "Villages with a project within {reach} min",
        "fr": "Villages avec un projet à moins de {reach} min",
        "lo": "ບ້ານທີ່ມີໂຄງການພາຍໃນ {reach} ນາທີ",
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
    out = {kind: features[~features["reached"].to_numpy(dtype=bool)] for kind, features in found.items()}
    return _layers(out, reach)


def draw_by_minutes(found: gpd.GeoDataFrame, reach: float) -> tuple[ExtraLayer, ...]:
    """Return layers of the points beyond and within a time of a project, each with its minutes.

    Parameters
    ----------
    found : GeoDataFrame
        From `geoplan.analysis.gaps.find_points_beyond`.
    reach : float
        Minutes.
    """
    is_near = found["reached"].to_numpy(dtype=bool)
    return _layers({"within": found[is_near], "beyond": found[~is_near]}, reach)


def _layers(found: Mapping[str, gpd.GeoDataFrame], reach: float) -> tuple[ExtraLayer, ...]:
    """Return a layer of each kind of features, without empty ones."""
    layers = []
    for kind, features in found.items():
        if len(features):
            names = {
                language: name.format(reach=show_number(reach)) for language, name in _NAMES[kind].items()
            }
            style: Style = "context" if kind == "within" else "unreached"
            layers.append(ExtraLayer(names, _noted(features.reset_index(drop=True)), style))
    return tuple(layers)


def _noted(features: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return features with a note about the nearest project location, and with labels if they are few."""
    named = features["name"] if "name" in features else [None] * len(features)
    columns = features[["geometry"]].copy()
    if len(features) <= _MOST_LABELS:
        columns["label"] = [None if pd.isna(name) else str(name) for name in named]
    columns["note"] = [
        " · ".join(str(part) for part in (name, way, project) if not pd.isna(part)) or None
        for name, way, project in zip(named, _ways(features), features["nearest_project"], strict=True)
    ]
    return columns


def _ways(features: gpd.GeoDataFrame) -> list[str | None]:
    """Return the kilometres or minutes to the nearest project in words; none where no way is known."""
    column, unit, digits = ("minutes", "min", 0) if "minutes" in features else ("kilometres", "km", 1)
    return [f"{way:.{digits}f} {unit}" if np.isfinite(way) else None for way in features[column]]
