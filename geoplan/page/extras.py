"""Extra measures and layers that an analyst adds to the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
import pandas as pd
import shapely

from geoplan.model.choices import LANGUAGES
from geoplan.model.errors import UsageError, list_first, show_value
from geoplan.model.schema import CRS
from geoplan.page.topology import Geometries, ScreenGrid, draw_parts

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.plan.plan_tables import Plan

Scale = Literal["sequential", "diverging"]
Style = Literal["context", "water", "neighbour", "site", "catchment", "unreached", "line"]
Text = str | Mapping[str, str]

SCALES: tuple[str, ...] = get_args(Scale)
STYLES: tuple[str, ...] = get_args(Style)

_GROUND_STYLES = ("context", "water", "neighbour")
_AROUND = 0.75
"""How far beyond the districts layers are kept, as a share of the area's longer side."""


@dataclass(frozen=True)
class DistrictMeasure:
    """A figure per district that can colour the map, in addition to the page's own measures.

    The filters of the page do not change it.

    Parameters
    ----------
    key : str
        Short name for the page's address; not one of `geoplan.page.page_data.MEASURES`.
    label : str or mapping of language to str
        Name; a mapping has at least ``en``.
    values : Series of numbers
        By district code. Absent districts, and missing or infinite values, have no data.
    unit : str or mapping of language to str
        Unit, such as ``km`` or ``persons``.
    scale : {"sequential", "diverging"}
        Diverging for figures above and below zero, with the same class breaks on both sides.
    currency : str, optional
        ISO 4217 code, if the figure is money in currency units.
    """

    key: str
    label: Text
    values: pd.Series[Any]
    unit: Text = ""
    scale: Scale = "sequential"
    currency: str | None = None


@dataclass(frozen=True)
class ExtraLayer:
    """Points, lines or areas on the map, in addition to districts and projects.

    Parameters
    ----------
    name : str or mapping of language to str
        Name; a mapping has at least ``en``.
    features : GeoDataFrame
        Any CRS. Optional columns: ``label``, a name that is drawn where there is room, and ``note``,
        which is shown when a reader selects the feature. Features far from the districts are clipped.
    style : {"context", "water", "neighbour", "site", "catchment", "unreached", "line"}
        Drawing style; ``neighbour`` is quiet ground around the districts.
    visible : bool
        Whether it is shown when the page opens.
    """

    name: Text
    features: gpd.GeoDataFrame
    style: Style
    visible: bool = True


def surrounding_layers(plan: Plan) -> list[ExtraLayer]:
    """Return the layers for orientation in ``[map]`` of a plan as layers for the page."""
    return [ExtraLayer(layer.name, layer.features, cast("Style", layer.style)) for layer in plan.surroundings]


def measure_columns(
    measures: Sequence[DistrictMeasure], codes: Sequence[str], taken: Sequence[str]
) -> list[dict[str, Any]]:
    """Return extra measures as plain data for the page.

    Parameters
    ----------
    measures : sequence of DistrictMeasure
    codes : sequence of str
        District codes, in the page's order.
    taken : sequence of str
        Names of the page's own measures.

    Raises
    ------
    UsageError
        A key is taken, a scale or a district code is unknown, or values are not numbers.
    """
    seen = set(taken)
    columns = []
    for measure in measures:
        if not measure.key or measure.key in seen:
            raise UsageError(
                f"the key of an extra measure is empty or already used: {show_value(measure.key)}"
            )
        if measure.scale not in SCALES:
            raise UsageError(f"unknown scale {show_value(measure.scale)}: choose from {', '.join(SCALES)}")
        seen.add(measure.key)
        columns.append(
            {
                "key": measure.key,
                "label": _in_languages(measure.label),
                "unit": _in_languages(measure.unit),
                "scale": measure.scale,
                "currency": measure.currency,
                "values": _values_by_district(measure, codes),
            }
        )
    return columns


