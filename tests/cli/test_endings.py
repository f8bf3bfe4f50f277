"""However a run ends, the user sees one message and the shell one exit code; nothing unescaped reaches a terminal."""

from __future__ import annotations

import errno
import gc
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from geoplan import cli
from geoplan.cli.printing import ClosedOutput, OutputError, emit, hide_passwords, name_output
from geoplan.model.errors import InputError, Problem, UsageError

from ..conftest import TOML, WritePlan
from ..programs import run_program

pytestmark = pytest.mark.usefixtures("plans_read_once")

ROOT = Path(__file__).resolve().parents[2]
CLEAR = "\x1b[2J"


def ending_in(monkeypatch: pytest.MonkeyPatch, action: Callable[[], Any], *arguments: str) -> Result:
    """Run a command that does what is given."""

    @click.command()
    def summary() -> None:
        action()

    monkeypatch.setattr(cli._Group, "get_command", lambda *_: summary)
    return CliRunner().invoke(cli.app, ["summary", *arguments])


def raising(error: BaseException) -> Callable[[], None]:
    def action() -> None:
        raise error

    return action


def test_an_unexpected_error_is_one_line_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    error = ValueError(f"no way {CLEAR} at postgresql://planner:secret@db/x\nmore")
    found = ending_in(monkeypatch, raising(error))
    assert found.exit_code == 3
    first, second = found.stderr.splitlines()
    assert first == r"geoplan: unexpected error (ValueError: no way \x1b[2J at postgresql://…@db/x)"
    (kept,) = tmp_path.iterdir()
    assert str(kept) in second
    details = kept.read_text(encoding="utf-8")
    assert "arguments: 'summary'" in details
    assert "Traceback" in details and "more" in details
    assert "secret" not in details


def test_a_library_that_panics_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The library of charts raises this when it has too little memory, for example."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    panic = type("PanicException", (BaseException,), {})
    found = ending_in(monkeypatch, raising(panic("no memory for the\nchart")))
    assert found.exit_code == 3
    assert found.stderr.splitlines()[0] == "geoplan: unexpected error (PanicException: no memory for the)"


def test_no_room_for_the_details_is_no_second_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    found = ending_in(monkeypatch, raising(MemoryError()))
    assert (found.exit_code, found.stderr) == (3, "geoplan: unexpected error (there is not enough memory)\n")


@pytest.mark.parametrize(
    "error",
    [
        UsageError(f"x {CLEAR}"),
        InputError(Problem(f"f{CLEAR}", f"message {CLEAR}", values=(CLEAR,), way_out=f"do {CLEAR}")),
        click.UsageError(f"x {CLEAR}"),
    ],
    ids=["usage", "input", "click"],
)
def test_messages_and_ways_out_are_escaped(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    found = ending_in(monkeypatch, raising(error))
    assert found.exit_code in (1, 2)
    assert "\x1b" not in found.stderr
    assert isinstance(error, click.ClickException) or r"\x1b[2J" in found.stderr


def test_a_pipe_that_closes_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ending_in(monkeypatch, raising(BrokenPipeError(32, "Broken pipe")))
    assert (found.exit_code, found.stderr) == (0, "")


def test_messages_that_cannot_be_printed_are_lost_and_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from geoplan.cli import printing

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(printing.click, "echo", fail)
    printing.say("a note")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "arguments", [["--help"], ["layers", str(ROOT / "data/boundaries/bolikhamxay_2019.geojson")]]
)
def test_standard_output_without_room_is_one_line(arguments: list[str]) -> None:
    done = run_program(arguments, ROOT, stdout=Path("/dev/full"))
    said = done.stderr.splitlines()
    assert done.returncode == 2
    assert [line for line in said if "standard output cannot be written" in line] == said[-1:]


@pytest.mark.skipif(os.name == "nt", reason="descriptors are closed by a shell of POSIX")
@pytest.mark.parametrize("words", ["layers data/boundaries/bolikhamxay_2019.geojson", "map --help"])
def test_a_closed_standard_output_is_one_line(words: str) -> None:
    command = f'exec "{sys.executable}" -m geoplan {words} >&-'
    found = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (found.returncode, found.stderr.splitlines()[-1]) == (
        2, "geoplan: standard output is closed: write to a file with --output, or open it",
    )  # fmt: skip


