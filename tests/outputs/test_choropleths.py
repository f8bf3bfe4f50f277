"""Pictures of a ledger by Matplotlib."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

import geoplan as gp

from ..conftest import SPENDING, WritePlan

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")


def test_districts_are_coloured_and_money_without_one_is_said(write_plan: WritePlan) -> None:
    """P has 100.00 in thirds: A, B and outside; Q 50.00 in its province, R 7.01 nowhere. C has no population."""
    ledger = gp.build_ledger(gp.read_plan(write_plan()))
    axes = gp.plot_ledger(ledger, value="per_person")
    known, unknown = axes.collections[:2]
    assert np.allclose(known.get_array(), [33.34 / 1000, 33.33 / 2000])
    assert unknown.get_hatch() == "///" and len(unknown.get_paths()) == 1
    assert axes.get_title() == "Per person, budget, EUR"
    assert [text.get_text() for text in axes.texts] == ["EUR 90.34 has no known district"]
    other = matplotlib.figure.Figure().subplots()
    assert gp.plot_ledger(ledger, ax=other) is other
    matplotlib.pyplot.close("all")


def test_what_cannot_be_plotted_says_what_to_do(
    write_plan: WritePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = gp.build_ledger(gp.read_plan(write_plan(spending=SPENDING + "P,roads,X,2010,budget,JPY,300\n")))
    with pytest.raises(gp.UsageError, match="several currencies: choose one with currency=, of EUR, JPY"):
        gp.plot_ledger(both)
    with pytest.raises(gp.UsageError, match="cannot plot 'people': choose from amount, per_person"):
        gp.plot_ledger(both, value="people")
    find = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return find(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(gp.UsageError, match=r"geoplan\[plots\]"):
        gp.plot_ledger(both, currency="JPY")
