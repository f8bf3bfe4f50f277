"""Symbols: rules for the colour of features, written as QML for QGIS and as SLD for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from geoplan.outputs.exports.characters import clean

_INK, _PAPER = "#1f2328", "#ffffff"
_WELL_KNOWN = {"diamond": "square", "cross_fill": "cross", "pentagon": "circle"}
_DASH_ARRAYS = {"dash": "9 4", "dot": "2 4", "dash dot": "10 3 2 3", "dash dot dot": "10 3 2 3 2 3"}
_GEOMETRY_TYPES = {"marker": 0, "line": 1, "fill": 2}
_OGC = "http://www.opengis.net/ogc"
_SLD = "http://www.opengis.net/sld"


@dataclass(frozen=True)
class Rule:
    """A symbol: how it looks, and the features that have it.

    Parameters
    ----------
    label : str
        For the legend.
    colour : str
        ``#rrggbb``.
    marker, dash : str
        Shape of points and stroke of lines, in QGIS's terms.
    equals : str, optional
        Value of the column; empty for all values that no other rule names.
    lower, upper : float
        Range of the column, if ``equals`` is missing. A bound that two rules share belongs to the higher one.
    """

    label: str
    colour: str
    marker: str = "circle"
    dash: str = "solid"
    equals: str | None = None
    lower: float = 0.0
    upper: float = 0.0


# --- QML -------------------------------------------------------------------------------------


def render_qml(column: str, rules: Sequence[Rule], *, kind: str, labels: str | None = None) -> str:
    """Return a style in QML, the format of QGIS.

    Parameters
    ----------
    column : str
        The column that decides the symbol.
    rules : sequence of Rule
        All with ``equals``, or all with a range; the first rule that fits counts.
    kind : str
        ``fill``, ``line`` or ``marker``.
    labels : str, optional
        Column with the labels of the features.
    """
    categories = "Symbology|Labeling" if labels else "Symbology"
    root = ET.Element("qgis", version="3.22.0", styleCategories=categories)
    categorised = rules[0].equals is not None
    renderer = ET.SubElement(
        root,
        "renderer-v2",
        type="categorizedSymbol" if categorised else "graduatedSymbol",
        attr=column,
        symbollevels="0",
        enableorderby="0",
        forceraster="0",
    )
    if not categorised:
        renderer.set("graduatedMethod", "GraduatedColor")
    listed = ET.SubElement(renderer, "categories" if categorised else "ranges")
    symbols = ET.SubElement(renderer, "symbols")
    for number, rule in enumerate(rules):
        label, symbol = clean(rule.label), str(number)
        if rule.equals is not None:
            ET.SubElement(
                listed, "category", value=clean(rule.equals), symbol=symbol, label=label, render="true"
            )
        else:
            lower, upper = f"{rule.lower:.15f}", f"{rule.upper:.15f}"
            ET.SubElement(
                listed, "range", lower=lower, upper=upper, symbol=symbol, label=label, render="true"
            )
        _add_symbol(symbols, symbol, kind, rule)
    if labels:
        _add_labels(root, labels)
    # QGIS does not apply a style to a layer with another type of geometry.
    ET.SubElement(root, "layerGeometryType").text = str(_GEOMETRY_TYPES[kind])
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + _as_text(root)


def _add_symbol(symbols: ET.Element, name: str, kind: str, rule: Rule) -> None:
    symbol = ET.SubElement(
        symbols, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    layer_class = {"fill": "SimpleFill", "line": "SimpleLine", "marker": "SimpleMarker"}[kind]
    layer = ET.SubElement(symbol, "layer", {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"})
    properties = _properties(kind, rule)
    # QGIS 3.26 and later read the options, earlier versions read the props.
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in properties.items():
        ET.SubElement(options, "Option", name=key, type="QString", value=value)
    for key, value in properties.items():
        ET.SubElement(layer, "prop", k=key, v=value)


def _properties(kind: str, rule: Rule) -> dict[str, str]:
    colour, ink = _rgba(rule.colour), _rgba(_INK)
    if kind == "fill":
        return {
            "color": colour, "style": "solid", "outline_color": _rgba("#6c727c"), "outline_style": "solid",
            "outline_width": "0.26", "outline_width_unit": "MM", "joinstyle": "bevel",
        }  # fmt: skip
    if kind == "line":
        return {
            "line_color": colour, "line_style": rule.dash, "line_width": "0.9", "line_width_unit": "MM",
            "capstyle": "flat", "joinstyle": "round",
        }  # fmt: skip
    return {
        "color": colour, "name": rule.marker, "size": "3", "size_unit": "MM", "outline_color": ink,
        "outline_style": "solid", "outline_width": "0.3", "outline_width_unit": "MM", "scale_method": "diameter",
    }  # fmt: skip


def _rgba(colour: str) -> str:
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"


def _add_labels(root: ET.Element, column: str) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    style = ET.SubElement(
        settings, "text-style", fieldName=column, isExpression="0", fontSize="9", fontSizeUnit="Point",
        textColor=_rgba(_INK), textOpacity="1", fontWeight="50",
    )  # fmt: skip
    ET.SubElement(
        style, "text-buffer", bufferDraw="1", bufferSize="0.9", bufferSizeUnits="MM", bufferOpacity="1",
        bufferColor=_rgba(_PAPER), bufferNoFill="0",
    )  # fmt: skip
    ET.SubElement(settings, "placement", placement="1", priority="5", centroidWhole="0", centroidInside="1")
    ET.SubElement(settings, "rendering", drawLabels="1", obstacle="1", displayAll="0")


# --- SLD -------------------------------------------------------------------------------------


def render_sld(
    layer: str, title: str, column: str, rules: Sequence[Rule], *, kind: str, labels: str | None = None
) -> str:
    """Return a style as OGC's Styled Layer Descriptor 1.0.0; parameters as for `render_qml`."""
    root = ET.Element("StyledLayerDescriptor", {"version": "1.0.0", "xmlns": _SLD, "xmlns:ogc": _OGC})
    named = ET.SubElement(root, "NamedLayer")
    ET.SubElement(named, "Name").text = layer
    style = ET.SubElement(named, "UserStyle")
    ET.SubElement(style, "Title").text = clean(title)
    features = ET.SubElement(style, "FeatureTypeStyle")
    top = max((rule.upper for rule in rules), default=0.0)
    for rule in rules:
        element = ET.SubElement(features, "Rule")
        ET.SubElement(element, "Name").text = clean(rule.label)
        ET.SubElement(element, "Title").text = clean(rule.label)
        _add_filter(element, column, rule, top)
        _SYMBOLIZERS[kind](element, rule)
    if labels:
        _add_text(ET.SubElement(features, "Rule"), labels)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _as_text(root)


