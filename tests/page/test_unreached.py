"""Unreached districts and villages as layers of the page."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from click.testing import CliRunner

from geoplan.cli.map_command import map_
from geoplan.model.errors import UsageError
from geoplan.page import build_map
from geoplan.page.unreached_layers import draw_by_minutes, draw_unreached
from geoplan.plan.plan_tables import read_plan

from ..conftest import WritePlan, page_text


def villages(*points: tuple[str, float, float]) -> gpd.GeoDataFrame:
    names, x, y = zip(*points, strict=True)
    return gpd.GeoDataFrame({"name": names}, geometry=gpd.points_from_xy(x, y), crs=4326)


def test_only_what_is_out_of_reach_is_drawn(write_plan: WritePlan) -> None:
    plan = read_plan(write_plan())
    # C begins 55.66 km east of the location in B; the village in C is further.
    districts, points = draw_unreached(plan, 20, villages(("near", 0.5, 0.51), ("far", 2.5, 0.5)))
    assert districts.features["label"].tolist() == ["Gamma"] and districts.style == "unreached"
    assert districts.features["note"].tolist() == ["Gamma · 55.7 km · P"]
    assert points.features["label"].tolist() == ["far"] and "20 km" in points.name["fr"]
    many = villages(*[(f"v{at}", 2.5, 0.5) for at in range(31)])
    assert "label" not in draw_unreached(plan, 20, many)[1].features
    assert draw_unreached(plan, 60) == ()
    with pytest.raises(UsageError, match="reach"):
        draw_unreached(plan, -1)


def test_points_are_drawn_with_their_minutes_and_without_them_where_no_way_is_known() -> None:
    found = villages(("near", 0, 0), ("far", 1, 0), ("island", 2, 0)).assign(
        minutes=[4.6, 31.2, float("inf")], nearest_project=["P", "Q", None], reached=[True, False, False]
    )
    within, beyond = draw_by_minutes(found, 30)
    assert within.name["en"] == "Villages with a project within 30 min" and within.style == "context"
    assert within.features["note"].tolist() == ["near · 5 min · P"]
    assert beyond.name["en"] == "Villages with no project within 30 min" and beyond.style == "unreached"
    assert beyond.features["note"].tolist() == ["far · 31 min · Q", "island"]
    assert [layer.name["en"] for layer in draw_by_minutes(found[:1], 30)] == [within.name["en"]]


def test_the_map_shows_them(write_plan: WritePlan) -> None:
    plan = read_plan(write_plan())
    (layer,) = build_map(plan, layers=draw_unreached(plan, 20)).data["layers"]
    assert layer["name"]["en"] == "Districts with no project within 20 km"
    assert layer["name"]["fr"].startswith("Districts sans projet")


def test_the_command_shows_them(write_plan: WritePlan, tmp_path: Path) -> None:
    target = tmp_path / "gaps.html"
    places = tmp_path / "villages.geojson"
    villages(("far", 2.5, 0.5)).to_file(places)
    done = CliRunner().invoke(
        map_, [str(write_plan()), "--gaps", "20", "--points", str(places), "-o", str(target)]
    )
    assert done.exit_code == 0, done.exception
    assert "Villages with no project within 20 km" in page_text(target)
    for wrong in (["--points", str(places)], ["--gaps", "5", "--points", "nowhere.gpkg"]):
        done = CliRunner().invoke(map_, [str(write_plan()), *wrong, "-o", str(target)])
        assert isinstance(done.exception, UsageError)
