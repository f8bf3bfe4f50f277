"""About the data: sources, input files, and whether the money reaches the poor, for the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoplan.analysis.equity import READINGS, describe_equity, measure_equity
from geoplan.ledger.district_figures import complete_figures
from geoplan.ledger.entries import Ledger
from geoplan.ledger.poverty_classes import describe_contradiction
from geoplan.model.choices import LANGUAGES
from geoplan.model.version import installed_version
from geoplan.outputs.manifests import describe_file
from geoplan.page.ledger_columns import count_rows

if TYPE_CHECKING:
    from geoplan.plan.plan_tables import Plan

_SOURCES_SHOWN = 6
_DIGEST_SHOWN = 16
_INDICES = ("concentration_index", "coady_grosh_hoddinott", "gini", "dissimilarity")


def tell_about(plan: Plan, ledger: Ledger) -> dict[str, Any]:
    """Describe the tables of a plan: sources, input files, dates and versions.

    Returns
    -------
    dict
        ``sources`` of the tables, ``inputs`` with the start of their SHA-256, ``notes`` for every output,
        ``vintage``, the dates of the boundaries, the years of the district figures, the ``version`` of geoplan.
    """
    tables = {
        "districts": plan.districts,
        "profile": plan.profile,
        "projects": plan.projects,
        "locations": plan.locations,
        "spending": plan.spending,
    }
    years = ledger.districts["profile_year"].dropna()
    contradiction = describe_contradiction(complete_figures(ledger.districts))
    return {
        "sources": [
            {
                "table": name,
                "file": plan.files[name].name if name in plan.files else "",
                "rows": count_rows(table),
                "said": _said(table),
            }
            for name, table in tables.items()
            # With hexagons, the table of projects lists hexagons, which are not in the input.
            if len(table) and not (name == "projects" and ledger.crowds is not None)
        ],
        "inputs": _inputs(plan),
        "notes": [*ledger.notes, *([f"Warning: {contradiction}"] if contradiction else [])],
        "vintage": plan.vintage,
        "valid_from": _dates(plan.districts, "valid_from"),
        "valid_to": _dates(plan.districts, "valid_to"),
        "profile_years": [int(years.min()), int(years.max())] if len(years) else [],
        "version": installed_version(),
    }


def _inputs(plan: Plan) -> list[list[str]]:
    """Return the name and the start of the SHA-256 of each input file that still exists."""
    there = {path.resolve(): path for _, path in sorted(plan.files.items()) if path.is_file()}
    described = [describe_file(path) for path in there.values()]
    return [[str(file["file"]), str(file["sha256"])[:_DIGEST_SHOWN]] for file in described]


def _said(table: pd.DataFrame) -> list[str]:
    if "source" not in table:
        return []
    distinct = [str(text) for text in table["source"].dropna().unique()]
    return distinct[:_SOURCES_SHOWN] + (["…"] if len(distinct) > _SOURCES_SHOWN else [])


def _dates(table: pd.DataFrame, column: str) -> list[str]:
    return sorted({str(day)[:10] for day in table[column].dropna()}) if column in table else []


def equity_sentences(ledger: Ledger) -> list[dict[str, Any]]:
    """Describe whether the money reaches the poor, in all languages, by currency and kind.

    Returns
    -------
    list of dict
        ``currency``, ``kind``; ``verdict``, a sentence by language; ``said``, for each index its sentence by
        language (of the certain reading) and its ``range`` from lowest to highest.
    """
    rows = []
    for kind in sorted(ledger.entries["kind"].astype(object).unique()):
        of_kind = ledger.entries[ledger.entries["kind"] == kind]
        equity = measure_equity(replace(ledger, entries=of_kind))
        described = {language: describe_equity(equity, language) for language in LANGUAGES}
        for currency in sorted(of_kind["currency"].astype(object).unique()):
            rows.append(
                {
                    "currency": str(currency),
                    "kind": str(kind),
                    "verdict": {name: _verdict(words, currency, name) for name, words in described.items()},
                    "said": _indices(described, currency),
                }
            )
    return rows


def _verdict(words: Any, currency: str, language: str) -> str:
    row = words.verdicts[words.verdicts["currency"] == currency].iloc[0]
    if row["sentence"]:
        return str(row["sentence"])
    colon = "\u202f: " if language == "fr" else ": "
    return _capital(colon.join(str(row[part]) for part in ("verdict", "obstacle") if row[part]) + ".")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _indices(described: dict[str, Any], currency: str) -> list[dict[str, Any]]:
    said = []
    for name in _INDICES:
        rows = {
            language: words.measures[
                (words.measures["currency"] == currency) & (words.measures["measure"] == name)
            ].set_index("reading")
            for language, words in described.items()
        }
        certain, _, lowest, highest = READINGS
        sentences = {language: str(row.loc[certain, "sentence"]) for language, row in rows.items()}
        if not all(sentences.values()):
            continue
        ends = [rows["en"].loc[end, "value"] for end in (lowest, highest)]
        known = bool(np.isfinite(ends).all())
        said.append({"sentence": sentences, "range": [round(float(end), 4) for end in ends] if known else []})
    return said
