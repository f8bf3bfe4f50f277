"""The page of a report in Chromium, with the network off: charts, tables, three languages, a phone, paper."""

import pytest

from geoplan.ledger.entries import build_ledger
from geoplan.outputs.report.contents import gather_findings
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from .conftest import DESK, PHONE


@pytest.fixture(scope="module")
def pages():
    pytest.importorskip("altair")
    from geoplan.outputs.report.html_report import render_report

    plan = read_plan(find_bundled_plan())
    ledger = build_ledger(plan)
    return {
        language: render_report(gather_findings(plan, ledger, language=language))
        for language in ("en", "fr", "lo")
    }


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["en", "fr", "lo"])
def test_it_fits_and_asks_for_nothing(open_page, pages, language, viewport):
    opened = open_page(pages[language], viewport=viewport, wait=False)
    opened.check()
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    boxes = page.evaluate("[...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect().width)")
    assert len(boxes) == 4 and all(100 < width <= viewport["width"] for width in boxes)


@pytest.mark.parametrize("language", ["en", "fr", "lo"])
def test_no_text_of_a_chart_is_cut(open_page, pages, language):
    page = open_page(pages[language], wait=False).page
    outside = page.evaluate(
        """[...document.querySelectorAll('svg')].flatMap(svg => {
            const frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
            }).map(text => text.textContent);
        })"""
    )
    assert outside == []


def test_lao_is_shaped_by_the_font_of_the_page(open_page, pages):
    page = open_page(pages["lo"], wait=False).page
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate(
        "[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)"
    )
    assert any("Page Lao" in family for family in loaded)
    # Vowel and tone marks stand on their letter: they make the word no longer.
    widths = page.evaluate(
        """['ກ', 'ກິ', 'ກິ່'].map(word => {
            const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
            text.textContent = word;
            document.querySelector('svg').append(text);
            text.setAttribute('font-family', 'Page Lao');
            return text.getComputedTextLength();
        })"""
    )
    assert widths[0] > 0 and widths == pytest.approx([widths[0]] * 3, rel=0.02)


def test_the_figures_open_beside_the_chart(open_page, pages):
    page = open_page(pages["en"], wait=False).page
    page.click("details summary")
    assert "Xaychamphone" in page.inner_text("details")
    assert page.locator("details table").first.is_visible()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_sentences_in_tables_are_wide_enough_to_read_and_shares_stand_right(open_page, pages, viewport):
    page = open_page(pages["fr"], viewport=viewport, wait=False).page
    narrow = page.evaluate(
        "[...document.querySelectorAll('main > section > .scroll td')].filter((cell) => cell.textContent.length > 60 && cell.clientWidth < 230).length"
    )
    assert narrow == 0
    aligned = page.evaluate(
        "[...document.querySelectorAll('td')].filter((cell) => cell.textContent.endsWith('%')).map((cell) => getComputedStyle(cell).textAlign)"
    )
    assert aligned and set(aligned) == {"right"}
