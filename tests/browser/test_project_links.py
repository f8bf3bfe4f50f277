"""Links of projects: https in the page, text in report and export, whatever a cell has."""

import pandas as pd
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.page import build_map, render_page
from geoplan.plan.plan_tables import read_plan

PROJECTS = """project,title,start,end,URL,Annexes
P,Road,2010-01-01,2012-12-31,https://roads.example/p?a=1&b="x",https://roads.example/plan.pdf | javascript:alert(1)
Q,School,2010-01-01,2012-12-31,javascript:window.canary=1,
R,Office,2010-01-01,2012-12-31,"=HYPERLINK(""https://evil.example"")",<img src=x onerror=window.canary=1>
"""


def facts(opened, at):
    opened.page.evaluate("(at) => geoplan.page.select({ type: 'project', at })", at)
    links = "all => all.map((one) => [one.href, one.rel, one.target])"
    return opened.text("#details dl"), opened.page.eval_on_selector_all("#details a", links)


def test_https_is_a_link_and_anything_else_is_text(open_page, write_plan):
    opened = open_page(render_page(build_map(read_plan(write_plan(projects=PROJECTS)))))
    text, links = facts(opened, 0)
    safe = ["noopener noreferrer", "_blank"]
    assert links == [
        ["https://roads.example/p?a=1&b=%22x%22", *safe],
        ["https://roads.example/plan.pdf", *safe],
    ]
    assert "URL" in text and "Annexes" in text and "javascript:alert(1)" in text
    text, links = facts(opened, 1)
    assert links == [] and "javascript:window.canary=1" in text and "Annexes" not in text
    text, links = facts(opened, 2)
    assert links == [] and "<img src=x" in text and "HYPERLINK" in text
    assert opened.page.evaluate("window.canary") is None
    opened.check()


def test_report_and_export_have_links_as_text(write_plan, tmp_path):
    folder = write_plan(projects=PROJECTS)
    for command in (["report", str(folder), "-o", "book.xlsx"], ["export", str(folder), "-o", "plan.xlsx"]):
        with_output = [*command[:-1], str(tmp_path / command[-1])]
        result = CliRunner().invoke(app, with_output)
        assert result.exit_code == 0, result.output
    from openpyxl import load_workbook

    for name in ("book.xlsx", "plan.xlsx"):
        cells = [cell for sheet in load_workbook(tmp_path / name) for row in sheet for cell in row]
        texts = [str(cell.value) for cell in cells]
        assert any(text.startswith("https://roads.example/p?a=1") for text in texts), name
        assert [cell.hyperlink for cell in cells if cell.hyperlink] == []
        assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_plan_without_links_has_none_in_its_data(small_html):
    assert '"links":{' not in small_html


def test_columns_with_links_are_known_by_what_is_in_them():
    from geoplan.plan.project_links import find_link_columns

    table = pd.DataFrame(
        {
            "project": ["P", "Q"],
            "title": ["https://a.example", None],
            "Web site": [None, "HTTPS://a.example"],
            "url ": ["none yet", None],
            "remark": ["see https://a.example", None],
            "count": [1, 2],
            "Documents": [None, None],
        }
    )
    assert find_link_columns(table) == ["Web site", "url "]
