"""Rules of the section ``[classification]``: how profile columns become poverty classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.model.errors import Problem, show_number
from geoplan.model.schema import PROFILE, Column, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHODS = ("thresholds", "ranks", "index")
"""How districts get their class: by conditions, by the order of one indicator, or by an index of several."""

NORMALIZATIONS = ("min-max", "z-score", "rank", "goalposts")
"""How indicators are brought to one scale."""

AGGREGATIONS = ("arithmetic", "geometric")
"""How the indicators are combined: by their weighted mean, or by their weighted geometric mean."""

MISSING = ("no score", "leave out")
"""What a missing indicator means: the district has no score, or its other indicators count alone."""

NEEDIER = ("high", "low")
"""Which end of an indicator means more need."""

RULE_KEYS = ("method", "normalization", "aggregation", "floor", "missing", "indicators", "classes")
INDICATOR_KEYS = ("needier", "weight", "goalposts")
CLASS_KEYS = ("name", "when", "districts", "from")

_SAME_WEIGHTS = 1e-6


@dataclass(frozen=True)
class Indicator:
    """One indicator of a rule.

    Parameters
    ----------
    name : str
        Column of the profile.
    needier : str
        One of `NEEDIER`.
    weight : float
        Share of the indicator in the index; the weights of a rule add up to 1.
    goalposts : tuple of (float, float), optional
        Least and most of the scale, in the unit of the indicator.
    """

    name: str
    needier: str
    weight: float = 1.0
    goalposts: tuple[float, float] | None = None


@dataclass(frozen=True)
class NeedClass:
    """One class of a rule.

    Parameters
    ----------
    name : str
    when : str
        Condition of the method ``thresholds``, as after WHERE in SQL; empty for all other districts.
    districts : int, optional
        How many of the neediest districts that are left get the class.
    least : float, optional
        Least score of the class (key ``from``).
    """

    name: str
    when: str = ""
    districts: int | None = None
    least: float | None = None


@dataclass(frozen=True)
class ClassificationRule:
    """Rule of the section ``[classification]``: how profile columns become classes.

    Parameters
    ----------
    method, normalization, aggregation, missing : str
        One of `METHODS`, `NORMALIZATIONS`, `AGGREGATIONS` and `MISSING`.
    indicators : tuple of Indicator
    classes : tuple of NeedClass
        The neediest first.
    floor : float, optional
        Least normalized value that a geometric mean uses, above 0.
    """

    method: str
    indicators: tuple[Indicator, ...]
    classes: tuple[NeedClass, ...]
    normalization: str = "min-max"
    aggregation: str = "arithmetic"
    floor: float | None = None
    missing: str = "no score"

    @property
    def names(self) -> list[str]:
        """Names of the indicators, in order."""
        return [indicator.name for indicator in self.indicators]

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weights of the indicators, (indicators,), with sum 1."""
        return np.array([indicator.weight for indicator in self.indicators])


def with_indicators(rule: ClassificationRule | None) -> Table:
    """Return the profile table with the indicators of a rule as columns of numbers."""
    if rule is None:
        return PROFILE
    more = [Column(name, "number", "indicator of [classification]")
            for name in rule.names if name not in PROFILE.names]  # fmt: skip
    return Table(PROFILE.name, PROFILE.row, (*PROFILE.columns, *more), PROFILE.key)


def describe_rule(rule: ClassificationRule) -> str:
    """Describe a rule in one line, for outputs that show its classes."""
    if rule.method == "thresholds":
        said = "; ".join(f"{found.name}: {found.when or 'all others'}" for found in rule.classes)
        return f"classes by thresholds ({said})"
    used = ", ".join(
        f"{one.name} {one.weight:.0%}" if len(rule.names) > 1 else one.name for one in rule.indicators
    )
    how = "by rank" if rule.method == "ranks" else f"{rule.normalization}, {rule.aggregation} mean"
    if rule.floor is not None:
        how += f", floor {show_number(rule.floor)}"
    return (
        f"classes by {'the rank' if rule.method == 'ranks' else 'an index'} of {used} ({how}; {_cuts(rule)})"
    )


def _cuts(rule: ClassificationRule) -> str:
    said = []
    for found in rule.classes:
        if found.least is not None:
            said.append(f"{found.name}: score from {show_number(found.least)}")
        elif found.districts is not None:
            said.append(f"{found.name}: the {found.districts} neediest" + (" of the rest" if said else ""))
        else:
            said.append(f"{found.name}: all others")
    return ", ".join(said)


