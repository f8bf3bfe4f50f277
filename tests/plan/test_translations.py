"""Translations of a plan's own texts: shown where people read, changing nothing that is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from geoplan.cli import app
from geoplan.ledger.entries import build_ledger
from geoplan.model.errors import InputError
from geoplan.outputs.exports.plan_folder import write_plan_folder
from geoplan.outputs.report.contents import gather_findings
from geoplan.page.svg_map import draw_svg_map
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, read_plan
from geoplan.plan.translations import texts_of, translate_frame

from ..conftest import TOML, WritePlan

FRENCH = '\n[translations.fr]\n"roads" = "routes"\n'


@pytest.fixture(scope="module")
def home() -> Plan:
    return read_plan(find_bundled_plan())


def test_a_text_without_translation_stays_as_it_is(home: Plan) -> None:
    assert home.say("very poor", "fr") == "très pauvre"
    assert home.say("very poor", "en") == "very poor"
    assert home.say("nothing of this plan", "fr") == "nothing of this plan"


def test_the_home_case_says_all_its_words_in_both_languages(home: Plan) -> None:
    places = {str(name) for table in (home.districts, home.locations) for name in table["name"].dropna()}
    places |= {
        str(label) for layer in home.surroundings for label in layer.features.get("label", []) if label
    }
    own = {text for text in texts_of(home) if text} - places
    for language in ("fr", "lo"):
        assert own - set(home.translations[language]) <= {"Bolikhamxay"}, language


def test_a_report_speaks_and_measures_the_same(home: Plan) -> None:
    ledger = build_ledger(home)
    english, french = (gather_findings(home, ledger, language=language) for language in ("en", "fr"))
    assert french.plan.title == "LAO/021 au Bolikhamxay, Laos"
    assert set(french.districts["poverty_class"]) == {"très pauvre", "plus développé"}
    assert set(french.components["component"]) == {
        home.say(name, "fr") for name in english.components["component"]
    }
    assert "Contribution locale" in set(french.funders["funder"]) & set(french.heads.values())
    assert french.ledger.illustrative.startswith("les sites des projets")
    numbers = english.districts.select_dtypes("number").columns
    pd.testing.assert_frame_equal(english.districts[numbers], french.districts[numbers])
    assert list(english.districts["certain"]) == list(french.districts["certain"])


def test_the_workbook_and_the_picture_speak(tmp_path: Path) -> None:
    target, page, picture = (tmp_path / name for name in ("bilan.xlsx", "carte.html", "carte.svg"))
    done = CliRunner().invoke(app, ["report", "--language", "fr", "-o", str(target)])
    assert done.exit_code == 0, done.output
    cells = {
        str(cell)
        for sheet in load_workbook(target)
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    }
    assert {"1 Planification participative", "très pauvre", "Contribution locale"} <= cells
    assert "very poor" not in cells
    done = CliRunner().invoke(app, ["map", "-o", str(page), "--svg", str(picture), "--language", "lo"])
    assert done.exit_code == 0, done.output
    drawn = picture.read_text(encoding="utf-8")
    assert "ທຸກຍາກຫຼາຍ" in drawn and "ສິນເຊື່ອຈຸລະພາກຊົນນະບົດ" in drawn
    assert "very poor" not in drawn


def test_a_picture_without_translations_is_as_before(home: Plan) -> None:
    bare = replace(home, translations={})
    drawn = draw_svg_map(bare, build_ledger(bare), language="fr")
    assert "very poor" in drawn and "3 Rural microcredit" in drawn


def test_two_texts_that_become_one_stay_two_columns(home: Plan) -> None:
    plan = replace(home, translations={"fr": {"A": "même", "B": "même", "roads": "routes"}})
    frame = pd.DataFrame({"component": ["roads", None], "A": [1, 2], "B": [3, 4]})
    said = translate_frame(frame, plan, "fr")
    assert list(said.columns) == ["component", "A", "B"]
    assert said["component"].iloc[0] == "routes" and said["component"].isna().iloc[1]
    assert translate_frame(frame, plan, "lo") is frame


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ('[translations.de]\n"roads" = "Straßen"', "unknown language in [translations]"),
        ('[translations]\nfr = "routes"', "translations.fr must be a section"),
        ('[translations.fr]\n"roads" = 7', "[translations.fr] must give a text for each text"),
        ('[translations.fr]\n"roads" = ""', "[translations.fr] must give a text for each text"),
        ("translations = 3", "translations must be a section"),
    ],
)
def test_translations_that_are_none_are_refused(write_plan: WritePlan, section: str, message: str) -> None:
    text = f"{section}\n{TOML}" if section.startswith("translations") else f"{TOML}\n{section}\n"
    with pytest.raises(InputError) as caught:
        read_plan(write_plan(toml=text))
    assert message in str(caught.value)


def test_a_translation_of_what_the_plan_does_not_say_is_a_doubt(write_plan: WritePlan) -> None:
    folder = write_plan(toml=TOML + FRENCH + '"raods" = "routes"\n')
    done = CliRunner().invoke(app, ["check", str(folder)])
    assert done.exit_code == 0, done.output
    assert "[translations.fr] translates texts that the plan does not have" in done.stdout + done.stderr
    assert "'raods'" in done.stdout + done.stderr


def test_a_written_plan_keeps_its_translations(home: Plan, tmp_path: Path) -> None:
    write_plan_folder(home, tmp_path / "written")
    assert read_plan(tmp_path / "written").translations == home.translations
