"""Basemaps: providers by name, what they need, and the plan file's key."""

from __future__ import annotations

from pathlib import Path

import pytest
import xyzservices

from geoplan.model.errors import InputError, UsageError
from geoplan.outputs.exports.plan_folder import write_plan_folder
from geoplan.outputs.starter_folder import write_first_plan
from geoplan.page import build_map, render_page
from geoplan.page.document import content_policy
from geoplan.plan.basemap import describe_basemap, find_basemap, name_basemap, tile_hosts
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan


def provider(url: str, **about: object) -> xyzservices.TileProvider:
    return xyzservices.TileProvider({"name": "Tiles", "url": url, "attribution": "(C) Us", **about})


def test_a_provider_is_found_however_its_name_is_written() -> None:
    for name in ("OpenStreetMap.Mapnik", "openstreetmap mapnik", "OpenStreetMap_Mapnik"):
        assert find_basemap(name)["name"] == "OpenStreetMap.Mapnik"
    assert name_basemap("") is None
    assert name_basemap("None") is None


def test_what_the_provider_knows_is_filled_in_and_the_tile_is_left_open() -> None:
    told = describe_basemap(
        provider("https://{s}.t.org/{variant}/{z}/{x}/{y}{r}.png?k={key}", variant="topo", key="7", max_zoom=9,
                 subdomains="ab", attribution="(C) Us -- and   others")
    )  # fmt: skip
    assert told["url"] == "https://{s}.t.org/topo/{z}/{x}/{y}{r}.png?k=7"
    assert told["attribution"] == "© Us – and others"
    assert told["options"] == {"maxNativeZoom": 9}
    assert tile_hosts(told) == ["https://a.t.org", "https://b.t.org"]


@pytest.mark.parametrize(
    ("url", "about", "told"),
    [
        ("https://t.org/{z}/{x}/{y}?k={apikey}", {"apikey": "<insert your API key here>"}, "needs a key (apikey)"),
        ("https://t.org/{z}/{x}/{y}?k={token}", {}, "needs a key (token)"),
        ("https://t.org/{z}/{x}.png", {}, "no address with {z}, {x} and {y}"),
        ("javascript:alert({z}{x}{y})", {}, "neither http nor https"),
        ("https://a.org; script-src *//{z}/{x}/{y}", {}, "names no single host"),
        ("https://*/{z}/{x}/{y}", {}, "names no single host"),
        ("https://{s}/{z}/{x}/{y}", {"subdomains": ["t.org", "u.org; script-src *"]}, "names no single host"),
        ("https://me:pw@t.org/{z}/{x}/{y}", {}, "names no single host"),
        ("https://t.org/{z}/{x}/{y}", {"crs": "EPSG:3413"}, "not in Web Mercator"),
        ("https://t.org/{z}/{x}/{y}", {"status": "broken"}, "out of order"),
    ],
)  # fmt: skip
def test_what_can_not_be_shown_is_told(url: str, about: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError) as raised:
        describe_basemap(provider(url, **about))
    assert told in str(raised.value)
    assert "'Tiles'" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [("OpenStretMap", "OpenStreetMap."), ("zzzz", "use one such as OpenStreetMap.Mapnik"), ("Jawg.Light", "needs a key")],
)  # fmt: skip
def test_a_name_that_is_none_is_told_with_what_may_have_been_meant(name: str, told: str) -> None:
    with pytest.raises(UsageError, match=told.replace(".", r"\.")):
        build_map(read_plan(find_bundled_plan()), basemap=name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_first_plan(tmp_path / "plan")
    return tmp_path / "plan"


def with_basemap(folder: Path, line: str) -> Path:
    toml = folder / "geoplan.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("[map]\n", f"[map]\n{line}\n"), encoding="utf-8")
    return folder


def images(plan: Plan, basemap: str | None = None) -> str:
    html = render_page(build_map(plan, basemap=basemap))
    return next(rule for rule in html.split("; ") if rule.startswith("img-src"))


def test_the_plan_file_names_it_and_the_policy_lets_its_host_in(folder: Path) -> None:
    assert images(read_plan(folder)) == "img-src data:"
    plan = read_plan(with_basemap(folder, 'basemap = "OpenStreetMap.Mapnik"'))
    assert images(plan) == "img-src data: https://tile.openstreetmap.org"
    assert images(plan, "none") == "img-src data:"
    assert images(plan, "OpenTopoMap").split()[2:] == [f"https://{s}.tile.opentopomap.org" for s in "abc"]
    written = folder.parent / "written"
    write_plan_folder(plan, written)
    assert read_plan(written).basemap == "OpenStreetMap.Mapnik"


@pytest.mark.parametrize("line", ['basemap = "Nowhere.Tiles"', "basemap = 3", 'basemap = "Jawg.Light"'])
def test_a_bad_name_in_the_plan_file_is_told_with_the_file(folder: Path, line: str) -> None:
    with pytest.raises(InputError) as raised:
        read_plan(with_basemap(folder, line))
    (problem,) = raised.value.problems
    assert "geoplan.toml" in str(problem) and "basemap in [map]" in str(problem)


def test_a_policy_without_hosts_lets_no_picture_in() -> None:
    assert "img-src data:;" in content_policy("<p>")
