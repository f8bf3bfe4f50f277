"""Need scores: the classes that a rule of ``[classification]`` gives to districts.

How this works: the method ``thresholds`` takes the first class whose condition a district meets. The methods ``ranks``
and ``index`` bring all indicators to one scale on which more is more need, combine them by weights into a score, and
cut the scores into classes. A district without one of the figures has no class, unless the rule says otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoplan.model.errors import InputError, Problem, list_first, raise_if, show_number, show_value
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW
from geoplan.plan.classification_rules import describe_rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geoplan.plan.classification_rules import ClassificationRule, Indicator


def indicator_table(profile: pd.DataFrame, rule: ClassificationRule) -> pd.DataFrame:
    """Return the indicators of each district, all of one year.

    Parameters
    ----------
    profile : DataFrame
        ``district, year`` and the indicators; a row per district and year.
    rule : ClassificationRule

    Returns
    -------
    DataFrame
        A row per district, ordered by code: ``district``, ``year`` and the indicators. The year is the latest that
        states all indicators, else the latest that states most of them. A poverty rate that is not stated is poor
        persons ÷ population of the same year.
    """
    if "poverty_rate" in rule.names and {"poor", "population"} <= {*profile.columns}:
        people = profile["population"].where(profile["population"] > 0)
        profile = profile.assign(poverty_rate=profile["poverty_rate"].fillna(profile["poor"] / people))
    stated = profile[rule.names].notna().sum(axis=1)
    ranked = profile.assign(_stated=stated).sort_values(["district", "_stated", "year"], kind="stable")
    latest = ranked.drop_duplicates("district", keep="last")
    return latest[["district", "year", *rule.names]].reset_index(drop=True)


def score_districts(
    indicators: pd.DataFrame,
    rule: ClassificationRule,
    *,
    weights: NDArray[np.float64] | None = None,
    source: str = "profile",
) -> pd.DataFrame:
    """Combine indicators into a score for each district.

    Parameters
    ----------
    indicators : DataFrame
        From `indicator_table`.
    rule : ClassificationRule
        With method ``ranks`` or ``index``.
    weights : (indicators,) array, optional
        Other weights than those of the rule.
    source : str
        Name of the profile for messages.

    Returns
    -------
    DataFrame
        ``district``; each indicator on the common scale, where more is more need; ``score``; and ``rank`` (1 is the
        neediest; equal scores have the same rank). Missing without a score.

    Raises
    ------
    InputError
        An indicator is the same for all districts, is outside its goalposts, or has fewer than two figures.
    """
    normalized = normalize_indicators(indicators, rule, source)
    score = combine_indicators(normalized, rule, rule.weights if weights is None else weights)
    scored = pd.DataFrame({"district": indicators["district"].to_numpy()})
    scored[rule.names] = normalized
    # Equal indicators must have equal scores: sums of floats differ in their last digits.
    scored["score"] = np.round(score, 9)
    scored["rank"] = scored["score"].rank(ascending=False, method="min").astype("Int64")
    return scored


def normalize_indicators(
    indicators: pd.DataFrame, rule: ClassificationRule, source: str = "profile"
) -> NDArray[np.float64]:
    """Bring all indicators to one scale, (districts, indicators), on which more is more need; NaN stays NaN."""
    return np.column_stack(
        [_normalized(indicators, one, rule.normalization, source) for one in rule.indicators]
    )


def combine_indicators(
    normalized: NDArray[np.float64], rule: ClassificationRule, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the score of each district; NaN where a missing indicator leaves it without one.

    Parameters
    ----------
    normalized : (districts, indicators) array
        From `normalize_indicators`.
    rule : ClassificationRule
    weights : (indicators,) array
        Any sum above 0.
    """
    known = ~np.isnan(normalized)
    counted = np.where(known, weights, 0.0)
    total = counted.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        if rule.aggregation == "geometric":
            floored = np.maximum(np.where(known, normalized, 1.0), rule.floor or 0.0)
            score = np.exp((counted * np.log(floored)).sum(axis=1) / total)
        else:
            score = (counted * np.where(known, normalized, 0.0)).sum(axis=1) / total
    complete = known.all(axis=1) if rule.missing == "no score" else total > 0
    return np.where(complete, score, np.nan)


