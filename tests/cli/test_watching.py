"""``map --watch``: the map is made again when an input is saved, and what changed is said."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import cast

import pandas as pd
import pytest
from click.testing import CliRunner

from geoplan.analysis import comparison
from geoplan.cli import app, watching
from geoplan.ledger.entries import Ledger

from ..conftest import SPENDING, WritePlan


def run_with(
    steps: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch, folder: Path, target: Path
) -> list[str]:
    """Run the command; instead of each waiting, do the next step. Ctrl+C after the last."""
    waiting = iter(steps)

    def wait(states: dict[Path, object]) -> list[Path]:
        step = next(waiting, None)
        if step is None:
            raise KeyboardInterrupt
        step()
        return [path for path in states if path.name == "spending.csv"]

    monkeypatch.setattr(watching, "wait_for_change", wait)
    done = CliRunner().invoke(app, ["map", str(folder), "--watch", "-o", str(target)])
    assert done.exit_code == 130
    return done.stderr.replace("\u202f", " ").splitlines()


def test_a_saved_input_makes_the_map_again_and_names_the_districts(
    write_plan: WritePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, target = write_plan(), tmp_path / "toy.html"
    pages = []

    def save(text: str) -> Callable[[], object]:
        def step() -> None:
            pages.append(target.read_text(encoding="utf-8"))
            (folder / "spending.csv").write_text(text, encoding="utf-8")

        return step

    # The road's 100.00 is split in three: 33.34 in Alpha, 33.33 in Beta, 33.33 outside.
    more, broken = SPENDING.replace("100.00", "130.00"), SPENDING.replace("100.00", "much")
    assert more != SPENDING
    lines = run_with(
        [save(more), save(broken), save(more), lambda: pages.append("")], monkeypatch, folder, target
    )
    assert "saved: spending.csv" in lines
    assert [line for line in lines if line.startswith(("changed", "no amount"))] == [
        "changed: Alpha: EUR 33.34 → 43.34",
        "changed: Beta: EUR 33.33 → 43.33",
        "changed: outside area: EUR 33.33 → 43.33",
        "no amount of a district changed",
        "no amount of a district changed",
    ]
    assert "geoplan: the old output stays until this is mended" in lines
    assert pages[0] != pages[1] == pages[2]
    assert target.is_file()


def test_waiting_ends_when_a_file_is_whole_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "money.csv"
    path.write_text("a", encoding="utf-8")
    states: dict[Path, object] = {path: watching.state_of(path)}
    # Untouched; removed; written in two steps; still.
    steps = iter([None, path.unlink, lambda: path.write_text("bb"), lambda: path.write_text("ccc")])
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        step = next(steps, None)
        if step is not None:
            step()

    monkeypatch.setattr(watching.time, "sleep", sleep)
    assert watching.wait_for_change(states) == [path]
    assert path.read_text(encoding="utf-8") == "ccc" and len(slept) == 5


def test_a_plan_that_does_not_exist_is_an_error_at_once(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["map", str(tmp_path / "none"), "--watch"])
    assert done.exit_code == 2


@pytest.mark.parametrize("count", [10, 11])
def test_up_to_ten_changes_are_listed(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {
        "place": "district",
        "currency": "EUR",
        "one": Decimal(1),
        "other": Decimal(2),
        "change_minor": 100,
    }
    changes = pd.DataFrame([{**row, "name": f"D{at}"} for at in range(count)])
    monkeypatch.setattr(comparison, "compare", lambda before, after: changes)
    lines = [*watching.list_changes(cast(Ledger, None), cast(Ledger, None))]
    assert lines[9] == "changed: D9: EUR 1 → 2"
    assert lines[10:] == (["… and 1 more"] if count == 11 else [])
