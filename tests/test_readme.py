"""What the README and the documents say is what happens."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from geoplan.analysis.sturdiness import WEIGHT_CHANGE
from geoplan.model.choices import DRAWS, PERMUTATIONS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


LONGEST = 120


def read_page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def anchors(text: str) -> set[str]:
    """Return what a link after # may name: headings in small letters, with hyphens for spaces."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_a_page_to_read_in_three_minutes() -> None:
    assert len(README.splitlines()) < LONGEST
    prose = re.sub(r"```.*?```|\]\([^)]*\)", "", README, flags=re.DOTALL)
    assert len(prose.split()) < 750


def test_the_measures_page_names_the_default_numbers_of_draws_and_permutations() -> None:
    page = read_page("measures.md")
    assert (
        f"Each of {DRAWS:,} draws varies all weights by up to {WEIGHT_CHANGE:.0%}".replace("%", " %") in page
    )
    assert f"two-sided, from {PERMUTATIONS:,} permutations" in page


def test_ci_runs_the_readmes_test_line() -> None:
    line = next(block for block in blocks("sh") if "pytest" in block).strip()
    assert line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_examples_in_python_run_and_print_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    page = read_page("python.md")
    names: dict[str, object] = {}
    for example in blocks("python", page):
        exec(compile(example, "docs/python.md", "exec"), names)
    assert capsys.readouterr().out == "".join(blocks("text", page))


def test_relative_links_lead_somewhere() -> None:
    pages = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").glob("*.md"),
        *ROOT.glob("data/*/README.md"),
    ]
    wrong = []
    for path in pages:
        for link, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", path.read_text(encoding="utf-8")):
            if link.startswith("http"):
                continue
            target = (path.parent / link) if link else path
            if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
                wrong.append(f"{path.name}: {link}#{anchor}")
    assert wrong == []


def test_the_index_lists_every_page_and_the_readme_leads_to_it() -> None:
    assert "(docs/README.md)" in README
    index = read_page("README.md")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"({name})" not in index} == set()


def test_the_glossary_explains_each_bucket_and_kind_in_order() -> None:
    from geoplan.model.choices import KINDS
    from geoplan.model.schema import BUCKETS

    glossary = read_page("glossary.md")
    words = re.findall(r"^\| (.*?) \|", glossary, re.MULTILINE)[1:]
    assert words == sorted(words, key=str.casefold)
    assert [word for word in (*BUCKETS, *KINDS) if word not in glossary] == []


def test_the_error_example_is_what_is_said(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from geoplan.cli import app

    runner = CliRunner()
    assert runner.invoke(app, ["init", str(tmp_path / "p")]).exit_code == 0
    table = tmp_path / "p" / "spending.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    cells = lines[3].split(",")
    lines[3] = ",".join([*cells[:6], '"1.234,50"', *cells[7:]])
    lines[8] = ",".join(["P99", *lines[8].split(",")[1:]])
    table.write_text("\n".join(lines), encoding="utf-8")
    said = runner.invoke(app, ["summary", str(tmp_path / "p")]).stderr
    (example,) = blocks("text", read_page("tables.md"))
    assert said == example


def test_the_first_commands_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shlex

    from click.testing import CliRunner

    from geoplan.cli import app

    monkeypatch.chdir(tmp_path)
    steps = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("geoplan ")]
    assert len(steps) == 6
    for line in steps:
        result = CliRunner().invoke(app, shlex.split(line, comments=True)[1:])
        assert result.exit_code == 0, result.stderr
    assert (tmp_path / "my-province.html").is_file()


def test_the_tables_have_the_columns_that_are_listed() -> None:
    from geoplan.model.schema import TABLES

    page = read_page("tables.md")
    for table in TABLES.values():
        (line,) = re.findall(rf"^\| {table.name} \| {table.row} \| (.*) \|$", page, re.MULTILINE)
        listed = re.findall(r"(\*\*)?`(\w+)`", line)
        columns = [column for column in table.columns if column.name not in ("source", "illustrative")]
        assert {name for _, name in listed} == {column.name for column in columns}
        assert {name for bold, name in listed if bold} == {
            column.name for column in columns if column.required
        }
    without = {
        name: [table.name for table in TABLES.values() if name not in table.names]
        for name in ("source", "illustrative")
    }
    assert without == {"source": ["projects"], "illustrative": ["districts"]}
    assert "All tables except projects may have `source`, and all except districts `illustrative`" in page


PAGES_WITH_OWN_TESTS = ("tutorial.md",)
NEEDS = {
    "boundaries get": "a network",
    "postgresql://": "a server",
    "--scheduler": "a cluster",
    "--source": "a release",
}
"""Examples that need more than a folder: their options are checked, and they are not run."""


def examples_of_commands() -> list[tuple[str, str]]:
    """Return the page and each line of its examples that calls geoplan."""
    found = []
    for path in sorted((ROOT / "docs").glob("*.md")):
        if path.name not in PAGES_WITH_OWN_TESTS:
            for block in blocks("sh", path.read_text(encoding="utf-8").replace("\\\n", " ")):
                found += [(path.name, line) for line in block.splitlines() if line.startswith("geoplan ")]
    return found


def test_every_example_of_the_documents_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shlex
    import shutil

    import click
    from click.testing import CliRunner

    from geoplan.cli import app

    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["init", "my-province"]).exit_code == 0
    for copy in ("last-year", "this-year", "next-year", "with-payments"):
        shutil.copytree("my-province", copy)
    spending = Path("with-payments/spending.csv")
    head, first, *rest = spending.read_text(encoding="utf-8").splitlines()
    paid = first.replace("budget", "disbursement")
    spending.write_text("\n".join([head, first, paid, *rest]), encoding="utf-8")
    places = [[103.7 + at / 100, 18.4] for at in range(6)]
    shapes = [{"type": "Feature", "properties": {"name": f"V{at}"}, "geometry": {"type": "Point", "coordinates": place}}
              for at, place in enumerate(places)]  # fmt: skip
    layer = {"type": "FeatureCollection", "features": shapes}
    Path("villages.geojson").write_text(json.dumps(layer), encoding="utf-8")
    Path("ceilings.csv").write_text("year,ceiling\n2017,9000000\n", encoding="utf-8")
    failed = []
    for page, line in examples_of_commands():
        arguments = shlex.split(line, comments=True)[1:]
        if any(sign in line for sign in NEEDS):
            group, context = app, click.Context(app, info_name="geoplan")
            while isinstance(group, click.Group):
                _, command, arguments = group.resolve_command(context, arguments)
                assert command is not None
                group, context = command, click.Context(command, parent=context)
            group.make_context(group.name, arguments, parent=context)
            continue
        result = CliRunner().invoke(app, arguments)
        if result.exit_code:
            failed.append((page, line, result.stderr[-300:]))
    assert failed == [], "\n".join(map(str, failed))


@pytest.mark.parametrize("page", ["map.md", "measures.md"])
def test_the_examples_in_python_of_other_pages_run(page: str) -> None:
    names: dict[str, object] = {}
    exec(
        compile("import geoplan as gp\n" + "\n".join(blocks("python", read_page(page))), page, "exec"), names
    )
    assert "built" in names or "charts" in names


def test_no_page_has_examples_in_python_that_are_not_run() -> None:
    run = {"python.md", "map.md", "measures.md"}
    assert {
        path.name
        for path in (ROOT / "docs").glob("*.md")
        if blocks("python", path.read_text(encoding="utf-8"))
    } == run
