"""Placement rules: why an amount is where it is, as flags for programs and as words for people."""

from __future__ import annotations

from enum import IntFlag, auto
from functools import lru_cache
from typing import Any

import numpy as np


class PlacementRule(IntFlag):
    """What placed a location, what else was noticed, and how its amount was split.

    A rule is a set of flags. Programs test flags and never read words; `describe_rule` makes the
    words. The flags stand in the order in which their words do.
    """

    # A geometry decided.
    POINT = auto()
    POINT_ON_BORDER = auto()
    POINT_OUTSIDE = auto()
    POINTS = auto()
    LINE_LENGTH = auto()
    POLYGON_AREA = auto()
    AXES_SWAPPED = auto()
    AT_ZERO = auto()
    # A precision code decided.
    PRECISION_4 = auto()
    PRECISION_5 = auto()
    PRECISION_6 = auto()
    PRECISION_7 = auto()
    PRECISION_8 = auto()
    PRECISION_9 = auto()
    # A code or name decided, or did not.
    DISTRICT_CODE = auto()
    DISTRICT_NAME = auto()
    DISTRICT_ALIAS = auto()
    SIMILAR_NAME = auto()
    REVIEWED_NAME = auto()
    PROVINCE_NAME = auto()
    PROVINCE_CODE = auto()
    AMBIGUOUS_NAME = auto()
    UNKNOWN_NAME = auto()
    OTHER_ROMANISATION = auto()
    ZEROS_RESTORED = auto()
    SIMILAR_PROVINCE = auto()
    UNKNOWN_PROVINCE = auto()
    COARSER_UNIT = auto()
    AREA_NAME = auto()
    # Nothing decided.
    NO_PLACE = auto()
    NO_LOCATION = auto()
    # What else was noticed.
    AGAINST_POINT = auto()
    PART_OUTSIDE = auto()
    CARRIED = auto()
    # How the amount of a project came to the location; the whole of it where no flag is set.
    OWN_AMOUNT = auto()
    OWN_SHARE = auto()
    EVEN_SPLIT = auto()
    # A finished ledger was carried to other districts.
    CARRIED_BY_CROSSWALK = auto()


BY_GEOMETRY = (
    PlacementRule.POINT
    | PlacementRule.POINT_ON_BORDER
    | PlacementRule.POINT_OUTSIDE
    | PlacementRule.POINTS
    | PlacementRule.LINE_LENGTH
    | PlacementRule.POLYGON_AREA
)
"""Rules by which a point, a line or an area decided."""

APPROXIMATE = (
    PlacementRule.SIMILAR_NAME
    | PlacementRule.OTHER_ROMANISATION
    | PlacementRule.SIMILAR_PROVINCE
    | PlacementRule.UNKNOWN_PROVINCE
)
"""Rules by which a name decided that is not exactly the district's, or whose province is in doubt."""

SPLIT = PlacementRule.OWN_AMOUNT | PlacementRule.OWN_SHARE | PlacementRule.EVEN_SPLIT
"""Flags that say how an amount was split, not where it was placed."""

_WORDS = {
    PlacementRule.POINT: "point",
    PlacementRule.POINT_ON_BORDER: "point on a border",
    PlacementRule.POINT_OUTSIDE: "point outside",
    PlacementRule.POINTS: "points",
    PlacementRule.LINE_LENGTH: "line length",
    PlacementRule.POLYGON_AREA: "polygon area",
    PlacementRule.AXES_SWAPPED: "axes look swapped",
    PlacementRule.AT_ZERO: "at 0° 0°",
    PlacementRule.PRECISION_4: "precision 4",
    PlacementRule.PRECISION_5: "precision 5",
    PlacementRule.PRECISION_6: "precision 6",
    PlacementRule.PRECISION_7: "precision 7",
    PlacementRule.PRECISION_8: "precision 8",
    PlacementRule.PRECISION_9: "precision 9",
    PlacementRule.DISTRICT_CODE: "district code",
    PlacementRule.DISTRICT_NAME: "district name",
    PlacementRule.DISTRICT_ALIAS: "district alias",
    PlacementRule.SIMILAR_NAME: "similar district name",
    PlacementRule.REVIEWED_NAME: "reviewed name",
    PlacementRule.PROVINCE_NAME: "province name",
    PlacementRule.PROVINCE_CODE: "province code",
    PlacementRule.AMBIGUOUS_NAME: "ambiguous name",
    PlacementRule.UNKNOWN_NAME: "unknown name",
    PlacementRule.OTHER_ROMANISATION: "other romanisation",
    PlacementRule.ZEROS_RESTORED: "leading zeros restored",
    PlacementRule.SIMILAR_PROVINCE: "similar province name",
    PlacementRule.UNKNOWN_PROVINCE: "unknown province",
    PlacementRule.COARSER_UNIT: "named unit is no district",
    PlacementRule.AREA_NAME: "point named like a whole area",
    PlacementRule.NO_PLACE: "no place given",
    PlacementRule.NO_LOCATION: "no location",
    PlacementRule.AGAINST_POINT: "against its point",
    PlacementRule.PART_OUTSIDE: "part outside",
    PlacementRule.CARRIED: "carried from {district}",
    PlacementRule.OWN_AMOUNT: "own amount",
    PlacementRule.OWN_SHARE: "own share",
    PlacementRule.EVEN_SPLIT: "even split",
    PlacementRule.CARRIED_BY_CROSSWALK: "carried by crosswalk",
}


def has_rule(rules: Any, flags: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which rules of a column have any of these flags."""
    # As a plain number: pandas takes a set of flags for a list.
    return np.asarray(np.asarray(rules, dtype=np.int64) & int(flags), dtype=bool)


def rule_parts(rule: int, carried_from: str = "") -> list[list[str]]:
    """Return the words of a rule, one list for each step: placing, splitting, carrying.

    Parameters
    ----------
    rule : int
        Flags of `PlacementRule`.
    carried_from : str
        District of another vintage that the money was carried from, for the flag ``CARRIED``.
    """
    crosswalk = PlacementRule.CARRIED_BY_CROSSWALK
    steps = [
        [
            words.format(district=carried_from) if flag == PlacementRule.CARRIED else words
            for flag, words in _WORDS.items()
            if flag & rule & step
        ]
        for step in (~(SPLIT | crosswalk), SPLIT, crosswalk)
    ]
    return [step for step in steps if step]


@lru_cache(maxsize=10_000)
def describe_rule(rule: int, carried_from: str = "") -> str:
    """Put a rule into words.

    >>> describe_rule(PlacementRule.LINE_LENGTH | PlacementRule.PART_OUTSIDE | PlacementRule.EVEN_SPLIT)
    'line length, part outside; even split'
    """
    return "; ".join(", ".join(step) for step in rule_parts(rule, carried_from))