def _values_by_district(measure: DistrictMeasure, codes: Sequence[str]) -> list[float | None]:
    values = measure.values
    strange = [str(code) for code in values.index if code not in set(codes)]
    if strange or not values.index.is_unique:
        wrong = strange or [str(code) for code in values.index[values.index.duplicated()]]
        raise UsageError(
            f"the measure {show_value(measure.key)} must have only codes of the plan's districts, each once: "
            f"{list_first(map(show_value, wrong))}"
        )
    try:
        numbers = values.astype(float).reindex(list(codes))
    except (TypeError, ValueError):
        raise UsageError(f"the values of the measure {show_value(measure.key)} must be numbers") from None
    return [float(f"{number:.10g}") if np.isfinite(number) else None for number in numbers]


def layer_columns(layers: Sequence[ExtraLayer], grid: ScreenGrid, area: Geometries) -> list[dict[str, Any]]:
    """Return extra layers as plain data for the page.

    Parameters
    ----------
    layers : sequence of ExtraLayer
    grid : ScreenGrid
    area : array of polygons
        The districts, unwrapped; features far from them are clipped.

    Raises
    ------
    UsageError
        A style is unknown, or features have no CRS.
    """
    return [_layer_columns(layer, grid, _surroundings(area)) for layer in layers]


def _layer_columns(layer: ExtraLayer, grid: ScreenGrid, view: tuple[float, ...] | None) -> dict[str, Any]:
    name = _in_languages(layer.name)
    if layer.style not in STYLES:
        raise UsageError(f"unknown style {show_value(layer.style)}: choose from {', '.join(STYLES)}")
    if layer.features.crs is None:
        raise UsageError(f"the layer {show_value(name['en'])} has no CRS: set one with GeoDataFrame.set_crs")
    features = layer.features.to_crs(CRS)
    shapes = grid.unwrap(np.asarray(features.geometry.to_numpy(), dtype=object))
    if view is not None:
        shapes = _cut(shapes, view)
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if layer.style in _GROUND_STYLES:
        # A lake or a neighbour that is smaller than a mark on the screen is not visible.
        kept &= (shapely.get_dimensions(shapes) < 2) | (shapely.area(shapes) > grid.tolerance**2)
    features, shapes = features[kept], shapes[kept]
    return {
        "name": name,
        "style": layer.style,
        "visible": layer.visible,
        "label": _texts(features, "label"),
        "note": _texts(features, "note"),
        **draw_parts(shapes, grid),
    }


def _surroundings(area: Geometries) -> tuple[float, ...] | None:
    """Return west, south, east and north of the box in which features are kept, in degrees."""
    bounds = shapely.total_bounds(area)
    if np.isnan(bounds).any():
        return None
    reach = _AROUND * max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    return (bounds[0] - reach, bounds[1] - reach, bounds[2] + reach, bounds[3] + reach)


def _cut(shapes: Geometries, view: tuple[float, ...]) -> Geometries:
    """Clip shapes to the view by intersection, because `shapely.clip_by_rect` would drop points on its edge."""
    inside = shapely.box(*view)
    return np.asarray(shapely.intersection(shapely.make_valid(shapes), inside), dtype=object)


def _texts(features: pd.DataFrame, column: str) -> list[str | None] | None:
    """Return a column of strings, or None if it is missing or empty in every row."""
    if column not in features or features[column].isna().all():
        return None
    return [None if pd.isna(value) or str(value) == "" else str(value) for value in features[column]]


def _in_languages(text: Text) -> dict[str, str]:
    """Return a text by language; a single text counts for all languages."""
    if isinstance(text, str):
        return {"en": text}
    if "en" not in text or set(text) - set(LANGUAGES):
        raise UsageError(f"a text by language must have en, and may have {', '.join(LANGUAGES[1:])}")
    return {language: str(text[language]) for language in LANGUAGES if language in text}
