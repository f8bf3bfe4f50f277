"""Similar names at the edges of what counts as similar: score, lead, length and number of candidates."""

from __future__ import annotations

import pandas as pd
import pytest
from rapidfuzz import fuzz

from geoplan.model.placement_rules import PlacementRule
from geoplan.text.names import Gazetteer, Match
from geoplan.text.spelling import Name


def match(asked: str, *names: str) -> Match:
    """Match a name against districts D0, D1 and so on of one province."""
    rows = [(f"D{at}", name, "P", "North") for at, name in enumerate(names)]
    districts = pd.DataFrame(rows, columns=["district", "name", "province", "province_name"])
    return Gazetteer(districts).match(asked, "North")


def score(one: str, other: str) -> float:
    return fuzz.ratio(Name.read(one).romanised, Name.read(other).romanised)


@pytest.mark.parametrize(
    ("asked", "name", "similarity", "rule"),
    [
        ("Tonavirakelo", "Toravuirakelo", 88.0, PlacementRule.SIMILAR_NAME),
        ("Tonavira", "Tsnavira", 87.5, PlacementRule.UNKNOWN_NAME),
    ],
)
def test_a_similar_name_matches_from_a_score_of_88(
    asked: str, name: str, similarity: float, rule: PlacementRule
) -> None:
    assert score(asked, name) == similarity
    assert match(asked, name).rule == rule


@pytest.mark.parametrize(
    ("first", "second", "lead", "found"),
    [
        ("Toknavirakelqomusa", "Tonasvzirakelomuse", 5.88, Match(None, PlacementRule.AMBIGUOUS_NAME, ("D0", "D1"))),
        ("Tonkavirakelomula", "Tonavilmkelomupga", 6.06, Match("D0", PlacementRule.SIMILAR_NAME)),
    ],
)  # fmt: skip
def test_a_similar_name_leads_the_next_by_6(first: str, second: str, lead: float, found: Match) -> None:
    asked = "Tonavirakelomusa"
    assert score(asked, first) - score(asked, second) == pytest.approx(lead, abs=0.005)
    assert match(asked, first, second) == found


@pytest.mark.parametrize(
    ("asked", "name", "rule"),
    [
        ("Tonavs", "Tonav", PlacementRule.SIMILAR_NAME),
        ("Tonav", "Tonavs", PlacementRule.SIMILAR_NAME),
        ("Tonas", "Tona", PlacementRule.UNKNOWN_NAME),
        ("Tona", "Tonas", PlacementRule.UNKNOWN_NAME),
    ],
)
def test_names_of_four_letters_match_exactly_only(asked: str, name: str, rule: PlacementRule) -> None:
    assert score(asked, name) > 88
    assert match(asked, name).rule == rule


@pytest.mark.parametrize(
    ("asked", "name", "similarity", "candidates"),
    [
        ("Tonavirakelomu", "Tvnavsirak", 66.67, ("D0",)),
        ("Tonavirakelomusa", "Beovavirakel", 64.29, ()),
    ],
)
def test_candidates_are_offered_from_a_score_of_66(
    asked: str, name: str, similarity: float, candidates: tuple[str, ...]
) -> None:
    assert score(asked, name) == pytest.approx(similarity, abs=0.005)
    assert match(asked, name) == Match(None, PlacementRule.UNKNOWN_NAME, candidates)


def test_the_five_nearest_candidates_are_offered() -> None:
    names = [f"Tonavirakel{letters}" for letters in ("bd", "gf", "pz", "vd", "dg", "zb")]
    found = match("Tonavirakelomusa", *names)
    assert found.district is None
    assert len(found.candidates) == 5
