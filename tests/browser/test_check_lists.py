"""Check-lists of filters in Chromium: joint funders and sectors by member, all or none, what is left out."""

import pytest

from geoplan.analysis.coordination import describe_funders, describe_sectors
from geoplan.ledger.entries import build_ledger
from geoplan.page import build_map, render_page


@pytest.fixture(scope="module")
def plan(toys):
    amounts = [
        toys.amount("R", 4_250_00, funder="Norway"),
        toys.amount("R", 9_510_01, funder="Norway|Japan"),
        toys.amount("S", 700_00, funder="Japan; Norway", location="1"),
        toys.amount("S", 33, funder="Unspecified"),
        toys.amount("T", 100_00, funder=""),
        *[toys.amount("T", 1_00, funder=f"Donor {at}") for at in range(8)],
    ]
    projects = [
        {"project": "R", "title": "Road", "sector": "Transport | Energy"},
        {"project": "S", "title": "School", "sector": "Education"},
        {"project": "T", "title": "Training"},
    ]
    places = [{"project": code, "geometry": toys.Point(at + 0.5, 0.5)} for at, code in enumerate("RST")]
    return toys.plan_of(toys.squares(3), projects, places, amounts)


@pytest.fixture(scope="module")
def html(plan):
    return render_page(build_map(plan))


@pytest.fixture
def opened(open_page, html):
    found = open_page(html)
    yield found
    found.check()


def figures(opened, name):
    """Return what the check-list says of each name."""
    opened.page.evaluate(f"document.getElementById('choose-{name}').open = true")
    opened.wait(f"document.querySelectorAll('#choose-{name} li').length > 0")
    rows = opened.page.eval_on_selector_all(
        f"#choose-{name} li",
        "rows => rows.map((row) => [row.querySelector('bdi').innerText, row.querySelector('.muted').innerText])",
    )
    return {row: text.replace("\u202f", " ").replace("\u00a0", " ") for row, text in rows}


def test_a_joint_funder_is_found_under_each_of_its_names(opened):
    found = figures(opened, "funder")
    assert found["Norway"] == "EUR 4 250 alone, with others up to EUR 10 210"
    assert found["Japan"] == "EUR 0 alone, with others up to EUR 10 210"
    assert found["not stated"] == "EUR 100" and list(found)[-1] == "not stated"
    assert len(found) == 11
    opened.keep("funder", "Norway")
    assert opened.page.evaluate("Number(geoplan.page.sums.total)") == 4_250_00 + 9_510_01 + 700_00
    left_out = opened.page.text_content("#choose-funder .left-out")
    assert left_out.replace("\u202f", " ") == "Leaves out EUR\u00a0108 in 2 projects."
    assert "funder=Norway" in opened.address


def test_the_figures_are_those_of_the_library_to_the_cent(opened, plan):
    ledger = build_ledger(plan)
    for name, table in (("funder", describe_funders(ledger)), ("sector", describe_sectors(ledger))):
        wanted = {
            row[name]: (row["alone_minor"], row["jointly_up_to_minor"], row["projects"])
            for row in table.to_dict("records")
        }
        page = opened.page.evaluate(
            """(name) => [...geoplan.sumByMember(geoplan.page.data, geoplan.page.view, name)].map(([at, sum]) =>
                [geoplan.page.data.filters[name].names[at] ?? "not stated", sum.alone, sum.jointly, sum.projects])""",
            name,
        )
        assert {row[0]: tuple(row[1:]) for row in page} == wanted


def test_all_none_and_a_search_among_many(opened):
    page = opened.page
    figures(opened, "funder")
    buttons = page.locator("#choose-funder .check-buttons button")
    buttons.nth(1).click()
    assert "No money matches these filters" in opened.text("#map-note")
    assert "none=funder" in opened.address and "Funder: none" in page.text_content("#choice")
    page.fill("#choose-funder input[type=search]", "donor")
    assert page.locator("#choose-funder li:visible").count() == 8
    buttons.nth(0).click()
    assert page.evaluate("Number(geoplan.page.sums.total)") == 8_00
    assert "Funder: 8 of 10" in page.text_content("#choice")
    page.fill("#choose-funder input[type=search]", "")
    buttons.nth(0).click()
    assert page.evaluate("geoplan.page.view.funder") is None and "#" not in opened.address.rstrip("#")


def test_a_box_of_a_phone_is_level_with_the_first_line_of_its_label(open_page, html):
    opened = open_page(html, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    figures(opened, "funder")
    apart = opened.page.eval_on_selector_all(
        "#choose-funder li",
        """rows => rows.map((row) => {
            const middle = ({ top, bottom }) => (top + bottom) / 2;
            const box = row.querySelector("input").getBoundingClientRect();
            return Math.abs(middle(box) - middle(row.querySelector("bdi").getClientRects()[0]));
        })""",
    )
    assert len(apart) == 11 and max(apart) <= 2


def test_details_name_each_funder_and_sector(opened):
    opened.page.evaluate("geoplan.page.select({ type: 'district', at: 0 })")
    text = opened.text("#details")
    assert "With others, up to" in text and "9 510.01" in text and "4 250.00" in text
    opened.page.evaluate("geoplan.page.select({ type: 'project', at: 0 })")
    facts = opened.text("#details dl")
    assert "Japan, Norway" in facts and "Energy, Transport" in facts and "|" not in facts
    opened.page.evaluate("geoplan.page.openTab('projects')")
    table = opened.page.evaluate("document.getElementById('projects').textContent")
    assert "Japan; Norway" in table and "Energy; Transport" in table and "Norway|" not in table


def test_an_address_with_several_names_opens(open_page, html):
    found = open_page(html, address="#funder=Japan&funder=&funder=Nobody&sector=Education")
    assert found.page.evaluate("[geoplan.page.view.funder.length, geoplan.page.view.sector.length]") == [2, 1]
    assert found.page.evaluate("Number(geoplan.page.sums.total)") == 700_00 + 33
    found.check()


def test_an_open_list_stays_inside_the_window(open_page, html):
    opened = open_page(html)
    # As where chips before it are wide: at the right end of their row.
    opened.page.evaluate("""Object.assign(document.getElementById('choose-sector').style,
        { order: 1, marginLeft: "auto" })""")
    for name in ("funder", "sector"):
        opened.page.click(f"#choose-{name} > summary")
        opened.settle()
        right, width, wide = opened.page.evaluate(
            f"""[document.querySelector('#choose-{name} > .popover').getBoundingClientRect().right,
                innerWidth, document.documentElement.scrollWidth]"""
        )
        assert right <= width and wide <= width
    opened.check()


def test_names_with_numbers_are_listed_in_the_order_of_the_numbers(open_page, toys):
    numbered = ["Component 1: roads", "Component 2: schools", "Component 10: water"]
    amounts = [toys.amount("A", 100, component=name) for name in numbered]
    plan = toys.plan_of(toys.squares(1), [{"project": "A"}], [{"project": "A", "district": "D0"}], amounts)
    opened = open_page(render_page(build_map(plan)))
    opened.page.click("#choose-component > summary")
    opened.settle()
    listed = opened.page.eval_on_selector_all(
        "#choose-component li bdi", "all => all.map((each) => each.textContent)"
    )
    assert listed == numbered
