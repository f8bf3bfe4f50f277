"""What the README says is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_ci_runs_the_readmes_test_line() -> None:
    line = next(block for block in blocks("sh") if "pytest" in block).strip()
    assert line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_notebook_example_runs_and_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    (shown,) = [block for block in blocks("text") if "poverty_class" in block]
    assert capsys.readouterr().out == shown


def test_relative_links_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "data/boundaries/README.md", "data/bolikhamxay/README.md"):
        path = ROOT / name
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            if not link.startswith("http"):
                assert (path.parent / link).exists(), f"{name}: {link}"


def test_the_error_example_is_what_is_said(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from geoplan.cli import app

    runner = CliRunner()
    assert runner.invoke(app, ["init", str(tmp_path / "p")]).exit_code == 0
    table = tmp_path / "p" / "spending.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    cells = lines[3].split(",")
    lines[3] = ",".join([*cells[:6], '"1.234,50"', *cells[7:]])
    table.write_text("\n".join(lines), encoding="utf-8")
    said = runner.invoke(app, ["summary", str(tmp_path / "p")]).stderr
    (example,) = [block for block in blocks("text") if "1.234,50" in block]
    assert "\n".join(example.splitlines()[1:3]) in said


def test_the_first_commands_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shlex

    from click.testing import CliRunner

    from geoplan.cli import app

    monkeypatch.chdir(tmp_path)
    (block,) = [block for block in blocks("sh") if block.startswith("geoplan init")]
    for line in block.splitlines():
        result = CliRunner().invoke(app, shlex.split(line, comments=True)[1:])
        assert result.exit_code == 0, result.stderr
    assert (tmp_path / "my-province.html").is_file()


def test_the_tables_have_the_columns_that_are_listed() -> None:
    from geoplan.model.schema import TABLES

    for table in TABLES.values():
        (line,) = re.findall(rf"^\| {table.name} \| {table.row} \| (.*) \|$", README, re.MULTILINE)
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
    assert "All but projects may have `source`, and all but districts `illustrative`" in README
