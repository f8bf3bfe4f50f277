"""The map as a vector picture: well-formed, in three languages, with nothing in it that runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shapely import box

from geoplan.analysis.bivariate import CELL_COLOURS, OTHER_CROSSING, cell_colour, cross_money_and_poverty
from geoplan.analysis.class_breaks import SEQUENTIAL
from geoplan.cli import app
from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import UsageError
from geoplan.page.svg_map import draw_svg_map
from geoplan.page.svg_map.look import cut
from geoplan.page.svg_map.map_area import _marks, draw_labels, draw_projects, fit_view
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from ..conftest import page_text

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<img src=x onerror=alert(1)> </script> ${alert(1)} ` \u202e \x07 &amp;"

COLOURS = (
    Path(__file__).resolve().parents[2] / "geoplan" / "page" / "frontend" / "src" / "drawing" / "colours.js"
)


@pytest.fixture(scope="module")
def home():
    plan = read_plan(find_bundled_plan())
    return plan, build_ledger(plan)


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_it_says_what_the_ledger_says(home):
    found = texts(draw_svg_map(*home))
    assert "LAO/021 in Bolikhamxay, Laos" in found
    assert {"Paksan", "Xaychamphone", "1\u202f083\u202f456", "very poor"} <= set(found)
    assert found[found.index("Total, EUR") + 1] == "8\u202f200\u202f000.00"
    assert found[found.index("province-wide") + 1] == "1\u202f000\u202f000.00"
    assert any(text.startswith("Illustrative:") for text in found)
    assert "50 km" in found
    counts = [int(text) for text in found if re.fullmatch(r"\d", text)]
    assert counts == [2, 2, 2, 1, 4]  # classes from the highest, then the poorest class


@pytest.mark.parametrize(
    ("measure", "how", "said"),
    [
        ("money_and_poverty", {}, "per poor person; poverty at the class very poor."),
        ("money_per_person_and_poverty", OTHER_CROSSING, "per person and a poverty of 38.5"),
    ],
)
def test_money_and_poverty_has_the_cells_and_cuts_of_the_library(home, measure, how, said):
    rows = cross_money_and_poverty(home[1], **how)
    svg = draw_svg_map(*home, measure=measure)
    found = texts(svg)
    counts = [int(text) for text in found if re.fullmatch(r"\d", text)]
    steps = ("low", "high")
    wanted = [
        ((rows["money_step"] == money) & (rows["poverty_step"] == poor)).sum()
        for poor in steps
        for money in steps
    ]
    assert counts == wanted
    legend = " ".join(found)
    assert f"{rows['money_cut'].iloc[0][0]:.0f}"[:2] in legend and said in legend
    for money, poor in zip(rows["money_step"], rows["poverty_step"], strict=True):
        assert f'fill="{cell_colour(money, poor)}" stroke="#ffffff" stroke-width="2"' in svg
    assert 'fill="url(#hatch)"' not in svg


def test_a_picture_says_which_measures_it_can_show(home):
    with pytest.raises(UsageError, match="choose from amount, money_and_poverty"):
        draw_svg_map(*home, measure="targeting_ratio")


def test_the_command_colours_page_and_picture_by_a_measure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = ["map", "--measure", "money_and_poverty", "--svg", "map.svg", "-o", "map.html"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "Money × poverty" in texts((tmp_path / "map.svg").read_text(encoding="utf-8"))
    assert '"measure":"money_and_poverty"' in page_text(tmp_path / "map.html")
    done = CliRunner().invoke(app, [*asked[:2], "moneyy", "-o", "other.html"])
    assert done.exit_code == 2 and "choose from amount" in done.output
    assert not (tmp_path / "other.html").exists()
    done = CliRunner().invoke(app, ["map", "--pages", "map", "-o", "other.html"])
    assert done.exit_code == 2 and "--pages needs --pdf" in done.output


def test_the_page_has_the_same_colours_of_cells():
    script = COLOURS.read_text(encoding="utf-8")
    found = re.findall(r"#[0-9a-f]{6}", script[script.index("BIVARIATE = [") :])[:9]
    assert found == [colour for row in CELL_COLOURS for colour in row]


def test_names_in_lao_with_their_font(home):
    svg = draw_svg_map(*home, language="lo")
    assert "ປາກຊັນ" in texts(svg)
    assert "font/woff2" in svg
    assert "Montant" in "".join(texts(draw_svg_map(*home, language="fr")))


def test_numbers_and_notes_are_those_of_the_language(home):
    found = texts(draw_svg_map(*home, language="fr"))
    assert found[found.index("Total, EUR") + 1] == "8\u202f200\u202f000,00"
    assert "".join(found).count("description du projet") == 1, "the whole note is there, in two lines"


def test_a_text_is_cut_between_letters_and_marks_take_no_room():
    assert cut("ປີທີ່ສິ້ນສຸດ", 8) == "ປີທີ່ສິ້ນສຸດ"
    assert cut("ທີ່ສິ້ນສຸດແລ້ວ", 4) == "ທີ່ສິ້ນ…"
    assert cut("a<b", 2) == "a…"


def test_the_same_plan_gives_the_same_bytes(home):
    assert draw_svg_map(*home) == draw_svg_map(*home)


def test_a_scale_bar_is_as_long_as_it_says(write_plan):
    plan = read_plan(write_plan())
    svg = draw_svg_map(plan, build_ledger(plan))
    kilometres = int(next(text for text in texts(svg) if text.endswith(" km")).split()[0])
    bar = float(re.search(r'd="M[\d.]+,\d+v5h([\d.]+)v-5"', svg)[1])
    # Three squares of a degree fill nine tenths of the frame's width.
    width = 0.9 * (1123 - 300 - 72)
    assert bar / kilometres == pytest.approx(width / (3 * 111.19), rel=0.001)


def test_hostile_strings_stay_text(write_plan):
    quoted = '"' + HOSTILE.replace('"', '""').replace("\x07", "") + '"'
    plan = read_plan(
        write_plan(
            toml=f'[plan]\ntitle = {HOSTILE!r}\n[districts]\nfile = "districts.csv"\n[locations]\nfile = "locations.csv"\n'
            '[spending]\nfile = "spending.csv"\n'.replace("\\x07", "\\u0007"),
            spending=f"project,component,funder,year,kind,currency,amount\nP,{quoted},X,2010,budget,EUR,5\n",
        )
    )
    root = ET.fromstring(draw_svg_map(plan, build_ledger(plan)))
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "style", "defs", "pattern", "rect", "path", "line", "circle", "text"}
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    assert any("<img src=x" in text for text in texts(ET.tostring(root, encoding="unicode")))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"spending": "project,component,funder,year,kind,currency,amount\nR,o,X,2012,budget,EUR,7.01\n"},
            "7.01",
        ),
        (
            {"spending": "project,component,funder,year,kind,currency,amount\nP,r,X,2010,budget,EUR,0\n"},
            "no money",
        ),
        (
            {
                "locations": "project,location,name,precision,geometry\nZ,1,x,6,\n",
                "projects": "project\nP\nQ\nR\nZ\n",
            },
            "157.01",
        ),
        (
            {
                "spending": "project,component,funder,year,kind,currency,amount\nP,r,X,2010,disbursement,EUR,-40\n"
            },
            "below zero (−13)",
        ),
    ],
    ids=["all unlocated", "zero", "no locations", "refunds only"],
)
def test_degenerate_plans_say_something_true(write_plan, changes, said):
    plan = read_plan(write_plan(**changes))
    assert said in texts(draw_svg_map(plan, build_ledger(plan)))


def test_several_currencies_and_other_languages_are_refused(write_plan, home):
    spending = "project,component,funder,year,kind,currency,amount\nP,r,X,2010,budget,EUR,1\nP,r,X,2010,budget,USD,1\n"
    plan = read_plan(write_plan(spending=spending))
    with pytest.raises(UsageError, match="EUR, USD"):
        draw_svg_map(plan, build_ledger(plan))
    with pytest.raises(UsageError, match="xx"):
        draw_svg_map(*home, language="xx")


def test_names_keep_clear_of_marks_and_of_each_other(home):
    svg = draw_svg_map(*home)
    names = {name: (float(x), float(y)) for x, y, name in re.findall(r'<text x="([\d.]+)" y="([\d.]+)" font-size="12.5" font-weight="700"[^>]*>([^<]+)<', svg)}  # fmt: skip
    assert len(names) == 7
    marks = [
        (float(x) + 4, float(y) + 4) for x, y in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="8"', svg)
    ]
    covered = [
        (name, mark)
        for name, (x, y) in names.items()
        for mark in marks
        if abs(mark[0] - x) < 3.6 * len(name) and -12 < mark[1] - y < 16
    ]
    assert covered == []


def test_the_legend_tells_the_marks_on_the_map_and_no_others(home, write_plan):
    found = texts(draw_svg_map(*home))
    assert not any(text.startswith("1 Participatory") for text in found), "it has no mark"
    assert any(text.startswith("3 Rural microcredit") for text in found)
    plan = read_plan(
        write_plan(
            spending="project,component,funder,year,kind,currency,amount\nP,,X,2010,budget,EUR,5\n",
            projects="project\nP\nQ\n",
            locations="project,location,name,precision,geometry\nP,1,x,1,POINT (0.5 0.5)\nQ,2,y,1,POINT (0.6 0.4)\n",
        )
    )
    found = texts(draw_svg_map(plan, build_ledger(plan)))
    at = found.index("Projects")
    assert found[at + 1 : at + 3] == ["Project", "no amount given"]


def test_many_points_are_dots_that_leave_the_colours_to_be_seen(write_plan):
    rows = "".join(
        f"P,{at},x,1,POINT ({0.001 + at % 40 * 0.02:.3f} {0.001 + at // 40 * 0.02:.3f})\n"
        for at in range(700)
    )
    plan = read_plan(write_plan(projects="project\nP\n", spending="project,component,funder,year,kind,currency,amount\nP,r,X,2010,budget,EUR,5\n",
                                locations=f"project,location,name,precision,geometry\n{rows}"))  # fmt: skip
    svg = draw_svg_map(plan, build_ledger(plan))
    assert len(re.findall(r'r="1.1"', svg)) == 700
    assert len(re.findall(r'r="4.2"', svg)) == 2  # halo and mark in the legend


def test_without_sources_the_files_are_named(write_plan):
    plan = read_plan(write_plan())
    found = texts(draw_svg_map(plan, build_ledger(plan)))
    assert any("spending.csv" in text for text in found)


def test_many_districts_have_small_names_and_no_amounts(write_plan):
    cells = [(at % 8 / 8, at // 8 / 8) for at in range(40)]
    rows = "".join(
        f'D{at:02},N{at:02},"{box(x, y, x + 0.125, y + 0.125).wkt}"\n' for at, (x, y) in enumerate(cells)
    )
    plan = read_plan(
        write_plan(
            districts=f"district,name,geometry\n{rows}",
            profile="district,year,population\nD00,2010,5\n",
            projects="project\nP\n",
            locations="project,district\nP,D07\n",
            spending="project,component,funder,year,kind,currency,amount\nP,r,X,2010,budget,EUR,5\n",
        )
    )
    svg = draw_svg_map(plan, build_ledger(plan))
    assert len(re.findall(r'font-size="10" font-weight="700"[^>]*>N\d\d<', svg)) > 30
    assert 'font-size="11" paint-order' not in svg


def test_the_picture_the_styles_and_the_page_have_the_same_colours() -> None:
    source = COLOURS.read_text(encoding="utf-8")
    for count, colours in SEQUENTIAL.items():
        assert f"  {count}: {json.dumps(list(colours))}," in source


def plan_of(points: int) -> Any:
    """Return what the map needs of a plan: the points of its locations, in a line over two degrees."""
    at = np.linspace(0.1, 1.9, points)
    frame = {"project": "P", "location": range(points), "precision": np.nan}
    return SimpleNamespace(locations=gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(at, at), crs=4326))


SQUARE = fit_view([box(0, 0, 2, 2)])


@pytest.mark.parametrize(("points", "marks"), [(600, True), (601, False)])
def test_many_points_are_dots_in_place_of_marks(points, marks):
    # The mark of the second component is a square; a dot is always a circle.
    drawn = "".join(draw_projects(plan_of(points), pd.Series(1, index=["P"]), SQUARE))
    assert ("<circle" not in drawn) == marks


@pytest.mark.parametrize(("count", "shown"), [(30, True), (31, False)])
def test_amounts_stand_below_names_up_to_30_districts(count, shown):
    codes = [f"D{at}" for at in range(count)]
    shapes = [box(at % 6, at // 6, at % 6 + 1, at // 6 + 1) for at in range(count)]
    districts = gpd.GeoDataFrame({"district": codes}, geometry=shapes, crs=4326)
    names = dict(zip(codes, codes, strict=True))
    drawn = "".join(draw_labels(plan_of(1), districts, ["7.01"] * count, fit_view(shapes), names))
    assert ">D0<" in drawn and (">7.01<" in drawn) == shown


@pytest.mark.parametrize(("points", "avoided"), [(3000, True), (3001, False)])
def test_names_avoid_up_to_3000_marks(points, avoided):
    assert (len(_marks(plan_of(points), SQUARE)) > 0) == avoided
