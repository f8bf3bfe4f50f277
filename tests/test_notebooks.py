"""The notebooks run from top to bottom."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import geoplan as gp

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
@pytest.mark.filterwarnings("default")  # of the notebook machinery, which is not ours
def test_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    if "GEOPLAN_DATA" in path.read_text(encoding="utf-8"):
        if not SHARED.is_dir():
            pytest.skip("the folder of reference data, ../shared/data, is not here")
        monkeypatch.setenv("GEOPLAN_DATA", str(SHARED))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "notebooks are kept without outputs"
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("text/html" in output.get("data", {}) for output in shown)


def test_what_a_cell_shows_is_readable_and_escaped() -> None:
    plan = replace(gp.read_plan(gp.find_bundled_plan()), subtitle="<b>bold</b>")
    shown = plan._repr_html_()
    assert "&lt;b&gt;bold" in shown and "<b>" not in shown
    assert (
        "Illustrative: project sites" in shown
        and "budget, EUR" in shown
        and "8\u202f200\u202f000.00" in shown
    )
    assert "spending.csv" in shown
    ledger = gp.build_ledger(plan)._repr_html_()
    assert "8\u202f200\u202f000.00" in ledger and "province-wide" in ledger and ledger.count("<tr") < 25
    equity = gp.describe_equity(gp.measure_equity(gp.build_ledger(plan)), "fr")._repr_html_()
    assert "indice de concentration" in equity and "<li>Les districts sont classés" in equity