def test_a_file_needs_no_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", ClosedOutput())
    name_output(Path("ledger.csv"))
    with pytest.raises(OutputError, match="standard output is closed"):
        click.echo("a help text")


def test_a_result_needs_a_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match="standard output is closed"):
        emit("x\n")


def test_passwords_are_hidden_in_any_address() -> None:
    text = "postgres://a:b%20c@h:1/d and https://user:p@x/ but mailto:a@b"
    assert hide_passwords(text) == "postgres://…@h:1/d and https://…@x/ but mailto:a@b"


def test_check_reads_what_only_other_commands_need(write_plan: WritePlan) -> None:
    more = '[rates]\nfile = "rates.csv"\n[deflators]\nfile = "prices.csv"\n[vintages.old.districts]\nfile = "old.geojson"\n'
    plan = write_plan(toml=TOML + more)
    (plan / "prices.csv").write_text("currency,year,index\nEUR,2010,none\n")
    result = CliRunner().invoke(cli.app, ["check", str(plan)])
    assert result.exit_code == 1
    for words in ("3 problems", "rates.csv: ", "prices.csv, row 2", "old.geojson: "):
        assert words in result.stderr


@pytest.mark.skipif(not hasattr(signal, "SIGUSR2"), reason="this system has no other signal to stand for it")
def test_a_windows_console_that_closes_ends_the_program_tidily(monkeypatch: pytest.MonkeyPatch) -> None:
    number = signal.SIGUSR2
    monkeypatch.setattr(signal, "SIGBREAK", number, raising=False)
    before = {name: signal.getsignal(name) for name in (number, signal.SIGTERM, signal.SIGHUP)}
    try:
        cli._stop_tidily()
        with pytest.raises(SystemExit, match=str(128 + number)):
            signal.raise_signal(number)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@pytest.fixture
def this_process() -> Iterator[None]:
    """Keep what a run of the program changes in its process."""
    handlers = {
        number: signal.getsignal(number)
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGINT))
    }
    threshold, shown = gc.get_threshold(), warnings.showwarning
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    warnings.showwarning = shown
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("this_process")
def test_a_program_that_ends_does_not_look_for_garbage_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.get_freeze_count()
    monkeypatch.setattr(sys, "argv", ["geoplan", "--version"])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    assert gc.get_freeze_count() > before + 10_000


def words_of_every_printing_command(plan: str) -> dict[str, list[str]]:
    layer = str(ROOT / "data/boundaries/bolikhamxay_2019.geojson")
    of_plan = (
        "check",
        "districts",
        "summary",
        "explain",
        "equity",
        "execution",
        "coordination",
        "gaps",
        "ledger",
    )
    return {
        **{name: [name, plan] for name in of_plan},
        "compare": ["compare", plan, "--years", "2010,2011"],
        "allocate": ["allocate", plan, "--budget", "100", "--rule", "equal"],
        "phase": ["phase", plan, "--ceilings", "2010=500,2011=500,2012=500"],
        "layers": ["layers", layer],
        "boundaries check": ["boundaries", "check", layer],
        "crosswalk": ["crosswalk", layer, layer],
        "completion": ["completion", "bash"],
    }


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EPIPE, errno.EBADF], ids=errno.errorcode.get)
@pytest.mark.parametrize("name", words_of_every_printing_command(""))
def test_whatever_prints_ends_in_one_line_where_nothing_can_be_printed(
    name: str, fault: int, write_plan: WritePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As /dev/full, a pipe that closes, and a descriptor that is closed do, in every command that prints."""
    echo = click.echo

    def fail(
        message: object = None, file: Any = None, nl: bool = True, err: bool = False, **more: Any
    ) -> None:
        if not err and file is None:
            raise OSError(fault, os.strerror(fault))
        echo(message, file, nl, err, **more)

    monkeypatch.setattr("click.echo", fail)
    monkeypatch.setattr("geoplan.cli.drop_output", lambda: None)
    done = CliRunner().invoke(cli.app, words_of_every_printing_command(str(write_plan()))[name])
    said = [line for line in done.stderr.splitlines() if line.startswith("geoplan: ")]
    if fault == errno.EPIPE:
        assert (done.exit_code, said) == (0, [])
    else:
        assert done.exit_code == 2, done.output
        assert len(said) == 1
        assert said[0].startswith(f"geoplan: standard output cannot be written ({os.strerror(fault)})")
