"""The page on paper: a sheet that cuts nothing off, and the report after it."""

from __future__ import annotations

import re

import pytest
from shapely.geometry import Point, box

from geoplan.page import build_map, render_page

from .conftest import DESK, LARGE, PHONE

BEFORE, AFTER = (f"window.dispatchEvent(new Event('{name}print'))" for name in ("before", "after"))
CUT = """() => [...document.querySelectorAll('#districts .scroll')]
    .filter((frame) => frame.scrollWidth > frame.clientWidth).map((frame) => [frame.scrollWidth, frame.clientWidth])"""


@pytest.mark.parametrize("paper", ["a4", "a3"])
@pytest.mark.parametrize("language", ["en", "fr", "lo"])
def test_no_column_of_the_table_is_cut_off(open_page, home_html, language, paper):
    opened = open_page(home_html, address=f"#lang={language}&paper={paper}")
    opened.page.evaluate(BEFORE)
    assert opened.page.evaluate("document.documentElement.classList.contains('large')") == (paper == "a3")
    assert opened.page.evaluate(CUT) == []
    assert not opened.page.evaluate("document.documentElement.classList.contains('many')")
    opened.page.evaluate(AFTER)
    assert opened.page.evaluate("document.querySelectorAll('#districts table').length") == 1


LAID = """() => [
    document.documentElement.className,
    geoplan.page.map.getZoom().toFixed(4),
    ...[...document.querySelectorAll("body *")]
        .filter((part) => part.checkVisibility() && !part.closest(".leaflet-map-pane"))
        .map((part) => {
            const { left, top, width, height } = part.getBoundingClientRect();
            return [part.tagName, part.id, ...[left, top, width, height].map(Math.round)].join(" ");
        }),
]"""


@pytest.mark.parametrize("case", ["one map", "two maps"])
def test_a_sheet_does_not_depend_on_the_width_of_the_window(open_page, home_html, compared_html, case):
    def lay(viewport):
        opened = open_page(compared_html if case == "two maps" else home_html, viewport=viewport)
        opened.page.evaluate(BEFORE)
        opened.settle()
        parts = opened.page.evaluate(LAID)
        opened.page.evaluate(AFTER)
        return parts

    wide = lay(LARGE)
    for viewport in (DESK, {"width": 810, "height": 600}, PHONE):
        assert [part for part in zip(lay(viewport), wide, strict=True) if part[0] != part[1]] == []


def wide_plan(toys, count, name):
    """Return districts with one project and amounts so large, or names so long, that the table is wide."""
    districts = [{**row, "name": f"{name} {row['district']}"} for row in toys.squares(count)]
    return toys.plan_of(
        districts,
        [{"project": "P", "title": "Only one"}, {"project": "Q"}],
        [{"project": "P", "district": "D0"}, {"project": "Q", "precision": 9}],
        [toys.amount("P", 10**15), toys.amount("Q", 10**15, component="Other")],
        [{"district": row["district"], "year": 2010, "population": 10, "poor": 5, "poverty_class": "neither rich nor poor, nor what lies between these two"}
         for row in districts],
    )  # fmt: skip


def test_a_table_too_wide_for_its_place_has_a_sheet_of_its_own(open_page, toys):
    opened = open_page(render_page(build_map(wide_plan(toys, 5, "Nongbouakhaotengthanonphialath"))))
    opened.page.evaluate(BEFORE)
    assert opened.page.evaluate("document.documentElement.classList.contains('many')")
    assert opened.page.evaluate(CUT) == []


def test_many_districts_stand_in_columns_that_a_sheet_holds(open_page, toys):
    opened = open_page(render_page(build_map(toys.plan_of(toys.squares(160), [], [], []))))
    opened.page.evaluate(BEFORE)
    columns = opened.page.evaluate("""() => [...document.querySelectorAll('#districts table')].map((table) =>
        [table.tHead.rows.length, table.tBodies[0].rows.length, table.offsetHeight])""")
    assert len(columns) > 2
    assert sum(rows for _, rows, _ in columns) == 160
    assert {heads for heads, _, _ in columns} == {1}
    assert max(height for _, _, height in columns) <= 700  # a sheet has 192 mm, its heading takes 6
    first = opened.page.evaluate(
        "[...document.querySelectorAll('#districts tbody tr')].map((row) => row.cells[0].textContent)"
    )
    assert first == [f"District {at}" for at in sorted(range(160), key=str)]  # by code
    opened.page.evaluate(AFTER)
    assert opened.page.evaluate("document.querySelectorAll('#districts tbody tr').length") == 20
    pdf = opened.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 3  # map; two sheets of districts; no money, no report


