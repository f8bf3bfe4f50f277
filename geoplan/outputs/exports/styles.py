"""Styles of the layers, so that QGIS (QML) and other programs (SLD) open them in colour."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoplan.analysis.bivariate import (
    cell_colour,
    cross_money_and_poverty,
    describe_cuts,
    divisor_of,
    name_cell,
)
from geoplan.analysis.class_breaks import SEQUENTIAL, class_breaks
from geoplan.ledger.summary import separate_kinds
from geoplan.model.errors import show_number
from geoplan.outputs.exports.symbols import Rule, render_qml, render_sld
from geoplan.outputs.exports.written_tables import CROSSED, amount_column

if TYPE_CHECKING:
    import geopandas as gpd

    from geoplan.ledger.entries import Ledger

# ColorBrewer "BrBG" (Brewer & Harrower), Paul Tol's "light", Okabe & Ito: all safe for
# colour-blind readers. The page has the same colours.
_BROWN_TO_GREEN = ("#a6611a", "#dfc27d", "#f2f0e6", "#80cdc1", "#018571")
_RATIO_BREAKS = (0.5, 0.8, 1.25, 2.0)
_LIGHT = ("#99ddff", "#ee8866", "#eedd88", "#ffaabb", "#44bb99", "#aaaa00", "#bbcc33", "#77aadd")
_STANDING_OUT = ("#d55e00", "#f0e442", "#009e73", "#cc79a7", "#111111", "#e69f00")
_MARKERS = ("circle", "square", "triangle", "diamond", "cross_fill", "star")
_DASHES = ("solid", "dash", "dot", "dash dot", "dash dot dot", "solid")
_NONE, _BELOW, _OTHER, _NO_DATA = "#ffffff", "#e8c9de", "#8a8f98", "#d9d6d0"
_STEPS = ("low", "middle", "high")
SHAPES = {"point": (0, 4), "line": (1, 2, 5), "area": (3, 6)}
"""Shapes of features, each with GEOS's numbers of the geometry types it covers."""


@dataclass(frozen=True)
class LayerStyle:
    """A stored style of a layer.

    Parameters
    ----------
    layer : str
    name : str
        At most 30 characters, the limit of QGIS.
    description : str
    qml, sld : str
        The style in the formats of QGIS and of OGC's Styled Layer Descriptor 1.0.0.
    """

    layer: str
    name: str
    description: str
    qml: str
    sld: str


def layer_styles(
    districts: gpd.GeoDataFrame | None, locations: gpd.GeoDataFrame | None, ledger: Ledger
) -> list[LayerStyle]:
    """Return the styles of the layers of an export; the first style of a layer is its default.

    Parameters
    ----------
    districts, locations : GeoDataFrame, optional
        From `geoplan.outputs.exports.written_tables.written_tables`.
    ledger : Ledger

    Returns
    -------
    list of LayerStyle
        For districts, if figures exist: amount of each currency and kind of money (the one with most entries first),
        amount per poor person, money × poverty, targeting ratio and poverty class. For locations: component, with a style each for
        points, lines and areas.
    """
    styles = [] if districts is None else _district_styles(districts, ledger)
    return styles if locations is None else [*styles, *_location_styles(locations)]


def _district_styles(districts: gpd.GeoDataFrame, ledger: Ledger) -> list[LayerStyle]:
    counts = ledger.entries.groupby(["currency", *separate_kinds([], ledger)], observed=True).size()
    counted = [(key if isinstance(key, tuple) else (key,), int(count)) for key, count in counts.items()]
    styles = []
    for (code, *kind), _ in sorted(counted, key=lambda row: (-row[1], row[0])):
        amount, per_poor, ratio = (
            amount_column(name, str(code), *kind) for name in ("amount", "per_poor_person", "targeting_ratio")
        )
        money = ", ".join([str(code), *kind])
        styles.append(_graduated(districts, amount, f"Amount, {money}", str(code)))
        if per_poor in districts:
            styles.append(_graduated(districts, per_poor, f"Per poor person, {money}", str(code)))
        styles += _crossed(districts, ledger, str(code), *map(str, kind))
        if ratio in districts:
            styles.append(_by_ratio(ratio, f"Targeting ratio, {money}"))
    if "poverty_class" in districts:
        names = sorted(districts["poverty_class"].dropna().unique())
        rules = [
            Rule(str(name), colour, equals=str(name)) for name, colour in zip(names, _LIGHT, strict=False)
        ]
        # No colour stands for two classes: those beyond the palette are one grey, named so.
        rules += [Rule(f"{name} (other)", _OTHER, equals=str(name)) for name in names[len(_LIGHT) :]]
        styles.append(_style("districts", "Poverty class", "poverty_class", rules))
    return styles