def read_classification(
    section: Mapping[str, Any] | None, source: str
) -> tuple[ClassificationRule | None, list[Problem]]:
    """Read the section ``[classification]`` of a plan file, and list its errors."""
    if section is None:
        return None, []
    faults = _Faults(source)
    for key in section:
        if key not in RULE_KEYS:
            faults.add("unknown key in [classification]", key, f"known are {', '.join(RULE_KEYS)}")
    indicators = _read_indicators(section.get("indicators", {}), faults)
    classes = _read_classes(section.get("classes", []), faults)
    method = faults.choice(section, "method", METHODS, None)
    normalization = faults.choice(section, "normalization", NORMALIZATIONS, "min-max")
    aggregation = faults.choice(section, "aggregation", AGGREGATIONS, "arithmetic")
    missing = faults.choice(section, "missing", MISSING, "no score")
    floor = section.get("floor")
    if floor is not None and (not _is_number(floor) or not 0 < floor < 1):
        faults.add("floor in [classification]", floor, "write a number between 0 and 1, such as floor = 0.01")
    if not faults.problems:
        rule = ClassificationRule(
            method=method,
            indicators=tuple(indicators),
            classes=tuple(classes),
            normalization="rank" if method == "ranks" else normalization,
            aggregation=aggregation,
            floor=None if floor is None else float(floor),
            missing=missing,
        )
        _check_together(rule, section, faults)
        _check_order(rule, faults)
        _check_scale(rule, faults)
        if not faults.problems:
            return rule, []
    return None, faults.problems


