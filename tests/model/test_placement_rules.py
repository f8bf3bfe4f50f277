"""Placement rules: flags that programs read, and words that people read."""

from __future__ import annotations

import pytest

from geoplan.model.placement_rules import _WORDS, PlacementRule, describe_rule, rule_parts

R = PlacementRule


@pytest.mark.parametrize(
    ("rule", "carried_from", "words"),
    [
        (0, "", ""),
        (R.POINT, "", "point"),
        (R.AMBIGUOUS_NAME | R.POINT, "", "point, ambiguous name"),
        (R.LINE_LENGTH | R.UNKNOWN_NAME | R.PART_OUTSIDE | R.OWN_SHARE, "",
         "line length, unknown name, part outside; own share"),
        (R.DISTRICT_NAME | R.OTHER_ROMANISATION | R.AGAINST_POINT | R.EVEN_SPLIT, "",
         "district name, other romanisation, against its point; even split"),
        (R.DISTRICT_CODE | R.CARRIED | R.OWN_AMOUNT, "X {1}", "district code, carried from X {1}; own amount"),
        (R.POINT | R.CARRIED_BY_CROSSWALK, "", "point; carried by crosswalk"),
    ],
)  # fmt: skip
def test_words_follow_the_order_of_the_flags(rule: int, carried_from: str, words: str) -> None:
    assert describe_rule(rule, carried_from) == words
    assert describe_rule(int(rule), carried_from) == words  # a plain number, as a column has it


def test_each_flag_has_words_of_its_own() -> None:
    assert list(_WORDS) == list(PlacementRule)
    assert len(set(_WORDS.values())) == len(_WORDS)


def test_parts_are_the_words_by_step() -> None:
    rule = R.POINT_OUTSIDE | R.AXES_SWAPPED | R.EVEN_SPLIT | R.CARRIED_BY_CROSSWALK
    assert rule_parts(rule) == [
        ["point outside", "axes look swapped"],
        ["even split"],
        ["carried by crosswalk"],
    ]
