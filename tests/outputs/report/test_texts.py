"""Every text of the catalogues of report and equity is shown somewhere, with its values filled in."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from geoplan.analysis import bivariate
from geoplan.analysis.equity import describe_equity, measure_equity
from geoplan.analysis.equity.description import list_sentences
from geoplan.ledger.entries import Ledger, build_ledger
from geoplan.model.choices import LANGUAGES
from geoplan.model.placement_rules import PlacementRule
from geoplan.outputs.report import chapters, charts, poverty_matrix
from geoplan.outputs.report.book import write_book
from geoplan.outputs.report.contents import closing_words, gather_findings
from geoplan.outputs.report.html_report import render_report
from geoplan.plan.plan_tables import read_plan
from geoplan.text.languages import Catalogue, read_catalogue

from ...analysis.test_equity import ledger_of
from ...cli.test_cli import run
from ...conftest import SPENDING, TOY

REPORT, EQUITY = "geoplan.outputs.report", "geoplan.analysis.equity"
# English headings of sections and columns need no catalogue in the tables of commands.
ONLY_TRANSLATED = ("section.", "column.", "reading.", "measures.")
MORE = """P,roads,X,2010,commitment,EUR,90.00
P,roads,X,2010,disbursement,EUR,80.005
P,roads,Z,2011,expenditure,EUR,30.00
"""
PLANS: dict[str, dict[str, str]] = {
    "paid twice": {
        "spending": SPENDING.replace("7.01", "7.014").replace("P,roads,X", "P,roads,X|Y") + MORE,
        "projects": "project,title,sector\nP,Road,Transport\nQ,School,\nR,Office,\n",
    },
    "only paid": {"spending": SPENDING.replace("budget", "disbursement")},
    "large": {"spending": SPENDING.replace("100.00", "90000.00")},
    "millions": {"spending": SPENDING.replace("100.00", "90000000.00")},
    "many together": {
        "spending": SPENDING.replace(",X,", ",X|Y,")
        + "".join(f"P,roads,F{at},2010,budget,EUR,1.00\n" for at in range(9)),
        "profile": "district,year,population,poor\nA,2010,1000,100\nB,2010,2000,800\nC,2010,500,300\n",
        "locations": "project,location,name,precision,geometry\nP,1,one,,POINT (0.5 0.5)\nP,2,two,,POINT (1.5 0.5)\n"
        "P,3,three,,POINT (2.5 0.5)\nQ,1,,6,\nR,1,Nowhere,,\n",
    },
    "all placed": {
        "locations": "project,location,geometry\nP,1,POINT (0.5 0.5)\nQ,1,POINT (0.5 0.5)\nR,1,POINT (1.5 0.5)\n"
    },
    "nothing known": {"profile": "district,year,population\nA,2010,\n"},
}


class Shown:
    """What was said by language, catalogue and key, and all text that was shown by language."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, int, str], set[str]] = defaultdict(set)
        self.text: dict[str, list[str]] = defaultdict(list)

    def show(self, language: str, *texts: object) -> None:
        self.text[language] += [re.sub(r"\s+", " ", html.unescape(str(text))) for text in texts]


