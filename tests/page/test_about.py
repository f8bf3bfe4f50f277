"""What the page says of its data: inputs, notes, and whether the poor are reached."""

import hashlib
from dataclasses import replace

import pandas as pd
import pytest

from geoplan.analysis.equity import describe_equity, measure_equity
from geoplan.ledger.entries import build_ledger
from geoplan.model.choices import LANGUAGES
from geoplan.model.schema import SOURCE_FILE, SOURCE_ROW
from geoplan.page.about import _said, equity_sentences, tell_about
from geoplan.page.ledger_columns import _input_rows
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import read_plan


@pytest.fixture(scope="module")
def home():
    plan = read_plan(find_bundled_plan())
    return plan, build_ledger(plan)


def test_an_amount_names_12_of_its_input_rows_and_counts_the_others() -> None:
    rows = pd.DataFrame({SOURCE_FILE: "s.csv", SOURCE_ROW: [*range(2, 14), *range(2, 16)]})
    inputs, which = _input_rows(rows, pd.Series([0] * 12 + [1] * 14))
    assert inputs == [[["s.csv", [*range(2, 14)], 0]], [["s.csv", [*range(2, 14)], 2]]]
    assert which.tolist() == [0, 1]


def test_a_table_names_6_of_its_sources_and_says_that_there_are_more() -> None:
    six = [f"Census {year}" for year in range(2010, 2016)]
    assert _said(pd.DataFrame({"source": [*six, six[0], None]})) == six
    assert _said(pd.DataFrame({"source": [*six, "Survey"]})) == [*six, "…"]


def test_inputs_are_told_with_the_beginning_of_their_sha256(home):
    plan, ledger = home
    inputs = dict(tell_about(plan, ledger)["inputs"])
    digest = hashlib.sha256(find_bundled_plan().read_bytes()).hexdigest()
    assert inputs["geoplan.toml"] == digest[:16]
    assert set(inputs) == {path.name for path in plan.files.values()}


def test_files_that_are_gone_are_left_out(home, tmp_path):
    plan, ledger = home
    gone = replace(plan, files={"spending": tmp_path / "gone.csv"})
    assert tell_about(gone, ledger)["inputs"] == []


def test_notes_of_the_ledger_are_said(home):
    plan, ledger = home
    assert tell_about(plan, replace(ledger, notes=("Converted at 1.1",)))["notes"] == ["Converted at 1.1"]


def test_equity_is_said_as_the_library_says_it(home):
    _, ledger = home
    (row,) = equity_sentences(ledger)
    equity = measure_equity(ledger)
    assert (row["currency"], row["kind"]) == ("EUR", "budget")
    for language in LANGUAGES:
        words = describe_equity(equity, language)
        assert row["verdict"][language] == words.verdicts["sentence"][0]
        for said in row["said"]:
            assert said["sentence"][language] in set(words.measures["sentence"])
    assert len(row["said"]) == 4
    concentration = equity.measures[equity.measures["measure"] == "concentration_index"].set_index("reading")
    assert row["said"][0]["range"] == [
        round(concentration.loc[f"at most, {end}", "value"], 4) for end in ("low", "high")
    ]


def test_each_kind_and_currency_is_measured_alone(toys):
    plan = toys.small_plan()
    rows = equity_sentences(build_ledger(plan))
    assert [(row["currency"], row["kind"]) for row in rows] == [
        ("EUR", "budget"),
        ("LAK", "budget"),
        ("EUR", "disbursement"),
    ]


def test_without_people_the_verdict_is_unknown(toys):
    plan = toys.plan_of(
        toys.squares(2),
        [{"project": "P"}],
        [{"project": "P", "geometry": toys.Point(0.5, 0.5)}],
        [toys.amount("P", 5)],
    )
    (row,) = equity_sentences(build_ledger(plan))
    assert row["verdict"]["en"].startswith("Unknown: ")
    assert row["verdict"]["fr"].startswith("Inconnu\u202f: aucun district")
    assert row["said"] == []
