"""Measures and layers beside the plan: what travels in the page, and what is refused."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box
from shapely.geometry import LineString, Point

import geoplan as gp
from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import UsageError
from geoplan.page.page_data import page_data


def data_of(toys, plan=None, **extras):
    plan = plan or toys.small_plan()
    return page_data(plan, build_ledger(plan), **extras)


def measure(values, **about):
    return gp.DistrictMeasure(
        **{"key": "gap", "label": "Gap", "values": pd.Series(values, dtype=object), **about}
    )


def layer(*shapes, crs=4326, **about):
    columns = {name: about.pop(name) for name in ("label", "note") if name in about}
    features = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)
    return gp.ExtraLayer(**{"name": "Extra", "features": features, "style": "context", **about})


def test_values_follow_the_districts_and_what_is_no_number_is_no_data(toys):
    gap = measure({"D2": -1.5, "D0": 3, "D3": np.inf}, scale="diverging", unit="EUR", currency="EUR")
    data = data_of(toys, measures=[gap], measure="gap")
    assert data["measure"] == "gap"
    assert data["measures"][-1] == "gap"
    assert data["extra_measures"] == [
        {
            "key": "gap",
            "label": {"en": "Gap"},
            "unit": {"en": "EUR"},
            "scale": "diverging",
            "currency": "EUR",
            "values": [3.0, None, -1.5, None],
        }
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": "amount"}, "empty or already used: 'amount'"),
        ({"key": ""}, "empty or already used: ''"),
        ({"scale": "rainbow"}, "unknown scale 'rainbow'"),
        ({"values": pd.Series({"D9": 1.0})}, "only codes of the plan's districts, each once: 'D9'"),
        (
            {"values": pd.Series([1.0, 2.0], index=["D1", "D1"])},
            "only codes of the plan's districts, each once: 'D1'",
        ),
        ({"values": pd.Series({"D1": "many"})}, "must be numbers"),
        ({"label": {"fr": "Écart"}}, "a text by language must have en"),
        ({"label": {"en": "Gap", "xx": "?"}}, "a text by language must have en"),
    ],
)
def test_measures_that_can_not_be_shown_are_refused(toys, wrong, said):
    with pytest.raises(UsageError, match=said):
        data_of(toys, measures=[measure({"D0": 1}, **wrong) if "values" not in wrong else measure(**wrong)])


def test_two_measures_of_one_key_are_refused(toys):
    with pytest.raises(UsageError, match="already used: 'gap'"):
        data_of(toys, measures=[measure({"D0": 1}), measure({"D0": 2})])


def test_layers_of_any_shape_and_crs_come_in_grid_cells(toys):
    shapes = gpd.GeoSeries([Point(0.5, 0.5), LineString([(0, 0), (4, 1)]), box(1, 0, 2, 1)], crs=4326)
    moved = shapes.to_crs(32648)
    data = data_of(toys, layers=[layer(*moved, crs=32648, label=["A", None, "B"], style="site")])
    (drawn,) = data["layers"]
    step = data["grid"]["step"]
    assert (drawn["name"], drawn["style"], drawn["visible"]) == ({"en": "Extra"}, "site", True)
    assert drawn["label"] == ["A", None, "B"]
    assert drawn["note"] is None
    assert [drawn["points"]["x"][0] * step, drawn["points"]["y"][0] * step] == pytest.approx(
        [0.5, 0.5], abs=1e-3
    )
    assert drawn["lines"]["location"] == [1]
    assert drawn["areas"]["location"] == [2]


def test_what_lies_far_away_is_cut_off_with_its_label(toys):
    river = LineString([(-180, 0.5), (180, 0.5)])
    data = data_of(
        toys, layers=[layer(Point(100, 50), river, label=["far", "river"], note=["x", None], style="water")]
    )
    (drawn,) = data["layers"]
    assert drawn["label"] == ["river"]
    assert drawn["note"] is None
    x, _, run, _ = drawn["lines"]["path"][0]
    step = data["grid"]["step"]
    assert (x * step, run * step) == (pytest.approx(-3, abs=1e-3), pytest.approx(10, abs=1e-3))


def test_features_that_touch_the_edge_or_are_invalid_do_not_break_the_page(toys):
    bow = gpd.GeoSeries.from_wkt(["POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"])[0]
    data = data_of(toys, layers=[layer(bow, box(7, 0, 9, 1), None, Point(), style="catchment")])
    (drawn,) = data["layers"]
    assert len(drawn["areas"]["rings"]) == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"style": "neon"}, "unknown style 'neon'"),
        ({"crs": None}, "layer 'Extra' has no CRS"),
        ({"name": {"lo": "ນ"}}, "a text by language must have en"),
    ],
)
def test_layers_that_can_not_be_shown_are_refused(toys, wrong, said):
    with pytest.raises(UsageError, match=said):
        data_of(toys, layers=[layer(Point(0, 0), **wrong)])


def test_a_page_without_extras_has_none(toys):
    data = data_of(toys)
    assert data["extra_measures"] == []
    assert data["layers"] == []


def test_a_map_takes_extras(toys):
    built = gp.build_map(toys.small_plan(), measures=[measure({"D0": 1})], layers=[layer(Point(1, 1))])
    assert built.data["layers"][0]["points"]["x"]


def test_the_example_of_the_docs_runs():
    page = (Path(__file__).parents[2] / "docs" / "map.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names = {}
    exec(compile(example, "docs/map.md", "exec"), names)
    assert names["built"].data["layers"][-1]["label"] == ["A"]
    assert names["built"].data["extra_measures"][0]["values"][0] == 2.0


@pytest.mark.parametrize(("count", "visible"), [(100, True), (101, False)])
def test_more_than_100_unreached_points_are_hidden_at_first(count: int, visible: bool) -> None:
    from geoplan.page.siting_layers import siting_layers
    from geoplan.planning.siting import choose_sites

    square = gpd.GeoDataFrame({"district": ["A"]}, geometry=[box(0, 0, 1, 1)], crs=4326)
    at = gpd.points_from_xy([0.1, *[0.9] * count], [0.5] * (count + 1))
    villages = gpd.GeoDataFrame({"name": "v"}, index=range(count + 1), geometry=at, crs=4326)
    found = choose_sites(villages, villages.iloc[:1], count=1, within=5)
    (lost,) = [layer for layer in siting_layers(found, square) if len(layer.features) == count]
    assert lost.visible == visible


def test_minutes_to_a_site_are_a_layer_of_areas_or_of_points() -> None:
    from geoplan.page.siting_layers import siting_layers
    from geoplan.planning.siting import choose_sites

    square = gpd.GeoDataFrame({"district": ["A"]}, geometry=[box(0, 0, 1, 1)], crs=4326)
    villages = gpd.GeoDataFrame(
        {"name": ["near", "off"]}, geometry=gpd.points_from_xy([0.2, 0.8], [0.5, 0.5]), crs=4326
    )

    def minutes(points: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> object:
        return np.array([[34.2], [np.inf]])

    found = choose_sites(villages, villages.iloc[:1], count=1, within=60, costs=minutes, unit="min")
    by_name = {layer.name["en"]: layer for layer in siting_layers(found, square)}
    timed = by_name["Within reach, by minutes"]
    assert timed.features["note"].tolist() == ["near, 34 min"] and not timed.visible
    areas = gpd.GeoDataFrame({"minutes": [60.0, 15.0]}, geometry=[square.geometry[0]] * 2, crs=4326)
    layers = siting_layers(found, square, areas)
    assert layers[1].features["label"].tolist() == ["60 min", "15 min"]
    assert [layer.visible for layer in layers[:2]] == [False, True]
