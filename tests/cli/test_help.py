"""Help and suggestions: grouped, complete, and the same options everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from geoplan.cli import app
from geoplan.cli.arguments import FORMATS

from ..conftest import WritePlan
from ..test_house import ROOT, commands

pytestmark = pytest.mark.usefixtures("plans_read_once")

COMMANDS = list(commands(app))
NAMES = [name for name, _ in COMMANDS]


def help_of(name: str) -> str:
    result = CliRunner().invoke(app, [*name.split()[1:], "--help"])
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize(
    ("typed", "meant"), [("mpa", "map"), ("sumary", "summary"), ("exprot", "export"), ("expalin", "explain")]
)
def test_a_mistyped_command_is_suggested(typed: str, meant: str) -> None:
    result = CliRunner().invoke(app, [typed])
    assert result.exit_code == 2
    said = re.search(r"No such command '\w+'\. Did you mean (.*)\?", result.output)
    assert said is not None and said[1].split(" or ")[0] == meant


def test_an_unlike_command_gets_no_suggestion() -> None:
    result = CliRunner().invoke(app, ["xyzzy"])
    assert result.exit_code == 2
    assert "No such command 'xyzzy'." in result.output and "Did you mean" not in result.output


def test_help_lists_each_command_once_with_its_whole_summary_under_the_heads_of_the_docs() -> None:
    listing = CliRunner().invoke(app, ["--help"]).output
    heads = re.findall(
        r"^## (.*)$", (ROOT / "docs" / "commands.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    shown = re.findall(r"^(\w.*):$", listing, re.MULTILINE)
    assert [head for head in shown if head not in ("Options",)] == heads[:5]
    for name in {name.split()[1] for name in NAMES}:
        (line,) = re.findall(rf"^  {name} +(.*)$", listing, re.MULTILINE)
        assert line.endswith("."), f"the summary of {name} does not fit its line"


@pytest.mark.parametrize("name", NAMES)
def test_options_stand_in_sections_and_each_once(name: str) -> None:
    # Past the description, whose lines may begin with an option, too.
    text = re.split(r"^\w.*:$", help_of(name), maxsplit=1, flags=re.MULTILINE)[1]
    command = dict(COMMANDS)[name]
    options = [one.opts[-1] for one in command.params if isinstance(one, click.Option)]
    for option in options:
        assert len(re.findall(rf"^  (?:-\w, )?{option}(?![\w-])", text, re.MULTILINE)) == 1, option
    output = help_of(name).split("\nOutput:\n")[1]
    assert "--quiet" in output and "--help" in output


SECTIONS_OF = {
    "geoplan gaps": {"--reach": "Options", "--population": "People of a raster", "--travel": "Travel times",
                     "--districts": "Input without a plan", "--kind": "Which money, on which districts"},
    "geoplan profile": {"--population": "Options", "--districts": "Input without a plan"},
    "geoplan init": {"--districts": "Options", "--empty": "Options"},
    "geoplan boundaries get": {"--source": "Options"},
    "geoplan boundaries check": {"--empty": "Options", "--vintage": "Options"},
    "geoplan crosswalk": {"--population": "Options", "--vintage": "Options"},
    "geoplan classify": {"--vintage": "Which money, on which districts"},
    "geoplan site": {"--costs": "Travel times", "--n": "Options"},
}  # fmt: skip


@pytest.mark.parametrize("name", SECTIONS_OF)
def test_an_option_stands_under_what_it_means_in_its_command(name: str) -> None:
    heads = re.split(r"^(\w.*):$", help_of(name), flags=re.MULTILINE)
    found = {
        option: title
        for title, text in zip(heads[1::2], heads[2::2], strict=True)
        for option in re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.MULTILINE)
    }
    assert found | SECTIONS_OF[name] == found
    assert next(iter(found.values())) == "Options" and found["--help"] == "Output"


def test_input_without_a_plan_begins_with_districts() -> None:
    text = help_of("geoplan map").split("Input without a plan:")[1].split("\n\n")[0]
    assert re.findall(r"^  (--\w+)", text, re.MULTILINE) == [
        *("--districts", "--locations", "--spending", "--projects", "--profile", "--source", "--empty")
    ]


@pytest.mark.parametrize("name", NAMES)
def test_values_are_named_as_a_reader_knows_them(name: str) -> None:
    assert not re.search(r"\b(INTEGER|FLOAT|TEXT RANGE|RANGE)\b", help_of(name))


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=NAMES)
def test_every_format_option_takes_the_same_formats(name: str, command: click.Command) -> None:
    for option in command.params:
        if option.name == "form":
            assert isinstance(option.type, click.Choice)
            assert tuple(option.type.choices) == FORMATS


@pytest.mark.parametrize("form", FORMATS)
def test_one_table_is_written_in_every_format(form: str, write_plan: WritePlan, tmp_path: Path) -> None:
    target = tmp_path / "rows.out"
    result = CliRunner().invoke(
        app, ["explain", str(write_plan()), "--district", "A", "--format", form, "-o", str(target)]
    )
    assert result.exit_code == 0, result.stderr
    start = {"xlsx": b"PK", "json": b"[", "csv": b"amount,", "md": b"| amount", "table": b"\n amount"}[form]
    assert target.read_bytes().startswith(start)


def test_a_note_is_printed_once_per_run() -> None:
    result = CliRunner().invoke(app, ["equity"])
    assert result.exit_code == 0
    assert (result.stdout + result.stderr).count("Illustrative figures:") == 1


def test_check_opens_with_warnings_and_then_shows_how_files_are_read(write_plan: WritePlan) -> None:
    result = CliRunner().invoke(app, ["check", str(write_plan())])
    lines = result.stdout.splitlines()
    assert re.fullmatch(r"No errors, \d+ warnings:", lines[0])
    assert lines[1].startswith("- ")
    contents = lines.index("Three squares: 3 districts, 3 projects, 4 locations, 3 amounts")
    assert contents < lines.index("districts.csv as districts: 3 rows")


@pytest.mark.parametrize(
    ("language", "half"),
    [("en", "without a known district"), ("fr", "sans district connu (moyennes"), ("lo", "ທີ່ບໍ່ຮູ້ເມືອງ (")],
)
def test_equity_says_what_holds_for_all_sentences_once(language: str, half: str) -> None:
    lines = CliRunner().invoke(app, ["equity", "--language", language]).stdout.splitlines()
    (at,) = [at for at, line in enumerate(lines) if half in line and line.endswith(":")]
    amount = "EUR 1\u202f620\u202f000" if language == "en" else "1\u202f620\u202f000 EUR"
    assert amount in lines[at]
    sentences = lines[at + 1 : at + 10]
    assert all(line.startswith("  ") and line.endswith(".") for line in sentences)
    assert len(set(sentences)) == 9 and not lines[at + 10].startswith("  ")
    assert not any(half in line or "district means" in line for line in sentences)
