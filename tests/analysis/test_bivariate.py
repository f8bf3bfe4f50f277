"""Money and poverty together, on three districts by hand."""

from __future__ import annotations

import pytest

from geoplan.analysis.bivariate import LEFT_OUT, cross_money_and_poverty, describe_cuts
from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import UsageError
from geoplan.plan.plan_tables import read_plan

from ..conftest import PROFILE, WritePlan

WHOLE = PROFILE.replace("C,2010,,,", "C,2010,500,100,0.20")


def test_money_and_poverty_by_hand(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan(profile=WHOLE)))
    rows = cross_money_and_poverty(ledger).set_index("district")
    figures = ledger.districts.set_index("district")
    # A has 33.34, B 33.33 and C nothing.
    for code, amount in {"A": 33.34, "B": 33.33, "C": 0.0}.items():
        persons = float(figures.loc[code, "population"])
        assert rows.loc[code, "per_person"] == pytest.approx(amount / persons)
        assert rows.loc[code, "poverty"] == pytest.approx(float(figures.loc[code, "poor"]) / persons)
    assert rows.loc["C", "money_step"] == "low"
    assert rows.loc[rows["per_person"].idxmax(), "money_step"] == "high"
    poorest = rows["poverty"].idxmax()
    assert rows.loc[poorest, "poverty_step"] == "high"
    assert set(rows["money_step"]) == set(rows["poverty_step"]) == {"low", "high"}
    expected = (rows["money_step"] == "low") & (rows["poverty_step"] == "high")
    assert ((rows["cell"] == LEFT_OUT) == expected).all()


def test_a_district_without_figures_has_no_cell(write_plan: WritePlan) -> None:
    rows = cross_money_and_poverty(build_ledger(read_plan(write_plan()))).set_index("district")
    assert rows.loc["C", ["money_step", "poverty_step", "cell"]].isna().all()
    assert rows.loc[["A", "B"], "cell"].notna().all()


def test_other_numbers_of_steps_are_refused(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan(profile=WHOLE)))
    with pytest.raises(UsageError, match="2 or 3"):
        cross_money_and_poverty(ledger, steps=4)
    assert set(cross_money_and_poverty(ledger, steps=3)["money_step"]) <= {"low", "middle", "high"}


def test_money_per_poor_person_by_hand(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan(profile=WHOLE)))
    rows = cross_money_and_poverty(ledger, per="poor person").set_index("district")
    poor = ledger.districts.set_index("district")["poor"].astype(float)
    for code, amount in {"A": 33.34, "B": 33.33, "C": 0.0}.items():
        assert rows.loc[code, "per_poor_person"] == pytest.approx(amount / poor[code])
    assert rows.loc[rows["per_poor_person"].idxmax(), "money_step"] == "high"
    assert "per_person" not in rows
    with pytest.raises(UsageError, match="choose person or poor person"):
        cross_money_and_poverty(ledger, per="village")
    said = describe_cuts(rows.reset_index(), "EUR", "poor person")
    assert said.startswith("Groups of equal numbers of districts, cut at EUR ") and "per poor person" in said
