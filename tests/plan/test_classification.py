"""Classes by a rule: thresholds, ranks and indices, by hand; and every fault of a rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoplan.model.errors import InputError
from geoplan.plan.classification_rules import ClassificationRule, describe_rule, read_classification
from geoplan.plan.need_scores import classified_profile, classify_districts, score_districts
from geoplan.plan.plan_tables import read_plan
from tests.conftest import WritePlan

TWO: dict[str, Any] = {
    "method": "index",
    "indicators": {
        "poverty_rate": {"needier": "high", "weight": 0.75},
        "literacy": {"needier": "low", "weight": 0.25},
    },
    "classes": [{"name": "first", "districts": 1}, {"name": "second", "districts": 1}, {"name": "rest"}],
}


def rule_of(**changes: Any) -> ClassificationRule:
    rule, problems = read_classification({**TWO, **changes}, "geoplan.toml")
    assert problems == []
    assert rule is not None
    return rule


def figures(poverty: list[float], literacy: list[float], year: int = 2015) -> pd.DataFrame:
    codes = [f"D{at}" for at in range(len(poverty))]
    return pd.DataFrame({"district": codes, "year": year, "poverty_rate": poverty, "literacy": literacy})


FOUR = figures([0.1, 0.3, 0.5, 0.2], [90, 50, 70, 60])


def test_min_max_and_weighted_mean_by_hand() -> None:
    # Poverty: (x - 0.1) / 0.4; literacy, turned: (90 - x) / 40.
    expected = [0, 0.75 * 0.5 + 0.25 * 1, 0.75 * 1 + 0.25 * 0.5, 0.75 * 0.25 + 0.25 * 0.75]
    found = classify_districts(FOUR, rule_of())
    assert found["score"].tolist() == pytest.approx(expected)
    assert found["rank"].tolist() == [4, 2, 1, 3]
    assert found["poverty_class"].tolist() == ["rest", "second", "first", "rest"]


def test_other_scales_by_hand() -> None:
    rank = score_districts(FOUR, rule_of(normalization="rank"))
    assert rank["poverty_rate"].tolist() == pytest.approx([0, 2 / 3, 1, 1 / 3])
    assert rank["literacy"].tolist() == pytest.approx([0, 1, 1 / 3, 2 / 3])
    z = score_districts(FOUR, rule_of(normalization="z-score"))
    poverty = np.array([0.1, 0.3, 0.5, 0.2])
    assert z["poverty_rate"].tolist() == pytest.approx(((poverty - 0.275) / poverty.std()).tolist())
    posts = {
        "poverty_rate": {"needier": "high", "weight": 0.75, "goalposts": [0, 1]},
        "literacy": {"needier": "low", "weight": 0.25, "goalposts": [0, 100]},
    }
    fixed = score_districts(FOUR, rule_of(normalization="goalposts", indicators=posts))
    assert fixed["literacy"].tolist() == pytest.approx([0.1, 0.5, 0.3, 0.4])
    assert fixed["score"].tolist()[1] == pytest.approx(0.75 * 0.3 + 0.25 * 0.5)


def test_a_geometric_mean_uses_its_floor() -> None:
    found = score_districts(FOUR, rule_of(aggregation="geometric", floor=0.01))
    expected = [0.01, 0.5**0.75 * 1, 1 * 0.5**0.25, 0.25**0.75 * 0.75**0.25]
    assert found["score"].tolist() == pytest.approx(expected)


def test_a_missing_indicator_gives_no_score_unless_told() -> None:
    gap = figures([0.1, 0.3, 0.5, 0.2], [90, np.nan, 70, 60])
    strict = classify_districts(gap, rule_of())
    assert strict["score"].isna().tolist() == [False, True, False, False]
    assert strict["poverty_class"].tolist() == ["rest", None, "first", "second"]
    told = classify_districts(gap, rule_of(missing="leave out"))
    assert told["score"][1] == pytest.approx(0.5)  # its poverty alone


def test_ties_at_a_cut_go_to_the_needier_class() -> None:
    same = figures([0.4, 0.4, 0.1], [50, 50, 90])
    assert classify_districts(same, rule_of())["poverty_class"].tolist() == ["first", "first", "second"]


def test_a_least_score_counts_as_in_its_class() -> None:
    cut = [{"name": "high", "from": 0.625}, {"name": "low"}]
    assert classify_districts(FOUR, rule_of(classes=cut))["poverty_class"].tolist() == [
        "low",
        "high",
        "high",
        "low",
    ]


def test_thresholds_take_the_first_class_that_fits_and_leave_unknown_ones_open() -> None:
    rule = rule_of(
        method="thresholds",
        indicators={"poverty_rate": {"needier": "high"}, "literacy": {"needier": "low"}},
        classes=[
            {"name": "very poor", "when": "poverty_rate >= 0.4 OR literacy < 40"},
            {"name": "poor", "when": "poverty_rate >= 0.2"},
            {"name": "other"},
        ],
    )
    table = figures([0.4, 0.2, 0.39, 0.1, np.nan, 0.1], [90, 39, 40, 40, 30, np.nan])
    found = classify_districts(table, rule)["poverty_class"].tolist()
    # The fifth is below 40 whatever its rate; of the last it is not known whether it is.
    assert found == ["very poor", "very poor", "poor", "other", "very poor", None]


def test_indicators_are_of_one_year_the_latest_that_states_them_all() -> None:
    old, new = figures([0.5, 0.1, 0.2], [60, 70, 90], 2010), figures([0.1, 0.6, 0.3], [50, np.nan, 80], 2020)
    found = classify_districts(pd.concat([old, new]), rule_of())
    assert found["year"].tolist() == [2020, 2010, 2020]
    assert found["poverty_rate"].tolist() == [0.1, 0.1, 0.3]


def test_a_rate_that_is_not_stated_is_poor_per_person() -> None:
    table = FOUR.assign(
        poverty_rate=[0.1, np.nan, 0.5, 0.2], poor=[np.nan, 30, 1, 1], population=[10, 100, 10, 10]
    )
    assert classify_districts(table, rule_of())["poverty_rate"].tolist() == [0.1, 0.3, 0.5, 0.2]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (figures([0.3, 0.3], [1, 2]), "is 0.3 in all districts"),
        (figures([0.3, np.nan], [1, 2]), "has a figure for 1 of 2 districts"),
        (figures([0.3, 0.4], [np.nan, np.nan]), "no figures for the indicator literacy"),
    ],
)
def test_figures_that_cannot_tell_districts_apart_are_an_error(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        classify_districts(table, rule_of())


@pytest.mark.parametrize(("off", "accepted"), [(0.9e-6, True), (1.1e-6, False), (-1.1e-6, False)])
def test_weights_may_be_off_by_a_millionth(off: float, accepted: bool) -> None:
    weights = {"a": {"needier": "high", "weight": 0.5}, "b": {"needier": "low", "weight": 0.5 + off}}
    _, problems = read_classification({**TWO, "indicators": weights}, "geoplan.toml")
    assert (not any("the weights add up to" in str(problem) for problem in problems)) == accepted


def test_a_figure_outside_its_goalposts_is_an_error() -> None:
    posts = {"poverty_rate": {"needier": "high", "weight": 1, "goalposts": [0.1, 0.5]}}
    rule = rule_of(normalization="goalposts", indicators=posts)
    classify_districts(FOUR, rule)
    with pytest.raises(InputError, match=r"outside its goalposts 0\.1 to 0\.5 \(D0\)"):
        classify_districts(figures([0.09, 0.5], [1, 2]), rule)


ONE = {"poverty_rate": {"needier": "high"}}
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no direction": ({"indicators": {"literacy": {}}}, "does not say which end means more need"),
    "unknown direction": ({"indicators": {"literacy": {"needier": "up"}}}, "does not say which end"),
    "weights": ({"indicators": {"a": {"needier": "high", "weight": 0.5}, "b": {"needier": "low", "weight": 0.6}}}, "add up to 1.1"),
    "one weight only": ({"indicators": {"a": {"needier": "high", "weight": 0.7}, "b": {"needier": "low"}}}, "indicator b has no weight"),
    "scores upwards": ({"classes": [{"name": "a", "from": 0.3}, {"name": "b", "from": 0.6}, {"name": "c"}]},
                       "class b begins at 0.6, not below a (0.3), so it stays empty"),
    "weight of 0": ({"indicators": {"a": {"needier": "high", "weight": 0}}}, "weight of the indicator a"),
    "unknown key": ({"metod": "x"}, "unknown key in"),
    "unknown key of an indicator": ({"indicators": {"a": {"needier": "high", "wt": 1}}}, "unknown key of the indicator a"),
    "unknown method": ({"method": "guess"}, "method in"),
    "ranks of two": ({"method": "ranks"}, "ranks use one indicator"),
    "geometric without floor": ({"aggregation": "geometric"}, "needs a floor above 0"),
    "geometric z-scores": ({"aggregation": "geometric", "floor": 0.1, "normalization": "z-score"}, "negative below the mean"),
    "floor of 0": ({"aggregation": "geometric", "floor": 0}, "floor in"),
    "floor for nothing": ({"floor": 0.1}, "floor means nothing"),
    "goalposts without use": ({"indicators": {"a": {"needier": "high", "goalposts": [0, 1]}}}, "goalposts that are not used"),
    "no goalposts": ({"normalization": "goalposts"}, "has no goalposts"),
    "goalposts the wrong way": ({"indicators": {"a": {"needier": "high", "goalposts": [1, 0]}}}, "goalposts of the indicator a"),
    "two cuts": ({"classes": [{"name": "a", "districts": 1, "from": 2}, {"name": "b"}]}, "cut of the class a"),
    "condition in an index": ({"classes": [{"name": "a", "when": "x > 1"}, {"name": "b"}]}, "cut of the class a"),
    "all others first": ({"classes": [{"name": "a"}, {"name": "b", "districts": 1}]}, "class a takes all districts"),
    "same name": ({"classes": [{"name": "a", "districts": 1}, {"name": "a"}]}, "the same name"),
    "no name": ({"classes": [{"districts": 1}]}, "has no name"),
    "no classes": ({"classes": []}, "needs classes"),
    "thresholds with a scale": ({"method": "thresholds", "indicators": ONE, "normalization": "rank", "classes": [{"name": "a", "when": "1"}]}, "normalization means nothing"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_a_rule_is_a_problem_with_its_way_out(name: str) -> None:
    changes, message = FAULTS[name]
    rule, problems = read_classification({**TWO, **changes}, "geoplan.toml")
    assert rule is None
    assert any(message in problem.message for problem in problems), problems
    assert all(problem.way_out for problem in problems)


PROFILE = """district,year,population,poor,poverty_class,road_share
A,2015,100,50,rich,"0,9"
B,2015,200,20,rich,"0,1"
"""
TOML = """
[classification]
method = "thresholds"
classes = [{ name = "cut off", when = "road_share < 0.5" }, { name = "reached" }]
[classification.indicators]
road_share = { needier = "low" }
"""


def test_every_condition_that_cannot_be_read_is_said_with_its_class(write_plan: WritePlan) -> None:
    folder = write_plan(profile=PROFILE)
    toml = folder / "geoplan.toml"
    classes = '[{ name = "cut off", when = "roads < 0.5" }, { name = "far", when = "road_share <" }, { name = "reached" }]'
    rule = TOML.replace(TOML.split("classes = ")[1].splitlines()[0], classes)
    toml.write_text(toml.read_text() + rule)
    with pytest.raises(InputError) as refused:
        read_plan(folder)
    said = str(refused.value)
    assert "class 'cut off': invalid condition (no such column: roads): 'roads < 0.5'" in said
    assert "class 'far': invalid condition" in said
    assert 'write it like when = "road_share >= 0.4"; the indicators are road_share' in said


def test_a_plan_with_a_rule_uses_its_classes_and_names_it(write_plan: WritePlan) -> None:
    folder = write_plan(profile=PROFILE)
    toml = folder / "geoplan.toml"
    toml.write_text(toml.read_text() + TOML)
    plan = read_plan(folder)
    assert dict(zip(plan.profile["district"], plan.profile["poverty_class"], strict=True)) == {
        "A": "reached",
        "B": "cut off",
    }
    assert "classes by thresholds (cut off: road_share < 0.5; reached: all others)" in plan.notes
    assert "poverty classes of the profile are replaced by those of [classification] (2 rows)" in plan.notes
    assert plan.classification is not None
    written = classified_profile(plan.profile, plan.classification)
    assert written["source"].tolist() == [describe_rule(plan.classification)] * 2
    assert written["road_share"].tolist() == [0.9, 0.1]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        # B has 0.1 of its villages at a road, A 0.9; less is needier.
        ("road_share > 0.5", "by road_share, the class 'cut off' is less needy than 'reached': check the conditions and the directions"),
        ("road_share < 0.01", "no district is in the class 'cut off'"),
        ("road_share < 0.5", None),
    ],
)  # fmt: skip
def test_empty_classes_and_conditions_against_the_direction_are_said(
    write_plan: WritePlan, condition: str, said: str | None
) -> None:
    folder = write_plan(profile=PROFILE)
    toml = folder / "geoplan.toml"
    toml.write_text(toml.read_text() + TOML.replace("road_share < 0.5", condition))
    doubts = [note for note in read_plan(folder).notes if note.startswith(("by ", "no district"))]
    assert doubts == ([] if said is None else [said])


def test_a_rule_without_its_column_or_without_a_profile_is_one_error(write_plan: WritePlan) -> None:
    folder = write_plan()
    toml = folder / "geoplan.toml"
    toml.write_text(toml.read_text() + TOML)
    with pytest.raises(InputError, match=r"profile\.csv, column 'road_share': no figures for the indicator"):
        read_plan(folder)
    toml.write_text(toml.read_text().replace('[profile]\nfile = "profile.csv"', ""))
    with pytest.raises(InputError, match=r"\[classification\] needs the figures of \[profile\]"):
        read_plan(folder)