def _add_filter(element: ET.Element, column: str, rule: Rule, top: float) -> None:
    if rule.equals == "":
        ET.SubElement(element, "ElseFilter")
        return
    holder = ET.SubElement(element, "ogc:Filter")
    if rule.equals is not None:
        _compare(holder, "EqualTo", column, clean(rule.equals))
    elif rule.lower == rule.upper:
        _compare(holder, "EqualTo", column, f"{rule.lower:.15g}")
    else:
        both = ET.SubElement(holder, "ogc:And")
        low = "GreaterThan" if rule.lower == 0 else "GreaterThanOrEqualTo"
        _compare(both, low, column, f"{rule.lower:.15g}")
        _compare(both, "LessThanOrEqualTo" if rule.upper == top else "LessThan", column, f"{rule.upper:.15g}")


def _compare(holder: ET.Element, how: str, column: str, value: str) -> None:
    comparison = ET.SubElement(holder, f"ogc:PropertyIs{how}")
    ET.SubElement(comparison, "ogc:PropertyName").text = column
    ET.SubElement(comparison, "ogc:Literal").text = value


def _add_polygon(element: ET.Element, rule: Rule) -> None:
    symbolizer = ET.SubElement(element, "PolygonSymbolizer")
    _parameters(ET.SubElement(symbolizer, "Fill"), {"fill": rule.colour})
    _parameters(ET.SubElement(symbolizer, "Stroke"), {"stroke": "#6c727c", "stroke-width": "0.7"})


def _add_line(element: ET.Element, rule: Rule) -> None:
    stroke = {"stroke": rule.colour, "stroke-width": "2.5"}
    if rule.dash in _DASH_ARRAYS:
        stroke["stroke-dasharray"] = _DASH_ARRAYS[rule.dash]
    _parameters(ET.SubElement(ET.SubElement(element, "LineSymbolizer"), "Stroke"), stroke)


def _add_point(element: ET.Element, rule: Rule) -> None:
    graphic = ET.SubElement(ET.SubElement(element, "PointSymbolizer"), "Graphic")
    mark = ET.SubElement(graphic, "Mark")
    ET.SubElement(mark, "WellKnownName").text = _WELL_KNOWN.get(rule.marker, rule.marker)
    _parameters(ET.SubElement(mark, "Fill"), {"fill": rule.colour})
    _parameters(ET.SubElement(mark, "Stroke"), {"stroke": _INK, "stroke-width": "0.8"})
    ET.SubElement(graphic, "Size").text = "9"


def _add_text(element: ET.Element, column: str) -> None:
    symbolizer = ET.SubElement(element, "TextSymbolizer")
    ET.SubElement(ET.SubElement(symbolizer, "Label"), "ogc:PropertyName").text = column
    halo = ET.SubElement(symbolizer, "Halo")
    ET.SubElement(halo, "Radius").text = "1.5"
    _parameters(ET.SubElement(halo, "Fill"), {"fill": _PAPER})
    _parameters(ET.SubElement(symbolizer, "Fill"), {"fill": _INK})


def _parameters(element: ET.Element, values: dict[str, str]) -> None:
    for name, value in values.items():
        ET.SubElement(element, "CssParameter", name=name).text = value


_SYMBOLIZERS = {"fill": _add_polygon, "line": _add_line, "marker": _add_point}


def _as_text(root: ET.Element) -> str:
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"
