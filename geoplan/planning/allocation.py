"""Allocation: a proposed split of a new budget over districts and components, with its arithmetic.

How this works
--------------
1. Each factor of the rule (such as poor persons) is measured exactly, as whole numbers (`measure_factor`).
2. The weight of a district is Σ weight of the term · share of the factor, over one common denominator
   (`_sum_terms`), so that no float decides a cent.
3. `geoplan.planning.apportionment.apportion` splits the budget by these weights within the bounds.
4. Components are split in the same way, and `cross` fills districts × components so that rows and columns add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import lcm
from operator import mul
from typing import Any

import numpy as np
import pandas as pd

from geoplan.model.choices import SPLIT_RULES
from geoplan.model.errors import (
    InputError,
    Problem,
    UsageError,
    list_first,
    raise_if,
    show_number,
    show_value,
)
from geoplan.model.money import Amount, format_minor, from_minor, minor_digits, read_amount
from geoplan.model.notebook_cells import as_html
from geoplan.model.placement_rules import APPROXIMATE, PlacementRule
from geoplan.planning.apportionment import Apportionment, apportion, cross
from geoplan.planning.formula import FACTORS, Term, parse_formula
from geoplan.planning.needs import Factor, measure_factor
from geoplan.text.names import Gazetteer


@dataclass(frozen=True)
class Allocation:
    """A proposed split of a budget.

    Parameters
    ----------
    amounts : DataFrame
        One row per district and component (``""`` without components): ``district, name,
        poverty_class, component``, ``amount_minor`` (int64) and ``amount`` (Decimal, currency units).
    districts : DataFrame
        The arithmetic, one row per district: ``district, name, poverty_class``; for each factor its figure
        (``poor``), its share of all districts (``poor_share``) and, with several factors, the share times its
        weight (``poor_part``); ``weight``, their sum; ``by_weight``, the budget times the weight
        (currency units, before bounds); ``minimum``, ``maximum``, ``bound`` (the one that applies);
        ``amount_minor``, ``amount``; ``received_minor``; ``amount_per_poor`` (currency units per poor
        person).
    rule : str
    terms : tuple of Term
        The factors and their weights, which add up to 1.
    budget_minor : int
    currency : str
    components : dict of str to int
        Minor units of each component; empty without components.
    rate : Fraction
        Minor units per unit of weight of the districts without a bound that applies: the budget itself if
        no bound applies.
    unit_minor : int
        Amounts are multiples of it, in minor units.
    """

    amounts: pd.DataFrame
    districts: pd.DataFrame
    rule: str
    terms: tuple[Term, ...]
    budget_minor: int
    currency: str
    components: dict[str, int]
    rate: Fraction
    unit_minor: int = 1

    @property
    def budget(self) -> Decimal:
        """The budget in currency units."""
        return from_minor(self.budget_minor, minor_digits(self.currency))

    def _repr_html_(self) -> str:
        return as_html(
            [f"{self.currency} {self.budget:,f}, {describe_split(self)}"],
            self.districts.drop(columns=["amount_minor", "received_minor"]),
        )


def allocate(
    needs: pd.DataFrame,
    budget: Amount,
    *,
    currency: str,
    rule: str = "poor",
    formula: str | None = None,
    minima: Mapping[str, Amount] | None = None,
    maxima: Mapping[str, Amount] | None = None,
    floor: Amount | None = None,
    components: Mapping[str, Amount] | None = None,
    unit: Amount | None = None,
) -> Allocation:
    """Propose a split of a budget over districts, and over components within them.

    Parameters
    ----------
    needs : DataFrame
        One row per district: ``district`` (code) and what the rule needs, as `describe_needs` returns it.
    budget : Decimal, int or str
        Currency units.
    currency : str
        ISO 4217.
    rule : str
        Among `SPLIT_RULES`. ``poverty-gap`` raises the districts with the least per poor person, money received
        included, to one level.
    formula : str, optional
        For the rule formula, see `parse_formula`.
    minima, maxima : mapping of district (code or name) to amount, optional
        Minimum and maximum per district, in currency units.
    floor : Decimal, int or str, optional
        Minimum for every district.
    components : mapping of name to share, optional
        Share of each component. They are divided by their sum.
    unit : Decimal, int or str, optional
        Round all amounts to multiples of this, in currency units, such as 1000000. The budget must be one. Minima are
        rounded up to multiples, maxima down.

    Returns
    -------
    Allocation
        The amounts add up to the budget, each district is within its bounds, and each component gets its
        share. The result does not depend on the order of the rows.

    Raises
    ------
    UsageError
        Invalid rule, formula, currency, district or amount.
    InputError
        A factor is missing or 0, or the bounds contradict each other; the error names them.

    Examples
    --------
    >>> needs = pd.DataFrame({"district": ["A", "B", "C"], "poor": [100, 200, 100]})
    >>> found = allocate(needs, "1000.00", currency="EUR", rule="poor", minima={"A": 400})
    >>> [str(amount) for amount in found.districts["amount"]]
    ['400.00', '400.00', '200.00']
    """
    digits = minor_digits(currency)
    total = read_amount(budget, digits, "the budget")
    if total == 0:
        raise UsageError("the budget is 0: give an amount above 0")
    step = _step(unit, total, currency)
    terms = _terms(rule, formula)
    needs = _prepare(needs)
    factors = {term.factor: measure_factor(needs, term.factor, total) for term in terms}
    weights, whole = _sum_terms(terms, factors)
    lowest, highest = _bounds(needs, minima or {}, maxima or {}, floor, digits)
    lowest = [-(-low // step) * step for low in lowest]
    highest = [None if high is None else high // step * step for high in highest]
    _check_bounds(needs, total, weights, lowest, highest, currency)
    steps = apportion(
        total // step,
        weights,
        [low // step for low in lowest],
        [None if high is None else high // step for high in highest],
    )
    assert steps is not None  # _check_bounds has checked the conditions
    found = replace(steps, amounts=[amount * step for amount in steps.amounts], rate=steps.rate * step)
    parts = {name: part * step for name, part in _split_components(components or {}, total // step).items()}
    return Allocation(
        amounts=_amounts(needs, found.amounts, parts, digits, step),
        districts=_arithmetic(
            needs, terms, factors, (weights, whole), found, (lowest, highest), total, digits
        ),
        rule=rule,
        terms=terms,
        budget_minor=total,
        currency=currency,
        components=parts,
        rate=found.rate * whole,
        unit_minor=step,
    )


def _step(unit: Amount | None, total: int, currency: str) -> int:
    """Return what amounts are multiples of, in minor units."""
    if unit is None:
        return 1
    digits = minor_digits(currency)
    step = read_amount(unit, digits, "the unit")
    if step == 0 or total % step:
        raise UsageError(
            f"the budget {format_minor(total, digits)} is not a multiple of the unit {format_minor(step, digits)}: "
            "choose a unit that divides it"
        )
    return step


def _terms(rule: str, formula: str | None) -> tuple[Term, ...]:
    if rule not in SPLIT_RULES:
        raise UsageError(f"{show_value(rule)} is no rule: choose from {', '.join(SPLIT_RULES)}")
    if (rule == "formula") != (formula is not None):
        raise UsageError(
            "the rule formula needs a formula, such as '0.5*poor + 0.5*population'"
            if formula is None
            else f"the rule {rule} takes no formula: omit it, or choose the rule formula"
        )
    return parse_formula(rule.replace("-", "_") if formula is None else formula)


def _prepare(needs: pd.DataFrame) -> pd.DataFrame:
    """Sort districts by code and fill in missing columns that only describe them."""
    if needs.empty or "district" not in needs:
        raise UsageError("the table has no districts to split the budget over")
    complete = needs.sort_values("district", ignore_index=True)
    if complete["district"].duplicated().any():
        codes = ", ".join(
            show_value(code) for code in complete["district"][complete["district"].duplicated()][:3]
        )
        raise UsageError(f"each district must occur once; these occur twice: {codes}")
    for column, usual in (("name", complete["district"]), ("poverty_class", None), ("received_minor", 0)):
        if column not in complete:
            complete[column] = usual
    return complete


def _sum_terms(terms: tuple[Term, ...], factors: dict[str, Factor]) -> tuple[list[int], int]:
    """Return the weights of the districts as whole numbers, and the whole number that stands for 1."""
    per_unit = [term.weight / factors[term.factor].total for term in terms]
    whole = lcm(*(part.denominator for part in per_unit))
    times = [int(part * whole) for part in per_unit]
    rows = zip(*(factors[term.factor].values for term in terms), strict=True)
    return [sum(map(mul, times, row)) for row in rows], whole


# --- bounds ----------------------------------------------------------------------------------


def _bounds(
    needs: pd.DataFrame,
    minima: Mapping[str, Amount],
    maxima: Mapping[str, Amount],
    floor: Amount | None,
    digits: int,
) -> tuple[list[int], list[int | None]]:
    usual = 0 if floor is None else read_amount(floor, digits, "the floor")
    codes = needs["district"].tolist()
    low = _by_code(minima, needs, digits, "minimum")
    high = _by_code(maxima, needs, digits, "maximum")
    return [max(usual, low.get(code, 0)) for code in codes], [high.get(code) for code in codes]


def _by_code(amounts: Mapping[str, Amount], needs: pd.DataFrame, digits: int, what: str) -> dict[str, int]:
    found: dict[str, int] = {}
    codes = set(needs["district"]) if amounts else set()
    for name, amount in amounts.items():
        code = name if name in codes else find_district(name, needs)
        if code in found:
            raise UsageError(f"the {what} of {show_value(name)} is given twice: give it once")
        found[code] = read_amount(amount, digits, f"the {what} of {show_value(name)}")
    return found


def find_district(name: str, needs: pd.DataFrame) -> str:
    """Return the code of a district, given its code or a unique name, which is matched as those of locations are.

    Raises
    ------
    UsageError
        No district matches, or several do.
    """
    codes = needs["district"].tolist()
    if name in codes:
        return name
    named = needs.loc[needs["name"].astype(str).str.casefold() == name.casefold(), "district"].tolist()
    if len(named) == 1:
        return str(named[0])
    match = Gazetteer(needs[["district", "name"]]).match(name)
    # Money is only given to a district that the name surely means.
    if match.district is not None and not match.rule & APPROXIMATE:
        return match.district
    if match.rule & PlacementRule.AMBIGUOUS_NAME:
        raise UsageError(
            f"several districts have the name {show_value(name)}: use the code, one of {list_first(match.candidates)}"
        )
    from rapidfuzz import fuzz, process

    names = {
        **dict(zip(codes, codes, strict=True)),
        **dict(zip(needs["name"].astype(str), codes, strict=True)),
    }
    close = process.extractOne(name, list(names), scorer=fuzz.ratio, score_cutoff=60)
    guess = f"did you mean {show_value(close[0])}? " if close else ""
    listed = list_first(map(show_value, codes))
    raise UsageError(f"no district has the code or name {show_value(name)}: {guess}the codes are {listed}")


def _check_bounds(
    needs: pd.DataFrame,
    total: int,
    weights: list[int],
    lowest: list[int],
    highest: list[int | None],
    currency: str,
) -> None:
    """Raise with all bounds that contradict each other, and by how much."""

    def money(minor: int) -> str:
        return f"{currency} {format_minor(minor, minor_digits(currency))}"

    codes = needs["district"].tolist()
    problems = [
        Problem(
            "bounds", f"the minimum of {show_value(code)}, {money(low)}, is over its maximum, {money(high)}",
            way_out="lower the minimum (or the floor), or raise the maximum",
        )
        for code, low, high in zip(codes, lowest, highest, strict=True)
        if high is not None and low > high
    ]  # fmt: skip
    if sum(lowest) > total:
        holding = [(code, low) for code, low in zip(codes, lowest, strict=True) if low]
        listed = ", ".join(f"{code} {money(low)}" for code, low in holding[:10]) + (
            ", …" if len(holding) > 10 else ""
        )
        problems.append(
            Problem(
                "bounds", f"the minima add up to {money(sum(lowest))}, {money(sum(lowest) - total)} over the budget of {money(total)}: {listed}",
                way_out="raise the budget, or lower minima or the floor",
            )
        )  # fmt: skip
    if not problems and all(
        high is not None or not weight for high, weight in zip(highest, weights, strict=True)
    ):
        limits = [
            (code, high if weight and high is not None else low, weight)
            for code, low, high, weight in zip(codes, lowest, highest, weights, strict=True)
        ]
        most = sum(limit for _, limit, _ in limits)
        if most < total:
            listed = ", ".join(
                f"{code} {money(limit)}" + ("" if weight else " (no weight)")
                for code, limit, weight in limits[:10]
            )
            problems.append(
                Problem(
                    "bounds", f"the maxima leave {money(total - most)} of the budget of {money(total)} without a district: {listed}",
                    way_out="lower the budget, raise a maximum, or choose a rule that gives every district a weight",
                )
            )  # fmt: skip
    raise_if(problems)


# --- components ------------------------------------------------------------------------------


def _split_components(components: Mapping[str, Amount], total: int) -> dict[str, int]:
    if not components:
        return {}
    shares = {}
    for name, share in components.items():
        try:
            shares[name] = Fraction(str(share).strip().removesuffix("%"))
        except (ValueError, ZeroDivisionError):
            raise UsageError(
                f"the share of {show_value(name)} is no number: {show_value(share)}; write 0.4 or 40"
            ) from None
        if shares[name] < 0:
            raise UsageError(f"the share of {show_value(name)} is below 0: {show_value(share)}")
    if not any(shares.values()):
        raise InputError(
            Problem("components", "all shares are 0", way_out="give at least one component a share")
        )
    whole = lcm(*(share.denominator for share in shares.values()))
    names = sorted(shares)
    found = apportion(
        total, [int(shares[name] * whole) for name in names], [0] * len(names), [None] * len(names)
    )
    assert found is not None
    return dict(zip(names, found.amounts, strict=True))


# --- tables of the result --------------------------------------------------------------------


def _amounts(
    needs: pd.DataFrame, amounts: list[int], components: dict[str, int], digits: int, step: int
) -> pd.DataFrame:
    names = list(components) or [""]
    columns = list(components.values()) or [sum(amounts)]
    cells = cross([amount // step for amount in amounts], [part // step for part in columns]) * step
    rows = needs.loc[np.repeat(needs.index.to_numpy(), len(names)), ["district", "name", "poverty_class"]]
    frame = rows.reset_index(drop=True).assign(component=names * len(needs), amount_minor=cells.ravel())
    frame["amount"] = _decimals(frame["amount_minor"].tolist(), digits)
    return frame


def _arithmetic(
    needs: pd.DataFrame,
    terms: tuple[Term, ...],
    factors: dict[str, Factor],
    weighed: tuple[list[int], int],
    found: Apportionment,
    bounds: tuple[list[int], list[int | None]],
    total: int,
    digits: int,
) -> pd.DataFrame:
    frame = needs[["district", "name", "poverty_class"]].copy()
    unit = 10**digits
    for term in terms:
        factor = factors[term.factor]
        scale = factor.scale * (unit if term.factor in ("poverty_gap", "received") else 1)
        frame[term.factor] = [value / scale for value in factor.values]
        frame[f"{term.factor}_share"] = [value / factor.total for value in factor.values]
        if len(terms) > 1:
            over, under = term.weight.numerator, term.weight.denominator * factor.total
            frame[f"{term.factor}_part"] = [value * over / under for value in factor.values]
    weights, whole = weighed
    frame["weight"] = [weight / whole for weight in weights]
    frame["by_weight"] = [weight * total / (whole * unit) for weight in weights]
    lowest, highest = bounds
    frame["minimum"] = _decimals(lowest, digits)
    frame["maximum"] = pd.Series(
        [None if high is None else from_minor(high, digits) for high in highest], dtype=object
    )
    frame["bound"] = found.bound
    frame["amount_minor"] = np.array(found.amounts, dtype=np.int64)
    frame["amount"] = _decimals(found.amounts, digits)
    frame["received_minor"] = needs["received_minor"].to_numpy()
    poor = needs["poor"].astype(float).to_numpy() if "poor" in needs else np.full(len(needs), np.nan)
    frame["amount_per_poor"] = frame["amount_minor"] / unit / np.where(poor > 0, poor, np.nan)
    return frame


def _decimals(minor: list[int], digits: int) -> pd.Series[Any]:
    return pd.Series([from_minor(amount, digits) for amount in minor], dtype=object)


def describe_split(allocation: Allocation) -> str:
    """Describe in one line how a budget was split."""
    if not allocation.terms:
        return allocation.rule
    if allocation.rule != "formula":
        return {
            "equal": "the same for every district",
            "population": "by population",
            "poor": "by poor persons",
            "poverty-gap": "to the districts with the least per poor person, money received included, up to one level",
        }[allocation.rule]
    parts = [
        f"{show_number(float(term.weight) * 100)} % by {term.factor} ({FACTORS[term.factor]})"
        for term in allocation.terms
    ]
    return ", ".join(parts)