class _Faults:
    """Problems of the section, as they are found."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def add(self, message: str, value: object, way_out: str) -> None:
        values = () if value is None else (value,)
        self.problems.append(Problem(self.source, message, values=values, way_out=way_out))

    def choice(
        self, section: Mapping[str, Any], key: str, choices: Sequence[str], default: str | None
    ) -> str:
        value = section.get(key, default)
        if value not in choices:
            what = f"{key} in [classification]" if value is not None else f"[classification] has no {key}"
            self.add(what, value, f'write {key} = "{choices[0]}", or one of {", ".join(choices[1:])}')
        return str(value)


def _read_indicators(section: object, faults: _Faults) -> list[Indicator]:
    example = 'write [classification.indicators] with lines such as poverty_rate = { needier = "high", weight = 0.5 }'
    if (
        not isinstance(section, dict)
        or not section
        or not all(isinstance(one, dict) for one in section.values())
    ):
        faults.add("[classification] needs indicators, each with its direction", None, example)
        return []
    indicators = []
    for name, given in section.items():
        for key in given:
            if key not in INDICATOR_KEYS:
                faults.add(
                    f"unknown key of the indicator {name}", key, f"known are {', '.join(INDICATOR_KEYS)}"
                )
        needier, weight, posts = given.get("needier"), given.get("weight", 1.0), given.get("goalposts")
        if needier not in NEEDIER:
            way_out = 'write needier = "high" if more of it means more need, needier = "low" if less does'
            faults.add(f"indicator {name} does not say which end means more need", needier, way_out)
        if not _is_number(weight) or weight <= 0:
            faults.add(f"weight of the indicator {name}", weight, "write a number above 0")
            weight = 1.0
        if posts is not None and not _are_goalposts(posts):
            faults.add(
                f"goalposts of the indicator {name}",
                posts,
                "write the least and the most: goalposts = [0, 100]",
            )
            posts = None
        indicators.append(Indicator(name, str(needier), float(weight), None if posts is None else tuple(map(float, posts))))  # type: ignore[arg-type]  # fmt: skip
    return indicators


def _read_classes(section: object, faults: _Faults) -> list[NeedClass]:
    example = (
        'write them from the neediest: classes = [{ name = "very poor", districts = 3 }, { name = "poor" }]'
    )
    if not isinstance(section, list) or not section or not all(isinstance(one, dict) for one in section):
        faults.add("[classification] needs classes", None, example)
        return []
    classes = []
    for given in section:
        for key in given:
            if key not in CLASS_KEYS:
                faults.add(
                    "unknown key of a class in [classification]", key, f"known are {', '.join(CLASS_KEYS)}"
                )
        name, when = given.get("name"), given.get("when", "")
        count, least = given.get("districts"), given.get("from")
        if not isinstance(name, str) or not name:
            faults.add("a class in [classification] has no name", name, example)
        if not isinstance(when, str):
            faults.add(f"condition of the class {name}", when, 'write when = "poverty_rate >= 0.4"')
        if count is not None and (type(count) is not int or count < 1):
            faults.add(f"number of districts of the class {name}", count, "write a whole number above 0")
        if least is not None and not _is_number(least):
            faults.add(f"least score of the class {name}", least, "write a number, such as from = 0.6")
        classes.append(NeedClass(str(name), str(when), count, None if least is None else least))
    names = [found.name for found in classes]
    if len({*names}) < len(names):
        faults.add(
            "two classes in [classification] have the same name", ", ".join(names), "give each its own name"
        )
    return classes


def _check_together(rule: ClassificationRule, section: Mapping[str, Any], faults: _Faults) -> None:
    """Check what must fit together: weights, cuts, and what the method needs."""
    if rule.method == "thresholds":
        for key in ("normalization", "aggregation", "floor"):
            if key in section:
                faults.add(f"{key} means nothing with thresholds", section[key], f"remove {key}")
    elif rule.method == "ranks" and len(rule.indicators) != 1:
        faults.add("ranks use one indicator", ", ".join(rule.names), 'write method = "index" for several')
    elif weightless := [name for name in rule.names if "weight" not in section["indicators"][name]]:
        if rule.method == "index" and len(rule.names) > 1:
            for name in weightless:
                faults.add(f"indicator {name} has no weight", None, "give each a weight; they add up to 1")
    elif abs(float(rule.weights.sum()) - 1) > _SAME_WEIGHTS:
        shown = " + ".join(f"{show_number(one.weight)}" for one in rule.indicators)
        faults.add(
            f"the weights add up to {show_number(rule.weights.sum())}",
            shown,
            "write weights that add up to 1",
        )
    for at, found in enumerate(rule.classes):
        cuts = [key for key, given in (("when", found.when), ("districts", found.districts), ("from", found.least))
                if given not in ("", None)]  # fmt: skip
        allowed = ("when",) if rule.method == "thresholds" else ("districts", "from")
        if any(key not in allowed for key in cuts) or len(cuts) > 1:
            faults.add(
                f"cut of the class {found.name}", ", ".join(cuts), f"give it {' or '.join(allowed)} only"
            )
        elif not cuts and at < len(rule.classes) - 1:
            faults.add(f"class {found.name} takes all districts, so the classes after it stay empty", None,
                       f"give it {' or '.join(allowed)}, or write it last")  # fmt: skip


def _check_order(rule: ClassificationRule, faults: _Faults) -> None:
    """Check that least scores go down from the neediest class."""
    cuts = [(found.name, found.least) for found in rule.classes if found.least is not None]
    for (above, more), (name, least) in pairwise(cuts):
        if least >= more:
            faults.add(f"class {name} begins at {show_number(least)}, not below {above} ({show_number(more)}), so it stays empty", None,
                       "write the classes from the neediest, with the highest score first")  # fmt: skip


def _check_scale(rule: ClassificationRule, faults: _Faults) -> None:
    """Check that the indicators can be normalized and combined as the rule says."""
    if rule.aggregation == "geometric":
        if rule.floor is None:
            faults.add("a geometric mean needs a floor above 0: one indicator of 0 would make every score 0", None,
                       "write floor = 0.01, the least normalized value")  # fmt: skip
        if rule.normalization == "z-score":
            faults.add("a geometric mean cannot use z-scores, which are negative below the mean", None,
                       'write normalization = "min-max"')  # fmt: skip
    elif rule.floor is not None:
        faults.add("floor means nothing with an arithmetic mean", rule.floor, "remove floor")
    for one in rule.indicators:
        if (one.goalposts is not None) != (rule.normalization == "goalposts"):
            what = "has no goalposts" if one.goalposts is None else "has goalposts that are not used"
            faults.add(f"indicator {one.name} {what}", None,
                       'write normalization = "goalposts", and goalposts for each indicator')  # fmt: skip


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and bool(np.isfinite(given))


def _are_goalposts(given: object) -> bool:
    return isinstance(given, list) and len(given) == 2 and all(map(_is_number, given)) and given[0] < given[1]
