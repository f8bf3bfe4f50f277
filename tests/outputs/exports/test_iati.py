"""IATI 2.03: the schema, the rules and the code lists of the standard, and the same money."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from lxml import etree

from geoplan.ledger.entries import build_ledger, list_entries
from geoplan.model.errors import UsageError
from geoplan.model.money import from_minor, minor_digits
from geoplan.model.schema import LEDGER_COLUMNS
from geoplan.outputs.exports import Publisher, export_plan
from geoplan.outputs.exports.iati_file import NAMESPACE, activity_identifiers, status_code
from geoplan.outputs.exports.losses import left_out
from geoplan.plan.plan_file import find_bundled_plan
from geoplan.plan.plan_tables import Plan, make_plan, read_plan
from geoplan.sources.origins import Origin
from geoplan.sources.raw_table import FileSpec
from geoplan.sources.tables.table_files import read_table

from ...conftest import LOCATIONS, WritePlan, tries
from .plans import plan_of, plan_rows

LAO = Publisher("LU-MFA", "LuxDev", "LA")
PLANNED = ("plan_item", "plan_level", "on_budget")
KINDS = {"2": "commitment", "3": "disbursement", "4": "expenditure"}
# The order of the elements of an activity that geoplan writes, as the schema of 2.03 has it.
ORDER = (
    "iati-identifier", "reporting-org", "title", "description", "participating-org", "other-identifier",
    "activity-status", "activity-date", "recipient-country", "location", "sector", "tag", "budget", "transaction",
)  # fmt: skip
SETTINGS = tries(4, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def standard() -> Path:
    """Return the folder of version 2.03 in the package pyIATI, which ships schemas, rules and code lists."""
    named = os.environ.get("IATI_STANDARD")
    found = importlib.util.find_spec("iati")
    if named is None and (found is None or found.origin is None):
        if os.environ.get("CI"):
            pytest.fail("CI needs the IATI standard: .ci/run names its folder in IATI_STANDARD")
        pytest.skip(
            "the IATI standard is not here: pip install --no-deps pyIATI, or name its folder in IATI_STANDARD"
        )
    folder = Path(named) if named else Path(str(found.origin)).parent / "resources" / "standard"  # type: ignore[union-attr]
    return folder / "2-03"


def activities_of(plan: Plan, folder: Path, publisher: Publisher = LAO) -> Any:
    return etree.parse(export_plan(plan, folder / "out.xml", publisher=publisher)[0])


# --- the standard ----------------------------------------------------------------------------


def test_the_home_case_keeps_schema_rules_and_code_lists(standard: Path, tmp_path: Path) -> None:
    tree = activities_of(read_plan(find_bundled_plan()), tmp_path)
    check_schema(tree, standard)
    assert broken_rules(tree, standard) == []
    assert unknown_codes(tree, standard) == []


@SETTINGS
@given(rows=plan_rows())
def test_any_plan_keeps_the_schema(standard: Path, rows: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = activities_of(plan_of(rows, Path(folder)), Path(folder))
    check_schema(tree, standard)
    assert unknown_codes(tree, standard) == []


def check_schema(tree: Any, standard: Path) -> None:
    schema = etree.XMLSchema(etree.parse(standard / "schemas" / "iati-activities-schema.xsd"))
    assert schema.validate(tree), schema.error_log


def test_the_checks_of_rules_and_codes_can_fail(standard: Path, tmp_path: Path) -> None:
    tree = activities_of(read_plan(find_bundled_plan()), tmp_path)
    activity = tree.getroot()[0]
    activity.find("activity-status").set("code", "77")
    activity.find("recipient-country").set("percentage", "60")
    activity.find("iati-identifier").text = "A/B"
    activity.find("activity-date").set("iso-date", "2099-01-01")
    activity.find("budget/period-end").set("iso-date", "1999-01-01")
    for sector in activity.findall("sector"):
        activity.remove(sector)
    assert {rule for rule, _ in broken_rules(tree, standard)} == {
        "sum",
        "regex_matches",
        "date_order",
        "atleast_one",
    }
    assert unknown_codes(tree, standard) == [("ActivityStatus", "77")]


def broken_rules(tree: Any, standard: Path) -> list[tuple[str, str]]:
    """Check the rules that the standard ships as JSON."""
    import re

    broken = []
    rules = json.loads((standard / "rulesets" / "standard_ruleset.json").read_text())
    for context, tests in rules.items():
        for element in tree.xpath(context):
            for rule, cases in tests.items():
                for case in cases["cases"]:
                    found = [hit for path in case.get("paths", ()) for hit in element.xpath(path)]
                    texts = [str(getattr(hit, "text", hit)) for hit in found]
                    fine = {
                        "atleast_one": lambda found=found: bool(found),
                        "no_more_than_one": lambda found=found: len(found) <= 1,
                        "sum": lambda texts=texts, case=case: (
                            not texts or sum(map(Decimal, texts)) == case["sum"]
                        ),
                        "regex_matches": lambda texts=texts, case=case: all(
                            re.fullmatch(case["regex"], text) for text in texts
                        ),
                        "date_order": lambda element=element, case=case: in_order(element, case),
                    }[rule]()
                    if not fine:
                        broken.append((rule, str(case)))
    return broken


def in_order(element: Any, case: dict[str, str]) -> bool:
    less, more = (
        [pd.Timestamp.today().date().isoformat()] if case[side] == "NOW" else element.xpath(case[side])
        for side in ("less", "more")
    )
    return not less or not more or str(less[0]) <= str(more[0])


def unknown_codes(tree: Any, standard: Path) -> list[tuple[str, str]]:
    """Return codes that are not in the list that the standard's mapping gives for their path."""
    unknown = []
    for mapping in etree.parse(standard / "codelist-mapping.xml").getroot():
        path, condition = mapping.findtext("path"), mapping.findtext("condition")
        name = mapping.find("codelist").get("ref")
        if not path.startswith("//iati-activit") or "{" in path:
            continue
        element, _, attribute = path.rpartition("/")
        full = f"{element}[{condition}]/{attribute}" if condition else path
        codes = {str(getattr(hit, "text", hit)) for hit in tree.xpath(full)}
        if codes:
            listed = etree.parse(standard / "codelists" / f"{name}.xml")
            known = {code.text for code in listed.iter("code")}
            unknown += [(name, code) for code in sorted(codes - known)]
    return unknown


