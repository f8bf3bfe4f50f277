"""Terminals and shells: completion in real ones, what is said and what is not, encodings, columns that line up."""

from __future__ import annotations

import codecs
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from wcwidth import wcswidth

from geoplan.cli import app
from geoplan.cli.completion_command import SHELLS
from geoplan.cli.table_layout import table_text

from ..conftest import DISTRICTS, TOML, WritePlan
from ..programs import run_program

ROOT = Path(__file__).resolve().parents[2]
LAO = ["ປາກຊັນ", "ທ່າພະບາດ", "ບໍລິຄັນ", "ຄຳເກີດ", "ຄໍາເກີດ", "ໄຊຈຳພອນ", "Paksan"]


def geoplan(*arguments: object, check: bool = True, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run geoplan as a program of its own."""
    command = [sys.executable, "-m", "geoplan", *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, env={**os.environ, **environment}, check=False, cwd=ROOT
    )
    assert not check or done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done


# --- completion ------------------------------------------------------------------------------


@pytest.fixture
def path_with_geoplan(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which the shell finds this geoplan."""
    if os.name == "nt":
        pytest.skip("these shells are not tested on Windows")
    program = tmp_path / "bin" / "geoplan"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m geoplan "$@"\n')
    program.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "TERM": "xterm",
        "HOME": str(tmp_path),
    }


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") and name in ("bash", "zsh", "fish"):
            pytest.fail(f"CI needs {name}: .ci/run installs it")
        pytest.skip(f"{name} is not installed")
    return found


COMPLETED = {
    "geoplan led": "ger",
    "geoplan summary --form": "at",
    "geoplan summary --format j": "son",
    "geoplan boundaries rep": "air",
    "geoplan ledger --kind comm": "itment",
    "geoplan map my-pl": "ans",
}


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_a_shell_completes_what_is_typed(
    name: str, path_with_geoplan: dict[str, str], tmp_path: Path
) -> None:
    """Type into a real, interactive shell, and press the tabulator."""
    pexpect = pytest.importorskip("pexpect")
    (tmp_path / "my-plans").mkdir()
    start = {
        "bash": ("--norc --noprofile -i", 'eval "$(geoplan completion bash)"'),
        "zsh": ("-f -i", 'autoload -Uz compinit; compinit -u; eval "$(geoplan completion zsh)"'),
    }
    arguments, source = start[name]
    child = pexpect.spawn(
        f"{shell(name)} {arguments}", env={**path_with_geoplan, "PS1": "> "}, encoding="utf-8", cwd=tmp_path, timeout=20,
        dimensions=(24, 200),
    )  # fmt: skip
    try:
        child.sendline(f"{source}; echo re''ady")
        child.expect("ready")
        for number, (typed, added) in enumerate(COMPLETED.items()):
            child.send(f"{typed}\t")
            child.expect_exact(added)
            # An empty line of input again, and nothing of this one left to be read for the next.
            child.sendcontrol("u")
            child.sendline(f"echo do''ne{number}")
            child.expect_exact(f"done{number}")
        child.sendline("exit")
    finally:
        child.close(force=True)