def _normalized(
    indicators: pd.DataFrame, one: Indicator, normalization: str, source: str
) -> NDArray[np.float64]:
    """Bring one indicator to the common scale, on which more is more need."""
    values = indicators[one.name].to_numpy(dtype=float)
    known = values[~np.isnan(values)]
    way_out = f"leave {one.name} out of [classification.indicators]"
    if len(known) < 2 and normalization != "goalposts":
        message = f"indicator {one.name} has a figure for {len(known)} of {len(values)} districts"
        raise InputError(Problem(source, message, one.name, way_out=f"add the figures, or {way_out}"))
    if normalization == "goalposts":
        low, high = one.goalposts or (0.0, 1.0)
        outside = indicators[(values < low) | (values > high)]
        if len(outside):
            message = f"outside its goalposts {show_number(low)} to {show_number(high)} ({', '.join(outside['district'])})"
            raise InputError(Problem(source, message, one.name, values=tuple(outside[one.name]),
                                     way_out="widen the goalposts"))  # fmt: skip
        scaled = (values - low) / (high - low)
        return scaled if one.needier == "high" else 1 - scaled
    if np.ptp(known) == 0:
        message = (
            f"indicator {one.name} is {show_number(known[0])} in all districts, so it cannot tell them apart"
        )
        raise InputError(Problem(source, message, one.name, way_out=way_out))
    signed = values if one.needier == "high" else -values
    if normalization == "z-score":
        return np.asarray((signed - np.nanmean(signed)) / np.nanstd(signed))
    if normalization == "rank":
        ranks = pd.Series(signed).rank(method="average").to_numpy()
        return np.asarray((ranks - 1) / (len(known) - 1))
    return np.asarray((signed - np.nanmin(signed)) / np.ptp(known))


def classify_districts(
    profile: pd.DataFrame, rule: ClassificationRule, source: str = "profile"
) -> pd.DataFrame:
    """Give each district of a profile its class.

    Parameters
    ----------
    profile : DataFrame
        ``district, year`` and the indicators of the rule.
    rule : ClassificationRule

    Returns
    -------
    DataFrame
        A row per district: ``district``, ``year``, the indicators, ``score`` and ``rank`` (missing for the method
        ``thresholds``), and ``poverty_class`` (None without a class).

    Raises
    ------
    InputError
        The rule cannot be used with these figures.
    """
    table = indicator_table(profile, rule)
    raise_if(_wrong_figures(table, rule, source))
    if rule.method == "thresholds":
        return table.assign(score=np.nan, rank=pd.array([None] * len(table), dtype="Int64"),
                            poverty_class=pd.Series(_by_thresholds(table, rule), dtype=object))  # fmt: skip
    scored = score_districts(table, rule, source=source)
    return table.assign(score=scored["score"], rank=scored["rank"],
                        poverty_class=pd.Series(cut_scores(scored["score"].to_numpy(), rule), dtype=object))  # fmt: skip


def _wrong_figures(profile: pd.DataFrame, rule: ClassificationRule, source: str) -> list[Problem]:
    """List the indicators that the profile lacks, or that have no figure."""
    found = {name: name in profile and bool(profile[name].notna().any()) for name in rule.names}
    headers = ", ".join(str(name) for name in profile.columns)
    return [
        Problem(source, f"no figures for the indicator {name}", name,
                way_out=f"add the column, or name it by [profile.columns]; read are {headers}")
        for name, is_there in found.items()
        if not is_there
    ]  # fmt: skip


def cut_scores(scores: NDArray[np.float64], rule: ClassificationRule) -> list[str | None]:
    """Return the class of each score; None for a missing score, or one that no class covers.

    Districts with equal scores get the same class: a tie at a cut goes to the needier class.
    """
    classes: list[str | None] = [None] * len(scores)
    left = np.flatnonzero(~np.isnan(scores))
    left = left[np.argsort(-scores[left], kind="stable")]
    for found in rule.classes:
        if found.least is not None:
            count = int((scores[left] >= found.least).sum())
        elif found.districts is not None:
            count = min(found.districts, len(left))
            count = int((scores[left] >= scores[left[count - 1]]).sum()) if count else 0
        else:
            count = len(left)
        for at in left[:count]:
            classes[at] = found.name
        left = left[count:]
    return classes


