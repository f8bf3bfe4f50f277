"""Alignment: the share of the money that is on plan and on budget, where projects say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity import check_one_kind
from geoplan.analysis.funder_names import named_or_not_stated
from geoplan.ledger.entries import Ledger, known_projects
from geoplan.ledger.summary import check_groupings, described_districts, exact_amounts, labelled_entries
from geoplan.model.errors import UsageError
from geoplan.model.schema import DISTRICT, DISTRICT_GROUPINGS, NOT_STATED, PLAN_LEVELS, minor_name

_PLANS = PLAN_LEVELS[:-1]
_PARTS = ("amount", "on_plan", "off_plan", "plan_unknown", *(f"{level}_plan" for level in _PLANS), "on_budget",
          "off_budget", "budget_unknown")  # fmt: skip


def states_alignment(ledger: Ledger) -> bool:
    """Tell whether any project says whether it is on plan or on budget."""
    states = _project_states(ledger)
    return bool((states["plan"] != "").any() or (states["budget"] != "").any())


def measure_alignment(ledger: Ledger, by: str | Sequence[str] = "funder") -> pd.DataFrame:
    """Measure how much of the money is on plan and on budget.

    A project is on plan when it refers to an item of a district, provincial or national plan
    (``plan_item``). It is off plan when it says that it refers to none (``plan_level`` is none). A project
    that says nothing counts as unknown, not as off plan. ``on_budget`` works in the same way.

    Parameters
    ----------
    ledger : Ledger
        Of one kind of money.
    by : str or sequence of str
        Groupings, such as funder, district or year. Groupings of districts only cover money in districts.

    Returns
    -------
    DataFrame
        One row per group and currency: the columns of ``by`` (for districts ``name``),
        ``currency``; ``amount``, ``on_plan``, ``off_plan``, ``plan_unknown``, ``district_plan``,
        ``provincial_plan``, ``national_plan``, ``on_budget``, ``off_budget``, ``budget_unknown`` in
        currency units (Decimal), and each in minor units (``…_minor``, Int64); ``on_plan_share``, which is on
        plan ÷ (on plan + off plan), and ``on_budget_share``; ``plan_known_share`` and
        ``budget_known_share`` of all money of the row. Where no project of the plan says anything,
        these are missing, not 0.

    Raises
    ------
    UsageError
        Several kinds of money, or a grouping that does not exist.

    Notes
    -----
    The shares are indicators 3 (aid on budget) and 1 (operational strategies, as references to them)
    of the Paris Declaration, read from the projects' own statements.
    """
    check_one_kind(ledger)
    rows = check_groupings(by)
    if "project" in rows:
        raise UsageError("cannot group alignment by project: group by funder, district or year")
    entries = named_or_not_stated(labelled_entries(ledger, [*rows, "project"]))
    if any(name in DISTRICT_GROUPINGS for name in rows):
        entries = entries[entries["place"] == DISTRICT]
    states = _project_states(ledger)
    entries = entries.assign(
        **{str(name): entries["project"].map(states[name]).fillna("") for name in states}
    )
    keys = ["currency", *rows]
    minor = entries.groupby(keys, sort=True)["amount_minor"].sum().rename("amount").to_frame().astype("Int64")
    for name, chosen, said in _parts(entries, states):
        part = (
            entries[chosen].groupby(keys, sort=True)["amount_minor"].sum().reindex(minor.index, fill_value=0)
        )
        minor[name] = part.astype("Int64") if said else pd.NA
    return _as_rows(minor.astype("Int64"), ledger, rows)


def _project_states(ledger: Ledger) -> pd.DataFrame:
    """Return for each project whether it is on plan, at which level, and on budget: yes, no or empty."""
    projects = known_projects(ledger)
    nothing = pd.Series(None, projects.index, dtype=object)
    item, level, budget = (projects.get(name, nothing)
                           for name in ("plan_item", "plan_level", "on_budget"))  # fmt: skip
    on_plan = np.where(item.notna(), "yes", np.where(level == "none", "no", ""))
    on_budget = budget.map({True: "yes", False: "no"}).fillna("")
    states = {"plan": on_plan, "level": level.where(item.notna()).fillna(""), "budget": on_budget}
    return pd.DataFrame({name: np.asarray(state, dtype=object) for name, state in states.items()},
                        index=projects["project"].to_numpy())  # fmt: skip


def _parts(entries: pd.DataFrame, states: pd.DataFrame) -> list[tuple[str, Any, bool]]:
    """Return each part of the money: its name, its entries, and whether any project says anything about it."""
    plan_said, budget_said = ((states[name] != "").any() for name in ("plan", "budget"))
    parts = [
        ("on_plan", entries["plan"] == "yes", plan_said),
        ("off_plan", entries["plan"] == "no", plan_said),
        ("plan_unknown", entries["plan"] == "", plan_said),
    ]
    parts += [(f"{level}_plan", entries["level"] == level, plan_said) for level in _PLANS]
    parts += [
        ("on_budget", entries["budget"] == "yes", budget_said),
        ("off_budget", entries["budget"] == "no", budget_said),
        ("budget_unknown", entries["budget"] == "", budget_said),
    ]
    return [(name, chosen, bool(said)) for name, chosen, said in parts]


def _as_rows(minor: pd.DataFrame, ledger: Ledger, by: list[str]) -> pd.DataFrame:
    rows = minor.reset_index()
    known = {name: rows[name].astype("float64") for name in _PARTS}
    exact = rows.rename(columns={name: minor_name(name) for name in _PARTS})
    result = rows[[*by, "currency"]].assign(**{name: exact_amounts(exact, name) for name in _PARTS})
    for what in ("plan", "budget"):
        on, off = known[f"on_{what}"], known[f"off_{what}"]
        result[f"on_{what}_share"] = on / (on + off).where(on + off > 0)
        result[f"{what}_known_share"] = (on + off) / known["amount"].where(known["amount"] > 0)
    for name in _PARTS:
        result[f"{name}_minor"] = rows[name]
    if "funder" in by:
        result["funder"] = result["funder"].replace(NOT_STATED, "not stated")
    if "district" in by:
        names = described_districts(ledger).set_index("district")["name"]
        result.insert(by.index("district") + 1, "name", result["district"].map(names))
    return result