def test_fish_completes_what_is_typed(path_with_geoplan: dict[str, str]) -> None:
    script = 'geoplan completion fish | source; complete -C "geoplan summary --format j"; complete -C "geoplan led"'
    done = subprocess.run(
        [shell("fish"), "--no-config", "-c", script],
        capture_output=True,
        text=True,
        env=path_with_geoplan,
        check=True,
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["json", "ledger"]


def test_powershell_gets_words_line_by_line() -> None:
    """What the script asks and gets; the script itself runs where there is a PowerShell."""
    asked = {
        "_GEOPLAN_COMPLETE": "powershell_complete",
        "COMP_WORDS": "geoplan\nsummary\n--format",
        "COMP_CWORD": "m",
    }
    assert geoplan(**asked).stdout.decode().splitlines() == ["plain\tmd\tmd"]
    path = {**asked, "COMP_WORDS": "geoplan\nmap\nC:\\my plan\n-o", "COMP_CWORD": ""}
    assert geoplan(**path).stdout.decode().startswith("file\t")


def test_powershell_completes_what_is_typed(path_with_geoplan: dict[str, str]) -> None:
    script = (
        "geoplan completion powershell | Out-String | Invoke-Expression; "
        "(TabExpansion2 'geoplan summary --format j' 26).CompletionMatches.CompletionText"
    )
    done = subprocess.run(
        [shell("pwsh"), "-NoProfile", "-Command", script],
        capture_output=True,
        text=True,
        env=path_with_geoplan,
        check=True,
    )
    assert done.stdout.split() == ["json"]


@pytest.mark.parametrize("name", SHELLS)
def test_each_script_names_the_program_and_its_variable(name: str) -> None:
    script = CliRunner().invoke(app, ["completion", name], prog_name="geoplan").stdout
    assert "geoplan" in script
    assert "_GEOPLAN_COMPLETE" in script
    assert f"{name}_complete" in script


# --- more and less said ----------------------------------------------------------------------


@pytest.mark.parametrize("place", ["before", "after"])
def test_quiet_leaves_results_and_errors_only(place: str, write_plan: WritePlan) -> None:
    arguments = ["summary", str(write_plan()), "--format", "csv"]
    loud = CliRunner().invoke(app, arguments)
    quiet = CliRunner().invoke(app, ["--quiet", *arguments] if place == "before" else [*arguments, "-q"])
    assert quiet.stdout == loud.stdout
    assert loud.stderr and not quiet.stderr
    wrong = CliRunner().invoke(app, ["summary", "nowhere", "-q"])
    assert (wrong.exit_code, "there is no plan at 'nowhere'" in wrong.stderr) == (2, True)


def test_verbose_says_what_was_read(write_plan: WritePlan) -> None:
    folder = write_plan()
    usual = CliRunner().invoke(app, ["summary", str(folder)])
    verbose = CliRunner().invoke(app, ["summary", str(folder), "--verbose"])
    assert verbose.stdout == usual.stdout
    assert f"read spending from {folder / 'spending.csv'}: 3 rows" in verbose.stderr
    assert re.search(r"placing the money: \d+\.\d\d s", verbose.stderr)
    assert "3 rows" not in usual.stderr


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals here")
@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_no_color_means_none(environment: dict[str, str], write_plan: WritePlan) -> None:
    pexpect = pytest.importorskip("pexpect")
    inherited = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    child = pexpect.spawn(
        sys.executable, ["-m", "geoplan", "summary", str(write_plan())], cwd=ROOT, encoding="utf-8", timeout=60,
        env={**inherited, "TERM": "xterm-256color", **environment}, dimensions=(40, 120),
    )  # fmt: skip
    shown = child.read()
    child.close()
    assert child.exitstatus == 0
    coloured = re.search(r"\x1b\[[0-9;]*m", re.sub(r"\x1b\[(0|1|22|2)?m", "", shown)) is not None
    assert coloured == (not environment)
    assert ("\x1b" in shown) == (not environment)


@pytest.mark.parametrize(
    ("environment", "redrawn"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_progress_of_datasets_writes_escape_codes_only_where_lines_can_be_replaced(
    environment: dict[str, str], redrawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geoplan.cli import streaming

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    streaming.Progress()("placing", 3, 3, 750)
    assert "placing: 3 of 3 batches" in shown.getvalue()
    assert ("\x1b[2K" in shown.getvalue()) == redrawn


ESCAPED = "project,component,year,kind,currency,amount\nP,\x1b[31mred\x07,2010,budget,EUR,1\n"


def test_text_that_looks_like_a_colour_is_data_where_no_terminal_reads_it(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    folder = write_plan(spending=ESCAPED)
    printed = run_program(["ledger", folder], ROOT).stdout.encode()
    run_program(["ledger", folder, "-o", tmp_path / "ledger.csv"], ROOT)
    assert printed == (tmp_path / "ledger.csv").read_bytes().removeprefix(codecs.BOM_UTF8)
    assert b"\x1b[31mred\x07" in printed


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals here")
@pytest.mark.parametrize(
    "arguments", [["ledger"], ["summary", "--by", "component", "--format", "csv"], ["check"]]
)
def test_a_terminal_is_shown_what_it_would_obey(arguments: list[str], write_plan: WritePlan) -> None:
    pexpect = pytest.importorskip("pexpect")
    toml = TOML.replace('"Three squares"', '"Three"\nnotes = ["\\u001b[31mred\\u0007"]')
    child = pexpect.spawn(
        sys.executable, ["-m", "geoplan", arguments[0], str(write_plan(spending=ESCAPED, toml=toml)), *arguments[1:]],
        cwd=ROOT, encoding="utf-8", timeout=60, env={**os.environ, "TERM": "dumb"}, dimensions=(40, 200),
    )  # fmt: skip
    shown = child.read()
    child.close()
    assert child.exitstatus == 0
    assert "\\x1b[31mred\\x07" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


# --- encodings -------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
def test_text_goes_out_as_utf_8_whatever_the_console_is_set_to(encoding: str) -> None:
    done = geoplan(
        "summary", "--by", "district,component", PYTHONIOENCODING=encoding, PYTHONUTF8="0", LC_ALL="C"
    )
    text = done.stdout.decode("utf-8")
    assert "Xaychamphone" in text
    assert "\u202f" in text
    assert "\u202f" in done.stderr.decode("utf-8")


def test_lao_names_go_out_in_a_latin_console(write_plan: WritePlan) -> None:
    folder = write_plan(districts=DISTRICTS.replace("Alpha", "ບໍລິຄັນ"))
    done = geoplan("summary", folder, PYTHONIOENCODING="cp1252")
    assert "ບໍລິຄັນ" in done.stdout.decode("utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="only here may names of files be any bytes")
def test_a_name_of_a_file_that_is_no_text_comes_out_as_it_went_in(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    target = os.fsencode(tmp_path) + b"/out-\xff.csv"
    command = [
        os.fsencode(sys.executable),
        b"-m",
        b"geoplan",
        b"ledger",
        os.fsencode(write_plan()),
        b"-o",
        target,
    ]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == target + b"\n"
    assert Path(os.fsdecode(target)).exists()


# --- columns ---------------------------------------------------------------------------------


def test_columns_line_up_in_lao() -> None:
    """Widths as terminals reckon them: vowels and tone marks above and below take no cell of their own."""
    frame = pd.DataFrame({"name": LAO, "amount": [10**at for at in range(len(LAO))]})
    lines = table_text(frame).splitlines()
    body = [line for line in lines if any(name in line for name in LAO)]
    assert len(body) == len(LAO)
    assert {wcswidth(line) for line in body} == {max(wcswidth(line) for line in lines[1:])}
