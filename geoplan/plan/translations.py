"""Translations: texts of a plan in another language, as given in the plan file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

_TEXTS = ("title", "sector", "status", "component", "funder", "poverty_class", "province_name")
"""Columns whose cells are texts of a plan."""


def texts_of(plan: Plan) -> set[str]:
    """Return all texts of a plan that can be translated.

    Parameters
    ----------
    plan : Plan
    """
    found = {plan.title, plan.subtitle, plan.illustrative, *plan.notes}
    tables = {
        "projects": ("title", "sector", "status", "component", "funder"),
        "spending": ("component", "funder"),
        "profile": ("poverty_class",),
        "districts": ("name", "province_name"),
        "locations": ("name",),
    }
    for table, columns in tables.items():
        for column in columns:
            found |= {str(text) for text in getattr(plan, table)[column].dropna().unique()}
    for layer in plan.surroundings:
        labels = layer.features["label"].dropna() if "label" in layer.features else ()
        found |= {layer.name, *(str(label) for label in labels)}
    return found


def district_names(plan: Plan, language: str) -> dict[str, str]:
    """Return the name of each district by code; in Lao, its Lao name if known."""
    names = plan.districts["name"].where(plan.districts["name"].notna(), plan.districts["district"])
    names = names.map(lambda name: plan.say(name, language))
    if language == "lo" and "name_lo" in plan.districts:
        names = plan.districts["name_lo"].where(plan.districts["name_lo"].notna(), names)
    return dict(zip(plan.districts["district"], names, strict=True))


def translate_frame(frame: pd.DataFrame, plan: Plan, language: str) -> pd.DataFrame:
    """Translate components, funders and classes in the cells and headers of a table.

    Parameters
    ----------
    frame : DataFrame
    plan : Plan
    language : str
        en, fr or lo.
    """
    words = plan.translations.get(language)
    if not words:
        return frame
    cells = {
        name: frame[name].astype(object).map(lambda text: words.get(text, text))
        for name in _TEXTS
        if name in frame
    }
    # Two headers with the same translation must stay two columns, so that none is lost.
    named = [words.get(name, name) for name in frame.columns]
    heads = named if len(set(named)) == len(named) else list(frame.columns)
    return frame.assign(**cells).set_axis(heads, axis=1)