def test_elements_are_in_the_order_of_the_schema(tmp_path: Path) -> None:
    for activity in activities_of(read_plan(find_bundled_plan()), tmp_path).getroot():
        names = [child.tag for child in activity]
        assert names == sorted(names, key=ORDER.index)
        assert {"iati-identifier", "reporting-org", "title", "description", "activity-status", "sector"} <= {
            *names
        }


# --- the money -------------------------------------------------------------------------------


@SETTINGS
@given(rows=plan_rows())
def test_budgets_and_transactions_are_the_spending(rows: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_of(rows, Path(folder))
        tree = activities_of(plan, Path(folder))
    spending = plan.spending
    given_amounts = [
        from_minor(amount, minor_digits(currency)) + rounding
        for amount, currency, rounding in zip(
            spending["amount_minor"], spending["currency"], spending["rounding"], strict=True
        )
    ]
    columns = ["project", "kind", "year", "currency", "component", "funder"]
    assert Counter(amounts_in(tree)) == Counter(
        zip(*[spending[name] for name in columns], given_amounts, strict=True)
    )


def amounts_in(tree: Any) -> list[tuple[Any, ...]]:
    own = f"{{{NAMESPACE}}}"
    found = []
    for activity in tree.getroot():
        project = activity.find("other-identifier").get("ref")
        for element in [*activity.findall("budget"), *activity.findall("transaction")]:
            value = element.find("value")
            code = element.find("transaction-type")
            day = element.find("period-start" if code is None else "transaction-date").get("iso-date")
            kind = "budget" if code is None else KINDS[code.get("code")]
            funder = (
                element.get(f"{own}funder") if code is None else element.findtext("provider-org/narrative")
            )
            row = (project, kind, int(day[:4]), value.get("currency"), element.get(f"{own}component"), funder)
            found.append((*(cell or "" for cell in row), Decimal(value.text)))
    return found


@SETTINGS
@given(rows=plan_rows())
def test_the_activities_read_back_to_the_same_plan_and_ledger(rows: dict[str, Any]) -> None:
    """Through the reader of IATI files: projects, locations and amounts, and so where each amount lands."""
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_of(rows, Path(folder))
        activities, _ = export_plan(plan, Path(folder) / "out.xml")
        again = make_plan(districts=Path(folder) / "districts.csv", sources=[Origin("iati", activities)])
    ledger = build_ledger(again)
    pd.testing.assert_frame_equal(
        in_one_line(list_entries(ledger)), in_one_line(list_entries(build_ledger(plan)))
    )
    assert ledger.given == build_ledger(plan).given
    for table, keys, names in (
        ("projects", ["project"], ("title", "sector", "status", "start", "end", "component", "funder", *PLANNED)),
        ("locations", ["project", "location"], ("name", "precision", "exactness", "location_class", "admin_level")),
        ("spending", [*LEDGER_COLUMNS[:7], "value_date", "amount"], ("value_date",)),
    ):  # fmt: skip
        given_ones, found = (in_one_line(columns_of(one, table, [*keys, *names])) for one in (plan, again))
        given_ones, found = (
            one.sort_values(keys, key=lambda column: column.astype(str)) for one in (given_ones, found)
        )
        pd.testing.assert_frame_equal(
            given_ones.reset_index(drop=True), found.reset_index(drop=True), check_dtype=False
        )


def columns_of(plan: Plan, table: str, names: Sequence[str]) -> pd.DataFrame:
    """Return columns of a table, be they missing; a level only where it is that of a region, as the contract has it."""
    frame = pd.DataFrame(getattr(plan, table)).reindex(columns=list(dict.fromkeys([*names])))
    if "admin_level" in frame:
        frame["admin_level"] = frame["admin_level"].where(frame["location_class"] == 1)
    return frame


def test_days_and_classes_are_the_plans_own_or_marked_as_made_up(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    spending = (
        "project,component,funder,year,value_date,kind,currency,amount\n"
        "P,roads,X,2010,2010-05-06,disbursement,EUR,1\n"
        "P,roads,X,2010,2012-05-06,disbursement,EUR,1\n"
        "P,roads,X,2010,,disbursement,EUR,1\n"
    )
    locations = LOCATIONS.replace("precision,", "precision,location_class,").replace("one,1,", "one,1,2,")
    locations = (
        locations.replace("two,1,", "two,1,,").replace("three,1,", "three,1,,").replace("h,4,", "h,4,,")
    )
    tree = activities_of(read_plan(write_plan(spending=spending, locations=locations)), tmp_path)
    made_up = f"{{{NAMESPACE}}}stated"
    found = [
        (day.get("iso-date"), day.get(made_up), value.get("value-date"), value.get(made_up))
        for day, value in zip(tree.iter("transaction-date"), tree.iter("value"), strict=True)
    ]
    assert found == [
        ("2010-05-06", None, "2010-05-06", None),
        ("2010-01-01", "no", "2012-05-06", None),
        ("2010-01-01", "no", "2010-01-01", "no"),
    ]
    classes = [(each.get("code"), each.get(made_up)) for each in tree.iter("location-class")]
    assert classes == [("2", None), ("1", "no")]


def in_one_line(frame: pd.DataFrame) -> pd.DataFrame:
    """Write text as the reader of XML does, where ends of lines and several spaces are one space."""
    plain = frame.astype(object).where(frame.notna(), None)
    for name in plain:
        plain[name] = [" ".join(cell.split()) if isinstance(cell, str) else cell for cell in plain[name]]
    columns = list(plain.columns)
    return plain.sort_values(columns, key=lambda column: column.astype(str)) if "amount" in columns else plain


@SETTINGS
@given(rows=plan_rows())
def test_the_district_amounts_read_back_to_the_same_ledger(rows: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = plan_of(rows, Path(folder))
        activities, amounts = export_plan(plan, Path(folder) / "out.xml", publisher=LAO)
        table = read_table(FileSpec(amounts)).table
        named = {element.text for element in etree.parse(activities).iter("iati-identifier")}
    assert amounts.name == "out.districts.csv"
    assert set(table["iati_identifier"]) <= named
    found = pd.DataFrame(table[[*LEDGER_COLUMNS]]).astype(object)
    found = found.where(found.notna(), "")
    found["amount"], found["year"] = [Decimal(cell) for cell in found["amount"]], found["year"].astype(int)
    expected = list_entries(build_ledger(plan)).astype(object)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


# --- details ---------------------------------------------------------------------------------


def test_what_an_activity_file_can_not_carry_is_said(write_plan: WritePlan, tmp_path: Path) -> None:
    spending = (
        "project,component,year,value_date,kind,currency,amount,source,receipt\n"
        "P,two  spaces,2010,2010-05-06,disbursement,EUR,1,bank,7\n"
        "P,roads,2010,,disbursement,EUR,1,,8\n"
    )
    plan = read_plan(write_plan(spending=spending))
    said = left_out(plan, tmp_path / "a.xml", ())
    assert "transactions without a day of their year: 1 of 2; 1 January stands for it" in said
    assert "columns that do not go with it: spending.receipt, spending.source" in said
    assert "texts with ends of lines or several spaces: 1; readers of IATI take these for one space" in said


def test_lines_are_counted_beside_places_without_a_point(write_plan: WritePlan, tmp_path: Path) -> None:
    locations = LOCATIONS.replace("POINT (9 9)", '"LINESTRING (0.5 0.25, 1.5 0.25)"').replace(
        "POINT (1.5 0.5)", "POINT EMPTY"
    )
    plan = read_plan(write_plan(locations=locations))
    export_plan(plan, tmp_path / "a.fgb", table="locations")
    assert "one on it stands for each of 1 lines and areas" in " ".join(
        left_out(plan, tmp_path / "a.xml", ())
    )


@pytest.mark.parametrize(
    ("publisher", "said"),
    [
        ({"ref": "a/b"}, "no identifier of an organisation"),
        ({"ref": ""}, "no identifier of an organisation"),
        ({"country": "Laos"}, "no country code"),
        ({"language": "english"}, "no language code"),
    ],
)
def test_codes_that_the_standard_refuses_are_refused(publisher: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Publisher(**publisher)


def test_points_are_latitude_first_and_shapes_follow_as_wkt(write_plan: WritePlan, tmp_path: Path) -> None:
    crossing = LOCATIONS.replace("POINT (9 9)", '"LINESTRING (0.5 0.25, 1.5 0.25)"')
    tree = activities_of(read_plan(write_plan(locations=crossing)), tmp_path)
    locations = {location.get("ref"): location for location in tree.getroot()[0].findall("location")}
    assert locations["1"].findtext("point/pos") == "0.5 0.5"
    assert locations["3"].findtext("point/pos") == "0.25 1.0"
    assert locations["3"].findtext(f"{{{NAMESPACE}}}geometry") == "LINESTRING (0.5 0.25, 1.5 0.25)"
    province = tree.getroot()[1].find("location")
    assert province.find("point") is None
    assert province.find("location-class").get("code") == "1"


def test_without_a_publisher_the_file_says_draft_and_keeps_the_codes(
    write_plan: WritePlan, tmp_path: Path
) -> None:
    tree = activities_of(read_plan(write_plan()), tmp_path, Publisher())
    assert tree.find(".//reporting-org").get("ref") == "DRAFT"
    assert [element.text for element in tree.iter("iati-identifier")] == ["P", "Q", "R"]


def test_identifiers_start_with_the_publisher_and_stay_different() -> None:
    assert activity_identifiers(["LU-MFA-1", "1", "a/b", "a|b"], LAO) == {
        "LU-MFA-1": "LU-MFA-1",
        "1": "LU-MFA-1-2",
        "a/b": "LU-MFA-a-b",
        "a|b": "LU-MFA-a-b-2",
    }


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Completed", "3"),
        ("On-going", "2"),
        ("post-completion", "4"),
        ("Cancelled", "5"),
        ("", None),
        ("7", None),
    ],
)
def test_status_in_words(words: str, code: str | None) -> None:
    assert status_code(words) == code


def test_markup_in_data_stays_text(write_plan: WritePlan, tmp_path: Path) -> None:
    projects = "project,title\nP,\"<!DOCTYPE x [<!ENTITY a 'b'>]>&a;\x0b]]>\"\nQ,\nR,\n"
    tree = activities_of(read_plan(write_plan(projects=projects)), tmp_path)
    assert tree.getroot()[0].findtext("title/narrative") == "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;\ufffd]]>"


def test_the_sidecar_is_safe_to_open_in_a_spreadsheet(write_plan: WritePlan, tmp_path: Path) -> None:
    from ...conftest import SPENDING

    plan = read_plan(write_plan(spending=SPENDING.replace("roads", "=1+1")))
    _, amounts = export_plan(plan, tmp_path / "a.xml")
    with amounts.open(newline="") as stream:
        assert {row["component"] for row in csv.DictReader(stream)} == {"'=1+1", "schools", "office"}