def ledgers() -> Iterator[tuple[Ledger, dict[str, Any]]]:
    """Ledgers of four districts, A the poorest, that lead to every verdict, obstacle and reason."""
    even = [10] * 4
    for certain in ([9, 5, 3, 1], [60, 20, 15, 5], [30, 26, 23, 21], [5, 15, 20, 60], [21, 23, 26, 30], [10, 10, 10, 10],
                    [5, 60, 30, 5], [40, 5, 15, 40], [97, 1, 1, 1], [1, 2, 3, 94], [50, 0, 0, 50], [-9, 4, 4, 4]):  # fmt: skip
        for province, anywhere in ((0, 0), (40, 30)):
            yield ledger_of(certain, even, province, anywhere), {}
    plain = ledger_of([40, 30, 20, 10], even, 10, 10)
    for spread in ("none", "even", "population", "poor"):
        yield plain, {"spread": spread}
    entries = plain.entries.assign(place=[*["district"] * 4, "country-wide", "unmatched"], province="")
    yield replace(plain, entries=entries), {"spread": "even"}
    unsure = ledger_of([30, 26, 23, 21], even, 40, 30)
    yield replace(unsure, entries=unsure.entries.assign(place=entries["place"], province="")), {}
    yield replace(unsure, entries=unsure.entries.assign(rule=[int(PlacementRule.SIMILAR_NAME), *[0] * 5])), {}
    yield (
        replace(unsure, districts=unsure.districts.assign(population=[np.nan, np.nan, 10, 10], poor=np.nan)),
        {},
    )
    codes = [*"EFGHIJKLAB"]
    lacking = pd.concat([plain.districts.iloc[:1]] * 10, ignore_index=True).assign(
        district=codes, name=codes, population=[np.nan] * 8 + [10, 10], poor=np.nan
    )
    rows = pd.concat([plain.entries.iloc[:1]] * 10, ignore_index=True).assign(district=codes)
    yield replace(plain, entries=rows, districts=lacking), {}
    yield replace(plain, entries=plain.entries.assign(amount_minor=0)), {}
    refunds = plain.entries.assign(amount_minor=[40, 30, 20, 10, -5, 0])
    yield replace(plain, entries=refunds), {}
    districts = plain.districts.assign(poverty_class=["poor", "poor", "rich", "rich"])
    yield replace(plain, districts=districts), {"class_order": ["poor", "rich"]}
    yield replace(plain, districts=districts.drop(columns="poverty_rate").assign(poverty_rate=np.nan)), {}
    classes = districts.assign(poverty_class=["very poor", None, "less developed", "less developed"])
    yield replace(plain, districts=classes), {}
    nothing = classes.assign(poverty_rate=np.nan, poor=np.nan)
    yield replace(plain, districts=nothing), {}
    yield replace(plain, districts=nothing), {"class_order": ["very poor", "less developed"]}
    yield replace(plain, districts=nothing.assign(poverty_class=None)), {}
    yield replace(plain, districts=nothing.assign(population=np.nan)), {}
    part = pd.Series([10.0, np.nan, 0.0, 10.0])
    yield replace(plain, districts=classes.assign(population=part, poor=np.nan)), {}
    yield replace(plain, districts=classes.assign(population=[10.0, np.nan, np.nan, np.nan], poor=np.nan)), {}
    yield (
        replace(
            plain,
            districts=plain.districts.assign(
                poverty_rate=[0.2, np.nan, np.nan, 0.4], poor=[2, np.nan, np.nan, 4]
            ),
        ),
        {},
    )
    yield replace(plain, districts=plain.districts.assign(poor=[2.0, np.nan, 3.0, 4.0])), {}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Build all reports once, and keep what they said and show."""
    found = Shown()
    say = Catalogue.say

    def listen(self: Catalogue, key: str, **values: object) -> str:
        text = say(self, key, **values)
        found.said[self.language, id(self.texts), key].add(re.sub(r"\s+", " ", text))
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalogue, "say", listen)
        patch.setattr(charts, "MOST_DISTRICTS", 1)
        patch.setattr(bivariate, "FEW_DISTRICTS", 0)
        patch.setattr(poverty_matrix, "MOST_NAMES", 0)
        patch.setattr(chapters, "MOST_ROWS", dict.fromkeys(chapters.MOST_ROWS, 1))
        folder = tmp_path_factory.mktemp("texts")
        for number, (name, changes) in enumerate(PLANS.items()):
            place = folder / str(number)
            place.mkdir()
            for file, content in {**TOY, **{f"{table}.csv": text for table, text in changes.items()}}.items():
                (place / file).write_text(content, encoding="utf-8")
            show_reports(found, place, paid="both" if name == "paid twice" else None)
        for ledger, options in ledgers():
            equity = measure_equity(ledger, **options)
            for language in LANGUAGES:
                said = describe_equity(equity, language)
                found.show(language, *said.notes, *list_sentences(equity, language))
                for frame in (said.measures, said.verdicts, said.exclusions):
                    found.show(language, *frame.astype(str).to_numpy().ravel())
    yield found


def show_reports(found: Shown, place: Path, paid: str | None) -> None:
    whole = read_plan(place)
    kind = whole.spending["kind"].iloc[0]
    plan = replace(whole.only(kind), vintage="2009", illustrative="" if paid is None else "made up")
    ledger = build_ledger(plan)
    off = {money: (total + 1, rest) for money, (total, rest) in ledger.given.items()}
    for language in LANGUAGES:
        some = gather_findings(plan, ledger, whole=whole, language=language, paid=paid)
        found.show(language, render_report(some))
        # Only a ledger with a fault does not balance.
        faulty = replace(ledger, given=off)
        found.show(language, *closing_words(replace(some, ledger=faulty)))
        books = [some]
        if paid is not None:
            books.append(gather_findings(plan, faulty, whole=whole, language=language, paid=paid))
        for findings in books:
            write_book(place / "book.xlsx", findings)
            for sheet in openpyxl.load_workbook(place / "book.xlsx"):
                cells = [
                    cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
                ]
                found.show(language, sheet.title, *cells)
        if paid is None:
            continue
        options = ("--language", language, "--kind", kind, "--spread", "area", "--format", "md")
        found.show(language, run("equity", place, *options).stdout)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("package", [REPORT, EQUITY])
def test_every_text_is_shown_with_its_values(package: str, language: str, shown: Shown) -> None:
    words = read_catalogue(package, language)
    everything = "\n".join(shown.text[language])
    unseen = []
    for key in words.texts:
        if language == "en" and package == REPORT and key.startswith(ONLY_TRANSLATED):
            continue
        said = shown.said[language, id(words.texts), key]
        if not any(text in everything for text in said):
            unseen.append(key if not said else f"{key} (said only)")
    assert unseen == [], "\n".join(unseen)
    assert not re.search(r"\{[a-z_]+\}", everything)