def test_the_report_has_the_money_by_year_and_the_projects(open_page, small_html):
    opened = open_page(small_html)
    opened.page.evaluate(BEFORE)
    report = opened.text("#report-sheet")
    assert "Toy plan" in report
    years = opened.page.evaluate("""() => [...document.querySelectorAll('#report-sheet .scroll tbody tr')]
        .map((row) => [row.cells[0].textContent, row.cells[row.cells.length - 1].textContent])""")
    assert [[year, amount.replace("\u202f", " ")] for year, amount in years] == [
        ["2010", "1 400.00"],  # 600.00 water, 600.00 road, 200.00 training
        ["2011", "400.00"],
        ["2012", "599.99"],
        ["Total", "2 399.99"],
    ]
    projects = opened.page.evaluate("""() => [...document.querySelectorAll('#report-sheet > div:last-of-type table tbody tr')]
        .map((row) => [...row.cells].map((cell) => cell.textContent))""")
    assert [[cell.replace("\u202f", " ") for cell in row] for row in projects] == [
        ["Village water", "2010–2012", "1 000.00", "41.7 %"],
        ["East road", "2010", "600.00", "25.0 %"],
        ["Irrigation", "2012", "500.00", "20.8 %"],
        ["Training", "2010", "200.00", "8.3 %"],
        ["Without a place", "2012", "99.99", "4.2 %"],
    ]


def test_printing_leaves_the_legend_as_it_was(open_page, small_html):
    opened = open_page(small_html)
    opened.page.click("#legend summary")
    opened.page.evaluate(BEFORE)
    assert opened.page.evaluate("document.querySelector('#legend details').open")
    opened.page.evaluate(AFTER)
    assert not opened.page.evaluate("document.querySelector('#legend details').open")


FILLED = """() => {
    const { map, drawnDistricts, canvas } = geoplan.page;
    const { scale } = canvas.frame();
    const { x, y } = map.getSize();
    const edge = (at, pick) => pick(...drawnDistricts.shapes.map(({ box }) => box[at]));
    const [west, north] = [0, 1].map((at) => edge(at, Math.min));
    const [east, south] = [2, 3].map((at) => edge(at, Math.max));
    return Math.max(((east - west) * scale) / x, ((south - north) * scale) / y);
}"""


@pytest.mark.parametrize("paper", ["a4", "a3"])
def test_the_districts_fill_the_frame_of_the_map(open_page, home_html, toys, paper):
    for html in (home_html, render_page(build_map(toys.plan_of(toys.squares(15), [], [], [])))):
        opened = open_page(html, address=f"#paper={paper}")
        opened.page.evaluate(BEFORE)
        assert 0.85 < opened.page.evaluate(FILLED) <= 1
        opened.page.evaluate(AFTER)


def test_of_very_many_districts_the_first_in_the_chosen_order_are_printed_and_said(open_page, toys):
    places = [{"project": "P", "district": f"D{at}"} for at in range(201)]
    amounts = [toys.amount("P", 1000 + at, location=str(at)) for at in range(201)]
    plan = toys.plan_of(toys.squares(201), [{"project": "P"}], places, amounts)
    opened = open_page(render_page(build_map(plan)))
    opened.page.evaluate(BEFORE)
    rows = "[...document.querySelectorAll('#districts tbody tr')].map((row) => row.cells[0].textContent)"
    assert opened.page.evaluate(rows) == [f"District {at}" for at in range(200, 150, -1)]
    assert "The first 50 of 201 districts" in opened.text("#districts")
    opened.page.evaluate(AFTER)
    assert "The first 50" not in opened.text("#districts")
    opened.check()


def test_sheets_have_numbers_and_the_day_and_the_map_can_be_printed_alone(open_page, small_html):
    opened = open_page(small_html)
    pages = rb"/Type\s*/Page\b"
    assert len(re.findall(pages, opened.page.pdf(prefer_css_page_size=True))) == 2
    rules = opened.page.evaluate(
        "document.adoptedStyleSheets.map((sheet) => [...sheet.cssRules].map((rule) => rule.cssText).join()).join()"
    )
    assert (
        "counter(page)" in rules and "counter(pages)" in rules and re.search(r'content: "[^"]*20\d\d"', rules)
    )
    alone = open_page(small_html, address="#paper=a4&pages=map")
    assert len(re.findall(pages, alone.page.pdf(prefer_css_page_size=True))) == 1
    opened.check()
    alone.check()


def test_no_key_of_the_legend_is_cut_off(open_page, toys):
    codes = [f"P{at}" for at in range(9)]
    square = toys.squares(9)
    for at, row in enumerate(square):
        row["geometry"] = box(at % 3, at // 3, at % 3 + 1, at // 3 + 1)
    plan = toys.plan_of(
        square,
        [{"project": code} for code in codes],
        [{"project": code, "geometry": Point(at % 3 + 0.5, at // 3 + 0.5)} for at, code in enumerate(codes)],
        [
            toys.amount(code, 100 * 3**at, component=f"{at} integrated rural development and market access")
            for at, code in enumerate(codes)
        ],
        [
            {
                "district": f"D{at}",
                "year": 2010,
                "population": 10,
                "poor": at + 1,
                "poverty_class": f"class {at % 5}",
            }
            for at in range(9)
        ],
    )
    opened = open_page(render_page(build_map(plan)))
    opened.page.evaluate(BEFORE)
    ends = """() => {
        const frame = document.getElementById("legend").getBoundingClientRect();
        return [...document.querySelectorAll("#legend .key-text")].map((key) => {
            const box = key.getBoundingClientRect();
            return [key.textContent, box.bottom <= frame.bottom && box.right <= frame.right + 1];
        });
    }"""
    keys = opened.page.evaluate(ends)
    assert len(keys) > 12
    assert [text for text, is_whole in keys if not is_whole] == []
    opened.page.evaluate(AFTER)
    assert not opened.page.evaluate("document.documentElement.classList.contains('full-legend')")
