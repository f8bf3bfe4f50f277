"""Money and poverty together, on three districts by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import geoplan as gp
from geoplan.analysis import bivariate
from geoplan.analysis.bivariate import (
    LEFT_OUT,
    average_cut,
    cross_money_and_poverty,
    cut_classes,
    cut_money,
    cut_poverty,
    describe_cuts,
    is_left_out,
)
from geoplan.analysis.gaps import rank_gaps
from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import UsageError
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan

from ..conftest import PROFILE, WritePlan

TABLE = Path(__file__).resolve().parents[1] / "shared" / "average_cuts.json"
CASES, CLASSES, THREE_STEPS = (
    json.loads(TABLE.read_text(encoding="utf-8"))[name] for name in ("cases", "classes", "three_steps")
)
WHOLE = PROFILE.replace("C,2010,,,", "C,2010,500,100,0.20")


def test_money_and_poverty_by_hand(write_plan: WritePlan) -> None:
    ledger = build_ledger(read_plan(write_plan(profile=WHOLE)))
    rows = cross_money_and_poverty(ledger, per="person", poverty="rate").set_index("district")
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
    said = describe_cuts(rows.reset_index(), "EUR")
    # The class of A is very poor, that of B and C less poor.
    assert said == (
        "Money: below and above the average of EUR 0.07 per poor person. "
        "Poverty: below the class 'very poor', and from it. Without any money: 1."
    )
    three = cross_money_and_poverty(ledger, per="poor person", steps=3)
    # C has nothing: 66.67 for 400, 400 and 100 poor persons; rates 0.4, 0.2, 0.2.
    assert three.set_index("district")["money_step"].to_dict()["C"] == "low"
    said = describe_cuts(three, "EUR")
    assert (
        said.startswith("Money: none, below and above the average of EUR ")
        and "per poor person. Poverty: " in said
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_cuts_at_the_average(case: dict[str, list[float | None]]) -> None:
    values, weights = (pd.Series(case[name], dtype=float) for name in ("values", "weights"))
    assert average_cut(values, weights) == case["cuts"]


@pytest.mark.parametrize("case", CLASSES, ids=lambda case: case["name"])
def test_steps_of_classes(case: dict[str, Any]) -> None:
    assert cut_classes(pd.Series(case["places"], dtype=float), case["steps"]) == case["cuts"]


def cross_classes(**columns: list[object]) -> pd.DataFrame:
    """Cross four districts of 100 people each, with 10 to 40 of money, whose profile has these columns too."""
    plan = wide_plan([10, 20, 30, 40], [0.5, 0.4, 0.3, 0.2])
    return cross_money_and_poverty(gp.build_ledger(replace(plan, profile=plan.profile.assign(**columns))))


def test_by_default_poor_persons_and_classes_count_where_every_district_has_them() -> None:
    classes = ["very poor", "very poor", "poor", "not poor"]
    rows = cross_classes(poverty_class=classes)
    # 100 for 50 + 40 + 30 + 20 poor persons; three classes of two steps part at the mean class, 2.25.
    assert rows["money_cut"].iloc[0] == [0.714285]
    assert rows["poverty"].tolist() == [3, 3, 2, 1] and rows["poverty_class"].tolist() == classes
    assert rows["cell"].tolist() == [LEFT_OUT, LEFT_OUT, "money high, poverty low", "money high, poverty low"]
    assert "per poor person. Poverty: below the class 'very poor', and from it." in describe_cuts(rows, "EUR")
    # 140 of 400 people are poor. A class that one district lacks is no measure of all.
    partly = cross_classes(poverty_class=[*classes[:3], None])
    assert partly["poverty_cut"].iloc[0] == [0.35] and partly["poverty_class"].isna().all()
    unknown = cross_classes(poor=[50, 40, 30, None], poverty_rate=[None] * 4)
    assert "per_person" in unknown and "per_poor_person" not in unknown


def test_another_poverty_is_refused(write_plan: WritePlan) -> None:
    with pytest.raises(UsageError, match="cannot measure poverty by 'income': choose class or rate"):
        cross_money_and_poverty(build_ledger(read_plan(write_plan(profile=WHOLE))), poverty="income")


@pytest.mark.parametrize("case", THREE_STEPS, ids=lambda case: case["name"])
def test_cuts_of_three_steps(case: dict[str, list[float]]) -> None:
    values, weights = (pd.Series(case[name], dtype=float) for name in ("values", "weights"))
    assert cut_money(values, weights, 3) == case["money"]
    assert cut_poverty(values, weights, 3) == case["poverty"]


def wide_plan(amounts: list[int], rates: list[float]) -> gp.Plan:
    """A plan of squares of 100 people each in a row."""
    codes = [f"D{at:02}" for at in range(len(amounts))]
    squares = [shapely.box(at, 0, at + 1, 1) for at in range(len(amounts))]
    about = {
        "district": codes,
        "year": 2012,
        "population": 100,
        "poor": [round(100 * rate) for rate in rates],
    }
    paid = [(code, amount) for code, amount in zip(codes, amounts, strict=True) if amount]
    return gp.make_plan(
        districts=gpd.GeoDataFrame({"district": codes, "name": codes}, geometry=squares, crs=4326),
        profile=pd.DataFrame(about),
        locations=pd.DataFrame(
            {"project": [code for code, _ in paid], "district": [code for code, _ in paid]}
        ),
        spending=pd.DataFrame(
            [(code, 2012, "budget", amount, "EUR") for code, amount in paid],
            columns=["project", "year", "kind", "amount", "currency"],
        ),
    )


def test_no_money_is_its_own_class_among_many_districts() -> None:
    # 14 of 24 districts have nothing, so no quantile could part them; 10 have 100 to 1,000.
    amounts = [0] * 14 + [100 * at for at in range(1, 11)]
    rates = [0.1, 0.2, 0.4] * 8
    rows = cross_money_and_poverty(gp.build_ledger(wide_plan(amounts, rates)), per="person")
    assert (rows["money_step"] == "low").tolist() == [amount == 0 for amount in amounts]
    # 5,500 for 2,400 people: 2.29 each.
    assert rows["money_cut"].iloc[0] == pytest.approx([0, 5500 / 2400], 1e-5)
    assert (rows["money_step"] == "high").sum() == 8
    # 23.3 % are poor; of the districts above that, 40 %.
    assert rows["poverty_cut"].iloc[0] == pytest.approx([0.233333, 0.4])
    below = rows["per_person"] < 5500 / 2400
    assert (is_left_out(rows["cell"]) == (below & (rows["poverty"] == 0.4))).all()
    assert rows.loc[rows["money_step"] == "middle", "cell"].isin([f"{LEFT_OUT}, money middle", "money middle, poverty low"]).all()  # fmt: skip


def test_ties_are_never_parted_and_equal_districts_are_not_left_out() -> None:
    even = cross_money_and_poverty(gp.build_ledger(wide_plan([50] * 24, [0.3] * 24)))
    assert set(even["money_step"]) == {"high"} and not is_left_out(even["cell"]).any()
    two = cross_money_and_poverty(gp.build_ledger(wide_plan([50] * 4, [0.3] * 4)))
    assert not is_left_out(two["cell"]).any()
    nothing_there = wide_plan([0, 0, 0, 60], [0.1, 0.4, 0.4, 0.1])
    rows = cross_money_and_poverty(gp.build_ledger(nothing_there))
    assert rows["cell"].tolist() == ["money low, poverty low", LEFT_OUT, LEFT_OUT, "money high, poverty low"]
    assert describe_cuts(rows, "EUR").endswith("Without any money: 3.")


def test_two_steps_part_at_the_averages_of_the_plan() -> None:
    ledger = build_ledger(read_plan(find_bundled_plan()))
    rows = cross_money_and_poverty(ledger, per="poor person").set_index("district")
    figures = ledger.districts.set_index("district")
    by_rate = cross_money_and_poverty(ledger, poverty="rate")
    assert by_rate["poverty_cut"].iloc[0] == pytest.approx(
        [figures["poor"].sum() / figures["population"].sum()], 1e-5
    )
    # Each of the two poverty classes is a step.
    assert rows["poverty_cut"].iloc[0] == [2.0]
    assert set(rows.loc[rows["poverty_step"] == "high", "poverty_class"]) == {"very poor"}
    # Little money per poor person is what `gaps` calls a gap.
    lacks = rank_gaps(ledger).set_index("district")["gap"] > 0
    assert ((rows["money_step"] == "low") == lacks.reindex(rows.index)).all()
    assert (rows["cell"] == LEFT_OUT).any()


def test_fewer_than_twenty_districts_have_two_steps_and_more_have_three(
    write_plan: WritePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = build_ledger(read_plan(write_plan(profile=WHOLE)))
    assert len(cross_money_and_poverty(ledger)["money_cut"].iloc[0]) == 1
    monkeypatch.setattr(bivariate, "FEW_DISTRICTS", 3)
    assert len(cross_money_and_poverty(ledger)["money_cut"].iloc[0]) == 2


def test_ordered_classes_part_at_the_mean_class(write_plan: WritePlan) -> None:
    profile = "district,year,population,poverty_class\nA,2010,1000,not poor\nB,2010,1000,poor\nC,2010,10,very poor\n"
    rows = cross_money_and_poverty(build_ledger(read_plan(write_plan(profile=profile)))).set_index("district")
    assert rows["poverty_cut"].iloc[0] == [2.0]
    assert rows["poverty_step"].to_dict() == {"A": "low", "B": "high", "C": "high"}


@pytest.mark.parametrize(("count", "steps"), [(19, 1), (20, 2)])
def test_nineteen_districts_are_cut_once_and_twenty_twice(count: int, steps: int) -> None:
    codes = [f"D{at:02}" for at in range(count)]
    figures = {"district": codes, "year": 2015, "population": 100, "poor": [*range(1, count + 1)]}
    money = {"project": codes, "district": codes, "amount": [*range(1, count + 1)], "year": 2015, "currency": "EUR",
             "kind": "budget"}  # fmt: skip
    squares = [shapely.box(at, 0, at + 1, 1) for at in range(count)]
    layer = gpd.GeoDataFrame({"district": codes, "name": codes}, geometry=squares, crs=4326)
    plan = gp.make_plan(districts=layer, spending=pd.DataFrame(money), profile=pd.DataFrame(figures))
    rows = cross_money_and_poverty(build_ledger(plan))
    assert [len(rows[name].iloc[0]) for name in ("money_cut", "poverty_cut")] == [steps, steps]