def _graduated(districts: gpd.GeoDataFrame, column: str, title: str, currency: str) -> LayerStyle:
    values = districts[column].astype("float64")
    breaks = class_breaks(values)
    lowest, highest = float(values.min()), float(values.max())
    # QGIS takes the first range that fits, but a value on a bound belongs to the class above it.
    rules = [Rule("nothing", _NONE, lower=0.0, upper=0.0)]
    if highest > 0:
        bounds = [0.0, *breaks, highest]
        classes = zip(SEQUENTIAL[len(bounds) - 1], bounds[:-1], bounds[1:], strict=True)
        rules += reversed(
            [
                Rule(f"{currency} {_shown(low)} to {_shown(high)}", colour, lower=low, upper=high)
                for colour, low, high in classes
            ]
        )
    if lowest < 0:
        rules.append(Rule(f"below {currency} 0", _BELOW, lower=lowest, upper=0.0))
    return _style("districts", title, column, rules)


def _crossed(districts: gpd.GeoDataFrame, ledger: Ledger, code: str, *kind: str) -> list[LayerStyle]:
    """Return the styles of money × poverty, whose description says where the classes are cut."""
    styles = []
    for name, how in CROSSED.items():
        column = amount_column(name, code, *kind)
        if column not in districts:
            continue
        rows = cross_money_and_poverty(ledger, **how)
        rows = rows[(rows["currency"].astype(object) == code) & rows["cell"].notna()]
        if kind:
            rows = rows[rows["kind"].astype(object) == kind[0]]
        names = sorted({*rows["money_step"], *rows["poverty_step"]}, key=_STEPS.index)
        counts = rows["cell"].value_counts()
        rules = [
            Rule(
                f"{name_cell(money, poverty)} ({counts.get(name_cell(money, poverty), 0)})",
                cell_colour(money, poverty),
                equals=name_cell(money, poverty),
            )
            for poverty in reversed(names)
            for money in names
        ]
        rules.append(Rule("no data", _NO_DATA, equals=""))
        title = f"Money × poverty, per {divisor_of(rows)}, {', '.join([code, *kind])}"
        cuts = describe_cuts(rows, code)
        short = f"Money poverty {'person ' if how else ''}{' '.join([code, *kind])}"
        style = _style("districts", short, column, rules)
        styles.append(replace(style, description=f"{title}. {cuts}"))
    return styles


def _by_ratio(column: str, title: str) -> LayerStyle:
    words = ("less than half its share", "less", "near its share", "more", "more than twice its share")
    bounds = [0.0, *_RATIO_BREAKS, 1e9]
    rules = [
        Rule(f"{word} of the poor", colour, lower=low, upper=high)
        for word, colour, low, high in zip(words, _BROWN_TO_GREEN, bounds[:-1], bounds[1:], strict=True)
    ]
    return _style("districts", title, column, rules[::-1])


def _location_styles(locations: gpd.GeoDataFrame) -> list[LayerStyle]:
    column = "component" if "component" in locations else "project"
    names = sorted(locations[column].dropna().unique())
    distinct = len(_STANDING_OUT)
    looks = [(_STANDING_OUT[at], _MARKERS[at], _DASHES[at]) for at in range(distinct)]
    rules = [Rule(str(name), *look, equals=str(name)) for name, look in zip(names, looks, strict=False)]
    rules.append(Rule("other", _OTHER, "pentagon", "dot", equals=""))
    title = column.capitalize()
    kinds = {"point": "marker", "line": "line", "area": "fill"}
    shapes = sorted(name_shapes(locations).dropna().unique(), key=list(kinds).index)
    layers = [("locations", kinds[shape]) for shape in shapes[:1]]
    layers += [(f"locations_{shape}s", kinds[shape]) for shape in shapes if len(shapes) > 1]
    return [_style(layer, title, column, rules, kind=kind) for layer, kind in layers]


def name_shapes(layer: gpd.GeoDataFrame) -> pd.Series[Any]:
    """Name the shape of each feature: point, line, area, or missing."""
    import shapely

    names = {number: shape for shape, numbers in SHAPES.items() for number in numbers}
    numbers = pd.Series(shapely.get_type_id(layer.geometry.to_numpy()), index=layer.index)
    return numbers.map(names).astype(object)


def _style(layer: str, title: str, column: str, rules: Sequence[Rule], *, kind: str = "fill") -> LayerStyle:
    labels = "name" if layer == "districts" else None
    return LayerStyle(
        layer=layer,
        name=re.sub(r"\W+", " ", title).strip()[:30],
        description=title,
        qml=render_qml(column, rules, kind=kind, labels=labels),
        sld=render_sld(layer, title, column, rules, kind=kind, labels=labels),
    )


def _shown(number: Any) -> str:
    return (show_number(number) if number < 100 else f"{number:,.0f}").replace(",", "\u202f")