def _by_thresholds(table: pd.DataFrame, rule: ClassificationRule) -> list[str | None]:
    """Return the first class whose condition a district meets; None where a missing figure leaves that open."""
    from geoplan.sources.where_clauses import rows_where

    classes = np.full(len(table), None, dtype=object)
    undecided = np.ones(len(table), dtype=bool)
    figures = table[["district", "year", *rule.names]]
    _check_conditions(figures, rule)
    for found in rule.classes:
        if found.when:
            meets = rows_where(figures, found.when, "[classification]")
            unknown = rows_where(figures, f"({found.when}\n) IS NULL", "[classification]")
        else:
            meets = figures[rule.names].notna().all(axis=1).to_numpy()
            unknown = ~meets
            if rule.missing == "leave out":
                meets, unknown = np.ones(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
        classes[undecided & meets] = found.name
        undecided &= ~(meets | (unknown if rule.missing == "no score" else False))
    return list(classes)


def _check_conditions(figures: pd.DataFrame, rule: ClassificationRule) -> None:
    """Refuse conditions that cannot be read, all of them at once."""
    from geoplan.sources.where_clauses import check_where

    problems = []
    for found in rule.classes:
        try:
            check_where(figures.columns, found.when or "1", "[classification]")
        except InputError as error:
            fault = str(error.problems[0].message if isinstance(error.problems[0], Problem) else error)
            advice = (
                f'write it like when = "{rule.names[0]} >= 0.4"; the indicators are {", ".join(rule.names)}'
            )
            message = f"class {show_value(found.name)}: {fault}"
            problems.append(
                Problem("[classification]", message, "when", values=(found.when,), way_out=advice)
            )
    raise_if(problems)


def with_classes(
    profile: pd.DataFrame, rule: ClassificationRule, source: str = "profile"
) -> tuple[pd.DataFrame, list[str]]:
    """Return a profile with the classes of a rule in place of its own, and notes on what was done.

    Parameters
    ----------
    profile : DataFrame
        Columns of `geoplan.model.schema.PROFILE` and the indicators.
    rule : ClassificationRule

    Raises
    ------
    InputError
        The rule cannot be used with these figures.
    """
    classified = classify_districts(profile, rule, source)
    given = int(profile["poverty_class"].notna().sum())
    of_row = classified[["district", "year", "poverty_class"]]
    replaced = profile.drop(columns="poverty_class").merge(of_row, on=["district", "year"], how="left")
    replaced["poverty_class"] = (
        replaced["poverty_class"].astype(object).where(replaced["poverty_class"].notna(), None)
    )
    notes = [describe_rule(rule)]
    if given:
        notes.append(
            f"poverty classes of the profile are replaced by those of [classification] ({given} rows)"
        )
    without = classified.loc[classified["poverty_class"].isna(), "district"].tolist()
    if without:
        notes.append(f"no class for {list_first(without)}: a figure is missing, or no class covers it")
    found = set(classified["poverty_class"].dropna())
    notes += [
        f"no district is in the class {show_value(one.name)}" for one in rule.classes if one.name not in found
    ]
    notes += _contradictions(classified, rule)
    return replaced[[*profile.columns]], notes


def _contradictions(classified: pd.DataFrame, rule: ClassificationRule) -> list[str]:
    """Say if conditions put the least needy districts into the neediest class, by every indicator."""
    present = [one.name for one in rule.classes if (classified["poverty_class"] == one.name).any()]
    if rule.method != "thresholds" or len(present) < 2:
        return []
    means = classified.groupby("poverty_class", observed=True)[rule.names].mean().astype(float)
    first, last = means.loc[present[0]], means.loc[present[-1]]
    turned = [
        (first[one.name] - last[one.name]) * (1 if one.needier == "high" else -1) for one in rule.indicators
    ]
    if not all(difference < 0 for difference in turned):
        return []
    names = f"{show_value(present[0])} is less needy than {show_value(present[-1])}"
    return [f"by {', '.join(rule.names)}, the class {names}: check the conditions and the directions"]


def classified_profile(profile: pd.DataFrame, rule: ClassificationRule) -> pd.DataFrame:
    """Return a profile as a table to write: rows that have a class name the rule as their source.

    Parameters
    ----------
    profile : DataFrame
        Of a plan with this rule.
    rule : ClassificationRule
    """
    written = profile.drop(columns=[SOURCE_FILE, SOURCE_ROW], errors="ignore")
    said = describe_rule(rule)
    classed = written["poverty_class"].notna()
    source = written["source"].astype(object)
    joined = (source + "; " + said).where(source.notna(), said)
    figures = {name: written[name].astype("Int64") for name in ("population", "poor", "villages")}
    flags = written["illustrative"].map({True: "yes", False: ""})
    return written.assign(**figures, source=source.where(~classed, joined), illustrative=flags)
